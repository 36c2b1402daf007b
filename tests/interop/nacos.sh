#!/usr/bin/env bash
# Installs r-nacos, an independent server of the protocol of Nacos, and runs the contract of token sources against it.
set -euo pipefail
cd "$(dirname "$0")/../.."
version=0.8.8
program=$(command -v rnacos || true)
if [ -z "$program" ]; then
    program=$PWD/target/rnacos/bin/rnacos
    if [ ! -x "$program" ]; then
        echo "building r-nacos $version (the first time takes a quarter of an hour)"
        nice -n 19 "${CARGO:-cargo}" install rnacos --version "$version" --locked --quiet --root target/rnacos
    fi
fi
TDSEC_RNACOS=$program exec "${CARGO:-cargo}" test --quiet --workspace --locked --test sources r_nacos

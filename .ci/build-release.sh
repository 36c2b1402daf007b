#!/usr/bin/env bash
# Builds what is shipped, with the same bytes wherever it is built: no path of this machine gets into it.
# Into target/dist/release, or CARGO_TARGET_DIR.
set -euo pipefail
cd "$(dirname "$0")/.."
registry=${CARGO_HOME:-$HOME/.cargo}/registry/src
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$PWD/target/dist}
# The registry's folder carries a hash of its address; panics and C assertions name files in it.
maps=()
for folder in "$registry"/*/; do maps+=("${folder%/}=registry"); done
maps+=("$CARGO_TARGET_DIR=target" "$PWD=tdsec" "${CARGO_HOME:-$HOME/.cargo}=cargo" "$(rustc --print sysroot)=rust")
RUSTFLAGS=$(printf -- '--remap-path-prefix=%s ' "${maps[@]}")
CFLAGS=$(printf -- '-ffile-prefix-map=%s ' "${maps[@]}")
export RUSTFLAGS CFLAGS CXXFLAGS=$CFLAGS
export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || echo 0)}
cargo fetch --quiet --locked
cargo build --locked --release -p tdsec-c -p tdsec-python -p tdsec-node

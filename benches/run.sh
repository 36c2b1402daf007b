#!/usr/bin/env bash
# Builds release and measures: benches/run.sh [--quick] [--check] …; `make bench` and `QUICK=1 make bench` call it.
set -euo pipefail
cd "$(dirname "$0")/.."
cargo=${CARGO:-cargo}
if [ "${QUICK:-}" = 1 ]; then set -- --quick "$@"; fi
if ! pkg-config --exists jansson 2>/dev/null; then
    echo "installing libjansson-dev, for the C driver"
    apt-get install -y -q pkg-config libjansson-dev >/dev/null
fi
# One call, so that every part is built with the same features.
"$cargo" build --release --locked --lib --bin tdsec-runner-rust --bin tdsec-bench \
    -p tdsec-tests -p tdsec-c -p tdsec-python -p tdsec-node -p tdsec-benches -p tdsec-testserver
tests/runners/c/build.sh --release --built
bindings-python/build.sh --release --built
bindings-node/build.sh --release --built
target/release/tdsec-bench "$@"
if [ "${QUICK:-}" != 1 ]; then
    target/release/tdsec-bench "$@" first-row
    target/release/tdsec-bench "$@" handshakes
fi

#!/usr/bin/env bash
# Every test, on a bare machine: installs what is missing, builds once, runs all suites. `make test` and CI call it.
# FUZZ_SECONDS: seconds per fuzz target (10; 0 leaves fuzzing out).
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
started=$SECONDS
step=0

say() { step=$((step + 1)); printf '\n== %2d. %s  (%d s)\n' "$step" "$1" "$((SECONDS - started))"; }

need() { # need <command> <debian package>
    command -v "$1" >/dev/null && return
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        echo "installing $2"
        apt-get install -y -q "$2" >/dev/null 2>&1 || { apt-get update -q >/dev/null && apt-get install -y -q "$2" >/dev/null; }
    else
        echo "missing: $1 (Debian package $2); the tests that need it will say so" >&2
    fi
}

say "tools"
for tool in cargo python3 node npm gcc make; do
    command -v "$tool" >/dev/null || { echo "missing: $tool (see README: a bare machine has git, Rust, Python 3, Node, gcc, make)" >&2; exit 1; }
done
need g++ g++
python3 -c "import ensurepip" 2>/dev/null || need python3-venv python3-venv
need valgrind valgrind
need openssl openssl
need pkg-config pkg-config
need cmake cmake
pkg-config --exists jansson 2>/dev/null || need libjansson libjansson-dev # the C driver of the scenarios
cargo --version && python3 --version && echo "node $(node --version)" && gcc --version | head -n 1

say "format and lints"
cargo fmt --all --check
cargo clippy --quiet --workspace --all-targets --locked -- -D warnings

say "build"
cargo build --quiet --workspace --all-targets --locked
bindings-python/build.sh --built
bindings-node/build.sh --built
tests/runners/c/build.sh --built

say "OpenBao, for the token sources"
tests/openbao.sh >/dev/null

say "Rust: unit, property and vector tests; C programs, bare, under sanitizers and valgrind, and installed"
cargo test --quiet --workspace --locked

say "every order of the threads of what is concurrent"
tests/loom/run.sh

say "the core with ring instead of aws-lc-rs, and without Arrow"
cargo check --quiet -p tdsec-core --no-default-features --features ring --locked

say "Python"
bindings-python/test.sh --built

say "Node"
bindings-node/test.sh

say "conformance: every scenario on every surface"
target/debug/tdsec-conformance
echo "and the tokens' with other numbers from the server"
target/debug/tdsec-conformance --only token,totp --token-codes set2

say "certificate zoo: what is refused and what is not, on every surface"
target/debug/tdsec-zoo

say "demo, with fewer rows"
make --no-print-directory demo-files
target/debug/tdsec-demo --rows 20000

say "interop: REST alone, and that a difference makes it fail"
python3 -B tests/interop/test_harness.py

say "packages, of the debug build: contents, installation, the README's examples"
.ci/dist.sh --debug >/dev/null
.ci/check_dist.py target/dist-debug --debug

if [ "${FUZZ_SECONDS:=10}" -gt 0 ]; then
    say "fuzz smoke, $FUZZ_SECONDS s per target"
    for target in address contents messages raw_block; do
        tests/fuzz/run.sh "$target" "$FUZZ_SECONDS" 2>&1 | tail -n 3
    done
fi

printf '\nall tests passed in %d s\n' "$((SECONDS - started))"

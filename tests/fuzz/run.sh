#!/usr/bin/env bash
# Fuzzes one target for a while: tests/fuzz/run.sh <target> [seconds]
# Needs rustc and a C++ compiler, neither cargo-fuzz nor a nightly toolchain. Findings land in
# tests/fuzz/artifacts/<target>/, the corpus grows in tests/fuzz/corpus/<target>/; start inputs are in seeds/<target>/.
set -euo pipefail
target=${1:?usage: run.sh <target> [seconds]}
seconds=${2:-60}
cd "$(dirname "$0")"

host=$(rustc -vV | sed -n 's/^host: //p')
coverage="-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4"
coverage+=" -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table"
coverage+=" -Cllvm-args=-sanitizer-coverage-trace-compares"
# With --target the flags reach the code under test, but no build script. One codegen unit: the coverage tables
# of several ones do not link.
RUSTC_BOOTSTRAP=1 RUSTFLAGS="--cfg fuzzing -Cdebug-assertions -Ccodegen-units=1 $coverage" \
    cargo build --release --locked --target "$host" --bin "$target"

mkdir -p "corpus/$target" "artifacts/$target"
seeds=()
[ -d "seeds/$target" ] && seeds=("seeds/$target")
exec "target/$host/release/$target" -max_total_time="$seconds" -artifact_prefix="artifacts/$target/" \
    -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 "corpus/$target" "${seeds[@]}"

#!/usr/bin/env bash
# Runs the models: tests/loom/run.sh [part of a name]
set -euo pipefail
cd "$(dirname "$0")"
# At most two switches that no thread asked for: more than that no known defect needed, and each more costs tenfold.
LOOM_MAX_PREEMPTIONS=${LOOM_MAX_PREEMPTIONS:-2} exec cargo test --quiet --locked --target-dir ../../target/loom "models::${1:-}"

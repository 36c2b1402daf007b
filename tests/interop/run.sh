#!/usr/bin/env bash
# The official TDengine clients, unchanged, against tdsec-testserver: `run.sh [--json] [--client NAME]… [--bless]`.
set -euo pipefail
cd "$(dirname "$0")/../.."
# All packages at once: chosen alone, it would have its dependencies compiled with features of its own.
${CARGO:-cargo} build --quiet --locked --workspace --lib --bins
exec env PYTHONDONTWRITEBYTECODE=1 "${PYTHON:-python3}" tests/interop/harness "$@"

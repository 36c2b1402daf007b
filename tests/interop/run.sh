#!/usr/bin/env bash
# The official TDengine clients, unchanged, against tdsec-testserver: `run.sh [--json] [--client NAME]… [--bless]`.
set -euo pipefail
cd "$(dirname "$0")/../.."
${CARGO:-cargo} build --quiet --locked -p tdsec-testserver
exec env PYTHONDONTWRITEBYTECODE=1 "${PYTHON:-python3}" tests/interop/harness "$@"

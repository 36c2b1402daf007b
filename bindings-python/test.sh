#!/bin/sh
# The tests of the Python package against the test server.
set -eu
cd "$(dirname "$0")/.."
bindings-python/build.sh
cargo build --quiet --locked -p tdsec-testserver
PYTHONPATH=bindings-python/python exec target/venv-python/bin/python -m pytest -q bindings-python/tests "$@"

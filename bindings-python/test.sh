#!/bin/sh
# The tests of the Python package: types against mypy, behaviour against the test server. Arguments go to pytest; before
# them --built, if the workspace has just been built.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/.."
if [ "${1:-}" = --built ]; then
    shift
    bindings-python/build.sh --built
else
    bindings-python/build.sh
    cargo build --quiet --locked -p tdsec-testserver
fi
python=target/venv-python/bin/python
"$python" -m mypy --config-file bindings-python/mypy.ini --cache-dir target/mypy \
    bindings-python/python/tdsec bindings-python/tests/typing bindings-python/scripts
for example in examples/python/*.py; do
    "$python" -m mypy --config-file bindings-python/mypy.ini --cache-dir target/mypy "$example"
done
# It compares with the interpreter it runs in, and knows no older one.
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 10))' &&
    PYTHONPATH=$here/python "$python" -m mypy.stubtest --mypy-config-file bindings-python/mypy.ini tdsec
PYTHONPATH=$here/python exec "$python" -m pytest -q -p no:cacheprovider bindings-python/tests "$@"

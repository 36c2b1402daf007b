#!/bin/sh
# The behaviour tests under every Python that is there: one extension serves them all (abi3).
# bindings-python/test-versions.sh [python …]   default: python3.9 … python3.14, those that run
set -eu
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/.."
bindings-python/build.sh --library-only
cargo build --quiet --locked -p tdsec-testserver
[ $# -gt 0 ] || set -- python3.9 python3.10 python3.11 python3.12 python3.13 python3.14
for python in "$@"; do
    "$python" -c pass 2>/dev/null || { echo "$python: not on this machine"; continue; }
    version=$("$python" -c 'import platform; print(platform.python_version())')
    venv=target/venv-python-$version
    # Their newest libraries: the pinned ones do not exist for every version.
    [ -x "$venv/bin/pytest" ] || { "$python" -m venv "$venv" && "$venv/bin/pip" install --quiet \
        --disable-pip-version-check pytest numpy pyarrow pandas polars; }
    echo "Python $version"
    PYTHONPATH=$here/python "$venv/bin/python" -m pytest -q -p no:cacheprovider bindings-python/tests
done

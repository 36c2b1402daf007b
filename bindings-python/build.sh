#!/bin/sh
# Builds the extension and puts it into the package: bindings-python/build.sh [--library-only] [--release] [--built]
# Without --library-only it also makes the environment of the tests, target/venv-python. With --built the library is there already.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/.."
profile=debug
flag=
library_only=
built=
for argument in "$@"; do
    case $argument in
        --release) profile=release flag=--release ;;
        --library-only) library_only=yes ;;
        --built) built=yes ;;
        *) echo "unknown argument $argument" >&2; exit 2 ;;
    esac
done
[ -n "$built" ] || cargo build --quiet --locked -p tdsec-python $flag
# A new file each time: a running program keeps the extension it has loaded.
cp "target/$profile/lib_tdsec.so" "$here/python/tdsec/_tdsec.abi3.so.new"
mv "$here/python/tdsec/_tdsec.abi3.so.new" "$here/python/tdsec/_tdsec.abi3.so"
[ -n "$library_only" ] && exit 0
venv=target/venv-python
stamp=$venv/requirements
if ! cmp -s "$here/requirements-test.txt" "$stamp"; then
    rm -rf "$venv"
    "${PYTHON:-python3}" -m venv "$venv"
    "$venv/bin/pip" install --quiet --disable-pip-version-check -r "$here/requirements-test.txt"
    cp "$here/requirements-test.txt" "$stamp"
fi

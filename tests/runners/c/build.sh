#!/bin/sh
# Builds the C driver of the conformance suite, target/<profile>/tdsec-runner-c: tests/runners/c/build.sh [--release] [--built]
# With --built the library is there already.
# Needs a C compiler, pkg-config and jansson (Debian: libjansson-dev).
set -eu
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/../../.."
programs=${CARGO_TARGET_DIR:-target}/debug
if [ "${1:-}" = --release ]; then
    programs=${CARGO_TARGET_DIR:-target}/release
fi
case " $* " in
    *" --built "*) ;;
    *) cargo build --quiet --locked -p tdsec-c ${1:-} ;;
esac
# The name that the library asks for by its soname.
ln -sf libtdsec.so "$programs/libtdsec.so.0"
# shellcheck disable=SC2046  # flags are words
${CC:-cc} -std=c99 -Wall -Wextra -Wpedantic -Werror -O2 -g ${CFLAGS:-} -Iinclude $(pkg-config --cflags jansson) \
    "$here"/*.c -o "$programs/tdsec-runner-c" \
    -L"$programs" -ltdsec $(pkg-config --libs jansson) -lpthread -Wl,-rpath,'$ORIGIN'

#!/bin/sh
# Builds the addon and puts it beside the JavaScript: bindings-node/build.sh [--release] [--built]
# With --built the library is there already.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/.."
profile=debug
if [ "${1:-}" = --release ]; then
    profile=release
fi
case " $* " in
    *" --built "*) ;;
    *) cargo build --quiet --locked -p tdsec-node ${1:-} ;;
esac
target=$(cargo metadata --format-version 1 --no-deps | sed 's/.*"target_directory":"\([^"]*\)".*/\1/')
case $(uname -s) in
    Darwin) built=libtdsec_node.dylib ;;
    *) built=libtdsec_node.so ;;
esac
# A new file each time: a running program keeps the addon it has loaded.
cp "$target/$profile/$built" "$here/tdsec.node.new"
mv "$here/tdsec.node.new" "$here/tdsec.node"

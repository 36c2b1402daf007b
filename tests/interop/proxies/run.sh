#!/usr/bin/env bash
# Every surface through HAProxy and nginx from Debian's packages. Needs what `make conformance` builds.
set -euo pipefail
cd "$(dirname "$0")/../../.."
export PATH=$PATH:/usr/sbin
for tool in haproxy nginx; do
    command -v "$tool" >/dev/null && continue
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        echo "installing $tool"
        DEBIAN_FRONTEND=noninteractive apt-get install -y -q "$tool" >/dev/null 2>&1 || { apt-get update -q >/dev/null && DEBIAN_FRONTEND=noninteractive apt-get install -y -q "$tool" >/dev/null; }
    else
        echo "missing: $tool (its Debian package has the same name)" >&2
        exit 1
    fi
done
exec target/debug/tdsec-proxies

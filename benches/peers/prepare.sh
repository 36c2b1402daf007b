#!/usr/bin/env bash
# Makes the driver of one official connector from its registry: prepare.sh python|go|java CA.pem
# Ends with an error whose last line says why it cannot be had.
set -euo pipefail
cd "$(dirname "$0")"
here=$PWD
ca=$2
built=$here/../../target/bench-peers
mkdir -p "$built"

must_have() { command -v "$1" >/dev/null || { echo "$1 is not installed" >&2; exit 1; }; }

case $1 in
    python)
        must_have python3
        if ! cmp -s python/requirements.txt "$built/venv/requirements"; then
            rm -rf "$built/venv"
            python3 -m venv "$built/venv"
            "$built/venv/bin/pip" install --quiet --disable-pip-version-check -r python/requirements.txt
            cp python/requirements.txt "$built/venv/requirements"
        fi
        ;;
    go)
        must_have go
        cd go && go build -o "$built/go-peer" .
        ;;
    java)
        for tool in mvn javac keytool; do must_have "$tool"; done
        mkdir -p "$built/java"
        if [ ! -e "$built/java/lib/taos-jdbcdriver-3.7.9.jar" ]; then
            (cd ../../tests/interop/java && mvn -B -q org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies \
                -DoutputDirectory="$built/java/lib" >&2)
        fi
        javac -d "$built/java/classes" -cp "$built/java/lib/*" java/Peer.java
        rm -f "$built/java/trust.p12"
        keytool -importcert -noprompt -alias ca -storetype PKCS12 -storepass changeit \
            -keystore "$built/java/trust.p12" -file "$ca" 2>/dev/null
        ;;
    *) echo "unknown peer $1" >&2; exit 2 ;;
esac

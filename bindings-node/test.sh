#!/bin/sh
# Types and tests of the npm package. Needs the addon (build.sh) and the test server (cargo build -p tdsec-testserver).
set -eu
cd "$(dirname "$0")"
[ -d node_modules/typescript ] || npm ci --no-audit --no-fund --loglevel=error
node_modules/.bin/tsc --project test/types
exec node --test --test-reporter="${NODE_TEST_REPORTER:-dot}" test/*.test.mjs

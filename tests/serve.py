#!/usr/bin/env python3
"""A server to try things on, where there is no TDengine: `make server`.

Starts tdsec-testserver on the port of the examples (or PORT) with a database `power` of some meters, prints what a shell has to
know, and ends with Ctrl-C. It keeps its data in memory.
"""

import base64
import json
import os
import pathlib
import ssl
import subprocess
import sys
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[1]
ROWS, STEP_MS, BEGIN_MS = 1000, 10_000, 1_767_225_600_000  # from 2026-01-01
DATA = "CREATE TABLE power.d%d USING power.meters TAGS ('Region-%d', %d)"


def statements():
    yield "CREATE DATABASE power PRECISION 'ms'"
    yield (
        "CREATE STABLE power.meters (ts TIMESTAMP, current FLOAT, voltage INT, phase FLOAT) "
        "TAGS (location VARCHAR(64), groupid INT)"
    )
    for meter in range(4):
        yield DATA % (meter, meter, meter)
        rows = (
            f"({BEGIN_MS + row * STEP_MS}, {10 + (row * 7 + meter) % 40 / 8}, {220 + (row + meter) % 5}, {row % 32 / 64})"
            for row in range(ROWS)
        )
        yield f"INSERT INTO power.d{meter} VALUES {' '.join(rows)}"


def fill(ready):
    address = ready["url"].replace("wss://", "https://") + "/rest/sql"
    login = {"Authorization": "Basic " + base64.b64encode(b"root:taosdata").decode()}
    trust = ssl.create_default_context(cafile=ready["ca"])
    for sql in statements():
        request = urllib.request.Request(address, sql.encode(), login)
        with urllib.request.urlopen(request, context=trust, timeout=30) as answer:
            told = json.load(answer)
        if told["code"]:
            sys.exit(f"{sql[:80]}: {told}")


def main():
    listen = f"127.0.0.1:{os.environ.get('PORT', '6041')}"
    program = ROOT / "target/debug/tdsec-testserver"
    server = subprocess.Popen([program, "--listen", listen], stdout=subprocess.PIPE, text=True)
    line = server.stdout.readline()
    if not line:
        sys.exit(server.wait() or 1)
    ready = json.loads(line)
    try:
        fill(ready)
        print(
            f"{ready['url'].replace('127.0.0.1', 'localhost')} serves database power with {4 * ROWS} rows of 4 meters. In another shell:\n\n"
            f"export TDSEC_TOKEN={ready['token']}\n"
            f"export TDSEC_TLS_CA={ready['ca']}\n"
            f"export SSL_CERT_FILE={ready['ca']}    # the examples of the README trust the system's roots: here this one\n\n"
            "Ctrl-C ends it.",
            flush=True,
        )
        server.wait()
    except KeyboardInterrupt:
        pass
    finally:
        server.terminate()
        server.wait()


if __name__ == "__main__":
    main()

"""The README's Python programs: copied, pointed at the test server, run."""

import os
import pathlib
import re
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]


@pytest.fixture
def meters(connection):
    connection.execute("CREATE DATABASE power")
    columns, tags = "ts TIMESTAMP, current FLOAT, voltage INT, phase FLOAT", "location VARCHAR(64), groupid INT"
    connection.execute(f"CREATE STABLE power.meters ({columns}) TAGS ({tags})")
    values = "TAGS ('here', 1) VALUES (1700000000000, 10.5, 219, 0.5)"
    connection.execute(f"INSERT INTO power.d1 USING power.meters {values}")
    yield
    connection.execute("DROP DATABASE power")


def programs():
    text = (ROOT / "README.md").read_text()
    return re.findall(r"```python\n(.*?)```", text, re.DOTALL)


def test_the_examples_of_the_readme_run(server, meters, tmp_path):
    secret = tmp_path / "token"
    secret.write_text(server["token"])
    direct, pooled = programs()
    assert 'connect("wss://localhost:6041/power"' in direct and "Pool(" in pooled and "/run/secrets/token" in pooled
    for program in (direct, pooled):
        assert len(program.splitlines()) <= 10
        # A throw-away server has a port and a CA of its own.
        program = program.replace("wss://localhost:6041/power", f"{server['url']}/power?tls_ca={server['ca']}")
        program = program.replace("/run/secrets/token", str(secret))
        environment = {**os.environ, "TDSEC_TOKEN": server["token"]}
        run = [sys.executable, "-c", program]
        done = subprocess.run(run, capture_output=True, text=True, env=environment, timeout=30)
        assert (done.stdout, done.stderr) == ("2023-11-14 22:13:20+00:00 10.5\n", "")

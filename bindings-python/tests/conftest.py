"""A test server of its own for the session, over TLS with a token."""

import json
import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]


def start(*flags):
    program = ROOT / "target/debug/tdsec-testserver"
    process = subprocess.Popen([program, *flags], stdout=subprocess.PIPE, text=True)
    return process, json.loads(process.stdout.readline())


@pytest.fixture(scope="session")
def server():
    process, ready = start()
    yield ready
    process.terminate()
    process.wait(10)


@pytest.fixture
def impostor():
    process, ready = start("--tls", "zoo:self-signed")
    yield ready
    process.terminate()
    process.wait(10)


@pytest.fixture
def options(server):
    return {"bearer_token": server["token"], "tls_ca": server["ca"]}


@pytest.fixture
def connection(server, options):
    import tdsec

    with tdsec.connect(server["url"], **options) as connection:
        yield connection

"""A test server of its own for the session, over TLS with a token, and its control API."""

import json
import pathlib
import subprocess
import time
import urllib.request

import pytest

import tdsec

ROOT = pathlib.Path(__file__).resolve().parents[2]


class Control:
    """The test server's control API."""

    def __init__(self, url):
        self._url = url

    def ask(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self._url + path, data, method=method)
        with urllib.request.urlopen(request) as answer:
            return json.loads(answer.read() or b"null")

    def stats(self):
        return self.ask("GET", "/stats")

    def requests(self, action):
        """How many requests of this kind the server has seen."""
        return self.stats()["requests"].get(action, 0)

    def fault(self, kind, action="query", sql=None, count=0, nth=1, **parameters):
        """From now on, `count` times (0: always), requests fail this way."""
        when = {"action": action, "count": count, "nth": nth, **({} if sql is None else {"sql_contains": sql})}
        self.ask("POST", "/faults", {"when": when, "do": {"kind": kind, **parameters}})

    def until(self, condition, seconds=10):
        """Waits until the statistics fulfil the condition."""
        deadline = time.monotonic() + seconds
        while not condition(self.stats()):
            assert time.monotonic() < deadline, self.stats()
            time.sleep(0.005)


def start(*flags):
    program = ROOT / "target/debug/tdsec-testserver"
    process = subprocess.Popen([program, *flags], stdout=subprocess.PIPE, text=True)
    return process, json.loads(process.stdout.readline())


def running(*flags):
    process, ready = start(*flags)
    yield ready
    process.terminate()
    process.wait(10)
    process.stdout.close()


@pytest.fixture(scope="session")
def server():
    yield from running()


@pytest.fixture
def impostor():
    yield from running("--tls", "zoo:self-signed")


@pytest.fixture
def control(server):
    control = Control(server["control"])
    yield control
    control.ask("DELETE", "/faults")


@pytest.fixture
def options(server):
    return {"bearer_token": server["token"], "tls_ca": server["ca"]}


@pytest.fixture
def connect(server, options):
    """Connects to the server as often as wanted."""
    opened = []

    def connect(**more):
        opened.append(tdsec.connect(server["url"], **{**options, **more}))
        return opened[-1]

    yield connect
    for connection in opened:
        connection.close()


@pytest.fixture
def connection(connect):
    return connect()


@pytest.fixture
def aio_connect(server, options):
    """Connects with asyncio: `async with await aio_connect() as connection`."""

    def connect(**more):
        return tdsec.aio.connect(server["url"], **{**options, **more})

    return connect


@pytest.fixture
def table(connection, request):
    """A fresh database with an empty table of numbers and texts; its qualified name."""
    database = f"py_{abs(hash(request.node.nodeid)):x}"
    connection.execute(f"CREATE DATABASE {database}")
    columns = "ts TIMESTAMP, v INT, x DOUBLE, s VARCHAR(100), n NCHAR(50), b BOOL"
    connection.execute(f"CREATE TABLE {database}.t ({columns})")
    yield f"{database}.t"
    connection.execute(f"DROP DATABASE {database}")

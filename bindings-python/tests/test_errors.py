"""Exceptions: classes, codes, what they tell and what they do not."""

import asyncio
import copy
import json
import pathlib
import pickle
import re
import subprocess
import sys

import pytest

import tdsec

CODES = pathlib.Path(__file__).resolve().parents[2] / "tests/vectors/error_codes.json"
LISTED = json.loads(CODES.read_text())


def test_every_code_has_a_class_with_its_facts():
    assert len(LISTED) > 50
    assert {entry["number"] for entry in LISTED} == set(tdsec.errors.CLASSES)
    for entry in LISTED:
        made = tdsec.errors.CLASSES[entry["number"]]
        assert {key: getattr(made, attribute) for key, attribute in FACTS.items() if key in entry} == {
            key: entry[key] for key in FACTS if key in entry
        }
        assert issubclass(made, tdsec.Error) and getattr(tdsec, made.__name__) is made
        assert made.cause and made.remedy and made.__doc__


FACTS = {"name": "code", "number": "number", "kind": "kind", "retry": "retry"}


@pytest.mark.parametrize(
    ("code", "base"),
    [
        ("OptionUnknown", "InterfaceError"),
        ("Closed", "InterfaceError"),
        ("TokenExpired", "OperationalError"),
        ("TlsSelfSigned", "OperationalError"),
        ("RequestTimeout", "OperationalError"),
        ("ConnectionLost", "OperationalError"),
        ("InvalidUtf8", "DataError"),
        ("Syntax", "ProgrammingError"),
        ("TableNotFound", "ProgrammingError"),
    ],
)
def test_the_code_decides_the_class_of_the_standard(code, base):
    assert issubclass(getattr(tdsec, f"{code}Error"), getattr(tdsec, base))


def test_errors_have_code_class_and_remedy(connection):
    with pytest.raises(tdsec.SyntaxError) as caught:
        connection.query("SELEC 1")
    error = caught.value
    assert (error.code, error.number, error.retry, error.kind) == ("SYNTAX_ERROR", 7002, "never", "server")
    assert error.server_code and error.server_message and not error.may_have_run
    assert str(error).startswith("[SYNTAX_ERROR] ") and error.server_message in str(error)


def test_a_refused_token_is_not_told(server, options):
    with pytest.raises(tdsec.TokenRefusedError) as caught:
        tdsec.connect(server["url"], **{**options, "bearer_token": "wrong-token"})
    error = caught.value
    assert "wrong-token" not in f"{error!r} {error} {vars(error)} {error.args}"


def test_a_bad_option_is_named_before_any_socket():
    with pytest.raises(tdsec.OptionUnknownError, match="bearer_token"):
        tdsec.connect("wss://localhost/db", bearer_tokn="x")
    with pytest.raises(tdsec.OptionDuplicateError) as caught:
        tdsec.connect("wss://localhost/db", url="wss://localhost/db")
    assert caught.value.option == "address"


def test_a_lost_insert_may_have_run_and_is_not_sent_again(connect, connection, control, table):
    control.fault("drop_after", sql="lost_marker")
    loser, before = connect(), control.stats()["faults_fired"]
    with pytest.raises(tdsec.OperationalError) as caught:
        loser.execute(f"INSERT INTO {table} (ts, s) VALUES (NOW, 'lost_marker')")
    assert caught.value.may_have_run and loser.closed
    assert control.stats()["faults_fired"] == before + 1
    assert list(connection.query(f"SELECT count(*) FROM {table}")) == [(1,)]


def test_what_weakens_security_warns_where_connect_was_called(server, options):
    weak = {"tls_ca": None, "danger_tls_verification": "none", "danger_token_without_verification": True}
    with pytest.warns(tdsec.SecurityWarning, match="danger_tls_verification") as caught:
        tdsec.connect(server["url"], **{**options, **weak}).close()
    assert {warning.filename for warning in caught} == {__file__}


def test_each_connect_warns_unless_the_program_decides_otherwise():
    program = """
import warnings, tdsec
FILTER
for _ in range(3):
    try:
        tdsec.connect("wss://127.0.0.1:1", bearer_token="t", tcp_nodelay=True)
    except tdsec.Error:
        pass
"""
    shown = []
    for line in ("", "warnings.filterwarnings('ignore', category=tdsec.SecurityWarning)"):
        done = subprocess.run([sys.executable, "-c", program.replace("FILTER", line)], capture_output=True, text=True)
        shown.append(done.stderr.count("SecurityWarning"))
    assert shown == [3, 0]


def test_errors_survive_pickling_and_copying(connection):
    with pytest.raises(tdsec.Error) as caught:
        connection.query("SELECT * FROM no_such_db.no_such_table")
    for twin in (pickle.loads(pickle.dumps(caught.value)), copy.copy(caught.value)):
        assert type(twin) is type(caught.value) and str(twin) == str(caught.value)
        assert vars(twin) == vars(caught.value) and twin.server_code == caught.value.server_code


def test_an_impostor_gets_no_byte(impostor):
    from conftest import Control

    with pytest.raises(tdsec.TlsSelfSignedError):
        tdsec.connect(impostor["url"], bearer_token="bait")
    stats = Control(impostor["control"]).stats()
    assert stats["connections_total"] == 1 and stats["bytes_received"] == 0 and stats["logins"] == []


def test_a_credential_that_is_none_is_no_login_with_the_default_password(server, options):
    trust = {name: value for name, value in options.items() if name != "bearer_token"}
    for lost in ("bearer_token", "password"):
        with pytest.raises(tdsec.Error) as caught:
            tdsec.connect(server["url"], **trust, **{lost: None})
        assert (caught.value.code, caught.value.option) == ("INVALID_ARGUMENT", lost)
    with tdsec.connect(server["url"], password=None, **options) as connection:
        assert not connection.closed


@pytest.mark.skipif(sys.version_info < (3, 11), reason="exceptions have notes since 3.11")
def test_an_error_that_nobody_catches_tells_its_remedy():
    with pytest.raises(tdsec.Error) as caught:
        tdsec.connect("wss://localhost:70000")
    assert any(note.startswith("Remedy: correct the port") for note in caught.value.__notes__)


WRONG = object()


@pytest.mark.parametrize(
    "argument, calls",
    [
        ("url", [lambda c, p: tdsec.connect(5), lambda c, p: tdsec.Pool(5), lambda c, p: tdsec.aio.Pool(5)]),
        ("bearer_token", [lambda c, p: tdsec.Pool("wss://h", bearer_token=WRONG)]),
        ("token_source", [lambda c, p: tdsec.Pool("wss://h", token_source=5)]),
        ("sql", [lambda c, p: c.query(5), lambda c, p: c.execute(None), lambda c, p: p.query(b"x"), lambda c, p: p.execute(5)]),
        ("parameters", [lambda c, p: c.query("SELECT ?", 5), lambda c, p: p.execute("SELECT ?", "x")]),
        ("timeout", [lambda c, p: c.query("x", timeout="5"), lambda c, p: p.query("x", timeout=WRONG)]),
        ("timeout", [lambda c, p: p.acquire("5"), lambda c, p: p.ready("5"), lambda c, p: p.close("5")]),
        ("timeout", [lambda c, p: tdsec.subscribe().next("5"), lambda c, p: tdsec.sources.Callback(print, timeout="5")]),
        ("req_id", [lambda c, p: c.query("x", req_id="5"), lambda c, p: p.query("x", req_id=-1)]),
        ("idempotent", [lambda c, p: p.query("x", idempotent="yes"), lambda c, p: p.execute("x", idempotent=WRONG)]),
        ("size", [lambda c, p: rows_of(c).fetchmany("5"), lambda c, p: rows_of(c).fetchmany(-1)]),
        ("function", [lambda c, p: tdsec.sources.Callback("x")]),
        ("sources", [lambda c, p: tdsec.sources.Chain(5)]),
        ("kind", [lambda c, p: tdsec.sources.create(5)]),
        ("path", [lambda c, p: tdsec.sources.File(WRONG)]),
        ("token", [lambda c, p: tdsec.Token(5)]),
        ("ttl", [lambda c, p: tdsec.Token("t", ttl=WRONG)]),
        ("name", [lambda c, p: c.tokens.create(5, "u"), lambda c, p: c.tokens.enable(5), lambda c, p: c.tokens.drop(None)]),
        ("user", [lambda c, p: c.tokens.create("t", 5)]),
        ("ttl_days", [lambda c, p: c.tokens.create("t", "u", ttl_days="1")]),
        ("days", [lambda c, p: c.tokens.set_ttl("t", "1")]),
        ("enabled", [lambda c, p: c.tokens.create("t", "u", enabled="yes")]),
        ("provider", [lambda c, p: c.tokens.create("t", "u", provider=5)]),
        ("extra_info", [lambda c, p: c.tokens.create("t", "u", extra_info=5)]),
        ("callback", [lambda c, p: tdsec.subscribe(5)]),
        ("names", [lambda c, p: tdsec.subscribe(names=5), lambda c, p: tdsec.subscribe(names=[5])]),
        ("severity", [lambda c, p: tdsec.subscribe(severity=5)]),
        ("pool", [lambda c, p: tdsec.subscribe(pool=5)]),
        ("address", [lambda c, p: tdsec.serve_metrics(9464)]),
        ("danger_any_address", [lambda c, p: tdsec.serve_metrics("127.0.0.1:0", danger_any_address="yes")]),
    ],
)
def test_a_wrong_type_is_told_by_the_name_of_the_argument(connection, pool, argument, calls):
    for call in calls:
        with pytest.raises((TypeError, OverflowError, tdsec.Error)) as caught:
            call(connection, pool)
        # At its beginning: the word may stand in the rest by chance.
        assert re.search(rf"^(\[[A-Z_]+\] )?(option )?{argument}\b", str(caught.value)), caught.value
    assert not pool.closed


def test_asyncio_tells_a_wrong_type_by_the_name_of_the_argument(aio_connect):
    async def run():
        async with await aio_connect() as connection:
            for argument, call in [
                ("sql", lambda: connection.query(5)),
                ("timeout", lambda: connection.query("x", timeout="5")),
                ("req_id", lambda: connection.query("x", req_id=1.5)),
                ("name", lambda: connection.tokens.drop(5)),
                ("timeout", lambda: tdsec.aio.subscribe().next("5")),
            ]:
                with pytest.raises(TypeError, match=f"^{argument}: "):
                    await call()

    asyncio.run(run())


def rows_of(connection):
    return connection.cursor().execute("SELECT 1")


@pytest.fixture
def pool(server, options):
    with tdsec.Pool(server["url"], **options) as pool:
        yield pool

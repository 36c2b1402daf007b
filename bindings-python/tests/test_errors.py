"""Exceptions: classes, codes, what they tell and what they do not."""

import copy
import json
import pathlib
import pickle
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

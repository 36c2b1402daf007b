"""What a user of the Python package notices."""

import asyncio
import json
import os
import pathlib
import threading
import time
import urllib.request

import pytest

import tdsec
import tdsec.aio

CODES = pathlib.Path(__file__).resolve().parents[2] / "tests/vectors/error_codes.json"


def test_rows_are_tuples_of_typed_values(connection):
    rows = list(connection.query("SELECT * FROM tdsec_gen(10000, 5)"))
    assert len(rows) == 10000
    assert rows[0][0].tzinfo is not None
    assert [type(value) for value in rows[1][1:]] == [float, int, float, int]


def test_rows_and_arrow_hold_the_same_values(connection):
    sql = "SELECT * FROM tdsec_gen(5000, 5)"
    table = connection.query(sql).to_arrow()
    columns = [column.to_pylist() for column in table.columns]
    assert list(zip(*columns)) == [tuple(row) for row in connection.query(sql)]


def test_every_type_is_read(connection):
    result = connection.query("SELECT * FROM tdsec_types(9)")
    names = [column.type for column in result.columns]
    assert len(set(names)) > 15
    assert len(list(result)) == 9


def test_asyncio_reads_the_same_rows(server, options, connection):
    async def read():
        async with await tdsec.aio.connect(server["url"], **options) as asynchronous:
            async with await asynchronous.query("SELECT * FROM tdsec_gen(5000, 5)") as result:
                return [row async for row in result]

    assert asyncio.run(read()) == list(connection.query("SELECT * FROM tdsec_gen(5000, 5)"))


def test_updates_tell_the_number_of_rows(connection):
    connection.execute("CREATE DATABASE IF NOT EXISTS py")
    connection.execute("CREATE TABLE IF NOT EXISTS py.t (ts TIMESTAMP, v INT)")
    assert connection.execute("INSERT INTO py.t VALUES (1700000000000, 1) (1700000001000, NULL)") == 2
    assert [row[1] for row in connection.query("SELECT * FROM py.t ORDER BY ts")] == [1, None]


def test_errors_have_code_class_and_remedy(connection, server, options):
    with pytest.raises(tdsec.ProgrammingError) as caught:
        connection.query("SELEC 1")
    assert (caught.value.code, caught.value.number, caught.value.retry) == ("SYNTAX_ERROR", 7002, "never")
    assert caught.value.remedy
    with pytest.raises(tdsec.Error) as caught:
        tdsec.connect(server["url"], **{**options, "bearer_token": "wrong-token"})
    assert caught.value.code == "TOKEN_REFUSED"
    assert "wrong-token" not in repr(caught.value) + str(caught.value)


def test_the_tables_of_codes_agree():
    listed = {entry["name"]: entry["number"] for entry in json.loads(CODES.read_text())}
    assert len(listed) > 50
    with pytest.raises(tdsec.Error) as caught:
        tdsec.connect("")
    assert listed[caught.value.code] == caught.value.number


def test_an_impostor_gets_no_byte(impostor):
    with pytest.raises(tdsec.Error) as caught:
        tdsec.connect(impostor["url"], bearer_token="bait")
    assert caught.value.code == "TLS_SELF_SIGNED"
    with urllib.request.urlopen(impostor["control"] + "/stats") as answer:
        stats = json.load(answer)
    assert stats["connections_total"] == 1 and stats["bytes_received"] == 0 and stats["logins"] == []


def test_a_bad_option_is_named_before_any_socket():
    with pytest.raises(tdsec.Error) as caught:
        tdsec.connect("wss://localhost/db", bearer_tokn="x")
    assert caught.value.code == "OPTION_UNKNOWN" and "bearer_token" in str(caught.value)


def test_other_threads_run_while_a_query_waits(connection, server):
    rule = {"when": {"action": "query", "sql_contains": "slow_marker"}, "do": {"kind": "delay", "ms": 600}}
    request = urllib.request.Request(server["control"] + "/faults", json.dumps(rule).encode(), method="POST")
    urllib.request.urlopen(request).close()
    ticks, done = [], threading.Event()

    def tick():
        while not done.wait(0.01):
            ticks.append(time.monotonic())

    thread = threading.Thread(target=tick)
    thread.start()
    started = time.monotonic()
    connection.query("SELECT 'slow_marker'").close()
    waited = time.monotonic() - started
    done.set()
    thread.join()
    urllib.request.urlopen(urllib.request.Request(server["control"] + "/faults", method="DELETE")).close()
    assert waited >= 0.5 and len(ticks) > 30


def test_a_forked_child_gets_a_clear_error_and_can_connect_anew(connection, server, options):
    child = os.fork()
    if child == 0:
        code = 1
        try:
            connection.query("SELECT 1")
        except tdsec.Error as error:
            with tdsec.connect(server["url"], **options) as fresh:
                code = 0 if error.code == "FORKED" and list(fresh.query("SELECT 1")) == [(1,)] else 2
        finally:
            os._exit(code)
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            break
        time.sleep(0.02)
    else:
        os.kill(child, 9)
        raise AssertionError("the child hangs")
    assert os.waitstatus_to_exitcode(status) == 0
    assert list(connection.query("SELECT 1")) == [(1,)]


def test_cursors_follow_pep_249(connection):
    cursor = connection.cursor()
    cursor.execute("SELECT * FROM tdsec_gen(10, 5)")
    assert len(cursor.description) == 5
    assert len(cursor.fetchone()) == 5 and len(cursor.fetchmany(4)) == 4 and len(cursor.fetchall()) == 5
    assert tdsec.apilevel == "2.0"

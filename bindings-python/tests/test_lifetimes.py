"""Ends: close, fork, garbage collection, memory (OPS-5, HOST-3)."""

import gc
import os
import subprocess
import sys
import time
import weakref

import pytest

import tdsec


def resident_kib():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGESIZE") // 1024


def test_everything_after_close_says_so(connect):
    connection = connect()
    cursor, result = connection.cursor(), connection.query("SELECT * FROM tdsec_gen(100000, 5)")
    connection.close()
    connection.close()
    assert connection.closed and "closed" in repr(connection)
    calls = [
        lambda: connection.query("SELECT 1"), connection.cursor, connection.commit, connection.rollback,
        connection.status, connection.current_database, lambda: cursor.execute("SELECT 1"), lambda: list(result),
    ]  # fmt: skip
    for call in calls:
        with pytest.raises(tdsec.Error) as caught:
            call()
        assert caught.value.code == "CLOSED", call
    result.close()
    cursor.close()


def test_a_closed_cursor_and_a_closed_result_say_so(connection):
    cursor = connection.cursor().execute("SELECT * FROM tdsec_gen(10000, 5)")
    cursor.close()
    cursor.close()
    for call in (lambda: cursor.execute("SELECT 1"), cursor.fetchone, cursor.fetchall, lambda: next(iter(cursor))):
        with pytest.raises(tdsec.ClosedError):
            call()
    with connection.query("SELECT * FROM tdsec_gen(100000, 5)") as result:
        next(iter(result))
    with pytest.raises(tdsec.ClosedError):
        list(result)


def test_with_closes_the_connection_even_after_an_error(server, options, control):
    before = control.stats()["connections_open"]
    with pytest.raises(ZeroDivisionError), tdsec.connect(server["url"], **options):
        raise ZeroDivisionError
    control.until(lambda stats: stats["connections_open"] == before)


def test_a_forgotten_connection_is_closed(server, options, control):
    before = control.stats()["connections_open"]
    connection = tdsec.connect(server["url"], **options)
    result = connection.query("SELECT * FROM tdsec_gen(100000, 5)")
    assert control.stats()["connections_open"] == before + 1
    del connection
    # A result keeps its connection.
    assert len(list(result)) == 100000
    del result
    gc.collect()
    control.until(lambda stats: stats["connections_open"] == before)


@pytest.mark.parametrize("leave", ["close", "with", "forget", "cursor", "next statement"])
def test_an_unread_result_is_freed_on_the_server(connection, control, leave):
    sql, before = "SELECT * FROM tdsec_gen(1000000, 5)", control.requests("free_result")
    if leave == "close":
        connection.query(sql).close()
    elif leave == "with":
        with connection.query(sql) as result:
            next(iter(result))
    elif leave == "forget":
        next(iter(connection.query(sql)))
        gc.collect()
    elif leave == "cursor":
        connection.cursor().execute(sql).close()
    else:
        connection.cursor().execute(sql).execute("SELECT 1").fetchall()
    control.until(lambda stats: stats["requests"].get("free_result", 0) > before)


def test_rows_and_batches_are_freed_with_their_last_reference(connection):
    batch = connection.query("SELECT * FROM tdsec_gen(4096, 5)").fetch_block()
    array = batch["id"].to_numpy()
    column = weakref.ref(array)
    del batch
    assert array[7] == 7
    del array
    assert column() is None


def test_references_of_values_are_balanced(connection):
    """A reference too few would end in a crash, one too many in a leak."""
    counts = lambda: [sys.getrefcount(thing) for thing in (None, True, False, ())]  # noqa: E731
    sql = "SELECT * FROM tdsec_types(1000)"
    list(connection.query(sql))
    before = counts()
    for _ in range(3):
        list(connection.query(sql))
        connection.query(sql).fetch_block().columns[1].to_list()
    assert all(abs(now - then) < 200 for now, then in zip(counts(), before))


ENDING = """
import asyncio, sys, threading, tdsec
url, token, ca, way = sys.argv[1:]
connection = tdsec.connect(url, bearer_token=token, tls_ca=ca)
result = connection.query("SELECT * FROM tdsec_gen(1000000, 5)")
next(iter(result))
if way == "thread":
    threading.Thread(target=lambda: connection.query("SELECT 'never_marker'"), daemon=True).start()
if way == "asyncio":
    async def story():
        other = await tdsec.aio.connect(url, bearer_token=token, tls_ca=ca)
        asyncio.create_task(other.query("SELECT 'never_marker'"))
        rows = (await other.query("SELECT * FROM tdsec_gen(1000000, 5)")).rows()
        await rows.__anext__()
    asyncio.run(story())
print("last line", flush=True)
"""


@pytest.mark.parametrize("way", ["plain", "thread", "asyncio"])
def test_a_process_ends_by_itself_with_everything_left_open(server, control, way):
    control.fault("no_answer", sql="never_marker")
    arguments = [server["url"], server["token"], server["ca"], way]
    begin = time.monotonic()
    done = subprocess.run([sys.executable, "-c", ENDING, *arguments], capture_output=True, text=True, timeout=30)
    assert (done.returncode, done.stdout, done.stderr) == (0, "last line\n", "")
    assert time.monotonic() - begin < 10


def child_of_fork(work):
    """Runs it in a forked child; what it returned, within ten seconds."""
    ours, theirs = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.write(theirs, repr(work()).encode())
        except BaseException as error:  # noqa: BLE001 - told to the parent
            os.write(theirs, f"{type(error).__name__}: {error}".encode())
        finally:
            os._exit(0)
    os.close(theirs)
    os.set_blocking(ours, False)
    deadline = time.monotonic() + 10
    while not os.waitpid(child, os.WNOHANG)[0]:
        if time.monotonic() > deadline:
            os.kill(child, 9)
            os.waitpid(child, 0)
            raise AssertionError("the child hangs")
        time.sleep(0.005)
    with os.fdopen(ours) as file:
        return file.read()


def test_a_forked_child_gets_a_clear_error_and_can_connect_anew(connection, connect):
    result = connection.query("SELECT * FROM tdsec_gen(100000, 5)")

    def work():
        codes = []
        for call in (lambda: connection.query("SELECT 1"), connection.status, lambda: list(result)):
            begin = time.monotonic()
            try:
                call()
                codes.append("nothing raised")
            except tdsec.Error as error:
                codes.append(error.code if time.monotonic() - begin < 1 else "slow")
        connection.close()
        return codes, list(connect().query("SELECT 1"))

    assert child_of_fork(work) == "(['FORKED', 'FORKED', 'FORKED'], [(1,)])"
    assert list(connection.query("SELECT 1")) == [(1,)]
    assert len(list(result)) == 100000


def test_ten_thousand_queries_leak_nothing(connection):
    def ask(times):
        for number in range(times):
            result = connection.query("SELECT * FROM tdsec_gen(20, 5)")
            rows = list(result) if number % 2 else result.fetch_block()
            assert len(rows) == 20

    ask(1000)
    gc.collect()
    before = resident_kib()
    ask(10_000)
    gc.collect()
    assert resident_kib() - before < 8 * 1024


def test_refused_statements_leak_nothing(connection):
    def fail(times):
        for _ in range(times):
            with pytest.raises(tdsec.SyntaxError):
                connection.query("SELEC 1")

    fail(500)
    before = resident_kib()
    fail(3000)
    assert resident_kib() - before < 8 * 1024


STREAM = """
import asyncio, os, sys, tdsec
def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGESIZE") // 1024
url, token, ca, rows, way = sys.argv[1:]
started = resident()
most = count = 0
with tdsec.connect(url, bearer_token=token, tls_ca=ca) as connection:
    result = connection.query(f"SELECT * FROM tdsec_gen({rows}, 5)")
    if way == "rows":
        for row in result:
            count += 1
            if count % 100000 == 0:
                most = max(most, resident())
    elif way == "asyncio":
        async def read():
            global count, most
            async with await tdsec.aio.connect(url, bearer_token=token, tls_ca=ca) as other:
                async for row in await other.query(f"SELECT * FROM tdsec_gen({rows}, 5)"):
                    count += 1
                    if count % 100000 == 0:
                        most = max(most, resident())
        result.close()
        asyncio.run(read())
    elif way == "batches":
        for batch in result.batches():
            count += len(batch)
            most = max(most, resident())
    else:
        import pyarrow
        started = resident()
        for batch in pyarrow.RecordBatchReader.from_stream(result):
            count += batch.num_rows
            most = max(most, resident())
print(count, most - started)
"""
#: All hundred million of the issue take minutes: TDSEC_STREAM_ROWS=100000000.
ROWS = int(os.environ.get("TDSEC_STREAM_ROWS", "2000000"))


@pytest.mark.parametrize("way", ["rows", "asyncio", "batches", "arrow"])
def test_streaming_needs_no_more_memory_than_some_blocks(server, way):
    arguments = [server["url"], server["token"], server["ca"], str(ROWS), way]
    done = subprocess.run([sys.executable, "-c", STREAM, *arguments], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    count, kib = map(int, done.stdout.split())
    print(f"{way}: {count} rows, {kib} KiB beyond the start")
    assert count == ROWS and 0 < kib < 150 * 1024

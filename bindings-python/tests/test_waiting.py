"""Waiting: Ctrl-C, cancellation, deadlines, other threads, other tasks (HOST-1)."""

import asyncio
import signal
import subprocess
import sys
import threading
import time

import pytest

import tdsec

INTERRUPTED = """
import os, signal, sys, threading, time, tdsec
connection = tdsec.connect(sys.argv[1], bearer_token=sys.argv[2], tls_ca=sys.argv[3])
result = connection.query("SELECT * FROM tdsec_gen(100000, 5)")
def interrupt():
    global pressed
    pressed = time.monotonic()
    os.kill(os.getpid(), signal.SIGINT)
threading.Timer(0.3, interrupt).start()
try:
    {wait}
    raise SystemExit("nothing was raised")
except KeyboardInterrupt:
    took = time.monotonic() - pressed
assert took < 0.2, took
assert not connection.closed
assert list(connection.query("SELECT 1")) == [(1,)]
assert len(list(result)) == 100000
print("usable")
"""
WAITS = {
    "query": "connection.query(\"SELECT 'never_marker'\")",
    "iteration": "list(connection.query(\"SELECT 'never_marker'\"))",
    "cursor": "connection.cursor().execute(\"SELECT 'never_marker'\")",
    "connect": "tdsec.connect(sys.argv[4], bearer_token='t', tls_ca=sys.argv[3], connect_timeout=30)",
}


@pytest.mark.parametrize("wait", WAITS)
def test_ctrl_c_ends_a_waiting_call_and_the_connection_stays_usable(server, control, silent, wait):
    control.fault("no_answer", sql="never_marker")
    program = INTERRUPTED.format(wait=WAITS[wait])
    # A child, because pytest has its own idea of Ctrl-C.
    arguments = [server["url"], server["token"], server["ca"], silent]
    done = subprocess.run([sys.executable, "-c", program, *arguments], capture_output=True, text=True, timeout=30)
    assert done.stdout == "usable\n", done.stderr


@pytest.fixture
def silent():
    """The address of somebody who accepts connections and says nothing."""
    import socket

    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"wss://localhost:{listener.getsockname()[1]}"


def test_ctrl_c_ends_the_fetch_of_many_rows(server):
    program = """
import os, signal, sys, threading, time, tdsec
connection = tdsec.connect(sys.argv[1], bearer_token=sys.argv[2], tls_ca=sys.argv[3])
def interrupt():
    global pressed
    pressed = time.monotonic()
    os.kill(os.getpid(), signal.SIGINT)
threading.Timer(0.3, interrupt).start()
try:
    connection.cursor().execute("SELECT id FROM tdsec_gen(100000000, 5)").fetchall()
except KeyboardInterrupt:
    print(time.monotonic() - pressed < 0.2, list(connection.query("SELECT 1")))
"""
    arguments = [server["url"], server["token"], server["ca"]]
    done = subprocess.run([sys.executable, "-c", program, *arguments], capture_output=True, text=True, timeout=60)
    assert done.stdout == "True [(1,)]\n", done.stderr


def test_a_signal_handler_runs_while_a_query_waits(connection, control):
    control.fault("delay", sql="slow_marker", ms=600)
    heard = []
    before = signal.signal(signal.SIGALRM, lambda *_: heard.append(time.monotonic()))
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.1)
        connection.query("SELECT 'slow_marker'")
        answered = time.monotonic()
    finally:
        signal.signal(signal.SIGALRM, before)
    assert heard and heard[0] < answered - 0.2


def test_other_threads_get_their_ticks_while_a_query_waits(connection, control):
    """At least 95 % of the ticks that the same thread gets while nothing happens; the best of some windows."""
    control.fault("delay", sql="slow_marker", ms=500)

    def ticks(meanwhile):
        done, count = threading.Event(), 0

        def tick():
            nonlocal count
            while not done.is_set():
                time.sleep(0.001)
                count += 1

        thread = threading.Thread(target=tick)
        thread.start()
        begin = time.monotonic()
        meanwhile()
        spent = time.monotonic() - begin
        done.set()
        thread.join()
        return count / spent

    shares = []
    for _ in range(8):
        ideal = ticks(lambda: time.sleep(0.5))
        shares.append(ticks(lambda: connection.query("SELECT 'slow_marker'").close()) / ideal)
        if shares[-1] >= 0.95:
            return
    raise AssertionError(f"shares of the ideal ticks: {shares}")


def test_another_thread_cancels_and_the_connection_stays_usable(connection, control):
    control.fault("no_answer", sql="never_marker")
    outcome = []

    def wait():
        try:
            connection.query("SELECT 'never_marker'")
        except tdsec.Error as error:
            outcome.append((error.code, time.monotonic()))

    thread = threading.Thread(target=wait)
    thread.start()
    control.until(lambda stats: stats["faults_fired"] >= 1)
    begin = time.monotonic()
    while thread.is_alive():
        connection.cancel()
        thread.join(0.005)
    ((code, ended),) = outcome
    assert code == "CANCELLED" and ended - begin < 0.2
    assert list(connection.query("SELECT 1")) == [(1,)]


def test_a_timeout_ends_one_statement(connection, control):
    control.fault("no_answer", sql="never_marker")
    begin = time.monotonic()
    with pytest.raises(tdsec.RequestTimeoutError) as caught:
        connection.query("SELECT 'never_marker'", timeout=0.2)
    assert 0.19 < time.monotonic() - begin < 2 and caught.value.may_have_run
    assert list(connection.query("SELECT 1")) == [(1,)]


@pytest.mark.parametrize("timeout", [0, -1, float("nan"), float("inf")])
def test_a_timeout_that_is_none_is_refused(connection, timeout):
    with pytest.raises(tdsec.InvalidArgumentError):
        connection.query("SELECT 1", timeout=timeout)


def test_threads_share_a_connection(connection, control):
    """Statements of many threads run side by side; each gets its own answer."""
    control.fault("delay", sql="slow_marker", ms=300)
    answers = {}

    def ask(number):
        answers[number] = list(connection.query(f"SELECT 'slow_marker', {number}"))

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(16)]
    begin = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert time.monotonic() - begin < 16 * 0.3 / 2
    assert answers == {number: [("slow_marker", number)] for number in range(16)}


def test_threads_share_a_result_and_every_row_is_read_once(connection):
    result, seen = connection.query("SELECT id FROM tdsec_gen(50000, 5)"), []

    def read():
        mine = [row[0] for row in result]
        seen.extend(mine)

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(seen) == list(range(50000))


def run(coroutine):
    return asyncio.run(asyncio.wait_for(coroutine, 30))


def test_a_cancelled_task_ends_at_once_and_the_connection_stays_usable(aio_connect, control):
    control.fault("no_answer", sql="never_marker")

    async def story():
        async with await aio_connect() as connection:
            took = []
            for _ in range(3):
                before = control.stats()["faults_fired"]
                task = asyncio.create_task(connection.query("SELECT 'never_marker'"))
                while control.stats()["faults_fired"] == before:
                    await asyncio.sleep(0.005)
                begin = time.monotonic()
                task.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await task
                took.append(time.monotonic() - begin)
            assert min(took) < 0.05, took
            return [row async for row in await connection.query("SELECT 1")]

    assert run(story()) == [(1,)]


def test_a_cancelled_connect_leaves_no_socket(aio_connect, control):
    before = control.stats()["connections_open"]
    control.fault("no_answer", action="conn")

    async def story():
        task = asyncio.create_task(aio_connect())
        while control.stats()["connections_open"] == before:
            await asyncio.sleep(0.005)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    run(story())
    control.until(lambda stats: stats["connections_open"] == before)


def test_a_cancelled_read_loses_no_row(aio_connect, control):
    async def story():
        async with await aio_connect() as connection:
            result = await connection.query("SELECT id FROM tdsec_gen(60000, 5)")
            seen, cancelled = [], 0

            async def read():
                async for row in result:
                    seen.append(row[0])

            while True:
                task = asyncio.create_task(read())
                # Cancelled at one of the places where it waits, another one each time.
                for _ in range(cancelled % 7 + 1):
                    await asyncio.sleep(0)
                if task.done():
                    return seen, cancelled
                await asyncio.sleep(cancelled % 5 / 1000)
                task.cancel()
                cancelled += 1
                await asyncio.gather(task, return_exceptions=True)

    seen, cancelled = run(story())
    assert seen == list(range(60000)) and cancelled > 5


def test_an_interrupted_read_of_all_rows_is_no_shorter_table_later(aio_connect, control):
    control.fault("delay", action="fetch", nth=3, ms=400)

    async def story():
        async with await aio_connect() as connection:
            result = await connection.query("SELECT * FROM tdsec_gen(60000, 5)")
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(result.to_arrow(), 0.2)
            await asyncio.sleep(0)
            with pytest.raises(tdsec.ResultConsumedError):
                await result.to_arrow()

    run(story())


def test_the_event_loop_goes_on_while_rows_arrive(aio_connect):
    async def story():
        async with await aio_connect() as connection:
            gaps, done = [], False

            async def tick():
                last = time.monotonic()
                while not done:
                    await asyncio.sleep(0.001)
                    now = time.monotonic()
                    gaps.append(now - last)
                    last = now

            ticking = asyncio.create_task(tick())
            rows = [row async for row in await connection.query("SELECT * FROM tdsec_gen(200000, 5)")]
            done = True
            await ticking
            return len(rows), sorted(gaps)

    rows, gaps = run(story())
    assert rows == 200000
    # The median says what the code does; the longest says how busy this machine is.
    assert gaps[len(gaps) // 2] < 0.02 and len(gaps) > 20


def test_statements_of_tasks_run_side_by_side(aio_connect, control):
    control.fault("delay", sql="slow_marker", ms=300)

    async def story():
        async with await aio_connect() as connection:

            async def ask(number):
                return [row async for row in await connection.query(f"SELECT 'slow_marker', {number}")]

            begin = time.monotonic()
            answers = await asyncio.gather(*(ask(number) for number in range(16)))
            assert time.monotonic() - begin < 16 * 0.3 / 2
            assert answers == [[("slow_marker", number)] for number in range(16)]

    run(story())


def test_asyncio_reads_as_the_blocking_module(aio_connect, connection):
    sql = "SELECT * FROM tdsec_gen(20000, 6, 'nulls')"
    expected = list(connection.query(sql))

    async def story():
        async with await aio_connect() as other:
            async with await other.query(sql) as result:
                assert [row async for row in result.rows()] == expected
            assert [row for b in [b async for b in (await other.query(sql)).batches()] for row in b.rows()] == expected
            assert await (await other.query(sql)).to_arrow() == connection.query(sql).to_arrow()
            assert (await (await other.query(sql)).to_polars()).height == 20000
            async with other.cursor() as cursor:
                await cursor.execute(sql)
                head = [await cursor.fetchone(), *await cursor.fetchmany(5000)]
                assert head + await cursor.fetchall() == expected

    run(story())


def test_each_event_loop_works_on_its_own(aio_connect):
    async def story():
        async with await aio_connect() as connection:
            return [row async for row in await connection.query("SELECT 1")]

    assert [run(story()) for _ in range(3)] == [[(1,)]] * 3

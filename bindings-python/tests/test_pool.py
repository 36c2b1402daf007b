"""Pools: lending, waiting, rotation, both blocking and with asyncio (ROT-5, HOST-1)."""

import asyncio
import dataclasses
import signal
import subprocess
import sys
import threading
import time

import pytest

import tdsec
from tdsec import aio


@pytest.fixture
def pool(server, options):
    with tdsec.Pool(server["url"], max_size=2, min_idle=0, **options) as pool:
        yield pool


def test_a_connection_of_a_pool_behaves_as_one_opened_directly(pool, control):
    before = control.stats()["connections_total"]
    with pool.acquire() as connection:
        assert isinstance(connection, tdsec.Connection)
        assert connection.cursor().execute("SELECT ?", (7,)).fetchall() == [(7,)]
        assert connection.tls.version == "TLSv1.3" and not connection.closed
        assert pool.status().in_use == 1
    assert connection.closed and "closed" in repr(connection)
    with pytest.raises(tdsec.ClosedError):
        connection.query("SELECT 1")
    with pool.acquire(timeout=5) as connection:
        assert list(connection.query("SELECT 1")) == [(1,)]
    assert control.stats()["connections_total"] == before + 1
    status = pool.status()
    assert (status.idle, status.in_use, status.waiting, status.max_size, status.generation) == (1, 0, 0, 2, 1)


def test_a_forgotten_connection_comes_back_with_its_last_result(pool):
    connection = pool.acquire()
    result = connection.query("SELECT * FROM tdsec_gen(100000, 5)")
    del connection
    assert pool.status().in_use == 1
    assert len(list(result)) == 100000
    del result
    wait_until(lambda: pool.status().in_use == 0)


def test_a_pool_runs_statements_on_any_connection(pool, table):
    assert pool.execute(f"INSERT INTO {table} (ts, v) VALUES (1700000000000, ?)", (5,), idempotent=True) == 1
    with pool.query(f"SELECT v FROM {table} WHERE v = ?", (5,), timeout=5, req_id=77) as result:
        assert list(result) == [(5,)]
    assert pool.query("SELECT * FROM tdsec_gen(10000, 5)").to_arrow().num_rows == 10000
    wait_until(lambda: pool.status().in_use == 0)


def test_who_gets_no_connection_in_time_is_told_so(pool):
    lent = [pool.acquire(), pool.acquire()]
    begin = time.monotonic()
    with pytest.raises(tdsec.AcquireTimeoutError) as caught:
        pool.acquire(timeout=0.1)
    assert 0.1 <= time.monotonic() - begin < 2
    assert "2 of at most 2" in str(caught.value)
    with pytest.raises(tdsec.AcquireTimeoutError):
        pool.acquire(timeout=0)
    lent.pop().close()
    pool.acquire(timeout=0).close()
    lent.pop().close()


@pytest.mark.parametrize("timeout", [-1, float("nan"), float("inf"), 1e300])
def test_a_wait_of_no_length_is_refused(pool, timeout):
    for call in (pool.acquire, pool.ready, pool.close):
        with pytest.raises(tdsec.InvalidArgumentError):
            call(timeout)
    assert not pool.closed


def test_threads_wait_for_their_turn_and_others_go_on(pool):
    counts, lock = [], threading.Lock()

    def work():
        for _ in range(20):
            with pool.acquire() as connection:
                with lock:
                    counts.append(pool.status().in_use)
                assert list(connection.query("SELECT 1")) == [(1,)]

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(counts) == 120 and max(counts) <= 2
    assert pool.status().in_use == 0


def test_status_is_a_frozen_value(pool):
    status = pool.status()
    with pytest.raises(dataclasses.FrozenInstanceError):
        status.idle = 5
    assert status == dataclasses.replace(status)


def test_a_pool_tells_its_name_its_address_and_how_it_is(server, options):
    with tdsec.Pool(server["url"], pool_name="reports", **options) as pool:
        pool.ready(timeout=10)
        assert pool.name == "reports" and not pool.closed and pool.token_seconds_left is None
        assert repr(pool).startswith("<tdsec.Pool reports wss://127.0.0.1:") and "in use of 10>" in repr(pool)
    assert pool.closed and repr(pool).endswith("closed>")
    assert tdsec.Pool(server["url"], **options).name.startswith("pool-")


def test_a_closed_pool_says_so(pool):
    connection = pool.acquire()
    begin = time.monotonic()
    pool.close(timeout=0.2)
    pool.close()
    assert 0.2 <= time.monotonic() - begin < 5, "what was cut is not waited for again"
    for call in (pool.acquire, pool.ready, lambda: pool.query("SELECT 1"), lambda: connection.query("SELECT 1")):
        with pytest.raises(tdsec.ClosedError):
            call()


def test_making_a_pool_waits_for_nothing_and_its_options_are_judged_at_once(server, options):
    begin = time.monotonic()
    with tdsec.Pool("wss://127.0.0.1:1", bearer_token="t", acquire_timeout=0.2) as pool:
        assert time.monotonic() - begin < 0.5
        with pytest.raises(tdsec.ConnectRefusedError):
            pool.acquire()
    for wrong, error in [
        ({"max_size": 2, "min_idle": 3}, tdsec.OptionConflictError),
        ({"max_siz": 2}, tdsec.OptionUnknownError),
        ({"token_source": tdsec.sources.Env("X")}, tdsec.CredentialConflictError),
        ({"token_source": 5}, tdsec.InvalidArgumentError),
    ]:
        for make in (tdsec.Pool, aio.Pool):
            with pytest.raises(error):
                make(server["url"], **{**options, **wrong})


@pytest.mark.parametrize("make", [tdsec.Pool, aio.Pool], ids=["blocking", "asyncio"])
def test_a_token_source_that_is_missing_is_no_login_with_the_default_password(server, make):
    with pytest.raises(tdsec.InvalidArgumentError, match="token_source") as caught:
        make(server["url"], tls_ca=server["ca"], token_source=None)
    assert caught.value.option == "token_source"
    pool = make(server["url"], tls_ca=server["ca"], token_source=None, bearer_token=server["token"], min_idle=0)
    assert not pool.closed, "beside another credential it is as if it were not given"
    pool = make(server["url"], tls_ca=server["ca"], min_idle=0)
    assert not pool.closed, "not given"


INTERRUPTED = """
import os, signal, sys, threading, time, tdsec
pool = tdsec.Pool(sys.argv[1], bearer_token=sys.argv[2], tls_ca=sys.argv[3], max_size=1)
lent = pool.acquire()
def interrupt():
    global pressed
    while pool.status().waiting == 0 and not closing:
        time.sleep(0.001)
    time.sleep(0.1 if closing else 0)
    pressed = time.monotonic()
    os.kill(os.getpid(), signal.SIGINT)
closing = {closing}
threading.Thread(target=interrupt).start()
try:
    {wait}
    raise SystemExit("nothing was raised")
except KeyboardInterrupt:
    took = time.monotonic() - pressed
assert took < 0.2, took
if closing:
    lent.close()
else:
    assert pool.status().waiting == 0 and pool.status().in_use == 1
    lent.close()
    assert list(pool.query("SELECT 1")) == [(1,)]
pool.close()
print("usable")
"""
WAITS = {"acquire": "pool.acquire()", "ready": "pool.ready()", "query": "pool.query('SELECT 1')", "close": "pool.close()"}


@pytest.mark.parametrize("wait", WAITS)
def test_ctrl_c_ends_a_wait_for_a_pool(server, wait):
    program = INTERRUPTED.format(wait=WAITS[wait], closing=wait == "close")
    arguments = [server["url"], server["token"], server["ca"]]
    done = subprocess.run([sys.executable, "-c", program, *arguments], capture_output=True, text=True, timeout=30)
    assert (done.stdout, done.returncode) == ("usable\n", 0), done.stderr


def test_a_signal_handler_runs_while_a_pool_is_waited_for(pool):
    lent = [pool.acquire(), pool.acquire()]
    heard = []
    before = signal.signal(signal.SIGALRM, lambda *_: (heard.append(1), lent.pop().close()))
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.1)
        pool.acquire(timeout=10).close()
    finally:
        signal.signal(signal.SIGALRM, before)
    assert heard == [1]


def test_asyncio_lends_runs_and_closes(server, options, table):
    async def story():
        async with aio.Pool(server["url"], max_size=2, **options) as pool:
            await pool.ready(timeout=10)
            async with pool.acquire() as connection:
                assert isinstance(connection, aio.Connection)
                assert await (await connection.cursor().execute("SELECT 1")).fetchall() == [(1,)]
                assert pool.status().in_use == 1
            assert connection.closed and pool.status().in_use == 0
            connection = await pool.acquire(timeout=1)
            await connection.close()
            async with await pool.acquire() as connection:
                assert pool.status().in_use == 1
            assert await pool.execute(f"INSERT INTO {table} (ts, v) VALUES (1700000000000, 1)", idempotent=True) == 1
            async with await pool.query(f"SELECT v FROM {table} WHERE v = ?", (1,)) as result:
                assert [row async for row in result] == [(1,)]
            rows = await asyncio.gather(*(one(pool, number) for number in range(50)))
            assert rows == list(range(50))
            assert pool.status().max_size == 2 and repr(pool).startswith("<tdsec.Pool pool-")
        assert pool.closed
        with pytest.raises(tdsec.ClosedError):
            await pool.acquire()

    async def one(pool, number):
        async with pool.acquire() as connection:
            async with await connection.query("SELECT ?", (number,)) as result:
                return [row async for row in result][0][0]

    asyncio.run(story())


def test_a_cancelled_task_stops_waiting_at_once_and_takes_no_connection_away(server, options):
    async def story():
        async with aio.Pool(server["url"], max_size=1, **options) as pool:
            lent = await pool.acquire()
            waits = (pool.acquire(), pool.ready(), pool.query("SELECT 1"))
            for waiting in [asyncio.ensure_future(wait) for wait in waits]:
                while pool.status().waiting == 0:
                    await asyncio.sleep(0.001)
                begin = time.monotonic()
                waiting.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await waiting
                assert time.monotonic() - begin < 0.05
            while pool.status().waiting:
                await asyncio.sleep(0.001)
            await lent.close()
            # Cancelled in the very moment of the loan: it must come back all the same.
            for delay in range(60):
                waiting = asyncio.ensure_future(pool.acquire())
                for _ in range(delay % 6):
                    await asyncio.sleep(0)
                if delay > 30:
                    await asyncio.sleep(0.0001 * (delay - 30))
                waiting.cancel()
                try:
                    await (await waiting).close()
                except asyncio.CancelledError as error:
                    kept = error  # noqa: F841 - with its traceback
                async with pool.acquire(timeout=5):
                    pass

    asyncio.run(story())


def test_a_cancelled_close_goes_on(server, options):
    async def story():
        pool = aio.Pool(server["url"], max_size=1, **options)
        lent = await pool.acquire()
        closing = asyncio.ensure_future(pool.close())
        while not pool.closed:
            await asyncio.sleep(0.001)
        closing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await closing
        async with lent:
            pass
        await pool.close(timeout=5)
        assert pool.status().in_use == 0

    asyncio.run(story())


def test_one_pool_serves_loops_one_after_the_other(server, options):
    pool = aio.Pool(server["url"], **options)

    async def story():
        async with await pool.query("SELECT 1") as result:
            return [row async for row in result]

    assert [asyncio.run(story()) for _ in range(3)] == [[(1,)]] * 3
    asyncio.run(pool.close())


def test_both_kinds_of_pool_have_the_same_methods():
    public = {name for name in dir(tdsec.Pool) if not name.startswith("_")}
    assert public == {name for name in dir(aio.Pool) if not name.startswith("_")}
    assert {"acquire", "query", "execute", "ready", "status", "rotate", "revoke", "close"} < public
    for name in ("max_size", "token_grace", "acquire_timeout"):
        assert f"{name}:" in tdsec.Pool.__doc__ and f"{name}:" in aio.Pool.__doc__


def wait_until(condition, seconds=10):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.002)

"""Ends of pools: a hundred of them, fork, the end of the program, forgotten ones (OPS-5, HOST-3)."""

import asyncio
import gc
import os
import socket
import subprocess
import sys
import threading
import time
import weakref

import pytest
from test_lifetimes import child_of_fork, resident_kib

import tdsec
from tdsec import aio


def threads():
    return len(os.listdir("/proc/self/task"))


def descriptors():
    return len(os.listdir("/proc/self/fd"))


def settled(condition, seconds=20):
    deadline = time.monotonic() + seconds
    while not condition():
        gc.collect()
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.fixture
def silent():
    """A port on which connections come about and nothing is ever answered."""
    with socket.create_server(("127.0.0.1", 0), backlog=1024) as listener:
        listener.settimeout(20)
        yield listener


def those_who_listen(silent):
    """The connections of a pool to Nacos and to Kubernetes."""
    return [silent.accept()[0] for _ in range(2)]


def assert_ended(connections):
    for connection in connections:
        connection.settimeout(20)
        while connection.recv(4096):
            pass
        connection.close()


@pytest.mark.parametrize("kind", ["blocking", "asyncio"])
def test_a_hundred_pools_leave_no_thread_socket_or_memory(server, control, kind, silent, tmp_path):
    options = {"tls_ca": server["ca"], "token_jitter": "1ms"}
    file = tmp_path / "token"
    file.write_text(server["token"])
    calls = []

    def listening(give):
        """Asks the function, and listens in every way there is: to a file, to Nacos and to Kubernetes, which never answer."""
        address = f"127.0.0.1:{silent.getsockname()[1]}"
        nacos = tdsec.sources.Nacos(server_addr=address, api="v1")
        api_server = f"http://{address}"
        cluster = tdsec.sources.Kubernetes(secret="s", namespace="n", api_server=api_server, token_file=str(file))
        return tdsec.sources.Chain(tdsec.sources.Callback(give), tdsec.sources.File(str(file)), nacos, cluster)

    def fetch():
        calls.append(None)
        return tdsec.Token(server["token"], ttl=3600)

    async def fetch_later():
        return fetch()

    def use():
        with tdsec.Pool(server["url"], token_source=listening(fetch), **options) as pool:
            with pool.acquire() as connection:
                assert list(connection.query("SELECT 1")) == [(1,)]
            listeners = those_who_listen(silent)
        assert_ended(listeners)

    async def use_awaiting():
        async with aio.Pool(server["url"], token_source=listening(fetch_later), **options) as pool:
            async with pool.acquire() as connection:
                async with await connection.query("SELECT 1") as result:
                    assert [row async for row in result] == [(1,)]
            listeners = those_who_listen(silent)
        assert_ended(listeners)

    async def repeat(times):
        for _ in range(times):
            await use_awaiting()

    def run(times):
        if kind == "asyncio":
            asyncio.run(repeat(times))
        else:
            for _ in range(times):
                use()
        gc.collect()

    opened = control.stats()["connections_open"]
    run(20)
    control.until(lambda stats: stats["connections_open"] == opened)
    before = threads(), descriptors(), resident_kib()
    run(100)
    control.until(lambda stats: stats["connections_open"] == opened)
    # The core's threads for what may wait end when they have had nothing to do for some seconds.
    settled(lambda: threads() <= before[0])
    settled(lambda: descriptors() <= before[1])
    asked = len(calls)
    file.write_text("another")
    assert len(calls) == asked
    assert resident_kib() - before[2] < 8 * 1024


def test_a_forgotten_pool_is_closed_and_what_is_lent_stays_usable(server, options, control):
    opened = control.stats()["connections_open"]
    pool = tdsec.Pool(server["url"], **options)
    connection = pool.acquire()
    del pool
    gc.collect()
    assert list(connection.query("SELECT 1")) == [(1,)]
    control.until(lambda stats: stats["connections_open"] == opened + 1)
    connection.close()
    control.until(lambda stats: stats["connections_open"] == opened)


def test_a_forked_child_gets_a_clear_error_and_makes_its_own_pool(server, options):
    calls = []

    def fetch():
        calls.append(os.getpid())
        return options["bearer_token"]

    def make():
        return tdsec.Pool(server["url"], token_source=fetch, tls_ca=options["tls_ca"], token_jitter="1ms")

    with make() as pool:
        lent = pool.acquire()

        def work():
            codes = []
            for call in (pool.acquire, pool.ready, lambda: pool.query("SELECT 1"), lambda: lent.query("SELECT 1")):
                begin = time.monotonic()
                try:
                    call()
                    codes.append("nothing raised")
                except tdsec.Error as error:
                    codes.append(error.code if time.monotonic() - begin < 1 else "slow")
            pool.rotate()
            pool.revoke()
            repr(pool), pool.status(), pool.token_seconds_left
            lent.close()
            pool.close()
            with make() as own:
                return codes, list(own.query("SELECT 1"))

        assert child_of_fork(work) == "(['FORKED', 'FORKED', 'FORKED', 'FORKED'], [(1,)])"
        assert list(lent.query("SELECT 1")) == [(1,)]
        lent.close()
        assert list(pool.query("SELECT 1")) == [(1,)]


def test_a_fork_in_the_middle_of_a_callback_harms_nobody(server, options):
    asked, go = threading.Event(), threading.Event()

    def fetch():
        asked.set()
        go.wait(20)
        return options["bearer_token"]

    with tdsec.Pool(server["url"], token_source=fetch, tls_ca=options["tls_ca"], token_jitter="1ms") as pool:
        assert asked.wait(10)

        def work():
            with pytest.raises(tdsec.ForkedError):
                pool.acquire(timeout=1)
            return "clear"

        assert child_of_fork(work) == "'clear'"
        go.set()
        assert list(pool.query("SELECT 1")) == [(1,)]


ENDING = """
import asyncio, sys, threading, time, tdsec
url, token, ca, way = sys.argv[1:]
def make(source, kind=tdsec.Pool):
    return kind(url, token_source=source, tls_ca=ca, token_jitter="1ms")
started = threading.Event()
def endless():
    started.set()
    while True:
        time.sleep(0.0005)
def endless_coarse():
    started.set()
    time.sleep(1000)
def busy():
    started.set()
    while True:
        sum(range(1000))
if way == "lent":
    pool = make(lambda: token)
    connection = pool.acquire()
    result = connection.query("SELECT * FROM tdsec_gen(1000000, 5)")
    next(iter(result))
if way in ("ticking", "sleeping", "busy"):
    pool = make({"ticking": endless, "sleeping": endless_coarse, "busy": busy}[way])
    started.wait(10)
if way == "waiting":
    pool = tdsec.Pool(url, bearer_token=token, tls_ca=ca, max_size=1)
    lent = pool.acquire()
    threading.Thread(target=pool.acquire, daemon=True).start()
    while pool.status().waiting == 0:
        time.sleep(0.001)
if way == "rotating":
    pool = make(lambda: token)
    pool.ready()
    def rotate():
        while True:
            pool.rotate()
            time.sleep(0.0005)
    threading.Thread(target=rotate, daemon=True).start()
    time.sleep(0.2)
if way == "asyncio":
    async def story():
        global pool
        async def fetch():
            started.set()
            await asyncio.sleep(1000)
        pool = make(fetch, tdsec.aio.Pool)
        while not started.is_set():
            await asyncio.sleep(0.001)
    asyncio.run(story())
print("last line", flush=True)
"""
WAYS = ["lent", "ticking", "sleeping", "busy", "waiting", "rotating", "asyncio"]


@pytest.mark.parametrize("way", WAYS)
def test_a_process_ends_by_itself_with_every_pool_left_open(server, way):
    arguments = [server["url"], server["token"], server["ca"], way]
    for _ in range(3):
        begin = time.monotonic()
        done = subprocess.run([sys.executable, "-c", ENDING, *arguments], capture_output=True, text=True, timeout=30)
        assert (done.returncode, done.stdout, done.stderr) == (0, "last line\n", "")
        assert time.monotonic() - begin < 10


def circle(way, server, seen):
    """A pool that nothing but its own token source refers to."""
    holder = {}

    def give():
        seen.append("pool" in holder)
        return server["token"]

    async def give_awaiting():
        return give()

    source = {
        "function": lambda: tdsec.sources.Callback(give),
        "chain": lambda: tdsec.sources.Chain(tdsec.sources.Env("TDSEC_NOT_SET"), tdsec.sources.Chain(give)),
        "coroutine": lambda: give_awaiting,
    }[way]()
    make = tdsec.aio.Pool if way == "coroutine" else tdsec.Pool
    holder["pool"] = make(server["url"], token_source=source, tls_ca=server["ca"])
    return holder["pool"]


@pytest.mark.parametrize("way", ["function", "chain", "coroutine"])
def test_a_pool_whose_source_refers_to_it_is_collected_and_closes(server, control, way):
    seen, before = [], control.stats()["connections_open"]

    async def story():
        pool = circle(way, server, seen)
        await pool.ready()
        gone = weakref.ref(pool)
        gc.collect()
        pool.rotate()
        await asyncio.to_thread(control.until, lambda stats: len(seen) >= 2)
        assert list((await pool.query("SELECT 1"))._native) == [(1,)]
        return gone

    def blocking_story():
        pool = circle(way, server, seen)
        pool.ready()
        gone = weakref.ref(pool)
        gc.collect()
        pool.rotate()
        control.until(lambda stats: len(seen) >= 2)
        assert list(pool.query("SELECT 1")) == [(1,)]
        return gone

    gone = asyncio.run(story()) if way == "coroutine" else blocking_story()
    assert control.stats()["connections_open"] > before
    gc.collect()
    assert gone() is None
    control.until(lambda stats: stats["connections_open"] == before)


@pytest.mark.parametrize("way", ["pool", "asyncio", "connection"])
def test_what_asks_a_function_for_one_time_codes_that_refers_to_it_is_collected_and_closes(server, control, way):
    seen, before = [], control.stats()["connections_open"]
    login = {"user": "root", "password": "taosdata", "tls_ca": server["ca"], "max_size": 2, "min_idle": 0}

    def made():
        holder = {}

        def code():
            seen.append("made" in holder)
            return "123456"

        make = {"pool": tdsec.Pool, "asyncio": tdsec.aio.Pool, "connection": tdsec.connect}[way]
        holder["made"] = make(server["url"], totp_code=code, **login)
        return holder["made"]

    async def story():
        pool = made()
        gc.collect()
        async with pool.acquire(), pool.acquire():
            assert len(seen) >= 2
        return weakref.ref(pool)

    def blocking_story():
        asked = made()
        gc.collect()
        if way == "pool":
            with asked.acquire(), asked.acquire():
                assert len(seen) >= 2
        assert control.stats()["connections_open"] > before
        return weakref.ref(asked)

    gone = asyncio.run(story()) if way == "asyncio" else blocking_story()
    gc.collect()
    assert seen and gone() is None
    control.until(lambda stats: stats["connections_open"] == before)


def test_a_source_lives_as_long_as_its_pool_whatever_is_collected(server, control):
    """The pool alone refers to what it was made with."""
    asked = []

    def pool():
        def give():
            asked.append(1)
            return server["token"]

        return tdsec.Pool(server["url"], token_source=tdsec.sources.Chain(give), tls_ca=server["ca"])

    with pool() as lending:
        lending.ready()
        gc.collect()
        lending.rotate()
        control.until(lambda stats: len(asked) >= 2)

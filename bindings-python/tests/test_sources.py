"""Token sources: the classes of the core's table, callbacks of the program, chains (SRC-1, SRC-3)."""

import asyncio
import contextlib
import datetime
import functools
import gc
import inspect
import pickle
import threading
import time

import pytest

import tdsec
from tdsec import aio, sources


@pytest.fixture
def pooled(server):
    """A pool with a source: `with pooled(source) as pool`."""

    def pooled(source, **more):
        options = {"tls_ca": server["ca"], "token_jitter": "1ms", "connect_timeout": 5, **more}
        return tdsec.Pool(server["url"], token_source=source, **options)

    return pooled


@pytest.fixture
def aio_pooled(server):
    def pooled(source, **more):
        options = {"tls_ca": server["ca"], "token_jitter": "1ms", "connect_timeout": 5, **more}
        return aio.Pool(server["url"], token_source=source, **options)

    return pooled


@pytest.fixture
def tokens(control):
    """Makes tokens on the server; those are dropped in the end."""
    made = []

    def make():
        made.append(f"py{len(made)}")
        return control.ask("POST", "/tokens", {"name": made[-1]})["token"]

    yield make
    for name in made:
        control.ask("DELETE", f"/tokens/{name}")


def rows(pool):
    return list(pool.query("SELECT 1"))


def until(condition, seconds=10):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def failure(make, source):
    """What a caller is told of a source that gives nothing."""
    with make(source, acquire_timeout=3) as pool:
        with pytest.raises(tdsec.Error) as caught:
            pool.acquire()
        return caught.value


def test_every_kind_of_the_core_has_a_class_with_its_options():
    table = tdsec._tdsec.source_kinds()
    assert [cls.kind for cls in sources.KINDS] == [kind for kind, *_ in table]
    for cls, (_kind, doc, _primary, _requirements, options) in zip(sources.KINDS, table):
        assert getattr(sources, cls.__name__) is cls and cls.__name__ in sources.__all__
        names = {option for option, *_ in options}
        assert set(inspect.signature(cls).parameters) == names
        assert doc in cls.__doc__ and all(f"{name}:" in cls.__doc__ for name in names)


def test_options_are_judged_when_a_source_is_made():
    for make, error, says in [
        (lambda: sources.File(), tdsec.OptionInvalidError, "path"),
        (lambda: sources.File("/x", pathh="/y"), tdsec.OptionUnknownError, "did you mean path?"),
        (lambda: sources.File("/x", pathh=None), tdsec.OptionUnknownError, "did you mean path?"),
        (lambda: sources.File("/x", poll_interval=object()), tdsec.OptionInvalidError, "object"),
        (lambda: sources.create("fiel"), tdsec.OptionUnknownError, "did you mean file?"),
        (lambda: sources.Chain(), tdsec.InvalidArgumentError, "at least one"),
        (lambda: sources.Chain("file"), tdsec.OptionInvalidError, "path"),
        (lambda: sources.Callback("f"), tdsec.InvalidArgumentError, "function"),
        (lambda: sources.Callback(print, timeout=-1), tdsec.InvalidArgumentError, "timeout"),
        (lambda: sources.File("/x", "/y"), TypeError, "File()"),
    ]:
        with pytest.raises(error, match=says.replace("?", r"\?").replace("(", r"\(").replace(")", r"\)")):
            make()
    interval = datetime.timedelta(seconds=2)
    assert isinstance(sources.create("file", path="/x", poll_interval=interval, permissions=None), sources.File)


def test_every_way_to_name_a_source_leads_to_the_server(pooled, server, tmp_path, monkeypatch):
    file = tmp_path / "token"
    file.write_text(f"token={server['token']}\n")
    file.chmod(0o600)
    monkeypatch.setenv("TDENGINE_TOKEN", server["token"])
    ways = [
        sources.Static(server["token"]), sources.Env(), sources.File(file, poll_interval="1s"), f"file:{file}", "env",
        sources.Chain("env:NOT_THERE", sources.File(str(file))), lambda: server["token"],
        sources.Callback(lambda: {"token": server["token"], "ttl": 3600, "other": object()}),
    ]  # fmt: skip
    for way in ways:
        with pooled(way) as pool:
            assert rows(pool) == [(1,)], way


def test_one_source_serves_two_pools(pooled, server):
    source = sources.Callback(lambda: server["token"])
    with pooled(source) as one, pooled(source) as other:
        assert rows(one) == rows(other) == [(1,)]


def test_a_callback_gives_the_next_token_and_tells_its_life(pooled, tokens):
    held = [tdsec.Token(tokens(), ttl=3600)]
    with pooled(sources.Callback(lambda: held[0])) as pool:
        assert rows(pool) == [(1,)]
        assert 3500 < pool.token_seconds_left <= 3600 and pool.status().generation == 1
        held[0] = tdsec.Token(tokens(), ttl=7200)
        pool.rotate()
        until(lambda: pool.status().generation == 2 and pool.status().stale == 0)
        assert 7100 < pool.token_seconds_left <= 7200
        assert rows(pool) == [(1,)]
        held[0] = {"token": tokens()}
        pool.revoke()
        until(lambda: pool.status().generation == 3)
        assert rows(pool) == [(1,)]


def test_a_token_takes_times_as_python_has_them(pooled, server):
    now = datetime.datetime.now(datetime.timezone.utc)
    hour = datetime.timedelta(hours=1)
    for times in [
        {"expires_at": now + hour}, {"expires_at": time.time() + 3600}, {"expires_at": (now + hour).isoformat()},
        {"expires_at": (now + hour).astimezone(datetime.timezone(5 * hour))}, {"ttl": hour}, {"ttl": 3600.0},
        {"ttl": "1h", "issued_at": now}, {"ttl": 2 * hour, "issued_at": now - hour, "expires_at": None},
    ]:  # fmt: skip
        camel = {"expires_at": "expiresAt", "issued_at": "issuedAt"}
        spelt = {camel.get(name, name): value for name, value in times.items()}
        gives = [
            lambda times=times: tdsec.Token(server["token"], **times),
            lambda times=times: {"token": server["token"], **times},
            lambda spelt=spelt: {"bearerToken": server["token"], **spelt},
        ]
        for give in gives:
            with pooled(give) as pool:
                pool.ready()
                assert 3550 < pool.token_seconds_left <= 3601, times


def test_a_token_refuses_what_is_none_and_shows_nothing():
    secret = "bait token"
    for arguments in [
        {"token": secret}, {"token": ""}, {"token": "a", "ttl": "soon"}, {"token": "a", "ttl": object()},
        {"token": "a", "expires_at": datetime.datetime(2030, 1, 1)}, {"token": "a", "expires_at": -1},
    ]:  # fmt: skip
        with pytest.raises(tdsec.SourceInvalidError) as caught:
            tdsec.Token(**arguments)
        assert secret not in str(caught.value)
    token = tdsec.Token("bait-token-7c0ffee7c0ffee", ttl=5)
    assert repr(token) != repr(tdsec.Token("other")) and "bait" not in repr(token) and "bait" not in str(token)
    with pytest.raises(TypeError):
        pickle.dumps(token)


class Unprintable(Exception):
    def __str__(self):
        raise ZeroDivisionError


LONG = "aB3" * 21


def raising(error):
    raise error


async def giving_a_coroutine():
    return asyncio.sleep(0)


@pytest.mark.parametrize("kind", ["function", "coroutine function", "asyncio"])
@pytest.mark.parametrize(
    "give, code, says",
    [
        (lambda: raising(LookupError("nobody is there")), "SOURCE_UNAVAILABLE", "LookupError: nobody is there"),
        (lambda: raising(ValueError(f"refused {LONG}\nkey={LONG}")), "SOURCE_UNAVAILABLE", "ValueError: refused …"),
        (lambda: raising(Unprintable()), "SOURCE_UNAVAILABLE", "Unprintable"),
        (lambda: raising(SystemExit(3)), "SOURCE_UNAVAILABLE", "SystemExit"),
        (lambda: None, "SOURCE_INVALID", "NoneType"),
        (lambda: 5, "SOURCE_INVALID", "int"),
        (lambda: b"bytes", "SOURCE_INVALID", "bytes"),
        (lambda: "two words", "SOURCE_INVALID", "blanks"),
        (lambda: "", "SOURCE_INVALID", ""),
        (lambda: {"tok": "a"}, "SOURCE_INVALID", '"token"'),
        (lambda: {"token": "a", "ttl": "soon"}, "SOURCE_INVALID", "ttl"),
        (lambda: {"token": "a", "expires_in": 3600}, "SOURCE_INVALID", "expires_in"),
        (lambda: {"token": "a", "expiresAt": 1, "expires_at": 2}, "SOURCE_INVALID", "twice"),
        (lambda: {"token": b"a"}, "SOURCE_INVALID", '"token"'),
        (lambda: tdsec.Token("a", expires_at="never"), "SOURCE_INVALID", "expires_at"),
        (lambda: giving_a_coroutine(), "SOURCE_INVALID", "coroutine"),
    ],
    ids=range(16),
)
def test_a_callback_that_fails_or_gives_rubbish_is_an_error_with_a_code(pooled, aio_pooled, kind, give, code, says):
    async def give_later():
        return give()

    if kind == "asyncio":
        if says == "SystemExit":
            pytest.skip("asyncio hands SystemExit to the loop, which ends")
        error = asyncio.run(aio_failure(aio_pooled, give_later))
    else:
        error = failure(pooled, give if kind == "function" else give_later)
    assert error.code == code and says in str(error), error
    assert LONG not in f"{error} {error.args} {vars(error)} {error.__cause__} {error.__context__}"


async def aio_failure(make, source):
    async with make(source, acquire_timeout=3) as pool:
        with pytest.raises(tdsec.Error) as caught:
            await pool.acquire()
        return caught.value


def test_a_callback_that_hangs_is_given_up_and_its_late_answer_is_taken(pooled, server):
    go, calls = threading.Event(), []

    def slow():
        calls.append(1)
        go.wait(20)
        return server["token"]

    with pooled(sources.Callback(slow, timeout=0.2), acquire_timeout=20) as pool:
        with pytest.raises(tdsec.SourceUnavailableError, match="within 0.2 s"):
            pool.acquire(timeout=2)
        assert len(calls) == 1
        go.set()
        pool.rotate()
        until(lambda: pool.status().generation == 1)
        assert rows(pool) == [(1,)] and len(calls) == 1


def test_a_function_waits_in_a_thread_of_its_own_without_the_interpreter(pooled, server):
    """The program goes on, and the pool is used, while the function sleeps."""
    threads = []

    def slow():
        threads.append(threading.get_ident())
        time.sleep(0.3)
        return server["token"]

    ticks = 0
    with pooled(slow) as pool:
        while pool.status().generation == 0:
            time.sleep(0.001)
            ticks += 1
    assert ticks > 50 and threads[0] != threading.get_ident()


def test_a_coroutine_function_runs_on_the_loop_of_its_pool_and_never_stops_it(aio_pooled, server):
    async def story():
        loop, seen = asyncio.get_running_loop(), []

        async def fetch():
            seen.append(asyncio.get_running_loop() is loop)
            await asyncio.sleep(0.05)
            return server["token"]

        class Fetcher:
            async def __call__(self):
                return await fetch()

        for function in (fetch, Fetcher(), functools.partial(fetch)):
            async with aio_pooled(sources.Chain("env:NOT_THERE", function)) as pool:
                async with await pool.query("SELECT 1") as result:
                    assert [row async for row in result] == [(1,)]
        assert seen == [True, True, True]

    asyncio.run(story())


def test_a_plain_function_does_not_hold_up_the_loop(aio_pooled, server):
    async def story():
        def fetch():
            time.sleep(0.3)
            return server["token"]

        async with aio_pooled(fetch) as pool:
            ready, late = asyncio.ensure_future(pool.ready()), 0
            while not ready.done():
                begin = time.monotonic()
                await asyncio.sleep(0.001)
                late = max(late, time.monotonic() - begin)
            await ready
        assert late < 0.2

    asyncio.run(story())


class Awaited:
    """What can be awaited and is no coroutine."""

    def __init__(self, coroutine):
        self._coroutine = coroutine

    def __await__(self):
        return self._coroutine.__await__()


def test_what_a_plain_function_gives_is_awaited_on_the_loop_of_its_pool(aio_pooled, server):
    async def story():
        loop, seen = asyncio.get_running_loop(), []

        async def fetch():
            seen.append(asyncio.get_running_loop() is loop)
            await asyncio.sleep(0.05)
            return server["token"]

        for function in (lambda: fetch(), lambda: Awaited(fetch())):
            async with aio_pooled(sources.Chain("env:NOT_THERE", function)) as pool:
                async with await pool.query("SELECT 1") as result:
                    assert [row async for row in result] == [(1,)]
        assert seen == [True, True]

    asyncio.run(story())


def test_what_a_plain_function_gives_is_awaited_in_a_blocking_pool_too(pooled, server):
    async def fetch():
        await asyncio.sleep(0.01)
        return {"token": server["token"], "ttl": 3600}

    async def story():
        for function in (lambda: fetch(), lambda: Awaited(fetch())):
            with pooled(sources.Callback(function)) as pool:
                assert rows(pool) == [(1,)] and 3500 < pool.token_seconds_left <= 3600

    # Even where a loop is blocked meanwhile.
    asyncio.run(story())


def test_an_awaitable_for_an_asyncio_pool_that_was_made_without_a_loop_is_refused(aio_pooled):
    async def fetch():
        return "t"

    pool = aio_pooled(lambda: fetch(), acquire_timeout=3)

    async def story():
        with pytest.raises(tdsec.SourceInvalidError, match="no event loop ran"):
            await pool.acquire()
        await pool.close()

    asyncio.run(story())


def test_a_pool_whose_awaitables_lost_their_loop_keeps_its_token(aio_pooled, server):
    held = []

    async def fetch():
        if len(held) == 2:
            await asyncio.sleep(60)  # the loop ends meanwhile
        return server["token"]

    async def make():
        held.append(aio_pooled(sources.Callback(lambda: fetch(), timeout=1), min_idle=0))
        await held[0].ready()
        held.append(None)
        held[0].rotate()

    async def use():
        held[0].rotate()
        async with held[0].acquire(timeout=5) as connection:
            await connection.status()
        await held[0].close()

    asyncio.run(make())
    gc.collect()
    asyncio.run(use())


def test_a_coroutine_that_takes_too_long_is_cancelled(aio_pooled):
    async def story():
        cancelled = asyncio.Event()

        async def fetch():
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                cancelled.set()
                raise

        async with aio_pooled(sources.Callback(fetch, timeout=0.1)) as pool:
            with pytest.raises(tdsec.SourceUnavailableError, match="within 0.1 s"):
                await pool.acquire(timeout=2)
            await asyncio.wait_for(cancelled.wait(), 5)

    asyncio.run(story())


def test_a_blocking_pool_runs_a_coroutine_function_even_where_a_loop_is_blocked(pooled, server):
    async def fetch():
        await asyncio.sleep(0.01)
        return server["token"]

    async def story():
        with pooled(fetch) as pool:
            return rows(pool)

    assert asyncio.run(story()) == [(1,)]


def test_a_pool_whose_loop_has_ended_says_so_and_keeps_its_token(aio_pooled, server):
    held = []

    async def fetch():
        return server["token"]

    async def make():
        held.append(aio_pooled(sources.Callback(fetch, timeout=1), min_idle=0))
        await held[0].ready()

    async def use():
        held[0].rotate()
        async with held[0].acquire(timeout=5) as connection:
            await connection.status()
        await held[0].close()

    asyncio.run(make())
    gc.collect()
    asyncio.run(use())


def test_a_coroutine_function_needs_a_running_loop_for_an_asyncio_pool(aio_pooled):
    async def fetch():
        return "t"

    with pytest.raises(tdsec.InvalidArgumentError, match="event loop runs"):
        aio_pooled(fetch)


def test_nothing_shows_the_token_of_a_source(pooled, server):
    from test_secrets import assert_hidden, shown

    source = sources.Static(server["token"])
    with pooled(source) as pool:
        pool.ready()
        things = [source, source._native, pool, pool._native, pool.status(), sources.Chain(source)]
        for thing in things:
            assert_hidden(server["token"], shown(thing))
    assert repr(source) == "<tdsec.sources.Static>"
    for thing in (source, pool, source._native, pool._native):
        with pytest.raises(TypeError):
            pickle.dumps(thing)


def test_a_callback_is_freed_with_its_pool(pooled, server):
    import weakref

    class Fetch:
        def __call__(self):
            return server["token"]

    fetch = Fetch()
    freed = weakref.ref(fetch)
    with contextlib.ExitStack() as stack:
        pool = stack.enter_context(pooled(fetch))
        assert rows(pool) == [(1,)]
    del fetch, pool, stack

    def gone():
        gc.collect()
        return freed() is None

    until(gone)

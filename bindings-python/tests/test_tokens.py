"""Tokens made, listed, changed and dropped by calls (TOK-4); the scenarios have what is the same in every language."""

import asyncio
import copy
import dataclasses
import datetime
import pickle
import threading

import pytest

import tdsec
from conftest import Control, running
from test_secrets import assert_hidden, shown

UTC = datetime.timezone.utc


@pytest.fixture(scope="module")
def own_server():
    """Whose tokens nobody else counts."""
    yield from running()


@pytest.fixture
def admin(own_server):
    with tdsec.connect(own_server["url"], bearer_token=own_server["token"], tls_ca=own_server["ca"]) as connection:
        yield connection
        for token in connection.tokens.list():
            if token.name != "t1":
                connection.tokens.drop(token.name)
        Control(own_server["control"]).ask("DELETE", "/faults")


def test_a_new_token_tells_its_times_and_itself_only_when_asked(admin):
    before = datetime.datetime.now(UTC)
    token = admin.tokens.create("reports", "root", ttl_days=2)
    assert isinstance(token, tdsec.Token)
    assert len(token.reveal()) == 63
    assert before <= token.issued_at <= datetime.datetime.now(UTC)
    assert token.expires_at - token.issued_at == datetime.timedelta(days=2)
    assert token.expires_at.tzinfo is UTC
    assert token.fingerprint in repr(token)
    assert_hidden(token.reveal(), shown(token) + repr([token]) + f"{token} {token!r} {token:}" + "%s" % token)
    for keep in (pickle.dumps, copy.deepcopy):
        with pytest.raises(TypeError):
            keep(token)
    with pytest.raises(AttributeError):
        token.fingerprint = "x"


def test_a_token_is_given_on_without_being_shown(admin, own_server):
    token = admin.tokens.create("reports", "root")
    own = {"bearer_token": token, "tls_ca": own_server["ca"]}
    with tdsec.connect(own_server["url"], **own) as connection:
        assert list(connection.query("SELECT 1")) == [(1,)]
    with tdsec.Pool(own_server["url"], tls_ca=own_server["ca"], token_source=lambda: token) as pool:
        assert list(pool.query("SELECT 1")) == [(1,)]
        left = pool.token_seconds_left
        assert left is not None and 86000 < left <= 86400

    async def story():
        async with await tdsec.aio.connect(own_server["url"], **own) as connection:
            assert [row async for row in await connection.query("SELECT 1")] == [(1,)]

    asyncio.run(story())
    minting = tdsec.sources.Sql(for_user="root", address=own_server["url"], **own)
    assert_hidden(token.reveal(), shown(minting))


def test_a_token_is_no_value_of_other_options(admin, own_server):
    token = admin.tokens.create("reports", "root")
    for options in ({"password": token, "user": "root"}, {"database": token}, {"bearer_token": [token]}):
        with pytest.raises(tdsec.OptionInvalidError) as caught:
            tdsec.connect(own_server["url"], **options)
        assert_hidden(token.reveal(), repr(vars(caught.value)) + str(caught.value))


def test_what_the_program_makes_itself_has_the_same_times():
    token = tdsec.Token("abc-123", ttl=60, issued_at="2026-01-31T12:00:00Z")
    assert token.reveal() == "abc-123"
    assert token.issued_at == datetime.datetime(2026, 1, 31, 12, tzinfo=UTC)
    assert token.expires_at == datetime.datetime(2026, 1, 31, 12, 1, tzinfo=UTC)
    unknown = tdsec.Token("abc-123")
    assert unknown.issued_at is None and unknown.expires_at is None


def test_the_list_is_made_of_values_that_cannot_change(admin):
    admin.tokens.create("reports", "root", ttl_days=0, enabled=False, provider="ops", extra_info="x")
    listed = {token.name: token for token in admin.tokens.list()}
    reports = listed["reports"]
    assert (reports.user, reports.provider, reports.extra_info, reports.enabled) == ("root", "ops", "x", False)
    assert reports.expires_at is None and reports.created_at.tzinfo is UTC
    assert listed["t1"].expires_at > listed["t1"].created_at
    with pytest.raises(dataclasses.FrozenInstanceError):
        reports.enabled = True


def test_an_end_that_python_has_no_year_for_is_the_last_one_it_has(admin):
    token = admin.tokens.create("reports", "root", ttl_days=2**32 - 1)
    last = datetime.datetime.max.replace(tzinfo=UTC)
    assert token.expires_at == last
    assert {token.name: token.expires_at for token in admin.tokens.list()}["reports"] == last


@pytest.mark.parametrize("days", [-1, 1.5, "1", 2**32, 2**70, float("nan"), [1]])
def test_days_that_are_none_are_refused_before_anything_is_sent(admin, own_server, days):
    control = Control(own_server["control"])
    before = control.requests("query")

    async def awaited():
        await tdsec.aio.Connection(admin._native).tokens.set_ttl("t1", days)

    for call in (
        lambda tokens: tokens.create("reports", "root", ttl_days=days),
        lambda tokens: tokens.set_ttl("t1", days),
    ):
        with pytest.raises(tdsec.InvalidArgumentError, match="whole number of days"):
            call(admin.tokens)
    assert control.requests("query") == before
    with pytest.raises(tdsec.InvalidArgumentError, match="whole number of days"):
        asyncio.run(awaited())


def test_another_thread_cancels_and_the_connection_stays_usable(admin, own_server):
    control = Control(own_server["control"])
    control.fault("no_answer", sql="show tokens", count=1)
    before, ended = control.requests("query"), []

    def wait():
        try:
            admin.tokens.list()
        except tdsec.Error as error:
            ended.append(error.code)

    thread = threading.Thread(target=wait)
    thread.start()
    control.until(lambda stats: stats["requests"]["query"] > before)
    admin.cancel()
    thread.join(10)
    assert ended == ["CANCELLED"]
    assert [token.name for token in admin.tokens.list()] == ["t1"]


def test_a_cancelled_task_leaves_the_connection_usable(own_server):
    control = Control(own_server["control"])

    async def story():
        options = {"bearer_token": own_server["token"], "tls_ca": own_server["ca"]}
        async with await tdsec.aio.connect(own_server["url"], **options) as connection:
            control.fault("no_answer", sql="show tokens", count=1)
            before = control.requests("query")
            task = asyncio.ensure_future(connection.tokens.list())
            while control.requests("query") == before:
                await asyncio.sleep(0.005)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            return [token.name for token in await connection.tokens.list()]

    assert asyncio.run(story()) == ["t1"]


def test_the_tokens_of_a_closed_connection_say_so(own_server):
    with tdsec.connect(own_server["url"], bearer_token=own_server["token"], tls_ca=own_server["ca"]) as connection:
        tokens = connection.tokens
    for call in (tokens.list, lambda: tokens.create("a", "root"), lambda: tokens.drop("a")):
        with pytest.raises(tdsec.ClosedError):
            call()

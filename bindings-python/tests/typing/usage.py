"""What a type checker knows of the package. Checked by ``mypy --strict``, never run.

A comment that excuses an error is an error itself where there is nothing to excuse: so wrong uses are checked too.
"""

from __future__ import annotations

import datetime
import pathlib
from typing import Any, Optional, Union

import numpy
import pandas
import polars
import pyarrow
from numpy.typing import NDArray
from typing_extensions import assert_type

import tdsec


def connecting(token: str) -> None:
    connection = tdsec.connect(
        "wss://db.example:6041/power",
        bearer_token=token,
        tls_ca=pathlib.Path("ca.pem"),
        connect_timeout=datetime.timedelta(seconds=5),
        request_timeout=30,
        keepalive="45s",
        tls_pin=["a", "b"],
        tls_min_version=None,
    )
    assert_type(connection, tdsec.Connection)
    tdsec.connect(host=["h1", "h2"], port=6041, user="u", password="p", tcp_nodelay=True)
    tdsec.connect(url="wss://localhost")
    tdsec.connect("wss://localhost", bearer_tokn=token)  # type: ignore[call-arg]
    tdsec.connect("wss://localhost", bearer_token=5)  # type: ignore[arg-type]
    tdsec.connect(6041)  # type: ignore[arg-type]


def reading(connection: tdsec.Connection) -> None:
    assert_type(connection.server_version, str)
    assert_type(connection.tls, Optional[tdsec.TlsSummary])
    assert_type(connection.execute("insert into t values (?, ?)", [datetime.datetime.now(), 1.5]), int)
    assert_type(connection.current_database(), Optional[str])
    assert_type(connection.status().status, int)
    with connection.query("select 1", timeout=1.5, req_id=7) as result:
        assert_type(result, tdsec.Result)
        for row in result:
            assert_type(row, tuple[Any, ...])
        for batch in result.batches():
            assert_type(batch, tdsec.Batch)
            assert_type(batch["ts"], tdsec.Column)
            assert_type(batch[0].to_numpy(), NDArray[Any])
            assert_type(batch.columns[0].null_mask, NDArray[numpy.bool])
            assert_type(pyarrow.record_batch(batch), pyarrow.RecordBatch)
        assert_type(result.to_arrow(), pyarrow.Table)
        assert_type(result.to_pandas(), pandas.DataFrame)
        assert_type(result.to_polars(), polars.DataFrame)
        assert_type([column.type for column in result.columns], list[str])
    connection.query("select 1", timeout="1")  # type: ignore[arg-type]


def pooling(token: str) -> None:
    def fetch() -> tdsec.Token:
        return tdsec.Token(token, ttl=datetime.timedelta(hours=1), expires_at=datetime.datetime.now(datetime.timezone.utc))

    async def fetch_later() -> dict[str, Any]:
        return {"token": token}

    file = tdsec.sources.File(pathlib.Path("/run/secrets/token").name, poll_interval=5)
    chain = tdsec.sources.Chain(file, "env:TDENGINE_TOKEN", tdsec.sources.Callback(fetch_later, timeout=5))
    for source in (file, chain, fetch, fetch_later, "file:/run/secrets/token", None):
        tdsec.Pool("wss://localhost", token_source=source, max_size=20, token_grace="5m")
    with tdsec.Pool("wss://localhost", token_source=lambda: token) as pool:
        assert_type(pool.status(), tdsec.PoolStatus)
        assert_type(pool.status().in_use, int)
        assert_type(pool.token_seconds_left, Optional[float])
        with pool.acquire(timeout=1.5) as connection:
            assert_type(connection, tdsec.Connection)
        assert_type(pool.query("select ?", [1], idempotent=True), tdsec.Result)
        assert_type(pool.execute("create database d"), int)
        pool.close(timeout=5)
    tdsec.Pool("wss://localhost", token_source=5)  # type: ignore[arg-type]
    tdsec.Pool("wss://localhost", max_siz=5)  # type: ignore[call-arg]
    tdsec.Pool("wss://localhost", token_source=lambda: 5)  # type: ignore[arg-type]
    tdsec.sources.File()  # type: ignore[call-arg]
    tdsec.sources.File("a", pth="b")  # type: ignore[call-arg]
    tdsec.sources.Callback(lambda: 5)  # type: ignore[arg-type]
    pool.status().idle = 5  # type: ignore[misc]


def pep_249(connection: tdsec.Connection) -> None:
    with connection.cursor() as cursor:
        assert_type(cursor.execute("select * from t where v = ?", (1,)), tdsec.Cursor)
        assert_type(cursor.fetchone(), Optional[tuple[Any, ...]])
        assert_type(cursor.fetchmany(10), list[tuple[Any, ...]])
        assert_type(cursor.fetchall(), list[tuple[Any, ...]])
        assert_type(cursor.rowcount, int)
        assert_type(cursor.description[0][0] if cursor.description else "", str)
    connection.commit()


def failing() -> None:
    try:
        tdsec.connect("")
    except (tdsec.TokenExpiredError, tdsec.TokenRefusedError) as error:
        assert_type(error.retry, str)
    except tdsec.OperationalError as error:
        assert_type(error.number, int)
        assert_type(error.server_code, Optional[int])
    except tdsec.Error as error:
        assert_type(error.code, str)
        assert_type(error.may_have_run, bool)


async def awaiting(token: str) -> None:
    async with await tdsec.aio.connect("wss://localhost", bearer_token=token) as connection:
        assert_type(connection, tdsec.aio.Connection)
        assert_type(await connection.execute("create database d"), int)
        async with await connection.query("select 1") as result:
            assert_type(result, tdsec.aio.Result)
            async for row in result:
                assert_type(row, tuple[Any, ...])
            async for batch in result.batches():
                assert_type(batch, tdsec.Batch)
            assert_type(await result.to_arrow(), pyarrow.Table)
            assert_type(await result.to_polars(), polars.DataFrame)
        cursor = await connection.cursor().execute("select 1")
        assert_type(await cursor.fetchall(), list[tuple[Any, ...]])
        await connection.query("select 1", time=1)  # type: ignore[call-arg]
    async with tdsec.aio.Pool("wss://localhost", token_source="env") as pool:
        async with pool.acquire() as connection:
            assert_type(connection, tdsec.aio.Connection)
        assert_type(await pool.acquire(timeout=1), tdsec.aio.Connection)
        assert_type(await pool.query("select 1", idempotent=True), tdsec.aio.Result)
        assert_type(pool.status(), tdsec.PoolStatus)


def observing() -> None:
    with tdsec.subscribe(names=["rotation.*"], severity="warning", pool="p") as events:
        assert_type(events, tdsec.Subscription)
        assert_type(events.next(timeout=1.5), Optional[tdsec.Event])
        for event in events:
            assert_type(event.time, datetime.datetime)
            assert_type(event.fields["code"], Union[str, int, float, bool])
    assert_type(tdsec.subscribe(lambda event: print(event.name)), tdsec.Listener)
    tdsec.subscribe(name="rotation.promoted")  # type: ignore[call-overload]
    assert_type(tdsec.metrics(), str)
    with tdsec.serve_metrics("127.0.0.1:0") as server:
        assert_type(server.address, str)


async def observing_with_asyncio() -> None:
    async with tdsec.aio.subscribe() as events:
        async for event in events:
            assert_type(event, tdsec.Event)
        assert_type(events.ready(), Optional[tdsec.Event])


def timestamps(moment: tdsec.Timestamp) -> None:
    assert_type(moment.nanosecond, int)
    assert_type(moment.value, int)
    assert_type(moment + datetime.timedelta(1), tdsec.Timestamp)
    assert_type(tdsec.STRING == "VARCHAR", bool)


def tokens(connection: tdsec.Connection) -> None:
    token = connection.tokens.create("reports", "reader", ttl_days=1, provider=None)
    assert_type(token, tdsec.Token)
    assert_type(token.reveal(), str)
    assert_type(token.expires_at, Optional[datetime.datetime])
    tdsec.connect("wss://h", bearer_token=token)
    tdsec.connect("wss://h", user="root", password=token)  # type: ignore[arg-type]
    connection.tokens.create("reports", "reader", 1)  # type: ignore[call-arg]
    for info in connection.tokens.list():
        assert_type(info, tdsec.TokenInfo)
        assert_type(info.expires_at, Optional[datetime.datetime])
        info.name = "x"  # type: ignore[misc]
    assert_type(connection.tokens, tdsec.Tokens)


async def tokens_with_asyncio(connection: tdsec.aio.Connection) -> None:
    assert_type(await connection.tokens.create("reports", "reader"), tdsec.Token)
    assert_type(await connection.tokens.list(), list[tdsec.TokenInfo])
    await connection.tokens.set_ttl("reports", 7)

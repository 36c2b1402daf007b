"""What a type checker knows of the package. Checked by ``mypy --strict``, never run.

A comment that excuses an error is an error itself where there is nothing to excuse: so wrong uses are checked too.
"""

from __future__ import annotations

import datetime
import pathlib
from typing import Any, Optional

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


def timestamps(moment: tdsec.Timestamp) -> None:
    assert_type(moment.nanosecond, int)
    assert_type(moment.value, int)
    assert_type(moment + datetime.timedelta(1), tdsec.Timestamp)
    assert_type(tdsec.STRING == "VARCHAR", bool)

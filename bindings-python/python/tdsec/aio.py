"""The same API for asyncio: what waits there is awaited here.

::

    connection = await tdsec.aio.connect("wss://db.example:6041/power", bearer_token=token)
    async with connection:
        async for row in await connection.query("select ts, current from meters"):
            print(row)

Cancelling a task gives up its statement at once; the connection stays usable (HOST-1). Rows come a block at a time: an
await only where the network is waited for. Needs an event loop with ``add_reader``: every one on Linux and macOS.
"""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import AsyncIterator, Callable, Generator, Iterable, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any, Optional, TypeVar

from . import _tdsec, errors
from .callback import native_source
from .closing import AsyncClosing
from .connection import ConnectionState, configure
from .connection import connect as _blocking_connect
from .cursor import CursorState
from .errors import InvalidArgumentError
from .observe import Event, _native_subscription
from .pool import Pool as _BlockingPool
from .pool import PoolState
from .result import ResultState, Row
from .summary import ServerStatus

if TYPE_CHECKING:
    import pandas
    import polars
    import pyarrow
    from typing_extensions import Concatenate, ParamSpec, Unpack

    from ._tdsec import Batch, Completions, Task
    from .callback import TokenSource
    from .options import ConnectOptions

    _P = ParamSpec("_P")

T = TypeVar("T")

_completions: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, Completions] = weakref.WeakKeyDictionary()


def _completions_of(loop: asyncio.AbstractEventLoop) -> Completions:
    completions = _completions.get(loop)
    if completions is None:
        completions = _tdsec.Completions()
        loop.add_reader(completions.fileno(), completions.deliver)
        _completions[loop] = completions
    return completions


def _running_completions() -> Completions:
    try:
        return _completions_of(asyncio.get_running_loop())
    except RuntimeError:
        text = "a coroutine function is a token source only of a pool that is made while its event loop runs"
        raise InvalidArgumentError.because(text) from None


async def _wait(
    start: Callable[Concatenate[Completions, asyncio.Future[Any], _P], Task], *args: _P.args, **kwargs: _P.kwargs
) -> Any:
    """Starts native work and awaits it; cancelling drops the work."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[Any] = loop.create_future()
    task = start(_completions_of(loop), future, *args, **kwargs)
    try:
        return await future
    except asyncio.CancelledError:
        task.abort()
        raise
    finally:
        # Cancelled at the last moment it may hold a connection, which the traceback of the error must not keep from its pool.
        del future


async def _finish(
    start: Callable[Concatenate[Completions, asyncio.Future[Any], _P], Task], *args: _P.args, **kwargs: _P.kwargs
) -> Any:
    """The same for work that goes on to its end when the waiting is cancelled."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[Any] = loop.create_future()
    start(_completions_of(loop), future, *args, **kwargs)
    return await future


async def connect(url: Optional[str] = None, /, **options: Unpack[ConnectOptions]) -> Connection:
    config = configure(url, dict(options))

    def start(completions: Completions, future: asyncio.Future[Any]) -> Task:
        return _tdsec.connect_async(config, completions, future)

    return Connection(await _wait(start))


connect.__doc__ = _blocking_connect.__doc__


def subscribe(
    *, names: Iterable[str] = (), severity: Optional[str] = None, pool: Optional[str] = None
) -> Subscription:
    """Events from now on, for ``async for``; see tdsec.subscribe."""
    return Subscription(_native_subscription(names, severity, pool))


class Subscription(AsyncClosing):
    """Events from the moment it was made: an async iterator and an async context manager; see tdsec.Subscription.

    A cancelled wait loses no event.
    """

    def __init__(self, native: _tdsec.Subscription) -> None:
        self._native = native

    def __aiter__(self) -> Subscription:
        return self

    async def __anext__(self) -> Event:
        try:
            while (row := self._native.ready()) is None:
                await _wait(self._native.arrived_async)
        except errors.ClosedError:
            raise StopAsyncIteration from None
        return Event._of(row)

    def ready(self) -> Optional[Event]:
        """The next event if it is there already, else None."""
        row = self._native.ready()
        return None if row is None else Event._of(row)

    def close(self) -> None:
        """No more events; what has arrived can still be read. Ends every wait. Idempotent."""
        self._native.close()


class Connection(ConnectionState, AsyncClosing):
    """A logged-in connection: one WebSocket, any number of statements at the same time. Made by ``await connect``."""

    async def query(
        self,
        sql: str,
        parameters: Optional[Sequence[Any]] = None,
        *,
        timeout: Optional[float] = None,
        req_id: Optional[int] = None,
    ) -> Result:
        """Runs a statement; see tdsec.Connection.query."""
        return Result(await _wait(self._native.query_async, self._bound(sql, parameters), timeout, req_id))

    async def execute(
        self,
        sql: str,
        parameters: Optional[Sequence[Any]] = None,
        *,
        timeout: Optional[float] = None,
        req_id: Optional[int] = None,
    ) -> int:
        """Runs a statement without rows; the number of rows it changed. Rows, if there are any, are thrown away."""
        async with await self.query(sql, parameters, timeout=timeout, req_id=req_id) as result:
            return result.affected_rows

    def cursor(self) -> Cursor:
        """A new cursor on this connection."""
        self._check_open()
        return Cursor(self)

    async def commit(self) -> None:
        """Of PEP 249; does nothing, every statement is committed by itself."""
        self._check_open()

    async def rollback(self) -> None:
        """Of PEP 249; raises NotSupportedError, TDengine has no transactions."""
        self._check_open()
        raise errors.NotSupportedError.because("TDengine has no transactions to roll back")

    async def current_database(self) -> Optional[str]:
        """The session's database, as USE left it; asks the server."""
        name: Optional[str] = await _wait(self._native.current_database_async)
        return name

    async def status(self) -> ServerStatus:
        """Whether the service behind the gateway answers: a round trip without a statement."""
        return ServerStatus(*await _wait(self._native.status_async))

    async def close(self) -> None:
        """Closes the connection; statements in flight raise ClosedError. Idempotent."""
        await _finish(self._native.close_async)


class Result(ResultState, AsyncClosing):
    """Rows to read once, or the number of changed rows; see tdsec.Result."""

    __slots__ = ()

    async def rows(self) -> AsyncIterator[Row]:
        """The rows as tuples; see tdsec.Result.rows. Leaving the iteration early loses no row."""
        while True:
            ready = self._native.ready_rows()
            if ready is None:
                if not await _wait(self._native.fill_rows_async):
                    return
                continue
            for row in ready:
                yield row
            # A block may hold many thousand rows: other tasks get their turn in between.
            await asyncio.sleep(0)

    def __aiter__(self) -> AsyncIterator[Row]:
        return self.rows()

    async def fetch_block(self) -> Optional[Batch]:
        """The next block as columns; None at the end."""
        while True:
            batch = self._native.ready_batch()
            if batch is not None:
                return batch
            if not await _wait(self._native.fill_batch_async):
                return None

    async def batches(self) -> AsyncIterator[Batch]:
        """The blocks as columns: NumPy views without a copy where the layout allows it (HOST-7)."""
        while (batch := await self.fetch_block()) is not None:
            yield batch

    async def to_arrow(self) -> pyarrow.Table:
        """All rows that are left as a pyarrow.Table; decoded off the event loop. Needs pyarrow."""
        import pyarrow

        return pyarrow.table(await _wait(self._native.collect_async))

    async def to_pandas(self, **options: Any) -> pandas.DataFrame:
        """All rows that are left as a pandas.DataFrame; ``options`` go to pyarrow.Table.to_pandas."""
        return (await self.to_arrow()).to_pandas(**options)

    async def to_polars(self) -> polars.DataFrame:
        """All rows that are left as a polars.DataFrame. Needs polars, not pyarrow."""
        import polars

        return polars.DataFrame(await _wait(self._native.collect_async))


class Cursor(CursorState, AsyncClosing):
    """PEP 249's cursor with awaits; see tdsec.Cursor. For tasks: one cursor each; they may share the connection."""

    def __init__(self, connection: Connection) -> None:
        super().__init__()
        self._connection = connection

    @property
    def connection(self) -> Connection:
        """The connection this cursor belongs to."""
        return self._connection

    async def execute(self, operation: str, parameters: Optional[Sequence[Any]] = None) -> Cursor:
        """Runs a statement; returns this cursor. See tdsec.Cursor.execute."""
        self._begin()
        self._take((await self._connection.query(operation, parameters))._native)
        return self

    async def executemany(self, operation: str, seq_of_parameters: Iterable[Sequence[Any]]) -> Cursor:
        """Runs a statement without rows once for each sequence of parameters; ``rowcount`` is the sum."""
        self._begin()
        total = 0
        for parameters in seq_of_parameters:
            native = (await self._connection.query(operation, parameters))._native
            if not native.is_update:
                native.close()
                raise InvalidArgumentError.because("executemany() runs statements without rows only")
            total += native.affected_rows
        self._rowcount = total
        return self

    async def fetchone(self) -> Optional[Row]:
        """The next row; None at the end."""
        rows = await self.fetchmany(1)
        return rows[0] if rows else None

    async def fetchmany(self, size: Optional[int] = None) -> list[Row]:
        """At most ``size`` rows (default: ``arraysize``); fewer only at the end."""
        native = self._rows()
        rows: list[Row] = []
        wanted = self.arraysize if size is None else size
        while len(rows) < wanted:
            row = native.ready_row()
            if row is not None:
                rows.append(row)
            elif not await _wait(native.fill_rows_async):
                break
        return rows

    async def fetchall(self) -> list[Row]:
        """All rows that are left."""
        native, rows = self._rows(), list[Row]()
        while True:
            ready = native.ready_rows()
            if ready is not None:
                rows.extend(ready)
                await asyncio.sleep(0)
            elif not await _wait(native.fill_rows_async):
                return rows

    def __aiter__(self) -> AsyncIterator[Row]:
        return Result(self._rows()).rows()

    async def close(self) -> None:
        """Frees unread rows; the cursor is unusable afterwards. Idempotent."""
        self._end()


class Pool(PoolState, AsyncClosing):
    # The documentation is that of tdsec.Pool.

    def __init__(
        self,
        url: Optional[str] = None,
        /,
        *,
        token_source: Optional[TokenSource] = None,
        **options: Unpack[ConnectOptions],
    ) -> None:
        """Makes a pool and begins to fill it; needs no running event loop, unless the source is a coroutine function."""
        config = configure(url, dict(options))
        self._native = _tdsec.Pool(config, native_source(token_source, _running_completions))

    def acquire(self, timeout: Optional[float] = None) -> Acquiring:
        """Lends a connection: ``async with pool.acquire() as connection``, or ``connection = await pool.acquire()``.

        See tdsec.Pool.acquire. Cancelling the task ends the wait.
        """
        return Acquiring(self._native, timeout)

    async def query(
        self,
        sql: str,
        parameters: Optional[Sequence[Any]] = None,
        *,
        timeout: Optional[float] = None,
        req_id: Optional[int] = None,
        idempotent: bool = False,
    ) -> Result:
        """Runs one statement on some connection; see tdsec.Pool.query."""
        sql = sql if parameters is None else _tdsec.bind(sql, parameters)
        return Result(await _wait(self._native.query_async, sql, timeout, req_id, idempotent))

    async def execute(
        self,
        sql: str,
        parameters: Optional[Sequence[Any]] = None,
        *,
        timeout: Optional[float] = None,
        req_id: Optional[int] = None,
        idempotent: bool = False,
    ) -> int:
        """Runs a statement without rows; the number of rows it changed. Rows, if there are any, are thrown away."""
        async with await self.query(sql, parameters, timeout=timeout, req_id=req_id, idempotent=idempotent) as result:
            return result.affected_rows

    async def ready(self, timeout: Optional[float] = None) -> None:
        """Waits until a connection is there; see tdsec.Pool.ready."""
        await _wait(self._native.ready_async, timeout)

    async def close(self, timeout: Optional[float] = None) -> None:
        """Closes what is at rest at once and what is lent when it comes back; see tdsec.Pool.close."""
        await _finish(self._native.close_async, timeout)


Pool.__doc__ = (_BlockingPool.__doc__ or "").replace("with pool.acquire()", "async with pool.acquire()")


class Acquiring:
    """A connection that a pool is about to lend: for ``await``, or for ``async with``, which gives it back."""

    __slots__ = ("_connection", "_native", "_timeout")

    def __init__(self, native: _tdsec.Pool, timeout: Optional[float]) -> None:
        self._native, self._timeout = native, timeout
        self._connection: Optional[Connection] = None

    async def _acquire(self) -> Connection:
        return Connection(await _wait(self._native.acquire_async, self._timeout))

    def __await__(self) -> Generator[Any, None, Connection]:
        return self._acquire().__await__()

    async def __aenter__(self) -> Connection:
        self._connection = await self._acquire()
        return self._connection

    async def __aexit__(
        self,
        kind: Optional[type[BaseException]],
        error: Optional[BaseException],
        traceback: Optional[TracebackType],
    ) -> None:
        if self._connection is not None:
            await self._connection.close()

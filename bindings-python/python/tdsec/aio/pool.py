"""A pool whose methods are awaited."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any, Optional

from .. import _tdsec
from ..callback import NOT_GIVEN, native_source, with_source
from ..closing import AsyncClosing
from ..connection import configure
from ..pool import Pool as _BlockingPool
from ..pool import PoolState
from .connection import Connection
from .result import Result
from .waiting import finish, running_completions, wait

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from ..callback import TokenSource
    from ..options import ConnectOptions


class Pool(PoolState, AsyncClosing):
    # The documentation is that of tdsec.Pool.

    def __init__(
        self,
        url: Optional[str] = None,
        /,
        *,
        token_source: Optional[TokenSource] = NOT_GIVEN,
        **options: Unpack[ConnectOptions],
    ) -> None:
        """Makes a pool and begins to fill it; needs no running event loop, unless the source is a coroutine
        function or a function that returns an awaitable."""
        config = configure(url, with_source(options, token_source))
        self._native = _tdsec.Pool(config, native_source(token_source, running_completions))

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
        return Result(await wait(self._native.query_async, sql, timeout, req_id, idempotent))

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
        await wait(self._native.ready_async, timeout)

    async def close(self, timeout: Optional[float] = None) -> None:
        """Closes what is at rest at once and what is lent when it comes back; see tdsec.Pool.close."""
        await finish(self._native.close_async, timeout)


Pool.__doc__ = (_BlockingPool.__doc__ or "").replace("with pool.acquire()", "async with pool.acquire()").replace("tdsec.Pool(", "tdsec.aio.Pool(")


class Acquiring:
    """A connection that a pool is about to lend: for ``await``, or for ``async with``, which gives it back."""

    __slots__ = ("_connection", "_native", "_timeout")

    def __init__(self, native: _tdsec.Pool, timeout: Optional[float]) -> None:
        self._native, self._timeout = native, timeout
        self._connection: Optional[Connection] = None

    async def _acquire(self) -> Connection:
        return Connection(await wait(self._native.acquire_async, self._timeout))

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

"""A connection whose methods are awaited."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Optional

from .. import _tdsec, errors
from ..closing import AsyncClosing
from ..connection import ConnectionState, configure
from ..connection import connect as _blocking_connect
from ..summary import ServerStatus
from .cursor import Cursor
from .result import Result
from .tokens import Tokens
from .waiting import finish, wait

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from .._tdsec import Completions, Task
    from ..options import ConnectOptions


async def connect(url: Optional[str] = None, /, **options: Unpack[ConnectOptions]) -> Connection:
    config = configure(url, dict(options))

    def start(completions: Completions, future: asyncio.Future[Any]) -> Task:
        return _tdsec.connect_async(config, completions, future)

    return Connection(await wait(start))


connect.__doc__ = _blocking_connect.__doc__


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
        return Result(await wait(self._native.query_async, self._bound(sql, parameters), timeout, req_id))

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

    @property
    def tokens(self) -> Tokens:
        """Tokens made and taken back by SQL."""
        return Tokens(self._native.tokens)

    async def current_database(self) -> Optional[str]:
        """The session's database, as USE left it; asks the server."""
        name: Optional[str] = await wait(self._native.current_database_async)
        return name

    async def status(self) -> ServerStatus:
        """Whether the service behind the gateway answers: a round trip without a statement."""
        return ServerStatus(*await wait(self._native.status_async))

    async def close(self) -> None:
        """Closes the connection; statements in flight raise ClosedError. Idempotent."""
        await finish(self._native.close_async)

"""PEP 249's cursor with awaits."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from typing import TYPE_CHECKING, Any, Optional

from ..closing import AsyncClosing
from ..cursor import CursorState
from ..errors import InvalidArgumentError
from ..result import Row
from .result import Result
from .waiting import wait

if TYPE_CHECKING:
    from .connection import Connection


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
            elif not await wait(native.fill_rows_async):
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
            elif not await wait(native.fill_rows_async):
                return rows

    def __aiter__(self) -> AsyncIterator[Row]:
        return Result(self._rows()).rows()

    async def close(self) -> None:
        """Frees unread rows; the cursor is unusable afterwards. Idempotent."""
        self._end()

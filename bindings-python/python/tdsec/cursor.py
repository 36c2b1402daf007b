"""PEP 249's cursor."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Optional

from ._tdsec import Result as _Native
from .closing import Closing
from .errors import ClosedError, Error, InvalidArgumentError

if TYPE_CHECKING:
    from .connection import Connection
    from .result import Row

Description = tuple[str, str, None, int, Optional[int], Optional[int], bool]
"""One column: name, type code, None, size, digits and scale of a decimal, whether NULL may occur (always)."""


class CursorState:
    """What a cursor knows between two calls; shared with asyncio's cursor, which only waits differently."""

    def __init__(self) -> None:
        self.arraysize: int = 1
        """Rows of ``fetchmany`` without a size."""
        self._closed = False
        self._result: Optional[_Native] = None
        self._rowcount = -1

    @property
    def description(self) -> Optional[list[Description]]:
        """Seven items for each column of the last statement; None if it had no rows."""
        if self._result is None or self._result.is_update:
            return None
        return [
            (c.name, c.type, None, c.length, c.precision or None, c.scale if c.precision else None, True)
            for c in self._result.columns
        ]

    @property
    def rowcount(self) -> int:
        """Rows the last statement changed; -1 if it had rows to read, or none was executed."""
        return self._rowcount

    @property
    def rownumber(self) -> None:
        """Of PEP 249; not counted."""
        return None

    def setinputsizes(self, sizes: Sequence[Any]) -> None:
        """Of PEP 249; does nothing, parameters need no sizes."""

    def setoutputsize(self, size: int, column: Optional[int] = None) -> None:
        """Of PEP 249; does nothing, values come whole."""

    def _begin(self) -> None:
        self._check_open()
        if self._result is not None:
            self._result.close()
        self._result, self._rowcount = None, -1

    def _take(self, native: _Native) -> None:
        self._result = native
        self._rowcount = native.affected_rows if native.is_update else -1

    def _rows(self) -> _Native:
        self._check_open()
        if self._result is None:
            raise InvalidArgumentError.because("there are no rows: no statement was executed")
        if self._result.is_update:
            raise InvalidArgumentError.because("there are no rows: the last statement was one without")
        return self._result

    def _check_open(self) -> None:
        if self._closed:
            raise ClosedError.because("the cursor is closed")

    def _end(self) -> None:
        if self._result is not None:
            self._result.close()
        self._result, self._closed = None, True


class Cursor(CursorState, Closing):
    """Runs statements on its connection and reads their rows. Needs no connection of its own (HOST-5).

    Placeholders are ``?`` (paramstyle "qmark"). For threads: one cursor each; they may share the connection.
    """

    def __init__(self, connection: Connection) -> None:
        super().__init__()
        self._connection = connection

    @property
    def connection(self) -> Connection:
        """The connection this cursor belongs to."""
        return self._connection

    def execute(self, operation: str, parameters: Optional[Sequence[Any]] = None) -> Cursor:
        """Runs a statement; returns this cursor.

        ``parameters`` take the place of the ``?`` outside of quotes and comments, safely quoted: None, bool, int,
        float, str, bytes, Decimal, datetime, date. Raises SyntaxError, TableNotFoundError, … (tdsec.Error).
        """
        self._begin()
        self._take(self._connection.query(operation, parameters)._native)
        return self

    def executemany(self, operation: str, seq_of_parameters: Iterable[Sequence[Any]]) -> Cursor:
        """Runs a statement without rows once for each sequence of parameters; ``rowcount`` is the sum."""
        self._begin()
        total = 0
        for parameters in seq_of_parameters:
            native = self._connection.query(operation, parameters)._native
            if not native.is_update:
                native.close()
                raise InvalidArgumentError.because("executemany() runs statements without rows only")
            total += native.affected_rows
        self._rowcount = total
        return self

    def fetchone(self) -> Optional[Row]:
        """The next row; None at the end."""
        return next(self._rows(), None)

    def fetchmany(self, size: Optional[int] = None) -> list[Row]:
        """At most ``size`` rows (default: ``arraysize``); fewer only at the end."""
        return self._rows().some_rows(self.arraysize if size is None else size)

    def fetchall(self) -> list[Row]:
        """All rows that are left."""
        return self._rows().all_rows()

    def __iter__(self) -> Iterator[Row]:
        return iter(self._rows())

    def __next__(self) -> Row:
        return next(self._rows())

    def close(self) -> None:
        """Frees unread rows; the cursor is unusable afterwards. Idempotent."""
        self._end()


__all__ = ["Cursor", "CursorState", "Description", "Error"]

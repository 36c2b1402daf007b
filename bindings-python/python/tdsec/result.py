"""The answer to a statement, read by waiting."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Optional

from ._tdsec import Batch, Field
from ._tdsec import Result as _Native
from .closing import Closing

if TYPE_CHECKING:
    import pandas
    import polars
    import pyarrow

Row = tuple[Any, ...]


class ResultState:
    """What can be said of a result without asking the server; shared with asyncio's result."""

    __slots__ = ("_native",)

    def __init__(self, native: _Native) -> None:
        self._native = native

    @property
    def columns(self) -> list[Field]:
        """Name, type, length, precision and scale of each column; empty for a statement without rows."""
        return self._native.columns

    @property
    def precision(self) -> str:
        """Unit of all timestamps on the server: "ms", "us" or "ns"."""
        return self._native.precision

    @property
    def is_update(self) -> bool:
        """True for a statement without rows (INSERT, DDL, USE)."""
        return self._native.is_update

    @property
    def affected_rows(self) -> int:
        """Rows changed; 0 for a statement with rows."""
        return self._native.affected_rows

    def close(self) -> None:
        """Frees what was not read, here and on the server. Idempotent; does not wait."""
        self._native.close()

    def __repr__(self) -> str:
        name = f"{type(self).__module__.removesuffix('.result')}.Result"
        if self.is_update:
            return f"<{name} {self.affected_rows} rows affected>"
        return f"<{name} {[column.name for column in self.columns]}>"


class Result(ResultState, Closing):
    """Rows to read once, or the number of changed rows.

    Read it in one way: rows one by one (iteration, ``rows()``), or blocks (``batches()``, ``to_arrow()``, …); mixing
    raises ResultConsumedError. While one block is being worked on, the next is already on its way. Every read may
    raise what the network and the server cause: RequestTimeoutError, ConnectionLostError, …
    """

    __slots__ = ()

    def rows(self) -> Iterator[Row]:
        """The rows as tuples.

        Integers, floats, bool, str (VARCHAR, NCHAR, JSON), bytes (VARBINARY, BLOB, GEOMETRY), decimal.Decimal,
        None for NULL; timestamps are timezone-aware datetime (UTC), with nanosecond precision tdsec.Timestamp.
        """
        return self._native

    def __iter__(self) -> Iterator[Row]:
        return self._native

    def fetch_block(self) -> Optional[Batch]:
        """The next block as columns; None at the end."""
        return self._native.next_batch()

    def batches(self) -> Iterator[Batch]:
        """The blocks as columns: NumPy views without a copy where the layout allows it (HOST-7)."""
        return iter(self._native.next_batch, None)

    def to_arrow(self) -> pyarrow.Table:
        """All rows that are left as a pyarrow.Table; decoded without the interpreter lock. Needs pyarrow."""
        try:
            import pyarrow
        except ModuleNotFoundError as error:
            raise ModuleNotFoundError("to_arrow() needs pyarrow: pip install 'tdsec[arrow]'", name=error.name) from None

        return pyarrow.table(self._native.collect())

    def to_pandas(self, **options: Any) -> pandas.DataFrame:
        """All rows that are left as a pandas.DataFrame; ``options`` go to pyarrow.Table.to_pandas."""
        return self.to_arrow().to_pandas(**options)

    def to_polars(self) -> polars.DataFrame:
        """All rows that are left as a polars.DataFrame. Needs polars, not pyarrow."""
        import polars

        return polars.DataFrame(self._native.collect())

    def __arrow_c_stream__(self, requested_schema: Optional[object] = None) -> object:
        """Arrow's C stream: any Arrow library reads the blocks as they arrive, in constant memory (HOST-7).

        An error in the middle reaches the consumer as text of its own exception; ``to_arrow`` raises tdsec.Error.
        """
        return self._native.__arrow_c_stream__(requested_schema)

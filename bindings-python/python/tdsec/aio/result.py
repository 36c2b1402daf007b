"""A result whose rows are awaited."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any, Optional

from .. import _tdsec
from ..closing import AsyncClosing
from ..result import ResultState, Row
from .waiting import wait

if TYPE_CHECKING:
    import pandas
    import polars
    import pyarrow

    from .._tdsec import Batch


class Result(ResultState, AsyncClosing):
    """Rows to read once, or the number of changed rows; see tdsec.Result."""

    __slots__ = ()

    def close(self) -> None:
        """Frees what was not read, here and on the server. A plain function, not to be awaited: it waits for nothing. Idempotent."""
        super().close()

    async def rows(self) -> AsyncIterator[Row]:
        """The rows as tuples; see tdsec.Result.rows. Leaving the iteration early loses no row."""
        while True:
            ready = self._native.ready_rows()
            if ready is None:
                if not await wait(self._native.fill_rows_async):
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
            if not await wait(self._native.fill_batch_async):
                return None

    async def batches(self) -> AsyncIterator[Batch]:
        """The blocks as columns: NumPy views without a copy where the layout allows it (HOST-7)."""
        while (batch := await self.fetch_block()) is not None:
            yield batch

    async def to_arrow(self) -> pyarrow.Table:
        """All rows that are left as a pyarrow.Table; decoded off the event loop. Needs pyarrow."""
        import pyarrow

        return pyarrow.table(await wait(self._native.collect_async))

    async def to_pandas(self, **options: Any) -> pandas.DataFrame:
        """All rows that are left as a pandas.DataFrame; ``options`` go to pyarrow.Table.to_pandas."""
        return (await self.to_arrow()).to_pandas(**options)

    async def to_polars(self) -> polars.DataFrame:
        """All rows that are left as a polars.DataFrame. Needs polars, not pyarrow."""
        import polars

        return polars.DataFrame(await wait(self._native.collect_async))

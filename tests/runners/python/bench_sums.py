"""Every value of the benchmark's result added up, however it was read: the checksum that all surfaces must agree on.

The checksum is the sum over the columns of (place of the column, from 1) x (sum of its values), modulo 2^64. Values: a
timestamp in milliseconds, an integer, eight times a float (the floats are multiples of 1/8), the bytes of a text.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Union

COLUMNS = 5


@dataclass
class Sums:
    """The sum of each column."""

    rows: int = 0
    columns: list[int] = field(default_factory=lambda: [0] * COLUMNS)

    def __add__(self, other: Sums) -> Sums:
        return Sums(self.rows + other.rows, [a + b for a, b in zip(self.columns, other.columns)])

    def checksum(self) -> str:
        total = sum(place * value for place, value in enumerate(self.columns, 1))
        return f"{total % 2**64:016x}"


def answer(value: Union[Sums, int]) -> dict[str, Any]:
    """What a step answers about what it read."""
    if isinstance(value, int):
        return {"rows": value}
    return {"rows": value.rows, "checksum": value.checksum()}


def of_rows(rows: Any) -> Sums:
    total = Sums()
    for ts, current, voltage, phase, name in rows:
        values = (milliseconds(ts), int(current * 8), voltage, int(phase * 8), sum(name.encode()))
        total.columns = [a + b for a, b in zip(total.columns, values)]
        total.rows += 1
    return total


def milliseconds(ts: Any) -> int:
    """A datetime, exactly: its timestamp() is a float."""
    return int(ts.replace(microsecond=0).timestamp()) * 1000 + ts.microsecond // 1000


def of_batch(batch: Any) -> Sums:
    import pyarrow

    return of_arrow(pyarrow.record_batch(batch))


def of_arrow(table: Any) -> Sums:
    """A table or a record batch."""
    return Sums(table.num_rows, [_of_column(column) for column in table.columns])


def _of_column(column: Any) -> int:
    import pyarrow
    from pyarrow import compute

    if pyarrow.types.is_string(column.type):
        return sum(map(_of_text, getattr(column, "chunks", [column])))
    if pyarrow.types.is_timestamp(column.type):
        column = column.view("int64") if isinstance(column, pyarrow.Array) else column.cast("int64")
    scale = 8 if pyarrow.types.is_floating(column.type) else 1
    return int(compute.sum(column).as_py() * scale)


def _of_text(array: Any) -> int:
    import numpy

    _, offsets, data = array.buffers()
    ends = numpy.frombuffer(offsets, numpy.int32)[array.offset : array.offset + len(array) + 1]
    return int(numpy.frombuffer(data, numpy.uint8)[ends[0] : ends[-1]].sum(dtype=numpy.uint64))


def of_frame(frame: Any) -> Sums:
    ts, current, voltage, phase, name = (frame[column] for column in frame.columns)
    ticks = {"ms": 1, "us": 1000, "ns": 1_000_000}[getattr(ts.dtype, "unit", "ns")]
    floats = [int(column.astype("float64").sum() * 8) for column in (current, phase)]
    stamps = int((ts.astype("int64") // ticks).sum())
    text = sum("".join(name).encode())
    return Sums(len(frame), [stamps, floats[0], int(voltage.sum()), floats[1], text])

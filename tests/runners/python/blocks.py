"""Values out of column views: NumPy arrays, and pyarrow's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy
import pyarrow
from answers import shower

import tdsec


def numpy_rows(batch: tdsec.Batch) -> list[list[Any]]:
    """The rows of a batch, read from its NumPy views."""
    return transposed([numpy_values(column, batch.precision) for column in batch.columns])


def numpy_values(column: tdsec.Column, precision: str) -> list[Any]:
    values = column.to_numpy()
    if values.dtype.kind == "M":
        values = values.view("i8")
    show = shower(precision)
    return [
        None if null else show(value) for value, null in zip(values.tolist(), column.null_mask.tolist(), strict=True)
    ]


def numpy_checksum(column: tdsec.Column) -> int:
    """XOR over the values that are not NULL."""
    values = column.to_numpy()
    if values.dtype.kind == "O":
        return 0
    return xor(values[~column.null_mask] if column.null_count else values)


def arrow_rows(table: pyarrow.Table, precision: str) -> list[list[Any]]:
    """The rows of a table, read column by column."""
    return transposed([arrow_values(column, precision) for column in table.columns])


def arrow_values(column: pyarrow.ChunkedArray, precision: str) -> list[Any]:
    if pyarrow.types.is_timestamp(column.type):
        column = column.cast(pyarrow.int64())
    return [shower(precision)(value) for value in column.to_pylist()]


def arrow_checksum(column: pyarrow.Array) -> int:
    """XOR over the values that are not NULL."""
    kind = column.type
    if pyarrow.types.is_timestamp(kind):
        column = column.cast(pyarrow.int64())
    elif not (pyarrow.types.is_integer(kind) or pyarrow.types.is_floating(kind)):
        return 0
    return xor(column.drop_null().to_numpy())


def xor(values: numpy.ndarray[Any, Any]) -> int:
    kind = values.dtype.kind
    if kind == "f":
        words = values.astype("f8", copy=False).view("u8")
    elif kind in "Mi":
        words = values.view("i8" if kind == "M" else values.dtype).astype("i8", copy=False).view("u8")
    else:
        words = values.astype("u8", copy=False)
    return int(numpy.bitwise_xor.reduce(words))


def transposed(columns: Sequence[Sequence[Any]]) -> list[list[Any]]:
    return [list(row) for row in zip(*columns, strict=True)]

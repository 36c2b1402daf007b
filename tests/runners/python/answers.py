"""Errors, columns and values in the form of answers."""

from __future__ import annotations

import datetime
import decimal
import struct
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import tdsec

EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
#: Units of a timestamp that ``datetime`` can hold.
UNITS = {"ms": datetime.timedelta(milliseconds=1), "us": datetime.timedelta(microseconds=1)}
MASK = (1 << 64) - 1


class Unsupported(Exception):
    """The language cannot do the step."""


class Misuse(Exception):
    """The step itself is wrong."""


def found(things: dict[str, Any], name: str, what: str) -> Any:
    if name not in things:
        raise Misuse(f"no {what} {name}")
    return things[name]


def error_answer(error: tdsec.Error) -> dict[str, Any]:
    names = ("code", "number", "kind", "retry", "remedy", "option", "server_code", "server_message", "may_have_run")
    return {"error": {**{name: getattr(error, name) for name in names}, "message": str(error)}}


def misuse_answer(message: str) -> dict[str, Any]:
    return {"error": {"code": "RUNNER", "message": message}}


def columns(fields: Iterable[tdsec.Field]) -> list[dict[str, Any]]:
    names = ("name", "type", "length", "precision", "scale")
    return [{name: getattr(field, name) for name in names} for field in fields]


def tls(summary: tdsec.TlsSummary | None) -> dict[str, Any] | None:
    names = ("version", "cipher_suite", "resumed")
    return None if summary is None else {name: getattr(summary, name) for name in names}


def plain_rows(rows: Iterable[Sequence[Any]], precision: str) -> list[list[Any]]:
    """Rows as the row API gives them, as the answers write them."""
    show = shower(precision)
    return [[show(value) for value in row] for row in rows]


def shower(precision: str) -> Callable[[Any], Any]:
    """How a Python value of a result with this precision is written."""

    def show(value: Any) -> Any:
        if value is None or isinstance(value, (bool, str)):
            return value
        if isinstance(value, int):
            return str(value)
        if isinstance(value, float):
            return double(value)
        if isinstance(value, bytes):
            return value.hex()
        if isinstance(value, decimal.Decimal):
            return format(value, "f")
        if isinstance(value, datetime.datetime):
            return str(moment(value, precision))
        raise Misuse(f"a row holds a {type(value).__name__}")

    return show


def double(value: float) -> str:
    """16 hexadecimal digits of the bits of a double."""
    return struct.pack(">d", value).hex()


def moment(value: datetime.datetime, precision: str) -> int:
    """A timestamp in the units of its result."""
    if isinstance(value, tdsec.Timestamp):
        return value.value
    return (value - EPOCH) // UNITS[precision]


def bits(value: Any, precision: str) -> int:
    """The bits of a number that the checksum is made of."""
    if isinstance(value, int):
        return value & MASK
    if isinstance(value, float):
        return int.from_bytes(struct.pack("<d", value), "little")
    return moment(value, precision) & MASK if isinstance(value, datetime.datetime) else 0


def summary(rows: int, checksum: int) -> dict[str, Any]:
    return {"rows": rows, "checksum": f"{checksum & MASK:016x}"}

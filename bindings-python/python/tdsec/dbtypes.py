"""PEP 249's type objects and constructors."""

from __future__ import annotations

import datetime as _datetime

Date = _datetime.date
Time = _datetime.time
Binary = bytes


def Timestamp(  # noqa: N802 - the name PEP 249 asks for
    year: int, month: int, day: int, hour: int = 0, minute: int = 0, second: int = 0
) -> _datetime.datetime:
    """A time without zone, which the server reads in the session's time zone."""
    return _datetime.datetime(year, month, day, hour, minute, second)


def DateFromTicks(ticks: float) -> _datetime.date:  # noqa: N802
    """The date of this machine's time zone, ``ticks`` seconds after 1970-01-01 UTC."""
    return _datetime.date.fromtimestamp(ticks)


def TimeFromTicks(ticks: float) -> _datetime.time:  # noqa: N802
    """The time of day of this machine's time zone, ``ticks`` seconds after 1970-01-01 UTC."""
    return _datetime.datetime.fromtimestamp(ticks).time()


def TimestampFromTicks(ticks: float) -> _datetime.datetime:  # noqa: N802
    """The moment ``ticks`` seconds after 1970-01-01 UTC, with its time zone."""
    return _datetime.datetime.fromtimestamp(ticks, _datetime.timezone.utc)


class DBAPIType:
    """Equal to every type code it stands for: ``cursor.description[0][1] == tdsec.NUMBER``."""

    def __init__(self, name: str, *types: str) -> None:
        self._name = name
        self._types = frozenset(types)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, DBAPIType):
            return self._types == other._types
        return other in self._types if isinstance(other, str) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._types)

    def __repr__(self) -> str:
        return f"tdsec.{self._name}"


STRING = DBAPIType("STRING", "VARCHAR", "NCHAR", "JSON")
BINARY = DBAPIType("BINARY", "VARBINARY", "BLOB", "MEDIUMBLOB", "GEOMETRY")
NUMBER = DBAPIType(
    "NUMBER", "BOOL", "TINYINT", "SMALLINT", "INT", "BIGINT", "TINYINT UNSIGNED", "SMALLINT UNSIGNED", "INT UNSIGNED",
    "BIGINT UNSIGNED", "FLOAT", "DOUBLE", "DECIMAL", "DECIMAL64",
)  # fmt: skip
DATETIME = DBAPIType("DATETIME", "TIMESTAMP")
ROWID = DBAPIType("ROWID")

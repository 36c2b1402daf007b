"""Timestamps with nanoseconds, which ``datetime`` cannot hold."""

from __future__ import annotations

import re
import time
from datetime import datetime, timedelta, timezone, tzinfo
from typing import Any, Optional, Union

from . import _tdsec

_BEYOND_MICROSECONDS = re.compile(r"(?<=[.,]\d{6})(\d{1,3})(?!\d)")
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


def _microseconds(span: timedelta) -> int:
    return (span.days * 86_400 + span.seconds) * 1_000_000 + span.microseconds


class Timestamp(datetime):
    """A timezone-aware ``datetime`` with three more digits: TIMESTAMP of a database with nanosecond precision.

    It compares, subtracts and sorts exactly, with ``datetime`` too. Made without a time zone it is UTC. ``nanosecond`` is what comes after the
    microsecond (0 to 999), ``value`` all nanoseconds since 1970-01-01 UTC.
    """

    __slots__ = ("_nanosecond",)
    _nanosecond: int

    def __new__(
        cls,
        year: Any,
        month: Any = None,
        day: Any = None,
        hour: int = 0,
        minute: int = 0,
        second: int = 0,
        microsecond: int = 0,
        tzinfo: Optional[tzinfo] = None,
        *,
        fold: int = 0,
        nanosecond: int = 0,
    ) -> Timestamp:
        """As datetime, with nanoseconds beyond the microsecond: 0 to 999."""
        if not 0 <= nanosecond <= 999:
            raise ValueError("nanosecond must be in 0..999")
        zone = timezone.utc if tzinfo is None else tzinfo
        made = super().__new__(cls, year, month, day, hour, minute, second, microsecond, zone, fold=fold)
        made._nanosecond = nanosecond
        return made

    @classmethod
    def from_value(cls, value: int) -> Timestamp:
        """The time ``value`` nanoseconds after 1970-01-01 UTC."""
        microseconds, nanosecond = divmod(value, 1000)
        moment = _EPOCH + timedelta(microseconds=microseconds)
        return cls._of(moment, nanosecond)

    @classmethod
    def now(cls, tz: Optional[tzinfo] = None) -> Timestamp:
        """The time of this machine's clock, in UTC or in ``tz``."""
        return cls.from_value(time.time_ns()).astimezone(tz or timezone.utc)

    @classmethod
    def fromtimestamp(cls, timestamp: float, tz: Optional[tzinfo] = None) -> Timestamp:
        """The time ``timestamp`` seconds after 1970-01-01 UTC, in UTC or in ``tz``; floats end at microseconds."""
        return cls._of(datetime.fromtimestamp(timestamp, tz or timezone.utc), 0)

    @classmethod
    def fromisoformat(cls, text: str) -> Timestamp:
        """As datetime, with up to nine digits of a second; without an offset the time is UTC."""
        beyond = _BEYOND_MICROSECONDS.search(text)
        if beyond is None:
            return cls._of(datetime.fromisoformat(text), 0)
        moment = datetime.fromisoformat(text[: beyond.start(1)] + text[beyond.end(1) :])
        return cls._of(moment, int(beyond[1].ljust(3, "0")))

    @classmethod
    def _of(cls, moment: datetime, nanosecond: int) -> Timestamp:
        return cls(
            moment.year, moment.month, moment.day, moment.hour, moment.minute, moment.second, moment.microsecond,
            moment.tzinfo, fold=moment.fold, nanosecond=nanosecond,
        )  # fmt: skip

    @property
    def nanosecond(self) -> int:
        """Nanoseconds beyond the microsecond, 0 to 999."""
        return getattr(self, "_nanosecond", 0)

    @property
    def value(self) -> int:
        """Nanoseconds since 1970-01-01 UTC."""
        return _microseconds(datetime.__sub__(self, _EPOCH)) * 1000 + self.nanosecond

    def isoformat(self, sep: str = "T", timespec: str = "auto") -> str:
        """As datetime, with nine digits of a second if nanoseconds are there."""
        text = super().isoformat(sep, "microseconds" if timespec in ("auto", "nanoseconds") else timespec)
        if timespec not in ("auto", "nanoseconds"):
            return text
        return f"{text[:26]}{self.nanosecond:03}{text[26:]}"

    def astimezone(self, tz: Optional[tzinfo] = None) -> Timestamp:
        """The same moment in another zone."""
        return self._of(datetime.astimezone(self._plain(), tz), self.nanosecond)

    def replace(self, *args: Any, nanosecond: Optional[int] = None, **kwargs: Any) -> Timestamp:
        """As datetime, with ``nanosecond`` too."""
        kept = self.nanosecond if nanosecond is None else nanosecond
        return self._of(self._plain().replace(*args, **kwargs), kept)

    def _plain(self) -> datetime:
        return datetime(
            self.year, self.month, self.day, self.hour, self.minute, self.second, self.microsecond, self.tzinfo,
            fold=self.fold,
        )  # fmt: skip

    def __add__(self, span: timedelta) -> Timestamp:
        if not isinstance(span, timedelta):
            return NotImplemented
        return self._of(self._plain() + span, self.nanosecond)

    __radd__ = __add__

    def __sub__(self, other: Union[datetime, timedelta]) -> Any:
        """With a timedelta a Timestamp; with a datetime a timedelta, which ends at microseconds."""
        if isinstance(other, timedelta):
            return self._of(self._plain() - other, self.nanosecond)
        if isinstance(other, Timestamp):
            return timedelta(microseconds=(self.value - other.value) // 1000)
        return self._plain() - other

    def _order(self, other: object) -> Optional[int]:
        """Nanoseconds by which this is later; None if the two cannot be compared."""
        if isinstance(other, Timestamp):
            return self.value - other.value
        if isinstance(other, datetime) and other.utcoffset() is not None:
            return _microseconds(self._plain() - other) * 1000 + self.nanosecond
        return None

    def __eq__(self, other: object) -> bool:
        order = self._order(other)
        return NotImplemented if order is None else order == 0

    def __ne__(self, other: object) -> bool:
        # datetime has one of its own, which would leave out the nanoseconds.
        order = self._order(other)
        return NotImplemented if order is None else order != 0

    def __lt__(self, other: datetime) -> bool:  # type: ignore[override]
        order = self._order(other)
        return NotImplemented if order is None else order < 0

    def __le__(self, other: datetime) -> bool:  # type: ignore[override]
        order = self._order(other)
        return NotImplemented if order is None else order <= 0

    def __gt__(self, other: datetime) -> bool:  # type: ignore[override]
        order = self._order(other)
        return NotImplemented if order is None else order > 0

    def __ge__(self, other: datetime) -> bool:  # type: ignore[override]
        order = self._order(other)
        return NotImplemented if order is None else order >= 0

    def __hash__(self) -> int:
        # Equal to a datetime without nanoseconds, so it hashes like one.
        return hash(self._plain()) if self.nanosecond == 0 else hash(self.value)

    def __reduce_ex__(self, protocol: Any) -> Any:
        arguments = (
            self.year, self.month, self.day, self.hour, self.minute, self.second, self.microsecond, self.tzinfo,
        )  # fmt: skip
        return _restore, (arguments, self.fold, self.nanosecond)

    def __repr__(self) -> str:
        return f"tdsec.Timestamp({self.isoformat()!r})"

    def __str__(self) -> str:
        return self.isoformat(" ")


def _restore(arguments: tuple[Any, ...], fold: int, nanosecond: int) -> Timestamp:
    return Timestamp(*arguments, fold=fold, nanosecond=nanosecond)


_tdsec.register_timestamp(Timestamp)

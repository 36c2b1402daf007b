"""The native half of tdsec; use the package `tdsec`."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, Optional, Union, final

import numpy
from numpy.typing import NDArray
from typing_extensions import CapsuleType, Self

from .errors import Error
from .timestamp import Timestamp

__all__ = [
    "Batch",
    "Batches",
    "Column",
    "Completions",
    "Config",
    "Connection",
    "Field",
    "MetricsServer",
    "Pool",
    "Reply",
    "Result",
    "Slice",
    "Source",
    "Subscription",
    "Task",
    "Token",
    "Tokens",
    "__version__",
    "bind",
    "callback_timeout",
    "connect",
    "connect_async",
    "error_codes",
    "event_names",
    "metrics",
    "options",
    "register_errors",
    "register_timestamp",
    "source_callback",
    "source_callback_async",
    "source_chain",
    "source_kinds",
    "source_of_kind",
    "source_of_text",
    "token_of",
]

__version__: Final[str]

_Row = tuple[Any, ...]
_Moment = Union[datetime, float, str, None]
_Kind = tuple[str, str, Optional[str], list[str], list[tuple[str, str, str, bool, str]]]
_Event = tuple[str, str, float, dict[str, Any], str]
_Tokens = list[tuple[str, str, str, bool, Optional[datetime], Optional[datetime], str]]
_Certificate = tuple[str, str, list[str], str, int, int, str, str, int, bool, str, str]

def bind(sql: str, parameters: Sequence[Any]) -> str: ...
def callback_timeout() -> float: ...
def connect(config: Config) -> Connection: ...
def connect_async(config: Config, completions: Completions, future: asyncio.Future[Any]) -> Task: ...
def error_codes() -> list[tuple[int, str, str, str, str, str]]: ...
def event_names() -> list[tuple[str, str, str, list[str]]]: ...
def metrics() -> str: ...
def options() -> list[tuple[str, str, str, bool, bool, str, list[str]]]: ...
def register_errors(classes: dict[int, type[Error]]) -> None: ...
def register_timestamp(class_: type[Timestamp]) -> None: ...
def source_of_kind(kind: str, options: dict[str, Any]) -> Source: ...
def source_callback(start: Callable[[Reply], object], timeout: Optional[float] = None) -> Source: ...
def source_callback_async(
    start: Callable[[Reply], asyncio.Task[None]], completions: Completions, timeout: Optional[float] = None
) -> Source: ...
def source_chain(sources: Sequence[Source]) -> Source: ...
def source_kinds() -> list[_Kind]: ...
def source_of_text(text: str) -> Source: ...
def token_of(mapping: dict[Any, Any]) -> Token: ...
@final
class Subscription:
    def __new__(cls, names: list[str], severity: Optional[str] = None, pool: Optional[str] = None) -> Self: ...
    def next(self, timeout: Optional[float] = None) -> Optional[_Event]: ...
    def next_in_thread(self) -> Optional[_Event]: ...
    def ready(self) -> Optional[_Event]: ...
    def arrived_async(
        self, completions: Completions, future: asyncio.Future[Any], timeout: Optional[float] = None
    ) -> Task: ...
    def close(self) -> None: ...

@final
class MetricsServer:
    def __new__(cls, address: str, danger_any_address: bool) -> Self: ...
    @property
    def address(self) -> str: ...
    def close(self) -> None: ...

@final
class Config:
    def __new__(cls, address: Optional[str], options: dict[str, Any]) -> Self: ...
    @property
    def warnings(self) -> list[str]: ...
    @property
    def address(self) -> str: ...

@final
class Connection:
    def query(self, sql: str, timeout: Optional[float] = None, req_id: Optional[int] = None) -> Result: ...
    def query_async(
        self,
        completions: Completions,
        future: asyncio.Future[Any],
        sql: str,
        timeout: Optional[float] = None,
        req_id: Optional[int] = None,
    ) -> Task: ...
    def current_database(self) -> Optional[str]: ...
    def current_database_async(self, completions: Completions, future: asyncio.Future[Any]) -> Task: ...
    def status(self) -> tuple[int, str]: ...
    def status_async(self, completions: Completions, future: asyncio.Future[Any]) -> Task: ...
    def close(self) -> None: ...
    def close_async(self, completions: Completions, future: asyncio.Future[Any]) -> Task: ...
    def cancel(self) -> None: ...
    @property
    def tokens(self) -> Tokens: ...
    @property
    def server_version(self) -> str: ...
    @property
    def tls(self) -> Optional[tuple[str, str, bool, str, list[_Certificate], list[_Certificate]]]: ...
    @property
    def closed(self) -> bool: ...
    @property
    def address(self) -> str: ...

@final
class Pool:
    def __new__(cls, config: Config, source: Optional[Source] = None) -> Self: ...
    def acquire(self, timeout: Optional[float] = None) -> Connection: ...
    def acquire_async(
        self, completions: Completions, future: asyncio.Future[Any], timeout: Optional[float] = None
    ) -> Task: ...
    def ready(self, timeout: Optional[float] = None) -> None: ...
    def ready_async(
        self, completions: Completions, future: asyncio.Future[Any], timeout: Optional[float] = None
    ) -> Task: ...
    def query(
        self, sql: str, timeout: Optional[float] = None, req_id: Optional[int] = None, idempotent: Optional[bool] = None
    ) -> Result: ...
    def query_async(
        self,
        completions: Completions,
        future: asyncio.Future[Any],
        sql: str,
        timeout: Optional[float] = None,
        req_id: Optional[int] = None,
        idempotent: Optional[bool] = None,
    ) -> Task: ...
    def close(self, timeout: Optional[float] = None) -> None: ...
    def close_async(self, completions: Completions, future: asyncio.Future[Any], timeout: Optional[float] = None) -> Task: ...
    def rotate(self) -> None: ...
    def revoke(self) -> None: ...
    def status(self) -> tuple[int, int, int, int, int, int, int]: ...
    @property
    def token_seconds_left(self) -> Optional[float]: ...
    @property
    def name(self) -> str: ...
    @property
    def closed(self) -> bool: ...
    @property
    def address(self) -> str: ...

@final
class Source: ...

@final
class Token:
    """A token and what is known of its life: what a function that is a token source may return, and what Tokens.create returns.

    `token` is the token, a str. `expires_at`: when it ends, a datetime with a time zone, seconds since 1970 or a text as
    in "2026-01-31T12:00:00Z". `ttl`: how long it lives from its issue, seconds, a timedelta or a text as in "24h"; 0
    means without end. `issued_at`: when it was issued, as `expires_at` (default: when the function returned it). All but
    the token may be None, which means unknown: the option token_ttl says how long it is then taken to live. Raises
    SourceInvalidError for what is none of this.

    Its repr shows a fingerprint; `reveal()` is the only way to the token itself. The option bearer_token takes it as it is.
    """

    def __new__(
        cls,
        token: str,
        *,
        expires_at: _Moment = None,
        ttl: Union[float, timedelta, str, None] = None,
        issued_at: _Moment = None,
    ) -> Self: ...
    def reveal(self) -> str:
        """The token itself, a secret. Python cannot wipe the text; pass the object on instead where that is possible."""

    @property
    def fingerprint(self) -> str:
        """Twelve hexadecimal digits that stand for the token in logs, events and metrics."""

    @property
    def issued_at(self) -> Optional[datetime]:
        """When it was issued, a datetime in UTC; None if unknown. Of a new token by the clock of this machine."""

    @property
    def expires_at(self) -> Optional[datetime]:
        """When it ends, a datetime in UTC; None if never or unknown."""

@final
class Tokens:
    def create(
        self,
        name: str,
        user: str,
        enabled: bool,
        ttl_days: Optional[int] = None,
        provider: Optional[str] = None,
        extra_info: Optional[str] = None,
    ) -> Token: ...
    def create_async(
        self,
        completions: Completions,
        future: asyncio.Future[Any],
        name: str,
        user: str,
        enabled: bool,
        ttl_days: Optional[int] = None,
        provider: Optional[str] = None,
        extra_info: Optional[str] = None,
    ) -> Task: ...
    def list(self) -> _Tokens: ...
    def list_async(self, completions: Completions, future: asyncio.Future[Any]) -> Task: ...
    def set_enabled(self, name: str, enabled: bool) -> None: ...
    def set_enabled_async(
        self, completions: Completions, future: asyncio.Future[Any], name: str, enabled: bool
    ) -> Task: ...
    def set_ttl(self, name: str, days: int) -> None: ...
    def set_ttl_async(self, completions: Completions, future: asyncio.Future[Any], name: str, days: int) -> Task: ...
    def drop(self, name: str) -> None: ...
    def drop_async(self, completions: Completions, future: asyncio.Future[Any], name: str) -> Task: ...

@final
class Reply:
    def give(self, token: Token) -> None: ...
    def fail(self, sentence: str, is_invalid: bool) -> None: ...

@final
class Result:
    @property
    def columns(self) -> list[Field]: ...
    @property
    def precision(self) -> str: ...
    @property
    def is_update(self) -> bool: ...
    @property
    def affected_rows(self) -> int: ...
    def __iter__(self) -> Self: ...
    def __next__(self) -> _Row: ...
    def some_rows(self, size: int) -> list[_Row]: ...
    def all_rows(self) -> list[_Row]: ...
    def ready_rows(self) -> Optional[Slice]: ...
    def ready_row(self) -> Optional[_Row]: ...
    def fill_rows_async(self, completions: Completions, future: asyncio.Future[Any]) -> Task: ...
    def next_batch(self) -> Optional[Batch]: ...
    def ready_batch(self) -> Optional[Batch]: ...
    def fill_batch_async(self, completions: Completions, future: asyncio.Future[Any]) -> Task: ...
    def collect(self) -> Batches: ...
    def collect_async(self, completions: Completions, future: asyncio.Future[Any]) -> Task: ...
    def __arrow_c_stream__(self, requested_schema: Optional[object] = None) -> CapsuleType: ...
    def close(self) -> None: ...

@final
class Slice:
    def __iter__(self) -> Self: ...
    def __next__(self) -> _Row: ...

@final
class Batches:
    def __arrow_c_stream__(self, requested_schema: Optional[object] = None) -> CapsuleType: ...

@final
class Batch:
    """Some rows of a result as columns; keeps the received bytes.

    `batch[0]` and `batch["ts"]` are columns; of several with the same name the first.
    """

    def __len__(self) -> int: ...
    @property
    def columns(self) -> list[Column]:
        """All columns in their order."""

    def __getitem__(self, key: Union[int, str], /) -> Column: ...
    def rows(self) -> list[_Row]:
        """The rows as a list of tuples."""

    @property
    def precision(self) -> str:
        """Unit of all timestamps: "ms", "us" or "ns"."""

    def __arrow_c_array__(self, requested_schema: Optional[object] = None) -> tuple[CapsuleType, CapsuleType]:
        """Arrow's C array interface: schema and array, decoded."""

@final
class Column:
    """One column of a batch."""

    def __len__(self) -> int: ...
    @property
    def field(self) -> Field:
        """Description of the column."""

    @property
    def name(self) -> str:
        """Name of the column."""

    @property
    def type(self) -> str:
        """TDengine's name of the type."""

    @property
    def null_count(self) -> int:
        """Number of NULLs."""

    @property
    def null_mask(self) -> NDArray[numpy.bool]:
        """NumPy array of booleans, true where the value is NULL."""

    def to_numpy(self) -> NDArray[Any]:
        """The values as a NumPy array.

        Numbers, booleans and timestamps (`datetime64`, UTC) are a read-only view of the received bytes, without a
        copy; what stands where `null_mask` is true means nothing. Texts, bytes and decimals become an array of
        Python objects with None for NULL.
        """

    def to_list(self) -> list[Any]:
        """The values as a list, None for NULL: the same objects as in rows."""

    @property
    def __array_interface__(self) -> dict[str, Any]:
        """NumPy's array interface, version 3; only where `to_numpy` needs no copy."""

@final
class Field:
    """Description of one column."""

    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    @property
    def name(self) -> str:
        """Name of the column; names of one result may repeat."""

    @property
    def type(self) -> str:
        """TDengine's name of the type, such as "TINYINT UNSIGNED"."""

    @property
    def length(self) -> int:
        """Declared length as the server reports it: bytes, for NCHAR characters."""

    @property
    def precision(self) -> int:
        """Digits of a decimal, else 0."""

    @property
    def scale(self) -> int:
        """Digits of a decimal after the point, else 0."""

@final
class Completions:
    def __new__(cls) -> Self: ...
    def fileno(self) -> int: ...
    def deliver(self) -> None: ...

@final
class Task:
    def abort(self) -> None: ...

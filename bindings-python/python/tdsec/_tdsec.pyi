"""The native half of tdsec; use the package `tdsec`."""

import asyncio
from collections.abc import Iterator, Sequence
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
    "Result",
    "Slice",
    "Task",
    "__version__",
    "bind",
    "connect",
    "connect_async",
    "error_codes",
    "options",
    "register_errors",
    "register_timestamp",
]

__version__: Final[str]

_Row = tuple[Any, ...]
_Certificate = tuple[str, str, list[str], str, int, int, str, str, int, bool, str, str]

def bind(sql: str, parameters: Sequence[Any]) -> str: ...
def connect(config: Config) -> Connection: ...
def connect_async(config: Config, completions: Completions, future: asyncio.Future[Any]) -> Task: ...
def error_codes() -> list[tuple[int, str, str, str, str, str]]: ...
def options() -> list[tuple[str, str, str, bool, bool, str, list[str]]]: ...
def register_errors(classes: dict[int, type[Error]]) -> None: ...
def register_timestamp(class_: type[Timestamp]) -> None: ...
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
    def server_version(self) -> str: ...
    @property
    def tls(self) -> Optional[tuple[str, str, bool, str, list[_Certificate], list[_Certificate]]]: ...
    @property
    def closed(self) -> bool: ...
    @property
    def address(self) -> str: ...

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

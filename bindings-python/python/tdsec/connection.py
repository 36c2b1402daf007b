"""A connection whose methods wait."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Optional

from . import _tdsec, errors
from .closing import Closing
from .cursor import Cursor
from .observe import begin_logging
from .options import documentation
from .result import Result
from .summary import ServerStatus, TlsSummary
from .tokens import Tokens

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from .options import ConnectOptions


def configure(url: Optional[str], options: dict[str, Any]) -> _tdsec.Config:
    """The checked configuration; what weakens it is warned about, where ``connect`` was called."""
    config = _tdsec.Config(url, options)
    begin_logging()
    for text in config.warnings:
        warnings.warn(text, errors.SecurityWarning, stacklevel=3)
    return config


def connect(url: Optional[str] = None, /, **options: Unpack[ConnectOptions]) -> Connection:
    return Connection(_tdsec.connect(configure(url, dict(options))))


connect.__doc__ = f"""Connects to TDengine and logs in, within ``connect_timeout``.

    ``url`` is an address in the spelling of any TDengine connector, for example ``wss://host:6041/db``; ``wss``
    verifies the server's certificate chain, name and validity. Any option may be given as a keyword argument under any
    of its names, None means "not given".

    Raises tdsec.Error: InterfaceError for what is wrong with the options, OperationalError for network, TLS and
    credentials. A refused credential is never tried again. Emits SecurityWarning for what weakens security.

{documentation()}
"""


class ConnectionState:
    """What can be said of a connection without asking the server; shared with asyncio's connection."""

    Warning = errors.Warning
    Error = errors.Error
    InterfaceError = errors.InterfaceError
    DatabaseError = errors.DatabaseError
    DataError = errors.DataError
    OperationalError = errors.OperationalError
    IntegrityError = errors.IntegrityError
    InternalError = errors.InternalError
    ProgrammingError = errors.ProgrammingError
    NotSupportedError = errors.NotSupportedError

    def __init__(self, native: _tdsec.Connection) -> None:
        self._native = native

    @property
    def server_version(self) -> str:
        """Version of the server, as it says: "3.4.1.13"."""
        return self._native.server_version

    @property
    def tls(self) -> Optional[TlsSummary]:
        """What TLS negotiated; None on a plain connection."""
        summary = self._native.tls
        return None if summary is None else TlsSummary._of(summary)

    @property
    def closed(self) -> bool:
        """True once the connection is closed or lost."""
        return self._native.closed

    def _check_open(self) -> None:
        if self._native.closed:
            raise errors.ClosedError.because("the connection is closed")

    def _bound(self, sql: str, parameters: Optional[Sequence[Any]]) -> str:
        return sql if parameters is None else _tdsec.bind(sql, parameters)

    def __repr__(self) -> str:
        state = "closed" if self.closed else "open"
        return f"<tdsec.{type(self).__name__} {self._native.address} {state}>"


class Connection(ConnectionState, Closing):
    """A logged-in connection: one WebSocket, any number of statements at the same time. Made by ``tdsec.connect``.

    May be used from several threads at once. The interpreter lock is free while a method waits, and Ctrl-C ends the
    wait within 200 ms (HOST-1). After ``os.fork`` the child gets ForkedError from it and opens a new one (HOST-3).
    Statements in flight together run concurrently on the server. Nothing is ever sent twice (NET-2).
    """

    def query(
        self,
        sql: str,
        parameters: Optional[Sequence[Any]] = None,
        *,
        timeout: Optional[float] = None,
        req_id: Optional[int] = None,
    ) -> Result:
        """Runs a statement.

        ``parameters`` take the place of ``?``, as in ``Cursor.execute``. ``timeout``: seconds the server may take for
        the statement, and then for each block of its rows (default: the option request_timeout, 300 s). ``req_id``:
        the id under which the server logs it (default: a fresh one).
        """
        return Result(self._native.query(self._bound(sql, parameters), timeout, req_id))

    def execute(
        self,
        sql: str,
        parameters: Optional[Sequence[Any]] = None,
        *,
        timeout: Optional[float] = None,
        req_id: Optional[int] = None,
    ) -> int:
        """Runs a statement without rows; the number of rows it changed. Rows, if there are any, are thrown away."""
        with self.query(sql, parameters, timeout=timeout, req_id=req_id) as result:
            return result.affected_rows

    def cursor(self) -> Cursor:
        """A new cursor on this connection."""
        self._check_open()
        return Cursor(self)

    def commit(self) -> None:
        """Of PEP 249; does nothing, every statement is committed by itself."""
        self._check_open()

    def rollback(self) -> None:
        """Of PEP 249; raises NotSupportedError, TDengine has no transactions."""
        self._check_open()
        raise errors.NotSupportedError.because("TDengine has no transactions to roll back")

    @property
    def tokens(self) -> Tokens:
        """Tokens made and taken back by SQL."""
        return Tokens(self._native.tokens)

    def current_database(self) -> Optional[str]:
        """The session's database, as USE left it; asks the server."""
        return self._native.current_database()

    def status(self) -> ServerStatus:
        """Whether the service behind the gateway answers: a round trip without a statement."""
        return ServerStatus(*self._native.status())

    def cancel(self) -> None:
        """Ends every call that waits on this connection, in other threads: they raise CancelledError.

        The connection stays usable. Whether the server runs the statements to their end is its own matter.
        """
        self._native.cancel()

    def close(self) -> None:
        """Closes the connection; statements in flight raise ClosedError. Idempotent."""
        self._native.close()

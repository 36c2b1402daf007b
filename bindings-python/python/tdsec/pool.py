"""A pool whose methods wait."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Optional

from . import _tdsec
from .callback import NOT_GIVEN, native_source, with_source
from .closing import Closing
from .connection import Connection, configure
from .options import documentation
from .result import Result

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from .callback import TokenSource
    from .options import ConnectOptions


@dataclass(frozen=True)
class PoolStatus:
    """What a pool has at one moment."""

    idle: int
    """Connections at rest."""
    in_use: int
    """Connections lent."""
    opening: int
    """Connections being opened."""
    stale: int
    """Connections of an earlier token or past their lifetime that are still to be replaced."""
    waiting: int
    """Callers that wait for a connection."""
    max_size: int
    """Most connections."""
    generation: int
    """The credential in use, or the last one that was while another is awaited: each that is tried takes a number, from 1 on; 0 before
    the first."""


class PoolState:
    """What can be said and asked of a pool without waiting; shared with asyncio's pool."""

    _native: _tdsec.Pool

    @property
    def name(self) -> str:
        """Name in events and metrics: the option pool_name, or "pool-1", "pool-2", …."""
        return self._native.name

    @property
    def closed(self) -> bool:
        """True after ``close``."""
        return self._native.closed

    @property
    def token_seconds_left(self) -> Optional[float]:
        """Seconds that the token in use still lives; None without a token source, before the first token, and while none is in use
        because it was refused or revoked."""
        return self._native.token_seconds_left

    def status(self) -> PoolStatus:
        """What there is at the moment. Does not wait."""
        return PoolStatus(*self._native.status())

    def rotate(self) -> None:
        """Asks the source for the next token now, instead of when it is due. Does not wait; events tell what follows.

        Without a token source nothing happens.
        """
        self._native.rotate()

    def revoke(self) -> None:
        """The token in use, the newest one, has leaked: takes every connection off it within seconds (OPS-6). Does not wait.

        The pool goes back to the token before while the grace period of that lasts, else it waits for another one of the source.
        Statements still running after three seconds raise TokenRevokedError. The server still takes the token: drop it there too.
        Without a token source nothing happens: close the pool and make another one.
        """
        self._native.revoke()

    def __repr__(self) -> str:
        status = self.status()
        state = "closed" if self.closed else f"{status.idle} idle, {status.in_use} in use of {status.max_size}"
        return f"<tdsec.{type(self).__name__} {self.name} {self._native.address} {state}>"


class Pool(PoolState, Closing):
    # The documentation is below: it lists the core's options.

    def __init__(
        self,
        url: Optional[str] = None,
        /,
        *,
        token_source: Optional[TokenSource] = NOT_GIVEN,
        **options: Unpack[ConnectOptions],
    ) -> None:
        """Makes a pool and begins to fill it; see Pool."""
        config = configure(url, with_source(options, token_source))
        self._native = _tdsec.Pool(config, native_source(token_source))

    def acquire(self, timeout: Optional[float] = None) -> Connection:
        """Lends a connection; closing it, or dropping it and its results, gives it back: ``with pool.acquire() as connection``.

        It behaves as one opened directly; USE of one caller is not seen by the next. ``timeout``: seconds to wait for one (default:
        the option acquire_timeout, 30 s; 0: not at all). Callers are served in their order.

        Raises AcquireTimeoutError if all stayed in use; what is wrong with server, certificate, source or token if none can be
        opened; ClosedError, ForkedError. Ctrl-C ends the wait within 200 ms.
        """
        return Connection(self._native.acquire(timeout))

    def query(
        self,
        sql: str,
        parameters: Optional[Sequence[Any]] = None,
        *,
        timeout: Optional[float] = None,
        req_id: Optional[int] = None,
        idempotent: bool = False,
    ) -> Result:
        """Runs one statement on some connection, which is given back when its rows have been read or the result is closed.

        If the connection breaks, a statement that only reads, or was never sent, is run again on another one; any other raises an
        error that says that it may have run (NET-2). ``idempotent``: running it twice is as good as once, so it is run again too.
        Once rows have come nothing is repeated. The other arguments are those of Connection.query; ``timeout`` does not cover the wait
        for a connection, which the option acquire_timeout limits.

        Raises what ``acquire`` and Connection.query raise.
        """
        sql = sql if parameters is None else _tdsec.bind(sql, parameters)
        return Result(self._native.query(sql, timeout, req_id, idempotent))

    def execute(
        self,
        sql: str,
        parameters: Optional[Sequence[Any]] = None,
        *,
        timeout: Optional[float] = None,
        req_id: Optional[int] = None,
        idempotent: bool = False,
    ) -> int:
        """Runs a statement without rows; the number of rows it changed. Rows, if there are any, are thrown away."""
        with self.query(sql, parameters, timeout=timeout, req_id=req_id, idempotent=idempotent) as result:
            return result.affected_rows

    def ready(self, timeout: Optional[float] = None) -> None:
        """Waits until a connection is there, for programs that want to know at their start.

        ``timeout``: seconds to wait for one (default: the option acquire_timeout, 30 s; 0: not at all). Raises what ``acquire`` raises.
        """
        self._native.ready(timeout)

    def close(self, timeout: Optional[float] = None) -> None:
        """Closes what is at rest at once and what is lent when it comes back (OPS-5). Idempotent.

        Returns when everything has ended, within ``timeout`` seconds (default: 5); what is still lent then is cut: its statements raise
        ClosedError.
        """
        self._native.close(timeout)


Pool.__doc__ = f"""Connections of one application or tenant that are there when they are wanted, whose token rotates by itself.

    ::

        pool = tdsec.Pool("wss://host:6041/db", token_source=tdsec.sources.File("/run/secrets/token"))
        with pool.acquire() as connection:
            ...

    Making it waits for nothing: it is filled in the background, and a server that is away is no error here. ``url`` and the options
    are those of ``connect``; the options that begin with "Pool:" below have an effect here only. ``token_source``: where tokens come
    from, made by ``tdsec.sources``; a text as in "file:/run/secrets/token"; or a function that returns a token (default: none, the
    token or password of the options is used for ever). Not beside a token or password in the options. None, as of a variable that is
    not set, is no login with the default password: without another credential it raises InvalidArgumentError.

    With a source, forget about tokens: the pool fetches the next one before the present one ends, tries it on a few connections,
    lets new ones use it, replaces the others while they are idle, and goes back by itself if it fails.

    May be used from several threads at once; the interpreter lock is free while a method waits. A pool that is forgotten is closed;
    connections that are lent stay usable. After ``os.fork`` the child gets ForkedError from it and makes its own (HOST-3).

    Raises tdsec.Error for what is wrong with the options. Emits SecurityWarning for what weakens security.

{documentation()}
"""

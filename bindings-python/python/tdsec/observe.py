"""What the library tells its operator: events, log records, metrics (OPS-1).

::

    with tdsec.subscribe(names=["rotation.*", "certificate.expiring"]) as events:
        for event in events:
            print(event.time, event.name, event.fields)

Every event is a record of ``logging`` too, from ``tdsec`` and its children by the first part of the name: ``connection.failed``
comes from ``tdsec.connection``. As with every library nothing is printed until the program configures logging. Records carry
``event`` (the name) and ``fields``. They come from a thread of their own that begins with the first connection, holds up
nobody and ends with the interpreter.

No event holds a token: fingerprints stand for them.
"""

from __future__ import annotations

import atexit
import logging
import os
import threading
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from types import MappingProxyType
from typing import Any, Optional, Union, overload

from . import _tdsec, errors
from .closing import Closing

METRICS_CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
"""Media type of what ``metrics()`` gives."""

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
#: How long the end of the interpreter waits for the log.
_PATIENCE = 2.0
_LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}

_logger = logging.getLogger("tdsec")
_logger.addHandler(logging.NullHandler())


@dataclass(frozen=True)
class Event:
    """One thing that happened. ``str(event)`` is one log line."""

    name: str
    """Stable name, such as "rotation.promoted"; docs/events.md lists them."""
    severity: str
    """One of "debug", "info", "warning", "error"."""
    time: datetime
    """When it happened, UTC."""
    fields: Mapping[str, Union[str, int, float, bool]]
    """What is known of it, by the names of docs/events.md."""
    text: str
    """Everything in one line, for a log."""

    @classmethod
    def _of(cls, row: Any) -> Event:
        name, severity, seconds, fields, text = row
        return cls(name, severity, _EPOCH + timedelta(seconds=seconds), MappingProxyType(fields), text)

    def __str__(self) -> str:
        return self.text


class Subscription(Closing):
    """Events from the moment it was made, at most 1024 of them: an iterator and a context manager. Made by ``subscribe``.

    Several threads may read it; each event goes to one of them. A reader that is too slow gets the event "events.lost" with
    the number of those thrown away. After ``os.fork`` the child gets ForkedError from it and subscribes anew.
    """

    def __init__(self, native: _tdsec.Subscription) -> None:
        self._native = native
        _subscriptions.add(self)

    def next(self, timeout: Optional[float] = None) -> Optional[Event]:
        """The next event; None if there was none within ``timeout`` seconds. ClosedError once closed and read to its end."""
        row = self._native.next(timeout)
        return None if row is None else Event._of(row)

    def __iter__(self) -> Iterator[Event]:
        return self

    def __next__(self) -> Event:
        try:
            row = self._native.next()
        except errors.ClosedError:
            raise StopIteration from None
        assert row is not None
        return Event._of(row)

    def close(self) -> None:
        """No more events; what has arrived can still be read. Ends every wait. Idempotent."""
        self._native.close()


class Listener(Closing):
    """Calls a function with every event, in a thread of its own, until it is closed. Made by ``subscribe(callback)``.

    An exception of the function is logged, and the next event comes all the same.
    """

    def __init__(self, native: _tdsec.Subscription, callback: Callable[[Event], object], name: str) -> None:
        self._native = native
        self._callback = callback
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()
        _listeners.add(self)

    def _run(self) -> None:
        while True:
            try:
                row = self._native.next_in_thread()
            except errors.Error:
                return
            if row is not None:
                try:
                    self._callback(Event._of(row))
                except Exception:
                    _logger.exception("a callback for events failed")

    def close(self) -> None:
        """Waits until the function has been called with all that happened before, then it is not called again. Idempotent."""
        self._close(None)

    def _close(self, patience: Optional[float]) -> None:
        self._native.close()
        _listeners.discard(self)
        if self._thread is not threading.current_thread():
            self._thread.join(patience)


#: Ended with the interpreter.
_listeners: set[Listener] = set()
_subscriptions: weakref.WeakSet[Subscription] = weakref.WeakSet()


@overload
def subscribe(
    callback: None = None,
    *,
    names: Iterable[str] = (),
    severity: Optional[str] = None,
    pool: Optional[str] = None,
) -> Subscription: ...
@overload
def subscribe(
    callback: Callable[[Event], object],
    *,
    names: Iterable[str] = (),
    severity: Optional[str] = None,
    pool: Optional[str] = None,
) -> Listener: ...
def subscribe(
    callback: Optional[Callable[[Event], object]] = None,
    *,
    names: Iterable[str] = (),
    severity: Optional[str] = None,
    pool: Optional[str] = None,
) -> Union[Subscription, Listener]:
    """Events from now on: to iterate over, or given to ``callback`` in a thread of their own.

    ``names``: events, or groups of them such as "rotation.*" (default: all). ``severity``: the least, "debug", "info",
    "warning" or "error". ``pool``: only those of the pool of this name. Raises InvalidArgumentError for a name that no event
    has.
    """
    if callback is not None and not callable(callback):
        raise errors.InvalidArgumentError.because(f"callback is not a function, but a value of type {type(callback).__name__}")
    native = _native_subscription(names, severity, pool)
    return Subscription(native) if callback is None else Listener(native, callback, "tdsec-events")


def _native_subscription(
    names: Iterable[str], severity: Optional[str], pool: Optional[str]
) -> _tdsec.Subscription:
    if isinstance(names, str) or not isinstance(names, Iterable):
        raise errors.InvalidArgumentError.because(f"names is a list of names, not a value of type {type(names).__name__}")
    return _tdsec.Subscription(list(names), severity, pool)


def metrics() -> str:
    """All metrics of the process in Prometheus' text format 0.0.4 (METRICS_CONTENT_TYPE).

    It may be appended to what ``prometheus_client.generate_latest()`` gives. docs/metrics.md lists them.
    """
    return _tdsec.metrics()


class MetricsServer(Closing):
    """Serves the metrics at ``/metrics`` until it is closed. Made by ``serve_metrics``; a context manager."""

    def __init__(self, native: _tdsec.MetricsServer) -> None:
        self._native = native

    @property
    def address(self) -> str:
        """Where it listens, "IP:port", with the port that was found."""
        return self._native.address

    def close(self) -> None:
        """Stops serving. Idempotent."""
        self._native.close()


def serve_metrics(address: str = "127.0.0.1:9464", *, danger_any_address: bool = False) -> MetricsServer:
    """Serves the metrics at ``http://ADDRESS/metrics``, in the library's threads; port 0 takes a free one.

    An address that is not loopback is refused unless ``danger_any_address``: there is neither encryption nor a password.
    Raises InvalidArgumentError, and ListenFailedError if the port is taken.
    """
    return MetricsServer(_tdsec.MetricsServer(address, danger_any_address))


_bridge: Optional[Listener] = None
_bridge_process = 0
_bridge_lock = threading.Lock()


def begin_logging() -> None:
    """Hands events to ``logging`` from now on, in this process. Called before every connect; all but the first do nothing."""
    global _bridge, _bridge_process
    if _bridge_process == os.getpid():
        return
    with _bridge_lock:
        if _bridge_process != os.getpid():
            _bridge = Listener(_tdsec.Subscription([]), _log, "tdsec-log")
            _bridge_process = os.getpid()


def _log(event: Event) -> None:
    group = event.name.partition(".")[0]
    logger, level = logging.getLogger(f"tdsec.{group}"), _LEVELS[event.severity]
    if not logger.isEnabledFor(level):
        return
    more = {"event": event.name, "fields": dict(event.fields)}
    record = logger.makeRecord(logger.name, level, __file__, 0, event.text, (), None, event.name, more)
    # When it happened, not when this thread came to it.
    record.created = event.time.timestamp()
    record.msecs = int(record.created % 1 * 1000)
    logger.handle(record)


@atexit.register
def _end() -> None:
    # A thread that is in native code when the interpreter ends must not come back into it.
    for subscription in list(_subscriptions):
        subscription.close()
    for listener in list(_listeners):
        listener._close(_PATIENCE)


def _forget() -> None:
    """In a forked child: the threads are the parent's, and the lock may have been held."""
    global _bridge, _bridge_lock
    _bridge, _bridge_lock = None, threading.Lock()
    _listeners.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)

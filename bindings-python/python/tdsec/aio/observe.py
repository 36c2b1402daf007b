"""Events for ``async for``."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Optional

from .. import _tdsec, errors
from ..closing import AsyncClosing
from ..observe import Event, _native_subscription
from .waiting import wait


def subscribe(
    *, names: Iterable[str] = (), severity: Optional[str] = None, pool: Optional[str] = None
) -> Subscription:
    """Events from now on, for ``async for``; see tdsec.subscribe."""
    return Subscription(_native_subscription(names, severity, pool))


class Subscription(AsyncClosing):
    """Events from the moment it was made: an async iterator and an async context manager; see tdsec.Subscription.

    A cancelled wait loses no event.
    """

    def __init__(self, native: _tdsec.Subscription) -> None:
        self._native = native

    def __aiter__(self) -> Subscription:
        return self

    async def __anext__(self) -> Event:
        try:
            while (row := self._native.ready()) is None:
                await wait(self._native.arrived_async)
        except errors.ClosedError:
            raise StopAsyncIteration from None
        return Event._of(row)

    async def next(self, timeout: Optional[float] = None) -> Optional[Event]:
        """The next event; None if there was none within ``timeout`` seconds. ClosedError once closed and read to its end."""
        loop = asyncio.get_running_loop()
        begun, patience = loop.time(), timeout
        while True:
            arrived = await wait(self._native.arrived_async, patience)
            # Another task may have been faster.
            event = self.ready()
            if event is not None or not arrived:
                return event
            if timeout is not None:
                patience = max(0.0, begun + timeout - loop.time())

    def ready(self) -> Optional[Event]:
        """The next event if it is there already, else None."""
        row = self._native.ready()
        return None if row is None else Event._of(row)

    def close(self) -> None:
        """No more events; what has arrived can still be read. Ends every wait. Idempotent."""
        self._native.close()

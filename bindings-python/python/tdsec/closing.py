"""What ``with`` and ``async with`` do with everything that can be closed."""

from __future__ import annotations

from collections.abc import Awaitable
from types import TracebackType
from typing import Optional, TypeVar

_C = TypeVar("_C", bound="Closing")
_A = TypeVar("_A", bound="AsyncClosing")


class Closing:
    """Closes itself at the end of a ``with`` block."""

    __slots__ = ()

    def close(self) -> None:
        """Ends its use. Idempotent."""
        raise NotImplementedError

    def __enter__(self: _C) -> _C:
        return self

    def __exit__(
        self,
        kind: Optional[type[BaseException]],
        error: Optional[BaseException],
        traceback: Optional[TracebackType],
    ) -> None:
        self.close()


class AsyncClosing:
    """Closes itself at the end of an ``async with`` block."""

    __slots__ = ()

    def close(self) -> Optional[Awaitable[None]]:
        """Ends its use. Idempotent."""
        raise NotImplementedError

    async def __aenter__(self: _A) -> _A:
        return self

    async def __aexit__(
        self,
        kind: Optional[type[BaseException]],
        error: Optional[BaseException],
        traceback: Optional[TracebackType],
    ) -> None:
        closing = self.close()
        if closing is not None:
            await closing

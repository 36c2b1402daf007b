"""Native work as futures of the running event loop."""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .. import _tdsec
from ..errors import InvalidArgumentError

if TYPE_CHECKING:
    from typing_extensions import Concatenate, ParamSpec

    from .._tdsec import Completions, Task

    _P = ParamSpec("_P")

_completions: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, Completions] = weakref.WeakKeyDictionary()


def completions_of(loop: asyncio.AbstractEventLoop) -> Completions:
    completions = _completions.get(loop)
    if completions is None:
        completions = _tdsec.Completions()
        loop.add_reader(completions.fileno(), completions.deliver)
        _completions[loop] = completions
    return completions


def running_completions() -> Completions:
    try:
        return completions_of(asyncio.get_running_loop())
    except RuntimeError:
        text = "a coroutine function is a token source only of a pool that is made while its event loop runs"
        raise InvalidArgumentError.because(text) from None


async def wait(
    start: Callable[Concatenate[Completions, asyncio.Future[Any], _P], Task], *args: _P.args, **kwargs: _P.kwargs
) -> Any:
    """Starts native work and awaits it; cancelling drops the work."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[Any] = loop.create_future()
    task = start(completions_of(loop), future, *args, **kwargs)
    try:
        return await future
    except asyncio.CancelledError:
        task.abort()
        raise
    finally:
        # Cancelled at the last moment it may hold a connection, which the traceback of the error must not keep from its pool.
        del future


async def finish(
    start: Callable[Concatenate[Completions, asyncio.Future[Any], _P], Task], *args: _P.args, **kwargs: _P.kwargs
) -> Any:
    """The same for work that goes on to its end when the waiting is cancelled."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[Any] = loop.create_future()
    start(completions_of(loop), future, *args, **kwargs)
    return await future

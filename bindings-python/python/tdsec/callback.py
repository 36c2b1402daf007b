"""Token sources: what they have in common, the program's own functions, chains."""

from __future__ import annotations

import _thread
import asyncio
import concurrent.futures
import functools
import inspect
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Optional, Union

from . import _tdsec, errors
from ._tdsec import Token

Given = Union[str, Token, "Mapping[str, Any]"]
"""What a function that is a token source returns."""
NOT_GIVEN: Any = type("NotGiven", (), {"__repr__": lambda self: "<not given>"})()
"""Default of the argument token_source, where None is a credential that is missing."""
TokenSource = Union["Source", str, Callable[[], Given], Callable[[], Awaitable[Given]]]
"""What the argument token_source takes: a source, the text of one as in "env:TDENGINE_TOKEN", or a function."""


class Source:
    """Where tokens come from; made by the classes of this module."""

    __slots__ = ("_native",)

    kind: str
    """Name of the kind, as in docs/sources.md."""

    def __init__(self, native: _tdsec.Source) -> None:
        self._native = native

    def _bind(self, completions: Optional[Callable[[], _tdsec.Completions]]) -> _tdsec.Source:
        """For a pool; coroutine functions are run by the loop of these completions."""
        return self._native

    def __repr__(self) -> str:
        return f"<tdsec.sources.{type(self).__name__}>"


class Callback(Source):
    """Tokens of the program itself: a function, or a coroutine function.

    It is called whenever a token is wanted, one call at a time, and returns a str, a tdsec.Token or a mapping with the key "token" and
    perhaps "expires_at", "ttl" and "issued_at" (as tdsec.Token takes them; "expiresAt" is understood too), and "revoked": a str with the
    fingerprints of earlier tokens that leaked, by comma or blank, which pools leave at once. Any other key that speaks
    of a time, such as "expires_in", is refused with SourceInvalidError, other keys are passed over. A function runs in a thread of its own, where it may wait.
    A coroutine function runs on the event loop in which an asyncio pool was made; in a blocking pool on a loop of its own. So does
    an awaitable that a function returns, as ``lambda: client.token()`` may.

    ``timeout``: seconds after which a call is given up (default: {timeout:g}; a pool waits for a minute at most). A
    function goes on then, also an awaitable that it returned, and its answer is the next one; a coroutine of a coroutine function is
    cancelled. What it raises becomes SourceUnavailableError with class and message, from which what may be a token is taken out; a value that is no token becomes SourceInvalidError. The pool
    keeps the last good token and asks again.
    """

    __slots__ = ("_function", "_timeout")

    kind = "callback"

    def __init__(
        self,
        function: Union[Callable[[], Given], Callable[[], Awaitable[Given]]],
        /,
        *,
        timeout: Optional[float] = None,
    ) -> None:
        if not callable(function):
            raise errors.InvalidArgumentError.because(f"function is not a function that returns a token, but a value of type {type(function).__name__}")
        self._function, self._timeout = function, timeout
        # Judges the timeout.
        super().__init__(_tdsec.source_callback(functools.partial(_begin, function, _run), timeout))

    def _bind(self, completions: Optional[Callable[[], _tdsec.Completions]]) -> _tdsec.Source:
        if completions is None:
            return self._native
        if _is_coroutine_function(self._function):
            begin_awaiting = functools.partial(_begin_awaiting, self._function)
            return _tdsec.source_callback_async(begin_awaiting, completions(), self._timeout)
        begin = functools.partial(_begin, self._function, functools.partial(_run_on, _running_loop()))
        return _tdsec.source_callback(begin, self._timeout)


Callback.__doc__ = (Callback.__doc__ or "").format(timeout=_tdsec.callback_timeout())


class Chain(Source):
    """Several sources: each is asked in turn, the first one that gives a token counts.

    A change of any of them is a change. Raises InvalidArgumentError for none.
    """

    __slots__ = ("_sources",)

    kind = "chain"

    def __init__(self, *sources: TokenSource) -> None:
        self._sources = tuple(_source(source, "sources") for source in sources)
        super().__init__(_tdsec.source_chain([source._native for source in self._sources]))

    def _bind(self, completions: Optional[Callable[[], _tdsec.Completions]]) -> _tdsec.Source:
        return _tdsec.source_chain([source._bind(completions) for source in self._sources])


def _source(given: TokenSource, argument: str) -> Source:
    if isinstance(given, Source):
        return given
    if isinstance(given, str):
        return Source(_tdsec.source_of_text(given))
    if callable(given):
        return Callback(given)
    raise errors.InvalidArgumentError.because(
        f"{argument}: a token source is made by tdsec.sources, or is a text or a function, not a value of type {type(given).__name__}"
    )


def with_source(options: Mapping[str, Any], given: Optional[TokenSource]) -> dict[str, Any]:
    """The options of a pool; with a source that was named and is not there, of which the core says what it means."""
    return {**options, "token_source": None} if given is None else dict(options)


def native_source(
    given: Optional[TokenSource], completions: Optional[Callable[[], _tdsec.Completions]] = None
) -> Optional[_tdsec.Source]:
    """The argument token_source as a pool needs it; coroutine functions are run by the loop of these completions."""
    return None if given is None or given is NOT_GIVEN else _source(given, "token_source")._bind(completions)


def _is_coroutine_function(function: Callable[[], Any]) -> bool:
    return inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(getattr(function, "__call__", None))


def _running_loop() -> Optional[asyncio.AbstractEventLoop]:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


async def _awaited(given: Awaitable[Any]) -> Any:
    return await given


def _run(given: Awaitable[Any]) -> Any:
    """Awaits it on a loop of its own."""
    return asyncio.run(_awaited(given))


def _run_on(loop: Optional[asyncio.AbstractEventLoop], given: Awaitable[Any]) -> Any:
    """Awaits it on this loop, from another thread."""
    waiting = _awaited(given)
    try:
        if loop is None:
            text = "it gave an awaitable, and no event loop ran where the pool was made"
            raise errors.SourceInvalidError.because(text)
        future = asyncio.run_coroutine_threadsafe(waiting, loop)
    except Exception:
        for unused in (waiting, given):
            if inspect.iscoroutine(unused):
                unused.close()
        raise
    while True:
        done, _ = concurrent.futures.wait([future], timeout=1)
        if done:
            return future.result()
        if loop.is_closed():
            raise RuntimeError("the event loop has ended")


def _begin(function: Callable[[], Any], run: Callable[[Awaitable[Any]], Any], reply: _tdsec.Reply) -> None:
    # Not threading.Thread: this thread need not be waited for, neither at its start nor at the end of the program.
    _thread.start_new_thread(_answer, (function, run, reply))


def _answer(function: Callable[[], Any], run: Callable[[Awaitable[Any]], Any], reply: _tdsec.Reply) -> None:
    try:
        given = function()
        reply.give(_token(run(given) if inspect.isawaitable(given) else given))
    except BaseException as error:  # noqa: BLE001 - told to whoever asked for the token
        _fail(reply, error)


def _begin_awaiting(function: Callable[[], Any], reply: _tdsec.Reply) -> asyncio.Task[None]:
    return asyncio.get_running_loop().create_task(_answer_awaiting(function, reply))


async def _answer_awaiting(function: Callable[[], Any], reply: _tdsec.Reply) -> None:
    try:
        reply.give(_token(await function()))
    except BaseException as error:
        _fail(reply, error)
        if not isinstance(error, Exception):
            raise


def _fail(reply: _tdsec.Reply, error: BaseException) -> None:
    if isinstance(error, errors.SourceInvalidError):
        reply.fail(f"the callback: {error.message}", True)
        return
    try:
        text = str(error)
    except Exception:  # noqa: BLE001 - an exception that cannot be shown
        text = ""
    reply.fail(f"the callback raised {type(error).__name__}{': ' if text else ''}{text}", False)


def _token(given: Any) -> Token:
    if isinstance(given, Token):
        return given
    if isinstance(given, str):
        return Token(given)
    if isinstance(given, Mapping):
        return _tdsec.token_of(dict(given))
    if inspect.iscoroutine(given):
        given.close()
    raise errors.SourceInvalidError.because(f"it gave a {type(given).__name__}, no str, tdsec.Token or mapping")

"""The driver of the conformance suite for Python: steps as JSON lines in, answers as JSON lines out, through the public
API of the package. Adds no behaviour of its own.

``driver.py`` speaks for the blocking module, ``driver.py --asyncio`` for ``tdsec.aio``.
"""

from __future__ import annotations

import asyncio
import json
import logging
import sys
from collections.abc import AsyncIterator, Iterator
from typing import Any, Optional

from answers import Misuse, Unsupported, error_answer, misuse_answer
from awaiting import Awaiting
from blocking import Blocking
from forking import ChildFailed

import tdsec


def main() -> None:
    # Whatever is logged, at any level, goes to stderr, where the leak test reads it.
    logging.basicConfig(level=logging.NOTSET, stream=sys.stderr)
    if "--asyncio" in sys.argv[1:]:
        asyncio.run(serve_awaiting())
    else:
        serve_blocking()


def serve_blocking() -> None:
    steps = Blocking()
    for step in steps_in(iter(sys.stdin.buffer.readline, b"")):
        outcome = refusal(step, steps)
        if outcome is None:
            try:
                outcome = {"ok": getattr(steps, step["op"])(step)}
            except Exception as error:  # noqa: BLE001 - every failure is an answer
                outcome = shown(error)
        put(step, outcome)


async def serve_awaiting() -> None:
    steps = Awaiting()
    async for line in lines_awaited():
        for step in steps_in(iter([line])):
            outcome = refusal(step, steps)
            if outcome is None:
                try:
                    outcome = {"ok": await getattr(steps, step["op"])(step)}
                except Exception as error:  # noqa: BLE001 - every failure is an answer
                    outcome = shown(error)
            put(step, outcome)


async def lines_awaited() -> AsyncIterator[bytes]:
    """The lines of stdin while the event loop goes on with its tasks; ends at `quit`."""
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.buffer.readline):
        yield line
        if is_quit(line):
            return


def steps_in(lines: Iterator[bytes]) -> Iterator[dict[str, Any]]:
    """The steps up to `quit`; what is no JSON is answered at once."""
    for line in lines:
        if not line.strip():
            continue
        if is_quit(line):
            return
        try:
            step = json.loads(line)
        except ValueError as error:
            put({"id": None}, misuse_answer(f"the step is no JSON: {error}"))
        else:
            yield step


def is_quit(line: bytes) -> bool:
    return b'"quit"' in line and json.loads(line).get("op") == "quit"


def refusal(step: dict[str, Any], steps: object) -> Optional[dict[str, Any]]:
    """The answer to a step that nobody knows."""
    op = step.get("op")
    known = isinstance(op, str) and not op.startswith("_") and callable(getattr(steps, op, None))
    return None if known else misuse_answer(f"unknown op {op}")


def shown(error: Exception) -> dict[str, Any]:
    if isinstance(error, Unsupported):
        return {"unsupported": str(error)}
    if isinstance(error, ChildFailed):
        return {"error": error.error}
    if isinstance(error, tdsec.Error):
        return error_answer(error)
    if isinstance(error, Misuse):
        return misuse_answer(str(error))
    if isinstance(error, KeyError):
        return misuse_answer(f"the step has no {error}")
    return misuse_answer(f"{type(error).__name__}: {error}")


def put(step: dict[str, Any], outcome: dict[str, Any]) -> None:
    # ASCII only: a text with half a surrogate pair would be a broken line otherwise.
    print(json.dumps({"id": step.get("id"), **outcome}), flush=True)


if __name__ == "__main__":
    main()

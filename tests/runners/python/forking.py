"""`fork`: what a forked child can do."""

from __future__ import annotations

import json
import os
import select
import signal
from collections.abc import Callable
from typing import Any

from answers import Misuse, error_answer, misuse_answer

import tdsec

#: Seconds the child may take for everything.
PATIENCE = 10


def answer_of_child(in_child: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Runs it in a forked child and gives its answer here, or raises its error."""
    ours, theirs = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.write(theirs, json.dumps(outcome(in_child)).encode())
        finally:
            os._exit(0)  # without the parent's exit handlers
    os.close(theirs)
    text = read_all(ours)
    os.close(ours)
    if text is None:
        os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    if not text:
        raise Misuse("the child hung" if text is None else "the child died without an answer")
    answer: dict[str, Any] = json.loads(text)
    if "ok" in answer:
        ok: dict[str, Any] = answer["ok"]
        return ok
    raise ChildFailed(answer["error"])


class ChildFailed(Exception):
    """The child's error, as it told it."""

    def __init__(self, error: dict[str, Any]) -> None:
        super().__init__(str(error))
        self.error = error


def outcome(in_child: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    try:
        return {"ok": in_child()}
    except tdsec.Error as error:
        return error_answer(error)
    except BaseException as error:  # noqa: BLE001 - told to the parent
        return misuse_answer(f"{type(error).__name__}: {error}")


def read_all(descriptor: int) -> bytes | None:
    """Until the other end is closed; None if nothing comes any more."""
    text = b""
    while select.select([descriptor], [], [], PATIENCE)[0]:
        piece = os.read(descriptor, 65536)
        if not piece:
            return text
        text += piece
    return None

"""What the steps of both surfaces ask for without waiting."""

from __future__ import annotations

import os
import pickle
from typing import Any, Optional, Union

import answers

import tdsec
from tdsec import aio

AnyConnection = Union[tdsec.Connection, aio.Connection]


def info(connection: AnyConnection) -> dict[str, Any]:
    return {
        "server_version": connection.server_version,
        "tls": answers.tls(connection.tls),
        "closed": connection.closed,
    }


def describe(connection: AnyConnection) -> dict[str, Any]:
    """Everything a program could print of a connection by accident."""
    return {"text": f"{connection!r} {connection} {vars(connection)} {pickled(connection)}"}


def pickled(connection: AnyConnection) -> str:
    try:
        return repr(pickle.dumps(connection))
    except Exception as error:  # noqa: BLE001 - its text is part of what could be printed
        return f"{error!r}"


def rss() -> dict[str, Any]:
    with open("/proc/self/statm") as file:
        pages = int(file.read().split()[1])
    return {"kib": pages * os.sysconf("SC_PAGESIZE") // 1024}


def seconds(step: dict[str, Any]) -> Optional[float]:
    """The step's timeout."""
    milliseconds = step.get("timeout_ms")
    return None if milliseconds is None else milliseconds / 1000


def address(step: dict[str, Any]) -> list[str]:
    """The positional arguments of `connect`."""
    return [step["address"]] if step.get("address") is not None else []


def options(step: dict[str, Any]) -> dict[str, Any]:
    """The keyword arguments of `connect`. ``{"callback": "123456"}`` is a function that gives this, of None one that fails."""
    given: dict[str, Any] = step.get("options") or {}
    return {name: _callback(value) if isinstance(value, dict) else value for name, value in given.items()}


def _callback(value: dict[str, Any]) -> Any:
    def give() -> str:
        if value["callback"] is None:
            raise LookupError("nobody is there")
        return str(value["callback"])

    return give

"""What the steps on tokens say and show."""

from __future__ import annotations

import datetime
import pickle
from typing import Any, Optional

from answers import EPOCH, Misuse, found

import tdsec

Step = dict[str, Any]


class Issued:
    """New tokens, by the names of the steps."""

    def __init__(self) -> None:
        self._held: dict[str, tdsec.Token] = {}

    def keep(self, step: Step, token: tdsec.Token) -> Step:
        self._held[step.get("issued", "")] = token
        return {
            "token": token.reveal(),
            "fingerprint": token.fingerprint,
            "issued_at": milliseconds(token.issued_at),
            "expires_at": milliseconds(token.expires_at),
        }

    def describe(self, step: Step) -> Step:
        """Everything a program could print of a token by accident."""
        token = found(self._held, step["issued"], "token")
        try:
            pickled = repr(pickle.dumps(token))
        except Exception as error:  # noqa: BLE001 - its text is part of what could be printed
            pickled = repr(error)
        shown = [repr(getattr(token, name)) for name in dir(token) if name != "reveal"]
        return {"text": f"{token!r} {token} {token:} {[token]} {{'token': {token}}} {pickled} {shown}"}


def clauses(step: Step) -> Step:
    """The keyword arguments of `create`."""
    return {name: step[name] for name in ("ttl_days", "enabled", "provider", "extra_info") if name in step}


def rows(listed: list[tdsec.TokenInfo]) -> Step:
    times = {"created_at", "expires_at"}
    row = lambda info: {n: milliseconds(v) if n in times else v for n, v in vars(info).items()}  # noqa: E731
    return {"tokens": [row(info) for info in listed]}


def changes(step: Step) -> tuple[str, list[Any]]:
    """The method of a change, and its arguments."""
    do = step["do"]
    if do == "ttl":
        return "set_ttl", [step["name"], step["ttl_days"]]
    if do in ("enable", "disable", "drop"):
        return do, [step["name"]]
    raise Misuse(f"nobody can {do} tokens")


def milliseconds(time: Optional[datetime.datetime]) -> Optional[int]:
    return None if time is None else (time - EPOCH) // datetime.timedelta(milliseconds=1)

"""What the steps on pools ask for without waiting: callbacks, sources, facts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Optional, Union

import tdsec
from tdsec import aio, sources

Step = dict[str, Any]
AnyPool = Union[tdsec.Pool, aio.Pool]

_FIELDS = {"token": "token", "ttl": "ttl_s", "revoked": "revoked"}


class Callbacks:
    """What the callbacks of the steps give, by their names."""

    def __init__(self) -> None:
        self._held: dict[str, Step] = {}

    def set(self, step: Step) -> None:
        self._held[step["callback"]] = step

    def function(self, name: str) -> Callable[[], Union[str, tdsec.Token, Step]]:
        def give() -> Union[str, tdsec.Token, Step]:
            held = self._held.get(name, {})
            if held.get("token") is None:
                raise LookupError("the callback has no token")
            token: str = held["token"]
            if "revoked" in held:
                return {name: held[key] for name, key in _FIELDS.items() if key in held}
            return tdsec.Token(token, ttl=held["ttl_s"]) if "ttl_s" in held else token

        return give


def source(step: Optional[Step], function: Callable[[str], Any]) -> Optional[sources.Source]:
    """``{"callback": name}``, ``{"chain": [source, …]}``, or a kind with its options; `function` gives the callback of a name."""
    if step is None:
        return None
    if "callback" in step:
        return sources.Callback(function(step["callback"]), timeout=10)
    if "chain" in step:
        return sources.Chain(*(link for link in (source(part, function) for part in step["chain"]) if link))
    return sources.create(step["kind"], **{name: value for name, value in step.items() if name != "kind"})


def info(pool: AnyPool) -> Step:
    status = pool.status()
    left = pool.token_seconds_left
    return {
        "name": pool.name,
        "closed": pool.closed,
        **vars(status),
        "token_seconds_left": None if left is None else int(left),
        "text": f"{pool!r} {pool} {vars(pool)} {status}",
    }

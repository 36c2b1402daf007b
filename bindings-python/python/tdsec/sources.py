"""Where the tokens of a pool come from (SRC-1).

::

    tdsec.Pool(url, token_source=tdsec.sources.File("/run/secrets/tdengine-token"))
    tdsec.Pool(url, token_source=tdsec.sources.Callback(fetch))

One class for each kind of source of the core's table, with its options as keyword arguments (docs/sources.md); Callback and Chain
beside them. Making a source opens and asks nothing; it may serve any number of pools. Options are checked at once: OptionUnknownError,
OptionInvalidError. No source shows a secret in its repr.
"""

from __future__ import annotations

import inspect
from typing import Any, Optional

from . import _tdsec
from .callback import Callback, Chain, Given, Source, TokenSource


def create(kind: str, /, **options: Any) -> Source:
    """The source of a kind by its name, for programs that read it from their configuration: ``create("file", path=…)``."""
    for cls in KINDS:
        if cls.kind == kind:
            return cls(**options)
    # The core says what comes near.
    return Source(_tdsec.source_of_kind(kind, options))


_Option = tuple[str, str, str, bool, str]


def _make_class(
    kind: str, doc: str, main: Optional[str], requirements: list[str], options: list[_Option]
) -> type[Source]:
    def __init__(self: Source, *values: Any, **given: Any) -> None:
        if values:
            if main is None or len(values) > 1 or main in given:
                raise TypeError(f"{name}() takes {'one option' if main else 'no option'} without its name")
            given[main] = values[0]
        self._native = _tdsec.source_of_kind(kind, given)

    name = class_name(kind)
    __init__.__qualname__ = f"{name}.__init__"
    __init__.__doc__ = "Checks the options; opens and asks nothing."
    __init__.__signature__ = _signature(main, options)  # type: ignore[attr-defined]
    lines = [f"    {o}: {t}, default {d}. {text}" for o, t, d, _secret, text in options]
    text = "\n".join([f"{doc} ({', '.join(requirements)})", "", *lines])
    return type(name, (Source,), {"__init__": __init__, "__doc__": text, "__module__": __name__, "__slots__": (), "kind": kind})


def class_name(kind: str) -> str:
    """Name of the class of a kind: ``kubernetes`` gives ``Kubernetes``."""
    return "".join(word.capitalize() for word in kind.replace("-", "_").split("_"))


def _signature(main: Optional[str], options: list[_Option]) -> inspect.Signature:
    parameters = [inspect.Parameter("self", inspect.Parameter.POSITIONAL_OR_KEYWORD)]
    for name, _kind, default, *_ in sorted(options, key=lambda option: option[0] != main):
        way = inspect.Parameter.POSITIONAL_OR_KEYWORD if name == main else inspect.Parameter.KEYWORD_ONLY
        parameters.append(inspect.Parameter(name, way, default=inspect.Parameter.empty if default == "required" else None))
    return inspect.Signature(parameters)


#: The class of each kind of the core's table.
KINDS = [_make_class(*row) for row in _tdsec.source_kinds()]
globals().update((cls.__name__, cls) for cls in KINDS)

__all__ = ["Callback", "Chain", "Given", "Source", "TokenSource", "create", *sorted(cls.__name__ for cls in KINDS)]

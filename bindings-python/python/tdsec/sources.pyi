"""Where the tokens of a pool come from; the classes of the kinds are written by ``scripts/stubs.py`` from the core's table."""

from typing import Any, Optional

from .callback import Callback as Callback
from .callback import Chain as Chain
from .callback import Given as Given
from .callback import Source as Source
from .callback import TokenSource as TokenSource
from .options import Duration, Flag, Material, Number, Text, Texts

KINDS: list[type[Source]]

def class_name(kind: str) -> str: ...
def create(kind: str, /, **options: Any) -> Source:
    """The source of a kind by its name, for programs that read it from their configuration: ``create("file", path=…)``."""

# <generated: sources>
# </generated>

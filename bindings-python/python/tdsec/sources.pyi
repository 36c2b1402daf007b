"""Where the tokens of a pool come from; the classes of the kinds are written by ``scripts/stubs.py`` from the core's table."""

from typing import Any, Optional

from .callback import Callback as Callback
from .callback import Chain as Chain
from .callback import Given as Given
from .callback import Source as Source
from .callback import TokenSource as TokenSource
from .options import Duration, Flag, Material, Number, Text, Texts

KINDS: list[type[Source]]

def class_name(kind: str) -> str:
    """Name of the class of a kind: ``kubernetes`` gives ``Kubernetes``."""

def main_option(primary: Optional[str], options: list[tuple[str, str, str, bool, str]]) -> Optional[str]:
    """The option that may be given without its name: the core's, or the first one if there has to be one."""
def create(kind: str, /, **options: Any) -> Source:
    """The source of a kind by its name, for programs that read it from their configuration: ``create("file", path=…)``."""

# <generated: sources>
class Static(Source):
    """One token that never changes. For tests, and for short programs. (SRC-1)"""

    def __init__(
        self,
        token: Text,
    ) -> None:
        """Checks the options; opens and asks nothing.

        token: The token. Default: required. Secret: never shown.
        """

class Env(Source):
    """An environment variable, read again at every fetch. The content may have any of the forms above. (SRC-1)"""

    def __init__(
        self,
        name: Optional[Text] = None,
    ) -> None:
        """Checks the options; opens and asks nothing.

        name: Name of the variable. Default: `TDENGINE_TOKEN`.
        """

class File(Source):
    """A file that somebody else keeps current: an agent, a sidecar, a mounted volume. A rewrite, a rename over it
    and a swapped symlink are noticed at once where the operating system tells of changes (inotify), otherwise by
    polling. (SRC-1)
    """

    def __init__(
        self,
        path: Text,
        *,
        poll_interval: Optional[Duration] = None,
        permissions: Optional[Text] = None,
    ) -> None:
        """Checks the options; opens and asks nothing.

        path: Path of the file, at most 64 KiB long. Default: required.
        poll_interval: How often the file is looked at where no change was told of. A number is seconds.
            Default: `5s`.
        permissions: A file that others than its owner may read: `warn` (once, as event `key.exposed`) or
            `ignore`. Default: `warn`.
        """

class Kubernetes(Source):
    """A Secret of Kubernetes, mounted as a volume: the kubelet exchanges all files of it at once. The Secret's keys
    `expires_at`, `ttl` and `issued_at`, if there, tell of the token's life. (SRC-1)
    """

    def __init__(
        self,
        directory: Text,
        *,
        key: Optional[Text] = None,
        poll_interval: Optional[Duration] = None,
    ) -> None:
        """Checks the options; opens and asks nothing.

        directory: Where the Secret is mounted. Default: required.
        key: The key of the Secret that holds the token. Default: `token`.
        poll_interval: How often the files are looked at where no change was told of. A number is seconds.
            Default: `5s`.
        """
# </generated>

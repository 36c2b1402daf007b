"""Writes into the package what type checkers cannot see in the core's tables: options of connect, classes of errors and sources.

``python bindings-python/scripts/stubs.py`` after ``build.sh``; a test compares.
"""

from __future__ import annotations

import pathlib
import re
import sys
import textwrap
from typing import Any, Optional

PACKAGE = pathlib.Path(__file__).resolve().parents[1] / "python/tdsec"
sys.path.insert(0, str(PACKAGE.parent))

from tdsec import _tdsec, errors  # noqa: E402 - found by the line above
from tdsec.sources import class_name  # noqa: E402

TYPES = {
    "text": "Text",
    "bool": "Flag",
    "integer": "Number",
    "integer or percentage": "Number",
    "duration": "Duration",
    "size": "Number",
    "choice": "Text",
    "list": "Texts",
    "path, PEM text or bytes": "Material",
}
#: What the package takes beyond that.
MORE = {"tls_pin": "Texts", "totp_code": "OneTimeCode", "bearer_token": "BearerToken"}
NOTES = {"duration": " A number is seconds.", "size": " A number is bytes."}
WIDTH = 116
MARKS = re.compile(r"( *# <generated: (\w+)>\n)(.*?)( *# </generated>)", re.DOTALL)


def options() -> str:
    """The items of ConnectOptions, with their documentation."""
    return "".join(
        item(name, MORE.get(name, TYPES[kind]), sentence(kind, default, secret, doc))
        for name, kind, default, applied, secret, doc, _ in _tdsec.options()
        if applied
    )


def sentence(kind: str, default: str, secret: bool, doc: str) -> str:
    return f"{doc}{NOTES.get(kind, '')} Default: {default}.{' Secret: never shown.' if secret else ''}"


def item(name: str, kind: str, text: str) -> str:
    return f"    {name}: Optional[{kind}]\n{docstring(text)}"


def ignored() -> str:
    """Options of other connectors that do nothing here."""
    names = [name for name, _, _, applied, *_ in _tdsec.options() if not applied]
    return "".join(f"    {name}: Optional[Any]\n" for name in names)


def classes() -> str:
    """The classes made from the error codes."""
    made = [cls for cls in errors.CLASSES.values() if cls.__name__ not in errors.PEP_249]
    return "\n".join(f"class {c.__name__}({c.__mro__[1].__name__}):\n{docstring(c.__doc__ or '')}" for c in made)


def sources() -> str:
    """The classes of the kinds of sources."""
    return "\n".join(source(*row) for row in _tdsec.source_kinds())


def source(kind: str, doc: str, main: Optional[str], requirements: list[str], options: list[Any]) -> str:
    parameters, star = ["self"], False
    for name, type_, default, _secret, _doc in sorted(options, key=lambda option: bool(option[0] != main)):
        if name != main and not star:
            parameters.append("*")
            star = True
        wanted = MORE.get(name, TYPES[type_])
        parameters.append(f"{name}: {wanted}" if default == "required" else f"{name}: Optional[{wanted}] = None")
    arguments = "".join(f"        {parameter},\n" for parameter in parameters)
    told = "".join(
        indented(f"{name}: {sentence(type_, default, secret, text)}") for name, type_, default, secret, text in options
    )
    text = f"{doc} ({', '.join(requirements)})"
    return (
        f"class {class_name(kind)}(Source):\n{docstring(text)}\n"
        f'    def __init__(\n{arguments}    ) -> None:\n        """Checks the options; opens and asks nothing.\n\n{told}        """\n'
    )


def kinds() -> str:
    return "".join(f'    "{class_name(kind)}",\n' for kind, *_ in sorted(_tdsec.source_kinds()))


def indented(text: str) -> str:
    lines = textwrap.wrap(text, WIDTH - 12, break_long_words=False, break_on_hyphens=False)
    return "        " + "\n            ".join(lines) + "\n"


def names() -> str:
    return "".join(f'    "{name}",\n' for name in errors.__all__)


def docstring(text: str) -> str:
    lines = textwrap.wrap(text, WIDTH - 7, break_long_words=False, break_on_hyphens=False)
    if len(lines) == 1:
        return f'    """{lines[0]}"""\n'
    return '    """' + "\n    ".join(lines) + '\n    """\n'


SECTIONS = {"options": options, "ignored": ignored, "classes": classes, "sources": sources, "kinds": kinds, "names": names}


def wanted(file: pathlib.Path) -> str:
    """The file's text as it should be."""
    return MARKS.sub(lambda mark: mark[1] + SECTIONS[mark[2]]() + mark[4], file.read_text())


FILES = [PACKAGE / name for name in ("__init__.py", "options.py", "errors.pyi", "sources.pyi")]

if __name__ == "__main__":
    for file in FILES:
        file.write_text(wanted(file))

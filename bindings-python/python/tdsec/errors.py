"""The exceptions: PEP 249's tree, and below it one class for each error code of the core.

The core's table is the only list: a new code there is a new class here. ``TOKEN_EXPIRED`` becomes
``TokenExpiredError``; where that is the name of a PEP 249 class (``INTERNAL``, ``NOT_SUPPORTED``), that class is the
code's own. An exception never contains a secret (OPS-3).
"""

from __future__ import annotations

import warnings
from typing import Optional

from . import _tdsec


class Warning(Exception):  # noqa: A001 - the name PEP 249 asks for
    """Of PEP 249; tdsec never raises it, see SecurityWarning."""


class SecurityWarning(UserWarning):
    """An option was accepted that weakens security, or that has no effect here. Shown at each connect (TLS-9)."""


# Python shows a warning once for each line of a program otherwise. Filters of the program come first.
warnings.simplefilter("always", SecurityWarning, append=True)


class Error(Exception):
    """Root of everything tdsec raises, except KeyboardInterrupt and asyncio.CancelledError."""

    code: str = "INTERNAL"
    """Stable name of the failure, the same in every language."""
    number: int = 9001
    """Stable number of the failure."""
    kind: str = "internal"
    """config, auth, tls, network, timeout, usage, protocol, server, data or internal."""
    retry: str = "never"
    """What may be tried again: never, same_connection, new_connection, new_credential."""
    cause: str = ""
    """The likely cause, as a sentence."""
    remedy: str = ""
    """What to do about it."""
    message: str = ""
    """What was being done and what went wrong, without code and server text."""
    option: Optional[str] = None
    """The option that is wrong, by its canonical name."""
    server_code: Optional[int] = None
    """The server's own number, if the server spoke."""
    server_message: Optional[str] = None
    """The server's own words, if the server spoke."""
    may_have_run: bool = False
    """True if the server may have executed the statement although no answer arrived (NET-2)."""

    @classmethod
    def because(cls, sentence: str) -> Error:
        """An exception of this class with a sentence of what went wrong."""
        error = cls(f"[{cls.code}] {sentence}")
        error.message = sentence
        return error


class InterfaceError(Error):
    """tdsec was used wrongly: options, arguments, closed handles."""


class DatabaseError(Error):
    """Something on the way to the data, or the server itself, failed."""


class DataError(DatabaseError):
    """A value cannot be represented as asked."""


class OperationalError(DatabaseError):
    """Network, TLS, credentials, deadlines, state of the server."""


class IntegrityError(DatabaseError):
    """Of PEP 249; TDengine has no such constraints."""


class InternalError(DatabaseError):
    """A defect of tdsec."""


class ProgrammingError(DatabaseError):
    """The server refused the statement and would refuse it again."""


class NotSupportedError(DatabaseError):
    """TDengine has no such thing."""


#: PEP 249's class for each kind; a server's error is the statement's fault if trying again never helps.
_BASES = {
    "config": InterfaceError,
    "usage": InterfaceError,
    "auth": OperationalError,
    "tls": OperationalError,
    "network": OperationalError,
    "timeout": OperationalError,
    "protocol": OperationalError,
    "data": DataError,
    "internal": InternalError,
}

#: Names of PEP 249's classes.
PEP_249 = (
    "Warning", "Error", "InterfaceError", "DatabaseError", "DataError", "OperationalError", "IntegrityError",
    "InternalError", "ProgrammingError", "NotSupportedError",
)  # fmt: skip


def class_name(code: str) -> str:
    """Name of the class of a code: ``TOKEN_EXPIRED`` gives ``TokenExpiredError``."""
    words = "".join(word.capitalize() for word in code.split("_"))
    return words if words.endswith("Error") else f"{words}Error"


def base_class(kind: str, retry: str) -> type[Error]:
    """PEP 249's class above the codes of this kind."""
    if kind == "server":
        return ProgrammingError if retry == "never" else OperationalError
    return _BASES.get(kind, DatabaseError)


def _make_classes() -> dict[int, type[Error]]:
    classes: dict[int, type[Error]] = {}
    for number, code, kind, retry, cause, remedy in _tdsec.error_codes():
        name = class_name(code)
        values = {"code": code, "number": number, "kind": kind, "retry": retry, "cause": cause, "remedy": remedy}
        if name in PEP_249:
            existing: type[Error] = globals()[name]
            for attribute, value in values.items():
                setattr(existing, attribute, value)
            classes[number] = existing
        else:
            text = f"{cause[:1].upper()}{cause[1:]}. Remedy: {remedy}."
            made = type(name, (base_class(kind, retry),), {**values, "__doc__": text, "__module__": __name__})
            globals()[name] = classes[number] = made
    return classes


#: Class of each error code, by number.
CLASSES = _make_classes()
_tdsec.register_errors(CLASSES)

__all__ = [*PEP_249, "SecurityWarning", *sorted({c.__name__ for c in CLASSES.values()} - set(PEP_249))]

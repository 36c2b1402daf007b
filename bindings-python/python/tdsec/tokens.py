"""Tokens made and taken back by SQL, by functions that wait."""

from __future__ import annotations

import builtins
from dataclasses import dataclass
from datetime import datetime
from typing import Optional

from . import _tdsec
from ._tdsec import Token


@dataclass(frozen=True)
class TokenInfo:
    """A token as the server lists it. The token itself is shown by ``Tokens.create`` only."""

    name: str
    """Unique in the cluster."""
    user: str
    """Whom it logs in."""
    provider: str
    """Who made it; often empty."""
    enabled: bool
    """Whether it may be used."""
    created_at: Optional[datetime]
    """When it was made, UTC."""
    expires_at: Optional[datetime]
    """When it ends, UTC; None: never."""
    extra_info: str
    """Free text; often empty."""


class Tokens:
    """The tokens that the user of a connection may see and change: ``connection.tokens`` (TOK-4).

    ::

        issued = connection.tokens.create("reports", "reader", ttl_days=1)
        reports = tdsec.connect(url, bearer_token=issued)

    ``root`` sees and changes everybody's, others their own; a token cannot change itself. TDengine Enterprise 3.4
    and newer has tokens, other servers raise NotSupportedError. Names that cannot be raise InvalidArgumentError before
    anything is sent. All methods raise what Connection.query raises.
    """

    __slots__ = ("_native",)

    def __init__(self, native: _tdsec.Tokens) -> None:
        self._native = native

    def create(
        self,
        name: str,
        user: str,
        *,
        ttl_days: Optional[int] = None,
        enabled: bool = True,
        provider: Optional[str] = None,
        extra_info: Optional[str] = None,
    ) -> Token:
        """Makes a token of ``user``, which is shown this once; in a cluster it may take seconds until it can be used.

        ``name``: at most 31 letters, digits and underscores, not beginning with a digit. ``ttl_days``: days it lives
        (default: 1; 0: for ever). ``enabled``: whether it can be used at once. ``provider``: who makes it, at most 63 bytes.
        ``extra_info``: free text of at most 1023 bytes.

        Raises ServerError if the name is taken or the user has as many tokens as it may have; PermissionDeniedError.
        """
        return self._native.create(name, user, enabled, ttl_days, provider, extra_info)

    def list(self) -> builtins.list[TokenInfo]:
        """All tokens this user may see; none on a server without tokens."""
        return [TokenInfo(*row) for row in self._native.list()]

    def enable(self, name: str) -> None:
        """Allows its use."""
        self._native.set_enabled(name, True)

    def disable(self, name: str) -> None:
        """Forbids its use: logins with it raise TokenDisabledError. Sessions that are open go on."""
        self._native.set_enabled(name, False)

    def set_ttl(self, name: str, days: int) -> None:
        """It lives so many days from now on; 0: for ever."""
        self._native.set_ttl(name, days)

    def drop(self, name: str) -> None:
        """Removes it for ever; one that is not there is no error. Sessions that are open go on."""
        self._native.drop(name)

"""Tokens made and taken back by SQL, by functions that are awaited."""

from __future__ import annotations

import builtins
from typing import Optional

from .. import _tdsec
from .._tdsec import Token
from ..tokens import TokenInfo
from .waiting import wait


class Tokens:
    """The tokens that the user of a connection may see and change: ``connection.tokens``; see tdsec.Tokens."""

    __slots__ = ("_native",)

    def __init__(self, native: _tdsec.Tokens) -> None:
        self._native = native

    async def create(
        self,
        name: str,
        user: str,
        *,
        ttl_days: Optional[int] = None,
        enabled: bool = True,
        provider: Optional[str] = None,
        extra_info: Optional[str] = None,
    ) -> Token:
        """Makes a token of ``user``, which is shown this once; see tdsec.Tokens.create."""
        native = self._native
        token: Token = await wait(native.create_async, name, user, enabled, ttl_days, provider, extra_info)
        return token

    async def list(self) -> builtins.list[TokenInfo]:
        """All tokens this user may see; none on a server without tokens."""
        return [TokenInfo(*row) for row in await wait(self._native.list_async)]

    async def enable(self, name: str) -> None:
        """Allows its use."""
        await wait(self._native.set_enabled_async, name, True)

    async def disable(self, name: str) -> None:
        """Forbids its use; see tdsec.Tokens.disable."""
        await wait(self._native.set_enabled_async, name, False)

    async def set_ttl(self, name: str, days: int) -> None:
        """It lives so many days from now on; 0: for ever."""
        await wait(self._native.set_ttl_async, name, days)

    async def drop(self, name: str) -> None:
        """Removes it for ever; see tdsec.Tokens.drop."""
        await wait(self._native.drop_async, name)

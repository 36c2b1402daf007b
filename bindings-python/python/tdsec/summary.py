"""Small answers of a connection."""

from __future__ import annotations

from typing import NamedTuple


class TlsSummary(NamedTuple):
    """What TLS negotiated."""

    version: str
    """TLSv1.3 or TLSv1.2."""
    cipher_suite: str
    """IANA name of the cipher suite."""
    resumed: bool
    """Whether an earlier session was resumed (TLS-6)."""


class ServerStatus(NamedTuple):
    """State of the service behind the connection."""

    status: int
    """0 unavailable, 1 network ok, 2 service ok, 3 degraded, 4 exiting."""
    details: str
    """The server's words, often empty."""

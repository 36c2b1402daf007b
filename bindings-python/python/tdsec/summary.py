"""Small answers of a connection."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any, NamedTuple


class Certificate(NamedTuple):
    """The facts of one X.509 certificate (CRT-1)."""

    subject: str
    """Distinguished name of its owner."""
    issuer: str
    """Distinguished name of who issued it."""
    names: tuple[str, ...]
    """Subject alternative names: DNS names and IP addresses."""
    serial: str
    """Serial number, hexadecimal."""
    not_before: datetime
    """Start of its validity, UTC."""
    not_after: datetime
    """End of its validity, UTC."""
    key: str
    """Kind of key: "EC P-256", "RSA 2048", "Ed25519"."""
    signature: str
    """Signature algorithm: "ecdsa-with-SHA256"."""
    version: int
    """X.509 version: 1 or 3."""
    is_ca: bool
    """It may issue others."""
    pin: str
    """SHA-256 of its public key as ``tls_pin`` takes it: "sha256//…"."""
    fingerprint: str
    """SHA-256 of the whole certificate, 64 hexadecimal digits."""

    @property
    def days_left(self) -> int:
        """Whole days until it ends by the clock of this machine, negative once it has."""
        return (self.not_after - datetime.now(timezone.utc)).days

    @classmethod
    def _of(cls, row: Any) -> Certificate:
        subject, issuer, names, serial, not_before, not_after, *rest = row
        return cls(subject, issuer, tuple(names), serial, _utc(not_before), _utc(not_after), *rest)


def _utc(seconds: int) -> datetime:
    # Not fromtimestamp: certificates may end after the year that a C time_t or a float can hold exactly.
    return datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(seconds=seconds)


class TlsSummary(NamedTuple):
    """What TLS negotiated, and by which certificates."""

    version: str
    """TLSv1.3 or TLSv1.2."""
    cipher_suite: str
    """IANA name of the cipher suite."""
    resumed: bool
    """Whether an earlier session was resumed (TLS-6)."""
    key_exchange: str
    """The key exchange, such as "X25519MLKEM768"; empty where a resumed session had none of its own."""
    certificates: tuple[Certificate, ...]
    """The server's certificates, its own first; those of the first handshake if the session was resumed."""
    client_certificates: tuple[Certificate, ...]
    """The certificates sent to the server, the client's own first; empty without one."""

    @classmethod
    def _of(cls, row: Any) -> TlsSummary:
        version, cipher_suite, resumed, key_exchange, server, client = row
        certificates = (tuple(map(Certificate._of, server)), tuple(map(Certificate._of, client)))
        return cls(version, cipher_suite, resumed, key_exchange, *certificates)


class ServerStatus(NamedTuple):
    """State of the service behind the connection."""

    status: int
    """0 unavailable, 1 network ok, 2 service ok, 3 degraded, 4 exiting."""
    details: str
    """The server's words, often empty."""

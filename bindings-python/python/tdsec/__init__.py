"""tdsec: secure, fast connectivity to TDengine.

::

    import tdsec

    with tdsec.connect("wss://db.example:6041/power", bearer_token=token) as connection:
        for ts, current in connection.query("select ts, current from meters limit 10"):
            print(ts, current)

PEP 249 in full (``cursor()``), results as rows, NumPy views or Arrow, pools whose token rotates by itself (``Pool``, ``sources``), and the
same for asyncio in ``tdsec.aio``.
Safe by default: ``wss`` verifies the server, a token travels to a proven server only. What weakens this has ``danger``
in its name and warns.
"""

from __future__ import annotations

from . import aio, sources
from ._tdsec import Batch, Column, Field, Token, __version__
from .connection import Connection, connect
from .cursor import Cursor
from .dbtypes import (
    BINARY,
    DATETIME,
    NUMBER,
    ROWID,
    STRING,
    Binary,
    Date,
    DateFromTicks,
    Time,
    TimeFromTicks,
    TimestampFromTicks,
)
from .errors import *  # noqa: F403 - one class for each code of the core's table
from .observe import (
    METRICS_CONTENT_TYPE,
    Event,
    Listener,
    MetricsServer,
    Subscription,
    metrics,
    serve_metrics,
    subscribe,
)
from .pool import Pool, PoolStatus
from .result import Result
from .summary import Certificate, ServerStatus, TlsSummary
from .timestamp import Timestamp
from .tokens import TokenInfo, Tokens

apilevel = "2.0"
"""PEP 249, version 2."""
threadsafety = 2
"""Threads may share the module and connections."""
paramstyle = "qmark"
"""``where name = ?``; values are quoted safely on this side."""

__all__ = [
    "BINARY",
    "DATETIME",
    "METRICS_CONTENT_TYPE",
    "NUMBER",
    "ROWID",
    "STRING",
    "Batch",
    "Binary",
    "Certificate",
    "Column",
    "Connection",
    "Cursor",
    "Date",
    "DateFromTicks",
    "Event",
    "Field",
    "Listener",
    "MetricsServer",
    "Pool",
    "PoolStatus",
    "Result",
    "ServerStatus",
    "Subscription",
    "Time",
    "TimeFromTicks",
    "Timestamp",
    "TimestampFromTicks",
    "TlsSummary",
    "Token",
    "TokenInfo",
    "Tokens",
    "__version__",
    "aio",
    "apilevel",
    "connect",
    "metrics",
    "paramstyle",
    "serve_metrics",
    "sources",
    "subscribe",
    "threadsafety",
    # <generated: names>
    "Warning",
    "Error",
    "InterfaceError",
    "DatabaseError",
    "DataError",
    "OperationalError",
    "IntegrityError",
    "InternalError",
    "ProgrammingError",
    "NotSupportedError",
    "SecurityWarning",
    "AcquireTimeoutError",
    "AddressEmptyError",
    "AddressInvalidError",
    "AuthenticationFailedError",
    "BackendUnavailableError",
    "BlockInvalidError",
    "CancelledError",
    "CertificateFileInvalidError",
    "CertificateKeyMismatchError",
    "ClientCertificateExpiredError",
    "ClosedError",
    "ConnectFailedError",
    "ConnectRefusedError",
    "ConnectTimeoutError",
    "ConnectionLostError",
    "CredentialConflictError",
    "CredentialMissingError",
    "CredentialUnavailableError",
    "CrlFileInvalidError",
    "DangerousOptionError",
    "DatabaseNotFoundError",
    "FileUnreadableError",
    "ForkedError",
    "InsecureTransportError",
    "InvalidArgumentError",
    "InvalidUtf8Error",
    "KeyFileExposedError",
    "KeyFileInvalidError",
    "KeyPassphraseError",
    "ListenFailedError",
    "MessageTooLargeError",
    "NotAllowedError",
    "OptionConflictError",
    "OptionDuplicateError",
    "OptionInvalidError",
    "OptionUnknownError",
    "PercentEncodingInvalidError",
    "PermissionDeniedError",
    "PortInvalidError",
    "ProtocolMessageError",
    "ProtocolReplyError",
    "RateLimitedError",
    "RequestTimeoutError",
    "ResolveFailedError",
    "ResultConsumedError",
    "RuntimeUnavailableError",
    "SchemeUnknownError",
    "ServerClosedError",
    "ServerError",
    "ServerTooOldError",
    "SessionEndedError",
    "SourceInvalidError",
    "SourceReadOnlyError",
    "SourceUnavailableError",
    "StatementRejectedError",
    "SyntaxError",
    "TableNotFoundError",
    "TlsBadCertificateError",
    "TlsBadSignatureError",
    "TlsCaAsLeafError",
    "TlsCertificateVersionError",
    "TlsClientCertificateRefusedError",
    "TlsClientCertificateRequiredError",
    "TlsClockWrongError",
    "TlsExpectedError",
    "TlsExpiredError",
    "TlsHandshakeFailedError",
    "TlsNameMismatchError",
    "TlsNoCommonSuiteError",
    "TlsNoCommonVersionError",
    "TlsNoRootsError",
    "TlsNotTlsError",
    "TlsNotYetValidError",
    "TlsPinMismatchError",
    "TlsRevocationUnknownError",
    "TlsRevokedError",
    "TlsSelfSignedError",
    "TlsUntrustedRootError",
    "TlsVersionInvalidError",
    "TlsWeakSignatureError",
    "TokenDisabledError",
    "TokenExpiredError",
    "TokenInvalidError",
    "TokenNotFoundError",
    "TokenParameterError",
    "TokenRefusedError",
    "TokenRevokedError",
    "TotpRefusedError",
    "TypeMismatchError",
    "UpgradeRefusedError",
    "UpgradeUnauthorizedError",
    "ValueOutOfRangeError",
    # </generated>
]

"""The exceptions: PEP 249's tree, and below it one class for each error code of the core."""

from typing import Optional

from typing_extensions import Self

class Warning(Exception):
    """Of PEP 249; tdsec never raises it, see SecurityWarning."""

class SecurityWarning(UserWarning):
    """An option was accepted that weakens security, or that has no effect here. Shown at each connect (TLS-9)."""

class Error(Exception):
    """Root of everything tdsec raises, except KeyboardInterrupt and asyncio.CancelledError."""

    code: str
    """Stable name of the failure, the same in every language."""
    number: int
    """Stable number of the failure."""
    kind: str
    """config, auth, tls, network, timeout, usage, protocol, server, data or internal."""
    retry: str
    """What may be tried again: never, same_connection, new_connection, new_credential."""
    cause: str
    """The likely cause, as a sentence."""
    remedy: str
    """What to do about it."""
    message: str
    """What was being done and what went wrong, without code and server text."""
    option: Optional[str]
    """The option that is wrong, by its canonical name."""
    server_code: Optional[int]
    """The server's own number, if the server spoke."""
    server_message: Optional[str]
    """The server's own words, if the server spoke."""
    may_have_run: bool
    """True if the server may have executed the statement although no answer arrived (NET-2)."""

    @classmethod
    def because(cls, sentence: str) -> Self:
        """An exception of this class with a sentence of what went wrong."""

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

# <generated: classes>
class AddressEmptyError(InterfaceError):
    """The address is empty. Remedy: give an address such as wss://host:6041/db."""

class AddressInvalidError(InterfaceError):
    """The address does not have the form of any connector's address. Remedy: compare the address with
    docs/options.md, for example wss://host:6041/db?bearerToken=….
    """

class SchemeUnknownError(InterfaceError):
    """The scheme of the address is not one of ws, wss and their aliases. Remedy: use wss:// (or ws:// for a
    loopback server).
    """

class PortInvalidError(InterfaceError):
    """The port is not a number from 1 to 65535. Remedy: correct the port; taosAdapter listens on 6041 by default."""

class PercentEncodingInvalidError(InterfaceError):
    """A % in the address is not followed by two hexadecimal digits, or the decoded bytes are not UTF-8. Remedy:
    percent-encode reserved characters, for example @ as %40.
    """

class OptionUnknownError(InterfaceError):
    """No option has this name. Remedy: correct the name; docs/options.md lists every option and alias,
    docs/sources.md those of token sources.
    """

class OptionDuplicateError(InterfaceError):
    """The same option was given twice, perhaps under two spellings. Remedy: keep one of them."""

class OptionInvalidError(InterfaceError):
    """The value of the option is not acceptable. Remedy: see the option's type and range in docs/options.md, of a
    token source in docs/sources.md.
    """

class TokenInvalidError(InterfaceError):
    """The token is empty or contains blanks or control characters. Remedy: check where the token was read from; a
    trailing newline of a file must be removed.
    """

class CredentialConflictError(InterfaceError):
    """A token or a client certificate was given together with a user name or password. Remedy: keep the token or
    the certificate alone, or user name and password alone.
    """

class CredentialMissingError(InterfaceError):
    """A user name was given without a password, or no credential where one is needed. Remedy: give a token, a
    client certificate, or user name and password.
    """

class InsecureTransportError(InterfaceError):
    """A token would travel unencrypted to a host that is not loopback. Remedy: use wss://, or set
    danger_token_over_plaintext=true if the network itself is trusted.
    """

class DangerousOptionError(InterfaceError):
    """Certificate verification is switched off while a token is used, so an impostor would receive it. Remedy:
    trust the server by tls_ca or tls_pin, or set danger_token_without_verification=true as well.
    """

class TlsVersionInvalidError(InterfaceError):
    """The TLS versions are unknown, reversed or outside TLSv1.2 to TLSv1.3. Remedy: use TLSv1.2, TLSv1.3 or both."""

class FileUnreadableError(InterfaceError):
    """A file named in the configuration cannot be read. Remedy: check the path and its permissions."""

class CertificateFileInvalidError(InterfaceError):
    """A certificate file holds no usable certificate. Remedy: give a PEM or DER file with at least one certificate."""

class OptionConflictError(InterfaceError):
    """Two options contradict each other. Remedy: remove one of them."""

class TokenParameterError(InterfaceError):
    """Token= is the parameter of TDengine Cloud, not the bearer token. Remedy: use bearerToken."""

class CertificateKeyMismatchError(InterfaceError):
    """The private key does not belong to the client certificate. Remedy: give the certificate and the key of the
    same request; if they are being renewed, replace both.
    """

class KeyFileInvalidError(InterfaceError):
    """The private key of the client certificate is missing or cannot be read as a key. Remedy: give a PKCS#8, SEC 1
    or PKCS#1 key in PEM or DER, or a PKCS#12 file; openssl pkcs8 -topk8 converts others.
    """

class KeyPassphraseError(InterfaceError):
    """The private key is encrypted, and its passphrase is missing or wrong. Remedy: give tls_key_passphrase, or
    tls_key_passphrase_source=env:NAME or file:PATH.
    """

class KeyFileExposedError(InterfaceError):
    """Others than its owner may read the file of the private key. Remedy: chmod 600 the file; if it was exposed,
    make a new key.
    """

class CrlFileInvalidError(InterfaceError):
    """A file of revocation lists holds no usable list. Remedy: give a PEM or DER file with at least one X.509 CRL."""

class ClientCertificateExpiredError(InterfaceError):
    """The client certificate has expired or is not valid yet. Remedy: renew it; check the clock of this machine."""

class SourceReadOnlyError(InterfaceError):
    """A token cannot be published by a token source of this kind. Remedy: publish to a source that is read from a
    file, Nacos, Kubernetes or Vault; docs/sources.md describes them.
    """

class AuthenticationFailedError(OperationalError):
    """The server refused user name and password, or gave no closer reason. Remedy: check the credential; do not
    retry with the same one, three failures may lock the account.
    """

class TokenRefusedError(OperationalError):
    """The server does not know the token, or it was dropped. Remedy: create a token with CREATE TOKEN and give it
    to the client, or to the token source of its pool; a new token may take seconds to become visible.
    """

class TokenExpiredError(OperationalError):
    """The token's time to live has passed. Remedy: create a new token: CREATE TOKEN name FROM USER user TTL 1; give
    the client the new one before the old one ends.
    """

class TokenDisabledError(OperationalError):
    """The token was disabled. Remedy: enable it with ALTER TOKEN name ENABLE 1, or use another one."""

class TotpRefusedError(OperationalError):
    """The one-time code is missing, wrong or was used before. Remedy: give a fresh six-digit code; machines should
    use a token.
    """

class NotAllowedError(OperationalError):
    """The user is disabled or this address is not on the user's list. Remedy: ask an administrator to enable the
    user or to allow the address.
    """

class UpgradeUnauthorizedError(OperationalError):
    """A proxy or cloud front end answered 401 or 403 before the server was reached. Remedy: check the access rules
    of the proxy.
    """

class CredentialUnavailableError(OperationalError):
    """Whoever was to give the credential gave none: a callback failed. Remedy: see the cause in the text; the
    server was not asked.
    """

class SourceUnavailableError(OperationalError):
    """The token source could not be asked, or did not answer in time. Remedy: see the cause in the text; a token
    that is in use stays in use meanwhile.
    """

class SourceInvalidError(OperationalError):
    """What the token source gave holds no usable token. Remedy: correct what the source serves; a token that is in
    use stays in use meanwhile.
    """

class TokenRevokedError(OperationalError):
    """The token of the connection was given up at once, because it leaked. Remedy: take another connection; it uses
    the next token.
    """

class TlsUntrustedRootError(OperationalError):
    """The server's certificate leads to no trusted root. Remedy: give the CA that issued it by tls_ca, or pin the
    server by tls_pin.
    """

class TlsSelfSignedError(OperationalError):
    """The server presents a self-signed certificate that is not trusted. Remedy: give it by tls_ca if it is a
    proper one, or pin it by tls_pin.
    """

class TlsCaAsLeafError(OperationalError):
    """The server presents a CA certificate as its own. Remedy: pin it by tls_pin, or issue a proper server
    certificate.
    """

class TlsCertificateVersionError(OperationalError):
    """The server presents an X.509 v1 certificate without subject alternative names, as TDengine's SSL guide makes
    it. Remedy: pin it by tls_pin, or issue a v3 certificate that names the host as subject alternative name.
    """

class TlsNameMismatchError(OperationalError):
    """The certificate is valid, but not for the host name or address that was dialled. Remedy: connect by a name in
    the certificate, or issue one that names this host.
    """

class TlsExpiredError(OperationalError):
    """The server's certificate has expired, or this machine's clock is ahead. Remedy: renew the certificate; check
    the clock.
    """

class TlsNotYetValidError(OperationalError):
    """The server's certificate is not valid yet, or this machine's clock is behind. Remedy: check the clock of this
    machine and of the one that issued the certificate.
    """

class TlsRevokedError(OperationalError):
    """The server's certificate was revoked. Remedy: issue a new certificate."""

class TlsBadSignatureError(OperationalError):
    """A signature in the handshake or in the certificate chain is wrong. Remedy: issue the certificate again; if it
    was not changed by mistake, somebody is in between.
    """

class TlsNoCommonVersionError(OperationalError):
    """Client and server share no TLS version. Remedy: allow TLS 1.2 or 1.3 on both sides."""

class TlsNoCommonSuiteError(OperationalError):
    """Client and server share no cipher suite, key exchange or signature scheme. Remedy: enable an AEAD suite with
    ECDHE on the server.
    """

class TlsNotTlsError(OperationalError):
    """The server does not speak TLS on this port. Remedy: enable TLS in taosAdapter's [ssl] section, or dial the
    TLS port of the proxy.
    """

class TlsPinMismatchError(OperationalError):
    """The server's public key is none of the pinned ones. Remedy: if the server's key was changed on purpose,
    update tls_pin; otherwise somebody is in between.
    """

class TlsClientCertificateRequiredError(OperationalError):
    """The server asks for a client certificate and got none. Remedy: give tls_cert and tls_key, issued by a CA that
    the server trusts.
    """

class TlsHandshakeFailedError(OperationalError):
    """The TLS handshake broke off. Remedy: see the cause in the text; openssl s_client shows the server's side."""

class TlsNoRootsError(OperationalError):
    """The operating system offers no trusted roots. Remedy: install its package of CA certificates, or give tls_ca."""

class TlsBadCertificateError(OperationalError):
    """The server's certificate cannot be parsed or is not for servers. Remedy: issue a proper server certificate."""

class TlsExpectedError(OperationalError):
    """The server expects TLS on this port. Remedy: use wss:// instead of ws://."""

class TlsRevocationUnknownError(OperationalError):
    """Tls_revocation=hard, and no current list and no stapled OCSP answer tells the state of the server's
    certificate. Remedy: give the CA's current list by tls_crl, or make the server staple OCSP;
    tls_revocation=soft accepts the unknown.
    """

class TlsWeakSignatureError(OperationalError):
    """A certificate of the server's chain is signed with an algorithm that is not accepted any more, or has too
    small a key. Remedy: issue it again with ECDSA P-256, or RSA of 2048 bits or more, and SHA-256.
    """

class TlsClientCertificateRefusedError(OperationalError):
    """The server refused the client certificate. Remedy: check that the server trusts its CA, that it is for client
    authentication, and neither expired nor revoked.
    """

class TlsClockWrongError(OperationalError):
    """The clock of this machine is far off, so no certificate looks valid. Remedy: set the clock, for example by
    NTP.
    """

class ResolveFailedError(OperationalError):
    """The host name cannot be resolved. Remedy: check the name and the resolver."""

class ConnectRefusedError(OperationalError):
    """Nothing listens on this port of the host. Remedy: check that taosAdapter runs and the port is right."""

class ConnectFailedError(OperationalError):
    """The host cannot be reached. Remedy: check route and firewall."""

class ConnectionLostError(OperationalError):
    """The connection broke. Remedy: connect again; if the error says that the statement may have been executed,
    check before repeating a write.
    """

class UpgradeRefusedError(OperationalError):
    """The peer did not upgrade to WebSocket. Remedy: check that the address names taosAdapter and that a proxy
    forwards WebSocket.
    """

class ServerClosedError(OperationalError):
    """The server closed the connection, for example because the user was dropped or its address list changed.
    Remedy: connect again; if it is refused, ask an administrator.
    """

class ListenFailedError(OperationalError):
    """The address on which metrics are to be served cannot be listened on. Remedy: choose a free port, or 0 for
    any; check that nothing else listens there.
    """

class ConnectTimeoutError(OperationalError):
    """Connecting took longer than connect_timeout. Remedy: check route and firewall, or raise connect_timeout."""

class RequestTimeoutError(OperationalError):
    """No answer arrived within the request's timeout. Remedy: raise request_timeout, or make the statement cheaper."""

class CancelledError(InterfaceError):
    """The caller cancelled the request. Remedy: nothing to do."""

class ClosedError(InterfaceError):
    """The handle was closed before. Remedy: open a new one."""

class ForkedError(InterfaceError):
    """The handle belongs to the parent process of this fork. Remedy: open a new connection in the child."""

class InvalidArgumentError(InterfaceError):
    """An argument is missing or outside its range. Remedy: see the documentation of the function."""

class ResultConsumedError(InterfaceError):
    """The rows of this result were read before. Remedy: run the statement again."""

class AcquireTimeoutError(OperationalError):
    """No connection of the pool became free within acquire_timeout. Remedy: give connections back sooner, raise
    max_size, or look for one that is never given back (leak_warning).
    """

class ProtocolMessageError(OperationalError):
    """The server sent a message that does not have the form of the protocol. Remedy: check that the peer is
    taosAdapter 3.3.2 or newer.
    """

class ProtocolReplyError(OperationalError):
    """The server answered a request that was never made, or answered twice. Remedy: check that no proxy mixes
    connections.
    """

class BlockInvalidError(OperationalError):
    """A block of rows contradicts itself. Remedy: check versions; report the block if it comes from taosAdapter."""

class MessageTooLargeError(OperationalError):
    """The server sent, or announced, more than max_message_bytes in one message. Remedy: raise max_message_bytes if
    such rows are expected.
    """

class ServerTooOldError(OperationalError):
    """The server is older than 3.3.2.0, or too old for bearer tokens. Remedy: use TDengine 3.4.0 or newer for
    tokens.
    """

class ServerError(ProgrammingError):
    """The server refused the statement. Remedy: see the server's text."""

class SyntaxError(ProgrammingError):
    """The statement is not valid SQL of TDengine. Remedy: correct the statement near the place the server names."""

class TableNotFoundError(ProgrammingError):
    """The table or super table does not exist. Remedy: check name and database."""

class DatabaseNotFoundError(ProgrammingError):
    """The database does not exist or none is selected. Remedy: check the name; CREATE DATABASE makes one."""

class PermissionDeniedError(ProgrammingError):
    """The user lacks the privilege. Remedy: ask an administrator; this is no authentication failure."""

class RateLimitedError(OperationalError):
    """A limit of the server is reached: running queries of the gateway, or sessions of the user. Remedy: wait, then
    try again; for sessions close some, or raise the user's limit.
    """

class StatementRejectedError(ProgrammingError):
    """An administrator's pattern forbids the statement. Remedy: ask an administrator."""

class BackendUnavailableError(OperationalError):
    """The gateway cannot reach the cluster. Remedy: try another endpoint."""

class SessionEndedError(OperationalError):
    """The server ended the session: killed, idle or connected for too long. Remedy: connect again."""

class TokenNotFoundError(ProgrammingError):
    """No token has this name, or it is one of another user. Remedy: check the name; SHOW TOKENS, or tdsec token
    list, tells those that the user may see.
    """

class InvalidUtf8Error(DataError):
    """A text value is not valid UTF-8. Remedy: read the column as bytes."""

class TypeMismatchError(DataError):
    """The column does not have the type asked for. Remedy: ask for the column's own type."""

class ValueOutOfRangeError(DataError):
    """The value does not fit into the type asked for. Remedy: read it as the column's own type."""

class RuntimeUnavailableError(InternalError):
    """The threads of the library could not be started. Remedy: check the process limits."""
# </generated>

PEP_249: tuple[str, ...]
"""Names of PEP 249's classes."""
CLASSES: dict[int, type[Error]]
"""Class of each error code, by number."""

def class_name(code: str) -> str: ...
def base_class(kind: str, retry: str) -> type[Error]: ...

__all__ = [
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

//! The table of error codes. Numbers are written by hand and never renumbered; a retired one stays, marked as such.

use super::{Kind, Retry};

macro_rules! codes {
    ($($(#[$meta:meta])* $variant:ident = $number:literal, $name:literal, $kind:ident, $retry:ident, $cause:literal, $remedy:literal;)*) => {
        /// Stable code of a failure: the same number and name in every language.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum ErrorCode {
            $(#[doc = $cause] $(#[$meta])* $variant = $number,)*
        }

        impl ErrorCode {
            /// Every code, in the order of its number.
            pub const ALL: &'static [ErrorCode] = &[$(ErrorCode::$variant,)*];

            /// The code with this number.
            pub const fn from_number(number: u32) -> Option<ErrorCode> {
                match number {
                    $($number => Some(ErrorCode::$variant),)*
                    _ => None,
                }
            }

            /// Its stable number.
            pub const fn number(self) -> u32 {
                self as u32
            }

            /// Its stable name, in upper case.
            pub const fn name(self) -> &'static str {
                match self {
                    $(ErrorCode::$variant => $name,)*
                }
            }

            /// What the failure is about.
            pub const fn kind(self) -> Kind {
                match self {
                    $(ErrorCode::$variant => Kind::$kind,)*
                }
            }

            /// Whether trying again makes sense.
            pub const fn retry(self) -> Retry {
                match self {
                    $(ErrorCode::$variant => Retry::$retry,)*
                }
            }

            /// The likely cause, as a sentence.
            pub const fn cause(self) -> &'static str {
                match self {
                    $(ErrorCode::$variant => $cause,)*
                }
            }

            /// What to do about it.
            pub const fn remedy(self) -> &'static str {
                match self {
                    $(ErrorCode::$variant => $remedy,)*
                }
            }
        }
    };
}

codes! {
    AddressEmpty = 1001, "ADDRESS_EMPTY", Config, Never,
        "the address is empty",
        "give an address such as wss://host:6041/db";
    AddressInvalid = 1002, "ADDRESS_INVALID", Config, Never,
        "the address does not have the form of any connector's address",
        "compare the address with docs/options.md, for example wss://host:6041/db?bearerToken=…";
    SchemeUnknown = 1003, "SCHEME_UNKNOWN", Config, Never,
        "the scheme of the address is not one of ws, wss and their aliases",
        "use wss:// (or ws:// for a loopback server)";
    PortInvalid = 1004, "PORT_INVALID", Config, Never,
        "the port is not a number from 1 to 65535",
        "correct the port; taosAdapter listens on 6041 by default";
    PercentEncodingInvalid = 1005, "PERCENT_ENCODING_INVALID", Config, Never,
        "a % in the address is not followed by two hexadecimal digits, or the decoded bytes are not UTF-8",
        "percent-encode reserved characters, for example @ as %40";
    OptionUnknown = 1006, "OPTION_UNKNOWN", Config, Never,
        "no option has this name",
        "correct the name; docs/options.md lists every option and alias, docs/sources.md those of token sources";
    OptionDuplicate = 1007, "OPTION_DUPLICATE", Config, Never,
        "the same option was given twice, perhaps under two spellings",
        "keep one of them";
    OptionInvalid = 1008, "OPTION_INVALID", Config, Never,
        "the value of the option is not acceptable",
        "see the option's type and range in docs/options.md, of a token source in docs/sources.md";
    TokenInvalid = 1009, "TOKEN_INVALID", Config, Never,
        "the token is empty or contains blanks or control characters",
        "check where the token was read from; a trailing newline of a file must be removed";
    CredentialConflict = 1010, "CREDENTIAL_CONFLICT", Config, Never,
        "a token or a client certificate was given together with a user name or password",
        "keep the token or the certificate alone, or user name and password alone";
    CredentialMissing = 1011, "CREDENTIAL_MISSING", Config, Never,
        "a user name was given without a password, or no credential where one is needed",
        "give a token, a client certificate, or user name and password";
    InsecureTransport = 1012, "INSECURE_TRANSPORT", Config, Never,
        "a token would travel unencrypted to a host that is not loopback",
        "use wss://, or set danger_token_over_plaintext=true if the network itself is trusted";
    DangerousOption = 1013, "DANGEROUS_OPTION", Config, Never,
        "certificate verification is switched off while a token is used, so an impostor would receive it",
        "trust the server by tls_ca or tls_pin, or set danger_token_without_verification=true as well";
    TlsVersionInvalid = 1014, "TLS_VERSION_INVALID", Config, Never,
        "the TLS versions are unknown, reversed or outside TLSv1.2 to TLSv1.3",
        "use TLSv1.2, TLSv1.3 or both";
    FileUnreadable = 1015, "FILE_UNREADABLE", Config, Never,
        "a file named in the configuration cannot be read",
        "check the path and its permissions";
    CertificateFileInvalid = 1016, "CERTIFICATE_FILE_INVALID", Config, Never,
        "a certificate file holds no usable certificate",
        "give a PEM or DER file with at least one certificate";
    OptionConflict = 1017, "OPTION_CONFLICT", Config, Never,
        "two options contradict each other",
        "remove one of them";
    TokenParameter = 1018, "TOKEN_PARAMETER", Config, Never,
        "token= is the parameter of TDengine Cloud, not the bearer token",
        "use bearerToken";
    CertificateKeyMismatch = 1019, "CERTIFICATE_KEY_MISMATCH", Config, Never,
        "the private key does not belong to the client certificate",
        "give the certificate and the key of the same request; if they are being renewed, replace both";
    KeyFileInvalid = 1020, "KEY_FILE_INVALID", Config, Never,
        "the private key of the client certificate is missing or cannot be read as a key",
        "give a PKCS#8, SEC 1 or PKCS#1 key in PEM or DER, or a PKCS#12 file; openssl pkcs8 -topk8 converts others";
    KeyPassphrase = 1021, "KEY_PASSPHRASE", Config, Never,
        "the private key is encrypted, and its passphrase is missing or wrong",
        "give tls_key_passphrase, or tls_key_passphrase_source=env:NAME or file:PATH";
    KeyFileExposed = 1022, "KEY_FILE_EXPOSED", Config, Never,
        "others than its owner may read the file of the private key",
        "chmod 600 the file; if it was exposed, make a new key";
    CrlFileInvalid = 1023, "CRL_FILE_INVALID", Config, Never,
        "a file of revocation lists holds no usable list",
        "give a PEM or DER file with at least one X.509 CRL";
    ClientCertificateExpired = 1024, "CLIENT_CERTIFICATE_EXPIRED", Config, Never,
        "the client certificate has expired or is not valid yet",
        "renew it; check the clock of this machine";
    SourceReadOnly = 1025, "SOURCE_READ_ONLY", Config, Never,
        "a token cannot be published by a token source of this kind",
        "publish to a source that is read from a file, Nacos, Kubernetes or Vault; docs/sources.md describes them";
    AuthenticationFailed = 2001, "AUTHENTICATION_FAILED", Auth, NewCredential,
        "the server refused user name and password, or gave no closer reason",
        "check the credential; do not retry with the same one, three failures may lock the account";
    TokenRefused = 2002, "TOKEN_REFUSED", Auth, NewCredential,
        "the server does not know the token, or it was dropped",
        "create a token with CREATE TOKEN and give it to the client, or to the token source of its pool; a new token may take seconds to become visible";
    TokenExpired = 2003, "TOKEN_EXPIRED", Auth, NewCredential,
        "the token's time to live has passed",
        "create a new token: CREATE TOKEN name FROM USER user TTL 1; give the client the new one before the old one ends";
    TokenDisabled = 2004, "TOKEN_DISABLED", Auth, NewCredential,
        "the token was disabled",
        "enable it with ALTER TOKEN name ENABLE 1, or use another one";
    TotpRefused = 2005, "TOTP_REFUSED", Auth, NewCredential,
        "the one-time code is missing, wrong or was used before",
        "give a fresh six-digit code; machines should use a token";
    NotAllowed = 2006, "NOT_ALLOWED", Auth, Never,
        "the user is disabled or this address is not on the user's list",
        "ask an administrator to enable the user or to allow the address";
    UpgradeUnauthorized = 2007, "UPGRADE_UNAUTHORIZED", Auth, NewCredential,
        "a proxy or cloud front end answered 401 or 403 before the server was reached",
        "check the access rules of the proxy";
    CredentialUnavailable = 2008, "CREDENTIAL_UNAVAILABLE", Auth, NewCredential,
        "whoever was to give the credential gave none: a callback failed",
        "see the cause in the text; the server was not asked";
    SourceUnavailable = 2009, "SOURCE_UNAVAILABLE", Auth, NewCredential,
        "the token source could not be asked, or did not answer in time",
        "see the cause in the text; a token that is in use stays in use meanwhile";
    SourceInvalid = 2010, "SOURCE_INVALID", Auth, NewCredential,
        "what the token source gave holds no usable token",
        "correct what the source serves; a token that is in use stays in use meanwhile";
    TokenRevoked = 2011, "TOKEN_REVOKED", Auth, NewConnection,
        "the token of the connection was given up at once, because it leaked",
        "take another connection; it uses the next token";
    TlsUntrustedRoot = 3001, "TLS_UNTRUSTED_ROOT", Tls, Never,
        "the server's certificate leads to no trusted root",
        "give the CA that issued it by tls_ca, or pin the server by tls_pin";
    TlsSelfSigned = 3002, "TLS_SELF_SIGNED", Tls, Never,
        "the server presents a self-signed certificate that is not trusted",
        "give it by tls_ca if it is a proper one, or pin it by tls_pin";
    TlsCaAsLeaf = 3003, "TLS_CA_AS_LEAF", Tls, Never,
        "the server presents a CA certificate as its own",
        "pin it by tls_pin, or issue a proper server certificate";
    TlsCertificateVersion = 3004, "TLS_CERTIFICATE_VERSION", Tls, Never,
        "the server presents an X.509 v1 certificate without subject alternative names, as TDengine's SSL guide makes it",
        "pin it by tls_pin, or issue a v3 certificate that names the host as subject alternative name";
    TlsNameMismatch = 3005, "TLS_NAME_MISMATCH", Tls, Never,
        "the certificate is valid, but not for the host name or address that was dialled",
        "connect by a name in the certificate, or issue one that names this host";
    TlsExpired = 3006, "TLS_EXPIRED", Tls, Never,
        "the server's certificate has expired, or this machine's clock is ahead",
        "renew the certificate; check the clock";
    TlsNotYetValid = 3007, "TLS_NOT_YET_VALID", Tls, Never,
        "the server's certificate is not valid yet, or this machine's clock is behind",
        "check the clock of this machine and of the one that issued the certificate";
    TlsRevoked = 3008, "TLS_REVOKED", Tls, Never,
        "the server's certificate was revoked",
        "issue a new certificate";
    TlsBadSignature = 3009, "TLS_BAD_SIGNATURE", Tls, Never,
        "a signature in the handshake or in the certificate chain is wrong",
        "issue the certificate again; if it was not changed by mistake, somebody is in between";
    TlsNoCommonVersion = 3010, "TLS_NO_COMMON_VERSION", Tls, Never,
        "client and server share no TLS version",
        "allow TLS 1.2 or 1.3 on both sides";
    TlsNoCommonSuite = 3011, "TLS_NO_COMMON_SUITE", Tls, Never,
        "client and server share no cipher suite, key exchange or signature scheme",
        "enable an AEAD suite with ECDHE on the server";
    TlsNotTls = 3012, "TLS_NOT_TLS", Tls, Never,
        "the server does not speak TLS on this port",
        "enable TLS in taosAdapter's [ssl] section, or dial the TLS port of the proxy";
    TlsPinMismatch = 3013, "TLS_PIN_MISMATCH", Tls, Never,
        "the server's public key is none of the pinned ones",
        "if the server's key was changed on purpose, update tls_pin; otherwise somebody is in between";
    TlsClientCertificateRequired = 3014, "TLS_CLIENT_CERTIFICATE_REQUIRED", Tls, Never,
        "the server asks for a client certificate and got none",
        "give tls_cert and tls_key, issued by a CA that the server trusts";
    TlsHandshakeFailed = 3015, "TLS_HANDSHAKE_FAILED", Tls, NewConnection,
        "the TLS handshake broke off",
        "see the cause in the text; openssl s_client shows the server's side";
    TlsNoRoots = 3016, "TLS_NO_ROOTS", Tls, Never,
        "the operating system offers no trusted roots",
        "install its package of CA certificates, or give tls_ca";
    TlsBadCertificate = 3017, "TLS_BAD_CERTIFICATE", Tls, Never,
        "the server's certificate cannot be parsed or is not for servers",
        "issue a proper server certificate";
    TlsExpected = 3018, "TLS_EXPECTED", Tls, Never,
        "the server expects TLS on this port",
        "use wss:// instead of ws://";
    TlsRevocationUnknown = 3019, "TLS_REVOCATION_UNKNOWN", Tls, Never,
        "tls_revocation=hard, and no current list and no stapled OCSP answer tells the state of the server's certificate",
        "give the CA's current list by tls_crl, or make the server staple OCSP; tls_revocation=soft accepts the unknown";
    TlsWeakSignature = 3020, "TLS_WEAK_SIGNATURE", Tls, Never,
        "a certificate of the server's chain is signed with an algorithm that is not accepted any more, or has too small a key",
        "issue it again with ECDSA P-256, or RSA of 2048 bits or more, and SHA-256";
    TlsClientCertificateRefused = 3021, "TLS_CLIENT_CERTIFICATE_REFUSED", Tls, Never,
        "the server refused the client certificate",
        "check that the server trusts its CA, that it is for client authentication, and neither expired nor revoked";
    TlsClockWrong = 3022, "TLS_CLOCK_WRONG", Tls, Never,
        "the clock of this machine is far off, so no certificate looks valid",
        "set the clock, for example by NTP";
    ResolveFailed = 4001, "RESOLVE_FAILED", Network, NewConnection,
        "the host name cannot be resolved",
        "check the name and the resolver";
    ConnectRefused = 4002, "CONNECT_REFUSED", Network, NewConnection,
        "nothing listens on this port of the host",
        "check that taosAdapter runs and the port is right";
    ConnectFailed = 4003, "CONNECT_FAILED", Network, NewConnection,
        "the host cannot be reached",
        "check route and firewall";
    ConnectionLost = 4004, "CONNECTION_LOST", Network, NewConnection,
        "the connection broke",
        "connect again; if the error says that the statement may have been executed, check before repeating a write";
    UpgradeRefused = 4005, "UPGRADE_REFUSED", Network, Never,
        "the peer did not upgrade to WebSocket",
        "check that the address names taosAdapter and that a proxy forwards WebSocket";
    ServerClosed = 4006, "SERVER_CLOSED", Network, NewConnection,
        "the server closed the connection, for example because the user was dropped or its address list changed",
        "connect again; if it is refused, ask an administrator";
    ListenFailed = 4007, "LISTEN_FAILED", Network, Never,
        "the address on which metrics are to be served cannot be listened on",
        "choose a free port, or 0 for any; check that nothing else listens there";
    ConnectTimeout = 5001, "CONNECT_TIMEOUT", Timeout, NewConnection,
        "connecting took longer than connect_timeout",
        "check route and firewall, or raise connect_timeout";
    RequestTimeout = 5002, "REQUEST_TIMEOUT", Timeout, SameConnection,
        "no answer arrived within the request's timeout",
        "raise request_timeout, or make the statement cheaper";
    Cancelled = 5003, "CANCELLED", Usage, SameConnection,
        "the caller cancelled the request",
        "nothing to do";
    Closed = 5004, "CLOSED", Usage, NewConnection,
        "the handle was closed before",
        "open a new one";
    Forked = 5005, "FORKED", Usage, NewConnection,
        "the handle belongs to the parent process of this fork",
        "open a new connection in the child";
    InvalidArgument = 5006, "INVALID_ARGUMENT", Usage, Never,
        "an argument is missing or outside its range",
        "see the documentation of the function";
    ResultConsumed = 5007, "RESULT_CONSUMED", Usage, Never,
        "the rows of this result were read before",
        "run the statement again";
    AcquireTimeout = 5008, "ACQUIRE_TIMEOUT", Timeout, NewConnection,
        "no connection of the pool became free within acquire_timeout",
        "give connections back sooner, raise max_size, or look for one that is never given back (leak_warning)";
    ProtocolMessage = 6001, "PROTOCOL_MESSAGE", Protocol, NewConnection,
        "the server sent a message that does not have the form of the protocol",
        "check that the peer is taosAdapter 3.3.2 or newer";
    ProtocolReply = 6002, "PROTOCOL_REPLY", Protocol, NewConnection,
        "the server answered a request that was never made, or answered twice",
        "check that no proxy mixes connections";
    BlockInvalid = 6003, "BLOCK_INVALID", Protocol, NewConnection,
        "a block of rows contradicts itself",
        "check versions; report the block if it comes from taosAdapter";
    MessageTooLarge = 6004, "MESSAGE_TOO_LARGE", Protocol, NewConnection,
        "the server sent, or announced, more than max_message_bytes in one message",
        "raise max_message_bytes if such rows are expected";
    ServerTooOld = 6005, "SERVER_TOO_OLD", Protocol, Never,
        "the server is older than 3.3.2.0, or too old for bearer tokens",
        "use TDengine 3.4.0 or newer for tokens";
    ServerError = 7001, "SERVER_ERROR", Server, Never,
        "the server refused the statement",
        "see the server's text";
    SyntaxError = 7002, "SYNTAX_ERROR", Server, Never,
        "the statement is not valid SQL of TDengine",
        "correct the statement near the place the server names";
    TableNotFound = 7003, "TABLE_NOT_FOUND", Server, Never,
        "the table or super table does not exist",
        "check name and database";
    DatabaseNotFound = 7004, "DATABASE_NOT_FOUND", Server, Never,
        "the database does not exist or none is selected",
        "check the name; CREATE DATABASE makes one";
    PermissionDenied = 7005, "PERMISSION_DENIED", Server, Never,
        "the user lacks the privilege",
        "ask an administrator; this is no authentication failure";
    RateLimited = 7006, "RATE_LIMITED", Server, SameConnection,
        "a limit of the server is reached: running queries of the gateway, or sessions of the user",
        "wait, then try again; for sessions close some, or raise the user's limit";
    StatementRejected = 7007, "STATEMENT_REJECTED", Server, Never,
        "an administrator's pattern forbids the statement",
        "ask an administrator";
    BackendUnavailable = 7008, "BACKEND_UNAVAILABLE", Server, NewConnection,
        "the gateway cannot reach the cluster",
        "try another endpoint";
    NotSupported = 7009, "NOT_SUPPORTED", Server, Never,
        "the server does not support the operation, for example tokens on a community build",
        "use TDengine Enterprise 3.4.0 or newer for tokens";
    SessionEnded = 7010, "SESSION_ENDED", Server, NewConnection,
        "the server ended the session: killed, idle or connected for too long",
        "connect again";
    TokenNotFound = 7011, "TOKEN_NOT_FOUND", Server, Never,
        "no token has this name, or it is one of another user",
        "check the name; SHOW TOKENS, or tdsec token list, tells those that the user may see";
    InvalidUtf8 = 8001, "INVALID_UTF8", Data, Never,
        "a text value is not valid UTF-8",
        "read the column as bytes";
    TypeMismatch = 8002, "TYPE_MISMATCH", Data, Never,
        "the column does not have the type asked for",
        "ask for the column's own type";
    ValueOutOfRange = 8003, "VALUE_OUT_OF_RANGE", Data, Never,
        "the value does not fit into the type asked for",
        "read it as the column's own type";
    Internal = 9001, "INTERNAL", Internal, NewConnection,
        "a defect of tdsec",
        "please report it with the text of this error";
    RuntimeUnavailable = 9002, "RUNTIME_UNAVAILABLE", Internal, Never,
        "the threads of the library could not be started",
        "check the process limits";
}

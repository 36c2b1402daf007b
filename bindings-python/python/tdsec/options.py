"""The keyword arguments of connect: the core's registry of options, for type checkers and for the documentation."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any, Optional, TypedDict, Union

from . import _tdsec
from ._tdsec import Token

Text = str
BearerToken = Union[str, Token]
Flag = Union[bool, str]
Number = Union[int, str]
Duration = Union[float, str, timedelta]
Texts = Union[str, Sequence[str]]
OneTimeCode = Union[str, Callable[[], str]]
"""Six digits, or a function that is asked for them at each login, on a thread of the library."""
Material = Union[str, bytes, "os.PathLike[str]"]
"""A certificate, key or list: a path, PEM as text or bytes, DER or PKCS#12 as bytes."""


class ConnectOptions(TypedDict, total=False):
    """Options by their canonical names; every other connector's spelling is understood too (docs/options.md).

    None means "not given". The items are written by ``scripts/stubs.py`` from the core's registry.
    """

    url: Optional[Text]
    """The address, where it is not the first argument of connect."""
    # <generated: options>
    address: Optional[Text]
    """The whole address in the spelling of any connector; only as a keyword, never inside an address. Default:
    required, unless `host` is given.
    """
    host: Optional[Texts]
    """Hosts, each with an optional port: `h1:6041,h2,[::1]:6042`. Default: from the address."""
    port: Optional[Number]
    """Port of every host that names none. 6041 also with TLS; TDengine Cloud needs `:443`. Default: 6041."""
    database: Optional[Text]
    """Database that is current after the login. Default: none."""
    protocol: Optional[Text]
    """`websocket` (or `ws`, which says nothing about TLS here) or `wss`. tdsec has no native protocol. Default:
    `websocket`.
    """
    bearer_token: Optional[BearerToken]
    """Token of `CREATE TOKEN`. Alone: no user name or password beside it. It is sent in the login message, never in
    a URL. Default: none. Secret: never shown.
    """
    user: Optional[Text]
    """User name. Needs a password. Default: `root`, if there is no token."""
    password: Optional[Text]
    """Password. Default: `taosdata`, if there is neither token nor user. Secret: never shown."""
    totp_code: Optional[OneTimeCode]
    """One-time code of six digits, beside user name and password; or a callback that is asked for one at each
    login. Default: none. Secret: never shown.
    """
    tls: Optional[Flag]
    """Encrypt and authenticate. `false` beside `wss` is a conflict. Default: `true` with `wss`, `false` with `ws`;
    without either, `true` if any TLS option is set.
    """
    tls_ca: Optional[Material]
    """The CAs to trust, PEM or DER: a file, a directory of files (`.pem`, `.crt`, `.cer`, `.der` and OpenSSL's
    hashed names), or the certificates themselves. Replaces the system's roots unless `tls_system_roots=true`.
    Read again when it changes. Default: none.
    """
    tls_system_roots: Optional[Flag]
    """Trust the roots of the operating system. Default: `true`, unless `tls_ca` or `tls_pin` is given."""
    tls_pin: Optional[Texts]
    """SHA-256 of the server's public key (SPKI): 64 hexadecimal digits or `sha256//` and base64. Alone it replaces
    the roots; with `tls_ca` or `tls_system_roots=true` both must hold. Default: none.
    """
    tls_server_name: Optional[Text]
    """Name or address the server's certificate has to be for, where the host is only the way there: a forwarded
    port, a tunnel, an address in a cluster. It is verified like a host, and sent as SNI. Default: the host.
    """
    tls_crl: Optional[Material]
    """Revocation lists of the CAs, PEM or DER: a file, a directory of files (also `.crl`), or the lists themselves.
    Read again when it changes: the next connect refuses what was revoked meanwhile. Default: none.
    """
    tls_revocation: Optional[Text]
    """`soft` refuses a server known as revoked, by `tls_crl` or by the OCSP answer it staples; `hard` also one
    whose state nobody told, and expired lists; `off` asks nothing. Default: `soft`.
    """
    tls_post_quantum: Optional[Flag]
    """Offer the hybrid key exchange X25519MLKEM768 first, where the cryptographic provider has it. Default: `true`."""
    tls_cert: Optional[Material]
    """The client's certificate with its intermediates: PEM, DER or PKCS#12. Alone it is the credential, or beside
    `bearer_token`; not beside a password. Read again when it changes; a pair that does not match, is
    half-written or has expired is refused and the earlier one stays. Default: none.
    """
    tls_key: Optional[Material]
    """The certificate's private key: PKCS#8, SEC 1 or PKCS#1, PEM or DER. Default: in `tls_cert`. Secret: never
    shown.
    """
    tls_key_passphrase: Optional[Text]
    """Passphrase of an encrypted key (PKCS#8 or PKCS#12). Default: none. Secret: never shown."""
    tls_key_passphrase_source: Optional[Text]
    """Where the passphrase is read from whenever the key is: `env:NAME` or `file:PATH` (its first line). Default:
    none.
    """
    tls_key_permissions: Optional[Text]
    """A key file that others than its owner may read: `warn`, `refuse` or `ignore`. Default: `warn`."""
    tls_version: Optional[Texts]
    """Versions to offer; 1.2 and 1.3 exist. Not beside `tls_min_version` or `tls_max_version`. Default:
    `TLSv1.2,TLSv1.3`.
    """
    tls_min_version: Optional[Text]
    """Lowest version to offer. Default: `TLSv1.2`."""
    tls_max_version: Optional[Text]
    """Highest version to offer. Default: `TLSv1.3`."""
    tls_mode: Optional[Text]
    """Of other connectors. `verify_identity` or `3` is what tdsec always does; `verify_ca` or `2` is raised to it,
    with a warning; `required` or `1` would not verify at all and is refused unless `danger_tls_verification`
    says so too; `disabled` or `0` is plain `ws`. Default: `verify_identity`.
    """
    disable_ssl_cert_validation: Optional[Flag]
    """Of other connectors. `true` is refused unless `danger_tls_verification` says so too. Default: `false`."""
    danger_tls_verification: Optional[Text]
    """`chain_only`: any name is accepted, so every certificate of the CA can play the server. `none`: everybody
    can. Not with a token, unless `danger_token_without_verification=true`. Default: `full`.
    """
    danger_token_without_verification: Optional[Flag]
    """Send a token although `danger_tls_verification` lowers verification. Default: `false`."""
    danger_token_over_plaintext: Optional[Flag]
    """Send a token over plain `ws` to a host that is not loopback (`localhost`, 127.0.0.0/8, `::1`). Default:
    `false`.
    """
    timezone: Optional[Text]
    """IANA name of the session's time zone, such as `Europe/Berlin`. Default: the server's."""
    bi_mode: Optional[Flag]
    """Hide what confuses reporting tools. Default: `false`."""
    user_app: Optional[Text]
    """Name of the application in `SHOW CONNECTIONS`; the server keeps 23 bytes. Default: none."""
    user_ip: Optional[Text]
    """Address of the client to record instead of the one the server sees. Default: none."""
    connect_timeout: Optional[Duration]
    """From name resolution to the reply to the login. Of several hosts one that cannot be reached takes its share
    of it, 3 seconds at least. A number is seconds. Default: `10s`.
    """
    request_timeout: Optional[Duration]
    """Until the answer to one request. A number is seconds. Default: `300s`."""
    keepalive: Optional[Duration]
    """Silence before a ping; no answer for as long again means that the connection is lost. A number is seconds.
    Default: `30s`.
    """
    max_message_bytes: Optional[Number]
    """Longest message accepted from the server, from 64 KiB to 2 GiB less one byte. A number is bytes. Default:
    `128MiB`.
    """
    compression: Optional[Flag]
    """Not available yet: only `false` is accepted. Default: `false`."""
    pool_name: Optional[Text]
    """Pool: its name in events and metrics, one for each application or tenant. Default: `pool-1`, `pool-2`, …."""
    max_size: Optional[Number]
    """Pool: most connections, from 1 to 1000. Default: `10`."""
    min_idle: Optional[Number]
    """Pool: connections kept open for the next caller; at most `max_size`. Default: `2`."""
    max_lifetime: Optional[Duration]
    """Pool: age at which a connection is replaced, less a random part of up to a tenth, so that not all are
    replaced at once. A number is seconds. Default: half the life of the token, at most `30m`.
    """
    idle_timeout: Optional[Duration]
    """Pool: a connection beyond `min_idle` that nobody wanted for so long is closed. A number is seconds. Default:
    `10m`.
    """
    acquire_timeout: Optional[Duration]
    """Pool: how long a caller waits for a connection; callers are served in the order they came. A number is
    seconds. Default: `30s`.
    """
    validation_interval: Optional[Duration]
    """Pool: an idle connection is asked for a sign of life this often, by a round trip without a statement. A
    number is seconds. Default: `60s`.
    """
    leak_warning: Optional[Duration]
    """Pool: a connection that is lent for longer gives the event `pool.leak_suspected`. A number is seconds.
    Default: none.
    """
    load_balance: Optional[Text]
    """Pool: how several hosts share the connections: `least_connections`, `round_robin` or `random`. Default:
    `least_connections`.
    """
    health_interval: Optional[Duration]
    """Pool: the longest wait, while no host serves and somebody wants a connection, until a host that failed is
    asked again. It is asked after a random part of a second first, then of twice as long each time; up to a
    minute while others serve or nobody waits. A number is seconds. Default: `5s`.
    """
    discover: Optional[Flag]
    """Pool: use the gateways too that the cluster names (servers from 3.4.1.10). They need certificates for their
    names. Default: `false`.
    """
    token_ttl: Optional[Duration]
    """Pool: life of a token of which the source says nothing, counted from when it was fetched. A number is
    seconds. Default: `24h`.
    """
    canary_connections: Optional[Number]
    """Pool: connections on which a new token must pass a round trip before others use it; from 1 to `max_size`, or
    a part of that, as in `25%`, rounded up. Default: `1`.
    """
    canary_query: Optional[Text]
    """Pool: a statement that must succeed on those connections too, such as `select server_status()`. Default:
    none.
    """
    token_grace: Optional[Duration]
    """Pool: how long the earlier token stays a fallback after the switch. A number is seconds. Default: `5m`."""
    token_retry: Optional[Duration]
    """Pool: when a token that failed its canary is tried again, unless the source gives another one before. A
    number is seconds. Default: `1h`.
    """
    token_jitter: Optional[Duration]
    """Pool: longest random delay between hearing of a new token and fetching it, so that a fleet does not move in
    the same second. A number is seconds. Default: `10s`.
    """
    token_wait: Optional[Duration]
    """Pool: how long, when the server refuses the token, the source is asked for another one before callers get the
    refusal, if no connection is left; each waits for `acquire_timeout` at most. A number is seconds. Default:
    `60s`.
    """
    # </generated>

    # Of other connectors: accepted with a SecurityWarning because they change nothing here, or refused.
    # <generated: ignored>
    token: Optional[Any]
    conn_retries: Optional[Any]
    retry_backoff_ms: Optional[Any]
    retry_backoff_max_ms: Optional[Any]
    enable_auto_reconnect: Optional[Any]
    adapter_ha: Optional[Any]
    write_timeout: Optional[Any]
    tcp_nodelay: Optional[Any]
    interpolate_params: Optional[Any]
    product_name: Optional[Any]
    batch_fetch: Optional[Any]
    varchar_as_string: Optional[Any]
    read_buffer_size: Optional[Any]
    http_socket_timeout: Optional[Any]
    http_pool_size: Optional[Any]
    max_concurrent_request: Optional[Any]
    rebalance_threshold: Optional[Any]
    health_check_init_interval: Optional[Any]
    stmt_bind_mode: Optional[Any]
    log_dir: Optional[Any]
    slave_cluster_host: Optional[Any]
    async_write: Optional[Any]
    charset: Optional[Any]
    cfgdir: Optional[Any]
    # </generated>


def documentation() -> str:
    """A line for each option that has an effect: name, type, default, what it does."""
    lines = []
    for name, kind, default, applied, _secret, doc, requirements in _tdsec.options():
        if applied and name != "address":
            source = f" ({', '.join(requirements)})" if requirements else ""
            preset = f", default {default}" if default else ""
            lines.append(f"        {name}: {kind}{preset}. {doc}{source}")
    return "\n".join(lines)

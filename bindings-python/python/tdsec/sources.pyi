"""Where the tokens of a pool come from; the classes of the kinds are written by ``scripts/stubs.py`` from the core's table."""

from typing import Any, Optional

from .callback import Callback as Callback
from .callback import Chain as Chain
from .callback import Given as Given
from .callback import Source as Source
from .callback import TokenSource as TokenSource
from .options import BearerToken, Duration, Flag, Material, Number, Text, Texts

KINDS: list[type[Source]]
__all__ = [
    "Callback",
    "Chain",
    "Given",
    "Source",
    "TokenSource",
    "create",
    # <generated: kinds>
    "Env",
    "File",
    "Kubernetes",
    "Nacos",
    "Sql",
    "Static",
    "Vault",
    # </generated>
]

def class_name(kind: str) -> str:
    """Name of the class of a kind: ``kubernetes`` gives ``Kubernetes``."""

def create(kind: str, /, **options: Any) -> Source:
    """The source of a kind by its name, for programs that read it from their configuration: ``create("file", path=…)``."""

# <generated: sources>
class Static(Source):
    """One token that never changes. For tests, and for short programs. (SRC-1)"""

    def __init__(
        self,
        token: Text,
    ) -> None:
        """Checks the options; opens and asks nothing.

        token: The token. Default: required. Secret: never shown.
        """

class Env(Source):
    """An environment variable, read again at every fetch; from outside the process nobody changes it, so for tokens
    that rotate take `file`. The content may have any of the forms above. (SRC-1)
    """

    def __init__(
        self,
        name: Optional[Text] = None,
    ) -> None:
        """Checks the options; opens and asks nothing.

        name: Name of the variable. Default: `TDENGINE_TOKEN`.
        """

class File(Source):
    """A file that somebody else keeps current: an agent, a sidecar, a mounted volume. A rewrite, a rename over it
    and a swapped symlink are noticed at once where the operating system tells of changes (inotify), otherwise by
    polling. (SRC-1)
    """

    def __init__(
        self,
        path: Text,
        *,
        poll_interval: Optional[Duration] = None,
        permissions: Optional[Text] = None,
    ) -> None:
        """Checks the options; opens and asks nothing.

        path: Path of the file, at most 64 KiB long. Default: required.
        poll_interval: How often the file is looked at where no change was told of. A number is seconds.
            Default: `5s`.
        permissions: A file that others than its owner may read: `warn` (once, as event `key.exposed`) or
            `ignore`. Default: `warn`.
        """

class Nacos(Source):
    """An entry of the config centre Nacos. With Nacos 1.x and 2.x a change arrives at once (long poll); the HTTP
    API of 3.x has no push, so it is polled. Of several servers the next one is asked when one fails. (SRC-1,
    SRC-2)
    """

    def __init__(
        self,
        server_addr: Texts,
        *,
        scheme: Optional[Text] = None,
        context_path: Optional[Text] = None,
        namespace: Optional[Text] = None,
        group: Optional[Text] = None,
        data_id: Optional[Text] = None,
        username: Optional[Text] = None,
        password: Optional[Text] = None,
        password_source: Optional[Text] = None,
        api: Optional[Text] = None,
        poll_interval: Optional[Duration] = None,
        timeout: Optional[Duration] = None,
        danger_token_over_plaintext: Optional[Flag] = None,
        tls_ca: Optional[Material] = None,
        tls_system_roots: Optional[Flag] = None,
        tls_pin: Optional[Texts] = None,
        tls_crl: Optional[Material] = None,
        tls_revocation: Optional[Text] = None,
        tls_cert: Optional[Material] = None,
        tls_key: Optional[Material] = None,
        tls_key_passphrase: Optional[Text] = None,
        tls_key_passphrase_source: Optional[Text] = None,
        tls_key_permissions: Optional[Text] = None,
        tls_min_version: Optional[Text] = None,
        tls_max_version: Optional[Text] = None,
        tls_post_quantum: Optional[Flag] = None,
    ) -> None:
        """Checks the options; opens and asks nothing.

        server_addr: Servers: `h1:8848,h2:8848`, also with `https://` before each. Port 8848 unless written.
            Default: required.
        scheme: `https` or `http`, where `server_addr` does not say it. Default: `https` with any TLS option,
            otherwise `http`.
        context_path: Where the API begins. Default: `/nacos`.
        namespace: Id of the namespace. Default: `public`.
        group: Group of the entry. Default: `DEFAULT_GROUP`.
        data_id: Name of the entry. Default: `tdengine-credential`.
        username: User of Nacos, if it wants a login. Default: none.
        password: Its password. Default: none. Secret: never shown.
        password_source: Where the password is read from at each login: `env:NAME` or `file:PATH`. Default:
            none.
        api: `v1` (1.x and 2.x, long poll), `v2` or `v3` (polled); `auto` takes the first of v1, v3, v2 that the
            server has. Default: `auto`.
        poll_interval: How often the entry is read where there is no long poll. A number is seconds. Default:
            `15s`.
        timeout: Limit of one request to one server; of several, each has its part of it to connect. A number is
            seconds. Default: `10s`.
        danger_token_over_plaintext: Ask a server on another machine by plain `http`, where whoever listens
            reads the token and the password. Default: `false`.
        tls_ca: The CAs to trust, PEM or DER: a file, a directory of files (`.pem`, `.crt`, `.cer`, `.der` and
            OpenSSL's hashed names), or the certificates themselves. Replaces the system's roots unless
            `tls_system_roots=true`. Read again when it changes. Default: none.
        tls_system_roots: Trust the roots of the operating system. Default: `true`, unless `tls_ca` or `tls_pin`
            is given.
        tls_pin: SHA-256 of the server's public key (SPKI): 64 hexadecimal digits or `sha256//` and base64.
            Alone it replaces the roots; with `tls_ca` or `tls_system_roots=true` both must hold. Default: none.
        tls_crl: Revocation lists of the CAs, PEM or DER: a file, a directory of files (also `.crl`), or the
            lists themselves. Read again when it changes: the next connect refuses what was revoked meanwhile.
            Default: none.
        tls_revocation: `soft` refuses a server known as revoked, by `tls_crl` or by the OCSP answer it staples;
            `hard` also one whose state nobody told, and expired lists; `off` asks nothing. Default: `soft`.
        tls_cert: The client's certificate with its intermediates: PEM, DER or PKCS#12. Alone it is the
            credential, or beside `bearer_token`; not beside a password. Read again when it changes; a pair that
            does not match, is half-written or has expired is refused and the earlier one stays. Default: none.
        tls_key: The certificate's private key: PKCS#8, SEC 1 or PKCS#1, PEM or DER. Default: in `tls_cert`.
            Secret: never shown.
        tls_key_passphrase: Passphrase of an encrypted key (PKCS#8 or PKCS#12). Default: none. Secret: never
            shown.
        tls_key_passphrase_source: Where the passphrase is read from whenever the key is: `env:NAME` or
            `file:PATH` (its first line). Default: none.
        tls_key_permissions: A key file that others than its owner may read: `warn`, `refuse` or `ignore`.
            Default: `warn`.
        tls_min_version: Lowest version to offer. Default: `TLSv1.2`.
        tls_max_version: Highest version to offer. Default: `TLSv1.3`.
        tls_post_quantum: Offer the hybrid key exchange X25519MLKEM768 first, where the cryptographic provider
            has it. Default: `true`.
        """

class Vault(Source):
    """A field of a secret in HashiCorp Vault or OpenBao: the key-value engine, version 2 or 1, or an engine that
    makes secrets with a lease. Its version is asked for at intervals. `expires_at`, `ttl`, `issued_at` and
    `revoked` may stand beside the field or in the custom metadata. tdsec renews its own token before that ends
    and logs in anew when it is refused. (SRC-1)
    """

    def __init__(
        self,
        *,
        address: Optional[Texts] = None,
        mount: Optional[Text] = None,
        path: Text,
        field: Optional[Text] = None,
        kv_version: Optional[Text] = None,
        namespace: Optional[Text] = None,
        auth: Optional[Text] = None,
        auth_mount: Optional[Text] = None,
        token: Optional[Text] = None,
        token_source: Optional[Text] = None,
        role_id: Optional[Text] = None,
        secret_id: Optional[Text] = None,
        secret_id_source: Optional[Text] = None,
        role: Optional[Text] = None,
        jwt_file: Optional[Text] = None,
        poll_interval: Optional[Duration] = None,
        timeout: Optional[Duration] = None,
        danger_token_over_plaintext: Optional[Flag] = None,
        tls_ca: Optional[Material] = None,
        tls_system_roots: Optional[Flag] = None,
        tls_pin: Optional[Texts] = None,
        tls_crl: Optional[Material] = None,
        tls_revocation: Optional[Text] = None,
        tls_cert: Optional[Material] = None,
        tls_key: Optional[Material] = None,
        tls_key_passphrase: Optional[Text] = None,
        tls_key_passphrase_source: Optional[Text] = None,
        tls_key_permissions: Optional[Text] = None,
        tls_min_version: Optional[Text] = None,
        tls_max_version: Optional[Text] = None,
        tls_post_quantum: Optional[Flag] = None,
    ) -> None:
        """Checks the options; opens and asks nothing.

        address: Servers: `https://vault.example:8200`, several by comma. Port 8200 unless written. Default: the
            environment variable `VAULT_ADDR`.
        mount: Where the engine is mounted. Default: `secret`.
        path: The secret below the mount. Default: required.
        field: The field that holds the token, in any of the forms above. Default: `token`.
        kv_version: `2` or `1`; engines with leases are read as `1`. Default: `2`.
        namespace: Namespace of Vault Enterprise or OpenBao. Default: none.
        auth: `token`, `approle`, `kubernetes` or `cert` (the certificate of `tls_cert`). Default: by what else
            is given.
        auth_mount: Where the method is mounted, below `auth/`. Default: the name of the method.
        token: Token of Vault. Default: none. Secret: never shown.
        token_source: Where the token is read from at each request: `env:NAME`, or `file:PATH` as an agent keeps
            it. Default: `env:VAULT_TOKEN`.
        role_id: RoleID of the AppRole. Default: none.
        secret_id: SecretID of the AppRole, if it wants one. Default: none. Secret: never shown.
        secret_id_source: Where the SecretID is read from at each login: `env:NAME` or `file:PATH`. Default:
            none.
        role: Role of the methods `kubernetes` (required) and `cert`. Default: none.
        jwt_file: The service account's token for the method `kubernetes`, read at each login. Default:
            `/var/run/secrets/kubernetes.io/serviceaccount/token`.
        poll_interval: How often the version is asked for. A number is seconds. Default: `30s`.
        timeout: Limit of one request to one server; of several, each has its part of it to connect. A number is
            seconds. Default: `10s`.
        danger_token_over_plaintext: Ask a server on another machine by plain `http`, where whoever listens
            reads the token and the password. Default: `false`.
        tls_ca: The CAs to trust, PEM or DER: a file, a directory of files (`.pem`, `.crt`, `.cer`, `.der` and
            OpenSSL's hashed names), or the certificates themselves. Replaces the system's roots unless
            `tls_system_roots=true`. Read again when it changes. Default: none.
        tls_system_roots: Trust the roots of the operating system. Default: `true`, unless `tls_ca` or `tls_pin`
            is given.
        tls_pin: SHA-256 of the server's public key (SPKI): 64 hexadecimal digits or `sha256//` and base64.
            Alone it replaces the roots; with `tls_ca` or `tls_system_roots=true` both must hold. Default: none.
        tls_crl: Revocation lists of the CAs, PEM or DER: a file, a directory of files (also `.crl`), or the
            lists themselves. Read again when it changes: the next connect refuses what was revoked meanwhile.
            Default: none.
        tls_revocation: `soft` refuses a server known as revoked, by `tls_crl` or by the OCSP answer it staples;
            `hard` also one whose state nobody told, and expired lists; `off` asks nothing. Default: `soft`.
        tls_cert: The client's certificate with its intermediates: PEM, DER or PKCS#12. Alone it is the
            credential, or beside `bearer_token`; not beside a password. Read again when it changes; a pair that
            does not match, is half-written or has expired is refused and the earlier one stays. Default: none.
        tls_key: The certificate's private key: PKCS#8, SEC 1 or PKCS#1, PEM or DER. Default: in `tls_cert`.
            Secret: never shown.
        tls_key_passphrase: Passphrase of an encrypted key (PKCS#8 or PKCS#12). Default: none. Secret: never
            shown.
        tls_key_passphrase_source: Where the passphrase is read from whenever the key is: `env:NAME` or
            `file:PATH` (its first line). Default: none.
        tls_key_permissions: A key file that others than its owner may read: `warn`, `refuse` or `ignore`.
            Default: `warn`.
        tls_min_version: Lowest version to offer. Default: `TLSv1.2`.
        tls_max_version: Highest version to offer. Default: `TLSv1.3`.
        tls_post_quantum: Offer the hybrid key exchange X25519MLKEM768 first, where the cryptographic provider
            has it. Default: `true`.
        """

class Kubernetes(Source):
    """A Secret of Kubernetes: mounted as a volume, where the kubelet exchanges all files at once, or read and
    watched at the API server, where the service account needs the verbs `get` and `watch` on it. The Secret's
    keys `expires_at`, `ttl`, `issued_at` and `revoked`, if there, are read beside the token. (SRC-1)
    """

    def __init__(
        self,
        directory: Optional[Text] = None,
        *,
        mode: Optional[Text] = None,
        key: Optional[Text] = None,
        poll_interval: Optional[Duration] = None,
        secret: Optional[Text] = None,
        namespace: Optional[Text] = None,
        api_server: Optional[Text] = None,
        token_file: Optional[Text] = None,
        timeout: Optional[Duration] = None,
        danger_token_over_plaintext: Optional[Flag] = None,
        tls_ca: Optional[Material] = None,
        tls_system_roots: Optional[Flag] = None,
        tls_pin: Optional[Texts] = None,
        tls_crl: Optional[Material] = None,
        tls_revocation: Optional[Text] = None,
        tls_cert: Optional[Material] = None,
        tls_key: Optional[Material] = None,
        tls_key_passphrase: Optional[Text] = None,
        tls_key_passphrase_source: Optional[Text] = None,
        tls_key_permissions: Optional[Text] = None,
        tls_min_version: Optional[Text] = None,
        tls_max_version: Optional[Text] = None,
        tls_post_quantum: Optional[Flag] = None,
    ) -> None:
        """Checks the options; opens and asks nothing.

        mode: `mounted` or `api`. Default: `mounted` with `directory`, otherwise `api`.
        directory: Where the Secret is mounted. Default: none.
        key: The key of the Secret that holds the token. Default: `token`.
        poll_interval: Mounted: how often the files are looked at where no change was told of. A number is
            seconds. Default: `5s`.
        secret: API: name of the Secret. Default: none.
        namespace: API: namespace of the Secret. Default: that of the pod.
        api_server: API: `https://host:port`. Default: as the pod's environment says.
        token_file: API: file of the bearer token, read at every request. `tls_ca` is the service account's
            unless given. Default: that of the service account.
        timeout: Limit of one request to one server; of several, each has its part of it to connect. A number is
            seconds. Default: `10s`.
        danger_token_over_plaintext: Ask a server on another machine by plain `http`, where whoever listens
            reads the token and the password. Default: `false`.
        tls_ca: The CAs to trust, PEM or DER: a file, a directory of files (`.pem`, `.crt`, `.cer`, `.der` and
            OpenSSL's hashed names), or the certificates themselves. Replaces the system's roots unless
            `tls_system_roots=true`. Read again when it changes. Default: none.
        tls_system_roots: Trust the roots of the operating system. Default: `true`, unless `tls_ca` or `tls_pin`
            is given.
        tls_pin: SHA-256 of the server's public key (SPKI): 64 hexadecimal digits or `sha256//` and base64.
            Alone it replaces the roots; with `tls_ca` or `tls_system_roots=true` both must hold. Default: none.
        tls_crl: Revocation lists of the CAs, PEM or DER: a file, a directory of files (also `.crl`), or the
            lists themselves. Read again when it changes: the next connect refuses what was revoked meanwhile.
            Default: none.
        tls_revocation: `soft` refuses a server known as revoked, by `tls_crl` or by the OCSP answer it staples;
            `hard` also one whose state nobody told, and expired lists; `off` asks nothing. Default: `soft`.
        tls_cert: The client's certificate with its intermediates: PEM, DER or PKCS#12. Alone it is the
            credential, or beside `bearer_token`; not beside a password. Read again when it changes; a pair that
            does not match, is half-written or has expired is refused and the earlier one stays. Default: none.
        tls_key: The certificate's private key: PKCS#8, SEC 1 or PKCS#1, PEM or DER. Default: in `tls_cert`.
            Secret: never shown.
        tls_key_passphrase: Passphrase of an encrypted key (PKCS#8 or PKCS#12). Default: none. Secret: never
            shown.
        tls_key_passphrase_source: Where the passphrase is read from whenever the key is: `env:NAME` or
            `file:PATH` (its first line). Default: none.
        tls_key_permissions: A key file that others than its owner may read: `warn`, `refuse` or `ignore`.
            Default: `warn`.
        tls_min_version: Lowest version to offer. Default: `TLSv1.2`.
        tls_max_version: Highest version to offer. Default: `TLSv1.3`.
        tls_post_quantum: Offer the hybrid key exchange X25519MLKEM768 first, where the cryptographic provider
            has it. Default: `true`.
        """

class Sql(Source):
    """tdsec makes its tokens itself: `CREATE TOKEN` by a login that may, one token for each rotation, named after
    the instance. A new one is used when the cluster knows it; the one before is disabled and dropped when
    nothing uses it any more. The user needs room for two tokens of each instance (`ALLOW_TOKEN_NUM`). What an
    earlier run of the same `instance` left, and what of this prefix has ended, is dropped when the limit is
    reached. (SRC-1, TOK-4)
    """

    def __init__(
        self,
        *,
        for_user: Optional[Text] = None,
        name_prefix: Optional[Text] = None,
        instance: Optional[Text] = None,
        ttl_days: Optional[Number] = None,
        provider: Optional[Text] = None,
        visible_timeout: Optional[Duration] = None,
        address: Optional[Text] = None,
        bearer_token: Optional[BearerToken] = None,
        user: Optional[Text] = None,
        password: Optional[Text] = None,
        connect_timeout: Optional[Duration] = None,
        request_timeout: Optional[Duration] = None,
        tls_ca: Optional[Material] = None,
        tls_system_roots: Optional[Flag] = None,
        tls_pin: Optional[Texts] = None,
        tls_server_name: Optional[Text] = None,
        tls_crl: Optional[Material] = None,
        tls_revocation: Optional[Text] = None,
        tls_cert: Optional[Material] = None,
        tls_key: Optional[Material] = None,
        tls_key_passphrase: Optional[Text] = None,
        tls_key_passphrase_source: Optional[Text] = None,
        tls_key_permissions: Optional[Text] = None,
        tls_min_version: Optional[Text] = None,
        tls_max_version: Optional[Text] = None,
        tls_post_quantum: Optional[Flag] = None,
        danger_tls_verification: Optional[Text] = None,
        danger_token_without_verification: Optional[Flag] = None,
        danger_token_over_plaintext: Optional[Flag] = None,
    ) -> None:
        """Checks the options; opens and asks nothing.

        for_user: Whose tokens are made; required where the login is by token or certificate. Default: the user
            who logs in.
        name_prefix: With what the names of the tokens begin: at most 12 letters, digits and underscores.
            Default: `tdsec`.
        instance: A name that is the same after a restart and that no other pool has, such as the pod's of a
            StatefulSet: then leftovers are found. Default: host, process and a random number.
        ttl_days: Days a token lives: 1 to 3650. Default: 1.
        provider: PROVIDER of the tokens, at most 63 bytes. Default: `tdsec`.
        visible_timeout: How long a new token may take until the cluster knows it. A number is seconds. Default:
            `10s`.
        address: The whole address in the spelling of any connector; only as a keyword, never inside an address.
            Default: required, unless `host` is given.
        bearer_token: Token of `CREATE TOKEN`. Alone: no user name or password beside it. It is sent in the
            login message, never in a URL. Default: none. Secret: never shown.
        user: User name. Needs a password. Default: `root`, if there is no token.
        password: Password. Default: `taosdata`, if there is neither token nor user. Secret: never shown.
        connect_timeout: From name resolution to the reply to the login. Of several hosts one that cannot be
            reached takes its share of it, 3 seconds at least. A number is seconds. Default: `10s`.
        request_timeout: Until the answer to one request. A number is seconds. Default: `300s`.
        tls_ca: The CAs to trust, PEM or DER: a file, a directory of files (`.pem`, `.crt`, `.cer`, `.der` and
            OpenSSL's hashed names), or the certificates themselves. Replaces the system's roots unless
            `tls_system_roots=true`. Read again when it changes. Default: none.
        tls_system_roots: Trust the roots of the operating system. Default: `true`, unless `tls_ca` or `tls_pin`
            is given.
        tls_pin: SHA-256 of the server's public key (SPKI): 64 hexadecimal digits or `sha256//` and base64.
            Alone it replaces the roots; with `tls_ca` or `tls_system_roots=true` both must hold. Default: none.
        tls_server_name: Name or address the server's certificate has to be for, where the host is only the way
            there: a forwarded port, a tunnel, an address in a cluster. It is verified like a host, and sent as SNI.
            Default: the host.
        tls_crl: Revocation lists of the CAs, PEM or DER: a file, a directory of files (also `.crl`), or the
            lists themselves. Read again when it changes: the next connect refuses what was revoked meanwhile.
            Default: none.
        tls_revocation: `soft` refuses a server known as revoked, by `tls_crl` or by the OCSP answer it staples;
            `hard` also one whose state nobody told, and expired lists; `off` asks nothing. Default: `soft`.
        tls_cert: The client's certificate with its intermediates: PEM, DER or PKCS#12. Alone it is the
            credential, or beside `bearer_token`; not beside a password. Read again when it changes; a pair that
            does not match, is half-written or has expired is refused and the earlier one stays. Default: none.
        tls_key: The certificate's private key: PKCS#8, SEC 1 or PKCS#1, PEM or DER. Default: in `tls_cert`.
            Secret: never shown.
        tls_key_passphrase: Passphrase of an encrypted key (PKCS#8 or PKCS#12). Default: none. Secret: never
            shown.
        tls_key_passphrase_source: Where the passphrase is read from whenever the key is: `env:NAME` or
            `file:PATH` (its first line). Default: none.
        tls_key_permissions: A key file that others than its owner may read: `warn`, `refuse` or `ignore`.
            Default: `warn`.
        tls_min_version: Lowest version to offer. Default: `TLSv1.2`.
        tls_max_version: Highest version to offer. Default: `TLSv1.3`.
        tls_post_quantum: Offer the hybrid key exchange X25519MLKEM768 first, where the cryptographic provider
            has it. Default: `true`.
        danger_tls_verification: `chain_only`: any name is accepted, so every certificate of the CA can play the
            server. `none`: everybody can. Not with a token, unless `danger_token_without_verification=true`.
            Default: `full`.
        danger_token_without_verification: Send a token although `danger_tls_verification` lowers verification.
            Default: `false`.
        danger_token_over_plaintext: Send a token over plain `ws` to a host that is not loopback (`localhost`,
            127.0.0.0/8, `::1`). Default: `false`.
        """
# </generated>

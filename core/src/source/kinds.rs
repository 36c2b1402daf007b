//! The table of kinds: every source that is made from texts, its options, defaults and reasons, once. `docs/sources.md`, "did
//! you mean" and the classes of the languages follow from it.

use std::sync::Arc;

use super::builder::{Inputs, missing};
use super::file::File;
use super::fixed::{Env, Static};
use super::http::{DANGER, TLS_OPTIONS};
use super::kubernetes::Kubernetes;
use super::nacos::Nacos;
use super::sql::{CONNECTION_OPTIONS, Minting};
use super::vault::Vault;
use crate::config::OptionInfo as O;
use crate::config::OptionType::{Bool, Choice, Duration, Integer, List, Text};
use crate::config::{find_option, same_name};
use crate::credential::TokenSource;
use crate::error::Result;

/// One kind of source.
#[derive(Debug)]
#[non_exhaustive]
pub struct SourceKind {
    /// Its name: the first word of a text, the name of its class in a language, [`TokenSource::name`].
    pub name: &'static str,
    /// What it is; Markdown, a few sentences.
    pub doc: &'static str,
    /// The option that stands alone in a text without `=`, as in `file:/run/secrets/token`.
    pub primary: Option<&'static str>,
    /// A text that [`parse`](super::parse) understands.
    pub example: &'static str,
    /// Requirements it serves.
    pub requirements: &'static [&'static str],
    pub(super) own: &'static [O],
    /// Options of the registry of connections that mean the same here.
    pub(super) connection: &'static [&'static str],
    pub(super) make: fn(&mut Inputs) -> Result<Arc<dyn TokenSource>>,
}

/// Every kind, in the order of the documentation.
pub fn kinds() -> &'static [SourceKind] {
    KINDS
}

impl SourceKind {
    /// Its own options, then those it shares with connections (the `tls_…` ones).
    pub fn options(&self) -> impl Iterator<Item = &'static O> {
        self.own.iter().chain(self.connection.iter().filter_map(|name| find_option(name)))
    }

    /// The option of this name in any spelling: case, `_` and `-` do not matter.
    pub fn find(&self, name: &str) -> Option<&'static O> {
        self.options().find(|option| same_name(option.name, name))
    }

    /// The option that stands alone where a language takes one value without a name: [`primary`](Self::primary), or the first if
    /// there has to be one.
    pub fn main_option(&self) -> Option<&'static str> {
        let first = self.options().next().filter(|option| option.default == "required");
        self.primary.or(first.map(|option| option.name))
    }

    pub(super) fn is_of_connections(&self, option: &O) -> bool {
        self.connection.contains(&option.name) && !self.own.iter().any(|own| own.name == option.name)
    }
}

static KINDS: &[SourceKind] = &[
    SourceKind {
        name: "static",
        doc: "One token that never changes. For tests, and for short programs.",
        primary: None,
        example: "static:token=TOKEN",
        requirements: &["SRC-1"],
        own: &[O::new("token", Text, "required", "The token.").secret()],
        connection: &[],
        make: |inputs| Ok(Arc::new(Static::new(inputs.required_secret("token")?)?)),
    },
    SourceKind {
        name: "env",
        doc: "An environment variable, read again at every fetch; from outside the process nobody changes it, so for tokens that rotate take `file`. The content may have any of the forms above.",
        primary: Some("name"),
        example: "env:TDENGINE_TOKEN",
        requirements: &["SRC-1"],
        own: &[O::new("name", Text, "`TDENGINE_TOKEN`", "Name of the variable.")],
        connection: &[],
        make: |inputs| {
            let name = inputs.values.take_text("name")?.unwrap_or_else(|| "TDENGINE_TOKEN".into());
            Ok(Arc::new(Env::new(name)))
        },
    },
    SourceKind {
        name: "file",
        doc: "A file that somebody else keeps current: an agent, a sidecar, a mounted volume. A rewrite, a rename over it and \
              a swapped symlink are noticed at once where the operating system tells of changes (inotify), otherwise by polling.",
        primary: Some("path"),
        example: "file:/run/secrets/tdengine-token",
        requirements: &["SRC-1"],
        own: &[
            O::new("path", Text, "required", "Path of the file, at most 64 KiB long."),
            O::new("poll_interval", Duration, "`5s`", "How often the file is looked at where no change was told of."),
            O::new(
                "permissions",
                Choice,
                "`warn`",
                "A file that others than its owner may read: `warn` (once, as event `key.exposed`) or `ignore`.",
            ),
        ],
        connection: &[],
        make: |inputs| {
            let path = inputs.required_text("path")?;
            let warn = inputs.choice("permissions", &["warn", "ignore"])? == "warn";
            Ok(Arc::new(File::new(path.into(), inputs.duration("poll_interval", 5)?, warn)))
        },
    },
    SourceKind {
        name: "nacos",
        doc: "An entry of the config centre Nacos. With Nacos 1.x and 2.x a change arrives at once (long poll); the HTTP API of 3.x has \
              no push, so it is polled. Of several servers the next one is asked when one fails.",
        primary: Some("server_addr"),
        example: "nacos:server_addr=localhost:8848;namespace=prod;username=tdsec;password_source=env:NACOS_PASSWORD",
        requirements: &["SRC-1", "SRC-2"],
        own: &[
            O::new(
                "server_addr",
                List,
                "required",
                "Servers: `h1:8848,h2:8848`, also with `https://` before each. Port 8848 unless written.",
            ),
            O::new(
                "scheme",
                Choice,
                "`https` with any TLS option, otherwise `http`",
                "`https` or `http`, where `server_addr` does not say it.",
            ),
            O::new("context_path", Text, "`/nacos`", "Where the API begins."),
            O::new("namespace", Text, "`public`", "Id of the namespace."),
            O::new("group", Text, "`DEFAULT_GROUP`", "Group of the entry."),
            O::new("data_id", Text, "`tdengine-credential`", "Name of the entry."),
            O::new("username", Text, "none", "User of Nacos, if it wants a login."),
            O::new("password", Text, "none", "Its password.").secret(),
            O::new(
                "password_source",
                Text,
                "none",
                "Where the password is read from at each login: `env:NAME` or `file:PATH`.",
            ),
            O::new(
                "api",
                Choice,
                "`auto`",
                "`v1` (1.x and 2.x, long poll), `v2` or `v3` (polled); `auto` takes the first of v1, v3, v2 that the server has.",
            ),
            O::new("poll_interval", Duration, "`15s`", "How often the entry is read where there is no long poll."),
            TIMEOUT,
            PLAINTEXT,
        ],
        connection: TLS_OPTIONS,
        make: |inputs| Ok(Arc::new(Nacos::new(inputs)?)),
    },
    SourceKind {
        name: "vault",
        doc: "A field of a secret in HashiCorp Vault or OpenBao: the key-value engine, version 2 or 1, or an engine that makes secrets with a \
              lease. Its version is asked for at intervals. `expires_at`, `ttl`, `issued_at` and `revoked` may stand beside the field or in the custom \
              metadata. tdsec renews its own token before that ends and logs in anew when it is refused.",
        primary: None,
        example: "vault:address=https://vault.example:8200;path=app/tdengine;auth=approle;role_id=ROLE;secret_id_source=file:/run/secrets/secret-id",
        requirements: &["SRC-1"],
        own: &[
            O::new(
                "address",
                List,
                "the environment variable `VAULT_ADDR`",
                "Servers: `https://vault.example:8200`, several by comma. Port 8200 unless written.",
            ),
            O::new("mount", Text, "`secret`", "Where the engine is mounted."),
            O::new("path", Text, "required", "The secret below the mount."),
            O::new("field", Text, "`token`", "The field that holds the token, in any of the forms above."),
            O::new("kv_version", Choice, "`2`", "`2` or `1`; engines with leases are read as `1`."),
            O::new("namespace", Text, "none", "Namespace of Vault Enterprise or OpenBao."),
            O::new(
                "auth",
                Choice,
                "by what else is given",
                "`token`, `approle`, `kubernetes` or `cert` (the certificate of `tls_cert`).",
            ),
            O::new("auth_mount", Text, "the name of the method", "Where the method is mounted, below `auth/`."),
            O::new("token", Text, "none", "Token of Vault.").secret(),
            O::new(
                "token_source",
                Text,
                "`env:VAULT_TOKEN`",
                "Where the token is read from at each request: `env:NAME`, or `file:PATH` as an agent keeps it.",
            ),
            O::new("role_id", Text, "none", "RoleID of the AppRole."),
            O::new("secret_id", Text, "none", "SecretID of the AppRole, if it wants one.").secret(),
            O::new(
                "secret_id_source",
                Text,
                "none",
                "Where the SecretID is read from at each login: `env:NAME` or `file:PATH`.",
            ),
            O::new("role", Text, "none", "Role of the methods `kubernetes` (required) and `cert`."),
            O::new(
                "jwt_file",
                Text,
                "`/var/run/secrets/kubernetes.io/serviceaccount/token`",
                "The service account's token for the method `kubernetes`, read at each login.",
            ),
            O::new("poll_interval", Duration, "`30s`", "How often the version is asked for."),
            TIMEOUT,
            PLAINTEXT,
        ],
        connection: TLS_OPTIONS,
        make: |inputs| Ok(Arc::new(Vault::new(inputs)?)),
    },
    SourceKind {
        name: "kubernetes",
        doc: "A Secret of Kubernetes: mounted as a volume, where the kubelet exchanges all files at once, or read and watched at the API \
              server, where the service account needs the verbs `get` and `watch` on it. The Secret's keys `expires_at`, `ttl`, \
              `issued_at` and `revoked`, if there, are read beside the token.",
        primary: Some("directory"),
        example: "kubernetes:directory=/var/run/secrets/tdengine",
        requirements: &["SRC-1"],
        own: &[
            O::new("mode", Choice, "`mounted` with `directory`, otherwise `api`", "`mounted` or `api`."),
            O::new("directory", Text, "none", "Where the Secret is mounted."),
            O::new("key", Text, "`token`", "The key of the Secret that holds the token."),
            O::new(
                "poll_interval",
                Duration,
                "`5s`",
                "Mounted: how often the files are looked at where no change was told of.",
            ),
            O::new("secret", Text, "none", "API: name of the Secret."),
            O::new("namespace", Text, "that of the pod", "API: namespace of the Secret."),
            O::new("api_server", Text, "as the pod's environment says", "API: `https://host:port`."),
            O::new(
                "token_file",
                Text,
                "that of the service account",
                "API: file of the bearer token, read at every request. `tls_ca` is the service account's unless given.",
            ),
            TIMEOUT,
            PLAINTEXT,
        ],
        connection: TLS_OPTIONS,
        make: |inputs| {
            let directory = inputs.values.take_text("directory")?;
            let modes: &[&str] = if directory.is_some() { &["mounted", "api"] } else { &["api", "mounted"] };
            if inputs.choice("mode", modes)? == "api" {
                return Ok(Arc::new(Kubernetes::new(inputs)?));
            }
            let directory = directory.ok_or_else(|| missing("directory"))?;
            let key = inputs.text("key", "token")?;
            Ok(Arc::new(File::mounted(directory.as_ref(), &key, inputs.duration("poll_interval", 5)?)))
        },
    },
    SourceKind {
        name: "sql",
        doc: "tdsec makes its tokens itself: `CREATE TOKEN` by a login that may, one token for each rotation, named after the instance. A new \
              one is used when the cluster knows it; the one before is disabled and dropped when nothing uses it any more. The user needs room \
              for two tokens of each instance (`ALLOW_TOKEN_NUM`). What an earlier run of the same `instance` left, and what of this \
              prefix has ended, is dropped when the limit is reached.",
        primary: None,
        example: "sql:address=\"wss://db.example:6041?user=minter&password=SECRET\";for_user=reader;instance=reports-0",
        requirements: &["SRC-1", "TOK-4"],
        own: &[
            O::new(
                "for_user",
                Text,
                "the user who logs in",
                "Whose tokens are made; required where the login is by token or certificate.",
            ),
            O::new(
                "name_prefix",
                Text,
                "`tdsec`",
                "With what the names of the tokens begin: at most 12 letters, digits and underscores.",
            ),
            O::new(
                "instance",
                Text,
                "host, process and a random number",
                "A name that is the same after a restart and that no other pool has, such as the pod's of a StatefulSet: then leftovers are found.",
            ),
            O::new("ttl_days", Integer, "1", "Days a token lives: 1 to 3650."),
            O::new("provider", Text, "`tdsec`", "PROVIDER of the tokens, at most 63 bytes."),
            O::new("visible_timeout", Duration, "`10s`", "How long a new token may take until the cluster knows it."),
        ],
        connection: CONNECTION_OPTIONS,
        make: |inputs| Ok(Arc::new(Minting::new(inputs)?)),
    },
];

const TIMEOUT: O = O::new(
    "timeout",
    Duration,
    "`10s`",
    "Limit of one request to one server; of several, each has its part of it to connect.",
);
const PLAINTEXT: O = O::new(
    DANGER,
    Bool,
    "`false`",
    "Ask a server on another machine by plain `http`, where whoever listens reads the token and the password.",
)
.dangerous();

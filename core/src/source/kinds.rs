//! The table of kinds: every source that is made from texts, its options, defaults and reasons, once. `docs/sources.md`, "did
//! you mean" and the classes of the languages follow from it.

use std::sync::Arc;

use super::builder::Inputs;
use super::file::File;
use super::fixed::{Env, Static};
use crate::config::OptionInfo as O;
use crate::config::OptionType::{Choice, Duration, Text};
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
        doc: "An environment variable, read again at every fetch. The content may have any of the forms above.",
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
        name: "kubernetes",
        doc: "A Secret of Kubernetes, mounted as a volume: the kubelet exchanges all files of it at once. The Secret's keys \
              `expires_at`, `ttl` and `issued_at`, if there, tell of the token's life.",
        primary: Some("directory"),
        example: "kubernetes:directory=/var/run/secrets/tdengine",
        requirements: &["SRC-1"],
        own: &[
            O::new("directory", Text, "required", "Where the Secret is mounted."),
            O::new("key", Text, "`token`", "The key of the Secret that holds the token."),
            O::new("poll_interval", Duration, "`5s`", "How often the files are looked at where no change was told of."),
        ],
        connection: &[],
        make: |inputs| {
            let directory = inputs.required_text("directory")?;
            let key = inputs.text("key", "token")?;
            Ok(Arc::new(File::mounted(directory.as_ref(), &key, inputs.duration("poll_interval", 5)?)))
        },
    },
];

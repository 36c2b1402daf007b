//! `docs/sources.md`, written from the table of kinds.

use std::fmt::Write as _;

use super::kinds::{SourceKind, kinds};

const HEAD: &str = "\
# Token sources

<!-- Generated from core/src/source/kinds.rs: UPDATE_DOCS=1 cargo test -p tdsec-core -->

A pool takes its token from a source and asks it again before the token ends, when the source tells of a change, and when the
server refuses the token. A source that is down or gives rubbish harms nothing that works: the token in use stays, the source is
asked again with backoff. Labels such as SRC-2 name the [requirement](requirements.md) a source serves.

| Where | How a source is made |
|---|---|
| Rust | `tdsec::source::parse(\"file:/run/secrets/token\")`, or `Builder::new(\"file\")?.set(\"path\", …)?.build()` |
| Rust, by code | `source::callback`, `source::async_callback`, `source::chain` |
| Python | `tdsec.sources.File(\"/run/secrets/token\")`, a class for each kind; `Callback`, `Chain` |
| Node | `sources.file({ path: '/run/secrets/token' })`, a function for each kind; `callback`, `chain` |
| C | `tdsec_source_parse`, or `tdsec_source_new` and `tdsec_source_set`; `tdsec_source_new_callback`, `tdsec_source_chain` |
| command line, configuration files | the text `kind:option=value;option=value`; a value with `;` stands in double quotes |

Case, `_` and `-` of option names do not matter. Passwords need not stand in a text: options that end in `_source` take `env:NAME` or
`file:PATH` (its first line), read whenever they are used.

## What a source may hold

The same everywhere a source reads a content:

| Form | Example |
|---|---|
| the token alone | `abcDEF123` |
| lines, as Java's properties write them; `#` and `!` begin comments | `token=abcDEF123` and `ttl=24h` |
| a JSON object | `{\"token\": \"abcDEF123\", \"expires_at\": 1800000000}` |
| a YAML mapping | `token: abcDEF123` and `expires_at: 2027-01-15T08:00:00Z` |

| Key | Value |
|---|---|
| `token` (also `bearerToken`) | the token |
| `expires_at` | when it ends: RFC 3339, or seconds or milliseconds since 1970 |
| `ttl` | how long it lives from its issue: seconds, or `24h`, `90m`; 0 says nothing |
| `issued_at` | when it was issued, as `expires_at` |
| `revoked` | fingerprints of earlier tokens that leaked, of twelve hexadecimal digits each, by comma or blank: pools leave those tokens at once. Anything else is `SOURCE_INVALID` |

Other keys are passed over. A function of a program gives the same keys in an object or mapping, in the spelling of its language or this one;
a key of another name that speaks of a time, such as `expires_in`, is `SOURCE_INVALID` there. An empty content, or one without a token, is `SOURCE_INVALID` and names the place, never the content. At most
64 KiB are read.

`static`, `env`, `sql` and functions of a program do not tell of changes: they are asked when the next token is due, when the one in use is refused, and by `rotate()`.
What a pool does with what it is given: [rotation.md](rotation.md).

What is published (`tdsec token rotate`, `TokenSource::publish`) has the form of what is there: lines and entries of other keys stay byte for byte and in their order, numbers and
ends of lines too, and a file, a Nacos entry, a key of a Secret and the fields of a Vault secret are changed in no other way. What cannot be changed so is `SOURCE_INVALID`,
and stays. A token alone becomes lines in a file and in Nacos (`token=…`, `issued_at=…`), for want of room for its times: programs that read such a file themselves have to expect
that. A key of a Secret and a field of Vault keep the token alone; the times stand beside it. Written are `file`, `nacos`, `vault` and `kubernetes` with `mode=api`; the others are
`SOURCE_READ_ONLY`.

";

/// The text of `docs/sources.md`.
pub fn sources_markdown() -> String {
    let mut text = String::from(HEAD);
    for kind in kinds() {
        section(&mut text, kind);
    }
    text.truncate(text.trim_end().len());
    text.push('\n');
    text
}

fn section(text: &mut String, kind: &SourceKind) {
    // Writing to a String cannot fail.
    let _ = write!(
        text,
        "## {}\n\n{} ({})\n\n```text\n{}\n```\n\n",
        kind.name,
        kind.doc,
        kind.requirements.join(", "),
        kind.example
    );
    let _ = writeln!(text, "| Option | Type | Default | Meaning |\n|---|---|---|---|");
    for option in kind.own {
        let secret = if option.secret { ", secret" } else { "" };
        let _ = writeln!(
            text,
            "| `{}` | {}{secret} | {} | {} |",
            option.name,
            option.kind.name(),
            option.default,
            option.doc
        );
    }
    text.push('\n');
    if !kind.connection.is_empty() {
        let shared: Vec<String> = kind.connection.iter().map(|name| format!("`{name}`")).collect();
        let _ = writeln!(text, "As in [options.md](options.md): {}.\n", shared.join(", "));
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::path::Path;

    #[test]
    fn docs_sources_md_is_up_to_date() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/sources.md");
        let wanted = sources_markdown();
        if std::env::var_os("UPDATE_DOCS").is_some() {
            std::fs::write(&path, &wanted).unwrap();
        }
        let committed = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(committed == wanted, "docs/sources.md differs: run UPDATE_DOCS=1 cargo test -p tdsec-core");
    }
}

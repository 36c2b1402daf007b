//! `docs/errors.md`, written from the table of codes (OPS-3).

use std::fmt::Write as _;

use super::{ErrorCode, Kind};

const HEAD: &str = "\
# Errors

<!-- Generated from core/src/error/codes.rs: UPDATE_DOCS=1 cargo test -p tdsec-core -->

Every failure carries the same number and name in every language, a kind, what happened, the likely cause and the remedy. A
text of the server stands beside them, never in their place. No error contains a token, password, passphrase or key.

| Language | Number and name | Remedy |
|---|---|---|
| Rust | `error.code().number()`, `error.code().name()` | `error.code().remedy()` |
| C | `tdsec_error_number`, `tdsec_error_name` | `tdsec_error_remedy` |
| Python | `error.number`, `error.code`; a class for each code | `error.remedy` |
| Node | `error.number`, `error.code` | `error.remedy` |

\"Again\" says whether trying again makes sense: *never* with the same input, on the *same connection*, on a *new connection*, or
with a *new credential* only. A request of which `may_have_run` is true may have been executed although no answer came:
look before you repeat a write.

## The quick reference of TDengine's security guide

| What one sees there | Code here |
|---|---|
| the handshake fails, certificate unknown or self-signed | `TLS_UNTRUSTED_ROOT`, `TLS_SELF_SIGNED`, `TLS_CA_AS_LEAF`, `TLS_CERTIFICATE_VERSION` |
| the certificate is for another name | `TLS_NAME_MISMATCH`, with the names it does have |
| the certificate has expired, or the clock is wrong | `TLS_EXPIRED`, `TLS_NOT_YET_VALID`, `TLS_CLOCK_WRONG` |
| no common version or cipher suite | `TLS_NO_COMMON_VERSION`, `TLS_NO_COMMON_SUITE` |
| connecting times out or is refused | `CONNECT_TIMEOUT`, `CONNECT_REFUSED`, `CONNECT_FAILED`, `RESOLVE_FAILED` |
| TLS on the plain port, or the other way round | `TLS_NOT_TLS`, `TLS_EXPECTED` |
| the token is refused, has expired or is disabled | `TOKEN_REFUSED`, `TOKEN_EXPIRED`, `TOKEN_DISABLED` |
| the parameter has another name | `TOKEN_PARAMETER`, `OPTION_UNKNOWN` with \"did you mean\" |
| wrong password, locked account, one-time code | `AUTHENTICATION_FAILED`, `TOTP_REFUSED`, `NOT_ALLOWED` |

";

const KINDS: [(Kind, &str); 10] = [
    (Kind::Config, "An address, an option or a file is wrong; nothing was sent."),
    (Kind::Auth, "The server, or a proxy in front of it, refused the credential."),
    (Kind::Tls, "The handshake failed, or the peer is not who it should be. No credential was sent."),
    (Kind::Network, "Name resolution, connecting, or a lost connection."),
    (Kind::Timeout, "A deadline passed."),
    (Kind::Usage, "The caller cancelled, or used a handle wrongly."),
    (Kind::Protocol, "The peer broke the protocol; the connection was closed."),
    (Kind::Server, "The server answered with an error."),
    (Kind::Data, "A value cannot be represented as asked."),
    (Kind::Internal, "A defect of tdsec, or of its surroundings."),
];

/// The text of `docs/errors.md`.
pub fn errors_markdown() -> String {
    let mut text = String::from(HEAD);
    for (kind, about) in KINDS {
        // Writing to a String cannot fail.
        let _ = write!(
            text,
            "## {}\n\n{about}\n\n| Number | Name | Cause | Remedy | Again |\n|---|---|---|---|---|\n",
            kind.name()
        );
        for code in ErrorCode::ALL.iter().filter(|code| code.kind() == kind) {
            let again = code.retry().name().replace('_', " ");
            let (number, name) = (code.number(), code.name());
            let _ = writeln!(text, "| {number} | `{name}` | {} | {} | {again} |", code.cause(), code.remedy());
        }
        text.push('\n');
    }
    text.truncate(text.trim_end().len());
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::path::Path;

    #[test]
    fn docs_errors_md_is_up_to_date() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/errors.md");
        let wanted = errors_markdown();
        if std::env::var_os("UPDATE_DOCS").is_some() {
            std::fs::write(&path, &wanted).unwrap();
        }
        let committed = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(committed == wanted, "docs/errors.md differs: run UPDATE_DOCS=1 cargo test -p tdsec-core");
    }

    #[test]
    fn every_code_is_in_the_document_once_and_every_name_in_it_exists() {
        let text = errors_markdown();
        for code in ErrorCode::ALL {
            assert_eq!(text.matches(&format!("| {} | `{}` |", code.number(), code.name())).count(), 1);
            assert!(!code.cause().contains('|') && !code.remedy().contains('|'), "{}", code.name());
        }
        let names =
            text.split('`').skip(1).step_by(2).filter(|word| word.chars().all(|c| c.is_ascii_uppercase() || c == '_'));
        for name in names {
            assert!(ErrorCode::ALL.iter().any(|code| code.name() == name), "{name}");
        }
    }
}

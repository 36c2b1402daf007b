//! Finding an option by any of its spellings, and guessing what was meant.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::options::{OptionInfo, Reading, options};
use crate::{Error, ErrorCode};

/// An option together with the name by which it was called.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spelling {
    pub(super) option: &'static OptionInfo,
    pub(super) name: &'static str,
    pub(super) reading: Reading,
}

impl Spelling {
    /// The canonical name of an option, also of one that is in no table of this room.
    pub(crate) fn of(option: &'static OptionInfo) -> Self {
        Spelling { option, name: option.name, reading: Reading::Plain }
    }
}

/// Case, `_` and `-` do not matter: `bearerToken`, `bearer_token` and `BEARER-TOKEN` are one name.
pub(super) fn find(name: &str) -> Option<Spelling> {
    SPELLINGS.get(folded(name).as_str()).copied()
}

/// The option with this name in any spelling; so a property map can be split into connection and consumer.
pub fn find_option(name: &str) -> Option<&'static OptionInfo> {
    find(name).map(|spelling| spelling.option)
}

/// The spelling of a canonical name from this crate's own code.
pub(super) fn canonical(name: &'static str) -> Option<Spelling> {
    find(name).filter(|spelling| spelling.option.name == name)
}

/// An option name that does not exist. `repeat` says whether the text may be repeated in the error: in a mangled
/// address it may be the rest of a secret.
pub(super) fn unknown(name: &str, repeat: bool) -> Error {
    let guess = closest(name);
    let hint = guess.map(|known| format!("; did you mean {known}?")).unwrap_or_default();
    // What nearly is a known name is no secret.
    if is_identifier(name) && (repeat || guess.is_some()) {
        Error::new(ErrorCode::OptionUnknown, format!("there is no option {name}{hint}")).with_option(name)
    } else {
        Error::new(
            ErrorCode::OptionUnknown,
            format!(
                "there is no option of this name (not repeated here because it may be part of a secret; \
                 a & or ; inside a value must be percent-encoded or quoted){hint}"
            ),
        )
    }
}

static SPELLINGS: LazyLock<HashMap<String, Spelling>> = LazyLock::new(|| {
    let mut spellings = HashMap::new();
    for option in options() {
        spellings.insert(folded(option.name), Spelling::of(option));
    }
    for option in options() {
        for alias in option.aliases {
            let spelling = Spelling { option, name: alias.name, reading: alias.reading };
            spellings.entry(folded(alias.name)).or_insert(spelling);
        }
    }
    spellings
});

fn folded(name: &str) -> String {
    name.chars().filter(|c| !matches!(c, '_' | '-')).map(|c| c.to_ascii_lowercase()).collect()
}

/// An unknown name in an address that is rather a mistake than a part of a secret: a short word, and not the
/// beginning of `password` or the like with its `=` lost.
pub(super) fn is_harmless(name: &str) -> bool {
    const START: usize = 3;
    let word = name.len() <= 24 && name.bytes().all(|byte| byte.is_ascii_alphabetic() || b"._-".contains(&byte));
    let name = folded(name);
    let start = name.get(..START).unwrap_or(&name);
    word && !SPELLINGS.iter().any(|(known, spelling)| spelling.option.secret && known.starts_with(start))
}

/// Two spellings of one name.
pub(crate) fn same_name(one: &str, other: &str) -> bool {
    folded(one) == folded(other)
}

/// A name that is none of `known`, for a table of another room: `what` says of what it is a name.
pub(crate) fn unknown_among(what: &str, name: &str, known: &[&'static str]) -> Error {
    let guess = nearest(name, known.iter().map(|known| (folded(known), *known)));
    let hint =
        guess.map_or_else(|| format!("; there are {}", known.join(", ")), |known| format!("; did you mean {known}?"));
    let shown = if is_identifier(name) { name } else { "of this name" };
    let error = Error::new(ErrorCode::OptionUnknown, format!("there is no {what} {shown}{hint}"));
    if is_identifier(name) { error.with_option(name) } else { error }
}

/// The known spelling that is one or two slips away, if any.
fn closest(name: &str) -> Option<&'static str> {
    nearest(name, SPELLINGS.iter().map(|(known, spelling)| (known.clone(), spelling.name)))
}

fn nearest(name: &str, known: impl Iterator<Item = (String, &'static str)>) -> Option<&'static str> {
    const LONGEST: usize = 40;
    let wanted = folded(name);
    if wanted.is_empty() || wanted.len() > LONGEST {
        return None;
    }
    let allowed = if wanted.len() >= 8 { 2 } else { usize::from(wanted.len() >= 3) };
    known
        .map(|(known, name)| (strsim::damerau_levenshtein(&wanted, &known), name))
        .filter(|(distance, _)| *distance <= allowed)
        .min()
        .map(|(_, name)| name)
}

fn is_identifier(name: &str) -> bool {
    let starts = name.starts_with(|c: char| c.is_ascii_alphabetic());
    starts && name.len() <= 40 && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_spelling_belongs_to_one_option() {
        let mut seen = HashSet::new();
        for option in options() {
            assert!(seen.insert(folded(option.name)), "{} twice", option.name);
            for alias in option.aliases {
                let repeats_canonical = folded(alias.name) == folded(option.name);
                assert!(repeats_canonical || seen.insert(folded(alias.name)), "{} twice", alias.name);
            }
        }
    }

    #[test]
    fn guesses_what_was_meant() {
        for (typed, meant) in
            [("bearerTokn", "bearer_token"), ("tls_cs", "tls_ca"), ("pasword", "password"), ("usseSSL", "useSSL")]
        {
            let error = unknown(typed, true);
            assert!(error.to_string().contains(meant), "{typed}: {error}");
            assert_eq!(error.option(), Some(typed));
        }
        assert!(!unknown("entirely_else", true).to_string().contains("did you mean"));
    }
}

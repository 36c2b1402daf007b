//! `docs/options.md`, written from the registry.

use std::fmt::Write as _;

use super::options::{Effect, OptionInfo, Reading, options};

const HEAD: &str = "\
# Options

<!-- Generated from core/src/config/options.rs: UPDATE_DOCS=1 cargo test -p tdsec-core -->

Labels such as TOK-3 name the [requirement](requirements.md) an option serves.

An option may stand in the address, or be given as a keyword. Case, `_` and `-` do not matter: `bearer_token`,
`bearerToken` and `BEARER-TOKEN` are one name. An option given twice, in whatever spelling and place, is an error.

## Addresses

One configuration, in the spelling of each connector:

| Form | Example |
|---|---|
| Rust, Python, Node, security guide | `wss://h1:6041,h2:6041/power?bearerToken=TOKEN&tls_ca=/etc/ca.pem` |
| Go | `@wss(h1:6041)/power?bearerToken=TOKEN`, `root:secret@wss(h1:6041)/power` |
| JDBC | `jdbc:TAOS-WS://h1:6041/power?bearerToken=TOKEN&useSSL=true` |
| C# | `protocol=WebSocket;host=h1;port=6041;db=power;useSSL=true;bearerToken=TOKEN` |
| keywords | `url=\"wss://h1:6041/power\", bearer_token=\"TOKEN\"` |

Schemes without TLS: `ws`, `http`, `taosws`, `taos+ws`, `taosws+ws`, `tmq+ws` (and `+http`). With TLS: `wss`, `https`,
`taoswss`, `taos+wss`, `taosws+wss`, `tmq+wss` (and `+https`). JDBC, C# and keywords without an address say nothing about TLS: it is on
if `useSSL=true` or any `tls_…` option is given, otherwise off, and then a token is accepted for loopback hosts only.

In URLs, JDBC URLs and Go addresses everything is percent-decoded (`@` is `%40`, `&` is `%26`, `%` is `%25`) and `+` is a plus sign.
IPv6 addresses stand in brackets. Connection strings of C# are not decoded; a value with `;` stands in quotes.

";

/// The text of `docs/options.md`.
pub fn options_markdown() -> String {
    let mut text = String::from(HEAD);
    let of = |wanted: fn(Effect) -> bool| options().iter().filter(move |option| wanted(option.effect));
    section(&mut text, "Options of tdsec", "", of(|effect| effect == Effect::Applied), true);
    section(
        &mut text,
        "Accepted without effect",
        "Of other connectors, harmless here. Each gives an entry in the configuration's warnings.\n\n",
        of(|effect| effect == Effect::Ignored),
        false,
    );
    section(
        &mut text,
        "Refused",
        "Of other connectors. Each is an error that says what to do instead.\n\n",
        of(|effect| matches!(effect, Effect::Refused(_))),
        false,
    );
    text.truncate(text.trim_end().len());
    text.push('\n');
    text
}

fn section<'a>(
    text: &mut String,
    title: &str,
    intro: &str,
    rows: impl Iterator<Item = &'a OptionInfo>,
    with_default: bool,
) {
    // Writing to a String cannot fail.
    let _ = write!(text, "## {title}\n\n{intro}");
    let _ = match with_default {
        true => writeln!(text, "| Option | Type | Default | Meaning | Other spellings |\n|---|---|---|---|---|"),
        false => writeln!(text, "| Option | Why | Other spellings |\n|---|---|---|"),
    };
    for option in rows {
        let secret = if option.secret { ", secret" } else { "" };
        let _ = write!(text, "| `{}` |", option.name);
        if with_default {
            let _ = write!(text, " {}{secret} | {} |", option.kind.name(), option.default);
        }
        let _ = writeln!(text, " {}{} | {} |", option.doc, requirements(option), spellings(option));
    }
    text.push('\n');
}

fn requirements(option: &OptionInfo) -> String {
    if option.requirements.is_empty() { String::new() } else { format!(" ({})", option.requirements.join(", ")) }
}

fn spellings(option: &OptionInfo) -> String {
    let camel = camel_case(option.name);
    let own = (camel != option.name).then(|| format!("`{camel}`"));
    let others = option.aliases.iter().filter(|alias| alias.name != camel).map(|alias| {
        let unit = match alias.reading {
            Reading::Milliseconds => "; milliseconds",
            Reading::UnitRequired => "; a unit must be written",
            Reading::Inverted => "; the opposite",
            Reading::Scheme => "; `ws` means plain",
            Reading::Plain => "",
        };
        format!("`{}` ({}{unit})", alias.name, alias.connector)
    });
    own.into_iter().chain(others).collect::<Vec<_>>().join(", ")
}

fn camel_case(name: &str) -> String {
    let mut words = name.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |text, word| {
        let mut letters = word.chars();
        let initial = letters.next().map(|letter| letter.to_ascii_uppercase());
        text + &initial.into_iter().chain(letters).collect::<String>()
    })
}

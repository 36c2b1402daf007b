//! Any text is parsed or refused, and whatever is refused keeps its secrets.

use proptest::prelude::*;

use super::*;

/// The secret goes into the braces: both halves of the secret around characters that should have been encoded.
const FORMS: [&str; 9] = [
    "wss://h1:6041/power?bearerToken={}&tls_ca=/ca.pem",
    "wss://root:{}@h1:6041,h2/power?timezone=UTC",
    "ws://h1/power?user=root&password={}&totp_code=123456",
    "root:{}@wss(h1:6041)/power?timezone=UTC",
    "@wss(h1:6041)/power?bearerToken={}",
    "jdbc:TAOS-WS://h1:6041/power?user=root&password={}&useSSL=true",
    "protocol=WebSocket;host=h1;port=6041;password={};useSSL=true",
    "wss://h1/power?td.connect.token={}",
    "wss://h1/power?token={}",
];
const PIECES: [&str; 22] = [
    "&", "=", "?", "@", "/", ":", "%", "(", ")", "[", "]", ";", ",", " ", "\"", "'", "#", "+", "%41", "\n", "tls_ca=",
    "6041",
];

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in "\\PC{0,80}") {
        let _ = Config::parse(&text);
    }

    #[test]
    fn no_pieces_of_addresses_make_it_panic(pieces in prop::collection::vec(prop::sample::select(&PIECES[..]), 0..24), form in 0..FORMS.len()) {
        let _ = Config::parse(&pieces.concat());
        let _ = Config::parse(&FORMS[form].replace("{}", &pieces.concat()));
    }

    #[test]
    fn no_option_repeats_its_value_in_an_error(option in 0..crate::config::options().len(), tail in "\\PC{0,20}") {
        let value = format!("HUNTERS{tail}");
        let name = crate::config::options()[option].name;
        let builder = ConfigBuilder::default().set(name, &value);
        let built = builder.and_then(|builder| if name == "host" { Ok(builder) } else { builder.address("wss://h") });
        if let Err(error) = built.and_then(ConfigBuilder::build) {
            let shown = format!("{error} {error:?}");
            prop_assert!(!shown.contains("HUNTERS"), "{}", shown);
        }
    }

    #[test]
    fn one_slip_in_an_address_does_not_show_its_secret(
        form in 0..FORMS.len(),
        inside in prop::sample::select(&PIECES[..]),
        at in any::<prop::sample::Index>(),
        delete in 0..4_usize,
        insert in prop::sample::select(&PIECES[..]),
    ) {
        let secret = format!("HUNTERS{inside}HUNTERS");
        let mut text = FORMS[form].replace("{}", &secret);
        let at = at.index(text.len() + 1);
        text.replace_range(at..(at + delete).min(text.len()), insert);
        if let Err(error) = Config::parse(&text) {
            let shown = format!("{error} {error:?}");
            prop_assert!(!shown.contains("HUNTERS") && !shown.contains("UNTER2"), "{} gave {}", text, shown);
        }
    }
}

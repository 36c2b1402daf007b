//! Secrets in outputs (TOK-5, TOK-8): plain, percent-encoded, in base64 at any alignment, in hexadecimal.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

/// Texts shorter than this are found everywhere by chance.
const SHORTEST: usize = 6;

/// Every form in which the secret could show up, with the form's name.
fn forms(secret: &str) -> Vec<(&'static str, String)> {
    let hex: String = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
    let mut forms = vec![
        ("plain", secret.to_owned()),
        ("percent-encoded", utf8_percent_encode(secret, NON_ALPHANUMERIC).to_string()),
        ("hexadecimal", hex.to_ascii_uppercase()),
        ("hexadecimal", hex),
    ];
    for skip in 0..3 {
        // Encoded text depends on the position modulo 3: take only what the secret alone decides.
        let bytes = [&[0; 2][..(3 - skip) % 3], secret.as_bytes()].concat();
        let from = [0, 3, 2][skip];
        for engine in [STANDARD_NO_PAD, URL_SAFE_NO_PAD] {
            let encoded = engine.encode(&bytes[..bytes.len() / 3 * 3]);
            if let Some(inner) = encoded.get(from..).filter(|inner| inner.len() > SHORTEST) {
                forms.push(("base64", inner.to_owned()));
            }
        }
    }
    forms
}

/// The form in which one of the secrets stands in the output.
pub(super) fn find(secrets: &[String], output: &str) -> Option<&'static str> {
    let usable = secrets.iter().filter(|secret| secret.len() >= SHORTEST);
    usable.flat_map(|secret| forms(secret)).find(|(_, form)| output.contains(form.as_str())).map(|(name, _)| name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::engine::general_purpose::STANDARD;

    #[test]
    fn a_secret_is_found_in_all_its_forms() {
        let secrets = ["s3cr+t/Wörd-of-the-house".to_owned()];
        for before in ["", "a", "ab", "abc", "user:"] {
            let text = format!("{before}{}:and more", secrets[0]);
            assert_eq!(find(&secrets, &STANDARD.encode(&text)), Some("base64"), "{before}");
        }
        assert_eq!(find(&secrets, "x s3cr+t/Wörd-of-the-house x"), Some("plain"));
        assert_eq!(find(&secrets, "?t=s3cr%2Bt%2FW%C3%B6rd%2Dof%2Dthe%2Dhouse"), Some("percent-encoded"));
        let hex: String = secrets[0].bytes().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(find(&secrets, &hex), Some("hexadecimal"));
        assert_eq!(find(&secrets, "nothing to see"), None);
    }
}

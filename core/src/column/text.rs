//! NCHAR: four bytes a character, little-endian, to UTF-8.

use super::fixed::Fixed;

/// The text in `bytes`; `None` if it is cut within a character or holds something that is none.
pub(super) fn from_ucs4(bytes: &[u8]) -> Option<String> {
    // No character needs more bytes in UTF-8 than here.
    let mut text = vec![0; bytes.len()];
    let length = write_utf8(bytes, &mut text)?;
    text.truncate(length);
    String::from_utf8(text).ok()
}

/// Writes the text in `bytes` to the beginning of `out`, which is at least as long, and returns its length.
#[inline]
pub(super) fn write_utf8(bytes: &[u8], out: &mut [u8]) -> Option<usize> {
    let (characters, rest) = bytes.as_chunks::<4>();
    if !rest.is_empty() || out.len() < bytes.len() {
        return None;
    }
    if u32::iter(bytes).fold(0, |all, character| all | character) < 0x80 {
        for (byte, character) in out.iter_mut().zip(characters) {
            *byte = character[0];
        }
        return Some(characters.len());
    }
    write_any(bytes, out)
}

fn write_any(bytes: &[u8], out: &mut [u8]) -> Option<usize> {
    let mut length = 0;
    for number in u32::iter(bytes) {
        let character = char::from_u32(number)?;
        length += character.encode_utf8(out.get_mut(length..)?).len();
    }
    Some(length)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn ucs4(numbers: &[u32]) -> Vec<u8> {
        numbers.iter().flat_map(|number| number.to_le_bytes()).collect()
    }

    #[test]
    fn characters_of_every_length_become_utf8() {
        for text in ["", "plain", "é", "日本", "mixed é 日 😀 end", "\u{10FFFF}\0\u{7F}\u{80}"] {
            let numbers: Vec<u32> = text.chars().map(u32::from).collect();
            assert_eq!(from_ucs4(&ucs4(&numbers)).unwrap(), text);
        }
    }

    #[test]
    fn what_is_no_character_is_refused() {
        for number in [0xD800, 0xDFFF, 0x11_0000, u32::MAX] {
            assert_eq!(from_ucs4(&ucs4(&[0x61, number])), None, "{number:#x}");
        }
        assert_eq!(from_ucs4(&[0x61, 0, 0]), None, "cut within a character");
        assert_eq!(from_ucs4(&[0x61, 0, 0, 0, 0x62]), None, "cut within a character");
    }
}

//! Text for C.

use std::ffi::{CString, c_char};

use tdsec_core::Result;

use crate::pointer;

/// A C string; a NUL within the text, which C could not see past, becomes U+FFFD.
pub(crate) fn c_string(text: &str) -> CString {
    CString::new(text).unwrap_or_else(|_| CString::new(text.replace('\0', "\u{FFFD}")).unwrap_or_default())
}

/// A buffer of the caller, to be filled the way `snprintf` does.
pub(crate) struct TextOut {
    pub(crate) buffer: *mut c_char,
    pub(crate) capacity: usize,
    pub(crate) length: *mut usize,
}

impl TextOut {
    /// As much of `text` as fits in whole characters, and a NUL. The full length goes to `length`.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT` if the buffer is NULL and has a capacity.
    pub(crate) fn write(self, text: &str) -> Result<()> {
        let buffer = pointer::buffer(self.buffer, self.capacity)?;
        if let Some(room) = buffer.len().checked_sub(1) {
            let fitting = &text.as_bytes()[..text.floor_char_boundary(room)];
            for (place, byte) in buffer.iter_mut().zip(fitting.iter().chain(&[0])) {
                place.write(*byte);
            }
        }
        if let Some(out) = pointer::optional_out(self.length) {
            out.set(text.len());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::ffi::CStr;

    fn written(text: &str, capacity: usize) -> (String, usize) {
        let mut buffer = [0x7f_u8; 16];
        let mut length = usize::MAX;
        TextOut { buffer: buffer.as_mut_ptr().cast(), capacity, length: &mut length }.write(text).unwrap();
        assert!(buffer[capacity..].iter().all(|byte| *byte == 0x7f), "wrote past the capacity");
        (CStr::from_bytes_until_nul(&buffer[..capacity]).unwrap().to_str().unwrap().to_owned(), length)
    }

    #[test]
    fn text_that_fits_is_written_whole() {
        assert_eq!(written("abc", 4), ("abc".to_owned(), 3));
        assert_eq!(written("", 1), (String::new(), 0));
    }

    #[test]
    fn text_that_does_not_fit_is_cut_between_characters_and_its_length_told() {
        assert_eq!(written("abcd", 4), ("abc".to_owned(), 4));
        assert_eq!(written("aé", 3), ("a".to_owned(), 3));
    }

    #[test]
    fn without_a_buffer_only_the_length_is_told() {
        let mut length = 0;
        TextOut { buffer: std::ptr::null_mut(), capacity: 0, length: &mut length }.write("abc").unwrap();
        assert_eq!(length, 3);
    }

    #[test]
    fn a_nul_within_a_text_is_replaced() {
        assert_eq!(c_string("a\0b").to_str().unwrap(), "a\u{FFFD}b");
    }
}

//! The envelope of every answer: who it is for and whether it succeeded.

use bytes::{Buf, Bytes};
use serde::Deserialize;

use super::query::ACTION_FETCH;
use crate::error::{Error, ErrorCode, Result};

/// The success or failure of a request as the server told it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Answer<T> {
    /// It succeeded with this.
    Success(T),
    /// It failed with the server's number (low 16 bits) and text.
    Failure {
        /// The number as it came over the wire.
        code: u32,
        /// The server's text.
        message: String,
    },
}

/// A text reply; its remaining fields are read by the request it belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TextReply {
    /// The request it answers; 0 when the server could not read one.
    pub(crate) req_id: u64,
    /// Name of the action it answers.
    pub(crate) action: String,
    /// The whole text on success.
    pub(crate) answer: Answer<String>,
}

/// A reply to `fetch_raw_block`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FetchReply {
    /// The request it answers.
    pub(crate) req_id: u64,
    /// The result it belongs to.
    pub(crate) result: u64,
    /// The raw block, or `None` at the end of the result.
    pub(crate) answer: Answer<Option<Bytes>>,
}

#[derive(Deserialize)]
struct Envelope {
    #[serde(default)]
    code: i64,
    #[serde(default)]
    message: String,
    #[serde(default)]
    action: String,
    #[serde(default)]
    req_id: u64,
}

/// Reads the five common fields of a text reply.
pub(crate) fn parse_text(text: String) -> Result<TextReply> {
    let unreadable = |why: &dyn std::fmt::Display| {
        Error::new(ErrorCode::ProtocolMessage, format!("a text reply of {} bytes cannot be read: {why}", text.len()))
    };
    // serde would also read an array of fields.
    if !text.trim_start().starts_with('{') {
        return Err(unreadable(&"it is not a JSON object"));
    }
    let envelope: Envelope = serde_json::from_str(&text).map_err(|error| unreadable(&error))?;
    let answer = match envelope.code {
        0 => Answer::Success(text),
        // Codes are 16 bits on the wire; a negative 32-bit code keeps its low half, like 0x80000357.
        code => Answer::Failure { code: wire_code(code), message: envelope.message },
    };
    Ok(TextReply { req_id: envelope.req_id, action: envelope.action, answer })
}

fn wire_code(code: i64) -> u32 {
    (code & 0xFFFF) as u32
}

const NEW_FRAMING: u64 = u64::MAX;
const HEAD: usize = 42;

/// Reads a binary reply. Only the framing of `fetch_raw_block` is expected on this connection.
pub(crate) fn parse_binary(message: Bytes) -> Result<FetchReply> {
    let mut head = message.clone();
    if head.len() < HEAD {
        return Err(malformed(format!("{} bytes are too few for its head", message.len())));
    }
    let marker = head.get_u64_le();
    let action = head.get_u64_le();
    let version = head.get_u16_le();
    if marker != NEW_FRAMING || action != ACTION_FETCH || version != 1 {
        return Err(malformed(format!(
            "marker {marker:#x}, action {action}, version {version} are not those of a fetch"
        )));
    }
    let _timing = head.get_u64_le();
    let req_id = head.get_u64_le();
    let code = head.get_u32_le();
    let text_length = head.get_u32_le() as usize;
    // The text, then result id (8) and finished (1).
    if head.len() < text_length.saturating_add(9) {
        return Err(malformed(format!("a text of {text_length} bytes does not fit into {}", message.len())));
    }
    let text = String::from_utf8_lossy(&head.split_to(text_length)).into_owned();
    let result = head.get_u64_le();
    let finished = head.get_u8();
    let answer = match (code, finished) {
        (0, 0) => Answer::Success(Some(block(head, message.len())?)),
        (0, _) => Answer::Success(None),
        (code, _) => Answer::Failure { code: code & 0xFFFF, message: text },
    };
    Ok(FetchReply { req_id, result, answer })
}

fn block(mut rest: Bytes, whole: usize) -> Result<Bytes> {
    if rest.len() < 4 {
        return Err(malformed("the length of the block is missing"));
    }
    let length = rest.get_u32_le() as usize;
    if length > rest.len() {
        return Err(malformed(format!("a block of {length} bytes does not fit into a frame of {whole}")));
    }
    rest.truncate(length);
    Ok(rest)
}

fn malformed(detail: impl std::fmt::Display) -> Error {
    Error::new(ErrorCode::ProtocolMessage, format!("a binary reply cannot be used: {detail}"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn frame(code: u32, text: &str, finished: u8, block: Option<&[u8]>) -> Vec<u8> {
        let mut bytes = u64::MAX.to_le_bytes().to_vec();
        bytes.extend(7u64.to_le_bytes());
        bytes.extend(1u16.to_le_bytes());
        bytes.extend(5u64.to_le_bytes());
        bytes.extend(42u64.to_le_bytes());
        bytes.extend(code.to_le_bytes());
        bytes.extend((text.len() as u32).to_le_bytes());
        bytes.extend(text.as_bytes());
        bytes.extend(9u64.to_le_bytes());
        bytes.push(finished);
        if let Some(block) = block {
            bytes.extend((block.len() as u32).to_le_bytes());
            bytes.extend(block);
        }
        bytes
    }

    #[test]
    fn data_end_and_failure_are_told_apart() {
        let data = parse_binary(frame(0, "", 0, Some(b"abc")).into()).unwrap();
        assert_eq!((data.req_id, data.result), (42, 9));
        assert_eq!(data.answer, Answer::Success(Some(Bytes::from_static(b"abc"))));
        assert_eq!(parse_binary(frame(0, "", 1, None).into()).unwrap().answer, Answer::Success(None));
        assert_eq!(
            parse_binary(frame(0x8000_FFFF, "result is nil", 1, None).into()).unwrap().answer,
            Answer::Failure { code: 0xFFFF, message: "result is nil".into() }
        );
    }

    #[test]
    fn every_cut_of_a_data_frame_is_refused() {
        let whole = frame(0, "text", 0, Some(&[7; 40]));
        for length in 0..whole.len() {
            let error = parse_binary(Bytes::copy_from_slice(&whole[..length])).unwrap_err();
            assert_eq!(error.code(), ErrorCode::ProtocolMessage, "{length}");
        }
    }

    #[test]
    fn lengths_beyond_the_frame_are_refused() {
        let mut claims_4_gib = frame(0, "", 0, Some(&[0; 8]));
        let at = 42 + 9;
        claims_4_gib[at..at + 4].copy_from_slice(&u32::MAX.to_le_bytes());
        assert!(parse_binary(claims_4_gib.into()).is_err());
        let mut long_text = frame(0, "", 0, Some(&[0; 8]));
        long_text[38..42].copy_from_slice(&u32::MAX.to_le_bytes());
        assert!(parse_binary(long_text.into()).is_err());
    }

    #[test]
    fn request_ids_keep_all_64_bits() {
        let text = format!(r#"{{"code":0,"message":"","action":"x","req_id":{}}}"#, u64::MAX);
        assert_eq!(parse_text(text).unwrap().req_id, u64::MAX);
    }

    #[test]
    fn wrong_json_types_are_refused() {
        for text in ["", "[]", "1", r#"{"code":"0"}"#, r#"{"req_id":-1}"#, r#"{"action":5}"#, "{"] {
            assert_eq!(parse_text(text.into()).unwrap_err().code(), ErrorCode::ProtocolMessage, "{text}");
        }
    }
}

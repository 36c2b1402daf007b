//! The golden vectors of requests and replies.
#![allow(clippy::unwrap_used)]

use super::*;
use crate::vectors::vectors;

#[test]
fn requests_have_the_bytes_of_the_vectors() {
    for vector in vectors("requests") {
        let fields = &vector.meaning["fields"];
        let req_id = fields["req_id"].as_u64().unwrap_or_default();
        let made = match vector.name.as_str() {
            "rq01_binary_query" => query(req_id, fields["sql"].as_str().unwrap()).unwrap(),
            "rq02_fetch_raw_block" => fetch(req_id, fields["result_id"].as_u64().unwrap()),
            // Raw writes and validate_sql are not requests of this client.
            _ => continue,
        };
        assert_eq!(made, Frame::Binary(vector.bytes), "{}", vector.name);
    }
}

#[test]
fn fetch_replies_read_as_the_vectors_say() {
    for vector in vectors("fetch_raw_block") {
        let fields = &vector.meaning["fields"];
        let reply = parse_binary(vector.bytes).unwrap();
        assert_eq!(Some(reply.req_id), fields["req_id"].as_u64(), "{}", vector.name);
        assert_eq!(Some(reply.result), fields["result_id"].as_u64(), "{}", vector.name);
        match reply.answer {
            Answer::Success(Some(block)) => assert_eq!(Some(block.len() as u64), fields["block_length"].as_u64()),
            Answer::Success(None) => assert_eq!(fields["finished"], 1),
            Answer::Failure { code, message } => {
                assert_eq!(Some(u64::from(code)), fields["code"].as_u64());
                assert_eq!(Some(message.as_str()), fields["message"].as_str());
            }
        }
    }
}

#[test]
fn replies_of_recorded_exchanges_are_read() {
    let mut read = 0;
    for vector in vectors("json") {
        let steps = vector.meaning["steps"].as_array().cloned().unwrap_or_default();
        for step in steps.iter().filter(|step| step["from"] == "server" && step["kind"] == "text") {
            let frame = &step["frame"];
            let text = frame.as_str().map_or_else(|| frame.to_string(), str::to_owned);
            let expected: serde_json::Value = serde_json::from_str(&text).unwrap();
            let reply = parse_text(text).unwrap();
            assert_eq!(reply.req_id, expected["req_id"].as_u64().unwrap_or(0), "{}: {expected}", vector.name);
            let failed = matches!(reply.answer, Answer::Failure { .. });
            assert_eq!(failed, expected["code"] != 0, "{}", vector.name);
            read += 1;
        }
    }
    assert!(read > 20 || vectors("json").is_empty(), "only {read} frames were read");
}

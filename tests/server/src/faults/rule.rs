//! One rule, as `POST /faults` takes it.

use serde::Deserialize;

/// When a rule fires and what happens then.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Which requests.
    #[serde(default)]
    pub when: When,
    /// What happens to them.
    #[serde(rename = "do")]
    pub fault: Fault,
}

/// Which requests a rule is about. Everything that is given has to hold.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct When {
    /// An action's name (`conn`, `free_result`, …), a group (`query` and `fetch` mean the text and the binary form),
    /// `any`, several with `|` between, or `accept` (before TLS) and `upgrade` (the HTTP request).
    pub action: Option<String>,
    /// The SQL holds this text, in any case.
    pub sql_contains: Option<String>,
    /// Fires from the n-th matching request on; 1 if not given.
    pub nth: Option<u64>,
    /// Fires so many times; 0 = always. If not given: once, but always for `slow_read` and `rate_limit`.
    pub count: Option<u64>,
    /// Fires with this probability (the same sequence for every run).
    pub probability: Option<f64>,
}

/// What goes wrong.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Fault {
    /// Not executed; the socket is cut.
    DropBefore {},
    /// Executed; no answer, the socket is cut.
    DropAfter {},
    /// Executed; the answer is held back.
    Delay {
        /// Milliseconds.
        ms: u64,
    },
    /// Executed; never answered. The connection stays.
    NoAnswer {},
    /// Not executed; an error answer in the action's own form. For `upgrade` the code is the HTTP status.
    Error {
        /// Low 16 bits are sent.
        code: u32,
        /// The text.
        #[serde(default)]
        message: String,
    },
    /// Executed; only the first bytes of the answer are sent.
    Truncate {
        /// How many bytes of the payload remain.
        bytes: usize,
        /// The frame announces its full length and the socket is cut in the middle of it; else the frame is whole
        /// and its payload short.
        #[serde(default)]
        cut: bool,
    },
    /// Executed; one byte of the answer's payload is changed.
    Corrupt {
        /// Position; negative counts from the end; clamped to the payload.
        offset: i64,
        /// What the byte is XORed with.
        xor: u8,
    },
    /// Not executed; the server ends its sending direction and goes on reading.
    HalfClose {},
    /// Not executed; TCP reset.
    Reset {},
    /// Executed; from now on the server reads from this connection only so fast.
    SlowRead {
        /// Bytes a second, at least 1.
        bytes_per_s: u64,
    },
    /// Executed; the answer is sent twice.
    DuplicateAnswer {},
    /// Executed; the answer comes after the next one on this connection.
    Reorder {
        /// The answer comes by itself after so many milliseconds.
        #[serde(default = "one_second")]
        ms: u64,
    },
    /// Requests beyond the rate are answered with 65534 and not executed.
    RateLimit {
        /// Requests a second, over all connections.
        per_s: u64,
    },
    /// Not executed; the server closes the WebSocket.
    CloseFrame {
        /// Status code; none if not given.
        code: Option<u16>,
        /// Reason, sent with the code.
        #[serde(default)]
        reason: String,
    },
    /// Not executed; this frame is the answer: a text in which `$REQ_ID` stands for the request's id, or bytes.
    Replace {
        /// A text frame.
        text: Option<String>,
        /// A binary frame in hexadecimal, blanks allowed.
        hex: Option<String>,
        /// Where in the bytes the little-endian request id is written.
        req_id_at: Option<usize>,
    },
}

fn one_second() -> u64 {
    1000
}

const GROUPS: [(&str, &[&str]); 2] =
    [("query", &["query", "binary_query", "rest_sql"]), ("fetch", &["fetch", "fetch_block", "fetch_raw_block"])];

const ACTIONS: &str = "any accept upgrade rest_sql version conn query fetch fetch_block free_result get_current_db \
    get_server_info num_fields insert init prepare set_table_name set_tags bind add_batch exec close get_tag_fields \
    get_col_fields use_result stmt_num_params stmt_get_param stmt2_init stmt2_prepare stmt2_exec stmt2_result \
    stmt2_close options_connection check_server_status get_connection_info write_raw write_raw_block \
    write_raw_block_with_fields binary_query fetch_raw_block stmt2_bind validate_sql stmt2_bind_exec subscribe poll \
    fetch_raw fetch_raw_data fetch_json_meta commit commit_offset committed position assignment seek unsubscribe \
    list_topics";

/// The group an action belongs to.
pub(super) fn group(action: &str) -> Option<&'static str> {
    GROUPS.iter().find(|(_, members)| members.contains(&action)).map(|(group, _)| *group)
}

impl Rule {
    /// Says what is wrong with the rule, if anything.
    pub(super) fn check(&self) -> Result<(), String> {
        for name in self.actions() {
            if !ACTIONS.split_ascii_whitespace().any(|known| known == name) {
                return Err(format!("unknown action `{name}`"));
            }
        }
        if self.when.nth == Some(0) {
            return Err("`nth` counts from 1".to_owned());
        }
        if self.when.probability.is_some_and(|value| !(0.0..=1.0).contains(&value)) {
            return Err("`probability` is not between 0 and 1".to_owned());
        }
        match &self.fault {
            Fault::SlowRead { bytes_per_s: 0 } => Err("`bytes_per_s` is at least 1".to_owned()),
            Fault::Replace { text, hex, .. } if text.is_some() == hex.is_some() => {
                Err("`replace` takes `text` or `hex`".to_owned())
            }
            Fault::Replace { hex: Some(hex), req_id_at, .. } => {
                let bytes = decode_hex(hex).ok_or("`hex` is not hexadecimal")?;
                match req_id_at {
                    Some(at) if at.checked_add(8).is_none_or(|end| end > bytes.len()) => {
                        Err("`req_id_at` is outside of the frame".to_owned())
                    }
                    _ => Ok(()),
                }
            }
            _ => Ok(()),
        }
    }

    /// How often the rule may fire; `None` = always.
    pub(super) fn limit(&self) -> Option<u64> {
        match (self.when.count, &self.fault) {
            (Some(0), _) | (None, Fault::SlowRead { .. } | Fault::RateLimit { .. }) => None,
            (Some(count), _) => Some(count),
            (None, _) => Some(1),
        }
    }

    pub(super) fn actions(&self) -> impl Iterator<Item = &str> {
        self.when.action.as_deref().unwrap_or("any").split('|').map(str::trim)
    }
}

/// Bytes of a hexadecimal text with blanks; `None` if it is none.
pub(crate) fn decode_hex(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u8> = text
        .chars()
        .filter(|letter| !letter.is_ascii_whitespace())
        .map(|letter| letter.to_digit(16).map(|digit| digit as u8))
        .collect::<Option<_>>()?;
    let pairs = digits.chunks_exact(2);
    pairs.remainder().is_empty().then(|| pairs.map(|pair| pair[0] << 4 | pair[1]).collect())
}

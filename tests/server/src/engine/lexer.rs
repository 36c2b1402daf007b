//! Tokens of TDengine SQL, by hand and without allocation: INSERTs of some megabytes pass through here.

use super::error::{SqlError, codes};

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A name or keyword (already lower-cased, see [`fold_case`]).
    Word,
    /// A name in backticks; `text` is without them.
    Quoted,
    /// A string; `text` is what stands between the quotes, escapes not yet resolved.
    Text,
    /// Decimal digits.
    Integer,
    /// `0x…` or `0b…`.
    Radix,
    /// A number with a point or an exponent.
    Float,
    /// Digits with a unit of time: `10s`.
    Duration,
    /// An operator or punctuation mark.
    Symbol,
    /// Something no statement can contain.
    Illegal,
    /// The end.
    End,
}

/// A token with its place in the statement.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Token<'a> {
    pub(crate) kind: Kind,
    pub(crate) text: &'a str,
    pub(crate) start: usize,
    pub(crate) end: usize,
}

impl Token<'_> {
    pub(crate) fn is_word(&self, word: &str) -> bool {
        self.kind == Kind::Word && self.text == word
    }

    pub(crate) fn is_symbol(&self, symbol: &str) -> bool {
        self.kind == Kind::Symbol && self.text == symbol
    }
}

/// Reads tokens one after the other; a copy is a bookmark.
#[derive(Clone, Copy)]
pub(crate) struct Lexer<'a> {
    sql: &'a str,
    at: usize,
}

impl<'a> Lexer<'a> {
    pub(crate) fn new(sql: &'a str) -> Self {
        Self { sql, at: 0 }
    }

    pub(crate) fn sql(&self) -> &'a str {
        self.sql
    }

    /// The next token.
    pub(crate) fn next(&mut self) -> Token<'a> {
        let bytes = self.sql.as_bytes();
        self.skip_space(bytes);
        let start = self.at;
        let Some(&first) = bytes.get(start) else {
            return Token { kind: Kind::End, text: "", start, end: start };
        };
        match first {
            b'0'..=b'9' => self.number(bytes, start),
            b'.' if bytes.get(start + 1).is_some_and(u8::is_ascii_digit) => self.number(bytes, start),
            b'a'..=b'z' | b'A'..=b'Z' | b'_' | 0x80.. => {
                let mut end = start + 1;
                while end < bytes.len() && is_name_byte(bytes[end]) {
                    end += 1;
                }
                self.token(Kind::Word, start, end)
            }
            b'\'' | b'"' => self.text(bytes, start, first),
            b'`' => self.backticks(bytes, start),
            _ => {
                let two = bytes.get(start..start + 2).unwrap_or_default();
                let length = match two {
                    b"<=" | b">=" | b"<>" | b"!=" | b"->" | b"||" => 2,
                    _ => 1,
                };
                let kind = match first {
                    b'(' | b')' | b',' | b'.' | b';' | b'=' | b'<' | b'>' | b'!' | b'+' | b'-' | b'*' | b'/' | b'%'
                    | b'&' | b'|' | b'?' => Kind::Symbol,
                    _ => Kind::Illegal,
                };
                self.token(kind, start, start + length)
            }
        }
    }

    fn token(&mut self, kind: Kind, start: usize, end: usize) -> Token<'a> {
        self.at = end;
        Token { kind, text: self.sql.get(start..end).unwrap_or_default(), start, end }
    }

    fn skip_space(&mut self, bytes: &[u8]) {
        loop {
            match bytes.get(self.at) {
                Some(b' ' | b'\t' | b'\r' | b'\n' | 0x0c) => self.at += 1,
                Some(b'-') if bytes.get(self.at + 1) == Some(&b'-') => {
                    while self.at < bytes.len() && bytes[self.at] != b'\n' {
                        self.at += 1;
                    }
                }
                Some(b'/') if bytes.get(self.at + 1) == Some(&b'*') => {
                    let rest = bytes.get(self.at + 2..).unwrap_or_default();
                    let close = rest.windows(2).position(|w| w == b"*/");
                    self.at = close.map_or(bytes.len(), |p| self.at + p + 4);
                }
                _ => return,
            }
        }
    }

    fn number(&mut self, bytes: &[u8], start: usize) -> Token<'a> {
        let digits = |mut at: usize| {
            while bytes.get(at).is_some_and(u8::is_ascii_digit) {
                at += 1;
            }
            at
        };
        if bytes[start] == b'0' && matches!(bytes.get(start + 1), Some(b'x' | b'X' | b'b' | b'B')) {
            let mut end = start + 2;
            while bytes.get(end).is_some_and(u8::is_ascii_hexdigit) {
                end += 1;
            }
            if end > start + 2 && !bytes.get(end).is_some_and(|b| is_name_byte(*b)) {
                return self.token(Kind::Radix, start, end);
            }
        }
        let mut end = digits(start);
        let mut kind = Kind::Integer;
        if bytes.get(end) == Some(&b'.') {
            kind = Kind::Float;
            end = digits(end + 1);
        }
        if matches!(bytes.get(end), Some(b'e' | b'E')) {
            let sign = usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
            if bytes.get(end + 1 + sign).is_some_and(u8::is_ascii_digit) {
                kind = Kind::Float;
                end = digits(end + 1 + sign);
            }
        }
        if bytes.get(end).is_some_and(|b| is_name_byte(*b)) {
            let unit = matches!(bytes[end], b'b' | b'u' | b'a' | b's' | b'm' | b'h' | b'd' | b'w' | b'n' | b'y');
            if kind == Kind::Integer && unit && !bytes.get(end + 1).is_some_and(|b| is_name_byte(*b)) {
                return self.token(Kind::Duration, start, end + 1);
            }
            while end < bytes.len() && is_name_byte(bytes[end]) {
                end += 1;
            }
            kind = Kind::Illegal;
        }
        self.token(kind, start, end)
    }

    fn text(&mut self, bytes: &[u8], start: usize, quote: u8) -> Token<'a> {
        let mut at = start + 1;
        while let Some(&b) = bytes.get(at) {
            if b == b'\\' {
                at += 2;
            } else if b == quote {
                if bytes.get(at + 1) == Some(&quote) {
                    at += 2;
                    continue;
                }
                self.at = at + 1;
                return Token { kind: Kind::Text, text: &self.sql[start + 1..at], start, end: at + 1 };
            } else {
                at += 1;
            }
        }
        self.token(Kind::Illegal, start, bytes.len())
    }

    fn backticks(&mut self, bytes: &[u8], start: usize) -> Token<'a> {
        match bytes[start + 1..].iter().position(|b| *b == b'`') {
            Some(length) => {
                self.at = start + length + 2;
                Token {
                    kind: Kind::Quoted,
                    text: &self.sql[start + 1..start + 1 + length],
                    start,
                    end: start + length + 2,
                }
            }
            None => self.token(Kind::Illegal, start, bytes.len()),
        }
    }
}

fn is_name_byte(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b == b'_' || b >= 0x80
}

/// Lower-cases everything outside quotes, as TDengine's client does before it parses. That is why column names of
/// results are lower case: `SELECT COUNT(*)` gives a column `count(*)`.
pub(crate) fn fold_case(sql: &str) -> String {
    let mut out = sql.as_bytes().to_vec();
    let mut at = 0;
    while at < out.len() {
        match out[at] {
            quote @ (b'\'' | b'"' | b'`') => {
                at += 1;
                while at < out.len() && out[at] != quote {
                    at += if out[at] == b'\\' && quote != b'`' { 2 } else { 1 };
                }
            }
            b @ b'A'..=b'Z' => out[at] = b + 32,
            _ => {}
        }
        at += 1;
    }
    String::from_utf8(out).unwrap_or_else(|_| sql.to_owned())
}

/// Resolves the escapes of a string token. Borrowed if there are none.
pub(crate) fn unescape(raw: &str) -> std::borrow::Cow<'_, str> {
    if !raw.bytes().any(|b| matches!(b, b'\\' | b'\'' | b'"')) {
        return raw.into();
    }
    let mut out = String::with_capacity(raw.len());
    let mut chars = raw.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('n') => out.push('\n'),
                Some('t') => out.push('\t'),
                Some('r') => out.push('\r'),
                // LIKE patterns and \x of VARBINARY keep their backslash.
                Some(c @ ('%' | '_' | 'x')) => {
                    out.push('\\');
                    out.push(c);
                }
                Some(c) => out.push(c),
                None => out.push('\\'),
            },
            '\'' | '"' if chars.peek() == Some(&c) => {
                chars.next();
                out.push(c);
            }
            c => out.push(c),
        }
    }
    out.into()
}

/// `syntax error near "…"`: the text from the offending token on.
pub(crate) fn syntax(sql: &str, at: usize) -> SqlError {
    let rest = sql.get(at..).unwrap_or_default().trim_end();
    if rest.is_empty() {
        return SqlError::new(codes::INCOMPLETE, "Incomplete SQL statement");
    }
    let shown: String = rest.chars().take(80).collect();
    SqlError::new(codes::SYNTAX, format!("syntax error near \"{shown}\""))
}

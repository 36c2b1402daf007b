//! The cursor all statement parsers share: looks one token ahead, demands keywords, reads names and types.

use super::ast::TableName;
use super::error::{SqlError, codes};
use super::lexer::{Kind, Lexer, Token, syntax, unescape};
use super::types::{ColType, numbers::*};

pub(crate) type Parsed<T> = Result<T, SqlError>;

/// A parser at some token.
#[derive(Clone, Copy)]
pub(crate) struct Parser<'a> {
    lexer: Lexer<'a>,
    /// The token that comes next.
    pub(crate) token: Token<'a>,
    /// End of the token before it.
    pub(crate) last_end: usize,
    /// Expressions and queries open around the token.
    depth: usize,
}

/// Deeper nesting is refused: it would only exhaust the stack.
const MAX_DEPTH: usize = 100;

impl<'a> Parser<'a> {
    pub(crate) fn new(sql: &'a str) -> Self {
        let mut lexer = Lexer::new(sql);
        let token = lexer.next();
        Self { lexer, token, last_end: 0, depth: 0 }
    }

    /// The statement's text between two places.
    pub(crate) fn slice(&self, start: usize, end: usize) -> &'a str {
        &self.lexer.sql()[start..end]
    }

    /// Takes the token.
    pub(crate) fn advance(&mut self) -> Token<'a> {
        let token = self.token;
        self.last_end = token.end;
        self.token = self.lexer.next();
        token
    }

    /// The syntax error at the token that comes next.
    pub(crate) fn error(&self) -> SqlError {
        syntax(self.lexer.sql(), self.token.start)
    }

    /// The syntax error at an earlier token.
    pub(crate) fn error_at(&self, token: &Token<'_>) -> SqlError {
        syntax(self.lexer.sql(), token.start)
    }

    pub(crate) fn word(&mut self, word: &str) -> bool {
        let found = self.token.is_word(word);
        if found {
            self.advance();
        }
        found
    }

    pub(crate) fn words(&mut self, words: &[&str]) -> bool {
        let mark = *self;
        for word in words {
            if !self.word(word) {
                *self = mark;
                return false;
            }
        }
        true
    }

    pub(crate) fn symbol(&mut self, symbol: &str) -> bool {
        let found = self.token.is_symbol(symbol);
        if found {
            self.advance();
        }
        found
    }

    pub(crate) fn expect_word(&mut self, word: &str) -> Parsed<()> {
        if self.word(word) { Ok(()) } else { Err(self.error()) }
    }

    pub(crate) fn expect_symbol(&mut self, symbol: &str) -> Parsed<()> {
        if self.symbol(symbol) { Ok(()) } else { Err(self.error()) }
    }

    /// Parses something that may hold itself.
    pub(crate) fn nested<T>(&mut self, parse: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        if self.depth == MAX_DEPTH {
            return Err(self.error());
        }
        self.depth += 1;
        let parsed = parse(self);
        self.depth -= 1;
        parsed
    }

    /// The end of the statement, after at most one semicolon.
    pub(crate) fn end(&mut self) -> Parsed<()> {
        self.symbol(";");
        if self.token.kind == Kind::End { Ok(()) } else { Err(self.error()) }
    }

    pub(crate) fn at_end(&self) -> bool {
        self.token.kind == Kind::End || self.token.is_symbol(";")
    }

    pub(crate) fn if_not_exists(&mut self) -> bool {
        self.words(&["if", "not", "exists"])
    }

    pub(crate) fn if_exists(&mut self) -> bool {
        self.words(&["if", "exists"])
    }

    /// A name, with or without backticks.
    pub(crate) fn name(&mut self) -> Parsed<&'a str> {
        match self.token.kind {
            Kind::Word | Kind::Quoted if !self.token.text.is_empty() => {
                let text = self.advance().text;
                if text.len() > 192 {
                    return Err(SqlError::new(codes::INVALID_IDENTIFIER, format!("Invalid identifier name: {text}")));
                }
                Ok(text)
            }
            _ => Err(self.error()),
        }
    }

    /// `[db.]name`.
    pub(crate) fn table_name(&mut self) -> Parsed<TableName> {
        let first = self.name()?;
        if self.symbol(".") {
            let name = self.name()?;
            return Ok(TableName { db: Some(first.to_owned()), name: name.to_owned() });
        }
        Ok(TableName { db: None, name: first.to_owned() })
    }

    /// A string with its escapes resolved.
    pub(crate) fn text(&mut self) -> Parsed<String> {
        if self.token.kind != Kind::Text {
            return Err(self.error());
        }
        Ok(unescape(self.advance().text).into_owned())
    }

    /// An integer without a sign.
    pub(crate) fn unsigned(&mut self) -> Parsed<u64> {
        if self.token.kind != Kind::Integer {
            return Err(self.error());
        }
        let token = self.token;
        let n = token.text.parse().map_err(|_| self.error_at(&token))?;
        self.advance();
        Ok(n)
    }

    /// `10s` as count and unit; a plain integer counts in the database's unit only where the caller says so.
    pub(crate) fn duration(&mut self) -> Parsed<(i64, u8)> {
        let token = self.token;
        if token.kind != Kind::Duration {
            return Err(self.error());
        }
        self.advance();
        split_duration(token.text).ok_or_else(|| self.error_at(&token))
    }

    /// Skips a parenthesis that has just been opened, to its end.
    pub(crate) fn skip_parenthesis(&mut self) -> Parsed<()> {
        let mut depth = 1;
        while depth > 0 {
            match self.token {
                t if t.is_symbol("(") => depth += 1,
                t if t.is_symbol(")") => depth -= 1,
                t if t.kind == Kind::End || t.kind == Kind::Illegal => return Err(self.error()),
                _ => {}
            }
            self.advance();
        }
        Ok(())
    }

    /// A column type.
    pub(crate) fn column_type(&mut self) -> Parsed<ColType> {
        let token = self.token;
        if token.kind != Kind::Word {
            return Err(self.error());
        }
        self.advance();
        let integer =
            |signed: u8, unsigned: u8, p: &mut Self| ColType::fixed(if p.word("unsigned") { unsigned } else { signed });
        Ok(match token.text {
            "bool" => ColType::fixed(BOOL),
            "tinyint" => integer(TINYINT, UTINYINT, self),
            "smallint" => integer(SMALLINT, USMALLINT, self),
            "int" | "integer" => integer(INT, UINT, self),
            "bigint" => integer(BIGINT, UBIGINT, self),
            "float" => ColType::fixed(FLOAT),
            "double" => ColType::fixed(DOUBLE),
            "timestamp" => ColType::fixed(TIMESTAMP),
            "json" => ColType::variable(JSON, 4095),
            "blob" => ColType::variable(BLOB, 4 * 1024 * 1024),
            "varchar" | "binary" => ColType::variable(VARCHAR, self.length(65517)?),
            "nchar" => ColType::variable(NCHAR, self.length(16379)?),
            "varbinary" => ColType::variable(VARBINARY, self.length(65517)?),
            "geometry" => ColType::variable(GEOMETRY, self.length(65517)?),
            "decimal" => {
                self.expect_symbol("(")?;
                let precision = self.unsigned()?;
                let scale = if self.symbol(",") { self.unsigned()? } else { 0 };
                self.expect_symbol(")")?;
                if !(1..=38).contains(&precision) || scale > precision {
                    return Err(self.error_at(&token));
                }
                ColType::decimal(precision as u8, scale as u8)
            }
            _ => return Err(self.error_at(&token)),
        })
    }

    fn length(&mut self, most: u64) -> Parsed<i32> {
        self.expect_symbol("(")?;
        let length = self.unsigned()?;
        self.expect_symbol(")")?;
        if length == 0 || length > most {
            return Err(SqlError::new(codes::INVALID_VAR_LENGTH, "Invalid binary/nchar column/tag length"));
        }
        Ok(length as i32)
    }
}

/// `10s` → (10, b's').
pub(crate) fn split_duration(text: &str) -> Option<(i64, u8)> {
    let unit = *text.as_bytes().last()?;
    Some((text[..text.len() - 1].parse().ok()?, unit))
}

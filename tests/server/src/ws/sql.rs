//! Queries and their results.

use super::answer::{Envelope, Failure};
use super::call::Sql;
use super::frame::Outgoing;
use super::session::Session;
use crate::engine::{ColumnMeta, Outcome, Rows};

impl Session {
    pub(super) fn query(&self, envelope: &Envelope, sql: &Sql) -> Result<Outgoing, Failure> {
        match self.execute(sql.as_str())? {
            Outcome::Update { affected } => Ok(update_reply(envelope, affected)),
            Outcome::Rows(rows) => Ok(self.rows_reply(envelope, rows)),
        }
    }

    /// Runs a statement in the session. Statements of one session run side by side, so the session is not locked
    /// meanwhile; `USE` takes effect when it is done.
    fn execute(&self, sql: &str) -> Result<Outcome, Failure> {
        let mut session = match self.logged_in().as_ref() {
            Some(login) => login.sql.clone(),
            None => return Err(Failure::gateway("server not connected")),
        };
        if let (true, Some(token)) = (self.shared.config.recheck_tokens, &session.token) {
            self.shared.book.token_is_good(token)?;
        }
        let before = session.database.clone();
        let outcome = self.shared.engine.execute(&mut session, sql);
        if session.database != before
            && let Some(login) = self.logged_in().as_mut()
        {
            login.sql.database = session.database;
        }
        Ok(outcome?)
    }

    fn rows_reply(&self, envelope: &Envelope, mut rows: Rows) -> Outgoing {
        let columns = std::mem::take(&mut rows.columns);
        let precision = rows.precision;
        let lengths = columns.iter().map(|column| column.length).collect();
        let id = self.results.add(rows.blocks, lengths);
        envelope
            .reply()
            .field("id", &id)
            .field("is_update", &false)
            .field("affected_rows", &0)
            .field("fields_count", &columns.len())
            .field("fields_names", &list(&columns, |column| &column.name))
            .field("fields_types", &list(&columns, |column| &column.type_number))
            .field("fields_lengths", &list(&columns, |column| &column.length))
            .field("precision", &precision)
            .field("fields_precisions", &list(&columns, |column| &column.precision))
            .field("fields_scales", &list(&columns, |column| &column.scale))
            .finish()
    }

    /// `fetch`: brings a block and tells its size.
    pub(super) fn fetch(&self, envelope: &Envelope, id: u64) -> Result<Outgoing, Failure> {
        let result = self.results.get(id)?;
        let reply = envelope.reply().field("id", &id);
        let Some(block) = self.results.next(id)? else {
            let lengths: Option<&[i32]> = None;
            return Ok(reply.field("completed", &true).field("lengths", &lengths).field("rows", &0).finish());
        };
        let rows = block.get(8..12).map_or(0, |at| i32::from_le_bytes([at[0], at[1], at[2], at[3]]));
        result.keep_fetched(block);
        Ok(reply.field("completed", &false).field("lengths", &result.lengths).field("rows", &rows).finish())
    }

    /// `fetch_block`: hands over what `fetch` has brought.
    pub(super) fn fetch_block(&self, envelope: &Envelope, id: u64) -> Result<Outgoing, Failure> {
        let block = self.results.get(id)?.fetched().ok_or_else(|| Failure::gateway("block is nil"))?;
        Ok(envelope.old_block(id, block))
    }

    /// `validate_sql`: the code the statement would give, without its effects.
    pub(super) fn validate_sql(&self, envelope: &Envelope, sql: &Sql) -> Result<Outgoing, Failure> {
        let first_word: String = sql.as_str().chars().take_while(char::is_ascii_alphabetic).collect();
        if !["select", "show", "describe", "desc", "explain"].contains(&first_word.to_ascii_lowercase().as_str()) {
            return Err(Failure::gateway(format!("validate_sql of {first_word} is not supported by the test server")));
        }
        let code = match self.execute(sql.as_str()) {
            Ok(_) => 0,
            Err(failure) => i64::from((0x8000_0000 | failure.code) as i32),
        };
        Ok(envelope.reply().field("result_code", &code).finish())
    }
}

fn update_reply(envelope: &Envelope, affected: u64) -> Outgoing {
    let none: Option<u8> = None;
    envelope
        .reply()
        .field("id", &0)
        .field("is_update", &true)
        .field("affected_rows", &affected)
        .field("fields_count", &0)
        .field("fields_names", &none)
        .field("fields_types", &none)
        .field("fields_lengths", &none)
        .field("precision", &0)
        .field("fields_precisions", &none)
        .field("fields_scales", &none)
        .finish()
}

fn list<T>(columns: &[ColumnMeta], get: impl Fn(&ColumnMeta) -> &T) -> Vec<&T> {
    columns.iter().map(get).collect()
}

//! What a statement does, as far as a pool has to know: whether it only reads, whether it changes the session (NET-2).

/// The first word, in upper case.
fn first_word(sql: &str) -> String {
    let text = skip_blanks_and_comments(sql);
    let end = text.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(text.len());
    text[..end].to_ascii_uppercase()
}

/// Repeating it does no harm: it changes nothing on the server.
pub(super) fn only_reads(sql: &str) -> bool {
    matches!(first_word(sql).as_str(), "SELECT" | "SHOW" | "DESCRIBE" | "DESC" | "EXPLAIN")
}

/// The session is another one afterwards.
pub(super) fn changes_session(sql: &str) -> bool {
    first_word(sql) == "USE"
}

fn skip_blanks_and_comments(sql: &str) -> &str {
    let mut text = sql;
    loop {
        text = text.trim_start_matches(|c: char| c.is_whitespace() || c == '(' || c == ';');
        let rest = if let Some(comment) = text.strip_prefix("/*") {
            comment.split_once("*/").map(|(_, rest)| rest)
        } else if let Some(comment) = text.strip_prefix("--") {
            comment.split_once('\n').map(|(_, rest)| rest)
        } else {
            return text;
        };
        // A comment without end hides everything.
        text = rest.unwrap_or_default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_are_told_from_writes_by_their_first_word() {
        for sql in ["select 1", "  SELECT 1", "(select 1)", "/* c */ -- d\n show tables", "desc t", "EXPLAIN select 1"]
        {
            assert!(only_reads(sql), "{sql}");
        }
        let writes =
            ["insert into t select 1", "selection", "", "/* select 1", "create token a from user b", "drop t", "use d"];
        for sql in writes {
            assert!(!only_reads(sql), "{sql}");
        }
    }

    #[test]
    fn use_changes_the_session() {
        assert!(changes_session("use power"));
        assert!(changes_session("/* x */USE power"));
        assert!(!changes_session("select 1"));
    }
}

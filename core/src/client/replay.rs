//! Which failed statement may be sent again, on another connection (NET-2, NET-4).

use std::time::Duration;

use super::QueryOptions;
use super::statement::only_reads;
use crate::error::{Error, ErrorCode, Kind, Retry};

/// Attempts in all.
const MOST: u32 = 3;
const PAUSE_FIRST: Duration = Duration::from_millis(100);

/// What to do about a failed statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// The caller gets the error.
    Tell,
    /// Again at once, on another connection.
    Again,
    /// Again after a random part of this.
    AgainAfter(Duration),
}

/// | Failure | A read, or marked idempotent | A write |
/// |---|---|---|
/// | the connection broke, the statement was never sent | again | again |
/// | the connection broke, or the server ended the session, and it may have run | again | told, as "may have run" |
/// | the server refused the token of the session | again, with another token | the same: it has not run |
/// | the gateway's limit is reached | again, later | the same: it has not run |
/// | anything else, a passed deadline too | told | told |
pub(super) fn judge(error: &Error, sql: &str, options: &QueryOptions, attempt: u32) -> Verdict {
    if attempt >= MOST {
        return Verdict::Tell;
    }
    if error.code() == ErrorCode::RateLimited {
        return Verdict::AgainAfter(PAUSE_FIRST * (1 << attempt));
    }
    if error.is_refused_credential() {
        return Verdict::Again;
    }
    let harmless = !error.may_have_run() || may_repeat(sql, options);
    if broke(error) && harmless { Verdict::Again } else { Verdict::Tell }
}

/// Whether the connection can serve no more.
pub(super) fn broke(error: &Error) -> bool {
    let lost = error.retry() == Retry::NewConnection && error.kind() == Kind::Network;
    lost || error.code() == ErrorCode::SessionEnded
}

/// Whether it does no harm to run it twice.
pub(super) fn may_repeat(sql: &str, options: &QueryOptions) -> bool {
    options.is_idempotent() || only_reads(sql)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(error: &Error, sql: &str, options: &QueryOptions) -> Verdict {
        judge(error, sql, options, 1)
    }

    #[test]
    fn a_write_is_sent_again_only_if_it_was_never_sent_or_is_marked() {
        let lost = Error::from(ErrorCode::ConnectionLost);
        let perhaps = lost.clone().with_may_have_run(true);
        let (plain, marked) = (QueryOptions::new(), QueryOptions::new().idempotent(true));
        assert_eq!(judged(&lost, "insert into t values (1)", &plain), Verdict::Again);
        assert_eq!(judged(&perhaps, "insert into t values (1)", &plain), Verdict::Tell);
        assert_eq!(judged(&perhaps, "insert into t values (1)", &marked), Verdict::Again);
        assert_eq!(judged(&perhaps, "select 1", &plain), Verdict::Again);
    }

    #[test]
    fn a_session_that_the_server_ended_is_as_good_as_a_lost_connection() {
        let ended = Error::from(ErrorCode::SessionEnded).with_may_have_run(true);
        assert_eq!(judged(&ended, "select 1", &QueryOptions::new()), Verdict::Again);
        assert_eq!(judged(&ended, "insert into t values (1)", &QueryOptions::new()), Verdict::Tell);
        let marked = QueryOptions::new().idempotent(true);
        assert_eq!(judged(&ended, "insert into t values (1)", &marked), Verdict::Again);
    }

    #[test]
    fn what_cannot_have_run_is_sent_again_whatever_it_is() {
        for code in [ErrorCode::TokenExpired, ErrorCode::AuthenticationFailed, ErrorCode::TokenRefused] {
            assert_eq!(judged(&code.into(), "insert into t values (1)", &QueryOptions::new()), Verdict::Again);
        }
        let busy = judged(&ErrorCode::RateLimited.into(), "insert into t values (1)", &QueryOptions::new());
        assert_eq!(busy, Verdict::AgainAfter(Duration::from_millis(200)));
    }

    #[test]
    fn a_passed_deadline_or_a_missing_right_is_never_answered_by_more_of_the_same() {
        for code in
            [ErrorCode::RequestTimeout, ErrorCode::PermissionDenied, ErrorCode::SyntaxError, ErrorCode::NotAllowed]
        {
            assert_eq!(judged(&code.into(), "select 1", &QueryOptions::new()), Verdict::Tell);
        }
    }

    #[test]
    fn nothing_is_tried_for_ever() {
        let lost = Error::from(ErrorCode::ConnectionLost);
        assert_eq!(judge(&lost, "select 1", &QueryOptions::new(), MOST), Verdict::Tell);
    }
}

//! Several sources, one after the other.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::future::select_all;

use crate::credential::{Issued, SOURCE_PATIENCE, SourceFuture, TokenSource};
use crate::error::{Error, ErrorCode, Result};
use crate::secret::Secret;

/// Tokens whose giver is remembered: the one in use, the one before it, candidates.
const REMEMBERED: usize = 16;

/// Asks each source in turn, for its part of a minute at most, and gives what the first one that answers gives. A change of any of
/// them is a change; a token is retired where it came from.
///
/// # Errors
/// `INVALID_ARGUMENT` for an empty list.
pub fn chain(sources: Vec<Arc<dyn TokenSource>>) -> Result<Arc<dyn TokenSource>> {
    if sources.is_empty() {
        return Err(Error::new(ErrorCode::InvalidArgument, "a chain needs at least one source"));
    }
    Ok(Arc::new(Chain { sources, given: Mutex::default() }))
}

#[derive(Debug)]
struct Chain {
    sources: Vec<Arc<dyn TokenSource>>,
    given: Mutex<VecDeque<(Secret, usize)>>,
}

impl Chain {
    async fn first(&self) -> Result<Issued> {
        // One that hangs must not hide those behind it.
        let patience = SOURCE_PATIENCE / u32::try_from(self.sources.len()).unwrap_or(u32::MAX);
        let mut failures = Vec::new();
        for (index, source) in self.sources.iter().enumerate() {
            match tokio::time::timeout(patience, source.fetch()).await.unwrap_or_else(|_| Err(late(patience))) {
                Ok(issued) => {
                    self.remember(&issued.token, index);
                    return Ok(issued);
                }
                Err(error) => failures.push((source.name(), error)),
            }
        }
        // What cannot be asked may come back by itself; what holds no token has to be corrected.
        let unavailable = failures.iter().any(|(_, error)| error.code() != ErrorCode::SourceInvalid);
        let code = if unavailable { ErrorCode::SourceUnavailable } else { ErrorCode::SourceInvalid };
        let told: Vec<String> = failures.iter().map(|(name, error)| format!("{name}: {}", error.message())).collect();
        Err(Error::new(code, format!("no source of the chain gave a token ({})", told.join("; "))))
    }

    fn remember(&self, token: &Secret, index: usize) {
        let mut given = self.given.lock().unwrap_or_else(PoisonError::into_inner);
        given.retain(|(known, _)| known != token);
        if given.len() == REMEMBERED {
            given.pop_front();
        }
        given.push_back((token.clone(), index));
    }

    fn giver(&self, token: &Secret) -> Option<usize> {
        let given = self.given.lock().unwrap_or_else(PoisonError::into_inner);
        given.iter().find(|(known, _)| known == token).map(|(_, index)| *index)
    }

    fn forget(&self, token: &Secret) {
        self.given.lock().unwrap_or_else(PoisonError::into_inner).retain(|(known, _)| known != token);
    }
}

impl TokenSource for Chain {
    fn name(&self) -> &str {
        "chain"
    }

    fn fetch(&self) -> SourceFuture<'_, Result<Issued>> {
        Box::pin(self.first())
    }

    fn changed(&self) -> SourceFuture<'_, Result<()>> {
        Box::pin(async { select_all(self.sources.iter().map(|source| source.changed())).await.0 })
    }

    fn retire<'a>(&'a self, token: &'a Secret) -> SourceFuture<'a, Result<()>> {
        Box::pin(async move {
            let Some(index) = self.giver(token) else { return Ok(()) };
            self.sources[index].retire(token).await?;
            self.forget(token);
            Ok(())
        })
    }

    /// In the first one: where it is looked for first.
    fn publish<'a>(&'a self, issued: &'a Issued) -> SourceFuture<'a, Result<()>> {
        self.sources[0].publish(issued)
    }

    fn check_publish(&self) -> SourceFuture<'_, Result<()>> {
        self.sources[0].check_publish()
    }
}

fn late(patience: Duration) -> Error {
    Error::new(ErrorCode::SourceUnavailable, format!("no answer within {} s", patience.as_secs_f64()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    struct Hangs;

    impl TokenSource for Hangs {
        fn name(&self) -> &str {
            "hangs"
        }

        fn fetch(&self) -> SourceFuture<'_, Result<Issued>> {
            Box::pin(std::future::pending())
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_source_that_hangs_does_not_hide_the_next_one() {
        let fixed = crate::source::parse("static:token=Fixed").expect("a token");
        let chain = chain(vec![Arc::new(Hangs), Arc::new(Hangs), fixed]).expect("sources");
        let asked = chain.fetch();
        let issued = tokio::time::timeout(SOURCE_PATIENCE, asked).await.expect("in time").expect("a token");
        assert_eq!(issued.token.expose(), "Fixed");
    }
}

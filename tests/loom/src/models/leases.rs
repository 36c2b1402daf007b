//! A connection of a pool is given back once, and nobody goes on with it (TOK-7, OPS-5).

use std::sync::Arc;

use loom::sync::Mutex;
use loom::thread;

use crate::error::{Error, ErrorCode};
use crate::lease::{Lease, Lender};
use crate::pool::{Fate, SlotId};

#[derive(Default)]
struct Pool {
    back: Mutex<Vec<Fate>>,
}

impl Pool {
    fn lend() -> (Arc<Pool>, Arc<Lease>) {
        let pool = Arc::new(Pool::default());
        let lease = Lease::new(Arc::clone(&pool) as Arc<dyn Lender>, 1);
        (pool, lease)
    }

    fn back(&self) -> Vec<Fate> {
        self.back.lock().unwrap().clone()
    }
}

impl Lender for Pool {
    fn take_back(&self, _: SlotId, fate: Fate) {
        self.back.lock().unwrap().push(fate);
    }

    fn refused(&self, _: SlotId, _: &Error) {}
}

#[test]
fn a_connection_is_given_back_once_however_many_close_and_drop_it() {
    loom::model(|| {
        let (pool, lease) = Pool::lend();
        let others: Vec<_> = (0..2)
            .map(|_| {
                let lease = Arc::clone(&lease);
                thread::spawn(move || lease.end())
            })
            .collect();
        drop(lease);
        for other in others {
            other.join().unwrap();
        }
        assert_eq!(pool.back(), [Fate::Good]);
    });
}

#[test]
fn a_statement_that_begins_while_the_connection_is_given_back_is_refused_or_closes_it() {
    loom::model(|| {
        let (pool, lease) = Pool::lend();
        let closer = {
            let lease = Arc::clone(&lease);
            thread::spawn(move || lease.end())
        };
        let usage = lease.begin();
        closer.join().unwrap();
        match usage {
            Ok(_) => assert_eq!(pool.back(), [Fate::Bad], "another caller gets it with a statement of this one on it"),
            Err(error) => {
                assert_eq!(error.code(), ErrorCode::Closed);
                assert_eq!(pool.back(), [Fate::Good]);
            }
        }
    });
}

#[test]
fn a_session_that_a_statement_changed_never_comes_back_as_it_was_lent() {
    loom::model(|| {
        let (pool, lease) = Pool::lend();
        let closer = {
            let lease = Arc::clone(&lease);
            thread::spawn(move || lease.end())
        };
        // As a `use other_database` does.
        lease.changes();
        let ran = lease.begin().is_ok();
        closer.join().unwrap();
        assert!(!ran || pool.back() != [Fate::Good]);
    });
}

#[test]
fn a_connection_whose_credential_was_refused_is_not_lent_again() {
    loom::model(|| {
        let (pool, lease) = Pool::lend();
        let closer = {
            let lease = Arc::clone(&lease);
            thread::spawn(move || lease.end())
        };
        let ran = lease.begin().map(|_usage| lease.failed(&ErrorCode::TokenExpired.into())).is_ok();
        closer.join().unwrap();
        assert!(!ran || pool.back() == [Fate::Bad]);
    });
}

//! Waiting for a condition: no notification falls between looking and waiting.

use std::sync::Arc;

use loom::future::block_on;
use loom::sync::Mutex;
use loom::sync::atomic::{AtomicBool, Ordering};
use loom::thread;

use crate::sync::{Notify, until};

#[test]
fn who_waits_for_an_end_learns_of_it_however_late_or_early() {
    loom::model(|| {
        let (ended, told) = (Arc::new(AtomicBool::new(false)), Arc::new(Notify::new()));
        let ender = {
            let (ended, told) = (Arc::clone(&ended), Arc::clone(&told));
            thread::spawn(move || {
                ended.store(true, Ordering::Release);
                told.notify_waiters();
            })
        };
        block_on(until(&told, || ended.load(Ordering::Acquire).then_some(())));
        ender.join().unwrap();
    });
}

/// Two may come before anybody waits, and only one permit is kept.
#[test]
fn each_of_two_waiters_gets_one_of_two_things() {
    loom::model(|| {
        let (things, come) = (Arc::new(Mutex::new(0)), Arc::new(Notify::new()));
        let take = {
            let (things, come) = (Arc::clone(&things), Arc::clone(&come));
            move || {
                block_on(until(&come, || {
                    let mut things = things.lock().unwrap();
                    (*things > 0).then(|| *things -= 1)
                }));
            }
        };
        let other = thread::spawn(take.clone());
        let giver = {
            let (things, come) = (Arc::clone(&things), Arc::clone(&come));
            thread::spawn(move || {
                for _ in 0..2 {
                    *things.lock().unwrap() += 1;
                    come.notify_one();
                }
            })
        };
        take();
        other.join().unwrap();
        giver.join().unwrap();
        assert_eq!(*things.lock().unwrap(), 0);
    });
}

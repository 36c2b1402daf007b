//! Events reach whoever subscribed, and everybody learns of the end.

use std::sync::Arc;
use std::time::Duration;

use loom::future::block_on;
use loom::sync::atomic::{AtomicUsize, Ordering};
use loom::thread;

use crate::error::ErrorCode;
use crate::observe::Hub;

/// As good as for ever.
const LONG: Duration = Duration::from_secs(3600);

#[test]
fn two_events_reach_two_readers_that_await_them() {
    loom::model(|| {
        let hub = Hub::new();
        let events = Arc::new(hub.subscribe());
        let readers: Vec<_> = (0..2)
            .map(|_| {
                let events = Arc::clone(&events);
                thread::spawn(move || block_on(events.next()).is_ok())
            })
            .collect();
        hub.tell();
        hub.tell();
        for reader in readers {
            assert!(reader.join().unwrap());
        }
        assert!(events.try_next().unwrap().is_none());
    });
}

#[test]
fn an_event_is_not_lost_on_who_is_told_of_it_and_leaves_it_to_another() {
    loom::model(|| {
        let hub = Hub::new();
        let events = Arc::new(hub.subscribe());
        let told = {
            let events = Arc::clone(&events);
            thread::spawn(move || {
                let _ = block_on(events.arrived());
            })
        };
        let reader = {
            let events = Arc::clone(&events);
            thread::spawn(move || block_on(events.next()).is_ok())
        };
        hub.tell();
        assert!(reader.join().unwrap());
        events.close();
        told.join().unwrap();
    });
}

#[test]
fn a_thread_and_a_task_that_wait_learn_of_the_end() {
    loom::model(|| {
        let hub = Hub::new();
        let events = Arc::new(hub.subscribe());
        let task = {
            let events = Arc::clone(&events);
            thread::spawn(move || block_on(events.next()).unwrap_err().code())
        };
        let thread = {
            let events = Arc::clone(&events);
            thread::spawn(move || events.next_timeout(LONG).unwrap_err().code())
        };
        events.close();
        assert_eq!((task.join().unwrap(), thread.join().unwrap()), (ErrorCode::Closed, ErrorCode::Closed));
    });
}

#[test]
fn the_bell_rings_for_an_event_that_comes_while_it_is_hung_up() {
    loom::model(|| {
        let hub = Hub::new();
        let events = Arc::new(hub.subscribe());
        let rung = Arc::new(AtomicUsize::new(0));
        let teller = {
            let hub = hub.clone();
            thread::spawn(move || hub.tell())
        };
        let bell = Arc::clone(&rung);
        events.on_arrival(move || {
            bell.fetch_add(1, Ordering::AcqRel);
        });
        teller.join().unwrap();
        assert!(rung.load(Ordering::Acquire) > 0);
    });
}

#[test]
fn the_bell_rings_for_an_end_that_comes_while_it_is_hung_up() {
    loom::model(|| {
        let hub = Hub::new();
        let events = Arc::new(hub.subscribe());
        let rung = Arc::new(AtomicUsize::new(0));
        let closer = {
            let events = Arc::clone(&events);
            thread::spawn(move || events.close())
        };
        let bell = Arc::clone(&rung);
        events.on_arrival(move || {
            bell.fetch_add(1, Ordering::AcqRel);
        });
        closer.join().unwrap();
        assert!(rung.load(Ordering::Acquire) > 0);
    });
}

#[test]
fn nothing_comes_after_the_end() {
    loom::model(|| {
        let hub = Hub::new();
        let events = hub.subscribe();
        let teller = {
            let hub = hub.clone();
            thread::spawn(move || hub.tell())
        };
        events.close();
        let mut before = 0;
        while let Ok(Some(_)) = events.try_next() {
            before += 1;
        }
        teller.join().unwrap();
        assert!(before <= 1);
        assert_eq!(events.try_next().unwrap_err().code(), ErrorCode::Closed);
    });
}

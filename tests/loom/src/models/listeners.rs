//! A function that hears of events is called with all that was told before its end, and never after it (SRC-4).

use std::sync::Arc;

use loom::sync::Mutex;
use loom::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use loom::thread;

use crate::observe::{Filter, Hub, Listener, Outlet, Record, process_hub};

#[test]
fn a_dropped_listener_has_heard_of_all_that_was_told_before_and_hears_no_more() {
    loom::model(|| {
        let hub = Hub::new();
        let (calls, ended, late) =
            (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
        let listener = {
            let (calls, ended, late) = (Arc::clone(&calls), Arc::clone(&ended), Arc::clone(&late));
            hub.listen(move |_| {
                calls.fetch_add(1, Ordering::AcqRel);
                if ended.load(Ordering::Acquire) {
                    late.store(true, Ordering::Release);
                }
            })
        };
        let teller = {
            let hub = hub.clone();
            thread::spawn(move || hub.tell())
        };
        hub.tell();
        drop(listener);
        ended.store(true, Ordering::Release);
        let heard = calls.load(Ordering::Acquire);
        teller.join().unwrap();
        assert!((1..=2).contains(&heard), "{heard}");
        assert_eq!(calls.load(Ordering::Acquire), heard, "called after its end");
        assert!(!late.load(Ordering::Acquire), "called after its end");
    });
}

/// As a log callback in C does that takes itself away while another thread tells the next event.
#[test]
fn a_listener_dropped_by_its_own_function_is_not_called_again() {
    // Nobody waits for the listener's thread, so what it did is looked at when the run is over.
    let called_again = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let seen = Arc::clone(&called_again);
    loom::model(move || {
        let hub = Hub::new();
        let place: Arc<Mutex<Option<Listener>>> = Arc::default();
        let held = place.lock().unwrap();
        let listener = {
            let (place, seen) = (Arc::clone(&place), Arc::clone(&seen));
            let mut calls = 0;
            hub.listen(move |_| {
                calls += 1;
                seen.fetch_or(calls > 1, std::sync::atomic::Ordering::SeqCst);
                let listener = place.lock().unwrap().take();
                drop(listener);
            })
        };
        { held }.replace(listener);
        let teller = {
            let hub = hub.clone();
            thread::spawn(move || hub.tell())
        };
        hub.tell();
        teller.join().unwrap();
    });
    assert!(!called_again.load(std::sync::atomic::Ordering::SeqCst));
}

/// As a log callback in C does, while another thread takes it away too.
#[test]
fn a_function_that_takes_itself_away_is_not_called_again_whoever_else_does() {
    let called_again = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let seen = Arc::clone(&called_again);
    loom::model(move || {
        let outlet = Arc::new(Outlet::new());
        let gone = Arc::new(AtomicBool::new(false));
        let function = {
            let (outlet, gone, seen) = (Arc::clone(&outlet), Arc::clone(&gone), Arc::clone(&seen));
            let mut calls = 0;
            move |_: &Record| {
                calls += 1;
                seen.fetch_or(calls > 1 || gone.load(Ordering::Acquire), std::sync::atomic::Ordering::SeqCst);
                outlet.exchange(Filter::new(), none()).unwrap();
            }
        };
        outlet.exchange(Filter::new(), Some(function)).unwrap();
        let hub = process_hub();
        hub.tell();
        hub.tell();
        outlet.exchange(Filter::new(), none()).unwrap();
        gone.store(true, Ordering::Release);
    });
    assert!(!called_again.load(std::sync::atomic::Ordering::SeqCst));
}

fn none() -> Option<fn(&Record)> {
    None
}

//! Nothing of a pool runs once it has closed (OPS-5, SRC-4).

use std::sync::Arc;

use loom::future::block_on;
use loom::sync::Mutex;
use loom::sync::atomic::{AtomicBool, Ordering};
use loom::thread;

use crate::jobs::Jobs;
use crate::sync::Handle;

fn flag() -> Arc<AtomicBool> {
    Arc::new(AtomicBool::new(false))
}

#[test]
fn what_must_run_to_its_end_has_done_so_when_all_has_ended() {
    loom::model(|| {
        let jobs = Arc::new(Jobs::new(Handle));
        let done = flag();
        let it = Arc::clone(&done);
        jobs.spawn_to_the_end(async move { it.store(true, Ordering::Release) });
        jobs.close();
        block_on(jobs.all_ended());
        assert!(done.load(Ordering::Acquire));
    });
}

#[test]
fn a_job_that_waits_for_ever_ends_with_the_pool() {
    loom::model(|| {
        let jobs = Arc::new(Jobs::new(Handle));
        let closer = {
            let jobs = Arc::clone(&jobs);
            thread::spawn(move || jobs.close())
        };
        jobs.spawn(std::future::pending());
        closer.join().unwrap();
        block_on(jobs.all_ended());
    });
}

#[test]
fn a_job_does_not_begin_in_a_closed_pool() {
    loom::model(|| {
        let jobs = Arc::new(Jobs::new(Handle));
        let began = flag();
        jobs.close();
        let it = Arc::clone(&began);
        jobs.spawn(async move { it.store(true, Ordering::Release) });
        block_on(jobs.all_ended());
        assert!(!began.load(Ordering::Acquire));
    });
}

/// As the pool does: what is decided under its mutex is done after it, while another thread closes the pool.
#[test]
fn what_was_decided_before_the_close_is_done_when_all_has_ended() {
    loom::model(|| {
        let jobs = Arc::new(Jobs::new(Handle));
        let closing = Arc::new(Mutex::new(false));
        let done = flag();
        let decider = {
            let (jobs, closing, done) = (Arc::clone(&jobs), Arc::clone(&closing), Arc::clone(&done));
            thread::spawn(move || {
                let held = {
                    let closing = closing.lock().unwrap();
                    (!*closing).then(|| jobs.hold())
                };
                if held.is_some() {
                    jobs.spawn_to_the_end(async move { done.store(true, Ordering::Release) });
                }
                held.is_some()
            })
        };
        jobs.close();
        *closing.lock().unwrap() = true;
        block_on(jobs.all_ended());
        let done = done.load(Ordering::Acquire);
        assert_eq!(decider.join().unwrap(), done);
    });
}

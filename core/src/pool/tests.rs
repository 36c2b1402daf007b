//! The table on a made-up clock.
#![allow(clippy::unwrap_used)]

use super::*;
use crate::clock::SeededRng;
use crate::event::EventName;

const SECOND: Duration = Duration::from_secs(1);

/// A table with a driver that opens at once, unless told otherwise.
struct Life {
    table: Table,
    now: Now,
    opens: bool,
    opening: Vec<(SlotId, Generation)>,
    lent: Vec<(WaiterId, SlotId)>,
    failed: Vec<(WaiterId, ErrorCode)>,
    closed: Vec<(SlotId, &'static str)>,
    validating: Vec<SlotId>,
    resetting: Vec<SlotId>,
    told: Vec<Event>,
    overdue: Vec<SlotId>,
    opened: usize,
}

fn settings(change: impl FnOnce(&mut PoolConfig)) -> PoolConfig {
    let config = crate::Config::builder().address("ws://localhost").unwrap().set("min_idle", "0").unwrap();
    let mut settings = config.set("max_size", "4").unwrap().build().unwrap().pool().clone();
    change(&mut settings);
    settings
}

impl Life {
    fn new(settings: PoolConfig) -> Self {
        Life::with(settings, true)
    }

    fn with(settings: PoolConfig, rotates: bool) -> Self {
        let table = Table::new(settings, rotates, Box::new(SeededRng::new(7)));
        let now = Now { monotonic: Instant::now(), wall: Duration::from_secs(1_800_000_000) };
        let none = Vec::new;
        let mut life = Life {
            table,
            now,
            opens: true,
            opening: Vec::new(),
            lent: none(),
            failed: Vec::new(),
            closed: Vec::new(),
            validating: Vec::new(),
            resetting: Vec::new(),
            told: Vec::new(),
            overdue: Vec::new(),
            opened: 0,
        };
        life.table.handle_use(1, now);
        life.settle();
        life
    }

    fn settle(&mut self) {
        while let Some(output) = self.table.poll_output() {
            match output {
                Output::Open { slot, .. } if self.opens => {
                    self.opened += 1;
                    self.table.handle_opened(slot, self.now);
                }
                Output::Open { slot, generation } => self.opening.push((slot, generation)),
                Output::Lend { waiter, slot, .. } => self.lent.push((waiter, slot)),
                Output::Fail { waiter, error } => self.failed.push((waiter, error.code())),
                Output::Validate { slot } => self.validating.push(slot),
                Output::Reset { slot } => self.resetting.push(slot),
                Output::Close { slot, reason, .. } => self.closed.push((slot, reason)),
                Output::Overdue { slot, .. } => self.overdue.push(slot),
                Output::Tell(event) => self.told.push(event),
            }
        }
    }

    fn does(&mut self, change: impl FnOnce(&mut Table, Now)) {
        change(&mut self.table, self.now);
        self.settle();
    }

    fn acquire(&mut self, waiter: WaiterId) {
        self.does(|table, now| table.handle_acquire(waiter, 30 * SECOND, now));
    }

    fn give_back(&mut self, slot: SlotId) {
        self.does(|table, now| table.handle_returned(slot, Fate::Good, now));
    }

    fn slot_of(&self, waiter: WaiterId) -> SlotId {
        self.lent.iter().find(|(other, _)| *other == waiter).map(|(_, slot)| *slot).expect("nothing was lent")
    }

    /// Lets the time pass, from deadline to deadline.
    fn pass(&mut self, span: Duration) {
        let end = self.now.monotonic + span;
        for _ in 0..10_000 {
            match self.table.next_deadline().filter(|deadline| *deadline <= end) {
                Some(deadline) => {
                    self.now = self.now.after(deadline.saturating_duration_since(self.now.monotonic));
                    self.does(|table, now| table.handle_deadline(now));
                }
                None => {
                    self.now = self.now.after(end - self.now.monotonic);
                    return;
                }
            }
        }
        panic!("deadlines without end");
    }
}

#[test]
fn opens_no_more_than_the_callers_need_and_no_more_than_the_limit() {
    let mut life = Life::new(settings(|_| {}));
    assert_eq!(life.opened, 0);
    for waiter in 1..=6 {
        life.acquire(waiter);
    }
    assert_eq!(life.lent.len(), 4);
    assert_eq!(life.table.status(life.now.monotonic).waiting, 2);
}

#[test]
fn keeps_some_at_rest_for_the_next_caller() {
    let mut life = Life::new(settings(|settings| settings.min_idle = 2));
    assert_eq!(life.opened, 2);
    life.acquire(1);
    assert_eq!(life.table.status(life.now.monotonic).idle, 2);
}

#[test]
fn serves_callers_in_the_order_they_came() {
    let mut life = Life::new(settings(|settings| settings.max_size = 1));
    for waiter in 1..=3 {
        life.acquire(waiter);
    }
    let slot = life.slot_of(1);
    life.give_back(slot);
    life.acquire(4);
    assert_eq!(life.lent, [(1, slot), (2, slot)]);
    life.give_back(slot);
    life.give_back(slot);
    assert_eq!(life.lent, [(1, slot), (2, slot), (3, slot), (4, slot)]);
}

#[test]
fn a_caller_who_went_away_is_passed_over() {
    let mut life = Life::new(settings(|settings| settings.max_size = 1));
    for waiter in 1..=3 {
        life.acquire(waiter);
    }
    life.does(|table, _| table.handle_cancelled(2));
    let slot = life.slot_of(1);
    life.give_back(slot);
    assert_eq!(life.lent, [(1, slot), (3, slot)]);
}

#[test]
fn a_caller_waits_no_longer_than_its_patience_and_is_told_why() {
    let mut life = Life::new(settings(|settings| settings.max_size = 1));
    life.acquire(1);
    life.acquire(2);
    life.pass(31 * SECOND);
    assert_eq!(life.failed, [(2, ErrorCode::AcquireTimeout)]);
    assert_eq!(life.told[0].name(), EventName::PoolExhausted);
}

#[test]
fn a_server_that_is_away_is_asked_again_and_the_caller_gets_the_reason_at_the_end() {
    let mut life = Life::new(settings(|_| {}));
    life.opens = false;
    life.acquire(1);
    let mut attempts = 0;
    while life.failed.is_empty() {
        for (slot, _) in std::mem::take(&mut life.opening) {
            attempts += 1;
            life.does(|table, now| table.handle_open_failed(slot, ErrorCode::ConnectRefused.into(), now));
        }
        let deadline = life.table.next_deadline().expect("somebody waits");
        life.pass(deadline.saturating_duration_since(life.now.monotonic));
    }
    assert_eq!(life.failed, [(1, ErrorCode::ConnectRefused)]);
    assert!((15..100).contains(&attempts), "{attempts} attempts in 30 s");
}

#[test]
fn what_waiting_cannot_mend_is_told_at_once() {
    let mut life = Life::new(settings(|_| {}));
    life.opens = false;
    life.acquire(1);
    life.acquire(2);
    for (slot, _) in std::mem::take(&mut life.opening) {
        life.does(|table, now| table.handle_open_failed(slot, ErrorCode::TlsUntrustedRoot.into(), now));
    }
    assert_eq!(life.failed, [(1, ErrorCode::TlsUntrustedRoot), (2, ErrorCode::TlsUntrustedRoot)]);
}

#[test]
fn a_server_that_served_before_may_answer_nonsense_for_a_moment() {
    let mut life = Life::new(settings(|settings| settings.min_idle = 1));
    life.opens = false;
    for slot in life.table.at_rest() {
        life.does(|table, now| table.handle_lost(slot, now));
    }
    life.acquire(1);
    for (code, told) in [(ErrorCode::TlsExpected, 0), (ErrorCode::UpgradeRefused, 0), (ErrorCode::TlsExpired, 1)] {
        life.pass(3 * SECOND);
        let (slot, _) = life.opening.pop().expect("somebody waits");
        life.does(|table, now| table.handle_open_failed(slot, code.into(), now));
        assert_eq!(life.failed.len(), told, "{code:?}");
    }
}

#[test]
fn while_another_credential_is_awaited_nobody_logs_in_and_callers_wait() {
    let mut life = Life::new(settings(|settings| settings.min_idle = 1));
    life.acquire(1);
    life.opens = false;
    life.acquire(2);
    let (slot, _) = life.opening.pop().expect("one is to rest");
    life.does(|table, now| {
        table.handle_open_failed(slot, ErrorCode::TokenExpired.into(), now);
        table.handle_suspended(now);
    });
    assert_eq!(life.table.status(life.now.monotonic).generation, 1, "the one of what is open is told");
    for waiter in 3..=4 {
        life.does(|table, now| table.handle_acquire(waiter, 300 * SECOND, now));
    }
    life.pass(120 * SECOND);
    assert!(life.opening.is_empty() && life.failed.is_empty(), "{:?} {:?}", life.opening, life.failed);
    // What is open serves.
    let slot = life.slot_of(1);
    life.give_back(slot);
    assert_eq!(life.lent.last(), Some(&(3, slot)));
    life.opens = true;
    life.does(|table, now| table.handle_use(1, now));
    assert_eq!(life.lent.last().map(|(waiter, _)| *waiter), Some(4));
}

#[test]
fn a_refused_credential_is_not_shown_again_until_there_is_another() {
    let mut life = Life::new(settings(|settings| settings.min_idle = 2));
    life.does(|table, now| table.handle_use(2, now));
    life.opens = false;
    for waiter in 1..=4 {
        life.acquire(waiter);
    }
    let first: Vec<_> = std::mem::take(&mut life.opening);
    for (slot, _) in first {
        life.does(|table, now| table.handle_open_failed(slot, ErrorCode::TokenExpired.into(), now));
    }
    life.pass(20 * SECOND);
    assert_eq!(life.opening, [], "no attempt with the refused token");
    life.does(|table, now| table.handle_use(3, now));
    assert!(!life.opening.is_empty());
    assert!(life.opening.iter().all(|(_, generation)| *generation == 3));
}

#[test]
fn a_pool_nobody_uses_shows_a_refused_password_once_and_callers_ever_more_rarely() {
    let mut life = Life::with(settings(|settings| settings.min_idle = 2), false);
    life.pass(20 * SECOND);
    life.opens = false;
    for slot in life.table.at_rest() {
        life.does(|table, now| table.handle_lost(slot, now));
    }
    let mut shown = 0;
    let mut refuse = |life: &mut Life| {
        for (slot, _) in std::mem::take(&mut life.opening) {
            shown += 1;
            life.does(|table, now| table.handle_open_failed(slot, ErrorCode::AuthenticationFailed.into(), now));
        }
        shown
    };
    assert_eq!(refuse(&mut life), 1);
    life.pass(24 * 3600 * SECOND);
    assert_eq!(refuse(&mut life), 1, "no caller, no login");
    let mut attempts = Vec::new();
    for second in (0..3 * 3600).step_by(10) {
        life.acquire(second + 1);
        if refuse(&mut life) > attempts.len() + 1 {
            attempts.push(second);
        }
        life.pass(10 * SECOND);
    }
    assert_eq!(attempts, [0, 600, 4200, 7800]);
    assert!(life.failed.iter().all(|(_, code)| *code == ErrorCode::AuthenticationFailed), "{:?}", life.failed);
    assert_eq!(life.failed.len(), 3 * 360, "nobody waits for nothing");
}

#[test]
fn a_credential_that_was_not_shown_lately_is_shown_by_one_connection_first() {
    let mut life = Life::new(settings(|_| {}));
    life.acquire(1);
    life.pass(60 * SECOND);
    life.opens = false;
    for waiter in 2..=4 {
        life.acquire(waiter);
    }
    assert_eq!(life.opening.len(), 1);
    let (slot, _) = life.opening.remove(0);
    life.does(|table, now| assert!(table.handle_opened(slot, now)));
    assert_eq!(life.opening.len(), 2, "it works: the others at once");
}

#[test]
fn a_connection_of_the_generation_before_is_lent_when_it_arrives_and_replaces_nothing() {
    let mut life = Life::new(settings(|_| {}));
    life.opens = false;
    life.acquire(1);
    let (slot, _) = life.opening.remove(0);
    life.does(|table, now| table.handle_use(2, now));
    life.does(|table, now| assert!(table.handle_opened(slot, now)));
    assert_eq!((life.slot_of(1), life.closed.len()), (slot, 0));
}

#[test]
fn what_rests_is_filled_up_again_after_an_attempt_that_failed() {
    let mut life = Life::new(settings(|settings| settings.min_idle = 1));
    life.opens = false;
    for waiter in 1..=2 {
        life.acquire(waiter);
    }
    for (slot, _) in std::mem::take(&mut life.opening) {
        life.does(|table, now| table.handle_open_failed(slot, ErrorCode::ConnectRefused.into(), now));
    }
    life.opens = true;
    life.pass(5 * SECOND);
    let status = life.table.status(life.now.monotonic);
    assert_eq!((status.in_use, status.idle), (2, 1));
}

#[test]
fn one_that_is_replaced_while_it_is_asked_for_a_sign_of_life_goes_afterwards() {
    let mut life = Life::new(settings(|settings| {
        settings.min_idle = 1;
        settings.max_lifetime = Some(1000 * SECOND);
    }));
    life.pass(61 * SECOND);
    let slot = life.validating[0];
    life.does(|table, now| table.handle_use(2, now));
    life.pass(3 * SECOND);
    assert!(life.closed.is_empty());
    life.does(|table, now| table.handle_validated(slot, true, now));
    assert_eq!(life.closed, [(slot, "replaced")]);
    assert_eq!(life.table.status(life.now.monotonic).stale, 0);
}

#[test]
fn a_token_said_to_be_over_does_not_make_connections_short_lived() {
    let mut life = Life::new(settings(|settings| settings.min_idle = 4));
    life.does(|table, _| table.handle_token_life(Duration::ZERO));
    life.does(|table, now| table.handle_use(2, now));
    life.pass(5 * SECOND);
    let opened = life.opened;
    life.pass(47 * SECOND);
    assert_eq!(life.opened, opened);
}

#[test]
fn who_waits_in_vain_for_a_credential_is_told_so_and_not_that_all_are_in_use() {
    let mut life = Life::new(settings(|settings| settings.max_size = 1));
    life.acquire(1);
    life.does(|table, now| table.handle_unusable(ErrorCode::TokenExpired.into(), now));
    life.acquire(2);
    life.pass(31 * SECOND);
    assert_eq!(life.failed, [(2, ErrorCode::TokenExpired)]);
    assert!(life.told.is_empty());
}

#[test]
fn who_waits_for_the_first_token_is_told_of_the_source_and_who_waits_for_a_slow_server_of_that() {
    let mut life = Life::new(settings(|settings| settings.max_size = 2));
    life.opens = false;
    life.acquire(1);
    life.pass(31 * SECOND);
    life.does(|table, now| table.handle_revoked(1, now));
    life.acquire(2);
    life.pass(31 * SECOND);
    assert_eq!(life.failed, [(1, ErrorCode::AcquireTimeout), (2, ErrorCode::SourceUnavailable)]);
    assert!(life.told.is_empty(), "the pool is not exhausted");
}

#[test]
fn a_new_generation_replaces_the_old_without_a_caller_waiting() {
    let mut life = Life::new(settings(|settings| settings.min_idle = 2));
    for waiter in 1..=4 {
        life.acquire(waiter);
    }
    let lent: Vec<SlotId> = life.lent.iter().map(|(_, slot)| *slot).collect();
    life.opens = false;
    life.does(|table, now| table.handle_use(2, now));
    // One more than the limit is being opened; what is lent stays lent, and comes back to be lent again.
    assert_eq!(life.opening.len(), 1);
    life.give_back(lent[0]);
    life.acquire(5);
    assert_eq!(life.slot_of(5), lent[0], "an old connection serves until a fresh one is there");
    life.opens = true;
    let (slot, _) = life.opening.remove(0);
    life.does(|table, now| assert!(table.handle_opened(slot, now)));
    for slot in &lent {
        life.give_back(*slot);
    }
    life.pass(5 * SECOND);
    let status = life.table.status(life.now.monotonic);
    assert_eq!((status.stale, status.generation), (0, 2));
    assert_eq!(life.closed.iter().filter(|(slot, _)| lent.contains(slot)).count(), 4);
    assert!(status.idle + status.opening <= 4);
}

#[test]
fn connections_are_replaced_one_after_the_other_and_within_five_seconds() {
    let mut life = Life::new(settings(|settings| settings.min_idle = 2));
    for waiter in 1..=4 {
        life.acquire(waiter);
    }
    // Two of them are in use all the time.
    for waiter in 1..=2 {
        life.give_back(life.slot_of(waiter));
    }
    life.does(|table, now| table.handle_use(2, now));
    let (start, mut opened) = (life.now.monotonic, vec![(Duration::ZERO, life.opened)]);
    while let Some(deadline) = life.table.next_deadline().filter(|deadline| *deadline < start + 5 * SECOND) {
        life.pass(deadline - life.now.monotonic);
        opened.push((deadline - start, life.opened));
    }
    let pause = 5 * SECOND / 4;
    assert_eq!(opened, [(Duration::ZERO, 4), (pause, 5), (2 * pause, 6), (3 * pause, 7)]);
    // The last one has to wait for room.
    life.pass(2 * SECOND);
    life.give_back(life.slot_of(3));
    life.give_back(life.slot_of(4));
    assert_eq!(life.table.status(life.now.monotonic).stale, 0);
    assert_eq!(life.table.slots.len(), 4);
}

#[test]
fn who_waits_does_not_wait_for_the_pace_of_replacements() {
    let mut life = Life::new(settings(|_| {}));
    life.acquire(1);
    life.does(|table, now| table.handle_use(2, now));
    for waiter in 2..=5 {
        life.acquire(waiter);
    }
    // One in place of the stale one, which is still lent, and as many as there may be.
    assert_eq!((life.opened, life.lent.len()), (5, 5));
}

#[test]
fn a_retired_generation_is_closed_when_it_comes_back_and_never_under_its_user() {
    let mut life = Life::new(settings(|_| {}));
    life.acquire(1);
    let slot = life.slot_of(1);
    life.does(|table, now| table.handle_use(2, now));
    life.does(|table, now| table.handle_retired(1, now));
    life.pass(60 * SECOND);
    assert!(!life.closed.iter().any(|(closed, _)| *closed == slot), "a statement of a minute is not cut");
    life.give_back(slot);
    assert!(life.closed.iter().any(|(closed, _)| *closed == slot));
}

#[test]
fn a_revoked_generation_is_gone_within_seconds_whoever_uses_it() {
    let mut life = Life::new(settings(|settings| settings.min_idle = 1));
    life.acquire(1);
    let lent = life.slot_of(1);
    life.does(|table, now| table.handle_revoked(1, now));
    assert!(!life.table.slots.values().any(Slot::is_idle), "what rests is closed at once");
    assert!(life.table.has(1));
    life.pass(4 * SECOND);
    assert!(life.closed.contains(&(lent, "its token was revoked")));
    assert!(!life.table.has(1));
}

#[test]
fn what_a_closed_pool_has_lent_is_cut_once_and_not_waited_for_again() {
    let mut life = Life::new(settings(|_| {}));
    life.acquire(1);
    let lent = life.slot_of(1);
    life.does(|table, _| table.handle_closing());
    assert!(life.closed.is_empty() && !life.table.is_empty());
    life.does(|table, _| table.handle_cut());
    assert!(life.table.is_empty());
    life.give_back(lent);
    assert_eq!(life.closed, [(lent, "pool closed")]);
}

#[test]
fn a_connection_opened_for_a_revoked_token_is_not_taken() {
    let mut life = Life::new(settings(|_| {}));
    life.opens = false;
    life.acquire(1);
    let (slot, _) = life.opening[0];
    life.does(|table, now| table.handle_revoked(1, now));
    life.does(|table, now| assert!(!table.handle_opened(slot, now)));
    assert!(life.lent.is_empty());
}

#[test]
fn connections_do_not_all_reach_their_end_at_once() {
    let mut life = Life::new(settings(|settings| {
        settings.max_size = 20;
        settings.max_lifetime = Some(1000 * SECOND);
    }));
    for waiter in 1..=20 {
        life.acquire(waiter);
    }
    let ends: Vec<Instant> = life.table.slots.values().filter_map(|slot| slot.expires).collect();
    let (first, last) = (ends.iter().min().unwrap(), ends.iter().max().unwrap());
    assert!(*last - *first > 30 * SECOND);
    assert!(*first >= life.now.monotonic + 900 * SECOND);
}

#[test]
fn a_connection_past_its_life_is_replaced_while_it_rests() {
    let mut life = Life::new(settings(|settings| {
        settings.min_idle = 1;
        settings.max_lifetime = Some(100 * SECOND);
        settings.validation_interval = 1000 * SECOND;
    }));
    life.pass(101 * SECOND);
    assert_eq!((life.opened, life.closed.len()), (2, 1));
    assert_eq!(life.closed[0].1, "replaced");
}

#[test]
fn an_idle_connection_is_asked_for_a_sign_of_life_and_closed_without_one() {
    let mut life = Life::new(settings(|settings| settings.min_idle = 1));
    life.pass(61 * SECOND);
    assert_eq!(life.validating.len(), 1);
    let slot = life.validating[0];
    life.does(|table, now| table.handle_validated(slot, true, now));
    life.pass(61 * SECOND);
    assert_eq!(life.validating.len(), 2);
    life.does(|table, now| table.handle_validated(slot, false, now));
    assert_eq!(life.closed, [(slot, "gave no sign of life")]);
    assert_eq!(life.opened, 2, "another one takes its place");
}

#[test]
fn what_nobody_wants_is_closed_down_to_the_least() {
    let mut life = Life::new(settings(|settings| {
        settings.min_idle = 1;
        settings.validation_interval = 10_000 * SECOND;
    }));
    for waiter in 1..=4 {
        life.acquire(waiter);
    }
    for (_, slot) in life.lent.clone() {
        life.give_back(slot);
    }
    life.pass(700 * SECOND);
    assert_eq!(life.table.status(life.now.monotonic).idle, 1);
}

#[test]
fn a_changed_session_is_reset_before_anybody_gets_it() {
    let mut life = Life::new(settings(|settings| settings.max_size = 1));
    life.acquire(1);
    life.acquire(2);
    let slot = life.slot_of(1);
    life.does(|table, now| table.handle_returned(slot, Fate::Changed, now));
    assert_eq!((life.resetting.as_slice(), life.lent.len()), ([slot].as_slice(), 1));
    life.does(|table, now| table.handle_reset(slot, true, now));
    assert_eq!(life.slot_of(2), slot);
}

#[test]
fn a_loan_without_end_is_told_of_once() {
    let mut life = Life::new(settings(|settings| settings.leak_warning = Some(5 * SECOND)));
    life.acquire(1);
    life.pass(60 * SECOND);
    assert_eq!(life.overdue, [life.slot_of(1)]);
}

#[test]
fn a_closed_pool_lends_nothing_and_keeps_nothing() {
    let mut life = Life::new(settings(|settings| settings.min_idle = 2));
    life.acquire(1);
    let lent = life.slot_of(1);
    life.does(|table, _| table.handle_closing());
    life.acquire(2);
    assert_eq!(life.failed, [(2, ErrorCode::Closed)]);
    life.give_back(lent);
    assert!(life.table.is_empty());
}

#[test]
fn a_lost_connection_found_while_lending_costs_the_caller_its_place_in_no_queue() {
    let mut life = Life::new(settings(|settings| settings.max_size = 1));
    life.acquire(1);
    life.acquire(2);
    let slot = life.slot_of(1);
    let until = life.now.monotonic + 30 * SECOND;
    life.does(|table, now| table.handle_unlendable(1, until, slot, now));
    assert_eq!(life.lent.last().map(|(waiter, _)| *waiter), Some(1));
}

mod properties {
    use super::*;
    use proptest::prelude::*;

    #[derive(Debug, Clone)]
    enum Step {
        Acquire,
        Return(usize, bool),
        Lose(usize),
        Use,
        Retire,
        Revoke,
        Fail(usize),
        Open(usize),
        Pass(u64),
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            4 => Just(Step::Acquire),
            4 => (0usize..20, any::<bool>()).prop_map(|(at, good)| Step::Return(at, good)),
            1 => (0usize..20).prop_map(Step::Lose),
            1 => Just(Step::Use),
            1 => Just(Step::Retire),
            1 => Just(Step::Revoke),
            2 => (0usize..20).prop_map(Step::Fail),
            4 => (0usize..20).prop_map(Step::Open),
            2 => (0u64..100).prop_map(Step::Pass),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(400))]

        /// Whatever happens: the limit holds, nobody gets what another has, every caller gets exactly one answer.
        #[test]
        fn every_caller_is_answered_once_and_no_connection_is_lent_twice(steps in proptest::collection::vec(step(), 1..120)) {
            let mut life = Life::new(settings(|settings| settings.min_idle = 1));
            life.opens = false;
            let (mut waiter, mut generation, mut held) = (0, 1, Vec::<SlotId>::new());
            for step in steps {
                match step {
                    Step::Acquire => {
                        waiter += 1;
                        life.acquire(waiter);
                    }
                    Step::Return(at, good) if !held.is_empty() => {
                        let slot = held.remove(at % held.len());
                        let fate = if good { Fate::Good } else { Fate::Bad };
                        life.does(|table, now| table.handle_returned(slot, fate, now));
                    }
                    Step::Lose(at) => {
                        let slots: Vec<SlotId> = life.table.slots.keys().copied().collect();
                        if !slots.is_empty() {
                            life.does(|table, now| table.handle_lost(slots[at % slots.len()], now));
                        }
                    }
                    Step::Use => {
                        generation += 1;
                        life.does(|table, now| table.handle_use(generation, now));
                    }
                    Step::Retire if generation > 1 => life.does(|table, now| table.handle_retired(generation - 1, now)),
                    Step::Revoke => life.does(|table, now| table.handle_revoked(generation, now)),
                    Step::Fail(at) if !life.opening.is_empty() => {
                        let (slot, _) = life.opening.remove(at % life.opening.len());
                        life.does(|table, now| table.handle_open_failed(slot, ErrorCode::ConnectFailed.into(), now));
                    }
                    Step::Open(at) if !life.opening.is_empty() => {
                        let (slot, _) = life.opening.remove(at % life.opening.len());
                        life.does(|table, now| { table.handle_opened(slot, now); });
                    }
                    Step::Pass(seconds) => life.pass(Duration::from_secs(seconds)),
                    _ => {}
                }
                // Cut by a revocation: its user has lost it.
                held.retain(|slot| life.table.slots.contains_key(slot));
                for (_, slot) in life.lent.split_off(0) {
                    prop_assert!(!held.contains(&slot), "slot {slot} was lent twice");
                    held.push(slot);
                }
                let status = life.table.status(life.now.monotonic);
                prop_assert!(status.idle + status.in_use + status.opening <= 4 + 1, "{status:?}");
                prop_assert!(life.table.next_deadline().is_none_or(|deadline| deadline > life.now.monotonic - SECOND));
            }
            life.does(|table, _| table.handle_closing());
            prop_assert_eq!(life.table.status(life.now.monotonic).waiting, 0);
        }
    }
}

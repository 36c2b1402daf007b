//! Wall clocks that jump, machines that sleep (ROT-8).

use super::*;

impl Story {
    /// The wall clock is set.
    fn set_wall_forward(&mut self, by: Duration) {
        self.now.wall += by;
    }

    fn set_wall_back(&mut self, by: Duration) {
        self.now.wall -= by;
    }
}

fn lives() -> [Issued; 3] {
    [
        Issued::new("a").ttl(DAY),
        Issued::new("a").expires_at(BEGIN + DAY),
        Issued::new("a").issued_at(BEGIN).expires_at(BEGIN + DAY),
    ]
}

#[test]
fn the_clocks_are_compared_every_half_minute() {
    let story = Story::using_a();
    assert!(story.rotation.next_deadline().unwrap() <= story.now.monotonic + 30 * SECOND);
}

#[test]
fn looks_at_the_clocks_change_nothing_while_they_agree() {
    let mut often = Story::with(defaults(), 7);
    let mut seldom = Story::with(defaults(), 7);
    for story in [&mut often, &mut seldom] {
        story.fetched("a");
    }
    let begin = often.now;
    let time = often.next_fetch();
    let work = seldom.rotation.next_work().unwrap() - seldom.now.monotonic;
    seldom.now = seldom.now.after(work);
    seldom.rotation.handle_deadline(seldom.now);
    assert_eq!(seldom.done(), ["fetch"]);
    assert_eq!(often.now.monotonic - begin.monotonic, work);
    assert_eq!(time, work);
}

#[test]
fn a_clock_set_back_a_day_does_not_move_the_refresh_beyond_the_end() {
    for issued in lives() {
        let mut story = Story::begin();
        story.answered(Ok(issued.clone()));
        story.pass(HOUR);
        story.set_wall_back(DAY);
        let begin = story.now.monotonic;
        assert!(story.next_fetch() <= 40 * SECOND, "what happened meanwhile is asked for");
        assert!(story.told().contains(&"clock.jumped"));
        assert!(story.answered(Ok(issued)).is_empty());
        story.next_fetch();
        let age = story.now.monotonic - begin + HOUR;
        assert!(age >= DAY.mul_f64(0.8) && age <= DAY.mul_f64(0.9), "{age:?}");
    }
}

#[test]
fn a_clock_set_forward_asks_again_and_gives_up_no_token_that_works() {
    for issued in lives() {
        let mut story = Story::begin();
        story.answered(Ok(issued.clone()));
        story.pass(HOUR);
        story.set_wall_forward(DAY);
        assert!(story.next_fetch() <= 40 * SECOND);
        for _ in 0..10 {
            assert!(story.answered(Ok(issued.clone())).is_empty());
            assert!(story.next_fetch() <= 5 * MINUTE);
            assert_eq!(story.in_use(), Some((1, "a")));
        }
        assert_eq!(story.told().iter().filter(|name| **name == "token.expired").count(), 1);
        // Set right again, all is as it was.
        story.set_wall_back(DAY);
        assert!(story.answered(Ok(issued.clone())).is_empty());
        assert!(story.next_fetch() <= 40 * SECOND);
        assert!(story.answered(Ok(issued.clone())).is_empty());
        assert!(story.next_fetch() >= 15 * HOUR);
    }
}

#[test]
fn a_machine_that_slept_beyond_the_end_asks_when_it_wakes() {
    for issued in lives() {
        let mut story = Story::begin();
        story.answered(Ok(issued));
        story.set_wall_forward(3 * DAY);
        assert!(story.next_fetch() <= 30 * SECOND);
        assert_eq!(story.fetched("b"), ["canary 2 b"]);
    }
}

#[test]
fn a_sleep_counts_as_part_of_the_life() {
    for issued in lives() {
        let mut story = Story::begin();
        story.answered(Ok(issued.clone()));
        story.set_wall_forward(12 * HOUR);
        story.next_fetch();
        story.answered(Ok(issued));
        story.next_fetch();
        let age = story.now.wall - BEGIN;
        assert!(age >= DAY.mul_f64(0.8) && age <= DAY.mul_f64(0.9), "{age:?}");
    }
}

#[test]
fn a_jump_is_told_with_its_seconds() {
    let mut story = Story::using_a();
    story.set_wall_back(HOUR);
    story.pass(MINUTE);
    assert_eq!(story.event(EventName::ClockJumped).field("seconds").unwrap().to_string(), "-3600.000");
    story.told();
    story.now.wall += 2 * SECOND;
    story.pass(MINUTE);
    assert!(story.told().is_empty(), "clocks that are being adjusted are no news");
}

#[test]
fn a_clock_far_behind_at_the_first_fetch_does_not_prolong_the_life() {
    let mut story = Story::begin();
    story.answered(Ok(Issued::new("a").issued_at(BEGIN + 30 * DAY).expires_at(BEGIN + 31 * DAY)));
    assert!(story.next_fetch() <= DAY.mul_f64(0.9));
}

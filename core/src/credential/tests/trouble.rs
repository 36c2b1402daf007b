//! Several things going wrong at once.

use super::*;

#[test]
fn two_bad_tokens_in_a_row_leave_the_old_one_in_use() {
    let mut story = Story::using_a();
    for (generation, token) in [(2, "b"), (3, "c"), (4, "d")] {
        story.demand();
        assert_eq!(*story.fetched(token).last().unwrap(), format!("canary {generation} {token}"));
        story.failed(generation, expired());
        assert_eq!(story.in_use(), Some((1, "a")));
    }
}

#[test]
fn rotations_in_quick_succession_keep_each_grace_period() {
    let mut story = Story::watching_b();
    story.pass(MINUTE);
    story.demand();
    story.fetched("c");
    assert_eq!(story.passed(3), ["use 3 c"]);
    assert_eq!(story.pass(4 * MINUTE), ["retire 1 a"]);
    assert_eq!(story.pass(MINUTE), ["retire 2 b"]);
}

#[test]
fn a_flood_of_new_tokens_does_not_pile_up_generations() {
    let mut story = Story::using_a();
    let mut live = 1;
    for generation in 2..100 {
        story.demand();
        story.fetched(&format!("t{generation}"));
        live += 1;
        let steps = story.passed(generation);
        live -= steps.iter().filter(|step| step.starts_with("retire ")).count();
        assert!(live <= 10);
    }
    assert_eq!(story.pass(5 * MINUTE).len(), live - 1, "all but the one in use retire");
}

#[test]
fn refused_one_after_the_other_every_earlier_token_is_used_before_all_is_lost() {
    let mut story = Story::watching_b();
    story.demand();
    story.fetched("c");
    story.passed(3);
    assert_eq!(story.refused(3), ["use 2 b", "retire 3 c"]);
    assert_eq!(story.refused(2), ["use 1 a", "retire 2 b"]);
    assert_eq!(story.refused(1), ["fetch"]);
    assert_eq!(story.in_use(), None);
}

#[test]
fn without_any_other_token_a_failed_one_is_tried_again_within_minutes() {
    let mut story = Story::without_any();
    let begin = story.now.monotonic;
    assert_eq!(story.fetched("b"), ["canary 2 b"]);
    let mut generation = 2;
    let mut steps = story.failed(2, expired());
    let mut tries = 1;
    while story.now.monotonic - begin < HOUR {
        for step in std::mem::take(&mut steps) {
            if step == "fetch" {
                steps.extend(story.fetched("b"));
            } else if step.starts_with("canary ") {
                tries += 1;
                generation += 1;
                steps.extend(story.failed(generation, expired()));
            }
        }
        if steps.is_empty() {
            steps = story.next().0;
        }
    }
    assert!((10..60).contains(&tries), "tried {tries} times in an hour");
}

#[test]
fn a_refusal_while_a_candidate_is_on_trial_waits_for_the_candidate() {
    let mut story = Story::using_a();
    story.demand();
    story.fetched("b");
    assert!(story.refused(1).is_empty());
    assert_eq!(story.in_use(), None);
    assert_eq!(story.passed(2), ["use 2 b", "retire 1 a"]);
}

#[test]
fn a_refusal_does_not_wait_for_the_delay_of_a_push() {
    let mut story = Story::using_a();
    story.pushed();
    assert_eq!(story.refused(1), ["fetch"]);
}

#[test]
fn a_refusal_does_not_wait_for_the_backoff_of_the_network() {
    let mut story = Story::using_a();
    story.demand();
    story.fetched("b");
    for generation in 2..12 {
        story.failed(generation, unreachable());
        assert_eq!(story.next().0, [format!("canary {} b", generation + 1)]);
    }
    story.failed(12, unreachable());
    assert_eq!(story.refused(1), ["fetch"]);
    let (steps, time) = story.next();
    assert_eq!(steps, ["canary 13 b"]);
    assert_eq!(time, Duration::ZERO);
}

#[test]
fn a_candidate_passes_while_the_token_in_use_is_being_revoked() {
    let mut story = Story::using_a();
    story.demand();
    story.fetched("b");
    assert_eq!(story.revoked(), ["revoke 1", "retire 1 a", "fetch"]);
    assert_eq!(story.passed(2), ["use 2 b"]);
    assert!(story.fetched("b").is_empty());
}

#[test]
fn a_refused_token_on_trial_again_is_dropped_when_it_is_revoked() {
    let mut story = Story::without_any();
    let mut steps = story.fetched("a");
    while !steps.iter().any(|step| step == "canary 2 a") {
        steps = story.next().0;
        if steps == ["fetch"] {
            steps = story.fetched("a");
        }
    }
    assert_eq!(story.revoked()[..3], ["revoke 1", "drop 2", "retire 1 a"]);
    assert!(story.passed(2).is_empty());
    assert_eq!(story.in_use(), None);
}

#[test]
fn a_revocation_before_the_first_token_asks_the_source() {
    let mut story = Story::begin();
    assert!(story.revoked().is_empty());
    assert_eq!(story.fetched("a"), ["use 1 a", "fetch"]);
}

#[test]
fn no_event_and_no_text_shows_a_token() {
    let secret = "Tt0kEnSeCrEt";
    let mut story = Story::using_a();
    story.demand();
    story.fetched(secret);
    story.failed(2, expired());
    story.demand();
    story.fetched("c");
    assert!(!format!("{:?} {:?}", story.rotation, story.events).contains(secret));
}

#[test]
fn a_fallback_that_was_on_trial_and_is_in_use_again_needs_no_trial() {
    let mut story = Story::watching_b();
    story.demand();
    assert_eq!(story.fetched("a"), ["canary 3 a"]);
    story.failed(3, unreachable());
    assert_eq!(story.refused(2), ["use 1 a", "retire 2 b"]);
    assert!(!story.pass(2 * MINUTE).iter().any(|step| step.starts_with("canary")));
    assert_eq!(story.in_use(), Some((1, "a")));
}

#[test]
fn a_token_that_has_ended_is_nothing_to_go_back_to() {
    let mut story = Story::begin();
    assert_eq!(story.answered(Ok(Issued::new("a").expires_at(BEGIN + HOUR))), ["use 1 a"]);
    story.rotation.handle_rotate(story.now);
    story.done();
    assert_eq!(story.fetched("b"), ["canary 2 b"]);
    story.now = story.now.after(HOUR - MINUTE);
    assert_eq!(story.passed(2), ["use 2 b"]);
    story.now = story.now.after(2 * MINUTE);
    // It would be refused as well, and its successor would be held to be the worse one.
    assert_eq!(story.refused(2), ["retire 1 a", "fetch"]);
    assert_eq!(story.in_use(), None);
    assert_eq!(story.fetched("c"), ["canary 3 c"]);
    assert_eq!(story.passed(3), ["use 3 c", "retire 2 b"]);
}

#[test]
fn a_token_that_ended_only_by_a_guess_is_gone_back_to() {
    let mut story = Story::begin();
    assert_eq!(story.fetched("a"), ["use 1 a"]);
    story.demand();
    assert_eq!(story.fetched("b"), ["canary 2 b"]);
    story.now = story.now.after(2 * DAY);
    assert_eq!(story.passed(2), ["use 2 b"]);
    assert_eq!(story.refused(2), ["use 1 a", "retire 2 b"]);
}

#[test]
fn nothing_may_log_in_while_the_only_token_is_refused() {
    let mut story = Story::watching_b();
    story.refused(2);
    assert_eq!(story.suspensions, 0, "there is another one");
    story.refused(1);
    assert_eq!((story.suspensions, story.in_use()), (1, None));
}

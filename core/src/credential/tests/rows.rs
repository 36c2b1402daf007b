//! Every row of the machine's table.

use super::*;

#[test]
fn the_first_token_is_used_without_a_canary() {
    let mut story = Story::begin();
    assert_eq!(story.in_use(), None);
    assert_eq!(story.fetched("a"), ["use 1 a"]);
    assert_eq!(story.in_use(), Some((1, "a")));
    assert_eq!(story.told(), ["token.fetched"]);
}

#[test]
fn without_a_first_token_whoever_waits_gets_the_error_and_the_source_is_asked_again() {
    let mut story = Story::begin();
    for _ in 0..20 {
        assert_eq!(story.answered(Err(gone())), ["fail SOURCE_UNAVAILABLE"]);
        assert!(story.next_fetch() <= MINUTE);
    }
    assert_eq!(story.fetched("a"), ["use 1 a"]);
    assert_eq!(story.told()[20..], ["source.recovered", "token.fetched"]);
}

#[test]
fn the_same_token_is_no_rotation() {
    let mut story = Story::using_a();
    story.told();
    story.demand();
    assert!(story.fetched("a").is_empty());
    assert_eq!(story.in_use(), Some((1, "a")));
    assert!(story.told().is_empty());
}

#[test]
fn keeps_the_token_in_use_when_the_source_fails() {
    let mut story = Story::using_a();
    story.told();
    story.demand();
    for _ in 0..1000 {
        assert!(story.answered(Err(gone())).is_empty());
        assert!(story.next_fetch() <= MINUTE);
    }
    assert_eq!(story.in_use(), Some((1, "a")));
    assert!(story.fetched("a").is_empty());
    assert_eq!(story.told()[999..], ["source.failed", "source.recovered"]);
}

#[test]
fn an_empty_or_blank_token_is_no_token() {
    for text in ["", " ", "\n", "\u{a0}\t", "to ken", "token\n", "tok\u{0}en"] {
        let mut story = Story::using_a();
        story.demand();
        assert!(story.fetched(text).is_empty());
        assert_eq!(story.in_use(), Some((1, "a")));
        assert_eq!(story.event(EventName::SourceFailed).field("code").unwrap().to_string(), "SOURCE_INVALID");
        assert!(story.next_fetch() <= SECOND);
    }
}

#[test]
fn another_token_is_tried_and_then_used_and_the_one_before_retires_after_its_grace_period() {
    let mut story = Story::using_a();
    story.told();
    story.demand();
    assert_eq!(story.fetched("b"), ["canary 2 b"]);
    assert_eq!(story.in_use(), Some((1, "a")));
    assert_eq!(story.passed(2), ["use 2 b"]);
    assert_eq!(story.in_use(), Some((2, "b")));
    assert!(story.pass(5 * MINUTE - SECOND).is_empty());
    assert_eq!(story.pass(SECOND), ["retire 1 a"]);
    assert_eq!(story.told(), ["token.fetched", "rotation.started", "rotation.promoted"]);
}

#[test]
fn a_token_that_fails_its_canary_is_dropped_and_the_one_in_use_stays() {
    let mut story = Story::using_a();
    story.demand();
    story.fetched("b");
    assert_eq!(story.failed(2, expired()), ["drop 2"]);
    assert_eq!(story.in_use(), Some((1, "a")));
    let event = story.event(EventName::RotationRolledBack);
    assert_eq!(event.field("code").unwrap().to_string(), "TOKEN_EXPIRED");
    assert!(event.field("retry_in_s").unwrap().to_string().parse::<f64>().unwrap() >= 3600.0);
}

#[test]
fn a_failed_token_is_tried_again_after_an_hour_and_not_before() {
    let mut story = Story::using_a();
    story.demand();
    story.fetched("b");
    story.failed(2, expired());
    let begin = story.now.monotonic;
    story.demand();
    assert!(story.fetched("b").is_empty());
    loop {
        story.next_fetch();
        let steps = story.fetched("b");
        let past = story.now.monotonic - begin;
        if past < HOUR {
            assert!(steps.is_empty(), "tried again after {past:?}");
        } else {
            assert_eq!(steps, ["canary 3 b"]);
            assert!(past <= HOUR + HOUR / 10);
            break;
        }
    }
    assert_eq!(story.passed(3), ["use 3 b"]);
}

#[test]
fn another_token_after_a_failed_one_is_tried_at_once_and_the_failed_one_retires() {
    let mut story = Story::using_a();
    story.demand();
    story.fetched("b");
    story.failed(2, expired());
    story.demand();
    assert_eq!(story.fetched("c"), ["retire 2 b", "canary 3 c"]);
    assert_eq!(story.passed(3), ["use 3 c"]);
}

#[test]
fn a_canary_that_the_network_failed_is_repeated_soon() {
    let mut story = Story::using_a();
    story.demand();
    story.told();
    assert_eq!(story.fetched("b"), ["canary 2 b"]);
    let mut generation = 2;
    let not_its_fault = [
        ErrorCode::ConnectRefused,
        ErrorCode::ConnectTimeout,
        ErrorCode::TlsExpired,
        ErrorCode::BackendUnavailable,
        ErrorCode::RateLimited,
    ];
    for code in not_its_fault {
        assert_eq!(story.failed(generation, code.into()), [format!("drop {generation}")]);
        generation += 1;
        let (steps, time) = story.next();
        assert_eq!(steps, [format!("canary {generation} b")]);
        assert!(time <= MINUTE);
    }
    assert_eq!(story.passed(generation), [format!("use {generation} b")]);
    assert!(!story.told().contains(&"rotation.rolled_back"));
}

#[test]
fn goes_back_when_the_new_token_is_refused_within_the_grace_period() {
    let mut story = Story::watching_b();
    story.told();
    story.pass(4 * MINUTE);
    assert_eq!(story.refused(2), ["use 1 a", "retire 2 b"]);
    assert_eq!(story.in_use(), Some((1, "a")));
    assert_eq!(story.told(), ["token.refused", "rotation.rolled_back"]);
    // It is remembered as failed.
    story.demand();
    assert!(story.fetched("b").is_empty());
    assert!(story.pass(50 * MINUTE).is_empty());
}

#[test]
fn a_token_refused_without_a_fallback_makes_the_source_be_asked_at_once() {
    let mut story = Story::watching_b();
    story.pass(6 * MINUTE);
    assert_eq!(story.refused(2), ["fetch"]);
    assert_eq!(story.in_use(), None);
    assert_eq!(story.fetched("c"), ["canary 3 c"]);
    assert_eq!(story.passed(3), ["use 3 c", "retire 2 b"]);
}

#[test]
fn a_revoked_token_gives_way_to_the_one_before() {
    let mut story = Story::watching_b();
    story.told();
    assert_eq!(story.revoked(), ["revoke 2", "use 1 a", "retire 2 b", "fetch"]);
    assert_eq!(story.in_use(), Some((1, "a")));
    assert_eq!(story.told(), ["token.revoked"]);
    // The source may not bring it back.
    assert!(story.fetched("b").is_empty());
    assert_eq!(story.event(EventName::SourceFailed).field("code").unwrap().to_string(), "TOKEN_REVOKED");
}

#[test]
fn after_a_revocation_without_another_token_nothing_is_used_until_the_source_has_one() {
    let mut story = Story::using_a();
    assert_eq!(story.revoked(), ["revoke 1", "retire 1 a", "fetch"]);
    assert_eq!(story.in_use(), None);
    assert!(story.fetched("a").is_empty());
    assert!(story.next_fetch() <= SECOND);
    assert_eq!(story.fetched("b"), ["canary 2 b"]);
    assert_eq!(story.passed(2), ["use 2 b"]);
    assert_eq!(story.in_use(), Some((2, "b")));
}

#[test]
fn a_refused_token_waits_for_another_one_up_to_the_limit_and_heals_later() {
    let mut story = Story::without_any();
    let begin = story.now.monotonic;
    // The source has nothing else, and the server goes on refusing.
    let mut steps = story.fetched("a");
    let mut fetches = 0;
    let mut fails = Vec::new();
    while story.now.monotonic - begin < 10 * MINUTE {
        for step in std::mem::take(&mut steps) {
            if let Some(rest) = step.strip_prefix("canary ") {
                let generation = rest.split(' ').next().unwrap().parse().unwrap();
                steps.extend(story.failed(generation, expired()));
            } else if step == "fetch" {
                fetches += 1;
                steps.extend(story.fetched("a"));
            } else if step.starts_with("fail ") {
                assert_eq!(step, "fail TOKEN_EXPIRED");
                fails.push(story.now.monotonic - begin);
            }
        }
        if steps.is_empty() {
            steps = story.next().0;
        }
    }
    assert_eq!(fails[0], MINUTE, "nobody hears of it before the limit");
    assert!(fails.len() > 2, "who comes later gets an answer too");
    assert!((8..60).contains(&fetches), "{fetches} questions in ten minutes");
    story.rotation.handle_rotate(story.now);
    story.done();
    assert!(story.fetched("b").iter().any(|step| step.starts_with("canary ") && step.ends_with(" b")));
}

#[test]
fn a_refused_token_that_works_again_is_used_again() {
    let mut story = Story::without_any();
    assert!(story.fetched("a").is_empty());
    let mut steps = story.next().0;
    while steps == ["fetch"] {
        steps = story.fetched("a");
        if steps.is_empty() {
            steps = story.next().0;
        }
    }
    assert_eq!(steps, ["canary 2 a"]);
    // Its generation stays: its connections are good.
    assert_eq!(story.passed(2), ["drop 2", "use 1 a"]);
    assert_eq!(story.in_use(), Some((1, "a")));
}

#[test]
fn what_was_refused_retires_when_it_is_revoked() {
    let mut story = Story::without_any();
    assert_eq!(story.revoked(), ["revoke 1", "retire 1 a"]);
    assert_eq!(story.fetched("a"), ["fetch"], "the answer may be older than the revocation");
    assert!(story.fetched("a").is_empty());
    story.next_fetch();
    assert_eq!(story.fetched("b"), ["canary 2 b"]);
}

#[test]
fn a_token_that_is_served_again_in_its_grace_period_is_the_old_generation() {
    let mut story = Story::watching_b();
    story.demand();
    assert_eq!(story.fetched("a"), ["canary 3 a"]);
    assert_eq!(story.passed(3), ["drop 3", "use 1 a"]);
    assert_eq!(story.pass(5 * MINUTE), ["retire 2 b"]);
}

#[test]
fn the_newest_token_wins_over_one_on_trial() {
    let mut story = Story::using_a();
    story.demand();
    assert_eq!(story.fetched("b"), ["canary 2 b"]);
    story.demand();
    assert_eq!(story.fetched("c"), ["drop 2", "retire 2 b", "canary 3 c"]);
    assert!(story.passed(2).is_empty(), "a late answer about a dropped candidate");
    assert_eq!(story.in_use(), Some((1, "a")));
    assert_eq!(story.passed(3), ["use 3 c"]);
}

#[test]
fn the_token_in_use_wins_over_one_on_trial_if_the_source_goes_back_to_it() {
    let mut story = Story::using_a();
    story.demand();
    story.fetched("b");
    story.demand();
    assert_eq!(story.fetched("a"), ["drop 2", "retire 2 b"]);
    assert!(story.passed(2).is_empty());
    assert_eq!(story.in_use(), Some((1, "a")));
}

#[test]
fn the_same_token_on_trial_goes_on() {
    let mut story = Story::using_a();
    story.demand();
    story.fetched("b");
    story.demand();
    assert!(story.fetched("b").is_empty());
    assert_eq!(story.passed(2), ["use 2 b"]);
}

#[test]
fn a_refusal_of_another_generation_or_of_another_kind_is_nothing_to_the_token_in_use() {
    let mut story = Story::watching_b();
    assert!(story.refused(1).is_empty());
    assert!(story.refused(7).is_empty());
    for code in [ErrorCode::NotAllowed, ErrorCode::PermissionDenied, ErrorCode::ConnectRefused] {
        story.rotation.handle_refused(2, code.into(), story.now);
        assert!(story.done().is_empty());
    }
    assert_eq!(story.in_use(), Some((2, "b")));
}

#[test]
fn refusals_from_many_connections_ask_once() {
    let mut story = Story::using_a();
    assert_eq!(story.refused(1), ["fetch"]);
    for _ in 0..100 {
        assert!(story.refused(1).is_empty());
    }
    assert!(story.fetched("a").is_empty());
}

#[test]
fn answers_that_nobody_asked_for_change_nothing() {
    let mut story = Story::using_a();
    assert!(story.fetched("b").is_empty());
    assert!(story.answered(Err(gone())).is_empty());
    assert!(story.passed(1).is_empty());
    assert!(story.failed(9, expired()).is_empty());
    assert_eq!(story.in_use(), Some((1, "a")));
}

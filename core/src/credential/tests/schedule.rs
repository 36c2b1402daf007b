//! When the source is asked.

use super::*;

/// Uses a token with these times; the source is asked next after the time that is given back.
fn first_refresh(issued: Issued, seed: u64) -> (Story, Duration) {
    let mut story = Story::with(defaults(), seed);
    assert_eq!(story.answered(Ok(issued)), ["use 1 a"]);
    let time = story.next_fetch();
    (story, time)
}

fn spread(issued: impl Fn() -> Issued) -> (Duration, Duration) {
    let times: Vec<Duration> = (0..500).map(|seed| first_refresh(issued(), seed).1).collect();
    (*times.iter().min().unwrap(), *times.iter().max().unwrap())
}

#[test]
fn asks_after_80_to_90_percent_of_the_life_whichever_way_it_is_stated() {
    let ways: [fn() -> Issued; 4] = [
        || Issued::new("a"),
        || Issued::new("a").ttl(DAY),
        || Issued::new("a").expires_at(BEGIN + DAY),
        || Issued::new("a").issued_at(BEGIN).ttl(DAY),
    ];
    for way in ways {
        let (least, most) = spread(way);
        assert!(least >= DAY.mul_f64(0.8) && least < DAY.mul_f64(0.802), "{least:?}");
        assert!(most <= DAY.mul_f64(0.9) && most > DAY.mul_f64(0.898), "{most:?}");
    }
}

#[test]
fn an_expiry_counts_more_than_a_ttl_with_its_issue_and_that_more_than_a_ttl() {
    let full = Issued::new("a").expires_at(BEGIN + HOUR).issued_at(BEGIN).ttl(DAY);
    assert!(first_refresh(full, 1).1 <= HOUR.mul_f64(0.9));
    let issued = Issued::new("a").issued_at(BEGIN - DAY / 2).ttl(DAY);
    assert!(first_refresh(issued, 1).1 <= DAY.mul_f64(0.4));
}

#[test]
fn a_token_fetched_at_70_percent_of_its_life_is_followed_before_it_ends() {
    for way in [
        || Issued::new("a").issued_at(BEGIN - 70 * HOUR).ttl(100 * HOUR),
        || Issued::new("a").issued_at(BEGIN - 70 * HOUR).expires_at(BEGIN + 30 * HOUR),
        || Issued::new("a").ttl(100 * HOUR).expires_at(BEGIN + 30 * HOUR),
    ] {
        let (least, most) = spread(way);
        assert!(least >= 10 * HOUR && most <= 20 * HOUR, "{least:?} to {most:?}");
    }
}

#[test]
fn a_token_fetched_after_80_percent_of_its_life_is_followed_soon() {
    let (least, most) = spread(|| Issued::new("a").issued_at(BEGIN - 95 * HOUR).ttl(100 * HOUR));
    assert!(least <= SECOND && most <= 10 * SECOND, "{least:?} to {most:?}");
}

#[test]
fn a_token_found_expired_is_used_and_rotated_at_once() {
    let mut story = Story::begin();
    assert_eq!(story.answered(Ok(Issued::new("a").expires_at(BEGIN - HOUR))), ["use 1 a"]);
    assert_eq!(story.told(), ["token.fetched", "token.expired"]);
    assert!(story.next_fetch() <= SECOND);
    assert_eq!(story.fetched("b"), ["canary 2 b"]);
}

#[test]
fn a_source_that_publishes_late_is_asked_until_it_has_the_next_token() {
    let (mut story, _) = first_refresh(Issued::new("a").ttl(DAY), 1);
    let end = BEGIN + DAY;
    let mut times = 0;
    while story.now.wall < end {
        assert!(story.answered(Ok(Issued::new("a").ttl(DAY))).is_empty());
        assert!(story.next_fetch() <= 15 * MINUTE);
        times += 1;
    }
    assert!((20..200).contains(&times), "{times} questions");
    assert!(story.now.wall < end + MINUTE);
    assert_eq!(story.fetched("b"), ["canary 2 b"]);
}

#[test]
fn a_token_that_has_ended_stays_in_use_and_is_told_of_once() {
    let (mut story, _) = first_refresh(Issued::new("a").ttl(DAY), 1);
    while story.now.wall < BEGIN + DAY + HOUR {
        assert!(story.answered(Ok(Issued::new("a").ttl(DAY))).is_empty());
        story.next_fetch();
    }
    assert_eq!(story.told().iter().filter(|name| **name == "token.expired").count(), 1);
    assert_eq!(story.in_use(), Some((1, "a")));
    assert_eq!(story.rotation.time_left(story.now), Some(Duration::ZERO));
}

#[test]
fn a_life_that_was_only_guessed_begins_anew_when_the_source_has_nothing_else() {
    let mut story = Story::using_a();
    let mut times = 0;
    while story.now.wall < BEGIN + 30 * DAY {
        story.next_fetch();
        assert!(story.fetched("a").is_empty());
        times += 1;
    }
    assert!(times < 30 * 100, "{times} questions");
    assert_eq!(story.told(), ["token.fetched"]);
}

#[test]
fn a_life_that_was_prolonged_is_noticed() {
    let (mut story, _) = first_refresh(Issued::new("a").expires_at(BEGIN + DAY), 1);
    assert!(story.answered(Ok(Issued::new("a").issued_at(BEGIN).expires_at(BEGIN + 4 * DAY))).is_empty());
    let refresh = story.now.wall + story.next_fetch();
    assert!(refresh >= BEGIN + 4 * DAY.mul_f64(0.8) && refresh <= BEGIN + 4 * DAY.mul_f64(0.9));
}

#[test]
fn a_life_of_more_than_seven_days_is_told_of() {
    for (ttl, told) in [(7 * DAY, false), (8 * DAY, true)] {
        let mut story = Story::begin();
        story.answered(Ok(Issued::new("a").ttl(ttl)));
        assert_eq!(story.told().contains(&"token.long_lived"), told);
    }
}

#[test]
fn times_beyond_all_measure_break_nothing() {
    let odd = [Duration::ZERO, Duration::from_nanos(1), Duration::from_secs(u64::MAX), Duration::MAX, BEGIN];
    for expires_at in odd {
        for ttl in odd {
            for issued_at in odd {
                let issued = Issued::new("a").expires_at(expires_at).ttl(ttl).issued_at(issued_at);
                let part = Issued { expires_at: None, ..issued.clone() };
                for issued in [issued, part] {
                    let mut story = Story::begin();
                    story.answered(Ok(issued));
                    story.pass(HOUR);
                    assert_eq!(story.in_use(), Some((1, "a")));
                }
            }
        }
    }
}

#[test]
fn tokens_that_live_for_a_moment_make_no_tight_loop() {
    let mut story = Story::begin();
    story.answered(Ok(Issued::new("0").ttl(Duration::from_millis(1))));
    let (mut fetches, end) = (0, story.now.monotonic + MINUTE);
    while story.now.monotonic < end {
        story.next();
        fetches += 1;
        let token = fetches.to_string();
        for step in story.answered(Ok(Issued::new(token).ttl(Duration::from_millis(1)))) {
            if let Some(rest) = step.strip_prefix("canary ") {
                story.passed(rest.split(' ').next().unwrap().parse().unwrap());
            }
        }
    }
    assert!(fetches < 90, "{fetches} questions in a minute");
}

#[test]
fn a_push_is_followed_within_the_jitter_and_not_by_all_at_once() {
    let delays: Vec<f64> = (0..1000)
        .map(|seed| {
            let mut story = Story::with(defaults(), seed);
            story.fetched("a");
            assert!(story.pushed().is_empty());
            story.next_fetch().as_secs_f64()
        })
        .collect();
    for second in 0..10 {
        let there = delays.iter().filter(|delay| **delay as i64 == second).count();
        assert!((60..150).contains(&there), "{there} of 1000 in second {second}");
    }
}

#[test]
fn a_storm_of_pushes_asks_once_and_leaves_the_jitter_alone() {
    let mut sum = 0.0;
    for seed in 0..300 {
        let mut story = Story::with(defaults(), seed);
        story.fetched("a");
        for _ in 0..100 {
            assert!(story.pushed().is_empty());
        }
        sum += story.next_fetch().as_secs_f64();
        assert!(story.fetched("a").is_empty());
        assert!(story.pass(HOUR).is_empty(), "one answer is enough");
    }
    assert!((sum / 300.0 - 5.0).abs() < 1.0, "the mean delay was {}", sum / 300.0);
}

#[test]
fn a_push_while_the_source_is_asked_asks_once_more() {
    let mut story = Story::using_a();
    story.demand();
    for _ in 0..100 {
        assert!(story.pushed().is_empty());
    }
    assert!(story.fetched("a").is_empty());
    assert!(story.next_fetch() <= 10 * SECOND);
    assert!(story.fetched("a").is_empty());
    assert!(story.pass(HOUR).is_empty());
}

#[test]
fn pushes_during_a_canary_ask_once_when_it_is_over() {
    for passes in [true, false] {
        let mut story = Story::using_a();
        story.demand();
        story.fetched("b");
        for _ in 0..100 {
            assert!(story.pushed().is_empty());
        }
        assert!(story.pass(HOUR).is_empty(), "one rotation at a time");
        if passes {
            story.passed(2)
        } else {
            story.failed(2, expired())
        };
        assert!(story.next_fetch() <= 10 * SECOND);
        assert_eq!(story.fetched("c").last().unwrap(), "canary 3 c");
    }
}

#[test]
fn a_demand_is_followed_at_once_and_a_second_one_after_the_answer() {
    let mut story = Story::using_a();
    assert_eq!(story.rotate(), ["fetch"]);
    assert!(story.rotate().is_empty());
    assert_eq!(story.fetched("a"), ["fetch"]);
    assert!(story.fetched("a").is_empty());
}

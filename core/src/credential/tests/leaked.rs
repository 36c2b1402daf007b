//! Tokens that the source names as leaked.

use super::*;

/// The source gives `token` and names the others as leaked.
fn giving(token: &str, leaked: &[&str]) -> Result<Issued> {
    let issued = Issued::new(token);
    Ok(leaked.iter().fold(issued, |issued, text| issued.revokes(Issued::new(*text).token.fingerprint())))
}

impl Story {
    fn names(&mut self, token: &str, leaked: &[&str]) -> Vec<String> {
        self.demand();
        self.answered(giving(token, leaked))
    }
}

#[test]
fn a_leaked_token_in_use_is_left_before_the_next_one_is_tried() {
    let mut story = Story::using_a();
    story.told();
    assert_eq!(story.names("b", &["a"]), ["revoke 1", "retire 1 a", "canary 2 b"]);
    assert_eq!(story.in_use(), None);
    assert_eq!(story.passed(2), ["use 2 b"]);
    assert_eq!(story.told()[..2], ["token.revoked", "token.fetched"]);
    // Not even if the source goes back to it.
    assert!(story.names("a", &[]).is_empty());
    assert_eq!(story.in_use(), Some((2, "b")));
}

#[test]
fn a_leaked_token_that_was_refused_before_anybody_heard_of_it_is_left() {
    let mut story = Story::without_any();
    assert_eq!(story.answered(giving("b", &["a"])), ["revoke 1", "retire 1 a", "canary 2 b"]);
    assert_eq!(story.passed(2), ["use 2 b"]);
}

#[test]
fn a_leaked_fallback_is_left_and_never_gone_back_to() {
    let mut story = Story::watching_b();
    assert_eq!(story.names("b", &["a"]), ["revoke 1", "retire 1 a"]);
    assert_eq!(story.in_use(), Some((2, "b")));
    assert_eq!(story.refused(2), ["fetch"]);
    assert_eq!(story.in_use(), None);
}

#[test]
fn of_several_leaked_tokens_none_takes_the_place_of_another() {
    let mut story = Story::watching_b();
    let steps = story.names("c", &["b", "a"]);
    assert_eq!(steps, ["revoke 1", "retire 1 a", "revoke 2", "retire 2 b", "canary 3 c"]);
}

#[test]
fn a_leaked_token_gives_way_to_a_fallback_that_has_not_leaked() {
    let mut story = Story::watching_b();
    assert_eq!(story.names("c", &["b"]), ["revoke 2", "use 1 a", "retire 2 b", "canary 3 c"]);
}

#[test]
fn a_leaked_token_on_trial_is_dropped() {
    let mut story = Story::using_a();
    story.demand();
    story.fetched("b");
    assert_eq!(story.names("c", &["b"]), ["drop 2", "revoke 2", "retire 2 b", "canary 3 c"]);
    assert_eq!(story.failed(3, expired()), ["drop 3"]);
    assert_eq!(story.names("a", &["c"]), ["revoke 3", "retire 3 c"]);
}

#[test]
fn a_token_that_has_retired_is_left_once_because_something_may_still_be_lent() {
    let mut story = Story::watching_b();
    assert_eq!(story.pass(6 * MINUTE), ["retire 1 a"]);
    assert_eq!(story.names("b", &["a"]), ["revoke 1"]);
    assert!(story.names("b", &["a"]).is_empty());
    // Refused, gone back from, and then named.
    let mut story = Story::watching_b();
    assert_eq!(story.refused(2), ["use 1 a", "retire 2 b"]);
    assert_eq!(story.names("c", &["b"]), ["revoke 2", "canary 3 c"]);
}

#[test]
fn a_token_that_is_on_trial_again_and_has_leaked_retires_once() {
    let mut story = Story::watching_b();
    story.demand();
    assert_eq!(story.fetched("a"), ["canary 3 a"]);
    assert_eq!(story.names("b", &["a"]), ["revoke 1", "drop 3", "retire 1 a"]);
}

#[test]
fn a_trial_that_waits_for_the_network_begins_at_once_when_the_token_in_use_has_leaked() {
    let mut story = Story::using_a();
    story.demand();
    story.fetched("b");
    for generation in 2..8 {
        story.failed(generation, unreachable());
        story.next();
    }
    story.failed(8, unreachable());
    assert_eq!(story.names("b", &["a"]), ["revoke 1", "retire 1 a"]);
    assert_eq!(story.next(), (vec!["canary 9 b".to_owned()], Duration::ZERO));
}

#[test]
fn a_source_that_names_the_token_it_gives_changes_nothing() {
    let mut story = Story::using_a();
    assert!(story.names("a", &["a", "z"]).is_empty());
    assert_eq!(story.in_use(), Some((1, "a")));
}

#[test]
fn tokens_are_left_although_the_one_that_comes_with_them_is_none() {
    let mut story = Story::watching_b();
    assert_eq!(story.names(" ", &["b"]), ["revoke 2", "use 1 a", "retire 2 b"]);
}

#[test]
fn a_token_of_unknown_life_lives_no_longer_because_another_one_leaked() {
    let mut story = Story::using_a();
    let left = |story: &Story| story.rotation.time_left(story.now).unwrap();
    story.now = story.now.after(HOUR);
    let before = left(&story);
    assert!(story.names("a", &["x"]).is_empty());
    assert_eq!(left(&story), before);
}

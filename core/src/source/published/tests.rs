#![allow(clippy::unwrap_used)]
use super::*;
use proptest::prelude::*;

const PLACE: &str = "the entry x";

fn written(now: &str, issued: &Issued) -> String {
    whole(Some(now.as_bytes()), issued, PLACE).unwrap_or_else(|error| panic!("{now:?}: {error}")).text.expose().into()
}

fn next() -> Issued {
    let issued = Issued::new("nextDEF456").issued_at(Duration::from_secs(1_800_000_000));
    issued.ttl(Duration::from_secs(86_400)).revokes("0123456789ab").revokes("ba9876543210")
}

#[test]
fn what_is_published_is_read_as_it_was_meant() {
    let full = next().expires_at(Duration::from_millis(1_800_086_400_250)).ttl(Duration::from_millis(1500));
    for now in ["", "abc", "token=abc\nttl=1h\nexpires_at=1", "{\"token\":\"abc\",\"ttl\":3}", "token: abc\nttl: 3\n"] {
        for issued in [next(), full.clone(), Issued::new("abc\"d'e:f=g#h")] {
            assert_eq!(content::parse(written(now, &issued).as_bytes(), PLACE).unwrap(), issued, "{now:?}");
        }
    }
    assert_eq!(written("abc", &Issued::new("abd")), "token=abd\n");
}

#[test]
fn lines_and_keys_of_others_stay_as_they_are() {
    let ours = "issued_at=1800000000\nttl=86400\nrevoked=0123456789ab,ba9876543210\n";
    let now = "# of the platform\r\nuser = root\nbearerToken = abc\n\nexpires_at=5\nurl=wss://h?a=b\nttl=1h";
    let wanted =
        "# of the platform\r\nuser = root\nbearerToken=nextDEF456\r\n".to_owned() + &ours.replace('\n', "\r\n");
    assert_eq!(written(now, &next()), wanted + "\nurl=wss://h?a=b\n");
    assert_eq!(written("user=x\n#token=y\n", &next()), format!("user=x\n#token=y\ntoken=nextDEF456\n{ours}"));
    let now = "\u{feff}\r\n  user=x\r\ntoken=y\r\n\r\nttl=1\r\n\r\n";
    assert_eq!(written(now, &Issued::new("abd")), "\u{feff}\r\n  user=x\r\ntoken=abd\r\n\r\n\r\n");
    for (now, wanted) in [
        ("token=y\nuser=x", "token=abd\nuser=x"),
        ("user=x\ntoken=y", "user=x\ntoken=abd"),
        ("user=x", "user=x\ntoken=abd\n"),
    ] {
        assert_eq!(written(now, &Issued::new("abd")), wanted);
    }

    let now = "---\n# of the platform\nuser: {name: root, token: no}\ntoken: >-\n  abc\nlist:\n- 1\n- token\n'ttl': 5 # seconds\nmore: x\n...\n";
    let ours =
        "token: \"nextDEF456\"\nissued_at: \"1800000000\"\nttl: \"86400\"\nrevoked: \"0123456789ab,ba9876543210\"\n";
    let wanted =
        format!("---\n# of the platform\nuser: {{name: root, token: no}}\n{ours}list:\n- 1\n- token\nmore: x\n...\n");
    assert_eq!(written(now, &next()), wanted);

    let now = "{\n  \"user\": [1.50, {\"token\": \"no\"}],\n  \"bearer_token\": \"abc\", \"expiresAt\": 5,\n  \"a\": 12345678901234567890123\n}\n";
    let wanted = "{\n  \"user\": [1.50, {\"token\": \"no\"}],\n  \"bearer_token\": \"abd\",\n  \"a\": 12345678901234567890123\n}\n";
    assert_eq!(written(now, &Issued::new("abd")), wanted);
    assert_eq!(written("{\"b\":1,\"token\":\"abc\"}", &Issued::new("abd")), "{\"b\":1,\"token\":\"abd\"}");
}

#[test]
fn a_token_alone_stays_alone_where_its_times_have_a_place_of_their_own() {
    let (text, keys) = beside(Some(b"abc\n"), &next(), PLACE).unwrap();
    assert_eq!((text.expose(), keys.len()), ("nextDEF456", 3));
    let (text, keys) = beside(Some(b"token=abc\nuser=x"), &Issued::new("abd"), PLACE).unwrap();
    assert_eq!((text.expose(), keys.len()), ("token=abd\nuser=x", 0));
}

#[test]
fn what_cannot_be_changed_without_loss_is_refused_and_never_shown() {
    let secret = "S3cretS3cret";
    let long = "x".repeat(content::MAX_BYTES + 1);
    for now in [
        format!("{{\"token\": \"{secret}"),
        format!("[\"{secret}\"]"),
        format!("--- {{token: {secret}, a: b}}\n"),
        format!("--- {{token: {secret},\n  a: b}}\n"),
        format!("a: b\rc: d\ntoken: {secret}\ne: f\n"),
        format!("? token\n: {secret}\na: b: {secret}"),
        long,
    ] {
        let only = whole(Some(now.as_bytes()), &Issued::new("nextDEF456"), PLACE);
        assert!(only.is_err(), "{now:?}: {}", only.map_or_else(|_| String::new(), |now| now.text.expose().into()));
        let error = whole(Some(now.as_bytes()), &next(), PLACE).map(|content| content.text.expose().to_owned());
        let error = error.expect_err(&now);
        assert_eq!(error.code(), ErrorCode::SourceInvalid);
        let text = format!("{error} {error:?}");
        assert!(text.contains(PLACE) && text.contains("cannot be changed without loss"), "{text}");
        assert!(!text.contains(secret) && !text.contains("nextDEF456"), "{text}");
    }
    assert!(whole(Some(b"token=\xff"), &next(), PLACE).is_err());
}

const OURS: [&str; 6] = ["token:", "bearerToken:", "ttl:", "expires_at:", "issued_at:", "revoked:"];

proptest! {
    /// Whatever stands there: either it is refused, or what is published is read back as it was meant.
    #[test]
    fn no_token_is_published_as_another(
        head in "(\\PC{0,20}\n){0,3}",
        ours in prop_oneof!["token ?[=:] ?[a-z]{1,5}\n", "\\{\"token\":\"[a-z]{1,5}\"[, \"a:1-9]{0,6}\\}", "[a-z]{0,8}"],
        tail in "([a-z#! ]{1,5}[=:] ?[a-z{}\"&*>|-]{0,6}\n){0,3}",
    ) {
        if let Ok(content) = whole(Some(format!("{head}{ours}{tail}").as_bytes()), &next(), PLACE) {
            prop_assert_eq!(content::parse(content.text.expose().as_bytes(), PLACE).unwrap(), next());
        }
    }

    #[test]
    fn every_other_line_stays_byte_for_byte_and_in_its_place(
        lines in proptest::collection::vec(prop_oneof!["(token|bearerToken|ttl|expires_at) ?= ?[0-9]{1,5}", "[a-c#! ]{0,3}=?\\PC{0,8}"], 0..6),
        token in "token=[a-z]{1,5}",
        at in 0..6_usize,
        ending in "\r?\n",
        end in "(\r?\n){0,2}",
    ) {
        let mut lines = lines;
        lines.insert(at.min(lines.len()), token);
        let now = lines.join(&ending) + &end;
        prop_assume!(matches!(content::text(now.as_bytes()).map(Form::of), Ok(Form::Lines)));
        let after = written(&now, &next());
        let is_other = |line: &&str| content::property(line).is_none();
        let kept: Vec<&str> = now.split_inclusive('\n').filter(is_other).collect();
        prop_assert_eq!(after.split_inclusive('\n').filter(is_other).collect::<Vec<_>>(), kept);
        let before_ours = |text: &str| text.split_inclusive('\n').position(|line| !is_other(&line));
        prop_assert_eq!(before_ours(&after), before_ours(&now));
    }

    #[test]
    fn every_other_entry_of_yaml_stays_with_its_value(
        entries in proptest::collection::vec(prop_oneof![
            "(bearerToken|ttl|expires_at): [0-9]{1,5}( # \\PC{0,5})?",
            "[a-c\"']{1,3}: ?[a-z0-9.\"'{}\\[\\]&*|>#-]{0,6}",
            "[a-c]: [|>][+-]?\n  [a-z ]{1,5}\n\n?  [a-z: ]{1,5}",
            "# \\PC{0,5}",
            "[a-c]:\n- [a-z]\n- ttl: 5",
            "(---|\\.\\.\\.)( [a-z{}]{0,3})?",
        ], 0..6),
        at in 0..6_usize,
        ending in "\n{1,2}|\r\n",
    ) {
        let mut entries = entries;
        entries.insert(at.min(entries.len()), "token: abc".into());
        let now = entries.join("\n").replace('\n', &ending) + "\n";
        if let Ok(content) = whole(Some(now.as_bytes()), &next(), PLACE)
            && content.form == "yaml"
        {
            let is_ours = |line: &str| OURS.iter().any(|key| line.starts_with(key));
            let others = |text: &str| -> Vec<String> {
                text.split_inclusive('\n').filter(|line| !is_ours(line)).map(str::to_owned).collect()
            };
            prop_assert_eq!(others(content.text.expose()), others(&now));
        }
    }
}

//! The rooms of the core depend on each other in one direction, and the pure ones on nothing that waits or asks.

use std::collections::BTreeSet;

use crate::{files, root};

/// Each room with those it may use. A room comes after all it uses, so there is no circle.
const ROOMS: [(&str, &[&str]); 23] = [
    ("error", &[]),
    ("secret", &[]),
    ("clock", &[]),
    ("shared", &[]),
    ("sync", &[]),
    ("event", &["error"]),
    ("config", &["error", "secret"]),
    ("column", &["error"]),
    ("literal", &["column", "error"]),
    ("wire", &["column", "error", "secret"]),
    ("session", &["wire", "column", "clock", "error", "secret"]),
    ("credential", &["event", "clock", "error", "secret"]),
    ("endpoint", &["config", "event", "clock", "error"]),
    ("pool", &["credential", "config", "event", "clock", "error", "secret"]),
    ("observe", &["event", "shared", "sync", "config", "error", "clock"]),
    ("tls", &["observe", "event", "shared", "config", "clock", "error", "secret"]),
    ("transport", &["tls", "observe", "config", "error", "secret"]),
    ("driver", &["transport", "observe", "event", "session", "wire", "column", "sync", "clock", "error", "secret"]),
    (
        "client",
        &[
            "driver",
            "transport",
            "tls",
            "observe",
            "event",
            "pool",
            "endpoint",
            "credential",
            "session",
            "wire",
            "column",
            "literal",
            "config",
            "sync",
            "clock",
            "error",
            "secret",
        ],
    ),
    ("tokens", &["client", "config", "credential", "column", "literal", "clock", "error", "secret"]),
    (
        "source",
        &[
            "tokens",
            "client",
            "observe",
            "event",
            "shared",
            "tls",
            "credential",
            "column",
            "literal",
            "config",
            "clock",
            "error",
            "secret",
        ],
    ),
    ("probe", &["client", "transport", "tls", "config", "error"]),
    (
        "blocking",
        &[
            "pool",
            "client",
            "source",
            "tokens",
            "observe",
            "event",
            "tls",
            "credential",
            "column",
            "config",
            "error",
            "secret",
        ],
    ),
];

/// For tests and fuzzing only: they may look into everything, nothing of the library may use them.
const OUTSIDE: [&str; 2] = ["fuzzing", "vectors"];

const PURE: [&str; 8] = ["column", "literal", "wire", "session", "event", "credential", "endpoint", "pool"];

/// What a pure room has no business with.
const IMPURE: [&str; 8] =
    ["tokio", "rustls", "std::net", "std::thread", "std::fs", "Instant::now", "SystemTime", "from_entropy"];

struct Line {
    place: String,
    room: String,
    text: String,
}

/// Lines of code, without comments and without what stands in test modules.
fn lines() -> Vec<Line> {
    let source = root().join("core/src");
    let mut lines = Vec::new();
    for path in files(&source, &[".rs"]) {
        let inner = path.strip_prefix(&source).unwrap().to_string_lossy().into_owned();
        if inner == "lib.rs" || inner.contains("tests/") || inner.ends_with("tests.rs") {
            continue;
        }
        let room = inner.split(['/', '.']).next().unwrap().to_owned();
        let text = std::fs::read_to_string(&path).unwrap();
        // Test modules stand at the end of a file.
        let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
        for (number, line) in code.lines().enumerate() {
            if !line.trim_start().starts_with("//") {
                let place = format!("core/src/{inner}:{}", number + 1);
                lines.push(Line { place, room: room.clone(), text: line.to_owned() });
            }
        }
    }
    lines
}

/// The room a name of `lib.rs` comes from: `Error` from `error`.
fn room_of(name: &str, library: &str) -> String {
    for line in library.lines().filter_map(|line| line.strip_prefix("pub use ")) {
        let (room, names) = line.split_once("::").unwrap();
        if names.split(|c: char| !c.is_alphanumeric()).any(|exported| exported == name) {
            return room.to_owned();
        }
    }
    name.to_owned()
}

/// The rooms a line names after `crate::`.
fn named(text: &str, library: &str) -> Vec<String> {
    let mut rooms = Vec::new();
    for (at, found) in text.match_indices("crate::") {
        // `$crate::` of a macro and `self::crate` do not occur.
        let rest = &text[at + found.len()..];
        let names: Vec<&str> = match rest.strip_prefix('{') {
            Some(list) => list.split('}').next().unwrap().split(',').map(str::trim).collect(),
            None => vec![rest],
        };
        for name in names {
            let name = name.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap();
            rooms.push(room_of(name, library));
        }
    }
    rooms
}

#[test]
fn rooms_use_only_what_lies_below_them() {
    let library = std::fs::read_to_string(root().join("core/src/lib.rs")).unwrap();
    let mut used = BTreeSet::new();
    for line in lines() {
        if OUTSIDE.contains(&line.room.as_str()) {
            continue;
        }
        let Some((_, allowed)) = ROOMS.iter().find(|(room, _)| *room == line.room) else {
            panic!("{}: the room `{}` is not in the table of this test", line.place, line.room);
        };
        for other in named(&line.text, &library) {
            assert!(
                other == line.room || allowed.contains(&other.as_str()),
                "{}: `{}` may not use `{other}`",
                line.place,
                line.room
            );
            used.insert((line.room.clone(), other));
        }
    }
    // The reader of lines does find what there is.
    for (room, other) in [("client", "driver"), ("driver", "session"), ("session", "wire"), ("config", "error")] {
        assert!(used.contains(&(room.to_owned(), other.to_owned())), "{room} uses {other}");
    }
}

#[test]
fn the_table_of_rooms_has_no_circle_and_misses_none() {
    let mut below = BTreeSet::new();
    for (room, uses) in ROOMS {
        for other in uses {
            assert!(below.contains(other), "`{room}` uses `{other}`, which comes later in the table");
        }
        assert!(below.insert(room), "`{room}` comes twice");
    }
    let there: BTreeSet<String> = lines().into_iter().map(|line| line.room).collect();
    for room in &there {
        assert!(below.contains(room.as_str()) || OUTSIDE.contains(&room.as_str()), "`{room}` is in no table");
    }
    for room in below {
        assert!(there.contains(room), "there is no room `{room}`");
    }
}

#[test]
fn pure_rooms_open_nothing_wait_for_nothing_and_ask_no_clock() {
    for line in lines().iter().filter(|line| PURE.contains(&line.room.as_str())) {
        let found = IMPURE.iter().find(|word| line.text.contains(*word));
        assert!(found.is_none(), "{}: `{}` has no place in a pure room: {}", line.place, found.unwrap(), line.text);
    }
}

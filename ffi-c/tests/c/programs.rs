//! Each program of `tests/programs`, bare, under the sanitizers and under valgrind.

use std::time::Duration;

use crate::server::Server;
use crate::tools::{FOUND, Watch, compile, folder, start_watched, text, watched};

/// Longer than any program takes: what waits for it would be seen.
const SLOW: Duration = Duration::from_secs(60);

macro_rules! programs {
    ($($program:ident),+) => {
        $(mod $program {
            use super::{Watch, runs};

            #[test]
            fn does_what_it_checks() {
                runs(stringify!($program), Watch::Bare);
            }

            #[test]
            fn is_clean_under_the_sanitizers() {
                runs(stringify!($program), Watch::Sanitizers);
            }

            #[test]
            fn is_clean_under_valgrind() {
                runs(stringify!($program), Watch::Valgrind);
            }
        })+
    };
}
programs!(query, arrow, errors, cancel, callbacks, threads, pool, observe, tokens);

/// Only bare: the tools take the child's copy of the parent's memory for leaks of its own.
#[test]
fn a_forked_child_is_told_that_the_pool_is_its_parents_and_makes_its_own() {
    runs("forked_pool", Watch::Bare);
}

fn runs(program: &str, watch: Watch) {
    let server = Server::start();
    server.delay("slow_marker", SLOW);
    let executable = compile(program, watch, &folder(&format!("{program}-{}", watch as u8)));
    let mut command = watched(&executable, watch);
    command.env("TDSEC_URL", server.url()).env("TDSEC_TOKEN", server.token()).env("TDSEC_TLS_CA", server.ca());
    // Opening TLS takes valgrind a second or more.
    command.env("TDSEC_POOLS", if watch == Watch::Valgrind { "10" } else { "100" });
    command.env("TDSEC_POOLS_MAY_GROW_KIB", if watch == Watch::Bare { "8192" } else { "524288" });
    let output = start_watched(&mut command, watch);
    assert!(output.status.success(), "{}", text(&output));
    assert!(output.stdout.ends_with(b"done\n"), "{}", text(&output));
    assert!(server.is_left_alone(), "a connection was left open");
}

/// A tool that finds nothing proves something only if it finds what is there.
#[test]
fn the_tools_find_what_is_planted() {
    for (watch, planted, wanted) in [
        (Watch::Sanitizers, "leak", "detected memory leaks"),
        (Watch::Sanitizers, "overrun", "heap-use-after-free"),
        (Watch::Sanitizers, "overflow", "signed integer overflow"),
        (Watch::Valgrind, "leak", "definitely lost"),
        (Watch::Valgrind, "overrun", "Invalid read"),
    ] {
        let executable = compile("planted", watch, &folder(&format!("planted-{}", watch as u8)));
        let output = start_watched(watched(&executable, watch).arg(planted), watch);
        let text = text(&output);
        assert_eq!(output.status.code(), Some(FOUND), "{planted}: {text}");
        assert!(text.contains(wanted), "{planted}: {text}");
    }
}

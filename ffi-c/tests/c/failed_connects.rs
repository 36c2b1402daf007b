//! A thousand failed connects leave no memory, file or thread behind.

use crate::server::Server;
use crate::tools::{Watch, compile, folder, start_watched, text, watched};

const CONNECT_REFUSED: u32 = 4002;
const TLS_SELF_SIGNED: u32 = 3002;
const TOKEN_REFUSED: u32 = 2002;

/// Nothing listens there, and nobody without privileges could.
const NOBODY: &str = "wss://127.0.0.1:1";

fn leave_nothing_behind(name: &str, watch: Watch, kinds: &[(&str, u32, u32)], server: &Server) {
    let executable = compile("failed_connects", watch, &folder(&format!("failed-connects-{name}")));
    for (address, number, times) in kinds {
        let mut command = watched(&executable, watch);
        command.arg(address).arg(number.to_string()).arg(times.to_string());
        command.env("TDSEC_TLS_CA", server.ca()).env_remove("TDSEC_SANITIZED");
        if watch != Watch::Bare {
            command.env("TDSEC_SANITIZED", "1");
        }
        let output = start_watched(&mut command, watch);
        assert!(output.status.success(), "{address} {number}: {}", text(&output));
    }
    assert!(server.is_left_alone());
}

#[test]
fn a_thousand_of_each_kind_need_no_more_memory_files_or_threads() {
    let (server, impostor) = (Server::start(), Server::with_tls("zoo:self-signed"));
    let kinds =
        [(NOBODY, CONNECT_REFUSED, 1000), (impostor.url(), TLS_SELF_SIGNED, 1000), (server.url(), TOKEN_REFUSED, 1000)];
    leave_nothing_behind("bare", Watch::Bare, &kinds, &server);
    assert!(impostor.is_left_alone());
}

#[test]
fn the_leak_sanitizer_finds_nothing_after_a_thousand() {
    let (server, impostor) = (Server::start(), Server::with_tls("zoo:self-signed"));
    let kinds =
        [(NOBODY, CONNECT_REFUSED, 1000), (impostor.url(), TLS_SELF_SIGNED, 100), (server.url(), TOKEN_REFUSED, 100)];
    leave_nothing_behind("sanitizers", Watch::Sanitizers, &kinds, &server);
}

#[test]
fn valgrind_finds_nothing_after_some() {
    let (server, impostor) = (Server::start(), Server::with_tls("zoo:self-signed"));
    let kinds =
        [(NOBODY, CONNECT_REFUSED, 200), (impostor.url(), TLS_SELF_SIGNED, 10), (server.url(), TOKEN_REFUSED, 10)];
    leave_nothing_behind("valgrind", Watch::Valgrind, &kinds, &server);
}

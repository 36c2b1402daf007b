//! Two strangers meet by what `tdsec cert` makes: openssl's server and openssl's client, each verifying the other.
#![allow(missing_docs, clippy::unwrap_used)]

mod common;

use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use common::Folder;

/// `openssl s_server` with the made certificates, demanding one of the client.
struct Judge(Child, u16);

impl Judge {
    fn start(folder: &Folder) -> Judge {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut command = Command::new("openssl");
        command.args(["s_server", "-quiet", "-accept", &format!("127.0.0.1:{port}"), "-cert", "server.pem"]);
        command.args(["-key", "server.key", "-CAfile", "ca.pem", "-Verify", "1", "-verify_return_error"]);
        command.current_dir(folder.path("")).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let process = command.spawn().unwrap();
        for _ in 0..400 {
            if TcpStream::connect(("127.0.0.1", port)).is_ok() {
                break;
            }
            std::thread::sleep(Duration::from_millis(25));
        }
        Judge(process, port)
    }
}

impl Drop for Judge {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn openssls_client_and_server_accept_each_other_by_the_made_certificates() {
    let folder = Folder::new();
    folder.tdsec("cert ca").ok();
    folder.tdsec("cert ca --name Stranger --out stranger").ok();
    folder.tdsec("cert server localhost --ca ca.pem").ok();
    folder.tdsec("cert client meter-7 --ca ca.pem").ok();
    let judge = Judge::start(&folder);
    let dial = format!("s_client -connect 127.0.0.1:{} -verify_hostname localhost -verify_return_error", judge.1);
    // TLS 1.2, in which the client's certificate is judged before the handshake ends.
    for version in ["-tls1_2", "-tls1_3"] {
        let (accepted, text) =
            folder.openssl(&format!("{dial} {version} -CAfile ca.pem -cert client.pem -key client.key"));
        assert!(accepted && text.contains("Verify return code: 0 (ok)"), "{version}: {text}");
    }
    let (accepted, text) =
        folder.openssl(&format!("{dial} -tls1_2 -CAfile stranger/ca.pem -cert client.pem -key client.key"));
    assert!(!accepted, "another CA: {text}");
    let (accepted, text) = folder.openssl(&format!("{dial} -tls1_2 -CAfile ca.pem"));
    assert!(!accepted, "no certificate: {text}");
}

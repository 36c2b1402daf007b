//! `fork`: an old connection and a new one in a forked child.

use std::io::{Read as _, Write as _};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::time::Duration;

use serde_json::{Value, json};
use tdsec::Connection;

use crate::answer::{self, Outcome, runner_error};
use crate::ops::{self, Runner};

/// How long the child may take for everything.
const PATIENCE: Duration = Duration::from_secs(10);

pub(crate) fn run(runner: &Runner, step: &Value) -> Outcome {
    let old = runner.connection(step)?.clone();
    let (mut ours, theirs) = UnixStream::pair().map_err(|error| runner_error(error.to_string()))?;
    // SAFETY: called from the main thread outside of the runtime. The child uses the allocator, which glibc makes
    // usable after fork, starts a runtime of its own, and leaves by `_exit`, so that nothing of the parent is dropped.
    match unsafe { libc::fork() } {
        -1 => Err(runner_error(format!("fork: {}", std::io::Error::last_os_error()))),
        0 => {
            let answer = match in_child(&old, step) {
                Ok(ok) => json!({ "ok": ok }),
                Err(error) => json!({ "error": error }),
            };
            let _ = (&theirs).write_all(answer.to_string().as_bytes());
            let _ = theirs.shutdown(Shutdown::Both);
            // SAFETY: ends the child at once, without the parent's exit handlers.
            unsafe { libc::_exit(0) }
        }
        child => {
            drop(theirs);
            let mut text = String::new();
            let read = ours.set_read_timeout(Some(PATIENCE)).and_then(|()| ours.read_to_string(&mut text));
            // SAFETY: plain system calls about a child of this process that nobody else waits for.
            unsafe {
                if read.is_err() {
                    libc::kill(child, libc::SIGKILL);
                }
                libc::waitpid(child, std::ptr::null_mut(), 0);
            }
            match (read, serde_json::from_str::<Value>(&text)) {
                (Ok(_), Ok(mut answer)) => match answer.get_mut("ok") {
                    Some(ok) => Ok(ok.take()),
                    None => Err(answer["error"].take()),
                },
                (Ok(_), Err(_)) => Err(runner_error("the child died without an answer")),
                (Err(error), _) => Err(runner_error(format!("the child hung: {error}"))),
            }
        }
    }
}

fn in_child(old: &Connection, step: &Value) -> Outcome {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| runner_error(error.to_string()))?;
    runtime.block_on(async {
        let old = match old.query("select 1").await {
            Ok(_) => "ok".to_owned(),
            Err(error) => error.code().name().to_owned(),
        };
        let new = async {
            let config = ops::config(step)?;
            Connection::connect(&config).await?.query("select 1").await?.next_block().await
        };
        match new.await {
            Ok(Some(_)) => Ok(json!({ "old": old, "new": "ok" })),
            Ok(None) => Err(runner_error("select 1 gave no rows in the child")),
            Err(error) => Err(answer::error(&error)),
        }
    })
}

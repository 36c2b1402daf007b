//! Compilers and the tools that watch programs.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::{Mutex, PoisonError};

/// Exit code by which a watching tool says that it found something.
pub(crate) const FOUND: i32 = 99;

/// What a program is run under.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Watch {
    /// Nothing.
    Bare,
    /// Address, undefined behaviour and leak sanitizer of the compiler.
    Sanitizers,
    /// memcheck with a full leak check.
    Valgrind,
}

pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// A file that cargo built, of the profile of this test.
pub(crate) fn built(name: &str) -> PathBuf {
    built_folder().join(name)
}

pub(crate) fn built_folder() -> PathBuf {
    std::env::current_exe().unwrap().ancestors().nth(2).unwrap().to_owned()
}

/// A new, empty folder; `name` is one test's own.
pub(crate) fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    // It may not be there yet.
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// One valgrind at a time: it takes a core of its own, and the rest of the tests runs beside it.
static VALGRIND: Mutex<()> = Mutex::new(());

/// Runs a program to its end, if it is valgrind's turn.
pub(crate) fn start_watched(command: &mut Command, watch: Watch) -> Output {
    let _turn = (watch == Watch::Valgrind).then(|| VALGRIND.lock().unwrap_or_else(PoisonError::into_inner));
    start(command)
}

/// Runs a command to its end; panics with its output if it fails.
pub(crate) fn succeed(command: &mut Command) -> String {
    let output = start(command);
    assert!(output.status.success(), "{command:?}: {}", text(&output));
    String::from_utf8(output.stdout).unwrap()
}

pub(crate) fn start(command: &mut Command) -> Output {
    command.output().unwrap_or_else(|error| panic!("{command:?}: {error}; tests/run.sh installs what tests need"))
}

pub(crate) fn text(output: &Output) -> String {
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    format!("{}\n{out}{err}", output.status)
}

/// Compiles a program of `tests/programs` against the library that cargo built, into a folder of its own.
pub(crate) fn compile(program: &str, watch: Watch, folder: &Path) -> PathBuf {
    // The name that the loader looks for is that of the soname.
    std::os::unix::fs::symlink(built("libtdsec.so"), folder.join("libtdsec.so.0")).unwrap();
    let executable = folder.join(program);
    let mut command = Command::new("gcc");
    command.args(["-std=c99", "-Wall", "-Wextra", "-Werror", "-Wpedantic", "-g", "-O1"]);
    if watch == Watch::Sanitizers {
        command.args(["-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-fno-omit-frame-pointer"]);
    }
    let source = root().join("ffi-c/tests/programs").join(program).with_extension("c");
    command.arg(source).arg("-o").arg(&executable);
    command.arg("-I").arg(root().join("include")).arg(folder.join("libtdsec.so.0"));
    command.arg(format!("-Wl,-rpath,{}", folder.display())).arg("-lpthread");
    succeed(&mut command);
    executable
}

/// The command that runs a program under `watch`.
pub(crate) fn watched(executable: &Path, watch: Watch) -> Command {
    let mut command = Command::new(if watch == Watch::Valgrind { Path::new("valgrind") } else { executable });
    match watch {
        Watch::Bare => {}
        Watch::Sanitizers => {
            command.env("ASAN_OPTIONS", format!("detect_leaks=1:exitcode={FOUND}"));
            command.env("UBSAN_OPTIONS", format!("print_stacktrace=1:exitcode={FOUND}"));
            command.env("LSAN_OPTIONS", format!("exitcode={FOUND}"));
        }
        Watch::Valgrind => {
            // Not "possible": that is what only pointers into its middle lead to, such as Rust's hash tables that live
            // as long as the process. The leak sanitizer, which counts such pointers, watches the same programs.
            command.args([
                "--quiet",
                "--fair-sched=yes",
                "--leak-check=full",
                "--errors-for-leak-kinds=definite,indirect",
            ]);
            command.arg("--show-leak-kinds=definite,indirect");
            command.arg(format!("--error-exitcode={FOUND}")).arg(executable);
        }
    }
    command
}

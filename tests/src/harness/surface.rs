//! The language surfaces and how their drivers are started: the one place that knows.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use serde::Serialize;

/// One language surface of tdsec.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Surface {
    /// The crate's asynchronous API.
    Rust,
    /// `libtdsec`.
    C,
    /// The blocking Python module.
    Python,
    /// `tdsec.aio`.
    PythonAsyncio,
    /// The npm package.
    Node,
}

/// How to start a driver.
pub struct Command {
    /// What is started.
    pub program: PathBuf,
    /// With what arguments.
    pub arguments: Vec<String>,
    /// Variables it gets besides those of this process.
    pub environment: Vec<(&'static str, PathBuf)>,
    /// Files that have to exist, with what makes them.
    pub wanted: Vec<PathBuf>,
    /// What makes the files.
    pub made_by: &'static str,
}

impl Surface {
    /// All of them, the reference first.
    pub const ALL: [Surface; 5] = [Surface::Rust, Surface::C, Surface::Python, Surface::PythonAsyncio, Surface::Node];

    /// Its name on the command line and in scenario files.
    pub const fn name(self) -> &'static str {
        match self {
            Surface::Rust => "rust",
            Surface::C => "c",
            Surface::Python => "python",
            Surface::PythonAsyncio => "python-asyncio",
            Surface::Node => "node",
        }
    }

    /// The language has no Arrow: steps that read Arrow are left out.
    pub(super) fn lacks_arrow(self) -> bool {
        self == Surface::Node
    }

    /// The driver's command; `root` is the repository, `programs` where cargo puts binaries.
    pub fn command(self, root: &Path, programs: &Path) -> Command {
        match self {
            Surface::Rust => {
                let program = programs.join("tdsec-runner-rust");
                Command {
                    wanted: vec![program.clone()],
                    program,
                    arguments: vec![],
                    environment: vec![],
                    made_by: "cargo build -p tdsec-tests",
                }
            }
            Surface::C => {
                let program = programs.join("tdsec-runner-c");
                Command {
                    wanted: vec![program.clone()],
                    program,
                    arguments: vec![],
                    environment: vec![("LD_LIBRARY_PATH", programs.to_owned())],
                    made_by: "tests/runners/c/build.sh",
                }
            }
            Surface::Python | Surface::PythonAsyncio => {
                let program = root.join("target/venv-python/bin/python");
                let driver = root.join("tests/runners/python/driver.py");
                let mut arguments = vec![driver.display().to_string()];
                arguments.extend((self == Surface::PythonAsyncio).then(|| "--asyncio".to_owned()));
                Command {
                    wanted: vec![program.clone(), driver],
                    program,
                    arguments,
                    environment: vec![
                        ("PYTHONPATH", root.join("bindings-python/python")),
                        ("PYTHONFAULTHANDLER", "1".into()),
                        ("PYTHONDONTWRITEBYTECODE", "1".into()),
                    ],
                    made_by: "make python",
                }
            }
            Surface::Node => {
                let driver = root.join("tests/runners/node/driver.mjs");
                Command {
                    arguments: vec![driver.display().to_string()],
                    wanted: vec![driver],
                    program: "node".into(),
                    environment: vec![],
                    made_by: "make node",
                }
            }
        }
    }
}

impl fmt::Display for Surface {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Surface {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Surface::ALL.into_iter().find(|surface| surface.name() == text).ok_or_else(|| {
            let known = Surface::ALL.map(Surface::name).join(", ");
            format!("`{text}` is no surface; there are {known}")
        })
    }
}

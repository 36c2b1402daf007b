//! `install.sh`, pkg-config, CMake and the static library, by the README's own example.

use std::path::{Path, PathBuf};
use std::process::Command;

use tdsec_core::Config;
use tdsec_core::blocking::Connection;

use crate::server::Server;
use crate::tools::{built_folder, folder, root, succeed};

/// An installed library, the README's example as a file, and a server that has what it asks for.
struct Installed {
    server: Server,
    folder: PathBuf,
}

impl Installed {
    fn new(name: &str) -> Installed {
        let folder = folder(&format!("install-{name}"));
        let script = root().join("ffi-c/install.sh");
        succeed(Command::new(script).arg(folder.join("prefix")).arg("--from").arg(built_folder()));
        let server = Server::start();
        let example = example().replace("wss://localhost:6041", server.url());
        std::fs::write(folder.join("query.c"), example).unwrap();
        std::fs::write(folder.join("query.cpp"), std::fs::read(folder.join("query.c")).unwrap()).unwrap();
        fill(&server);
        Installed { server, folder }
    }

    fn pkg_config(&self, what: &[&str]) -> Vec<String> {
        let path = self.folder.join("prefix/lib/pkgconfig");
        let answer = succeed(Command::new("pkg-config").args(what).arg("tdsec").env("PKG_CONFIG_PATH", path));
        answer.split_whitespace().map(str::to_owned).collect()
    }

    /// Compiles as the README says, but through pkg-config.
    fn compile(&self, compiler: &str, source: &str, flags: &[String]) -> PathBuf {
        let executable = self.folder.join(format!("{source}.out"));
        let mut command = Command::new(compiler);
        command.args(["-Wall", "-Wextra", "-Werror", "-Wno-missing-field-initializers"]);
        command.arg(self.folder.join(source)).arg("-o").arg(&executable).args(flags);
        succeed(&mut command);
        executable
    }

    fn prints_ten_rows(&self, executable: &Path, libraries: Option<&Path>) {
        let mut command = Command::new(executable);
        // The example trusts the system's roots; this variable says which these are.
        command.env("SSL_CERT_FILE", self.server.ca()).env("TDSEC_TOKEN", self.server.token());
        command.env_remove("LD_LIBRARY_PATH");
        if let Some(libraries) = libraries {
            command.env("LD_LIBRARY_PATH", libraries);
        }
        assert_eq!(succeed(&mut command), "10 rows\n");
    }
}

/// The README's C program.
fn example() -> String {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    readme.split("```c\n").nth(1).unwrap().split("```").next().unwrap().to_owned()
}

fn fill(server: &Server) {
    let config = Config::builder().address(server.url()).unwrap();
    let config = config.set("bearerToken", server.token()).unwrap().set("tls_ca", server.ca()).unwrap();
    let connection = Connection::connect(&config.build().unwrap()).unwrap();
    let rows: String = (0..12).map(|row| format!(" ({}, {row}.5)", 1_700_000_000_000_i64 + row)).collect();
    for sql in ["CREATE DATABASE power", "CREATE TABLE power.meters (ts TIMESTAMP, current FLOAT)"] {
        connection.execute(sql).unwrap();
    }
    assert_eq!(connection.execute(&format!("INSERT INTO power.meters VALUES{rows}")).unwrap(), 12);
}

#[test]
fn the_example_of_the_readme_compiles_by_pkg_config_and_runs() {
    let installed = Installed::new("pkg-config");
    let libraries = installed.folder.join("prefix/lib");
    let flags = installed.pkg_config(&["--cflags", "--libs"]);
    for (compiler, source) in [("gcc", "query.c"), ("g++", "query.cpp")] {
        let executable = installed.compile(compiler, source, &flags);
        installed.prints_ten_rows(&executable, Some(&libraries));
        let needed = succeed(Command::new("readelf").arg("-d").arg(&executable));
        assert!(needed.contains("[libtdsec.so.0]"), "a program asks for the ABI, not for a file: {needed}");
    }
    let version = installed.pkg_config(&["--modversion"]).concat();
    assert_eq!(version, env!("CARGO_PKG_VERSION"));
    assert!(libraries.join(format!("libtdsec.so.{version}")).is_file());
}

#[test]
fn the_static_library_needs_no_shared_one() {
    let installed = Installed::new("static");
    let mut flags = installed.pkg_config(&["--cflags"]);
    flags.push(installed.folder.join("prefix/lib/libtdsec.a").display().to_string());
    flags.extend(installed.pkg_config(&["--libs-only-l", "--static"]).into_iter().filter(|flag| flag != "-ltdsec"));
    let executable = installed.compile("gcc", "query.c", &flags);
    installed.prints_ten_rows(&executable, None);
}

#[test]
fn cmake_finds_the_package() {
    let installed = Installed::new("cmake");
    let script = "cmake_minimum_required(VERSION 3.10)\nproject(example C)\nfind_package(tdsec 0.1 CONFIG REQUIRED)\n\
        add_executable(query query.c)\ntarget_link_libraries(query PRIVATE tdsec::tdsec)\n";
    std::fs::write(installed.folder.join("CMakeLists.txt"), script).unwrap();
    let build = installed.folder.join("build");
    let prefix = format!("-DCMAKE_PREFIX_PATH={}", installed.folder.join("prefix").display());
    succeed(Command::new("cmake").arg("-S").arg(&installed.folder).arg("-B").arg(&build).arg(prefix));
    succeed(Command::new("cmake").arg("--build").arg(&build));
    installed.prints_ten_rows(&build.join("query"), None);
}

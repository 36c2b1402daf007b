//! The server side of a run: ports, the server and its set-up, its control API, and tidying a foreign one.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tdsec::Connection;
use tokio::net::{TcpListener, TcpSocket};

use super::expect::mismatch;
use super::run::{Place, Run, Stop};
use super::scenario::Step;
use super::server::Server;
use super::target;

/// How long `until` waits, and how often it looks.
const UNTIL_LIMIT: Duration = Duration::from_secs(10);
const UNTIL_STEP: Duration = Duration::from_millis(5);

impl Run<'_> {
    /// `${dead}`: refuses connections; `${silent}`: accepts them and says nothing.
    pub(super) async fn set_ports(&mut self) -> std::io::Result<(TcpSocket, TcpListener)> {
        let dead = TcpSocket::new_v4()?;
        dead.bind(([127, 0, 0, 1], 0).into())?;
        let silent = TcpListener::bind("127.0.0.1:0").await?;
        self.variables.set("dead", dead.local_addr()?.to_string());
        self.variables.set("silent", silent.local_addr()?.to_string());
        Ok((dead, silent))
    }

    pub(super) async fn start_server(&mut self, place: &Place) -> Result<Server, Stop> {
        let program = place.programs.join("tdsec-testserver");
        let server = Server::start(&program, &self.scenario.server, place.token_codes_argument.as_deref()).await?;
        self.secrets.extend(target::tell(&server, &mut self.variables));
        Ok(server)
    }

    /// Set-up statements, then a clean book, then faults.
    pub(super) async fn prepare(&self, server: Option<&Server>) -> Result<(), String> {
        let setup = &self.scenario.setup;
        if !setup.sql.is_empty() {
            self.execute(&setup.sql, false).await?;
            if let Some(server) = server {
                self.until(server, &json!({ "connections_open": 0 })).await?;
                server.control.ask("POST", "/stats/reset", None).await?;
            }
        }
        for fault in &setup.faults {
            let server = server.ok_or("faults need a test server")?;
            server.control.ask("POST", "/faults", Some(&self.variables.fill(fault)?)).await?;
        }
        Ok(())
    }

    /// Statements over a connection of the harness.
    async fn execute(&self, statements: &[String], may_fail: bool) -> Result<(), String> {
        let config = target::own_configuration(&self.variables).map_err(|error| error.to_string())?;
        let connection = Connection::connect(&config).await.map_err(|error| error.to_string())?;
        for sql in statements {
            let filled = self.variables.fill(&json!(sql))?;
            match connection.execute(filled.as_str().unwrap_or_default()).await {
                Err(error) if !may_fail => return Err(format!("{sql}: {error}")),
                _ => {}
            }
        }
        connection.close().await;
        Ok(())
    }

    /// Leaves a foreign server as it was.
    pub(super) async fn clean_up(&self) -> Result<(), String> {
        if self.scenario.needs.is_empty() {
            return Ok(());
        }
        self.execute(&self.scenario.cleanup, true).await?;
        self.execute(&["drop database if exists ${db}".to_owned()], false).await
    }

    pub(super) async fn control(&mut self, request: &str, step: &Step, server: &Server) -> Result<(), Stop> {
        let (method, path) = request.split_once(' ').ok_or_else(|| format!("`{request}` is not METHOD /path"))?;
        let body = step.body.as_ref().map(|body| self.variables.fill(body)).transpose()?;
        let answer = server.control.ask(method, path, body.as_ref()).await?;
        if let Some(pattern) = &step.expect
            && let Some(problem) = mismatch(&self.variables.fill(pattern)?, Some(&answer))
        {
            return Err(Stop::Failed(problem));
        }
        self.save(step, &answer)?;
        Ok(())
    }

    /// Waits for the server's own account of things to be as the pattern says.
    pub(super) async fn until(&self, server: &Server, pattern: &Value) -> Result<(), String> {
        let begin = Instant::now();
        loop {
            let stats = server.control.ask("GET", "/stats", None).await?;
            let Some(problem) = mismatch(pattern, Some(&stats)) else { return Ok(()) };
            if begin.elapsed() > UNTIL_LIMIT {
                return Err(format!("after {} s still {problem}", UNTIL_LIMIT.as_secs()));
            }
            tokio::time::sleep(UNTIL_STEP).await;
        }
    }
}

/// Root of the repository and the folder of cargo's binaries.
pub(super) fn folders() -> Result<(PathBuf, PathBuf), String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let root = root.canonicalize().map_err(|error| format!("{}: {error}", root.display()))?;
    let program = std::env::current_exe().map_err(|error| format!("the place of this program: {error}"))?;
    let programs = program.parent().map(Path::to_owned).ok_or("this program lies nowhere")?;
    Ok((root, programs))
}

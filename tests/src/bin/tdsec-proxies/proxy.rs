//! One proxy process, started from its configuration file with the ports of this run.

use std::net::TcpListener;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::process::{Child, Command};

#[derive(Clone, Copy)]
pub(crate) enum Kind {
    HaProxy,
    Nginx,
}

pub(crate) struct Proxy {
    _process: Child,
    /// Ends TLS.
    pub(crate) port: u16,
    /// Ends TLS and demands a client certificate.
    pub(crate) mutual_port: u16,
}

impl Kind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Kind::HaProxy => "haproxy",
            Kind::Nginx => "nginx",
        }
    }

    pub(crate) async fn start(self, root: &Path, folder: &Path, adapter_port: u16) -> Result<Proxy, String> {
        let file = match self {
            Kind::HaProxy => "haproxy.cfg",
            Kind::Nginx => "nginx.conf",
        };
        let template = root.join("tests/interop/proxies").join(file);
        let template =
            std::fs::read_to_string(&template).map_err(|error| format!("{}: {error}", template.display()))?;
        let (port, mutual_port) = free_ports()?;
        let filled = [
            ("${MUTUAL_PORT}", mutual_port.to_string()),
            ("${ADAPTER_PORT}", adapter_port.to_string()),
            ("${PORT}", port.to_string()),
            ("${FOLDER}", folder.display().to_string()),
        ]
        .into_iter()
        .fold(template, |text, (name, value)| text.replace(name, &value));
        let config = folder.join(file);
        std::fs::write(&config, filled).map_err(|error| error.to_string())?;
        let mut command = match self {
            Kind::HaProxy => {
                let mut command = Command::new("haproxy");
                command.arg("-db").arg("-f").arg(&config);
                command
            }
            Kind::Nginx => {
                let mut command = Command::new("nginx");
                command.arg("-c").arg(&config).arg("-p").arg(folder);
                command
            }
        };
        // Debian keeps both in a folder that is not on everybody's path.
        let path = std::env::var("PATH").unwrap_or_default();
        command.env("PATH", format!("{path}:/usr/sbin"));
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).kill_on_drop(true);
        let process = command.spawn().map_err(|error| format!("{}: {error}", self.name()))?;
        for _ in 0..400 {
            if TcpStream::connect(("127.0.0.1", mutual_port)).await.is_ok() {
                return Ok(Proxy { _process: process, port, mutual_port });
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        let told = tokio::time::timeout(Duration::from_secs(1), process.wait_with_output()).await;
        let told = told.ok().and_then(Result::ok).map(|output| String::from_utf8_lossy(&output.stderr).into_owned());
        Err(format!("{} does not listen: {}", self.name(), told.unwrap_or_default()))
    }
}

fn free_ports() -> Result<(u16, u16), String> {
    let bind = || TcpListener::bind("127.0.0.1:0").map_err(|error| error.to_string());
    let (one, two) = (bind()?, bind()?);
    let port = |listener: &TcpListener| listener.local_addr().map(|at| at.port()).map_err(|error| error.to_string());
    Ok((port(&one)?, port(&two)?))
}

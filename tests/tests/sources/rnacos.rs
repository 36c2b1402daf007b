//! r-nacos, an independent Nacos, where it is installed: `make interop` does that, it takes a quarter of an hour.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use tdsec::TokenSource;
use tdsec::source::parse;
use tdsec_tests::certificates::Workshop;

use crate::contract::{self, Origin, eventually, refused};
use crate::publishing::published;
use crate::sockets;

const PASSWORD: &str = "RealNacosPassw0rd44";

/// `TDSEC_RNACOS`, or what is on the PATH.
fn program() -> Option<PathBuf> {
    if let Some(path) = std::env::var_os("TDSEC_RNACOS") {
        return Some(path.into());
    }
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join("rnacos")).find(|program| program.is_file())
}

struct Rnacos {
    program: PathBuf,
    /// HTTP, gRPC, console.
    ports: [u16; 3],
    folder: Workshop,
    process: Mutex<Option<Child>>,
}

impl Rnacos {
    async fn start(program: PathBuf) -> Rnacos {
        let listeners = [(); 3].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
        let ports = listeners.each_ref().map(|listener| listener.local_addr().unwrap().port());
        drop(listeners);
        let server = Rnacos { program, ports, folder: Workshop::new(), process: Mutex::default() };
        server.run().await;
        server
    }

    async fn run(&self) {
        let [http, grpc, console] = self.ports.map(|port| port.to_string());
        let process = Command::new(&self.program)
            .env("RNACOS_SDK_HOST", "127.0.0.1")
            .env("RNACOS_CONSOLE_HOST", "127.0.0.1")
            .env("RNACOS_HTTP_PORT", http)
            .env("RNACOS_GRPC_PORT", grpc)
            .env("RNACOS_HTTP_CONSOLE_PORT", console)
            .env("RNACOS_CONFIG_DB_DIR", self.folder.path("db"))
            .env("RNACOS_ENABLE_OPEN_API_AUTH", "true")
            .env("RNACOS_INIT_ADMIN_USERNAME", "admin")
            .env("RNACOS_INIT_ADMIN_PASSWORD", PASSWORD)
            .current_dir(self.folder.folder())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        *self.process.lock().unwrap() = Some(process);
        eventually("r-nacos lets somebody log in", || self.access().is_some()).await;
    }

    fn end(&self) {
        if let Some(mut process) = self.process.lock().unwrap().take() {
            let _ = process.kill();
            let _ = process.wait();
        }
    }

    fn access(&self) -> Option<String> {
        let answer = self.send("POST", "/nacos/v1/auth/login", &[("username", "admin"), ("password", PASSWORD)])?;
        let json: serde_json::Value = serde_json::from_str(&answer).ok()?;
        Some(json["accessToken"].as_str()?.to_owned())
    }

    /// As the administrator's script would do it; the body of an answer 200.
    fn send(&self, method: &str, path: &str, form: &[(&str, &str)]) -> Option<String> {
        let encoded = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
        let body: Vec<String> = form.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect();
        let body = body.join("&");
        let head = "Host: localhost\r\nConnection: close\r\nContent-Type: application/x-www-form-urlencoded";
        let request = format!("{method} {path} HTTP/1.1\r\n{head}\r\nContent-Length: {}\r\n\r\n{body}", body.len());
        let mut stream = TcpStream::connect(("127.0.0.1", self.ports[0])).ok()?;
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        stream.write_all(request.as_bytes()).ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok()?;
        let (head, body) = answer.split_once("\r\n\r\n")?;
        head.starts_with("HTTP/1.1 200").then(|| body.to_owned())
    }

    fn content(&self) -> Option<String> {
        let access = self.access()?;
        let entry = "dataId=tdengine-credential&group=DEFAULT_GROUP";
        self.send("GET", &format!("/nacos/v1/cs/configs?{entry}&accessToken={access}"), &[])
    }

    async fn change(&self, method: &str, content: &str) {
        let done = || {
            let path = format!("/nacos/v1/cs/configs?accessToken={}", self.access().unwrap_or_default());
            let form = [("dataId", "tdengine-credential"), ("group", "DEFAULT_GROUP"), ("content", content)];
            self.send(method, &path, &form).is_some_and(|answer| answer.contains("true"))
        };
        eventually("r-nacos changed the entry", done).await;
    }
}

impl Drop for Rnacos {
    fn drop(&mut self) {
        self.end();
    }
}

impl Origin for Rnacos {
    fn source(&self) -> Arc<dyn TokenSource> {
        parse(&format!("nacos:server_addr=127.0.0.1:{};username=admin;password={PASSWORD}", self.ports[0])).unwrap()
    }

    async fn put(&self, content: &str) {
        // Empty contents are refused when they are published.
        let content = if content.trim().is_empty() { "# nothing" } else { content };
        self.change("POST", content).await;
    }

    async fn remove(&self) {
        self.change("DELETE", "").await;
    }

    fn place(&self) -> String {
        "dataId tdengine-credential, group DEFAULT_GROUP".into()
    }

    async fn stop(&self) {
        self.end();
    }

    async fn start(&self) {
        self.run().await;
    }

    fn is_waited_for(&self) -> bool {
        sockets::count(self.ports[0], true) > 0
    }

    fn secrets(&self) -> Vec<String> {
        vec![PASSWORD.into()]
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[expect(clippy::print_stdout, reason = "says why nothing was tested")]
async fn r_nacos_keeps_the_contract() {
    let Some(program) = program() else {
        println!("rnacos is not on the PATH: left out (make interop installs it)");
        return;
    };
    let server = Rnacos::start(program).await;
    let wrong = parse(&format!("nacos:server_addr=127.0.0.1:{};username=admin;password=x", server.ports[0])).unwrap();
    assert!(refused(&wrong).await.message().contains("refused the login of the user admin"));
    let without = parse(&format!("nacos:server_addr=127.0.0.1:{}", server.ports[0])).unwrap();
    assert!(refused(&without).await.message().contains("it wants username and password"));
    server.put("# ours\nuser=x\ntoken=abc").await;
    let issued = published(&server.source()).await;
    let lines = format!("# ours\nuser=x\ntoken={}\n", issued.token.expose());
    assert!(server.content().unwrap().starts_with(&lines), "{:?}", server.content());
    contract::holds(server).await;
}

//! What has to hold on every surface behind every proxy.

use std::time::Duration;

use serde_json::{Value, json};
use tdsec_tests::certificates::Chain;
use tdsec_tests::harness::Driver;

use crate::proxy::Proxy;

pub(crate) struct Site<'a> {
    pub(crate) proxy: &'a Proxy,
    pub(crate) ca: String,
    pub(crate) other_ca: String,
    pub(crate) client: &'a Chain,
    pub(crate) token: &'a str,
}

type Check = (&'static str, Result<(), String>);

const PATIENCE: Duration = Duration::from_secs(30);
/// Longer than both proxies bear silence.
const SILENCE: Duration = Duration::from_secs(5);

pub(crate) async fn all(site: &Site<'_>, driver: &mut Driver) -> Result<Vec<Check>, String> {
    let mut talk = Talk { site, driver };
    Ok(vec![
        ("a verified proxy is connected through", talk.queries().await?),
        ("the second connection resumes", talk.resumes().await?),
        ("a proxy of an unknown CA is refused", talk.refuses().await?),
        ("a client certificate is asked for", talk.certificate_missing().await?),
        ("a client certificate is shown", talk.certificate_shown().await?),
        ("a silent connection stays open by its keep-alive", talk.stays_open().await?),
    ])
}

struct Talk<'a> {
    site: &'a Site<'a>,
    driver: &'a mut Driver,
}

impl Talk<'_> {
    /// What a step comes to; an error of the outer kind means that the driver is broken.
    async fn step(&mut self, step: Value) -> Result<Result<Value, String>, String> {
        let (answer, _) = self.driver.ask(&step, PATIENCE).await?;
        Ok(match answer.get("ok") {
            Some(ok) => Ok(ok.clone()),
            None => Err(answer.pointer("/error/code").and_then(Value::as_str).unwrap_or("no code").to_owned()),
        })
    }

    async fn connect(&mut self, port: u16, more: &[(&str, &str)]) -> Result<Result<(), String>, String> {
        let mut options = json!({ "bearer_token": self.site.token, "tls_ca": self.site.ca });
        for (name, value) in more {
            options[*name] = json!(value);
        }
        let address = format!("wss://localhost:{port}");
        let step = json!({ "op": "connect", "conn": "c", "address": address, "options": options });
        Ok(self.step(step).await?.map(drop))
    }

    async fn ask(&mut self) -> Result<Result<(), String>, String> {
        let answer = self.step(json!({ "op": "query", "conn": "c", "sql": "select 1" })).await?;
        Ok(answer.and_then(|ok| match ok["rows"] == json!([["1"]]) {
            true => Ok(()),
            false => Err(format!("other rows: {ok}")),
        }))
    }

    async fn close(&mut self) -> Result<(), String> {
        self.step(json!({ "op": "close", "conn": "c" })).await.map(drop)
    }

    async fn queries(&mut self) -> Result<Result<(), String>, String> {
        if let Err(code) = self.connect(self.site.proxy.port, &[]).await? {
            return Ok(Err(code));
        }
        let rows =
            json!({ "op": "query", "conn": "c", "sql": "select * from tdsec_gen(100000, 5)", "mode": "count-columns" });
        let answer = self.step(rows).await?;
        self.close().await?;
        Ok(answer.and_then(|ok| match ok["rows"].as_u64() {
            Some(100_000) => Ok(()),
            _ => Err(format!("other rows: {ok}")),
        }))
    }

    async fn resumes(&mut self) -> Result<Result<(), String>, String> {
        if let Err(code) = self.connect(self.site.proxy.port, &[]).await? {
            return Ok(Err(code));
        }
        let info = self.step(json!({ "op": "info", "conn": "c" })).await?;
        self.close().await?;
        Ok(info.and_then(|info| match info.pointer("/tls/resumed") == Some(&json!(true)) {
            true => Ok(()),
            false => Err(format!("not resumed: {info}")),
        }))
    }

    async fn refuses(&mut self) -> Result<Result<(), String>, String> {
        let other = self.site.other_ca.clone();
        let outcome = self.connect(self.site.proxy.port, &[("tls_ca", &other)]).await?;
        Ok(wanted("TLS_UNTRUSTED_ROOT", outcome))
    }

    async fn certificate_missing(&mut self) -> Result<Result<(), String>, String> {
        // nginx lets the handshake pass and answers with HTTP 400.
        let outcome = self.connect(self.site.proxy.mutual_port, &[]).await?;
        Ok(match outcome.err().as_deref() {
            Some("TLS_CLIENT_CERTIFICATE_REQUIRED" | "UPGRADE_REFUSED") => Ok(()),
            other => Err(format!("{other:?}")),
        })
    }

    async fn certificate_shown(&mut self) -> Result<Result<(), String>, String> {
        let client = self.site.client;
        let identity = [("tls_cert", client.certificates.as_str()), ("tls_key", client.key.as_str())];
        let connected = self.connect(self.site.proxy.mutual_port, &identity).await?;
        let asked = if connected.is_ok() { self.ask().await? } else { connected };
        self.close().await?;
        Ok(asked)
    }

    async fn stays_open(&mut self) -> Result<Result<(), String>, String> {
        if let Err(code) = self.connect(self.site.proxy.port, &[("keepalive", "1s")]).await? {
            return Ok(Err(code));
        }
        tokio::time::sleep(SILENCE).await;
        let asked = self.ask().await?;
        self.close().await?;
        Ok(asked)
    }
}

fn wanted(code: &str, outcome: Result<(), String>) -> Result<(), String> {
    match outcome {
        Err(seen) if seen == code => Ok(()),
        Err(seen) => Err(seen),
        Ok(()) => Err("it connected".into()),
    }
}

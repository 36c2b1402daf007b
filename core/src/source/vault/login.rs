//! The token with which Vault is asked: given, or had by a login; renewed before it ends.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::Value;
use tokio::time::Instant;

use super::super::builder::{Inputs, missing};
use super::super::content;
use super::super::http::{Answer, Request};
use super::super::reference::SecretFrom;
use super::Vault;
use crate::error::{Error, ErrorCode, Result};
use crate::secret::Secret;

const SERVICE_ACCOUNT: &str = "/var/run/secrets/kubernetes.io/serviceaccount/token";

/// How to log in, and the token had by it.
#[derive(Debug)]
pub(super) struct Login {
    method: Method,
    /// Path of the method's mount.
    mount: String,
    own: Mutex<Option<Own>>,
}

#[derive(Debug)]
enum Method {
    /// Somebody else keeps it current, unless it can be renewed.
    Token(SecretFrom),
    AppRole {
        role_id: String,
        secret_id: Option<SecretFrom>,
    },
    Kubernetes {
        role: String,
        jwt: SecretFrom,
    },
    /// The certificate of the TLS session, for a role or for whichever fits.
    Certificate {
        role: Option<String>,
    },
}

/// A token and its lease.
#[derive(Debug, Clone)]
struct Own {
    token: Secret,
    renewable: bool,
    /// Two thirds of the lease: from then on it is renewed.
    renew_at: Option<Instant>,
    ends_at: Option<Instant>,
}

impl Login {
    pub(super) fn new(inputs: &mut Inputs) -> Result<Login> {
        let token = SecretFrom::take(inputs, "token", "token_source")?;
        let role_id = inputs.values.take_text("role_id")?;
        let secret_id = SecretFrom::take(inputs, "secret_id", "secret_id_source")?;
        let role = inputs.values.take_text("role")?;
        let jwt_file = inputs.values.take_text("jwt_file")?;
        let certificate = inputs.given.contains(&"tls_cert");
        let guessed = match () {
            () if token.is_some() => "token",
            () if role_id.is_some() => "approle",
            () if jwt_file.is_some() || role.is_some() && !certificate => "kubernetes",
            () if certificate => "cert",
            () => "token",
        };
        let method = match inputs.choice("auth", &["auto", "token", "approle", "kubernetes", "cert"])? {
            "auto" => guessed,
            chosen => chosen,
        };
        let mount = inputs.values.take_text("auth_mount")?.unwrap_or_else(|| method.to_owned());
        let method = match method {
            "approle" => Method::AppRole { role_id: role_id.ok_or_else(|| missing("role_id"))?, secret_id },
            "kubernetes" => Method::Kubernetes {
                role: role.ok_or_else(|| missing("role"))?,
                jwt: SecretFrom::File(jwt_file.unwrap_or_else(|| SERVICE_ACCOUNT.into()).into()),
            },
            "cert" if !certificate => return Err(missing("tls_cert")),
            "cert" => Method::Certificate { role },
            _ => Method::Token(token.unwrap_or_else(|| SecretFrom::Environment("VAULT_TOKEN".into()))),
        };
        Ok(Login { method, mount: super::path(&mount), own: Mutex::default() })
    }

    fn own(&self) -> MutexGuard<'_, Option<Own>> {
        self.own.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives a refused token up. False if another one cannot be had.
    pub(super) fn forget(&self, token: &Secret) -> bool {
        self.own().take_if(|own| own.token == *token);
        // One that is read anew each time may have been replaced meanwhile.
        !matches!(&self.method, Method::Token(SecretFrom::Value(_)))
    }

    /// A token that is good for some time.
    pub(super) async fn token(&self, vault: &Vault) -> Result<Secret> {
        if let Method::Token(from) = &self.method {
            let token = from.read().await?;
            return self.keep_alive(vault, token).await;
        }
        let known = self.own().clone();
        if let Some(own) = known.filter(|own| own.ends_at.is_none_or(|end| end > Instant::now())) {
            if own.renew_at.is_none_or(|at| at > Instant::now()) {
                return Ok(own.token);
            }
            if own.renewable
                && let Some(token) = self.renewed(vault, &own).await
            {
                return Ok(token);
            }
        }
        let request = self.request().await?;
        let answer = vault.http.ask(&vault.request(request)).await?;
        let mut json = answer.json().unwrap_or_default();
        let own = Own::of(&json["auth"]);
        content::wipe(&mut json);
        match own.filter(|_| answer.status == 200) {
            Some(own) => {
                *self.own() = Some(own.clone());
                Ok(own.token)
            }
            None => Err(self.refused(&answer)),
        }
    }

    /// A given token is asked once what it is, and renewed if it can be.
    async fn keep_alive(&self, vault: &Vault, token: Secret) -> Result<Secret> {
        let known = self.own().clone().filter(|own| own.token == token);
        let own = match known {
            Some(own) => own,
            None => {
                let request = Request::get("/v1/auth/token/lookup-self").header("x-vault-token", token.clone());
                let answer = vault.http.ask(&vault.request(request)).await?;
                // A policy may hide it; then it is used as it is.
                let own = match answer.status {
                    200 => Own::looked_up(token.clone(), &answer.json().unwrap_or_default()["data"]),
                    403 | 404 => Own::looked_up(token.clone(), &Value::Null),
                    _ => return Err(self.refused(&answer)),
                };
                *self.own() = Some(own.clone());
                own
            }
        };
        if own.renewable && own.renew_at.is_some_and(|at| at <= Instant::now()) {
            self.renewed(vault, &own).await;
        }
        Ok(token)
    }

    /// `None` if it cannot be renewed, whatever the reason: then it is used to its end, or had anew.
    async fn renewed(&self, vault: &Vault, own: &Own) -> Option<Secret> {
        let request = Request::post("/v1/auth/token/renew-self").header("x-vault-token", own.token.clone());
        let answer = vault.http.ask(&vault.request(request)).await.ok()?;
        let mut json = answer.json().unwrap_or_default();
        let renewed = Own::of(&json["auth"]);
        content::wipe(&mut json);
        let renewed = renewed.filter(|_| answer.status == 200)?;
        *self.own() = Some(renewed.clone());
        Some(renewed.token)
    }

    async fn request(&self) -> Result<Request> {
        let request = Request::post(format!("/v1/auth/{}/login", self.mount));
        Ok(match &self.method {
            Method::AppRole { role_id, secret_id: None } => request.json(&[("role_id", role_id)]),
            Method::AppRole { role_id, secret_id: Some(from) } => {
                request.json(&[("role_id", role_id), ("secret_id", from.read().await?.expose())])
            }
            Method::Kubernetes { role, jwt } => request.json(&[("role", role), ("jwt", jwt.read().await?.expose())]),
            Method::Certificate { role: None } | Method::Token(_) => request.json(&[]),
            Method::Certificate { role: Some(role) } => request.json(&[("name", role)]),
        })
    }

    fn refused(&self, answer: &Answer) -> Error {
        let (server, status) = (&answer.server, answer.status);
        let text = match status {
            503 => format!("{server} is sealed, or down for maintenance (HTTP 503)"),
            _ => format!("{server} refused the login at auth/{} (HTTP {status})", self.mount),
        };
        Error::new(ErrorCode::SourceUnavailable, text)
    }
}

impl Own {
    fn of(auth: &Value) -> Option<Own> {
        let token = Secret::new(auth["client_token"].as_str()?);
        Some(Own::new(token, auth["renewable"] == true, auth["lease_duration"].as_u64().unwrap_or(0)))
    }

    fn looked_up(token: Secret, data: &Value) -> Own {
        Own::new(token, data["renewable"] == true, data["ttl"].as_u64().unwrap_or(0))
    }

    /// A lease of 0 seconds never ends.
    fn new(token: Secret, renewable: bool, lease: u64) -> Own {
        let lease = (lease > 0).then(|| Duration::from_secs(lease.min(10 * 366 * 24 * 3600)));
        let now = Instant::now();
        Own {
            token,
            renewable,
            renew_at: lease.map(|lease| now + lease * 2 / 3),
            ends_at: lease.map(|lease| now + lease),
        }
    }
}

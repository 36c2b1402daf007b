//! What all connections of one server share.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use serde_json::{Value, json};

use crate::accounts::{AccountEvent, Accounts as _, Book, BookOptions, Clock, Login, PasswordLogin, fingerprint};
use crate::config::TestServerConfig;
use crate::engine::{Engine, EngineConfig, SqlError};
use crate::faults::{Faults, Subject};
use crate::net::Registry;
use crate::rest::Pool;
use crate::stats::{LoginAttempt, Stats};

pub(crate) struct Shared {
    pub(crate) config: TestServerConfig,
    pub(crate) book: Book,
    pub(crate) engine: Engine,
    pub(crate) stats: Stats,
    pub(crate) faults: Faults,
    pub(crate) registry: Registry,
    pub(crate) rest_pool: Mutex<Pool>,
    /// This server's own entry of `list_instances`, known once it listens.
    pub(crate) instance: OnceLock<String>,
}

/// What a client sent to log in; nothing of it is checked yet.
#[derive(Clone, Copy)]
pub(crate) enum Credential<'a> {
    Token(&'a str),
    Password(PasswordLogin<'a>),
}

impl Shared {
    pub(crate) fn new(config: TestServerConfig) -> Result<Arc<Self>, SqlError> {
        let lag_ms = i64::try_from(config.token_lag.as_millis()).unwrap_or(i64::MAX);
        let options =
            BookOptions { codes: config.token_codes.clone(), token_lag_ms: lag_ms, community: config.community };
        let book = Book::new(Clock::new(), options);
        let engine =
            Engine::new(EngineConfig { version: config.server_version.clone(), accounts: Arc::new(book.clone()) })?;
        let shared = Arc::new(Shared {
            config,
            book,
            engine,
            stats: Stats::default(),
            faults: Faults::default(),
            registry: Registry::default(),
            rest_pool: Mutex::default(),
            instance: OnceLock::new(),
        });
        let weak = Arc::downgrade(&shared);
        shared.book.set_listener(move |event| {
            let Some(shared) = weak.upgrade() else { return };
            match event {
                AccountEvent::UserDropped(user) => {
                    shared.registry.close_user(user);
                    shared.rest_pool().forget_user(user);
                }
                AccountEvent::PasswordChanged(user) => shared.rest_pool().forget_password(user),
            }
        });
        Ok(shared)
    }

    pub(crate) fn rest_pool(&self) -> std::sync::MutexGuard<'_, Pool> {
        self.rest_pool.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Checks a credential and writes the attempt down. `sent` says which of user and password came along.
    pub(crate) fn log_in(
        &self,
        credential: Credential<'_>,
        sent: (&str, bool),
        over: &'static str,
    ) -> crate::accounts::Result<Login> {
        let (kind, secret, checked) = match credential {
            Credential::Token(token) => ("token", token, self.book.login_with_token(token)),
            Credential::Password(login) => {
                let kind = if login.totp.is_some() { "totp" } else { "password" };
                (kind, login.password, self.book.login_with_password(login))
            }
        };
        self.stats.login(LoginAttempt {
            kind,
            fingerprint: fingerprint(secret),
            user: checked.as_ref().map_or(sent.0, |login| login.user.as_str()).to_owned(),
            sent_password: sent.1,
            sent_user: !sent.0.is_empty(),
            over,
            ok: checked.is_ok(),
        });
        checked
    }

    /// Counts a request and looks for its fault.
    pub(crate) fn arrived(&self, subject: &Subject<'_>) -> Option<crate::faults::Fault> {
        let name = if subject.action.is_empty() { "invalid" } else { subject.action };
        self.stats.request(name, subject.group().filter(|group| *group != name));
        let fault = self.faults.pick(subject);
        if fault.is_some() {
            self.stats.fault_fired();
        }
        fault
    }

    pub(crate) fn instances(&self) -> Vec<String> {
        match self.config.instances.as_slice() {
            [] => self.instance.get().cloned().into_iter().collect(),
            given => given.to_vec(),
        }
    }

    /// `GET /stats`.
    pub(crate) fn stats_json(&self) -> Value {
        let mut stats = self.stats.to_json(self.registry.count(), self.registry.total());
        let clock = self.book.clock();
        stats["sessions"] = json!(self.registry.sessions());
        stats["clock"] = json!({ "now_ms": clock.now_ms(), "offset_s": clock.offset_s() });
        stats
    }
}

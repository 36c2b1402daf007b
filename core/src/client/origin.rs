//! For whom a connection is opened: what its events say besides the endpoint.

use std::sync::Arc;

use crate::config::{Config, Credential, Endpoint};
use crate::credential::Generation;
use crate::driver::{Life, OnLife};
use crate::error::{Error, ErrorCode};
use crate::event::{Event, EventName};
use crate::observe;
use crate::tls::TlsSummary;

/// For whom, and with which credential. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub(crate) struct Origin {
    pool: Option<Arc<str>>,
    generation: Option<Generation>,
    /// Of the token it logs in with.
    fingerprint: Option<String>,
    reconnect: bool,
}

impl Origin {
    /// A connection of its own.
    pub(crate) fn of(config: &Config) -> Origin {
        let fingerprint = match config.credential() {
            Credential::Token(token) | Credential::CertificateAndToken(_, token) => Some(token.fingerprint()),
            Credential::Certificate(_) | Credential::Password { .. } => None,
        };
        Origin { fingerprint, ..Origin::default() }
    }

    /// What concerns a pool as a whole.
    pub(crate) fn of_pool(mut self, pool: Arc<str>) -> Origin {
        self.pool = Some(pool);
        self
    }

    /// A connection of a pool.
    pub(crate) fn in_pool(self, pool: Arc<str>, generation: Generation) -> Origin {
        Origin { generation: Some(generation), ..self.of_pool(pool) }
    }

    /// It takes the place of one that broke.
    pub(crate) fn reconnect(mut self, reconnect: bool) -> Origin {
        self.reconnect = reconnect;
        self
    }

    pub(crate) fn pool(&self) -> Option<&str> {
        self.pool.as_deref()
    }

    /// Tells what was accepted in the options although it deserves a word.
    pub(crate) fn tell_warnings(&self, config: &Config) {
        for warning in config.warnings() {
            let event = Event::new(EventName::ConfigWarning)
                .with_some("pool", self.pool())
                .with("option", warning.option())
                .with("message", warning.message());
            observe::tell(event);
        }
    }

    pub(crate) fn tell_failed(&self, endpoint: &Endpoint, error: &Error) {
        observe::tell(self.event(EventName::ConnectionFailed, endpoint).with_error(error));
    }

    /// Tells of the login and of the end of a connection.
    pub(crate) fn on_life(&self, endpoint: &Endpoint, tls: Option<&TlsSummary>) -> OnLife {
        let (origin, endpoint) = (self.clone(), endpoint.clone());
        let tls = tls.map(|tls| (tls.version, tls.resumed));
        Box::new(move |life| {
            observe::tell(match life {
                Life::LoggedIn(version) => origin
                    .event(EventName::ConnectionOpened, &endpoint)
                    .with("server_version", version)
                    .with_some("tls_version", tls.map(|(version, _)| version))
                    .with_some("resumed", tls.map(|(_, resumed)| resumed))
                    .with("reconnect", origin.reconnect),
                Life::Ended(error) if error.code() == ErrorCode::Closed => {
                    origin.event(EventName::ConnectionClosed, &endpoint).with("reason", error.message())
                }
                Life::Ended(error) => origin.event(EventName::ConnectionLost, &endpoint).with_error(error),
            });
        })
    }

    fn event(&self, name: EventName, endpoint: &Endpoint) -> Event {
        Event::new(name)
            .with_some("pool", self.pool())
            .with("endpoint", endpoint.to_string())
            .with_some("generation", self.generation)
            .with_some("fingerprint", self.fingerprint.as_deref())
    }
}

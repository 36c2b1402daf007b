//! `conn`: which credential counts, what is checked in which order, what the session starts with.

use std::sync::atomic::Ordering;

use super::answer::{Envelope, Failure};
use super::call::ConnArgs;
use super::frame::Outgoing;
use super::options::zone;
use super::session::{LoggedIn, Session};
use crate::accounts::{Login, PasswordLogin, fingerprint};
use crate::engine::SqlSession;
use crate::net::SessionInfo;
use crate::shared::Credential;

impl Session {
    pub(super) fn conn(&self, envelope: &Envelope, args: &ConnArgs) -> Result<Outgoing, Failure> {
        // Held to the end: two logins at once must not both succeed.
        let mut place = self.logged_in();
        if place.is_some() {
            return Err(Failure::gateway("duplicate connections"));
        }
        let credential = self.credential(args);
        let login = self.shared.log_in(credential, (&args.user, !args.password.0.is_empty()), "ws")?;
        let session = self.sql_session(&login, args)?;
        let secret = match credential {
            Credential::Token(token) => token,
            Credential::Password(login) => login.password,
        };
        self.connection.log_in(SessionInfo {
            user: login.user.clone(),
            token: login.token,
            fingerprint: fingerprint(secret),
            app: args.app.clone(),
        });
        *place = Some(LoggedIn::new(session, args));
        self.is_logged_in.store(true, Ordering::Release);
        let reply = envelope.reply().field("version", &self.shared.config.server_version);
        Ok(match args.list_instances {
            true => reply.field("list_instances", &self.shared.instances()).finish(),
            false => reply.finish(),
        })
    }

    /// Token, else one-time code, else password; there is no way from one to the next. The legacy path knows only
    /// the last.
    fn credential<'a>(&self, args: &'a ConnArgs) -> Credential<'a> {
        let code = (!self.legacy && !args.totp_code.0.is_empty()).then_some(args.totp_code.0.as_str());
        match args.bearer_token.0.as_str() {
            token if !token.is_empty() && !self.token_in_url && !self.legacy => Credential::Token(token),
            _ => Credential::Password(PasswordLogin { user: &args.user, password: &args.password.0, totp: code }),
        }
    }

    fn sql_session(&self, login: &Login, args: &ConnArgs) -> Result<SqlSession, Failure> {
        let mut session = SqlSession::new(&login.user);
        session.token = login.token.clone();
        if !args.db.is_empty() {
            if !self.shared.engine.database_exists(&args.db) {
                return Err(Failure::new(0x0388, "Database not exist"));
            }
            session.database = Some(args.db.clone());
        }
        if let Some(mode) = args.mode.filter(|mode| *mode != 0) {
            return Err(Failure::gateway(format!("unexpected mode:{mode}")));
        }
        if !args.tz.is_empty() {
            session.timezone = zone(&args.tz)?;
        }
        Ok(session)
    }
}

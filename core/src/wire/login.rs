//! `version`, `conn` and the two small questions about a session.

use serde::Serialize;

use super::Frame;
use crate::secret::Secret;

/// What `conn` carries besides the credential.
#[derive(Debug, Clone, Default)]
pub(crate) struct LoginOptions {
    /// Initial database.
    pub(crate) database: Option<String>,
    /// IANA name of the session's time zone.
    pub(crate) timezone: Option<String>,
    /// Application name shown by `SHOW CONNECTIONS`.
    pub(crate) app: Option<String>,
    /// Client address to record.
    pub(crate) client_ip: Option<String>,
    /// BI mode.
    pub(crate) bi_mode: bool,
}

/// The credential of one login: exactly one kind, so no field of another kind can be sent beside it (ID-1, TOK-1).
#[derive(Debug, Clone)]
pub(crate) enum LoginCredential<'a> {
    /// A bearer token, alone.
    Token(&'a Secret),
    /// User and password, with a one-time code if the user has a second factor.
    Password { user: &'a str, password: &'a Secret, totp: Option<&'a Secret> },
    /// The certificate of the TLS session: nothing is sent beside it.
    Certificate,
}

#[derive(Serialize)]
struct Request<'a, A> {
    action: &'a str,
    args: A,
}

fn json(action: &str, args: impl Serialize) -> String {
    // Serialising plain structs of strings and numbers cannot fail.
    serde_json::to_string(&Request { action, args }).unwrap_or_default()
}

fn text(action: &str, args: impl Serialize) -> Frame {
    Frame::Text(json(action, args))
}

#[derive(Serialize)]
struct OnlyId {
    req_id: u64,
}

#[derive(Serialize, Default)]
struct Conn<'a> {
    req_id: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    password: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    totp_code: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bearer_token: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    db: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mode: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tz: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    app: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ip: Option<&'a str>,
    connector: &'a str,
}

/// Names this connector in the server's `SHOW CONNECTIONS`.
const CONNECTOR: &str = concat!("tdsec-v", env!("CARGO_PKG_VERSION"));

/// Asks for the server's version; may be sent before `conn`.
pub(crate) fn version(req_id: u64) -> Frame {
    text("version", OnlyId { req_id })
}

/// Logs in. The frame holds the secret: it goes to the socket and nowhere else.
pub(crate) fn login(req_id: u64, credential: &LoginCredential<'_>, options: &LoginOptions) -> Frame {
    let mut args = Conn {
        req_id,
        db: options.database.as_deref(),
        mode: options.bi_mode.then_some(0),
        tz: options.timezone.as_deref(),
        app: options.app.as_deref(),
        ip: options.client_ip.as_deref(),
        connector: CONNECTOR,
        ..Conn::default()
    };
    match credential {
        LoginCredential::Token(token) => args.bearer_token = Some(token.expose()),
        LoginCredential::Password { user, password, totp } => {
            args.user = Some(user);
            args.password = Some(password.expose());
            args.totp_code = totp.map(Secret::expose);
        }
        LoginCredential::Certificate => {}
    }
    Frame::Login(Secret::new(json("conn", args)))
}

/// Asks for the session's database.
pub(crate) fn current_database(req_id: u64) -> Frame {
    text("get_current_db", OnlyId { req_id })
}

/// Asks whether the service answers.
pub(crate) fn check_server_status(req_id: u64) -> Frame {
    #[derive(Serialize)]
    struct Args {
        req_id: u64,
        fqdn: Option<&'static str>,
        port: i32,
    }
    text("check_server_status", Args { req_id, fqdn: None, port: 0 })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn parsed(frame: Frame) -> serde_json::Value {
        match frame {
            Frame::Login(text) => serde_json::from_str(text.expose()).unwrap(),
            other => unreachable!("{other:?}"),
        }
    }

    #[test]
    fn a_token_login_carries_no_user_and_no_password() {
        let frame = parsed(login(7, &LoginCredential::Token(&Secret::new("tok")), &LoginOptions::default()));
        assert_eq!(frame["action"], "conn");
        assert_eq!(frame["args"]["bearer_token"], "tok");
        assert!(frame["args"].get("user").is_none() && frame["args"].get("password").is_none());
    }

    #[test]
    fn a_password_login_carries_its_code_and_options() {
        let options = LoginOptions {
            database: Some("power".into()),
            timezone: Some("Asia/Shanghai".into()),
            bi_mode: true,
            ..LoginOptions::default()
        };
        let credential =
            LoginCredential::Password { user: "u", password: &Secret::new("p"), totp: Some(&Secret::new("123456")) };
        let args = parsed(login(1, &credential, &options))["args"].clone();
        assert_eq!(args["user"], "u");
        assert_eq!(args["totp_code"], "123456");
        assert_eq!(args["db"], "power");
        assert_eq!(args["tz"], "Asia/Shanghai");
        assert_eq!(args["mode"], 0);
        assert!(args.get("bearer_token").is_none());
    }
}

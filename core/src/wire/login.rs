//! `version`, `conn` and the two small questions about a session.

use serde::{Deserialize, Serialize};

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
    /// Ask for the gateways of the cluster.
    pub(crate) list_instances: bool,
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
    #[serde(skip_serializing_if = "Option::is_none")]
    list_instances: Option<bool>,
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
        list_instances: options.list_instances.then_some(true),
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

const MOST_INSTANCES: usize = 64;
/// A host name of full length with scheme and port.
const LONGEST_INSTANCE: usize = 300;

/// The gateways that the answer to `conn` names, as `host:port` or `https://host:port`. What is not such a list is none:
/// a login does not fail for it.
pub(crate) fn instances(reply: &str) -> Vec<String> {
    #[derive(Deserialize)]
    struct Listed {
        #[serde(default)]
        list_instances: serde_json::Value,
    }
    let Ok(Listed { list_instances: serde_json::Value::Array(listed) }) = serde_json::from_str(reply) else {
        return Vec::new();
    };
    let texts = listed.into_iter().filter_map(|entry| match entry {
        serde_json::Value::String(text) if text.len() <= LONGEST_INSTANCE => Some(text),
        _ => None,
    });
    texts.take(MOST_INSTANCES).collect()
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
    fn gateways_are_asked_for_only_when_wanted() {
        let args = |options| parsed(login(7, &LoginCredential::Token(&Secret::new("tok")), &options))["args"].clone();
        assert!(args(LoginOptions::default()).get("list_instances").is_none());
        let options = LoginOptions { list_instances: true, ..LoginOptions::default() };
        assert_eq!(args(options)["list_instances"], true);
    }

    #[test]
    fn named_gateways_are_read_with_care() {
        let named = |list: &str| instances(&format!(r#"{{"code":0,"list_instances":{list}}}"#));
        assert_eq!(named(r#"["a:6041","https://b:6041"]"#), ["a:6041", "https://b:6041"]);
        assert_eq!(named(r#"["a:6041",7,null,["x"]]"#), ["a:6041"]);
        for odd in ["[]", "null", "7", "{}", r#""a:6041""#] {
            assert!(named(odd).is_empty(), "{odd}");
        }
        assert!(instances(r#"{"code":0}"#).is_empty());
        let long = format!(r#"["{}","b"]"#, "a".repeat(301));
        assert_eq!(named(&long), ["b"]);
        let many = vec!["a:1"; 1000];
        assert_eq!(named(&serde_json::to_string(&many).unwrap()).len(), 64);
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

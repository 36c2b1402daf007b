//! What each path does.

use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper::{Method, Request, Response, StatusCode};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::listener::Control;
use super::request::{self, ChangeToken, MakeToken, MoveClock, Nothing};
use crate::accounts::{AccountError, Accounts as _, Caller};
use crate::faults::Rule;
use crate::http::{Body, json as json_response};
use crate::rest::decode;

struct Refused(StatusCode, String);

type Answer = Result<Value, Refused>;

pub(super) async fn answer(control: &Control, request: Request<Incoming>) -> Response<Body> {
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let body = match request.into_body().collect().await {
        Ok(body) => body.to_bytes(),
        Err(_) => return json_response(StatusCode::BAD_REQUEST, &json!({ "error": "the body broke off" })),
    };
    match route(control, &method, &path, &body).await {
        Ok(value) => json_response(StatusCode::OK, &value),
        Err(Refused(status, error)) => json_response(status, &json!({ "error": error })),
    }
}

async fn route(control: &Control, method: &Method, path: &str, body: &[u8]) -> Answer {
    let parts: Vec<&str> = path.trim_start_matches('/').split('/').collect();
    match (method, parts.as_slice()) {
        (&Method::GET, ["stats"]) => Ok(stats(control)),
        (&Method::POST, ["stats", "reset"]) => {
            read::<Nothing>(body)?;
            control.shared.stats.reset(control.shared.registry.total());
            Ok(json!({}))
        }
        (&Method::GET, ["tokens"]) => Ok(tokens(control)),
        (&Method::POST, ["tokens"]) => {
            let (token, secret) = read::<MakeToken>(body)?.split();
            let secret = control.shared.book.issue_token(token, secret).map_err(refused(StatusCode::BAD_REQUEST))?;
            Ok(json!({ "token": secret }))
        }
        (&Method::PATCH, ["tokens", name]) => {
            let change = read::<ChangeToken>(body)?.into();
            let changed = control.shared.book.change_token(&decode(name), change);
            changed.map(|()| json!({})).map_err(refused(StatusCode::NOT_FOUND))
        }
        (&Method::DELETE, ["tokens", name]) => {
            read::<Nothing>(body)?;
            let removed = control.shared.book.remove_token(&decode(name));
            removed.map(|()| json!({})).map_err(refused(StatusCode::NOT_FOUND))
        }
        (&Method::POST, ["faults"]) => {
            let added = control.shared.faults.add(read::<Rule>(body)?);
            added.map(|id| json!({ "id": id })).map_err(|error| Refused(StatusCode::BAD_REQUEST, error))
        }
        (&Method::DELETE, ["faults"]) => {
            read::<Nothing>(body)?;
            control.shared.faults.clear();
            control.shared.registry.read_at_full_speed();
            Ok(json!({}))
        }
        (&Method::POST, ["clock"]) => {
            control.shared.book.clock().advance(read::<MoveClock>(body)?.advance_s);
            Ok(clock(control))
        }
        (&Method::GET, ["clock"]) => Ok(clock(control)),
        (&Method::POST, ["sessions", "kill"]) => {
            read::<Nothing>(body)?;
            control.shared.registry.kill_sessions();
            Ok(json!({}))
        }
        (&Method::POST, ["endpoints", "stop"]) => {
            read::<Nothing>(body)?;
            control.endpoint.stop().await;
            Ok(json!({}))
        }
        (&Method::POST, ["endpoints", "start"]) => {
            read::<Nothing>(body)?;
            let started = control.endpoint.start().await;
            started.map_err(|error| Refused(StatusCode::CONFLICT, format!("listen again: {error}")))?;
            Ok(json!({ "url": &*control.url }))
        }
        _ => Err(Refused(StatusCode::NOT_FOUND, format!("no {method} {path} here"))),
    }
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refused> {
    request::read(body).map_err(|error| Refused(StatusCode::BAD_REQUEST, error))
}

fn refused(status: StatusCode) -> impl Fn(AccountError) -> Refused {
    move |error| Refused(status, error.to_string())
}

fn stats(control: &Control) -> Value {
    control.shared.stats_json()
}

fn clock(control: &Control) -> Value {
    let clock = control.shared.book.clock();
    json!({ "now_ms": clock.now_ms(), "offset_s": clock.offset_s() })
}

fn tokens(control: &Control) -> Value {
    let rows = control.shared.book.show_tokens(Caller { user: "root", token: None });
    let row = |row: &crate::accounts::TokenRow| {
        json!({ "name": row.name, "user": row.user, "enable": row.enable, "expire_time_ms": row.expire_time_ms,
            "provider": row.provider, "extra_info": row.extra_info })
    };
    json!({ "tokens": rows.iter().map(row).collect::<Vec<_>>() })
}

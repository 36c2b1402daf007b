//! REST: `POST /rest/sql[/db]` and `GET /rest/login/…`.

mod auth;
mod block;
mod parameters;
mod render;
mod reply;

use std::time::{Duration, Instant};

use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper::{Request, Response, StatusCode};
use serde_json::json;

pub(crate) use auth::Pool;
pub(crate) use parameters::{all as parameters, decode};

use crate::engine::{Outcome, SqlSession};
use crate::faults::{Fault, Subject};
use crate::http::{Body, json as json_response};
use crate::shared::Shared;
use parameters::Parameters;

/// Why a request was refused.
struct Refusal {
    status: StatusCode,
    code: u32,
    message: String,
}

impl Refusal {
    fn new(status: StatusCode, code: u32, message: impl Into<String>) -> Self {
        Refusal { status, code: code & 0xffff, message: message.into() }
    }

    /// An error of the engine: HTTP 200, unless the gateway is set to show it in the status.
    fn engine(shared: &Shared, code: u32, message: String) -> Self {
        let status = match code & 0xffff {
            _ if !shared.config.http_code_server_error => StatusCode::OK,
            0x0216 | 0x021B | 0x0224 | 0x060B | 0x2600 | 0x263B => StatusCode::BAD_REQUEST,
            0x0350..=0x0357 => StatusCode::UNAUTHORIZED,
            0x000B => StatusCode::BAD_GATEWAY,
            _ => StatusCode::INTERNAL_SERVER_ERROR,
        };
        Refusal::new(status, code, message)
    }

    fn response(self) -> Response<Body> {
        json_response(self.status, &json!({ "code": self.code, "desc": self.message }))
    }
}

/// `POST /rest/sql[/db]`.
pub(crate) async fn sql(shared: &Shared, request: Request<Incoming>, database: Option<&str>) -> Response<Body> {
    match run(shared, request, database).await {
        Ok(response) => response,
        Err(refusal) => refusal.response(),
    }
}

/// `GET /rest/login/{user}/{password}`: an encoding, not a protection.
pub(crate) fn login(user: &str, password: &str) -> Response<Body> {
    let text = auth::taosd_token(&decode(user), &decode(password));
    json_response(StatusCode::OK, &json!({ "code": 0, "desc": text }))
}

async fn run(shared: &Shared, request: Request<Incoming>, database: Option<&str>) -> Result<Response<Body>, Refusal> {
    let started = Instant::now();
    let (parts, body) = request.into_parts();
    let query = parameters(parts.uri.query());
    let credential = auth::credential(&parts.headers, query.iter().any(|(name, _)| name == "token"))?;
    let parameters = Parameters::read(&query)?;
    // A body that breaks off has no reader for an answer either.
    let body = body.collect().await.map(|body| body.to_bytes()).unwrap_or_default();
    if body.is_empty() {
        return Err(Refusal::new(StatusCode::BAD_REQUEST, 0x1106, "request no body"));
    }
    let sql = String::from_utf8_lossy(&body);
    let sql = sql.trim();
    if sql.is_empty() {
        return Err(Refusal::new(StatusCode::BAD_REQUEST, 0x1107, "no sql"));
    }
    let fault = shared.arrived(&Subject { action: "rest_sql", sql: Some(sql) });
    suffer(fault).await?;
    let login =
        auth::log_in(shared, &credential).map_err(|error| Refusal::engine(shared, error.code, error.message))?;
    let mut session = SqlSession::new(login.user);
    session.token = login.token;
    session.timezone = parameters.session_zone;
    session.database = database.filter(|name| shared.engine.database_exists(name)).map(str::to_owned);
    let outcome =
        shared.engine.execute(&mut session, sql).map_err(|error| Refusal::engine(shared, error.code, error.message))?;
    Ok(match outcome {
        Outcome::Update { affected } => reply::update(affected, &parameters, started),
        Outcome::Rows(rows) => reply::rows(rows, parameters, started),
    })
}

/// The faults that make sense for one HTTP exchange.
async fn suffer(fault: Option<Fault>) -> Result<(), Refusal> {
    match fault {
        Some(Fault::Error { code, message }) => Err(Refusal::new(StatusCode::OK, code, message)),
        Some(Fault::RateLimit { .. }) => {
            Err(Refusal::new(StatusCode::SERVICE_UNAVAILABLE, 0xffff, "rate limit reached"))
        }
        Some(Fault::NoAnswer {}) => std::future::pending().await,
        Some(Fault::Delay { ms }) => {
            tokio::time::sleep(Duration::from_millis(ms)).await;
            Ok(())
        }
        _ => Ok(()),
    }
}

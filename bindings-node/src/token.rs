//! Tokens of a server, made and taken back by SQL.

use std::future::Future;
use std::time::Duration;

use napi::Env;
use napi::bindgen_prelude::PromiseRaw;
use napi_derive::napi;
use tdsec::tokens::{self, NewToken, Tokens};
use tdsec::{ErrorCode, Issued, Result};

use crate::cancel::{Cancel, Watch};
use crate::connection::ConnectionHandle;
use crate::error::to_napi;
use crate::statement::invalid;

/// A token with its times.
#[napi]
#[derive(Debug)]
pub struct TokenHandle(Issued);

#[napi]
impl TokenHandle {
    /// The token itself.
    #[napi(catch_unwind)]
    pub fn reveal(&self) -> String {
        self.0.token.expose().to_owned()
    }

    /// Stands for it.
    #[napi(getter, catch_unwind)]
    pub fn fingerprint(&self) -> String {
        self.0.token.fingerprint()
    }

    /// When it was issued, in milliseconds since 1970.
    #[napi(getter, catch_unwind)]
    pub fn issued_at(&self) -> Option<f64> {
        self.0.issued_at.map(date)
    }

    /// When it ends, in milliseconds since 1970.
    #[napi(getter, catch_unwind)]
    pub fn expires_at(&self) -> Option<f64> {
        self.0.end().map(date)
    }
}

/// What `CREATE TOKEN` is told.
#[napi(object, object_to_js = false)]
#[derive(Debug)]
#[allow(missing_docs)]
pub struct TokenRequest {
    pub name: String,
    pub user: String,
    pub enabled: Option<bool>,
    pub ttl_days: Option<f64>,
    pub provider: Option<String>,
    pub extra_info: Option<String>,
}

impl TokenRequest {
    fn read(self) -> Result<NewToken> {
        let mut token = NewToken::new(self.name, self.user);
        if let Some(enabled) = self.enabled {
            token = token.enable(enabled);
        }
        if let Some(days) = self.ttl_days {
            token = token.ttl_days(whole_days("ttlDays", days)?);
        }
        if let Some(provider) = self.provider {
            token = token.provider(provider);
        }
        if let Some(extra_info) = self.extra_info {
            token = token.extra_info(extra_info);
        }
        Ok(token)
    }
}

/// A row of `SHOW TOKENS`; times in milliseconds since 1970 for a Date.
#[napi(object, object_from_js = false)]
#[derive(Debug)]
#[allow(missing_docs)]
pub struct TokenRow {
    pub name: String,
    pub user: String,
    pub provider: String,
    pub enabled: bool,
    pub created_at: Option<f64>,
    pub expires_at: Option<f64>,
    pub extra_info: String,
}

impl TokenRow {
    fn new(token: tokens::TokenInfo) -> Self {
        TokenRow {
            name: token.name,
            user: token.user,
            provider: token.provider,
            enabled: token.enabled,
            created_at: token.created_at.map(date),
            expires_at: token.expires_at.map(date),
            extra_info: token.extra_info,
        }
    }
}

#[napi]
impl ConnectionHandle {
    /// Makes a token.
    #[napi(catch_unwind, ts_return_type = "Promise<TokenHandle>")]
    pub fn create_token<'env>(
        &self,
        env: &'env Env,
        request: TokenRequest,
        cancel: Option<&Cancel>,
    ) -> napi::Result<PromiseRaw<'env, TokenHandle>> {
        self.on_tokens(env, cancel, move |tokens| async move { tokens.create(&request.read()?).await.map(TokenHandle) })
    }

    /// All tokens the user may see.
    #[napi(catch_unwind, ts_return_type = "Promise<TokenRow[]>")]
    pub fn list_tokens<'env>(
        &self,
        env: &'env Env,
        cancel: Option<&Cancel>,
    ) -> napi::Result<PromiseRaw<'env, Vec<TokenRow>>> {
        self.on_tokens(env, cancel, |tokens| async move {
            let listed = tokens.list().await?;
            Ok(listed.into_iter().map(TokenRow::new).collect())
        })
    }

    /// Allows or forbids the use of a token.
    #[napi(catch_unwind, ts_return_type = "Promise<void>")]
    pub fn set_token_enabled<'env>(
        &self,
        env: &'env Env,
        name: String,
        enabled: bool,
        cancel: Option<&Cancel>,
    ) -> napi::Result<PromiseRaw<'env, ()>> {
        self.on_tokens(env, cancel, move |tokens| async move { tokens.set_enabled(&name, enabled).await })
    }

    /// Sets how long a token lives from now on.
    #[napi(catch_unwind, ts_return_type = "Promise<void>")]
    pub fn set_token_ttl<'env>(
        &self,
        env: &'env Env,
        name: String,
        days: f64,
        cancel: Option<&Cancel>,
    ) -> napi::Result<PromiseRaw<'env, ()>> {
        self.on_tokens(env, cancel, move |tokens| async move { tokens.set_ttl(&name, whole_days("days", days)?).await })
    }

    /// Removes a token.
    #[napi(catch_unwind, ts_return_type = "Promise<void>")]
    pub fn drop_token<'env>(
        &self,
        env: &'env Env,
        name: String,
        cancel: Option<&Cancel>,
    ) -> napi::Result<PromiseRaw<'env, ()>> {
        self.on_tokens(env, cancel, move |tokens| async move { tokens.drop(&name).await })
    }
}

impl ConnectionHandle {
    fn on_tokens<'env, T, F>(
        &self,
        env: &'env Env,
        cancel: Option<&Cancel>,
        work: impl FnOnce(Tokens) -> F + Send + 'static,
    ) -> napi::Result<PromiseRaw<'env, T>>
    where
        T: napi::bindgen_prelude::ToNapiValue + Send + 'static,
        F: Future<Output = Result<T>> + Send + 'static,
    {
        let tokens = Tokens::new(self.core());
        let watch = Watch::of(cancel);
        env.spawn_future(async move { watch.run(ErrorCode::Cancelled, work(tokens)).await.map_err(to_napi) })
    }
}

/// As a Date takes it; what is beyond the last Date is that one.
fn date(time: Duration) -> f64 {
    const LAST: f64 = 8.64e15;
    (time.as_millis() as f64).min(LAST)
}

fn whole_days(argument: &str, days: f64) -> Result<u32> {
    match days.fract() == 0.0 && (0.0..=f64::from(u32::MAX)).contains(&days) {
        true => Ok(days as u32),
        false => Err(invalid(argument, &format!("{argument} is not a whole number of days from 0 on"))),
    }
}

//! `tdsec_config`: where and how to connect.

use std::ffi::c_char;
use std::sync::{Mutex, PoisonError};

use tdsec_core::{Config as CoreConfig, ConfigBuilder, Result, Secret};
use zeroize::Zeroizing;

use crate::callback::Totp;
use crate::error::Error;
use crate::guard::{self, Border, Handle};
use crate::pointer::{self, Kind};
use crate::text::TextOut;

/// Where and how to connect: an address and options, kept as they were given and checked together when they are used.
pub struct Config {
    border: Border,
    given: Mutex<Given>,
}

/// What was given, for the core to judge as a whole. A value may be a token, so all of them are secrets.
struct Given {
    address: Option<Secret>,
    options: Vec<(String, Value)>,
}

enum Value {
    Text(Secret),
    Bytes(Zeroizing<Vec<u8>>),
    Totp(Totp),
}

impl Value {
    fn add_to(&self, builder: ConfigBuilder, name: &str) -> Result<ConfigBuilder> {
        match self {
            Value::Text(text) => builder.set(name, text.expose()),
            Value::Bytes(bytes) => builder.set_bytes(name, &bytes[..]),
            Value::Totp(totp) => {
                let totp = totp.clone();
                builder.totp_callback(move || totp.code())
            }
        }
    }
}

impl Kind for Config {
    const NAME: &'static str = "config";
}

impl Handle for Config {
    fn border(&self) -> &Border {
        &self.border
    }
}

impl Config {
    /// Keeps the callback for one-time codes.
    pub(crate) fn add_totp(&self, totp: Totp) -> Result<()> {
        self.add("totp_code", Value::Totp(totp))
    }

    /// Keeps an option of which the core accepts the name; a refused one changes nothing.
    fn add(&self, name: &str, value: Value) -> Result<()> {
        value.add_to(CoreConfig::builder(), name)?;
        let mut given = self.given.lock().unwrap_or_else(PoisonError::into_inner);
        given.options.push((name.to_owned(), value));
        Ok(())
    }

    /// The checked configuration.
    pub(crate) fn build(&self) -> Result<CoreConfig> {
        let given = self.given.lock().unwrap_or_else(PoisonError::into_inner);
        let mut builder = CoreConfig::builder();
        if let Some(address) = &given.address {
            builder = builder.address(address.expose())?;
        }
        for (name, value) in &given.options {
            builder = value.add_to(builder, name)?;
        }
        builder.build()
    }
}

/// Makes a configuration from an address in the spelling of any connector, such as
/// `wss://host:6041/db?bearerToken=…`. NULL stands for no address: options then say where to connect.
///
/// The address is judged together with the options, by tdsec_config_check and when connecting.
///
/// Thread safety: may be called at any time from any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tdsec_config_new(
    address: *const c_char,
    config: *mut *mut Config,
    error: *mut *mut Error,
) -> i32 {
    guard::status(error, || {
        let out = pointer::out(config, "config")?;
        let address = match address.is_null() {
            true => None,
            false => Some(Secret::new(pointer::text(address, "address")?)),
        };
        let given = Mutex::new(Given { address, options: Vec::new() });
        out.set(pointer::give(Config { border: Border::default(), given }));
        Ok(())
    })
}

/// Adds an option under any of its names; docs/options.md lists them. An unknown name is refused at once, the value is
/// judged together with everything else. A refused option leaves the configuration as it was.
///
/// Thread safety: may be called from any thread at the same time as anything but tdsec_config_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tdsec_config_set(
    config: *const Config,
    name: *const c_char,
    value: *const c_char,
    error: *mut *mut Error,
) -> i32 {
    guard::status(error, || {
        let config = pointer::enter(config)?;
        let (name, value) = (pointer::text(name, "name")?, pointer::text(value, "value")?);
        config.add(name, Value::Text(Secret::new(value)))
    })
}

/// Adds an option whose value is a certificate, a key or a list as bytes: PEM, DER or PKCS#12. docs/options.md says
/// which options take bytes. The bytes are copied.
///
/// Thread safety: as tdsec_config_set.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tdsec_config_set_bytes(
    config: *const Config,
    name: *const c_char,
    bytes: *const u8,
    length: usize,
    error: *mut *mut Error,
) -> i32 {
    guard::status(error, || {
        let config = pointer::enter(config)?;
        let (name, bytes) = (pointer::text(name, "name")?, pointer::bytes(bytes, length, "bytes")?);
        config.add(name, Value::Bytes(Zeroizing::new(bytes.to_vec())))
    })
}

/// Checks address and options together, as connecting does. Opens nothing.
///
/// Thread safety: may be called from any thread at the same time as anything but tdsec_config_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tdsec_config_check(config: *const Config, error: *mut *mut Error) -> i32 {
    guard::status(error, || pointer::enter(config)?.build().map(drop))
}

/// Describes the checked configuration in one line, for a log, without its secrets.
///
/// Writes like snprintf: at most capacity bytes with the NUL, cut between characters, and the full length without the
/// NUL to *length. buffer may be NULL if capacity is 0; length may be NULL.
///
/// Thread safety: may be called from any thread at the same time as anything but tdsec_config_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tdsec_config_describe(
    config: *const Config,
    buffer: *mut c_char,
    capacity: usize,
    length: *mut usize,
    error: *mut *mut Error,
) -> i32 {
    guard::status(error, || {
        let config = pointer::enter(config)?.build()?;
        TextOut { buffer, capacity, length }.write(&format!("{config:?}"))
    })
}

/// Frees the configuration and wipes its secrets. Connections made from it are not touched. NULL is fine.
///
/// Thread safety: nobody may use the configuration during or after the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tdsec_config_free(config: *mut Config) {
    guard::free(config);
}

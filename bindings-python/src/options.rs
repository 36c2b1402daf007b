//! Keyword arguments to a configuration, and the core's registry of options for documentation and tests.

use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::types::{PyBool, PyByteArray, PyBytes, PyDict, PyFloat, PyInt, PyString};
use tdsec::config::{self, Effect, OptionInfo};
use tdsec::{Config, ConfigBuilder, ErrorCode, Secret};

use crate::callback::Function;
use crate::error::{exception, raise};
use crate::token::Token;

/// One option: name, type, default, whether it has an effect, whether it is secret, documentation, requirements.
type Row = (&'static str, &'static str, &'static str, bool, bool, &'static str, Vec<&'static str>);

/// Every option of the core's registry: `(name, type, default, applied, secret, doc, requirements)`.
#[pyfunction]
pub(crate) fn options() -> Vec<Row> {
    config::options()
        .iter()
        .map(|option| {
            let applied = option.effect == Effect::Applied;
            let requirements = option.requirements.to_vec();
            (option.name, option.kind.name(), option.default, applied, option.secret, option.doc, requirements)
        })
        .collect()
}

/// The configuration an address and keyword arguments describe. `None` means "not given".
/// With the function that is asked for one-time codes, if there is one.
pub(crate) fn read(
    py: Python<'_>,
    address: Option<&str>,
    options: &Bound<'_, PyDict>,
) -> PyResult<(Config, Option<Arc<Function>>)> {
    let mut builder = Config::builder();
    let mut one_time_code = None;
    if let Some(address) = address {
        builder = builder.address(address).map_err(|error| exception(py, &error))?;
    }
    for (name, value) in options {
        let name = name.cast::<PyString>()?.to_cow()?;
        builder = if value.is_none() {
            builder.set_missing(&name)
        } else if value.is_callable() && config::find_option(&name).is_some_and(|option| option.name == "totp_code") {
            let function = one_time_code.insert(Function::new(value.unbind()));
            let function = Arc::clone(function);
            builder.totp_callback(move || ask(&function)).map_err(|error| exception(py, &error))?
        } else {
            set(builder, &name, &value)?
        };
    }
    let config = builder.build().map_err(|error| exception(py, &error))?;
    Ok((config, one_time_code))
}

fn set(builder: ConfigBuilder, name: &str, value: &Bound<'_, PyAny>) -> PyResult<ConfigBuilder> {
    let py = value.py();
    let option = config::find_option(name);
    if let Some(bytes) = material_bytes(option, value)? {
        return builder.set_bytes(name, bytes).map_err(|error| exception(py, &error));
    }
    if let Some(token) = Token::given(option, value) {
        return builder.set(name, token.expose()).map_err(|error| exception(py, &error));
    }
    builder.set(name, &text(name, option, value)?).map_err(|error| exception(py, &error))
}

/// Asks the program. Of an exception only its type is told: its text may hold the code.
fn ask(function: &Function) -> tdsec::Result<Secret> {
    let unavailable = |text: String| tdsec::Error::new(ErrorCode::CredentialUnavailable, text).with_option("totp_code");
    let asked = Python::try_attach(|py| match function.held(py).map(|function| function.call0(py)) {
        None => Err(unavailable("the callback for the one-time code was collected with its pool".into())),
        Some(Ok(code)) => match code.extract::<String>(py) {
            Ok(code) => Ok(Secret::new(code)),
            Err(_) => Err(unavailable("the callback for the one-time code returned no str".into())),
        },
        Some(Err(raised)) => {
            let name = raised.get_type(py).name().map_or_else(|_| "an exception".into(), |name| name.to_string());
            Err(unavailable(format!("the callback for the one-time code raised {name}")))
        }
    });
    asked.unwrap_or_else(|| Err(unavailable("the interpreter is ending".into())))
}

/// A certificate, key or list given as bytes; bytes for any other option are text.
pub(crate) fn material_bytes(option: Option<&OptionInfo>, value: &Bound<'_, PyAny>) -> PyResult<Option<Vec<u8>>> {
    let is_bytes = value.is_instance_of::<PyBytes>() || value.is_instance_of::<PyByteArray>();
    if !is_bytes || !option.is_some_and(OptionInfo::takes_bytes) {
        return Ok(None);
    }
    value.extract().map(Some)
}

/// A value as the core's tables read it; `option` is the one of this name, if there is one.
pub(crate) fn text(name: &str, option: Option<&OptionInfo>, value: &Bound<'_, PyAny>) -> PyResult<String> {
    let py = value.py();
    if let Ok(text) = value.cast::<PyString>() {
        return Ok(text.to_cow()?.into_owned());
    }
    if let Ok(flag) = value.cast::<PyBool>() {
        return Ok(flag.is_true().to_string());
    }
    if value.is_instance_of::<PyInt>() || value.is_instance_of::<PyFloat>() {
        return Ok(value.str()?.to_cow()?.into_owned());
    }
    if let Ok(bytes) = value.extract::<Vec<u8>>()
        && value.is_instance_of::<PyBytes>()
    {
        return String::from_utf8(bytes).map_err(|_| unfit(py, name, option, "bytes that are not UTF-8"));
    }
    if value.hasattr("total_seconds")? {
        let seconds: f64 = value.call_method0("total_seconds")?.extract()?;
        return Ok(seconds.to_string());
    }
    if value.hasattr("__fspath__")? {
        return text(name, option, &value.call_method0("__fspath__")?);
    }
    if let Ok(items) = value.try_iter() {
        let items: Vec<String> = items.map(|item| text(name, option, &item?)).collect::<PyResult<_>>()?;
        return Ok(items.join(","));
    }
    Err(unfit(py, name, option, &format!("a value of type {}", value.get_type().name()?)))
}

fn unfit(py: Python<'_>, name: &str, option: Option<&OptionInfo>, what: &str) -> PyErr {
    let error = tdsec::Error::new(ErrorCode::OptionInvalid, format!("option {name} cannot take {what}"));
    match option {
        Some(option) => exception(py, &error.with_option(option.name)),
        None => raise(py, ErrorCode::OptionUnknown, format!("there is no option {name}")),
    }
}

//! Token sources made from texts, and chains of sources. Kinds and options are the core's table.

use std::sync::Arc;

use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};
use tdsec::TokenSource;
use tdsec::source::{self, Builder, SourceKind};

use crate::argument::Kind;
use crate::callback::Function;
use crate::error::exception;
use crate::options::{material_bytes, text};
use crate::token::Token;

/// One option: name, type, default, whether it is secret, documentation.
type OptionRow = (&'static str, &'static str, &'static str, bool, &'static str);

/// One kind: name, documentation, the option that needs no name, requirements, options.
type KindRow = (&'static str, &'static str, Option<&'static str>, Vec<&'static str>, Vec<OptionRow>);

/// Every kind of source: `(name, doc, main option, requirements, [(name, type, default, secret, doc)])`.
#[pyfunction]
pub(crate) fn source_kinds() -> Vec<KindRow> {
    source::kinds()
        .iter()
        .map(|kind| {
            let options = kind.options().map(|o| (o.name, o.kind.name(), o.default, o.secret, o.doc)).collect();
            (kind.name, kind.doc, kind.main_option(), kind.requirements.to_vec(), options)
        })
        .collect()
}

/// A source of tokens, for any number of pools. Its repr shows no secret.
#[pyclass(frozen, module = "tdsec._tdsec")]
pub(crate) struct Source {
    core: Arc<dyn TokenSource>,
    held: Held,
}

/// What of Python a source holds, for the garbage collector.
pub(crate) enum Held {
    Nothing,
    Function(Arc<Function>),
    Links(Vec<Py<Source>>),
}

impl Source {
    pub(crate) fn new(core: Arc<dyn TokenSource>, held: Held) -> Self {
        Source { core, held }
    }

    pub(crate) fn core(&self) -> Arc<dyn TokenSource> {
        Arc::clone(&self.core)
    }

    fn plain(core: Arc<dyn TokenSource>) -> Self {
        Source::new(core, Held::Nothing)
    }
}

#[pymethods]
impl Source {
    fn __repr__(&self) -> String {
        format!("<tdsec source {}>", self.core.name())
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        match &self.held {
            Held::Nothing => Ok(()),
            Held::Function(function) => function.visit(&visit),
            Held::Links(links) => links.iter().try_for_each(|link| visit.call(link)),
        }
    }

    /// Every circle through a source goes through a function.
    fn __clear__(&self) {
        if let Held::Function(function) = &self.held {
            function.forget();
        }
    }
}

/// A source of this kind with these options; None means "not given".
#[pyfunction]
pub(crate) fn source_of_kind(py: Python<'_>, kind: Kind, options: &Bound<'_, PyDict>) -> PyResult<Source> {
    let raised = |error: tdsec::Error| exception(py, &error);
    let known = source::kinds().iter().find(|known| known.name == kind.0);
    let mut builder = Builder::new(&kind.0).map_err(raised)?;
    for (name, value) in options {
        let name = name.cast::<PyString>()?.to_cow()?;
        builder = set(builder, known, &name, &value)?;
    }
    builder.build().map(Source::plain).map_err(raised)
}

fn set(builder: Builder, kind: Option<&SourceKind>, name: &str, value: &Bound<'_, PyAny>) -> PyResult<Builder> {
    let option = kind.and_then(|kind| kind.find(name));
    let outcome = match option {
        Some(_) if value.is_none() => return Ok(builder),
        // The core says what comes near.
        None => builder.set(name, ""),
        Some(_) => match (material_bytes(option, value)?, Token::given(option, value)) {
            (Some(bytes), _) => builder.set_bytes(name, bytes),
            (None, Some(token)) => builder.set(name, token.expose()),
            (None, None) => builder.set(name, &text(name, option, value)?),
        },
    };
    outcome.map_err(|error| exception(value.py(), &error))
}

/// The source that a text describes: `file:/run/secrets/token`.
#[pyfunction]
pub(crate) fn source_of_text(py: Python<'_>, text: &str) -> PyResult<Source> {
    source::parse(text).map(Source::plain).map_err(|error| exception(py, &error))
}

/// Sources that are asked one after the other.
#[pyfunction]
pub(crate) fn source_chain(py: Python<'_>, sources: Vec<Bound<'_, Source>>) -> PyResult<Source> {
    let cores = sources.iter().map(|source| source.get().core()).collect();
    let links = Held::Links(sources.into_iter().map(Bound::unbind).collect());
    source::chain(cores).map(|core| Source::new(core, links)).map_err(|error| exception(py, &error))
}

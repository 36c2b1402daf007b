//! `tdsec_source`: where the tokens of a pool come from.

use std::ffi::{c_char, c_void};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tdsec_core::source::{self, Builder};
use tdsec_core::{Error as CoreError, ErrorCode, Result, Secret, TokenSource};
use zeroize::Zeroizing;

use crate::error::Error;
use crate::guard::{self, Border, Handle};
use crate::issued::{FreeCallback, Giver, TokenCallback};
use crate::options::positive_milliseconds;
use crate::pointer::{self, Kind};

/// Where the tokens of a pool come from: an environment variable, a file, a service, the program itself. Several pools
/// may have one source; it is freed when the last of them and its handle are.
pub struct Source {
    border: Border,
    state: Mutex<State>,
}

enum State {
    /// Kept as it was given, to be judged as a whole by the core.
    Given { kind: String, options: Vec<(String, Value)> },
    /// As pools and chains have it.
    Made(Arc<dyn TokenSource>),
}

/// A value may be a password, so all of them are secrets.
enum Value {
    Text(Secret),
    Bytes(Zeroizing<Vec<u8>>),
}

impl Value {
    fn add_to(&self, builder: Builder, name: &str) -> Result<Builder> {
        match self {
            Value::Text(text) => builder.set(name, text.expose()),
            Value::Bytes(bytes) => builder.set_bytes(name, &bytes[..]),
        }
    }
}

impl Kind for Source {
    const NAME: &'static str = "source";
}

impl Handle for Source {
    fn border(&self) -> &Border {
        &self.border
    }
}

impl Source {
    fn new(state: State) -> Self {
        Source { border: Border::default(), state: Mutex::new(state) }
    }

    /// What the core has of it; made at first use.
    ///
    /// # Errors
    /// What is wrong with its options.
    pub(crate) fn core(&self) -> Result<Arc<dyn TokenSource>> {
        let mut state = self.state();
        let made = match &*state {
            State::Made(made) => return Ok(Arc::clone(made)),
            State::Given { kind, options } => builder(kind, options)?.build()?,
        };
        *state = State::Made(Arc::clone(&made));
        Ok(made)
    }

    /// Keeps an option of which the core accepts the name; a refused one changes nothing.
    fn add(&self, name: &str, value: Value) -> Result<()> {
        match &mut *self.state() {
            State::Given { kind, options } => {
                value.add_to(builder(kind, options)?, name)?;
                options.push((name.to_owned(), value));
                Ok(())
            }
            State::Made(_) => {
                let text = "the source is in use or was made as a whole: it takes no more options";
                Err(CoreError::new(ErrorCode::InvalidArgument, text))
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn builder(kind: &str, options: &[(String, Value)]) -> Result<Builder> {
    options.iter().try_fold(Builder::new(kind)?, |builder, (name, value)| value.add_to(builder, name))
}

/// Begins a source of a kind: static, env, file, nacos, vault, kubernetes and the others of docs/sources.md.
///
/// Thread safety: may be called at any time from any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tdsec_source_new(
    kind: *const c_char,
    source: *mut *mut Source,
    error: *mut *mut Error,
) -> i32 {
    guard::status(error, || {
        let out = pointer::out(source, "source")?;
        let kind = pointer::text(kind, "kind")?.to_owned();
        builder(&kind, &[])?;
        out.set(pointer::give(Source::new(State::Given { kind, options: Vec::new() })));
        Ok(())
    })
}

/// Adds an option of the kind; docs/sources.md lists them. An unknown name is refused at once, the values are judged
/// together when a pool or a chain takes the source, and from then on it takes no more options. A refused option leaves
/// the source as it was.
///
/// Thread safety: may be called from any thread at the same time as anything but tdsec_source_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tdsec_source_set(
    source: *const Source,
    name: *const c_char,
    value: *const c_char,
    error: *mut *mut Error,
) -> i32 {
    guard::status(error, || {
        let source = pointer::enter(source)?;
        let (name, value) = (pointer::text(name, "name")?, pointer::text(value, "value")?);
        source.add(name, Value::Text(Secret::new(value)))
    })
}

/// Adds an option whose value is a certificate, a key or a list as bytes: PEM, DER or PKCS#12. The bytes are copied.
///
/// Thread safety: as tdsec_source_set.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tdsec_source_set_bytes(
    source: *const Source,
    name: *const c_char,
    bytes: *const u8,
    length: usize,
    error: *mut *mut Error,
) -> i32 {
    guard::status(error, || {
        let source = pointer::enter(source)?;
        let (name, bytes) = (pointer::text(name, "name")?, pointer::bytes(bytes, length, "bytes")?);
        source.add(name, Value::Bytes(Zeroizing::new(bytes.to_vec())))
    })
}

/// Makes a source of one text, as configuration files have it: `file:/run/secrets/token`, or
/// `kind:option=value;option=value`. docs/sources.md has an example of each kind.
///
/// Thread safety: may be called at any time from any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tdsec_source_parse(
    text: *const c_char,
    source: *mut *mut Source,
    error: *mut *mut Error,
) -> i32 {
    guard::status(error, || {
        let out = pointer::out(source, "source")?;
        let made = source::parse(pointer::text(text, "text")?)?;
        out.set(pointer::give(Source::new(State::Made(made))));
        Ok(())
    })
}

/// Makes a source of a function of the program, which is asked whenever a token is due. timeout_ms is how long a call
/// may take, 0 for 30 seconds; a pool waits for a minute at most.
///
/// user_data is handed to the callback as it is. free_user_data, which may be NULL, gets it once, when nothing can call
/// the callback any more: the handle is freed, every pool with the source has ended, and a call that was under way has
/// returned. If this function fails, it is not called. A forked child that frees its handles calls it for its own copy.
///
/// Thread safety: may be called at any time from any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tdsec_source_new_callback(
    callback: TokenCallback,
    user_data: *mut c_void,
    free_user_data: FreeCallback,
    timeout_ms: i64,
    source: *mut *mut Source,
    error: *mut *mut Error,
) -> i32 {
    guard::status(error, || {
        let out = pointer::out(source, "source")?;
        let timeout = positive_milliseconds(timeout_ms, "timeout_ms")?.unwrap_or(source::CALLBACK_TIMEOUT);
        let giver = Giver::new(callback, free_user_data, user_data)?;
        let made = source::callback(timeout, move || giver.ask());
        out.set(pointer::give(Source::new(State::Made(made))));
        Ok(())
    })
}

/// Makes a source of several: they are asked in turn, and the first that gives a token counts. The sources may be freed
/// at once.
///
/// Thread safety: as tdsec_source_set, for each of the sources.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tdsec_source_chain(
    sources: *const *const Source,
    count: usize,
    chain: *mut *mut Source,
    error: *mut *mut Error,
) -> i32 {
    guard::status(error, || {
        let out = pointer::out(chain, "chain")?;
        let links = pointer::handles(sources, count, "sources")?;
        let links = links.iter().map(|link| pointer::enter(*link)?.core()).collect::<Result<Vec<_>>>()?;
        out.set(pointer::give(Source::new(State::Made(source::chain(links)?))));
        Ok(())
    })
}

/// Frees the source and wipes its secrets. Pools and chains made with it keep what they need. NULL is fine.
///
/// Thread safety: nobody may use the source during or after the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tdsec_source_free(source: *mut Source) {
    guard::free(source);
}

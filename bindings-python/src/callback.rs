//! Tokens from the program itself: functions, and coroutine functions.
//!
//! ```text
//!   function              a thread of the core asks; Python starts a thread for the call, which answers by Reply
//!   coroutine function    a worker of the core asks; the event loop makes a task of the call, which answers by Reply
//! ```
//!
//! The call runs in a thread that Python has started, never in one of the core: at the end of the interpreter Python ends its
//! own threads wherever they are, and a thread with frames of Rust on its stack would take the process with it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use tdsec::{Error, ErrorCode, Issued, source};
use tokio::sync::oneshot;

use crate::argument::Timeout;
use crate::completions::{Completions, Queue};
use crate::source::{Held, Source};
use crate::token::Token;
use crate::wait::patience;

type Answer = tdsec::Result<Issued>;

/// Seconds that a callback may take unless it says otherwise.
#[pyfunction]
pub(crate) fn callback_timeout() -> f64 {
    source::CALLBACK_TIMEOUT.as_secs_f64()
}

/// Where the answer of one call goes; the first one counts.
#[pyclass(frozen, module = "tdsec._tdsec")]
pub(crate) struct Reply(Mutex<Option<oneshot::Sender<Answer>>>);

#[pymethods]
impl Reply {
    /// The call gave a token.
    fn give(&self, token: &Token) {
        self.send(Ok(token.0.clone()));
    }

    /// The call failed, or gave what is no token.
    fn fail(&self, sentence: &str, is_invalid: bool) {
        let code = if is_invalid { ErrorCode::SourceInvalid } else { ErrorCode::SourceUnavailable };
        self.send(Err(Error::new(code, sentence)));
    }
}

impl Reply {
    fn pair() -> (Reply, oneshot::Receiver<Answer>) {
        let (sender, answer) = oneshot::channel();
        (Reply(Mutex::new(Some(sender))), answer)
    }

    fn send(&self, answer: Answer) {
        if let Some(sender) = self.0.lock().unwrap_or_else(PoisonError::into_inner).take() {
            // Nobody may listen any more.
            let _ = sender.send(answer);
        }
    }
}

/// What a source, or a login for its one-time code, calls. A function may well refer to its own pool, which is a circle through the core that Python's garbage
/// collector could not see. So the core reaches the function through this place only, and the one reference to it is shown
/// to the collector by the object of the source or of the configuration, which the pool's object holds.
pub(crate) struct Function(Mutex<Option<Py<PyAny>>>);

impl Function {
    pub(crate) fn new(start: Py<PyAny>) -> Arc<Self> {
        Arc::new(Function(Mutex::new(Some(start))))
    }

    /// For the collector. Somebody who has the place at this moment holds the function anyway.
    pub(crate) fn visit(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        match self.0.try_lock() {
            Ok(held) => visit.call(&*held),
            Err(_) => Ok(()),
        }
    }

    /// The collector has found that nobody can reach it.
    pub(crate) fn forget(&self) {
        let forgotten = self.lock().take();
        // Its end may run anything: not under the lock.
        drop(forgotten);
    }

    /// The function; none once its pool is collected.
    pub(crate) fn held(&self, py: Python<'_>) -> Option<Py<PyAny>> {
        self.lock().as_ref().map(|start| start.clone_ref(py))
    }

    fn call(&self, py: Python<'_>, reply: Reply) -> PyResult<Option<Py<PyAny>>> {
        self.held(py).map(|start| start.call1(py, (reply,))).transpose()
    }

    fn lock(&self) -> MutexGuard<'_, Option<Py<PyAny>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A source that calls `start(reply)`, which does not wait: it has the function called, and answered, in a thread of its own.
#[pyfunction]
#[pyo3(signature = (start, timeout=None))]
pub(crate) fn source_callback(py: Python<'_>, start: Py<PyAny>, timeout: Option<Timeout>) -> PyResult<Source> {
    let timeout = patience(py, timeout)?.unwrap_or(source::CALLBACK_TIMEOUT);
    let start = Function::new(start);
    let held = Held::Function(Arc::clone(&start));
    let call = move || {
        let (reply, answer) = Reply::pair();
        match Python::try_attach(|py| start.call(py, reply).map(drop).map_err(|error| described(py, &error))) {
            None => Err(unavailable("the interpreter is ending")),
            Some(Err(text)) => Err(unavailable(text)),
            Some(Ok(())) => answer.blocking_recv().unwrap_or_else(|_| Err(unanswered())),
        }
    };
    Ok(Source::new(source::callback(timeout, call), held))
}

/// A source whose `start(reply)` is called by an event loop and returns the task that will answer.
#[pyfunction]
#[pyo3(signature = (start, completions, timeout=None))]
pub(crate) fn source_callback_async(
    py: Python<'_>,
    start: Py<PyAny>,
    completions: &Completions,
    timeout: Option<Timeout>,
) -> PyResult<Source> {
    let timeout = patience(py, timeout)?.unwrap_or(source::CALLBACK_TIMEOUT);
    let (start, queue) = (Function::new(start), completions.queue());
    let held = Held::Function(Arc::clone(&start));
    let core = source::async_callback(timeout, move || ask(Arc::clone(&queue), Arc::clone(&start)));
    Ok(Source::new(core, held))
}

async fn ask(queue: Arc<Queue>, start: Arc<Function>) -> Answer {
    let (reply, answer) = Reply::pair();
    let call = Call { queue, task: Arc::default() };
    let task = Arc::clone(&call.task);
    let told = call.queue.push(move |py| {
        // Whoever asked may have given up meanwhile.
        if reply.0.lock().unwrap_or_else(PoisonError::into_inner).as_ref().is_some_and(|sender| !sender.is_closed()) {
            *task.lock().unwrap_or_else(PoisonError::into_inner) = start.call(py, reply)?;
        }
        Ok(())
    });
    if !told {
        return Err(unavailable("the event loop of the callback has ended"));
    }
    let answer = answer.await.unwrap_or_else(|_| Err(unanswered()));
    call.take();
    answer
}

/// A call that is under way on a loop; given up, its task is cancelled.
struct Call {
    queue: Arc<Queue>,
    task: Arc<Mutex<Option<Py<PyAny>>>>,
}

impl Call {
    fn take(&self) -> Option<Py<PyAny>> {
        self.task.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        if let Some(task) = self.take() {
            self.queue.push(move |py| task.call_method0(py, "cancel").map(drop));
        }
    }
}

/// Class and message; the core takes out what may be a token.
fn described(py: Python<'_>, error: &PyErr) -> String {
    let class = error.get_type(py).name().map_or_else(|_| "an exception".into(), |name| name.to_string());
    format!("the callback could not be started: {class}: {}", error.value(py))
}

fn unanswered() -> Error {
    unavailable("the callback ended without an answer")
}

fn unavailable(text: impl Into<String>) -> Error {
    Error::new(ErrorCode::SourceUnavailable, text)
}

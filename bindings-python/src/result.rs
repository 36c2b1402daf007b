//! The answer to a statement: rows as tuples, batches as column views, Arrow.
//!
//! A result is read in one way: rows one by one, or whole blocks (batches, Arrow). What comes first decides; the other
//! then raises `ResultConsumedError`, because rows already taken apart are in no block any more. A failed or
//! interrupted read loses nothing: the next call goes on where it ended, or fails again.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use pyo3::prelude::*;
use pyo3::sync::MutexExt;
use pyo3::types::{PyCapsule, PyList};
use tdsec::{Block, ErrorCode, ResultSet};

use crate::arrow::{self, Batches, BlockReader};
use crate::batch::Batch;
use crate::completions::{Completions, Task, object};
use crate::error::raise;
use crate::rows;
use crate::wait::Interrupt;

/// The core's result, lent to one reader at a time.
pub(crate) type Source = Arc<tokio::sync::Mutex<ResultSet>>;

/// Rows that are built in one go.
const SLICE: usize = 512;
/// Slices after which `all_rows` lets other threads run.
const SLICES_IN_A_ROW: usize = 8;

/// What a statement answered.
#[pyclass(frozen, module = "tdsec._tdsec")]
pub(crate) struct Result {
    source: Source,
    interrupt: Interrupt,
    columns: Arc<[tdsec::Field]>,
    precision: tdsec::Precision,
    is_update: bool,
    affected_rows: u64,
    reading: Mutex<Reading>,
}

#[derive(Default)]
struct Reading {
    way: Option<Way>,
    /// Blocks whose rows are not built yet; of the first one, `built` rows are.
    blocks: VecDeque<Block>,
    built: usize,
    /// Built rows, the next one last.
    ready: Vec<Py<PyAny>>,
}

#[derive(Clone, Copy, PartialEq)]
enum Way {
    Rows,
    Blocks,
}

impl Reading {
    /// Builds the next rows if none are ready; false if there is no block to build them from.
    fn build(&mut self, py: Python<'_>) -> PyResult<bool> {
        while self.ready.is_empty() {
            let Some(block) = self.blocks.front() else { return Ok(false) };
            let count = SLICE.min(block.rows() - self.built);
            self.ready = rows::tuples(py, block, self.built, count)?;
            self.ready.reverse();
            self.built += count;
            if self.built == block.rows() {
                self.blocks.pop_front();
                self.built = 0;
            }
        }
        Ok(true)
    }
}

impl Result {
    pub(crate) fn new(answer: ResultSet, interrupt: &Interrupt) -> Self {
        Result {
            columns: answer.shared_fields(),
            precision: answer.precision(),
            is_update: answer.is_update(),
            affected_rows: answer.affected_rows(),
            source: Arc::new(tokio::sync::Mutex::new(answer)),
            interrupt: interrupt.clone(),
            reading: Mutex::default(),
        }
    }

    fn reading(&self, py: Python<'_>) -> MutexGuard<'_, Reading> {
        self.reading.lock_py_attached(py).unwrap_or_else(PoisonError::into_inner)
    }

    fn read_as(&self, py: Python<'_>, way: Way) -> PyResult<MutexGuard<'_, Reading>> {
        let mut reading = self.reading(py);
        if *reading.way.get_or_insert(way) == way {
            return Ok(reading);
        }
        let text = "the result was read in another way before: rows one by one, or whole blocks";
        Err(raise(py, ErrorCode::ResultConsumed, text))
    }

    fn wait_for_block(&self, py: Python<'_>) -> PyResult<Option<Block>> {
        self.interrupt.wait(py, async { self.source.lock().await.next_block().await })
    }

    /// Makes the next rows ready, waiting if need be; false at the end.
    fn fill(&self, py: Python<'_>) -> PyResult<bool> {
        loop {
            if self.read_as(py, Way::Rows)?.build(py)? {
                return Ok(true);
            }
            match self.wait_for_block(py)? {
                Some(block) => self.reading(py).blocks.push_back(block),
                None => return Ok(false),
            }
        }
    }
}

#[pymethods]
impl Result {
    /// The columns.
    #[getter]
    fn columns(&self) -> Vec<Field> {
        self.columns.iter().cloned().map(Field).collect()
    }

    /// Unit of all timestamps: "ms", "us" or "ns".
    #[getter]
    fn precision(&self) -> &'static str {
        unit(self.precision)
    }

    /// True for a statement without rows.
    #[getter]
    fn is_update(&self) -> bool {
        self.is_update
    }

    /// Rows changed; 0 for a statement with rows.
    #[getter]
    fn affected_rows(&self) -> u64 {
        self.affected_rows
    }

    fn __iter__(this: PyRef<'_, Self>) -> PyRef<'_, Self> {
        this
    }

    fn __next__(&self, py: Python<'_>) -> PyResult<Option<Py<PyAny>>> {
        loop {
            if let Some(row) = self.read_as(py, Way::Rows)?.ready.pop() {
                return Ok(Some(row));
            }
            if !self.fill(py)? {
                return Ok(None);
            }
        }
    }

    /// At most `size` rows, fewer only at the end.
    fn some_rows<'py>(&self, py: Python<'py>, size: usize) -> PyResult<Bound<'py, PyList>> {
        let rows = PyList::empty(py);
        while rows.len() < size {
            match self.__next__(py)? {
                Some(row) => rows.append(row)?,
                None => break,
            }
        }
        Ok(rows)
    }

    /// All rows that are left.
    fn all_rows<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let rows = PyList::empty(py);
        for slices in 1usize.. {
            if !self.fill(py)? {
                break;
            }
            for row in std::mem::take(&mut self.reading(py).ready).into_iter().rev() {
                rows.append(row)?;
            }
            py.check_signals()?;
            if slices % SLICES_IN_A_ROW == 0 {
                py.detach(|| ());
            }
        }
        Ok(rows)
    }

    /// Rows that can be had without waiting; None if there are none.
    fn ready_rows(this: Bound<'_, Self>) -> PyResult<Option<Slice>> {
        let built = this.get().read_as(this.py(), Way::Rows)?.build(this.py())?;
        Ok(built.then(|| Slice(this.unbind())))
    }

    /// Gets the next block for `ready_rows`; `future` gets False at the end.
    fn fill_async(this: Bound<'_, Self>, completions: &Completions, future: Py<PyAny>) -> PyResult<Task> {
        let py = this.py();
        drop(this.get().read_as(py, Way::Rows)?);
        let source = Arc::clone(&this.get().source);
        let result = this.unbind();
        let work = async move { source.lock().await.next_block().await };
        completions.submit(py, future, work, move |py, block| {
            let more = block.is_some();
            result.get().reading(py).blocks.extend(block);
            object(py, more)
        })
    }

    /// The next block, waiting; None at the end.
    fn next_batch(&self, py: Python<'_>) -> PyResult<Option<Batch>> {
        drop(self.read_as(py, Way::Blocks)?);
        Ok(self.wait_for_block(py)?.map(Batch::new))
    }

    /// The next block; `future` gets it, or None at the end.
    fn next_batch_async(&self, py: Python<'_>, completions: &Completions, future: Py<PyAny>) -> PyResult<Task> {
        drop(self.read_as(py, Way::Blocks)?);
        let source = Arc::clone(&self.source);
        let work = async move { source.lock().await.next_block().await };
        completions.submit(py, future, work, |py, block| object(py, block.map(Batch::new)))
    }

    /// Reads and decodes everything that is left.
    fn collect(&self, py: Python<'_>) -> PyResult<Batches> {
        drop(self.read_as(py, Way::Blocks)?);
        let schema = arrow::schema(&self.columns, self.precision);
        self.interrupt.wait(py, arrow::collect(Arc::clone(&self.source), schema))
    }

    /// Reads and decodes everything that is left; `future` gets it.
    fn collect_async(&self, py: Python<'_>, completions: &Completions, future: Py<PyAny>) -> PyResult<Task> {
        drop(self.read_as(py, Way::Blocks)?);
        let schema = arrow::schema(&self.columns, self.precision);
        completions.submit(py, future, arrow::collect(Arc::clone(&self.source), schema), object)
    }

    /// Arrow's C stream over the blocks that are left, read as the consumer asks for them.
    #[pyo3(signature = (requested_schema=None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyCapsule>> {
        // A consumer that wants other types casts what it gets: the protocol allows to leave the request unanswered.
        let _ = requested_schema;
        drop(self.read_as(py, Way::Blocks)?);
        let schema = arrow::schema(&self.columns, self.precision);
        arrow::stream(py, Box::new(BlockReader::new(&self.source, schema, &self.interrupt)))
    }

    /// Frees what was not read. Idempotent; does not wait.
    fn close(&self, py: Python<'_>) {
        let mut reading = self.reading(py);
        reading.blocks.clear();
        reading.ready.clear();
        // Whoever reads at this moment, in another thread, gets the block that was asked for; then it ends.
        match self.source.try_lock() {
            Ok(mut source) => source.close(),
            Err(_) => {
                let source = Arc::clone(&self.source);
                if let Ok(runtime) = tdsec::blocking::runtime() {
                    runtime.spawn(async move { source.lock().await.close() });
                }
            }
        }
    }
}

/// Rows that are ready, taken from the result one by one: leaving the iteration early loses none.
#[pyclass(frozen, module = "tdsec._tdsec")]
pub(crate) struct Slice(Py<Result>);

#[pymethods]
impl Slice {
    fn __iter__(this: PyRef<'_, Self>) -> PyRef<'_, Self> {
        this
    }

    fn __next__(&self, py: Python<'_>) -> Option<Py<PyAny>> {
        self.0.get().reading(py).ready.pop()
    }
}

/// Description of one column.
#[pyclass(frozen, eq, hash, module = "tdsec._tdsec")]
#[derive(PartialEq, Eq, Hash, Clone)]
pub(crate) struct Field(pub(crate) tdsec::Field);

#[pymethods]
impl Field {
    /// Name of the column; names of one result may repeat.
    #[getter]
    fn name(&self) -> &str {
        self.0.name()
    }

    /// TDengine's name of the type, such as "TINYINT UNSIGNED".
    #[getter]
    fn r#type(&self) -> &'static str {
        self.0.data_type().name()
    }

    /// Declared length as the server reports it.
    #[getter]
    fn length(&self) -> u32 {
        self.0.length()
    }

    /// Digits of a decimal, else 0.
    #[getter]
    fn precision(&self) -> u8 {
        self.0.precision()
    }

    /// Digits of a decimal after the point, else 0.
    #[getter]
    fn scale(&self) -> u8 {
        self.0.scale()
    }

    fn __repr__(&self) -> String {
        format!("<tdsec.Field {:?} {}>", self.0.name(), self.0.data_type())
    }
}

/// "ms", "us" or "ns".
pub(crate) fn unit(precision: tdsec::Precision) -> &'static str {
    match precision {
        tdsec::Precision::Millisecond => "ms",
        tdsec::Precision::Microsecond => "us",
        tdsec::Precision::Nanosecond => "ns",
    }
}

//! The answer to a statement: rows as tuples, batches as column views, Arrow.
//!
//! A result is read in one way: rows one by one, or whole blocks (batches, Arrow). What comes first decides; the other
//! then raises `ResultConsumedError`, because rows already taken apart are in no block any more. A failed or
//! interrupted read loses nothing: the next call goes on where it ended, or fails again. Only `collect` has nowhere to
//! leave what it has decoded: if it is interrupted, the result cannot be read any further.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use pyo3::prelude::*;
use pyo3::sync::MutexExt;
use pyo3::types::{PyCapsule, PyList};
use tdsec::{Block, ErrorCode, ResultSet};

use crate::argument::Size;
use crate::arrow::{self, Batches, BlockReader, Collecting};
use crate::batch::Batch;
use crate::completions::{Completions, Task, object};
use crate::error::raise;
use crate::feed::Feed;
use crate::field::{Field, unit};
use crate::rows;
use crate::wait::Interrupt;

/// Rows that are built in one go.
const SLICE: usize = 512;
/// Slices after which `all_rows` lets other threads run.
const SLICES_IN_A_ROW: usize = 8;

/// What a statement answered.
#[pyclass(frozen, module = "tdsec._tdsec")]
pub(crate) struct Result {
    feed: Arc<Feed>,
    interrupt: Interrupt,
    columns: Arc<[tdsec::Field]>,
    precision: tdsec::Precision,
    is_update: bool,
    affected_rows: u64,
    reading: Mutex<Reading>,
    collecting: Collecting,
}

#[derive(Default)]
struct Reading {
    way: Option<Way>,
    /// The block whose rows are being built; `built` of them are.
    block: Option<Block>,
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
    fn build(&mut self, py: Python<'_>, feed: &Feed) -> PyResult<bool> {
        while self.ready.is_empty() {
            let Some(block) = self.block.take().or_else(|| feed.take()) else { return Ok(false) };
            let count = SLICE.min(block.rows() - self.built);
            match rows::tuples(py, &block, self.built, count) {
                Ok(rows) => self.ready = rows,
                Err(error) => {
                    self.block = Some(block);
                    return Err(error);
                }
            }
            self.ready.reverse();
            self.built += count;
            if self.built == block.rows() {
                self.built = 0;
            } else {
                self.block = Some(block);
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
            feed: Feed::new(answer),
            interrupt: interrupt.clone(),
            reading: Mutex::default(),
            collecting: Collecting::default(),
        }
    }

    fn reading(&self, py: Python<'_>) -> MutexGuard<'_, Reading> {
        self.reading.lock_py_attached(py).unwrap_or_else(PoisonError::into_inner)
    }

    fn read_as(&self, py: Python<'_>, way: Way) -> PyResult<MutexGuard<'_, Reading>> {
        let mut reading = self.reading(py);
        if self.collecting.is_unfinished() {
            let text = "a read of all rows is going on, or was interrupted and its rows are gone: run the query again";
            return Err(raise(py, ErrorCode::ResultConsumed, text));
        }
        if *reading.way.get_or_insert(way) == way {
            return Ok(reading);
        }
        let text = "the result was read in another way before: rows one by one, or whole blocks";
        Err(raise(py, ErrorCode::ResultConsumed, text))
    }

    /// Makes the next rows ready, waiting if need be; false at the end.
    fn fill(&self, py: Python<'_>) -> PyResult<bool> {
        loop {
            if self.read_as(py, Way::Rows)?.build(py, &self.feed)? {
                return Ok(true);
            }
            if !self.interrupt.wait(py, self.feed.fill())? {
                return Ok(false);
            }
        }
    }

    /// Starts to read a block into the queue; `future` gets False at the end.
    fn fill_async(&self, py: Python<'_>, completions: &Completions, future: Py<PyAny>) -> PyResult<Task> {
        let feed = Arc::clone(&self.feed);
        completions.submit(py, future, async move { feed.fill().await }, object)
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
    fn some_rows<'py>(&self, py: Python<'py>, size: Size) -> PyResult<Bound<'py, PyList>> {
        let rows = PyList::empty(py);
        while rows.len() < size.0 {
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
            let ready = std::mem::take(&mut self.reading(py).ready);
            for row in ready.into_iter().rev() {
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
        let result = this.get();
        let built = result.read_as(this.py(), Way::Rows)?.build(this.py(), &result.feed)?;
        Ok(built.then(|| Slice(this.unbind())))
    }

    /// A row that can be had without waiting; None if there is none.
    fn ready_row(&self, py: Python<'_>) -> PyResult<Option<Py<PyAny>>> {
        let mut reading = self.read_as(py, Way::Rows)?;
        reading.build(py, &self.feed)?;
        Ok(reading.ready.pop())
    }

    /// Gets the next block for `ready_rows`; `future` gets False at the end.
    fn fill_rows_async(&self, py: Python<'_>, completions: &Completions, future: Py<PyAny>) -> PyResult<Task> {
        drop(self.read_as(py, Way::Rows)?);
        self.fill_async(py, completions, future)
    }

    /// The next block, waiting; None at the end.
    fn next_batch(&self, py: Python<'_>) -> PyResult<Option<Batch>> {
        drop(self.read_as(py, Way::Blocks)?);
        let more = self.interrupt.wait(py, self.feed.fill())?;
        Ok(if more { self.feed.take().map(Batch::new) } else { None })
    }

    /// A block that can be had without waiting; None if there is none.
    fn ready_batch(&self, py: Python<'_>) -> PyResult<Option<Batch>> {
        drop(self.read_as(py, Way::Blocks)?);
        Ok(self.feed.take().map(Batch::new))
    }

    /// Gets the next block for `ready_batch`; `future` gets False at the end.
    fn fill_batch_async(&self, py: Python<'_>, completions: &Completions, future: Py<PyAny>) -> PyResult<Task> {
        drop(self.read_as(py, Way::Blocks)?);
        self.fill_async(py, completions, future)
    }

    /// Reads and decodes everything that is left.
    fn collect(&self, py: Python<'_>) -> PyResult<Batches> {
        drop(self.read_as(py, Way::Blocks)?);
        let schema = arrow::schema(&self.columns, self.precision);
        let batches =
            self.interrupt.wait(py, arrow::collect(Arc::clone(&self.feed), schema, self.collecting.clone()))?;
        self.collecting.delivered();
        Ok(batches)
    }

    /// Reads and decodes everything that is left; `future` gets it.
    fn collect_async(&self, py: Python<'_>, completions: &Completions, future: Py<PyAny>) -> PyResult<Task> {
        drop(self.read_as(py, Way::Blocks)?);
        let schema = arrow::schema(&self.columns, self.precision);
        let work = arrow::collect(Arc::clone(&self.feed), schema, self.collecting.clone());
        let collecting = self.collecting.clone();
        completions.submit(py, future, work, move |py, batches| {
            collecting.delivered();
            object(py, batches)
        })
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
        arrow::stream(py, Box::new(BlockReader::new(&self.feed, schema, &self.interrupt)))
    }

    /// Frees what was not read. Idempotent; does not wait.
    fn close(&self, py: Python<'_>) {
        let mut reading = self.reading(py);
        reading.block = None;
        reading.built = 0;
        let unread = std::mem::take(&mut reading.ready);
        drop(reading);
        drop(unread);
        self.feed.close();
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

//! Arrow: the C stream and C array interfaces as capsules (HOST-7).

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use arrow_array::ffi_stream::FFI_ArrowArrayStream;
use arrow_array::{RecordBatch, RecordBatchIterator, RecordBatchReader};
use arrow_schema::{ArrowError, SchemaRef};
use pyo3::prelude::*;
use pyo3::types::PyCapsule;
use tdsec::column::arrow::record_batch_with_schema;

use crate::feed::Feed;
use crate::wait::Interrupt;

pub(crate) use tdsec::column::arrow::schema;

/// A capsule around `reader`, as `__arrow_c_stream__` returns it.
pub(crate) fn stream<'py>(
    py: Python<'py>,
    reader: Box<dyn RecordBatchReader + Send>,
) -> PyResult<Bound<'py, PyCapsule>> {
    // Dropped with the capsule, unless a consumer has taken over its contents.
    PyCapsule::new_with_value(py, FFI_ArrowArrayStream::new(reader), c"arrow_array_stream")
}

/// Whether a read of all blocks is going on, or was given up half-way: the blocks it had are gone then.
#[derive(Clone, Default)]
pub(crate) struct Collecting(Arc<AtomicBool>);

impl Collecting {
    /// True from the first block until what was read is [`delivered`](Self::delivered).
    pub(crate) fn is_unfinished(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }

    pub(crate) fn delivered(&self) {
        self.0.store(false, Ordering::Release);
    }
}

/// Reads and decodes everything that is left of a result.
pub(crate) async fn collect(feed: Arc<Feed>, schema: SchemaRef, collecting: Collecting) -> tdsec::Result<Batches> {
    collecting.0.store(true, Ordering::Release);
    let batches = decoded(&feed, &schema).await;
    // Not reached if the future is dropped; an error comes again from the source.
    if batches.is_err() {
        collecting.delivered();
    }
    Ok(Batches { batches: batches?, schema })
}

async fn decoded(feed: &Feed, schema: &SchemaRef) -> tdsec::Result<Vec<RecordBatch>> {
    let mut batches = Vec::new();
    while let Some(block) = feed.next().await? {
        batches.push(record_batch_with_schema(&block, Arc::clone(schema))?);
    }
    Ok(batches)
}

/// Decoded blocks with an `__arrow_c_stream__`.
#[pyclass(frozen, module = "tdsec._tdsec")]
pub(crate) struct Batches {
    schema: SchemaRef,
    batches: Vec<RecordBatch>,
}

#[pymethods]
impl Batches {
    #[pyo3(signature = (requested_schema=None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyCapsule>> {
        let _ = requested_schema;
        let batches = self.batches.clone().into_iter().map(Ok);
        stream(py, Box::new(RecordBatchIterator::new(batches, Arc::clone(&self.schema))))
    }
}

/// The blocks of a result as the consumer asks for them; waits without the interpreter lock, whoever calls.
pub(crate) struct BlockReader {
    feed: Arc<Feed>,
    schema: SchemaRef,
    interrupt: Interrupt,
}

impl BlockReader {
    pub(crate) fn new(feed: &Arc<Feed>, schema: SchemaRef, interrupt: &Interrupt) -> Self {
        BlockReader { feed: Arc::clone(feed), schema, interrupt: interrupt.clone() }
    }
}

impl Iterator for BlockReader {
    type Item = Result<RecordBatch, ArrowError>;

    fn next(&mut self) -> Option<Self::Item> {
        let (feed, schema) = (Arc::clone(&self.feed), Arc::clone(&self.schema));
        let batch = async move {
            let block = feed.next().await?;
            block.map(|block| record_batch_with_schema(&block, schema)).transpose()
        };
        Python::attach(|py| self.interrupt.wait(py, batch))
            .map_err(|error| ArrowError::ExternalError(error.to_string().into()))
            .transpose()
    }
}

impl RecordBatchReader for BlockReader {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }
}

//! Arrow: the C stream and C array interfaces as capsules (HOST-7).

use std::sync::Arc;

use arrow_array::ffi_stream::FFI_ArrowArrayStream;
use arrow_array::{RecordBatch, RecordBatchIterator, RecordBatchReader};
use arrow_schema::{ArrowError, SchemaRef};
use pyo3::prelude::*;
use pyo3::types::PyCapsule;
use tdsec::column::arrow::record_batch_with_schema;

use crate::result::Source;
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

/// Reads and decodes everything that is left of a result.
pub(crate) async fn collect(source: Source, schema: SchemaRef) -> tdsec::Result<Batches> {
    let mut source = source.lock().await;
    let mut batches = Vec::new();
    let mut schema = schema;
    while let Some(block) = source.next_block().await? {
        if batches.is_empty() {
            schema = self::schema(block.fields(), block.precision());
        }
        batches.push(record_batch_with_schema(&block, Arc::clone(&schema))?);
    }
    Ok(Batches { schema, batches })
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
    source: Source,
    schema: SchemaRef,
    interrupt: Interrupt,
}

impl BlockReader {
    pub(crate) fn new(source: &Source, schema: SchemaRef, interrupt: &Interrupt) -> Self {
        BlockReader { source: Arc::clone(source), schema, interrupt: interrupt.clone() }
    }
}

impl Iterator for BlockReader {
    type Item = Result<RecordBatch, ArrowError>;

    fn next(&mut self) -> Option<Self::Item> {
        let (source, schema) = (Arc::clone(&self.source), Arc::clone(&self.schema));
        let batch = async move {
            let block = source.lock().await.next_block().await?;
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

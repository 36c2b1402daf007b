//! Results as Arrow C streams.

use arrow_array::ffi_stream::FFI_ArrowArrayStream;
use arrow_array::{RecordBatch, RecordBatchReader};
use arrow_schema::{ArrowError, SchemaRef};
use tdsec_core::column::arrow::{record_batch_with_schema, schema};
use tdsec_core::{Result, ResultSet, blocking};

use crate::cancel::{Signal, race};
use crate::error::Error;
use crate::guard;
use crate::pointer;
use crate::result::QueryResult;
use crate::slot::Slot;

/// Hands the rows over as an Arrow C stream: *stream is filled and then belongs to the caller, who calls its release.
/// The result is consumed: reading from it answers TDSEC_RESULT_CONSUMED; it still has to be freed, and may be at once.
///
/// get_next waits for the next block. An error in mid-stream makes it return a code of errno; get_last_error then gives
/// the text of the error, and tdsec_result_stream_error the error itself. Numbers are copied once, because nothing in a
/// block is aligned. A statement without rows gives a stream without columns and batches.
///
/// Thread safety: as tdsec_result_next_block. The stream may be used from one thread at a time, and not from a callback
/// of tdsec.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tdsec_result_arrow_stream(
    result: *const QueryResult,
    stream: *mut FFI_ArrowArrayStream,
    error: *mut *mut Error,
) -> i32 {
    guard::status(error, || {
        let out = pointer::out(stream, "stream")?;
        let (slot, cancel) = pointer::enter(result)?.reading();
        let rows = slot.consume()?;
        let schema = schema(rows.fields(), rows.precision());
        let batches = Batches { schema, rows: Some(rows), cancel, slot };
        out.set(FFI_ArrowArrayStream::new(Box::new(batches)));
        Ok(())
    })
}

/// The error that ended the Arrow stream of the result; TDSEC_OK, with *error NULL, if none did. Arrow itself passes on
/// its text alone. The answer stays after the stream's release, until tdsec_result_free.
///
/// Thread safety: may be called from any thread at the same time as anything but tdsec_result_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tdsec_result_stream_error(result: *const QueryResult, error: *mut *mut Error) -> i32 {
    guard::status(error, || pointer::enter(result)?.reading().0.stream_failure().map_or(Ok(()), Err))
}

/// The blocks of a result as record batches.
struct Batches {
    schema: SchemaRef,
    /// The result's place, which is told of an error.
    slot: Slot,
    /// `None` after the end, an error or a panic.
    rows: Option<ResultSet>,
    cancel: Option<Signal>,
}

impl Batches {
    fn read(&self, rows: &mut ResultSet) -> Result<Option<RecordBatch>> {
        let block = blocking::wait(race(self.cancel.as_ref(), false, rows.next_block()))?;
        block.map(|block| record_batch_with_schema(&block, self.schema.clone())).transpose()
    }
}

impl Iterator for Batches {
    type Item = Result<RecordBatch, ArrowError>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut rows = self.rows.take()?;
        match guard::catch(|| self.read(&mut rows)) {
            Ok(Some(batch)) => {
                self.rows = Some(rows);
                Some(Ok(batch))
            }
            Ok(None) => None,
            Err(error) => {
                self.slot.stream_failed(error.clone());
                Some(Err(ArrowError::ExternalError(Box::new(error))))
            }
        }
    }
}

impl RecordBatchReader for Batches {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }
}

//! Variable values of a column, put end to end as Arrow wants them.

use arrow_buffer::{Buffer, OffsetBuffer, ScalarBuffer};

use crate::column::fixed::Fixed;
use crate::column::layout::prefix_value;
use crate::column::{Column, text};
use crate::error::{Error, ErrorCode, Result};

/// Values up to this length are copied as a whole chunk, which is one load and one store.
const CHUNK: usize = 16;

/// Values end to end, and where each begins. NULLs are empty.
pub(super) struct Gathered {
    pub(super) offsets: OffsetBuffer<i32>,
    pub(super) values: Buffer,
}

impl Gathered {
    /// The bytes of all values as they are.
    pub(super) fn copy(column: &Column<'_>) -> Result<Gathered> {
        match column.data_type().prefix_width() {
            2 => gather::<2>(column, copy_value),
            _ => gather::<4>(column, copy_value),
        }
    }

    /// The text of all values of a NCHAR column.
    pub(super) fn decode(column: &Column<'_>) -> Result<Gathered> {
        gather::<2>(column, |rest, length, out| text::write_utf8(rest.get(..length)?, out))
    }
}

/// Writes the first `length` bytes of `rest` to `out`, and perhaps some that do not matter behind them.
#[inline]
fn copy_value(rest: &[u8], length: usize, out: &mut [u8]) -> Option<usize> {
    if length <= CHUNK
        && let (Some(from), Some(to)) = (rest.first_chunk::<CHUNK>(), out.first_chunk_mut::<CHUNK>())
    {
        *to = *from;
    } else {
        out.get_mut(..length)?.copy_from_slice(rest.get(..length)?);
    }
    Some(length)
}

/// Passes once over all rows. `write` puts a value to the beginning of its last argument, at most as many bytes as
/// the value has, and returns how many; `None` if the value is no text.
fn gather<const PREFIX: usize>(
    column: &Column<'_>,
    write: impl Fn(&[u8], usize, &mut [u8]) -> Option<usize>,
) -> Result<Gathered> {
    let (data, places) = (column.data().unwrap_or_default(), column.offsets().unwrap_or_default());
    let mut values = vec![0; data.len() + CHUNK];
    let mut offsets = Vec::with_capacity(column.rows() + 1);
    let mut end = 0;
    offsets.push(0);
    for (row, place) in i32::iter(places).enumerate() {
        if let Some((length, rest)) = value::<PREFIX>(data, place) {
            // Rows may share a value, so the values can exceed the data, even by far: measured before it is allocated.
            if values.len() - end < length + CHUNK {
                values.resize(total_length::<PREFIX>(column)? + CHUNK, 0);
            }
            end += write(rest, length, &mut values[end..]).ok_or_else(|| column.not_text(row))?;
        }
        offsets.push(end as i32);
    }
    values.truncate(end);
    // NCHAR of plain letters leaves three quarters unused.
    if values.capacity() > 2 * end {
        values.shrink_to_fit();
    }
    Ok(Gathered { offsets: OffsetBuffer::new(ScalarBuffer::from(offsets)), values: Buffer::from_vec(values) })
}

/// Length of the value at `place`, and all data from its first byte on; `None` for NULL.
#[inline]
fn value<const PREFIX: usize>(data: &[u8], place: i32) -> Option<(usize, &[u8])> {
    let rest = data.get(usize::try_from(place).ok()?..)?;
    let (prefix, rest) = rest.split_first_chunk::<PREFIX>()?;
    Some((prefix_value(prefix), rest))
}

/// Bytes of all values together, if Arrow's offsets reach that far.
#[cold]
fn total_length<const PREFIX: usize>(column: &Column<'_>) -> Result<usize> {
    let data = column.data().unwrap_or_default();
    let places = i32::iter(column.offsets().unwrap_or_default());
    let total: u64 = places.filter_map(|place| value::<PREFIX>(data, place)).map(|(length, _)| length as u64).sum();
    i32::try_from(total).map(|total| total as usize).map_err(|_| {
        let (index, name) = (column.index(), column.field().name());
        let sentence = format!("the {total} bytes of column {index} ({name:?}) exceed the 2 GiB of an Arrow array");
        Error::new(ErrorCode::ValueOutOfRange, sentence)
    })
}

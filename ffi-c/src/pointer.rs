//! Pointers from C, and to C. The only file with `unsafe` blocks.
//!
//! Every block relies on what `include/tdsec.h` asks of the caller:
//! 1. A handle is NULL, or came from this library, of whatever kind, and was not freed; nobody frees it during the call.
//! 2. A string is NULL, or ends with a NUL and does not change during the call.
//! 3. An out-parameter, a buffer or bytes to read are NULL, or memory of that size which nobody else touches during the call.
//! 4. An options structure, or one for an answer, is NULL, or begins with its own size and is that long.

use std::ffi::{CStr, c_char, c_void};
use std::mem::MaybeUninit;

use tdsec_core::{Error, ErrorCode, Result};

use crate::guard::{Entered, Handle};

/// What a handle of C leads to.
pub(crate) trait Kind {
    /// What it is called in an error text; another one for each kind.
    const NAME: &'static str;
}

/// A handle's memory begins with the mark of its kind, so that one of another kind is refused instead of read as what
/// it is not.
#[repr(C)]
struct Marked<H> {
    mark: u64,
    handle: H,
}

/// The handle behind `pointer`, entered.
///
/// # Errors
/// `INVALID_ARGUMENT` for NULL and for a handle of another kind; `INTERNAL` if a panic happened in the handle before.
pub(crate) fn enter<'a, H: Handle>(pointer: *const H) -> Result<Entered<'a, H>> {
    match peek(pointer) {
        Some(handle) => Entered::new(handle),
        None if pointer.is_null() => Err(null(H::NAME)),
        None => {
            let text = format!("the pointer given as {} leads to something else", H::NAME);
            Err(Error::new(ErrorCode::InvalidArgument, text))
        }
    }
}

/// What `pointer` leads to, for reading what never changes; `None` for NULL and for a handle of another kind.
pub(crate) fn peek<'a, H: Kind>(pointer: *const H) -> Option<&'a H> {
    let (pointer, _) = marked::<H>(pointer)?;
    // SAFETY: rule 1, and its mark says that it is of this kind.
    Some(unsafe { &(*pointer).handle })
}

/// Hands a new handle to the caller.
pub(crate) fn give<H: Kind>(handle: H) -> *mut H {
    Box::into_raw(Box::new(Marked { mark: mark(H::NAME), handle })).cast()
}

/// Changes the mark of a handle that is lent: it is read like any other, and freeing it does nothing.
const LENT: u64 = 1 << 63;

/// A handle that belongs to another one: the caller may read it as long as that one lives, and never frees it.
pub(crate) struct Lent<H>(Marked<H>);

impl<H: Kind> Lent<H> {
    pub(crate) fn new(handle: H) -> Self {
        Lent(Marked { mark: mark(H::NAME) ^ LENT, handle })
    }

    pub(crate) fn pointer(&self) -> *const H {
        std::ptr::from_ref(&self.0).cast()
    }

    /// Its end: nobody may read it any more.
    pub(crate) fn into_handle(self) -> H {
        self.0.handle
    }
}

/// Takes a handle back from the caller, to be freed; `None` as [`peek`], and for one that is lent.
pub(crate) fn take<H: Kind>(pointer: *mut H) -> Option<H> {
    let (pointer, is_lent) = marked::<H>(pointer)?;
    if is_lent {
        return None;
    }
    // SAFETY: rule 1, and its mark says that `give` made it from a box of this type.
    Some(unsafe { Box::from_raw(pointer.cast_mut()) }.handle)
}

/// The memory of a handle and whether it is lent, if it is one of this kind.
fn marked<H: Kind>(pointer: *const H) -> Option<(*const Marked<H>, bool)> {
    let pointer = pointer.cast::<Marked<H>>();
    if pointer.is_null() || !pointer.is_aligned() {
        return None;
    }
    // SAFETY: rule 1: a handle of whatever kind begins with a mark.
    let mark_there = unsafe { pointer.cast::<u64>().read() };
    match mark_there ^ mark(H::NAME) {
        0 => Some((pointer, false)),
        LENT => Some((pointer, true)),
        _ => None,
    }
}

/// The mark of a kind (FNV-1a).
const fn mark(name: &str) -> u64 {
    let (bytes, mut hash, mut at) = (name.as_bytes(), 0xcbf2_9ce4_8422_2325_u64, 0);
    while at < bytes.len() {
        hash = (hash ^ bytes[at] as u64).wrapping_mul(0x100_0000_01b3);
        at += 1;
    }
    hash
}

/// The text of the argument `name`.
///
/// # Errors
/// `INVALID_ARGUMENT` for NULL and for what is not UTF-8.
pub(crate) fn text<'a>(pointer: *const c_char, name: &str) -> Result<&'a str> {
    if pointer.is_null() {
        return Err(null(name));
    }
    // SAFETY: rule 2.
    let text = unsafe { CStr::from_ptr(pointer) };
    text.to_str().map_err(|_| Error::new(ErrorCode::InvalidArgument, format!("{name} is not valid UTF-8")))
}

/// The bytes of the argument `name`.
///
/// # Errors
/// `INVALID_ARGUMENT` if NULL has a length, or for one that no memory has.
pub(crate) fn bytes<'a>(pointer: *const u8, length: usize, name: &str) -> Result<&'a [u8]> {
    slice(pointer, length, name)
}

/// The handles of the argument `name`, none of them looked at yet.
///
/// # Errors
/// As [`bytes`].
pub(crate) fn handles<'a, H: Kind>(pointer: *const *const H, count: usize, name: &str) -> Result<&'a [*const H]> {
    slice(pointer, count, name)
}

/// `T` has no bytes that are not a value: an integer or a pointer.
fn slice<'a, T>(pointer: *const T, length: usize, name: &str) -> Result<&'a [T]> {
    if length == 0 {
        return Ok(&[]);
    }
    if pointer.is_null() {
        return Err(null(name));
    }
    let bytes = length.checked_mul(size_of::<T>()).and_then(|bytes| isize::try_from(bytes).ok());
    if bytes.is_none() {
        return Err(Error::new(ErrorCode::InvalidArgument, format!("the length of {name} is out of range")));
    }
    if !pointer.is_aligned() {
        return Err(Error::new(ErrorCode::InvalidArgument, format!("{name} is not where such an array can be")));
    }
    // SAFETY: rule 3, read only; aligned, and the length is one that a slice may have.
    Ok(unsafe { std::slice::from_raw_parts(pointer, length) })
}

/// A place for an answer; written once, never read.
pub(crate) struct Out<'a, T>(&'a mut MaybeUninit<T>);

impl<T> Out<'_, T> {
    /// Writes the answer.
    pub(crate) fn set(self, value: T) {
        self.0.write(value);
    }
}

/// The out-parameter `name`.
///
/// # Errors
/// `INVALID_ARGUMENT` for NULL.
pub(crate) fn out<'a, T>(pointer: *mut T, name: &str) -> Result<Out<'a, T>> {
    optional_out(pointer).ok_or_else(|| null(name))
}

/// The out-parameter, if the caller wants one.
pub(crate) fn optional_out<'a, T>(pointer: *mut T) -> Option<Out<'a, T>> {
    // SAFETY: rule 3; `MaybeUninit` has the layout of `T` and may be uninitialised.
    unsafe { pointer.cast::<MaybeUninit<T>>().as_mut() }.map(Out)
}

/// A buffer of `capacity` bytes for text.
///
/// # Errors
/// `INVALID_ARGUMENT` if NULL has a capacity, or for one that no memory has.
pub(crate) fn buffer<'a>(pointer: *mut c_char, capacity: usize) -> Result<&'a mut [MaybeUninit<u8>]> {
    if capacity == 0 {
        return Ok(&mut []);
    }
    if pointer.is_null() {
        return Err(null("buffer"));
    }
    if isize::try_from(capacity).is_err() {
        return Err(Error::new(ErrorCode::InvalidArgument, "the capacity of the buffer is out of range"));
    }
    // SAFETY: rule 3; the capacity is one that a slice may have.
    Ok(unsafe { std::slice::from_raw_parts_mut(pointer.cast(), capacity) })
}

/// An options structure: zero bytes stand for defaults, and it begins with `size_t struct_size`.
///
/// # Safety
/// Any bytes are a valid value, and the first field is the size.
pub(crate) unsafe trait Options: Copy {}

// SAFETY: integers and pointers, the size first.
unsafe impl Options for crate::options::ConnectOptions {}
// SAFETY: integers and pointers, the size first.
unsafe impl Options for crate::options::QueryOptions {}
// SAFETY: integers and pointers, the size first.
unsafe impl Options for crate::options::AcquireOptions {}
// SAFETY: integers, the size first.
unsafe impl Options for crate::pool::PoolCounts {}
// SAFETY: integers and pointers, the size first.
unsafe impl Options for crate::token::TokenOptions {}

/// A copy of the options; defaults for NULL. Callers with an older, shorter structure get defaults for the rest.
///
/// # Errors
/// `INVALID_ARGUMENT` for a size that is too small to be one, and for a newer structure that sets what is unknown here.
pub(crate) fn options<T: Options>(pointer: *const T) -> Result<T> {
    let mut copy = MaybeUninit::<T>::zeroed();
    if !pointer.is_null() {
        let size = struct_size(pointer)?;
        // SAFETY: rule 4; `u8` has no alignment and every bit pattern.
        let given = unsafe { std::slice::from_raw_parts(pointer.cast::<u8>(), size) };
        let (known, unknown) = given.split_at(size.min(size_of::<T>()));
        if unknown.iter().any(|byte| *byte != 0) {
            let text = "the options set something that this version of tdsec does not know";
            return Err(Error::new(ErrorCode::InvalidArgument, text));
        }
        // SAFETY: both are at least `known.len()` bytes long and do not overlap.
        unsafe { copy.as_mut_ptr().cast::<u8>().copy_from_nonoverlapping(known.as_ptr(), known.len()) };
    }
    // SAFETY: zeroed and then written to, and every bit pattern is valid by the trait's promise.
    Ok(unsafe { copy.assume_init() })
}

/// Writes an answer into a structure of the caller, which begins with its own size: of an older, shorter one as much as
/// it has; in a newer, longer one what is unknown here becomes 0.
///
/// # Errors
/// `INVALID_ARGUMENT` for NULL, and for a size that is too small to be one.
pub(crate) fn fill<T: Options>(pointer: *mut T, answer: &T, name: &str) -> Result<()> {
    if pointer.is_null() {
        return Err(null(name));
    }
    let after_size = size_of::<usize>();
    let size = struct_size(pointer)?;
    let written = size.min(size_of::<T>());
    // SAFETY: rule 4; both are at least `written` bytes long and do not overlap, `written` is no less than the size's
    // own place, and `size - written` bytes follow in the caller's structure.
    unsafe {
        let (from, to) = (std::ptr::from_ref(answer).cast::<u8>(), pointer.cast::<u8>());
        to.add(after_size).copy_from_nonoverlapping(from.add(after_size), written - after_size);
        to.add(written).write_bytes(0, size - written);
    }
    Ok(())
}

/// The size that a structure says it has.
fn struct_size<T: Options>(pointer: *const T) -> Result<usize> {
    // SAFETY: rule 4; the size is the first field.
    let size = unsafe { pointer.cast::<usize>().read() };
    if (size_of::<usize>()..=MOST_OPTIONS).contains(&size) {
        return Ok(size);
    }
    Err(Error::new(ErrorCode::InvalidArgument, "struct_size is not the size of the structure"))
}

const MOST_OPTIONS: usize = 4096;

/// The caller's own pointer, handed back to the caller's function.
#[derive(Clone)]
pub(crate) struct UserData(pub(crate) *mut c_void);

// SAFETY: never looked at here; the header tells the caller that callbacks come from another thread.
unsafe impl Send for UserData {}
// SAFETY: as above; the header says so where calls may come from several threads at once.
unsafe impl Sync for UserData {}

fn null(name: &str) -> Error {
    Error::new(ErrorCode::InvalidArgument, format!("{name} is NULL"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::options::QueryOptions;
    use crate::pool::PoolCounts;

    struct One(u8);
    impl Kind for One {
        const NAME: &'static str = "one";
    }
    struct Other;
    impl Kind for Other {
        const NAME: &'static str = "other";
    }

    #[test]
    fn a_handle_of_another_kind_is_neither_read_nor_freed() {
        let one = give(One(7));
        assert!(peek(one.cast::<Other>()).is_none());
        assert!(take(one.cast::<Other>()).is_none());
        assert!(peek(one.wrapping_byte_add(1)).is_none());
        assert_eq!(peek(one).unwrap().0, 7);
        assert_eq!(take(one).unwrap().0, 7);
    }

    #[test]
    fn a_lent_handle_is_read_and_never_freed() {
        let lent = Lent::new(One(7));
        assert!(take(lent.pointer().cast_mut()).is_none());
        assert_eq!(peek(lent.pointer()).unwrap().0, 7);
        assert!(peek(lent.pointer().cast::<Other>()).is_none());
        assert_eq!(lent.into_handle().0, 7);
    }

    #[test]
    fn null_and_text_that_is_not_utf8_are_refused_by_name() {
        let error = text(std::ptr::null(), "sql").err().unwrap();
        assert_eq!((error.code(), error.message()), (ErrorCode::InvalidArgument, "sql is NULL"));
        let error = text(c"\xff".as_ptr(), "sql").err().unwrap();
        assert_eq!((error.code(), error.message()), (ErrorCode::InvalidArgument, "sql is not valid UTF-8"));
        assert_eq!(text(c"é".as_ptr(), "sql").unwrap(), "é");
    }

    #[test]
    fn null_options_are_defaults_and_a_wrong_size_is_refused() {
        assert_eq!(options::<QueryOptions>(std::ptr::null()).unwrap().timeout_ms, 0);
        for struct_size in [0, 7, 4097, usize::MAX] {
            let given = QueryOptions { struct_size, timeout_ms: 0, req_id: 0, cancel: std::ptr::null(), idempotent: 0 };
            assert_eq!(options(&given).err().unwrap().code(), ErrorCode::InvalidArgument, "{struct_size}");
        }
    }

    #[test]
    fn options_of_an_older_header_are_completed_by_defaults() {
        let given = QueryOptions { struct_size: 16, timeout_ms: 5, req_id: 9, cancel: std::ptr::null(), idempotent: 0 };
        let read = options(&given).unwrap();
        assert_eq!((read.timeout_ms, read.req_id), (5, 0));
    }

    #[test]
    fn options_of_a_newer_header_are_taken_if_what_is_new_is_unset() {
        #[repr(C)]
        struct Newer {
            known: QueryOptions,
            new: u64,
        }
        let struct_size = size_of::<Newer>();
        let known = QueryOptions { struct_size, timeout_ms: 5, req_id: 9, cancel: std::ptr::null(), idempotent: 0 };
        let mut newer = Newer { known, new: 0 };
        // The whole structure, not its first field alone, is what the pointer may be read for.
        let read = options(std::ptr::from_ref(&newer).cast::<QueryOptions>()).unwrap();
        assert_eq!((read.timeout_ms, read.req_id), (5, 9));
        newer.new = 1;
        let refused = options(std::ptr::from_ref(&newer).cast::<QueryOptions>());
        assert_eq!(refused.err().unwrap().code(), ErrorCode::InvalidArgument);
    }

    #[test]
    fn an_answer_is_cut_to_an_older_structure_and_zeroes_what_a_newer_one_has_more() {
        let counts = |struct_size, number| PoolCounts {
            struct_size,
            idle: number,
            in_use: number,
            opening: number,
            stale: number,
            waiting: number,
            max_size: number,
            generation: number as u64,
        };
        let whole = size_of::<PoolCounts>();
        let mut older = counts(2 * size_of::<usize>(), 7);
        fill(&mut older, &counts(whole, 1), "counts").unwrap();
        assert_eq!((older.struct_size, older.idle, older.in_use), (2 * size_of::<usize>(), 1, 7));
        let mut newer = [counts(2 * whole, 7), counts(7, 7)];
        fill(newer.as_mut_ptr(), &counts(whole, 1), "counts").unwrap();
        assert_eq!((newer[0].struct_size, newer[0].idle, newer[0].generation), (2 * whole, 1, 1));
        assert_eq!((newer[1].struct_size, newer[1].generation), (0, 0));
        assert!(fill(std::ptr::null_mut(), &counts(whole, 1), "counts").is_err());
        assert!(fill(&mut counts(7, 0), &counts(whole, 1), "counts").is_err());
    }

    #[test]
    fn handles_are_read_from_where_there_are_some() {
        let one = give(One(7));
        let list = [one.cast_const(), std::ptr::null()];
        assert_eq!(handles(list.as_ptr(), 2, "ones").unwrap().len(), 2);
        assert!(handles::<One>(std::ptr::null(), 0, "ones").unwrap().is_empty());
        assert_eq!(handles::<One>(std::ptr::null(), 1, "ones").unwrap_err().message(), "ones is NULL");
        assert!(handles(list.as_ptr(), usize::MAX / 4, "ones").is_err());
        assert!(take(one).is_some());
    }

    #[test]
    fn a_buffer_may_be_missing_only_if_it_is_empty() {
        assert!(buffer(std::ptr::null_mut(), 0).unwrap().is_empty());
        assert!(buffer(std::ptr::null_mut(), 1).is_err());
    }
}

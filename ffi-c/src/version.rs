//! Which library this is.

use std::ffi::{CStr, c_char};

/// Number of the ABI, as in the soname.
const ABI_VERSION: u32 = 0;

/// The version of the release, such as `0.1.0`, as a constant string.
///
/// Thread safety: may be called at any time from any thread.
#[unsafe(no_mangle)]
pub extern "C" fn tdsec_version() -> *const c_char {
    const VERSION: &CStr = match CStr::from_bytes_with_nul(concat!(env!("CARGO_PKG_VERSION"), "\0").as_bytes()) {
        Ok(version) => version,
        Err(_) => panic!("the version holds a NUL"),
    };
    VERSION.as_ptr()
}

/// The number of the ABI this library has. It equals TDSEC_ABI_VERSION of the header a program was compiled with,
/// or the program must not use the library.
///
/// Thread safety: may be called at any time from any thread.
#[unsafe(no_mangle)]
pub extern "C" fn tdsec_abi_version() -> u32 {
    ABI_VERSION
}

//! `tdsec_metrics`: what is counted, for Prometheus (OPS-1).

use std::ffi::c_char;

use tdsec_core::blocking;
use tdsec_core::observe::{self, Exposure, Server};

use crate::error::Error;
use crate::guard;
use crate::pointer::{self, Kind};
use crate::text::TextOut;

/// Serves the metrics until it is freed.
pub struct MetricsServer(Server);

impl Kind for MetricsServer {
    const NAME: &'static str = "metrics server";
}

/// All metrics of the process in Prometheus' text format 0.0.4, written to `buffer` as snprintf does: as much as fits
/// `capacity` and a NUL; the length of the whole text goes to `length`, which may be NULL. The text may be longer the next
/// time: give some room more.
///
/// Thread safety: may be called at any time from any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tdsec_metrics(
    buffer: *mut c_char,
    capacity: usize,
    length: *mut usize,
    error: *mut *mut Error,
) -> i32 {
    guard::status(error, || TextOut { buffer, capacity, length }.write(&observe::prometheus()))
}

/// Serves the metrics at http://ADDRESS/metrics. `address` is IP:port, such as `127.0.0.1:9464`, with port 0 for a free one.
/// One that is not loopback is refused by TDSEC_INVALID_ARGUMENT unless `danger_any_address` is true: there is neither
/// encryption nor a password. TDSEC_LISTEN_FAILED if the port is taken.
///
/// Thread safety: may be called at any time from any thread, not in a callback of tdsec.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tdsec_metrics_serve(
    address: *const c_char,
    danger_any_address: bool,
    server: *mut *mut MetricsServer,
    error: *mut *mut Error,
) -> i32 {
    guard::status(error, || {
        let address = pointer::text(address, "address")?;
        let out = pointer::out(server, "server")?;
        let exposure = if danger_any_address { Exposure::DangerAnyAddress } else { Exposure::Loopback };
        out.set(pointer::give(MetricsServer(blocking::wait(observe::serve(address, exposure))?)));
        Ok(())
    })
}

/// The port on which it listens; 0 for NULL.
///
/// Thread safety: may be called from any thread at the same time as anything but tdsec_metrics_server_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tdsec_metrics_server_port(server: *const MetricsServer) -> u16 {
    guard::read(0, || Some(pointer::peek(server)?.0.address().port()))
}

/// Stops serving and frees it. NULL is fine.
///
/// Thread safety: nobody may use the handle during or after the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tdsec_metrics_server_free(server: *mut MetricsServer) {
    guard::free(server);
}

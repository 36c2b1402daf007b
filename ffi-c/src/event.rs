//! `tdsec_event`, `tdsec_events`: what the library tells its operator (OPS-1); and a function for log lines.

use std::ffi::{CString, c_char, c_void};
use std::ptr;
use std::sync::LazyLock;
use std::time::Duration;

use tdsec_core::event::Field;
use tdsec_core::observe::{self, Filter, Outlet, Record, Subscription};
use tdsec_core::{Error as CoreError, ErrorCode, Result, Severity, blocking};

use crate::error::Error;
use crate::guard::{self, Border, Handle};
use crate::pointer::{self, Kind, Lent, UserData};
use crate::text::c_string;

/// One thing that happened. Its strings are UTF-8 and live as long as the event. No event holds a secret.
pub struct Event {
    record: Record,
    name: CString,
    text: CString,
    fields: Vec<(CString, CString)>,
}

impl Kind for Event {
    const NAME: &'static str = "event";
}

impl Event {
    fn new(record: &Record) -> Self {
        let field = |(name, value): &(&str, Field)| (c_string(name), c_string(&value.to_string()));
        Event {
            name: c_string(record.name().name()),
            text: c_string(&record.to_string()),
            fields: record.fields().iter().map(field).collect(),
            record: record.clone(),
        }
    }
}

/// Events from the moment it was made, in a queue of 1024.
pub struct Events {
    border: Border,
    subscription: Subscription,
}

impl Kind for Events {
    const NAME: &'static str = "events";
}

impl Handle for Events {
    fn border(&self) -> &Border {
        &self.border
    }
}

/// Receives log lines, one at a time, from a thread of the library. The event belongs to the library and ends with the call.
///
/// It may take its time and use the library: nothing waits for it. It must not throw or end the thread.
pub type LogCallback = Option<extern "C" fn(user_data: *mut c_void, event: *const Event)>;

/// Subscribes to events from now on. `names`: events or groups of them, separated by commas, such as
/// `rotation.*,token.expired`; NULL for all. `severity`: the least, TDSEC_SEVERITY_DEBUG for all. `pool`: only events of the
/// pool of this name; NULL for all. docs/events.md lists them.
///
/// Thread safety: may be called at any time from any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tdsec_events_new(
    names: *const c_char,
    severity: i32,
    pool: *const c_char,
    events: *mut *mut Events,
    error: *mut *mut Error,
) -> i32 {
    guard::status(error, || {
        let out = pointer::out(events, "events")?;
        let mut filter = Filter::new().severity(severity_of(severity)?);
        if !names.is_null() {
            for name in pointer::text(names, "names")?.split(',') {
                filter = filter.matching(name.trim())?;
            }
        }
        if !pool.is_null() {
            filter = filter.pool(pointer::text(pool, "pool")?);
        }
        out.set(pointer::give(Events { border: Border::default(), subscription: observe::subscribe(filter) }));
        Ok(())
    })
}

/// The next event, to be freed by tdsec_event_free; *event becomes NULL if none came within timeout_ms, 0 for one that is
/// there already. Whoever reads too slowly gets `events.lost` with the number of those thrown away. TDSEC_CLOSED once the
/// subscription is closed and read to its end.
///
/// Thread safety: any number of threads may wait; each event goes to one of them. With a timeout not in a callback of tdsec.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tdsec_events_next(
    events: *const Events,
    timeout_ms: u64,
    event: *mut *mut Event,
    error: *mut *mut Error,
) -> i32 {
    guard::status(error, || {
        let events = pointer::enter(events)?;
        let out = pointer::out(event, "event")?;
        let subscription = &events.subscription;
        let record = match timeout_ms {
            0 => subscription.try_next()?,
            _ => blocking::wait(async {
                let patience = Duration::from_millis(timeout_ms);
                tokio::time::timeout(patience, subscription.next()).await.map_or(Ok(None), |record| record.map(Some))
            })?,
        };
        out.set(record.map_or(ptr::null_mut(), |record| pointer::give(Event::new(&record))));
        Ok(())
    })
}

/// Ends the subscription and every wait for it; what has arrived can still be read. Idempotent.
///
/// Thread safety: may be called from any thread at the same time as anything but tdsec_events_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tdsec_events_close(events: *const Events, error: *mut *mut Error) -> i32 {
    guard::status(error, || {
        pointer::enter(events)?.subscription.close();
        Ok(())
    })
}

/// Ends the subscription and frees it; its events live on. NULL is fine.
///
/// Thread safety: nobody may use the handle during or after the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tdsec_events_free(events: *mut Events) {
    guard::free(events);
}

/// The event's stable name, one of the TDSEC_EVENT_… constants; NULL for NULL.
///
/// Thread safety: an event does not change; any number of threads may read it at the same time.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tdsec_event_name(event: *const Event) -> *const c_char {
    guard::read(ptr::null(), || Some(pointer::peek(event)?.name.as_ptr()))
}

/// How much it matters, one of the TDSEC_SEVERITY_… constants; 0 for NULL.
///
/// Thread safety: any number of threads may read an event at the same time.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tdsec_event_severity(event: *const Event) -> i32 {
    guard::read(0, || Some(pointer::peek(event)?.record.severity().number() as i32))
}

/// When it happened, in milliseconds since 1970-01-01 UTC; 0 for NULL.
///
/// Thread safety: any number of threads may read an event at the same time.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tdsec_event_time_ms(event: *const Event) -> i64 {
    guard::read(0, || i64::try_from(pointer::peek(event)?.record.since_epoch().as_millis()).ok())
}

/// Everything in one line, for a log; NULL for NULL.
///
/// Thread safety: any number of threads may read an event at the same time.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tdsec_event_text(event: *const Event) -> *const c_char {
    guard::read(ptr::null(), || Some(pointer::peek(event)?.text.as_ptr()))
}

/// How many fields it has; 0 for NULL.
///
/// Thread safety: any number of threads may read an event at the same time.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tdsec_event_field_count(event: *const Event) -> usize {
    guard::read(0, || Some(pointer::peek(event)?.fields.len()))
}

/// Name of field number `index`; NULL past the last one.
///
/// Thread safety: any number of threads may read an event at the same time.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tdsec_event_field_name(event: *const Event, index: usize) -> *const c_char {
    guard::read(ptr::null(), || Some(pointer::peek(event)?.fields.get(index)?.0.as_ptr()))
}

/// What kind of value field number `index` has, one of the TDSEC_FIELD_… constants; 0, a text, past the last one.
///
/// Thread safety: any number of threads may read an event at the same time.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tdsec_event_field_type(event: *const Event, index: usize) -> i32 {
    guard::read(0, || {
        Some(match field(event, index)? {
            Field::Integer(_) => 1,
            Field::Real(_) => 2,
            Field::Bool(_) => 3,
            _ => 0,
        })
    })
}

/// Field number `index` as text, whatever its type: numbers in decimal, `true` or `false`; NULL past the last one.
///
/// Thread safety: any number of threads may read an event at the same time.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tdsec_event_field_text(event: *const Event, index: usize) -> *const c_char {
    guard::read(ptr::null(), || Some(pointer::peek(event)?.fields.get(index)?.1.as_ptr()))
}

/// Field number `index` if it is an integer, 1 or 0 if it is yes or no; else 0.
///
/// Thread safety: any number of threads may read an event at the same time.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tdsec_event_field_integer(event: *const Event, index: usize) -> i64 {
    guard::read(0, || match field(event, index)? {
        Field::Integer(number) => Some(*number),
        Field::Bool(value) => Some(i64::from(*value)),
        _ => None,
    })
}

/// Field number `index` if it is a real number; else 0.
///
/// Thread safety: any number of threads may read an event at the same time.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tdsec_event_field_real(event: *const Event, index: usize) -> f64 {
    guard::read(0.0, || match field(event, index)? {
        Field::Real(number) => Some(*number),
        _ => None,
    })
}

/// The field of this name as text; NULL if the event has none.
///
/// Thread safety: any number of threads may read an event at the same time.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tdsec_event_field(event: *const Event, name: *const c_char) -> *const c_char {
    guard::read(ptr::null(), || {
        let wanted = pointer::text(name, "name").ok()?;
        let event = pointer::peek(event)?;
        let at = event.record.fields().iter().position(|(name, _)| *name == wanted)?;
        Some(event.fields.get(at)?.1.as_ptr())
    })
}

/// Frees the event and its strings. NULL is fine. An event that a callback was given stays as it is: it belongs to the
/// library.
///
/// Thread safety: nobody may use the event during or after the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tdsec_event_free(event: *mut Event) {
    guard::free(event);
}

/// Has `callback` called with every event of `severity` or worse from now on, instead of the one before; NULL for none.
/// When the function returns, the one before has been called with all that happened until then and is not called again;
/// unless it was called by that callback itself, which then was its last call. A forked child has no callback.
///
/// Thread safety: may be called at any time from any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tdsec_log_set_callback(
    severity: i32,
    callback: LogCallback,
    user_data: *mut c_void,
    error: *mut *mut Error,
) -> i32 {
    static LOG: LazyLock<Outlet> = LazyLock::new(Outlet::new);
    guard::status(error, || {
        let filter = Filter::new().severity(severity_of(severity)?);
        let user_data = UserData(user_data);
        let function = callback.map(|callback| {
            move |record: &Record| {
                // The whole wrapper, which may change threads, not the pointer within.
                let user_data = &user_data;
                callback(user_data.0, Lent::new(Event::new(record)).pointer());
            }
        });
        LOG.exchange(filter, function)
    })
}

fn field<'a>(event: *const Event, index: usize) -> Option<&'a Field> {
    pointer::peek(event)?.record.fields().get(index).map(|(_, value)| value)
}

fn severity_of(number: i32) -> Result<Severity> {
    let found = Severity::ALL.into_iter().find(|severity| severity.number() as i32 == number);
    found.ok_or_else(|| CoreError::new(ErrorCode::InvalidArgument, "severity is none of the TDSEC_SEVERITY_ constants"))
}

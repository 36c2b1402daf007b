//! Timestamps as timezone-aware `datetime` objects, quickly.
//!
//! The stable ABI leaves out the C functions of `datetime`, though CPython publishes them in a capsule whose layout has
//! been the same since 3.7. The capsule is used after a check that it is what it should be; anything else goes through
//! ordinary calls, which are slower and give the same.

use std::ffi::{c_int, c_void};
use std::time::Duration;

use pyo3::exceptions::PyOverflowError;
use pyo3::prelude::*;
use pyo3::{ffi, intern};
use tdsec::Precision;

/// The beginning of CPython's `PyDateTime_CAPI`.
#[repr(C)]
struct Capsule {
    date_type: *mut c_void,
    datetime_type: *mut ffi::PyObject,
    time_type: *mut c_void,
    delta_type: *mut c_void,
    tzinfo_type: *mut c_void,
    utc: *mut ffi::PyObject,
    new_date: *const c_void,
    new_datetime: unsafe extern "C" fn(
        c_int,
        c_int,
        c_int,
        c_int,
        c_int,
        c_int,
        c_int,
        *mut ffi::PyObject,
        *mut ffi::PyObject,
    ) -> *mut ffi::PyObject,
}

/// Makes timestamps of one precision.
pub(crate) struct Maker<'py> {
    py: Python<'py>,
    capsule: Option<&'static Capsule>,
    utc: Bound<'py, PyAny>,
    class: Bound<'py, PyAny>,
    precision: Precision,
    day: Day,
}

/// The day of the last timestamp: neighbours mostly share it.
#[derive(Clone, Copy)]
struct Day {
    number: i64,
    year: c_int,
    month: c_int,
    day: c_int,
}

impl<'py> Maker<'py> {
    /// `nanosecond_class` is made for nanoseconds, which `datetime` cannot hold.
    pub(crate) fn new(
        py: Python<'py>,
        precision: Precision,
        nanosecond_class: impl FnOnce() -> PyResult<Bound<'py, PyAny>>,
    ) -> PyResult<Self> {
        let module = py.import(intern!(py, "datetime"))?;
        let datetime = module.getattr(intern!(py, "datetime"))?;
        let utc = module.getattr(intern!(py, "timezone"))?.getattr(intern!(py, "utc"))?;
        let capsule = import_capsule(py, &datetime, &utc);
        let class = if precision == Precision::Nanosecond { nanosecond_class()? } else { datetime };
        Ok(Maker { py, capsule, utc, class, precision, day: day(0) })
    }

    /// The timestamp `value` units after 1970-01-01 UTC, as a new reference.
    ///
    /// # Errors
    /// `OverflowError` outside of the years 1 to 9999.
    pub(crate) fn make(&mut self, value: i64) -> PyResult<*mut ffi::PyObject> {
        let units = self.precision.units_per_second();
        let (seconds, rest) = (value.div_euclid(units), value.rem_euclid(units));
        let nanoseconds = rest * (1_000_000_000 / units);
        let number = seconds.div_euclid(86_400);
        if number != self.day.number {
            self.day = day_in_range(number)?;
        }
        let second = seconds.rem_euclid(86_400) as c_int;
        let time = (second / 3600, second / 60 % 60, second % 60, (nanoseconds / 1000) as c_int);
        let made = match self.capsule {
            Some(capsule) => self.make_by_capsule(capsule, time)?,
            None => self.make_by_call(time)?,
        };
        if self.precision == Precision::Nanosecond {
            made.setattr(intern!(self.py, "_nanosecond"), nanoseconds % 1000)?;
        }
        Ok(made.into_ptr())
    }

    fn make_by_capsule(&self, capsule: &Capsule, time: (c_int, c_int, c_int, c_int)) -> PyResult<Bound<'py, PyAny>> {
        let Day { year, month, day, .. } = self.day;
        let (hour, minute, second, microsecond) = time;
        // SAFETY: the function of this interpreter; all numbers are in range; it gives a new reference or sets an error.
        unsafe {
            let made = (capsule.new_datetime)(
                year,
                month,
                day,
                hour,
                minute,
                second,
                microsecond,
                self.utc.as_ptr(),
                self.class.as_ptr(),
            );
            Bound::from_owned_ptr_or_err(self.py, made)
        }
    }

    fn make_by_call(&self, time: (c_int, c_int, c_int, c_int)) -> PyResult<Bound<'py, PyAny>> {
        let Day { year, month, day, .. } = self.day;
        let (hour, minute, second, microsecond) = time;
        self.class.call1((year, month, day, hour, minute, second, microsecond, &self.utc))
    }
}

/// A time since 1970-01-01 UTC; one beyond the last that Python knows is that one.
pub(crate) fn utc(py: Python<'_>, time: Duration) -> PyResult<Bound<'_, PyAny>> {
    const LAST: i64 = 253_402_300_799_999_999; // 9999-12-31T23:59:59.999999
    let microseconds = i64::try_from(time.as_micros()).unwrap_or(LAST).min(LAST);
    let mut maker = Maker::new(py, Precision::Microsecond, || Err(PyOverflowError::new_err("no nanoseconds here")))?;
    let made = maker.make(microseconds)?;
    // SAFETY: a new reference.
    Ok(unsafe { Bound::from_owned_ptr(py, made) })
}

/// The functions of `datetime`, if the capsule holds what its layout promises.
fn import_capsule(py: Python<'_>, datetime: &Bound<'_, PyAny>, utc: &Bound<'_, PyAny>) -> Option<&'static Capsule> {
    // SAFETY: a capsule of this name lives as long as the interpreter; the fields read are its oldest ones.
    let capsule: &'static Capsule =
        unsafe { (ffi::PyCapsule_Import(c"datetime.datetime_CAPI".as_ptr(), 0) as *const Capsule).as_ref() }.or_else(
            || {
                drop(PyErr::take(py));
                None
            },
        )?;
    (capsule.datetime_type == datetime.as_ptr() && capsule.utc == utc.as_ptr()).then_some(capsule)
}

fn day_in_range(number: i64) -> PyResult<Day> {
    const FIRST: i64 = -719_162; // 0001-01-01
    const LAST: i64 = 2_932_896; // 9999-12-31
    if (FIRST..=LAST).contains(&number) {
        return Ok(day(number));
    }
    Err(PyOverflowError::new_err("outside of the years 1 to 9999"))
}

/// Days since 1970-01-01 to a date of the Gregorian calendar; the year counts from March inside.
fn day(number: i64) -> Day {
    let days = number + 719_468; // since 0000-03-01
    let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = (day_of_year - (153 * shifted_month + 2) / 5 + 1) as c_int;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 } as c_int;
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    Day { number, year: year as c_int, month, day }
}

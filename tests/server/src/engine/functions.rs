//! Functions SQLite lacks, registered under names that begin with `td_`; the translator writes calls to them.

use super::geometry::wkb_to_wkt;
use super::time;
use super::types::ColType;
use super::value::{Cell, decimal_cell, decimal_text, flip, load_decimal, store_decimal, unflip};
use chrono_tz::Tz;
use rusqlite::functions::{Aggregate, Context, FunctionFlags};
use rusqlite::types::{Value, ValueRef};
use rusqlite::{Connection, Result};

/// Makes all of them known to a connection.
pub(crate) fn register(db: &Connection) -> Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    db.create_scalar_function("td_u64", 1, flags, |c| Ok(map_integer(c, |n| number(unflip(n)))))?;
    db.create_scalar_function("td_to_u64", 1, flags, |c| {
        Ok(as_f64(c.get_raw(0)).map(|x| match c.get_raw(0) {
            ValueRef::Integer(n) => Value::Integer(flip(n as u64)),
            _ if x < 0.0 => Value::Integer(flip(x as i64 as u64)),
            _ => Value::Integer(flip(x as u64)),
        }))
    })?;
    db.create_scalar_function("td_dec", 2, flags, |c| {
        let scale: u8 = c.get(1)?;
        Ok(load_decimal(c.get_raw(0)).map(|n| n as f64 / 10f64.powi(i32::from(scale))))
    })?;
    db.create_scalar_function("td_to_dec", 3, flags, |c| {
        let ty = ColType::decimal(c.get(1)?, c.get(2)?);
        let text = match c.get_raw(0) {
            ValueRef::Null => return Ok(Value::Null),
            ValueRef::Integer(n) => n.to_string(),
            ValueRef::Real(x) => format!("{x}"),
            other => other.as_str().map(str::to_owned).unwrap_or_default(),
        };
        let cell = decimal_cell(&ty, &text).map_err(|e| rusqlite::Error::UserFunctionError(e.into()))?;
        Ok(owned(cell))
    })?;
    db.create_scalar_function("td_dec_text", 2, flags, |c| {
        let scale: u8 = c.get(1)?;
        Ok(load_decimal(c.get_raw(0)).map(|n| decimal_text(n, scale)))
    })?;
    db.create_scalar_function("td_wrap", 2, flags, |c| {
        let width: i64 = c.get(1)?;
        Ok(integer(c.get_raw(0)).map(|n| match width {
            2 => i64::from(n as i8),
            3 => i64::from(n as i16),
            4 => i64::from(n as i32),
            11 => i64::from(n as u8),
            12 => i64::from(n as u16),
            13 => i64::from(n as u32),
            _ => n,
        }))
    })?;
    db.create_scalar_function("td_text", 3, flags, |c| {
        let (number, scale): (u8, u8) = (c.get(1)?, c.get(2)?);
        Ok(as_text(c.get_raw(0), number, scale))
    })?;
    db.create_scalar_function("td_cut", 3, flags, |c| {
        let (length, characters): (usize, bool) = (c.get(1)?, c.get(2)?);
        Ok(c.get_raw(0).as_str().ok().map(|t| {
            let fits = |(i, (at, ch)): (usize, (usize, char))| {
                let used = if characters { i + 1 } else { at + ch.len_utf8() };
                (used <= length).then_some(at + ch.len_utf8())
            };
            let end = t.char_indices().enumerate().map_while(fits).last().unwrap_or(0);
            t[..end].to_owned()
        }))
    })?;
    db.create_scalar_function("td_f32", 1, flags, |c| Ok(as_f64(c.get_raw(0)).map(|x| f64::from(x as f32))))?;
    db.create_scalar_function("td_wkt", 1, flags, |c| Ok(c.get_raw(0).as_blob().ok().and_then(wkb_to_wkt)))?;
    db.create_scalar_function("td_iso", 3, flags, |c| {
        let (precision, zone) = (c.get(1)?, zone(c, 2)?);
        Ok(integer(c.get_raw(0)).and_then(|n| time::iso8601(n, precision, zone)))
    })?;
    db.create_scalar_function("td_ts", 3, flags, |c| {
        let (precision, zone) = (c.get(1)?, zone(c, 2)?);
        Ok(c.get_raw(0).as_str().ok().and_then(|t| time::parse_timestamp(t, precision, zone)))
    })?;
    db.create_scalar_function("td_win", 6, flags, |c| {
        let (length, unit, offset, precision) = (c.get(1)?, c.get::<i64>(2)? as u8, c.get(3)?, c.get(4)?);
        let zone = zone(c, 5)?;
        Ok(integer(c.get_raw(0)).and_then(|n| time::window_start(n, (length, unit), offset, precision, zone)))
    })?;
    db.create_scalar_function("td_add", 5, flags, |c| {
        let (count, unit, precision) = (c.get(1)?, c.get::<i64>(2)? as u8, c.get(3)?);
        let zone = zone(c, 4)?;
        Ok(integer(c.get_raw(0)).and_then(|n| time::add_duration(n, count, unit, precision, zone)))
    })?;
    register_math(db, flags)?;
    db.create_aggregate_function("td_first", 3, flags, Edge { last: false })?;
    db.create_aggregate_function("td_last", 3, flags, Edge { last: true })?;
    db.create_aggregate_function("td_sum_u", 1, flags, SumUnsigned)?;
    db.create_aggregate_function("td_sum_dec", 1, flags, SumDecimal)?;
    db.create_aggregate_function("td_spread", 1, flags, Spread)?;
    db.create_aggregate_function("td_stddev", 1, flags, StandardDeviation)?;
    db.create_aggregate_function("td_percentile", 2, flags, Percentile)
}

type Unary = fn(f64) -> f64;
type Binary = fn(f64, f64) -> f64;

/// Mathematics under names of our own, whatever SQLite was compiled with.
fn register_math(db: &Connection, flags: FunctionFlags) -> Result<()> {
    let one: [(&str, Unary); 12] = [
        ("td_sqrt", f64::sqrt),
        ("td_sin", f64::sin),
        ("td_cos", f64::cos),
        ("td_tan", f64::tan),
        ("td_asin", f64::asin),
        ("td_acos", f64::acos),
        ("td_atan", f64::atan),
        ("td_ln", f64::ln),
        ("td_exp", f64::exp),
        ("td_ceil", f64::ceil),
        ("td_floor", f64::floor),
        ("td_round", f64::round),
    ];
    for (name, f) in one {
        db.create_scalar_function(name, 1, flags, move |c| Ok(as_f64(c.get_raw(0)).map(f).filter(|x| x.is_finite())))?;
    }
    let two: [(&str, Binary); 3] =
        [("td_pow", f64::powf), ("td_log", f64::log), ("td_mod", |a, b| if b == 0.0 { f64::NAN } else { a % b })];
    for (name, f) in two {
        db.create_scalar_function(name, 2, flags, move |c| {
            let pair = as_f64(c.get_raw(0)).zip(as_f64(c.get_raw(1)));
            Ok(pair.map(|(a, b)| f(a, b)).filter(|x| x.is_finite()))
        })?;
    }
    Ok(())
}

fn zone(c: &Context<'_>, at: usize) -> Result<Tz> {
    Ok(c.get_raw(at).as_str().ok().and_then(|t| t.parse().ok()).unwrap_or(Tz::UTC))
}

fn map_integer(c: &Context<'_>, f: impl Fn(i64) -> Value) -> Value {
    match c.get_raw(0) {
        ValueRef::Integer(n) => f(n),
        _ => Value::Null,
    }
}

fn number(n: u64) -> Value {
    i64::try_from(n).map_or(Value::Real(n as f64), Value::Integer)
}

fn owned(cell: Cell<'static>) -> Value {
    match cell {
        Cell::Null => Value::Null,
        Cell::Int(n) => Value::Integer(n),
        Cell::Real(x) => Value::Real(x),
        Cell::Text(t) => Value::Text(t.into_owned()),
        Cell::Blob(b) => Value::Blob(b),
    }
}

/// A value of a type as CAST to text prints it.
fn as_text(value: ValueRef<'_>, number: u8, scale: u8) -> Option<String> {
    use super::types::numbers::*;
    match (value, number) {
        (ValueRef::Null, _) => None,
        (_, DECIMAL | DECIMAL64) => load_decimal(value).map(|n| decimal_text(n, scale)),
        (ValueRef::Integer(n), UBIGINT) => Some(unflip(n).to_string()),
        (ValueRef::Integer(n), BOOL) => Some(if n != 0 { "true" } else { "false" }.to_owned()),
        (ValueRef::Integer(n), FLOAT | DOUBLE) => Some(format!("{:.6}", n as f64)),
        (ValueRef::Integer(n), _) => Some(n.to_string()),
        (ValueRef::Real(x), _) => Some(format!("{x:.6}")),
        (other, _) => other.as_str().ok().map(str::to_owned),
    }
}

/// A number, also from text (as far as it is one; TDengine takes 0 otherwise).
fn as_f64(value: ValueRef<'_>) -> Option<f64> {
    match value {
        ValueRef::Null | ValueRef::Blob(_) => None,
        ValueRef::Integer(n) => Some(n as f64),
        ValueRef::Real(x) => Some(x),
        ValueRef::Text(t) => Some(std::str::from_utf8(t).ok().and_then(|t| t.trim().parse().ok()).unwrap_or(0.0)),
    }
}

fn integer(value: ValueRef<'_>) -> Option<i64> {
    match value {
        ValueRef::Integer(n) => Some(n),
        other => as_f64(other).map(|x| x as i64),
    }
}

/// FIRST and LAST: `(ts, guard, value)` gives the value of the row with the least or greatest ts whose guard is not NULL.
struct Edge {
    last: bool,
}

impl Aggregate<Option<(i64, Value)>, Value> for Edge {
    fn init(&self, _: &mut Context<'_>) -> Result<Option<(i64, Value)>> {
        Ok(None)
    }

    fn step(&self, c: &mut Context<'_>, best: &mut Option<(i64, Value)>) -> Result<()> {
        let (ValueRef::Integer(ts), false) = (c.get_raw(0), matches!(c.get_raw(1), ValueRef::Null)) else {
            return Ok(());
        };
        let better = match best {
            None => true,
            Some((at, _)) if self.last => ts > *at,
            Some((at, _)) => ts < *at,
        };
        if better {
            *best = Some((ts, c.get_raw(2).into()));
        }
        Ok(())
    }

    fn finalize(&self, _: &mut Context<'_>, best: Option<Option<(i64, Value)>>) -> Result<Value> {
        Ok(best.flatten().map_or(Value::Null, |(_, v)| v))
    }
}

/// SUM of BIGINT UNSIGNED in its stored form; wraps as TDengine's does.
struct SumUnsigned;

impl Aggregate<Option<u64>, Option<i64>> for SumUnsigned {
    fn init(&self, _: &mut Context<'_>) -> Result<Option<u64>> {
        Ok(None)
    }

    fn step(&self, c: &mut Context<'_>, sum: &mut Option<u64>) -> Result<()> {
        if let ValueRef::Integer(n) = c.get_raw(0) {
            *sum = Some(sum.unwrap_or(0).wrapping_add(unflip(n)));
        }
        Ok(())
    }

    fn finalize(&self, _: &mut Context<'_>, sum: Option<Option<u64>>) -> Result<Option<i64>> {
        Ok(sum.flatten().map(flip))
    }
}

/// SUM of decimals in their stored form; the result is a DECIMAL of 38 digits.
struct SumDecimal;

impl Aggregate<Option<i128>, Value> for SumDecimal {
    fn init(&self, _: &mut Context<'_>) -> Result<Option<i128>> {
        Ok(None)
    }

    fn step(&self, c: &mut Context<'_>, sum: &mut Option<i128>) -> Result<()> {
        if let Some(n) = load_decimal(c.get_raw(0)) {
            *sum = Some(sum.unwrap_or(0).saturating_add(n));
        }
        Ok(())
    }

    fn finalize(&self, _: &mut Context<'_>, sum: Option<Option<i128>>) -> Result<Value> {
        Ok(sum.flatten().map_or(Value::Null, |n| owned(store_decimal(&ColType::decimal(38, 0), n))))
    }
}

/// SPREAD: the distance of the greatest and the least value.
struct Spread;

impl Aggregate<Option<(f64, f64)>, Option<f64>> for Spread {
    fn init(&self, _: &mut Context<'_>) -> Result<Option<(f64, f64)>> {
        Ok(None)
    }

    fn step(&self, c: &mut Context<'_>, seen: &mut Option<(f64, f64)>) -> Result<()> {
        if let Some(x) = as_f64(c.get_raw(0)) {
            let (low, high) = seen.unwrap_or((x, x));
            *seen = Some((low.min(x), high.max(x)));
        }
        Ok(())
    }

    fn finalize(&self, _: &mut Context<'_>, seen: Option<Option<(f64, f64)>>) -> Result<Option<f64>> {
        Ok(seen.flatten().map(|(low, high)| high - low))
    }
}

/// STDDEV of the population, by Welford's method.
struct StandardDeviation;

impl Aggregate<(u64, f64, f64), Option<f64>> for StandardDeviation {
    fn init(&self, _: &mut Context<'_>) -> Result<(u64, f64, f64)> {
        Ok((0, 0.0, 0.0))
    }

    fn step(&self, c: &mut Context<'_>, (n, mean, squares): &mut (u64, f64, f64)) -> Result<()> {
        if let Some(x) = as_f64(c.get_raw(0)) {
            *n += 1;
            let distance = x - *mean;
            *mean += distance / *n as f64;
            *squares += distance * (x - *mean);
        }
        Ok(())
    }

    fn finalize(&self, _: &mut Context<'_>, seen: Option<(u64, f64, f64)>) -> Result<Option<f64>> {
        Ok(seen.filter(|(n, ..)| *n > 0).map(|(n, _, squares)| (squares / n as f64).sqrt()))
    }
}

/// PERCENTILE and APERCENTILE, exact, with linear interpolation.
struct Percentile;

impl Aggregate<(Vec<f64>, f64), Option<f64>> for Percentile {
    fn init(&self, _: &mut Context<'_>) -> Result<(Vec<f64>, f64)> {
        Ok((Vec::new(), 0.0))
    }

    fn step(&self, c: &mut Context<'_>, (values, percent): &mut (Vec<f64>, f64)) -> Result<()> {
        values.extend(as_f64(c.get_raw(0)));
        *percent = as_f64(c.get_raw(1)).unwrap_or(0.0);
        Ok(())
    }

    fn finalize(&self, _: &mut Context<'_>, seen: Option<(Vec<f64>, f64)>) -> Result<Option<f64>> {
        let Some((mut values, percent)) = seen else { return Ok(None) };
        values.sort_by(f64::total_cmp);
        let place = percent.clamp(0.0, 100.0) / 100.0 * (values.len().max(1) - 1) as f64;
        let (low, high) = (values.get(place.floor() as usize), values.get(place.ceil() as usize));
        Ok(low.zip(high).map(|(a, b)| a + (b - a) * place.fract()))
    }
}

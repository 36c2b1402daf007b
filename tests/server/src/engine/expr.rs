//! Expressions: operators, literals, CAST. Functions are in `calls.rs`.

use super::ast::Node;
use super::error::{SqlError, codes};
use super::time;
use super::translate::{Constant, Level, Typed};
use super::types::{ColType, numbers::*};
use super::value::{self, Cell, flip, parse_decimal, store_decimal};

const BOOLEAN: ColType = ColType::fixed(BOOL);

/// An expression whose value is not known in advance.
pub(crate) fn typed(sql: String, ty: ColType) -> Typed {
    Typed { sql, ty, constant: None }
}

/// `Invalid value type`.
pub(crate) fn wrong_type(what: &str) -> SqlError {
    SqlError::new(codes::WRONG_VALUE_TYPE, format!("Invalid value type: {what}"))
}

fn not_supported() -> SqlError {
    SqlError::new(codes::NOT_SUPPORTED, "Operation not supported")
}

/// Conditions joined by OR as a balanced tree: SQLite refuses trees deeper than 1000.
fn any_of(conditions: &[String]) -> String {
    match conditions {
        [one] => one.clone(),
        many => {
            let (left, right) = many.split_at(many.len() / 2);
            format!("({} OR {})", any_of(left), any_of(right))
        }
    }
}

impl Level<'_, '_> {
    /// Translates an expression.
    pub(crate) fn expr(&mut self, node: &Node) -> Result<Typed, SqlError> {
        match node {
            Node::Null => {
                let ty = ColType::variable(VARCHAR, 0);
                Ok(Typed { sql: "NULL".into(), ty, constant: Some(Constant::Null) })
            }
            Node::Bool(b) => Ok(typed(u8::from(*b).to_string(), BOOLEAN)),
            Node::Int(n) => self.integer_literal(*n),
            Node::Float(x, text) => {
                let sql = self.shared.bind(Cell::Real(*x));
                Ok(Typed { sql, ty: ColType::fixed(DOUBLE), constant: Some(Constant::Float(text.clone())) })
            }
            Node::Text(text) => {
                let sql = self.shared.bind(Cell::Text(text.clone().into()));
                let ty = ColType::variable(VARCHAR, text.len() as i32);
                Ok(Typed { sql, ty, constant: Some(Constant::Text(text.clone())) })
            }
            Node::Timestamp(text) => self.parsed_time(text),
            Node::Duration(n, unit) => {
                let units = time::duration_units(*n, *unit, self.shared.precision());
                let sql = units.map_or("NULL".into(), |u| format!("({u})"));
                Ok(Typed { sql, ty: ColType::fixed(BIGINT), constant: Some(Constant::Duration(*n, *unit)) })
            }
            Node::Column { table, name } => self.column(table.as_deref(), name),
            Node::Star => Err(SqlError::new(codes::SYNTAX, "syntax error near \"*\"")),
            Node::Neg(a) => {
                let a = self.expr(a)?;
                Ok(typed(format!("(- {})", self.number(&a)?), ColType::fixed(DOUBLE)))
            }
            Node::Not(a) => Ok(typed(format!("(NOT {})", self.expr(a)?.sql), BOOLEAN)),
            Node::Binary(op @ ("AND" | "OR"), a, b) => {
                let (a, b) = (self.expr(a)?.sql, self.expr(b)?.sql);
                Ok(typed(format!("({a} {op} {b})"), BOOLEAN))
            }
            Node::Binary(op @ ("=" | "<>" | "<" | "<=" | ">" | ">="), a, b) => {
                let (a, b) = (self.expr(a)?, self.expr(b)?);
                Ok(typed(self.compare(op, &a, &b)?, BOOLEAN))
            }
            Node::Binary(op, a, b) => {
                let (a, b) = (self.expr(a)?, self.expr(b)?);
                self.arithmetic(op, &a, &b)
            }
            Node::Between { what, low, high, not } => {
                let (what, low, high) = (self.expr(what)?, self.expr(low)?, self.expr(high)?);
                let both = [self.compare(">=", &what, &low)?, self.compare("<=", &what, &high)?].join(" AND ");
                Ok(typed(format!("({}({both}))", if *not { "NOT " } else { "" }), BOOLEAN))
            }
            Node::In { what, list, not } => {
                let what = self.expr(what)?;
                let mut any = Vec::with_capacity(list.len());
                for item in list {
                    let item = self.expr(item)?;
                    any.push(self.compare("=", &what, &item)?);
                }
                Ok(typed(format!("({}({}))", if *not { "NOT " } else { "" }, any_of(&any)), BOOLEAN))
            }
            Node::Like { what, pattern, not } => {
                let (what, pattern) = (self.expr(what)?, self.expr(pattern)?);
                if !what.ty.is_text() || !pattern.ty.is_text() {
                    return Err(wrong_type("LIKE"));
                }
                let not = if *not { "NOT " } else { "" };
                Ok(typed(format!("({} {not}LIKE {} ESCAPE '\\')", what.sql, pattern.sql), BOOLEAN))
            }
            Node::IsNull { what, not } => {
                let not = if *not { "NOT " } else { "" };
                Ok(typed(format!("({} IS {not}NULL)", self.expr(what)?.sql), BOOLEAN))
            }
            Node::Call { name, args, distinct } => self.call(name, args, *distinct),
            Node::Cast(what, target) => {
                let what = self.expr(what)?;
                self.cast(&what, *target)
            }
            Node::Case { operand, branches, otherwise } => {
                self.case(operand.as_deref(), branches, otherwise.as_deref())
            }
            Node::JsonKey(what, key) => {
                let what = self.expr(what)?;
                if what.ty.number != JSON {
                    return Err(wrong_type("->"));
                }
                let key = self.shared.bind(Cell::Text(format!("$.\"{key}\"").into()));
                // `->` keeps JSON's own notation for output; comparisons unpack it.
                Ok(typed(format!("({} -> {key})", what.sql), ColType::variable(JSON, 4095)))
            }
        }
    }

    fn column(&mut self, table: Option<&str>, name: &str) -> Result<Typed, SqlError> {
        // A sub-query may have a column of that name.
        let own = self.sources.iter().any(|s| s.columns.iter().any(|c| c.name == name));
        if table.is_none() && name.starts_with('_') && !own {
            let time = ColType::fixed(TIMESTAMP);
            if let Some((start, window)) = self.window.clone() {
                match name {
                    "_wstart" => return Ok(typed(start, time)),
                    "_wend" => return Ok(typed(self.window_end(&start, window.length), time)),
                    "_wduration" => {
                        let end = self.window_end(&start, window.length);
                        return Ok(typed(format!("({end} - {start})"), ColType::fixed(BIGINT)));
                    }
                    _ => {}
                }
            } else if matches!(name, "_wstart" | "_wend" | "_wduration") {
                return Err(SqlError::new(0x2658, "Invalid windows pc"));
            }
            if matches!(name, "_c0" | "_rowts") {
                let invalid = || SqlError::new(0x2646, "Invalid _c0 or _rowts expression");
                return Ok(typed(self.time_column().ok_or_else(invalid)?.0, time));
            }
        }
        self.resolve(table, name)
    }

    fn window_end(&mut self, start: &str, (count, unit): (i64, u8)) -> String {
        let precision = self.shared.precision();
        match time::duration_units(count, unit, precision) {
            Some(units) => format!("({start} + {units})"),
            None => format!("td_add({start}, {count}, {unit}, {precision}, {})", self.zone()),
        }
    }

    fn integer_literal(&mut self, n: i128) -> Result<Typed, SqlError> {
        let constant = Some(Constant::Int(n));
        if let Ok(small) = i64::try_from(n) {
            let sql = self.shared.bind(Cell::Int(small));
            return Ok(Typed { sql, ty: ColType::fixed(BIGINT), constant });
        }
        match u64::try_from(n) {
            Ok(big) => {
                let sql = self.shared.bind(Cell::Int(flip(big)));
                Ok(Typed { sql, ty: ColType::fixed(UBIGINT), constant })
            }
            Err(_) => Err(value::out_of_range(&n.to_string())),
        }
    }

    /// A constant instant.
    pub(crate) fn instant(&mut self, at: i64) -> Typed {
        let sql = self.shared.bind(Cell::Int(at));
        Typed { sql, ty: ColType::fixed(TIMESTAMP), constant: Some(Constant::Timestamp(at)) }
    }

    fn parsed_time(&mut self, text: &str) -> Result<Typed, SqlError> {
        match time::parse_timestamp(text, self.shared.precision(), self.shared.scope.zone) {
            Some(at) => Ok(self.instant(at)),
            None => Err(SqlError::new(0x2635, format!("Incorrect TIMESTAMP value: {text}"))),
        }
    }

    /// The SQL of a value as a plain number.
    pub(crate) fn number(&mut self, t: &Typed) -> Result<String, SqlError> {
        Ok(match t.ty.number {
            UBIGINT => format!("td_u64({})", t.sql),
            DECIMAL | DECIMAL64 => format!("td_dec({}, {})", t.sql, t.ty.scale),
            VARCHAR | NCHAR if t.constant == Some(Constant::Null) => "NULL".into(),
            VARCHAR | NCHAR => format!("CAST({} AS REAL)", t.sql),
            JSON => format!("({} ->> '$')", t.sql),
            BLOB | VARBINARY | GEOMETRY => return Err(wrong_type(t.ty.name())),
            _ => t.sql.clone(),
        })
    }

    fn arithmetic(&mut self, op: &str, a: &Typed, b: &Typed) -> Result<Typed, SqlError> {
        let is_time = |t: &Typed| t.ty.number == TIMESTAMP;
        if matches!(op, "+" | "-") && (is_time(a) || is_time(b)) {
            return self.time_arithmetic(op, a, b);
        }
        if let (Some(Constant::Duration(..)), _) | (_, Some(Constant::Duration(..))) = (&a.constant, &b.constant) {
            return Err(wrong_type("duration"));
        }
        if matches!(op, "&" | "|") {
            let (x, y) = (self.number(a)?, self.number(b)?);
            return Ok(typed(format!("({x} {op} {y})"), ColType::fixed(BIGINT)));
        }
        let float = |t: &Typed| matches!(t.ty.number, FLOAT | DOUBLE);
        if (a.ty.is_decimal() || b.ty.is_decimal()) && !float(a) && !float(b) {
            // TDengine gives a DECIMAL here whose digits follow rules of their own.
            return Err(not_supported());
        }
        let (x, y) = (self.number(a)?, self.number(b)?);
        let sql = match op {
            "%" => format!("td_mod({x}, {y})"),
            _ => format!("(CAST({x} AS REAL) {op} {y})"),
        };
        Ok(typed(sql, ColType::fixed(DOUBLE)))
    }

    fn time_arithmetic(&mut self, op: &str, a: &Typed, b: &Typed) -> Result<Typed, SqlError> {
        let (at, by) = if a.ty.number == TIMESTAMP { (a, b) } else { (b, a) };
        if by.ty.number == TIMESTAMP {
            let ty = ColType::fixed(if op == "-" { BIGINT } else { TIMESTAMP });
            return Ok(typed(format!("({} {op} {})", a.sql, b.sql), ty));
        }
        if op == "-" && a.ty.number != TIMESTAMP {
            return Err(wrong_type("-"));
        }
        let sign = if op == "-" { -1 } else { 1 };
        let (precision, zone) = (self.shared.precision(), self.shared.scope.zone);
        let overflow = || SqlError::new(codes::TIMESTAMP_OUT_OF_RANGE, "Timestamp data out of range");
        match (&at.constant, &by.constant) {
            (Some(Constant::Timestamp(at)), Some(Constant::Duration(n, unit))) => {
                let moved = time::add_duration(*at, sign * n, *unit, precision, zone).ok_or_else(overflow)?;
                Ok(self.instant(moved))
            }
            (_, Some(Constant::Duration(n, unit))) if time::duration_months(*n, *unit).is_some() => {
                let (n, zone) = (sign * n, self.zone());
                Ok(typed(format!("td_add({}, {n}, {unit}, {precision}, {zone})", at.sql), at.ty))
            }
            _ if by.ty.is_integer() => {
                let by = self.number(by)?;
                Ok(typed(format!("({} {op} {by})", at.sql), at.ty))
            }
            _ => Err(wrong_type(op)),
        }
    }

    /// A comparison. Literals are brought to the type of the other side; else numbers are compared as numbers.
    pub(crate) fn compare(&mut self, op: &str, a: &Typed, b: &Typed) -> Result<String, SqlError> {
        let b = self.adapt(b, &a.ty)?;
        let a = self.adapt(a, &b.ty)?;
        let same = a.ty.number == b.ty.number && (!a.ty.is_decimal() || a.ty.scale == b.ty.scale);
        let text = |t: &ColType| t.is_text();
        let plain = (text(&a.ty) && text(&b.ty)) || (same && a.ty.number != JSON);
        let (x, y) = if plain { (a.sql, b.sql) } else { (self.unpacked(&a, &b)?, self.unpacked(&b, &a)?) };
        Ok(format!("({x} {op} {y})"))
    }

    /// The side of a comparison as a number, or as text where JSON meets text.
    fn unpacked(&mut self, t: &Typed, other: &Typed) -> Result<String, SqlError> {
        if other.ty.number == JSON && t.ty.is_text() {
            return Ok(t.sql.clone());
        }
        self.number(t)
    }

    /// A literal in the stored form of another type, if it has one there.
    fn adapt(&mut self, t: &Typed, ty: &ColType) -> Result<Typed, SqlError> {
        let Some(constant) = &t.constant else { return Ok(t.clone()) };
        let cell = match (constant, ty.number) {
            (Constant::Text(text), TIMESTAMP) => {
                if text.parse::<i64>().is_ok() {
                    return Ok(t.clone());
                }
                return self.parsed_time(text);
            }
            (Constant::Text(text), VARBINARY | BLOB) => match value::binary(text) {
                Some(bytes) => Cell::Blob(bytes),
                None => return Err(wrong_type(text)),
            },
            (Constant::Text(text), BOOL) if matches!(text.as_str(), "true" | "false") => {
                Cell::Int(i64::from(text == "true"))
            }
            (Constant::Int(n), UBIGINT) => match u64::try_from(*n) {
                Ok(n) => Cell::Int(flip(n)),
                Err(_) => return Ok(t.clone()),
            },
            (Constant::Int(_) | Constant::Float(_) | Constant::Text(_), DECIMAL | DECIMAL64) => {
                let written = match constant {
                    Constant::Int(n) => n.to_string(),
                    Constant::Float(text) | Constant::Text(text) => text.clone(),
                    _ => String::new(),
                };
                match parse_decimal(&written, ty.scale) {
                    Some((n, true)) if ty.number == DECIMAL || i64::try_from(n).is_ok() => store_decimal(ty, n),
                    _ => return Ok(t.clone()),
                }
            }
            _ => return Ok(t.clone()),
        };
        Ok(typed(self.shared.bind(cell), *ty))
    }

    /// CAST.
    pub(crate) fn cast(&mut self, what: &Typed, target: ColType) -> Result<Typed, SqlError> {
        let from = what.ty;
        let sql = match target.number {
            DOUBLE => format!("CAST({} AS REAL)", self.number(what)?),
            FLOAT => format!("td_f32({})", self.number(what)?),
            BOOL => format!("({} <> 0)", self.number(what)?),
            UBIGINT if from.number == UBIGINT => what.sql.clone(),
            UBIGINT => format!("td_to_u64({})", self.number(what)?),
            TINYINT..=BIGINT | UTINYINT..=UINT => {
                let number = if from.is_text() { what.sql.clone() } else { self.number(what)? };
                format!("td_wrap(CAST({number} AS INTEGER), {})", target.number)
            }
            TIMESTAMP => match (&what.constant, from.is_text()) {
                (Some(Constant::Text(text)), _) => return self.parsed_time(&text.clone()),
                (_, true) => {
                    let (precision, zone) = (self.shared.precision(), self.zone());
                    format!("td_ts({}, {precision}, {zone})", what.sql)
                }
                _ => format!("CAST({} AS INTEGER)", self.number(what)?),
            },
            DECIMAL | DECIMAL64 => {
                let source = match from {
                    f if f.is_decimal() => format!("td_dec_text({}, {})", what.sql, f.scale),
                    f if f.number == UBIGINT => format!("td_text({}, {}, 0)", what.sql, f.number),
                    f if f.is_text() || f.is_numeric() => what.sql.clone(),
                    _ => return Err(wrong_type("CAST")),
                };
                format!("td_to_dec({source}, {}, {})", target.precision, target.scale)
            }
            VARCHAR | NCHAR => {
                let text = match from.number {
                    VARCHAR | NCHAR | JSON => what.sql.clone(),
                    VARBINARY | BLOB | GEOMETRY => return Err(wrong_type("CAST")),
                    number => format!("td_text({}, {number}, {})", what.sql, from.scale),
                };
                if target.length == 0 {
                    let length = if from.is_text() { from.length } else { 64 };
                    return Ok(typed(text, ColType::variable(target.number, length)));
                }
                format!("td_cut({text}, {}, {})", target.length, u8::from(target.number == NCHAR))
            }
            VARBINARY if from.is_text() => format!("CAST({} AS BLOB)", what.sql),
            _ => return Err(wrong_type("CAST")),
        };
        let target = if target.length == 0 { ColType::variable(target.number, from.length) } else { target };
        Ok(typed(sql, target))
    }

    fn case(
        &mut self,
        operand: Option<&Node>,
        branches: &[(Node, Node)],
        otherwise: Option<&Node>,
    ) -> Result<Typed, SqlError> {
        let operand = operand.map(|node| self.expr(node)).transpose()?;
        let mut values = Vec::new();
        let mut whens = Vec::new();
        for (when, then) in branches {
            let when = self.expr(when)?;
            whens.push(match &operand {
                Some(operand) => self.compare("=", operand, &when)?,
                None => when.sql,
            });
            values.push(self.expr(then)?);
        }
        values.extend(otherwise.map(|node| self.expr(node)).transpose()?);
        let ty = self.unify(&mut values)?;
        let mut sql = String::from("(CASE");
        for (when, then) in whens.iter().zip(&values) {
            sql.push_str(&format!(" WHEN {when} THEN {}", then.sql));
        }
        if values.len() > whens.len()
            && let Some(last) = values.last()
        {
            sql.push_str(&format!(" ELSE {}", last.sql));
        }
        sql.push_str(" END)");
        Ok(typed(sql, ty))
    }

    /// Brings alternatives to one type: the common one, text of the greatest length, or a number.
    pub(crate) fn unify(&mut self, values: &mut [Typed]) -> Result<ColType, SqlError> {
        let known: Vec<ColType> = values.iter().filter(|t| t.constant != Some(Constant::Null)).map(|t| t.ty).collect();
        let Some(first) = known.first().copied() else { return Ok(ColType::variable(VARCHAR, 0)) };
        if known.iter().all(|t| t.number == first.number && t.scale == first.scale) {
            let length = known.iter().map(|t| t.length).max().unwrap_or(first.length);
            return Ok(ColType { length, ..first });
        }
        if known.iter().all(ColType::is_text) {
            return Ok(ColType::variable(NCHAR, known.iter().map(|t| t.length).max().unwrap_or(0)));
        }
        if !known.iter().all(|t| t.is_numeric() || t.number == BOOL) {
            return Err(wrong_type("CASE"));
        }
        let whole = known.iter().all(|t| (t.is_integer() && t.number != UBIGINT) || t.number == BOOL);
        for value in values {
            value.sql = self.number(value)?;
        }
        Ok(ColType::fixed(if whole { BIGINT } else { DOUBLE }))
    }
}

//! Functions of SELECT: which there are, what they give, how SQLite computes them.

use super::ast::Node;
use super::error::{SqlError, codes};
use super::expr::{typed, wrong_type};
use super::time;
use super::translate::{Constant, Level, Typed, is_aggregate};
use super::types::{ColType, numbers::*};
use super::value::Cell;

fn parameters(name: &str) -> SqlError {
    SqlError::new(codes::FUNCTION_PARAMETERS, format!("Invalid number of parameters : {name}"))
}

fn parameter_type(name: &str) -> SqlError {
    SqlError::new(codes::FUNCTION_PARAMETER_TYPE, format!("Invalid parameter data type : {name}"))
}

impl Level<'_, '_> {
    /// A function call.
    pub(crate) fn call(&mut self, name: &str, args: &[Node], distinct: bool) -> Result<Typed, SqlError> {
        if is_aggregate(name) {
            return self.aggregate(name, args, distinct);
        }
        if distinct {
            return Err(SqlError::new(codes::SYNTAX, "syntax error near \"distinct\""));
        }
        let mut values = Vec::with_capacity(args.len());
        for arg in args {
            values.push(self.expr(arg)?);
        }
        match values.as_slice() {
            [] => self.constant_call(name),
            values => self.scalar(name, values),
        }
    }

    fn text_constant(&mut self, text: &str, length: i32) -> Typed {
        let sql = self.shared.bind(Cell::Text(text.to_owned().into()));
        typed(sql, ColType::variable(VARCHAR, length.max(text.len() as i32)))
    }

    /// Functions without arguments: session and time.
    fn constant_call(&mut self, name: &str) -> Result<Typed, SqlError> {
        let scope = self.shared.scope;
        let precision = self.shared.precision();
        Ok(match name {
            "now" => self.instant(scope.now(precision)),
            "today" => self.instant(time::today(scope.now(precision), precision, scope.zone)),
            "timezone" => {
                let offset = time::offset_at(scope.now(0), 0, scope.zone);
                let minutes = offset.abs() / 60;
                let sign = if offset < 0 { '-' } else { '+' };
                let text = format!("{} (UTC, {sign}{:02}{:02})", scope.zone.name(), minutes / 60, minutes % 60);
                self.text_constant(&text, 0)
            }
            "database" => match scope.database {
                Some(db) => self.text_constant(db, 65),
                None => typed("NULL".into(), ColType::variable(VARCHAR, 65)),
            },
            "server_version" | "client_version" => self.text_constant(&scope.config.version, 0),
            "server_status" => typed("1".into(), ColType::fixed(INT)),
            "current_user" | "user" => {
                let user = format!("{}@127.0.0.1", scope.caller.user);
                self.text_constant(&user, 0)
            }
            "pi" => typed(format!("{}", std::f64::consts::PI), ColType::fixed(DOUBLE)),
            _ if known_scalar(name) => return Err(parameters(name)),
            _ => return Err(SqlError::new(codes::NOT_A_FUNCTION, format!("Invalid function name : {name}"))),
        })
    }

    fn scalar(&mut self, name: &str, args: &[Typed]) -> Result<Typed, SqlError> {
        let first = &args[0];
        let double = ColType::fixed(DOUBLE);
        let text_type = |length: i32| {
            let number = if args.iter().any(|a| a.ty.number == NCHAR) { NCHAR } else { VARCHAR };
            ColType::variable(number, length)
        };
        let texts = args.iter().all(|a| a.ty.is_text());
        let joined: i32 = args.iter().map(|a| a.ty.length).sum();
        let count = args.len();
        let sql = |level: &mut Self, function: &str| -> Result<String, SqlError> {
            let numbers: Result<Vec<String>, SqlError> = args.iter().map(|a| level.number(a)).collect();
            Ok(format!("{function}({})", numbers?.join(", ")))
        };
        let plain = || args.iter().map(|a| a.sql.clone()).collect::<Vec<_>>().join(", ");
        Ok(match (name, count) {
            ("sqrt" | "sin" | "cos" | "tan" | "asin" | "acos" | "atan" | "ln" | "exp", 1) => {
                typed(sql(self, &format!("td_{name}"))?, double)
            }
            ("log", 1) => typed(sql(self, "td_ln")?, double),
            ("log", 2) => typed(sql(self, "td_log")?, double),
            ("pow" | "power", 2) => typed(sql(self, "td_pow")?, double),
            ("mod", 2) => typed(sql(self, "td_mod")?, double),
            ("abs", 1) | ("ceil" | "floor" | "round", 1) if !first.ty.is_numeric() => {
                return Err(parameter_type(name));
            }
            ("abs", 1) if first.ty.is_unsigned() => first.clone(),
            ("ceil" | "floor" | "round", 1) if first.ty.is_integer() => first.clone(),
            ("abs" | "ceil" | "floor" | "round", 1) if first.ty.is_decimal() => {
                return Err(SqlError::new(codes::NOT_SUPPORTED, "Operation not supported"));
            }
            ("abs", 1) => typed(sql(self, "abs")?, first.ty),
            ("ceil" | "floor" | "round", 1) => typed(sql(self, &format!("td_{name}"))?, first.ty),
            ("round", 2) if matches!(first.ty.number, FLOAT | DOUBLE) => typed(sql(self, "round")?, first.ty),
            ("length" | "char_length", 1) if !texts => return Err(parameter_type(name)),
            ("length", 1) if first.ty.number == NCHAR => {
                typed(format!("(length({}) * 4)", first.sql), ColType::fixed(BIGINT))
            }
            ("length", 1) => typed(format!("length(CAST({} AS BLOB))", first.sql), ColType::fixed(BIGINT)),
            ("char_length", 1) => typed(format!("length({})", first.sql), ColType::fixed(BIGINT)),
            ("lower" | "upper" | "ltrim" | "rtrim" | "trim", 1) if texts => {
                typed(format!("{name}({})", first.sql), first.ty)
            }
            ("concat", 2..) if texts => {
                let parts: Vec<&str> = args.iter().map(|a| a.sql.as_str()).collect();
                typed(format!("({})", parts.join(" || ")), text_type(joined))
            }
            ("concat_ws", 3..) if texts => {
                let parts: Vec<String> =
                    args[1..].iter().map(|a| format!("coalesce({} || {}, '')", first.sql, a.sql)).collect();
                let length = format!("length({}) + 1", first.sql);
                let length_type = text_type(joined + first.ty.length * count as i32);
                typed(format!("substr({}, {length})", parts.join(" || ")), length_type)
            }
            ("substr" | "substring", 2 | 3) if first.ty.is_text() => typed(format!("substr({})", plain()), first.ty),
            ("replace", 3) if texts => typed(format!("replace({})", plain()), text_type(joined)),
            ("ifnull" | "nvl" | "coalesce", 2..) => {
                let mut values = args.to_vec();
                let ty = self.unify(&mut values)?;
                let list: Vec<&str> = values.iter().map(|v| v.sql.as_str()).collect();
                typed(format!("coalesce({})", list.join(", ")), ty)
            }
            ("to_iso8601", 1) if first.ty.number == TIMESTAMP || first.ty.is_integer() => {
                let (precision, zone) = (self.shared.precision(), self.zone());
                typed(format!("td_iso({}, {precision}, {zone})", first.sql), ColType::variable(VARCHAR, 64))
            }
            ("to_unixtimestamp", 1) if first.ty.is_text() => {
                let (precision, zone) = (self.shared.precision(), self.zone());
                typed(format!("td_ts({}, {precision}, {zone})", first.sql), ColType::fixed(BIGINT))
            }
            ("timetruncate", 2 | 3) => return self.time_truncate(args),
            ("timediff", 2 | 3) => return self.time_difference(args),
            ("st_astext", 1) if first.ty.number == GEOMETRY => {
                typed(format!("td_wkt({})", first.sql), ColType::variable(VARCHAR, 1024))
            }
            _ if known_scalar(name) && takes(name, count) => return Err(parameter_type(name)),
            _ if known_scalar(name) => return Err(parameters(name)),
            _ => return Err(SqlError::new(codes::NOT_A_FUNCTION, format!("Invalid function name : {name}"))),
        })
    }

    /// A timestamp argument: itself, or a text that is one.
    fn time_argument(&mut self, t: &Typed) -> Result<String, SqlError> {
        if t.ty.number == TIMESTAMP || t.ty.is_integer() {
            return Ok(t.sql.clone());
        }
        Ok(self.cast(t, ColType::fixed(TIMESTAMP))?.sql)
    }

    fn time_truncate(&mut self, args: &[Typed]) -> Result<Typed, SqlError> {
        let Some(Constant::Duration(count, unit)) = args[1].constant else {
            return Err(parameter_type("timetruncate"));
        };
        let precision = self.shared.precision();
        let positive = time::duration_units(count, unit, precision).is_none_or(|u| u > 0) && count > 0;
        if !positive {
            return Err(parameter_type("timetruncate"));
        }
        // The third argument says whether days begin at the zone's midnight (1, the default) or at UTC's (0).
        let utc = args.get(2).is_some_and(|a| a.constant == Some(Constant::Int(0)));
        let ts = self.time_argument(&args[0])?;
        let zone = if utc { "'UTC'".to_owned() } else { self.zone() };
        Ok(typed(format!("td_win({ts}, {count}, {unit}, 0, {precision}, {zone})"), ColType::fixed(TIMESTAMP)))
    }

    fn time_difference(&mut self, args: &[Typed]) -> Result<Typed, SqlError> {
        let (a, b) = (self.time_argument(&args[0])?, self.time_argument(&args[1])?);
        let unit = match args.get(2).map(|a| &a.constant) {
            None => 1,
            Some(Some(Constant::Duration(count, unit))) => time::duration_units(*count, *unit, self.shared.precision())
                .filter(|u| *u > 0)
                .ok_or_else(|| parameter_type("timediff"))?,
            Some(_) => return Err(parameter_type("timediff")),
        };
        Ok(typed(format!("(({a} - {b}) / {unit})"), ColType::fixed(BIGINT)))
    }

    fn aggregate(&mut self, name: &str, args: &[Node], distinct: bool) -> Result<Typed, SqlError> {
        if self.in_aggregate {
            return Err(SqlError::new(codes::NESTED_AGGREGATE, "Aggregate functions do not support nesting"));
        }
        if !self.aggregates {
            return Err(SqlError::new(codes::ILLEGAL_AGGREGATE, "There mustn't be aggregation"));
        }
        if distinct && name != "count" {
            return Err(SqlError::new(codes::SYNTAX, "syntax error near \"distinct\""));
        }
        let wanted = match name {
            "percentile" => 2,
            "apercentile" => args.len().clamp(2, 3),
            _ => 1,
        };
        if args.len() != wanted {
            return Err(parameters(name));
        }
        if args[0] == Node::Star {
            if name != "count" || distinct {
                return Err(parameters(name));
            }
            return Ok(typed("count(*)".into(), ColType::fixed(BIGINT)));
        }
        self.in_aggregate = true;
        let arg = self.expr(&args[0]);
        self.in_aggregate = false;
        let arg = arg?;
        self.aggregate_of(name, &arg, args, distinct)
    }

    fn aggregate_of(&mut self, name: &str, arg: &Typed, args: &[Node], distinct: bool) -> Result<Typed, SqlError> {
        let ty = arg.ty;
        let double = ColType::fixed(DOUBLE);
        if matches!(name, "sum" | "avg" | "spread" | "stddev" | "percentile" | "apercentile") {
            let fits = ty.is_numeric() || (name == "spread" && ty.number == TIMESTAMP);
            if !fits {
                return Err(parameter_type(name));
            }
            if ty.is_decimal() && name != "sum" {
                return Err(SqlError::new(codes::NOT_SUPPORTED, "Operation not supported"));
            }
        }
        Ok(match name {
            "count" => {
                let keyword = if distinct { "DISTINCT " } else { "" };
                typed(format!("count({keyword}{})", arg.sql), ColType::fixed(BIGINT))
            }
            "hyperloglog" => typed(format!("count(DISTINCT {})", arg.sql), ColType::fixed(BIGINT)),
            "sum" if ty.number == UBIGINT => typed(format!("td_sum_u({})", arg.sql), ty),
            "sum" if ty.is_decimal() => typed(format!("td_sum_dec({})", arg.sql), ColType::decimal(38, ty.scale)),
            // Stored plainly, summed plainly, and given out as what the sum of unsigned numbers is.
            "sum" if ty.is_unsigned() => typed(format!("td_to_u64(sum({}))", arg.sql), ColType::fixed(UBIGINT)),
            "sum" if ty.is_integer() => typed(format!("sum({})", arg.sql), ColType::fixed(BIGINT)),
            "sum" => typed(format!("sum({})", arg.sql), double),
            "avg" => typed(format!("avg({})", self.number(arg)?), double),
            "min" | "max" => {
                if matches!(ty.number, BLOB | JSON | GEOMETRY) {
                    return Err(wrong_type(ty.name()));
                }
                typed(format!("{name}({})", arg.sql), ty)
            }
            "first" | "last" | "last_row" => {
                let (ts, _) = self.time_column().ok_or_else(|| SqlError::new(0x2647, "Invalid timeline function"))?;
                let edge = if name == "first" { "td_first" } else { "td_last" };
                let guard = if name == "last_row" { "1" } else { &arg.sql };
                typed(format!("{edge}({ts}, {guard}, {})", arg.sql), ty)
            }
            "spread" => typed(format!("td_spread({})", self.number(arg)?), double),
            "stddev" => typed(format!("td_stddev({})", self.number(arg)?), double),
            _ => {
                let percent = self.expr(&args[1])?;
                if !matches!(percent.constant, Some(Constant::Int(0..=100) | Constant::Float(_))) {
                    return Err(parameter_type(name));
                }
                typed(format!("td_percentile({}, {})", self.number(arg)?, percent.sql), double)
            }
        })
    }
}

/// How many arguments a scalar function takes.
fn takes(name: &str, count: usize) -> bool {
    match name {
        "log" => (1..=2).contains(&count),
        "round" => (1..=2).contains(&count),
        "pow" | "power" | "mod" => count == 2,
        "concat" | "ifnull" | "nvl" | "coalesce" => count >= 2,
        "concat_ws" => count >= 3,
        "substr" | "substring" | "timetruncate" | "timediff" => (2..=3).contains(&count),
        "replace" => count == 3,
        _ => count == 1,
    }
}

fn known_scalar(name: &str) -> bool {
    const NAMES: &[&str] = &[
        "sqrt",
        "sin",
        "cos",
        "tan",
        "asin",
        "acos",
        "atan",
        "ln",
        "exp",
        "log",
        "pow",
        "power",
        "mod",
        "abs",
        "ceil",
        "floor",
        "round",
        "length",
        "char_length",
        "lower",
        "upper",
        "ltrim",
        "rtrim",
        "trim",
        "concat",
        "concat_ws",
        "substr",
        "substring",
        "replace",
        "ifnull",
        "nvl",
        "coalesce",
        "to_iso8601",
        "to_unixtimestamp",
        "timetruncate",
        "timediff",
        "st_astext",
    ];
    NAMES.contains(&name)
}

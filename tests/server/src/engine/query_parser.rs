//! SELECT statements and expressions.

use super::ast::*;
use super::lexer::{Kind, unescape};
use super::parser::{Parsed, Parser, split_duration};
use super::types::ColType;

/// Words that end an expression, so that they are not taken for an alias without AS.
const RESERVED: &[&str] = &[
    "from",
    "where",
    "group",
    "partition",
    "order",
    "limit",
    "offset",
    "slimit",
    "soffset",
    "having",
    "interval",
    "sliding",
    "fill",
    "union",
    "join",
    "inner",
    "left",
    "right",
    "full",
    "on",
    "and",
    "or",
    "not",
    "as",
    "asc",
    "desc",
    "between",
    "in",
    "like",
    "is",
    "when",
    "then",
    "else",
    "end",
    "session",
    "state_window",
    "event_window",
    "count_window",
    "match",
    "nmatch",
    "nulls",
    "values",
    "using",
    "tags",
    "select",
    "by",
    "contains",
    "range",
    "every",
];

/// Functions that may be written without parentheses.
const BARE_FUNCTIONS: &[&str] = &["now", "today"];

/// Operators of one rank in a row; as a tree they are as deep as they are many.
const MAX_CHAIN: usize = 250;

/// Operands of AND or OR as a tree of the least depth, however many there are.
fn balanced(operator: &'static str, mut parts: Vec<Node>) -> Node {
    while parts.len() > 1 {
        let mut pairs = Vec::with_capacity(parts.len().div_ceil(2));
        let mut rest = parts.into_iter();
        while let Some(left) = rest.next() {
            pairs.push(match rest.next() {
                Some(right) => Node::Binary(operator, left.into(), right.into()),
                None => left,
            });
        }
        parts = pairs;
    }
    parts.pop().unwrap_or(Node::Null)
}

impl Parser<'_> {
    /// A whole query, up to what cannot belong to it.
    pub(crate) fn query(&mut self) -> Parsed<Query> {
        let mut selects = vec![(false, self.select()?)];
        while self.word("union") {
            let all = self.word("all");
            selects.push((all, self.select()?));
        }
        let mut query = Query { selects, order: Vec::new(), limit: None, offset: 0 };
        if self.words(&["order", "by"]) {
            loop {
                let node = self.expression()?;
                let descending = self.word("desc");
                if !descending {
                    self.word("asc");
                }
                let nulls_first = if self.words(&["nulls", "first"]) {
                    Some(true)
                } else if self.words(&["nulls", "last"]) {
                    Some(false)
                } else {
                    None
                };
                query.order.push(Order { node, descending, nulls_first });
                if !self.symbol(",") {
                    break;
                }
            }
        }
        if self.word("limit") {
            let first = self.unsigned()?;
            query.limit = Some(first);
            if self.symbol(",") {
                query.offset = first;
                query.limit = Some(self.unsigned()?);
            } else if self.word("offset") {
                query.offset = self.unsigned()?;
            }
        }
        Ok(query)
    }

    fn select(&mut self) -> Parsed<Select> {
        if self.symbol("(") {
            // A parenthesised member of a UNION, without order and limit of its own.
            let inner = self.nested(Self::select)?;
            self.expect_symbol(")")?;
            return Ok(inner);
        }
        self.expect_word("select")?;
        let mut select = Select { distinct: self.word("distinct"), ..Select::default() };
        if !select.distinct {
            self.word("all");
        }
        select.tags_only = self.word("tags");
        loop {
            select.items.push(self.item()?);
            if !self.symbol(",") {
                break;
            }
        }
        if self.word("from") {
            self.sources(&mut select)?;
        }
        if self.word("where") {
            select.filter = Some(self.expression()?);
        }
        if self.words(&["partition", "by"]) {
            select.partition = true;
            self.groups(&mut select)?;
        }
        if self.word("interval") {
            select.window = Some(self.window()?);
        }
        if !select.partition && self.words(&["group", "by"]) {
            self.groups(&mut select)?;
        }
        if self.word("having") {
            select.having = Some(self.expression()?);
        }
        Ok(select)
    }

    fn groups(&mut self, select: &mut Select) -> Parsed<()> {
        loop {
            select.groups.push(self.expression()?);
            if select.partition && (self.word("as") || self.is_alias()) {
                self.name()?;
            }
            if !self.symbol(",") {
                return Ok(());
            }
        }
    }

    fn window(&mut self) -> Parsed<Window> {
        self.expect_symbol("(")?;
        let length = self.duration()?;
        let offset = if self.symbol(",") { Some(self.duration()?) } else { None };
        self.expect_symbol(")")?;
        if self.token.is_word("sliding") {
            let mark = self.token;
            self.advance();
            self.expect_symbol("(")?;
            let sliding = self.duration()?;
            self.expect_symbol(")")?;
            if sliding != length {
                return Err(self.error_at(&mark));
            }
        }
        if self.token.is_word("fill") {
            let mark = self.token;
            self.advance();
            self.expect_symbol("(")?;
            if !(self.word("none") && self.symbol(")")) {
                return Err(self.error_at(&mark));
            }
        }
        Ok(Window { length, offset })
    }

    fn is_alias(&self) -> bool {
        self.token.kind == Kind::Quoted || (self.token.kind == Kind::Word && !RESERVED.contains(&self.token.text))
    }

    fn alias(&mut self) -> Parsed<Option<String>> {
        if self.word("as") {
            if self.token.kind == Kind::Text {
                return Ok(Some(self.text()?));
            }
            return Ok(Some(self.name()?.to_owned()));
        }
        if self.is_alias() {
            return Ok(Some(self.name()?.to_owned()));
        }
        Ok(None)
    }

    fn item(&mut self) -> Parsed<Item> {
        if self.symbol("*") {
            return Ok(Item::Star(None));
        }
        let mark = *self;
        if matches!(self.token.kind, Kind::Word | Kind::Quoted) {
            let table = self.advance().text.to_owned();
            if self.symbol(".") && self.symbol("*") {
                return Ok(Item::Star(Some(table)));
            }
            *self = mark;
        }
        let start = self.token.start;
        let node = self.expression()?;
        let text = match &node {
            // A column is called by its name alone, whatever it was qualified with.
            Node::Column { name, .. } => name.clone(),
            _ => self.slice(start, self.last_end).to_owned(),
        };
        let alias = self.alias()?;
        Ok(Item::Expr { node, alias, text })
    }

    fn sources(&mut self, select: &mut Select) -> Parsed<()> {
        let first = self.source()?;
        select.from.push(first);
        loop {
            if self.symbol(",") {
                let next = self.source()?;
                select.from.push(next);
            } else if self.words(&["inner", "join"]) || self.word("join") {
                let mut next = self.source()?;
                self.expect_word("on")?;
                next.on = Some(self.expression()?);
                select.from.push(next);
            } else {
                return Ok(());
            }
        }
    }

    fn source(&mut self) -> Parsed<Source> {
        let relation = if self.symbol("(") {
            let query = self.nested(Self::query)?;
            self.expect_symbol(")")?;
            Relation::Query(Box::new(query))
        } else {
            let name = self.table_name()?;
            if name.db.is_none() && self.token.is_symbol("(") {
                if !matches!(name.name.as_str(), "tdsec_gen" | "tdsec_types") {
                    return Err(self.error());
                }
                self.advance();
                let args = self.arguments()?;
                Relation::Generator { name: name.name, args }
            } else {
                Relation::Table { db: name.db, name: name.name }
            }
        };
        let alias = self.alias()?;
        Ok(Source { relation, alias, on: None })
    }

    /// Expressions up to the closing parenthesis.
    fn arguments(&mut self) -> Parsed<Vec<Node>> {
        let mut args = Vec::new();
        if self.symbol(")") {
            return Ok(args);
        }
        loop {
            if self.token.is_symbol("*") {
                self.advance();
                args.push(Node::Star);
            } else {
                args.push(self.expression()?);
            }
            if self.symbol(")") {
                return Ok(args);
            }
            self.expect_symbol(",")?;
        }
    }

    /// Any expression: OR binds weakest.
    pub(crate) fn expression(&mut self) -> Parsed<Node> {
        self.nested(|p| {
            let mut parts = vec![p.conjunction()?];
            while p.word("or") {
                parts.push(p.conjunction()?);
            }
            Ok(balanced("OR", parts))
        })
    }

    fn conjunction(&mut self) -> Parsed<Node> {
        let mut parts = vec![self.negation()?];
        while self.word("and") {
            parts.push(self.negation()?);
        }
        Ok(balanced("AND", parts))
    }

    fn negation(&mut self) -> Parsed<Node> {
        if self.word("not") {
            return self.nested(|p| Ok(Node::Not(p.negation()?.into())));
        }
        self.comparison()
    }

    fn comparison(&mut self) -> Parsed<Node> {
        let left = self.bits()?;
        if self.token.kind == Kind::Symbol {
            let operator = match self.token.text {
                "=" => "=",
                "<>" | "!=" => "<>",
                "<" => "<",
                "<=" => "<=",
                ">" => ">",
                ">=" => ">=",
                _ => return Ok(left),
            };
            self.advance();
            return Ok(Node::Binary(operator, left.into(), self.bits()?.into()));
        }
        if self.word("is") {
            let not = self.word("not");
            self.expect_word("null")?;
            return Ok(Node::IsNull { what: left.into(), not });
        }
        let mark = *self;
        let not = self.word("not");
        if self.word("between") {
            let low = self.bits()?;
            self.expect_word("and")?;
            let high = self.bits()?;
            return Ok(Node::Between { what: left.into(), low: low.into(), high: high.into(), not });
        }
        if self.word("in") {
            self.expect_symbol("(")?;
            let list = self.arguments()?;
            if list.is_empty() {
                return Err(self.error());
            }
            return Ok(Node::In { what: left.into(), list, not });
        }
        if self.word("like") {
            return Ok(Node::Like { what: left.into(), pattern: self.bits()?.into(), not });
        }
        *self = mark;
        Ok(left)
    }

    fn bits(&mut self) -> Parsed<Node> {
        let mut left = self.sum()?;
        for _ in 0..MAX_CHAIN {
            let operator = match self.token {
                t if t.is_symbol("&") => "&",
                t if t.is_symbol("|") => "|",
                _ => return Ok(left),
            };
            self.advance();
            left = Node::Binary(operator, left.into(), self.sum()?.into());
        }
        Err(self.error())
    }

    fn sum(&mut self) -> Parsed<Node> {
        let mut left = self.product()?;
        for _ in 0..MAX_CHAIN {
            let operator = match self.token {
                t if t.is_symbol("+") => "+",
                t if t.is_symbol("-") => "-",
                _ => return Ok(left),
            };
            self.advance();
            left = Node::Binary(operator, left.into(), self.product()?.into());
        }
        Err(self.error())
    }

    fn product(&mut self) -> Parsed<Node> {
        let mut left = self.unary()?;
        for _ in 0..MAX_CHAIN {
            let operator = match self.token {
                t if t.is_symbol("*") => "*",
                t if t.is_symbol("/") => "/",
                t if t.is_symbol("%") => "%",
                _ => return Ok(left),
            };
            self.advance();
            left = Node::Binary(operator, left.into(), self.unary()?.into());
        }
        Err(self.error())
    }

    fn unary(&mut self) -> Parsed<Node> {
        if self.symbol("+") {
            return self.nested(Self::unary);
        }
        if self.symbol("-") {
            // A sign before a number belongs to the number, so that it keeps its type.
            return Ok(match self.nested(Self::unary)? {
                Node::Int(n) => Node::Int(-n),
                Node::Float(x, text) => Node::Float(-x, format!("-{text}")),
                Node::Duration(n, unit) => Node::Duration(-n, unit),
                other => Node::Neg(other.into()),
            });
        }
        let node = self.primary()?;
        if self.symbol("->") {
            return Ok(Node::JsonKey(node.into(), self.text()?));
        }
        Ok(node)
    }

    fn primary(&mut self) -> Parsed<Node> {
        let token = self.token;
        match token.kind {
            Kind::Integer => {
                self.advance();
                token.text.parse().map(Node::Int).map_err(|_| self.error_at(&token))
            }
            Kind::Radix => {
                self.advance();
                let radix = if token.text[1..].starts_with(['x', 'X']) { 16 } else { 2 };
                i128::from_str_radix(&token.text[2..], radix).map(Node::Int).map_err(|_| self.error_at(&token))
            }
            Kind::Float => {
                self.advance();
                let value = token.text.parse().map_err(|_| self.error_at(&token))?;
                Ok(Node::Float(value, token.text.to_owned()))
            }
            Kind::Duration => {
                self.advance();
                split_duration(token.text).map(|(n, unit)| Node::Duration(n, unit)).ok_or_else(|| self.error_at(&token))
            }
            Kind::Text => {
                self.advance();
                Ok(Node::Text(unescape(token.text).into_owned()))
            }
            Kind::Symbol if token.text == "(" => {
                self.advance();
                let node = self.expression()?;
                self.expect_symbol(")")?;
                Ok(node)
            }
            Kind::Word => self.word_expression(),
            Kind::Quoted => self.column(),
            _ => Err(self.error()),
        }
    }

    fn column(&mut self) -> Parsed<Node> {
        let mut parts = vec![self.name()?.to_owned()];
        while parts.len() < 3 && self.symbol(".") {
            parts.push(self.name()?.to_owned());
        }
        let name = parts.pop().unwrap_or_default();
        Ok(Node::Column { table: parts.pop(), name })
    }

    fn word_expression(&mut self) -> Parsed<Node> {
        let token = self.token;
        match token.text {
            "null" => {
                self.advance();
                return Ok(Node::Null);
            }
            "true" | "false" => {
                self.advance();
                return Ok(Node::Bool(token.text == "true"));
            }
            "case" => return self.case(),
            _ => {}
        }
        let mark = *self;
        self.advance();
        if token.text == "timestamp" && self.token.kind == Kind::Text {
            return Ok(Node::Timestamp(self.text()?));
        }
        if self.symbol("(") {
            if token.text == "cast" {
                let what = self.expression()?;
                self.expect_word("as")?;
                let target = self.cast_type()?;
                self.expect_symbol(")")?;
                return Ok(Node::Cast(what.into(), target));
            }
            let distinct = self.word("distinct");
            let args = self.arguments()?;
            return Ok(Node::Call { name: token.text.to_owned(), args, distinct });
        }
        if BARE_FUNCTIONS.contains(&token.text) {
            return Ok(Node::Call { name: token.text.to_owned(), args: Vec::new(), distinct: false });
        }
        *self = mark;
        if RESERVED.contains(&token.text) {
            return Err(self.error());
        }
        self.column()
    }

    /// In CAST a length may be left out: the value is then as long as it is.
    fn cast_type(&mut self) -> Parsed<ColType> {
        let mark = *self;
        let token = self.advance();
        if !self.token.is_symbol("(") {
            let number = match token.text {
                "varchar" | "binary" => Some(super::types::numbers::VARCHAR),
                "nchar" => Some(super::types::numbers::NCHAR),
                "varbinary" => Some(super::types::numbers::VARBINARY),
                _ => None,
            };
            if let Some(number) = number {
                return Ok(ColType::variable(number, 0));
            }
        }
        *self = mark;
        self.column_type()
    }

    fn case(&mut self) -> Parsed<Node> {
        self.advance();
        let operand = if self.token.is_word("when") { None } else { Some(Box::new(self.expression()?)) };
        let mut branches = Vec::new();
        while self.word("when") {
            let when = self.expression()?;
            self.expect_word("then")?;
            branches.push((when, self.expression()?));
        }
        if branches.is_empty() {
            return Err(self.error());
        }
        let otherwise = if self.word("else") { Some(Box::new(self.expression()?)) } else { None };
        self.expect_word("end")?;
        Ok(Node::Case { operand, branches, otherwise })
    }
}

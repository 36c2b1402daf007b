//! What the parser makes of a query.

use super::types::ColType;

/// An expression.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Node {
    Null,
    Bool(bool),
    Int(i128),
    /// Value and the text it was written with (decimals are compared exactly).
    Float(f64, String),
    Text(String),
    /// `TIMESTAMP 'text'`.
    Timestamp(String),
    /// Count and unit: `10s`.
    Duration(i64, u8),
    Column {
        table: Option<String>,
        name: String,
    },
    /// `*`, only as an argument.
    Star,
    Neg(Box<Node>),
    Not(Box<Node>),
    Binary(&'static str, Box<Node>, Box<Node>),
    Between {
        what: Box<Node>,
        low: Box<Node>,
        high: Box<Node>,
        not: bool,
    },
    In {
        what: Box<Node>,
        list: Vec<Node>,
        not: bool,
    },
    Like {
        what: Box<Node>,
        pattern: Box<Node>,
        not: bool,
    },
    IsNull {
        what: Box<Node>,
        not: bool,
    },
    Call {
        name: String,
        args: Vec<Node>,
        distinct: bool,
    },
    Cast(Box<Node>, ColType),
    Case {
        operand: Option<Box<Node>>,
        branches: Vec<(Node, Node)>,
        otherwise: Option<Box<Node>>,
    },
    /// `tag -> 'key'`.
    JsonKey(Box<Node>, String),
}

/// One item of the select list.
#[derive(Clone, Debug)]
pub(crate) enum Item {
    /// `*` or `t.*`.
    Star(Option<String>),
    Expr {
        node: Node,
        /// `AS name`.
        alias: Option<String>,
        /// The expression as written: the column's name if there is no alias.
        text: String,
    },
}

/// What stands after FROM.
#[derive(Clone, Debug)]
pub(crate) enum Relation {
    Table {
        db: Option<String>,
        name: String,
    },
    Query(Box<Query>),
    /// `tdsec_gen(…)` or `tdsec_types(…)`.
    Generator {
        name: String,
        args: Vec<Node>,
    },
}

#[derive(Clone, Debug)]
pub(crate) struct Source {
    pub(crate) relation: Relation,
    pub(crate) alias: Option<String>,
    /// Condition of `JOIN … ON`; nothing after a comma or for the first.
    pub(crate) on: Option<Node>,
}

/// `INTERVAL(length [, offset])`, each as count and unit.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Window {
    pub(crate) length: (i64, u8),
    pub(crate) offset: Option<(i64, u8)>,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Select {
    pub(crate) distinct: bool,
    /// `SELECT TAGS …`: one row per child table.
    pub(crate) tags_only: bool,
    pub(crate) items: Vec<Item>,
    pub(crate) from: Vec<Source>,
    pub(crate) filter: Option<Node>,
    /// PARTITION BY or GROUP BY.
    pub(crate) groups: Vec<Node>,
    /// The groups were written as PARTITION BY.
    pub(crate) partition: bool,
    pub(crate) window: Option<Window>,
    pub(crate) having: Option<Node>,
}

#[derive(Clone, Debug)]
pub(crate) struct Order {
    pub(crate) node: Node,
    pub(crate) descending: bool,
    pub(crate) nulls_first: Option<bool>,
}

/// SELECTs joined by UNION, with the order and limit of the whole.
#[derive(Clone, Debug)]
pub(crate) struct Query {
    /// The flag says UNION ALL; it is unused for the first.
    pub(crate) selects: Vec<(bool, Select)>,
    pub(crate) order: Vec<Order>,
    pub(crate) limit: Option<u64>,
    pub(crate) offset: u64,
}

/// A table's name as written.
#[derive(Clone, Debug)]
pub(crate) struct TableName {
    pub(crate) db: Option<String>,
    pub(crate) name: String,
}

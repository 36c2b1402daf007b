//! What came of it, to be looked at.

use std::fmt::Write as _;

use serde_json::{Value, json};
use tdsec_tests::harness::Surface;

pub(crate) struct Row {
    pub(crate) group: &'static str,
    pub(crate) name: String,
    /// The code, or `None` for a connection.
    pub(crate) expected: Option<&'static str>,
    pub(crate) cells: Vec<Option<String>>,
    /// A server that had to be refused saw a credential.
    pub(crate) leaked: bool,
}

impl Row {
    fn is_right(&self) -> bool {
        !self.leaked && self.cells.iter().all(|cell| cell.as_deref() == self.expected)
    }
}

pub(crate) struct Table {
    surfaces: Vec<Surface>,
    rows: Vec<Row>,
}

const CONNECTS: &str = "connects";

impl Table {
    pub(crate) fn new(surfaces: &[Surface]) -> Table {
        Table { surfaces: surfaces.to_vec(), rows: Vec::new() }
    }

    pub(crate) fn push(&mut self, row: Row) {
        self.rows.push(row);
    }

    pub(crate) fn is_right(&self) -> bool {
        !self.rows.is_empty() && self.rows.iter().all(Row::is_right)
    }

    pub(crate) fn json(&self) -> Value {
        let row = |row: &Row| {
            let cells: serde_json::Map<String, Value> = self
                .surfaces
                .iter()
                .zip(&row.cells)
                .map(|(surface, cell)| (surface.name().to_owned(), json!(cell.as_deref().unwrap_or(CONNECTS))))
                .collect();
            json!({
                "group": row.group,
                "case": row.name,
                "expected": row.expected.unwrap_or(CONNECTS),
                "cells": cells,
                "leaked": row.leaked,
                "right": row.is_right(),
            })
        };
        json!({ "right": self.is_right(), "cases": self.rows.iter().map(row).collect::<Vec<_>>() })
    }

    /// A cell is `+` where the surface did what is expected, else what it did.
    pub(crate) fn text(&self, colour: bool) -> String {
        let (good, bad, plain) = if colour { ("\x1b[32m", "\x1b[31m", "\x1b[0m") } else { ("", "", "") };
        let width = self.rows.iter().map(|row| row.name.chars().count()).max().unwrap_or(0);
        let mut text = format!("{:width$}  {:30}", "", "expected");
        for surface in &self.surfaces {
            // Writing to a String cannot fail.
            let _ = write!(text, "  {surface}");
        }
        text.push('\n');
        let mut group = "";
        for row in &self.rows {
            if row.group != group {
                group = row.group;
                let _ = writeln!(text, "{group}");
            }
            let _ = write!(text, "{:width$}  {:30}", row.name, row.expected.unwrap_or(CONNECTS));
            for (surface, cell) in self.surfaces.iter().zip(&row.cells) {
                let space = surface.name().len();
                let _ = match cell.as_deref() == row.expected {
                    true => write!(text, "  {good}{:space$}{plain}", "+"),
                    false => write!(text, "  {bad}{:space$}{plain}", cell.as_deref().unwrap_or(CONNECTS)),
                };
            }
            text.push_str(if row.leaked { "  A CREDENTIAL WAS SEEN\n" } else { "\n" });
        }
        let wrong = self.rows.iter().filter(|row| !row.is_right()).count();
        let cells = self.rows.len() * self.surfaces.len();
        let _ = writeln!(
            text,
            "zoo: {} cases x {} surfaces = {cells} cells, {wrong} cases wrong",
            self.rows.len(),
            self.surfaces.len()
        );
        text
    }
}

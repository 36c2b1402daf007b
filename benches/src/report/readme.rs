//! The table in the README, written by a full run: its figures are always those of one run.

use std::fmt::Write as _;

use super::section;
use crate::results::Entry;

const SECTION: &str = "written by make bench";

const SURFACES: [&str; 5] = ["rust", "c", "python", "python-asyncio", "node"];
const PEERS: [(&str, &str); 4] = [
    ("peer-taosws", "taosws, iterating"),
    ("peer-taosws-fetchall", "taosws, `fetchall`"),
    ("peer-go", "Go taosWS"),
    ("peer-jdbc", "JDBC over WebSocket"),
];

/// The README with the table of these results; `None` if it has no place for one.
pub fn updated(readme: &str, entries: &[Entry]) -> Option<String> {
    section::replaced(readme, SECTION, &table(entries))
}

fn table(entries: &[Entry]) -> String {
    let rate = |workload: &str, surface: &str| {
        let of =
            |entry: &&Entry| entry.workload == workload && entry.surface == surface && entry.metric == "rows_per_s";
        entries.iter().find(of)
    };
    let value = |surface: &str| rate("fetch-rows", surface).and_then(|entry| entry.value);
    let peers: Vec<_> = PEERS.iter().filter_map(|(name, title)| Some((value(name)?, title))).collect();
    let mut text = "| rows a second, as a multiple of | bare TLS, by columns |".to_owned();
    for (_, title) in &peers {
        // Writing to a String cannot fail.
        let _ = write!(text, " {title} |");
    }
    let _ = write!(text, "\n|---|---|{}\n", "---|".repeat(peers.len()));
    for surface in SURFACES {
        let Some(own) = value(surface) else { continue };
        let columns = rate("fetch-columns", surface).and_then(|entry| entry.vs_limit);
        let _ =
            write!(text, "| {surface} | {} |", columns.map_or("not measured".to_owned(), |part| format!("{part:.2}")));
        for (peer, _) in &peers {
            let _ = write!(text, " {:.1} |", own / peer);
        }
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_table_is_replaced_and_its_figures_are_ratios() {
        let rows = |surface, value| Entry::plain("fetch-rows", surface, "rows_per_s", value, "rows/s");
        let columns =
            Entry { vs_limit: Some(0.875), ..Entry::plain("fetch-columns", "rust", "rows_per_s", 1.0, "rows/s") };
        let entries = [rows("rust", 3e6), rows("peer-go", 1e6), columns];
        let readme = "before\n<!-- written by make bench -->\nold\n<!-- end -->\nafter\n";
        let updated = updated(readme, &entries).unwrap_or_default();
        assert!(updated.starts_with("before\n<!-- written by make bench -->\n| rows a second"), "{updated}");
        assert!(updated.ends_with("| rust | 0.88 | 3.0 |\n<!-- end -->\nafter\n"), "{updated}");
    }

    #[test]
    fn a_readme_without_a_place_for_it_is_left_alone() {
        assert_eq!(updated("nothing here", &[]), None);
    }
}

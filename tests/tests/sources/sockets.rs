//! Sockets to a server of another process, as the kernel lists them.

use std::collections::HashSet;
use std::path::PathBuf;

const ESTABLISHED: &str = "01";

/// Those to a port on loopback: open ones, or also those that were closed moments ago.
pub(crate) fn count(port: u16, only_open: bool) -> usize {
    rows(port, |state, _| !only_open || state == ESTABLISHED)
}

/// Open ones of this very process: what a server has to itself does not count.
pub(crate) fn own(port: u16) -> usize {
    let descriptors = std::fs::read_dir("/proc/self/fd").unwrap().flatten();
    let own: HashSet<PathBuf> = descriptors.filter_map(|entry| std::fs::read_link(entry.path()).ok()).collect();
    rows(port, |state, inode| state == ESTABLISHED && own.contains(&PathBuf::from(format!("socket:[{inode}]"))))
}

fn rows(port: u16, counts: impl Fn(&str, &str) -> bool) -> usize {
    const STATE: usize = 3;
    const INODE: usize = 9;
    let wanted = format!("0100007F:{port:04X}");
    let table = std::fs::read_to_string("/proc/net/tcp").unwrap();
    let rows = table.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
    rows.filter(|row| row.get(2) == Some(&wanted.as_str()) && counts(row[STATE], row[INODE])).count()
}

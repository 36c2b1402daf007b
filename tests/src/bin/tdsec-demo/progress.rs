//! One line of progress: redrawn on a terminal, a few plain lines elsewhere.

use std::io::{IsTerminal, Write};

const BAR: usize = 30;

/// Progress of a known number of rows.
pub(crate) struct Progress {
    label: &'static str,
    total: u64,
    terminal: bool,
    shown: u64,
}

impl Progress {
    /// Starts at nothing.
    pub(crate) fn new(label: &'static str, total: u64) -> Self {
        Progress { label, total: total.max(1), terminal: std::io::stdout().is_terminal(), shown: u64::MAX }
    }

    /// Shows where we are, if that is worth a new line.
    pub(crate) fn at(&mut self, done: u64) {
        let step = if self.terminal { 100 } else { 4 };
        let now = done * step / self.total;
        if now == self.shown {
            return;
        }
        self.shown = now;
        let percent = done * 100 / self.total;
        if self.terminal {
            let full = (done as usize * BAR / self.total as usize).min(BAR);
            print!("\r{:<10} [{}{}] {percent:>3} %", self.label, "█".repeat(full), "·".repeat(BAR - full));
            if done >= self.total {
                println!();
            }
            let _ = std::io::stdout().flush();
        } else {
            println!("{:<10} {done} of {} rows ({percent} %)", self.label, self.total);
        }
    }
}

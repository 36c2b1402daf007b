//! The rules in force, with what each has seen and done.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::rule::{Fault, Rule, group};

/// What a rule looks at.
pub(crate) struct Subject<'a> {
    pub(crate) action: &'a str,
    pub(crate) sql: Option<&'a str>,
}

impl<'a> Subject<'a> {
    /// An action without SQL.
    pub(crate) fn of(action: &'a str) -> Self {
        Subject { action, sql: None }
    }

    /// The group that faults and `/stats` count it under.
    pub(crate) fn group(&self) -> Option<&'static str> {
        group(self.action)
    }
}

#[derive(Default)]
pub(crate) struct Faults(Mutex<Table>);

#[derive(Default)]
struct Table {
    rules: Vec<Active>,
    next_id: u64,
    fired: u64,
}

struct Active {
    rule: Rule,
    matched: u64,
    fired: u64,
    random: u64,
    window: (Instant, u64),
}

impl Faults {
    /// Takes a rule into force; the answer is its number.
    pub(crate) fn add(&self, rule: Rule) -> Result<u64, String> {
        rule.check()?;
        let mut table = self.table();
        table.next_id += 1;
        let id = table.next_id;
        table.rules.push(Active { rule, matched: 0, fired: 0, random: id, window: (Instant::now(), 0) });
        Ok(id)
    }

    pub(crate) fn clear(&self) {
        self.table().rules.clear();
    }

    /// The fault for this request, if any. Every rule counts the request; of those that fire the oldest wins.
    pub(crate) fn pick(&self, subject: &Subject<'_>) -> Option<Fault> {
        let mut table = self.table();
        if table.rules.is_empty() {
            return None;
        }
        let now = Instant::now();
        let mut picked = None;
        for active in &mut table.rules {
            if active.matches(subject) && picked.is_none() && active.fires(now) {
                picked = Some(active.rule.fault.clone());
            }
        }
        table.fired += u64::from(picked.is_some());
        picked
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Active {
    fn matches(&mut self, subject: &Subject<'_>) -> bool {
        // `accept` and `upgrade` are no requests: only their own name means them.
        let wild = !matches!(subject.action, "accept" | "upgrade");
        let named = self.rule.actions().any(|name| {
            (wild && name == "any") || name == subject.action || subject.group().is_some_and(|group| group == name)
        });
        let holds = |text: &String| {
            subject.sql.is_some_and(|sql| sql.to_ascii_lowercase().contains(&text.to_ascii_lowercase()))
        };
        let hit = named && self.rule.when.sql_contains.as_ref().is_none_or(holds);
        self.matched += u64::from(hit);
        hit && self.matched >= self.rule.when.nth.unwrap_or(1)
    }

    fn fires(&mut self, now: Instant) -> bool {
        if self.rule.limit().is_some_and(|limit| self.fired >= limit) {
            return false;
        }
        if self.rule.when.probability.is_some_and(|probability| self.chance() >= probability) {
            return false;
        }
        if let Fault::RateLimit { per_s } = self.rule.fault {
            if now.duration_since(self.window.0) >= Duration::from_secs(1) {
                self.window = (now, 0);
            }
            self.window.1 += 1;
            if self.window.1 <= per_s {
                return false;
            }
        }
        self.fired += 1;
        true
    }

    /// The next number in [0, 1) of the rule's own sequence (SplitMix64), so that runs repeat.
    fn chance(&mut self) -> f64 {
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.random;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }
}

//! Which events somebody wants to hear of.

use crate::error::{Error, ErrorCode, Result};
use crate::event::{Event, EventName, Field, Severity};

/// Which events a subscription gets; the default is all of them.
#[derive(Debug, Clone)]
pub struct Filter {
    /// `None`: all of them.
    names: Option<Vec<EventName>>,
    severity: Severity,
    pool: Option<String>,
}

impl Default for Filter {
    fn default() -> Self {
        Filter { names: None, severity: Severity::Debug, pool: None }
    }
}

impl Filter {
    /// Every event.
    pub fn new() -> Self {
        Self::default()
    }

    /// Only events of this severity or a worse one.
    pub fn severity(mut self, least: Severity) -> Self {
        self.severity = least;
        self
    }

    /// Only events of the pool of this name.
    pub fn pool(mut self, name: impl Into<String>) -> Self {
        self.pool = Some(name.into());
        self
    }

    /// Only these events, and those of further calls.
    pub fn name(mut self, name: EventName) -> Self {
        self.names.get_or_insert_default().push(name);
        self
    }

    /// Only the event of this name, or with `rotation.*` all of a group, and those of further calls.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT` for a name that no event has.
    pub fn matching(mut self, pattern: &str) -> Result<Self> {
        let known = self.names.get_or_insert_default();
        let before = known.len();
        match pattern.strip_suffix('*') {
            Some(group) if group.ends_with('.') => {
                known.extend(EventName::ALL.iter().filter(|name| name.name().starts_with(group)));
            }
            _ => known.extend(EventName::from_name(pattern)),
        }
        if known.len() > before {
            return Ok(self);
        }
        let near = EventName::ALL.iter().max_by(|a, b| {
            let likeness = |name: &EventName| strsim::jaro_winkler(pattern, name.name());
            likeness(a).total_cmp(&likeness(b))
        });
        let hint = near.map(|name| format!("; did you mean {}?", name.name())).unwrap_or_default();
        let shown: String = pattern.chars().filter(|c| !c.is_control()).take(64).collect();
        Err(Error::new(ErrorCode::InvalidArgument, format!("no event is called {shown}{hint}")))
    }

    /// The filter that a program describes by texts: names or groups (none: all), least severity, pool.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT` for a name or a severity that is not known.
    pub fn read<'a>(
        names: impl IntoIterator<Item = &'a str>,
        severity: Option<&str>,
        pool: Option<&str>,
    ) -> Result<Self> {
        let mut filter = Filter::new();
        for name in names {
            filter = filter.matching(name)?;
        }
        if let Some(name) = severity {
            let unknown = || Error::new(ErrorCode::InvalidArgument, "severity is one of debug, info, warning, error");
            filter = filter.severity(Severity::from_name(name).ok_or_else(unknown)?);
        }
        Ok(match pool {
            Some(pool) => filter.pool(pool),
            None => filter,
        })
    }

    pub(super) fn passes(&self, event: &Event) -> bool {
        let name = event.name();
        name.severity() >= self.severity
            && self.names.as_ref().is_none_or(|names| names.contains(&name))
            && self.pool.as_ref().is_none_or(|pool| matches!(event.field("pool"), Some(Field::Text(of)) if of == pool))
    }
}

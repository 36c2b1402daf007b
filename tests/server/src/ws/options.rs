//! `options_connection`.

use chrono_tz::Tz;

use super::answer::Failure;
use super::call::ConnectionOption;
use super::session::LoggedIn;

/// The zone of a name; the engine's error if there is none.
pub(super) fn zone(name: &str) -> Result<Tz, Failure> {
    name.parse().map_err(|_| Failure::new(0x0118, "Invalid parameters"))
}

impl LoggedIn {
    /// Sets options in order; the first error ends the work and what was set before stays.
    pub(super) fn set_options(&mut self, options: &[ConnectionOption]) -> Result<(), Failure> {
        for ConnectionOption { option, value } in options {
            match option {
                -1 => {
                    self.sql.timezone = Tz::UTC;
                    (self.app, self.ip, self.connector) = Default::default();
                }
                // The character set: data is UTF-8 whatever is asked for.
                0 => {}
                1 => self.sql.timezone = value.as_deref().map_or(Ok(Tz::UTC), zone)?,
                2 => self.ip = value.clone().unwrap_or_default(),
                3 => self.app = value.clone().unwrap_or_default(),
                4 => self.connector = value.clone().unwrap_or_default(),
                _ => return Err(Failure::new(0x0118, "Invalid parameters")),
            }
        }
        Ok(())
    }
}

//! The wall clock, as a value that tests can replace.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Tells the time in milliseconds since the epoch.
#[derive(Clone, Debug, Default)]
pub enum Clock {
    /// The machine's clock.
    #[default]
    System,
    /// The machine's clock, set forward by so much: retention that takes days can be
    /// tried out in a second (`KINORA_TEST_CLOCK_AHEAD_S`).
    Ahead(Duration),
    /// A clock that stands still until it is set.
    Simulated(Arc<AtomicU64>),
    /// The asynchronous runtime's clock, which a simulation pauses and runs ahead.
    Runtime {
        /// When `zero_ms` was.
        zero: tokio::time::Instant,
        /// Milliseconds since the epoch at `zero`.
        zero_ms: u64,
    },
}

impl Clock {
    /// The machine's clock, set forward by a number of seconds if one is given.
    ///
    /// # Errors
    ///
    /// A message, if the text is no number of seconds up to a hundred years.
    pub fn ahead_by(seconds: Option<&str>) -> Result<Clock, String> {
        let Some(text) = seconds.filter(|text| !text.is_empty()) else {
            return Ok(Clock::System);
        };
        match text.parse() {
            Ok(0) => Ok(Clock::System),
            Ok(seconds) if seconds <= AHEAD_S_MAX => Ok(Clock::Ahead(Duration::from_secs(seconds))),
            _ => Err(format!(
                "'{text}' is no number of seconds from 0 to {AHEAD_S_MAX}"
            )),
        }
    }

    /// Milliseconds since the epoch; 0 for a machine clock before 1970.
    pub fn now_ms(&self) -> u64 {
        match self {
            Clock::System => machine_ms(),
            Clock::Ahead(by) => machine_ms().saturating_add(by.as_millis() as u64),
            Clock::Simulated(now) => now.load(Ordering::Relaxed),
            Clock::Runtime { zero, zero_ms } => zero_ms + zero.elapsed().as_millis() as u64,
        }
    }

    /// The time that signatures are checked against, milliseconds since the epoch. A
    /// clock that is set forward does not count: clients sign with the machine's time.
    pub fn signing_ms(&self) -> u64 {
        match self {
            Clock::Ahead(_) => machine_ms(),
            _ => self.now_ms(),
        }
    }
}

fn machine_ms() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |elapsed| elapsed.as_millis() as u64)
}

/// A hundred years.
const AHEAD_S_MAX: u64 = 100 * 366 * 86_400;

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Clock;

    #[test]
    fn a_clock_can_be_set_forward() {
        let clock = Clock::ahead_by(Some("86400")).unwrap();
        assert!(matches!(clock, Clock::Ahead(by) if by == Duration::from_secs(86_400)));
        let ahead_ms = clock.now_ms() - clock.signing_ms();
        assert!((86_399_000..=86_401_000).contains(&ahead_ms), "{ahead_ms}");
        for none in [None, Some(""), Some("0")] {
            assert!(matches!(Clock::ahead_by(none), Ok(Clock::System)));
        }
        for wrong in ["-1", "1h", "99999999999999"] {
            assert!(Clock::ahead_by(Some(wrong)).is_err(), "{wrong}");
        }
    }
}

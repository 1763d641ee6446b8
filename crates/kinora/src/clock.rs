//! The wall clock, as a value that tests can replace.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// Tells the time in milliseconds since the epoch.
#[derive(Clone, Debug, Default)]
pub enum Clock {
    /// The machine's clock.
    #[default]
    System,
    /// A clock that stands still until it is set.
    Simulated(Arc<AtomicU64>),
}

impl Clock {
    /// Milliseconds since the epoch; 0 for a machine clock before 1970.
    pub fn now_ms(&self) -> u64 {
        match self {
            Clock::System => SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .map_or(0, |elapsed| elapsed.as_millis() as u64),
            Clock::Simulated(now) => now.load(Ordering::Relaxed),
        }
    }
}

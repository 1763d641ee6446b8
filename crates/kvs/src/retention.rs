//! How long fragments are kept.

use crate::fragment::FragmentMeta;
use crate::limits;

/// The server time before which fragments are no longer kept, milliseconds since the
/// epoch. Retention counts from when a fragment arrived, whatever its producer's clock
/// said, so that a wrong clock cannot delete media or keep it for ever.
pub fn horizon_ms(now_ms: u64, retention_hours: u32) -> u64 {
    let hours = retention_hours.min(limits::RETENTION_HOURS_MAX);
    now_ms.saturating_sub(u64::from(hours) * MS_PER_HOUR)
}

/// Whether a fragment is over its stream's retention.
pub fn is_expired(fragment: &FragmentMeta, now_ms: u64, retention_hours: u32) -> bool {
    fragment.number.server_ms < horizon_ms(now_ms, retention_hours)
}

const MS_PER_HOUR: u64 = 3_600_000;

#[cfg(test)]
mod tests {
    use super::horizon_ms;

    #[test]
    fn horizon() {
        assert_eq!(horizon_ms(10 * 3_600_000, 3), 7 * 3_600_000);
        assert_eq!(horizon_ms(5, 0), 5);
        assert_eq!(horizon_ms(5, u32::MAX), 0);
    }
}

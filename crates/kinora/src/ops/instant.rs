//! Moments in words, as conditions and events have them.

/// `2026-11-22T10:00:00Z`, of milliseconds since the epoch. A moment that no calendar has is
/// the epoch.
pub fn iso_8601(at_ms: u64) -> String {
    let seconds = i64::try_from(at_ms / 1000).unwrap_or(0);
    let moment = jiff::Timestamp::from_second(seconds).unwrap_or_default();
    moment.to_string()
}

#[cfg(test)]
mod tests {
    use super::iso_8601;

    #[test]
    fn moments_have_whole_seconds() {
        assert_eq!(iso_8601(1_700_000_000_999), "2023-11-14T22:13:20Z");
        assert_eq!(iso_8601(u64::MAX), "1970-01-01T00:00:00Z");
    }
}

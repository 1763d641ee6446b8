//! Times as people type them.

/// Milliseconds since the epoch of `text`: seconds since the epoch, with or without a
/// fraction, or RFC 3339 with a zone (`2026-01-31T12:00:00Z`). `None` if it is neither.
pub(super) fn parse(text: &str) -> Option<i64> {
    if let Ok(seconds) = text.parse::<f64>() {
        let ms = (seconds * 1_000.0).round();
        return (0.0..=MS_MAX).contains(&ms).then_some(ms as i64);
    }
    let ms = text.parse::<jiff::Timestamp>().ok()?.as_millisecond();
    (ms >= 0).then_some(ms)
}

/// Seconds with three decimals, as the wire has them.
pub(super) fn seconds(ms: i64) -> String {
    format!("{}.{:03}", ms.div_euclid(1_000), ms.rem_euclid(1_000))
}

/// The end of the year 9999.
const MS_MAX: f64 = 253_402_300_799_999.0;

#[cfg(test)]
mod tests {
    use super::{parse, seconds};

    #[test]
    fn both_forms_are_read() {
        assert_eq!(parse("0"), Some(0));
        assert_eq!(parse("1519423069.070"), Some(1_519_423_069_070));
        assert_eq!(parse("2018-02-23T21:57:49.070Z"), Some(1_519_423_069_070));
        assert_eq!(
            parse("2018-02-23T22:57:49.070+01:00"),
            Some(1_519_423_069_070)
        );
        for wrong in [
            "",
            "-1",
            "nan",
            "inf",
            "1e300",
            "yesterday",
            "2018-02-23",
            "1969-12-31T23:59:59Z",
        ] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn the_wire_form_has_three_decimals() {
        assert_eq!(seconds(0), "0.000");
        assert_eq!(seconds(1_600_000_000_007), "1600000000.007");
    }
}

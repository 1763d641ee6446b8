//! The scalar values of the wire that Rust has no type for.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// A moment: milliseconds since 1970-01-01T00:00:00Z.
///
/// restJson1 carries it as a JSON number of seconds (integer, fraction or exponent; rounded to
/// the millisecond), awsQuery as ISO 8601.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// From seconds since the epoch, rounded to the millisecond. `None` outside the years
    /// -9999 to 9999, and for NaN.
    pub fn from_seconds(seconds: f64) -> Option<Self> {
        let ms = (seconds * 1000.0).round();
        // The comparison is false for NaN; the cast is exact below 2^53.
        if ms.abs() <= MAX_MS as f64 {
            Some(Self(ms as i64))
        } else {
            None
        }
    }

    /// From ISO 8601, e.g. `2026-01-31T12:00:00Z`.
    pub fn from_iso8601(text: &str) -> Option<Self> {
        text.parse::<jiff::Timestamp>()
            .ok()
            .map(|t| Self(t.as_millisecond()))
    }

    /// ISO 8601 in whole seconds, as IAM and STS print it: `2026-01-31T12:00:00Z`.
    pub fn to_iso8601(self) -> String {
        let seconds = self.0.clamp(-MAX_MS, MAX_MS).div_euclid(1000);
        // The clamp keeps the value inside jiff's range.
        jiff::Timestamp::from_second(seconds)
            .unwrap_or(jiff::Timestamp::UNIX_EPOCH)
            .to_string()
    }

    /// Seconds with three decimals, as restJson1 carries it: `1562589645.061`.
    pub fn to_seconds(self) -> String {
        let sign = if self.0 < 0 { "-" } else { "" };
        let ms = self.0.unsigned_abs();
        format!("{sign}{}.{:03}", ms / 1000, ms % 1000)
    }
}

/// Text that must reach no log and no error message: its `Debug` prints `***`.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sensitive(pub String);

impl Sensitive {
    /// The text itself.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Sensitive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl From<String> for Sensitive {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl From<&str> for Sensitive {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

/// Bytes, base64 on the wire. Its `Debug` prints only the length.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Blob(pub Vec<u8>);

impl Blob {
    /// From standard base64 with padding.
    pub fn from_base64(text: &str) -> Option<Self> {
        STANDARD.decode(text).ok().map(Self)
    }

    /// Standard base64 with padding.
    pub fn to_base64(&self) -> String {
        STANDARD.encode(&self.0)
    }
}

impl fmt::Debug for Blob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Blob({} bytes)", self.0.len())
    }
}

/// 9999-12-30T22:00:00Z, the last moment every calendar used here can print.
const MAX_MS: i64 = 253_402_207_200_000;

#[cfg(test)]
mod tests {
    use super::{Blob, Sensitive, Timestamp};

    #[test]
    fn seconds_are_rounded_to_the_millisecond() {
        assert_eq!(
            Timestamp::from_seconds(1.5e9),
            Some(Timestamp(1_500_000_000_000))
        );
        assert_eq!(
            Timestamp::from_seconds(1_519_423_069.070_123).map(|t| t.0),
            Some(1_519_423_069_070)
        );
        assert_eq!(
            Timestamp::from_seconds(1_519_423_069.070_6).map(|t| t.0),
            Some(1_519_423_069_071)
        );
        assert_eq!(Timestamp::from_seconds(f64::NAN), None);
        assert_eq!(Timestamp::from_seconds(1e300), None);
    }

    #[test]
    fn printing() {
        assert_eq!(Timestamp(1_562_589_645_061).to_seconds(), "1562589645.061");
        assert_eq!(Timestamp(-1_500).to_seconds(), "-1.500");
        assert_eq!(
            Timestamp(1_562_589_645_061).to_iso8601(),
            "2019-07-08T12:40:45Z"
        );
        assert_eq!(Timestamp(-1).to_iso8601(), "1969-12-31T23:59:59Z");
        assert!(Timestamp(i64::MAX).to_iso8601().starts_with("9999-"));
    }

    #[test]
    fn iso8601_round_trips() {
        let moment = Timestamp::from_iso8601("2026-01-31T12:00:00Z").expect("it parses");
        assert_eq!(moment.to_iso8601(), "2026-01-31T12:00:00Z");
        assert_eq!(Timestamp::from_iso8601("yesterday"), None);
    }

    #[test]
    fn secrets_do_not_print() {
        assert_eq!(format!("{:?}", Sensitive::from("hunter2")), "***");
        assert_eq!(format!("{:?}", Blob(vec![1, 2, 3])), "Blob(3 bytes)");
    }
}

//! Where a media read begins.

use std::fmt;

use crate::fragment::{FragmentMeta, FragmentNumber};

/// Which of a fragment's two times counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeAxis {
    /// When its first byte arrived.
    Server,
    /// What its producer says.
    Producer,
}

impl TimeAxis {
    /// The fragment's start on this axis, milliseconds since the epoch.
    pub fn start_ms(self, fragment: &FragmentMeta) -> i64 {
        match self {
            TimeAxis::Server => i64::try_from(fragment.number.server_ms).unwrap_or(i64::MAX),
            TimeAxis::Producer => fragment.producer_ms,
        }
    }
}

/// GetMedia's `StartSelector`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StartSelector {
    /// The next fragment to begin (`NOW`).
    Now,
    /// The oldest fragment there is (`EARLIEST`).
    Earliest,
    /// The fragment after this one (`FRAGMENT_NUMBER` and `CONTINUATION_TOKEN`; a token
    /// is the number of the last fragment received).
    After(FragmentNumber),
    /// The fragment that contains this time, or else the first after it
    /// (`SERVER_TIMESTAMP`, `PRODUCER_TIMESTAMP`).
    At(TimeAxis, i64),
}

/// Why a selector is not usable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SelectError {
    /// No such `StartSelectorType`.
    UnknownType,
    /// The type needs this member.
    Missing(&'static str),
    /// Not a number this service hands out, so no such fragment exists.
    NoSuchFragment,
}

impl fmt::Display for SelectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SelectError::UnknownType => f.write_str("unknown start selector type"),
            SelectError::Missing(member) => write!(f, "{member} is missing"),
            SelectError::NoSuchFragment => f.write_str("no such fragment"),
        }
    }
}

impl std::error::Error for SelectError {}

impl StartSelector {
    /// From the members of the request; `start_ms` is milliseconds since the epoch.
    ///
    /// # Errors
    /// [`SelectError`]. Members that the type does not use are not looked at.
    pub fn parse(
        kind: &str,
        after: Option<&str>,
        start_ms: Option<i64>,
        token: Option<&str>,
    ) -> Result<StartSelector, SelectError> {
        let number = |text: Option<&str>, member| {
            let text = text.ok_or(SelectError::Missing(member))?;
            let number = FragmentNumber::parse(text).ok_or(SelectError::NoSuchFragment)?;
            Ok(StartSelector::After(number))
        };
        let at = |axis| {
            let ms = start_ms.ok_or(SelectError::Missing("StartTimestamp"))?;
            Ok(StartSelector::At(axis, ms))
        };
        match kind {
            "NOW" => Ok(StartSelector::Now),
            "EARLIEST" => Ok(StartSelector::Earliest),
            "FRAGMENT_NUMBER" => number(after, "AfterFragmentNumber"),
            "CONTINUATION_TOKEN" => number(token, "ContinuationToken"),
            "SERVER_TIMESTAMP" => at(TimeAxis::Server),
            "PRODUCER_TIMESTAMP" => at(TimeAxis::Producer),
            _ => Err(SelectError::UnknownType),
        }
    }
}

/// Whether reading from `time_ms` on may begin with a fragment that starts at `start_ms`
/// and lasts `duration_ms`, `None` while it is being received. Going through fragments in
/// order of ingestion, the first of which this is true is the one to begin with.
pub fn admits(time_ms: i64, start_ms: i64, duration_ms: Option<u32>) -> bool {
    start_ms >= time_ms
        || duration_ms.is_none_or(|length| start_ms.saturating_add(length.into()) > time_ms)
}

#[cfg(test)]
mod tests {
    use super::{SelectError, StartSelector, TimeAxis, admits};
    use crate::fragment::FragmentNumber;

    #[test]
    fn the_first_admitted_fragment() {
        let list = [
            (10_000, Some(2_000)),
            (12_000, Some(2_000)),
            (20_000, None),
            (i64::MAX, Some(u32::MAX)),
        ];
        let first = |ms| list.iter().position(|&(start, len)| admits(ms, start, len));
        assert_eq!(first(0), Some(0));
        assert_eq!(first(11_999), Some(0));
        assert_eq!(first(12_000), Some(1), "the end of a fragment is not in it");
        assert_eq!(first(15_000), Some(2), "a gap leads to what follows it");
        assert_eq!(first(99_000), Some(2), "it may last that long");
        assert!(!admits(22_000, 20_000, Some(2_000)));
    }

    #[test]
    fn selectors_need_their_member() {
        let number = FragmentNumber {
            sequence: 7,
            ..FragmentNumber::ZERO
        };
        let text = number.to_string();
        let parse = StartSelector::parse;
        for kind in ["FRAGMENT_NUMBER", "CONTINUATION_TOKEN"] {
            let both = parse(kind, Some(&text), None, Some(&text));
            assert_eq!(both, Ok(StartSelector::After(number)));
            assert!(matches!(
                parse(kind, None, Some(1), None),
                Err(SelectError::Missing(_))
            ));
            let strange = parse(kind, Some("12"), None, Some("abc.def"));
            assert_eq!(strange, Err(SelectError::NoSuchFragment));
        }
        assert_eq!(
            parse("SERVER_TIMESTAMP", None, Some(5), None),
            Ok(StartSelector::At(TimeAxis::Server, 5))
        );
        assert_eq!(
            parse("PRODUCER_TIMESTAMP", None, None, None),
            Err(SelectError::Missing("StartTimestamp"))
        );
        assert_eq!(parse("NOW", None, None, None), Ok(StartSelector::Now));
        assert_eq!(
            parse("now", None, None, None),
            Err(SelectError::UnknownType)
        );
    }
}

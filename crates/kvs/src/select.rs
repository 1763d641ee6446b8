//! Where a media read begins, and which fragments a list or a clip takes.

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
    /// The range ends before it starts.
    Backwards,
}

impl fmt::Display for SelectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SelectError::UnknownType => f.write_str("unknown start selector type"),
            SelectError::Missing(member) => write!(f, "{member} is missing"),
            SelectError::NoSuchFragment => f.write_str("no such fragment"),
            SelectError::Backwards => f.write_str("the range ends before it starts"),
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

    /// Whether reading may begin with this stored fragment. Going through fragments by
    /// number, the first of which this is true is the one to begin with.
    pub fn admits(&self, fragment: &FragmentMeta) -> bool {
        match self {
            StartSelector::Now => false,
            StartSelector::Earliest => true,
            StartSelector::After(number) => fragment.number > *number,
            StartSelector::At(axis, ms) => {
                let start_ms = axis.start_ms(fragment);
                let end_ms = start_ms.saturating_add(i64::from(fragment.duration_ms));
                start_ms >= *ms || end_ms > *ms
            }
        }
    }
}

/// A range of fragment start times, both ends included (`FragmentSelector`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeRange {
    /// Which time.
    pub axis: TimeAxis,
    /// First, milliseconds since the epoch.
    pub start_ms: i64,
    /// Last, milliseconds since the epoch.
    pub end_ms: i64,
}

impl TimeRange {
    /// A range.
    ///
    /// # Errors
    /// [`SelectError::Backwards`].
    pub fn new(axis: TimeAxis, start_ms: i64, end_ms: i64) -> Result<TimeRange, SelectError> {
        if end_ms < start_ms {
            return Err(SelectError::Backwards);
        }
        Ok(TimeRange {
            axis,
            start_ms,
            end_ms,
        })
    }

    /// Whether the fragment starts within the range.
    pub fn contains(&self, fragment: &FragmentMeta) -> bool {
        (self.start_ms..=self.end_ms).contains(&self.axis.start_ms(fragment))
    }
}

#[cfg(test)]
mod tests {
    use super::{SelectError, StartSelector, TimeAxis, TimeRange};
    use crate::fragment::{FragmentMeta, FragmentNumber};

    fn fragment(sequence: u64, server_ms: u64, producer_ms: i64) -> FragmentMeta {
        FragmentMeta {
            number: FragmentNumber {
                sequence,
                server_ms,
                random: 0,
            },
            producer_ms,
            timestamp_scale_ns: 1_000_000,
            timecode: 0,
            duration_ms: 2_000,
            header_len: 0,
            cluster_len: 0,
            trailer_len: 0,
            session: 1,
            codec_digest: 0,
            ordinal: 0,
            breaks: 0,
            cut: None,
            tracks: Vec::new(),
            aligned: true,
        }
    }

    #[test]
    fn the_first_admitted_fragment() {
        let list = [
            fragment(1, 10_000, 1_000),
            fragment(2, 12_000, 3_000),
            fragment(3, 20_000, 9_000),
        ];
        let first = |selector: StartSelector| {
            let found = list.iter().find(|f| selector.admits(f));
            found.map(|f| f.number.sequence)
        };
        let server = |ms| first(StartSelector::At(TimeAxis::Server, ms));
        assert_eq!(server(0), Some(1));
        assert_eq!(server(11_999), Some(1));
        assert_eq!(
            server(12_000),
            Some(2),
            "the end of a fragment is not in it"
        );
        assert_eq!(server(15_000), Some(3), "a gap leads to what follows it");
        assert_eq!(server(22_000), None);
        assert_eq!(first(StartSelector::At(TimeAxis::Producer, 4_000)), Some(2));
        assert_eq!(first(StartSelector::After(list[0].number)), Some(2));
        assert_eq!(first(StartSelector::After(list[2].number)), None);
        assert_eq!(first(StartSelector::Earliest), Some(1));
        assert_eq!(first(StartSelector::Now), None);
    }

    #[test]
    fn selectors_need_their_member() {
        let number = fragment(7, 8, 9).number;
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

    #[test]
    fn ranges_include_both_ends() {
        let f = fragment(1, 10_000, 1_000);
        let server = |a, b| TimeRange::new(TimeAxis::Server, a, b).unwrap().contains(&f);
        assert!(server(10_000, 10_000));
        assert!(!server(10_001, 20_000));
        assert!(!server(0, 9_999));
        assert!(
            TimeRange::new(TimeAxis::Producer, 0, 1_000)
                .unwrap()
                .contains(&f)
        );
        assert_eq!(
            TimeRange::new(TimeAxis::Producer, 2, 1),
            Err(SelectError::Backwards)
        );
    }
}

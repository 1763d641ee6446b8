//! What a stream has of each moment: stretches of media, the gaps between them, and how
//! much there is in each of many equal buckets.
//!
//! Over a long time this is not worked out from fragments but from [`Hour`]s, each of
//! which sums up the fragments that arrived within one hour. All of it can be put together
//! in any order: stretches are joined where the time between them is no longer than a
//! bound, counts are added.

mod hour;
mod survey;

pub use hour::{Cell, Coverage, Hour, HourBuilder};
pub use survey::{Bucket, Change, Seen, Survey};

use crate::fragment::FragmentMeta;
use crate::limits;

/// The clock that places media in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clock {
    /// The producer's timestamps: when media was recorded.
    Producer,
    /// The server's: when media arrived.
    Server,
}

impl Clock {
    /// The longest time between two stretches that is no gap, milliseconds. Fragments do
    /// not arrive at the pace they are recorded, so the server's clock has more patience.
    pub fn join_ms(self) -> u64 {
        match self {
            Clock::Producer => limits::CONTINUITY_MS.unsigned_abs(),
            Clock::Server => limits::ARRIVAL_JOIN_MS,
        }
    }

    /// Where a fragment lies by this clock.
    pub fn span(self, fragment: &FragmentMeta) -> Span {
        let start_ms = match self {
            Clock::Producer => fragment.producer_ms,
            Clock::Server => i64::try_from(fragment.number.server_ms).unwrap_or(i64::MAX),
        };
        Span {
            start_ms,
            end_ms: start_ms.saturating_add(fragment.duration_ms.into()),
            codecs: fragment.codec_digest,
        }
    }
}

/// A stretch of time with media of one set of codecs, milliseconds since the epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    /// Its begin.
    pub start_ms: i64,
    /// Its end, not before its begin.
    pub end_ms: i64,
    /// [`FragmentMeta::codec_digest`], or [`MIXED`].
    pub codecs: u64,
}

/// How much media.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// Fragments.
    pub fragments: u64,
    /// Bytes that their producers sent: header, Cluster and what follows it, which is what
    /// `FragmentSizeInBytes` says.
    pub bytes: u64,
}

impl Count {
    /// One fragment.
    pub fn of(fragment: &FragmentMeta) -> Count {
        let parts = [
            fragment.header_len,
            fragment.cluster_len,
            fragment.trailer_len,
        ];
        Count {
            fragments: 1,
            bytes: parts.into_iter().map(u64::from).sum(),
        }
    }

    /// Both together.
    pub fn plus(self, other: Count) -> Count {
        Count {
            fragments: self.fragments.saturating_add(other.fragments),
            bytes: self.bytes.saturating_add(other.bytes),
        }
    }

    /// What is left without the other; never below nothing.
    pub fn minus(self, other: Count) -> Count {
        Count {
            fragments: self.fragments.saturating_sub(other.fragments),
            bytes: self.bytes.saturating_sub(other.bytes),
        }
    }

    /// Whether there is none.
    pub fn is_none(self) -> bool {
        self == Count::default()
    }
}

/// The hour, counted from the epoch, that a server time lies in.
pub fn hour_of(server_ms: u64) -> u64 {
    server_ms / HOUR_MS
}

/// Joins stretches of the same codecs that lie no further apart than `join_ms`. The answer
/// is sorted, and the same for any order of the input and any way of joining parts of it
/// first.
pub fn joined(mut spans: Vec<Span>, join_ms: u64) -> Vec<Span> {
    spans.sort_unstable_by_key(|span| (span.codecs, span.start_ms));
    spans.dedup_by(|next, last| {
        let joins = next.codecs == last.codecs && touches(last.end_ms, next.start_ms, join_ms);
        if joins {
            last.end_ms = last.end_ms.max(next.end_ms);
        }
        joins
    });
    spans.sort_unstable();
    spans
}

/// What is covered, whatever the codecs: begin and end of each stretch, sorted.
pub fn covered(spans: &[Span], join_ms: u64) -> Vec<(i64, i64)> {
    let alike = spans.iter().map(|&span| Span {
        codecs: MIXED,
        ..span
    });
    let joined = joined(alike.collect(), join_ms);
    joined
        .iter()
        .map(|span| (span.start_ms, span.end_ms))
        .collect()
}

/// What lies between stretches that [`covered`] gave, and between them and the ends of a
/// range.
pub fn gaps(covered: &[(i64, i64)], start_ms: i64, end_ms: i64) -> Vec<(i64, i64)> {
    let mut gaps = Vec::new();
    let mut from_ms = start_ms;
    for &(begin_ms, until_ms) in covered {
        let to_ms = begin_ms.min(end_ms);
        if to_ms > from_ms {
            gaps.push((from_ms, to_ms));
        }
        from_ms = from_ms.max(until_ms);
    }
    if end_ms > from_ms {
        gaps.push((from_ms, end_ms));
    }
    gaps
}

fn touches(end_ms: i64, start_ms: i64, join_ms: u64) -> bool {
    start_ms <= end_ms.saturating_add_unsigned(join_ms)
}

/// Stands for codecs that are not told apart.
pub const MIXED: u64 = 0;
/// An hour, milliseconds.
pub const HOUR_MS: u64 = 3_600_000;

#[cfg(test)]
mod tests;

//! A look at a range of time: how much each bucket of it has, which stretches there are.

use super::hour::fewer;
use super::{Cell, Clock, Count, Coverage, MIXED, Span, covered, gaps, joined};
use crate::fragment::FragmentMeta;
use crate::limits::{SURVEY_SPANS_HELD_MAX, SURVEY_SPANS_MAX};

/// Takes fragments and hours in any order and tells what a range of time has.
#[derive(Clone, Debug)]
pub struct Survey {
    clock: Clock,
    start_ms: i64,
    end_ms: i64,
    width_ms: i64,
    counts: Vec<Count>,
    spans: Vec<Span>,
    join_ms: u64,
    held_max: usize,
}

/// What a range has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// Length of a bucket, milliseconds; the last may go beyond the range.
    pub width_ms: i64,
    /// Number of buckets, empty ones with them.
    pub buckets: usize,
    /// The buckets that are not empty, in order.
    pub filled: Vec<Bucket>,
    /// How much media begins in the range.
    pub count: Count,
    /// Time with media, milliseconds.
    pub covered_ms: u64,
    /// Stretches by codecs, cut at the ends of the range.
    pub spans: Vec<Span>,
    /// Time without media, within the part of the range where media could be.
    pub gaps: Vec<(i64, i64)>,
    /// What the lists were joined with, milliseconds.
    pub join_ms: u64,
    /// Whether that is no more than [`Clock::join_ms`].
    pub is_exact: bool,
    /// Where the codecs change, the first of them with it.
    pub changes: Vec<Change>,
    /// Whether there are more changes than are listed.
    pub more_changes: bool,
}

/// What a part of the range has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bucket {
    /// Its place, from 0.
    pub index: usize,
    /// Time with media, milliseconds.
    pub covered_ms: u64,
    /// How much media begins in it.
    pub count: Count,
}

/// Other codecs from here on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    /// When.
    pub at_ms: i64,
    /// The codecs before; `None` at the first media of the range.
    pub from: Option<u64>,
    /// The codecs after.
    pub to: u64,
}

impl Survey {
    /// A look at `start_ms` to `end_ms` (exclusive) in at most `buckets` parts. An empty
    /// range is taken as a millisecond, no buckets as one, and times beyond a hundred
    /// thousand years as that.
    pub fn new(clock: Clock, start_ms: i64, end_ms: i64, buckets: usize) -> Survey {
        let start_ms = start_ms.clamp(-FAR_MS, FAR_MS);
        let end_ms = end_ms.clamp(start_ms + 1, FAR_MS + 1);
        let length_ms = end_ms - start_ms;
        let most = i64::try_from(buckets.max(1)).unwrap_or(i64::MAX);
        let width_ms = length_ms.div_euclid(most) + i64::from(length_ms % most != 0);
        let number = length_ms.div_euclid(width_ms) + i64::from(length_ms % width_ms != 0);
        Survey {
            clock,
            start_ms,
            end_ms,
            width_ms,
            counts: vec![Count::default(); usize::try_from(number).unwrap_or(1)],
            spans: Vec::new(),
            join_ms: clock.join_ms(),
            held_max: SURVEY_SPANS_HELD_MAX,
        }
    }

    /// Takes a fragment in.
    pub fn add_fragment(&mut self, fragment: &FragmentMeta) {
        let span = self.clock.span(fragment);
        self.add_span(span);
        if (self.start_ms..self.end_ms).contains(&span.start_ms) {
            self.count(span.start_ms, Count::of(fragment));
        }
    }

    /// Takes an hour in, as far as it lies in the range.
    pub fn add(&mut self, coverage: &Coverage) {
        self.join_ms = self.join_ms.max(coverage.join_ms);
        for &span in &coverage.spans {
            self.add_span(span);
        }
        for cell in &coverage.cells {
            self.spread(cell);
        }
    }

    /// What was found. `from_ms` to `until_ms` is where media could be: before nothing was
    /// kept, or the stream was not there, and after is the future. Media outside of it is
    /// shown all the same.
    pub fn finish(self, from_ms: i64, until_ms: i64) -> Seen {
        let spans = joined(self.spans, self.join_ms);
        let whole = covered(&spans, self.join_ms);
        let mut covers = vec![0_u64; self.counts.len()];
        for &(start_ms, end_ms) in &whole {
            cover(
                &mut covers,
                self.width_ms,
                start_ms - self.start_ms,
                end_ms - self.start_ms,
            );
        }
        let (changes, more_changes) = changes(&spans);
        let first_ms = whole.first().map_or(from_ms, |&(start_ms, _)| start_ms);
        let last_ms = whole.last().map_or(until_ms, |&(_, end_ms)| end_ms);
        let from_ms = from_ms.min(first_ms).max(self.start_ms);
        let until_ms = until_ms.max(last_ms).min(self.end_ms);
        let mut join_ms = self.join_ms;
        let (spans, gaps) = listed(spans, whole, &mut join_ms, self.width_ms, |whole| {
            gaps(whole, from_ms, until_ms)
        });
        let filled = covers.iter().zip(&self.counts).enumerate();
        let filled = filled.filter(|(_, (covered_ms, count))| **covered_ms > 0 || !count.is_none());
        Seen {
            width_ms: self.width_ms,
            buckets: self.counts.len(),
            filled: filled
                .map(|(index, (&covered_ms, &count))| Bucket {
                    index,
                    covered_ms,
                    count,
                })
                .collect(),
            count: self
                .counts
                .iter()
                .fold(Count::default(), |sum, count| sum.plus(*count)),
            covered_ms: covers.iter().sum(),
            spans,
            gaps,
            join_ms,
            is_exact: join_ms <= self.clock.join_ms(),
            changes,
            more_changes,
        }
    }

    fn add_span(&mut self, span: Span) {
        let is_in = span.start_ms < self.end_ms
            && (span.end_ms > self.start_ms || span.start_ms >= self.start_ms);
        if !is_in {
            return;
        }
        self.spans.push(Span {
            start_ms: span.start_ms.max(self.start_ms),
            end_ms: span.end_ms.min(self.end_ms),
            codecs: span.codecs,
        });
        if self.spans.len() >= self.held_max {
            let spans = std::mem::take(&mut self.spans);
            self.spans = fewer(spans, &mut self.join_ms, self.held_max / 2);
        }
    }

    fn count(&mut self, at_ms: i64, count: Count) {
        let index = usize::try_from((at_ms - self.start_ms) / self.width_ms);
        if let Some(bucket) = index.ok().and_then(|index| self.counts.get_mut(index)) {
            *bucket = bucket.plus(count);
        }
    }

    /// Spreads a cell evenly over its time. Parts of it are rounded so that they add up.
    fn spread(&mut self, cell: &Cell) {
        let length_ms = cell.end_ms.saturating_sub(cell.start_ms);
        if length_ms <= 0 {
            if (self.start_ms..self.end_ms).contains(&cell.start_ms) {
                self.count(cell.start_ms, cell.count);
            }
            return;
        }
        let share = |at_ms: i64| {
            let part = |whole: u64| {
                let past = u128::from(at_ms.saturating_sub(cell.start_ms).max(0).unsigned_abs());
                let past = past.min(length_ms.unsigned_abs().into());
                let part = u128::from(whole) * past / u128::from(length_ms.unsigned_abs());
                u64::try_from(part).unwrap_or(whole)
            };
            Count {
                fragments: part(cell.count.fragments),
                bytes: part(cell.count.bytes),
            }
        };
        let mut at_ms = cell.start_ms.max(self.start_ms);
        let until_ms = cell.end_ms.min(self.end_ms);
        while at_ms < until_ms {
            let index = (at_ms - self.start_ms) / self.width_ms;
            let next_ms = self.start_ms.saturating_add((index + 1) * self.width_ms);
            let next_ms = next_ms.min(until_ms);
            self.count(at_ms, share(next_ms).minus(share(at_ms)));
            at_ms = next_ms;
        }
    }
}

/// Adds a stretch, given from the begin of the range on, to the buckets it covers.
fn cover(covers: &mut [u64], width_ms: i64, start_ms: i64, end_ms: i64) {
    let mut at_ms = start_ms;
    while at_ms < end_ms {
        let index = at_ms / width_ms;
        let next_ms = index.saturating_add(1).saturating_mul(width_ms).min(end_ms);
        if let Some(covered) = usize::try_from(index)
            .ok()
            .and_then(|at| covers.get_mut(at))
        {
            *covered += next_ms.abs_diff(at_ms);
        }
        at_ms = next_ms;
    }
}

/// Lists that are short enough: if there are too many stretches or gaps, they are joined
/// over the length of a bucket or more.
fn listed(
    mut spans: Vec<Span>,
    mut whole: Vec<(i64, i64)>,
    join_ms: &mut u64,
    width_ms: i64,
    gaps: impl Fn(&[(i64, i64)]) -> Vec<(i64, i64)>,
) -> (Vec<Span>, Vec<(i64, i64)>) {
    if spans.len() > SURVEY_SPANS_MAX || whole.len() > SURVEY_SPANS_MAX {
        *join_ms = (*join_ms).max(width_ms.unsigned_abs());
        spans = fewer(spans, join_ms, SURVEY_SPANS_MAX);
        whole = covered(&spans, *join_ms);
    }
    let gaps = gaps(&whole);
    (spans, gaps)
}

fn changes(spans: &[Span]) -> (Vec<Change>, bool) {
    let mut changes = Vec::new();
    let mut from = None;
    for span in spans.iter().filter(|span| span.codecs != MIXED) {
        if from == Some(span.codecs) {
            continue;
        }
        if changes.len() == SURVEY_SPANS_MAX {
            return (changes, true);
        }
        changes.push(Change {
            at_ms: span.start_ms,
            from,
            to: span.codecs,
        });
        from = Some(span.codecs);
    }
    (changes, false)
}

/// Further than anyone looks; sums of such times do not overflow.
const FAR_MS: i64 = 1 << 52;

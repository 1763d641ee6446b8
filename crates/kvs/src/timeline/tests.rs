//! Timelines against a look at every millisecond, and their bounds.

use super::{Bucket, Clock, Count, HourBuilder, Seen, Span, Survey, covered, gaps, joined};
use crate::fragment::{FragmentMeta, FragmentNumber};
use crate::limits;

fn fragment(server_ms: u64, producer_ms: i64, duration_ms: u32, codecs: u64) -> FragmentMeta {
    FragmentMeta {
        number: FragmentNumber {
            sequence: 1,
            server_ms,
            random: 0,
        },
        producer_ms,
        timestamp_scale_ns: 1_000_000,
        timecode: 0,
        duration_ms,
        header_len: 100,
        cluster_len: duration_ms,
        trailer_len: 1,
        session: 1,
        codec_digest: codecs,
        ordinal: 0,
        breaks: 0,
        cut: None,
        tracks: Vec::new(),
        aligned: true,
    }
}

/// Marsaglia's xorshift.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }

    fn fragments(&mut self, count: u64) -> Vec<FragmentMeta> {
        let at = |random: &mut Random| {
            let near = random.below(40) * 150;
            let (producer_ms, duration) = (near + random.below(60), random.below(400));
            let server_ms = near + random.below(2000);
            let codecs = 1 + random.below(2);
            fragment(
                server_ms,
                producer_ms.cast_signed() - 3000,
                duration as u32,
                codecs,
            )
        };
        (0..count).map(|_| at(self)).collect()
    }

    fn shuffle<T>(&mut self, items: &mut [T]) {
        for at in (1..items.len()).rev() {
            items.swap(at, self.below(at as u64 + 1) as usize);
        }
    }
}

/// What is covered, millisecond by millisecond.
fn naive(fragments: &[FragmentMeta], clock: Clock, codecs: Option<u64>) -> Vec<(i64, i64)> {
    let spans = fragments
        .iter()
        .map(|fragment| clock.span(fragment))
        .filter(|span| codecs.is_none_or(|codecs| span.codecs == codecs));
    let spans: Vec<Span> = spans.collect();
    let mut found: Vec<(i64, i64)> = Vec::new();
    let join_ms = clock.join_ms().cast_signed();
    for at_ms in -5000..15_000_i64 {
        // A stretch of no length is there all the same.
        let is_in = |span: &Span| (span.start_ms..=span.end_ms).contains(&at_ms);
        if !spans.iter().any(is_in) {
            continue;
        }
        match found.last_mut() {
            Some((_, end_ms)) if at_ms - *end_ms <= join_ms => *end_ms = at_ms,
            _ => found.push((at_ms, at_ms)),
        }
    }
    found
}

#[test]
fn any_order_of_joining_gives_what_a_look_at_every_millisecond_does() {
    let mut random = Random(7);
    for round in 0..60 {
        let number = 1 + random.below(40);
        let mut fragments = random.fragments(number);
        for clock in [Clock::Producer, Clock::Server] {
            let mut parts: Vec<Vec<Span>> = fragments
                .iter()
                .map(|fragment| vec![clock.span(fragment)])
                .collect();
            random.shuffle(&mut parts);
            while parts.len() > 1 {
                let at = random.below(parts.len() as u64) as usize;
                let mut one = parts.swap_remove(at);
                let at = random.below(parts.len() as u64) as usize;
                one.extend(parts.swap_remove(at));
                parts.push(joined(one, clock.join_ms()));
            }
            let all = joined(parts.remove(0), clock.join_ms());
            let whole = covered(&all, clock.join_ms());
            assert_eq!(whole, naive(&fragments, clock, None), "round {round}");
            for codecs in [1, 2] {
                let own = all.iter().filter(|span| span.codecs == codecs);
                let own: Vec<_> = own.map(|span| (span.start_ms, span.end_ms)).collect();
                assert_eq!(own, naive(&fragments, clock, Some(codecs)));
            }
            let seen = survey(&fragments, clock, |survey, fragments| {
                fragments.iter().for_each(|one| survey.add_fragment(one));
            });
            let by_hours = survey(&fragments, clock, |survey, fragments| {
                for part in fragments.chunks(7) {
                    let mut hour = HourBuilder::default();
                    part.iter().for_each(|fragment| hour.add(fragment));
                    survey.add(hour.finish().coverage(clock));
                }
            });
            assert_eq!(seen.spans, by_hours.spans);
            assert_eq!(seen.gaps, by_hours.gaps);
            assert_eq!(seen.count, by_hours.count);
            assert_eq!(seen.covered_ms, by_hours.covered_ms);
            assert_eq!(seen.changes, by_hours.changes);
            let times = |seen: &Seen| -> Vec<_> {
                let filled = seen.filled.iter().filter(|bucket| bucket.covered_ms > 0);
                filled.map(|b| (b.index, b.covered_ms)).collect()
            };
            assert_eq!(times(&seen), times(&by_hours));
        }
        random.shuffle(&mut fragments);
    }
}

fn survey(
    fragments: &[FragmentMeta],
    clock: Clock,
    add: impl Fn(&mut Survey, &[FragmentMeta]),
) -> Seen {
    let mut survey = Survey::new(clock, -6000, 16_000, 37);
    add(&mut survey, fragments);
    survey.finish(-6000, 16_000)
}

#[test]
fn a_gap_and_a_change_of_codecs_are_seen_to_the_millisecond() {
    let mut survey = Survey::new(Clock::Producer, 0, 20_000, 10);
    for (at_ms, codecs) in [(1000, 7), (3000, 7), (9_001, 7), (11_001, 8)] {
        survey.add_fragment(&fragment(5, at_ms, 2000, codecs));
    }
    let seen = survey.finish(500, 15_000);
    let span = |start_ms, end_ms, codecs| Span {
        start_ms,
        end_ms,
        codecs,
    };
    assert_eq!(
        seen.spans,
        [
            span(1000, 5000, 7),
            span(9001, 11_001, 7),
            span(11_001, 13_001, 8)
        ]
    );
    assert_eq!(seen.gaps, [(500, 1000), (5000, 9001), (13_001, 15_000)]);
    let changes: Vec<_> = seen
        .changes
        .iter()
        .map(|c| (c.at_ms, c.from, c.to))
        .collect();
    assert_eq!(changes, [(1000, None, 7), (11_001, Some(7), 8)]);
    assert!(seen.is_exact && !seen.more_changes);
    assert_eq!((seen.width_ms, seen.buckets), (2000, 10));
    assert_eq!(seen.covered_ms, 8000);
    assert_eq!(seen.count.fragments, 4);
    let covers: Vec<_> = seen
        .filled
        .iter()
        .map(|b| (b.index, b.covered_ms))
        .collect();
    assert_eq!(
        covers,
        [
            (0, 1000),
            (1, 2000),
            (2, 1000),
            (4, 999),
            (5, 2000),
            (6, 1001)
        ]
    );
}

#[test]
fn what_lies_outside_does_not_count() {
    let mut survey = Survey::new(Clock::Server, 10_000, 20_000, 5);
    for at_ms in [0, 9_000, 20_000, 19_500] {
        survey.add_fragment(&fragment(at_ms, 0, 2000, 1));
    }
    let seen = survey.finish(0, 30_000);
    let spans: Vec<_> = seen.spans.iter().map(|s| (s.start_ms, s.end_ms)).collect();
    assert_eq!(spans, [(10_000, 11_000), (19_500, 20_000)]);
    assert_eq!(seen.gaps, [(11_000, 19_500)]);
    // Only the last one begins in the range.
    assert_eq!(seen.count.fragments, 1);
}

#[test]
fn nothing_is_one_gap() {
    let seen = Survey::new(Clock::Server, 0, 1000, 4).finish(100, 5000);
    assert_eq!(seen.gaps, [(100, 1000)]);
    assert!(seen.filled.is_empty() && seen.spans.is_empty() && seen.is_exact);
    let seen = Survey::new(Clock::Server, 0, 1000, 4).finish(2000, 5000);
    assert!(seen.gaps.is_empty());
}

#[test]
fn counts_are_spread_and_add_up() {
    let mut hour = HourBuilder::default();
    for n in 0..1800 {
        hour.add(&fragment(n * 2000, (n * 2000) as i64, 2000, 1));
    }
    let hour = hour.finish();
    assert_eq!((hour.server.spans.len(), hour.server.cells.len()), (1, 12));
    for buckets in [1, 3, 60, 61, 599, 2000] {
        let mut survey = Survey::new(Clock::Server, 0, 3_600_000, buckets);
        survey.add(&hour.server);
        let seen = survey.finish(0, 3_600_000);
        assert_eq!(seen.count, hour.count, "{buckets} buckets");
        assert_eq!(seen.covered_ms, 3_600_000);
        assert!(seen.gaps.is_empty());
        let even = hour.count.fragments / seen.buckets as u64;
        let is_even = |b: &Bucket| b.count.fragments.abs_diff(even) <= 1;
        let (_, whole) = seen.filled.split_last().unwrap();
        assert!(whole.iter().all(is_even), "{buckets} buckets");
    }
    let mut half = Survey::new(Clock::Server, 1_800_000, 9_000_000, 4);
    half.add(&hour.server);
    assert_eq!(half.finish(0, 9_000_000).count.fragments, 900);
}

#[test]
fn an_hour_is_bounded_whatever_comes() {
    let mut random = Random(99);
    let mut hour = HourBuilder::default();
    let mut count = Count::default();
    for n in 0..20_000 {
        let producer_ms = random.below(1 << 50).cast_signed() - (1 << 49);
        let one = fragment(n * 180, producer_ms, 20, random.below(5000));
        count = count.plus(Count::of(&one));
        hour.add(&one);
    }
    hour.add(&fragment(0, i64::MAX, u32::MAX, 3));
    hour.add(&fragment(0, i64::MIN, u32::MAX, 3));
    let hour = hour.finish();
    for coverage in [&hour.server, &hour.producer] {
        assert!(coverage.spans.len() <= limits::HOUR_SPANS_MAX);
        assert!(coverage.cells.len() <= limits::HOUR_CELLS_MAX);
        let sum = coverage
            .cells
            .iter()
            .fold(Count::default(), |sum, cell| sum.plus(cell.count));
        assert_eq!(sum, hour.count);
    }
    assert_eq!(hour.count.fragments, count.fragments + 2);
    let mut survey = Survey::new(Clock::Producer, i64::MIN, i64::MAX, 2000);
    survey.add(&hour.producer);
    let seen = survey.finish(i64::MIN, i64::MAX);
    assert!(!seen.is_exact && seen.filled.len() <= seen.buckets);
}

#[test]
fn too_many_stretches_are_joined_and_said_to_be() {
    let mut survey = Survey::new(Clock::Producer, 0, 10_000_000, 100);
    for n in 0..5000 {
        survey.add_fragment(&fragment(1, n * 2000, 500, 1 + (n as u64 % 2)));
    }
    let seen = survey.finish(0, 10_000_000);
    assert!(!seen.is_exact);
    assert!(seen.join_ms >= 100_000 && seen.spans.len() <= limits::SURVEY_SPANS_MAX);
    // What the buckets say stays exact.
    assert_eq!(seen.covered_ms, 5000 * 500);
    assert!(seen.more_changes);
    assert_eq!(seen.changes.len(), limits::SURVEY_SPANS_MAX);
}

#[test]
fn gaps_lie_between() {
    assert_eq!(gaps(&[], 3, 5), [(3, 5)]);
    assert_eq!(gaps(&[(0, 4), (6, 9)], 3, 12), [(4, 6), (9, 12)]);
    assert_eq!(gaps(&[(0, 100)], 3, 12), []);
    assert_eq!(gaps(&[(50, 60)], 3, 12), [(3, 12)]);
}

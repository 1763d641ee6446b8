//! The pace of a replay, and where it goes on.

use super::segment::Segment;
use super::{Mode, Options, Origin};
use crate::fragment::FragmentNumber;

/// How far a replay had come at a segment of its range, so that what lies before need be
/// neither read nor planned again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// How many segments of the range lie before; of interest are the first few.
    pub segments: u64,
    /// After what time of the session the segment before came up, milliseconds.
    pub due_ms: u64,
}

impl Progress {
    /// The progress at `first`, the oldest fragment that is left, if this is the progress
    /// at `place`, which may have expired since. What lay between can no longer be looked
    /// at; it took as long to play as it took to arrive, but never longer than until now.
    pub fn at(self, place: FragmentNumber, first: FragmentNumber, options: &Options) -> Progress {
        let Mode::LiveReplay { session_start_ms } = options.mode else {
            return self;
        };
        if first <= place {
            return self;
        }
        // How many segments these were is not known; it is of interest for the first few,
        // which came up at once, and they are as many as fragments in most streams.
        let lost = first.sequence.saturating_sub(place.sequence).max(1);
        let at_once = HEAD_START.saturating_sub(self.segments).min(lost);
        let lost_ms = first.server_ms.saturating_sub(place.server_ms);
        let wait_ms = (lost_ms / lost).saturating_mul(lost - at_once);
        let due_ms = self.due_ms.saturating_add(wait_ms);
        let elapsed_ms = options.now_ms.saturating_sub(session_start_ms);
        Progress {
            segments: self.segments.saturating_add(lost),
            due_ms: due_ms.min(elapsed_ms).max(self.due_ms),
        }
    }

    /// Behind one more segment.
    fn after(self, segment: &Segment) -> Progress {
        let wait_ms = match self.segments < HEAD_START {
            true => 0,
            false => segment.duration_ms,
        };
        Progress {
            segments: self.segments.saturating_add(1),
            due_ms: self.due_ms.saturating_add(wait_ms),
        }
    }
}

/// How many of the segments from `progress` on have come up: the first few of a replay at
/// once, each further one when its own duration has passed after the one before.
pub(super) fn paced(listed: &[Segment], mut progress: Progress, elapsed_ms: u64) -> usize {
    let late = listed.iter().position(|segment| {
        progress = progress.after(segment);
        progress.due_ms > elapsed_ms
    });
    late.unwrap_or(listed.len())
}

/// Where the next playlist may begin to read: at `window`, the first segment of the
/// playlist, or by producer timestamps in good time before it, so that repetitions of
/// earlier ones are noticed.
pub(super) fn goes_on(
    listed: &[Segment],
    window: usize,
    options: &Options,
) -> Option<(FragmentNumber, Progress)> {
    let mut progress = options.progress;
    let at = match options.origin {
        Origin::Server => window,
        Origin::Producer => window.saturating_sub(super::REPEAT_SEGMENTS_MAX),
    };
    for segment in listed.get(..at)? {
        progress = progress.after(segment);
    }
    Some((listed.get(at)?.number(), progress))
}

/// Segments a replay starts with. AWS starts with one; players want three before they
/// begin, and begin three before the end, which is then the start that was asked for.
const HEAD_START: u64 = 3;

#[cfg(test)]
mod tests {
    use super::Progress;
    use crate::fragment::FragmentMeta;
    use crate::playback::tests::{Producer, shots};
    use crate::playback::{DiscontinuityMode, Mode, Options, Origin, Plan, Range, plan};

    const SEGMENTS: i64 = 700;
    const SESSION_MS: u64 = 5_000_000;

    /// A day with reconnections, and a stretch that was sent twice.
    fn day() -> Producer {
        let mut producer = Producer::new();
        for at in 0..SEGMENTS {
            if at % 90 == 50 {
                producer.reconnect();
            }
            let again = if (300..310).contains(&at) { 60_000 } else { 0 };
            let (from_ms, long_ms) = (at * 2000 - again, 1000 + at % 3 * 500);
            producer.cluster(&shots(from_ms, from_ms + long_ms, long_ms, false));
        }
        producer
    }

    fn options(elapsed_ms: u64, origin: Origin) -> Options {
        Options {
            mode: Mode::LiveReplay {
                session_start_ms: SESSION_MS,
            },
            origin,
            discontinuity: DiscontinuityMode::Never,
            max_results: 7,
            range: Some(Range {
                start_ms: 10_000,
                end_ms: None,
            }),
            now_ms: SESSION_MS + elapsed_ms,
            closed: true,
            more: false,
            progress: Progress::default(),
        }
    }

    /// What a player sees.
    fn seen(plan: Plan) -> Plan {
        Plan {
            longest_ms: 0,
            goes_on: None,
            ..plan
        }
    }

    #[test]
    fn a_replay_that_goes_on_is_the_one_from_its_start() {
        let producer = day();
        for origin in [Origin::Producer, Origin::Server] {
            let (mut from, mut progress) = (0, Progress::default());
            let (mut gaps, mut read_most) = (0, 0);
            for elapsed_ms in (0..1_200_000).step_by(3_700) {
                let options = options(elapsed_ms, origin);
                let whole = plan(&producer.rows, &options);
                // No more rows than the next look needs.
                let to = (from + 300).min(producer.rows.len());
                let goes_on = Options {
                    progress,
                    more: to < producer.rows.len(),
                    ..options
                };
                let part = plan(&producer.rows[from..to], &goes_on);
                gaps += part.segments.iter().filter(|listed| listed.gap).count();
                read_most = read_most.max(to - from);
                let (number, next) = part.goes_on.unwrap();
                assert_eq!(seen(part), seen(whole), "{origin:?} {elapsed_ms}");
                let at = |row: &FragmentMeta| row.number == number;
                from = producer.rows.iter().position(at).unwrap();
                progress = next;
            }
            assert_eq!(gaps > 0, origin == Origin::Producer, "repetitions are seen");
            assert!(from > 300, "it does go on, up to {from}");
        }
    }

    #[test]
    fn a_replay_keeps_its_pace_though_its_past_expires() {
        let mut producer = Producer::new();
        for at in 0..600 {
            producer.cluster(&shots(at * 2000, at * 2000 + 2000, 2000, false));
        }
        for origin in [Origin::Producer, Origin::Server] {
            let mut known = None;
            for elapsed_ms in (0..1_000_000).step_by(3_700) {
                let options = options(elapsed_ms, origin);
                let whole = plan(&producer.rows, &options);
                // It began ten seconds before its first fragment was to expire.
                let living = |row: &&FragmentMeta| row.number.server_ms >= elapsed_ms;
                let rows: Vec<_> = producer.rows.iter().filter(living).cloned().collect();
                let mut rows = &rows[..];
                let mut progress = Progress::default();
                if let Some((place, remembered)) = known {
                    let at = rows.partition_point(|row| row.number < place);
                    rows = &rows[at..];
                    progress = Progress::at(remembered, place, rows[0].number, &options);
                }
                let part = plan(
                    rows,
                    &Options {
                        progress,
                        ..options
                    },
                );
                known = part.goes_on;
                assert_eq!(seen(part), seen(whole), "{origin:?} {elapsed_ms}");
            }
        }
    }

    #[test]
    fn what_may_go_on_is_not_listed() {
        let mut producer = Producer::new();
        // Segments that end in the middle of a Cluster: the next row tells where.
        producer.mux(&shots(0, 60_000, 2_520, false), 1_000);
        let range = Some(Range {
            start_ms: 0,
            end_ms: None,
        });
        let options = Options {
            range,
            max_results: 1000,
            ..options(u64::MAX >> 1, Origin::Server)
        };
        let whole = plan(&producer.rows, &options).segments;
        assert!(whole.len() > 20);
        let more = Options {
            more: true,
            ..options
        };
        for len in 1..producer.rows.len() {
            let part = plan(&producer.rows[..len], &more);
            assert!(!part.ended && !part.waits);
            assert!(whole.starts_with(&part.segments), "of {len} rows");
            let cut_off = plan(&producer.rows[..len], &options).segments;
            assert!(cut_off.len() >= part.segments.len());
        }
    }
}

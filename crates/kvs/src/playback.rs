//! Playback: which fragments make which segments, and what a playlist lists.
//!
//! [`plan`] turns stored rows into a playlist's segments, [`segment_at`] finds the one
//! segment that a URL names, and [`samples::track_frames`] cuts its frames out of the
//! fragments' bytes. All three are functions of the rows alone, so a playlist that is
//! reloaded, or answered by another node, says the same of the same segment.

mod replay;
pub mod samples;
pub mod segment;

#[cfg(test)]
mod journey;
#[cfg(test)]
mod tests;

use std::collections::HashMap;

use media::codec::CodecKind;
use media::frame::{Track, TrackKind};

use crate::fragment::{FragmentMeta, FragmentNumber};
use crate::limits;
use segment::{Segment, segments};

pub use replay::Progress;

/// `PlaybackMode`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// The newest segments.
    Live,
    /// From a start in the past, at the pace of its own time.
    LiveReplay {
        /// When the session began, milliseconds since the epoch.
        session_start_ms: u64,
    },
    /// A range, listed at once.
    OnDemand,
}

/// `FragmentSelectorType`: which clock the media's timeline follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// `PRODUCER_TIMESTAMP`.
    Producer,
    /// `SERVER_TIMESTAMP`.
    Server,
}

impl Origin {
    /// The fragment's timestamp by this clock, milliseconds since the epoch.
    pub fn timestamp_ms(self, row: &FragmentMeta) -> i64 {
        match self {
            Origin::Producer => row.producer_ms,
            Origin::Server => i64::try_from(row.number.server_ms).unwrap_or(i64::MAX),
        }
    }
}

/// `DiscontinuityMode`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DiscontinuityMode {
    /// A marker before every segment.
    Always,
    /// No marker but where the codecs change.
    Never,
    /// A marker where a gap or an overlap exceeds 50 ms.
    OnDiscontinuity,
}

/// `TimestampRange`; both ends belong to it and are compared with fragment timestamps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    /// Milliseconds since the epoch.
    pub start_ms: i64,
    /// Milliseconds since the epoch; `None` goes on for ever.
    pub end_ms: Option<i64>,
}

impl Range {
    /// Whether a timestamp, milliseconds since the epoch, is in it.
    pub fn holds(&self, timestamp_ms: i64) -> bool {
        timestamp_ms >= self.start_ms && self.end_ms.is_none_or(|end| timestamp_ms <= end)
    }
}

/// What a playback session was opened with, and the present.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Playback mode.
    pub mode: Mode,
    /// Clock of the timeline.
    pub origin: Origin,
    /// Where markers go.
    pub discontinuity: DiscontinuityMode,
    /// Most segments to list.
    pub max_results: usize,
    /// The range; none in live mode.
    pub range: Option<Range>,
    /// The present, milliseconds since the epoch.
    pub now_ms: u64,
    /// Whether the connection that sent the last row is known to have ended, so that
    /// nothing can be added to the last segment. Silence is noticed without it.
    pub closed: bool,
    /// Whether the store has rows after those given, so that the last segment may go on.
    pub more: bool,
    /// For a replay, what lies before the rows given; nothing at its start.
    pub progress: Progress,
}

/// The segments of a playlist, with its counters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// `EXT-X-MEDIA-SEQUENCE`.
    pub media_sequence: u64,
    /// `EXT-X-DISCONTINUITY-SEQUENCE`.
    pub discontinuity_sequence: u64,
    /// The segments, oldest first; the `n`th has sequence `media_sequence + n`.
    pub segments: Vec<Listed>,
    /// Whether nothing will ever be added.
    pub ended: bool,
    /// Length of the longest segment that was seen, listed or not, milliseconds.
    pub longest_ms: u64,
    /// For a replay, whether a segment was seen whose time has not come.
    pub waits: bool,
    /// For a replay, the fragment that rows may begin with from now on, and what lies
    /// before it.
    pub goes_on: Option<(FragmentNumber, Progress)>,
}

impl Plan {
    /// A target duration that the segments of a session hardly ever exceed, seconds. What
    /// was seen so far gets some room, for a playlist that is reloaded must not change its
    /// target duration (RFC 8216 §6.2.1); not more, for players stay three times this
    /// behind.
    pub fn target_s(&self) -> u64 {
        let room_ms = (self.longest_ms / 10).min(TARGET_ROOM_MS_MAX);
        let target_s = self.longest_ms.saturating_add(room_ms + 500) / 1000;
        target_s.max(1)
    }
}

/// A segment in its playlist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// The segment.
    pub segment: Segment,
    /// Number of discontinuity markers before it.
    pub discontinuities: u32,
    /// Whether it repeats an earlier one and must not be played. It is listed because
    /// taking it out would renumber everything after it.
    pub gap: bool,
}

/// Plans a playlist from `rows`, which are in order of ingestion and without holes.
///
/// Where to read rows:
/// - live: the newest ones, holding at least `max_results + 2` cuts if there are as many;
/// - otherwise: from the first fragment at or after the range's start on, until
///   `max_results + 1` cuts or, without a cut beyond the end, the stream's end are read.
///   Rows outside the range do no harm. A replay must get all rows from its start or
///   from where [`Plan::goes_on`] says, since its pace is their durations'; if the first
///   of them have expired since, [`Progress::at`] says what lies before the rest.
///
/// In live mode by producer timestamps, [`REPEAT_SEGMENTS_MAX`] cuts more are needed, so
/// that a repeated fragment is noticed that comes long after the original.
///
/// A playlist that slides (live, replay) numbers segments by [`FragmentMeta::ordinal`]
/// and, unless markers are everywhere, puts them where [`FragmentMeta::breaks`] counts
/// on: at reconnections, codec changes and jumps. Markers by any finer rule could not be
/// counted once they slid out, and players stop when the count is wrong. On demand,
/// segments count from 0 and markers follow [`DiscontinuityMode`] to the letter.
pub fn plan(rows: &[FragmentMeta], options: &Options) -> Plan {
    let over = || rows.last().is_some_and(|last| silent(last, options.now_ms));
    let closed = !options.more && (options.closed || over());
    let mut all = segments(rows, options.origin, closed);
    if options.mode != Mode::OnDemand {
        drop_late(&mut all);
    }
    let lengths = all.iter().map(|segment| segment.duration_ms);
    let longest_ms = lengths.max().unwrap_or(0);
    let plan = match options.mode {
        Mode::OnDemand => {
            let mut listed = in_range(all, options);
            if options.origin == Origin::Producer {
                listed = newest_of_each(listed);
            }
            listed.truncate(options.max_results);
            on_demand(listed, options.discontinuity)
        }
        Mode::Live => sliding(all, options, false),
        Mode::LiveReplay { session_start_ms } => {
            let after = options.range.and_then(|range| range.end_ms);
            let passed = after.is_some_and(|end| {
                let beyond = |row: &FragmentMeta| options.origin.timestamp_ms(row) > end;
                let grace = i64::try_from(options.now_ms).unwrap_or(i64::MAX) - SILENCE_MS as i64;
                rows.iter().any(beyond) || end < grace
            });
            let mut listed = in_range(all, options);
            let elapsed_ms = options.now_ms.saturating_sub(session_start_ms);
            let visible = replay::paced(&listed, options.progress, elapsed_ms);
            let waits = visible < listed.len();
            listed.truncate(visible);
            let window = window(&listed, options.max_results);
            let goes_on = replay::goes_on(&listed, window, options);
            let plan = sliding(listed, options, passed && !waits && !options.more);
            Plan {
                waits,
                goes_on,
                ..plan
            }
        }
    };
    Plan { longest_ms, ..plan }
}

/// The segment that begins in fragment `number`, from rows that start with that fragment
/// and reach to the next cut, if there is one. `None` if no segment begins there, or if
/// it is not complete. For one and the same segment this is what [`plan`] lists.
pub fn segment_at(
    rows: &[FragmentMeta],
    number: FragmentNumber,
    origin: Origin,
    closed: bool,
) -> Option<Segment> {
    let first = segments(rows, origin, closed).into_iter().next()?;
    (first.parts.first()?.number == number).then_some(first)
}

/// The tracks that are played: the first H.264 video track and the first AAC track.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Selection {
    /// Number of the video track.
    pub video: Option<u64>,
    /// Number of the audio track.
    pub audio: Option<u64>,
}

impl Selection {
    /// Chooses among the tracks of a header; `None` if none of them can be played, or there
    /// is video and none of it can: sound alone is not what was asked for.
    pub fn of(tracks: &[Track]) -> Option<Selection> {
        let first = |kind: TrackKind, codec: CodecKind| {
            let fits = |track: &&Track| {
                track.kind == kind && CodecKind::of(&track.codec_id) == Some(codec)
            };
            tracks.iter().find(fits).map(|track| track.number)
        };
        let selection = Selection {
            video: first(TrackKind::Video, CodecKind::H264),
            audio: first(TrackKind::Audio, CodecKind::Aac),
        };
        let shown = tracks.iter().any(|track| track.kind == TrackKind::Video);
        let playable = selection.video.or(selection.audio.filter(|_| !shown));
        playable.is_some().then_some(selection)
    }

    /// The track that playlist number 1 (the video or, without one, the audio) or 2 (the
    /// audio beside a video) stands for. These numbers stay the same where a new
    /// connection numbers its tracks otherwise.
    pub fn track(&self, playlist: u64) -> Option<u64> {
        match (playlist, self.video) {
            (1, Some(video)) => Some(video),
            (1, None) => self.audio,
            (2, Some(_)) => self.audio,
            _ => None,
        }
    }
}

/// What a master playlist guesses from one fragment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// Bits per second of all tracks.
    pub bandwidth_bps: u64,
    /// Frames per second of the video, if there are enough of them to tell.
    pub frame_rate: Option<f64>,
}

impl Estimate {
    /// Guesses from the sizes and times of a fragment's tracks.
    pub fn of(row: &FragmentMeta) -> Estimate {
        let bytes: u64 = row.tracks.iter().map(|span| u64::from(span.bytes)).sum();
        let duration_ms = u64::from(row.duration_ms.max(1));
        let video = row.tracks.iter().find(|span| span.kind == TrackKind::Video);
        let frame_rate = video.and_then(|span| {
            let ticks = i64::from(span.last) - i64::from(span.first);
            let seconds = ticks as f64 * row.timestamp_scale_ns as f64 / 1e9;
            (span.frames > 1 && ticks > 0).then(|| f64::from(span.frames - 1) / seconds)
        });
        Estimate {
            bandwidth_bps: bytes * 8_000 / duration_ms,
            frame_rate,
        }
    }
}

/// Whether so much time has passed since the fragment that nothing can follow it in its
/// segment: more than the longest fragment takes to arrive.
fn silent(last: &FragmentMeta, now_ms: u64) -> bool {
    let end = last
        .number
        .server_ms
        .saturating_add(u64::from(last.duration_ms));
    now_ms > end.saturating_add(SILENCE_MS)
}

/// The segments in the range. By producer timestamps these are the first ingested run of
/// them: from the first in the range up to one outside of it, or to where, much later,
/// an earlier time is ingested once more.
fn in_range(all: Vec<Segment>, options: &Options) -> Vec<Segment> {
    let Some(range) = options.range else {
        return all;
    };
    let inside = |segment: &Segment| range.holds(segment.fragment_ms);
    if options.origin == Origin::Server {
        return all.into_iter().filter(inside).collect();
    }
    let mut run: Vec<Segment> = Vec::new();
    for segment in all.into_iter().skip_while(|segment| !inside(segment)) {
        let again = run.last().is_some_and(|last| {
            segment.fragment_ms < last.fragment_ms
                && segment.server_ms().saturating_sub(last.server_ms()) > RUN_GAP_MS
        });
        if again || !inside(&segment) {
            break;
        }
        run.push(segment);
    }
    run
}

/// Of segments with equal timestamps, only that with the largest fragment number.
fn newest_of_each(listed: Vec<Segment>) -> Vec<Segment> {
    let mut newest = HashMap::new();
    for segment in &listed {
        newest.insert(segment.fragment_ms, segment.number());
    }
    let keep = |segment: &Segment| newest.get(&segment.fragment_ms) == Some(&segment.number());
    listed.into_iter().filter(keep).collect()
}

fn on_demand(listed: Vec<Segment>, mode: DiscontinuityMode) -> Plan {
    let mut segments: Vec<Listed> = Vec::with_capacity(listed.len());
    for segment in listed {
        let before = segments.last().map(|listed| &listed.segment);
        let changed = before.is_some_and(|before| before.codec_digest != segment.codec_digest);
        let marked = match mode {
            DiscontinuityMode::Always => true,
            DiscontinuityMode::Never => changed,
            DiscontinuityMode::OnDiscontinuity => {
                changed
                    || before.is_some_and(|before| {
                        segment.start_ms.abs_diff(before.end_ms()) > DISCONTINUITY_MS
                    })
            }
        };
        segments.push(Listed {
            segment,
            discontinuities: u32::from(marked),
            gap: false,
        });
    }
    Plan {
        media_sequence: 0,
        discontinuity_sequence: 0,
        segments,
        ended: true,
        longest_ms: 0,
        waits: false,
        goes_on: None,
    }
}

/// The first segment that a sliding playlist lists. Numbers in a playlist are implied by
/// position, so only what is in sequence can be listed.
fn window(all: &[Segment], max_results: usize) -> usize {
    let jumps = all
        .windows(2)
        .rposition(|pair| pair[0].ordinal.checked_add(1) != Some(pair[1].ordinal));
    let first = jumps.map_or(0, |at| at + 1);
    first.max(all.len().saturating_sub(max_results))
}

/// Takes out what was completed only after something newer had been, such as the last
/// fragment of a connection that died without a word. Such a segment has the ordinal of
/// one that was listed when it came, and would have to be inserted before it.
fn drop_late(all: &mut Vec<Segment>) {
    let mut least: Option<u64> = None;
    let mut in_time: Vec<bool> = Vec::with_capacity(all.len());
    for segment in all.iter().rev() {
        let ordinal = segment.ordinal;
        in_time.push(least.is_none_or(|least| ordinal < least));
        least = Some(least.map_or(ordinal, |least| least.min(ordinal)));
    }
    let mut in_time = in_time.into_iter().rev();
    all.retain(|_| in_time.next() == Some(true));
}

fn sliding(all: Vec<Segment>, options: &Options, ended: bool) -> Plan {
    let window = window(&all, options.max_results);
    let mut seen = HashMap::new();
    let mut segments: Vec<Listed> = Vec::new();
    for (at, segment) in all.into_iter().enumerate() {
        let original = seen.entry(segment.fragment_ms).or_insert(at);
        if at - *original > REPEAT_SEGMENTS_MAX {
            *original = at;
        }
        let repeats = at != *original;
        if at < window {
            continue;
        }
        let gap = options.origin == Origin::Producer && repeats;
        let before = segments.last().map(|listed| listed.segment.breaks);
        let breaks = segment
            .breaks
            .saturating_sub(before.unwrap_or(segment.breaks));
        let discontinuities = match options.discontinuity {
            DiscontinuityMode::Always => 1,
            _ => u32::try_from(breaks).unwrap_or(u32::MAX).min(MARKERS_MAX),
        };
        segments.push(Listed {
            segment,
            discontinuities,
            gap,
        });
    }
    let first = segments.first().map(|listed| &listed.segment);
    let (media_sequence, breaks) = first.map_or((0, 0), |first| (first.ordinal, first.breaks));
    let discontinuity_sequence = match options.discontinuity {
        DiscontinuityMode::Always => media_sequence,
        _ => breaks,
    };
    Plan {
        media_sequence,
        discontinuity_sequence,
        segments,
        ended,
        longest_ms: 0,
        waits: false,
        goes_on: None,
    }
}

/// The longest fragment may take this long to arrive after the one before.
const SILENCE_MS: u64 = limits::FRAGMENT_DURATION_MS_MAX + 5_000;
/// A gap or overlap larger than this is a discontinuity (AWS: 50 ms).
const DISCONTINUITY_MS: u64 = 50;
/// Ingestions further apart than this are different runs (AWS: "very different times").
const RUN_GAP_MS: u64 = 3_600_000;
/// How many segments after the original a repeated one is noticed: more than a producer
/// keeps to send again. The same for all playlists, wherever their rows begin.
pub const REPEAT_SEGMENTS_MAX: usize = 256;
/// Most room in a target duration: less than what is lost in rounding, so that lengths of
/// whole seconds stay what they are.
const TARGET_ROOM_MS_MAX: u64 = 400;
/// Most markers before one segment.
const MARKERS_MAX: u32 = 100;

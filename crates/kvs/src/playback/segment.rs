//! Segments: stretches of media that begin where decoding can begin, whatever the
//! producer's clusters were.
//!
//! A segment runs from the cut of one fragment to the cut of the next. Where clusters
//! begin at key frames a segment is a fragment. Where a muxer splits clusters as it
//! likes, a segment ends in the middle of the fragment that holds the next cut, and a
//! fragment without a cut belongs to the segment before it.
//!
//! **All tracks are split at one place in the file**: the first video key frame of the
//! fragment or, if the fragment is [`FragmentMeta::aligned`], its first frame. So every
//! audio frame after the first cut of a connection belongs to exactly one segment, and
//! audio that a muxer interleaved just before a key frame stays with the segment before.
//!
//! A segment is **complete** when the next cut is known; when the connection or its
//! timeline broke, ended or fell silent; or, to save the wait for the next fragment,
//! when it is settled: see `Draft::settled`. What the segment says then depends on its own
//! rows alone, so it never changes once it was listed.

use media::frame::TrackKind;
use media::time::rescale;

use super::Origin;
use crate::fragment::{Cut, FragmentMeta, FragmentNumber, TrackSpan};

/// A stretch of media that can be decoded by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    /// Where its frames lie, in order; never empty.
    pub parts: Vec<Part>,
    /// [`FragmentMeta::ordinal`] of its first fragment: its number in the stream.
    pub ordinal: u64,
    /// [`FragmentMeta::breaks`] of its first fragment.
    pub breaks: u64,
    /// What its initialisation segment is named by.
    pub init: InitKey,
    /// [`FragmentMeta::codec_digest`], for all of it.
    pub codec_digest: u64,
    /// How ticks become time.
    pub timeline: Timeline,
    /// Timestamp of its first fragment by the chosen clock: what ranges compare.
    pub fragment_ms: i64,
    /// Time of its earliest picture by the chosen clock, milliseconds since the epoch.
    pub start_ms: i64,
    /// Length, at least 1 ms.
    pub duration_ms: u64,
    /// Where its video ends, ticks on the timeline.
    pub end_ticks: i64,
    /// Whether any of its fragments holds audio.
    pub has_audio: bool,
}

/// Frames of one fragment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// The fragment.
    pub number: FragmentNumber,
    /// The timestamp of its Cluster, ticks.
    pub timecode: u64,
    /// Position of the first frame in the frame index.
    pub from: u32,
    /// Position after the last frame; `None` is the fragment's end.
    pub to: Option<u32>,
}

/// Names an initialisation segment: fragments of one connection share one header.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct InitKey {
    /// [`FragmentMeta::session`]. Any fragment of that connection holds the header: the
    /// first one stored has a number of at least this sequence.
    pub session: u64,
    /// [`FragmentMeta::codec_digest`].
    pub codec_digest: u64,
}

/// Anchors the ticks of a segment: its first fragment has its timestamp by the chosen
/// clock, everything else follows by the producer's ticks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeline {
    /// Timestamp of the first fragment, milliseconds since the epoch.
    pub anchor_ms: i64,
    /// The first fragment's Cluster timestamp, ticks.
    pub anchor_timecode: u64,
    /// Nanoseconds per tick.
    pub scale_ns: u64,
}

impl Timeline {
    /// Ticks from the anchor to `relative` ticks after a Cluster's timestamp.
    pub fn ticks(&self, timecode: u64, relative: i32) -> i64 {
        let distance = i128::from(timecode) - i128::from(self.anchor_timecode);
        let ticks = distance + i128::from(relative);
        i64::try_from(ticks).unwrap_or(if ticks < 0 { i64::MIN } else { i64::MAX })
    }

    /// Time since the epoch, in units of `timescale` per second, of a distance from the
    /// anchor.
    pub fn time(&self, ticks: i64, timescale: u32) -> i64 {
        let nanos = i128::from(ticks).saturating_mul(i128::from(self.scale_ns));
        rescale(
            nanos.saturating_add(i128::from(self.anchor_ms) * 1_000_000),
            1,
            timescale,
        )
    }
}

impl Segment {
    /// Number of the fragment it begins in.
    pub fn number(&self) -> FragmentNumber {
        self.parts[0].number
    }

    /// When that fragment arrived, milliseconds since the epoch.
    pub fn server_ms(&self) -> u64 {
        self.number().server_ms
    }

    /// Where it ends by the chosen clock, milliseconds since the epoch.
    pub fn end_ms(&self) -> i64 {
        self.start_ms.saturating_add_unsigned(self.duration_ms)
    }
}

/// Cuts rows, in order of ingestion, into complete segments. Rows before the first cut
/// of a connection belong to none. `closed` says that nothing follows the last row.
pub(super) fn segments(rows: &[FragmentMeta], origin: Origin, closed: bool) -> Vec<Segment> {
    let mut out = Vec::new();
    let mut open: Option<Draft<'_>> = None;
    for row in rows {
        if let Some(mut draft) = open.take() {
            let continues = draft.continued_by(row) && !draft.settled();
            match row.cut {
                None if continues => {
                    draft.rows.push(row);
                    open = Some(draft);
                    continue;
                }
                Some(cut) if continues => out.push(draft.finish(origin, Some((row, cut)))),
                _ => out.push(draft.finish(origin, None)),
            }
        }
        open = row.cut.map(|cut| Draft {
            rows: vec![row],
            cut,
        });
    }
    if let Some(draft) = open.filter(|draft| closed || draft.settled()) {
        out.push(draft.finish(origin, None));
    }
    out
}

/// A segment whose end is not known yet.
struct Draft<'a> {
    /// Its rows, never empty.
    rows: Vec<&'a FragmentMeta>,
    /// The cut of the first row.
    cut: Cut,
}

impl Draft<'_> {
    fn first(&self) -> &FragmentMeta {
        self.rows[0]
    }

    fn last(&self) -> &FragmentMeta {
        self.rows[self.rows.len() - 1]
    }

    /// Whether `row` comes right after on the same timeline with the same codecs.
    fn continued_by(&self, row: &FragmentMeta) -> bool {
        let last = self.last();
        last.session == row.session
            && last.breaks == row.breaks
            && last.codec_digest == row.codec_digest
            && last.timestamp_scale_ns == row.timestamp_scale_ns
            && last.number.sequence.checked_add(1) == Some(row.number.sequence)
    }

    /// Whether the segment is complete without looking further, because the connection
    /// has shown by more than one Cluster that it begins each with a key frame (or has
    /// no video). Should it change its habit, the frames up to its next cut are lost:
    /// they come too late for a segment that may have been listed.
    fn settled(&self) -> bool {
        let first = self.first();
        let has_video = span_of(first, TrackKind::Video).is_some();
        let habit = !has_video || first.number.sequence > first.session;
        first.aligned && habit && self.frame_ticks().is_some()
    }

    fn finish(&self, origin: Origin, next: Option<(&FragmentMeta, Cut)>) -> Segment {
        let first = self.first();
        let timeline = Timeline {
            anchor_ms: origin.timestamp_ms(first),
            anchor_timecode: first.timecode,
            scale_ns: first.timestamp_scale_ns,
        };
        let mut parts: Vec<Part> = self.rows.iter().map(|row| part(row, 0, None)).collect();
        parts[0].from = split(first, self.cut);
        if let Some((row, cut)) = next
            && split(row, cut) > 0
        {
            parts.push(part(row, 0, Some(split(row, cut))));
        }
        let start = timeline.ticks(first.timecode, start_of(first, self.cut));
        let end = self.end(&timeline, next).max(start);
        let ticks = i128::from(end) - i128::from(start);
        let has_audio = |row: &&FragmentMeta| span_of(row, TrackKind::Audio).is_some();
        Segment {
            parts,
            ordinal: first.ordinal,
            breaks: first.breaks,
            init: InitKey {
                session: first.session,
                codec_digest: first.codec_digest,
            },
            codec_digest: first.codec_digest,
            timeline,
            fragment_ms: timeline.anchor_ms,
            start_ms: timeline.time(start, 1_000),
            duration_ms: u64::try_from(rescale(ticks, timeline.scale_ns, 1_000))
                .unwrap_or(0)
                .max(1),
            end_ticks: end,
            has_audio: self.rows.iter().any(has_audio),
        }
    }

    /// Average length of a frame of the main track; `None` if there are too few to tell.
    fn frame_ticks(&self) -> Option<i64> {
        let spans = || {
            self.rows
                .iter()
                .filter_map(|row| Some((row.timecode, main_span(row)?)))
        };
        let frames: i64 = spans().map(|(_, span)| i64::from(span.frames)).sum();
        let first = spans()
            .map(|(at, span)| i128::from(at) + i128::from(span.first))
            .min()?;
        let last = spans()
            .map(|(at, span)| i128::from(at) + i128::from(span.last))
            .max()?;
        let gaps = Some(i128::from(frames) - 1).filter(|gaps| *gaps > 0)?;
        let length = i64::try_from((last - first + gaps / 2) / gaps).ok()?;
        (length > 0).then_some(length)
    }

    /// Where the video ends: where the next segment begins or, if that is unknown or
    /// leaves a hole, one frame after the last picture.
    fn end(&self, timeline: &Timeline, next: Option<(&FragmentMeta, Cut)>) -> i64 {
        let own = self.rows.iter().rev().find_map(|row| {
            let last = timeline.ticks(row.timecode, main_span(row)?.last);
            Some((last, self.frame_ticks()))
        });
        let fallback = || {
            let last = self.last();
            let ticks = u64::from(last.duration_ms) * 1_000_000 / timeline.scale_ns.max(1);
            timeline
                .ticks(last.timecode, 0)
                .saturating_add_unsigned(ticks)
        };
        let Some((row, cut)) = next else {
            return match own {
                Some((last, Some(frame))) => last.saturating_add(frame),
                Some((last, None)) => last.max(fallback()),
                None => fallback(),
            };
        };
        let begins = timeline.ticks(row.timecode, start_of(row, cut));
        match own {
            // The hole can be seen only where the next segment begins with its fragment:
            // otherwise the pictures up to it are in that fragment too.
            Some((last, Some(frame))) if split(row, cut) == 0 => {
                let end = last.saturating_add(frame);
                let scale_ns = i128::from(timeline.scale_ns);
                let slack_ns = (i128::from(frame) * scale_ns / 2)
                    .max(i128::from(super::DISCONTINUITY_MS) * 1_000_000);
                let hole = (i128::from(begins) - i128::from(end)).saturating_mul(scale_ns);
                if hole > slack_ns { end } else { begins }
            }
            _ => begins,
        }
    }
}

fn part(row: &FragmentMeta, from: u32, to: Option<u32>) -> Part {
    Part {
        number: row.number,
        timecode: row.timecode,
        from,
        to,
    }
}

/// Position in the frame index where a row with a cut is split. What an aligned fragment
/// holds before its key frame is not video, and needs no other fragment.
fn split(row: &FragmentMeta, cut: Cut) -> u32 {
    if row.aligned { 0 } else { cut.frame }
}

/// Earliest picture of the segment that begins in a row, ticks after its timestamp.
/// Pictures that follow the key frame in the file may be shown before it (open GOP).
fn start_of(row: &FragmentMeta, cut: Cut) -> i32 {
    match main_span(row) {
        Some(span) if row.aligned => span.first.min(cut.relative),
        _ => cut.relative,
    }
}

/// The track that segments are measured by: the first video or, without one, the first.
fn main_span(row: &FragmentMeta) -> Option<&TrackSpan> {
    span_of(row, TrackKind::Video).or(match row.cut {
        Some(_) => row.tracks.first(),
        // Without a cut this may be a stretch of audio in a connection with video.
        None => None,
    })
}

fn span_of(row: &FragmentMeta, kind: TrackKind) -> Option<&TrackSpan> {
    row.tracks.iter().find(|span| span.kind == kind)
}

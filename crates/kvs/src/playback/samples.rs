//! From a segment's fragments to the frames of one of its tracks, timed for MP4.

#[cfg(test)]
mod tests;

use std::fmt;

use bytes::Bytes;
use media::codec::CodecConfig;
use media::codec::aac::{AacConfig, raw_frames};
use media::codec::h264::{AvcConfig, to_length_prefixed};
use media::frame::Frame;
use media::time::{VIDEO_TIMESCALE, decode_times, rescale};

use super::segment::{Part, Segment, Timeline};
use crate::fragment::{FragmentNumber, IndexEntry};

/// The stored media of one [`Part`].
#[derive(Clone, Debug)]
pub struct PartMedia {
    /// Frame index of the whole fragment.
    pub index: Vec<IndexEntry>,
    /// Its Cluster element.
    pub cluster: Bytes,
}

/// The frames of one track of one segment, in the timescale of its codec
/// ([`CodecConfig::timescale`]), ready for [`media::mp4::fragment::media_segment`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrackFrames {
    /// Decoding time of the first frame or, without frames, of the segment's start.
    pub decode_time: u64,
    /// The frames in decoding order; `dts` never decreases and each `duration` reaches
    /// to the next. Payloads are slices of the clusters unless they had to be reframed.
    pub frames: Vec<Frame>,
}

/// Stored media that does not fit its rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SamplesError {
    /// Not one [`PartMedia`] for each part.
    PartCount,
    /// A frame lies outside of its Cluster, or a part outside of its index.
    OutOfBounds {
        /// The fragment.
        fragment: FragmentNumber,
    },
}

impl fmt::Display for SamplesError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SamplesError::PartCount => write!(f, "media does not match the segment's parts"),
            SamplesError::OutOfBounds { fragment } => {
                write!(
                    f,
                    "frame index of fragment {fragment} does not fit its media"
                )
            }
        }
    }
}

impl std::error::Error for SamplesError {}

/// The frames of track number `track` in `segment`, from the media of its parts in order.
///
/// `default_duration_ns` is the track's, used for a last frame whose end nothing else
/// tells. A video frame that is neither in length-prefixed nor in Annex B form is passed
/// on as it is: decoders skip what they cannot read.
pub fn track_frames(
    segment: &Segment,
    media: &[PartMedia],
    track: u64,
    config: &CodecConfig,
    default_duration_ns: Option<u64>,
) -> Result<TrackFrames, SamplesError> {
    let picked = pick(segment, media, track)?;
    let timescale = config.timescale();
    let frames = match config {
        CodecConfig::H264(avc) => {
            let end = video_end(segment, media, track);
            video(&segment.timeline, picked, avc, end, default_duration_ns)
        }
        CodecConfig::Aac(aac) => audio(&segment.timeline, picked, aac),
    };
    let start = rescale(i128::from(segment.start_ms), 1_000_000, timescale);
    let decode_time = frames.first().map_or(start, |first| first.dts);
    Ok(TrackFrames {
        decode_time: u64::try_from(decode_time).unwrap_or(0),
        frames,
    })
}

/// A frame with its time in ticks on the segment's timeline.
struct Picked {
    ticks: i64,
    entry: IndexEntry,
    data: Bytes,
}

fn pick(segment: &Segment, media: &[PartMedia], track: u64) -> Result<Vec<Picked>, SamplesError> {
    if media.len() != segment.parts.len() {
        return Err(SamplesError::PartCount);
    }
    let mut picked = Vec::new();
    for (part, media) in segment.parts.iter().zip(media) {
        let wrong = SamplesError::OutOfBounds {
            fragment: part.number,
        };
        for entry in bounded(part, &media.index).ok_or(wrong)? {
            if entry.track != track {
                continue;
            }
            let start = entry.offset as usize;
            let end = start.checked_add(entry.len as usize).ok_or(wrong)?;
            if end > media.cluster.len() {
                return Err(wrong);
            }
            picked.push(Picked {
                ticks: segment.timeline.ticks(part.timecode, entry.relative),
                entry: *entry,
                data: media.cluster.slice(start..end),
            });
        }
    }
    Ok(picked)
}

fn bounded<'a>(part: &Part, index: &'a [IndexEntry]) -> Option<&'a [IndexEntry]> {
    let to = part.to.map_or(index.len(), |to| to as usize);
    index.get(part.from as usize..to)
}

/// Where the segment's video ends, ticks. Pictures shown before the key frame that ends
/// it (open GOP) begin the next segment; they are in the same fragment, or known to the
/// segment already.
fn video_end(segment: &Segment, media: &[PartMedia], track: u64) -> i64 {
    let mut end = segment.end_ticks;
    if let (Some(part), Some(media)) = (segment.parts.last(), media.last())
        && let Some(to) = part.to
    {
        let rest = media.index.get(to as usize..).unwrap_or_default();
        for entry in rest
            .iter()
            .filter(|entry| entry.track == track)
            .take(REORDER_FRAMES_MAX)
        {
            end = end.min(segment.timeline.ticks(part.timecode, entry.relative));
        }
    }
    end
}

fn video(
    timeline: &Timeline,
    picked: Vec<Picked>,
    config: &AvcConfig,
    end_ticks: i64,
    default_duration_ns: Option<u64>,
) -> Vec<Frame> {
    let presentation: Vec<i64> = picked
        .iter()
        .map(|frame| timeline.time(frame.ticks, VIDEO_TIMESCALE))
        .collect();
    let mut decode = decode_times(&presentation);
    // A timeline that begins at the epoch may reach before it; MP4 cannot.
    let shift = decode
        .first()
        .map_or(0, |first| first.saturating_neg().max(0));
    decode
        .iter_mut()
        .for_each(|time| *time = time.saturating_add(shift));
    let end = timeline
        .time(end_ticks, VIDEO_TIMESCALE)
        .saturating_add(shift);

    let mut before = default_duration_ns.map_or(0, |ns| rescale(1, ns, VIDEO_TIMESCALE));
    let mut frames = Vec::with_capacity(picked.len());
    for (at, (picked, pts)) in picked.into_iter().zip(presentation).enumerate() {
        let dts = decode[at];
        let next = decode.get(at + 1).copied().unwrap_or(end);
        let mut duration = next.saturating_sub(dts);
        if at + 1 == decode.len() && duration <= 0 {
            duration = before;
        }
        before = duration;
        frames.push(Frame {
            track: picked.entry.track,
            dts,
            pts: pts.saturating_add(shift),
            duration: u32::try_from(duration).unwrap_or(0),
            key: picked.entry.key,
            data: to_length_prefixed(&picked.data, config.length_size).unwrap_or(picked.data),
        });
    }
    frames
}

/// Audio runs on from its first timestamp by whole frames, since timestamps are rounded
/// to ticks and decoders want every sample. Only a hole of more than two frames is kept.
fn audio(timeline: &Timeline, picked: Vec<Picked>, config: &AacConfig) -> Vec<Frame> {
    let frame_samples = i64::from(config.frame_samples);
    let mut frames: Vec<Frame> = Vec::with_capacity(picked.len());
    let mut next: Option<i64> = None;
    for picked in picked {
        let mut stamped = timeline.time(picked.ticks, config.sample_rate_hz).max(0);
        for data in raw_frames(&picked.data) {
            let dts = match next {
                Some(next) if stamped.saturating_sub(next) <= 2 * frame_samples => next,
                _ => stamped,
            };
            if let Some(last) = frames.last_mut() {
                last.duration = u32::try_from(dts.saturating_sub(last.dts)).unwrap_or(u32::MAX);
            }
            frames.push(Frame {
                track: picked.entry.track,
                dts,
                pts: dts,
                duration: config.frame_samples,
                key: true,
                data,
            });
            next = Some(dts.saturating_add(frame_samples));
            stamped = stamped.saturating_add(frame_samples);
        }
    }
    frames
}

/// No H.264 stream reorders over more frames (ITU-T H.264 §A.3.1).
const REORDER_FRAMES_MAX: usize = 16;

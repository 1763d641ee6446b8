//! The one unit that travels between container formats.
//!
//! Every reader produces [`Frame`]s and every writer takes them, so `n` formats cost
//! `2n` mappers. [`Track`] describes what the frames of one track are.

use bytes::Bytes;

/// What kind of media a track holds (Matroska `TrackType`, RFC 9559 §5.1.4.1.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TrackKind {
    /// `TrackType` 1.
    Video,
    /// `TrackType` 2.
    Audio,
    /// Any other `TrackType`, with its number (17 is subtitles).
    Other(u8),
}

/// One elementary stream, as its container declared it.
#[derive(Clone, Debug, PartialEq)]
pub struct Track {
    /// `TrackNumber`, the number that blocks refer to; never 0 in a valid file.
    pub number: u64,
    /// `TrackUID`, 0 if absent.
    pub uid: u64,
    /// What the track holds.
    pub kind: TrackKind,
    /// `CodecID`, such as `V_MPEG4/ISO/AVC` or `A_AAC`; empty if absent.
    pub codec_id: String,
    /// `CodecPrivate`, verbatim.
    pub codec_private: Option<Bytes>,
    /// `Name`, such as `AUDIO_FROM_CUSTOMER`.
    pub name: Option<String>,
    /// `DefaultDuration`, nanoseconds per frame.
    pub default_duration_ns: Option<u64>,
    /// Picture size, if declared.
    pub video: Option<VideoSettings>,
    /// Sampling, if declared.
    pub audio: Option<AudioSettings>,
}

/// `Video` settings of a track.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct VideoSettings {
    /// Encoded width in pixels.
    pub width: u32,
    /// Encoded height in pixels.
    pub height: u32,
}

/// `Audio` settings of a track.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AudioSettings {
    /// Samples per second.
    pub sample_rate_hz: f64,
    /// Number of channels.
    pub channels: u8,
    /// Bits per sample, if declared.
    pub bit_depth: Option<u8>,
}

/// One coded picture or audio packet.
///
/// `dts`, `pts` and `duration` are in ticks of a timescale both sides agreed on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// The track's number.
    pub track: u64,
    /// Decoding time.
    pub dts: i64,
    /// Presentation time.
    pub pts: i64,
    /// Length, where it is known.
    pub duration: u32,
    /// Whether decoding can start here.
    pub key: bool,
    /// Payload.
    pub data: Bytes,
}

//! A synthetic camera: H.264 and AAC that any player decodes, from nothing but settings.
//!
//! It shows colour bars, a bouncing ball, snow and the time of day to the millisecond,
//! and beeps (440 Hz) at the start of every second, so that a viewer sees and hears how
//! late a stream is. The same settings give the same bytes. Tests, benchmarks and
//! demonstrations use it in place of a camera and of recorded files.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;

use self::aac::{AUDIO_SPECIFIC_CONFIG, Beeper, FRAME_SAMPLES, PERIOD_FRAMES, SAMPLE_RATE_HZ};
use self::h264::{Encoder, PictureKind};
use self::picture::Painter;
use crate::frame::{AudioSettings, Frame, Track, TrackKind, VideoSettings};

mod aac;
mod bits;
mod h264;
mod matroska;
mod picture;

pub use self::matroska::Matroska;

/// Changes whenever the same settings give other bytes.
pub const SYNTH_VERSION: u32 = 1;

/// The video track's number.
pub const VIDEO_TRACK: u64 = 1;

/// The audio track's number.
pub const AUDIO_TRACK: u64 = 2;

/// What a [`Camera`] is to send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CameraSettings {
    /// Picture width in samples: even, 16 to 4 096. The clock needs 288.
    pub width: u32,
    /// Picture height in samples: even, 16 to 2 304.
    pub height: u32,
    /// Pictures per second, 1 to 120.
    pub fps: u32,
    /// Pictures from one key frame to the next, 1 to 1 000 and at most 30 seconds.
    pub gop: u32,
    /// Whether there is an AAC track.
    pub audio: bool,
    /// What the video is to come to, bits per second, up to 1 000 000 000. It is met by
    /// the amount of snow: the rest of the picture takes what it takes (near 0.1 Mbit/s at
    /// 640x360), and there is no more snow than room for it (near 3 Mbit/s at 640x360).
    pub bitrate_bps: u32,
    /// What the clock shows in the first picture, milliseconds since midnight. An epoch
    /// time in milliseconds shows the time of day in UTC.
    pub clock_start_ms: u64,
    /// Render one group of pictures, then send it over and over with new timestamps. This
    /// costs next to nothing per frame, but the clock and the ball start anew each time.
    pub looped: bool,
}

impl Default for CameraSettings {
    fn default() -> CameraSettings {
        CameraSettings {
            width: 640,
            height: 360,
            fps: 25,
            gop: 50,
            audio: true,
            bitrate_bps: 1_000_000,
            clock_start_ms: 0,
            looped: false,
        }
    }
}

/// A setting out of its range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SettingsError {
    /// The name of the field.
    pub field: &'static str,
}

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "camera setting {} is out of range", self.field)
    }
}

impl std::error::Error for SettingsError {}

/// An endless source of frames in decoding order, one tick a millisecond from 0 on.
///
/// Audio and video are interleaved by time, video first where they meet; no audio frame
/// is older than the key frame before it. A clone starts where its original is; clones of
/// a looped camera share their frames.
#[derive(Clone, Debug)]
pub struct Camera {
    settings: CameraSettings,
    codec_private: Bytes,
    source: Source,
    /// How many pictures were given.
    pictures: u64,
    /// How many audio frames were given.
    packets: u64,
}

/// Where payloads come from.
#[derive(Clone, Debug)]
enum Source {
    Live(Box<Studio>),
    Looped(Arc<Recording>),
}

/// Everything that renders.
#[derive(Clone, Debug)]
struct Studio {
    painter: Painter,
    encoder: Encoder,
    beeper: Beeper,
    /// Bits of video since the start.
    spent_bits: u64,
}

/// Payloads of one group of pictures and of one period of sound.
#[derive(Debug)]
struct Recording {
    pictures: Vec<Bytes>,
    packets: Vec<Bytes>,
}

impl Camera {
    /// A camera about to give its first frame. A looped one renders its loop here.
    ///
    /// # Errors
    ///
    /// A setting out of its range.
    pub fn new(settings: CameraSettings) -> Result<Camera, SettingsError> {
        check(&settings)?;
        let studio = Studio::new(&settings);
        let codec_private = studio.encoder.avcc().into();
        let source = if settings.looped {
            Source::Looped(Arc::new(studio.record(&settings)))
        } else {
            Source::Live(Box::new(studio))
        };
        Ok(Camera {
            settings,
            codec_private,
            source,
            pictures: 0,
            packets: 0,
        })
    }

    /// What its frames are: video, then audio if there is any.
    pub fn tracks(&self) -> Vec<Track> {
        let mut tracks = vec![Track {
            number: VIDEO_TRACK,
            uid: VIDEO_TRACK,
            kind: TrackKind::Video,
            codec_id: "V_MPEG4/ISO/AVC".to_owned(),
            codec_private: Some(self.codec_private.clone()),
            name: Some("synthetic video".to_owned()),
            default_duration_ns: Some(1_000_000_000 / u64::from(self.settings.fps)),
            video: Some(VideoSettings {
                width: self.settings.width,
                height: self.settings.height,
            }),
            audio: None,
        }];
        if self.settings.audio {
            tracks.push(Track {
                number: AUDIO_TRACK,
                uid: AUDIO_TRACK,
                kind: TrackKind::Audio,
                codec_id: "A_AAC".to_owned(),
                codec_private: Some(Bytes::from_static(&AUDIO_SPECIFIC_CONFIG)),
                name: Some("synthetic audio".to_owned()),
                default_duration_ns: None,
                video: None,
                audio: Some(AudioSettings {
                    sample_rate_hz: SAMPLE_RATE_HZ as f64,
                    channels: 1,
                    bit_depth: Some(16),
                }),
            });
        }
        tracks
    }

    /// The next frame; there is always one.
    pub fn next_frame(&mut self) -> Frame {
        let picture_at = picture_ms(&self.settings, self.pictures);
        if self.settings.audio && packet_ms(self.packets) < picture_at {
            return self.next_packet();
        }
        let index = self.pictures;
        let key = index.is_multiple_of(u64::from(self.settings.gop));
        let data = match &mut self.source {
            Source::Live(studio) => studio.picture(&self.settings, index),
            Source::Looped(loops) => loops.pictures[index as usize % loops.pictures.len()].clone(),
        };
        self.pictures += 1;
        let end = picture_ms(&self.settings, self.pictures);
        frame(VIDEO_TRACK, picture_at, end, key, data)
    }

    /// The next group: a key frame and everything before the next one.
    ///
    /// Every group of a camera with sound has sound in it unless `gop / fps` is below
    /// 22 ms.
    pub fn next_group(&mut self) -> Vec<Frame> {
        let mut frames = vec![self.next_frame()];
        while !self.is_key_next() {
            frames.push(self.next_frame());
        }
        frames
    }

    /// Whether [`Camera::next_frame`] will give a key frame of the video.
    fn is_key_next(&self) -> bool {
        let picture_at = picture_ms(&self.settings, self.pictures);
        self.pictures.is_multiple_of(u64::from(self.settings.gop))
            && !(self.settings.audio && packet_ms(self.packets) < picture_at)
    }

    fn next_packet(&mut self) -> Frame {
        let index = self.packets;
        let data = match &self.source {
            Source::Live(studio) => studio.beeper.frame(index).into(),
            Source::Looped(loops) => loops.packets[index as usize % loops.packets.len()].clone(),
        };
        self.packets += 1;
        frame(
            AUDIO_TRACK,
            packet_ms(index),
            packet_ms(self.packets),
            true,
            data,
        )
    }
}

impl Iterator for Camera {
    type Item = Frame;

    /// [`Camera::next_frame`]; never `None`.
    fn next(&mut self) -> Option<Frame> {
        Some(self.next_frame())
    }
}

impl Studio {
    fn new(settings: &CameraSettings) -> Studio {
        let columns = settings.width.div_ceil(16);
        let picture_bits = settings.bitrate_bps / settings.fps;
        let snow_rows = picture_bits / (columns * SNOW_MACROBLOCK_BITS) + 2;
        Studio {
            painter: Painter::new(
                columns as usize,
                settings.height.div_ceil(16) as usize,
                snow_rows as usize,
            ),
            encoder: Encoder::new(settings.width, settings.height, settings.fps),
            beeper: Beeper::new(),
            spent_bits: 0,
        }
    }

    /// Renders picture `index`; must be called for every index in turn.
    fn picture(&mut self, settings: &CameraSettings, index: u64) -> Bytes {
        let key = index.is_multiple_of(u64::from(settings.gop));
        let kind = if key {
            PictureKind::Idr
        } else {
            PictureKind::Predicted
        };
        let elapsed_ms = picture_ms(settings, index);
        let clock_ms = settings.clock_start_ms.wrapping_add(elapsed_ms);
        let picture = self.painter.paint(index, elapsed_ms, clock_ms);
        let due = u128::from(settings.bitrate_bps) * u128::from(index + 1);
        let due = (due / u128::from(settings.fps)) as u64;
        let budget = due.saturating_sub(self.spent_bits);
        let unit = self.encoder.encode(&picture, kind, budget as usize);
        self.spent_bits += 8 * unit.len() as u64;
        unit.into()
    }

    /// Renders what a looped camera sends.
    fn record(mut self, settings: &CameraSettings) -> Recording {
        // Two groups where a group is one picture: IDR pictures in a row must differ.
        let pictures = u64::from(settings.gop.max(2));
        let packets = if settings.audio { PERIOD_FRAMES } else { 0 };
        Recording {
            pictures: (0..pictures)
                .map(|index| self.picture(settings, index))
                .collect(),
            packets: (0..packets)
                .map(|index| self.beeper.frame(index).into())
                .collect(),
        }
    }
}

/// Milliseconds from the start to picture `index`.
fn picture_ms(settings: &CameraSettings, index: u64) -> u64 {
    index * 1_000 / u64::from(settings.fps)
}

/// Milliseconds from the start to audio frame `index`.
fn packet_ms(index: u64) -> u64 {
    index * FRAME_SAMPLES * 1_000 / SAMPLE_RATE_HZ
}

fn frame(track: u64, start_ms: u64, end_ms: u64, key: bool, data: Bytes) -> Frame {
    let at = start_ms as i64;
    Frame {
        track,
        dts: at,
        pts: at,
        duration: (end_ms - start_ms) as u32,
        key,
        data,
    }
}

fn check(settings: &CameraSettings) -> Result<(), SettingsError> {
    let even = |value: u32| value.is_multiple_of(2);
    let ranges = [
        (
            "width",
            (16..=4_096).contains(&settings.width) && even(settings.width),
        ),
        (
            "height",
            (16..=2_304).contains(&settings.height) && even(settings.height),
        ),
        ("fps", (1..=120).contains(&settings.fps)),
        (
            "gop",
            (1..=1_000.min(30 * settings.fps)).contains(&settings.gop),
        ),
        ("bitrate_bps", settings.bitrate_bps <= 1_000_000_000),
    ];
    match ranges.into_iter().find(|(_, valid)| !valid) {
        Some((field, _)) => Err(SettingsError { field }),
        None => Ok(()),
    }
}

/// What a macroblock of snow comes to, measured.
const SNOW_MACROBLOCK_BITS: u32 = 250;

#[cfg(test)]
#[cfg(test)]
mod tests;

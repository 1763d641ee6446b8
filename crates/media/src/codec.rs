//! What codecs say about themselves: codec ids, private data, parameter sets.

pub mod aac;
pub mod h264;

use std::fmt;

use crate::frame::{Track, TrackKind};

/// The codecs this crate can name, by Matroska codec id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CodecKind {
    /// H.264 / AVC.
    H264,
    /// H.265 / HEVC.
    H265,
    /// AAC of any object type.
    Aac,
    /// Opus.
    Opus,
}

impl CodecKind {
    /// Recognises a codec id. Besides the registered ids (`V_MPEG4/ISO/AVC`,
    /// `V_MPEGH/ISO/HEVC`) the spellings in AWS's pages (`V_MPEG/ISO/AVC`,
    /// `V_MPEG/ISO/HEVC`) and the old `A_AAC/…` profiles are accepted.
    pub fn of(codec_id: &str) -> Option<CodecKind> {
        match codec_id {
            "V_MPEG4/ISO/AVC" | "V_MPEG/ISO/AVC" => Some(CodecKind::H264),
            "V_MPEGH/ISO/HEVC" | "V_MPEG/ISO/HEVC" => Some(CodecKind::H265),
            "A_AAC" => Some(CodecKind::Aac),
            "A_OPUS" => Some(CodecKind::Opus),
            id if id.starts_with("A_AAC/") => Some(CodecKind::Aac),
            _ => None,
        }
    }
}

/// The configuration of a track that can be put into an MP4 file.
#[derive(Clone, Debug, PartialEq)]
pub enum CodecConfig {
    /// H.264 parameter sets.
    H264(h264::AvcConfig),
    /// AAC `AudioSpecificConfig`.
    Aac(aac::AacConfig),
}

/// Why a track has no usable configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CodecError {
    /// The codec id names nothing that can be put into MP4 here.
    Unsupported {
        /// The codec id as sent.
        codec_id: String,
    },
    /// There is no codec private data, and the first frame does not make up for it.
    Missing,
    /// H.264 configuration that cannot be used.
    H264(h264::AvcError),
    /// AAC configuration that cannot be used.
    Aac(aac::AacError),
}

impl fmt::Display for CodecError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CodecError::Unsupported { codec_id } => write!(f, "unsupported codec `{codec_id}`"),
            CodecError::Missing => write!(f, "codec private data is missing"),
            CodecError::H264(error) => write!(f, "invalid H.264 configuration: {error}"),
            CodecError::Aac(error) => write!(f, "invalid AAC configuration: {error}"),
        }
    }
}

impl std::error::Error for CodecError {}

impl CodecConfig {
    /// The configuration of `track`. `first_frame` is the payload of a key frame of the
    /// track, if one is at hand: it is used where the codec private data is absent or
    /// holds no parameter sets.
    pub fn of_track(track: &Track, first_frame: Option<&[u8]>) -> Result<CodecConfig, CodecError> {
        let private = track
            .codec_private
            .as_deref()
            .filter(|private| !private.is_empty());
        match (CodecKind::of(&track.codec_id), track.kind) {
            (Some(CodecKind::H264), TrackKind::Video) => {
                h264::AvcConfig::of_track(private, first_frame)
                    .map(CodecConfig::H264)
                    .map_err(|error| match error {
                        h264::AvcError::Missing => CodecError::Missing,
                        error => CodecError::H264(error),
                    })
            }
            (Some(CodecKind::Aac), TrackKind::Audio) => {
                aac::AacConfig::of_track(private, first_frame)
                    .map(CodecConfig::Aac)
                    .map_err(|error| match error {
                        aac::AacError::Missing => CodecError::Missing,
                        error => CodecError::Aac(error),
                    })
            }
            _ => Err(CodecError::Unsupported {
                codec_id: track.codec_id.clone(),
            }),
        }
    }

    /// The `codecs` parameter of RFC 6381, such as `avc1.640028` or `mp4a.40.2`.
    pub fn codec_string(&self) -> String {
        match self {
            CodecConfig::H264(config) => config.codec_string(),
            CodecConfig::Aac(config) => config.codec_string(),
        }
    }

    /// Ticks per second that its MP4 track counts in: 90 000 for video, the sampling
    /// rate for audio, so that a frame's length is a whole number of samples.
    pub fn timescale(&self) -> u32 {
        match self {
            CodecConfig::H264(_) => crate::time::VIDEO_TIMESCALE,
            CodecConfig::Aac(config) => config.sample_rate_hz,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{CodecConfig, CodecError, CodecKind};
    use crate::frame::{Track, TrackKind};

    #[test]
    fn all_spellings_of_codec_ids_are_known() {
        for (id, kind) in [
            ("V_MPEG4/ISO/AVC", Some(CodecKind::H264)),
            ("V_MPEG/ISO/AVC", Some(CodecKind::H264)),
            ("V_MPEGH/ISO/HEVC", Some(CodecKind::H265)),
            ("A_AAC", Some(CodecKind::Aac)),
            ("A_AAC/MPEG4/LC/SBR", Some(CodecKind::Aac)),
            ("A_OPUS", Some(CodecKind::Opus)),
            ("V_VP8", None),
            ("A_AACX", None),
            ("", None),
        ] {
            assert_eq!(CodecKind::of(id), kind, "{id}");
        }
    }

    #[test]
    fn a_track_without_private_data_or_a_known_codec_is_told_apart() {
        let mut track = Track {
            number: 1,
            uid: 0,
            kind: TrackKind::Video,
            codec_id: "V_MPEG4/ISO/AVC".into(),
            codec_private: Some(bytes::Bytes::new()),
            name: None,
            default_duration_ns: None,
            video: None,
            audio: None,
        };
        assert_eq!(
            CodecConfig::of_track(&track, None),
            Err(CodecError::Missing)
        );
        track.codec_id = "V_VP9".into();
        let unsupported = CodecError::Unsupported {
            codec_id: "V_VP9".into(),
        };
        assert_eq!(CodecConfig::of_track(&track, None), Err(unsupported));
        track.codec_id = "A_AAC".into();
        assert!(matches!(
            CodecConfig::of_track(&track, None),
            Err(CodecError::Unsupported { .. })
        ));
        track.kind = TrackKind::Audio;
        assert_eq!(
            CodecConfig::of_track(&track, None),
            Err(CodecError::Missing)
        );
    }
}

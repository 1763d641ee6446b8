//! Building bodies for tests, byte by byte where it matters.

use bytes::{Bytes, BytesMut};

use crate::frame::{AudioSettings, Track, TrackKind, VideoSettings};
use crate::mkv::ebml::{self, SizeForm};
use crate::mkv::{ids, writer};

/// A body in the making.
#[derive(Clone, Debug, Default)]
pub(super) struct Body(pub(super) BytesMut);

impl Body {
    /// EBML header, Segment of unknown size, Info, Tracks 1 and 2.
    pub(super) fn begin() -> Body {
        Body::default()
            .header()
            .segment(None)
            .info(1_000_000)
            .tracks(&[video(1), audio(2)])
    }

    pub(super) fn header(mut self) -> Body {
        writer::ebml_header(&mut self.0, "matroska");
        self
    }

    /// A Segment of `size` bytes, or of unknown size.
    pub(super) fn segment(mut self, size: Option<u64>) -> Body {
        match size {
            None => writer::segment(&mut self.0),
            Some(size) => {
                ebml::put_id(&mut self.0, ids::SEGMENT);
                ebml::put_size(&mut self.0, size, SizeForm::Shortest);
            }
        }
        self
    }

    pub(super) fn info(mut self, timestamp_scale_ns: u64) -> Body {
        let info = writer::Info {
            timestamp_scale_ns,
            segment_uuid: Some([7; 16]),
            muxing_app: "m",
            writing_app: "w",
        };
        writer::info(&mut self.0, &info);
        self
    }

    pub(super) fn tracks(mut self, tracks: &[Track]) -> Body {
        writer::tracks(&mut self.0, tracks);
        self
    }

    pub(super) fn tags(mut self, pairs: &[(&str, &str)]) -> Body {
        writer::tags(&mut self.0, pairs, SizeForm::Shortest);
        self
    }

    /// A Cluster of unknown size, to which blocks may be added.
    pub(super) fn cluster(mut self, ticks: u64) -> Body {
        writer::cluster(&mut self.0, ticks, None);
        self
    }

    /// A Cluster of known size whose children after the timestamp are those of `inside`.
    pub(super) fn sized_cluster(mut self, ticks: u64, inside: &Body) -> Body {
        writer::cluster(&mut self.0, ticks, Some(inside.0.len() as u64));
        self.0.extend_from_slice(&inside.0);
        self
    }

    /// A SimpleBlock.
    pub(super) fn block(mut self, track: u64, relative: i16, key: bool, payload: &[u8]) -> Body {
        let block = writer::SimpleBlock {
            track,
            relative,
            key,
            invisible: false,
            discardable: false,
            payload_len: payload.len() as u32,
        };
        let before = self.0.len();
        block.put_header(&mut self.0);
        self.0.extend_from_slice(payload);
        assert_eq!((self.0.len() - before) as u64, block.len());
        self
    }

    /// Any element.
    pub(super) fn element(mut self, id: u32, data: &[u8]) -> Body {
        ebml::put_bytes(&mut self.0, id, data, SizeForm::Shortest);
        self
    }

    /// Any bytes.
    pub(super) fn bytes(mut self, bytes: &[u8]) -> Body {
        self.0.extend_from_slice(bytes);
        self
    }

    pub(super) fn len(&self) -> u64 {
        self.0.len() as u64
    }
}

pub(super) fn video(number: u64) -> Track {
    Track {
        number,
        uid: 0x1122_3344_5566_7788,
        kind: TrackKind::Video,
        codec_id: "V_MPEG4/ISO/AVC".into(),
        codec_private: Some(Bytes::from_static(&[1, 0x64, 0, 0x1F, 0xFF])),
        name: Some("kamera ä".into()),
        default_duration_ns: Some(40_000_000),
        video: Some(VideoSettings {
            width: 1920,
            height: 1080,
        }),
        audio: None,
    }
}

pub(super) fn audio(number: u64) -> Track {
    Track {
        number,
        uid: 2,
        kind: TrackKind::Audio,
        codec_id: "A_AAC".into(),
        codec_private: None,
        name: None,
        default_duration_ns: None,
        video: None,
        audio: Some(AudioSettings {
            sample_rate_hz: 44_100.0,
            channels: 2,
            bit_depth: Some(16),
        }),
    }
}

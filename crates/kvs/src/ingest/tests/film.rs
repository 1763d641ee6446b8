//! Small Matroska bodies.

use bytes::{BufMut, Bytes, BytesMut};
use media::frame::{AudioSettings, Track, TrackKind, VideoSettings};
use media::mkv::ebml::SizeForm;
use media::mkv::writer::{self, Info, SimpleBlock};

/// A producer's way of writing Matroska.
#[derive(Clone, Debug)]
pub(super) struct Film {
    pub(super) tracks: Vec<Track>,
    pub(super) scale_ns: u64,
    pub(super) sized: bool,
    /// Bytes of a frame.
    pub(super) frame_len: u32,
    /// The first bytes of every frame; by default track and time.
    pub(super) payload: Option<Vec<u8>>,
}

/// A frame to write.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shot {
    pub(super) track: u64,
    pub(super) relative: i16,
    pub(super) key: bool,
}

/// A key frame of track 1.
pub(super) fn key(relative: i16) -> Shot {
    Shot {
        track: 1,
        relative,
        key: true,
    }
}

/// A frame of track 1.
pub(super) fn video(relative: i16) -> Shot {
    Shot {
        key: false,
        ..key(relative)
    }
}

/// A frame of track 2.
pub(super) fn sound(relative: i16) -> Shot {
    Shot {
        track: 2,
        ..key(relative)
    }
}

impl Film {
    /// H.264 video as track 1.
    pub(super) fn video() -> Film {
        Film {
            tracks: vec![track(1, TrackKind::Video, "V_MPEG4/ISO/AVC", &AVCC)],
            scale_ns: 1_000_000,
            sized: false,
            frame_len: 40,
            payload: None,
        }
    }

    /// H.264 video as track 1 and AAC sound as track 2.
    pub(super) fn both() -> Film {
        let mut film = Film::video();
        let sound = track(2, TrackKind::Audio, "A_AAC", &[0x11, 0x90]);
        film.tracks.push(sound);
        film
    }

    /// AAC sound only, as track 2.
    pub(super) fn sound() -> Film {
        let mut film = Film::both();
        film.tracks.remove(0);
        film
    }

    /// With Clusters of declared size.
    pub(super) fn sized(self) -> Film {
        Film {
            sized: true,
            ..self
        }
    }

    /// Everything before the first Cluster.
    pub(super) fn header(&self) -> Bytes {
        let mut out = BytesMut::new();
        writer::ebml_header(&mut out, "matroska");
        writer::segment(&mut out);
        let info = Info {
            timestamp_scale_ns: self.scale_ns,
            segment_uuid: None,
            muxing_app: "film",
            writing_app: "film",
        };
        writer::info(&mut out, &info);
        writer::tracks(&mut out, &self.tracks);
        out.freeze()
    }

    /// A Cluster.
    pub(super) fn cluster(&self, ticks: u64, shots: &[Shot]) -> Bytes {
        let mut blocks = BytesMut::new();
        for shot in shots {
            self.block(&mut blocks, ticks, shot);
        }
        let mut out = BytesMut::new();
        let len = self.sized.then_some(blocks.len() as u64);
        writer::cluster(&mut out, ticks, len);
        out.put_slice(&blocks);
        out.freeze()
    }

    fn block(&self, out: &mut BytesMut, ticks: u64, shot: &Shot) {
        let block = SimpleBlock {
            track: shot.track,
            relative: shot.relative,
            key: shot.key,
            invisible: false,
            discardable: false,
            payload_len: self.frame_len,
        };
        block.put_header(out);
        let mut payload = match &self.payload {
            Some(payload) => payload.clone(),
            None => {
                let time = (ticks as i64 + i64::from(shot.relative)) as i32;
                let mut payload = vec![shot.track as u8];
                payload.extend(time.to_be_bytes());
                payload
            }
        };
        payload.resize(self.frame_len as usize, 0xab);
        out.put_slice(&payload);
    }
}

/// A `Tags` element.
pub(super) fn tags(pairs: &[(&str, &str)]) -> Bytes {
    let mut out = BytesMut::new();
    writer::tags(&mut out, pairs, SizeForm::Shortest);
    out.freeze()
}

/// A track.
pub(super) fn track(number: u64, kind: TrackKind, codec: &str, private: &'static [u8]) -> Track {
    let video = (kind == TrackKind::Video).then_some(VideoSettings {
        width: 640,
        height: 360,
    });
    let audio = (kind == TrackKind::Audio).then_some(AudioSettings {
        sample_rate_hz: 48_000.0,
        channels: 2,
        bit_depth: None,
    });
    Track {
        number,
        uid: number,
        kind,
        codec_id: codec.into(),
        codec_private: (!private.is_empty()).then(|| Bytes::from_static(private)),
        name: None,
        default_duration_ns: None,
        video,
        audio,
    }
}

/// The beginning of an avcC record.
pub(super) const AVCC: [u8; 7] = [1, 0x42, 0xc0, 0x1e, 0xff, 0xe1, 0];

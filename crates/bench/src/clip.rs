//! What producers send: one group of pictures of the synthetic camera, over and over.

use bytes::{Bytes, BytesMut};
use media::mkv::writer::{self, SimpleBlock};
use media::synth::{Camera, CameraSettings, Matroska};

use crate::{Result, said};

/// Two seconds of H.264 at 2 Mbit/s.
pub(crate) struct Clip {
    /// EBML header, Segment, Info, Tracks.
    pub(crate) header: Bytes,
    /// One SimpleBlock per frame.
    pub(crate) blocks: Vec<Bytes>,
    /// All of them in a row.
    pub(crate) group: Bytes,
    /// The frames alone, length-prefixed NAL units.
    pub(crate) frames: Vec<Bytes>,
    /// The codec's configuration (`avcC`).
    pub(crate) codec_private: Bytes,
}

impl Clip {
    /// Renders the clip.
    pub(crate) fn new() -> Result<Clip> {
        let settings = CameraSettings {
            fps: FPS,
            gop: FPS * 2,
            audio: false,
            bitrate_bps: BITRATE_BPS,
            looped: true,
            ..CameraSettings::default()
        };
        let mut camera = Camera::new(settings).map_err(said(&"camera"))?;
        let header = Matroska::new(camera.clone(), 0).header();
        let codec_private = camera
            .tracks()
            .into_iter()
            .find_map(|track| track.codec_private);
        let mut blocks = Vec::new();
        let mut frames = Vec::new();
        for frame in camera.next_group() {
            let block = SimpleBlock {
                track: frame.track,
                relative: frame.pts as i16,
                key: frame.key,
                invisible: false,
                discardable: false,
                payload_len: frame.data.len() as u32,
            };
            let mut bytes = BytesMut::new();
            block.put_header(&mut bytes);
            bytes.extend_from_slice(&frame.data);
            blocks.push(bytes.freeze());
            frames.push(frame.data);
        }
        Ok(Clip {
            header,
            group: blocks.concat().into(),
            blocks,
            frames,
            codec_private: codec_private.unwrap_or_default(),
        })
    }

    /// The beginning of the `n`-th Cluster, of known size or not.
    pub(crate) fn cluster_start(&self, n: u64, sized: bool) -> BytesMut {
        let mut out = BytesMut::new();
        let len = sized.then_some(self.group.len() as u64);
        writer::cluster(&mut out, n * GROUP_MS, len);
        out
    }
}

/// Pictures per second.
pub(crate) const FPS: u32 = 25;
/// Length of a group.
pub(crate) const GROUP_MS: u64 = 2000;
/// What a camera sends.
pub(crate) const BITRATE_BPS: u32 = 2_000_000;

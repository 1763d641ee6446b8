//! The camera as a Matroska stream, the way live producers send it: a header, then one
//! Cluster of unknown size per group of pictures, all frames in SimpleBlocks.

use bytes::{Bytes, BytesMut};

use super::Camera;
use crate::frame::Frame;
use crate::mkv::writer::{self, Info, SimpleBlock};

/// A [`Camera`] that gives Matroska bytes. [`Matroska::header`] goes first; then whole
/// Clusters or single blocks, in any mixture.
#[derive(Clone, Debug)]
pub struct Matroska {
    camera: Camera,
    /// Added to the camera's time in every Cluster, milliseconds.
    base_ms: u64,
    /// The open Cluster's time by the camera.
    cluster_ms: i64,
}

impl Matroska {
    /// Wraps a camera about to give a key frame. `base_ms` is what the camera's time 0
    /// becomes: 0 for relative timestamps, an epoch time for absolute ones.
    #[must_use]
    pub fn new(camera: Camera, base_ms: u64) -> Matroska {
        Matroska {
            camera,
            base_ms,
            cluster_ms: 0,
        }
    }

    /// EBML header, Segment of unknown size, `Info` (one tick a millisecond), `Tracks`.
    #[must_use]
    pub fn header(&self) -> Bytes {
        let mut out = BytesMut::new();
        writer::ebml_header(&mut out, "matroska");
        writer::segment(&mut out);
        let info = Info {
            timestamp_scale_ns: 1_000_000,
            segment_uuid: None,
            muxing_app: "kinora",
            writing_app: "kinora synthetic camera",
        };
        writer::info(&mut out, &info);
        writer::tracks(&mut out, &self.camera.tracks());
        out.freeze()
    }

    /// The rest of the open group: a whole Cluster unless [`Matroska::next_block`] gave
    /// its beginning.
    pub fn next_cluster(&mut self) -> Bytes {
        let mut out = BytesMut::new();
        self.put_next(&mut out);
        while !self.camera.is_key_next() {
            self.put_next(&mut out);
        }
        out.freeze()
    }

    /// The next frame's SimpleBlock, after the beginning of its Cluster where it starts
    /// one, and the millisecond (by the camera) at which its picture or sound begins.
    pub fn next_block(&mut self) -> (u64, Bytes) {
        let mut out = BytesMut::new();
        let at = self.put_next(&mut out);
        // The camera counts up from 0.
        (at.unsigned_abs(), out.freeze())
    }

    fn put_next(&mut self, out: &mut BytesMut) -> i64 {
        let starts_cluster = self.camera.is_key_next();
        let frame = self.camera.next_frame();
        if starts_cluster {
            self.cluster_ms = frame.pts;
            writer::cluster(
                out,
                self.base_ms.wrapping_add(frame.pts.unsigned_abs()),
                None,
            );
        }
        put_block(out, &frame, self.cluster_ms);
        frame.pts
    }
}

fn put_block(out: &mut BytesMut, frame: &Frame, cluster_ms: i64) {
    let block = SimpleBlock {
        track: frame.track,
        // A group lasts at most 30 seconds: the camera's settings see to it.
        relative: (frame.pts - cluster_ms) as i16,
        key: frame.key,
        invisible: false,
        discardable: false,
        payload_len: frame.data.len() as u32,
    };
    out.reserve(block.len() as usize);
    block.put_header(out);
    out.extend_from_slice(&frame.data);
}

#[cfg(test)]
mod tests {
    use bytes::{Bytes, BytesMut};

    use super::Matroska;
    use crate::mkv::reader::{Event, Poll, Reader, ReaderLimits};
    use crate::synth::{Camera, CameraSettings};

    const SETTINGS: CameraSettings = CameraSettings {
        width: 64,
        height: 48,
        fps: 10,
        gop: 20,
        audio: true,
        bitrate_bps: 50_000,
        clock_start_ms: 0,
        looped: true,
    };
    const BASE_MS: u64 = 1_700_000_000_000;

    /// The stream's blocks as absolute time, track and key flag, and its Clusters' times.
    fn read(stream: Bytes) -> (Vec<(u64, u64, bool)>, Vec<u64>) {
        let limits = ReaderLimits {
            element_bytes_max: 1 << 16,
            block_bytes_max: 1 << 20,
        };
        let mut reader = Reader::new(limits);
        reader.push(stream);
        reader.finish();
        let (mut blocks, mut clusters) = (Vec::new(), Vec::new());
        loop {
            match reader.poll().expect("a valid stream") {
                Poll::End => return (blocks, clusters),
                Poll::NeedData => panic!("the stream ends in mid-element"),
                Poll::Event(Event::ClusterTimestamp { ticks }) => clusters.push(ticks),
                Poll::Event(Event::Block(block)) => {
                    let at = clusters[clusters.len() - 1] + block.relative as u64;
                    blocks.push((at, block.track, block.key));
                }
                Poll::Event(Event::Tracks { tracks, .. }) => {
                    let camera = Camera::new(SETTINGS).expect("valid settings");
                    assert_eq!(tracks, camera.tracks());
                }
                Poll::Event(_) => {}
            }
        }
    }

    #[test]
    fn the_stream_holds_the_cameras_frames() {
        let mut camera = Camera::new(SETTINGS).expect("valid settings");
        let mut stream = Matroska::new(camera.clone(), BASE_MS);
        let mut bytes = BytesMut::from(&stream.header()[..]);
        let mut expected = Vec::new();
        for _ in 0..3 {
            bytes.extend_from_slice(&stream.next_cluster());
            expected.extend(camera.next_group());
        }
        let (blocks, clusters) = read(bytes.freeze());
        assert_eq!(clusters, [BASE_MS, BASE_MS + 2_000, BASE_MS + 4_000]);
        let expected: Vec<_> = expected
            .iter()
            .map(|frame| (BASE_MS + frame.pts as u64, frame.track, frame.key))
            .collect();
        assert_eq!(blocks, expected);
    }

    #[test]
    fn block_by_block_gives_the_same_bytes() {
        let camera = Camera::new(SETTINGS).expect("valid settings");
        let mut whole = Matroska::new(camera.clone(), 0);
        let mut pieces = Matroska::new(camera, 0);
        let expected = [whole.next_cluster(), whole.next_cluster()].concat();
        let mut bytes = Vec::new();
        let mut times = Vec::new();
        while bytes.len() < expected.len() {
            let (at, piece) = pieces.next_block();
            times.push(at);
            bytes.extend(piece);
        }
        assert_eq!(bytes, expected);
        assert!(times.is_sorted());
    }
}

//! Matroska by hand, and what the server has of it.

use ::media::frame::{Track, TrackKind};
use ::media::mkv::reader::{Event, Poll, Reader, ReaderLimits};
use ::media::mkv::writer::{self, Info, SimpleBlock};
use bytes::{BufMut, Bytes, BytesMut};
use it::wire::Wire;
use serde_json::{Value, json};

/// A frame of a Cluster: its track, its time after the Cluster's, its size.
pub(super) type Frame = (u64, i16, usize);

/// Everything before the first Cluster, with tracks 1 to `tracks`. They are of a codec
/// whose frames nobody looks into.
pub(super) fn header(tracks: u64) -> Vec<u8> {
    let mut out = BytesMut::new();
    writer::ebml_header(&mut out, "matroska");
    writer::segment(&mut out);
    let info = Info {
        timestamp_scale_ns: 1_000_000,
        segment_uuid: None,
        muxing_app: "it",
        writing_app: "it",
    };
    writer::info(&mut out, &info);
    let track = |number| Track {
        number,
        uid: number,
        kind: TrackKind::Video,
        codec_id: "V_MJPEG".to_owned(),
        codec_private: None,
        name: None,
        default_duration_ns: None,
        video: None,
        audio: None,
    };
    writer::tracks(&mut out, &(1..=tracks).map(track).collect::<Vec<_>>());
    out.to_vec()
}

/// The beginning of a Cluster of unknown size, and its frames.
pub(super) fn cluster(ticks: u64, frames: &[Frame]) -> Vec<u8> {
    let mut out = BytesMut::new();
    writer::cluster(&mut out, ticks, None);
    out.extend_from_slice(&blocks(ticks, frames));
    out.to_vec()
}

/// The same with its size declared; `missing` bytes are promised and not there.
pub(super) fn sized_cluster(ticks: u64, frames: &[Frame], missing: u64) -> Vec<u8> {
    let blocks = blocks(ticks, frames);
    let mut out = BytesMut::new();
    writer::cluster(&mut out, ticks, Some(blocks.len() as u64 + missing));
    out.extend_from_slice(&blocks);
    out.to_vec()
}

/// Blocks whose bytes tell what they belong to.
fn blocks(ticks: u64, frames: &[Frame]) -> Vec<u8> {
    let mut out = BytesMut::new();
    for &(track, relative, len) in frames {
        let block = SimpleBlock {
            track,
            relative,
            key: true,
            invisible: false,
            discardable: false,
            payload_len: u32::try_from(len).expect("frames are small"),
        };
        block.put_header(&mut out);
        let seed = ticks
            .wrapping_mul(31)
            .wrapping_add(relative.unsigned_abs().into());
        out.put_bytes((seed % 251) as u8, len);
    }
    out.to_vec()
}

/// All fragments that are listed, in the order of their numbers.
pub(super) fn listed(wire: &Wire, stream: &str) -> Vec<String> {
    let mut numbers = Vec::new();
    let range = json!({"StartTimestamp": 0, "EndTimestamp": 4_000_000_000_u64});
    let selector = json!({"FragmentSelectorType": "SERVER_TIMESTAMP", "TimestampRange": range});
    let mut input = json!({"StreamName": stream, "FragmentSelector": selector, "MaxResults": 1000});
    loop {
        let output = wire.ok("/listFragments", &input);
        for fragment in output["Fragments"].as_array().into_iter().flatten() {
            numbers.push(text(&fragment["FragmentNumber"]));
        }
        match &output["NextToken"] {
            Value::String(token) => {
                input = json!({"StreamName": stream, "NextToken": token, "MaxResults": 1000});
            }
            _ => break,
        }
    }
    numbers.sort();
    numbers
}

/// What GetMediaForFragmentList sends of some fragments.
pub(super) fn read(wire: &Wire, stream: &str, numbers: &[String]) -> Vec<u8> {
    let input = json!({"StreamName": stream, "Fragments": numbers});
    let (status, body) = wire
        .call("/getMediaForFragmentList", &input)
        .expect("the server answers");
    assert_eq!(status, 200, "{}", String::from_utf8_lossy(&body));
    body
}

/// The first place of some bytes in others.
pub(super) fn position(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes
        .windows(wanted.len())
        .position(|window| window == wanted)
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// Reads media as a player does; the numbers of its fragments, whose Clusters all have
/// frames.
pub(super) fn fragments(body: &[u8]) -> Vec<String> {
    let mut reader = Reader::new(ReaderLimits {
        element_bytes_max: 1 << 20,
        block_bytes_max: 1 << 26,
    });
    reader.push(Bytes::copy_from_slice(body));
    reader.finish();
    let mut numbers = Vec::new();
    let (mut clusters, mut frames) = (0, 0);
    loop {
        match reader.poll().expect("the media is readable") {
            Poll::Event(Event::Tags { tags, .. }) => {
                let pairs = tags.into_iter().flat_map(|tag| tag.simple);
                let number = pairs.filter(|(name, _)| name == "AWS_KINESISVIDEO_FRAGMENT_NUMBER");
                numbers.extend(number.map(|(_, number)| number));
            }
            Poll::Event(Event::ClusterStart { .. }) => {
                assert!(clusters == 0 || frames > 0, "a Cluster without frames");
                clusters += 1;
                frames = 0;
            }
            Poll::Event(Event::Block(_)) => frames += 1,
            Poll::Event(_) => {}
            Poll::NeedData => panic!("the media breaks off"),
            Poll::End => break,
        }
    }
    assert_eq!(clusters, numbers.len(), "a Cluster for each fragment");
    numbers
}

//! Writing Matroska elements, and rewriting the Segment size of a given header.
//!
//! The functions append to a buffer and never see a payload: the bytes of a block are
//! sent after the header written here, from wherever they lie.

use bytes::{BufMut, Bytes, BytesMut};

use super::ebml::{self, SizeForm};
use super::ids;
use crate::frame::{Track, TrackKind};

/// Appends an EBML header for `doc_type` (`matroska` or `webm`), as RFC 9559 §4.5 has it.
pub fn ebml_header(out: &mut BytesMut, doc_type: &str) {
    master(out, ids::EBML, |out| {
        ebml::put_uint(out, ids::EBML_VERSION, 1);
        ebml::put_uint(out, ids::EBML_READ_VERSION, 1);
        ebml::put_uint(out, ids::EBML_MAX_ID_LENGTH, 4);
        ebml::put_uint(out, ids::EBML_MAX_SIZE_LENGTH, 8);
        ebml::put_bytes(out, ids::DOC_TYPE, doc_type.as_bytes(), SizeForm::Shortest);
        ebml::put_uint(out, ids::DOC_TYPE_VERSION, 4);
        // 2: the first version with SimpleBlock.
        ebml::put_uint(out, ids::DOC_TYPE_READ_VERSION, 2);
    });
}

/// Appends the header of a Segment of unknown size. Its children follow.
pub fn segment(out: &mut BytesMut) {
    ebml::put_id(out, ids::SEGMENT);
    out.put_slice(&UNKNOWN_SIZE);
}

/// What an `Info` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Info<'a> {
    /// `TimestampScale`, nanoseconds per tick; not 0.
    pub timestamp_scale_ns: u64,
    /// `SegmentUUID`.
    pub segment_uuid: Option<[u8; 16]>,
    /// `MuxingApp`.
    pub muxing_app: &'a str,
    /// `WritingApp`.
    pub writing_app: &'a str,
}

/// Appends an `Info`.
pub fn info(out: &mut BytesMut, info: &Info<'_>) {
    master(out, ids::INFO, |out| {
        if let Some(uuid) = &info.segment_uuid {
            ebml::put_bytes(out, ids::SEGMENT_UUID, uuid, SizeForm::Shortest);
        }
        ebml::put_uint(out, ids::TIMESTAMP_SCALE, info.timestamp_scale_ns);
        ebml::put_bytes(
            out,
            ids::MUXING_APP,
            info.muxing_app.as_bytes(),
            SizeForm::Shortest,
        );
        ebml::put_bytes(
            out,
            ids::WRITING_APP,
            info.writing_app.as_bytes(),
            SizeForm::Shortest,
        );
    });
}

/// Appends a `Tracks` with an entry for each of `tracks`.
pub fn tracks(out: &mut BytesMut, tracks: &[Track]) {
    master(out, ids::TRACKS, |out| {
        for track in tracks {
            master(out, ids::TRACK_ENTRY, |out| track_entry(out, track));
        }
    });
}

fn track_entry(out: &mut BytesMut, track: &Track) {
    ebml::put_uint(out, ids::TRACK_NUMBER, track.number);
    ebml::put_uint(out, ids::TRACK_UID, track.uid);
    let kind = match track.kind {
        TrackKind::Video => 1,
        TrackKind::Audio => 2,
        TrackKind::Other(kind) => kind.into(),
    };
    ebml::put_uint(out, ids::TRACK_TYPE, kind);
    if let Some(name) = &track.name {
        ebml::put_bytes(out, ids::NAME, name.as_bytes(), SizeForm::Shortest);
    }
    ebml::put_bytes(
        out,
        ids::CODEC_ID,
        track.codec_id.as_bytes(),
        SizeForm::Shortest,
    );
    if let Some(private) = &track.codec_private {
        ebml::put_bytes(out, ids::CODEC_PRIVATE, private, SizeForm::Shortest);
    }
    if let Some(ns) = track.default_duration_ns {
        ebml::put_uint(out, ids::DEFAULT_DURATION, ns);
    }
    if let Some(video) = &track.video {
        master(out, ids::VIDEO, |out| {
            ebml::put_uint(out, ids::PIXEL_WIDTH, video.width.into());
            ebml::put_uint(out, ids::PIXEL_HEIGHT, video.height.into());
        });
    }
    if let Some(audio) = &track.audio {
        master(out, ids::AUDIO, |out| {
            ebml::put_float(out, ids::SAMPLING_FREQUENCY, audio.sample_rate_hz);
            ebml::put_uint(out, ids::CHANNELS, audio.channels.into());
            if let Some(bits) = audio.bit_depth {
                ebml::put_uint(out, ids::BIT_DEPTH, bits.into());
            }
        });
    }
}

/// Appends the beginning of a Cluster: its header and its `Timestamp`. Its blocks
/// follow, `blocks_len` bytes with their headers ([`SimpleBlock::len`]), or any number
/// if that is `None` and the Cluster's size unknown.
pub fn cluster(out: &mut BytesMut, ticks: u64, blocks_len: Option<u64>) {
    let mut timestamp = BytesMut::new();
    ebml::put_uint(&mut timestamp, ids::TIMESTAMP, ticks);
    ebml::put_id(out, ids::CLUSTER);
    match blocks_len {
        Some(len) => ebml::put_size(out, timestamp.len() as u64 + len, SizeForm::Shortest),
        None => out.put_slice(&UNKNOWN_SIZE),
    }
    out.put_slice(&timestamp);
}

/// What a SimpleBlock says beside its payload, one frame without lacing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SimpleBlock {
    /// Track number, below 2^56 - 1.
    pub track: u64,
    /// Ticks relative to the Cluster's timestamp.
    pub relative: i16,
    /// The key flag.
    pub key: bool,
    /// The invisible flag.
    pub invisible: bool,
    /// The discardable flag.
    pub discardable: bool,
    /// Bytes of payload.
    pub payload_len: u32,
}

impl SimpleBlock {
    /// Appends everything up to the payload, which must follow.
    pub fn put_header(&self, out: &mut BytesMut) {
        ebml::put_id(out, ids::SIMPLE_BLOCK);
        ebml::put_size(out, self.data_len(), SizeForm::Shortest);
        ebml::put_size(out, self.track, SizeForm::Shortest);
        out.put_i16(self.relative);
        out.put_u8(
            u8::from(self.key) << 7 | u8::from(self.invisible) << 3 | u8::from(self.discardable),
        );
    }

    /// Bytes of the whole element, payload included.
    #[must_use]
    #[allow(clippy::len_without_is_empty, reason = "a block is never empty")]
    pub fn len(&self) -> u64 {
        let data_len = self.data_len();
        1 + ebml::size_len(data_len, SizeForm::Shortest) as u64 + data_len
    }

    fn data_len(&self) -> u64 {
        let track_len = ebml::size_len(self.track, SizeForm::Shortest) as u64;
        track_len + 3 + u64::from(self.payload_len)
    }
}

/// Appends a `Tags` of one `Tag` with a SimpleTag for each name and value. There is no
/// `Targets`: the tag is about the whole Segment.
pub fn tags(out: &mut BytesMut, pairs: &[(&str, &str)], form: SizeForm) {
    let element =
        |data_len: usize, id_len: usize| id_len + ebml::size_len(data_len as u64, form) + data_len;
    let simple_len = |&(name, value): &(&str, &str)| {
        element(name.len(), TAG_TEXT_ID_BYTES) + element(value.len(), TAG_TEXT_ID_BYTES)
    };
    let tag_len: usize = pairs
        .iter()
        .map(|pair| element(simple_len(pair), TAG_TEXT_ID_BYTES))
        .sum();
    ebml::put_id(out, ids::TAGS);
    ebml::put_size(out, element(tag_len, TAG_TEXT_ID_BYTES) as u64, form);
    ebml::put_id(out, ids::TAG);
    ebml::put_size(out, tag_len as u64, form);
    for pair in pairs {
        ebml::put_id(out, ids::SIMPLE_TAG);
        ebml::put_size(out, simple_len(pair) as u64, form);
        ebml::put_bytes(out, ids::TAG_NAME, pair.0.as_bytes(), form);
        ebml::put_bytes(out, ids::TAG_STRING, pair.1.as_bytes(), form);
    }
}

/// `header`, which begins with an EBML header and goes on with a Segment, with the size
/// of the Segment changed to the eight-byte unknown size and all else as it was. `None`
/// if it does not hold a Segment's whole id and size.
///
/// With it, the beginning of any Matroska body can be sent in front of another Cluster
/// than the one it came with.
#[must_use]
pub fn segment_of_unknown_size(header: &Bytes) -> Option<Bytes> {
    let (start, end) = segment_size_at(header)?;
    if header[start..end] == UNKNOWN_SIZE {
        return Some(header.clone());
    }
    let mut out = BytesMut::with_capacity(header.len() + UNKNOWN_SIZE.len());
    out.put_slice(&header[..start]);
    out.put_slice(&UNKNOWN_SIZE);
    out.put_slice(&header[end..]);
    Some(out.freeze())
}

/// From where to where the size of the first Segment stands.
fn segment_size_at(header: &[u8]) -> Option<(usize, usize)> {
    let mut at = 0;
    loop {
        let (id, id_len) = ebml::id(header.get(at..)?).ok()??;
        let start = at + id_len;
        let (size, size_len) = ebml::vint(&header[start..]).ok()??;
        if at == 0 && id != ids::EBML {
            return None;
        }
        let end = start + size_len;
        if id == ids::SEGMENT {
            return Some((start, end));
        }
        at = end.checked_add(usize::try_from(size?).ok()?)?;
    }
}

/// Appends a master element whose children `write` appends.
fn master(out: &mut BytesMut, id: u32, write: impl FnOnce(&mut BytesMut)) {
    let mut children = BytesMut::new();
    write(&mut children);
    ebml::put_bytes(out, id, &children, SizeForm::Shortest);
}

/// The unknown size in eight bytes.
const UNKNOWN_SIZE: [u8; 8] = [0x01, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF];

/// Bytes of the ids of `Tag`, `SimpleTag`, `TagName` and `TagString`.
const TAG_TEXT_ID_BYTES: usize = 2;

#[cfg(test)]
mod tests;

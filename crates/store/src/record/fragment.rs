//! Fragment rows, frame indexes and spans.

use bytes::Bytes;
use kvs::fragment::{
    Cut, FragmentMeta, FragmentNumber, FrameIndex, IndexEntry, TrackKind, TrackSpan,
};

use super::wire::{Reader, Writer};
use crate::error::StoreError;
use crate::media::Span;
use crate::tables::fragments::StoredFragment;

/// The row of a fragment, the same in both orders. Sequence and server time are in
/// the key and not repeated.
pub(crate) fn encode(fragment: &StoredFragment) -> Bytes {
    let meta = &fragment.meta;
    let mut out = Writer::new(1);
    out.fixed(meta.number.random.to_be_bytes());
    out.signed(meta.producer_ms);
    out.number(meta.timestamp_scale_ns);
    out.number(meta.timecode);
    out.number(meta.duration_ms.into());
    out.number(meta.header_len.into());
    out.number(meta.cluster_len.into());
    out.number(meta.trailer_len.into());
    out.number(meta.session);
    out.fixed(meta.codec_digest.to_be_bytes());
    out.number(meta.ordinal);
    out.number(meta.breaks);
    let cut = if meta.cut.is_some() { HAS_CUT } else { 0 };
    let aligned = if meta.aligned { ALIGNED } else { 0 };
    out.byte(cut | aligned);
    if let Some(cut) = meta.cut {
        out.number(cut.frame.into());
        out.signed(cut.relative.into());
    }
    out.number(meta.tracks.len() as u64);
    for track in &meta.tracks {
        encode_track(&mut out, track);
    }
    span(&mut out, fragment.span);
    out.finish()
}

/// Undoes [`encode`] with what the key says.
pub(crate) fn decode(
    server_ms: u64,
    sequence: u64,
    bytes: &[u8],
) -> Result<StoredFragment, StoreError> {
    let mut reader = Reader::new("fragment", bytes, 1)?;
    let mut meta = FragmentMeta {
        number: FragmentNumber {
            sequence,
            server_ms,
            random: u32::from_be_bytes(reader.fixed()?),
        },
        producer_ms: reader.signed()?,
        timestamp_scale_ns: reader.number()?,
        timecode: reader.number()?,
        duration_ms: reader.narrow()?,
        header_len: reader.narrow()?,
        cluster_len: reader.narrow()?,
        trailer_len: reader.narrow()?,
        session: reader.number()?,
        codec_digest: u64::from_be_bytes(reader.fixed()?),
        ordinal: reader.number()?,
        breaks: reader.number()?,
        cut: None,
        tracks: Vec::new(),
        aligned: false,
    };
    let flags = reader.byte()?;
    if flags & !(HAS_CUT | ALIGNED) != 0 {
        return Err(reader.corrupt("unknown flags"));
    }
    meta.aligned = flags & ALIGNED != 0;
    if flags & HAS_CUT != 0 {
        meta.cut = Some(Cut {
            frame: reader.narrow()?,
            relative: reader.signed_32()?,
        });
    }
    for _ in 0..reader.count(7)? {
        meta.tracks.push(decode_track(&mut reader)?);
    }
    let span = read_span(&mut reader)?;
    reader.finish()?;
    Ok(StoredFragment { meta, span })
}

/// A frame index. Frames mostly follow one another closely, so an offset is written
/// as the distance from the end of the frame before.
pub(crate) fn encode_index(index: &FrameIndex) -> Vec<u8> {
    let mut out = Writer::new(1);
    out.number(index.len() as u64);
    let mut end = 0_i64;
    for entry in index {
        // A track number is at most 2^56 (RFC 9559 §10), so the shift loses nothing;
        // of a larger one the high bit would be lost, and no reader yields those.
        out.number(entry.track << 1 | u64::from(entry.key));
        out.signed(i64::from(entry.offset) - end);
        out.number(entry.len.into());
        out.signed(entry.relative.into());
        out.number(entry.duration.into());
        end = i64::from(entry.offset) + i64::from(entry.len);
    }
    out.into_vec()
}

/// Undoes [`encode_index`].
pub(crate) fn decode_index(bytes: &[u8]) -> Result<FrameIndex, StoreError> {
    let mut reader = Reader::new("frame index", bytes, 1)?;
    let count = reader.count(5)?;
    let mut index = Vec::with_capacity(count);
    let mut end = 0_i64;
    for _ in 0..count {
        let head = reader.number()?;
        let distance = reader.signed()?;
        let offset = end
            .checked_add(distance)
            .and_then(|at| u32::try_from(at).ok());
        let entry = IndexEntry {
            track: head >> 1,
            key: head & 1 == 1,
            offset: offset.ok_or_else(|| reader.corrupt("an offset is out of range"))?,
            len: reader.narrow()?,
            relative: reader.signed_32()?,
            duration: reader.narrow()?,
        };
        end = i64::from(entry.offset) + i64::from(entry.len);
        index.push(entry);
    }
    reader.finish()?;
    Ok(index)
}

/// A span on its own: one that waits to be freed.
pub(crate) fn encode_span(value: Span) -> Bytes {
    let mut out = Writer::new(1);
    span(&mut out, value);
    out.finish()
}

/// Undoes [`encode_span`].
pub(crate) fn decode_span(bytes: &[u8]) -> Result<Span, StoreError> {
    let mut reader = Reader::new("span", bytes, 1)?;
    let span = read_span(&mut reader)?;
    reader.finish()?;
    Ok(span)
}

fn encode_track(out: &mut Writer, track: &TrackSpan) {
    out.number(track.number);
    let (kind, other) = match track.kind {
        TrackKind::Video => (0, 0),
        TrackKind::Audio => (1, 0),
        TrackKind::Other(other) => (2, other),
    };
    out.fixed([kind, other]);
    out.signed(track.first.into());
    out.signed(track.last.into());
    out.number(track.frames.into());
    out.number(track.bytes.into());
}

fn decode_track(reader: &mut Reader<'_>) -> Result<TrackSpan, StoreError> {
    Ok(TrackSpan {
        number: reader.number()?,
        kind: match reader.fixed::<2>()? {
            [0, 0] => TrackKind::Video,
            [1, 0] => TrackKind::Audio,
            [2, other] => TrackKind::Other(other),
            _ => return Err(reader.corrupt("unknown track kind")),
        },
        first: reader.signed_32()?,
        last: reader.signed_32()?,
        frames: reader.narrow()?,
        bytes: reader.narrow()?,
    })
}

fn span(out: &mut Writer, span: Span) {
    out.number(span.extent);
    out.number(span.offset);
    out.number(span.len.into());
}

fn read_span(reader: &mut Reader<'_>) -> Result<Span, StoreError> {
    Ok(Span {
        extent: reader.number()?,
        offset: reader.number()?,
        len: reader.narrow()?,
    })
}

const HAS_CUT: u8 = 1;
const ALIGNED: u8 = 2;

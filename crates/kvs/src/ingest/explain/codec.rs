//! Findings about codecs: bytes that can be stored but that no player understands.

use media::codec::CodecKind;
use media::frame::{Track, TrackKind};
use media::mkv::reader::Block;

use crate::ingest::explain::{name, short};
use crate::ingest::finding::{Note, Weight};
use crate::ingest::header::Header;

/// What is wrong with a track's declaration, if something is.
pub(in crate::ingest) fn declaration(header: &Header, track: &Track, offset: u64) -> Option<Note> {
    let codec = CodecKind::of(&track.codec_id)?;
    let private = track.codec_private.as_deref().unwrap_or_default();
    let (code, what, cause, cure) = match (codec, private) {
        (_, []) => (
            "no-codec-private",
            format!("{} has no CodecPrivate", name(header, track.number)),
            "the muxer did not know the decoder settings (SPS and PPS, or AudioSpecificConfig) \
             when it wrote the header",
            match codec {
                CodecKind::H264 => {
                    "GStreamer: h264parse ! video/x-h264,stream-format=avc,alignment=au before \
                     the muxer; ffmpeg: -c copy from a probed source, or -flags +global_header"
                }
                CodecKind::H265 => {
                    "GStreamer: h265parse ! video/x-h265,stream-format=hvc1,alignment=au before \
                     the muxer; ffmpeg: -flags +global_header"
                }
                CodecKind::Opus => return None,
                CodecKind::Aac => {
                    "GStreamer: aacparse ! audio/mpeg,stream-format=raw before the muxer; \
                     ffmpeg: -bsf:a aac_adtstoasc"
                }
            },
        ),
        (CodecKind::H264 | CodecKind::H265, [0, 0, 1, ..] | [0, 0, 0, 1, ..]) => (
            "annexb-codec-private",
            format!(
                "the CodecPrivate of {} is Annex B (start codes), not {}",
                name(header, track.number),
                if codec == CodecKind::H264 {
                    "avcC"
                } else {
                    "hvcC"
                },
            ),
            "the encoder's byte-stream parameter sets were copied into the header",
            "GStreamer: h264parse ! video/x-h264,stream-format=avc (h265parse: hvc1); ffmpeg \
             converts by itself when it muxes",
        ),
        (CodecKind::Aac, [0xff, second, ..]) if second & 0xf6 == 0xf0 => (
            "adts-codec-private",
            format!(
                "the CodecPrivate of {} is an ADTS header, not an AudioSpecificConfig",
                name(header, track.number)
            ),
            "the first bytes of an ADTS stream were copied into the header",
            "GStreamer: aacparse ! audio/mpeg,stream-format=raw; ffmpeg: -bsf:a aac_adtstoasc",
        ),
        _ => return None,
    };
    Some(Note {
        code,
        weight: Weight::Advice,
        offset: Some(offset),
        element: Some("Segment/Tracks/TrackEntry/CodecPrivate"),
        what,
        cause: cause.into(),
        cure: cure.into(),
    })
}

/// What is wrong with how a frame is framed, if something is.
pub(in crate::ingest) fn framing(header: &Header, block: &Block) -> Option<Note> {
    let track = header.track(block.track)?;
    let codec = CodecKind::of(&track.codec_id)?;
    // Without an avcC or hvcC, three bytes that look like a start code are one; with it
    // they are the length of a NAL unit of 256 to 511 bytes.
    let private = track.codec_private.as_deref().unwrap_or_default();
    let record = !private.is_empty() && !private.starts_with(&[0, 0]);
    let long_enough = block.frame.len >= 8;
    let (code, what, cause, cure) = match (codec, block.head) {
        (CodecKind::H264 | CodecKind::H265, [0, 0, 0, 1, ..] | [0, 0, 1, ..])
            if long_enough && (!record || block.head[..4] == [0, 0, 0, 1]) =>
        {
            (
                "annexb-payload",
                "start codes (Annex B) where NAL unit lengths belong",
                "the encoder's byte stream was muxed without conversion",
                "GStreamer: h264parse ! video/x-h264,stream-format=avc,alignment=au (H.265: \
                 h265parse, hvc1) before the muxer; Raspberry Pi: pipe raspivid through \
                 ffmpeg -f h264 -i - -c copy -f matroska -",
            )
        }
        (CodecKind::Aac, [0xff, second, ..]) if second & 0xf6 == 0xf0 && long_enough => (
            "adts-payload",
            "an ADTS header in front of raw AAC",
            "the encoder's ADTS stream was muxed without conversion",
            "GStreamer: aacparse ! audio/mpeg,stream-format=raw before the muxer; ffmpeg: \
             -bsf:a aac_adtstoasc",
        ),
        _ => return None,
    };
    Some(Note {
        code,
        weight: Weight::Advice,
        offset: Some(block.frame.offset),
        element: Some("Segment/Cluster/SimpleBlock"),
        what: format!(
            "a frame of {} begins with {what}: {:02x?}",
            name(header, block.track),
            &block.head[..6],
        ),
        cause: cause.into(),
        cure: cure.into(),
    })
}

/// A track that no playback session has, though it is stored and read like any other.
pub(in crate::ingest) fn unplayable(header: &Header, track: &Track, offset: u64) -> Option<Note> {
    let (wanted, cure) = match (track.kind, CodecKind::of(&track.codec_id)) {
        (TrackKind::Video, Some(CodecKind::H264)) | (TrackKind::Audio, Some(CodecKind::Aac)) => {
            return None;
        }
        (TrackKind::Video, _) => (
            "H.264 is the video that they have",
            "ffmpeg: -c:v libx264; GStreamer: x264enc before the muxer; cameras: H.264",
        ),
        (TrackKind::Audio, _) => (
            "AAC is the audio that they have, so video plays without sound",
            "ffmpeg: -c:a aac, or -an if nobody listens; GStreamer: audioconvert ! avenc_aac ! \
             aacparse before the muxer",
        ),
        _ => return None,
    };
    Some(Note {
        code: "track-not-playable",
        weight: Weight::Advice,
        offset: Some(offset),
        element: Some("Segment/Tracks/TrackEntry/CodecID"),
        what: format!(
            "{} is stored, but HLS sessions cannot play it",
            name(header, track.number)
        ),
        cause: wanted.into(),
        cure: cure.into(),
    })
}

/// A track whose `CodecID` is missing.
pub(in crate::ingest) fn nameless(track: &Track, offset: u64) -> Option<Note> {
    track.codec_id.is_empty().then(|| Note {
        code: "no-codec-id",
        weight: Weight::Advice,
        offset: Some(offset),
        element: Some("Segment/Tracks/TrackEntry/CodecID"),
        what: format!("track {} does not say which codec it is", track.number),
        cause: "the producer was not told its content type".into(),
        cure: format!(
            "set the codec id, such as V_MPEG4/ISO/AVC or A_AAC \
             (producer SDK: TrackInfo.codecId){}",
            match track.name.as_deref() {
                Some(name) => format!(" of '{}'", short(name)),
                None => String::new(),
            }
        ),
    })
}

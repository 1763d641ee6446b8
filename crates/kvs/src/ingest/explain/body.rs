//! Findings about the body as a whole: its container, its sizes and its end.

use media::mkv::reader::{ReadError, ReadErrorKind};

use crate::ingest::ack::AckError;
use crate::ingest::finding::{Note, Weight};
use crate::limits;

/// The body cannot be read on.
pub(in crate::ingest) fn unreadable(error: &ReadError, in_cluster: bool) -> Note {
    let element = error.element.map(|id| format!(" in element 0x{id:X}"));
    let element = element.unwrap_or_default();
    let at = error.offset;
    let invalid = Weight::Fatal(AckError::InvalidMkvData);
    let note = |code, weight, what: String, cause: &str, cure: &str| Note {
        code,
        weight,
        offset: Some(at),
        element: Some(if in_cluster {
            "Segment/Cluster"
        } else {
            "Segment"
        }),
        what,
        cause: cause.into(),
        cure: cure.into(),
    };
    match error.kind {
        ReadErrorKind::NotMatroska { looks_like } => Note {
            element: None,
            ..not_matroska(looks_like, at)
        },
        ReadErrorKind::DocType => note(
            "not-matroska",
            invalid,
            format!("the EBML document at byte {at} is neither matroska nor webm"),
            "the EBML header names another format in its DocType",
            "write DocType matroska: ffmpeg -f matroska, GStreamer matroskamux",
        ),
        ReadErrorKind::Truncated => note(
            "body-truncated",
            invalid,
            format!("the body ends inside an element{element} that begins at byte {at}"),
            "the muxer or the upload stopped in the middle of a fragment",
            "end the body after a whole Cluster: let the muxer finish (ffmpeg: q or SIGINT, \
             GStreamer: send EOS with -e) before the request is closed",
        ),
        ReadErrorKind::TooLarge { limit } if in_cluster => note(
            "fragment-too-large",
            Weight::Fatal(AckError::MaxFragmentSizeReached),
            format!("a frame{element} at byte {at} is larger than {limit} bytes"),
            "the size field is damaged, or the frame is not compressed",
            "send compressed video; check the size field of the block at that offset",
        ),
        ReadErrorKind::TooLarge { limit } => note(
            "element-too-large",
            invalid,
            format!("an element{element} at byte {at} is larger than {limit} bytes"),
            "a header or tag carries more than descriptions, or its size field is damaged",
            "leave attachments and cover pictures out: ffmpeg -map 0:v -map 0:a",
        ),
        kind => note(
            "mkv-damaged",
            invalid,
            format!("byte {at}{element} is not valid Matroska: {}", reason(kind)),
            "bytes were lost, reordered or changed between muxer and upload, or the muxer is \
             faulty",
            "send the muxer's output unchanged (curl --data-binary or -T, never -d); check \
             the same bytes with mkvalidator or mkvinfo -v",
        ),
    }
}

fn reason(kind: ReadErrorKind) -> &'static str {
    match kind {
        ReadErrorKind::InvalidVint => "an id or size that EBML does not allow",
        ReadErrorKind::UnexpectedElement => "an element where none of its kind may stand",
        ReadErrorKind::ExceedsParent => "an element that reaches past the end of its parent",
        ReadErrorKind::UnknownSize => "an unknown size where only Segment and Cluster may have one",
        ReadErrorKind::InvalidValue => "a value its element does not allow",
        ReadErrorKind::TooMany { .. } => "more elements of a kind than are read",
        ReadErrorKind::NotMatroska { .. }
        | ReadErrorKind::DocType
        | ReadErrorKind::TooLarge { .. }
        | ReadErrorKind::Truncated => "not readable",
    }
}

fn not_matroska(looks_like: Option<&'static str>, at: u64) -> Note {
    let (what, cure) = match looks_like {
        Some(format) => (
            format!("the body is {format}, not Matroska"),
            match format {
                _ if format.contains("MP4") || format.contains("TS") => {
                    "change the container, not the codecs: ffmpeg -i input -c copy -f matroska -"
                }
                _ if format.contains("Annex") => {
                    "wrap the raw stream: ffmpeg -f h264 -i - -c copy -f matroska -, GStreamer \
                     h264parse ! matroskamux streamable=true"
                }
                _ if format.contains("JSON") => {
                    "PutMedia takes its parameters as x-amzn- headers and the media itself as \
                     the body"
                }
                _ => "send the bytes of a Matroska stream as they are: ffmpeg -f matroska -",
            },
        ),
        None => (
            "the body does not begin with an EBML header, so it is not Matroska".to_owned(),
            "send the bytes of a Matroska stream as they are, from its first byte: ffmpeg -f \
             matroska -",
        ),
    };
    Note {
        code: "not-matroska",
        weight: Weight::Fatal(AckError::InvalidMkvData),
        offset: Some(at),
        element: None,
        what,
        cause: "PutMedia takes Matroska (MKV, WebM) only; the body was made by another muxer, \
                or encoded on its way"
            .into(),
        cure: cure.into(),
    }
}

/// The body was empty.
pub(in crate::ingest) fn empty() -> Note {
    Note {
        code: "empty-body",
        weight: Weight::Advice,
        offset: Some(0),
        element: None,
        what: "the request ended without a single byte of media".into(),
        cause: "the encoder produced nothing before the upload ended".into(),
        cure: "look at the encoder's own log: the camera's address, its credentials, the codec"
            .into(),
    }
}

/// The body ended without a single Cluster.
pub(in crate::ingest) fn no_cluster(offset: u64) -> Note {
    Note {
        code: "no-cluster",
        weight: Weight::Advice,
        offset: Some(offset),
        element: Some("Segment"),
        what: format!("the request ended after {offset} bytes of header and no frame"),
        cause: "the encoder stopped before its first key frame".into(),
        cure: "look at the encoder's own log; keep the upload open until media flows".into(),
    }
}

/// The peer vanished, or its framing was wrong.
pub(in crate::ingest) fn broken(offset: u64) -> Note {
    Note {
        code: "connection-broken",
        weight: Weight::Fatal(AckError::StreamReadError),
        offset: Some(offset),
        element: None,
        what: format!("the connection broke off after {offset} bytes of the body"),
        cause: "the producer crashed, lost its network, or a proxy timed out".into(),
        cure: "send again from the last acknowledged fragment; a proxy in between must not \
               buffer request bodies or cut long requests (nginx: proxy_request_buffering off, \
               proxy_read_timeout)"
            .into(),
    }
}

/// Nothing arrived for so long that the connection is closed.
pub(in crate::ingest) fn silent(offset: u64) -> Note {
    Note {
        code: "connection-silent",
        weight: Weight::Advice,
        offset: Some(offset),
        element: None,
        what: format!(
            "nothing arrived for {} s after byte {offset}, so the connection was closed",
            limits::IDLE_MS_MAX / 1000
        ),
        cause: "the camera stopped, or sends only when something happens".into(),
        cure: "none if that is intended: the next PutMedia continues the stream".into(),
    }
}

/// The stream was deleted while the connection was open.
pub(in crate::ingest) fn stream_gone() -> Note {
    Note {
        code: "stream-deleted",
        weight: Weight::Fatal(AckError::StreamNotActive),
        offset: None,
        element: None,
        what: "the stream was deleted while this connection was open".into(),
        cause: "somebody called DeleteStream".into(),
        cure: "create the stream again and open a new connection".into(),
    }
}

/// Storage refused a fragment.
pub(in crate::ingest) fn not_persisted() -> Note {
    Note {
        code: "not-persisted",
        weight: Weight::Fatal(AckError::ArchivalError),
        offset: None,
        element: None,
        what: "the fragment was received, but the server could not store it".into(),
        cause: "the server's disk is full or failing; nothing is wrong with the media".into(),
        cure: "see the server's log; the producer sends the fragment again by itself if it \
               heeds acknowledgements"
            .into(),
    }
}

/// Storage never answered.
pub(in crate::ingest) fn storage_silent() -> Note {
    Note {
        code: "storage-silent",
        weight: Weight::Fatal(AckError::InternalError),
        offset: None,
        element: None,
        what: format!(
            "storage gave no answer within {} s of the end of the body",
            limits::PERSIST_WAIT_MS / 1000
        ),
        cause: "the server's storage hangs; nothing is wrong with the media".into(),
        cure: "see the server's log and the health of its disk".into(),
    }
}

/// The fragment outgrew what may be held.
pub(in crate::ingest) fn fragment_too_large(bytes: u64, offset: u64) -> Note {
    Note {
        code: "fragment-too-large",
        weight: Weight::Fatal(AckError::MaxFragmentSizeReached),
        offset: Some(offset),
        element: Some("Segment/Cluster"),
        what: format!(
            "the Cluster at byte {offset} has {bytes} bytes or more; {} is the largest \
             fragment",
            limits::FRAGMENT_BYTES_MAX
        ),
        cause: "the bit rate is very high or key frames are very far apart".into(),
        cure: "make fragments shorter (a key frame every 1 to 2 s: ffmpeg -g, x264enc \
               key-int-max) or lower the bit rate (-b:v)"
            .into(),
    }
}

/// The fragment has more frames than may be indexed.
pub(in crate::ingest) fn too_many_frames(offset: u64) -> Note {
    Note {
        code: "too-many-frames",
        weight: Weight::Fatal(AckError::MaxFragmentSizeReached),
        offset: Some(offset),
        element: Some("Segment/Cluster"),
        what: format!(
            "the Cluster at byte {offset} has more than {} frames",
            limits::FRAGMENT_FRAMES_MAX
        ),
        cause: "samples are written as frames of their own, or key frames never come".into(),
        cure: "pack audio into frames of 10 to 60 ms; make a key frame every 1 to 10 s".into(),
    }
}

/// The header outgrew what may be held.
pub(in crate::ingest) fn header_too_large(offset: u64) -> Note {
    Note {
        code: "header-too-large",
        weight: Weight::Fatal(AckError::InvalidMkvData),
        offset: Some(offset),
        element: Some("Segment"),
        what: format!(
            "more than {} bytes came before the first Cluster",
            limits::HEADER_BYTES_MAX
        ),
        cause: "the file carries attachments, cover pictures or reserved space in front".into(),
        cure: "leave them out: ffmpeg -map 0:v -map 0:a -c copy -f matroska -".into(),
    }
}

/// The elements after a Cluster outgrew what may be held; the surplus is not kept.
pub(in crate::ingest) fn trailer_too_large(offset: u64) -> Note {
    Note {
        code: "trailer-too-large",
        weight: Weight::Advice,
        offset: Some(offset),
        element: Some("Segment"),
        what: format!(
            "an element at or before byte {offset}, behind a Cluster, was not kept: more than \
             {} bytes of such elements came",
            limits::TRAILER_BYTES_MAX
        ),
        cause: "the file carries an index, attachments or large tags behind its media".into(),
        cure: "nothing, unless those elements matter; the media is complete".into(),
    }
}

/// A second header in the body.
pub(in crate::ingest) fn second_header(offset: u64) -> Note {
    Note {
        code: "second-ebml-header",
        weight: Weight::Strict(AckError::InvalidMkvData),
        offset: Some(offset),
        element: Some("EBML"),
        what: format!("a second Matroska file begins at byte {offset} of the same body"),
        cause: "files were concatenated, or the muxer was restarted while the upload went on"
            .into(),
        cure: "send each file in a PutMedia call of its own, or join them first: ffmpeg -f \
               concat -i list.txt -c copy -f matroska -"
            .into(),
    }
}

/// `Tracks` or `Info` again, after the first Cluster.
pub(in crate::ingest) fn repeated(element: &'static str, offset: u64) -> Note {
    Note {
        code: "header-element-repeated",
        weight: Weight::Strict(AckError::InvalidMkvData),
        offset: Some(offset),
        element: Some(element),
        what: format!("{element} at byte {offset} comes after media has begun; it is ignored"),
        cause: "the muxer repeats or changes its header in mid-stream".into(),
        cure: "start a new PutMedia call when tracks or codecs change".into(),
    }
}

/// A Cluster without timestamp and frames.
pub(in crate::ingest) fn cluster_without_timestamp(offset: u64) -> Note {
    Note {
        code: "cluster-without-timestamp",
        weight: Weight::Strict(AckError::InvalidMkvData),
        offset: Some(offset),
        element: Some("Segment/Cluster"),
        what: format!("the Cluster at byte {offset} has neither a Timestamp nor a frame"),
        cause: "the muxer opened a Cluster and never used it".into(),
        cure: "use a newer muxer; the Cluster is left out".into(),
    }
}

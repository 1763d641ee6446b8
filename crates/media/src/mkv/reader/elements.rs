//! The elements held whole: the EBML header, Info, Tracks and Tags.

use bytes::Bytes;

use super::{ReadError, ReadErrorKind, Tag};
use crate::frame::{AudioSettings, Track, TrackKind, VideoSettings};
use crate::mkv::ebml::{self, Element, Elements, Fault};
use crate::mkv::ids;

type Result<T> = std::result::Result<T, ReadError>;

/// Reads the `DocType` of an EBML header whose data begins at the absolute `base`.
pub(super) fn doc_type(data: &[u8], base: u64) -> Result<String> {
    let mut doc_type = None;
    for child in children(data, base, ids::EBML) {
        let child = child?;
        if child.id == ids::DOC_TYPE {
            doc_type = Some(text(&child, base)?);
        }
    }
    match doc_type {
        Some(doc_type) if matches!(doc_type.as_str(), "matroska" | "webm") => Ok(doc_type),
        _ => Err(ReadError {
            offset: base,
            element: Some(ids::EBML),
            kind: ReadErrorKind::DocType,
        }),
    }
}

/// Reads the timestamp scale of an `Info`, nanoseconds per tick.
pub(super) fn timestamp_scale_ns(data: &[u8], base: u64) -> Result<u64> {
    let mut scale = TIMESTAMP_SCALE_DEFAULT_NS;
    for child in children(data, base, ids::INFO) {
        let child = child?;
        if child.id == ids::TIMESTAMP_SCALE {
            scale = uint(&child, base)?;
            if scale == 0 {
                return Err(invalid(&child, base));
            }
        }
    }
    Ok(scale)
}

/// Reads the entries of a `Tracks`.
pub(super) fn tracks(data: &[u8], base: u64) -> Result<Vec<Track>> {
    let mut tracks = Vec::new();
    for child in children(data, base, ids::TRACKS) {
        let child = child?;
        if child.id != ids::TRACK_ENTRY {
            continue;
        }
        if tracks.len() >= TRACKS_MAX {
            return Err(too_many(&child, base, TRACKS_MAX));
        }
        tracks.push(track(child.data, base + child.data_offset as u64)?);
    }
    Ok(tracks)
}

fn track(data: &[u8], base: u64) -> Result<Track> {
    let mut track = Track {
        number: 0,
        uid: 0,
        kind: TrackKind::Other(0),
        codec_id: String::new(),
        codec_private: None,
        name: None,
        default_duration_ns: None,
        video: None,
        audio: None,
    };
    for child in children(data, base, ids::TRACK_ENTRY) {
        let child = child?;
        let child_base = base + child.data_offset as u64;
        match child.id {
            ids::TRACK_NUMBER => track.number = uint(&child, base)?,
            ids::TRACK_UID => track.uid = uint(&child, base)?,
            ids::TRACK_TYPE => {
                track.kind = match small(&child, base)? {
                    1 => TrackKind::Video,
                    2 => TrackKind::Audio,
                    other => TrackKind::Other(other),
                }
            }
            ids::CODEC_ID => track.codec_id = text(&child, base)?,
            // A copy, so as not to keep the network's buffer alive with the track.
            ids::CODEC_PRIVATE => track.codec_private = Some(Bytes::copy_from_slice(child.data)),
            ids::NAME => track.name = Some(text(&child, base)?),
            // Zero is not allowed, and says as little as its absence.
            ids::DEFAULT_DURATION => {
                track.default_duration_ns = Some(uint(&child, base)?).filter(|&ns| ns > 0);
            }
            ids::VIDEO => track.video = Some(video(child.data, child_base)?),
            ids::AUDIO => track.audio = Some(audio(child.data, child_base)?),
            _ => {}
        }
    }
    Ok(track)
}

fn video(data: &[u8], base: u64) -> Result<VideoSettings> {
    let mut video = VideoSettings {
        width: 0,
        height: 0,
    };
    for child in children(data, base, ids::VIDEO) {
        let child = child?;
        match child.id {
            ids::PIXEL_WIDTH => video.width = small(&child, base)?,
            ids::PIXEL_HEIGHT => video.height = small(&child, base)?,
            _ => {}
        }
    }
    Ok(video)
}

fn audio(data: &[u8], base: u64) -> Result<AudioSettings> {
    // The defaults of RFC 9559 §5.1.4.1.29.
    let mut audio = AudioSettings {
        sample_rate_hz: 8000.0,
        channels: 1,
        bit_depth: None,
    };
    for child in children(data, base, ids::AUDIO) {
        let child = child?;
        match child.id {
            ids::SAMPLING_FREQUENCY => {
                audio.sample_rate_hz = ebml::float(child.data)
                    .filter(|hz| hz.is_finite() && *hz >= 0.0)
                    .ok_or_else(|| invalid(&child, base))?;
            }
            ids::CHANNELS => audio.channels = small(&child, base)?,
            ids::BIT_DEPTH => audio.bit_depth = Some(small(&child, base)?),
            _ => {}
        }
    }
    Ok(audio)
}

/// Reads the `Tag`s of a `Tags`.
pub(super) fn tags(data: &[u8], base: u64) -> Result<Vec<Tag>> {
    let mut tags = Vec::new();
    let mut simple_count = 0;
    for child in children(data, base, ids::TAGS) {
        let child = child?;
        if child.id != ids::TAG {
            continue;
        }
        if tags.len() >= TAGS_MAX {
            return Err(too_many(&child, base, TAGS_MAX));
        }
        let simple = simple_tags(
            child.data,
            base + child.data_offset as u64,
            &mut simple_count,
        )?;
        tags.push(Tag { simple });
    }
    Ok(tags)
}

/// The SimpleTags of a `Tag`, each before those inside it. Nesting has no limit but the
/// element's size, so it is kept on a stack of our own.
fn simple_tags(data: &[u8], base: u64, count: &mut usize) -> Result<Vec<(String, String)>> {
    struct Open<'a> {
        children: Elements<'a>,
        base: u64,
        element: u32,
        /// Which SimpleTag these are the children of; none for those of the `Tag`.
        index: Option<usize>,
    }
    let mut found: Vec<(String, String)> = Vec::new();
    let mut stack = vec![Open {
        children: Elements::new(data),
        base,
        element: ids::TAG,
        index: None,
    }];
    while let Some(open) = stack.last_mut() {
        let base = open.base;
        let Some(child) = open.children.next() else {
            stack.pop();
            continue;
        };
        let child = child.map_err(|fault| faulty(fault, base, open.element))?;
        match (child.id, open.index) {
            (ids::SIMPLE_TAG, _) => {
                *count += 1;
                if *count > TAGS_MAX {
                    return Err(too_many(&child, base, TAGS_MAX));
                }
                stack.push(Open {
                    children: Elements::new(child.data),
                    base: base + child.data_offset as u64,
                    element: ids::SIMPLE_TAG,
                    index: Some(found.len()),
                });
                found.push((String::new(), String::new()));
            }
            (ids::TAG_NAME, Some(index)) => found[index].0 = text(&child, base)?,
            (ids::TAG_STRING, Some(index)) => found[index].1 = text(&child, base)?,
            _ => {}
        }
    }
    Ok(found)
}

/// The elements in `data`, which begins at the absolute offset `base`, of `parent`.
fn children(data: &[u8], base: u64, parent: u32) -> impl Iterator<Item = Result<Element<'_>>> {
    Elements::new(data).map(move |child| child.map_err(|fault| faulty(fault, base, parent)))
}

fn faulty((at, fault): (usize, Fault), base: u64, parent: u32) -> ReadError {
    ReadError {
        offset: base + at as u64,
        element: Some(parent),
        kind: fault.into(),
    }
}

fn uint(element: &Element<'_>, base: u64) -> Result<u64> {
    ebml::uint(element.data).ok_or_else(|| invalid(element, base))
}

fn small<T: TryFrom<u64>>(element: &Element<'_>, base: u64) -> Result<T> {
    T::try_from(uint(element, base)?).map_err(|_| invalid(element, base))
}

fn text(element: &Element<'_>, base: u64) -> Result<String> {
    ebml::text(element.data)
        .map(str::to_owned)
        .ok_or_else(|| invalid(element, base))
}

fn invalid(element: &Element<'_>, base: u64) -> ReadError {
    ReadError {
        offset: base + element.offset as u64,
        element: Some(element.id),
        kind: ReadErrorKind::InvalidValue,
    }
}

fn too_many(element: &Element<'_>, base: u64, limit: usize) -> ReadError {
    ReadError {
        offset: base + element.offset as u64,
        element: Some(element.id),
        kind: ReadErrorKind::TooMany {
            limit: limit as u64,
        },
    }
}

/// RFC 9559 §5.1.2.9.
const TIMESTAMP_SCALE_DEFAULT_NS: u64 = 1_000_000;

/// A parsed entry is a hundred times the smallest one's bytes, so their number needs a
/// bound beside their size. Real files stay below 20.
const TRACKS_MAX: usize = 127;

/// Likewise for `Tag`s, and for SimpleTags of one `Tags` together.
const TAGS_MAX: usize = 4096;

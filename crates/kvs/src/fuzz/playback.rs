//! Playlists and segments of stored rows that nothing vouches for.

use bytes::Bytes;
use media::codec::CodecConfig;
use media::codec::aac::AacConfig;
use media::codec::h264::AvcConfig;
use media::mp4::fragment::media_segment;

use super::draw::Draw;
use crate::fragment::{Cut, FragmentMeta, FragmentNumber, IndexEntry, TrackKind, TrackSpan};
use crate::playback::samples::{PartMedia, track_frames};
use crate::playback::segment::Segment;
use crate::playback::{DiscontinuityMode, Estimate, Mode, Options, Origin, Plan, Progress, Range};
use crate::playback::{plan, segment_at};

/// Draws a session's options, rows, frame indexes and a Cluster from `data`, plans a
/// playlist of them and cuts the frames of all its segments.
///
/// Promises: no panic; a playlist is as long as was asked for at most; every segment is
/// found by its number as it was listed, if numbers increase as they do in a stream;
/// decoding times do not go back.
///
/// # Panics
/// If planning or cutting breaks one of them.
pub fn fuzz_playback(data: &[u8]) {
    let mut draw = Draw::new(data);
    let options = draw_options(&mut draw);
    let mut rows: Vec<FragmentMeta> = Vec::new();
    let mut media = Vec::new();
    for _ in 0..draw.byte() % 24 {
        rows.push(draw_row(&mut draw, rows.last()));
        media.push(PartMedia {
            index: draw_index(&mut draw),
            cluster: Bytes::new(),
        });
        Estimate::of(&rows[rows.len() - 1]);
        if draw.is_empty() {
            break;
        }
    }
    let cluster = Bytes::copy_from_slice(draw.rest());
    media.iter_mut().for_each(|m| m.cluster = cluster.clone());
    let plan = plan(&rows, &options);
    assert!(plan.segments.len() <= options.max_results);
    let ordered = rows.is_sorted_by(|a, b| a.number < b.number);
    for listed in &plan.segments {
        let segment = &listed.segment;
        assert!(segment.duration_ms >= 1 && !segment.parts.is_empty());
        if ordered {
            is_found(&rows, &options, &plan, segment);
        }
        cut(&rows, &media, segment);
    }
}

/// The segment's URL, asked for after the playlist was, leads to the same segment.
fn is_found(rows: &[FragmentMeta], options: &Options, plan: &Plan, segment: &Segment) {
    let at = |number| rows.iter().position(|row| row.number == number);
    let first = at(segment.number()).expect("segments begin in a row");
    let after = &rows[first + 1..];
    let cuts = after.iter().position(|row| row.cut.is_some());
    let to = cuts.map_or(rows.len(), |next| first + next + 2);
    let found = segment_at(
        &rows[first..to],
        segment.number(),
        options.origin,
        // A row that was silent long enough when it was listed still is.
        true,
    );
    assert_eq!(found.as_ref(), Some(segment), "of {plan:?}");
}

/// Cuts the frames of one video and one audio track and writes them.
fn cut(rows: &[FragmentMeta], media: &[PartMedia], segment: &Segment) {
    let of_part = |number| {
        let at = rows.iter().position(|row| row.number == number);
        media[at.expect("parts are rows")].clone()
    };
    let parts: Vec<_> = segment.parts.iter().map(|p| of_part(p.number)).collect();
    let avc = AvcConfig::parse(&AVCC).expect("a configuration of x264");
    let aac = AacConfig::parse(&[0x11, 0x88]).expect("48 kHz mono");
    let default = Some(rows[0].timestamp_scale_ns.saturating_mul(40));
    for (track, config, default) in [
        (1, CodecConfig::H264(avc), default),
        (2, CodecConfig::Aac(aac), None),
    ] {
        let Ok(cut) = track_frames(segment, &parts, track, &config, default) else {
            continue;
        };
        assert!(cut.frames.is_sorted_by_key(|frame| frame.dts), "{cut:?}");
        let _refused = media_segment(1, 1, cut.decode_time, &cut.frames);
    }
}

fn draw_options(draw: &mut Draw<'_>) -> Options {
    let flags = draw.byte();
    let start_ms = draw.signed();
    let now_ms = draw.number();
    Options {
        mode: match flags & 3 {
            0 => Mode::Live,
            1 => Mode::LiveReplay {
                session_start_ms: now_ms.saturating_sub(draw.number()),
            },
            _ => Mode::OnDemand,
        },
        origin: match flags & 4 {
            0 => Origin::Producer,
            _ => Origin::Server,
        },
        discontinuity: match flags & 24 {
            0 => DiscontinuityMode::Always,
            8 => DiscontinuityMode::Never,
            _ => DiscontinuityMode::OnDiscontinuity,
        },
        max_results: usize::from(draw.byte()),
        range: (flags & 32 != 0).then(|| Range {
            start_ms,
            end_ms: draw.flag().then(|| draw.signed()),
        }),
        now_ms,
        closed: flags & 64 != 0,
        more: flags & 128 != 0,
        progress: Progress::default(),
    }
}

/// A row that mostly follows the one before as it does in a stream.
fn draw_row(draw: &mut Draw<'_>, before: Option<&FragmentMeta>) -> FragmentMeta {
    let flags = draw.byte();
    let follows = before.filter(|_| flags & 1 == 0);
    let or = |value: Option<u64>, draw: &mut Draw<'_>| value.unwrap_or_else(|| draw.number());
    let length = u64::from(draw.byte());
    FragmentMeta {
        number: FragmentNumber {
            sequence: or(follows.and_then(|b| b.number.sequence.checked_add(1)), draw),
            server_ms: or(
                follows.and_then(|b| b.number.server_ms.checked_add(length)),
                draw,
            ),
            random: 0,
        },
        producer_ms: match follows {
            Some(before) => before.producer_ms.saturating_add_unsigned(length),
            None => draw.signed(),
        },
        timestamp_scale_ns: match follows {
            Some(before) => before.timestamp_scale_ns,
            None if flags & 2 == 0 => 1_000_000,
            None => draw.number(),
        },
        timecode: or(follows.and_then(|b| b.timecode.checked_add(length)), draw),
        duration_ms: draw.narrow(),
        header_len: 0,
        cluster_len: 0,
        trailer_len: 0,
        session: or(follows.map(|b| b.session), draw),
        codec_digest: or(follows.map(|b| b.codec_digest), draw),
        ordinal: match before {
            Some(before) if flags & 4 == 0 => {
                before.ordinal.saturating_add(before.cut.is_some().into())
            }
            _ => draw.number(),
        },
        breaks: or(follows.map(|b| b.breaks), draw),
        cut: (flags & 8 != 0).then(|| Cut {
            frame: draw.narrow(),
            relative: draw.signed() as i32,
        }),
        tracks: (0..flags >> 6).map(|_| draw_track(draw)).collect(),
        aligned: flags & 16 != 0,
    }
}

fn draw_track(draw: &mut Draw<'_>) -> TrackSpan {
    let number = draw.byte();
    TrackSpan {
        number: number.into(),
        kind: match number % 3 {
            1 => TrackKind::Video,
            2 => TrackKind::Audio,
            _ => TrackKind::Other(17),
        },
        first: draw.signed() as i32,
        last: draw.signed() as i32,
        frames: draw.narrow(),
        bytes: draw.narrow(),
    }
}

fn draw_index(draw: &mut Draw<'_>) -> Vec<IndexEntry> {
    let entry = |draw: &mut Draw<'_>| {
        let head = draw.byte();
        IndexEntry {
            track: u64::from(head & 3),
            offset: draw.narrow(),
            len: draw.narrow(),
            relative: draw.signed() as i32,
            duration: 0,
            key: head & 4 != 0,
        }
    };
    (0..draw.byte() % 8).map(|_| entry(draw)).collect()
}

/// 176×144, Constrained Baseline, by x264.
const AVCC: [u8; 38] = [
    0x01, 0x42, 0xc0, 0x0a, 0xff, 0xe1, 0x00, 0x17, 0x67, 0x42, 0xc0, 0x0a, 0xda, 0x0b, 0x13, 0xb0,
    0x11, 0x00, 0x00, 0x03, 0x00, 0x01, 0x00, 0x00, 0x03, 0x00, 0x1e, 0x0f, 0x12, 0x26, 0xa0, 0x01,
    0x00, 0x04, 0x68, 0xce, 0x0f, 0xc8,
];

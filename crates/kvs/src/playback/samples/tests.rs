//! Frames of segments: nothing lost, nothing twice, times that meet.

use bytes::Bytes;
use media::codec::CodecConfig;
use media::codec::aac::AacConfig;
use media::codec::h264::AvcConfig;
use media::frame::Frame;
use media::mp4::fragment::media_segment;

use super::{PartMedia, SamplesError, TrackFrames, track_frames};
use crate::playback::Origin;
use crate::playback::segment::{Segment, segments};
use crate::playback::tests::{AUDIO, Producer, Shot, VIDEO, shots};

#[test]
fn stock_clusters_lose_and_repeat_nothing() {
    let shots = shots(1_700_000_000_000, 1_700_000_010_000, 2000, true);
    for cluster_ms in [40, 300, 1000, 1300, 5000, 20_000] {
        let mut producer = Producer::new();
        producer.mux(&shots, cluster_ms);
        let segments = segments(&producer.rows, Origin::Producer, true);
        assert_eq!(
            segments.len(),
            producer.rows.iter().filter(|row| row.cut.is_some()).count()
        );
        for (track, config) in [(VIDEO, h264()), (AUDIO, aac())] {
            let tracks = all(&producer, &segments, track, &config);
            let played: Vec<&[u8]> = tracks
                .iter()
                .flat_map(|t| &t.frames)
                .map(|frame| &frame.data[..])
                .collect();
            let sent: Vec<&[u8]> = producer
                .media
                .iter()
                .flat_map(|media| {
                    let of_track = media.index.iter().filter(|entry| entry.track == track);
                    of_track.map(|entry| {
                        let start = entry.offset as usize;
                        &media.cluster[start..start + entry.len as usize]
                    })
                })
                .collect();
            assert_eq!(played, sent, "track {track}, clusters of {cluster_ms} ms");
        }
    }
}

#[test]
fn video_times_meet_at_segment_borders() {
    for cluster_ms in [40, 1000, 1300] {
        let mut producer = Producer::new();
        producer.mux(&shots(5_000, 13_000, 2000, true), cluster_ms);
        let segments = segments(&producer.rows, Origin::Producer, true);
        let mut expected = 5_000 * 90;
        for track in all(&producer, &segments, VIDEO, &h264()) {
            assert_eq!(track.decode_time, expected);
            assert!(track.frames[0].key);
            for frame in &track.frames {
                assert_eq!((frame.dts as u64, frame.pts), (expected, frame.dts));
                assert_eq!(frame.duration, 3_600);
                expected += u64::from(frame.duration);
            }
        }
        assert_eq!(expected, 13_000 * 90);
    }
}

#[test]
fn reordered_frames_get_signed_offsets() {
    // Closed groups of I P b b at 40 ms.
    let gop = |from: i64| -> Vec<Shot> {
        let shot = |(at, offset)| (VIDEO, from + offset, at == 0);
        [0, 120, 40, 80, 240, 160, 200]
            .into_iter()
            .enumerate()
            .map(shot)
            .collect()
    };
    let mut producer = Producer::new();
    for at in 0..3 {
        producer.cluster(&gop(at * 280));
    }
    let segments = segments(&producer.rows, Origin::Producer, true);
    let tracks = all(&producer, &segments, VIDEO, &h264());
    let second: Vec<(i64, i64, u32)> = tracks[1]
        .frames
        .iter()
        .map(|f| (f.dts / 90, (f.pts - f.dts) / 90, f.duration))
        .collect();
    let expected = [
        (280, 0, 3600),
        (320, 80, 3600),
        (360, -40, 3600),
        (400, -40, 3600),
        (440, 80, 3600),
        (480, -40, 3600),
        (520, -40, 3600),
    ];
    assert_eq!(second, expected);
    assert!(media_segment(1, 1, tracks[1].decode_time, &tracks[1].frames).is_ok());
}

#[test]
fn open_groups_begin_with_the_pictures_shown_first() {
    // Every key frame after the first is shown after two frames that follow it.
    let open = |from: i64| -> Vec<Shot> {
        let shot = |(at, offset)| (VIDEO, from + offset, at == 0);
        [80, 0, 40, 200, 120, 160]
            .into_iter()
            .enumerate()
            .map(shot)
            .collect()
    };
    let groups: Vec<Shot> = (0..4).flat_map(|at| open(at * 240)).collect();
    for per_cluster in [6, 9] {
        let mut producer = Producer::new();
        for cluster in groups.chunks(per_cluster) {
            producer.cluster(cluster);
        }
        let segments = segments(&producer.rows, Origin::Producer, true);
        let mut expected = 0;
        for track in all(&producer, &segments, VIDEO, &h264()) {
            for frame in &track.frames {
                assert_eq!(
                    (frame.dts, frame.duration),
                    (expected, 3_600),
                    "{per_cluster}"
                );
                expected += 3_600;
            }
        }
        assert_eq!(expected, 24 * 3_600);
    }
}

#[test]
fn audio_runs_by_whole_frames_and_keeps_holes() {
    let mut producer = Producer::audio_only();
    let mut audio: Vec<Shot> = (0..40)
        .map(|at| (AUDIO, (at * 1024 + 24) / 48, true))
        .collect();
    audio.iter_mut().skip(20).for_each(|shot| shot.1 += 500);
    producer.cluster(&audio);
    let segments = segments(&producer.rows, Origin::Producer, true);
    let track = all(&producer, &segments, AUDIO, &aac()).remove(0);
    assert_eq!(track.frames.len(), 40);
    for (at, frame) in track.frames.iter().enumerate().take(20) {
        assert_eq!(frame.dts, at as i64 * 1024);
        assert_eq!((frame.pts, frame.key), (frame.dts, true));
    }
    // 927 ms, as stamped.
    assert_eq!(track.frames[20].dts, 927 * 48);
    assert_eq!(i64::from(track.frames[19].duration), 927 * 48 - 19 * 1024);
    assert_eq!(track.frames[39].dts, 927 * 48 + 19 * 1024);
    assert_eq!(track.frames[39].duration, 1024);
}

#[test]
fn a_segment_without_audio_keeps_its_place() {
    let mut producer = Producer::new();
    producer.cluster(&shots(2_000, 3_000, 1000, false));
    let segments = segments(&producer.rows, Origin::Producer, true);
    let track = all(&producer, &segments, AUDIO, &aac()).remove(0);
    assert_eq!(
        track,
        TrackFrames {
            decode_time: 96_000,
            frames: Vec::new()
        }
    );
}

#[test]
fn the_server_clock_moves_all_times() {
    let mut producer = Producer::new();
    producer.cluster(&shots(1_000, 2_000, 1000, true));
    let segments = segments(&producer.rows, Origin::Server, true);
    let video = all(&producer, &segments, VIDEO, &h264()).remove(0);
    let audio = all(&producer, &segments, AUDIO, &aac()).remove(0);
    assert_eq!(
        (video.decode_time, audio.decode_time),
        (1_300 * 90, 1_300 * 48)
    );
}

#[test]
fn frames_are_reframed_and_others_left_alone() {
    let mut producer = Producer::new();
    producer.cluster(&[
        (VIDEO, 0, true),
        (VIDEO, 40, false),
        (VIDEO, 80, false),
        (AUDIO, 81, true),
    ]);
    let segments = segments(&producer.rows, Origin::Producer, true);
    let segment = &segments[0];
    let mut media = producer.media.clone();
    let payloads: [&[u8]; 4] = [
        &[0, 0, 0, 1, 0x65, 1, 2],
        &[0, 0, 0, 3, 0x41, 3, 4],
        &[0xde, 0xad, 0xbe, 0xef],
        &[0xff, 0xf1, 0x4c, 0x40, 0x01, 0x3f, 0xfc, 7, 8],
    ];
    let mut bytes = Vec::new();
    for (entry, payload) in media[0].index.iter_mut().zip(payloads) {
        (entry.offset, entry.len) = (bytes.len() as u32, payload.len() as u32);
        bytes.extend_from_slice(payload);
    }
    media[0].cluster = Bytes::from(bytes);
    let video = track_frames(segment, &media, VIDEO, &h264(), None).unwrap();
    let data: Vec<&[u8]> = video.frames.iter().map(|frame| &frame.data[..]).collect();
    assert_eq!(data, [&[0, 0, 0, 3, 0x65, 1, 2], payloads[1], payloads[2]]);
    assert_eq!(
        video.frames[1].data.as_ptr(),
        media[0].cluster[7..].as_ptr()
    );
    let audio = track_frames(segment, &media, AUDIO, &aac(), None).unwrap();
    assert_eq!(audio.frames[0].data, [7, 8][..]);
}

#[test]
fn a_last_frame_without_an_end_takes_the_default_duration() {
    let mut producer = Producer::new();
    producer.cluster(&[(VIDEO, 100, true)]);
    producer.rows[0].duration_ms = 0;
    let segments = segments(&producer.rows, Origin::Producer, true);
    let track = track_frames(
        &segments[0],
        &producer.media,
        VIDEO,
        &h264(),
        Some(33_333_333),
    )
    .unwrap();
    assert_eq!(track.frames[0].duration, 3_000);
    assert_eq!(segments[0].duration_ms, 1);
}

#[test]
fn a_timeline_before_the_epoch_is_moved_to_it() {
    let mut producer = Producer::new();
    producer.cluster(&shots(0, 1_000, 1000, false));
    producer.rows[0].producer_ms = -500;
    let segments = segments(&producer.rows, Origin::Producer, true);
    let track = all(&producer, &segments, VIDEO, &h264()).remove(0);
    assert_eq!(track.decode_time, 0);
    assert_eq!(track.frames[1].dts, 3_600);
    assert_eq!(
        track.frames.iter().map(|frame| frame.duration).sum::<u32>(),
        90_000
    );
}

#[test]
fn media_that_does_not_fit_is_refused() {
    let mut producer = Producer::new();
    producer.mux(&shots(0, 3_000, 2000, false), 1_500);
    let segments = segments(&producer.rows, Origin::Producer, true);
    let segment = &segments[0];
    assert_eq!(segment.parts.len(), 2);
    let frames = |media: &[PartMedia]| track_frames(segment, media, VIDEO, &h264(), None);
    let media = producer.media_of(segment);
    assert!(frames(&media).is_ok());
    assert_eq!(frames(&media[..1]), Err(SamplesError::PartCount));
    let wrong = SamplesError::OutOfBounds {
        fragment: segment.parts[1].number,
    };
    let mut short = media.clone();
    short[1].index.truncate(3);
    assert_eq!(frames(&short), Err(wrong));
    let mut outside = media;
    outside[1].index[0].offset = u32::MAX;
    assert_eq!(frames(&outside), Err(wrong));
}

fn all(
    producer: &Producer,
    segments: &[Segment],
    track: u64,
    config: &CodecConfig,
) -> Vec<TrackFrames> {
    let one = |segment: &Segment| {
        let tracks = track_frames(segment, &producer.media_of(segment), track, config, None);
        let tracks = tracks.unwrap();
        let increases = |pair: &[Frame]| {
            pair[0].dts + i64::from(pair[0].duration) == pair[1].dts && pair[0].dts < pair[1].dts
        };
        assert!(tracks.frames.windows(2).all(increases));
        tracks
    };
    segments.iter().map(one).collect()
}

fn h264() -> CodecConfig {
    // 176×144, Constrained Baseline, by x264.
    let avcc = [
        0x01, 0x42, 0xc0, 0x0a, 0xff, 0xe1, 0x00, 0x17, 0x67, 0x42, 0xc0, 0x0a, 0xda, 0x0b, 0x13,
        0xb0, 0x11, 0x00, 0x00, 0x03, 0x00, 0x01, 0x00, 0x00, 0x03, 0x00, 0x1e, 0x0f, 0x12, 0x26,
        0xa0, 0x01, 0x00, 0x04, 0x68, 0xce, 0x0f, 0xc8,
    ];
    CodecConfig::H264(AvcConfig::parse(&avcc).unwrap())
}

fn aac() -> CodecConfig {
    CodecConfig::Aac(AacConfig::parse(&[0x11, 0x88]).unwrap())
}

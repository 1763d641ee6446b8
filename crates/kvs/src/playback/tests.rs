//! Planning tables: rows as producers make them in, playlists out.

use std::collections::BTreeMap;

use bytes::Bytes;
use media::frame::{Track, TrackKind};

use super::samples::PartMedia;
use super::segment::{InitKey, Segment};
use super::{
    DiscontinuityMode, Estimate, Mode, Options, Origin, Plan, Progress, Range, Selection, plan,
    segment_at,
};
use crate::fragment::{Cut, FragmentMeta, FragmentNumber, IndexEntry, TrackSpan};

pub(super) const VIDEO: u64 = 1;
pub(super) const AUDIO: u64 = 2;

/// A frame as a test writes it: track, time in milliseconds, key flag.
pub(super) type Shot = (u64, i64, bool);

/// Makes rows and media the way ingest and the store do, with ticks of 1 ms.
pub(super) struct Producer {
    pub(super) rows: Vec<FragmentMeta>,
    pub(super) media: Vec<PartMedia>,
    session: u64,
    sequence: u64,
    cuts: u64,
    breaks: u64,
    digest: u64,
    aligned: bool,
    has_video: bool,
    delay_ms: i64,
}

impl Producer {
    pub(super) fn new() -> Producer {
        Producer {
            rows: Vec::new(),
            media: Vec::new(),
            session: 1,
            sequence: 1,
            cuts: 0,
            breaks: 0,
            digest: 7,
            aligned: true,
            has_video: true,
            delay_ms: 300,
        }
    }

    pub(super) fn audio_only() -> Producer {
        Producer {
            has_video: false,
            ..Producer::new()
        }
    }

    pub(super) fn reconnect(&mut self) {
        self.session = (self.sequence / 1000 + 1) * 1000 + 1;
        self.sequence = self.session;
        self.breaks += 1;
        self.aligned = true;
    }

    /// One Cluster whose timestamp is the earliest of its frames.
    pub(super) fn cluster(&mut self, shots: &[Shot]) {
        let timecode = shots.iter().map(|shot| shot.1).min().unwrap();
        let mut index: Vec<IndexEntry> = Vec::new();
        let mut bytes = vec![0xec; 16];
        for (at, &(track, time, key)) in shots.iter().enumerate() {
            let payload = if track == VIDEO {
                vec![
                    0,
                    0,
                    0,
                    3,
                    if key { 0x65 } else { 0x41 },
                    self.sequence as u8,
                    at as u8,
                ]
            } else {
                vec![0x21, self.sequence as u8, at as u8]
            };
            index.push(IndexEntry {
                track,
                offset: bytes.len() as u32,
                len: payload.len() as u32,
                relative: (time - timecode) as i32,
                duration: 0,
                key,
            });
            bytes.extend(payload);
        }
        let row = self.row(timecode, &index);
        self.cuts += u64::from(row.cut.is_some());
        self.rows.push(row);
        self.media.push(PartMedia {
            index,
            cluster: Bytes::from(bytes),
        });
        self.sequence += 1;
    }

    fn row(&mut self, timecode: i64, index: &[IndexEntry]) -> FragmentMeta {
        let opens = |entry: &IndexEntry| !self.has_video || (entry.track == VIDEO && entry.key);
        let cut = index.iter().position(opens);
        let cut = cut.map(|at| Cut {
            frame: at as u32,
            relative: index[at].relative,
        });
        let video = index.iter().find(|entry| entry.track == VIDEO);
        self.aligned &= video.is_none_or(|entry| entry.key);
        let last = index.iter().map(|entry| entry.relative).max().unwrap();
        FragmentMeta {
            number: FragmentNumber {
                sequence: self.sequence,
                server_ms: (timecode + self.delay_ms) as u64,
                random: 5,
            },
            producer_ms: timecode,
            timestamp_scale_ns: 1_000_000,
            timecode: timecode as u64,
            duration_ms: last as u32 + 40,
            header_len: 300,
            cluster_len: 0,
            trailer_len: 0,
            session: self.session,
            codec_digest: self.digest,
            ordinal: self.cuts,
            breaks: self.breaks,
            cut,
            tracks: spans(index),
            aligned: self.aligned,
        }
    }

    /// Clusters of `cluster_ms` each, split without regard to key frames.
    pub(super) fn mux(&mut self, shots: &[Shot], cluster_ms: i64) {
        let mut rest = shots;
        while let Some(first) = rest.first() {
            let end = first.1 + cluster_ms;
            let len = rest
                .iter()
                .position(|shot| shot.1 >= end)
                .unwrap_or(rest.len());
            self.cluster(&rest[..len]);
            rest = &rest[len..];
        }
    }

    /// The media of a segment's parts.
    pub(super) fn media_of(&self, segment: &Segment) -> Vec<PartMedia> {
        let find = |number| {
            self.rows
                .iter()
                .position(|row| row.number == number)
                .unwrap()
        };
        segment
            .parts
            .iter()
            .map(|part| self.media[find(part.number)].clone())
            .collect()
    }
}

fn spans(index: &[IndexEntry]) -> Vec<TrackSpan> {
    let mut numbers: Vec<u64> = Vec::new();
    for entry in index {
        if !numbers.contains(&entry.track) {
            numbers.push(entry.track);
        }
    }
    let span = |number: u64| {
        let own = || index.iter().filter(move |entry| entry.track == number);
        TrackSpan {
            number,
            kind: if number == VIDEO {
                TrackKind::Video
            } else {
                TrackKind::Audio
            },
            first: own().map(|entry| entry.relative).min().unwrap(),
            last: own().map(|entry| entry.relative).max().unwrap(),
            frames: own().count() as u32,
            bytes: own().map(|entry| entry.len).sum(),
        }
    };
    numbers.into_iter().map(span).collect()
}

/// Video at 25 frames per second from `from_ms` on with a key frame every `gop_ms`, and
/// audio frames of 1024 samples at 48 kHz, in order of time.
pub(super) fn shots(from_ms: i64, to_ms: i64, gop_ms: i64, with_audio: bool) -> Vec<Shot> {
    let mut shots: Vec<Shot> = (from_ms..to_ms)
        .step_by(40)
        .map(|t| (VIDEO, t, (t - from_ms) % gop_ms == 0))
        .collect();
    if with_audio {
        let count = (to_ms - from_ms) * 48 / 1024;
        shots.extend((0..count).map(|at| (AUDIO, from_ms + (at * 1024 + 24) / 48, true)));
    }
    shots.sort_by_key(|shot| (shot.1, shot.0));
    shots
}

fn options(mode: Mode) -> Options {
    Options {
        mode,
        origin: Origin::Producer,
        discontinuity: DiscontinuityMode::Never,
        max_results: 1000,
        range: None,
        now_ms: 0,
        closed: false,
        more: false,
        progress: Progress::default(),
    }
}

/// Sequence of the first fragment, first frame, (sequence, end) of further parts.
type Layout = Vec<(u64, u32, Option<u32>)>;

fn layout(segment: &Segment) -> Layout {
    segment
        .parts
        .iter()
        .map(|part| (part.number.sequence, part.from, part.to))
        .collect()
}

/// Start and duration of every segment.
fn times(plan: &Plan) -> Vec<(i64, u64)> {
    plan.segments
        .iter()
        .map(|s| (s.segment.start_ms, s.segment.duration_ms))
        .collect()
}

#[test]
fn aligned_clusters_are_segments() {
    let mut producer = Producer::new();
    for at in 0..5 {
        producer.cluster(&shots(at * 1000, at * 1000 + 1000, 1000, true));
    }
    let plan = plan(
        &producer.rows,
        &Options {
            max_results: 3,
            ..options(Mode::Live)
        },
    );
    assert_eq!(plan.media_sequence, 2);
    assert_eq!(times(&plan), [(2000, 1000), (3000, 1000), (4000, 1000)]);
    let parts: Vec<Layout> = plan.segments.iter().map(|s| layout(&s.segment)).collect();
    assert_eq!(parts, [[(3, 0, None)], [(4, 0, None)], [(5, 0, None)]]);
    assert!(
        plan.segments
            .iter()
            .all(|s| s.segment.has_audio && s.discontinuities == 0)
    );
    assert!(!plan.ended);
}

#[test]
fn the_first_cluster_of_a_connection_waits_for_a_second() {
    let mut producer = Producer::new();
    producer.cluster(&shots(0, 1000, 1000, false));
    let listed = |options: &Options| plan(&producer.rows, options).segments.len();
    assert_eq!(listed(&options(Mode::Live)), 0);
    assert_eq!(
        listed(&Options {
            closed: true,
            ..options(Mode::Live)
        }),
        1
    );
    assert_eq!(
        listed(&Options {
            now_ms: 1_300 + 25_000,
            ..options(Mode::Live)
        }),
        0
    );
    assert_eq!(
        listed(&Options {
            now_ms: 1_301 + 25_000,
            ..options(Mode::Live)
        }),
        1
    );
}

#[test]
fn every_second_cluster_without_a_key_frame() {
    let mut producer = Producer::new();
    producer.mux(&shots(0, 8000, 2000, false), 1000);
    let plan = plan(&producer.rows, &options(Mode::Live));
    assert_eq!(times(&plan), [(0, 2000), (2000, 2000), (4000, 2000)]);
    let parts: Vec<Layout> = plan.segments.iter().map(|s| layout(&s.segment)).collect();
    let pair = |at| vec![(at, 0, None), (at + 1, 0, None)];
    assert_eq!(parts, [pair(1), pair(3), pair(5)]);
}

#[test]
fn cuts_in_the_middle_of_clusters() {
    let mut producer = Producer::new();
    // Clusters of 1.2 s: key frames at 0, 2000 (frame 20 of the second), 4000 (10 of 4th).
    producer.mux(&shots(0, 6000, 2000, false), 1200);
    let plan = plan(
        &producer.rows,
        &Options {
            closed: true,
            ..options(Mode::Live)
        },
    );
    assert_eq!(times(&plan), [(0, 2000), (2000, 2000), (4000, 2000)]);
    let parts: Vec<Layout> = plan.segments.iter().map(|s| layout(&s.segment)).collect();
    let expected = [
        vec![(1, 0, None), (2, 0, Some(20))],
        vec![(2, 20, None), (3, 0, None), (4, 0, Some(10))],
        vec![(4, 10, None), (5, 0, None)],
    ];
    assert_eq!(parts, expected);
}

#[test]
fn clusters_of_one_frame() {
    let mut producer = Producer::new();
    producer.mux(&shots(0, 2080, 1000, false), 40);
    let plan = plan(&producer.rows, &options(Mode::Live));
    assert_eq!(times(&plan), [(0, 1000), (1000, 1000)]);
    assert_eq!(plan.segments[1].segment.parts.len(), 25);
    assert_eq!(plan.segments[1].segment.number().sequence, 26);
}

#[test]
fn frames_before_the_first_key_frame_of_a_connection_are_not_played() {
    let mut producer = Producer::new();
    let lead: Vec<Shot> = (0..25).map(|at| (VIDEO, at * 40, false)).collect();
    producer.cluster(&lead);
    producer.mux(&shots(1000, 3040, 1000, false), 1000);
    producer.reconnect();
    producer.cluster(&[(VIDEO, 3040, false), (VIDEO, 3080, false)]);
    producer.mux(&shots(3120, 5200, 1000, false), 1000);
    let plan = plan(&producer.rows, &options(Mode::Live));
    // The old connection's last cluster holds one key frame, cut off by the new one; it
    // is as long as its only frame is known to be.
    let expected = [
        (1000, 1000),
        (2000, 1000),
        (3000, 40),
        (3120, 1000),
        (4120, 1000),
    ];
    assert_eq!(times(&plan), expected);
    let marks: Vec<u32> = plan.segments.iter().map(|s| s.discontinuities).collect();
    assert_eq!(marks, [0, 0, 0, 1, 0]);
}

#[test]
fn audio_only_is_cut_at_every_fragment() {
    let mut producer = Producer::audio_only();
    for at in 0..3 {
        let audio: Vec<Shot> = (0..50)
            .map(|frame| (AUDIO, at * 1000 + frame * 20, true))
            .collect();
        producer.cluster(&audio);
    }
    let plan = plan(&producer.rows, &options(Mode::Live));
    assert_eq!(times(&plan), [(0, 1000), (1000, 1000), (2000, 1000)]);
}

/// A day in the life of a camera: aligned, then not, reconnecting, changing codecs,
/// pausing, losing a fragment, sending again what it sent before.
fn eventful() -> Producer {
    let mut producer = Producer::new();
    for at in 0..6 {
        producer.cluster(&shots(at * 1000, at * 1000 + 1000, 1000, true));
    }
    producer.reconnect();
    producer.mux(&shots(6000, 16_000, 2000, true), 1300);
    producer.digest = 8;
    producer.reconnect();
    producer.mux(&shots(16_500, 20_000, 1000, false), 400);
    producer.sequence += 1;
    producer.mux(&shots(20_000, 24_000, 1000, false), 1700);
    producer.mux(&shots(31_000, 35_000, 1000, false), 1700);
    producer.reconnect();
    producer.cluster(&[(VIDEO, 35_000, false)]);
    producer.reconnect();
    for at in 33..40 {
        producer.cluster(&shots(at * 1000, at * 1000 + 1000, 1000, true));
    }
    producer
}

#[test]
fn a_listed_segment_never_changes() {
    let producer = eventful();
    for discontinuity in [
        DiscontinuityMode::Always,
        DiscontinuityMode::Never,
        DiscontinuityMode::OnDiscontinuity,
    ] {
        for (origin, max_results) in [(Origin::Producer, 3), (Origin::Server, 5)] {
            let options = Options {
                discontinuity,
                origin,
                max_results,
                ..options(Mode::Live)
            };
            // By sequence number: the segment, and its own discontinuity number.
            let mut known: BTreeMap<u64, (Segment, u64)> = BTreeMap::new();
            let mut newest = 0;
            for len in 1..=producer.rows.len() {
                let plan = plan(&producer.rows[..len], &options);
                let mut number = plan.discontinuity_sequence;
                for (at, listed) in plan.segments.iter().enumerate() {
                    number += u64::from(listed.discontinuities);
                    let sequence = plan.media_sequence + at as u64;
                    let this = (listed.segment.clone(), number);
                    let before = known.entry(sequence).or_insert_with(|| this.clone());
                    assert_eq!(*before, this, "{discontinuity:?} {origin:?} row {len}");
                }
                let last = plan.media_sequence + plan.segments.len() as u64;
                assert!(last >= newest);
                newest = last;
            }
            let cuts = producer.rows.iter().filter(|row| row.cut.is_some()).count();
            assert_eq!(known.len(), cuts, "{discontinuity:?}");
            for (segment, _) in known.values() {
                let number = segment.number();
                let at = producer
                    .rows
                    .iter()
                    .position(|row| row.number == number)
                    .unwrap();
                let found = segment_at(&producer.rows[at..], number, origin, false);
                assert_eq!(found.as_ref(), Some(segment));
            }
        }
    }
}

#[test]
fn markers_of_a_sliding_playlist_count_all_breaks() {
    let producer = eventful();
    let plan = plan(&producer.rows, &options(Mode::Live));
    let marked: Vec<(i64, u32)> = plan
        .segments
        .iter()
        .filter(|listed| listed.discontinuities > 0)
        .map(|listed| (listed.segment.start_ms, listed.discontinuities))
        .collect();
    // The last connection comes two breaks later: one sent no key frame.
    assert_eq!(marked, [(6000, 1), (16_500, 1), (33_000, 2)]);
}

#[test]
fn a_codec_change_is_marked_and_gets_its_own_header() {
    let producer = eventful();
    for discontinuity in [DiscontinuityMode::Never, DiscontinuityMode::OnDiscontinuity] {
        let range = Some(Range {
            start_ms: 12_001,
            end_ms: Some(19_000),
        });
        let options = Options {
            discontinuity,
            range,
            ..options(Mode::OnDemand)
        };
        let plan = plan(&producer.rows, &options);
        let keys: Vec<InitKey> = plan.segments.iter().map(|s| s.segment.init).collect();
        let (old, new) = (
            InitKey {
                session: 1001,
                codec_digest: 7,
            },
            InitKey {
                session: 2001,
                codec_digest: 8,
            },
        );
        assert_eq!(keys, [old, new, new, new]);
        let marks: Vec<u32> = plan.segments.iter().map(|s| s.discontinuities).collect();
        assert_eq!(marks, [0, 1, 0, 0]);
        assert!(plan.ended);
        assert_eq!((plan.media_sequence, plan.discontinuity_sequence), (0, 0));
    }
}

#[test]
fn a_pause_within_a_connection_does_not_stretch_the_segment() {
    let mut producer = Producer::new();
    producer.mux(&shots(0, 3000, 2000, false), 1500);
    producer.mux(&shots(10_000, 14_000, 2000, false), 1000);
    let options = Options {
        discontinuity: DiscontinuityMode::OnDiscontinuity,
        range: Some(Range {
            start_ms: 0,
            end_ms: Some(60_000),
        }),
        closed: true,
        ..options(Mode::OnDemand)
    };
    let plan = plan(&producer.rows, &options);
    assert_eq!(
        times(&plan),
        [(0, 2000), (2000, 1000), (10_000, 2000), (12_000, 2000)]
    );
    let marks: Vec<u32> = plan.segments.iter().map(|s| s.discontinuities).collect();
    assert_eq!(marks, [0, 0, 1, 0]);
}

#[test]
fn a_lost_fragment_ends_its_segment() {
    let mut producer = Producer::new();
    producer.mux(&shots(0, 5000, 2000, false), 500);
    producer.rows.remove(5); // 2600 to 3120, within the second segment
    let plan = plan(&producer.rows, &options(Mode::Live));
    assert_eq!(times(&plan), [(0, 2000), (2000, 600)]);
}

#[test]
fn ranges_hold_both_ends_and_fragment_starts() {
    let mut producer = Producer::new();
    for at in 0..6 {
        producer.cluster(&shots(at * 1000, at * 1000 + 1000, 1000, false));
    }
    let starts = |origin, start_ms, end_ms, max_results| {
        let range = Some(Range {
            start_ms,
            end_ms: Some(end_ms),
        });
        let options = Options {
            origin,
            range,
            max_results,
            ..options(Mode::OnDemand)
        };
        times(&plan(&producer.rows, &options))
            .iter()
            .map(|time| time.0)
            .collect::<Vec<_>>()
    };
    assert_eq!(
        starts(Origin::Producer, 1000, 3000, 100),
        [1000, 2000, 3000]
    );
    assert_eq!(starts(Origin::Producer, 1001, 2999, 100), [2000]);
    assert_eq!(starts(Origin::Producer, 1000, 3000, 2), [1000, 2000]);
    // The server's clock is 300 ms ahead.
    assert_eq!(starts(Origin::Server, 1300, 3299, 100), [1300, 2300]);
    assert!(starts(Origin::Producer, 9000, 9999, 100).is_empty());
}

#[test]
fn a_fragment_sent_twice_is_played_once() {
    let mut producer = Producer::new();
    for at in 0..3 {
        producer.cluster(&shots(at * 1000, at * 1000 + 1000, 1000, false));
    }
    producer.reconnect();
    for at in 2..5 {
        producer.cluster(&shots(at * 1000, at * 1000 + 1000, 1000, false));
    }
    let range = Some(Range {
        start_ms: 0,
        end_ms: Some(9_000),
    });
    let demand = plan(
        &producer.rows,
        &Options {
            range,
            ..options(Mode::OnDemand)
        },
    );
    let sequences: Vec<u64> = demand
        .segments
        .iter()
        .map(|s| s.segment.number().sequence)
        .collect();
    assert_eq!(sequences, [1, 2, 1001, 1002, 1003]);

    // A playlist that slides keeps the number of what it must not play.
    let live = plan(&producer.rows, &options(Mode::Live));
    let gaps: Vec<(u64, bool)> = live
        .segments
        .iter()
        .map(|s| (s.segment.number().sequence, s.gap))
        .collect();
    let expected = [
        (1, false),
        (2, false),
        (3, false),
        (1001, true),
        (1002, false),
        (1003, false),
    ];
    assert_eq!(gaps, expected);
    let server = Options {
        origin: Origin::Server,
        ..options(Mode::Live)
    };
    assert!(
        plan(&producer.rows, &server)
            .segments
            .iter()
            .all(|s| !s.gap)
    );
}

#[test]
fn only_the_first_ingestion_of_a_producer_range_is_played() {
    let mut producer = Producer::new();
    let upload = |producer: &mut Producer, from: i64| {
        for at in from..from + 3 {
            producer.cluster(&shots(at * 1000, at * 1000 + 1000, 1000, false));
        }
    };
    upload(&mut producer, 10);
    producer.reconnect();
    producer.delay_ms = 4 * 3_600_000;
    upload(&mut producer, 10);
    producer.reconnect();
    upload(&mut producer, 100);
    producer.reconnect();
    upload(&mut producer, 13);
    let range = Some(Range {
        start_ms: 10_000,
        end_ms: Some(20_000),
    });
    let plan = plan(
        &producer.rows,
        &Options {
            range,
            ..options(Mode::OnDemand)
        },
    );
    let sequences: Vec<u64> = plan
        .segments
        .iter()
        .map(|s| s.segment.number().sequence)
        .collect();
    assert_eq!(sequences, [1, 2, 3]);
}

#[test]
fn a_replay_grows_at_its_own_pace() {
    let mut producer = Producer::new();
    for at in 0..20 {
        producer.cluster(&shots(at * 1000, at * 1000 + 1000, 1000, false));
    }
    let at = |elapsed_ms: u64, end_ms| {
        let options = Options {
            range: Some(Range {
                start_ms: 4_000,
                end_ms,
            }),
            now_ms: 60_000 + elapsed_ms,
            max_results: 5,
            ..options(Mode::LiveReplay {
                session_start_ms: 60_000,
            })
        };
        let plan = plan(&producer.rows, &options);
        (plan.media_sequence, plan.segments.len(), plan.ended)
    };
    assert_eq!(at(0, None), (4, 3, false));
    assert_eq!(at(999, None), (4, 3, false));
    assert_eq!(at(1_000, None), (4, 4, false));
    assert_eq!(at(2_000, None), (4, 5, false));
    assert_eq!(at(5_500, None), (7, 5, false));
    assert_eq!(at(100_000, None), (15, 5, false));
    assert_eq!(at(3_000, Some(9_000)), (5, 5, true));
    assert_eq!(at(2_999, Some(9_000)), (4, 5, false));
}

#[test]
fn tracks_are_chosen_by_codec_and_keep_their_playlists() {
    let track = |number, kind, codec: &str| Track {
        number,
        uid: 0,
        kind,
        codec_id: codec.into(),
        codec_private: None,
        name: None,
        default_duration_ns: None,
        video: None,
        audio: None,
    };
    let alaw = track(1, TrackKind::Audio, "A_MS/ACM");
    let aac = track(2, TrackKind::Audio, "A_AAC");
    let hevc = track(3, TrackKind::Video, "V_MPEGH/ISO/HEVC");
    let avc = track(5, TrackKind::Video, "V_MPEG/ISO/AVC");
    let both = Selection::of(&[alaw.clone(), aac.clone(), hevc.clone(), avc]).unwrap();
    assert_eq!(
        both,
        Selection {
            video: Some(5),
            audio: Some(2)
        }
    );
    assert_eq!(
        [0, 1, 2, 3].map(|at| both.track(at)),
        [None, Some(5), Some(2), None]
    );
    let audio = Selection::of(std::slice::from_ref(&aac)).unwrap();
    assert_eq!([1, 2].map(|at| audio.track(at)), [Some(2), None]);
    assert_eq!(Selection::of(&[alaw, hevc.clone()]), None);
    // A camera's sound without its picture is no answer.
    assert_eq!(Selection::of(&[hevc, aac]), None);
}

#[test]
fn a_master_playlist_is_guessed_from_one_fragment() {
    let mut producer = Producer::new();
    producer.cluster(&shots(0, 1000, 1000, false));
    let row = &mut producer.rows[0];
    row.tracks[0].bytes = 125_000;
    let estimate = Estimate::of(row);
    assert_eq!(estimate.bandwidth_bps, 1_000_000);
    assert_eq!(estimate.frame_rate, Some(25.0));
    row.tracks[0].frames = 1;
    row.duration_ms = 0;
    assert_eq!(
        Estimate::of(row),
        Estimate {
            bandwidth_bps: 1_000_000_000,
            frame_rate: None
        }
    );
}

#[test]
fn rows_with_absurd_numbers_are_planned_without_a_panic() {
    let mut producer = eventful();
    for row in &mut producer.rows {
        match row.number.sequence % 4 {
            0 => row.timestamp_scale_ns = u64::MAX,
            1 => row.timecode = u64::MAX,
            2 => row.producer_ms = i64::MAX,
            _ => row.tracks.iter_mut().for_each(|span| span.last = i32::MIN),
        }
    }
    for discontinuity in [
        DiscontinuityMode::Always,
        DiscontinuityMode::OnDiscontinuity,
    ] {
        for mode in [
            Mode::Live,
            Mode::OnDemand,
            Mode::LiveReplay {
                session_start_ms: 0,
            },
        ] {
            for scale_ns in [0, 1, u64::MAX] {
                producer
                    .rows
                    .iter_mut()
                    .for_each(|row| row.timestamp_scale_ns = scale_ns);
                let range = Some(Range {
                    start_ms: i64::MIN,
                    end_ms: None,
                });
                let options = Options {
                    discontinuity,
                    range,
                    now_ms: u64::MAX,
                    ..options(mode)
                };
                assert!(!plan(&producer.rows, &options).segments.is_empty());
            }
        }
    }
}

#[test]
fn ordinals_at_their_end_are_a_jump() {
    let mut producer = Producer::new();
    for at in 0..3 {
        producer.cluster(&shots(at * 1000, at * 1000 + 1000, 1000, true));
    }
    for (row, ordinal) in producer.rows.iter_mut().zip([u64::MAX - 1, u64::MAX, 0]) {
        row.ordinal = ordinal;
    }
    let options = Options {
        closed: true,
        ..options(Mode::Live)
    };
    let plan = plan(&producer.rows, &options);
    assert_eq!((plan.media_sequence, plan.segments.len()), (0, 1));
}

#[test]
fn what_was_completed_late_is_played_on_demand_only() {
    let mut producer = Producer::new();
    for at in 0..12 {
        if at == 4 {
            producer.reconnect();
        }
        producer.cluster(&shots(at * 1000, at * 1000 + 1000, 1000, true));
    }
    let mut live = Options {
        closed: true,
        ..options(Mode::Live)
    };
    live.max_results = 100;
    let mut late = producer.rows.clone();
    // The fourth fragment, the last of the first connection, was completed as the tenth.
    for (row, ordinal) in late[3..].iter_mut().zip([9, 3, 4, 5, 6, 7, 8, 9, 10]) {
        row.ordinal = ordinal;
    }
    let listed = plan(&late, &live);
    let numbers: Vec<_> = listed.segments.iter().map(|l| l.segment.ordinal).collect();
    assert_eq!(numbers, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    let range = Some(Range {
        start_ms: 0,
        end_ms: None,
    });
    let on_demand = Options {
        range,
        ..options(Mode::OnDemand)
    };
    let on_demand = Options {
        max_results: 100,
        closed: true,
        ..on_demand
    };
    assert_eq!(plan(&late, &on_demand).segments.len(), 12);
}

#[test]
fn target_durations_have_room_but_no_more() {
    let target_s = |longest_ms| {
        let plan = Plan {
            longest_ms,
            ..plan(&[], &options(Mode::Live))
        };
        plan.target_s()
    };
    let given = [0, 900, 1000, 2000, 2270, 2400, 4000, 5000, 9990, 20_000];
    assert_eq!(given.map(target_s), [1, 1, 1, 2, 2, 3, 4, 5, 10, 20]);
    for longest_ms in 0..30_000 {
        assert!(
            target_s(longest_ms) * 1000 + 500 > longest_ms,
            "{longest_ms}"
        );
    }
    assert!(target_s(u64::MAX) > 1);
}

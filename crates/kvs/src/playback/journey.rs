//! From a camera's bytes through ingest and planning to MP4 segments: the machines must
//! agree on what they hand to each other.

use bytes::{Bytes, BytesMut};
use media::codec::CodecConfig;
use media::frame::{Frame, Track};
use media::mkv::writer::{SimpleBlock, cluster};
use media::mp4::fragment::media_segment;
use media::mp4::init::init_segment;
use media::synth::{Camera, CameraSettings, Matroska};

use super::samples::{PartMedia, track_frames};
use super::{DiscontinuityMode, Mode, Options, Origin, Plan, Progress, Range, Selection, plan};
use crate::fragment::FragmentMeta;
use crate::ingest::{Ingest, Input, Output, Settings, TimecodeType};
use crate::numbering::Numbering;
use crate::stream::Strictness;

const FRAMES: usize = 220;
const START_MS: u64 = 1_700_000_000_000;

#[test]
fn every_frame_of_a_camera_comes_out_once_however_it_is_muxed() {
    for frames_per_cluster in [1, 7, 36, 220] {
        let settings = CameraSettings {
            width: 64,
            height: 48,
            gop: 25,
            bitrate_bps: 100_000,
            ..CameraSettings::default()
        };
        let mut camera = Camera::new(settings).unwrap();
        let header = Matroska::new(camera.clone(), 0).header();
        let tracks = camera.tracks();
        let sent: Vec<Frame> = (0..FRAMES).map(|_| camera.next_frame()).collect();
        let mut body = BytesMut::from(&header[..]);
        for frames in sent.chunks(frames_per_cluster) {
            put_cluster(&mut body, frames);
        }
        let (rows, media) = ingest(body.freeze());
        let options = Options {
            mode: Mode::OnDemand,
            origin: Origin::Producer,
            discontinuity: DiscontinuityMode::OnDiscontinuity,
            max_results: 1000,
            range: Some(Range {
                start_ms: 0,
                end_ms: None,
            }),
            now_ms: START_MS,
            closed: true,
            more: false,
            progress: Progress::default(),
        };
        let plan = plan(&rows, &options);
        let keys = sent.iter().filter(|f| f.track == 1 && f.key).count();
        let expected = keys.min(rows.iter().filter(|row| row.cut.is_some()).count());
        assert_eq!(
            plan.segments.len(),
            expected,
            "{frames_per_cluster} frames per cluster"
        );
        assert!(
            plan.segments
                .iter()
                .all(|listed| listed.discontinuities == 0)
        );

        let selection = Selection::of(&tracks).unwrap();
        for number in [selection.video, selection.audio].map(Option::unwrap) {
            let track = tracks.iter().find(|track| track.number == number).unwrap();
            let config = CodecConfig::of_track(track, None).unwrap();
            assert!(init_segment(1, &config).is_ok());
            let played = play(&plan, &rows, &media, track, &config);
            let of_track = sent.iter().filter(|frame| frame.track == number);
            let expected: Vec<&Bytes> = of_track.map(|frame| &frame.data).collect();
            assert_eq!(
                played.iter().collect::<Vec<_>>(),
                expected,
                "track {number}"
            );
        }
    }
}

/// The payloads of all segments of a track.
fn play(
    plan: &Plan,
    rows: &[FragmentMeta],
    media: &[PartMedia],
    track: &Track,
    config: &CodecConfig,
) -> Vec<Bytes> {
    let mut played = Vec::new();
    for listed in &plan.segments {
        let segment = &listed.segment;
        let at = |number| rows.iter().position(|row| row.number == number).unwrap();
        let parts: Vec<PartMedia> = segment
            .parts
            .iter()
            .map(|part| media[at(part.number)].clone())
            .collect();
        let default = track.default_duration_ns;
        let frames = track_frames(segment, &parts, track.number, config, default).unwrap();
        assert!(frames.frames.first().is_none_or(|frame| frame.key));
        let time = frames.decode_time;
        played.extend(media_segment(1, 1, time, &frames.frames).unwrap().payload);
    }
    played
}

/// Runs a whole body through ingest, as the only connection of a stream.
fn ingest(body: Bytes) -> (Vec<FragmentMeta>, Vec<PartMedia>) {
    let mut numbers = Numbering::after(None, Box::new(|| 0));
    let settings = Settings {
        strictness: Strictness::Tolerant,
        timecode_type: TimecodeType::Relative,
        producer_start_ms: START_MS as i64,
        persists: true,
    };
    let mut ingest = Ingest::new(settings, START_MS);
    let (mut rows, mut media) = (Vec::new(), Vec::new());
    let mut cuts = 0;
    let inputs = (0..body.len())
        .step_by(1000)
        .map(|at| Input::Data(body.slice(at..body.len().min(at + 1000))));
    for input in inputs.chain([Input::End]) {
        ingest.handle(START_MS, input, &mut numbers);
        loop {
            match ingest.poll() {
                Output::Closed(closed) => {
                    let number = closed.meta.number;
                    rows.push(FragmentMeta {
                        ordinal: cuts,
                        ..closed.meta
                    });
                    cuts += u64::from(rows.last().is_some_and(|row| row.cut.is_some()));
                    let cluster = Bytes::from(closed.cluster.concat());
                    media.push(PartMedia {
                        index: closed.index,
                        cluster,
                    });
                    ingest.handle(START_MS, Input::Persisted(number), &mut numbers);
                }
                Output::Wait(_) | Output::Finish => break,
                _ => {}
            }
        }
    }
    (rows, media)
}

fn put_cluster(out: &mut BytesMut, frames: &[Frame]) {
    let start = frames[0].pts;
    cluster(out, start as u64, None);
    for frame in frames {
        let block = SimpleBlock {
            track: frame.track,
            relative: (frame.pts - start) as i16,
            key: frame.key,
            invisible: false,
            discardable: false,
            payload_len: frame.data.len() as u32,
        };
        block.put_header(out);
        out.extend_from_slice(&frame.data);
    }
}

//! Producers by ffmpeg and GStreamer through curl: every fragment is kept, and what comes
//! back decodes to the same frames.

use std::path::Path;

use it::media::{self, Track};
use it::program::Program;
use it::server::Server;
use it::stream::{Stream, positions};
use serde_json::Value;

#[test]
fn stock_ffmpeg_comes_back_whole() {
    round_trip(&[Track::Video, Track::Aac]);
}

#[test]
fn b_frames_come_back_whole() {
    round_trip(&[Track::Reordered, Track::Aac]);
}

#[test]
fn opus_and_pcm_come_back_whole() {
    round_trip(&[Track::Video, Track::Opus]);
    round_trip(&[Track::Video, Track::Pcm]);
}

#[test]
fn single_tracks_come_back_whole() {
    round_trip(&[Track::Video]);
    round_trip(&[Track::Aac]);
}

#[test]
fn gstreamer_comes_back_whole() {
    let server = Server::start();
    let pipeline = "-q videotestsrc num-buffers=100 ! video/x-raw,width=320,height=180,\
                    framerate=25/1 ! x264enc key-int-max=50 speed-preset=veryfast ! h264parse \
                    ! matroskamux streamable=true ! fdsink";
    same_frames(
        &server,
        Program::new("gst-launch-1.0").line(pipeline),
        &[100],
    );
}

/// Sends tracks of the source, reads them back and compares.
fn round_trip(tracks: &[Track]) {
    let server = Server::start();
    let source = media::source(server.folder());
    let expected: Vec<usize> = tracks
        .iter()
        .map(|track| match track {
            Track::Video | Track::Reordered | Track::Small => 150,
            _ => 0,
        })
        .collect();
    same_frames(&server, media::remux(&source, tracks), &expected);
}

/// `pictures` is the number of frames to expect of each track, 0 for any.
fn same_frames(server: &Server, producer: Program, pictures: &[usize]) {
    let stream = Stream::create(server, "cam1", 1);
    let sent = server.folder().join("sent.mkv");
    let acks = stream.put_all(producer, &sent);
    let bytes = std::fs::read(&sent).expect("tee wrote the file");
    let clusters = positions(&bytes, &CLUSTER_ID).len();
    acks.assert_all_persisted(clusters);

    let got = server.folder().join("got.mkv");
    std::fs::write(&got, stream.earliest(clusters)).expect("the file can be written");
    assert_eq!(facts(&got), facts(&sent));
    let (sent, got) = (media::decoded(&sent), media::decoded(&got));
    let numbers =
        |decoded: &media::Decoded| decoded.tracks.iter().map(Vec::len).collect::<Vec<_>>();
    for (number, expected) in numbers(&sent).iter().zip(pictures) {
        assert!(number == expected || *expected == 0 && *number > 0);
    }
    assert_eq!(numbers(&got), numbers(&sent));
    assert_eq!(got.tracks, sent.tracks);
}

/// Track, time and size of each packet.
fn facts(file: &Path) -> Vec<[Value; 3]> {
    let mut packets = media::packets(file);
    let of =
        |packet: &mut Value| ["stream_index", "pts_time", "size"].map(|key| packet[key].take());
    packets.iter_mut().map(of).collect()
}

const CLUSTER_ID: [u8; 4] = [0x1f, 0x43, 0xb6, 0x75];

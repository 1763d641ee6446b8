//! Producers by ffmpeg and GStreamer through curl, one test for each form of media: every
//! fragment is kept, what GetMedia returns decodes to the same frames, and HLS plays in
//! ffmpeg, ffprobe, GStreamer and hls.js.

use std::path::{Path, PathBuf};

use it::media::{self, Track};
use it::player;
use it::program::Program;
use it::server::Server;
use it::stream::{Stream, positions};
use it::wire::Wire;
use serde_json::Value;

#[test]
fn stock_ffmpeg() {
    ffmpeg(&[Track::Video, Track::Aac], &["h264", "aac"]);
}

#[test]
fn b_frames() {
    ffmpeg(&[Track::Reordered, Track::Aac], &["h264", "aac"]);
}

/// Sound that HLS does not have here is left out of sessions, and its producer told so.
#[test]
fn opus_beside_video() {
    ffmpeg(&[Track::Video, Track::Opus], &["h264"]);
}

#[test]
fn pcm_beside_video() {
    ffmpeg(&[Track::Video, Track::Pcm], &["h264"]);
}

#[test]
fn video_only() {
    ffmpeg(&[Track::Video], &["h264"]);
}

#[test]
fn audio_only() {
    ffmpeg(&[Track::Aac], &["aac"]);
}

#[test]
fn gstreamer() {
    let server = Server::start();
    let pipeline = "-q videotestsrc num-buffers=150 ! video/x-raw,format=I420,width=320,\
                    height=180,framerate=25/1 ! x264enc key-int-max=50 ! \
                    matroskamux streamable=true ! fdsink";
    let producer = Program::new("gst-launch-1.0").line(pipeline);
    let (stream, sent) = round_trip(&server, producer, &[Track::Reordered]);
    plays(&server, &stream, &sent, &["h264"]);
}

#[test]
fn sound_that_cannot_be_played_is_refused() {
    for audio in [Track::Opus, Track::Pcm] {
        let server = Server::start();
        let source = media::source(server.folder());
        let (stream, _) = round_trip(&server, media::remux(&source, &[audio]), &[audio]);
        for mode in ["ON_DEMAND", "LIVE"] {
            let refused = stream.hls(mode);
            let code = Err("UnsupportedStreamMediaTypeException".to_owned());
            assert_eq!(refused, code, "{audio:?} {mode}");
        }
        assert_eq!(unplayable(&server), 1, "{audio:?}");
    }
}

/// Sends tracks of the source with ffmpeg's stock settings; sessions have the first of
/// them, in these codecs.
fn ffmpeg(tracks: &[Track], codecs: &[&str]) {
    let server = Server::start();
    let source = media::source(server.folder());
    let (stream, sent) = round_trip(&server, media::remux(&source, tracks), tracks);
    plays(&server, &stream, &sent, codecs);
    assert_eq!(unplayable(&server), tracks.len() - codecs.len());
}

/// Sends what a producer prints, reads it back and compares. Returns the stream, and the
/// file with what was sent.
fn round_trip<'a>(
    server: &'a Server,
    producer: Program,
    tracks: &[Track],
) -> (Stream<'a>, PathBuf) {
    let stream = Stream::create(server, "cam1", 1);
    let sent = server.folder().join("sent.mkv");
    let acks = stream.put_all(producer, &sent);
    let bytes = std::fs::read(&sent).expect("tee wrote the file");
    let clusters = positions(&bytes, &CLUSTER_ID).len();
    acks.assert_all_persisted(clusters);

    let got = server.folder().join("got.mkv");
    std::fs::write(&got, stream.earliest(clusters)).expect("the file can be written");
    assert_eq!(facts(&got), facts(&sent));
    let (before, after) = (media::decoded(&sent), media::decoded(&got));
    assert_eq!(before.tracks.len(), tracks.len());
    for (track, frames) in tracks.iter().zip(&before.tracks) {
        match track {
            Track::Video | Track::Reordered | Track::Small => assert_eq!(frames.len(), 150),
            Track::Aac | Track::Opus | Track::Pcm => assert!(frames.len() > 100),
        }
    }
    assert_eq!(after.tracks, before.tracks);
    (stream, sent)
}

/// Plays all of a stream in every player: the first tracks of what was sent, in these
/// codecs, frame by frame where a player tells that.
fn plays(server: &Server, stream: &Stream, sent: &Path, codecs: &[&str]) {
    let url = stream.hls("ON_DEMAND").expect("a session");
    let mut sent = media::decoded(sent).tracks;
    sent.truncate(codecs.len());

    let played = media::decoded(&url);
    assert_eq!(played.complaints, "");
    assert_eq!(played.tracks, sent);

    let frames = sent.iter().map(Vec::len);
    let codecs = codecs.iter().map(|&codec| codec.to_owned());
    let expected: Vec<(String, usize)> = codecs.zip(frames).collect();
    assert_eq!(media::probed(&url), expected);

    let pictures = gstreamer_pictures(server, &url);
    let played = player::play_hls(&url, 4);
    if expected[0].0 == "h264" {
        assert_eq!(pictures, sent[0].len());
        played.assert_smooth(4.0);
    } else {
        assert_eq!(pictures, 0);
        played.assert_heard(4.0);
    }
}

/// Plays to the end in GStreamer; how many pictures it showed.
fn gstreamer_pictures(server: &Server, url: &str) -> usize {
    let screen = server.folder().join("screen.yuv");
    let sink = format!("filesink location={}", screen.display());
    let played = Program::new("gst-launch-1.0")
        .args(["playbin3", &format!("uri={url}")])
        .args([format!("video-sink=videoconvert ! {I420} ! {sink}")])
        .args(["audio-sink=fakesink"])
        .run();
    assert!(played.text().contains("Got EOS"), "{played}");
    let bytes = std::fs::metadata(&screen).map_or(0, |file| file.len());
    let picture = 320 * 180 * 3 / 2;
    assert_eq!(bytes % picture, 0, "{played}");
    usize::try_from(bytes / picture).expect("few pictures")
}

/// How many tracks the producer was told about that sessions do not have.
fn unplayable(server: &Server) -> usize {
    let findings = Wire::to(server).findings("cam1");
    let told = findings
        .iter()
        .filter(|finding| finding["Code"] == "track-not-playable");
    told.count()
}

/// Track, time and size of each packet.
fn facts(file: &Path) -> Vec<[Value; 3]> {
    let mut packets = media::packets(file);
    let of =
        |packet: &mut Value| ["stream_index", "pts_time", "size"].map(|key| packet[key].take());
    packets.iter_mut().map(of).collect()
}

const I420: &str = "video/x-raw,format=I420";
const CLUSTER_ID: [u8; 4] = [0x1f, 0x43, 0xb6, 0x75];

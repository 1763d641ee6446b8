//! HLS as it is watched live, replayed and in the console's page. Recordings of every form
//! of media are played by `media_put`.

use std::thread;
use std::time::{Duration, Instant};

use it::call::Call;
use it::connection::Connection;
use it::media::{self, Track};
use it::player;
use it::program::Program;
use it::server::Server;
use it::stream::{Acks, Stream};
use it::wire::now_s;
use serde_json::json;

#[test]
fn gstreamer_plays_a_live_session() {
    let server = Server::start();
    let source = media::source(server.folder());
    let stream = Stream::create(&server, "cam1", 1);
    let camera = media::live(&source, &[Track::Video, Track::Aac], 60);
    let camera = stream.put(camera).timeout(Duration::from_secs(90)).start();
    let url = live_url(&stream);
    // GStreamer 1.22 waits for ever where it cannot begin three target durations before
    // the end, so the stream must not be as young as that.
    let playlist = url.replace("Master", "Media") + "&TrackNumber=1";
    while fetched(&server, &playlist).matches("#EXTINF").count() < 4 {
        thread::sleep(Duration::from_millis(300));
    }
    // More than a playlist lists, so it is reloaded; the session itself does not end.
    let played = Program::new("gst-launch-1.0")
        .args(["playbin3".to_owned(), format!("uri={url}")])
        .args(["video-sink=fakesink num-buffers=300 sync=true"])
        .args(["audio-sink=fakesink num-buffers=500 sync=true"])
        .run();
    assert!(played.text().contains("Got EOS"), "{played}");
    camera.stop();
}

#[test]
fn a_replay_comes_up_at_its_own_pace() {
    let server = Server::start();
    let stream = Stream::create(&server, "cam1", 1);
    stream.put_all(media::matroska(30), &server.folder().join("sent.mkv"));
    let start_s = now_s() - 60;
    let replay = json!({
        "HLSFragmentSelector": {
            "FragmentSelectorType": "SERVER_TIMESTAMP",
            "TimestampRange": {"StartTimestamp": start_s},
        },
        "MaxMediaPlaylistFragmentResults": 4,
    });
    let master = stream.hls_with("LIVE_REPLAY", replay).expect("a session");
    let begun = Instant::now();
    let playlist = master.replace("Master", "Media") + "&TrackNumber=1";
    let (mut listed, mut before) = (Vec::new(), 0);
    while listed.len() < 7 {
        let text = fetched(&server, &playlist);
        assert!(text.contains("#EXT-X-TARGETDURATION:2\n"), "{text}");
        assert!(!text.contains("#EXT-X-ENDLIST"), "{text}");
        let segments = text.lines().filter(|line| line.starts_with("getMP4Media"));
        let segments: Vec<String> = segments.map(str::to_owned).collect();
        assert!(segments.len() <= 4, "{text}");
        let new = segments
            .iter()
            .filter(|line| !listed.contains(*line))
            .cloned();
        let new: Vec<String> = new.collect();
        listed.extend(new);
        let first = text
            .lines()
            .find_map(|line| line.strip_prefix("#EXT-X-MEDIA-SEQUENCE:"));
        let first: usize = first
            .and_then(|text| text.parse().ok())
            .expect("a sequence");
        assert!(first >= before, "{text}");
        // Numbers and segments go together.
        assert_eq!(listed[first..], segments[..], "{text}");
        before = first;
        let due = 3 + begun.elapsed().as_secs() / 2;
        assert!(
            listed.len() as u64 <= due + 1,
            "{} listed too soon",
            listed.len()
        );
        assert!(
            begun.elapsed() < Duration::from_secs(30),
            "too late: {text}"
        );
        thread::sleep(Duration::from_millis(300));
    }
}

#[test]
fn recordings_play_in_the_page() {
    for video in [Track::Video, Track::Reordered] {
        let server = Server::start();
        let stream = recorded(&server, &[video, Track::Aac]);
        let url = stream.hls("ON_DEMAND").expect("a session");
        player::watch(&server, &url, 4).assert_smooth(4.0);
    }
}

#[test]
fn the_page_says_why_it_cannot_play() {
    let server = Server::start();
    let stream = recorded(&server, &[Track::Video]);
    let url = stream.hls("ON_DEMAND").expect("a session");
    let forged = url.replace("SessionToken=", "SessionToken=x");
    let played = player::watch(&server, &forged, 1);
    assert_eq!(played.decoded_pictures, 0, "{played:?}");
    let shown = played.report["error"].as_str().unwrap_or_default();
    assert!(
        shown.contains("Streaming session token is invalid"),
        "{played:?}"
    );
}

#[test]
fn live_media_plays_in_all_players() {
    let server = Server::start();
    let source = media::source(server.folder());
    let stream = Stream::create(&server, "cam1", 1);
    let camera = media::live(&source, &[Track::Video, Track::Aac], 60);
    let camera = stream.put(camera).timeout(Duration::from_secs(90)).start();
    let url = live_url(&stream);
    // By the producer's clock, since the segments of the server's follow its arrival times,
    // which a recorder that ignores discontinuities cannot join without a seam.
    let seamless = json!({
        "HLSFragmentSelector": {"FragmentSelectorType": "PRODUCER_TIMESTAMP"},
        "DiscontinuityMode": "ON_DISCONTINUITY",
    });
    let recorder = Program::new("ffmpeg")
        .line("-v warning -i")
        .args([stream.hls_with("LIVE", seamless).expect("a session")])
        .line("-t 4 -map 0:v -map 0:a -f framemd5 -");
    let recorder = recorder.start();
    player::play_hls(&url, 5).assert_smooth(5.0);
    player::watch(&server, &url, 5).assert_smooth(5.0);
    let decoded = recorder.wait();
    assert!(decoded.status.success(), "{decoded}");
    // ffmpeg reads the initialisation segment again whenever it reloads a playlist.
    let repeated = |line: &&str| line.contains("Found duplicated MOOV Atom");
    let complaints = decoded.stderr.lines().filter(|line| !repeated(line));
    assert_eq!(complaints.collect::<Vec<_>>(), Vec::<&str>::new());
    let frames = |track: &str| {
        let text = decoded.text();
        text.lines().filter(|line| line.starts_with(track)).count()
    };
    assert!(frames("0,") >= 95, "{decoded}");
    assert!(frames("1,") >= 180, "{decoded}");
    camera.stop();
}

/// Sends a whole recording.
fn recorded<'a>(server: &'a Server, tracks: &[Track]) -> Stream<'a> {
    let source = media::source(server.folder());
    let stream = Stream::create(server, "cam1", 1);
    let acks = stream.put_all(
        media::remux(&source, tracks),
        &server.folder().join("sent.mkv"),
    );
    let Acks(acks) = acks;
    assert!(
        acks.iter().all(|ack| ack["EventType"] != "ERROR"),
        "{acks:?}"
    );
    stream
}

/// What is at an address of a session.
fn fetched(server: &Server, url: &str) -> String {
    let path = url.trim_start_matches(server.url());
    let answer = Connection::plain(server).ask(&Call::new("GET", path).header("Host", "h"));
    assert_eq!(answer.status, 200, "{path}");
    answer.text()
}

/// A live session, once there is something to play.
fn live_url(stream: &Stream) -> String {
    for _ in 0..100 {
        match stream.hls("LIVE") {
            Ok(url) => return url,
            Err(code) if code == "ResourceNotFoundException" => {
                thread::sleep(Duration::from_millis(100));
            }
            Err(code) => panic!("no session: {code}"),
        }
    }
    panic!("the camera's first fragment did not come");
}

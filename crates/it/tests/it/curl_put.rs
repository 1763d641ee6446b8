//! ffmpeg and curl as producer, curl and the AWS CLI as readers: what goes in comes out.

use std::fs;
use std::time::{Duration, SystemTime};

use it::aws::{cli, curl, put_media};
use it::program::Program;
use it::server::Server;
use it::{media, player};
use serde_json::{Value, json};

#[test]
fn what_ffmpeg_sends_comes_back_whole() {
    let server = Server::start();
    let sent = server.folder().join("sent.mkv");
    fs::write(&sent, media::matroska(6).run().stdout).expect("the file can be written");
    let acks = upload(&server, Program::new("cat").args([&sent]));

    // Three Clusters of two seconds; each is acknowledged three times, in this order.
    let numbers = persisted(&acks);
    assert_eq!(numbers.len(), 3, "{acks:?}");
    assert!(numbers.is_sorted(), "{numbers:?}");
    for number in &numbers {
        let of_this = |ack: &&Value| ack["FragmentNumber"] == number.as_str();
        let events: Vec<&Value> = acks
            .iter()
            .filter(of_this)
            .map(|a| &a["EventType"])
            .collect();
        assert_eq!(events, ["BUFFERING", "RECEIVED", "PERSISTED"]);
        assert_eq!(number.len(), 47);
    }

    let fragments = cli(&server, LIST_FRAGMENTS).run().json()["Fragments"].take();
    let mut listed: Vec<String> = Vec::new();
    for fragment in fragments.as_array().expect("a list of fragments") {
        assert_eq!(fragment["FragmentLengthInMilliseconds"], 2000, "{fragment}");
        listed.push(
            fragment["FragmentNumber"]
                .as_str()
                .unwrap_or_default()
                .to_owned(),
        );
    }
    listed.sort();
    assert_eq!(listed, numbers);

    let got = server.folder().join("got.mkv");
    fs::write(&got, get_media(&server, numbers.len())).expect("the file can be written");
    same_media(&sent, &got);

    let listed = server.folder().join("listed.mkv");
    let line = format!(
        "kinesis-video-archived-media get-media-for-fragment-list --fragments {} \
         --stream-name cam1",
        numbers.join(" ")
    );
    cli(&server, &line).args([&listed]).run();
    same_media(&sent, &listed);
}

#[test]
fn acknowledgements_arrive_during_the_upload() {
    let server = Server::start();
    create(&server);
    // Paced by ffmpeg, so the first fragment is whole long before the last.
    let live = Program::new("ffmpeg")
        .line("-v error -re -f lavfi -i testsrc=size=320x240:rate=25 -t 30 -pix_fmt yuv420p")
        .line("-c:v libx264 -tune zerolatency -g 25 -bf 0 -f matroska -live 1")
        .line("-cluster_time_limit 5000 -flush_packets 1 -");
    let mut upload = put_media(&server, "cam1", &now()).fed_by(live).start();
    upload.wait_for("a PERSISTED acknowledgement", |stdout| {
        String::from_utf8_lossy(stdout).contains("\"PERSISTED\"")
    });
    let acks = upload.stop().text();
    assert!(
        acks.lines().count() < 60,
        "nothing was acknowledged before the end:\n{acks}"
    );
}

#[test]
fn acknowledged_media_survives_a_crash() {
    let mut server = Server::start();
    let acks = upload(&server, media::matroska(4));
    server.crash_and_restart();
    let fragments = cli(&server, LIST_FRAGMENTS).run().json()["Fragments"].take();
    assert_eq!(
        fragments.as_array().map(Vec::len),
        Some(persisted(&acks).len())
    );
    let got = server.folder().join("got.mkv");
    fs::write(&got, get_media(&server, 2)).expect("the file can be written");
    assert_eq!(media::decoded_pictures(&got), 100);
}

#[test]
fn hls_plays_in_a_browser() {
    let server = Server::start();
    upload(&server, media::matroska(10));
    let line = "kinesis-video-archived-media get-hls-streaming-session-url --stream-name cam1 \
                --playback-mode ON_DEMAND --hls-fragment-selector";
    // The CLI sends whole seconds, so a range of server time could end before the upload.
    let selector = json!({
        "FragmentSelectorType": "PRODUCER_TIMESTAMP",
        "TimestampRange": {"StartTimestamp": seconds() - 60.0, "EndTimestamp": seconds() + 60.0},
    });
    let session = cli(&server, line).args([selector.to_string()]).run().json();
    let url = session["HLSStreamingSessionURL"].as_str().expect("a URL");
    player::play_hls(url, 6).assert_smooth(6.0);
}

#[test]
fn a_stream_that_does_not_exist_is_refused_before_the_upload() {
    let server = Server::start();
    let refused = put_media(&server, "none", &now())
        .args(["--write-out", "%{http_code}"])
        .fed_by(media::matroska(2))
        .output();
    let text = refused.text();
    assert!(text.ends_with("404"), "{refused}");
    assert!(text.contains("\"Message\""), "{refused}");
}

/// Creates the stream `cam1` and sends it a whole file; returns the acknowledgements.
fn upload(server: &Server, source: Program) -> Vec<Value> {
    create(server);
    let output = put_media(server, "cam1", &now()).fed_by(source).run();
    let parse = |line: &str| serde_json::from_str(line).unwrap_or_else(|_| panic!("{output}"));
    output.text().lines().map(parse).collect()
}

fn create(server: &Server) {
    let line = "kinesisvideo create-stream --stream-name cam1 --data-retention-in-hours 1";
    cli(server, line).run();
}

fn persisted(acks: &[Value]) -> Vec<String> {
    let persisted = acks.iter().filter(|ack| ack["EventType"] == "PERSISTED");
    persisted
        .map(|ack| {
            ack["FragmentNumber"]
                .as_str()
                .unwrap_or_default()
                .to_owned()
        })
        .collect()
}

/// Everything of `cam1` by GetMedia, which has no end: it is read until the trailing tags
/// of some fragments have come.
fn get_media(server: &Server, fragments: usize) -> Vec<u8> {
    let body = json!({"StreamName": "cam1", "StartSelector": {"StartSelectorType": "EARLIEST"}});
    let mut reading = curl(server, "/getMedia")
        .args([
            "--header",
            "Content-Type: application/json",
            "--data",
            &body.to_string(),
        ])
        .timeout(Duration::from_secs(20))
        .start();
    let tag = b"AWS_KINESISVIDEO_CONTINUATION_TOKEN";
    let token = tag.len() + 4 + 47; // The name, an element's head, the number.
    reading.wait_for("all fragments", |stdout| {
        let mut found = stdout
            .windows(tag.len())
            .enumerate()
            .filter(|(_, bytes)| bytes == tag);
        found
            .nth(fragments - 1)
            .is_some_and(|(at, _)| stdout.len() >= at + token)
    });
    reading.stop().stdout
}

/// Compares two files picture by picture: sizes, times and key flags.
fn same_media(sent: &std::path::Path, got: &std::path::Path) {
    let facts = |path| {
        let of = |packet: &Value| {
            (
                packet["pts_time"].clone(),
                packet["size"].clone(),
                packet["flags"].clone(),
            )
        };
        media::packets(path).iter().map(of).collect::<Vec<_>>()
    };
    assert_eq!(facts(sent), facts(got));
    assert_eq!(media::decoded_pictures(sent), media::decoded_pictures(got));
}

fn now() -> String {
    format!("{:.3}", seconds())
}

fn seconds() -> f64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since.expect("the clock is past 1970").as_secs_f64()
}

const LIST_FRAGMENTS: &str = "kinesis-video-archived-media list-fragments --stream-name cam1 \
    --fragment-selector FragmentSelectorType=SERVER_TIMESTAMP,TimestampRange=\
    {StartTimestamp=2020-01-01T00:00:00Z,EndTimestamp=2100-01-01T00:00:00Z}";

//! Streams that keep nothing, that are deleted, and that change in between.

use std::thread;
use std::time::Duration;

use it::media::{self, Track};
use it::player;
use it::server::Server;
use it::stream::{Acks, Stream, whole_fragments};
use serde_json::json;

#[test]
fn a_stream_without_retention_is_live_only() {
    let server = Server::start();
    let stream = Stream::create(&server, "cam1", 0);
    let mut reader = stream.get("NOW");
    let source = media::source(server.folder());
    let sent = server.folder().join("sent.mkv");
    let Acks(acks) = stream.put_all(media::remux(&source, &[Track::Video]), &sent);
    let events: Vec<&str> = acks
        .iter()
        .filter_map(|ack| ack["EventType"].as_str())
        .collect();
    assert!(events.contains(&"RECEIVED"), "{events:?}");
    assert_eq!(events.last(), Some(&"RECEIVED"));
    let known = |event: &&str| ["BUFFERING", "RECEIVED"].contains(event);
    assert!(events.iter().all(known), "{events:?}");

    let count = events.iter().filter(|event| **event == "RECEIVED").count();
    reader.wait_for("all fragments", |bytes| whole_fragments(bytes) >= count);
    let got = server.folder().join("got.mkv");
    std::fs::write(&got, reader.stop().stdout).expect("the file can be written");
    assert_eq!(media::decoded(&got).tracks, media::decoded(&sent).tracks);

    assert_eq!(stream.fragments(), Vec::<serde_json::Value>::new());
    for mode in ["LIVE", "ON_DEMAND"] {
        assert_eq!(stream.hls(mode), Err("NoDataRetentionException".to_owned()));
    }
}

#[test]
fn deleting_a_stream_ends_its_producers_and_readers() {
    let server = Server::start();
    let stream = Stream::create(&server, "cam1", 1);
    let source = media::source(server.folder());
    let mut producer = stream
        .put(media::live(&source, &[Track::Video], 60))
        .start();
    let mut reader = stream.get("EARLIEST");
    reader.wait_for("a fragment", |bytes| whole_fragments(bytes) > 0);
    producer.wait_for("an acknowledgement", |bytes| !bytes.is_empty());
    stream.delete();
    // Neither is told to end by the test: both have 40 s and more of their own left.
    let read = reader.wait();
    assert!(whole_fragments(&read.stdout) > 0, "{read}");
    let acks = Acks::of(&producer.wait()).0;
    let last = acks.last().expect("acknowledgements");
    assert_eq!(last["EventType"], "ERROR", "{last}");
    assert_eq!(last["ErrorId"], json!(4008), "{last}");
}

#[test]
fn live_playback_goes_on_when_the_picture_changes_its_size() {
    let server = Server::start();
    let stream = Stream::create(&server, "cam1", 1);
    let source = media::source(server.folder());
    let mut first = stream.put(media::live(&source, &[Track::Video], 8)).start();
    first.wait_for("a kept fragment", |bytes| {
        String::from_utf8_lossy(bytes).matches("PERSISTED").count() >= 4
    });
    let url = stream.hls("LIVE").expect("a session");
    let played = thread::scope(|scope| {
        let player = scope.spawn(|| player::play_hls(&url, 12));
        first.wait();
        let second = stream.put(media::live(&source, &[Track::Small], 30));
        let second = second.timeout(Duration::from_secs(60)).start();
        let played = player.join().expect("the player does not panic");
        second.stop();
        played
    });
    played.assert_smooth(12.0);
    let sizes = json!(["320x180", "256x144"]);
    assert_eq!(played.report["sizes"], sizes, "{:#}", played.report);
}

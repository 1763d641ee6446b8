//! GetMedia's start selectors as boto3 and the AWS CLI use them.

use std::thread;
use std::time::Duration;

use it::aws::{cli, python};
use it::mkv;
use it::program::Program;
use it::server::Server;
use it::stream::{Stream, positions};
use it::wire::{Answer, Put, Wire, now_s};
use serde_json::{Value, json};

#[test]
fn every_selector_begins_where_it_says() {
    let server = Server::start();
    let wire = Wire::to(&server);
    // Archived media, and media that is in memory only, while its producers are connected.
    let mut producers = STREAMS.map(|(name, retention_hours)| {
        wire.create(name, retention_hours);
        wire.put(name, "ABSOLUTE").expect("the server answers")
    });
    let first_ms = now_s().cast_unsigned() * 1000 - 60_000;
    for n in 0..3 {
        for (put, _) in &mut producers {
            if n == 0 {
                put.send(&mkv::header()).expect("the server takes the body");
            }
            send(put, first_ms + n * 1000);
        }
        // Server timestamps are further apart than the fragments are long.
        thread::sleep(Duration::from_millis(1100));
    }
    let [(archived, _), (in_memory, _)] = STREAMS;
    let mut script = python(&server, "start_selectors.py")
        .args([archived, in_memory])
        .start();
    script.wait_for("that NOW waits", |printed| printed.starts_with(b"ready\n"));
    // What waits at the end gets this one first.
    for (put, _) in &mut producers {
        send(put, first_ms + 3000);
        put.finish().expect("the server takes the body");
    }
    let output = script.wait();
    assert!(output.status.success(), "{output}");
    let text = output.text();
    let seen: Value = text
        .lines()
        .nth(1)
        .and_then(|line| serde_json::from_str(line).ok())
        .unwrap_or_else(|| panic!("{output}"));
    let expected = json!({
        "EARLIEST": 0,
        "FRAGMENT_NUMBER": [1, 2],
        "CONTINUATION_TOKEN": [1, 2],
        "SERVER_TIMESTAMP": [1, 1, 2, 0],
        "PRODUCER_TIMESTAMP": [1, 1, 2, 0],
        "NOW": 3,
        "after the last": 3,
    });
    assert_eq!(seen[archived], expected);
    assert_eq!(seen[in_memory], expected);
    for (_, mut acks) in producers {
        assert_no_error(&mut acks);
    }
}

#[test]
fn the_cli_writes_what_comes() {
    let server = Server::start();
    let stream = Stream::create(&server, "cam1", 1);
    // The CLI writes a mebibyte at a time, and GetMedia has no end.
    let sound = Program::new("ffmpeg")
        .line("-v error -f lavfi -i sine=sample_rate=48000 -t 30 -ac 2 -c:a pcm_s16le")
        .line("-f matroska -");
    stream.put_all(sound, &server.folder().join("sent.mkv"));
    let fragments = stream.fragments();
    let mut numbers: Vec<&str> = fragments
        .iter()
        .filter_map(|fragment| fragment["FragmentNumber"].as_str())
        .collect();
    numbers.sort_unstable();
    let after = format!(
        "StartSelectorType=FRAGMENT_NUMBER,AfterFragmentNumber={}",
        numbers[1]
    );
    let file = server.folder().join("cli.mkv");
    let line = "kinesis-video-media get-media --stream-name cam1 --start-selector";
    let reading = cli(&server, line).args([&after]).args([&file]).start();
    let mut read = Vec::new();
    for _ in 0..300 {
        read = std::fs::read(&file).unwrap_or_default();
        if read.len() >= 1 << 20 {
            break;
        }
        thread::sleep(Duration::from_millis(100));
    }
    reading.stop();
    let has = |number: &str| !positions(&read, number.as_bytes()).is_empty();
    let found = [0, 1, 2, 3].map(|n| has(numbers[n]));
    assert_eq!(found, [false, false, true, true], "{} bytes", read.len());
}

/// A fragment of a second.
fn send(put: &mut Put, at_ms: u64) {
    let fragment = [mkv::cluster(at_ms, 10), mkv::end_of_fragment()].concat();
    put.send(&fragment).expect("the server takes the body");
}

fn assert_no_error(acks: &mut Answer) {
    let acks = acks.rest().expect("the connection ends as it should");
    let acks = String::from_utf8(acks).expect("it is text");
    assert!(!acks.contains("ERROR"), "{acks}");
}

const STREAMS: [(&str, u32); 2] = [("archived", 1), ("in-memory", 0)];

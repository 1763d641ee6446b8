//! Readers and producers that come and go: nobody misses a fragment, gets one twice or
//! waits for one that will not come.

use std::time::{Duration, Instant};

use it::server::Server;
use it::wire::{Answer, Wire, field};
use serde_json::json;

use super::film::{cluster, fragments, header, position, sized_cluster};

#[test]
fn every_reader_gets_every_fragment_once() {
    let server = Server::start();
    let wire = Wire::to(&server);
    wire.create("cam", 1);
    let clusters: Vec<Vec<u8>> = (0..FRAGMENTS)
        .map(|n| cluster(n * 100, &[(1, 0, 300), (1, 50, 1000)]))
        .collect();
    let all = clusters.concat().len();
    // Two that begin before there is anything, one of them slow, and later one more.
    let start = |selector: &str, slow: bool| {
        let mut answer = get(&wire, selector);
        std::thread::spawn(move || {
            let body = collect(&mut answer, FRAGMENTS as usize, slow);
            (body, answer.status)
        })
    };
    let mut readers = vec![start("NOW", false), start("EARLIEST", true)];
    std::thread::sleep(Duration::from_millis(100));
    let (mut put, mut acks) = wire.put("cam", "RELATIVE").expect("the server answers");
    put.send(&header(1)).expect("the server takes the body");
    for (n, cluster) in clusters.iter().enumerate() {
        let (first, second) = cluster.split_at(cluster.len() / 2);
        put.send(first).expect("the server takes the body");
        put.send(second).expect("the server takes the body");
        if n == clusters.len() / 2 {
            readers.push(start("EARLIEST", false));
        }
        if n % 16 == 0 {
            std::thread::sleep(Duration::from_millis(5));
        }
    }
    put.finish().expect("the server takes the body");
    let persisted = numbers(&mut acks, "PERSISTED");
    assert_eq!(persisted.len() as u64, FRAGMENTS);
    for reader in readers {
        let (body, status) = reader.join().expect("the reader does not panic");
        assert_eq!(status, 200);
        assert_eq!(fragments(&body), persisted);
        let mut at = 0;
        for cluster in &clusters {
            let found = position(&body[at..], cluster);
            at += found.expect("the fragment's bytes are the producer's") + cluster.len();
        }
        assert!(at > all);
    }
}

#[test]
fn two_connections_of_one_stream_overlap() {
    let server = Server::start();
    let wire = Wire::to(&server);
    wire.create("cam", 1);
    let mut reader = get(&wire, "EARLIEST");
    // The old connection of a producer that rotates its token ends after the new began.
    let (mut old, mut old_acks) = wire.put("cam", "RELATIVE").expect("the server answers");
    old.send(&header(1)).expect("the server takes the body");
    old.send(&cluster(0, FRAMES))
        .expect("the server takes the body");
    wait_for(&mut old_acks, "BUFFERING");
    let (mut new, mut new_acks) = wire.put("cam", "RELATIVE").expect("the server answers");
    new.send(&header(1)).expect("the server takes the body");
    new.send(&cluster(1000, FRAMES))
        .expect("the server takes the body");
    wait_for(&mut new_acks, "BUFFERING");
    new.send(&cluster(2000, FRAMES))
        .expect("the server takes the body");
    old.finish().expect("the server takes the body");
    let old_numbers = numbers(&mut old_acks, "PERSISTED");
    new.finish().expect("the server takes the body");
    let new_numbers = numbers(&mut new_acks, "PERSISTED");
    assert_eq!((old_numbers.len(), new_numbers.len()), (1, 2));
    let all = [old_numbers, new_numbers].concat();
    assert!(all.is_sorted(), "{all:?}");
    assert_eq!(fragments(&collect(&mut reader, 3, false)), all);
}

#[test]
fn a_producer_that_falls_silent_holds_no_reader_up() {
    let server = Server::start();
    let wire = Wire::to(&server);
    wire.create("cam", 1);
    let mut reader = get(&wire, "EARLIEST");
    // Its link is dead: the connection stays open and nothing comes any more, in the
    // middle of a Cluster whose size was declared.
    let (mut silent, mut silent_acks) = wire.put("cam", "RELATIVE").expect("the server answers");
    silent.send(&header(1)).expect("the server takes the body");
    let half = sized_cluster(0, FRAMES, 70_000);
    silent.send(&half).expect("the server takes the body");
    wait_for(&mut silent_acks, "BUFFERING");
    let (mut put, mut acks) = wire.put("cam", "RELATIVE").expect("the server answers");
    let film = [header(1), cluster(9000, FRAMES), cluster(10_000, FRAMES)].concat();
    put.send(&film).expect("the server takes the body");
    put.finish().expect("the server takes the body");
    let persisted = numbers(&mut acks, "PERSISTED");
    let begun = Instant::now();
    let body = collect(&mut reader, 2, false);
    assert!(
        begun.elapsed() < Duration::from_secs(8),
        "the reader was held up"
    );
    // What was begun is padded, so all of it can be read; it was not stored.
    let read = fragments(&body);
    assert_eq!(read.len(), 3);
    assert_eq!(read[1..], persisted);
    assert!(
        position(&body, &half).is_some(),
        "the frames that came were sent"
    );
}

#[test]
fn a_fragment_that_breaks_off_leaves_the_reader_a_readable_file() {
    let server = Server::start();
    let wire = Wire::to(&server);
    wire.create("cam", 1);
    for (n, missing) in [0, 2, 127, 128, 129, 130, 300_000].into_iter().enumerate() {
        let mut reader = get(&wire, "NOW");
        let (mut put, mut acks) = wire.put("cam", "RELATIVE").expect("the server answers");
        put.send(&header(1)).expect("the server takes the body");
        let base = 10_000 * n as u64;
        let mut broken = sized_cluster(base, FRAMES, missing);
        if missing == 0 {
            broken = cluster(base, FRAMES);
        }
        put.send(&broken).expect("the server takes the body");
        wait_for(&mut acks, "BUFFERING");
        // The reader has the beginning before the producer goes.
        let mut body = until(&mut reader, &broken);
        put.vanish().expect("the socket is open");
        assert_eq!(numbers(&mut acks, "ERROR").len(), 1);
        let (mut put, mut acks) = wire.put("cam", "RELATIVE").expect("the server answers");
        let film = [header(1), cluster(base, FRAMES)].concat();
        put.send(&film).expect("the server takes the body");
        put.finish().expect("the server takes the body");
        let persisted = numbers(&mut acks, "PERSISTED");
        body.extend(collect(&mut reader, 1, false));
        let read = fragments(&body);
        assert_eq!(read.len(), 2, "{missing} bytes were missing");
        assert_eq!(read[1..], persisted);
    }
}

fn get(wire: &Wire, selector: &str) -> Answer {
    let input = json!({"StreamName": "cam", "StartSelector": {"StartSelectorType": selector}});
    wire.open("/getMedia", &input).expect("the server answers")
}

/// Reads until the closing tags of so many fragments have come.
fn collect(reader: &mut Answer, fragments: usize, slow: bool) -> Vec<u8> {
    let mut body = Vec::new();
    let mut closed = 0;
    while closed < fragments {
        let chunk = reader.chunk().expect("the media goes on");
        let chunk = chunk.expect("the media does not end");
        // The closing tags are one chunk.
        closed += usize::from(position(&chunk, TOKEN).is_some());
        body.extend(chunk);
        if slow {
            std::thread::sleep(Duration::from_millis(2));
        }
    }
    body
}

/// Reads until some bytes have come.
fn until(reader: &mut Answer, wanted: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    while position(&body, wanted).is_none() {
        let chunk = reader.chunk().expect("the media goes on");
        body.extend(chunk.expect("the media does not end"));
    }
    body
}

fn wait_for(acks: &mut Answer, event: &str) {
    loop {
        let ack = acks.chunk().expect("the connection goes on");
        let ack = String::from_utf8(ack.expect("more comes")).expect("it is text");
        if field(&ack, "EventType") == event {
            return;
        }
    }
}

/// Reads to the end; the numbers of the fragments that an event happened to.
fn numbers(acks: &mut Answer, event: &str) -> Vec<String> {
    let all = acks.rest().expect("the connection ends as it should");
    let all = String::from_utf8(all).expect("it is text");
    let of_event = all.lines().filter(|ack| field(ack, "EventType") == event);
    of_event.map(|ack| field(ack, "FragmentNumber")).collect()
}

const FRAGMENTS: u64 = 200;
const FRAMES: &[super::film::Frame] = &[(1, 0, 400), (1, 40, 700)];
const TOKEN: &[u8] = b"AWS_KINESISVIDEO_CONTINUATION_TOKEN";

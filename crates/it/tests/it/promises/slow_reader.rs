//! A reader that takes little while much is sent costs no memory and misses nothing.

use std::time::{Duration, Instant};

use it::figures;
use it::server::Server;
use it::wire::{Put, Wire};
use serde_json::json;

use super::film::{cluster, fragments, header, listed};

#[test]
fn a_slow_reader_costs_no_memory() {
    // Without the memory of fragments that were opened lately, which has a bound of its own.
    let server = Server::start_configured("[store]\nopened_bytes_max = 0\n");
    let wire = Wire::to(&server);
    wire.create("cam", 1);
    let (mut put, mut acks) = wire.put("cam", "RELATIVE").expect("the server answers");
    put.send(&header(1)).expect("the server takes the body");
    // What a server needs to receive at this pace at all, without a reader.
    let mut sent = 0;
    send(&mut put, &mut sent, WARM_UP_FRAGMENTS);
    let before = resident_bytes(&server);

    let selector = json!({"StartSelectorType": "EARLIEST"});
    let input = json!({"StreamName": "cam", "StartSelector": selector});
    let mut reader = wire.open("/getMedia", &input).expect("the server answers");
    let begun = Instant::now();
    let ((mut reader, mut body), largest) = std::thread::scope(|scope| {
        let reading = scope.spawn(|| {
            let mut body = Vec::new();
            // 10 KB a second: what the sockets hold besides was sent, not read.
            while begun.elapsed() < SLOW {
                body.extend(reader.piece(1000).expect("the media goes on"));
                std::thread::sleep(Duration::from_millis(100));
            }
            (reader, body)
        });
        let mut largest = 0;
        while begun.elapsed() < SLOW {
            send(&mut put, &mut sent, 1);
            largest = largest.max(resident_bytes(&server));
            std::thread::sleep(Duration::from_millis(100));
        }
        (reading.join().expect("the reader does not panic"), largest)
    });
    let taken = body.len();
    let sent_bytes = sent * FRAGMENT_BYTES;
    let rate = (sent_bytes - WARM_UP_FRAGMENTS * FRAGMENT_BYTES) as u64 / SLOW.as_secs();
    let grown = largest.saturating_sub(before);
    figures::tell(&format!(
        "slow GetMedia reader: {taken} bytes taken in {} s while {:.1} MB/s were sent; the server \
         grew by {:.1} MB",
        SLOW.as_secs(),
        rate as f64 / 1e6,
        grown as f64 / 1e6,
    ));
    assert!(taken < 200_000, "the reader took {taken} bytes");
    assert!(rate > 3_000_000, "{rate} bytes/s were sent");
    assert!(grown < GROWTH_MAX, "{before} bytes grew by {grown}");

    // It hurries, and has missed nothing.
    put.finish().expect("the server takes the body");
    acks.rest().expect("the connection ends as it should");
    let numbers = listed(&wire, "cam");
    assert_eq!(numbers.len(), sent);
    let mut closed = 0;
    let mut looked_at = 0;
    while closed < sent {
        body.extend(reader.piece(usize::MAX).expect("the media goes on"));
        let new = body[looked_at..].windows(TOKEN.len());
        closed += new.filter(|window| *window == TOKEN).count();
        looked_at = body.len() + 1 - TOKEN.len();
    }
    assert_eq!(fragments(&body), numbers);
}

/// Sends so many fragments of a second.
fn send(put: &mut Put, sent: &mut usize, fragments: usize) {
    for _ in 0..fragments {
        let body = cluster(*sent as u64 * 1000, &[(1, 0, FRAGMENT_BYTES)]);
        put.send(&body).expect("the server takes the body");
        *sent += 1;
    }
}

/// The memory that a server's process has.
fn resident_bytes(server: &Server) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.pid()));
    let status = status.expect("the server runs");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|line| line.trim().strip_suffix(" kB"));
    let kib: u64 = kib.and_then(|kib| kib.parse().ok()).expect("proc(5)");
    kib * 1024
}

const TOKEN: &[u8] = b"AWS_KINESISVIDEO_CONTINUATION_TOKEN";
const FRAGMENT_BYTES: usize = 600_000;
/// As many as the hub keeps for readers that follow, and more.
const WARM_UP_FRAGMENTS: usize = 64;
const SLOW: Duration = Duration::from_secs(10);
/// A reader may hold a few fragments and a socket's buffers of some megabytes; what was sent
/// meanwhile is more than twice as much.
const GROWTH_MAX: u64 = 24_000_000;

//! Killed at random moments, the server keeps every fragment it said PERSISTED of.
//!
//! `KINORA_CRASH_ROUNDS` sets the number of rounds, `KINORA_CRASH_SEED` the moments.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use ::media::synth::{Camera, CameraSettings, Matroska};
use it::program::Program;
use it::random::{Random, variable};
use it::server::Server;
use it::wire::{Wire, field};
use it::{figures, installed};

use super::film::{listed, position, read};

/// What one producer sent on one connection, and what it was told.
#[derive(Default)]
struct Session {
    stream: String,
    header: Vec<u8>,
    sent: Clusters,
    acks: Vec<String>,
    /// How many of them were sent before, on a connection that broke.
    resent: usize,
}

/// Clusters with their timecodes, in order.
type Clusters = Vec<(u64, Vec<u8>)>;

/// A fragment that was acknowledged, and what was sent as it.
struct Promise {
    stream: String,
    number: String,
    cluster: Vec<u8>,
}

#[test]
fn what_was_acknowledged_survives_every_crash() {
    let rounds = variable("KINORA_CRASH_ROUNDS", 50);
    let seed = variable("KINORA_CRASH_SEED", 1);
    let mut random = Random::new(seed);
    let mut server = Server::start();
    for n in 0..PRODUCERS_MAX {
        Wire::to(&server).create(&name(n), 24);
    }
    let camera = camera();
    let mut promises: Vec<Promise> = Vec::new();
    let mut unanswered: HashMap<String, Clusters> = HashMap::new();
    let (mut sent, mut resent, mut starts) = (0, 0, Vec::new());
    for round in 0..rounds {
        let threads: Vec<_> = (0..3 + random.below(PRODUCERS_MAX - 2))
            .map(|n| {
                let wire = Wire::to(&server);
                let film = Matroska::new(camera.clone(), round * ROUND_MS);
                let again = unanswered.remove(&name(n)).unwrap_or_default();
                let pace = Duration::from_millis(1 + random.below(12));
                std::thread::spawn(move || produce(&wire, &name(n), film, again, pace))
            })
            .collect();
        std::thread::sleep(Duration::from_millis(150 + random.below(451)));
        server.kill();
        let old = promises.len();
        for thread in threads {
            let session = thread.join().expect("a producer does not panic");
            sent += session.sent.len();
            resent += session.resent;
            let (kept, left) = session.settle();
            promises.extend(kept);
            unanswered.extend([left]);
        }
        let started = Instant::now();
        server.restart();
        // What other tests had of the processors meanwhile is not its doing.
        let started = started.elapsed();
        starts.push(started.saturating_sub(server.kept_waiting()));
        // All that is new, and a sample of what is old.
        let sample = (0..old).filter(|_| old < 64 || random.below(old as u64 / 32) == 0);
        let chosen: Vec<_> = sample.chain(old..promises.len()).collect();
        check(&server, chosen.into_iter().map(|at| &promises[at]));
    }
    check(&server, &promises);
    let listed = check_listed(&server);
    server.kill();
    let fsck = Program::new(installed("KINORA_TEST_BINARY"))
        .line("fsck --full --data")
        .args([server.data()]);
    let report = fsck.run().text();
    starts.sort_unstable();
    let (median, slowest) = (starts[starts.len() / 2], starts[starts.len() - 1]);
    figures::tell(&format!(
        "KINORA_CRASH_SEED={seed} KINORA_CRASH_ROUNDS={rounds}: {sent} fragments sent, {resent} \
         of them again, {} acknowledged, {listed} listed; starts: median {median:?}, \
         slowest {slowest:?}",
        promises.len(),
    ));
    eprintln!("{report}");
    assert!(slowest < Duration::from_secs(2), "a start took {slowest:?}");
    assert!(
        promises.len() as u64 >= rounds,
        "hardly anything was acknowledged"
    );
    assert!(resent > 0, "nothing was sent again");
}

/// Sends until the server is gone: first what is to be sent again, then a camera's film.
fn produce(
    wire: &Wire,
    stream: &str,
    mut film: Matroska,
    again: Clusters,
    pace: Duration,
) -> Session {
    let mut session = Session {
        stream: stream.to_owned(),
        header: film.header().to_vec(),
        resent: again.len(),
        ..Session::default()
    };
    let Ok((mut put, mut answer)) = wire.put(stream, "RELATIVE") else {
        session.sent = again;
        return session;
    };
    assert_eq!(answer.status, 200, "{stream}");
    let acks: Arc<Mutex<Vec<String>>> = Arc::default();
    let heard = Arc::clone(&acks);
    let reader = std::thread::spawn(move || {
        // Ends with an error when the server is killed.
        while let Ok(Some(ack)) = answer.chunk() {
            let ack = String::from_utf8(ack).expect("acknowledgements are text");
            heard.lock().expect("nobody panics with the lock").push(ack);
        }
    });
    let mut again = again.into_iter();
    let mut flow = put.send(&session.header);
    while flow.is_ok() {
        let (timecode, cluster) = again.next().unwrap_or_else(|| {
            let cluster = film.next_cluster().to_vec();
            (timecode(&cluster), cluster)
        });
        // In two pieces, so that the end often comes in the middle of one.
        let (first, second) = cluster.split_at(cluster.len() / 3);
        flow = put.send(first);
        std::thread::sleep(pace);
        flow = flow.and_then(|()| put.send(second));
        session.sent.push((timecode, cluster));
    }
    session.sent.extend(again);
    reader.join().expect("the reader does not panic");
    session.acks = std::mem::take(&mut *acks.lock().expect("nobody panics with the lock"));
    session
}

impl Session {
    /// What was promised, and what has to be sent again.
    fn settle(mut self) -> (Vec<Promise>, (String, Clusters)) {
        let mut promises = Vec::new();
        for ack in &self.acks {
            let event = field(ack, "EventType");
            assert_ne!(event, "ERROR", "{}: {ack}", self.stream);
            if event != "PERSISTED" {
                continue;
            }
            let timecode: u64 = field(ack, "FragmentTimecode").parse().expect("a number");
            let at = self.sent.iter().position(|(at, _)| *at == timecode);
            let at = at.unwrap_or_else(|| panic!("{ack} of a fragment that was not sent"));
            promises.push(Promise {
                stream: self.stream.clone(),
                number: field(ack, "FragmentNumber"),
                cluster: self.sent.remove(at).1,
            });
        }
        // A producer keeps a few; more would only make the test longer.
        self.sent.truncate(RESENT_MAX);
        (promises, (self.stream, self.sent))
    }
}

/// Everything that was promised reads back, byte for byte.
fn check<'a>(server: &Server, promises: impl IntoIterator<Item = &'a Promise>) {
    let wire = Wire::to(server);
    let mut by_stream: HashMap<&str, Vec<&Promise>> = HashMap::new();
    for promise in promises {
        by_stream.entry(&promise.stream).or_default().push(promise);
    }
    for (stream, promises) in by_stream {
        for page in promises.chunks(PAGE) {
            let numbers: Vec<String> = page.iter().map(|p| p.number.clone()).collect();
            let body = read(&wire, stream, &numbers);
            let mut at = 0;
            for promise in page {
                let number = promise.number.as_bytes();
                let found = position(&body[at..], number);
                at += found.unwrap_or_else(|| panic!("{stream} lost {}", promise.number));
                // The number is in one of three tags of a known form in front.
                let cluster = position(&body[at..], CLUSTER_ID).expect("a chunk has a Cluster");
                at += cluster;
                let end = at + promise.cluster.len();
                let same = body.get(at..end) == Some(&promise.cluster);
                assert!(same, "{stream} changed {}", promise.number);
                at = end;
            }
        }
    }
}

/// Every fragment that is listed reads, and is a whole one. Returns how many there are.
fn check_listed(server: &Server) -> usize {
    let wire = Wire::to(server);
    let mut count = 0;
    for n in 0..PRODUCERS_MAX {
        let numbers = listed(&wire, &name(n));
        let mut unique = numbers.clone();
        unique.dedup();
        assert_eq!(unique.len(), numbers.len(), "a number twice");
        for page in numbers.chunks(PAGE) {
            let body = read(&wire, &name(n), page);
            assert_eq!(super::film::fragments(&body), page, "{}", name(n));
        }
        count += numbers.len();
    }
    count
}

/// The timecode of a Cluster that the synthetic camera's muxer wrote.
fn timecode(cluster: &[u8]) -> u64 {
    // Four bytes of id, eight of size, then the Timestamp with one byte each of both.
    let len = usize::from(cluster[13] & 0x7f);
    cluster[14..14 + len]
        .iter()
        .fold(0, |value, byte| value << 8 | u64::from(*byte))
}

fn camera() -> Camera {
    let settings = CameraSettings {
        width: 160,
        height: 120,
        fps: 10,
        gop: 2,
        audio: false,
        bitrate_bps: 1_000_000,
        clock_start_ms: 0,
        looped: true,
    };
    Camera::new(settings).expect("these settings are valid")
}

fn name(producer: u64) -> String {
    format!("camera-{producer}")
}

const PRODUCERS_MAX: u64 = 6;
/// Fragments read in one call.
const PAGE: usize = 100;
/// More film than a producer sends in a round, milliseconds.
const ROUND_MS: u64 = 100_000;
const RESENT_MAX: usize = 8;
const CLUSTER_ID: &[u8] = &[0x1f, 0x43, 0xb6, 0x75];

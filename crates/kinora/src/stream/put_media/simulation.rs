//! A simulation of ingest: the sessions, hub and flusher of production over a store that
//! is slow, fails and loses answers, with producers that stall, break off and send
//! rubbish, and servers that are killed. Time is virtual, and all follows from a seed.
//!
//! `KINORA_SIM_SEEDS` sets how many seeds are run, `KINORA_SIM_SEED` the first.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::{BufMut, Bytes, BytesMut};
use http_body::Frame;
use kvs::fragment::FragmentNumber;
use kvs::ingest::{Settings, TimecodeType};
use kvs::name::{AccountId, StreamId, StreamName};
use kvs::stream::{StorageTier, Stream, StreamStatus, Strictness};
use media::mkv::writer::{self, Info, SimpleBlock};
use serde_json::Value;
use store::Store;
use store::conformance::closed;
use store::media::Class;
use store::simulated::SimulatedDisk;
use store::wrap::{Faults, Pause, Rates};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use super::{Prepared, Session};
use crate::clock::Clock;
use crate::config::Config;
use crate::hub::FragmentState;
use crate::ops::Cx;
use crate::server::{Alone, Server};

#[test]
fn no_acknowledgement_lies() {
    let seeds = variable("KINORA_SIM_SEEDS", 200);
    let first = variable("KINORA_SIM_SEED", 1);
    let mut counts = Counts::default();
    for seed in first..first + seeds {
        let run = || {
            let mut runtime = tokio::runtime::Builder::new_current_thread();
            let runtime = runtime.enable_time().start_paused(true).build();
            let runtime = runtime.expect("a runtime can be made");
            runtime.block_on(async { World::new(seed).run().await })
        };
        match catch_unwind(AssertUnwindSafe(run)) {
            Ok(one) => counts.add(&one),
            Err(panic) => {
                eprintln!(
                    "again: KINORA_SIM_SEED={seed} KINORA_SIM_SEEDS=1 cargo test -p kinora --lib \
                     no_acknowledgement_lies"
                );
                resume_unwind(panic);
            }
        }
    }
    eprintln!("{seeds} seeds: {counts:?}");
    // The world must be bad enough, and not so bad that nothing works.
    let enough = counts.persisted > seeds && counts.errors > 0 && counts.crashes > 0;
    assert!(enough || seeds < 100, "{counts:?}");
}

/// A stream goes while a fragment is on its way to the disk: the producer is told once, and
/// the session waits for the disk instead of spinning.
#[test]
fn a_deletion_during_a_slow_write_ends_the_session() {
    // A thread of its own, because a session that spins never lets virtual time pass.
    let (done, ended) = std::sync::mpsc::sync_channel(1);
    std::thread::spawn(move || {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = runtime.enable_time().start_paused(true).build();
        let runtime = runtime.expect("a runtime can be made");
        let _heard = done.send(runtime.block_on(acks_of_a_deleted_stream()));
    });
    let acks = ended.recv_timeout(Duration::from_secs(20));
    let acks = acks.expect("the session ends");
    let told: Vec<_> = acks.iter().map(|ack| &ack["EventType"]).collect();
    assert_eq!(told, ["BUFFERING", "RECEIVED", "BUFFERING", "ERROR"]);
    assert_eq!(acks[3]["ErrorId"], 4008, "{acks:#?}");
}

async fn acks_of_a_deleted_stream() -> Vec<Value> {
    let world = World::new(1);
    let stream = streams().swap_remove(0);
    let store = world.sound_store();
    let made = store.create_stream(&stream).await;
    made.expect("a sound store makes streams");
    let slow: Pause = Arc::new(|| Box::pin(sleep(Duration::from_secs(5))));
    let store = world.disk.open(&Faults::new(0, Rates::default()), &slow);
    let clock = Clock::Runtime {
        zero: world.began,
        zero_ms: START_MS,
    };
    let alone = Server::alone(Config::default(), clock, store);
    let mut sent = BytesMut::from(&header()[..]);
    let mut random = Random(1);
    sent.extend_from_slice(&cluster(&mut random, 0, true));
    sent.extend_from_slice(&cluster(&mut random, 1000, true));
    let script = Script {
        steps: vec![Step::Send(sent.freeze()), Step::SleepMs(20_000)],
        strictness: Strictness::Tolerant,
        clusters: BTreeMap::new(),
        hangs_up: None,
        ponders_ms: 0,
    };
    let log = Arc::new(Mutex::new(Outcome::of(&stream, &script)));
    let server = Arc::clone(&alone.server);
    let session = tokio::spawn(produce(server, stream.clone(), script, Arc::clone(&log)));
    let received = |log: &Mutex<Outcome>| lock(log).acks.as_ref().map_or(0, Vec::len) >= 2;
    while !received(&log) {
        sleep(Duration::from_millis(10)).await;
    }
    alone.server.hub.remove(stream.id);
    session.await.expect("a session does not panic");
    alone.flush.abort();
    let mut outcome = lock(&log);
    outcome.acks.take().unwrap_or_default()
}

/// A disk hangs and the queue to it is full: a session gives up after a while.
#[test]
fn a_session_does_not_wait_for_ever_for_a_disk_that_hangs() {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_time().start_paused(true).build();
    let runtime = runtime.expect("a runtime can be made");
    let (acks, lasted) = runtime.block_on(async {
        let world = World::new(1);
        let stream = streams().swap_remove(0);
        let made = world.sound_store().create_stream(&stream).await;
        made.expect("a sound store makes streams");
        let hangs = Arc::new(AtomicBool::new(false));
        let pause = Arc::clone(&hangs);
        let pause: Pause = Arc::new(move || match pause.load(Ordering::Relaxed) {
            true => Box::pin(std::future::pending()),
            false => Box::pin(std::future::ready(())),
        });
        let alone = world.server_with(&pause);
        let began = Instant::now();
        let script = Script::of(&[], 3000, &[1000]);
        let log = Arc::new(Mutex::new(Outcome::of(&stream, &script)));
        let session = produce(
            Arc::clone(&alone.server),
            stream.clone(),
            script,
            Arc::clone(&log),
        );
        let session = tokio::spawn(session);
        sleep(Duration::from_millis(10)).await;
        hangs.store(true, Ordering::Relaxed);
        // More than there is room for.
        for n in 1..=3 {
            let mut large = closed(n, START_MS, 0, 8);
            large.meta.cluster_len = kvs::limits::FRAGMENT_BYTES_MAX as u32;
            let (flusher, live) = (
                alone.server.flusher.clone(),
                alone.server.hub.stream(stream.id),
            );
            let (answer, _) = mpsc::channel(1);
            tokio::spawn(async move {
                let large = Box::new(large);
                flusher
                    .submit(StreamId(9), Class(0), live, large, answer)
                    .await;
            });
        }
        session.await.expect("a session does not panic");
        alone.flush.abort();
        (lock(&log).acks.take().unwrap_or_default(), began.elapsed())
    });
    let told: Vec<_> = acks.iter().map(|ack| &ack["EventType"]).collect();
    assert_eq!(told, ["BUFFERING", "RECEIVED", "ERROR"], "{acks:#?}");
    let limit = Duration::from_millis(kvs::limits::PERSIST_WAIT_MS);
    assert!(lasted >= limit && lasted < limit * 4, "{lasted:?}");
}

/// A stream gets its first retention, and later loses it, while its producer is connected.
#[test]
fn changed_retention_reaches_a_connected_producer() {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_time().start_paused(true).build();
    let runtime = runtime.expect("a runtime can be made");
    let (acks, stored) = runtime.block_on(async {
        let world = World::new(1);
        let stream = streams().swap_remove(2);
        let store = world.sound_store();
        let made = store.create_stream(&stream).await;
        made.expect("a sound store makes streams");
        let alone = world.server_with(&delays(0));
        let script = Script::of(&[0, 1000], 10_000, &[2000, 3000, 4000]);
        let log = Arc::new(Mutex::new(Outcome::of(&stream, &script)));
        let server = Arc::clone(&alone.server);
        let session = tokio::spawn(produce(server, stream.clone(), script, Arc::clone(&log)));
        sleep(Duration::from_millis(5000)).await;
        let live = alone.server.hub.stream(stream.id);
        live.retain(true);
        sleep(Duration::from_millis(10_000)).await;
        live.retain(false);
        session.await.expect("a session does not panic");
        alone.flush.abort();
        let stored = world
            .sound_store()
            .fragments_after(stream.id, None, 9)
            .await;
        let stored = stored.expect("a sound store answers").len();
        (lock(&log).acks.take().unwrap_or_default(), stored)
    });
    let persisted = acks.iter().filter(|ack| ack["EventType"] == "PERSISTED");
    let persisted: Vec<_> = persisted
        .map(|ack| ack["FragmentTimecode"].as_u64())
        .collect();
    assert_eq!(persisted, [Some(2000)], "{acks:#?}");
    assert_eq!(stored, 1);
    let received = acks.iter().filter(|ack| ack["EventType"] == "RECEIVED");
    assert_eq!(received.count(), 5);
}

/// What happened.
#[derive(Debug, Default)]
struct Counts {
    sessions: u64,
    crashes: u64,
    received: u64,
    persisted: u64,
    errors: u64,
    refused: u64,
}

impl Counts {
    fn add(&mut self, other: &Counts) {
        self.sessions += other.sessions;
        self.crashes += other.crashes;
        self.received += other.received;
        self.persisted += other.persisted;
        self.errors += other.errors;
        self.refused += other.refused;
    }
}

/// What outlives a server, and what is known of it.
struct World {
    random: Random,
    disk: SimulatedDisk,
    faults: Arc<Faults>,
    began: Instant,
    /// Acknowledged fragments with the Cluster that was sent.
    promises: BTreeMap<(StreamId, FragmentNumber), Bytes>,
    /// Sequences of all numbers that were ever told to a producer.
    told: BTreeSet<(StreamId, u64)>,
    counts: Counts,
}

impl World {
    fn new(seed: u64) -> World {
        World {
            random: Random(seed),
            disk: SimulatedDisk::default(),
            faults: Faults::new(seed, Rates::default()),
            began: Instant::now(),
            promises: BTreeMap::new(),
            told: BTreeSet::new(),
            counts: Counts::default(),
        }
    }

    async fn run(mut self) -> Counts {
        let store = self.sound_store();
        for stream in streams() {
            let made = store.create_stream(&stream).await;
            made.expect("a sound store makes streams");
        }
        for _ in 0..1 + self.random.below(3) {
            self.live().await;
            self.check_promises().await;
        }
        self.counts
    }

    /// The life of one server.
    async fn live(&mut self) {
        let rates = [0, 300, 3000, 10_000][self.random.below(4) as usize];
        let rate = |random: &mut Random| random.below(rates + 1) as u16;
        self.faults.set(Rates {
            before: rate(&mut self.random),
            after: rate(&mut self.random),
            full: rate(&mut self.random),
        });
        let Alone {
            server,
            flush: flush_task,
            stop: _stop,
        } = self.server();
        let mut sessions = JoinSet::new();
        let mut logs: Vec<Arc<Mutex<Outcome>>> = Vec::new();
        for producer in 0..1 + self.random.below(5) {
            let mut choice = streams();
            let stream = choice.swap_remove(self.random.below(choice.len() as u64) as usize);
            let script = Script::write(&mut self.random, producer);
            self.counts.sessions += 1;
            let log = Arc::new(Mutex::new(Outcome::of(&stream, &script)));
            logs.push(Arc::clone(&log));
            sessions.spawn(produce(Arc::clone(&server), stream, script, log));
        }
        let crash = self.random.below(3) == 0;
        let life_ms = if crash {
            1 + self.random.below(4000)
        } else {
            1_000_000
        };
        let deadline = Instant::now() + Duration::from_millis(life_ms);
        loop {
            match tokio::time::timeout_at(deadline, sessions.join_next()).await {
                Ok(Some(ended)) => ended.expect("a session does not panic"),
                Ok(None) => break,
                Err(_) => {
                    assert!(crash, "a session does not end");
                    break;
                }
            }
        }
        if sessions.is_empty() {
            // A connection that ended with an error does not wait for the store.
            sleep(Duration::from_secs(120)).await;
            check_hub(&server);
        } else {
            // Tasks end where they wait, in the middle of a write to the store too.
            self.counts.crashes += 1;
            sessions.shutdown().await;
        }
        flush_task.abort();
        let _ended = flush_task.await;
        self.faults.set(Rates::default());
        for log in logs {
            self.take(&lock(&log));
        }
    }

    fn server(&mut self) -> Alone {
        let pause = delays(self.random.draw());
        self.server_with(&pause)
    }

    fn server_with(&self, pause: &Pause) -> Alone {
        let store = self.disk.open(&self.faults, pause);
        let clock = Clock::Runtime {
            zero: self.began,
            zero_ms: START_MS,
        };
        Server::alone(Config::default(), clock, store)
    }

    /// The same store without faults, and without what a server remembered of it.
    fn sound_store(&self) -> Store {
        self.disk
            .open(&Faults::new(0, Rates::default()), &delays(0))
    }

    /// Judges what a session was told.
    fn take(&mut self, outcome: &Outcome) {
        let Some(acks) = &outcome.acks else {
            self.counts.refused += 1;
            return;
        };
        let stream = &outcome.stream;
        let mut fragments: BTreeMap<FragmentNumber, Vec<String>> = BTreeMap::new();
        let mut error = None;
        let mut highest = None;
        for ack in acks {
            let event = ack["EventType"].as_str().expect("every ack has an event");
            let number = ack["FragmentNumber"].as_str();
            let number = number.map(|text| FragmentNumber::parse(text).expect("a number"));
            assert!(
                error.is_none() || event == "PERSISTED",
                "after the error: {acks:#?}"
            );
            match event {
                "ERROR" => {
                    error = Some(ack["ErrorId"].clone());
                    self.counts.errors += 1;
                }
                "BUFFERING" => {
                    assert!(number > highest, "numbers go back: {acks:#?}");
                    highest = number;
                    let sequence = number.expect("it has one").sequence;
                    let new = self.told.insert((stream.id, sequence));
                    assert!(new, "a number twice: {ack}");
                }
                _ => {}
            }
            if let Some(number) = number {
                fragments.entry(number).or_default().push(event.to_owned());
            }
            if event == "PERSISTED" {
                assert!(stream.retention_hours > 0, "nothing is kept: {ack}");
                self.counts.persisted += 1;
                let timecode = ack["FragmentTimecode"].as_u64().expect("a timecode");
                let cluster = outcome.clusters[&timecode].clone();
                let number = number.expect("it has one");
                let twice = self.promises.insert((stream.id, number), cluster);
                assert!(twice.is_none(), "persisted twice: {ack}");
            }
        }
        if outcome.listened {
            self.check_complete(stream, &fragments, error.is_some(), acks);
        }
    }

    /// Every fragment went its way to the end, unless an error ended the connection.
    fn check_complete(
        &mut self,
        stream: &Stream,
        fragments: &BTreeMap<FragmentNumber, Vec<String>>,
        errored: bool,
        acks: &[Value],
    ) {
        let way: &[&str] = match stream.retention_hours {
            0 => &["BUFFERING", "RECEIVED"],
            _ => &["BUFFERING", "RECEIVED", "PERSISTED"],
        };
        for events in fragments.values() {
            let plain: Vec<&str> = events.iter().map(String::as_str).collect();
            let plain = plain.strip_suffix(&["ERROR"]).unwrap_or(&plain);
            assert!(way.starts_with(plain), "{events:?} in {acks:#?}");
            let received = plain.contains(&"RECEIVED");
            self.counts.received += u64::from(received);
            assert!(
                errored || !received || plain == way,
                "{events:?} in {acks:#?}"
            );
        }
    }

    /// All that was ever acknowledged is there, byte for byte; all that is there is whole.
    async fn check_promises(&self) {
        let store = self.sound_store();
        for ((id, number), cluster) in &self.promises {
            let stored = store.fragment(*id, number).await;
            let stored = stored.expect("a sound store answers");
            let stored = stored.unwrap_or_else(|| panic!("{number} is lost"));
            let bytes = store.read_fragment(*id, &stored).await;
            let bytes = bytes.unwrap_or_else(|error| panic!("{number}: {error}"));
            assert!(bytes.cluster == cluster, "{number} is changed");
        }
        for stream in streams() {
            let all = store.fragments_after(stream.id, None, 100_000).await;
            let all = all.expect("a sound store answers");
            let numbers: Vec<_> = all.iter().map(|stored| stored.meta.number).collect();
            assert!(numbers.is_sorted(), "{numbers:?}");
            for stored in &all {
                let read = store.read_fragment(stream.id, stored).await;
                assert!(read.is_ok(), "{} is half there", stored.meta.number);
            }
        }
    }
}

/// When all sessions have ended, nothing is left in the hub but what it is to keep.
fn check_hub(server: &Server) {
    for stream in streams() {
        let Some(live) = server.hub.find(stream.id) else {
            continue;
        };
        assert_eq!(live.sessions(), 0);
        let left = live.fragments();
        assert!(
            stream.retention_hours == 0 || left.is_empty(),
            "{} left",
            left.len()
        );
        let closed = |state| matches!(state, FragmentState::Closed { .. });
        assert!(
            left.iter()
                .all(|fragment| closed(fragment.read(usize::MAX).1))
        );
        let last = live.newest().unwrap_or(FragmentNumber::ZERO);
        assert_eq!(live.first_after(&last), None, "a number waits to be opened");
        let bytes = left.iter().flat_map(|fragment| fragment.read(0).0);
        let bytes: usize = bytes.map(|part| part.len()).sum();
        assert!(bytes <= kvs::limits::BUFFER_BYTES_MAX);
    }
}

/// What a producer does.
struct Script {
    steps: Vec<Step>,
    strictness: Strictness,
    /// Clusters by their timecodes.
    clusters: BTreeMap<u64, Bytes>,
    /// After how many acknowledgements it stops to listen.
    hangs_up: Option<usize>,
    /// How long it takes over each acknowledgement, milliseconds.
    ponders_ms: u64,
}

enum Step {
    Send(Bytes),
    SleepMs(u64),
    Break,
}

impl Script {
    /// Small Clusters: some at once, then one after each span of time.
    fn of(at_once: &[u64], span_ms: u64, later: &[u64]) -> Script {
        let block = [0xa3, 0x85, 0x81, 0, 0, 0x80, 7];
        let mut first = BytesMut::from(&header()[..]);
        let put = |out: &mut BytesMut, ticks: u64| {
            writer::cluster(out, ticks, Some(block.len() as u64));
            out.extend_from_slice(&block);
        };
        at_once.iter().for_each(|ticks| put(&mut first, *ticks));
        let mut steps = vec![Step::Send(first.freeze())];
        for ticks in later {
            let mut cluster = BytesMut::new();
            put(&mut cluster, *ticks);
            steps.extend([Step::SleepMs(span_ms), Step::Send(cluster.freeze())]);
        }
        Script {
            steps,
            strictness: Strictness::Tolerant,
            clusters: BTreeMap::new(),
            hangs_up: None,
            ponders_ms: 0,
        }
    }

    fn write(random: &mut Random, producer: u64) -> Script {
        let one_in = |random: &mut Random, n: u64| random.below(n) == 0;
        // Now and then a whole film of tiny fragments comes at once.
        let flood = one_in(random, 60);
        let count = if flood { 2500 } else { 1 + random.below(12) };
        let (mut body, mut places) = (BytesMut::from(&header()[..]), Vec::new());
        for n in 0..count {
            let ticks = producer + n * 1000;
            let cluster = cluster(random, ticks, flood);
            body.extend_from_slice(&cluster);
            places.push((ticks, body.len() - cluster.len()..body.len()));
            if one_in(random, 40) && !flood {
                body.extend_from_slice(&[0; 8]); // No element begins so.
            }
        }
        let mut body = body.freeze();
        let breaks = one_in(random, 5);
        if breaks || one_in(random, 10) {
            body.truncate(random.below(body.len() as u64) as usize);
        }
        // A Cluster of unknown size that is cut behind a frame is whole, and shorter.
        let cut = |at: usize| at.min(body.len());
        let clusters = places.into_iter();
        let clusters = clusters.map(|(ticks, at)| (ticks, body.slice(cut(at.start)..cut(at.end))));
        let clusters = clusters.collect();
        let mut steps = Vec::new();
        while !body.is_empty() {
            let most = if flood { u64::MAX } else { 3000 };
            let len = (1 + random.below(most)).min(body.len() as u64);
            steps.push(Step::Send(body.split_to(len as usize)));
            match random.below(300) {
                0 => steps.push(Step::SleepMs(40_000)),
                1..10 => steps.push(Step::SleepMs(random.below(8000))),
                10..100 => steps.push(Step::SleepMs(random.below(100))),
                _ => {}
            }
        }
        if breaks {
            steps.push(Step::Break);
        }
        Script {
            steps,
            strictness: if one_in(random, 3) {
                Strictness::Strict
            } else {
                Strictness::Tolerant
            },
            clusters,
            hangs_up: one_in(random, 10).then(|| random.below(20) as usize),
            ponders_ms: if one_in(random, 5) {
                random.below(200)
            } else {
                0
            },
        }
    }
}

/// What became of a connection.
struct Outcome {
    stream: Stream,
    clusters: BTreeMap<u64, Bytes>,
    /// `None` if it was refused.
    acks: Option<Vec<Value>>,
    /// Whether all acknowledgements were heard, to the end of the response.
    listened: bool,
}

impl Outcome {
    fn of(stream: &Stream, script: &Script) -> Outcome {
        Outcome {
            stream: stream.clone(),
            clusters: script.clusters.clone(),
            acks: None,
            listened: false,
        }
    }
}

async fn produce(server: Arc<Server>, stream: Stream, script: Script, log: Arc<Mutex<Outcome>>) {
    let (acks, mut heard) = mpsc::channel(kvs::limits::ACKS_WAITING_MAX);
    let cx = Cx {
        server,
        request_id: String::new(),
    };
    let settings = Settings {
        strictness: script.strictness,
        timecode_type: TimecodeType::Relative,
        producer_start_ms: START_MS as i64,
        persists: stream.retention_hours > 0,
    };
    let Ok(session) = Session::begin(&cx, Prepared { stream, settings }, acks).await else {
        return;
    };
    lock(&log).acks = Some(Vec::new());
    let (body, incoming) = mpsc::channel(1);
    let feed = async move {
        for step in script.steps {
            let sent = match step {
                Step::SleepMs(ms) => {
                    sleep(Duration::from_millis(ms)).await;
                    Ok(())
                }
                Step::Send(bytes) => body.send(Ok(bytes)).await,
                Step::Break => body.send(Err(Broken)).await,
            };
            if sent.is_err() {
                return; // The server has had enough.
            }
        }
    };
    let listen = async move {
        let mut count = 0;
        while let Some(ack) = heard.recv().await {
            let ack = serde_json::from_slice(&ack).expect("acknowledgements are JSON");
            lock(&log).acks.get_or_insert_default().push(ack);
            count += 1;
            if script.hangs_up == Some(count) {
                return;
            }
            if script.ponders_ms > 0 {
                sleep(Duration::from_millis(script.ponders_ms)).await;
            }
        }
        lock(&log).listened = true;
    };
    tokio::join!(feed, listen, session.run(Incoming(incoming), Poll::Pending));
}

/// A request's body that is made up.
struct Incoming(mpsc::Receiver<Result<Bytes, Broken>>);

/// The peer is gone.
struct Broken;

impl http_body::Body for Incoming {
    type Data = Bytes;
    type Error = Broken;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Broken>>> {
        let next = self.0.poll_recv(cx);
        next.map(|bytes| bytes.map(|bytes| bytes.map(Frame::data)))
    }
}

/// Most calls of the store are quick, a few stall for seconds.
fn delays(seed: u64) -> Pause {
    let random = Mutex::new(Random(seed));
    Arc::new(move || {
        let drawn = lock(&random).below(3000);
        let ms = if drawn < 5 { 1000 * drawn } else { drawn % 16 };
        Box::pin(sleep(Duration::from_millis(ms)))
    })
}

/// Two streams that keep fragments and one that does not.
fn streams() -> Vec<Stream> {
    let stream = |id: u64, retention_hours| Stream {
        id: StreamId(id),
        account: AccountId::parse("123456789012").expect("an account id"),
        name: StreamName::parse(&format!("s{id}")).expect("a name"),
        creation_ms: START_MS,
        version: String::new(),
        status: StreamStatus::Active,
        device_name: None,
        media_type: None,
        kms_key_id: None,
        retention_hours,
        tier: StorageTier::Hot,
        tags: BTreeMap::new(),
        strictness: None,
    };
    vec![stream(1, 24), stream(2, 24), stream(3, 0)]
}

fn header() -> Bytes {
    let mut out = BytesMut::new();
    writer::ebml_header(&mut out, "matroska");
    writer::segment(&mut out);
    let info = Info {
        timestamp_scale_ns: 1_000_000,
        segment_uuid: None,
        muxing_app: "simulation",
        writing_app: "simulation",
    };
    writer::info(&mut out, &info);
    let track = media::frame::Track {
        number: 1,
        uid: 1,
        kind: media::frame::TrackKind::Video,
        // Of a codec that no finding is about: findings wait for the slow disk too.
        codec_id: "V_MPEG4/ISO/AVC".to_owned(),
        codec_private: Some(Bytes::from_static(&[1, 66, 192, 30])),
        name: None,
        default_duration_ns: None,
        video: None,
        audio: None,
    };
    writer::tracks(&mut out, &[track]);
    out.freeze()
}

/// A Cluster of one to three frames, of known size or not.
fn cluster(random: &mut Random, ticks: u64, tiny: bool) -> Bytes {
    let mut blocks = BytesMut::new();
    for n in 0..if tiny { 1 } else { 1 + random.below(3) } {
        let len = if tiny { 8 } else { random.below(2000) as u32 };
        let block = SimpleBlock {
            track: 1,
            relative: n as i16 * 100,
            key: true,
            invisible: false,
            discardable: false,
            payload_len: len,
        };
        block.put_header(&mut blocks);
        blocks.put_bytes(random.draw() as u8, len as usize);
    }
    let mut out = BytesMut::new();
    let sized = random.below(2) == 0;
    writer::cluster(&mut out, ticks, sized.then_some(blocks.len() as u64));
    out.extend_from_slice(&blocks);
    out.freeze()
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, 2014).
#[derive(Default)]
struct Random(u64);

impl Random {
    fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ z >> 31
    }

    fn below(&mut self, end: u64) -> u64 {
        self.draw() % end
    }
}

fn variable(name: &str, usual: u64) -> u64 {
    match std::env::var(name) {
        Ok(text) => text.parse().unwrap_or_else(|_| panic!("{name}: {text}")),
        Err(_) => usual,
    }
}

/// When the world begins, milliseconds since the epoch.
const START_MS: u64 = 1_700_000_000_000;

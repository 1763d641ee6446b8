//! Readers of a stream in virtual time.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use kvs::fragment::FragmentNumber;
use kvs::ingest::{ClosedFragment, NumberSource as _, OpenFragment};
use kvs::limits;
use kvs::name::StreamId;
use kvs::select::{StartSelector, TimeAxis};
use kvs::stream::Stream;
use media::mkv::writer;
use store::conformance::{closed, sample_stream};
use store::media::Class;
use store::{NewFragment, Store};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout};

use super::{PAGE, Reader};
use crate::clock::Clock;
use crate::config::Config;
use crate::hub::{LiveFragment, LiveNumbers, LiveStream};
use crate::server::{Alone, Server};

const NOW_MS: u64 = 1_700_000_000_000;
const ID: StreamId = StreamId(1);

struct Scene {
    alone: Alone,
    now_ms: Arc<AtomicU64>,
    stream: Stream,
}

impl Scene {
    /// A server with one stream that has so many fragments, a second apart.
    async fn with(stored: u64) -> Scene {
        let now_ms = Arc::new(AtomicU64::new(NOW_MS));
        let clock = Clock::Simulated(Arc::clone(&now_ms));
        let alone = Server::alone(Config::default(), clock, Store::memory());
        let stream = Stream {
            retention_hours: 24,
            ..sample_stream(ID.0, "s")
        };
        let store = &alone.server.store;
        store.create_stream(&stream).await.expect("a new name");
        let new = |n| NewFragment {
            stream: ID,
            class: Class(0),
            fragment: Arc::new(fragment(n, NOW_MS + n * 1000)),
        };
        for n in 1..=stored {
            let kept = store.append_fragments(vec![new(n)]).await;
            kept.expect("a fragment is stored");
        }
        Scene {
            alone,
            now_ms,
            stream,
        }
    }

    fn live(&self) -> Arc<LiveStream> {
        self.alone.server.hub.stream(ID)
    }

    /// A reader and what it sends.
    fn read(&self, start: StartSelector) -> (JoinHandle<()>, mpsc::Receiver<Bytes>) {
        let (slices, receiver) = mpsc::channel(1);
        let server = Arc::clone(&self.alone.server);
        let reader = Reader::new(server, ID, slices);
        let task = tokio::spawn(async move { reader.run(Ok(start)).await });
        (task, receiver)
    }

    async fn retain(&self, retention_hours: u32) {
        let new = Stream {
            retention_hours,
            ..self.stream.clone()
        };
        let replaced = self.alone.server.store.replace_stream(&self.stream, &new);
        replaced.await.expect("the stream stands");
    }
}

fn header() -> Bytes {
    let mut out = BytesMut::new();
    writer::ebml_header(&mut out, "matroska");
    writer::segment(&mut out);
    out.freeze()
}

fn fragment(sequence: u64, server_ms: u64) -> ClosedFragment {
    let mut fragment = closed(sequence, server_ms, server_ms as i64, 8);
    fragment.meta.header_len = header().len() as u32;
    fragment.header = header();
    fragment
}

/// A fragment of which one block has arrived.
fn open(live: &LiveStream, at_ms: u64) -> Arc<LiveFragment> {
    let head = OpenFragment {
        number: LiveNumbers(live).next(at_ms),
        producer_ms: at_ms as i64,
        header: header(),
    };
    let fragment = live.open(Arc::new(head));
    let part = Bytes::from_static(b"\x1f\x43\xb6\x75\xffblock");
    live.append(&fragment, vec![part], at_ms);
    fragment
}

fn close(live: &LiveStream, open: &LiveFragment, duration_ms: u32) -> ClosedFragment {
    let number = open.head.number;
    let mut closed = fragment(number.sequence, number.server_ms);
    closed.meta.number = number;
    closed.meta.duration_ms = duration_ms;
    live.close(open, &mut closed);
    closed
}

/// The numbers of the fragments that come until nothing has come for a second.
async fn numbers(receiver: &mut mpsc::Receiver<Bytes>) -> Vec<u64> {
    let mut found = Vec::new();
    let quiet = Duration::from_secs(1);
    while let Ok(Some(slice)) = timeout(quiet, receiver.recv()).await {
        let text = String::from_utf8_lossy(&slice).into_owned();
        // The tags in front of a fragment have its number and times, those behind it not.
        if let Some((_, rest)) = text.split_once("AWS_KINESISVIDEO_FRAGMENT_NUMBER") {
            let digits: String = rest.chars().filter(char::is_ascii_digit).take(47).collect();
            let number = FragmentNumber::parse(&digits);
            found.push(number.expect("a fragment number").sequence);
        }
    }
    found
}

async fn ends(task: JoinHandle<()>) {
    let ended = timeout(Duration::from_secs(60), task).await;
    ended.expect("it ends").expect("it does not panic");
}

#[tokio::test(start_paused = true)]
async fn a_reader_that_got_nothing_has_its_connection_looked_at() {
    let scene = Scene::with(0).await;
    let (_task, mut slices) = scene.read(StartSelector::Now);
    let began = Instant::now();
    for _ in 0..3 {
        assert_eq!(slices.recv().await, Some(Bytes::new()));
    }
    let expected = Duration::from_millis(3 * limits::MEDIA_SILENCE_MS);
    assert!(began.elapsed() >= expected);
    assert!(began.elapsed() <= expected + Duration::from_secs(10));
}

#[tokio::test(start_paused = true)]
async fn now_is_the_fragment_that_is_being_received_or_the_next() {
    let scene = Scene::with(0).await;
    let live = scene.live();
    let whole = open(&live, NOW_MS);
    close(&live, &whole, 900);
    let (_task, mut next) = scene.read(StartSelector::Now);
    assert_eq!(numbers(&mut next).await, Vec::<u64>::new());
    open(&live, NOW_MS + 1000);
    assert_eq!(numbers(&mut next).await, [2]);
    let (_task, mut this) = scene.read(StartSelector::Now);
    assert_eq!(numbers(&mut this).await, [2]);
}

#[tokio::test(start_paused = true)]
async fn deleting_a_stream_ends_a_reader_within_a_fragment() {
    let scene = Scene::with(0).await;
    let live = scene.live();
    let (task, mut slices) = scene.read(StartSelector::Now);
    open(&live, NOW_MS);
    assert_eq!(numbers(&mut slices).await, [1]);
    scene.alone.server.hub.remove(ID);
    ends(task).await;
}

#[tokio::test(start_paused = true)]
async fn a_reader_that_comes_during_the_deletion_ends() {
    let scene = Scene::with(0).await;
    let store = &scene.alone.server.store;
    let gone = store.delete_stream(&scene.stream).await;
    gone.expect("the stream stands");
    scene.alone.server.hub.remove(ID);
    let (task, _slices) = scene.read(StartSelector::Now);
    ends(task).await;
}

#[tokio::test(start_paused = true)]
async fn deleting_a_stream_ends_a_reader_of_its_archive() {
    let scene = Scene::with(PAGE as u64).await;
    let (task, mut slices) = scene.read(StartSelector::Earliest);
    slices.recv().await.expect("the first header");
    scene.alone.server.hub.remove(ID);
    // What was under way: the fragment that was being sent.
    assert_eq!(numbers(&mut slices).await, [1]);
    ends(task).await;
}

#[tokio::test(start_paused = true)]
async fn a_time_in_the_buffer_is_where_reading_begins() {
    let scene = Scene::with(0).await;
    let live = scene.live();
    for n in 0..3 {
        let fragment = open(&live, NOW_MS + n * 1000);
        close(&live, &fragment, 1000);
    }
    for axis in [TimeAxis::Server, TimeAxis::Producer] {
        let from = |ms: u64| StartSelector::At(axis, (NOW_MS + ms) as i64);
        let (_task, mut slices) = scene.read(from(1500));
        assert_eq!(numbers(&mut slices).await, [2, 3]);
        let (_task, mut slices) = scene.read(from(60_000));
        assert_eq!(numbers(&mut slices).await, [0_u64; 0]);
    }
}

#[tokio::test(start_paused = true)]
async fn the_first_fragment_of_all_is_not_lost_to_the_store() {
    let scene = Scene::with(0).await;
    let (_task, mut slices) = scene.read(StartSelector::At(TimeAxis::Server, NOW_MS as i64));
    assert_eq!(numbers(&mut slices).await, [0_u64; 0]);
    // It is stored before the reader gets to look.
    let live = scene.live();
    let open = open(&live, NOW_MS);
    let new = NewFragment {
        stream: ID,
        class: Class(0),
        fragment: Arc::new(close(&live, &open, 1000)),
    };
    let store = &scene.alone.server.store;
    store
        .append_fragments(vec![new])
        .await
        .expect("it is stored");
    live.stored(open.head.number);
    assert_eq!(numbers(&mut slices).await, [1]);
}

#[tokio::test(start_paused = true)]
async fn retention_is_what_it_is_when_a_fragment_is_sent() {
    let scene = Scene::with(PAGE as u64 + 5).await;
    let (_task, mut slices) = scene.read(StartSelector::Earliest);
    slices.recv().await.expect("the first header");
    let later_ms = NOW_MS + 2 * 3_600_000;
    scene.now_ms.store(later_ms, Ordering::Relaxed);
    scene.retain(1).await;
    // Those that were looked up before, and none of the next page.
    assert_eq!(numbers(&mut slices).await.len(), PAGE);
}

//! Which fragment comes next, and what stays in memory.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use kvs::fragment::{Cut, FragmentMeta, FragmentNumber};
use kvs::ingest::{NumberSource, OpenFragment};
use kvs::limits;
use kvs::name::StreamId;
use kvs::select::TimeAxis;
use store::conformance::closed;

use super::{
    FRAGMENT_OVERHEAD_BYTES, FragmentState, Hub, LiveFragment, LiveNumbers, LiveStream, Next,
    Timeline,
};

const NOW_MS: u64 = 1_700_000_000_000;

fn draw(live: &LiveStream) -> FragmentNumber {
    LiveNumbers(live).next(NOW_MS)
}

fn open(live: &LiveStream, number: FragmentNumber) -> Arc<LiveFragment> {
    live.open(Arc::new(OpenFragment {
        number,
        producer_ms: 0,
        header: Bytes::new(),
    }))
}

fn close(live: &LiveStream, fragment: &LiveFragment) {
    close_with(live, fragment, Vec::new());
}

fn close_with(live: &LiveStream, fragment: &LiveFragment, trailer: Vec<Bytes>) {
    let number = fragment.head.number;
    let mut closed = closed(number.sequence, number.server_ms, 0, 1);
    closed.trailer = trailer;
    live.close(fragment, &mut closed);
}

/// What comes next, as text.
fn next(live: &LiveStream, after: FragmentNumber, now_ms: u64) -> String {
    let name = |number: FragmentNumber| number.sequence.to_string();
    match live.next(&after, now_ms) {
        Next::Live(fragment) => format!("live {}", name(fragment.head.number)),
        Next::Stored { before, then } => {
            let then = then.map(|fragment| fragment.head.number);
            format!(
                "stored before {:?} then {:?}",
                before.map(name),
                then.map(name)
            )
        }
        Next::Nothing => "nothing".to_owned(),
        Next::Gone => "gone".to_owned(),
    }
}

const ZERO: FragmentNumber = FragmentNumber::ZERO;

#[test]
fn a_number_that_is_drawn_comes_before_later_ones() {
    let live = LiveStream::new(Arc::default());
    let (first, second) = (draw(&live), draw(&live));
    let late = open(&live, second);
    // The connection that drew first has not opened its fragment yet.
    assert_eq!(next(&live, ZERO, NOW_MS), "nothing");
    assert_eq!(live.first_after(&ZERO), Some(first));
    close(&live, &late);
    live.stored(second);
    assert_eq!(
        next(&live, ZERO, NOW_MS),
        "stored before Some(\"1\") then None"
    );
    open(&live, first);
    assert_eq!(
        next(&live, ZERO, NOW_MS),
        "stored before Some(\"1\") then Some(\"1\")"
    );
    assert_eq!(next(&live, first, NOW_MS), "stored before None then None");
    assert_eq!(next(&live, second, NOW_MS), "nothing");
}

#[test]
fn fragments_opened_out_of_order_are_in_order() {
    let live = LiveStream::new(Arc::default());
    let (first, second) = (draw(&live), draw(&live));
    open(&live, second);
    open(&live, first);
    let numbers: Vec<_> = live.fragments().iter().map(|f| f.head.number).collect();
    assert_eq!(numbers, [first, second]);
}

#[test]
fn a_stalled_fragment_is_passed_only_for_newer_ones() {
    let live = LiveStream::new(Arc::default());
    let later = NOW_MS + limits::STALLED_MS + 1;
    let stalled = open(&live, draw(&live));
    assert_eq!(next(&live, ZERO, later), "live 1");
    assert!(!live.has_passed(&stalled, later));
    let second = open(&live, draw(&live));
    live.append(&second, Vec::new(), later);
    assert_eq!(next(&live, ZERO, later), "live 2");
    assert!(live.has_passed(&stalled, later));
    assert!(!live.has_passed(&stalled, NOW_MS));
    // The newer one may have gone to the store already.
    live.stored(second.head.number);
    assert!(live.has_passed(&stalled, later));
    assert_eq!(next(&live, ZERO, later), "stored before None then None");
}

#[test]
fn an_open_fragment_keeps_no_others_in_memory() {
    let live = LiveStream::new(Arc::default());
    open(&live, draw(&live));
    for _ in 0..3 {
        let fragment = open(&live, draw(&live));
        live.append(&fragment, vec![Bytes::from(vec![0; 90_000_000])], NOW_MS);
        close(&live, &fragment);
        live.keep(NOW_MS);
    }
    let kept: Vec<_> = live
        .fragments()
        .iter()
        .map(|f| f.head.number.sequence)
        .collect();
    assert_eq!(kept, [1, 3, 4]);
    live.keep(NOW_MS + limits::BUFFER_MS_MAX + 1);
    assert_eq!(live.fragments().len(), 1);
}

#[test]
fn what_completes_late_moves_nothing() {
    let mut timeline = Timeline::default();
    let mut placed = |sequence: u64, session, producer_ms| {
        let cut = Some(Cut {
            frame: 0,
            relative: 0,
        });
        let mut meta = FragmentMeta {
            session,
            cut,
            duration_ms: 1000,
            ..closed(sequence, sequence, producer_ms, 100).meta
        };
        timeline.place(&mut meta);
        (meta.ordinal, meta.breaks)
    };
    assert_eq!(placed(1, 1, 0), (0, 0));
    // The camera reconnects while its old connection, with the second fragment, is silent.
    assert_eq!(placed(1001, 1001, 2000), (1, 1));
    assert_eq!(placed(1002, 1001, 3000), (2, 1));
    assert_eq!(placed(2, 1, 1000), (3, 1));
    assert_eq!(placed(1003, 1001, 4000), (3, 1));
}

#[test]
fn a_stream_whose_numbers_are_not_set_aside_is_not_swept() {
    let hub = Hub::default();
    let live = hub.stream(StreamId(1));
    let number = draw(&live);
    drop(open(&live, number));
    live.forget(number);
    drop(live);
    hub.sweep(NOW_MS);
    assert_eq!(hub.len(), 1, "the number would be handed out again");
    let live = hub.stream(StreamId(1));
    live.set_aside(number.sequence);
    drop(live);
    hub.sweep(NOW_MS);
    assert!(hub.is_empty());
}

#[test]
fn streams_without_retention_share_one_bound() {
    let buffered = Arc::new(AtomicUsize::new(limits::BUFFERS_BYTES_MAX - 1000));
    let live = LiveStream::new(Arc::clone(&buffered));
    for _ in 0..3 {
        let number = draw(&live);
        let fragment = open(&live, number);
        live.append(&fragment, vec![Bytes::from_static(&[0; 60])], NOW_MS);
        close(&live, &fragment);
        live.keep(NOW_MS);
    }
    // Each costs 60 bytes and what every fragment costs, of the 1000 that others left.
    assert_eq!(live.fragments().len(), 1);
    assert_eq!(
        buffered.load(Ordering::Relaxed),
        limits::BUFFERS_BYTES_MAX - 1000 + 60 + FRAGMENT_OVERHEAD_BYTES
    );
}

#[test]
fn all_that_a_fragment_costs_counts() {
    let live = LiveStream::new(Arc::default());
    let trailer = vec![Bytes::from(vec![0; limits::TRAILER_BYTES_MAX as usize])];
    for _ in 0..300 {
        let fragment = open(&live, draw(&live));
        live.append(&fragment, vec![Bytes::from_static(&[0; 12])], NOW_MS);
        close_with(&live, &fragment, trailer.clone());
        live.keep(NOW_MS);
    }
    let kept = live.fragments().len();
    assert_eq!(
        kept,
        limits::BUFFER_BYTES_MAX / (trailer[0].len() + 12 + FRAGMENT_OVERHEAD_BYTES)
    );
}

#[test]
fn tiny_fragments_are_counted() {
    let live = LiveStream::new(Arc::default());
    for _ in 0..limits::BUFFER_FRAGMENTS_MAX + 5 {
        let fragment = open(&live, draw(&live));
        close(&live, &fragment);
        live.keep(NOW_MS);
    }
    let kept = live.fragments();
    assert_eq!(kept.len(), limits::BUFFER_FRAGMENTS_MAX);
    assert_eq!(kept[0].head.number.sequence, 6);
}

#[test]
fn deleting_a_stream_ends_the_fragments_in_it() {
    let hub = Hub::default();
    let live = hub.stream(StreamId(1));
    let number = draw(&live);
    let fragment = open(&live, number);
    live.append(&fragment, vec![Bytes::from_static(&[0; 12])], NOW_MS);
    hub.remove(StreamId(1));
    assert_eq!(fragment.read(0), (Vec::new(), FragmentState::Dropped));
    // Its connection does not know yet.
    live.append(&fragment, vec![Bytes::from_static(&[0; 12])], NOW_MS);
    close(&live, &fragment);
    assert_eq!(fragment.read(0), (Vec::new(), FragmentState::Dropped));
    live.forget(number);
    assert_eq!(live.buffered.load(Ordering::Relaxed), 0);
}

#[test]
fn producer_times_at_the_end_of_time_are_placed() {
    let live = LiveStream::new(Arc::default());
    for producer_ms in [i64::MIN, i64::MAX, i64::MAX] {
        let fragment = open(&live, draw(&live));
        let number = fragment.head.number;
        let mut closed = closed(number.sequence, number.server_ms, producer_ms, 1);
        live.close(&fragment, &mut closed);
    }
}

#[test]
fn a_time_is_found_among_what_is_live() {
    let live = LiveStream::new(Arc::default());
    let open_at = |ms| open(&live, LiveNumbers(&live).next(NOW_MS + ms));
    for ms in [0, 1000, 5000] {
        let fragment = open_at(ms);
        let number = fragment.head.number;
        let mut closed = closed(number.sequence, number.server_ms, 0, 1);
        closed.meta.duration_ms = 1000;
        live.close(&fragment, &mut closed);
    }
    let at = |ms: u64| {
        let found = live.containing(TimeAxis::Server, (NOW_MS + ms) as i64);
        found.map(|number| number.sequence)
    };
    assert_eq!(
        [at(999), at(1000), at(3000), at(5999)].map(Option::unwrap),
        [1, 2, 3, 3]
    );
    assert_eq!(at(6000), None);
    open_at(6000);
    assert_eq!(at(60_000), Some(4), "it may last that long");
}

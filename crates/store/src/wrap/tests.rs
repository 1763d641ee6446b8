//! The wrappers, and the tables under failures.

use std::collections::BTreeSet;
use std::sync::Arc;

use kvs::name::StreamId;

use super::{Faults, Faulty, Meter, Metered, Rates};
use crate::blocking::block_on;
use crate::conformance::{self, closed, sample_stream};
use crate::memory::{MemoryMedia, MemoryMeta};
use crate::{Class, FragmentRange, Kek, NewFragment, Origin, Store, StoreError};

const ID: StreamId = StreamId(1);

fn faulty(seed: u64) -> (Store, Arc<Faults>) {
    let faults = Faults::new(seed, Rates::default());
    let store = Store::new(
        Arc::new(Faulty::new(MemoryMeta::default(), faults.clone())),
        Arc::new(Faulty::new(MemoryMedia::default(), faults.clone())),
        Kek::new([1; 32]),
    );
    (store, faults)
}

fn new(sequence: u64) -> NewFragment {
    NewFragment {
        stream: ID,
        class: Class((sequence % 2) as u8),
        fragment: Arc::new(closed(sequence, sequence, -1, 100)),
    }
}

#[test]
fn wrapped_stores_conform() {
    let faults = Faults::new(1, Rates::default());
    block_on(conformance::meta(&Faulty::new(
        MemoryMeta::default(),
        faults.clone(),
    )));
    block_on(conformance::media(&Faulty::new(
        MemoryMedia::default(),
        faults,
    )));
    block_on(conformance::run(&faulty(1).0));
    let meter = Arc::<Meter>::default();
    block_on(conformance::meta(&Metered::new(
        MemoryMeta::default(),
        meter.clone(),
    )));
    block_on(conformance::media(&Metered::new(
        MemoryMedia::default(),
        meter.clone(),
    )));
    block_on(conformance::run(&Store::new(
        Arc::new(Metered::new(MemoryMeta::default(), meter.clone())),
        Arc::new(Metered::new(MemoryMedia::default(), meter.clone())),
        Kek::new([1; 32]),
    )));
    for method in ["get", "scan", "commit", "append", "read", "free", "list"] {
        assert!(meter.calls(method) > 0, "{method}");
    }
    assert!(meter.bytes_written() > 300_000);
    assert!(meter.bytes_read() > 300_000);
    assert!(meter.bytes_freed() > 10_000);
}

#[test]
fn a_page_of_either_clock_is_one_scan() {
    let meter = Arc::<Meter>::default();
    let store = Store::new(
        Arc::new(Metered::new(MemoryMeta::default(), meter.clone())),
        Arc::new(Metered::new(MemoryMedia::default(), meter.clone())),
        Kek::new([1; 32]),
    );
    block_on(store.create_stream(&sample_stream(1, "a"))).unwrap();
    let batch = (1..=1000).map(new).collect();
    let commits = meter.calls("commit");
    block_on(store.append_fragments(batch)).unwrap();
    // One append per class and one commit for all.
    assert_eq!(meter.calls("append"), 2);
    assert_eq!(meter.calls("commit"), commits + 1);
    for origin in [Origin::Producer, Origin::Server] {
        let (scans, gets) = (meter.calls("scan"), meter.calls("get"));
        let range = FragmentRange {
            origin,
            start_ms: -1,
            end_ms: 1000,
            after: None,
            reverse: false,
            limit: 1000,
        };
        assert_eq!(block_on(store.fragments(ID, range)).unwrap().len(), 1000);
        assert_eq!(meter.calls("scan"), scans + 1);
        assert_eq!(meter.calls("get"), gets);
    }
}

#[test]
fn a_full_store_keeps_nothing_and_recovers() {
    let (store, faults) = faulty(3);
    block_on(store.create_stream(&sample_stream(1, "a"))).unwrap();
    block_on(store.append_fragments(vec![new(1)])).unwrap();
    let extents = block_on(store.extents()).unwrap();
    // Half of the calls fail: sometimes an append, sometimes the commit after it.
    faults.set(Rates {
        full: 1 << 15,
        ..Rates::default()
    });
    let mut fulls = 0;
    for _ in 0..50 {
        match block_on(store.append_fragments(vec![new(2), new(3)])) {
            Err(StoreError::Full) => fulls += 1,
            Ok(()) => {
                block_on(store.expire(ID, 4, 9)).ok();
                break;
            }
            Err(error) => panic!("{error}"),
        }
        assert_eq!(block_on(store.extents()).unwrap(), extents);
        assert_eq!(
            block_on(store.fragments_after(ID, None, 9)).unwrap().len(),
            1
        );
    }
    assert!(fulls > 0);
    faults.set(Rates::default());
    block_on(store.append_fragments(vec![new(5)])).unwrap();
}

/// Whatever fails: what was answered with Ok is there and can be read, both orders
/// list the same, and after the failures everything can be taken away to the last byte
/// but for records whose commit was in doubt.
#[test]
fn failures_leave_no_row_without_media() {
    for seed in 0..30 {
        let (store, faults) = faulty(seed);
        block_on(store.create_stream(&sample_stream(1, "a"))).unwrap();
        faults.set(Rates {
            before: 6000,
            after: 6000,
            full: 6000,
        });
        let (mut acknowledged, mut expired) = (BTreeSet::new(), 0);
        for round in 1..60_u64 {
            let batch = vec![new(2 * round), new(2 * round + 1)];
            if block_on(store.append_fragments(batch)).is_ok() {
                acknowledged.extend([2 * round, 2 * round + 1]);
            }
            if round % 10 == 0 {
                expired = round;
                // Failing half-way is part of the test.
                let _any = block_on(store.expire(ID, expired, 1000));
            }
        }
        faults.set(Rates::default());
        let rows = block_on(store.fragments_after(ID, None, 1000)).unwrap();
        let range = FragmentRange {
            origin: Origin::Producer,
            start_ms: i64::MIN,
            end_ms: i64::MAX,
            after: None,
            reverse: false,
            limit: 1000,
        };
        assert_eq!(
            block_on(store.fragments(ID, range)).unwrap(),
            rows,
            "seed {seed}"
        );
        for row in &rows {
            block_on(store.read_fragment(ID, row)).unwrap();
            acknowledged.remove(&row.meta.number.sequence);
        }
        assert!(acknowledged.iter().all(|&sequence| sequence < expired));
        block_on(store.finish_frees()).unwrap();
        block_on(store.expire(ID, u64::MAX, 1000)).unwrap();
        assert_eq!(block_on(store.last_fragment(ID)).unwrap(), None);
        assert_eq!(block_on(store.finish_frees()).unwrap(), 0);
    }
}

#[test]
fn the_same_seed_fails_alike() {
    let outcomes = |seed| {
        let (store, faults) = faulty(seed);
        block_on(store.create_stream(&sample_stream(1, "a"))).unwrap();
        faults.set(Rates {
            before: 20_000,
            after: 20_000,
            full: 0,
        });
        let run = |n| block_on(store.begin_session(ID, n)).is_ok();
        (0..100).map(run).collect::<Vec<bool>>()
    };
    assert_eq!(outcomes(5), outcomes(5));
    assert_ne!(outcomes(5), outcomes(6));
    assert!(outcomes(5).contains(&true) && outcomes(5).contains(&false));
}

//! What every store must do, as functions that panic where one does not.
//!
//! Each back end and each wrapper runs all of them in its tests, so that the tables
//! above the waists need to be tested on one only and still hold on all.

mod audit;
mod hours;
pub(crate) mod identities;
pub(crate) mod iot;
mod session_claims;
pub(crate) mod signups;
mod tables;

use bytes::Bytes;
use kvs::fragment::FragmentNumber;
use kvs::name::StreamId;

use crate::media::{Class, MediaStore, Record, Span};
use crate::meta::{Batch, Check, MetaStore, Scan};
use crate::{StoreError, record};

pub use tables::{closed, run, sample_stream};

/// The metadata waist, on a store without entries.
pub async fn meta(store: &dyn MetaStore) {
    let key = |text: &'static str| Bytes::from_static(text.as_bytes());
    assert_eq!(get(store, &["a", "b"]).await, [None, None]);
    let put = |pairs: &[(&'static str, &'static str)]| Batch {
        puts: pairs.iter().map(|&(k, v)| (key(k), key(v))).collect(),
        ..Batch::default()
    };
    let pairs = [
        ("a", "1"),
        ("b", ""),
        ("b\0", "2"),
        ("c", "3"),
        ("\u{7f}", "4"),
    ];
    store.commit(put(&pairs)).await.expect("a plain commit");
    assert_eq!(
        get(store, &["c", "x", "b"]).await,
        [Some("3".into()), None, Some(String::new())]
    );
    for (start, end, limit) in [
        ("a", "c", 9),
        ("a", "c\0", 2),
        ("b", "c", 9),
        ("b\0", "c", 9),
        ("c", "c", 9),
        ("d", "b", 9),
        ("a", "\u{7f}\u{7f}", 9),
        ("a", "c", 0),
    ] {
        for reverse in [false, true] {
            let scan = Scan {
                start: key(start),
                end: key(end),
                reverse,
                limit,
            };
            let found = store.scan(scan).await.expect("a scan");
            let mut expected: Vec<(Bytes, Bytes)> = pairs
                .iter()
                .filter(|(at, _)| (start..end).contains(at))
                .map(|&(at, value)| (key(at), key(value)))
                .collect();
            if reverse {
                expected.reverse();
            }
            expected.truncate(limit);
            assert_eq!(found, expected, "{start:?}..{end:?} reverse {reverse}");
        }
    }
    conditions(store).await;
    counters(store).await;
}

async fn counters(store: &dyn MetaStore) {
    let (tally, other) = (Bytes::from_static(b"tally"), Bytes::from_static(b"other"));
    let add = |by, checks| Batch {
        checks,
        adds: vec![(tally.clone(), by)],
        ..Batch::default()
    };
    let expect = async |count: u64| {
        let value = store.get(std::slice::from_ref(&tally)).await;
        let value = value.expect("a read").remove(0).expect("a counter");
        assert_eq!(record::decode_number(&value).expect("a number"), count);
    };
    store.commit(add(2, Vec::new())).await.expect("a new one");
    expect(2).await;
    for check in [Check::Absent(tally.clone()), Check::Below(tally.clone(), 2)] {
        let refused = store.commit(add(5, vec![check]));
        assert!(matches!(refused.await, Err(StoreError::Conflict)));
        expect(2).await;
    }
    let room = vec![
        Check::Below(tally.clone(), 3),
        Check::Below(other.clone(), 1),
    ];
    store.commit(add(0, room)).await.expect("below");
    expect(2).await;
    // Twice in a batch counts twice.
    let twice = Batch {
        adds: vec![
            (tally.clone(), 300),
            (tally.clone(), -1),
            (other.clone(), 1),
        ],
        ..Batch::default()
    };
    store.commit(twice).await.expect("additions");
    expect(301).await;
    store.commit(add(-302, Vec::new())).await.expect("less");
    expect(0).await;
    let undo = Batch {
        deletes: vec![tally.clone(), other],
        ..Batch::default()
    };
    store.commit(undo).await.expect("a plain commit");
}

async fn conditions(store: &dyn MetaStore) {
    let key = |text: &'static str| Bytes::from_static(text.as_bytes());
    for (checks, holds) in [
        (vec![Check::Absent(key("a"))], false),
        (vec![Check::Absent(key("new"))], true),
        (vec![Check::Equals(key("a"), key("1"))], true),
        (vec![Check::Equals(key("a"), key("2"))], false),
        (vec![Check::Equals(key("none"), key(""))], false),
        (vec![Check::Equals(key("b"), key(""))], true),
        (
            vec![Check::Equals(key("a"), key("1")), Check::Absent(key("c"))],
            false,
        ),
    ] {
        let batch = Batch {
            checks: checks.clone(),
            puts: vec![(key("out"), key("put"))],
            deletes: vec![key("b\0"), key("never there")],
            ..Batch::default()
        };
        let result = store.commit(batch).await;
        assert_eq!(result.is_ok(), holds, "{checks:?}");
        let after = get(store, &["out", "b\0"]).await;
        if holds {
            assert_eq!(after, [Some("put".into()), None], "{checks:?}");
        } else {
            assert!(matches!(result, Err(StoreError::Conflict)), "{result:?}");
            assert_eq!(after, [None, Some("2".into())], "{checks:?}");
        }
        let undo = Batch {
            puts: vec![(key("b\0"), key("2"))],
            deletes: vec![key("out")],
            ..Batch::default()
        };
        store.commit(undo).await.expect("a plain commit");
    }
}

async fn get(store: &dyn MetaStore, keys: &[&'static str]) -> Vec<Option<String>> {
    let keys: Vec<Bytes> = keys
        .iter()
        .map(|key| Bytes::from_static(key.as_bytes()))
        .collect();
    let values = store.get(&keys).await.expect("a read");
    let text = |value: Bytes| String::from_utf8_lossy(&value).into_owned();
    values.into_iter().map(|value| value.map(text)).collect()
}

/// The media waist, on a store without extents.
pub async fn media(store: &dyn MediaStore) {
    let sizes = [1, 100, 4000, 4096, 70_000];
    let records = |seed: u8| {
        let sizes = sizes.iter().zip(0..);
        let record = move |(&len, at)| record(seed.wrapping_add(at), len);
        sizes.map(record).collect::<Vec<_>>()
    };
    let first = append(store, Class(1), records(10)).await;
    let second = append(store, Class(2), records(50)).await;
    let spans: Vec<Span> = first.iter().chain(&second).copied().collect();
    let read_all = async |expect_gone: &[usize]| {
        for (at, &span) in spans.iter().enumerate() {
            if expect_gone.contains(&at) {
                let result = store.read(span).await;
                assert!(result.is_err(), "record {at} was freed");
                continue;
            }
            let bytes = store.read(span).await.expect("a record is there");
            let seed = if at < 5 { 10 + at } else { 45 + at } as u8;
            assert!(bytes == pattern(seed, sizes[at % 5])[..], "record {at}");
        }
    };
    read_all(&[]).await;
    assert!(!store.list().await.expect("a list").is_empty());
    // A record that cannot be produced takes its whole batch with it.
    let mut broken = records(90);
    broken[3].fill = Box::new(|_| Err(StoreError::Unavailable("as the test wants".into())));
    let result = store.append(Class(1), broken).await;
    assert!(matches!(result, Err(StoreError::Unavailable(_))));
    read_all(&[]).await;
    store.free(vec![spans[1], spans[7]]).await.expect("a free");
    read_all(&[1, 7]).await;
    store.free(vec![spans[1], spans[2]]).await.expect("again");
    read_all(&[1, 2, 7]).await;
    // Freed places are not handed out again.
    let third = append(store, Class(1), records(10)).await;
    assert!(third.iter().all(|span| !spans.contains(span)));
    assert!(append(store, Class(1), Vec::new()).await.is_empty());
}

async fn append(store: &dyn MediaStore, class: Class, records: Vec<Record>) -> Vec<Span> {
    store.append(class, records).await.expect("an append")
}

fn record(seed: u8, len: u32) -> Record {
    Record {
        stream: StreamId(seed.into()),
        number: FragmentNumber {
            sequence: seed.into(),
            server_ms: 1,
            random: 2,
        },
        len,
        fill: Box::new(move |out| {
            out.copy_from_slice(&pattern(seed, len));
            Ok(())
        }),
    }
}

fn pattern(seed: u8, len: u32) -> Vec<u8> {
    (0..len).map(|at| seed ^ (at % 251) as u8).collect()
}

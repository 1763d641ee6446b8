//! The tables over any pair of back ends.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use kvs::account::{AccessKey, Account, AccountState, Principal};
use kvs::fragment::{
    Cut, FragmentMeta, FragmentNumber, FrameIndex, IndexEntry, TrackKind, TrackSpan,
};
use kvs::iam::EntityId;
use kvs::ingest::ClosedFragment;
use kvs::ingest::ack::AckError;
use kvs::ingest::finding::Finding;
use kvs::name::{AccountId, StreamId, StreamName};
use kvs::stream::{StorageTier, Stream, StreamStatus, Strictness};

use crate::media::Class;
use crate::{FragmentRange, NewFragment, Origin, Store, StoreError, StoredFragment};

/// All tables, on a new store.
pub async fn run(store: &Store) {
    streams(store).await;
    accounts(store).await;
    secrets(store).await;
    super::identities::check(store).await;
    super::signups::check(store).await;
    super::audit::check(store).await;
    super::session_claims::check(store).await;
    super::iot::check(store).await;
    super::hours::check(store).await;
    sessions(store).await;
    fragments(store).await;
    lists(store).await;
    expiry(store).await;
    deletion(store).await;
    findings(store).await;
}

/// A stream with every field set.
pub fn sample_stream(id: u64, name: &str) -> Stream {
    Stream {
        id: StreamId(id),
        account: account_id("123456789012"),
        name: StreamName::parse(name).expect("a valid name"),
        creation_ms: 1_700_000_000_000,
        version: "abcdefghij0123456789".into(),
        status: StreamStatus::Active,
        device_name: Some("door".into()),
        media_type: None,
        kms_key_id: Some(String::new()),
        retention_hours: 24,
        tier: StorageTier::Warm,
        tags: BTreeMap::from([("place".into(), "hall".into()), ("x".into(), String::new())]),
        strictness: Some(Strictness::Strict),
    }
}

/// A fragment with `size` bytes of media.
pub fn closed(sequence: u64, server_ms: u64, producer_ms: i64, size: usize) -> ClosedFragment {
    let cluster: Vec<u8> = (0..size).map(|at| (at as u64 ^ sequence) as u8).collect();
    let cluster = Bytes::from(cluster);
    let half = size / 2;
    let trailer = Bytes::from_static(b"tags");
    let header = Bytes::from_static(b"header of the connection");
    ClosedFragment {
        meta: FragmentMeta {
            number: FragmentNumber {
                sequence,
                server_ms,
                random: (sequence * 7919) as u32 & 0x0fff_ffff,
            },
            producer_ms,
            timestamp_scale_ns: 1_000_000,
            timecode: producer_ms.cast_unsigned(),
            duration_ms: 2000,
            header_len: header.len() as u32,
            cluster_len: size as u32,
            trailer_len: trailer.len() as u32,
            session: sequence / 1000 * 1000 + 1,
            codec_digest: u64::MAX - 5,
            ordinal: sequence,
            breaks: 1,
            cut: (!sequence.is_multiple_of(3)).then_some(Cut {
                frame: 1,
                relative: -40,
            }),
            tracks: vec![TrackSpan {
                number: 1,
                kind: TrackKind::Video,
                first: -40,
                last: 1960,
                frames: 2,
                bytes: size as u32,
            }],
            aligned: sequence.is_multiple_of(2),
        },
        header,
        cluster: vec![cluster.slice(..half), cluster.slice(half..)],
        trailer: vec![trailer],
        index: index(size as u32),
    }
}

fn index(size: u32) -> FrameIndex {
    [(0, size / 2, true), (size / 2, size - size / 2, false)]
        .map(|(offset, len, key)| IndexEntry {
            track: 1,
            offset,
            len,
            relative: -40,
            duration: 2,
            key,
        })
        .to_vec()
}

fn account_id(text: &str) -> AccountId {
    AccountId::parse(text).expect("12 digits")
}

async fn create(store: &Store, id: u64, name: &str) -> StreamId {
    let stream = sample_stream(id, name);
    store.create_stream(&stream).await.expect("a new name");
    stream.id
}

async fn append(store: &Store, id: StreamId, fragments: Vec<ClosedFragment>) {
    let result = store.append_fragments(batch(id, fragments)).await;
    result.expect("an append");
}

fn batch(stream: StreamId, fragments: Vec<ClosedFragment>) -> Vec<NewFragment> {
    let new = |(class, fragment)| NewFragment {
        stream,
        class: Class(class),
        fragment: Arc::new(fragment),
    };
    let classes = [0, 1].into_iter().cycle();
    classes.zip(fragments).map(new).collect()
}

async fn streams(store: &Store) {
    let account = account_id("123456789012");
    let stream = sample_stream(1, "hall");
    assert_eq!(store.stream_count(account).await.expect("count"), 0);
    store.create_stream(&stream).await.expect("a new name");
    for again in [sample_stream(2, "hall"), sample_stream(1, "other")] {
        let result = store.create_stream(&again).await;
        assert!(matches!(result, Err(StoreError::Conflict)), "{result:?}");
    }
    let found = store.stream(account, &stream.name).await.expect("read");
    assert_eq!(found.as_ref(), Some(&stream));
    let found = store.stream_by_id(stream.id).await.expect("read");
    assert_eq!(found.as_ref(), Some(&stream));
    assert_eq!(store.stream_by_id(StreamId(9)).await.expect("read"), None);
    let changed = Stream {
        version: "b".repeat(20),
        retention_hours: 0,
        ..stream.clone()
    };
    store.replace_stream(&stream, &changed).await.expect("one");
    let result = store.replace_stream(&stream, &changed).await;
    assert!(matches!(result, Err(StoreError::Conflict)), "{result:?}");
    let found = store.stream_by_id(stream.id).await.expect("read");
    assert_eq!(found.as_ref(), Some(&changed));
    for (id, name) in [(3, "Hall"), (4, "hall-2"), (5, "hall.3"), (6, "yard")] {
        create(store, id, name).await;
    }
    let other = Stream {
        account: account_id("123456789013"),
        ..sample_stream(7, "hall")
    };
    store.create_stream(&other).await.expect("another account");
    let list = async |prefix: &str, after: Option<&str>, limit| {
        let after = after.and_then(StreamName::parse);
        let streams = store.streams(account, prefix, after.as_ref(), limit).await;
        let names = streams.expect("a list").into_iter();
        let names: Vec<String> = names.map(|stream| stream.name.to_string()).collect();
        names.join(" ")
    };
    assert_eq!(list("", None, 9).await, "Hall hall hall-2 hall.3 yard");
    assert_eq!(list("", None, 2).await, "Hall hall");
    assert_eq!(list("", Some("hall"), 2).await, "hall-2 hall.3");
    assert_eq!(list("hall", None, 9).await, "hall hall-2 hall.3");
    assert_eq!(list("hall", Some("Hall"), 1).await, "hall");
    assert_eq!(list("hall", Some("hall.3"), 9).await, "");
    assert_eq!(store.stream_count(account).await.expect("count"), 5);
    store.delete_stream(&stream).await.expect("it is there");
    let result = store.delete_stream(&stream).await;
    assert!(matches!(result, Err(StoreError::NotFound)), "{result:?}");
    assert_eq!(store.stream_by_id(stream.id).await.expect("read"), None);
    assert_eq!(store.stream_count(account).await.expect("count"), 4);
    create(store, 8, "hall").await;
}

async fn accounts(store: &Store) {
    let account = |id: &str, email: &str| Account {
        id: account_id(id),
        email: email.into(),
        name: "Example".into(),
        created_ms: 5,
        root_password_hash: Some("$argon2id$x".into()),
        state: AccountState::Active,
        phone: None,
        email_verified: true,
        phone_verified: false,
    };
    let first = account("000000000001", "A@example.com");
    store.put_account(&first).await.expect("a new account");
    let second = account("000000000002", "a@EXAMPLE.com");
    let result = store.put_account(&second).await;
    assert!(matches!(result, Err(StoreError::Conflict)), "{result:?}");
    let moved = Account {
        email: "new@example.com".into(),
        root_password_hash: None,
        ..first.clone()
    };
    store.put_account(&moved).await.expect("a change");
    store.put_account(&second).await.expect("a free address");
    let found = store.account(first.id).await.expect("read");
    assert!(found.as_ref() == Some(&moved));
    for (email, owner) in [("New@example.com", &moved), ("a@example.com", &second)] {
        let found = store.account_by_email(email).await.expect("read");
        assert!(found.as_ref() == Some(owner), "{email}");
    }
    let all = store.accounts(None, 9).await.expect("a list");
    assert!(all == [moved.clone(), second.clone()]);
    let rest = store.accounts(Some(moved.id), 9).await.expect("a list");
    assert!(rest == [second.clone()]);

    let key = AccessKey {
        id: "AKIDEXAMPLE".into(),
        account: moved.id,
        principal: Principal::User(EntityId::new("AIDAOPERATOR")),
        secret: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".into(),
        created_ms: 6,
        active: true,
    };
    store.put_access_key(&key).await.expect("a new key");
    let stolen = AccessKey {
        account: second.id,
        ..key.clone()
    };
    let result = store.put_access_key(&stolen).await;
    assert!(matches!(result, Err(StoreError::Conflict)), "{result:?}");
    assert!(store.access_key(&key.id).await.expect("read").as_ref() == Some(&key));
    let idle = AccessKey {
        active: false,
        principal: Principal::Root,
        ..key.clone()
    };
    store.put_access_key(&idle).await.expect("a change");
    let keys = store.access_keys(moved.id, None, 9).await.expect("a list");
    assert!(keys == [idle]);
    store.delete_access_key(&key.id).await.expect("it is there");
    let result = store.delete_access_key(&key.id).await;
    assert!(matches!(result, Err(StoreError::NotFound)), "{result:?}");
    assert!(store.access_key(&key.id).await.expect("read").is_none());
    let keys = store.access_keys(moved.id, None, 9).await.expect("a list");
    assert!(keys.is_empty());
}

async fn secrets(store: &Store) {
    let one = store.secret("one").await.expect("a secret");
    assert_eq!(store.secret("one").await.expect("the same"), one);
    assert_ne!(store.secret("two").await.expect("another"), one);
    assert!(store.kek_fits().await.expect("read"));
    assert!(store.kek_fits().await.expect("read"));
    assert!(store.schema_fits().await.expect("read"));
}

async fn sessions(store: &Store) {
    let id = create(store, 20, "sessions").await;
    let begin = async |at_least| store.begin_session(id, at_least).await.expect("a session");
    assert_eq!(begin(0).await, 1);
    assert_eq!(begin(0).await, 1001);
    assert_eq!(begin(4500).await, 5001);
    append(
        store,
        id,
        vec![closed(5777, 1, 1, 10), closed(9002, 2, 1, 10)],
    )
    .await;
    assert_eq!(begin(0).await, 10_001);
    append(store, id, vec![closed(30_000, 3, 1, 10)]).await;
    store.expire(id, 4, 9).await.expect("all are older");
    assert_eq!(store.last_fragment(id).await.expect("read"), None);
    assert_eq!(begin(0).await, 30_001);
    let result = store.begin_session(StreamId(999), 0).await;
    assert!(matches!(result, Err(StoreError::NotFound)), "{result:?}");
}

async fn fragments(store: &Store) {
    let id = create(store, 30, "fragments").await;
    let sizes = [(1, 0), (2, 10), (3, 5000), (4, 300_000)];
    let make = |(sequence, size)| closed(sequence, 100 + sequence, -5, size);
    append(store, id, sizes.into_iter().map(make).collect()).await;
    for (sequence, size) in sizes {
        let sent = make((sequence, size));
        let found = store.fragment(id, &sent.meta.number).await;
        let found = found.expect("read").expect("it was appended");
        assert_eq!(found.meta, sent.meta);
        let bytes = store.read_fragment(id, &found).await.expect("its media");
        assert_eq!(bytes.header, sent.header);
        assert!(bytes.cluster == sent.cluster.concat());
        assert_eq!(bytes.trailer, sent.trailer.concat());
        assert_eq!(bytes.index, sent.index);
        let other = FragmentNumber {
            random: 1,
            ..sent.meta.number
        };
        assert_eq!(store.fragment(id, &other).await.expect("read"), None);
    }
    let last = store.last_fragment(id).await.expect("read").expect("four");
    assert_eq!(last.meta.number.sequence, 4);
    let result = store.append_fragments(batch(id, vec![make((5, 9)), make((2, 9))]));
    let result = result.await;
    assert!(matches!(result, Err(StoreError::Conflict)), "{result:?}");
    let result = store.append_fragments(batch(StreamId(999), vec![make((1, 9))]));
    let result = result.await;
    assert!(matches!(result, Err(StoreError::NotFound)), "{result:?}");
    let mut mixed = batch(StreamId(999), vec![make((6, 9))]);
    mixed.extend(batch(id, vec![make((6, 9))]));
    store.append_fragments(mixed).await.expect("the other's");
    let after = async |after: Option<u64>, limit| {
        let number = after.map(|sequence| make((sequence, 0)).meta.number);
        let found = store.fragments_after(id, number.as_ref(), limit).await;
        sequences(&found.expect("a list"))
    };
    assert_eq!(after(None, 9).await, [1, 2, 3, 4, 6]);
    assert_eq!(after(Some(2), 2).await, [3, 4]);
    assert_eq!(after(Some(5), 9).await, [6]);
    assert_eq!(after(Some(6), 9).await, [0; 0]);
}

fn sequences(found: &[StoredFragment]) -> Vec<u64> {
    found.iter().map(|f| f.meta.number.sequence).collect()
}

async fn lists(store: &Store) {
    let id = create(store, 40, "lists").await;
    create(store, 41, "neighbour").await;
    append(store, StreamId(41), vec![closed(1, 1, 1, 9)]).await;
    // Producer times go back and forth across zero; server times repeat.
    let producer = |sequence: u64| (sequence.cast_signed() * 37 % 100) - 50;
    let server = |sequence: u64| 1000 + sequence / 3;
    let make = |sequence| closed(sequence, server(sequence), producer(sequence), 9);
    append(store, id, (1..=60).map(make).collect()).await;
    for origin in [Origin::Producer, Origin::Server] {
        let time = |sequence: u64| match origin {
            Origin::Producer => producer(sequence),
            Origin::Server => server(sequence).cast_signed(),
        };
        for (start_ms, end_ms) in [(i64::MIN, i64::MAX), (-10, 1010), (1005, 1005), (9, -9)] {
            for reverse in [false, true] {
                let inside = |&sequence: &u64| (start_ms..=end_ms).contains(&time(sequence));
                let mut expected: Vec<u64> = (1..=60).filter(inside).collect();
                expected.sort_by_key(|&sequence| (time(sequence), sequence));
                if reverse {
                    expected.reverse();
                }
                let mut found = Vec::new();
                let mut range = FragmentRange {
                    origin,
                    start_ms,
                    end_ms,
                    after: None,
                    reverse,
                    limit: 7,
                };
                loop {
                    let page = store.fragments(id, range).await.expect("a page");
                    let Some(last) = page.last() else { break };
                    assert!(page.len() <= 7);
                    range.after = Some(last.cursor());
                    found.extend(sequences(&page));
                }
                assert_eq!(found, expected, "{range:?}");
            }
        }
    }
}

async fn expiry(store: &Store) {
    let id = create(store, 50, "expiry").await;
    let make = |sequence| closed(sequence, 100 * sequence, 7, 5000);
    append(store, id, (1..=10).map(make).collect()).await;
    let first = store.fragments_after(id, None, 1).await.expect("a list");
    // Read before and again after: what is held in memory must go as well.
    store
        .read_fragment(id, &first[0])
        .await
        .expect("it is there");
    store.keep_made(id, &first[0], 1, Arc::default(), 0);
    assert_eq!(store.expire(id, 100, 9).await.expect("none").fragments, 0);
    let expired = store.expire(id, 600, 3).await.expect("three of five");
    assert_eq!(expired.fragments, 3);
    assert!(expired.bytes > 15_000);
    let result = store.read_fragment(id, &first[0]).await;
    assert!(matches!(result, Err(StoreError::NotFound)), "{result:?}");
    assert_eq!(store.made(id, &first[0], 1), None);
    assert_eq!(store.expire(id, 600, 9).await.expect("two").fragments, 2);
    let left = store.fragments_after(id, None, 99).await.expect("a list");
    assert_eq!(sequences(&left), [6, 7, 8, 9, 10]);
    let by_producer = FragmentRange {
        origin: Origin::Producer,
        start_ms: 7,
        end_ms: 7,
        after: None,
        reverse: true,
        limit: 99,
    };
    let by_producer = store.fragments(id, by_producer).await.expect("a list");
    assert_eq!(sequences(&by_producer), [10, 9, 8, 7, 6]);
    for fragment in &left {
        store.read_fragment(id, fragment).await.expect("it stays");
    }
    assert_eq!(store.finish_frees().await.expect("none pending"), 0);
}

async fn deletion(store: &Store) {
    let id = create(store, 60, "deletion").await;
    append(store, id, (1..=5).map(|n| closed(n, n, 7, 5000)).collect()).await;
    let last = store.last_fragment(id).await.expect("read").expect("five");
    store.read_fragment(id, &last).await.expect("it is there");
    let stream = store.stream_by_id(id).await.expect("read").expect("it is");
    store.delete_stream(&stream).await.expect("it is there");
    let result = store.read_fragment(id, &last).await;
    assert!(matches!(result, Err(StoreError::NotFound)), "{result:?}");
    let result = store.append_fragments(batch(id, vec![closed(6, 6, 7, 10)]));
    let result = result.await;
    assert!(matches!(result, Err(StoreError::NotFound)), "{result:?}");
    let result = store.create_stream(&sample_stream(60, "again")).await;
    assert!(matches!(result, Err(StoreError::Conflict)), "{result:?}");
    let doomed = store.doomed_streams(99).await.expect("a list");
    assert!(doomed.contains(&id));
    let mut gone = 0;
    for _ in 0..10 {
        let step = store.purge_step(id, 2).await.expect("a step");
        gone += step.fragments;
        if step.done {
            break;
        }
    }
    assert_eq!(gone, 5);
    let doomed = store.doomed_streams(99).await.expect("a list");
    assert!(!doomed.contains(&id));
    assert!(store.purge_step(id, 2).await.expect("nothing").done);
    assert_eq!(store.last_fragment(id).await.expect("read"), None);
}

async fn findings(store: &Store) {
    let id = create(store, 70, "findings").await;
    let make = |at_ms: u64| Finding {
        at_ms,
        code: "timestamps-go-back",
        aws: at_ms
            .is_multiple_of(2)
            .then_some(AckError::FragmentTimecodeLesserThanPrevious),
        refused: at_ms.is_multiple_of(3),
        fragment: at_ms
            .is_multiple_of(5)
            .then(|| closed(at_ms, 1, 1, 0).meta.number),
        offset: at_ms.is_multiple_of(7).then_some(at_ms),
        element: at_ms.is_multiple_of(11).then(|| "Segment/Cluster".into()),
        what: format!("frame {at_ms}"),
        cause: "a clock".into(),
        cure: "-copyts".into(),
    };
    let many: Vec<Finding> = (0..700).map(make).collect();
    store.add_findings(id, &many).await.expect("700");
    let more: Vec<Finding> = (700..1400).map(make).collect();
    store.add_findings(id, &more).await.expect("1400");
    let newest = store.findings(id, true, 3).await.expect("a list");
    let at: Vec<u64> = newest.iter().map(|finding| finding.at_ms).collect();
    assert_eq!(at, [1399, 1398, 1397]);
    let all = store.findings(id, false, 9999).await.expect("a list");
    assert_eq!((all.len(), all[0].at_ms), (1000, 400));
    for found in &all {
        let sent = make(found.at_ms);
        assert_eq!(found.code, sent.code);
        assert_eq!((found.aws, found.refused), (sent.aws, sent.refused));
        assert_eq!((found.fragment, found.offset), (sent.fragment, sent.offset));
        assert_eq!((&found.element, &found.what), (&sent.element, &sent.what));
        assert_eq!((&found.cause, &found.cure), (&sent.cause, &sent.cure));
    }
    let flood: Vec<Finding> = (0..2500).map(make).collect();
    store.add_findings(id, &flood).await.expect("2500");
    let all = store.findings(id, false, 9999).await.expect("a list");
    assert_eq!((all.len(), all[0].at_ms), (1000, 1500));
    let result = store.add_findings(StreamId(999), &many).await;
    assert!(matches!(result, Err(StoreError::NotFound)), "{result:?}");
}

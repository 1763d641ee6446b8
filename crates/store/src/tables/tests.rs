//! What only one back end needs to show.

use std::sync::{Arc, Mutex};

use bytes::{Bytes, BytesMut};
use kvs::name::StreamId;
use kvs::timeline::HOUR_MS;

use super::Store;
use crate::blocking::block_on;
use crate::conformance::{closed, sample_stream};
use crate::media::{MediaStore, Record, Span};
use crate::memory::{MemoryMedia, MemoryMeta, lock};
use crate::meta::{Batch, BoxFuture, MetaStore, Scan};
use crate::wrap::{Meter, Metered};
use crate::{Class, FragmentRange, Kek, NewFragment, Origin, StoreError, key};

/// The server spawns every call.
#[test]
fn handles_and_futures_can_be_sent() {
    fn sendable<T: Send>(value: T) -> T {
        value
    }
    let store = sendable(Store::memory());
    let stream = sample_stream(1, "a");
    block_on(sendable(store.create_stream(&stream))).unwrap();
    block_on(sendable(store.append_fragments(Vec::new()))).unwrap();
    block_on(sendable(store.expire(stream.id, 1, 1))).unwrap();
    block_on(sendable(store.add_findings(stream.id, &[]))).unwrap();
}

#[test]
fn pages_out_of_many_rows() {
    let store = Store::memory();
    let stream = sample_stream(1, "a");
    block_on(store.create_stream(&stream)).unwrap();
    for start in (0..100_000).step_by(5000) {
        let new = |sequence: u64| NewFragment {
            stream: stream.id,
            class: Class(0),
            fragment: Arc::new(closed(sequence, sequence * 2000, sequence as i64 * 2000, 1)),
        };
        let batch = (start..start + 5000).map(new).collect();
        block_on(store.append_fragments(batch)).unwrap();
    }
    for origin in [Origin::Producer, Origin::Server] {
        let range = FragmentRange {
            origin,
            start_ms: 100_000_000,
            end_ms: i64::MAX,
            after: None,
            reverse: false,
            limit: 1000,
        };
        let page = block_on(store.fragments(stream.id, range)).unwrap();
        assert_eq!(page.len(), 1000);
        assert_eq!(page[0].meta.number.sequence, 50_000);
        assert_eq!(page[999].meta.number.sequence, 50_999);
    }
}

/// Sums up hours just before the next commit of a fragment.
struct Meddling {
    inner: Arc<MemoryMeta>,
    other: Mutex<Option<Store>>,
}

impl MetaStore for Meddling {
    fn get<'a>(
        &'a self,
        keys: &'a [Bytes],
    ) -> BoxFuture<'a, Result<Vec<Option<Bytes>>, StoreError>> {
        self.inner.get(keys)
    }

    fn scan(&self, scan: Scan) -> BoxFuture<'_, Result<Vec<(Bytes, Bytes)>, StoreError>> {
        self.inner.scan(scan)
    }

    fn commit(&self, batch: Batch) -> BoxFuture<'_, Result<(), StoreError>> {
        let other = match batch
            .puts
            .iter()
            .any(|(place, _)| place[0] == key::FRAGMENT)
        {
            true => lock(&self.other).take(),
            false => None,
        };
        Box::pin(async move {
            if let Some(other) = other {
                other.summarise(StreamId(1), 4, 99).await?;
            }
            self.inner.commit(batch).await
        })
    }
}

#[test]
fn a_summary_made_while_a_late_fragment_is_committed_is_made_again() {
    let inner = Arc::new(MemoryMeta::default());
    let media = Arc::new(MemoryMedia::default());
    let kek = || Kek::new([7; 32]);
    let store = Store::new(inner.clone(), media.clone(), kek());
    let stream = sample_stream(1, "a");
    block_on(store.create_stream(&stream)).unwrap();
    let append = |store: &Store, sequence: u64, hour: u64| {
        let new = NewFragment {
            stream: stream.id,
            class: Class(0),
            fragment: Arc::new(closed(sequence, hour * HOUR_MS, 5, 10)),
        };
        block_on(store.append_fragments(vec![new]))
    };
    append(&store, 1, 1).unwrap();
    append(&store, 2, 2).unwrap();
    block_on(store.summarise(stream.id, 2, 99)).unwrap();
    let meddling = Meddling {
        inner,
        other: Mutex::new(Some(store.clone())),
    };
    let late = Store::new(Arc::new(meddling), media, kek());
    append(&late, 3, 2).unwrap();
    block_on(store.summarise(stream.id, 4, 99)).unwrap();
    let counts = block_on(store.hour_counts(stream.id, 0, 9, 9)).unwrap();
    let counts: Vec<(u64, u64)> = counts.iter().map(|(h, c)| (*h, c.fragments)).collect();
    assert_eq!(counts, [(1, 1), (2, 2)]);
    // A number that is taken is still told apart.
    let taken = append(&store, 3, 2);
    assert!(matches!(taken, Err(StoreError::Conflict)));
}

#[test]
fn streams_expire_together_and_one_that_is_broken_alone() {
    let meter = Arc::new(Meter::default());
    let meta = Arc::new(Metered::new(MemoryMeta::default(), meter.clone()));
    let media = Metered::new(MemoryMedia::default(), meter.clone());
    let store = Store::new(meta.clone(), Arc::new(media), Kek::new([7; 32]));
    let ids: Vec<StreamId> = (1..=9).map(StreamId).collect();
    for id in &ids {
        let stream = sample_stream(id.0, &format!("s{}", id.0));
        block_on(store.create_stream(&stream)).unwrap();
        let new = |sequence: u64| NewFragment {
            stream: *id,
            class: Class(0),
            fragment: Arc::new(closed(sequence, sequence * 10, 5, 100)),
        };
        block_on(store.append_fragments((1..=10).map(new).collect())).unwrap();
    }
    let left = |id: &StreamId| {
        block_on(store.fragments_after(*id, None, 99))
            .unwrap()
            .len()
    };
    let due: Vec<(StreamId, u64)> = ids.iter().map(|&id| (id, 50)).collect();
    assert_eq!(block_on(store.oldest_ms(ids[0], 50)).unwrap(), Some(10));
    let counts = || (meter.calls("commit"), meter.calls("free"));
    let before = counts();
    let done = block_on(store.expire_many(&due, 1000)).unwrap();
    assert_eq!(
        counts(),
        (before.0 + 2, before.1 + 1),
        "all of them in one go"
    );
    assert_eq!((done.expired.fragments, done.left.len()), (36, 0));
    assert!(ids.iter().all(|id| left(id) == 6));
    assert_eq!(block_on(store.oldest_ms(ids[0], 50)).unwrap(), None);

    // Within a limit, every stream has its turn.
    let due: Vec<(StreamId, u64)> = ids.iter().map(|&id| (id, 1000)).collect();
    let done = block_on(store.expire_many(&due, 10)).unwrap();
    assert_eq!(done.expired.fragments, 10);
    let rest: Vec<u64> = done.left.iter().map(|(id, _)| id.0).collect();
    assert_eq!(rest, [3, 4, 5, 6, 7, 8, 9, 2]);

    // Nothing can be expired of one.
    let garbage = Batch {
        puts: vec![(
            key::of_stream(key::EXPIRED, StreamId(5)),
            Bytes::from_static(&[0xff]),
        )],
        ..Batch::default()
    };
    block_on(meta.commit(garbage)).unwrap();
    let done = block_on(store.expire_many(&done.left, 1000)).unwrap();
    assert_eq!(done.failed.len(), 1);
    assert_eq!(done.failed[0].0, StreamId(5));
    let left: Vec<usize> = ids.iter().map(left).collect();
    assert_eq!(left, [0, 0, 0, 0, 6, 0, 0, 0, 0]);
}

/// Media of which a part was given back while it was read.
struct Torn(MemoryMedia);

impl MediaStore for Torn {
    fn append(
        &self,
        class: Class,
        records: Vec<Record>,
    ) -> BoxFuture<'_, Result<Vec<Span>, StoreError>> {
        self.0.append(class, records)
    }

    fn read(&self, span: Span) -> BoxFuture<'_, Result<BytesMut, StoreError>> {
        Box::pin(async move {
            let mut bytes = self.0.read(span).await?;
            let half = bytes.len() / 2;
            bytes[half..].fill(0);
            Ok(bytes)
        })
    }

    fn free(&self, _: Vec<Span>) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(async { Ok(()) })
    }

    fn list(&self) -> BoxFuture<'_, Result<Vec<(u64, u64)>, StoreError>> {
        self.0.list()
    }
}

#[test]
fn what_goes_while_it_is_read_is_gone_and_not_corrupt() {
    let media = Arc::new(Torn(MemoryMedia::default()));
    let store = Store::new(Arc::new(MemoryMeta::default()), media, Kek::new([7; 32]));
    let stream = sample_stream(1, "a");
    block_on(store.create_stream(&stream)).unwrap();
    let new = NewFragment {
        stream: stream.id,
        class: Class(0),
        fragment: Arc::new(closed(1, 10, 5, 100)),
    };
    block_on(store.append_fragments(vec![new])).unwrap();
    let row = block_on(store.last_fragment(stream.id)).unwrap().unwrap();
    let read = || block_on(store.read_fragment(stream.id, &row));
    // Its row still stands: bytes are missing that should be there.
    assert!(matches!(read(), Err(StoreError::Corrupt(_))));
    block_on(store.expire(stream.id, u64::MAX, 9)).unwrap();
    assert!(matches!(read(), Err(StoreError::NotFound)));
}

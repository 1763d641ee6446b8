//! What only one back end needs to show.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use kvs::name::StreamId;
use kvs::timeline::HOUR_MS;

use super::Store;
use crate::blocking::block_on;
use crate::conformance::{closed, sample_stream};
use crate::memory::{MemoryMedia, MemoryMeta, lock};
use crate::meta::{Batch, BoxFuture, MetaStore, Scan};
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

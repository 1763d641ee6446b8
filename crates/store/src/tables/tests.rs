//! What only one back end needs to show.

use std::sync::Arc;

use super::Store;
use crate::blocking::block_on;
use crate::conformance::{closed, sample_stream};
use crate::{Class, FragmentRange, NewFragment, Origin};

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

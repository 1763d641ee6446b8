//! Summaries of hours, over any pair of back ends.

use std::sync::Arc;

use kvs::name::StreamId;
use kvs::timeline::{Count, HOUR_MS, Hour, HourBuilder};

use super::tables::{closed, sample_stream};
use crate::{Class, NewFragment, Store, Summarised};

pub(super) async fn check(store: &Store) {
    summaries(store).await;
    late(store).await;
    gone(store).await;
}

async fn summaries(store: &Store) {
    let id = create(store, 80, "hours").await;
    assert_eq!(mark(store, id).await, None);
    let nothing = store.summarise(id, 100, 9).await.expect("nothing to do");
    assert!(nothing.is_done && nothing.hours == 0);
    assert_eq!(mark(store, id).await, None, "nothing is written for it");
    append(store, id, &[(1, 5 * HOUR_MS), (2, 5 * HOUR_MS + 10)]).await;
    // The hour is not over: only a mark.
    let progress = store.summarise(id, 5, 9).await.expect("a mark");
    assert!(progress.is_done && progress.hours == 0);
    assert_eq!(mark(store, id).await, Some(Summarised::default()));
    append(store, id, &[(3, 7 * HOUR_MS - 1), (4, 7 * HOUR_MS)]).await;
    append(store, id, &[(5, 9 * HOUR_MS)]).await;
    let progress = store.summarise(id, 9, 1).await.expect("one hour");
    assert!(!progress.is_done);
    assert_eq!((progress.rows, progress.hours), (2, 1));
    while !store.summarise(id, 9, 1).await.expect("the rest").is_done {}
    assert_eq!(hours(store, id).await, [(5, 2), (6, 1), (7, 1)]);
    let made = store.hours(id, 5, 6, 9).await.expect("one");
    let expected: Hour = [(1, 5 * HOUR_MS), (2, 5 * HOUR_MS + 10)]
        .into_iter()
        .fold(HourBuilder::default(), |mut hour, (sequence, server_ms)| {
            hour.add(&fragment(sequence, server_ms).meta);
            hour
        })
        .finish();
    assert_eq!(made, [(5, expected)]);
    let all = mark(store, id).await.expect("a mark");
    assert_eq!((all.before_hour, all.count.fragments), (8, 4));

    // A part of an hour expires: its summary is gone, the count goes on being right.
    store.expire(id, 5 * HOUR_MS + 1, 9).await.expect("one");
    assert_eq!(hours(store, id).await, [(6, 1), (7, 1)]);
    let left = mark(store, id).await.expect("a mark");
    assert_eq!((left.before_hour, left.count.fragments), (8, 3));
    assert_eq!(
        all.count.minus(left.count),
        Count::of(&fragment(1, 5 * HOUR_MS).meta)
    );
    // Behind the mark as well.
    store.expire(id, u64::MAX, 99).await.expect("all");
    assert_eq!(hours(store, id).await, []);
    assert!(mark(store, id).await.expect("a mark").count.is_none());
    append(store, id, &[(6, 10 * HOUR_MS)]).await;
    assert!(store.summarise(id, 11, 9).await.expect("one").is_done);
    let again = mark(store, id).await.expect("a mark");
    assert_eq!((again.before_hour, again.count.fragments), (11, 1));
}

/// A fragment of an hour that was summed up has it summed up again.
async fn late(store: &Store) {
    let id = create(store, 81, "late").await;
    append(store, id, &[(1, 0), (2, HOUR_MS), (3, 2 * HOUR_MS)]).await;
    assert!(store.summarise(id, 3, 99).await.expect("all").is_done);
    assert_eq!(hours(store, id).await, [(0, 1), (1, 1), (2, 1)]);
    append(store, id, &[(4, HOUR_MS + 1)]).await;
    assert_eq!(mark(store, id).await, None);
    assert_eq!(hours(store, id).await, [(0, 1), (2, 1)]);
    // So does one that comes while there is no mark.
    append(store, id, &[(5, 2 * HOUR_MS + 1)]).await;
    assert_eq!(hours(store, id).await, [(0, 1)]);
    let progress = store.summarise(id, 3, 99).await.expect("again");
    assert_eq!((progress.rows, progress.is_done), (4, true));
    assert_eq!(hours(store, id).await, [(0, 1), (1, 2), (2, 2)]);
    let count = mark(store, id).await.expect("a mark").count;
    assert_eq!(count.fragments, 5);
    // An hour that is not before the mark is none of this.
    append(store, id, &[(6, 3 * HOUR_MS)]).await;
    assert!(mark(store, id).await.is_some());
}

/// Summaries go with their stream.
async fn gone(store: &Store) {
    let stream = sample_stream(82, "summarised");
    store.create_stream(&stream).await.expect("a new name");
    append(store, stream.id, &[(1, 0), (2, HOUR_MS)]).await;
    store.summarise(stream.id, 2, 99).await.expect("all");
    store.delete_stream(&stream).await.expect("it is there");
    let progress = store.summarise(stream.id, 9, 9).await.expect("no more");
    assert!(progress.is_done && progress.hours == 0);
    while !store.purge_step(stream.id, 1).await.expect("a step").done {}
    assert_eq!(hours(store, stream.id).await, []);
    assert_eq!(mark(store, stream.id).await, None);
}

fn fragment(sequence: u64, server_ms: u64) -> kvs::ingest::ClosedFragment {
    closed(sequence, server_ms, 5, 100)
}

async fn append(store: &Store, stream: StreamId, fragments: &[(u64, u64)]) {
    let new = |&(sequence, server_ms): &(u64, u64)| NewFragment {
        stream,
        class: Class(0),
        fragment: Arc::new(fragment(sequence, server_ms)),
    };
    let batch = fragments.iter().map(new).collect();
    store.append_fragments(batch).await.expect("an append");
}

async fn create(store: &Store, id: u64, name: &str) -> StreamId {
    let stream = sample_stream(id, name);
    store.create_stream(&stream).await.expect("a new name");
    stream.id
}

async fn mark(store: &Store, id: StreamId) -> Option<Summarised> {
    store.summarised(id).await.expect("a read")
}

/// Hours that have summaries, with the number of their fragments, a few at a time.
async fn hours(store: &Store, id: StreamId) -> Vec<(u64, u64)> {
    let counts = store.hour_counts(id, 0, u64::MAX, 99).await;
    let counts = counts.expect("a list").into_iter();
    counts
        .map(|(hour, count)| (hour, count.fragments))
        .collect()
}

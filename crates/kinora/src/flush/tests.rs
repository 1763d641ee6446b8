//! The flush queue over a store in memory.

use kvs::fragment::FragmentNumber;
use kvs::ingest::ClosedFragment;
use kvs::limits;
use kvs::name::StreamId;
use store::Store;
use store::conformance::{closed, sample_stream};
use store::media::Class;
use tokio::sync::mpsc;

use super::{Flusher, Outcome};
use crate::hub::Hub;

/// Queues fragments of streams 1, 2, … before the flush task runs; gives their outcomes in
/// the order they came.
async fn flush(store: &Store, fragments: Vec<(u64, ClosedFragment)>) -> Vec<Outcome> {
    let (flusher, task) = Flusher::start(store.clone());
    let hub = Hub::default();
    let (answer, mut answers) = mpsc::channel(fragments.len());
    for (stream, fragment) in fragments {
        let stream = StreamId(stream);
        let live = hub.stream(stream);
        let fragment = Box::new(fragment);
        let answer = answer.clone();
        flusher
            .submit(stream, Class(0), live, fragment, answer)
            .await;
    }
    drop((flusher, answer));
    let mut outcomes = Vec::new();
    while let Some(outcome) = answers.recv().await {
        outcomes.push(outcome);
    }
    task.await.expect("the flush task ends with its queue");
    outcomes
}

async fn store_with(streams: u64) -> Store {
    let store = Store::memory();
    for id in 1..=streams {
        let stream = sample_stream(id, &format!("s{id}"));
        store.create_stream(&stream).await.expect("a new name");
    }
    store
}

fn fragment(sequence: u64, len: usize) -> ClosedFragment {
    closed(sequence, sequence * 10, 5, len)
}

#[tokio::test]
async fn one_that_cannot_be_stored_does_not_take_others_with_it() {
    let store = store_with(2).await;
    let taken = vec![(1, fragment(5, 100))];
    assert!(flush(&store, taken).await[0].persisted);
    let sent = vec![
        (2, fragment(1, 100)),
        (1, fragment(5, 100)), // Its number is taken.
        (1, fragment(6, 100)),
        (2, fragment(2, 100)),
    ];
    let outcomes = flush(&store, sent).await;
    let persisted: Vec<bool> = outcomes.iter().map(|outcome| outcome.persisted).collect();
    assert_eq!(persisted, [true, false, true, true]);
    for (stream, sequences) in [(1, [5, 6]), (2, [1, 2])] {
        let rows = store.fragments_after(StreamId(stream), None, 9).await;
        let found = rows.expect("a list").into_iter();
        let found: Vec<u64> = found.map(|row| row.meta.number.sequence).collect();
        assert_eq!(found, sequences);
    }
}

#[tokio::test]
async fn many_batches_are_answered_in_order() {
    let store = store_with(3).await;
    // Half a batch each, so that several are under way at once.
    let len = limits::FLUSH_BATCH_BYTES / 2;
    let sent: Vec<_> = (1..=7).map(|n| (1 + n % 3, fragment(n, len))).collect();
    let numbers: Vec<FragmentNumber> = sent.iter().map(|(_, f)| f.meta.number).collect();
    let outcomes = flush(&store, sent).await;
    assert!(outcomes.iter().all(|outcome| outcome.persisted));
    let told: Vec<FragmentNumber> = outcomes.iter().map(|outcome| outcome.number).collect();
    assert_eq!(told, numbers);
}

#[test]
fn the_thread_ends_when_it_is_told_to() {
    let store = Store::memory();
    let (flusher, thread) = Flusher::start_apart(store).expect("a thread");
    thread.stop();
    let hub = Hub::default();
    let (answer, mut answers) = mpsc::channel(1);
    let live = hub.stream(StreamId(1));
    let closed = Box::new(fragment(1, 10));
    store::blocking::block_on(flusher.submit(StreamId(1), Class(0), live, closed, answer));
    let outcome = answers.try_recv().expect("an answer");
    assert!(!outcome.persisted);
}

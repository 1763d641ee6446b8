//! Makes fragments durable, many at a time.
//!
//! All connections of a node put their complete fragments into one bounded queue. One
//! task takes whatever waits there, up to a batch, has it written and synced in one go,
//! and tells each connection. While a batch is being written the next one gathers, so
//! an idle node commits at once and a busy one in large batches.

use std::sync::Arc;

use kvs::fragment::FragmentNumber;
use kvs::ingest::ClosedFragment;
use kvs::limits;
use kvs::name::StreamId;
use store::media::Class;
use store::{NewFragment, Store};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};

use crate::hub::LiveStream;

/// The way into the flush queue.
#[derive(Clone)]
pub struct Flusher {
    queue: mpsc::Sender<Job>,
    room: Arc<Semaphore>,
}

/// What became of a fragment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Which.
    pub number: FragmentNumber,
    /// Whether it is durable.
    pub persisted: bool,
}

struct Job {
    stream: StreamId,
    class: Class,
    live: Arc<LiveStream>,
    fragment: Box<ClosedFragment>,
    answer: mpsc::Sender<Outcome>,
    _room: OwnedSemaphorePermit,
    bytes: usize,
}

impl Flusher {
    /// Starts the flush task. It ends when the last `Flusher` is gone and the queue empty.
    pub fn start(store: Store) -> (Flusher, tokio::task::JoinHandle<()>) {
        let (queue, jobs) = mpsc::channel(limits::FLUSH_FRAGMENTS_MAX);
        let room = Arc::new(Semaphore::new(limits::FLUSH_BYTES_MAX / ROOM_UNIT_BYTES));
        let task = tokio::spawn(run(store, jobs));
        (Flusher { queue, room }, task)
    }

    /// Queues a fragment; waits while the queue is full. The outcome comes on `answer`,
    /// which must have room for every fragment its connection has under way.
    pub async fn submit(
        &self,
        stream: StreamId,
        class: Class,
        live: Arc<LiveStream>,
        fragment: Box<ClosedFragment>,
        answer: mpsc::Sender<Outcome>,
    ) {
        let meta = &fragment.meta;
        let bytes = [meta.header_len, meta.cluster_len, meta.trailer_len];
        let bytes: usize = bytes.iter().map(|len| *len as usize).sum();
        let units = (bytes / ROOM_UNIT_BYTES + 1) as u32;
        let Ok(room) = Arc::clone(&self.room).acquire_many_owned(units).await else {
            return; // Never closed.
        };
        let job = Job {
            stream,
            class,
            live,
            fragment,
            answer,
            _room: room,
            bytes,
        };
        if let Err(refused) = self.queue.send(job).await {
            let job = refused.0;
            let number = job.fragment.meta.number;
            let _ = job.answer.try_send(Outcome {
                number,
                persisted: false,
            });
        }
    }
}

async fn run(store: Store, mut jobs: mpsc::Receiver<Job>) {
    while let Some(first) = jobs.recv().await {
        let mut bytes = first.bytes;
        let mut batch = vec![first];
        while bytes < limits::FLUSH_BATCH_BYTES
            && let Ok(job) = jobs.try_recv()
        {
            bytes += job.bytes;
            batch.push(job);
        }
        write(&store, batch).await;
    }
}

async fn write(store: &Store, batch: Vec<Job>) {
    let mut waiting = Vec::with_capacity(batch.len());
    let mut fragments = Vec::with_capacity(batch.len());
    for job in batch {
        let number = job.fragment.meta.number;
        waiting.push(Waiting {
            number,
            live: job.live,
            answer: job.answer,
            _room: job._room,
        });
        let (stream, class, fragment) = (job.stream, job.class, job.fragment);
        fragments.push(NewFragment {
            stream,
            class,
            fragment,
        });
    }
    let result = store.append_fragments(fragments).await;
    if let Err(error) = &result {
        tracing::error!(%error, fragments = waiting.len(), "fragments could not be stored");
    }
    for waiting in waiting {
        waiting.tell(result.is_ok());
    }
}

struct Waiting {
    number: FragmentNumber,
    live: Arc<LiveStream>,
    answer: mpsc::Sender<Outcome>,
    _room: OwnedSemaphorePermit,
}

impl Waiting {
    fn tell(self, persisted: bool) {
        if persisted {
            self.live.stored(self.number);
        } else {
            self.live.forget(self.number);
        }
        // A connection that is gone no longer wants to know.
        let _ = self.answer.try_send(Outcome {
            number: self.number,
            persisted,
        });
    }
}

/// Room in the queue is counted in these, so that a semaphore's 32-bit permits suffice.
const ROOM_UNIT_BYTES: usize = 1024;

//! Makes fragments durable, many at a time.
//!
//! All connections of a node put their complete fragments into one bounded queue. What
//! waits there is taken, up to a batch, and written and synced in one go; what has been
//! written is committed in one go, and each connection is told. A few batches are written
//! while one is committed. Whatever comes meanwhile gathers, so an idle node commits at
//! once and a busy one in large batches, and nobody waits for others to come.
//!
//! Batches are committed in the order they were taken in, so the fragments of a stream
//! become durable in the order of their numbers.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::thread;

use kvs::fragment::FragmentNumber;
use kvs::ingest::ClosedFragment;
use kvs::limits;
use kvs::name::StreamId;
use store::error::StoreError;
use store::media::Class;
use store::{NewFragment, Store, Written};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::task::JoinHandle;

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

/// A fragment and who waits for it.
struct Job {
    new: NewFragment,
    live: Arc<LiveStream>,
    answer: mpsc::Sender<Outcome>,
    bytes: usize,
    _room: OwnedSemaphorePermit,
}

impl Flusher {
    /// Starts the flush task. It ends when the last `Flusher` is gone and the queue empty.
    pub fn start(store: Store) -> (Flusher, JoinHandle<()>) {
        let (queue, jobs) = mpsc::channel(limits::FLUSH_FRAGMENTS_MAX);
        let room = Arc::new(Semaphore::new(limits::FLUSH_BYTES_MAX / ROOM_UNIT_BYTES));
        let task = tokio::spawn(run(store, jobs));
        (Flusher { queue, room }, task)
    }

    /// Starts the flush task on a thread of its own: between the syncs there is little to
    /// do, and that little should not wait for its turn among a thousand connections.
    ///
    /// # Errors
    ///
    /// The operating system's, if it gives no thread.
    pub fn start_apart(store: Store) -> io::Result<(Flusher, FlushThread)> {
        let runtime = tokio::runtime::Builder::new_current_thread().build()?;
        let entered = runtime.enter();
        let (flusher, task) = Flusher::start(store);
        drop(entered);
        let stop = task.abort_handle();
        let thread = thread::Builder::new().name("flush".into()).spawn(move || {
            // It ends when it is told to, which is an error here and none to anyone.
            let _ended = runtime.block_on(task);
        })?;
        Ok((flusher, FlushThread { stop, thread }))
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
        let units = (bytes / ROOM_UNIT_BYTES + 1).max(ROOM_UNITS_LEAST) as u32;
        let Ok(room) = Arc::clone(&self.room).acquire_many_owned(units).await else {
            return; // Never closed.
        };
        let job = Job {
            new: NewFragment {
                stream,
                class,
                fragment: Arc::new(*fragment),
            },
            live,
            answer,
            bytes,
            _room: room,
        };
        if let Err(refused) = self.queue.send(job).await {
            refused.0.tell(false);
        }
    }
}

/// A flush task on a thread of its own.
pub struct FlushThread {
    stop: tokio::task::AbortHandle,
    thread: thread::JoinHandle<()>,
}

impl FlushThread {
    /// Ends it where it waits, in the middle of a write too. Blocks until it has.
    pub fn stop(self) {
        self.stop.abort();
        if self.thread.join().is_err() {
            tracing::error!("the flush thread panicked");
        }
    }
}

async fn run(store: Store, jobs: mpsc::Receiver<Job>) {
    let (ahead, begun) = mpsc::channel(BATCHES_AHEAD);
    tokio::join!(write(&store, jobs, ahead), commit(&store, begun));
}

/// Takes batches and begins to write them, some ahead of those being committed. A batch
/// gathers as long as there are enough of them.
async fn write(store: &Store, mut jobs: mpsc::Receiver<Job>, ahead: mpsc::Sender<Begun>) {
    while let Ok(place) = ahead.reserve().await
        && let Some(first) = jobs.recv().await
    {
        let mut bytes = first.bytes;
        let mut batch = vec![first];
        while bytes < limits::FLUSH_BATCH_BYTES
            && let Ok(job) = jobs.try_recv()
        {
            bytes += job.bytes;
            batch.push(job);
        }
        let (store, fragments) = (store.clone(), fragments(&batch));
        let written = tokio::spawn(async move { store.write_fragments(fragments).await });
        place.send(Begun {
            jobs: batch,
            written: Writing(written),
        });
    }
}

/// Commits batches in their order, together with those after them that are written too.
async fn commit(store: &Store, mut begun: mpsc::Receiver<Begun>) {
    let mut next = None;
    loop {
        let first = match next.take() {
            Some(first) => first,
            None => match begun.recv().await {
                Some(first) => first,
                None => return,
            },
        };
        let Begun { mut jobs, written } = first;
        let mut written = match written.await {
            Ok(written) => written,
            Err(error) => {
                tell(store, jobs, Err(error)).await;
                continue;
            }
        };
        while let Ok(mut also) = begun.try_recv() {
            if !also.written.is_finished() {
                next = Some(also);
                break;
            }
            match (&mut also.written).await {
                Ok(more) => {
                    written.join(more);
                    jobs.extend(also.jobs);
                }
                Err(error) => tell(store, also.jobs, Err(error)).await,
            }
        }
        let result = store.commit_fragments(written).await;
        tell(store, jobs, result).await;
    }
}

/// Tells all of a batch what became of it. Where one fragment was the cause and nothing
/// was kept, each is tried once more alone, so that the others do not suffer for it.
async fn tell(store: &Store, jobs: Vec<Job>, result: Result<(), StoreError>) {
    match &result {
        Ok(()) => {}
        // What was on its way when its stream was deleted.
        Err(StoreError::NotFound) => tracing::debug!(fragments = jobs.len(), "stream deleted"),
        Err(error) => {
            tracing::error!(%error, fragments = jobs.len(), "fragments could not be stored");
        }
    }
    let alone = matches!(result, Err(StoreError::Conflict | StoreError::Corrupt(_)));
    let alone = alone && jobs.len() > 1;
    for job in jobs {
        let mut persisted = result.is_ok();
        if alone {
            let again = store.append_fragments(vec![job.new.clone()]).await;
            persisted = again.is_ok();
            if let Err(error) = again
                && !matches!(error, StoreError::NotFound)
            {
                let (stream, number) = (job.new.stream.0, job.new.fragment.meta.number);
                tracing::error!(%error, stream, %number, "a fragment could not be stored");
            }
        }
        job.tell(persisted);
    }
}

fn fragments(jobs: &[Job]) -> Vec<NewFragment> {
    jobs.iter().map(|job| job.new.clone()).collect()
}

/// A batch that is being written.
struct Begun {
    jobs: Vec<Job>,
    written: Writing,
}

/// A write that ends with whoever waits for it.
struct Writing(JoinHandle<Result<Written, StoreError>>);

impl Writing {
    fn is_finished(&self) -> bool {
        self.0.is_finished()
    }
}

impl Future for Writing {
    type Output = Result<Written, StoreError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let broken = |error| Err(StoreError::Unavailable(format!("a write: {error}")));
        Pin::new(&mut self.0)
            .poll(cx)
            .map(|ended| ended.unwrap_or_else(broken))
    }
}

impl Drop for Writing {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Job {
    fn tell(self, persisted: bool) {
        let number = self.new.fragment.meta.number;
        if persisted {
            self.live.stored(number);
        } else {
            self.live.forget(number);
        }
        // A connection that is gone no longer wants to know.
        let _ = self.answer.try_send(Outcome { number, persisted });
    }
}

/// Batches that are written, or wait to be, behind the one that is committed: one whose
/// bytes are on their way to the disk and one that is sealed meanwhile.
const BATCHES_AHEAD: usize = 2;
/// Room in the queue is counted in these, so that a semaphore's 32-bit permits suffice.
const ROOM_UNIT_BYTES: usize = 1024;
/// What even the smallest fragment takes, so that there are never more than
/// [`limits::FLUSH_FRAGMENTS_MAX`], queued and under way.
const ROOM_UNITS_LEAST: usize =
    limits::FLUSH_BYTES_MAX / ROOM_UNIT_BYTES / limits::FLUSH_FRAGMENTS_MAX;

#[cfg(test)]
mod tests;

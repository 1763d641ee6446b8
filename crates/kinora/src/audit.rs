//! The audit trail: who did what, when and from where, in the shape of CloudTrail's events.
//!
//! [`Trail::record`] takes an [`Event`] and returns at once; a task of its own keeps events
//! in the store, many at a time, and writes them to a file as well if there is one. What is
//! recorded: every control call (streams, IAM, STS), every sign-in, every denial. Secrets
//! are masked before an event is kept, whoever made it; it is put in words when it is read.

pub mod call;
pub mod event;
mod file;
mod kept;
pub mod lookup;
mod mask;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use kvs::limits;
use store::Store;
use tokio::sync::{mpsc, oneshot};

use crate::config::AuditConfig;

pub use event::{Actor, Event, EventKind};

use file::Mirror;
use kept::Kept;

/// The way into the trail. Cloning it gives another handle.
#[derive(Clone)]
pub struct Trail {
    queue: mpsc::Sender<Message>,
    lost: Arc<AtomicU64>,
    keeps_reads: bool,
}

enum Message {
    Event(Box<Event>),
    /// Answered when everything recorded before is kept.
    Flush(oneshot::Sender<()>),
}

impl Trail {
    /// Starts the task that keeps events. It ends when the last handle is gone.
    pub fn start(store: Store, config: &AuditConfig) -> (Trail, tokio::task::JoinHandle<()>) {
        let (queue, messages) = mpsc::channel(limits::AUDIT_EVENTS_WAITING_MAX);
        let lost = Arc::new(AtomicU64::new(0));
        let keeper = Keeper {
            store,
            mirror: Mirror::new(config),
            lost: Arc::clone(&lost),
        };
        let task = tokio::spawn(keeper.run(messages));
        let keeps_reads = config.read_calls;
        let trail = Trail {
            queue,
            lost,
            keeps_reads,
        };
        (trail, task)
    }

    /// Records an event. It is kept a moment later; if events come faster than they can be
    /// kept, they are lost, denials first, and the log says how many.
    pub fn record(&self, event: Event) {
        if event.is_read_only && !event.is_failed() && !self.keeps_reads {
            return;
        }
        // A flood of refused calls must not push out what was really done.
        let is_flood = event.is_failed() && self.queue.capacity() < ROOM_FOR_DEEDS;
        let message = Message::Event(Box::new(event));
        if is_flood || self.queue.try_send(message).is_err() {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Resolves when everything recorded so far is kept.
    pub async fn flush(&self) {
        let (done, kept) = oneshot::channel();
        if self.queue.send(Message::Flush(done)).await.is_ok() {
            // An error means that the keeper has ended; then nothing waits.
            let _ = kept.await;
        }
    }
}

/// Keeps events.
struct Keeper {
    store: Store,
    mirror: Option<Mirror>,
    lost: Arc<AtomicU64>,
}

impl Keeper {
    async fn run(mut self, mut messages: mpsc::Receiver<Message>) {
        let mut waiting = Vec::new();
        while messages.recv_many(&mut waiting, BATCH_MAX).await > 0 {
            let is_urgent = |message: &Message| matches!(message, Message::Flush(_));
            if !waiting.iter().any(is_urgent) && waiting.len() < BATCH_MAX {
                // One commit for all that happens in a moment: each costs a sync.
                tokio::select! {
                    () = tokio::time::sleep(GATHER) => {}
                    () = until_urgent(&mut messages, &mut waiting) => {}
                }
            }
            self.keep(std::mem::take(&mut waiting)).await;
        }
    }

    async fn keep(&mut self, messages: Vec<Message>) {
        let mut events = Vec::with_capacity(messages.len());
        let mut flushes = Vec::new();
        for message in messages {
            match message {
                Message::Event(event) => events.push(event.into_kept()),
                Message::Flush(done) => flushes.push(done),
            }
        }
        if !events.is_empty() {
            let rows: Vec<_> = events.iter().map(Kept::row).collect();
            if let Err(error) = self.store.add_audit(&rows).await {
                tracing::error!(%error, events = events.len(), "audit events could not be kept");
            }
            if let Some(mirror) = self.mirror.take() {
                let lines = events.iter().map(|event| event.words().to_string() + "\n");
                self.mirror = mirror.write(lines.collect()).await;
            }
        }
        let lost = self.lost.swap(0, Ordering::Relaxed);
        if lost > 0 {
            tracing::error!(lost, "audit events came faster than they could be kept");
        }
        for done in flushes {
            // Whoever asked may have left.
            let _ = done.send(());
        }
    }
}

/// Gathers messages until one of them should not wait, or enough are there.
async fn until_urgent(messages: &mut mpsc::Receiver<Message>, waiting: &mut Vec<Message>) {
    while waiting.len() < BATCH_MAX {
        match messages.recv().await {
            Some(Message::Event(event)) => waiting.push(Message::Event(event)),
            Some(flush) => return waiting.push(flush),
            // Everybody left: what is there is all there will be.
            None => return,
        }
    }
}

/// Events kept in one commit.
const BATCH_MAX: usize = 1024;

/// How long events gather before they are kept.
const GATHER: Duration = Duration::from_millis(200);

/// Places of the queue that refused calls leave free.
const ROOM_FOR_DEEDS: usize = limits::AUDIT_EVENTS_WAITING_MAX / 4;

#[cfg(test)]
mod tests;

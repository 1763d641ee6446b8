//! GetMedia: archived fragments first, then what arrives, without a gap and for as long
//! as the client listens.
//!
//! Live fragments go out frame by frame. A reader that is slower than its producer does
//! not make the server hold more: it goes on from the store.
//!
//! Of a live fragment that is given up (its producer vanished, or strict mode refused it)
//! the reader has whole frames. If the Cluster declared its size, a Void element stands
//! for the rest, so that what was sent stays readable; then the next fragment follows.
//! The closing tags are missing, for there is no such fragment to continue after.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use bytes::{Bytes, BytesMut};
use kvs::chunk::{self, ChunkPrefix, ReadFault};
use kvs::fragment::FragmentNumber;
use kvs::limits;
use kvs::name::StreamId;
use kvs::retention::is_expired;
use kvs::select::{self, StartSelector, TimeAxis};
use kvs::stream::Stream;
use media::mkv::ebml::{self, SizeForm};
use media::mkv::ids;
use store::{FragmentRange, Origin, StoreError, StoredFragment};
use tokio::sync::mpsc;
use tokio::time::Instant;

use crate::http::body::Body;
use crate::http::listen::stopped;
use crate::http::reply::{self, Reply};
use crate::hub::{FragmentState, LiveFragment, LiveStream, Next};
use crate::ops::Cx;
use crate::server::Server;

/// Sends a stream's media from `start` on, or an error chunk that names the fragment
/// that `start` could not find. What goes wrong later is told in the stream as well.
pub fn serve(cx: &Cx, stream: Stream, start: Result<StartSelector, String>) -> Reply {
    let (slices, receiver) = mpsc::channel(limits::MEDIA_SLICES_WAITING_MAX);
    let server = Arc::clone(&cx.server);
    let busy = server.busy.begin();
    let reader = Reader::new(server, stream.id, slices);
    tokio::spawn(async move {
        let mut stopping = reader.server.stopping.clone();
        tokio::select! {
            () = reader.run(start) => {}
            () = stopped(&mut stopping) => {}
        }
        drop(busy);
    });
    reply::with_body(200, "video/x-matroska", Body::Stream(receiver))
}

struct Reader {
    server: Arc<Server>,
    stream: StreamId,
    live: Arc<LiveStream>,
    slices: mpsc::Sender<Bytes>,
    began: Instant,
    /// When something was sent last, or the connection looked at, milliseconds after
    /// `began`.
    sent_ms: AtomicU64,
    /// Whether the connection has carried media.
    has_sent: AtomicBool,
}

/// Why reading ends.
enum End {
    /// The client left or the stream was deleted.
    Quiet,
    /// The client is told.
    Error {
        fault: ReadFault,
        number: Option<String>,
    },
}

impl From<StoreError> for End {
    fn from(error: StoreError) -> End {
        tracing::error!(%error, "GetMedia cannot read the store");
        End::Error {
            fault: ReadFault::InternalError,
            number: None,
        }
    }
}

impl Reader {
    fn new(server: Arc<Server>, stream: StreamId, slices: mpsc::Sender<Bytes>) -> Reader {
        Reader {
            live: server.hub.stream(stream),
            server,
            stream,
            slices,
            began: Instant::now(),
            sent_ms: AtomicU64::new(0),
            has_sent: AtomicBool::new(false),
        }
    }

    async fn run(&self, start: Result<StartSelector, String>) {
        if let Err(End::Error { fault, number }) = self.read(start).await {
            // The client may be gone, which is why reading may have failed.
            let _ = self
                .slices
                .send(chunk::error(number.as_deref(), fault))
                .await;
        }
    }

    async fn read(&self, start: Result<StartSelector, String>) -> Result<(), End> {
        let start = start.map_err(|number| End::Error {
            fault: ReadFault::FragmentNotFound,
            number: Some(number),
        })?;
        // The stream may have been deleted before it was entered into the hub. From now on
        // the hub tells.
        if self.server.store.stream_by_id(self.stream).await?.is_none() {
            return Ok(());
        }
        let mut after = self.first(start).await?;
        // The archive first, up to what is live: the hub knows only of fragments that
        // came since the server started.
        loop {
            let first_live = self.live.first_after(&after);
            match self.stored_after(after, first_live).await? {
                Some(last) => after = last,
                None => break,
            }
        }
        loop {
            let changed = self.live.changed();
            let mut changed = std::pin::pin!(changed);
            changed.as_mut().enable();
            let now_ms = self.server.clock.now_ms();
            match self.live.next(&after, now_ms) {
                Next::Gone => return Ok(()),
                Next::Live(fragment) => after = self.live_fragment(&fragment).await?,
                Next::Stored { before, then } => {
                    let read = self.stored_after(after, before).await?;
                    match (read, then) {
                        (Some(last), _) => after = last,
                        (None, Some(then)) => after = self.live_fragment(&then).await?,
                        (None, None) => self.idle(changed).await?,
                    }
                }
                Next::Nothing => match self.stored_after(after, None).await? {
                    Some(last) => after = last,
                    None => self.idle(changed).await?,
                },
            }
        }
    }

    /// Waits between chunks. Clients give up on a silent connection (boto after 60 s), and
    /// that a client is gone must be noticed: one that has carried media gets a Void
    /// element now and then. Before that nothing may be sent, but an empty slice makes the
    /// connection see whether its socket is broken.
    async fn idle(&self, changed: impl Future<Output = ()>) -> Result<(), End> {
        self.wait(changed).await?;
        let silent_ms = self.now_ms() - self.sent_ms.load(Ordering::Relaxed);
        if silent_ms >= limits::MEDIA_SILENCE_MS {
            let sign = match self.has_sent.load(Ordering::Relaxed) {
                true => Bytes::from_static(VOID),
                false => Bytes::new(),
            };
            self.pass_on(sign).await?;
        }
        Ok(())
    }

    /// Milliseconds since it began.
    fn now_ms(&self) -> u64 {
        self.began.elapsed().as_millis() as u64
    }

    async fn wait(&self, changed: impl Future<Output = ()>) -> Result<(), End> {
        // A silent stream is looked at now and then: an open fragment may have stalled.
        let look_again = std::time::Duration::from_millis(limits::STALLED_MS);
        tokio::select! {
            () = changed => Ok(()),
            () = tokio::time::sleep(look_again) => Ok(()),
            () = self.slices.closed() => Err(End::Quiet),
        }
    }

    /// The number after which to read.
    async fn first(&self, start: StartSelector) -> Result<FragmentNumber, End> {
        let store = &self.server.store;
        match start {
            StartSelector::Earliest => Ok(FragmentNumber::ZERO),
            StartSelector::Now => {
                // In this order: what opens in between is not passed over.
                let newest = self.live.newest();
                if let Some(open) = self.live.newest_open() {
                    return Ok(before(open));
                }
                let last = store.last_fragment(self.stream).await?;
                let newest = newest.max(last.map(|last| last.meta.number));
                Ok(newest.unwrap_or(FragmentNumber::ZERO))
            }
            StartSelector::After(number) => {
                // In this order: it may become durable meanwhile.
                let found = self.live.holds(&number)
                    || store.fragment(self.stream, &number).await?.is_some();
                let fault = ReadFault::FragmentNotFound;
                found.then_some(number).ok_or_else(|| End::Error {
                    fault,
                    number: Some(number.to_string()),
                })
            }
            StartSelector::At(axis, time_ms) => self.before_time(axis, time_ms).await,
        }
    }

    /// The number after which comes, in order of ingestion, the first fragment that
    /// contains a time or comes after it; the newest one if none does yet.
    async fn before_time(&self, axis: TimeAxis, time_ms: i64) -> Result<FragmentNumber, End> {
        // First what is live: it may become durable meanwhile.
        let live = self.live.containing(axis, time_ms);
        let newest = self.live.newest();
        let store = &self.server.store;
        let range = |start_ms, end_ms, reverse| FragmentRange {
            origin: match axis {
                TimeAxis::Server => Origin::Server,
                TimeAxis::Producer => Origin::Producer,
            },
            start_ms,
            end_ms,
            after: None,
            reverse,
            limit: 1,
        };
        let id = self.stream;
        let earlier = store.fragments(id, range(i64::MIN, time_ms, true)).await?;
        if let Some(StoredFragment { meta, .. }) = earlier.first()
            && select::admits(time_ms, axis.start_ms(meta), Some(meta.duration_ms))
        {
            return Ok(before(meta.number));
        }
        let later = store.fragments(id, range(time_ms, i64::MAX, false)).await?;
        let later = later.first().map(|stored| stored.meta.number);
        if let Some(found) = later.or(live) {
            return Ok(before(found));
        }
        let last = store.last_fragment(id).await?;
        let newest = newest.max(last.map(|last| last.meta.number));
        Ok(newest.unwrap_or(FragmentNumber::ZERO))
    }

    /// Sends stored fragments after one and before another; the last one's number. Those
    /// whose retention, as it is now, is over are passed over though nobody has removed
    /// them yet.
    async fn stored_after(
        &self,
        after: FragmentNumber,
        before: Option<FragmentNumber>,
    ) -> Result<Option<FragmentNumber>, End> {
        let store = &self.server.store;
        let page = store
            .fragments_after(self.stream, Some(&after), PAGE)
            .await?;
        if page.is_empty() {
            return Ok(None);
        }
        let stream = store.stream_by_id(self.stream).await?.ok_or(End::Quiet)?;
        let mut last = None;
        for stored in page {
            if before.is_some_and(|before| stored.meta.number >= before) {
                break;
            }
            if self.live.is_gone() {
                return Err(End::Quiet);
            }
            last = Some(stored.meta.number);
            let now_ms = self.server.clock.now_ms();
            if !is_expired(&stored.meta, now_ms, stream.retention_hours) {
                self.stored(&stored, 0).await?;
            }
        }
        Ok(last)
    }

    /// Sends a stored fragment, its Cluster from an offset on. With an offset the chunk's
    /// beginning has been sent already. Returns whether the fragment was there.
    async fn stored(&self, stored: &StoredFragment, from: usize) -> Result<bool, End> {
        let bytes = match self.server.store.read_fragment(self.stream, stored).await {
            // Expired while we were reading.
            Err(StoreError::NotFound) => return Ok(false),
            other => other?,
        };
        let meta = &stored.meta;
        if from == 0 {
            self.prefix(&bytes.header, meta.number, meta.producer_ms)
                .await?;
        }
        self.send(bytes.cluster.slice(from.min(bytes.cluster.len())..))
            .await?;
        self.send(bytes.trailer).await?;
        self.suffix(&meta.number).await?;
        Ok(true)
    }

    /// Sends a live fragment as it arrives; its number.
    async fn live_fragment(&self, fragment: &Arc<LiveFragment>) -> Result<FragmentNumber, End> {
        let head = &fragment.head;
        let mut sent_parts = 0;
        let mut cluster = SentCluster::default();
        loop {
            let changed = self.live.changed();
            let mut changed = std::pin::pin!(changed);
            changed.as_mut().enable();
            let (parts, state) = fragment.read(sent_parts);
            if sent_parts == 0 && !parts.is_empty() {
                self.prefix(&head.header, head.number, head.producer_ms)
                    .await?;
            }
            sent_parts += parts.len();
            let idle = parts.is_empty();
            for part in parts {
                cluster.add(&part);
                self.send(part).await?;
            }
            match state {
                FragmentState::Open if idle => {
                    let now_ms = self.server.clock.now_ms();
                    if self.live.has_passed(fragment, now_ms) {
                        self.give_up(&cluster).await?;
                        return Ok(head.number);
                    }
                    self.wait(changed).await?;
                }
                FragmentState::Open => {}
                FragmentState::Closed { trailer } => {
                    for part in trailer {
                        self.send(part).await?;
                    }
                    self.suffix(&head.number).await?;
                    return Ok(head.number);
                }
                FragmentState::Dropped => {
                    self.give_up(&cluster).await?;
                    return Ok(head.number);
                }
                FragmentState::Stored => {
                    let store = &self.server.store;
                    let stored = store.fragment(self.stream, &head.number).await?;
                    let sent = match stored {
                        Some(stored) => self.stored(&stored, cluster.sent).await?,
                        None => false,
                    };
                    if !sent {
                        self.give_up(&cluster).await?;
                    }
                    return Ok(head.number);
                }
            }
        }
    }

    /// Ends a Cluster of which no more will come.
    async fn give_up(&self, cluster: &SentCluster) -> Result<(), End> {
        let Some(left) = cluster.left() else {
            return Ok(());
        };
        // A single byte is no element, and a Cluster of whole blocks cannot lack one.
        let (head, mut zeros) = void(left).ok_or(End::Quiet)?;
        self.send(head).await?;
        while zeros > 0 {
            let len = zeros.min(ZEROS.len());
            self.send(Bytes::from_static(&ZEROS[..len])).await?;
            zeros -= len;
        }
        Ok(())
    }

    async fn suffix(&self, number: &FragmentNumber) -> Result<(), End> {
        let behind_ms = self.server.clock.now_ms().saturating_sub(number.server_ms);
        self.send(chunk::after(*number, behind_ms)).await
    }

    async fn prefix(
        &self,
        header: &Bytes,
        number: FragmentNumber,
        producer_ms: i64,
    ) -> Result<(), End> {
        let broken = || End::Error {
            fault: ReadFault::InternalError,
            number: Some(number.to_string()),
        };
        let chunk = ChunkPrefix::new(header).ok_or_else(broken)?;
        for slice in chunk.before(number, producer_ms) {
            self.send(slice).await?;
        }
        Ok(())
    }

    async fn send(&self, bytes: Bytes) -> Result<(), End> {
        if bytes.is_empty() {
            return Ok(());
        }
        self.has_sent.store(true, Ordering::Relaxed);
        self.pass_on(bytes).await
    }

    async fn pass_on(&self, bytes: Bytes) -> Result<(), End> {
        self.slices.send(bytes).await.map_err(|_| End::Quiet)?;
        self.sent_ms.store(self.now_ms(), Ordering::Relaxed);
        Ok(())
    }
}

/// A number after which this fragment comes, and nothing before it.
fn before(number: FragmentNumber) -> FragmentNumber {
    FragmentNumber {
        sequence: number.sequence.saturating_sub(1),
        random: 0x0fff_ffff,
        ..number
    }
}

/// How much of a Cluster was sent, and how much there should be.
#[derive(Default)]
struct SentCluster {
    /// Its first bytes, enough for its id and size.
    head: Vec<u8>,
    /// Bytes sent.
    sent: usize,
}

impl SentCluster {
    fn add(&mut self, part: &[u8]) {
        let wanted = CLUSTER_HEAD_BYTES_MAX.saturating_sub(self.head.len());
        self.head.extend(&part[..wanted.min(part.len())]);
        self.sent += part.len();
    }

    /// Bytes that the declared size promises and that were not sent; `None` if there are
    /// none, or the size is unknown.
    fn left(&self) -> Option<usize> {
        let (_, id_len) = ebml::id(&self.head).ok()??;
        let (size, size_len) = ebml::vint(self.head.get(id_len..)?).ok()??;
        let size = usize::try_from(size?).ok()?;
        let left = (id_len + size_len + size).checked_sub(self.sent)?;
        (left > 0).then_some(left)
    }
}

/// The head of a Void element (RFC 8794 §11.3.2) that is `len` bytes long in all, and how
/// many zeros follow it. `None` for a single byte.
fn void(len: usize) -> Option<(Bytes, usize)> {
    let mut head = BytesMut::new();
    ebml::put_id(&mut head, ids::VOID);
    // One byte of size says up to 126.
    let (form, zeros) = match len {
        ..=1 => return None,
        2..=128 => (SizeForm::Shortest, len - 2),
        _ => (SizeForm::FourBytes, len - 5),
    };
    ebml::put_size(&mut head, zeros as u64, form);
    Some((head.freeze(), zeros))
}

/// Four bytes of id, eight of size.
const CLUSTER_HEAD_BYTES_MAX: usize = 12;

static ZEROS: [u8; 1 << 16] = [0; 1 << 16];

/// An empty Void element (RFC 8794 §11.3.2), which may stand between any two elements.
const VOID: &[u8] = &[0xec, 0x80];

/// Stored fragments looked up at once.
const PAGE: usize = 64;

#[cfg(test)]
mod tests;

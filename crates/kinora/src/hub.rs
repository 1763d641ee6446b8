//! What is happening now: per stream, the fragments being received and those not yet
//! durable.
//!
//! Live readers attach here and get every frame one wake-up after it arrived. A
//! fragment leaves the hub when it is durable, so the memory of a producer is bounded
//! by what the disk has not taken yet; a reader too slow for the hub goes on from the
//! store. Streams without retention keep their last minutes here and nowhere else, bounded by
//! time, by number and by all that a fragment costs.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use bytes::Bytes;
use kvs::fragment::{FragmentMeta, FragmentNumber};
use kvs::ingest::{ClosedFragment, NumberSource, OpenFragment};
use kvs::limits;
use kvs::name::StreamId;
use kvs::numbering::Numbering;
use kvs::select::{self, TimeAxis};
use tokio::sync::Notify;
use tokio::sync::futures::Notified;

use crate::server;

/// All live streams of this node.
#[derive(Default)]
pub struct Hub {
    streams: Mutex<HashMap<StreamId, Arc<LiveStream>>>,
    buffered: Arc<AtomicUsize>,
}

impl Hub {
    /// The live side of a stream, made on first use.
    pub fn stream(&self, id: StreamId) -> Arc<LiveStream> {
        let mut streams = lock(&self.streams);
        let live = streams
            .entry(id)
            .or_insert_with(|| Arc::new(LiveStream::new(Arc::clone(&self.buffered))));
        Arc::clone(live)
    }

    /// The live side of a stream, if anyone uses it.
    pub fn find(&self, id: StreamId) -> Option<Arc<LiveStream>> {
        lock(&self.streams).get(&id).cloned()
    }

    /// Ends everything that goes on in a stream, because it was deleted. A reader in the
    /// middle of a fragment is told that no more of it will come.
    pub fn remove(&self, id: StreamId) {
        if let Some(live) = lock(&self.streams).remove(&id) {
            live.update(|state| {
                state.gone = true;
                for fragment in state.ring.drain(..) {
                    fragment.end(FragmentState::Dropped);
                }
                state.held = 0;
                state.settle(&live.buffered);
            });
            live.told.notify_waiters();
        }
    }

    /// Forgets streams that nobody uses and that hold nothing. Called from time to time.
    pub fn sweep(&self, now_ms: u64) {
        lock(&self.streams).retain(|_, live| {
            let mut state = lock(&live.state);
            state.forget_old(now_ms, &self.buffered);
            // The map's own reference is one; any other is a session or a reader.
            Arc::strong_count(live) > 1 || !state.ring.is_empty() || state.knows_more()
        });
    }

    /// Number of live streams.
    pub fn len(&self) -> usize {
        lock(&self.streams).len()
    }

    /// Whether nothing is live.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// The live side of one stream.
pub struct LiveStream {
    state: Mutex<LiveState>,
    /// For readers: something was received, or went.
    changed: Notify,
    /// For PutMedia connections: there is news of the stream.
    told: Notify,
    /// Bytes that all streams without retention keep, for their common bound.
    buffered: Arc<AtomicUsize>,
}

struct LiveState {
    numbering: Option<Numbering>,
    /// Fragments in order of their numbers.
    ring: VecDeque<Arc<LiveFragment>>,
    /// Numbers that connections drew and have not opened a fragment with yet.
    drawn: Vec<FragmentNumber>,
    /// Highest number of a fragment that left the ring for the store.
    stored: Option<FragmentNumber>,
    /// Highest sequence that is durably set aside for connections.
    aside: u64,
    /// Whether the stream has retention, if that has changed.
    persists: Option<bool>,
    /// What the complete fragments of the ring cost, bytes.
    held: usize,
    /// This stream's part of [`LiveStream::buffered`].
    counted: usize,
    sessions: u32,
    gone: bool,
    timeline: Timeline,
}

/// What the next fragment's place in the playback timeline follows from.
#[derive(Clone, Copy, Debug, Default)]
struct Timeline {
    ordinal: u64,
    breaks: u64,
    /// The highest number that has a place.
    newest: Option<FragmentNumber>,
    previous: Option<Previous>,
}

#[derive(Clone, Copy, Debug)]
struct Previous {
    session: u64,
    codec_digest: u64,
    start_ms: i64,
    end_ms: i64,
}

/// What has happened to a stream.
#[derive(Clone, Copy, Debug)]
pub struct News {
    /// It was deleted.
    pub gone: bool,
    /// Whether its fragments are kept, if that has changed since the hub knows it.
    pub persists: Option<bool>,
}

/// What the hub has of a fragment that a reader asked for.
pub enum Next {
    /// This one is next.
    Live(Arc<LiveFragment>),
    /// Newer ones have gone to the store since: read there first.
    Stored {
        /// Up to here, exclusive.
        before: Option<FragmentNumber>,
        /// What comes after those.
        then: Option<Arc<LiveFragment>>,
    },
    /// Nothing newer yet.
    Nothing,
    /// The stream was deleted.
    Gone,
}

impl LiveStream {
    fn new(buffered: Arc<AtomicUsize>) -> LiveStream {
        LiveStream {
            buffered,
            state: Mutex::new(LiveState {
                numbering: None,
                ring: VecDeque::new(),
                drawn: Vec::new(),
                stored: None,
                aside: 0,
                persists: None,
                held: 0,
                counted: 0,
                sessions: 0,
                gone: false,
                timeline: Timeline::default(),
            }),
            changed: Notify::new(),
            told: Notify::new(),
        }
    }

    /// Resolves at the next change after this call. Make it before looking, so that no
    /// change between the look and the wait is missed.
    pub fn changed(&self) -> Notified<'_> {
        self.changed.notified()
    }

    /// Resolves at the next [`LiveStream::news`] after this call, which is seldom: what the
    /// stream receives is none. Make it before looking.
    pub fn told(&self) -> Notified<'_> {
        self.told.notified()
    }

    /// Highest sequence handed out so far by this node.
    pub fn last_sequence(&self) -> u64 {
        lock(&self.state)
            .numbering
            .as_ref()
            .map_or(0, Numbering::last_sequence)
    }

    /// Registers a PutMedia connection that begins at `first_sequence`; `last` is the
    /// newest stored fragment, for a stream this node does not know yet.
    pub fn begin_session(&self, first_sequence: u64, last: Option<&FragmentMeta>) {
        let mut state = lock(&self.state);
        state.sessions += 1;
        if state.numbering.is_none()
            && let Some(last) = last
        {
            state.timeline = Timeline::after(last);
        }
        let last = last.map(|meta| meta.number);
        let numbering = state
            .numbering
            .get_or_insert_with(|| Numbering::after(last, Box::new(random_28)));
        numbering.begin_at(first_sequence);
    }

    /// Sequences up to this one are durably set aside: the store gives higher ones to a
    /// connection that comes later, even if the hub has forgotten the stream.
    pub fn set_aside(&self, sequence: u64) {
        let mut state = lock(&self.state);
        state.aside = state.aside.max(sequence);
    }

    /// The stream's retention has changed: connections are told whether fragments are kept.
    pub fn retain(&self, persists: bool) {
        lock(&self.state).persists = Some(persists);
        self.told.notify_waiters();
    }

    /// What a PutMedia connection must know of its stream.
    pub fn news(&self) -> News {
        let state = lock(&self.state);
        News {
            gone: state.gone,
            persists: state.persists,
        }
    }

    /// Ends a PutMedia connection. Fragments it left open are dropped.
    pub fn end_session(&self) {
        self.update(|state| state.sessions = state.sessions.saturating_sub(1));
    }

    /// Open PutMedia connections.
    pub fn sessions(&self) -> u32 {
        lock(&self.state).sessions
    }

    /// Whether the stream was deleted.
    pub fn is_gone(&self) -> bool {
        lock(&self.state).gone
    }

    /// A fragment begins.
    pub fn open(&self, head: Arc<OpenFragment>) -> Arc<LiveFragment> {
        let fragment = Arc::new(LiveFragment {
            data: Mutex::new(LiveData {
                parts: Vec::new(),
                bytes: 0,
                duration_ms: None,
                state: FragmentState::Open,
                touched_ms: head.number.server_ms,
            }),
            head,
        });
        self.update(|state| {
            let number = fragment.head.number;
            state.drawn.retain(|drawn| *drawn != number);
            if state.gone {
                fragment.end(FragmentState::Dropped);
            } else {
                // Of two connections the one that drew later may be here earlier.
                let at = state.ring.partition_point(|f| f.head.number < number);
                state.ring.insert(at, Arc::clone(&fragment));
            }
        });
        fragment
    }

    /// More of an open fragment's Cluster arrived.
    pub fn append(&self, fragment: &LiveFragment, parts: Vec<Bytes>, now_ms: u64) {
        {
            let mut data = lock(&fragment.data);
            if data.state != FragmentState::Open {
                return; // Its stream was deleted.
            }
            data.bytes += parts.iter().map(Bytes::len).sum::<usize>();
            data.parts.extend(parts);
            data.touched_ms = now_ms;
        }
        self.changed.notify_waiters();
    }

    /// A fragment is complete: readers may finish it, and it gets its place in the
    /// playback timeline.
    pub fn close(&self, fragment: &LiveFragment, closed: &mut ClosedFragment) {
        let trailer = closed.trailer.clone();
        self.update(|state| {
            let duration_ms = closed.meta.duration_ms;
            state.held += fragment.close(trailer, duration_ms).unwrap_or(0);
            state.timeline.place(&mut closed.meta);
        });
    }

    /// A fragment is given up: it was not received whole, or could not be stored.
    pub fn forget(&self, number: FragmentNumber) {
        self.leave(number, FragmentState::Dropped);
    }

    /// A fragment is durable: whoever still needs it finds it in the store.
    pub fn stored(&self, number: FragmentNumber) {
        self.leave(number, FragmentState::Stored);
    }

    fn leave(&self, number: FragmentNumber, end: FragmentState) {
        self.update(|state| {
            if end == FragmentState::Stored {
                state.stored = state.stored.max(Some(number));
            }
            let at = state.ring.partition_point(|f| f.head.number < number);
            if let Some(fragment) = state.ring.get(at)
                && fragment.head.number == number
            {
                state.held -= fragment.cost_if_closed().unwrap_or(0);
                fragment.end(end);
                state.ring.remove(at);
            }
        });
    }

    /// A closed fragment of a stream without retention stays for a while.
    pub fn keep(&self, now_ms: u64) {
        lock(&self.state).forget_old(now_ms, &self.buffered);
    }

    /// What comes after `after`.
    ///
    /// An open fragment that has been silent for a while (its producer's link is dead)
    /// holds nobody up when there are newer ones; a reader that went past it does not
    /// come back to it.
    pub fn next(&self, after: &FragmentNumber, now_ms: u64) -> Next {
        let state = lock(&self.state);
        if state.gone {
            return Next::Gone;
        }
        // A fragment that is about to open comes before all that have higher numbers.
        let is_recent = |number: &&FragmentNumber| {
            now_ms.saturating_sub(number.server_ms) <= limits::STALLED_MS
        };
        let drawn = state.drawn.iter().filter(is_recent).copied();
        let bound = drawn.filter(|number| number > after).min();
        let mut newer = state
            .newer(after)
            .take_while(|f| bound.is_none_or(|bound| f.head.number < bound));
        let fresh = newer.clone().find(|fragment| !fragment.is_stalled(now_ms));
        let stalled = || newer.next().filter(|f| state.stored <= Some(f.head.number));
        let then = fresh.or_else(stalled).cloned();
        if state.stored.as_ref() > Some(after) {
            let before = then.as_ref().map(|fragment| fragment.head.number);
            let before = before.or(bound);
            return Next::Stored { before, then };
        }
        then.map_or(Next::Nothing, Next::Live)
    }

    /// Number of the first fragment after `after` that is live or about to be: what is
    /// older than it is in the store or nowhere.
    pub fn first_after(&self, after: &FragmentNumber) -> Option<FragmentNumber> {
        let state = lock(&self.state);
        let live = state.newer(after).next();
        let drawn = state.drawn.iter().copied();
        let drawn = drawn.filter(|number| number > after);
        drawn.chain(live.map(|live| live.head.number)).min()
    }

    /// Whether a reader should give up waiting for the rest of an open fragment: nothing
    /// has arrived of it for a while, and there are newer ones.
    pub fn has_passed(&self, fragment: &LiveFragment, now_ms: u64) -> bool {
        if !fragment.is_stalled(now_ms) {
            return false;
        }
        let number = Some(fragment.head.number);
        let state = lock(&self.state);
        let newest = state.ring.back().map(|newest| newest.head.number);
        newest > number || state.stored > number
    }

    /// The newest fragment the hub holds, open or closed.
    pub fn newest(&self) -> Option<FragmentNumber> {
        let state = lock(&self.state);
        state.ring.back().map(|newest| newest.head.number)
    }

    /// The newest fragment, if it is still being received.
    pub fn newest_open(&self) -> Option<FragmentNumber> {
        let state = lock(&self.state);
        let newest = state.ring.back()?;
        newest
            .cost_if_closed()
            .is_none()
            .then_some(newest.head.number)
    }

    /// Whether the hub holds a fragment.
    pub fn holds(&self, number: &FragmentNumber) -> bool {
        let state = lock(&self.state);
        let found = state.ring.binary_search_by(|f| f.head.number.cmp(number));
        found.is_ok()
    }

    /// The first fragment the hub holds that contains a time or comes after it.
    pub fn containing(&self, axis: TimeAxis, time_ms: i64) -> Option<FragmentNumber> {
        let state = lock(&self.state);
        let found = state.ring.iter().find(|fragment| {
            let start_ms = match axis {
                TimeAxis::Server => fragment.head.number.server_ms as i64,
                TimeAxis::Producer => fragment.head.producer_ms,
            };
            select::admits(time_ms, start_ms, lock(&fragment.data).duration_ms)
        });
        found.map(|fragment| fragment.head.number)
    }

    /// All fragments the hub holds, oldest first.
    pub fn fragments(&self) -> Vec<Arc<LiveFragment>> {
        lock(&self.state).ring.iter().cloned().collect()
    }

    /// Draws the next fragment number. Only connections draw, after
    /// [`LiveStream::begin_session`].
    fn number(&self, now_ms: u64) -> FragmentNumber {
        let mut state = lock(&self.state);
        let fresh = || Numbering::after(None, Box::new(random_28));
        let number = state.numbering.get_or_insert_with(fresh).next(now_ms);
        state.drawn.push(number);
        number
    }

    fn update<T>(&self, change: impl FnOnce(&mut LiveState) -> T) -> T {
        let result = change(&mut lock(&self.state));
        self.changed.notify_waiters();
        result
    }
}

impl LiveState {
    /// Whether numbers were handed out that the store would hand out again.
    fn knows_more(&self) -> bool {
        let last = self.numbering.as_ref().map(Numbering::last_sequence);
        last.is_some_and(|last| last > self.aside)
    }

    /// Drops the oldest complete fragments of a stream without retention, beyond what
    /// its buffer may hold. An open one among them does not keep younger ones: a
    /// connection that never ends its Cluster would fill the memory otherwise. All such
    /// streams together have a bound as well; whoever goes beyond it gives way.
    fn forget_old(&mut self, now_ms: u64, buffered: &AtomicUsize) {
        let others = buffered
            .load(Ordering::Relaxed)
            .saturating_sub(self.counted);
        let bytes_max =
            limits::BUFFER_BYTES_MAX.min(limits::BUFFERS_BYTES_MAX.saturating_sub(others));
        // The oldest come first, so this ends at the first that may stay. Those that are
        // open are passed over; there is at most one of each connection.
        let mut at = 0;
        while let Some(fragment) = self.ring.get(at) {
            let age_ms = now_ms.saturating_sub(fragment.head.number.server_ms);
            let over = age_ms > limits::BUFFER_MS_MAX
                || self.held > bytes_max
                || self.ring.len() > limits::BUFFER_FRAGMENTS_MAX;
            if !over {
                break;
            }
            match fragment.cost_if_closed() {
                Some(cost) => {
                    self.held -= cost;
                    self.ring.remove(at);
                }
                None => at += 1,
            }
        }
        self.settle(buffered);
    }

    /// Makes what all streams keep include what this one keeps now.
    fn settle(&mut self, buffered: &AtomicUsize) {
        buffered.fetch_add(self.held, Ordering::Relaxed);
        buffered.fetch_sub(self.counted, Ordering::Relaxed);
        self.counted = self.held;
    }

    /// The ring's fragments after one, in order.
    fn newer(&self, after: &FragmentNumber) -> impl Iterator<Item = &Arc<LiveFragment>> + Clone {
        let from = self.ring.partition_point(|f| f.head.number <= *after);
        self.ring.range(from..)
    }
}

impl Timeline {
    fn after(last: &FragmentMeta) -> Timeline {
        let mut timeline = Timeline {
            ordinal: last.ordinal,
            breaks: last.breaks,
            newest: None,
            previous: None,
        };
        timeline.advance(last);
        timeline
    }

    /// A fragment that is complete only after newer ones had their place, such as the last
    /// of a connection that died without a word, moves nothing: live playlists leave it
    /// out.
    fn place(&mut self, meta: &mut FragmentMeta) {
        if self.newest > Some(meta.number) {
            (meta.ordinal, meta.breaks) = (self.ordinal, self.breaks);
            return;
        }
        if let Some(previous) = self.previous {
            // Clusters of one connection may overlap: with B-frames, and where a muxer
            // cuts them by size, the first audio lies before the last picture shown.
            let breaks = previous.session != meta.session
                || previous.codec_digest != meta.codec_digest
                || meta.producer_ms < previous.start_ms
                || meta.producer_ms.saturating_sub(previous.end_ms) > limits::CONTINUITY_MS;
            self.breaks += u64::from(breaks);
        }
        meta.ordinal = self.ordinal;
        meta.breaks = self.breaks;
        self.advance(meta);
    }

    fn advance(&mut self, meta: &FragmentMeta) {
        self.ordinal += u64::from(meta.cut.is_some());
        self.newest = Some(meta.number);
        self.previous = Some(Previous {
            session: meta.session,
            codec_digest: meta.codec_digest,
            start_ms: meta.producer_ms,
            end_ms: meta.producer_ms.saturating_add(meta.duration_ms.into()),
        });
    }
}

/// The number source of one connection: numbers come from its stream's counter.
pub struct LiveNumbers<'a>(pub &'a LiveStream);

impl NumberSource for LiveNumbers<'_> {
    fn next(&mut self, now_ms: u64) -> FragmentNumber {
        self.0.number(now_ms)
    }
}

/// A fragment in the hub.
pub struct LiveFragment {
    /// Number, producer time and header.
    pub head: Arc<OpenFragment>,
    data: Mutex<LiveData>,
}

struct LiveData {
    parts: Vec<Bytes>,
    /// Bytes of the Cluster that are here.
    bytes: usize,
    /// Known once it is complete.
    duration_ms: Option<u32>,
    state: FragmentState,
    touched_ms: u64,
}

/// How far a fragment is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FragmentState {
    /// Being received.
    Open,
    /// Complete.
    Closed {
        /// The producer's elements after the Cluster.
        trailer: Vec<Bytes>,
    },
    /// Given up.
    Dropped,
    /// Durable and no longer here: read it from the store.
    Stored,
}

impl LiveFragment {
    /// The slices of its Cluster from the `from`-th on, and its state.
    pub fn read(&self, from: usize) -> (Vec<Bytes>, FragmentState) {
        let data = lock(&self.data);
        (
            data.parts.get(from..).unwrap_or_default().to_vec(),
            data.state.clone(),
        )
    }

    /// An open fragment becomes a complete one; what it costs. `None` if it was given up.
    fn close(&self, trailer: Vec<Bytes>, duration_ms: u32) -> Option<usize> {
        {
            let mut data = lock(&self.data);
            if data.state != FragmentState::Open {
                return None;
            }
            data.state = FragmentState::Closed { trailer };
            data.duration_ms = Some(duration_ms);
        }
        self.cost_if_closed()
    }

    /// What a complete fragment costs, bytes: all that it keeps in memory. The header is
    /// usually shared with others of its connection, but need not be.
    fn cost_if_closed(&self) -> Option<usize> {
        let data = lock(&self.data);
        let FragmentState::Closed { trailer } = &data.state else {
            return None;
        };
        let trailer: usize = trailer.iter().map(Bytes::len).sum();
        Some(data.bytes + trailer + self.head.header.len() + FRAGMENT_OVERHEAD_BYTES)
    }

    /// It leaves the ring.
    fn end(&self, state: FragmentState) {
        let mut data = lock(&self.data);
        data.state = state;
        data.parts = Vec::new();
        data.bytes = 0;
    }

    fn is_stalled(&self, now_ms: u64) -> bool {
        let data = lock(&self.data);
        data.state == FragmentState::Open
            && now_ms.saturating_sub(data.touched_ms) > limits::STALLED_MS
    }

    /// Bytes of its Cluster that are here.
    pub fn size(&self) -> usize {
        lock(&self.data).bytes
    }
}

/// Takes a lock. A poisoned one means a bug panicked while holding it; the state of a
/// stream is replaced whole by each change, so going on is sound.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}

fn random_28() -> u32 {
    u32::from_le_bytes(server::random::<4>())
}

/// What a fragment costs beside its bytes: itself, its list of slices, its place in the ring.
const FRAGMENT_OVERHEAD_BYTES: usize = 512;

#[cfg(test)]
mod tests;

//! One PutMedia connection as a machine: bytes and time in, acknowledgements,
//! fragments and findings out.
//!
//! The driver calls [`Ingest::handle`] and then drains [`Ingest::poll`] until it says
//! [`Output::Wait`]. Any chunking of the same bytes gives the same outputs, except that
//! elements behind a Cluster of declared size may come too late for it (see below).
//!
//! # A fragment's life
//!
//! A fragment *opens* when its Cluster's timestamp is known (BUFFERING), has *ended* when
//! its Cluster has (RECEIVED), and is *closed* when nothing can belong to it any more:
//! at the next Cluster, at an end-of-fragment tag, at the end of the body, or after a
//! short silence ([`crate::limits::TRAILER_GRACE_MS`]). A Cluster of declared size is
//! closed with its last byte if nothing else has arrived by then, so that PERSISTED is
//! not delayed, unless this connection has sent elements after a Cluster before.
//!
//! # Errors
//!
//! After an ERROR nothing more is read. PERSISTED of earlier fragments still goes out if
//! storage answers within [`crate::limits::ERROR_DRAIN_MS`]; then the connection ends.

pub mod ack;
mod building;
mod events;
mod explain;
pub mod finding;
mod header;
mod pending;
mod pieces;
mod timers;

pub use header::codec_digest;

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::Bytes;
use media::mkv::reader::{Poll, Reader, ReaderLimits};

use crate::fragment::{FragmentMeta, FragmentNumber, FrameIndex};
use crate::limits;
use crate::stream::Strictness;
use ack::{Ack, FragmentId};
use building::{Arriving, Building, Stamp};
use explain::body;
use finding::{Finding, Ledger, Note};
use header::Header;
use pending::Pending;
use pieces::Pieces;

/// The machine. One for each connection.
#[derive(Debug)]
pub struct Ingest {
    settings: Settings,
    reader: Reader,
    phase: Phase,
    header: Header,
    /// The fragment that has opened and is not closed.
    fragment: Option<Box<Building>>,
    /// The latest frame of the fragment before, and whether that fragment had
    /// reordered frames.
    before: Option<(Stamp, bool)>,
    /// An element after a Cluster that is not complete yet.
    partial: Pieces,
    /// Whether that element is too large to keep.
    discarding: bool,
    /// Elements that came after their fragment was closed.
    late: Pieces,
    /// Where the first late tags stood.
    late_tags: Option<u64>,
    /// Tags among the late elements.
    late_tag_count: usize,
    /// Whether this connection has sent tags after a Cluster.
    trailing: bool,
    pending: Pending,
    ledger: Ledger,
    outputs: VecDeque<Output>,
    /// Bytes pushed so far.
    received: u64,
    now_ms: u64,
    /// When bytes last arrived, or could have.
    heard_ms: u64,
    /// How many IDLE were sent since.
    idles: u64,
    /// How far the wall clock is ahead of `now_ms`.
    wall_ahead_ms: i64,
}

/// Where in the body the connection is.
#[derive(Debug)]
enum Phase {
    /// Before the first Cluster of a header.
    Header,
    /// In a Cluster whose timestamp is not known yet.
    Arriving(Arriving),
    /// In the open fragment's Cluster.
    Cluster {
        /// Declared size of the Cluster's data.
        size: Option<u64>,
    },
    /// After a Cluster. The fragment, if it is still open, closes at this time.
    Between {
        /// Milliseconds since the epoch.
        close_ms: u64,
        /// Whether the Cluster's size was declared.
        sized: bool,
    },
    /// Nothing more is read; storage has until then to answer.
    Draining {
        /// Milliseconds since the epoch.
        until_ms: u64,
        /// Whether an ERROR was sent.
        errored: bool,
    },
    /// Everything is said.
    Done,
}

impl Ingest {
    /// A connection opened at this time.
    pub fn new(settings: Settings, now_ms: u64) -> Ingest {
        Ingest {
            settings,
            reader: Reader::new(ReaderLimits {
                element_bytes_max: limits::HEADER_BYTES_MAX,
                block_bytes_max: limits::FRAGMENT_BYTES_MAX,
            }),
            phase: Phase::Header,
            header: Header::at(0),
            fragment: None,
            before: None,
            partial: Pieces::default(),
            discarding: false,
            late: Pieces::default(),
            late_tags: None,
            late_tag_count: 0,
            trailing: false,
            pending: Pending::default(),
            ledger: Ledger::new(settings.strictness),
            outputs: VecDeque::new(),
            received: 0,
            now_ms,
            heard_ms: now_ms,
            idles: 0,
            wall_ahead_ms: 0,
        }
    }

    /// Says what the wall clock shows at `now_ms`, for what follows. It may be set at any
    /// time, back too, while the time given to [`Ingest::handle`] is that of timeouts and
    /// goes on evenly. Without this both are the same.
    pub fn set_wall_clock(&mut self, now_ms: u64, wall_ms: u64) {
        self.wall_ahead_ms = wall_ms.cast_signed().saturating_sub(now_ms.cast_signed());
    }

    /// Takes in what happened. Drain [`Ingest::poll`] afterwards. `numbers` is asked
    /// for one number for each fragment that opens.
    pub fn handle(&mut self, now_ms: u64, input: Input, numbers: &mut dyn NumberSource) {
        self.now_ms = self.now_ms.max(now_ms);
        match input {
            Input::Persisted(number) => return self.on_persisted(number),
            Input::NotPersisted(number) => return self.on_not_persisted(number),
            Input::Tick => return self.on_tick(),
            Input::Persists(persists) => {
                self.settings.persists = persists;
                return;
            }
            _ if self.is_over() => return,
            Input::Data(bytes) => {
                self.on_timers_before_data();
                self.heard_ms = self.now_ms;
                self.idles = 0;
                self.received += bytes.len() as u64;
                self.reader.push(bytes);
                self.read(numbers);
            }
            Input::End => self.end(numbers),
            Input::Broken => self.on_broken(),
            Input::StreamGone => {
                let id = self.fragment.as_ref().map(|f| f.id);
                self.judge(body::stream_gone(), id);
            }
            Input::Shutdown => {
                // What is in the middle of a Cluster is not acknowledged, so the producer
                // sends it again, whole, on its next connection.
                self.give_up_open_cluster();
                self.close();
                self.drain();
            }
        }
        self.finish_if_drained();
    }

    /// What to do next. Ask until it says [`Output::Wait`].
    pub fn poll(&mut self) -> Output {
        match self.outputs.pop_front() {
            Some(output) => output,
            None => Output::Wait(self.deadline_ms()),
        }
    }

    /// How many fragments were handed out to be stored and are not answered for yet.
    pub fn in_flight(&self) -> usize {
        self.pending.len()
    }

    /// Whether more bytes should be read from the connection now. If not, storage is
    /// behind; ask again after the next [`Input::Persisted`].
    pub fn wants_data(&self) -> bool {
        !self.is_over() && self.pending.has_room()
    }

    /// What the wall clock shows, milliseconds since the epoch.
    fn wall_ms(&self) -> u64 {
        self.now_ms.saturating_add_signed(self.wall_ahead_ms)
    }

    fn is_over(&self) -> bool {
        matches!(self.phase, Phase::Draining { .. } | Phase::Done)
    }

    /// Reads what has arrived.
    fn read(&mut self, numbers: &mut dyn NumberSource) {
        loop {
            match self.reader.poll() {
                Ok(Poll::Event(event)) => self.on_event(event, numbers),
                Ok(Poll::NeedData) => return self.settle(),
                Ok(Poll::End) => {
                    self.settle();
                    return self.on_end();
                }
                Err(error) => return self.on_unreadable(&error),
            }
            if self.is_over() {
                return;
            }
        }
    }

    /// The body has ended.
    fn end(&mut self, numbers: &mut dyn NumberSource) {
        if self.received == 0 {
            self.judge(body::empty(), None);
            return self.drain();
        }
        self.reader.finish();
        self.read(numbers);
    }

    /// Records a note. Returns whether the input is refused for it; then an ERROR was
    /// sent and nothing more is read.
    fn judge(&mut self, note: Note, fragment: Option<FragmentId>) -> bool {
        let refusal = note.weight.refusal(self.settings.strictness);
        let number = fragment.map(|id| id.number);
        if let Some(finding) = self.ledger.enter(self.wall_ms(), number, note) {
            self.outputs.push_back(Output::Finding(finding));
        }
        let Some(error) = refusal else {
            return false;
        };
        self.outputs
            .push_back(Output::Ack(Ack::Error { fragment, error }));
        self.drop_fragment();
        self.partial = Pieces::default();
        self.late = Pieces::default();
        self.phase = Phase::Draining {
            until_ms: self.now_ms + limits::ERROR_DRAIN_MS,
            errored: true,
        };
        true
    }

    fn drop_fragment(&mut self) {
        if let Some(fragment) = self.fragment.take() {
            self.outputs.push_back(Output::Dropped(fragment.id.number));
        }
    }
}

/// What a Cluster's timestamp means (`x-amzn-fragment-timecode-type`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimecodeType {
    /// Time since the epoch.
    Absolute,
    /// Time since the producer's start timestamp.
    Relative,
}

/// What a connection was opened with.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// Tolerant or strict.
    pub strictness: Strictness,
    /// How to read Cluster timestamps.
    pub timecode_type: TimecodeType,
    /// `x-amzn-producer-start-timestamp`, milliseconds since the epoch.
    pub producer_start_ms: i64,
    /// Whether fragments are kept: retention above 0. Without it no PERSISTED is sent. It
    /// may change ([`Input::Persists`]).
    pub persists: bool,
}

/// Hands out fragment numbers. One source serves all connections of a stream, so that
/// numbers never repeat and order by ingestion.
pub trait NumberSource {
    /// The next number, for a fragment whose first byte arrived at `now_ms`.
    fn next(&mut self, now_ms: u64) -> FragmentNumber;
}

/// Something happened to the connection.
#[derive(Debug)]
pub enum Input {
    /// Bytes of the request body.
    Data(Bytes),
    /// The body ended as it should.
    End,
    /// The body broke off: the peer vanished or its framing was wrong.
    Broken,
    /// Nothing but the passing of time.
    Tick,
    /// A fragment handed out by [`Output::Closed`] is durable.
    Persisted(FragmentNumber),
    /// A fragment handed out by [`Output::Closed`] could not be stored.
    NotPersisted(FragmentNumber),
    /// The stream was deleted.
    StreamGone,
    /// Whether fragments that are closed from now on are kept: the stream's retention went
    /// above 0, or to 0.
    Persists(bool),
    /// The server is about to stop: finish what was received, take no more.
    Shutdown,
}

/// What the driver has to do.
#[derive(Debug)]
pub enum Output {
    /// Send this to the producer, as one HTTP chunk.
    Ack(Ack),
    /// A fragment began; live readers may attach to it.
    Opened(Arc<OpenFragment>),
    /// Bytes of the open fragment's Cluster, ending with an element of it, and with a block
    /// in them unless they are the last. All such bytes together are the Cluster, verbatim.
    Live(Vec<Bytes>),
    /// The open fragment is complete. If the connection persists, store it and answer
    /// with [`Input::Persisted`] or [`Input::NotPersisted`].
    Closed(Box<ClosedFragment>),
    /// The open fragment is given up; what was sent of it live will not be completed.
    Dropped(FragmentNumber),
    /// Record this.
    Finding(Finding),
    /// Everything is said: end the response (zero-length chunk) and close.
    Finish,
    /// Nothing more to do before the next input, or before this time (milliseconds
    /// since the epoch) at which a [`Input::Tick`] is due.
    Wait(Option<u64>),
}

/// What is known of a fragment when it begins.
#[derive(Debug, PartialEq, Eq)]
pub struct OpenFragment {
    /// Its number.
    pub number: FragmentNumber,
    /// Producer timestamp, milliseconds since the epoch.
    pub producer_ms: i64,
    /// Everything the producer sent before its first Cluster, verbatim: EBML header,
    /// Segment header, Info, Tracks, …. The same allocation for all of a connection.
    pub header: Bytes,
}

/// A complete fragment.
#[derive(Debug)]
pub struct ClosedFragment {
    /// What lists and playback need. `ordinal` and `breaks` are 0 here: whoever stores
    /// fragments in order fills them in.
    pub meta: FragmentMeta,
    /// The producer's header, verbatim.
    pub header: Bytes,
    /// The Cluster element, verbatim, as slices of the network buffers.
    pub cluster: Vec<Bytes>,
    /// The producer's elements after the Cluster, verbatim.
    pub trailer: Vec<Bytes>,
    /// All frames.
    pub index: FrameIndex,
}

#[cfg(test)]
mod tests;

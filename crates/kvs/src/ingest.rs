//! One PutMedia connection as a machine: bytes and time in, acknowledgements,
//! fragments and findings out.
//!
//! The driver calls [`Ingest::handle`] and then drains [`Ingest::poll`] until it says
//! [`Output::Wait`]. Any chunking of the same bytes gives the same outputs.

pub mod ack;
pub mod finding;

use std::sync::Arc;

use bytes::Bytes;

use crate::fragment::{FragmentMeta, FragmentNumber, FrameIndex};
use crate::stream::Strictness;
use ack::Ack;
use finding::Finding;

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
    /// Whether fragments are kept: retention above 0. Without it no PERSISTED is sent.
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
    /// Bytes of the open fragment's Cluster, ending on a block boundary. All such bytes
    /// together are the Cluster, verbatim.
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

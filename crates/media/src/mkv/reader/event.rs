//! What a reader says: the parts of a stream, in order.

use crate::frame::Track;

/// What [`Reader::poll`](super::Reader::poll) says.
#[derive(Debug, PartialEq)]
pub enum Poll {
    /// Something was recognised.
    Event(Event),
    /// Push more bytes, or [`Reader::finish`](super::Reader::finish).
    NeedData,
    /// The body ended cleanly on an element boundary.
    End,
}

/// Something recognised in the stream.
///
/// The three `…Start` events come **before** any byte of the element is consumed, so a
/// [`Reader::cut`](super::Reader::cut) then ends just in front of it. All others come
/// after the element's last byte is consumed. `offset` is absolute, from the first byte
/// ever pushed.
#[derive(Debug, PartialEq)]
pub enum Event {
    /// An EBML header is next. A second one in a stream is reported like the first.
    EbmlStart {
        /// Where it begins.
        offset: u64,
    },
    /// The EBML header was read.
    Ebml {
        /// `DocType`; `matroska` or `webm` in what this reader is for.
        doc_type: String,
    },
    /// A Segment is next; its children follow as events of their own.
    SegmentStart {
        /// Where it begins.
        offset: u64,
        /// Declared size of its data, `None` if unknown.
        size: Option<u64>,
    },
    /// `Info` was read.
    Info {
        /// `TimestampScale`: nanoseconds per tick, 1 000 000 if absent.
        timestamp_scale_ns: u64,
    },
    /// `Tracks` was read.
    Tracks {
        /// Where the element began.
        offset: u64,
        /// Its entries in file order.
        tracks: Vec<Track>,
    },
    /// A level-1 `Tags` was read (before, between or after Clusters).
    Tags {
        /// Where the element began.
        offset: u64,
        /// Its `Tag`s in file order, nested SimpleTags flattened depth first.
        tags: Vec<Tag>,
    },
    /// A Cluster is next.
    ClusterStart {
        /// Where it begins.
        offset: u64,
        /// Declared size of its data, `None` if unknown.
        size: Option<u64>,
    },
    /// The Cluster's `Timestamp` was read, in ticks. Seen once per Cluster, before its
    /// blocks; a Cluster whose first block comes before it reports 0 first.
    ClusterTimestamp {
        /// The value as sent.
        ticks: u64,
    },
    /// A SimpleBlock or BlockGroup was read whole.
    Block(Block),
    /// The Cluster ended: by its size, by the next level-1 or level-0 element (of which
    /// no byte is consumed yet), or by [`Reader::finish`](super::Reader::finish).
    ClusterEnd {
        /// The offset just past its last byte.
        offset: u64,
        /// Whether its size was declared. If so this event came with its last byte.
        sized: bool,
    },
    /// Any other element at level 0 or 1 (Void, CRC-32, SeekHead, Cues, Chapters, …),
    /// skipped whole and in constant memory. Elements of this kind inside a Cluster are
    /// passed over without an event.
    Other {
        /// Where it began.
        offset: u64,
        /// The element's id, marker bits included (`0xEC` is Void).
        id: u32,
    },
}

/// One `Tag` of a `Tags` element.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Tag {
    /// Its SimpleTags as name and value; a binary value is given as an empty string.
    pub simple: Vec<(String, String)>,
}

/// A SimpleBlock or a BlockGroup.
#[derive(Clone, Debug, PartialEq)]
pub struct Block {
    /// Where the SimpleBlock or BlockGroup element began.
    pub offset: u64,
    /// Track number.
    pub track: u64,
    /// Ticks relative to the Cluster's timestamp.
    pub relative: i16,
    /// SimpleBlock: the key flag. BlockGroup: no `ReferenceBlock`.
    pub key: bool,
    /// The invisible flag.
    pub invisible: bool,
    /// SimpleBlock's discardable flag.
    pub discardable: bool,
    /// `BlockDuration` of a BlockGroup, ticks.
    pub duration: Option<u64>,
    /// The only frame, or the first of a laced group.
    pub frame: FrameSpan,
    /// The other frames of a laced group; empty and unallocated without lacing.
    pub laced: Vec<FrameSpan>,
    /// The first bytes of the first frame (fewer if it is shorter), to recognise what
    /// it is without holding it.
    pub head: [u8; 8],
}

/// Where a frame's payload lies in the stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FrameSpan {
    /// Absolute offset of its first byte.
    pub offset: u64,
    /// Bytes.
    pub len: u32,
}

//! Why a stream cannot be read on.

use crate::mkv::ebml::Fault;

/// Why a stream cannot be read on. The reader stays at the error: every later
/// [`Reader::poll`](super::Reader::poll) gives the same one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadError {
    /// Offset of the element, or of the byte, that is wrong.
    pub offset: u64,
    /// The id of the element it lies in, where one was read.
    pub element: Option<u32>,
    /// What is wrong.
    pub kind: ReadErrorKind,
}

/// What is wrong with a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadErrorKind {
    /// The first bytes are no EBML header. `looks_like` names what they are, if known.
    NotMatroska {
        /// A name for the format (`MP4`, `MPEG-TS`, `H.264 Annex B`, `JSON`, `gzip`, …).
        looks_like: Option<&'static str>,
    },
    /// The `DocType` is neither `matroska` nor `webm`.
    DocType,
    /// An element id or size that EBML does not allow.
    InvalidVint,
    /// An element stands where none of its kind may.
    UnexpectedElement,
    /// An element reaches past the end of its parent.
    ExceedsParent,
    /// An element of unknown size that is neither a Segment nor a Cluster.
    UnknownSize,
    /// An element or block over the limit.
    TooLarge {
        /// The limit, bytes.
        limit: u64,
    },
    /// More elements of this kind in one parent than are read.
    TooMany {
        /// The limit, elements.
        limit: u64,
    },
    /// A value that its element does not allow (a zero timestamp scale, a bad float
    /// size, text that is not UTF-8, a lacing whose sizes do not add up, …).
    InvalidValue,
    /// The body ended inside an element.
    Truncated,
}

impl std::fmt::Display for ReadError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} at byte {}", self.kind, self.offset)?;
        match self.element {
            Some(id) => write!(f, ", element {id:X}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for ReadError {}

impl std::fmt::Display for ReadErrorKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NotMatroska {
                looks_like: Some(name),
            } => {
                write!(f, "not matroska, looks like {name}")
            }
            Self::NotMatroska { looks_like: None } => write!(f, "not matroska"),
            Self::DocType => write!(f, "document type is neither matroska nor webm"),
            Self::InvalidVint => write!(f, "invalid element id or size"),
            Self::UnexpectedElement => write!(f, "element not allowed here"),
            Self::ExceedsParent => write!(f, "element larger than its parent"),
            Self::UnknownSize => write!(f, "element of unknown size"),
            Self::TooLarge { limit } => write!(f, "element over {limit} bytes"),
            Self::TooMany { limit } => write!(f, "over {limit} elements"),
            Self::InvalidValue => write!(f, "invalid value"),
            Self::Truncated => write!(f, "body ended inside an element"),
        }
    }
}

impl From<Fault> for ReadErrorKind {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::InvalidVint => ReadErrorKind::InvalidVint,
            Fault::UnknownSize => ReadErrorKind::UnknownSize,
            Fault::ExceedsParent => ReadErrorKind::ExceedsParent,
        }
    }
}

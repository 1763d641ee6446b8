//! Findings: what the server thought of a producer's bytes, and the cure.

use crate::fragment::FragmentNumber;
use crate::ingest::ack::AckError;

/// One observation about a producer's input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// When, milliseconds since the epoch.
    pub at_ms: u64,
    /// A stable name for what was found, such as `timestamps-go-back`.
    pub code: &'static str,
    /// The error AWS would have sent for it, if any.
    pub aws: Option<AckError>,
    /// Whether the input was refused for it (strict mode, or nothing else possible).
    pub refused: bool,
    /// The fragment concerned.
    pub fragment: Option<FragmentNumber>,
    /// Byte offset in the request body.
    pub offset: Option<u64>,
    /// The Matroska element concerned, such as `Segment/Cluster/SimpleBlock`.
    pub element: Option<String>,
    /// What was seen, in one sentence with the values that clash.
    pub what: String,
    /// The likely cause, in one sentence.
    pub cause: String,
    /// What to change, naming encoder flags.
    pub cure: String,
}

//! Every bound on what the network can make the server hold or do, in one place.
//!
//! AWS's own quota is named where there is one; a tag says how sure it is.

/// Largest fragment, bytes (AWS: 50 MB, hard).
pub const FRAGMENT_BYTES_MAX: u64 = 50_000_000;
/// Longest fragment, milliseconds (AWS: 20 s, hard; older guides said 10 s).
pub const FRAGMENT_DURATION_MS_MAX: u64 = 20_000;
/// Most tracks in a stream (AWS: 3).
pub const TRACKS_MAX: usize = 3;
/// Most metadata tags per fragment (AWS: 10).
pub const FRAGMENT_TAGS_MAX: usize = 10;
/// Longest tag name, bytes (AWS: 128).
pub const TAG_NAME_BYTES_MAX: usize = 128;
/// Longest tag value, bytes (AWS: 256).
pub const TAG_VALUE_BYTES_MAX: usize = 256;
/// Everything before the first Cluster of a connection, bytes (ours).
pub const HEADER_BYTES_MAX: u64 = 1 << 20;
/// Everything between two Clusters, bytes (ours).
pub const TRAILER_BYTES_MAX: u64 = 1 << 20;
/// Silence after which a PutMedia connection is closed, milliseconds (AWS: 30 s).
pub const IDLE_MS_MAX: u64 = 30_000;
/// Longest retention, hours (AWS: 87 600, ten years).
pub const RETENTION_HOURS_MAX: u32 = 87_600;
/// Most frames in a fragment (ours: the frame index is held in memory).
pub const FRAGMENT_FRAMES_MAX: usize = 200_000;
/// Most tracks a tolerant stream stores (ours; AWS allows [`TRACKS_MAX`]).
pub const TRACKS_STORED_MAX: usize = 32;
/// Fragments of one connection not yet durable at which reading from it pauses (ours).
pub const FRAGMENTS_IN_FLIGHT_MAX: usize = 16;
/// Bytes of those at which reading pauses (ours).
pub const BYTES_IN_FLIGHT_MAX: u64 = 64 << 20;
/// Silence after which IDLE is sent, and again after each such span, milliseconds
/// (AWS: documented without a period; ours).
pub const IDLE_ACK_MS: u64 = 5_000;
/// How long a finished fragment waits for elements that belong behind it, milliseconds
/// (ours).
pub const TRAILER_GRACE_MS: u64 = 50;
/// How long an errored connection stays open for PERSISTED of earlier fragments,
/// milliseconds (ours).
pub const ERROR_DRAIN_MS: u64 = 5_000;
/// How long a cleanly ended connection waits for storage before it gives up with 5000,
/// milliseconds (ours).
pub const PERSIST_WAIT_MS: u64 = 60_000;
/// How far a producer timestamp may lie ahead of our clock, milliseconds (AWS: not
/// documented; ours: a day, which covers every time zone mistake).
pub const PRODUCER_AHEAD_MS_MAX: i64 = 86_400_000;
/// Earliest believable ABSOLUTE producer timestamp: 2000-01-01T00:00:00Z, milliseconds
/// (AWS: refuses 1970, threshold not documented).
pub const PRODUCER_EARLIEST_MS: i64 = 946_684_800_000;

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

//! A video stream: its settings and its state.

use std::collections::BTreeMap;

use crate::name::{AccountId, StreamId, StreamName};

/// How strictly a stream's input is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Strictness {
    /// Store what can be stored; record a finding for all that AWS would have refused.
    #[default]
    Tolerant,
    /// Refuse exactly what AWS refuses, with the same acknowledgements.
    Strict,
}

/// A stream's life (`Status` on the wire). Streams here are active at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StreamStatus {
    /// Usable.
    Active,
    /// Its media is being deleted; it can no longer be read or written.
    Deleting,
}

/// `DefaultStorageTier`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum StorageTier {
    /// `HOT`.
    #[default]
    Hot,
    /// `WARM`.
    Warm,
}

/// A stream as its owner configured it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stream {
    /// Internal id.
    pub id: StreamId,
    /// Owner.
    pub account: AccountId,
    /// Name, unique within account and region.
    pub name: StreamName,
    /// When it was created, milliseconds since the epoch; the last part of its ARN.
    pub creation_ms: u64,
    /// `Version`: 20 random alphanumerics, replaced by every change of settings.
    pub version: String,
    /// Its state.
    pub status: StreamStatus,
    /// `DeviceName`, stored and never used.
    pub device_name: Option<String>,
    /// `MediaType`, such as `video/h264,audio/aac`; not checked against the media.
    pub media_type: Option<String>,
    /// `KmsKeyId` as given at creation; `None` is the service's own key.
    pub kms_key_id: Option<String>,
    /// How long fragments are kept, hours; 0 keeps nothing.
    pub retention_hours: u32,
    /// Storage tier.
    pub tier: StorageTier,
    /// Tags, at most 50.
    pub tags: BTreeMap<String, String>,
    /// Strictness, `None` for the server's default.
    pub strictness: Option<Strictness>,
}

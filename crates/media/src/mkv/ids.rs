//! Element ids of EBML (RFC 8794 §11) and Matroska (RFC 9559 §5), marker bits included.

/// `EBML`, the header of a document.
pub const EBML: u32 = 0x1A45_DFA3;
/// `EBMLVersion`.
pub const EBML_VERSION: u32 = 0x4286;
/// `EBMLReadVersion`.
pub const EBML_READ_VERSION: u32 = 0x42F7;
/// `EBMLMaxIDLength`.
pub const EBML_MAX_ID_LENGTH: u32 = 0x42F2;
/// `EBMLMaxSizeLength`.
pub const EBML_MAX_SIZE_LENGTH: u32 = 0x42F3;
/// `DocType`.
pub const DOC_TYPE: u32 = 0x4282;
/// `DocTypeVersion`.
pub const DOC_TYPE_VERSION: u32 = 0x4287;
/// `DocTypeReadVersion`.
pub const DOC_TYPE_READ_VERSION: u32 = 0x4285;
/// `Void`, allowed everywhere.
pub const VOID: u32 = 0xEC;
/// `CRC-32`, allowed everywhere.
pub const CRC32: u32 = 0xBF;

/// `Segment`.
pub const SEGMENT: u32 = 0x1853_8067;
/// `SeekHead`.
pub const SEEK_HEAD: u32 = 0x114D_9B74;
/// `Info`.
pub const INFO: u32 = 0x1549_A966;
/// `Tracks`.
pub const TRACKS: u32 = 0x1654_AE6B;
/// `Cluster`.
pub const CLUSTER: u32 = 0x1F43_B675;
/// `Cues`.
pub const CUES: u32 = 0x1C53_BB6B;
/// `Attachments`.
pub const ATTACHMENTS: u32 = 0x1941_A469;
/// `Chapters`.
pub const CHAPTERS: u32 = 0x1043_A770;
/// `Tags`.
pub const TAGS: u32 = 0x1254_C367;

/// `SegmentUUID` of `Info`.
pub const SEGMENT_UUID: u32 = 0x73A4;
/// `TimestampScale` of `Info`.
pub const TIMESTAMP_SCALE: u32 = 0x2A_D7B1;
/// `MuxingApp` of `Info`.
pub const MUXING_APP: u32 = 0x4D80;
/// `WritingApp` of `Info`.
pub const WRITING_APP: u32 = 0x5741;

/// `TrackEntry` of `Tracks`.
pub const TRACK_ENTRY: u32 = 0xAE;
/// `TrackNumber`.
pub const TRACK_NUMBER: u32 = 0xD7;
/// `TrackUID`.
pub const TRACK_UID: u32 = 0x73C5;
/// `TrackType`.
pub const TRACK_TYPE: u32 = 0x83;
/// `Name` of a track.
pub const NAME: u32 = 0x536E;
/// `CodecID`.
pub const CODEC_ID: u32 = 0x86;
/// `CodecPrivate`.
pub const CODEC_PRIVATE: u32 = 0x63A2;
/// `DefaultDuration`.
pub const DEFAULT_DURATION: u32 = 0x23_E383;
/// `Video` settings.
pub const VIDEO: u32 = 0xE0;
/// `PixelWidth`.
pub const PIXEL_WIDTH: u32 = 0xB0;
/// `PixelHeight`.
pub const PIXEL_HEIGHT: u32 = 0xBA;
/// `Audio` settings.
pub const AUDIO: u32 = 0xE1;
/// `SamplingFrequency`.
pub const SAMPLING_FREQUENCY: u32 = 0xB5;
/// `Channels`.
pub const CHANNELS: u32 = 0x9F;
/// `BitDepth`.
pub const BIT_DEPTH: u32 = 0x6264;

/// `Timestamp` of a Cluster.
pub const TIMESTAMP: u32 = 0xE7;
/// `SilentTracks` of a Cluster (obsolete).
pub const SILENT_TRACKS: u32 = 0x5854;
/// `Position` of a Cluster.
pub const POSITION: u32 = 0xA7;
/// `PrevSize` of a Cluster.
pub const PREV_SIZE: u32 = 0xAB;
/// `SimpleBlock`.
pub const SIMPLE_BLOCK: u32 = 0xA3;
/// `EncryptedBlock` (obsolete).
pub const ENCRYPTED_BLOCK: u32 = 0xAF;
/// `BlockGroup`.
pub const BLOCK_GROUP: u32 = 0xA0;
/// `Block` of a BlockGroup.
pub const BLOCK: u32 = 0xA1;
/// `BlockDuration` of a BlockGroup.
pub const BLOCK_DURATION: u32 = 0x9B;
/// `ReferenceBlock` of a BlockGroup.
pub const REFERENCE_BLOCK: u32 = 0xFB;

/// `Tag` of `Tags`.
pub const TAG: u32 = 0x7373;
/// `SimpleTag`, of a `Tag` or of another.
pub const SIMPLE_TAG: u32 = 0x67C8;
/// `TagName`.
pub const TAG_NAME: u32 = 0x45A3;
/// `TagString`.
pub const TAG_STRING: u32 = 0x4487;

/// Whether the element can only stand at the top of a document.
#[must_use]
pub fn is_level_0(id: u32) -> bool {
    matches!(id, EBML | SEGMENT)
}

/// Whether the element can only stand directly in a Segment.
#[must_use]
pub fn is_level_1(id: u32) -> bool {
    matches!(
        id,
        SEEK_HEAD | INFO | TRACKS | CLUSTER | CUES | ATTACHMENTS | CHAPTERS | TAGS
    )
}

/// Whether the element can only stand directly in a Cluster.
#[must_use]
pub fn is_cluster_child(id: u32) -> bool {
    matches!(
        id,
        TIMESTAMP
            | SILENT_TRACKS
            | POSITION
            | PREV_SIZE
            | SIMPLE_BLOCK
            | ENCRYPTED_BLOCK
            | BLOCK_GROUP
    )
}

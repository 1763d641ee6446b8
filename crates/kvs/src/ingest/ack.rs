//! Acknowledgements, to the byte.

use std::fmt;

use crate::fragment::FragmentNumber;

/// One acknowledgement. `Display` writes the exact bytes of the wire: one compact JSON
/// object and a newline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ack {
    /// The fragment's first bytes were received.
    Buffering(FragmentId),
    /// The whole fragment was received.
    Received(FragmentId),
    /// The fragment is durable.
    Persisted(FragmentId),
    /// Nothing has arrived for a while.
    Idle,
    /// The connection ends because of this.
    Error {
        /// The fragment concerned, if one is.
        fragment: Option<FragmentId>,
        /// Why.
        error: AckError,
    },
}

/// How an acknowledgement names a fragment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FragmentId {
    /// The Cluster's timestamp exactly as sent, ticks.
    pub timecode: u64,
    /// Its number.
    pub number: FragmentNumber,
}

/// `ErrorId` and `ErrorCode` of an ERROR acknowledgement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u16)]
pub enum AckError {
    /// 4000: reading the body failed.
    StreamReadError = 4000,
    /// 4001: fragment over 50 MB.
    MaxFragmentSizeReached = 4001,
    /// 4002: fragment too long.
    MaxFragmentDurationReached = 4002,
    /// 4003: connection too old.
    MaxConnectionDurationReached = 4003,
    /// 4004: timestamps went back.
    FragmentTimecodeLesserThanPrevious = 4004,
    /// 4006: not readable as Matroska.
    InvalidMkvData = 4006,
    /// 4007: producer timestamp out of range.
    InvalidProducerTimestamp = 4007,
    /// 4008: stream deleted or not active.
    StreamNotActive = 4008,
    /// 4009: too many or too long tags.
    FragmentMetadataLimitReached = 4009,
    /// 4010: a frame of an undeclared track.
    TrackNumberMismatch = 4010,
    /// 4011: a declared track without a frame.
    FramesMissingForTrack = 4011,
    /// 4012: more than three tracks.
    MoreThanAllowedTracksFound = 4012,
    /// 5000: a fault of ours.
    InternalError = 5000,
    /// 5001: the fragment could not be stored.
    ArchivalError = 5001,
}

impl AckError {
    /// `ErrorId`.
    pub fn id(self) -> u16 {
        self as u16
    }

    /// `ErrorCode`.
    pub fn code(self) -> &'static str {
        match self {
            AckError::StreamReadError => "STREAM_READ_ERROR",
            AckError::MaxFragmentSizeReached => "MAX_FRAGMENT_SIZE_REACHED",
            AckError::MaxFragmentDurationReached => "MAX_FRAGMENT_DURATION_REACHED",
            AckError::MaxConnectionDurationReached => "MAX_CONNECTION_DURATION_REACHED",
            AckError::FragmentTimecodeLesserThanPrevious => {
                "FRAGMENT_TIMECODE_LESSER_THAN_PREVIOUS"
            }
            AckError::InvalidMkvData => "INVALID_MKV_DATA",
            AckError::InvalidProducerTimestamp => "INVALID_PRODUCER_TIMESTAMP",
            AckError::StreamNotActive => "STREAM_NOT_ACTIVE",
            AckError::FragmentMetadataLimitReached => "FRAGMENT_METADATA_LIMIT_REACHED",
            AckError::TrackNumberMismatch => "TRACK_NUMBER_MISMATCH",
            AckError::FramesMissingForTrack => "FRAMES_MISSING_FOR_TRACK",
            AckError::MoreThanAllowedTracksFound => "MORE_THAN_ALLOWED_TRACKS_FOUND",
            AckError::InternalError => "INTERNAL_ERROR",
            AckError::ArchivalError => "ARCHIVAL_ERROR",
        }
    }
}

impl fmt::Display for Ack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (event, id) = match self {
            Ack::Buffering(id) => ("BUFFERING", Some(id)),
            Ack::Received(id) => ("RECEIVED", Some(id)),
            Ack::Persisted(id) => ("PERSISTED", Some(id)),
            Ack::Idle => ("IDLE", None),
            Ack::Error { fragment, .. } => ("ERROR", fragment.as_ref()),
        };
        write!(f, "{{\"EventType\":\"{event}\"")?;
        if let Some(FragmentId { timecode, number }) = id {
            write!(
                f,
                ",\"FragmentTimecode\":{timecode},\"FragmentNumber\":\"{number}\""
            )?;
        }
        if let Ack::Error { error, .. } = self {
            write!(
                f,
                ",\"ErrorCode\":\"{}\",\"ErrorId\":{}",
                error.code(),
                error.id()
            )?;
        }
        f.write_str("}\n")
    }
}

#[cfg(test)]
mod tests {
    use super::{Ack, AckError, FragmentId};
    use crate::fragment::FragmentNumber;

    #[test]
    fn bytes_of_the_wire() {
        let text = "91343852333181432412489103279736132918353155750";
        let number = FragmentNumber::parse(text).unwrap();
        let id = FragmentId {
            timecode: 1_673_627_041_807,
            number,
        };
        assert_eq!(
            Ack::Buffering(id).to_string(),
            format!(
                "{{\"EventType\":\"BUFFERING\",\"FragmentTimecode\":1673627041807,\
                 \"FragmentNumber\":\"{text}\"}}\n"
            )
        );
        let error = AckError::FragmentTimecodeLesserThanPrevious;
        let id = FragmentId {
            timecode: 0,
            number,
        };
        assert_eq!(
            Ack::Error {
                fragment: Some(id),
                error
            }
            .to_string(),
            format!(
                "{{\"EventType\":\"ERROR\",\"FragmentTimecode\":0,\"FragmentNumber\":\"{text}\",\
                 \"ErrorCode\":\"FRAGMENT_TIMECODE_LESSER_THAN_PREVIOUS\",\"ErrorId\":4004}}\n"
            )
        );
        assert_eq!(Ack::Idle.to_string(), "{\"EventType\":\"IDLE\"}\n");
    }
}

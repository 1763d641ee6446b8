//! Findings.

use bytes::Bytes;
use kvs::fragment::FragmentNumber;
use kvs::ingest::ack::AckError;
use kvs::ingest::finding::Finding;

use super::wire::{Reader, Writer};
use crate::error::StoreError;
use crate::tables::findings::StoredFinding;

pub(crate) fn encode(finding: &Finding) -> Bytes {
    let mut out = Writer::new(1);
    out.number(finding.at_ms);
    out.text(finding.code);
    out.number(finding.aws.map_or(0, |error| error.id().into()));
    out.byte(finding.refused.into());
    out.byte(finding.fragment.is_some().into());
    if let Some(number) = finding.fragment {
        out.number(number.sequence);
        out.number(number.server_ms);
        out.number(number.random.into());
    }
    out.byte(finding.offset.is_some().into());
    if let Some(offset) = finding.offset {
        out.number(offset);
    }
    out.optional_text(finding.element.as_deref());
    out.text(&finding.what);
    out.text(&finding.cause);
    out.text(&finding.cure);
    out.finish()
}

pub(crate) fn decode(serial: u64, bytes: &[u8]) -> Result<StoredFinding, StoreError> {
    let mut reader = Reader::new("finding", bytes, 1)?;
    let finding = StoredFinding {
        serial,
        at_ms: reader.number()?,
        code: reader.text()?,
        aws: match reader.number()? {
            0 => None,
            id => Some(ack_error(id).ok_or_else(|| reader.corrupt("unknown error id"))?),
        },
        refused: reader.flag()?,
        fragment: reader.flag()?.then(|| number(&mut reader)).transpose()?,
        offset: reader.flag()?.then(|| reader.number()).transpose()?,
        element: reader.optional_text()?,
        what: reader.text()?,
        cause: reader.text()?,
        cure: reader.text()?,
    };
    reader.finish()?;
    Ok(finding)
}

fn number(reader: &mut Reader<'_>) -> Result<FragmentNumber, StoreError> {
    Ok(FragmentNumber {
        sequence: reader.number()?,
        server_ms: reader.number()?,
        random: reader.narrow()?,
    })
}

fn ack_error(id: u64) -> Option<AckError> {
    ACK_ERRORS
        .into_iter()
        .find(|error| u64::from(error.id()) == id)
}

const ACK_ERRORS: [AckError; 14] = [
    AckError::StreamReadError,
    AckError::MaxFragmentSizeReached,
    AckError::MaxFragmentDurationReached,
    AckError::MaxConnectionDurationReached,
    AckError::FragmentTimecodeLesserThanPrevious,
    AckError::InvalidMkvData,
    AckError::InvalidProducerTimestamp,
    AckError::StreamNotActive,
    AckError::FragmentMetadataLimitReached,
    AckError::TrackNumberMismatch,
    AckError::FramesMissingForTrack,
    AckError::MoreThanAllowedTracksFound,
    AckError::InternalError,
    AckError::ArchivalError,
];

//! Streams and where to find them.

use std::collections::BTreeMap;

use bytes::Bytes;
use kvs::name::{AccountId, StreamId, StreamName};
use kvs::stream::{StorageTier, Stream, StreamStatus, Strictness};

use super::wire::{Reader, Writer};
use crate::error::StoreError;

pub(crate) fn encode(stream: &Stream) -> Bytes {
    let mut out = Writer::new(1);
    out.fixed(stream.id.0.to_be_bytes());
    out.text(stream.account.as_str());
    out.text(stream.name.as_str());
    out.number(stream.creation_ms);
    out.text(&stream.version);
    out.byte(match stream.status {
        StreamStatus::Active => 0,
        StreamStatus::Deleting => 1,
    });
    out.optional_text(stream.device_name.as_deref());
    out.optional_text(stream.media_type.as_deref());
    out.optional_text(stream.kms_key_id.as_deref());
    out.number(stream.retention_hours.into());
    out.byte(match stream.tier {
        StorageTier::Hot => 0,
        StorageTier::Warm => 1,
    });
    out.byte(match stream.strictness {
        None => 0,
        Some(Strictness::Tolerant) => 1,
        Some(Strictness::Strict) => 2,
    });
    out.number(stream.tags.len() as u64);
    for (key, value) in &stream.tags {
        out.text(key);
        out.text(value);
    }
    out.finish()
}

pub(crate) fn decode(bytes: &[u8]) -> Result<Stream, StoreError> {
    let mut reader = Reader::new("stream", bytes, 1)?;
    let id = StreamId(u64::from_be_bytes(reader.fixed()?));
    let (account, name) = owner_and_name(&mut reader)?;
    let mut stream = Stream {
        id,
        account,
        name,
        creation_ms: reader.number()?,
        version: reader.text()?,
        status: match reader.byte()? {
            0 => StreamStatus::Active,
            1 => StreamStatus::Deleting,
            other => return Err(reader.corrupt(&format!("unknown status {other}"))),
        },
        device_name: reader.optional_text()?,
        media_type: reader.optional_text()?,
        kms_key_id: reader.optional_text()?,
        retention_hours: reader.narrow()?,
        tier: match reader.byte()? {
            0 => StorageTier::Hot,
            1 => StorageTier::Warm,
            other => return Err(reader.corrupt(&format!("unknown tier {other}"))),
        },
        strictness: match reader.byte()? {
            0 => None,
            1 => Some(Strictness::Tolerant),
            2 => Some(Strictness::Strict),
            other => return Err(reader.corrupt(&format!("unknown strictness {other}"))),
        },
        tags: BTreeMap::new(),
    };
    for _ in 0..reader.count(2)? {
        let key = reader.text()?;
        stream.tags.insert(key, reader.text()?);
    }
    reader.finish()?;
    Ok(stream)
}

/// The place of a stream: what its id leads to.
pub(crate) fn encode_place(account: AccountId, name: &StreamName) -> Bytes {
    let mut out = Writer::new(1);
    out.text(account.as_str());
    out.text(name.as_str());
    out.finish()
}

/// Undoes [`encode_place`].
pub(crate) fn decode_place(bytes: &[u8]) -> Result<(AccountId, StreamName), StoreError> {
    let mut reader = Reader::new("stream place", bytes, 1)?;
    let place = owner_and_name(&mut reader)?;
    reader.finish()?;
    Ok(place)
}

fn owner_and_name(reader: &mut Reader<'_>) -> Result<(AccountId, StreamName), StoreError> {
    let account = reader.text()?;
    let account = AccountId::parse(&account).ok_or_else(|| reader.corrupt("bad account id"))?;
    let name = reader.text()?;
    let name = StreamName::parse(&name).ok_or_else(|| reader.corrupt("bad stream name"))?;
    Ok((account, name))
}

//! The shapes of everything stored, written by hand.
//!
//! Every record begins with a version byte. A shape that was ever released is frozen:
//! it is decoded for ever, and a change is a new version beside it. Samples of each
//! lie in `testdata/records`. A record that does not decode to its last byte is
//! [`StoreError::Corrupt`].

pub(crate) mod account;
pub(crate) mod audit;
pub(crate) mod finding;
pub(crate) mod fragment;
pub(crate) mod hour;
pub(crate) mod identity;
pub(crate) mod iot;
pub(crate) mod signup;
pub(crate) mod stream;
mod wire;

#[cfg(test)]
mod tests;

use bytes::Bytes;

use crate::error::StoreError;
use crate::tables::identities::LastUsed;
use wire::{Reader, Writer};

/// A single number: session starts, high-water marks, the schema version.
pub(crate) fn encode_number(value: u64) -> Bytes {
    let mut out = Writer::new(1);
    out.number(value);
    out.finish()
}

/// Undoes [`encode_number`].
pub(crate) fn decode_number(bytes: &[u8]) -> Result<u64, StoreError> {
    let mut reader = Reader::new("number", bytes, 1)?;
    let value = reader.number()?;
    reader.finish()?;
    Ok(value)
}

/// A text: the account id an address leads to, the key ids of an account.
pub(crate) fn encode_text(text: &str) -> Bytes {
    let mut out = Writer::new(1);
    out.text(text);
    out.finish()
}

/// Undoes [`encode_text`].
pub(crate) fn decode_text(bytes: &[u8]) -> Result<String, StoreError> {
    let mut reader = Reader::new("text", bytes, 1)?;
    let text = reader.text()?;
    reader.finish()?;
    Ok(text)
}

/// Bytes that mean something elsewhere.
pub(crate) fn encode_bytes(bytes: &[u8]) -> Bytes {
    let mut out = Writer::new(1);
    out.bytes(bytes);
    out.finish()
}

/// Undoes [`encode_bytes`].
pub(crate) fn decode_bytes(bytes: &[u8]) -> Result<Bytes, StoreError> {
    let mut reader = Reader::new("bytes", bytes, 1)?;
    let value = Bytes::copy_from_slice(reader.bytes()?);
    reader.finish()?;
    Ok(value)
}

/// When and for what a key or a role was last used.
pub(crate) fn encode_last_used(used: &LastUsed) -> Bytes {
    let mut out = Writer::new(1);
    out.number(used.at_ms);
    out.text(&used.service);
    out.text(&used.region);
    out.finish()
}

/// Undoes [`encode_last_used`].
pub(crate) fn decode_last_used(bytes: &[u8]) -> Result<LastUsed, StoreError> {
    let mut reader = Reader::new("last use", bytes, 1)?;
    let used = LastUsed {
        at_ms: reader.number()?,
        service: reader.text()?,
        region: reader.text()?,
    };
    reader.finish()?;
    Ok(used)
}

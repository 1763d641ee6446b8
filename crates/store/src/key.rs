//! Every key of the metadata store, built here and nowhere else.
//!
//! A key is one byte naming the table and then its parts, big-endian, so that keys
//! compare as their parts do. `docs/STORAGE.md` has the map. A table's byte and shape
//! never change; a new shape is a new byte.

use bytes::{BufMut, Bytes, BytesMut};
use kvs::name::{AccountId, StreamId, StreamName};

use crate::media::Span;

/// Version of all shapes; single.
pub(crate) const SCHEMA: u8 = 0x00;
/// Known text under the key-encryption key; single.
pub(crate) const KEK_CHECK: u8 = 0x01;
/// Secrets by name.
pub(crate) const SECRET: u8 = 0x02;
/// Random id of the store, which its media carries too; single.
pub(crate) const STORE_ID: u8 = 0x03;
/// Highest number an extent had when it was last noted; single.
pub(crate) const EXTENT: u8 = 0x04;
/// Accounts by id.
pub(crate) const ACCOUNT: u8 = 0x10;
/// Account ids by lower-case address.
pub(crate) const ACCOUNT_EMAIL: u8 = 0x11;
/// Access keys by id.
pub(crate) const ACCESS_KEY: u8 = 0x12;
/// Access key ids by account.
pub(crate) const ACCOUNT_KEY: u8 = 0x13;
/// Identities by account, kind and unique id.
pub(crate) const IDENTITY: u8 = 0x14;
/// How often an account's identities were changed, by account.
pub(crate) const IDENTITY_REVISION: u8 = 0x15;
/// Account ids by alias.
pub(crate) const ACCOUNT_ALIAS: u8 = 0x16;
/// When and where access keys and roles were last used, by id.
pub(crate) const LAST_USED: u8 = 0x17;
/// Sign-ups under way, by digest of their id.
pub(crate) const SIGNUP: u8 = 0x18;
/// Invitations to sign up, by digest of their code.
pub(crate) const INVITATION: u8 = 0x19;
/// Ways to a new root password, by digest of their token.
pub(crate) const RESET: u8 = 0x1a;
/// Sealed claims of sessions that their tokens have no room for, by access key id.
pub(crate) const SESSION_CLAIMS: u8 = 0x1c;
/// Access key ids of such sessions by when they end.
pub(crate) const SESSION_EXPIRY: u8 = 0x1d;
/// Things, thing types, certificates, IoT policies and role aliases, by account, kind and name.
pub(crate) const IOT: u8 = 0x70;
/// Accounts of device certificates, by the certificate's id.
pub(crate) const IOT_CERTIFICATE: u8 = 0x71;
/// What is attached to certificates: account, kind, certificate, name.
pub(crate) const IOT_LINK: u8 = 0x72;
/// The same: account, kind, name, a zero, certificate.
pub(crate) const IOT_LINK_BACK: u8 = 0x73;
/// How many of them there are, by account and kind.
pub(crate) const IOT_COUNT: u8 = 0x74;
/// Streams by account and name.
pub(crate) const STREAM: u8 = 0x20;
/// Account and name by stream id.
pub(crate) const STREAM_ID: u8 = 0x21;
/// Wrapped data keys by stream id.
pub(crate) const DATA_KEY: u8 = 0x22;
/// First sequence of the newest session by stream id.
pub(crate) const SESSION: u8 = 0x23;
/// Highest sequence deleted by expiry, by stream id.
pub(crate) const EXPIRED: u8 = 0x24;
/// Streams whose media waits to be deleted.
pub(crate) const DOOMED: u8 = 0x25;
/// How many streams there are, by account.
pub(crate) const STREAM_COUNT: u8 = 0x26;
/// Fragments by stream and ingestion order.
pub(crate) const FRAGMENT: u8 = 0x30;
/// Fragments by stream and producer time.
pub(crate) const FRAGMENT_PRODUCER: u8 = 0x31;
/// Summaries of hours by stream and hour.
pub(crate) const HOUR: u8 = 0x32;
/// How far a stream has such summaries, by stream id.
pub(crate) const SUMMARISED: u8 = 0x33;
/// Findings by stream and serial.
pub(crate) const FINDING: u8 = 0x40;
/// Events of the audit trail by account and time.
pub(crate) const AUDIT: u8 = 0x60;
/// How many events a trail has, by account.
pub(crate) const AUDIT_COUNT: u8 = 0x61;
/// Spans no row points at any more.
pub(crate) const PENDING_FREE: u8 = 0x50;

pub(crate) fn single(table: u8) -> Bytes {
    Bytes::copy_from_slice(&[table])
}

pub(crate) fn text(table: u8, text: &str) -> Bytes {
    joined(table, &[text.as_bytes()])
}

pub(crate) fn account(table: u8, account: AccountId) -> Bytes {
    joined(table, &[account.as_str().as_bytes()])
}

pub(crate) fn account_key(account: AccountId, id: &str) -> Bytes {
    joined(ACCOUNT_KEY, &[account.as_str().as_bytes(), id.as_bytes()])
}

/// The key of a table of counts; `part` is what the rows that it counts have in common.
pub(crate) fn counter(table: u8, part: &[u8]) -> Bytes {
    joined(table, &[part])
}

/// `kind` and `id` may be empty, for the prefix of all of an account.
pub(crate) fn identity(account: AccountId, kind: &[u8], id: &str) -> Bytes {
    let account = account.as_str().as_bytes();
    joined(IDENTITY, &[account, kind, id.as_bytes()])
}

/// A key of an account's devices; the last parts may be left out, for a prefix.
pub(crate) fn iot(table: u8, account: AccountId, parts: &[&[u8]]) -> Bytes {
    let account = account.as_str().as_bytes();
    joined(table, &[&[account], parts].concat())
}

/// `id` may be empty, for the first place of a time.
pub(crate) fn session_expiry(expires_ms: u64, id: &str) -> Bytes {
    joined(SESSION_EXPIRY, &[&expires_ms.to_be_bytes(), id.as_bytes()])
}

/// `name` may be a prefix of one, or empty.
pub(crate) fn stream(account: AccountId, name: &str) -> Bytes {
    joined(STREAM, &[account.as_str().as_bytes(), name.as_bytes()])
}

pub(crate) fn stream_name(account: AccountId, name: &StreamName) -> Bytes {
    stream(account, name.as_str())
}

pub(crate) fn of_stream(table: u8, id: StreamId) -> Bytes {
    joined(table, &[&id.0.to_be_bytes()])
}

pub(crate) fn fragment(id: StreamId, server_ms: u64, sequence: u64) -> Bytes {
    joined(
        FRAGMENT,
        &[
            &id.0.to_be_bytes(),
            &server_ms.to_be_bytes(),
            &sequence.to_be_bytes(),
        ],
    )
}

pub(crate) fn fragment_producer(
    id: StreamId,
    producer_ms: i64,
    server_ms: u64,
    sequence: u64,
) -> Bytes {
    joined(
        FRAGMENT_PRODUCER,
        &[
            &id.0.to_be_bytes(),
            &flipped(producer_ms),
            &server_ms.to_be_bytes(),
            &sequence.to_be_bytes(),
        ],
    )
}

/// The summary of an hour, which is counted from the epoch.
pub(crate) fn hour(id: StreamId, hour: u64) -> Bytes {
    joined(HOUR, &[&id.0.to_be_bytes(), &hour.to_be_bytes()])
}

pub(crate) fn finding(id: StreamId, serial: u64) -> Bytes {
    joined(FINDING, &[&id.0.to_be_bytes(), &serial.to_be_bytes()])
}

pub(crate) fn audit(account: AccountId, at_ms: u64, serial: u64) -> Bytes {
    let account = account.as_str().as_bytes();
    joined(
        AUDIT,
        &[account, &at_ms.to_be_bytes(), &serial.to_be_bytes()],
    )
}

pub(crate) fn pending_free(span: Span) -> Bytes {
    joined(
        PENDING_FREE,
        &[&span.extent.to_be_bytes(), &span.offset.to_be_bytes()],
    )
}

/// The least key greater than every key that starts with `prefix`.
pub(crate) fn after_prefix(prefix: &[u8]) -> Bytes {
    let mut end = prefix.to_vec();
    while let Some(last) = end.pop() {
        if last < u8::MAX {
            end.push(last + 1);
            return end.into();
        }
    }
    // Only a prefix of 0xff bytes gets here, and no table has that byte.
    Bytes::from_static(&[u8::MAX])
}

/// The least key greater than `key`.
pub(crate) fn next(key: &[u8]) -> Bytes {
    let mut next = BytesMut::with_capacity(key.len() + 1);
    next.put_slice(key);
    next.put_u8(0);
    next.freeze()
}

/// Number `index` of a key whose parts are all 64-bit numbers.
pub(crate) fn number(key: &[u8], index: usize) -> Option<u64> {
    let part = key.get(1 + index * 8..9 + index * 8)?;
    part.try_into().ok().map(u64::from_be_bytes)
}

/// Signed numbers with the sign bit turned over compare as unsigned bytes.
fn flipped(value: i64) -> [u8; 8] {
    (value as u64 ^ SIGN).to_be_bytes()
}

fn joined(table: u8, parts: &[&[u8]]) -> Bytes {
    let len = 1 + parts.iter().map(|part| part.len()).sum::<usize>();
    let mut key = BytesMut::with_capacity(len);
    key.put_u8(table);
    for part in parts {
        key.put_slice(part);
    }
    key.freeze()
}

const SIGN: u64 = 1 << 63;

#[cfg(test)]
mod tests {
    use kvs::name::StreamId;

    use super::{after_prefix, fragment_producer, next};

    #[test]
    fn producer_keys_order_as_signed_numbers() {
        let id = StreamId(u64::MAX);
        let times = [i64::MIN, -2, -1, 0, 1, 1_700_000_000_000, i64::MAX];
        let keys: Vec<_> = times
            .iter()
            .map(|&time| fragment_producer(id, time, 5, 6))
            .collect();
        assert!(keys.is_sorted());
    }

    #[test]
    fn ends_of_ranges() {
        assert_eq!(after_prefix(&[1, 2])[..], [1, 3]);
        assert_eq!(after_prefix(&[1, 255])[..], [2]);
        assert_eq!(next(&[1])[..], [1, 0]);
    }
}

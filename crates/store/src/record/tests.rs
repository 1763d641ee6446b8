//! Every shape that was ever released still decodes.
//!
//! Samples lie in `testdata/records`.

use std::fmt::Debug;

use kvs::account::{AccessKey, Account, AccountState, Principal};
use kvs::fragment::{IndexEntry, TrackKind};
use kvs::iam::EntityId;
use kvs::ingest::ack::AckError;
use kvs::ingest::finding::Finding;
use kvs::name::{AccountId, StreamName};
use kvs::signup::{Challenge, Channel};
use kvs::stream::{Stream, StreamStatus};
use kvs::timeline::{HOUR_MS, Hour, HourBuilder};

use super::{account, audit, finding, fragment, hour, identity, signup, stream};
use crate::conformance::identities::samples as conformance_identities;
use crate::conformance::signups::{sample_reset, sample_signup};
use crate::conformance::{closed, sample_stream};
use crate::media::Span;
use crate::samples::{sample, to_hex};
use crate::tables::identities::LastUsed;
use crate::{AuditCursor, AuditRow, StoreError, StoredFragment, Summarised};

/// Encodes, compares with the sample, decodes the sample, and feeds the decoder with
/// everything near it.
fn check<T: Debug + PartialEq>(
    name: &str,
    value: &T,
    encoded: &[u8],
    decode: impl Fn(&[u8]) -> Result<T, StoreError>,
) {
    let sample = sample(&format!("records/{name}"), || encoded.to_vec());
    assert_eq!(&decode(&sample).unwrap(), value, "{name}");
    assert_eq!(
        to_hex(&sample),
        to_hex(encoded),
        "{name}: the shape changed"
    );
    for len in 0..sample.len() {
        let result = decode(&sample[..len]);
        assert!(
            matches!(result, Err(StoreError::Corrupt(_))),
            "{name}: {len}"
        );
    }
    let longer = [&sample[..], &[0]].concat();
    assert!(decode(&longer).is_err(), "{name}: longer");
    let mut other = sample.clone();
    other[0] = 0xff;
    assert!(decode(&other).is_err(), "{name}: unknown version");
    damage(&sample, decode);
}

/// Decodes a sample of a shape that nobody writes any more.
fn check_old<T: Debug + PartialEq>(
    name: &str,
    value: &T,
    decode: impl Fn(&[u8]) -> Result<T, StoreError>,
) {
    let sample = sample(&format!("records/{name}"), || panic!("{name} is gone"));
    assert_eq!(&decode(&sample).unwrap(), value, "{name}");
    damage(&sample, decode);
}

fn damage<T>(sample: &[u8], decode: impl Fn(&[u8]) -> Result<T, StoreError>) {
    // Whatever is made of a damaged record, it does not panic.
    for at in 0..sample.len() {
        for bit in 0..8 {
            let mut damaged = sample.to_vec();
            damaged[at] ^= 1 << bit;
            let _any = decode(&damaged);
        }
    }
}

#[test]
fn streams() {
    let full = sample_stream(0x0102_0304_0506_0708, "front-door_1.main");
    check(
        "stream-full-1",
        &full,
        &stream::encode(&full),
        stream::decode,
    );
    let bare = Stream {
        status: StreamStatus::Deleting,
        device_name: None,
        kms_key_id: None,
        media_type: Some("video/h264".into()),
        retention_hours: 0,
        tier: Default::default(),
        tags: Default::default(),
        strictness: None,
        ..sample_stream(1, "a")
    };
    check(
        "stream-bare-1",
        &bare,
        &stream::encode(&bare),
        stream::decode,
    );
    let place = (
        AccountId::parse("123456789012").unwrap(),
        StreamName::parse("front-door").unwrap(),
    );
    let encoded = stream::encode_place(place.0, &place.1);
    check("stream-place-1", &place, &encoded, stream::decode_place);
}

#[test]
fn fragments() {
    let span = Span {
        extent: 300,
        offset: 7 << 40,
        len: 70_000,
    };
    let mut meta = closed(1001, 1_700_000_000_123, -1_700_000_000_000, 60_000).meta;
    let audio = kvs::fragment::TrackSpan {
        number: 1 << 56,
        kind: TrackKind::Audio,
        first: i32::MIN,
        last: i32::MAX,
        frames: u32::MAX,
        bytes: 0,
    };
    let other = kvs::fragment::TrackSpan {
        kind: TrackKind::Other(17),
        ..audio
    };
    meta.tracks.extend([audio, other]);
    let row = StoredFragment { meta, span };
    let number = row.meta.number;
    let decode = |bytes: &[u8]| fragment::decode(number.server_ms, number.sequence, bytes);
    check("fragment-full-1", &row, &fragment::encode(&row), decode);
    // The size the design counts with, for the common two tracks.
    let mut usual = row.clone();
    usual.meta.tracks.truncate(2);
    assert!(fragment::encode(&usual).len() <= 110);
    let mut bare = row;
    bare.meta.tracks.clear();
    bare.meta.cut = None;
    bare.meta.aligned = true;
    check("fragment-bare-1", &bare, &fragment::encode(&bare), decode);
    let encoded = fragment::encode_span(span);
    check("span-1", &span, &encoded, fragment::decode_span);
}

#[test]
fn frame_indexes() {
    let entry = IndexEntry {
        track: 1,
        offset: 20,
        len: 5000,
        relative: 0,
        duration: 0,
        key: true,
    };
    let index = vec![
        entry,
        IndexEntry {
            track: 1 << 56,
            offset: 5027,
            relative: -40,
            duration: 33,
            key: false,
            ..entry
        },
        IndexEntry {
            offset: u32::MAX,
            len: u32::MAX,
            relative: i32::MIN,
            duration: u32::MAX,
            ..entry
        },
        IndexEntry {
            offset: 0,
            len: 0,
            relative: i32::MAX,
            ..entry
        },
    ];
    let encoded = fragment::encode_index(&index);
    check("frame-index-1", &index, &encoded, fragment::decode_index);
    // A count that the record cannot hold must not reserve memory for it.
    let huge = [1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f];
    assert!(fragment::decode_index(&huge).is_err());
    let empty = fragment::encode_index(&Vec::new());
    assert_eq!(fragment::decode_index(&empty).unwrap(), []);
}

/// An hour of two sets of codecs, with old footage.
fn sample_hour() -> Hour {
    let mut hour = HourBuilder::default();
    for n in 0..4 {
        let mut one = closed(n + 1, HOUR_MS + n * 700_000, -5_000, 100);
        one.meta.duration_ms = 2_000;
        one.meta.codec_digest = 7 + n / 2;
        one.meta.producer_ms += (n * 2_000).cast_signed() - i64::from(n == 3);
        hour.add(&one.meta);
    }
    hour.finish()
}

#[test]
fn hours() {
    let value = sample_hour();
    assert_eq!(
        (value.server.spans.len(), value.producer.spans.len()),
        (4, 2)
    );
    let encoded = hour::encode(&value);
    check("hour-1", &value, &encoded, hour::decode);
    assert_eq!(hour::decode_count(&encoded).unwrap(), value.count);
    let mut far = HourBuilder::default();
    for at_ms in [i64::MIN, i64::MAX, 0] {
        let mut one = closed(1, 2, at_ms, 3).meta;
        one.duration_ms = u32::MAX;
        far.add(&one);
    }
    let far = far.finish();
    assert_eq!(hour::decode(&hour::encode(&far)).unwrap(), far);
    let mark = Summarised {
        before_hour: 472_222,
        count: value.count,
    };
    let encoded = hour::encode_summarised(&mark);
    check("summarised-1", &mark, &encoded, hour::decode_summarised);
}

#[test]
fn accounts() {
    let value = Account {
        id: AccountId::parse("000000000001").unwrap(),
        email: "operator@example.com".into(),
        name: "Häuser & Höfe".into(),
        created_ms: 1_700_000_000_000,
        root_password_hash: Some("$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA".into()),
        state: AccountState::Active,
        phone: None,
        email_verified: false,
        phone_verified: false,
    };
    check_old("account-1", &value, account::decode);
    for (name, state) in [
        ("account-pending-2", AccountState::Pending),
        ("account-active-2", AccountState::Active),
        ("account-suspended-2", AccountState::Suspended),
        ("account-closed-2", AccountState::Closed),
    ] {
        let value = Account {
            state,
            phone: Some("+15550100".into()),
            email_verified: true,
            ..value.clone()
        };
        check(name, &value, &account::encode(&value), account::decode);
    }
    for (name, principal) in [
        ("access-key-root-1", Principal::Root),
        (
            "access-key-user-1",
            Principal::User(EntityId::new("camera-1")),
        ),
    ] {
        let key = AccessKey {
            id: "AKIDEXAMPLE".into(),
            account: value.id,
            principal,
            secret: String::new(),
            created_ms: 1_700_000_000_001,
            active: true,
        };
        let value = (key, vec![1, 2, 3]);
        let encoded = account::encode_key(&value.0, &value.1);
        check(name, &value, &encoded, account::decode_key);
    }
}

#[test]
fn findings() {
    let sent = Finding {
        at_ms: 1_700_000_000_000,
        code: "timestamps-go-back",
        aws: Some(AckError::FragmentTimecodeLesserThanPrevious),
        refused: true,
        fragment: Some(closed(5, 6, 7, 0).meta.number),
        offset: Some(70_000),
        element: Some("Segment/Cluster/SimpleBlock".into()),
        what: "40 ms after 80 ms".into(),
        cause: "B-frames".into(),
        cure: "-bf 0".into(),
    };
    let encoded = finding::encode(&sent);
    let decode = |bytes: &[u8]| finding::decode(9, bytes);
    let value = decode(&encoded).unwrap();
    assert_eq!((value.serial, &value.code[..]), (9, sent.code));
    check("finding-full-1", &value, &encoded, decode);
    let bare = Finding {
        aws: None,
        refused: false,
        fragment: None,
        offset: None,
        element: None,
        ..sent
    };
    let encoded = finding::encode(&bare);
    check(
        "finding-bare-1",
        &decode(&encoded).unwrap(),
        &encoded,
        decode,
    );
}

#[test]
fn numbers_and_texts() {
    for (name, value) in [("number-0-1", 0), ("number-max-1", u64::MAX)] {
        check(
            name,
            &value,
            &super::encode_number(value),
            super::decode_number,
        );
    }
    let text = String::from("123456789012");
    check(
        "text-1",
        &text,
        &super::encode_text(&text),
        super::decode_text,
    );
    let bytes = bytes::Bytes::from_static(&[0, 255, 7]);
    let encoded = super::encode_bytes(&bytes);
    check("bytes-1", &bytes, &encoded, super::decode_bytes);
    // Longer than 64 bits.
    let long = [
        1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02,
    ];
    assert!(super::decode_number(&long).is_err());
}

#[test]
fn devices() {
    for (name, value) in crate::conformance::iot::samples() {
        let kind = super::iot::kind_byte(value.kind());
        let encoded = super::iot::encode(&value);
        let decode = |bytes: &[u8]| super::iot::decode(kind, bytes);
        check(&format!("iot-{name}-1"), &value, &encoded, decode);
    }
}

#[test]
fn identities() {
    for (name, value) in conformance_identities() {
        let kind = identity::kind_byte(value.kind());
        let encoded = identity::encode(&value);
        let decode = |bytes: &[u8]| identity::decode(kind, bytes);
        check(&format!("identity-{name}-1"), &value, &encoded, decode);
    }
    let used = LastUsed {
        at_ms: 1_700_000_000_000,
        service: "kinesisvideo".into(),
        region: "us-east-1".into(),
    };
    let encoded = super::encode_last_used(&used);
    check("last-used-1", &used, &encoded, super::decode_last_used);
}

#[test]
fn signups() {
    let full = sample_signup();
    let encoded = signup::encode(&full);
    check("signup-full-1", &full, &encoded, signup::decode);
    let mut bare = full;
    bare.phone = None;
    bare.invitation = None;
    bare.email_verified = false;
    bare.challenge = Challenge {
        channel: Channel::Email,
        digest: None,
        ..bare.challenge
    };
    let encoded = signup::encode(&bare);
    check("signup-bare-1", &bare, &encoded, signup::decode);
    let reset = sample_reset(AccountId::parse("123456789012").unwrap());
    let encoded = signup::encode_reset(&reset);
    check("reset-1", &reset, &encoded, signup::decode_reset);
}

#[test]
fn audits() {
    let (at_ms, serial) = (1_700_000_000_000, 7);
    let row = AuditRow {
        account: AccountId::parse("123456789012").unwrap(),
        at: AuditCursor { at_ms, serial },
        name: "ConsoleLogin".into(),
        user: "häuser".into(),
        body: "{\"eventName\":\"ConsoleLogin\"}".into(),
    };
    let decode = |bytes: &[u8]| audit::decode(row.account, row.at, bytes);
    check("audit-1", &row, &audit::encode(&row), decode);
}

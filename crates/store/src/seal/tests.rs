//! Sealed bytes open in their own place only.

use bytes::BytesMut;
use kvs::fragment::FragmentNumber;
use kvs::name::StreamId;

use super::{DataKey, Kek, OVERHEAD, sealed_len};
use crate::StoreError;
use crate::conformance::closed;
use crate::samples::sample;

const ID: StreamId = StreamId(7);

fn key(id: StreamId) -> DataKey {
    let kek = Kek::new([3; 32]);
    let wrapped = DataKey::create(&kek, id).unwrap();
    DataKey::unwrap(&kek, id, &wrapped).unwrap()
}

#[test]
fn parts_come_back_and_any_flipped_byte_is_corrupt() {
    let key = key(ID);
    let fragment = closed(5, 6, 7, 300);
    let index = b"the index";
    let len = sealed_len(&fragment, index).unwrap() as usize;
    let mut sealed = vec![0xaa; len];
    key.seal(ID, &fragment, index, &mut sealed).unwrap();
    assert!(!sealed.windows(9).any(|window| window == index));
    let number = fragment.meta.number;
    let opened = key.open(ID, &number, BytesMut::from(&sealed[..])).unwrap();
    assert_eq!(opened.index, &index[..]);
    assert_eq!(opened.header, fragment.header);
    assert_eq!(opened.cluster, fragment.cluster.concat());
    assert_eq!(opened.trailer, fragment.trailer.concat());
    for at in 0..len {
        let mut bytes = BytesMut::from(&sealed[..]);
        bytes[at] ^= 0x40;
        let result = key.open(ID, &number, bytes);
        assert!(matches!(result, Err(StoreError::Corrupt(_))), "byte {at}");
    }
    for len in [0, 1, OVERHEAD - 1, OVERHEAD, len - 1] {
        let result = key.open(ID, &number, BytesMut::from(&sealed[..len]));
        assert!(matches!(result, Err(StoreError::Corrupt(_))), "{len} bytes");
    }
}

#[test]
fn a_record_opens_with_its_own_key_and_name_only() {
    let own = key(ID);
    let fragment = closed(5, 6, 7, 300);
    let mut sealed = vec![0; sealed_len(&fragment, b"").unwrap() as usize];
    own.seal(ID, &fragment, b"", &mut sealed).unwrap();
    let number = fragment.meta.number;
    let fails = |key: &DataKey, id, number: FragmentNumber| {
        let result = key.open(id, &number, BytesMut::from(&sealed[..]));
        matches!(result, Err(StoreError::Corrupt(_)))
    };
    assert!(!fails(&own, ID, number));
    assert!(fails(&key(ID), ID, number));
    assert!(fails(&own, StreamId(8), number));
    for other in [
        FragmentNumber {
            sequence: 6,
            ..number
        },
        FragmentNumber {
            server_ms: 5,
            ..number
        },
        FragmentNumber {
            random: number.random ^ 1,
            ..number
        },
    ] {
        assert!(fails(&own, ID, other));
    }
}

#[test]
fn a_record_must_have_the_announced_length() {
    let key = key(ID);
    let fragment = closed(5, 6, 7, 300);
    let len = sealed_len(&fragment, b"").unwrap() as usize;
    for wrong in [0, len - 1, len + 1] {
        assert!(key.seal(ID, &fragment, b"", &mut vec![0; wrong]).is_err());
    }
}

#[test]
fn wrapped_keys_and_secrets_are_bound_to_their_purpose() {
    let kek = Kek::new([3; 32]);
    let wrapped = DataKey::create(&kek, ID).unwrap();
    assert!(DataKey::unwrap(&kek, StreamId(8), &wrapped).is_err());
    assert!(DataKey::unwrap(&Kek::new([4; 32]), ID, &wrapped).is_err());
    let sealed = kek.seal(b"one", b"secret").unwrap();
    assert_eq!(kek.open(b"one", &sealed).unwrap()[..], b"secret"[..]);
    assert!(kek.open(b"two", &sealed).is_err());
    for len in 0..sealed.len() {
        assert!(kek.open(b"one", &sealed[..len]).is_err());
    }
}

/// Nonces are random, so a sample is not what is written today, but it opens.
#[test]
fn what_was_sealed_once_opens_for_ever() {
    let kek = Kek::new([3; 32]);
    let secret = sample("sealed/secret-1", || kek.seal(b"one", b"secret").unwrap());
    assert_eq!(kek.open(b"one", &secret).unwrap()[..], b"secret"[..]);
    let wrapped = sample("sealed/data-key-1", || DataKey::create(&kek, ID).unwrap());
    let key = DataKey::unwrap(&kek, ID, &wrapped).unwrap();
    let fragment = closed(5, 6, 7, 300);
    let sealed = sample("sealed/record-1", || {
        let mut sealed = vec![0; sealed_len(&fragment, b"the index").unwrap() as usize];
        key.seal(ID, &fragment, b"the index", &mut sealed).unwrap();
        sealed
    });
    let number = fragment.meta.number;
    let opened = key.open(ID, &number, BytesMut::from(&sealed[..])).unwrap();
    assert_eq!(opened.index, &b"the index"[..]);
    assert_eq!(opened.header, fragment.header);
    assert_eq!(opened.cluster, fragment.cluster.concat());
    assert_eq!(opened.trailer, fragment.trailer.concat());
    // What is written today has the same shape.
    assert_eq!(secret.len(), kek.seal(b"one", b"secret").unwrap().len());
    assert_eq!(wrapped.len(), DataKey::create(&kek, ID).unwrap().len());
    let len = sealed_len(&fragment, b"the index").unwrap();
    assert_eq!(sealed.len(), len as usize);
    assert_eq!([secret[0], wrapped[0], sealed[0]], [1; 3]);
}

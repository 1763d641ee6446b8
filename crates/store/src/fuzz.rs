//! The body of a fuzz target: bytes on disk that are not what was written.

use std::fmt::Debug;

use crate::error::StoreError;
use crate::record::{self, account, finding, fragment, hour, stream};

/// Decodes `data`, from its second byte on, as every kind of record. The first byte is
/// what the key would say.
///
/// Promises: no panic; every error is [`StoreError::Corrupt`]; what could be decoded is
/// the same once it was encoded again.
///
/// # Panics
/// If a decoder breaks one of them.
pub fn fuzz_records(data: &[u8]) {
    let Some((key, record)) = data.split_first() else {
        return;
    };
    let key = u64::from(*key);
    twice(record, record::decode_number, |value| {
        record::encode_number(*value).to_vec()
    });
    twice(record, record::decode_text, |value| {
        record::encode_text(value).to_vec()
    });
    twice(record, stream::decode, |value| {
        stream::encode(value).to_vec()
    });
    twice(record, stream::decode_place, |(account, name)| {
        stream::encode_place(*account, name).to_vec()
    });
    twice(
        record,
        |bytes| fragment::decode(key, key, bytes),
        |value| fragment::encode(value).to_vec(),
    );
    twice(record, fragment::decode_index, fragment::encode_index);
    twice(record, fragment::decode_span, |value| {
        fragment::encode_span(*value).to_vec()
    });
    twice(record, hour::decode, |value| hour::encode(value).to_vec());
    twice(record, account::decode, |value| {
        account::encode(value).to_vec()
    });
    twice(record, account::decode_key, |(key, sealed)| {
        account::encode_key(key, sealed).to_vec()
    });
    // A finding is read as another type than it was written as.
    let found = finding::decode(key, record);
    assert!(matches!(found, Ok(_) | Err(StoreError::Corrupt(_))));
}

fn twice<T: Debug + PartialEq>(
    record: &[u8],
    decode: impl Fn(&[u8]) -> Result<T, StoreError>,
    encode: impl Fn(&T) -> Vec<u8>,
) {
    match decode(record) {
        Ok(value) => match decode(&encode(&value)) {
            Ok(again) => assert_eq!(again, value),
            Err(error) => panic!("{error} once {value:?} is written again"),
        },
        Err(StoreError::Corrupt(_)) => {}
        Err(other) => panic!("{other:?} instead of Corrupt"),
    }
}

#[cfg(test)]
mod tests {
    use super::fuzz_records;

    #[test]
    fn corpus_of_records() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../../fuzz/corpus/store_records");
        let files = std::fs::read_dir(folder).expect("the corpus is in the tree");
        let mut count = 0;
        for file in files {
            let path = file.expect("a readable folder").path();
            fuzz_records(&std::fs::read(path).expect("a readable file"));
            count += 1;
        }
        assert!(count > 10, "the corpus is lost");
    }
}

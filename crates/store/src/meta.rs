//! The metadata waist: an ordered map with atomic conditional batches.

use std::future::Future;
use std::pin::Pin;

use bytes::Bytes;

use crate::error::StoreError;
use crate::record;

/// A boxed future, so that a store can be a trait object.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A range of keys to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scan {
    /// First key of the range (inclusive).
    pub start: Bytes,
    /// End of the range (exclusive).
    pub end: Bytes,
    /// From the end backwards.
    pub reverse: bool,
    /// Most entries to return.
    pub limit: usize,
}

/// A condition on one key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Check {
    /// The key has no value.
    Absent(Bytes),
    /// The key has exactly this value.
    Equals(Bytes, Bytes),
    /// The counter of this key, read as [`added`] reads it, is below this.
    Below(Bytes, u64),
}

impl Check {
    /// That a key still has the value that was read, or still has none.
    pub fn unchanged(key: Bytes, value: Option<Bytes>) -> Check {
        match value {
            Some(value) => Check::Equals(key, value),
            None => Check::Absent(key),
        }
    }
}

/// Conditions and changes that take effect together or not at all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    /// All must hold, or the commit answers [`StoreError::Conflict`].
    pub checks: Vec<Check>,
    /// Keys to set.
    pub puts: Vec<(Bytes, Bytes)>,
    /// Keys to remove; a missing one is no error.
    pub deletes: Vec<Bytes>,
    /// Counters to change by so much, one after the other, none of them among the other
    /// changes. Unlike a
    /// check and a put of what was read before, additions of many callers at once do not
    /// get in each other's way. [`added`] says what a counter is.
    pub adds: Vec<(Bytes, i64)>,
}

/// The value of a counter after an addition. It is a number as all tables keep numbers;
/// a missing one is 0, as is one that cannot be read, and none goes below 0 or wraps: a
/// count that is wrong must not stop what it counts.
pub fn added(old: Option<&[u8]>, by: i64) -> Bytes {
    record::encode_number(count(old).saturating_add_signed(by))
}

/// What a counter says.
pub fn count(value: Option<&[u8]>) -> u64 {
    let value = value.and_then(|value| record::decode_number(value).ok());
    value.unwrap_or(0)
}

/// An ordered map of byte keys to byte values.
///
/// Keys compare as unsigned bytes. A commit that returned `Ok` survives a crash and is
/// seen by every read that begins after it. No other guarantee may be relied on.
pub trait MetaStore: Send + Sync + 'static {
    /// Values of the keys, in their order.
    fn get<'a>(
        &'a self,
        keys: &'a [Bytes],
    ) -> BoxFuture<'a, Result<Vec<Option<Bytes>>, StoreError>>;

    /// Entries of a range in key order (or backwards), at most `limit`.
    fn scan(&self, scan: Scan) -> BoxFuture<'_, Result<Vec<(Bytes, Bytes)>, StoreError>>;

    /// Applies a batch.
    fn commit(&self, batch: Batch) -> BoxFuture<'_, Result<(), StoreError>>;
}

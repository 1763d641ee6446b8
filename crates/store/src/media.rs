//! The media waist: append-only extents.

use bytes::Bytes;

use crate::error::StoreError;
use crate::meta::BoxFuture;

/// Groups media that expires together; a store may keep classes in separate extents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Class(pub u8);

/// Where a record lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    /// The extent.
    pub extent: u64,
    /// Bytes from the extent's start.
    pub offset: u64,
    /// Bytes.
    pub len: u32,
}

/// Append-only storage of records.
pub trait MediaStore: Send + Sync + 'static {
    /// Appends records, each given as the slices it is made of, and returns where each
    /// lies, in order. On `Ok` all of them survive a crash; on an error none counts.
    fn append(
        &self,
        class: Class,
        records: Vec<Vec<Bytes>>,
    ) -> BoxFuture<'_, Result<Vec<Span>, StoreError>>;

    /// Reads a record.
    fn read(&self, span: Span) -> BoxFuture<'_, Result<Bytes, StoreError>>;

    /// Gives spans back. Their bytes are gone for good when this returns; freeing a
    /// span twice is no error.
    fn free(&self, spans: Vec<Span>) -> BoxFuture<'_, Result<(), StoreError>>;

    /// The extents that exist, with the bytes each occupies.
    fn list(&self) -> BoxFuture<'_, Result<Vec<(u64, u64)>, StoreError>>;
}

//! The media waist: append-only extents.

use bytes::BytesMut;
use kvs::fragment::FragmentNumber;
use kvs::name::StreamId;

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

/// Writes a record's bytes into the place they will be kept in. It is given exactly
/// [`Record::len`] bytes, whose old contents mean nothing.
pub type Fill = Box<dyn FnOnce(&mut [u8]) -> Result<(), StoreError> + Send>;

/// A record to append.
///
/// The bytes are not handed over but produced by [`Record::fill`] inside the buffer
/// the store writes from, so that gathering and sealing a fragment costs one copy and
/// one cipher pass whatever the store: aligned blocks of a file or the body of one
/// object. A store calls it at most once, on a thread of its choosing.
pub struct Record {
    /// The stream it belongs to; kept beside the bytes so that a store can be walked.
    pub stream: StreamId,
    /// The fragment it is; kept beside the bytes too.
    pub number: FragmentNumber,
    /// Exact length, bytes.
    pub len: u32,
    /// Produces the bytes.
    pub fill: Fill,
}

/// Append-only storage of records.
pub trait MediaStore: Send + Sync + 'static {
    /// Appends records and returns where each lies, in order. On `Ok` all of them
    /// survive a crash; on an error none counts.
    fn append(
        &self,
        class: Class,
        records: Vec<Record>,
    ) -> BoxFuture<'_, Result<Vec<Span>, StoreError>>;

    /// Reads a record into a buffer of its own, so that it can be opened in place.
    /// [`StoreError::NotFound`] if nothing lies there (any more).
    fn read(&self, span: Span) -> BoxFuture<'_, Result<BytesMut, StoreError>>;

    /// Gives spans back. Their bytes are gone for good when this returns; freeing a
    /// span twice is no error.
    fn free(&self, spans: Vec<Span>) -> BoxFuture<'_, Result<(), StoreError>>;

    /// The extents that exist, with the bytes each occupies.
    fn list(&self) -> BoxFuture<'_, Result<Vec<(u64, u64)>, StoreError>>;
}

//! The only crate that knows how anything is kept.
//!
//! Two narrow traits ([`meta::MetaStore`], [`media::MediaStore`]) carry everything;
//! the tables above them are written once. [`Store`] is what the server holds.
//! `docs/STORAGE.md` describes keys, extents and what happens after a crash.

pub mod blocking;
pub mod conformance;
pub mod embedded;
pub mod error;
pub mod fuzz;
mod key;
pub mod media;
pub mod memory;
pub mod meta;
mod opened;
mod record;
#[cfg(test)]
mod samples;
mod seal;
pub mod simulated;
pub mod tables;
pub mod wrap;

pub use embedded::{EmbeddedOptions, OpenError};
pub use error::StoreError;
pub use media::Class;
pub use seal::Kek;
pub use tables::Store;
pub use tables::audit::{AuditCursor, AuditRange, AuditRow};
pub use tables::expiry::{Expired, ExpiredMany, Purged};
pub use tables::findings::StoredFinding;
pub use tables::fragments::{
    FragmentBytes, FragmentCursor, FragmentRange, NewFragment, Origin, StoredFragment, Written,
};
pub use tables::hours::{Progress, Summarised};

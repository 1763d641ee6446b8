//! The only crate that knows how anything is kept.
//!
//! Two narrow traits ([`meta::MetaStore`], [`media::MediaStore`]) carry everything;
//! the tables above them are written once. [`Store`] is what the server holds.

pub mod error;
pub mod media;
pub mod meta;

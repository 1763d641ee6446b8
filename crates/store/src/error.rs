//! What can go wrong in a store, by what the caller can do about it.

use std::fmt;

/// An error of a store.
#[derive(Debug)]
pub enum StoreError {
    /// What was asked for does not exist.
    NotFound,
    /// A condition of the commit did not hold: read again and decide anew.
    Conflict,
    /// The store cannot answer now; trying later may help.
    Unavailable(String),
    /// There is no space left; nothing of the request was kept.
    Full,
    /// Stored bytes are not what was stored. A human must look.
    Corrupt(String),
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StoreError::NotFound => f.write_str("not found"),
            StoreError::Conflict => f.write_str("a condition of the commit did not hold"),
            StoreError::Unavailable(why) => write!(f, "store unavailable: {why}"),
            StoreError::Full => f.write_str("no space left in the store"),
            StoreError::Corrupt(what) => write!(f, "stored data is corrupt: {what}"),
        }
    }
}

impl std::error::Error for StoreError {}

//! Fragmented MP4 (ISO/IEC 14496-12) with one track per file.

pub mod fragment;
pub mod init;

use std::fmt;

/// Why a box could not be written: a value that its field cannot hold, or an empty list
/// where the format wants entries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WriteError {
    /// The box or the value concerned.
    pub what: String,
}

impl WriteError {
    fn new(what: impl fmt::Display) -> WriteError {
        WriteError {
            what: what.to_string(),
        }
    }
}

impl fmt::Display for WriteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot write MP4: {}", self.what)
    }
}

impl std::error::Error for WriteError {}

impl From<shiguredo_mp4::Error> for WriteError {
    fn from(error: shiguredo_mp4::Error) -> WriteError {
        WriteError { what: error.reason }
    }
}

//! Space held back so that there is some to free with.
//!
//! To remove old media is to commit that its rows are gone, and a commit takes space. On a
//! disk that is really full, by whatever else lies on it, nothing could be removed any
//! more. So a file takes some space while there is plenty, and is removed when such a
//! commit finds none.

use std::fs::{self, OpenOptions};
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::FallocateFlags;
use rustix::io::Errno;

/// The file.
pub(crate) struct Ballast(PathBuf);

impl Ballast {
    pub(crate) fn new(dir: &Path) -> Ballast {
        Ballast(dir.join("ballast"))
    }

    /// Takes the space, if that is not done and leaves some; whether it is taken.
    pub(crate) fn keep(&self) -> io::Result<bool> {
        if fs::metadata(&self.0).is_ok_and(|file| file.blocks() * 512 >= BYTES) {
            return Ok(true);
        }
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true).mode(0o600);
        let file = options.open(&self.0)?;
        let disk = rustix::fs::fstatvfs(&file)?;
        let is_enough = disk.f_bavail.saturating_mul(disk.f_frsize) >= BYTES + LEFT;
        let taken = match is_enough {
            true => rustix::fs::fallocate(&file, FallocateFlags::empty(), 0, BYTES),
            false => Err(Errno::NOSPC),
        };
        match taken {
            Ok(()) => Ok(true),
            // Later, or never where space cannot be taken ahead.
            Err(Errno::NOSPC | Errno::DQUOT | Errno::OPNOTSUPP | Errno::NOSYS) => {
                fs::remove_file(&self.0).map(|()| false)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Gives the space up; whether there was any.
    pub(crate) fn give_up(&self) -> bool {
        let is_gone = fs::remove_file(&self.0).is_ok();
        if is_gone {
            tracing::warn!("the disk is full: space that was held back is used to free some");
        }
        is_gone
    }
}

/// Room for the log of some thousand deletions.
pub(crate) const BYTES: u64 = 32 << 20;
/// What must be left of the disk when it is taken: half of what media leaves of it while it
/// is not, so that it can be taken on a disk that media keeps full.
const LEFT: u64 = 16 << 20;

#[cfg(test)]
mod tests {
    use super::{BYTES, Ballast};
    use std::os::unix::fs::MetadataExt;

    #[test]
    fn it_is_taken_once_and_given_up_once() {
        let dir = tempfile::tempdir().unwrap();
        let ballast = Ballast::new(dir.path());
        assert!(!ballast.give_up());
        for _ in 0..2 {
            assert!(ballast.keep().unwrap());
            let file = dir.path().join("ballast").metadata().unwrap();
            assert!(file.blocks() * 512 >= BYTES);
            assert!(ballast.give_up());
            assert!(!ballast.give_up());
        }
    }
}

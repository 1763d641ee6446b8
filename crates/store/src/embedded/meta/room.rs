//! Room in the metadata log ahead of what is written.
//!
//! A write that makes a file longer, or that fills blocks for the first time, has the
//! file's inode synced beside its bytes: a second write to the disk, one after the other,
//! and a commit of the journal where the file system has one. So the log is kept longer
//! than what SQLite has written, and most commits overwrite bytes that are there. To
//! SQLite they are as what an earlier round of the log left behind: a frame counts only
//! with the salt and the checksum of this round
//! (<https://www.sqlite.org/fileformat2.html#the_write_ahead_log>).

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Lengthens a log, a step at a time.
pub(super) struct Room {
    path: PathBuf,
    /// Once it was opened, and how long it was made.
    log: Option<(File, u64)>,
}

impl Room {
    /// For the log of a database.
    pub(super) fn new(database: &Path) -> Room {
        let mut path = database.as_os_str().to_owned();
        path.push("-wal");
        Room {
            path: path.into(),
            log: None,
        }
    }

    /// After a commit: if that made the log longer, the next bytes are put there now. A disk
    /// that has no room for them may still have some for what is worth more.
    pub(super) fn keep(&mut self) {
        if let Err(error) = self.lengthen() {
            tracing::debug!(%error, "the metadata log grows as it is written");
        }
    }

    fn lengthen(&mut self) -> io::Result<()> {
        let (file, made) = match &mut self.log {
            Some(log) => log,
            none => {
                // Appended bytes never lie where SQLite has written.
                let file = OpenOptions::new().append(true).open(&self.path)?;
                let made = file.metadata()?.len();
                none.insert((file, made))
            }
        };
        if file.metadata()?.len() <= *made {
            return Ok(());
        }
        let written = file.write_all(&[0; STEP]);
        *made = file.metadata()?.len();
        written
    }
}

/// Bytes put there at once: a few dozen commits.
const STEP: usize = 1 << 20;

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;

    use bytes::Bytes;

    use crate::blocking::block_on;
    use crate::embedded::EmbeddedMeta;
    use crate::meta::{Batch, MetaStore};

    const COMMITS: u32 = 400;

    #[test]
    fn a_log_with_room_in_it_is_read_back_after_a_crash() {
        let dir = tempfile::tempdir().unwrap();
        let database = dir.path().join("meta.db");
        let store = EmbeddedMeta::open(&database).unwrap();
        let key = |n: u32| Bytes::from(format!("{:08x}", n.wrapping_mul(0x9e37_79b9)));
        let mut lengths = BTreeSet::new();
        for n in 0..COMMITS {
            let batch = Batch {
                puts: vec![(key(n), vec![7; 900].into())],
                ..Batch::default()
            };
            block_on(store.commit(batch)).unwrap();
            lengths.insert(fs::metadata(dir.path().join("meta.db-wal")).unwrap().len());
        }
        // Without room there would be one more with each commit.
        assert!(lengths.len() < 30, "{lengths:?}");
        // What a crash leaves is read as it lies there.
        let left = tempfile::tempdir().unwrap();
        for name in ["meta.db", "meta.db-wal"] {
            fs::copy(dir.path().join(name), left.path().join(name)).unwrap();
        }
        let again = EmbeddedMeta::open(&left.path().join("meta.db")).unwrap();
        let keys: Vec<Bytes> = (0..COMMITS).map(key).collect();
        let values = block_on(again.get(&keys)).unwrap();
        assert!(
            values
                .iter()
                .all(|value| value.as_deref() == Some(&[7; 900][..]))
        );
    }
}

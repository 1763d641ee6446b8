//! Whether the media directory is the one that belongs to the metadata.
//!
//! Media may lie on a volume of its own, which may not be mounted at start, or be restored
//! from an older backup. Rows would then point at nothing, and numbers of extents that rows
//! and notes still name would be given out again. So both sides carry the store's random
//! id, and the metadata notes the highest number an extent ever had.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use super::{OpenError, Parts, extent, io_error};
use crate::Store;
use crate::blocking::block_on;
use crate::error::StoreError;
use crate::media::MediaStore as _;

impl Parts {
    /// Refuses media that is another store's, or not there. Changes nothing.
    pub(super) fn media_fits(&self) -> Result<(), OpenError> {
        let dir = self.media.dir().to_owned();
        let store = self.store();
        let fits = match (block_on(store.store_id())?, read_id(&dir)?) {
            (Some(kept), Some(found)) => kept == found,
            // From before there were ids, or a new directory.
            (None | Some(_), None) | (None, Some(_)) => block_on(self.is_there(&store))?,
        };
        match fits {
            true => Ok(()),
            false => Err(OpenError::OtherMedia(dir)),
        }
    }

    /// Whether any of the oldest and newest rows names an extent that is there, or there
    /// are no rows.
    async fn is_there(&self, store: &Store) -> Result<bool, StoreError> {
        let named = store.some_extents(ROWS).await?;
        let there = self.media.list().await?;
        Ok(named.is_empty() || there.iter().any(|(extent, _)| named.contains(extent)))
    }

    /// Writes the id where it is missing, and sees to it that new extents have numbers
    /// that were never used.
    pub(super) async fn adopt(&self) -> Result<(), OpenError> {
        let dir = self.media.dir();
        let store = self.store();
        let (kept, found) = (store.store_id().await?, read_id(dir)?);
        let id = match kept.as_ref().or(found.as_ref()) {
            Some(id) => id.clone(),
            None => new_id()?,
        };
        // The media first: metadata with an id has media with one.
        if found.as_ref() != Some(&id) {
            write_id(dir, &id).map_err(io_error(dir))?;
        }
        if kept.is_none() {
            store.put_store_id(&id).await?;
        }
        let noted = store.noted_extent().await?;
        if self.media.highest() < noted {
            tracing::warn!("the media is older than the metadata");
            self.media.pass_over(noted.saturating_add(UNNOTED));
        }
        Ok(store.note_extent(self.media.highest()).await?)
    }
}

fn new_id() -> Result<String, StoreError> {
    let random = crate::seal::random::<16>()?;
    Ok(random.iter().map(|byte| format!("{byte:02x}")).collect())
}

fn read_id(dir: &Path) -> Result<Option<String>, OpenError> {
    let path = dir.join(FILE);
    match fs::read_to_string(&path) {
        Ok(text) => Ok(Some(text.trim().to_owned())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(io_error(&path)(error)),
    }
}

/// Under another name first: half an id would be another one.
fn write_id(dir: &Path, id: &str) -> io::Result<()> {
    let new = dir.join("id.new");
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o600);
    let mut file = options.open(&new)?;
    writeln!(file, "{id}")?;
    file.sync_all()?;
    fs::rename(&new, dir.join(FILE))?;
    extent::sync_dir(dir)
}

const FILE: &str = "id";
/// Rows looked at from either end.
const ROWS: usize = 100;
/// More extents than are made between two notes.
const UNNOTED: u64 = 1024;

#[cfg(test)]
mod tests;

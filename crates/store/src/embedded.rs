//! The store of one machine: a directory with metadata in SQLite and media in extents.
//!
//! ```text
//! dir/lock      held while the store is in use; the holder's process id
//! dir/kek       the key-encryption key, unless it is kept elsewhere
//! dir/meta.db   metadata (SQLite, with -wal and -shm)
//! dir/media/    extents, and the id of the store they belong to
//! dir/ballast   space for commits that free some
//! ```

mod aligned;
mod ballast;
mod belonging;
mod extent;
pub mod fsck;
mod media;
mod meta;

#[cfg(test)]
mod tests;

use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustix::fs::FlockOperation;
use rustix::io::Errno;
use zeroize::Zeroizing;

use self::ballast::Ballast;
use crate::blocking::block_on;
use crate::error::StoreError;
use crate::media::{MediaStore, Span};
use crate::meta::MetaStore;
use crate::{Kek, Store};

pub use media::EmbeddedMedia;
pub use meta::EmbeddedMeta;

/// How an embedded store is opened.
#[derive(Clone)]
pub struct EmbeddedOptions {
    /// Its directory, made with mode 0700 if there is none.
    pub dir: PathBuf,
    /// The key-encryption key. Without one it is read from the file `kek` in the
    /// directory, which a new store makes with mode 0600.
    pub kek: Option<Kek>,
    /// Size of a media extent, bytes. Preallocated, so that this much is taken at once.
    pub extent_bytes: u64,
    /// Most disk space that media may take, bytes; no limit without it. No extent is
    /// made that would take more: where none fits, the append answers [`StoreError::Full`].
    pub media_bytes_max: Option<u64>,
}

impl EmbeddedOptions {
    /// Default settings for a directory: the key beside the data, extents of 256 MiB.
    pub fn new(dir: impl Into<PathBuf>) -> EmbeddedOptions {
        EmbeddedOptions {
            dir: dir.into(),
            kek: None,
            extent_bytes: 256 << 20,
            media_bytes_max: None,
        }
    }
}

/// Why a store could not be opened.
#[derive(Debug)]
pub enum OpenError {
    /// Another process uses the directory.
    Locked {
        /// The lock file.
        path: PathBuf,
        /// The process that holds it, if it said so.
        pid: Option<u32>,
    },
    /// The store was made with another key-encryption key.
    WrongKek,
    /// There is a store but the file with its key-encryption key is missing.
    NoKek(PathBuf),
    /// The file is no key: it must be 32 bytes and readable by its owner alone.
    BadKek(PathBuf),
    /// A newer version of the server wrote the store.
    Newer,
    /// The media directory is another store's, or its extents are not there.
    OtherMedia(PathBuf),
    /// A file or directory could not be used.
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// Reading or recovering what is stored failed.
    Store(StoreError),
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            OpenError::Locked { path, pid } => {
                write!(f, "the store is in use: {} is locked", path.display())?;
                match pid {
                    Some(pid) => write!(f, " by process {pid}"),
                    None => Ok(()),
                }
            }
            OpenError::WrongKek => {
                f.write_str("the store was made with another key-encryption key")
            }
            OpenError::NoKek(path) => write!(
                f,
                "there is a store but no key-encryption key in {}",
                path.display()
            ),
            OpenError::BadKek(path) => write!(
                f,
                "{} is no key-encryption key: 32 bytes, readable by the owner alone (mode 0600)",
                path.display()
            ),
            OpenError::Newer => f.write_str("a newer version of the server wrote the store"),
            OpenError::OtherMedia(path) => write!(
                f,
                "{} does not hold this store's media: is its volume mounted? If it is lost, \
                 `kinora fsck --accept-media --repair` removes what names it",
                path.display()
            ),
            OpenError::Io { path, error } => write!(f, "{}: {error}", path.display()),
            OpenError::Store(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for OpenError {}

impl From<StoreError> for OpenError {
    fn from(error: StoreError) -> OpenError {
        OpenError::Store(error)
    }
}

impl Store {
    /// Opens the store of a directory, alone, and puts right what a crash left.
    /// Blocks; call it before the server starts or on a blocking thread.
    pub fn open(options: &EmbeddedOptions) -> Result<Store, OpenError> {
        let parts = Parts::open(options)?;
        parts.media_fits()?;
        block_on(parts.adopt())?;
        block_on(parts.recover())?;
        let store = parts.store();
        let keeper = Keeper {
            media: parts.media,
            ballast: Ballast::new(&options.dir),
            _lock: parts.lock,
        };
        keeper.keep_ballast();
        Ok(store.kept_by(keeper))
    }
}

/// What an open store has beside its tables.
pub(crate) struct Keeper {
    media: Arc<EmbeddedMedia>,
    ballast: Ballast,
    /// The last field, so that it is given up only when the back ends have stopped.
    _lock: File,
}

impl Keeper {
    /// The highest number of an extent.
    pub(crate) fn highest_extent(&self) -> u64 {
        self.media.highest()
    }

    /// Takes the space for hard times, if it can; while it cannot, media leaves it.
    pub(crate) fn keep_ballast(&self) {
        let is_kept = self.ballast.keep().unwrap_or_else(|error| {
            tracing::warn!(%error, "no space could be held back");
            false
        });
        self.media
            .hold_back(if is_kept { 0 } else { ballast::BYTES });
    }

    /// Gives that space up; whether there was any.
    pub(crate) fn give_up_ballast(&self) -> bool {
        self.media.hold_back(ballast::BYTES);
        self.ballast.give_up()
    }
}

/// The open files of a store.
struct Parts {
    lock: File,
    meta: Arc<EmbeddedMeta>,
    media: Arc<EmbeddedMedia>,
    kek: Kek,
}

impl Parts {
    /// Opens everything and checks that version and key fit. Changes nothing in an
    /// existing store.
    fn open(options: &EmbeddedOptions) -> Result<Parts, OpenError> {
        let dir = &options.dir;
        let mut make = fs::DirBuilder::new();
        make.recursive(true).mode(0o700);
        make.create(dir).map_err(io_error(dir))?;
        let lock = take_lock(&dir.join("lock"))?;
        let database = dir.join("meta.db");
        let is_new = !database.exists();
        let kek = match &options.kek {
            Some(kek) => kek.clone(),
            None => kek_file(&dir.join("kek"), is_new)?,
        };
        let meta = Arc::new(EmbeddedMeta::open(&database)?);
        let media = Arc::new(EmbeddedMedia::open(
            &dir.join("media"),
            options.extent_bytes,
            options.media_bytes_max,
        )?);
        if is_new {
            // The names of what was made must be there after a crash as well.
            extent::sync_dir(dir).map_err(io_error(dir))?;
            if let Some(parent) = dir.canonicalize().map_err(io_error(dir))?.parent() {
                extent::sync_dir(parent).map_err(io_error(parent))?;
            }
        }
        let parts = Parts {
            lock,
            meta,
            media,
            kek,
        };
        let store = parts.store();
        if !block_on(store.schema_fits())? {
            return Err(OpenError::Newer);
        }
        if !block_on(store.kek_fits())? {
            return Err(OpenError::WrongKek);
        }
        Ok(parts)
    }

    fn store(&self) -> Store {
        let meta: Arc<dyn MetaStore> = self.meta.clone();
        let media: Arc<dyn MediaStore> = self.media.clone();
        Store::new(meta, media, self.kek.clone())
    }

    /// Finishes frees that were noted, then ends the extents that were open: records
    /// without a row were never acknowledged, and what lies behind the last record
    /// with one is either that or was never used.
    async fn recover(&self) -> Result<(), StoreError> {
        let store = self.store();
        if store.is_older().await? {
            store.mend_counts().await?;
        }
        self.media.set_aside()?;
        // What fails here is tried again while the server runs.
        let freed = store.finish_frees().await.unwrap_or_else(|error| {
            tracing::warn!(%error, "media could not be freed");
            0
        });
        let mut dropped = 0;
        for extent in self.media.unsettled() {
            match self.end(&store, extent).await {
                Ok(orphans) => dropped += orphans,
                // It is not appended to again, and the next start tries it once more. What
                // else is stored must not wait for a disk without faults.
                Err(error) => tracing::error!(%error, extent, "an extent could not be ended"),
            }
        }
        self.media.sweep()?;
        if freed > 0 || dropped > 0 {
            tracing::info!(freed, dropped, "finished what the last run left");
        }
        Ok(())
    }
}

impl Parts {
    /// Ends an extent that was open; gives the number of records without a row.
    async fn end(&self, store: &Store, extent: u64) -> Result<usize, StoreError> {
        let (headers, _) = self.media.walk(extent)?;
        let mut orphans: Vec<Span> = Vec::new();
        let mut end = 0;
        let have = store.have_rows(&extent::names(&headers)).await?;
        for (header, has_row) in headers.iter().zip(have) {
            if has_row {
                end = header.span.offset + extent::room(header.span.len);
            } else {
                orphans.push(header.span);
            }
        }
        self.media.settle(extent, &orphans, end)?;
        Ok(orphans.len())
    }
}

/// Takes the lock file or says who has it.
fn take_lock(path: &Path) -> Result<File, OpenError> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    let mut file = options.open(path).map_err(io_error(path))?;
    match rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => {}
        Err(Errno::WOULDBLOCK) => {
            let mut text = String::new();
            // The number only helps the reader of the message.
            let pid = match file.read_to_string(&mut text) {
                Ok(_) => text.trim().parse().ok(),
                Err(_) => None,
            };
            let path = path.to_owned();
            return Err(OpenError::Locked { path, pid });
        }
        Err(error) => return Err(io_error(path)(error.into())),
    }
    let write = |file: &mut File| {
        file.set_len(0)?;
        writeln!(file, "{}", std::process::id())
    };
    write(&mut file).map_err(io_error(path))?;
    Ok(file)
}

/// Reads the key file; makes it if that is allowed and there is none.
fn kek_file(path: &Path, create: bool) -> Result<Kek, OpenError> {
    let bad = || OpenError::BadKek(path.to_owned());
    match File::open(path) {
        Ok(mut file) => {
            let mode = file.metadata().map_err(io_error(path))?.mode();
            if mode & 0o077 != 0 {
                return Err(bad());
            }
            let mut bytes = Zeroizing::new(Vec::with_capacity(64));
            // One byte more than a key has shows that the file is none.
            let mut start = (&mut file).take(33);
            start.read_to_end(&mut bytes).map_err(io_error(path))?;
            <[u8; 32]>::try_from(&bytes[..])
                .map(Kek::new)
                .map_err(|_| bad())
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound && create => {
            let kek = Kek::random()?;
            write_kek(path, &kek).map_err(io_error(path))?;
            Ok(kek)
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Err(OpenError::NoKek(path.to_owned()))
        }
        Err(error) => Err(io_error(path)(error)),
    }
}

/// Writes the key under another name first: half a key would lock the store for good.
fn write_kek(path: &Path, kek: &Kek) -> io::Result<()> {
    let new = path.with_extension("new");
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o600);
    let mut file = options.open(&new)?;
    file.write_all(kek.as_bytes())?;
    file.sync_all()?;
    fs::rename(&new, path)?;
    path.parent().map_or(Ok(()), extent::sync_dir)
}

fn io_error(path: &Path) -> impl Fn(io::Error) -> OpenError {
    let path = path.to_owned();
    move |error| OpenError::Io {
        path: path.clone(),
        error,
    }
}

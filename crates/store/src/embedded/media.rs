//! The media waist on extent files.
//!
//! Appends go to threads of the store's own (see [`writer`]). Reads and frees run on
//! the runtime's blocking threads, or inline where there is no runtime.

mod ends;
mod writer;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::{DirBuilderExt, FileExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use bytes::{Bytes, BytesMut};
use rustix::buffer::spare_capacity;
use rustix::fs::Advice;
use rustix::io::Errno;
use tokio::sync::{mpsc, oneshot};

use self::writer::Job;
use super::extent::{self, HEADER_LEN, Header, Life};
use crate::error::StoreError;
use crate::media::{Class, MediaStore, Record, Span};
use crate::memory::lock;
use crate::meta::BoxFuture;

/// A media store in a directory of its own.
pub struct EmbeddedMedia {
    shared: Arc<Shared>,
    queue: Option<mpsc::Sender<Job>>,
    threads: Vec<JoinHandle<()>>,
}

/// What a look at a span finds.
pub(crate) enum Found {
    /// The header of a record.
    Record(Header),
    /// A hole, or the extent is not there.
    Nothing,
    /// Something that is no header.
    Damage,
}

/// What threads share. Order of locks: none is taken while another is held.
struct Shared {
    dir: PathBuf,
    /// Open files by extent, for reads.
    files: Mutex<HashMap<u64, Arc<File>>>,
    state: Mutex<State>,
    /// What new extents leave on the disk beside what metadata needs, bytes.
    held_back: AtomicU64,
}

struct State {
    /// Extents that may still be appended to, or whose last appends may be in doubt.
    open: BTreeSet<u64>,
    /// The highest number in use. Its extent is never removed, so that no number is
    /// ever used twice: spans of removed extents must stay invalid.
    highest: u64,
}

impl EmbeddedMedia {
    /// Opens a directory, making it if there is none. `extent_bytes` is the size of new
    /// extents, `bytes_max` what all extents may take together. Blocks.
    ///
    /// Extents that were open when the directory was last in use stay as they are and
    /// are not appended to; [`EmbeddedMedia::unsettled`] lists them.
    pub fn open(
        dir: &Path,
        extent_bytes: u64,
        bytes_max: Option<u64>,
    ) -> Result<EmbeddedMedia, StoreError> {
        let prepare = || {
            let mut make = fs::DirBuilder::new();
            make.recursive(true).mode(0o700).create(dir)?;
            extent::list(dir)
        };
        let extents = prepare().map_err(|error| failed("opening the media directory", &error))?;
        let open = extents.iter().filter(|(_, life)| *life == Life::Open);
        let shared = Arc::new(Shared {
            dir: dir.to_owned(),
            files: Mutex::default(),
            state: Mutex::new(State {
                open: open.map(|&(extent, _)| extent).collect(),
                highest: extents.last().map_or(0, |&(extent, _)| extent),
            }),
            held_back: AtomicU64::new(0),
        });
        let bytes_max = bytes_max.unwrap_or(u64::MAX);
        let (queue, threads) = writer::start(shared.clone(), extent_bytes, bytes_max)
            .map_err(|error| failed("starting the media writer", &error))?;
        Ok(EmbeddedMedia {
            shared,
            queue: Some(queue),
            threads,
        })
    }

    pub(crate) fn dir(&self) -> &Path {
        &self.shared.dir
    }

    /// The highest number in use.
    pub(crate) fn highest(&self) -> u64 {
        lock(&self.shared.state).highest
    }

    /// New extents leave so many bytes for somebody else to take.
    pub(crate) fn hold_back(&self, bytes: u64) {
        self.shared.held_back.store(bytes, Ordering::Relaxed);
    }

    /// New extents get higher numbers than this one.
    pub(crate) fn pass_over(&self, extent: u64) {
        let mut state = lock(&self.shared.state);
        state.highest = state.highest.max(extent);
    }

    /// Extents in which records may lie that were never committed.
    pub(crate) fn unsettled(&self) -> Vec<u64> {
        lock(&self.shared.state).open.iter().copied().collect()
    }

    /// The headers of an extent's records, and the bytes of disk it occupies.
    pub(crate) fn walk(&self, extent: u64) -> Result<(Vec<Header>, u64), StoreError> {
        let walk = || {
            let file = extent::open(&self.shared.dir, extent)?;
            Ok((
                extent::walk(&self.shared.dir, extent)?,
                extent::allocated(&file)?,
            ))
        };
        walk().map_err(|error| failed("walking an extent", &error))
    }

    /// What lies where a record should.
    pub(crate) fn look(&self, span: Span) -> Result<Found, StoreError> {
        let mut bytes = [0; HEADER_LEN];
        let file = self.shared.file(span.extent);
        match file.and_then(|file| file.read_exact_at(&mut bytes, span.offset)) {
            Ok(()) if bytes == [0; HEADER_LEN] => Ok(Found::Nothing),
            Ok(()) => Ok(match Header::decode(&bytes, span.extent, span.offset) {
                Some(header) => Found::Record(header),
                None => Found::Damage,
            }),
            Err(error) => match error.kind() {
                io::ErrorKind::NotFound | io::ErrorKind::UnexpectedEof => Ok(Found::Nothing),
                _ => Err(failed("reading an extent", &error)),
            },
        }
    }

    /// Ends an extent after a crash: frees `orphans`, cuts off all behind `end`, and
    /// declares the rest to be in no doubt.
    pub(crate) fn settle(&self, extent: u64, orphans: &[Span], end: u64) -> Result<(), StoreError> {
        let settle = || {
            let file = extent::open(&self.shared.dir, extent)?;
            for span in orphans {
                extent::punch(&file, span.offset, extent::room(span.len))?;
            }
            file.sync_all()?;
            self.shared.settle(extent, end)
        };
        settle().map_err(|error| failed("settling an extent", &error))
    }

    /// Frees all of a settled extent but the records of these headers, which must be in
    /// their order.
    pub(crate) fn keep_only(&self, extent: u64, headers: &[Header]) -> Result<(), StoreError> {
        let punch = || {
            let file = extent::open(&self.shared.dir, extent)?;
            let mut at = 0;
            for Header { span, .. } in headers {
                extent::punch(&file, at, span.offset.saturating_sub(at))?;
                at = span.offset + extent::room(span.len);
            }
            extent::punch(&file, at, u64::MAX - at)?;
            file.sync_all()?;
            self.shared.remove_if_empty(&file, extent)
        };
        punch().map_err(|error| failed("freeing leaked space", &error))
    }

    /// Removes settled extents in which nothing is left. One that cannot be looked at
    /// stays.
    pub(crate) fn sweep(&self) -> Result<(), StoreError> {
        let extents = extent::list(&self.shared.dir)
            .map_err(|error| failed("removing empty extents", &error))?;
        for (extent, life) in extents {
            if life != Life::Settled {
                continue;
            }
            let swept = extent::open(&self.shared.dir, extent)
                .and_then(|file| self.shared.remove_if_empty(&file, extent));
            if let Err(error) = swept {
                tracing::warn!(%error, extent, "an extent could not be looked at");
            }
        }
        Ok(())
    }

    /// Gives open files another name where a settled extent of the same number is there.
    pub(crate) fn set_aside(&self) -> Result<usize, StoreError> {
        extent::set_aside(&self.shared.dir)
            .map_err(|error| failed("setting an extent aside", &error))
    }
}

impl MediaStore for EmbeddedMedia {
    fn append(
        &self,
        class: Class,
        records: Vec<Record>,
    ) -> BoxFuture<'_, Result<Vec<Span>, StoreError>> {
        Box::pin(async move {
            if records.is_empty() {
                return Ok(Vec::new());
            }
            let stopped = || StoreError::Unavailable("the media writer has stopped".into());
            let (answer, result) = oneshot::channel();
            let queue = self.queue.as_ref().ok_or_else(stopped)?;
            let job = Job {
                class,
                records,
                answer,
            };
            queue.send(job).await.map_err(|_| stopped())?;
            result.await.map_err(|_| stopped())?
        })
    }

    fn read(&self, span: Span) -> BoxFuture<'_, Result<BytesMut, StoreError>> {
        let shared = self.shared.clone();
        Box::pin(blocking(move || shared.read(span)))
    }

    fn free(&self, spans: Vec<Span>) -> BoxFuture<'_, Result<(), StoreError>> {
        let shared = self.shared.clone();
        Box::pin(blocking(move || {
            let freed = shared.free(spans);
            freed.map_err(|error| failed("freeing media", &error))
        }))
    }

    fn list(&self) -> BoxFuture<'_, Result<Vec<(u64, u64)>, StoreError>> {
        let shared = self.shared.clone();
        Box::pin(blocking(move || {
            let sizes = || {
                let mut sizes = Vec::new();
                for (extent, _) in extent::list(&shared.dir)? {
                    match extent::open(&shared.dir, extent) {
                        Ok(file) => sizes.push((extent, extent::allocated(&file)?)),
                        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                        Err(error) => return Err(error),
                    }
                }
                Ok(sizes)
            };
            sizes().map_err(|error| failed("listing extents", &error))
        }))
    }
}

impl Drop for EmbeddedMedia {
    /// Writes what is queued. Extents stay open: whether their last records were
    /// committed only the next start can tell.
    fn drop(&mut self) {
        self.queue = None;
        for thread in self.threads.drain(..) {
            if thread.join().is_err() {
                tracing::error!("a thread of the media store panicked");
            }
        }
    }
}

impl Shared {
    fn file(&self, extent: u64) -> io::Result<Arc<File>> {
        if let Some(file) = lock(&self.files).get(&extent) {
            return Ok(file.clone());
        }
        let file = Arc::new(extent::open(&self.dir, extent)?);
        // What lies beside a record is mostly other streams': reading ahead is waste.
        // Only advice, so a refusal does not matter.
        let _refused = rustix::fs::fadvise(&file, 0, None, Advice::Random);
        let mut files = lock(&self.files);
        if files.len() >= FILES_MAX {
            files.clear();
        }
        files.insert(extent, file.clone());
        Ok(file)
    }

    fn read(&self, span: Span) -> Result<BytesMut, StoreError> {
        let file = match self.file(span.extent) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(StoreError::NotFound);
            }
            other => other.map_err(|error| failed("opening an extent", &error))?,
        };
        let len = HEADER_LEN + span.len as usize;
        let mut bytes = read_at(&file, span.offset, len)
            .map_err(|error| failed("reading an extent", &error))?;
        if bytes.len() < len {
            // Behind the end: cut off, or never there.
            return Err(StoreError::NotFound);
        }
        let body = bytes.split_off(HEADER_LEN);
        match Header::decode(&bytes, span.extent, span.offset) {
            Some(header) if header.span == span => Ok(body),
            _ if bytes.iter().all(|&byte| byte == 0) => Err(StoreError::NotFound),
            _ => Err(StoreError::Corrupt(format!(
                "no record of {} bytes at {} in extent {:016x}",
                span.len, span.offset, span.extent
            ))),
        }
    }

    fn free(&self, spans: Vec<Span>) -> io::Result<()> {
        let mut extents: BTreeMap<u64, Vec<Span>> = BTreeMap::new();
        for span in spans {
            extents.entry(span.extent).or_default().push(span);
        }
        // One extent that fails does not keep the others.
        let mut result = Ok(());
        for (extent, spans) in extents {
            if let Err(error) = self.free_in(extent, spans) {
                result = Err(error);
            }
        }
        result
    }

    fn free_in(&self, extent: u64, spans: Vec<Span>) -> io::Result<()> {
        let file = match extent::open(&self.dir, extent) {
            // Removed because all of it was free.
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            other => other?,
        };
        for (offset, len) in stretches(spans) {
            extent::punch(&file, offset, len)?;
        }
        file.sync_all()?;
        self.remove_if_empty(&file, extent)
    }

    /// Cuts an extent off behind its last record and declares it to be in no doubt.
    fn settle(&self, extent: u64, end: u64) -> io::Result<()> {
        let file = extent::open(&self.dir, extent)?;
        if end < file.metadata()?.len() {
            file.set_len(end)?;
            file.sync_all()?;
        }
        let from = extent::path(&self.dir, extent, Life::Open);
        let to = extent::path(&self.dir, extent, Life::Settled);
        fs::rename(from, to)?;
        extent::sync_dir(&self.dir)?;
        lock(&self.state).open.remove(&extent);
        self.remove_if_empty(&file, extent)
    }

    /// Removes a settled extent with no record left. What cannot be read counts as one.
    fn remove_if_empty(&self, file: &File, extent: u64) -> io::Result<()> {
        {
            let state = lock(&self.state);
            if state.open.contains(&extent) || state.highest == extent {
                return Ok(());
            }
        }
        let is_empty = extent::is_empty(file, extent).unwrap_or_else(|error| {
            tracing::warn!(%error, extent, "a block of an extent cannot be read");
            false
        });
        if is_empty {
            lock(&self.files).remove(&extent);
            match fs::remove_file(extent::path(&self.dir, extent, Life::Settled)) {
                // Two frees may both find it empty.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                other => other?,
            }
            extent::sync_dir(&self.dir)?;
        }
        Ok(())
    }
}

/// Up to `len` bytes of a file, fewer only at its end, in a buffer that is not cleared
/// first: at the length of a fragment that would cost as much as reading does.
fn read_at(file: &File, offset: u64, len: usize) -> io::Result<BytesMut> {
    let mut bytes = Vec::with_capacity(len);
    while bytes.len() < len {
        let at = offset + bytes.len() as u64;
        match rustix::io::pread(file, spare_capacity(&mut bytes), at) {
            Ok(0) => break,
            Ok(_) | Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
    bytes.truncate(len);
    // A buffer with one owner changes its type without being copied.
    Ok(BytesMut::from(Bytes::from(bytes)))
}

/// Runs file operations where they hold nobody up: on a blocking thread of the runtime
/// or, without one, right here.
async fn blocking<T: Send + 'static>(
    run: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    match tokio::runtime::Handle::try_current() {
        Ok(runtime) => match runtime.spawn_blocking(run).await {
            Ok(result) => result,
            Err(error) => Err(StoreError::Unavailable(format!("a blocking task: {error}"))),
        },
        Err(_) => run(),
    }
}

/// The stretches of an extent that spans take, as few as possible: neighbours mostly
/// expire together, and a hole costs the file system the same whatever its length.
fn stretches(mut spans: Vec<Span>) -> Vec<(u64, u64)> {
    spans.sort_unstable();
    let mut stretches: Vec<(u64, u64)> = Vec::new();
    for span in spans {
        let len = extent::room(span.len);
        match stretches.last_mut() {
            Some((start, before)) if *start + *before == span.offset => *before += len,
            _ => stretches.push((span.offset, len)),
        }
    }
    stretches
}

fn failed(what: &str, error: &io::Error) -> StoreError {
    if error.kind() == io::ErrorKind::StorageFull || extent::is(error, Errno::DQUOT) {
        StoreError::Full
    } else {
        StoreError::Unavailable(format!("{what}: {error}"))
    }
}

/// Most files kept open for reading.
const FILES_MAX: usize = 256;

#[cfg(test)]
mod tests {
    use super::stretches;
    use crate::media::Span;

    #[test]
    fn neighbours_are_freed_at_once() {
        let span = |offset, len| Span {
            extent: 1,
            offset,
            len,
        };
        let spans = vec![
            span(8192, 4033),
            span(0, 4000),
            span(4096, 10),
            span(20_480, 1),
        ];
        // A header and 4000 bytes fit in a block, a header and 4033 do not.
        assert_eq!(stretches(spans), [(0, 16_384), (20_480, 4096)]);
        assert_eq!(stretches(vec![span(0, 1), span(0, 1)]).len(), 2);
    }
}

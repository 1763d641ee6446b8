//! The media waist on extent files.
//!
//! Appends go to one writer thread. It takes all that are waiting, lets every record
//! write itself into one aligned buffer (so sealing runs on this thread and not on the
//! server's), and makes one unbuffered write and one sync per class. The file is
//! preallocated, so that neither waits for the file system to find space. Reads and
//! frees run on the runtime's blocking threads, or inline where there is no runtime.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use bytes::{Bytes, BytesMut};
use rustix::buffer::spare_capacity;
use rustix::fs::Advice;
use rustix::io::Errno;
use tokio::sync::{mpsc, oneshot};

use super::extent::{self, BLOCK, HEADER_LEN, Header, Life};
use crate::error::StoreError;
use crate::media::{Class, MediaStore, Record, Span};
use crate::memory::lock;
use crate::meta::BoxFuture;

/// A media store in a directory of its own.
pub struct EmbeddedMedia {
    shared: Arc<Shared>,
    queue: Option<mpsc::Sender<Job>>,
    thread: Option<JoinHandle<()>>,
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
}

struct State {
    /// Extents that may still be appended to, or whose last appends may be in doubt.
    open: BTreeSet<u64>,
    /// The highest number in use. Its extent is never removed, so that no number is
    /// ever used twice: spans of removed extents must stay invalid.
    highest: u64,
}

struct Job {
    class: Class,
    records: Vec<Record>,
    answer: oneshot::Sender<Result<Vec<Span>, StoreError>>,
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
            fs::create_dir_all(dir)?;
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
        });
        let (queue, jobs) = mpsc::channel(QUEUE_MAX);
        let mut writer = Writer {
            shared: shared.clone(),
            extent_bytes: extent_bytes.next_multiple_of(BLOCK).max(BLOCK),
            bytes_max: bytes_max.unwrap_or(u64::MAX),
            active: BTreeMap::new(),
            retired: BTreeMap::new(),
            buffer: Buffer::default(),
        };
        let thread = std::thread::Builder::new()
            .name("store-media".into())
            .spawn(move || writer.run(jobs))
            .map_err(|error| failed("starting the media writer", &error))?;
        Ok(EmbeddedMedia {
            shared,
            queue: Some(queue),
            thread: Some(thread),
        })
    }

    /// Extents in which records may lie that were never committed.
    pub(crate) fn unsettled(&self) -> Vec<u64> {
        lock(&self.shared.state).open.iter().copied().collect()
    }

    /// The headers of an extent's records, and the bytes of disk it occupies.
    pub(crate) fn walk(&self, extent: u64) -> Result<(Vec<Header>, u64), StoreError> {
        let walk = || {
            let file = extent::open(&self.shared.dir, extent)?;
            Ok((extent::walk(&file, extent)?, extent::allocated(&file)?))
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
            if end < file.metadata()?.len() {
                file.set_len(end)?;
            }
            file.sync_all()?;
            self.shared.settle(extent)
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

    /// Removes settled extents in which nothing is left.
    pub(crate) fn sweep(&self) -> Result<(), StoreError> {
        let sweep = || {
            for (extent, life) in extent::list(&self.shared.dir)? {
                if life == Life::Settled {
                    let file = extent::open(&self.shared.dir, extent)?;
                    self.shared.remove_if_empty(&file, extent)?;
                }
            }
            Ok(())
        };
        sweep().map_err(|error| failed("removing empty extents", &error))
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
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the media writer panicked");
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
        for (extent, spans) in extents {
            let file = match extent::open(&self.dir, extent) {
                // Removed because all of it was free.
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                other => other?,
            };
            for (offset, len) in stretches(spans) {
                extent::punch(&file, offset, len)?;
            }
            file.sync_all()?;
            self.remove_if_empty(&file, extent)?;
        }
        Ok(())
    }

    fn settle(&self, extent: u64) -> io::Result<()> {
        let from = extent::path(&self.dir, extent, Life::Open);
        let to = extent::path(&self.dir, extent, Life::Settled);
        fs::rename(from, &to)?;
        extent::sync_dir(&self.dir)?;
        lock(&self.state).open.remove(&extent);
        let file = File::open(&to)?;
        self.remove_if_empty(&file, extent)
    }

    fn remove_if_empty(&self, file: &File, extent: u64) -> io::Result<()> {
        {
            let state = lock(&self.state);
            if state.open.contains(&extent) || state.highest == extent {
                return Ok(());
            }
        }
        if extent::is_empty(file, extent)? {
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

struct Writer {
    shared: Arc<Shared>,
    extent_bytes: u64,
    bytes_max: u64,
    active: BTreeMap<Class, Active>,
    /// By class, the extent that was full last. Its last records may not be committed
    /// yet, so it is settled only when the next is full too.
    retired: BTreeMap<Class, u64>,
    buffer: Buffer,
}

struct Active {
    extent: u64,
    file: File,
    direct: bool,
    at: u64,
    len: u64,
}

/// Who waits for a group, and where their records will lie.
type Answers = Vec<(oneshot::Sender<Result<Vec<Span>, StoreError>>, Vec<Span>)>;

impl Writer {
    fn run(&mut self, mut jobs: mpsc::Receiver<Job>) {
        while let Some(first) = jobs.blocking_recv() {
            let mut bytes = size(&first.records);
            let mut classes: BTreeMap<Class, Vec<Job>> = BTreeMap::new();
            classes.entry(first.class).or_default().push(first);
            while bytes < GROUP_BYTES_MAX {
                let Ok(job) = jobs.try_recv() else { break };
                bytes += size(&job.records);
                classes.entry(job.class).or_default().push(job);
            }
            for (class, group) in classes {
                self.append(class, group);
            }
        }
    }

    fn append(&mut self, class: Class, group: Vec<Job>) {
        let bytes = group.iter().map(|job| size(&job.records)).sum();
        let (extent, start) = match self.place(class, bytes) {
            Ok(place) => place,
            Err(error) => {
                let error = failed("making an extent", &error);
                tracing::error!(%error, "media cannot be appended");
                for job in group {
                    let _gone = job.answer.send(Err(again(&error)));
                }
                return;
            }
        };
        let (answers, used) = self.fill(class, group, extent, start);
        let written = self.write(class, used);
        if let Err(error) = &written {
            tracing::error!(%error, extent, "media could not be written");
            // What a failed write or sync left in the file is not known.
            self.active.remove(&class);
        }
        for (answer, spans) in answers {
            let result = match &written {
                Ok(()) => Ok(spans),
                Err(error) => Err(failed("writing media", error)),
            };
            // A caller that has gone leaves an orphan for the next start.
            let _gone = answer.send(result);
        }
        self.buffer.shrink();
    }

    /// Lets the records write themselves into the buffer. One that cannot takes its
    /// job with it and no other. Gives the bytes to be written.
    fn fill(&mut self, class: Class, group: Vec<Job>, extent: u64, start: u64) -> (Answers, u64) {
        let mut answers = Answers::new();
        let bytes = group.iter().map(|job| size(&job.records)).sum();
        let buffer = self.buffer.of(bytes);
        let mut used = 0;
        for job in group {
            let (mut spans, mut at) = (Vec::with_capacity(job.records.len()), used);
            let filled = job.records.into_iter().try_for_each(|record| {
                let span = Span {
                    extent,
                    offset: start + at,
                    len: record.len,
                };
                let end = at + extent::room(record.len);
                fill_one(class, record, span, &mut buffer[at as usize..end as usize])?;
                spans.push(span);
                at = end;
                Ok(())
            });
            match filled {
                Ok(()) => {
                    used = at;
                    answers.push((job.answer, spans));
                }
                Err(error) => {
                    let _gone = job.answer.send(Err(error));
                }
            }
        }
        (answers, used)
    }

    fn write(&mut self, class: Class, used: u64) -> io::Result<()> {
        let Some(active) = self.active.get_mut(&class) else {
            return Err(io::ErrorKind::NotFound.into());
        };
        if used == 0 {
            return Ok(());
        }
        let bytes = &self.buffer.of(used)[..used as usize];
        match active.file.write_all_at(bytes, active.at) {
            Err(error) if active.direct && is(&error, Errno::INVAL) => {
                active.file = extent::reopen_buffered(&self.shared.dir, active.extent)?;
                active.direct = false;
                active.file.write_all_at(bytes, active.at)?;
            }
            other => other?,
        }
        active.file.sync_data()?;
        active.at += used;
        Ok(())
    }

    /// Where the next `bytes` of a class go: the active extent, or a new one if they
    /// do not fit.
    fn place(&mut self, class: Class, bytes: u64) -> io::Result<(u64, u64)> {
        if let Some(active) = self.active.get(&class)
            && active.at + bytes <= active.len
        {
            return Ok((active.extent, active.at));
        }
        let extent = {
            let mut state = lock(&self.shared.state);
            let extent = state.highest + 1;
            state.open.insert(extent);
            extent
        };
        let len = self.extent_bytes.max(bytes);
        let room = self.has_room(len);
        let made = room.and_then(|()| extent::create(&self.shared.dir, extent, len));
        let (file, direct) = match made {
            Ok(made) => made,
            Err(error) => {
                lock(&self.shared.state).open.remove(&extent);
                return Err(error);
            }
        };
        lock(&self.shared.state).highest = extent;
        let active = Active {
            extent,
            file,
            direct,
            at: 0,
            len,
        };
        if let Some(full) = self.active.insert(class, active)
            && let Err(error) = self.retire(class, &full)
        {
            // The next start settles what stays open.
            tracing::warn!(%error, extent = full.extent, "an extent could not be ended");
        }
        Ok((extent, 0))
    }

    /// Whether so much more may be taken. What the active extents have not used yet is
    /// taken already.
    fn has_room(&self, len: u64) -> io::Result<()> {
        if self.bytes_max == u64::MAX {
            return Ok(());
        }
        let mut taken = len;
        for (extent, _) in extent::list(&self.shared.dir)? {
            match extent::open(&self.shared.dir, extent) {
                Ok(file) => taken = taken.saturating_add(extent::allocated(&file)?),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        match taken > self.bytes_max {
            true => Err(io::ErrorKind::StorageFull.into()),
            false => Ok(()),
        }
    }

    /// Gives the unused end of a full extent back and settles the one before it.
    fn retire(&mut self, class: Class, full: &Active) -> io::Result<()> {
        full.file.set_len(full.at)?;
        match self.retired.insert(class, full.extent) {
            Some(before) => self.shared.settle(before),
            None => Ok(()),
        }
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

fn fill_one(class: Class, record: Record, span: Span, out: &mut [u8]) -> Result<(), StoreError> {
    let header = Header {
        class,
        span,
        stream: record.stream,
        number: record.number,
    };
    let (head, rest) = out.split_at_mut(HEADER_LEN);
    let (body, padding) = rest.split_at_mut(record.len as usize);
    head.copy_from_slice(&header.encode());
    // The buffer holds what was written before, which may be deleted by now.
    padding.fill(0);
    (record.fill)(body)
}

/// One buffer for all appends, so that a steady flow allocates nothing.
#[derive(Default)]
struct Buffer(Vec<u8>);

impl Buffer {
    /// At least `bytes` bytes beginning on a block boundary of memory, as unbuffered
    /// writes need it. The contents stay as long as no more is asked for.
    fn of(&mut self, bytes: u64) -> &mut [u8] {
        let needed = bytes as usize + BLOCK as usize;
        if self.0.len() < needed {
            self.0 = vec![0; needed];
        }
        let start = self.0.as_ptr().align_offset(BLOCK as usize);
        &mut self.0[start..]
    }

    /// Gives an unusually large buffer back.
    fn shrink(&mut self) {
        if self.0.len() as u64 > 2 * GROUP_BYTES_MAX {
            self.0 = Vec::new();
        }
    }
}

/// Bytes of file that records take.
fn size(records: &[Record]) -> u64 {
    records.iter().map(|record| extent::room(record.len)).sum()
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

fn is(error: &io::Error, errno: Errno) -> bool {
    error.raw_os_error() == Some(errno.raw_os_error())
}

fn failed(what: &str, error: &io::Error) -> StoreError {
    if error.kind() == io::ErrorKind::StorageFull || is(error, Errno::DQUOT) {
        StoreError::Full
    } else {
        StoreError::Unavailable(format!("{what}: {error}"))
    }
}

/// An error of an extent for each of several callers.
fn again(error: &StoreError) -> StoreError {
    match error {
        StoreError::Full => StoreError::Full,
        other => StoreError::Unavailable(other.to_string()),
    }
}

/// Most appends waiting for the writer; callers beyond wait their turn.
const QUEUE_MAX: usize = 256;
/// A group is closed when it holds this many bytes.
const GROUP_BYTES_MAX: u64 = 16 << 20;
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

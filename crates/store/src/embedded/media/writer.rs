//! Appending to extents, on two threads; a third makes and ends extents beside them (see
//! [`ends`]).
//!
//! The first takes all jobs that wait and lets every record write itself into one aligned
//! buffer, so that sealing is no work of the server's own threads. The second makes one
//! unbuffered write and one sync of a buffer. There are two buffers, so that one is filled
//! while the other is on its way to the disk. Files are preallocated, so that neither write
//! nor sync waits for the file system to find space.

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, OnceLock};
use std::thread::JoinHandle;

use rustix::io::Errno;
use tokio::sync::{mpsc, oneshot};

use super::ends::{self, Ends, Maker, Order, Retired};
use super::{Shared, failed};
use crate::embedded::aligned::Buffer;
use crate::embedded::extent::{self, BLOCK, HEADER_LEN, Header};
use crate::error::StoreError;
use crate::media::{Class, Record, Span};

/// Records to append and who waits for it.
pub(super) struct Job {
    pub(super) class: Class,
    pub(super) records: Vec<Record>,
    pub(super) answer: oneshot::Sender<Result<Vec<Span>, StoreError>>,
}

/// Starts the threads. They end when the sender is dropped and the queue empty.
pub(super) fn start(
    shared: Arc<Shared>,
    extent_bytes: u64,
    bytes_max: u64,
) -> io::Result<(mpsc::Sender<Job>, Vec<JoinHandle<()>>)> {
    let (queue, jobs) = mpsc::channel(QUEUE_MAX);
    let (filled, full) = sync_channel::<Filled>(BUFFERS);
    let (emptied, empty) = sync_channel(BUFFERS);
    for _ in 0..BUFFERS {
        // There is room for all of them.
        let _room = emptied.try_send(Buffer::default());
    }
    let dir = shared.dir.clone();
    let extent_bytes = extent_bytes.next_multiple_of(BLOCK).max(BLOCK);
    let maker = Maker {
        shared,
        extent_bytes,
        bytes_max,
    };
    let (give, orders) = sync_channel(ORDERS_MAX);
    let (pass_on, made) = sync_channel(1);
    let ends = Ends {
        maker: maker.clone(),
        retired: BTreeMap::new(),
        made: pass_on,
    };
    let mut gatherer = Gatherer {
        maker,
        active: BTreeMap::new(),
        next: Next::Nothing,
        made,
        orders: give,
        batches: 0,
        empty,
        spare: Vec::new(),
        filled,
    };
    let spawn = |name: &str, run: Box<dyn FnOnce() + Send>| {
        std::thread::Builder::new().name(name.into()).spawn(run)
    };
    let threads = vec![
        spawn("store-extents", Box::new(move || ends::run(ends, &orders)))?,
        spawn("store-seal", Box::new(move || gatherer.run(jobs)))?,
        spawn(
            "store-media",
            Box::new(move || {
                for batch in full {
                    // The other thread ends first, and needs no buffer then.
                    let _gone = emptied.try_send(batch.store(&dir));
                }
            }),
        )?,
    ];
    Ok((queue, threads))
}

/// The first thread.
struct Gatherer {
    maker: Maker,
    active: BTreeMap<Class, Active>,
    next: Next,
    made: Receiver<io::Result<Active>>,
    orders: SyncSender<Order>,
    batches: u64,
    empty: Receiver<Buffer>,
    /// Buffers that are free.
    spare: Vec<Buffer>,
    filled: SyncSender<Filled>,
}

/// The extent after the active ones.
#[derive(Default)]
enum Next {
    #[default]
    Nothing,
    /// It is being made.
    Asked,
    Ready(Active),
}

/// An extent, and how much of it is taken.
pub(super) struct Active {
    pub(super) target: Arc<Target>,
    pub(super) at: u64,
    pub(super) len: u64,
}

/// An extent that is written to.
pub(super) struct Target {
    pub(super) extent: u64,
    pub(super) file: File,
    direct: bool,
    /// The same extent for buffered writes, where unbuffered ones are refused late.
    buffered: OnceLock<File>,
    /// Writes that failed in a row.
    faults: AtomicU32,
}

/// Who waits for a batch, and where their records will lie.
type Answers = Vec<(oneshot::Sender<Result<Vec<Span>, StoreError>>, Vec<Span>)>;

/// A batch ready to be written.
struct Filled {
    target: Arc<Target>,
    at: u64,
    buffer: Buffer,
    used: u64,
    answers: Answers,
}

impl Gatherer {
    fn run(&mut self, mut jobs: mpsc::Receiver<Job>) {
        while let Some(first) = jobs.blocking_recv() {
            // What comes while both buffers are under way shares the next write.
            let Some(buffer) = self.buffer() else { return };
            let mut bytes = size(&first.records);
            let mut classes: BTreeMap<Class, Vec<Job>> = BTreeMap::new();
            classes.entry(first.class).or_default().push(first);
            while bytes < GROUP_BYTES_MAX {
                let Ok(job) = jobs.try_recv() else { break };
                bytes += size(&job.records);
                classes.entry(job.class).or_default().push(job);
            }
            self.spare.push(buffer);
            for (class, group) in classes {
                let Some(buffer) = self.buffer() else { return };
                self.append(class, group, buffer);
            }
        }
    }

    /// A free buffer; waits for one to be written. `None` if the other thread has gone.
    fn buffer(&mut self) -> Option<Buffer> {
        self.spare.pop().or_else(|| self.empty.recv().ok())
    }

    /// Fills a buffer with a group and passes it on.
    fn append(&mut self, class: Class, group: Vec<Job>, mut buffer: Buffer) {
        self.batches += 1;
        let bytes = group.iter().map(|job| size(&job.records)).sum();
        let active = match self.place(class, bytes) {
            Ok(active) => active,
            Err(error) => {
                let error = failed("making an extent", &error);
                tracing::error!(%error, "media cannot be appended");
                for job in group {
                    let _gone = job.answer.send(Err(again(&error)));
                }
                self.spare.push(buffer);
                return;
            }
        };
        let at = active.at;
        let (answers, used) = fill(class, group, active.target.extent, at, buffer.of(bytes));
        // Whatever becomes of it: no place is used twice.
        active.at += used;
        let filled = Filled {
            target: Arc::clone(&active.target),
            at,
            buffer,
            used,
            answers,
        };
        // Without the other thread the answers are dropped, which their callers see.
        let _gone = self.filled.send(filled);
        self.look_ahead(class);
    }

    /// Where the next `bytes` of a class go: the active extent, or a new one if they do
    /// not fit or writes to it fail again and again.
    fn place(&mut self, class: Class, bytes: u64) -> io::Result<&mut Active> {
        let fits = |active: &Active| {
            let faults = active.target.faults.load(Ordering::Relaxed);
            active.at + bytes <= active.len && faults < FAULTS_MAX
        };
        if !self.active.get(&class).is_some_and(fits) {
            let made = self.extent_for(bytes)?;
            if let Some(full) = self.active.insert(class, made) {
                let retired = Retired {
                    target: full.target,
                    end: full.at,
                    batch: self.batches,
                };
                // Without the other thread the next start settles it.
                let _gone = self.orders.send(Order::Retire(class, retired));
            }
        }
        self.active
            .get_mut(&class)
            .ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    /// An extent with room for so many bytes: the one that was made ahead, if it will do.
    fn extent_for(&mut self, bytes: u64) -> io::Result<Active> {
        if matches!(self.next, Next::Asked) {
            // What went wrong with it may go well now, or shows again.
            self.next = match self.made.recv() {
                Ok(Ok(next)) => Next::Ready(next),
                Ok(Err(_)) | Err(_) => Next::Nothing,
            };
        }
        match std::mem::take(&mut self.next) {
            Next::Ready(next) if bytes <= next.len => Ok(next),
            other => {
                self.next = other;
                self.maker.make(bytes)
            }
        }
    }

    /// Has the next extent made in good time, but not while this one may last for long.
    fn look_ahead(&mut self, class: Class) {
        let is_half_full = |active: &Active| active.at > active.len / 2;
        if matches!(self.next, Next::Nothing)
            && self.active.get(&class).is_some_and(is_half_full)
            && self.orders.send(Order::Make).is_ok()
        {
            self.next = Next::Asked;
        }
    }
}

/// Lets the records write themselves into the buffer. One that cannot takes its job with it
/// and no other. Gives the bytes to be written.
fn fill(
    class: Class,
    group: Vec<Job>,
    extent: u64,
    start: u64,
    buffer: &mut [u8],
) -> (Answers, u64) {
    let mut answers = Answers::new();
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

impl Filled {
    /// Writes and syncs, tells everyone, and gives the buffer back.
    fn store(mut self, dir: &Path) -> Buffer {
        let written = match self.used {
            0 => Ok(()),
            used => {
                let bytes = &self.buffer.of(used)[..used as usize];
                self.target.write(dir, self.at, bytes)
            }
        };
        if let Err(error) = &written {
            let extent = self.target.extent;
            tracing::error!(%error, extent, "media could not be written");
            self.target.faults.fetch_add(1, Ordering::Relaxed);
            // What lies there now is not known. A disk that does not take data may not
            // take this either; the next start or a check then does it.
            let _best_effort = extent::punch(&self.target.file, self.at, self.used);
        } else {
            self.target.faults.store(0, Ordering::Relaxed);
        }
        for (answer, spans) in self.answers {
            let result = match &written {
                Ok(()) => Ok(spans),
                Err(error) => Err(failed("writing media", error)),
            };
            // A caller that has gone leaves an orphan for the next start.
            let _gone = answer.send(result);
        }
        self.buffer.shrink(2 * GROUP_BYTES_MAX);
        self.buffer
    }
}

impl Target {
    pub(super) fn new(extent: u64, file: File, direct: bool) -> Target {
        Target {
            extent,
            file,
            direct,
            buffered: OnceLock::new(),
            faults: AtomicU32::new(0),
        }
    }

    fn write(&self, dir: &Path, at: u64, bytes: &[u8]) -> io::Result<()> {
        let file = self.buffered.get().unwrap_or(&self.file);
        match file.write_all_at(bytes, at) {
            Err(error) if self.direct && extent::is(&error, Errno::INVAL) => {
                let again = extent::reopen_buffered(dir, self.extent)?;
                let file = self.buffered.get_or_init(|| again);
                file.write_all_at(bytes, at)?;
                file.sync_data()
            }
            other => other.and_then(|()| file.sync_data()),
        }
    }
}

/// Bytes of file that records take.
fn size(records: &[Record]) -> u64 {
    records.iter().map(|record| extent::room(record.len)).sum()
}

/// An error of an extent for each of several callers.
fn again(error: &StoreError) -> StoreError {
    match error {
        StoreError::Full => StoreError::Full,
        other => StoreError::Unavailable(other.to_string()),
    }
}

/// Most appends waiting; callers beyond wait their turn.
const QUEUE_MAX: usize = 256;
/// A group is closed when it holds this many bytes.
const GROUP_BYTES_MAX: u64 = 8 << 20;
/// One is filled while the other is written.
const BUFFERS: usize = 2;
/// Writes that fail in a row after which another extent is tried.
const FAULTS_MAX: u32 = 3;
/// Extents that may wait to be ended; one that is full waits for them if there are more.
const ORDERS_MAX: usize = 64;

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};
    use std::fs::File;
    use std::path::Path;
    use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
    use std::sync::mpsc::{Receiver, sync_channel};
    use std::sync::{Arc, Mutex};

    use kvs::fragment::FragmentNumber;
    use kvs::name::StreamId;
    use tokio::sync::oneshot;

    use super::super::ends::{Ends, Maker, Order};
    use super::super::{Shared, State};
    use super::{Buffer, Filled, Gatherer, Job, Next, Target};
    use crate::embedded::extent;
    use crate::error::StoreError;
    use crate::media::{Class, Record, Span};

    /// The threads as far as they are not the code under test.
    struct Others {
        full: Receiver<Filled>,
        ends: Ends,
        orders: Receiver<Order>,
    }

    impl Others {
        /// Makes and ends what was asked for.
        fn catch_up(&mut self) {
            while let Ok(order) = self.orders.try_recv() {
                self.ends.carry_out(order);
            }
        }
    }

    fn gatherer(dir: &Path, extent_bytes: u64) -> (Gatherer, Others) {
        let (filled, full) = sync_channel(1);
        let (_, empty) = sync_channel(1);
        let shared = Shared {
            dir: dir.to_owned(),
            files: Mutex::default(),
            state: Mutex::new(State {
                open: BTreeSet::new(),
                highest: 0,
            }),
            held_back: AtomicU64::new(0),
        };
        let maker = Maker {
            shared: Arc::new(shared),
            extent_bytes,
            bytes_max: u64::MAX,
        };
        let (pass_on, made) = sync_channel(1);
        let (give, orders) = sync_channel(9);
        let ends = Ends {
            maker: maker.clone(),
            retired: BTreeMap::new(),
            made: pass_on,
        };
        let gatherer = Gatherer {
            maker,
            active: BTreeMap::new(),
            next: Next::Nothing,
            made,
            orders: give,
            batches: 0,
            empty,
            spare: Vec::new(),
            filled,
        };
        (gatherer, Others { full, ends, orders })
    }

    fn append(gatherer: &mut Gatherer) -> oneshot::Receiver<Result<Vec<Span>, StoreError>> {
        let record = Record {
            stream: StreamId(1),
            number: FragmentNumber {
                sequence: 1,
                server_ms: 2,
                random: 3,
            },
            len: 5000,
            fill: Box::new(|out| {
                out.fill(7);
                Ok(())
            }),
        };
        let (answer, result) = oneshot::channel();
        let job = Job {
            class: Class(0),
            records: vec![record],
            answer,
        };
        gatherer.append(Class(0), vec![job], Buffer::default());
        result
    }

    #[test]
    fn an_extent_is_left_only_when_writes_to_it_fail_again_and_again() {
        let dir = tempfile::tempdir().unwrap();
        let (mut gatherer, mut others) = gatherer(dir.path(), 1 << 20);
        let mut places = Vec::new();
        for fails in [false, true, true, false, true, true, true, false] {
            let mut result = append(&mut gatherer);
            let mut filled = others.full.recv().unwrap();
            places.push((filled.target.extent, filled.at));
            if fails {
                // The same extent, but it cannot be written to.
                let path = extent::path(dir.path(), filled.target.extent, extent::Life::Open);
                let faults = filled.target.faults.load(Ordering::Relaxed);
                let mut broken =
                    Target::new(filled.target.extent, File::open(path).unwrap(), false);
                broken.faults = AtomicU32::new(faults);
                let target = std::mem::replace(&mut filled.target, Arc::new(broken));
                let seen = Arc::clone(&filled.target);
                filled.store(dir.path());
                target
                    .faults
                    .store(seen.faults.load(Ordering::Relaxed), Ordering::Relaxed);
            } else {
                filled.store(dir.path());
            }
            assert_eq!(result.try_recv().unwrap().is_err(), fails);
        }
        let first: Vec<_> = (0..7).map(|n| (1, n * 8192)).collect();
        assert_eq!(places[..7], first);
        assert_eq!(places[7], (2, 0));
        // What the first did not need was given back.
        others.catch_up();
        let left = extent::open(dir.path(), 1).unwrap().metadata().unwrap();
        assert_eq!(left.len(), 7 * 8192);
    }

    #[test]
    fn an_extent_that_could_not_be_settled_is_tried_again() {
        let dir = tempfile::tempdir().unwrap();
        let (mut gatherer, mut others) = gatherer(dir.path(), 8192);
        let mut grow = |count| {
            for _ in 0..count {
                let _result = append(&mut gatherer);
                others.full.recv().unwrap().store(dir.path());
                others.catch_up();
            }
        };
        grow(2);
        // It cannot be found for a while.
        let settled = extent::path(dir.path(), 1, extent::Life::Settled);
        let open = extent::path(dir.path(), 1, extent::Life::Open);
        let away = dir.path().join("away");
        std::fs::rename(&open, &away).unwrap();
        grow(20);
        assert!(!settled.exists());
        std::fs::rename(&away, &open).unwrap();
        grow(1);
        assert!(settled.exists());
        assert!(!open.exists());
    }

    #[test]
    fn a_file_that_was_left_behind_is_passed_over() {
        let dir = tempfile::tempdir().unwrap();
        let (mut gatherer, others) = gatherer(dir.path(), 1 << 20);
        File::create(extent::path(dir.path(), 1, extent::Life::Open)).unwrap();
        let mut refused = append(&mut gatherer);
        assert!(refused.try_recv().unwrap().is_err());
        let mut result = append(&mut gatherer);
        others.full.recv().unwrap().store(dir.path());
        assert_eq!(result.try_recv().unwrap().unwrap()[0].extent, 2);
    }

    #[test]
    fn the_next_extent_is_made_and_full_ones_are_ended_beside_the_appending() {
        let dir = tempfile::tempdir().unwrap();
        let (mut gatherer, mut others) = gatherer(dir.path(), 4 * 8192);
        let names = || {
            let listed = extent::list(dir.path()).unwrap();
            listed.into_iter().map(|(extent, _)| extent).max()
        };
        let mut put = |others: &Others| {
            let mut result = append(&mut gatherer);
            others.full.recv().unwrap().store(dir.path());
            result.try_recv().unwrap().unwrap()[0].extent
        };
        // Up to the half nothing is taken ahead.
        assert_eq!([put(&others), put(&others)], [1, 1]);
        others.catch_up();
        assert_eq!(names(), Some(1));
        assert_eq!(put(&others), 1);
        assert_eq!(names(), Some(1), "who appends does not make it");
        others.catch_up();
        assert_eq!(names(), Some(2), "it is there before it is needed");
        assert_eq!([put(&others), put(&others)], [1, 2]);
        assert_eq!(names(), Some(2));
        // Nor does who appends end extents.
        let settled = extent::path(dir.path(), 1, extent::Life::Settled);
        let mut late = Vec::new();
        for _ in 0..12 {
            put(&others);
            while let Ok(order) = others.orders.try_recv() {
                match order {
                    Order::Make => others.ends.carry_out(order),
                    Order::Retire(..) => late.push(order),
                }
            }
        }
        assert!(!settled.exists());
        late.into_iter()
            .for_each(|order| others.ends.carry_out(order));
        assert!(settled.exists());
    }

    #[test]
    fn what_does_not_fit_in_the_next_extent_gets_one_of_its_own() {
        let dir = tempfile::tempdir().unwrap();
        let (mut gatherer, mut others) = gatherer(dir.path(), 2 * 8192);
        for _ in 0..2 {
            let _result = append(&mut gatherer);
            others.full.recv().unwrap().store(dir.path());
            others.catch_up();
        }
        let made = [40_960, 8192, 8192].map(|bytes| {
            let made = gatherer.extent_for(bytes).unwrap();
            (made.target.extent, made.len)
        });
        assert_eq!(made, [(3, 40_960), (2, 16_384), (4, 16_384)]);
    }
}

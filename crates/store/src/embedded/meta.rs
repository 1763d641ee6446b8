//! The metadata waist on SQLite: one table, one writer thread, a few readers.
//!
//! Reads run inline on the caller: they are short (a look-up or one bounded scan,
//! mostly out of memory), and a hop to another thread would cost more. Rows that were
//! looked up by their key lately are remembered (see [`rows`]). Commits go to
//! the writer thread, which takes all that are waiting into one transaction, so that
//! one sync serves many. Checkpoints run on a thread of their own beside the writer;
//! only when the log grows faster than they keep up does the writer run one itself.
//!
//! No memory map: an I/O error would then be a signal, not an error.

mod answers;
mod room;
mod rows;

use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use bytes::Bytes;
use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension, TransactionBehavior};
use tokio::sync::{mpsc, oneshot};

use self::answers::Answer;
use self::room::Room;
use self::rows::Rows;
use crate::error::StoreError;
use crate::memory::lock;
use crate::meta::{Batch, BoxFuture, Check, MetaStore, Scan, added, count};

/// A metadata store in one SQLite file.
pub struct EmbeddedMeta {
    path: PathBuf,
    readers: Mutex<Vec<Connection>>,
    rows: Arc<Rows>,
    queue: Option<mpsc::Sender<Job>>,
    threads: Vec<JoinHandle<()>>,
}

struct Job {
    batch: Batch,
    answer: oneshot::Sender<Answer>,
}

impl EmbeddedMeta {
    /// Opens the file, making it if there is none. Blocks: a log left by a crash is
    /// read back here.
    pub fn open(path: &Path) -> Result<EmbeddedMeta, StoreError> {
        // SQLite gives the files beside it the same mode.
        let mut file = std::fs::OpenOptions::new();
        file.append(true).create(true).mode(0o600);
        let made = file.open(path);
        made.map_err(|error| StoreError::Unavailable(format!("metadata: {error}")))?;
        let writer = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE | CREATE)?;
        writer
            .execute_batch(SCHEMA)
            .map_err(|error| failed(&error))?;
        let checkpointer = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        let long_log = Arc::new(AtomicBool::new(false));
        let (wake, woken) = sync_channel(1);
        let (queue, jobs) = mpsc::channel(QUEUE_MAX);
        let rows = Arc::new(Rows::default());
        let mut writer = Writer {
            connection: writer,
            room: Room::new(path),
            rows: rows.clone(),
            changes: 0,
            wake,
            long_log: long_log.clone(),
        };
        let threads = vec![
            spawn("store-meta", move || writer.run(jobs))?,
            spawn("store-checkpoint", move || {
                checkpoint(&checkpointer, &woken, &long_log);
            })?,
        ];
        Ok(EmbeddedMeta {
            path: path.to_owned(),
            readers: Mutex::default(),
            rows,
            queue: Some(queue),
            threads,
        })
    }

    /// Runs a read on a connection of the pool. There are never more connections than
    /// threads reading at once, and [`READERS_MAX`] are kept.
    fn read<T>(
        &self,
        read: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        let pooled = lock(&self.readers).pop();
        let connection = match pooled {
            Some(connection) => connection,
            None => connect(&self.path, OpenFlags::SQLITE_OPEN_READ_ONLY)?,
        };
        let result = read(&connection).map_err(|error| failed(&error));
        if result.is_ok() {
            let mut readers = lock(&self.readers);
            if readers.len() < READERS_MAX {
                readers.push(connection);
            }
        }
        result
    }
}

impl MetaStore for EmbeddedMeta {
    fn get<'a>(
        &'a self,
        keys: &'a [Bytes],
    ) -> BoxFuture<'a, Result<Vec<Option<Bytes>>, StoreError>> {
        Box::pin(async move {
            let (mut values, seen) = self.rows.find(keys);
            let missing: Vec<usize> = (0..keys.len()).filter(|&n| values[n].is_none()).collect();
            if missing.is_empty() {
                return Ok(values);
            }
            self.read(|connection| {
                // Each statement by itself would look at the log, and lock, once more.
                let _one_look = match missing.len() {
                    ..4 => None,
                    _ => Some(connection.unchecked_transaction()?),
                };
                let mut select = connection.prepare_cached(SELECT)?;
                for &n in &missing {
                    let value = select.query_row([&keys[n][..]], |row| row.get::<_, Vec<u8>>(0));
                    values[n] = value.optional()?.map(Bytes::from);
                }
                Ok(())
            })?;
            let read = missing.iter().filter_map(|&n| {
                let value = values[n].as_ref()?;
                Some((keys[n].clone(), value.clone()))
            });
            self.rows.remember(seen, read);
            Ok(values)
        })
    }

    fn scan(&self, scan: Scan) -> BoxFuture<'_, Result<Vec<(Bytes, Bytes)>, StoreError>> {
        Box::pin(async move {
            let limit = i64::try_from(scan.limit).unwrap_or(i64::MAX);
            self.read(|connection| {
                let sql = if scan.reverse { SCAN_BACK } else { SCAN };
                let mut select = connection.prepare_cached(sql)?;
                let rows = select.query_map((&scan.start[..], &scan.end[..], limit), |row| {
                    let (key, value): (Vec<u8>, Vec<u8>) = (row.get(0)?, row.get(1)?);
                    Ok((key.into(), value.into()))
                })?;
                rows.collect()
            })
        })
    }

    fn commit(&self, batch: Batch) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(async move {
            let stopped = || StoreError::Unavailable("the metadata writer has stopped".into());
            let (answer, result) = oneshot::channel();
            let queue = self.queue.as_ref().ok_or_else(stopped)?;
            let job = Job { batch, answer };
            queue.send(job).await.map_err(|_| stopped())?;
            result.await.map_err(|_| stopped())?.take()
        })
    }
}

impl Drop for EmbeddedMeta {
    /// Commits what is queued and closes the file.
    fn drop(&mut self) {
        self.queue = None;
        for thread in self.threads.drain(..) {
            if thread.join().is_err() {
                tracing::error!("a thread of the metadata store panicked");
            }
        }
    }
}

struct Writer {
    connection: Connection,
    room: Room,
    rows: Arc<Rows>,
    /// Rows changed since the last checkpoint was asked for.
    changes: usize,
    wake: SyncSender<()>,
    long_log: Arc<AtomicBool>,
}

impl Writer {
    fn run(&mut self, mut jobs: mpsc::Receiver<Job>) {
        let mut last_group = 1;
        while let Some(first) = jobs.blocking_recv() {
            if last_group > 1 {
                // Several callers at once: those that share this thread's core get their
                // turn first, and the sync that follows serves them too.
                std::thread::yield_now();
            }
            let mut group = vec![first];
            let mut size = changes(&group[0].batch);
            while size < GROUP_CHANGES_MAX {
                let Ok(job) = jobs.try_recv() else { break };
                size += changes(&job.batch);
                group.push(job);
            }
            last_group = group.len();
            let mut result = self.commit(&group);
            if matches!(&result, Err(error) if is_full(error)) && self.restart_log() {
                // The disk has no more for the log, but the log's beginning may do.
                result = self.commit(&group);
            }
            let batches = || group.iter().map(|job| &job.batch);
            let put = batches().flat_map(|batch| batch.puts.iter().map(|(key, _)| key));
            let deleted = batches().flat_map(|batch| &batch.deletes);
            let added = batches().flat_map(|batch| batch.adds.iter().map(|(key, _)| key));
            self.rows.forget(put.chain(deleted).chain(added));
            if let Err(error) = &result {
                tracing::error!(%error, batches = group.len(), "a metadata commit failed");
            }
            let answered = group.into_iter().enumerate().map(|(at, job)| {
                let answer = match &result {
                    Ok(held) if held[at] => Ok(()),
                    Ok(_) => Err(StoreError::Conflict),
                    Err(error) => Err(failed(error)),
                };
                (job.answer, answer)
            });
            answers::send(answered.collect());
            self.room.keep();
            self.keep_log_short(size);
        }
    }

    /// One transaction for a group. Each batch's checks see the batches before it, and
    /// a check that fails leaves only its own batch out. On an error nothing is kept.
    fn commit(&mut self, group: &[Job]) -> rusqlite::Result<Vec<bool>> {
        let behavior = TransactionBehavior::Immediate;
        let transaction = self.connection.transaction_with_behavior(behavior)?;
        let mut held = Vec::with_capacity(group.len());
        for Job { batch, .. } in group {
            let holds = all_hold(&transaction, &batch.checks)?;
            if holds {
                apply(&transaction, batch)?;
            }
            held.push(holds);
        }
        transaction.commit()?;
        Ok(held)
    }

    fn keep_log_short(&mut self, changes: usize) {
        self.changes += changes;
        if self.changes >= CHECKPOINT_CHANGES {
            self.changes = 0;
            // If one is already asked for, that one will do.
            let _full = self.wake.try_send(());
        }
        if self.long_log.swap(false, Ordering::Relaxed) {
            self.restart_log();
        }
    }

    /// Has the next commit begin the log anew; whether that could be done.
    fn restart_log(&self) -> bool {
        let restarted = run_checkpoint(&self.connection, RESTART);
        if let Err(error) = &restarted {
            tracing::warn!(%error, "the metadata log could not be restarted");
        }
        restarted.is_ok()
    }
}

fn all_hold(connection: &Connection, checks: &[Check]) -> rusqlite::Result<bool> {
    for check in checks {
        let holds = match check {
            Check::Absent(key) => found(connection, key, |found| found.is_none())?,
            Check::Equals(key, value) => found(connection, key, |found| found == Some(value))?,
            Check::Below(key, max) => found(connection, key, |found| count(found) < *max)?,
        };
        if !holds {
            return Ok(false);
        }
    }
    Ok(true)
}

/// What is said of a key's value, which is not copied.
fn found<T>(
    connection: &Connection,
    key: &[u8],
    say: impl FnOnce(Option<&[u8]>) -> T,
) -> rusqlite::Result<T> {
    let mut select = connection.prepare_cached(SELECT)?;
    let mut rows = select.query([key])?;
    Ok(match rows.next()? {
        Some(row) => say(Some(row.get_ref(0)?.as_blob()?)),
        None => say(None),
    })
}

fn apply(connection: &Connection, batch: &Batch) -> rusqlite::Result<()> {
    let mut delete = connection.prepare_cached(DELETE)?;
    for key in &batch.deletes {
        delete.execute([&key[..]])?;
    }
    let mut put = connection.prepare_cached(PUT)?;
    for (key, value) in &batch.puts {
        put.execute((&key[..], &value[..]))?;
    }
    for (key, by) in &batch.adds {
        let mut select = connection.prepare_cached(SELECT)?;
        let old = select.query_row([&key[..]], |row| row.get::<_, Vec<u8>>(0));
        let value = added(old.optional()?.as_deref(), *by);
        put.execute((&key[..], &value[..]))?;
    }
    Ok(())
}

/// Moves the log into the table whenever the writer asks. It does not hold the writer
/// up, but cannot start the log over while the writer adds to it.
fn checkpoint(connection: &Connection, woken: &Receiver<()>, long_log: &AtomicBool) {
    while woken.recv().is_ok() {
        match run_checkpoint(connection, PASSIVE) {
            Ok(pages) if pages > LOG_PAGES_MAX => long_log.store(true, Ordering::Relaxed),
            Ok(_) => {}
            Err(error) => tracing::warn!(%error, "a metadata checkpoint failed"),
        }
    }
}

/// Gives the pages in the log.
fn run_checkpoint(connection: &Connection, sql: &str) -> rusqlite::Result<i64> {
    connection.query_row(sql, (), |row| row.get(1))
}

fn connect(path: &Path, flags: OpenFlags) -> Result<Connection, StoreError> {
    let open = || {
        let flags = flags | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags)?;
        connection.busy_timeout(BUSY)?;
        connection.execute_batch(SETTINGS)?;
        Ok(connection)
    };
    open().map_err(|error| failed(&error))
}

fn spawn(name: &str, run: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>, StoreError> {
    std::thread::Builder::new()
        .name(name.into())
        .spawn(run)
        .map_err(|error| StoreError::Unavailable(format!("no thread for {name}: {error}")))
}

fn changes(batch: &Batch) -> usize {
    batch.puts.len() + batch.deletes.len() + batch.adds.len() + 1
}

fn is_full(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(ErrorCode::DiskFull)
}

fn failed(error: &rusqlite::Error) -> StoreError {
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => StoreError::Full,
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
            StoreError::Corrupt(format!("metadata: {error}"))
        }
        _ => StoreError::Unavailable(format!("metadata: {error}")),
    }
}

const SCHEMA: &str = "
    PRAGMA journal_mode = WAL;
    CREATE TABLE IF NOT EXISTS kv (key BLOB PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
";
/// `secure_delete = FAST` overwrites deleted cells where that costs no extra I/O: a
/// deleted data key should not be found in a free page.
const SETTINGS: &str = "
    PRAGMA synchronous = FULL;
    PRAGMA wal_autocheckpoint = 0;
    PRAGMA journal_size_limit = 134217728;
    PRAGMA cache_size = -16384;
    PRAGMA temp_store = MEMORY;
    PRAGMA secure_delete = FAST;
";
const SELECT: &str = "SELECT value FROM kv WHERE key = ?1";
const SCAN: &str = "SELECT key, value FROM kv WHERE key >= ?1 AND key < ?2 ORDER BY key LIMIT ?3";
const SCAN_BACK: &str =
    "SELECT key, value FROM kv WHERE key >= ?1 AND key < ?2 ORDER BY key DESC LIMIT ?3";
const PUT: &str = "INSERT INTO kv (key, value) VALUES (?1, ?2)
    ON CONFLICT (key) DO UPDATE SET value = excluded.value";
const DELETE: &str = "DELETE FROM kv WHERE key = ?1";
const PASSIVE: &str = "PRAGMA wal_checkpoint(PASSIVE)";
const RESTART: &str = "PRAGMA wal_checkpoint(RESTART)";
const CREATE: OpenFlags = OpenFlags::SQLITE_OPEN_CREATE;
/// How long a connection waits for another's lock.
const BUSY: Duration = Duration::from_secs(5);
/// Most batches waiting for the writer; callers beyond wait their turn.
const QUEUE_MAX: usize = 1024;
/// A group is closed when it holds this many changes.
const GROUP_CHANGES_MAX: usize = 16_384;
/// Changes after which a checkpoint is worth its syncs.
const CHECKPOINT_CHANGES: usize = 16_384;
/// Pages of log (4 KiB each) at which the writer itself starts it over.
const LOG_PAGES_MAX: i64 = 20_000;
/// Idle reading connections kept.
const READERS_MAX: usize = 8;

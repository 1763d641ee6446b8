//! Wrappers around back ends: one that fails, one that counts, one that takes its time.

mod delayed;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use bytes::{Bytes, BytesMut};

use crate::error::StoreError;
use crate::media::{Class, MediaStore, Record, Span};
use crate::memory::lock;
use crate::meta::{Batch, BoxFuture, MetaStore, Scan};

pub use delayed::{Delayed, Pause};

/// How often a [`Faulty`] store fails, each in one of `1 << 16` calls.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rates {
    /// [`StoreError::Unavailable`] without any effect.
    pub before: u16,
    /// [`StoreError::Unavailable`] after the full effect: the answer was lost.
    pub after: u16,
    /// [`StoreError::Full`] without any effect; appends and commits only.
    pub full: u16,
}

/// A store that fails as a seed has it. The same seed and the same calls fail alike.
pub struct Faulty<S> {
    inner: S,
    faults: Arc<Faults>,
}

/// The failures of one or more [`Faulty`] stores, which can be turned on and off.
pub struct Faults {
    state: Mutex<(Rates, u64)>,
}

impl Faults {
    /// Failures by a seed.
    pub fn new(seed: u64, rates: Rates) -> Arc<Faults> {
        let state = Mutex::new((rates, seed));
        Arc::new(Faults { state })
    }

    /// From now on fails this often.
    pub fn set(&self, rates: Rates) {
        lock(&self.state).0 = rates;
    }

    fn draw(&self, writes: bool) -> Fate {
        let mut state = lock(&self.state);
        // SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number
        // Generators, 2014): even successive seeds give unrelated numbers.
        state.1 = state.1.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = state.1;
        z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        let drawn = u32::from((z >> 48) as u16);
        let Rates {
            before,
            after,
            full,
        } = state.0;
        let full = if writes { u32::from(full) } else { 0 };
        let [first, second, third] = [
            u32::from(before),
            u32::from(before) + u32::from(after),
            u32::from(before) + u32::from(after) + full,
        ];
        match drawn {
            _ if drawn < first => Fate::Before,
            _ if drawn < second => Fate::After,
            _ if drawn < third => Fate::Full,
            _ => Fate::Pass,
        }
    }

    async fn apply<T>(
        &self,
        writes: bool,
        run: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        let fault = |when| StoreError::Unavailable(format!("a fault {when} the call"));
        match self.draw(writes) {
            Fate::Pass => run.await,
            Fate::Before => Err(fault("before")),
            Fate::Full => Err(StoreError::Full),
            Fate::After => {
                run.await?;
                Err(fault("after"))
            }
        }
    }
}

enum Fate {
    Pass,
    Before,
    After,
    Full,
}

impl<S> Faulty<S> {
    /// Wraps a store.
    pub fn new(inner: S, faults: Arc<Faults>) -> Faulty<S> {
        Faulty { inner, faults }
    }
}

impl<S: MetaStore> MetaStore for Faulty<S> {
    fn get<'a>(
        &'a self,
        keys: &'a [Bytes],
    ) -> BoxFuture<'a, Result<Vec<Option<Bytes>>, StoreError>> {
        Box::pin(self.faults.apply(false, self.inner.get(keys)))
    }

    fn scan(&self, scan: Scan) -> BoxFuture<'_, Result<Vec<(Bytes, Bytes)>, StoreError>> {
        Box::pin(self.faults.apply(false, self.inner.scan(scan)))
    }

    fn commit(&self, batch: Batch) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(self.faults.apply(true, self.inner.commit(batch)))
    }
}

impl<S: MediaStore> MediaStore for Faulty<S> {
    fn append(
        &self,
        class: Class,
        records: Vec<Record>,
    ) -> BoxFuture<'_, Result<Vec<Span>, StoreError>> {
        Box::pin(self.faults.apply(true, self.inner.append(class, records)))
    }

    fn read(&self, span: Span) -> BoxFuture<'_, Result<BytesMut, StoreError>> {
        Box::pin(self.faults.apply(false, self.inner.read(span)))
    }

    fn free(&self, spans: Vec<Span>) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(self.faults.apply(false, self.inner.free(spans)))
    }

    fn list(&self) -> BoxFuture<'_, Result<Vec<(u64, u64)>, StoreError>> {
        Box::pin(self.faults.apply(false, self.inner.list()))
    }
}

/// A store that counts what it is asked.
pub struct Metered<S> {
    inner: S,
    meter: Arc<Meter>,
}

/// The counts of one or more [`Metered`] stores.
#[derive(Debug, Default)]
pub struct Meter {
    calls: Mutex<BTreeMap<&'static str, u64>>,
    errors: AtomicU64,
    bytes_read: AtomicU64,
    bytes_written: AtomicU64,
    bytes_freed: AtomicU64,
}

impl Meter {
    /// Calls of a method: `get`, `scan`, `commit`, `append`, `read`, `free` or `list`.
    pub fn calls(&self, method: &str) -> u64 {
        lock(&self.calls).get(method).copied().unwrap_or(0)
    }

    /// Calls that answered with an error, conflicts aside.
    pub fn errors(&self) -> u64 {
        self.errors.load(Ordering::Relaxed)
    }

    /// Bytes of keys, values and records that were returned.
    pub fn bytes_read(&self) -> u64 {
        self.bytes_read.load(Ordering::Relaxed)
    }

    /// Bytes of keys, values and records that were stored.
    pub fn bytes_written(&self) -> u64 {
        self.bytes_written.load(Ordering::Relaxed)
    }

    /// Bytes of records that were given back.
    pub fn bytes_freed(&self) -> u64 {
        self.bytes_freed.load(Ordering::Relaxed)
    }

    /// Counts a call, and by its answer the bytes or the error.
    async fn count<T>(
        &self,
        method: &'static str,
        counter: &AtomicU64,
        size: impl FnOnce(&T) -> u64,
        run: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        *lock(&self.calls).entry(method).or_default() += 1;
        let result = run.await;
        match &result {
            Ok(value) => {
                counter.fetch_add(size(value), Ordering::Relaxed);
            }
            Err(StoreError::Conflict) => {}
            Err(_) => {
                self.errors.fetch_add(1, Ordering::Relaxed);
            }
        }
        result
    }
}

impl<S> Metered<S> {
    /// Wraps a store.
    pub fn new(inner: S, meter: Arc<Meter>) -> Metered<S> {
        Metered { inner, meter }
    }
}

impl<S: MetaStore> MetaStore for Metered<S> {
    fn get<'a>(
        &'a self,
        keys: &'a [Bytes],
    ) -> BoxFuture<'a, Result<Vec<Option<Bytes>>, StoreError>> {
        let size = |values: &Vec<Option<Bytes>>| {
            values
                .iter()
                .flatten()
                .map(|value| value.len() as u64)
                .sum()
        };
        let meter = &self.meter;
        Box::pin(meter.count("get", &meter.bytes_read, size, self.inner.get(keys)))
    }

    fn scan(&self, scan: Scan) -> BoxFuture<'_, Result<Vec<(Bytes, Bytes)>, StoreError>> {
        let meter = &self.meter;
        let size = |rows: &Vec<(Bytes, Bytes)>| pairs_len(rows);
        Box::pin(meter.count("scan", &meter.bytes_read, size, self.inner.scan(scan)))
    }

    fn commit(&self, batch: Batch) -> BoxFuture<'_, Result<(), StoreError>> {
        let bytes = pairs_len(&batch.puts);
        let meter = &self.meter;
        let run = self.inner.commit(batch);
        Box::pin(meter.count("commit", &meter.bytes_written, move |_| bytes, run))
    }
}

impl<S: MediaStore> MediaStore for Metered<S> {
    fn append(
        &self,
        class: Class,
        records: Vec<Record>,
    ) -> BoxFuture<'_, Result<Vec<Span>, StoreError>> {
        let meter = &self.meter;
        let size = |spans: &Vec<Span>| spans_len(spans);
        let run = self.inner.append(class, records);
        Box::pin(meter.count("append", &meter.bytes_written, size, run))
    }

    fn read(&self, span: Span) -> BoxFuture<'_, Result<BytesMut, StoreError>> {
        let meter = &self.meter;
        let size = |bytes: &BytesMut| bytes.len() as u64;
        Box::pin(meter.count("read", &meter.bytes_read, size, self.inner.read(span)))
    }

    fn free(&self, spans: Vec<Span>) -> BoxFuture<'_, Result<(), StoreError>> {
        let bytes = spans_len(&spans);
        let meter = &self.meter;
        let run = self.inner.free(spans);
        Box::pin(meter.count("free", &meter.bytes_freed, move |_| bytes, run))
    }

    fn list(&self) -> BoxFuture<'_, Result<Vec<(u64, u64)>, StoreError>> {
        let meter = &self.meter;
        Box::pin(meter.count("list", &meter.bytes_read, |_| 0, self.inner.list()))
    }
}

fn pairs_len(pairs: &[(Bytes, Bytes)]) -> u64 {
    let lens = pairs.iter().map(|(key, value)| key.len() + value.len());
    lens.sum::<usize>() as u64
}

fn spans_len(spans: &[Span]) -> u64 {
    spans.iter().map(|span| u64::from(span.len)).sum()
}

#[cfg(test)]
mod tests;

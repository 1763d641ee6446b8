//! Both waists in memory: for tests and for simulation above the store.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::{Bytes, BytesMut};

use crate::error::StoreError;
use crate::media::{Class, MediaStore, Record, Span};
use crate::meta::{Batch, BoxFuture, Check, MetaStore, Scan, added, count};

/// A metadata store that forgets everything when it is dropped.
#[derive(Default)]
pub struct MemoryMeta {
    entries: Mutex<BTreeMap<Bytes, Bytes>>,
}

impl MetaStore for MemoryMeta {
    fn get<'a>(
        &'a self,
        keys: &'a [Bytes],
    ) -> BoxFuture<'a, Result<Vec<Option<Bytes>>, StoreError>> {
        Box::pin(async move {
            let entries = lock(&self.entries);
            Ok(keys.iter().map(|key| entries.get(key).cloned()).collect())
        })
    }

    fn scan(&self, scan: Scan) -> BoxFuture<'_, Result<Vec<(Bytes, Bytes)>, StoreError>> {
        Box::pin(async move {
            if scan.start >= scan.end {
                return Ok(Vec::new());
            }
            let entries = lock(&self.entries);
            let range = entries.range((Bound::Included(scan.start), Bound::Excluded(scan.end)));
            let owned = |(key, value): (&Bytes, &Bytes)| (key.clone(), value.clone());
            Ok(if scan.reverse {
                range.rev().take(scan.limit).map(owned).collect()
            } else {
                range.take(scan.limit).map(owned).collect()
            })
        })
    }

    fn commit(&self, batch: Batch) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(async move {
            let mut entries = lock(&self.entries);
            let holds = batch.checks.iter().all(|check| match check {
                Check::Absent(key) => !entries.contains_key(key),
                Check::Equals(key, value) => entries.get(key) == Some(value),
                Check::Below(key, max) => count(entries.get(key).map(|value| &value[..])) < *max,
            });
            if !holds {
                return Err(StoreError::Conflict);
            }
            for key in &batch.deletes {
                entries.remove(key);
            }
            entries.extend(batch.puts);
            for (key, by) in batch.adds {
                let value = added(entries.get(&key).map(|old| &old[..]), by);
                entries.insert(key, value);
            }
            Ok(())
        })
    }
}

/// A media store that forgets everything when it is dropped. One extent per class.
#[derive(Default)]
pub struct MemoryMedia {
    state: Mutex<MediaState>,
}

#[derive(Default)]
struct MediaState {
    /// Next offset by extent, so that no span is ever handed out twice.
    ends: BTreeMap<u64, u64>,
    records: BTreeMap<(u64, u64), Vec<u8>>,
}

impl MediaStore for MemoryMedia {
    fn append(
        &self,
        class: Class,
        records: Vec<Record>,
    ) -> BoxFuture<'_, Result<Vec<Span>, StoreError>> {
        Box::pin(async move {
            let mut filled = Vec::with_capacity(records.len());
            for record in records {
                let mut bytes = vec![0; record.len as usize];
                (record.fill)(&mut bytes)?;
                filled.push((record.len, bytes));
            }
            let mut state = lock(&self.state);
            let extent = u64::from(class.0);
            let mut spans = Vec::with_capacity(filled.len());
            for (len, bytes) in filled {
                let end = state.ends.entry(extent).or_default();
                let offset = *end;
                *end += u64::from(len);
                state.records.insert((extent, offset), bytes);
                spans.push(Span {
                    extent,
                    offset,
                    len,
                });
            }
            Ok(spans)
        })
    }

    fn read(&self, span: Span) -> BoxFuture<'_, Result<BytesMut, StoreError>> {
        Box::pin(async move {
            let state = lock(&self.state);
            let record = state.records.get(&(span.extent, span.offset));
            let record = record.ok_or(StoreError::NotFound)?;
            if record.len() != span.len as usize {
                return Err(StoreError::Corrupt("a span has the wrong length".into()));
            }
            Ok(BytesMut::from(&record[..]))
        })
    }

    fn free(&self, spans: Vec<Span>) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(async move {
            let mut state = lock(&self.state);
            for span in spans {
                state.records.remove(&(span.extent, span.offset));
            }
            Ok(())
        })
    }

    fn list(&self) -> BoxFuture<'_, Result<Vec<(u64, u64)>, StoreError>> {
        Box::pin(async move {
            let state = lock(&self.state);
            let mut extents = BTreeMap::<u64, u64>::new();
            for (&(extent, _), record) in &state.records {
                *extents.entry(extent).or_default() += record.len() as u64;
            }
            Ok(extents.into_iter().collect())
        })
    }
}

/// A panic while the lock was held leaves whole values behind in every use of it in
/// this crate, so a poisoned lock is as good as another.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::{MemoryMedia, MemoryMeta};
    use crate::blocking::block_on;
    use crate::{Store, conformance};

    #[test]
    fn conforms() {
        block_on(conformance::meta(&MemoryMeta::default()));
        block_on(conformance::media(&MemoryMedia::default()));
        block_on(conformance::run(&Store::memory()));
    }
}

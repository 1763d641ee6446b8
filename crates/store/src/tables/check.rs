//! Reading through all fragment rows, for the check of a store, and mending them.

mod hours;

use std::collections::BTreeMap;

use bytes::Bytes;
use kvs::fragment::FragmentNumber;
use kvs::name::StreamId;
use kvs::timeline::hour_of;

use super::Store;
use super::fragments::{StoredFragment, decode_row, places};
use crate::error::StoreError;
use crate::media::Span;
use crate::meta::{Batch, Check};
use crate::{key, record};

/// A row of one of the two orders.
pub(crate) struct Row {
    pub(crate) stream: StreamId,
    pub(crate) fragment: StoredFragment,
    /// Whether the other order has the same row.
    pub(crate) paired: bool,
}

/// A page of rows.
#[derive(Default)]
pub(crate) struct Rows {
    pub(crate) rows: Vec<Row>,
    /// Keys of those that cannot be read.
    pub(crate) unreadable: Vec<Bytes>,
    /// Where the next page begins.
    pub(crate) next: Option<Bytes>,
}

/// The two orders of fragment rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    Ingestion,
    Producer,
}

impl Store {
    /// Some rows of an order, of all streams.
    pub(crate) async fn check_rows(
        &self,
        order: Order,
        from: Option<Bytes>,
    ) -> Result<Rows, StoreError> {
        let first = key::single(match order {
            Order::Ingestion => key::FRAGMENT,
            Order::Producer => key::FRAGMENT_PRODUCER,
        });
        let end = key::after_prefix(&first);
        let entries = self.first(from.unwrap_or(first), end, PAGE).await?;
        let next = match entries.last() {
            Some((last, _)) if entries.len() == PAGE => Some(key::next(last)),
            _ => None,
        };
        let mut rows = Rows {
            next,
            ..Rows::default()
        };
        let mut others = Vec::with_capacity(entries.len());
        let mut values = Vec::with_capacity(entries.len());
        for entry in entries {
            let stream = key::number(&entry.0, 0).map(StreamId);
            let (Ok(fragment), Some(stream)) = (decode_row(&entry), stream) else {
                rows.unreadable.push(entry.0);
                continue;
            };
            let [primary, producer] = places(stream, &fragment);
            others.push(match order {
                Order::Ingestion => producer,
                Order::Producer => primary,
            });
            values.push(entry.1);
            rows.rows.push(Row {
                stream,
                fragment,
                paired: false,
            });
        }
        let others = self.meta().get(&others).await?;
        for (row, (other, value)) in rows.rows.iter_mut().zip(others.iter().zip(&values)) {
            row.paired = other.as_ref() == Some(value);
        }
        Ok(rows)
    }

    /// Writes the row of the order of ingestion as its twin has it, and has the summaries
    /// of its stream made again.
    pub(crate) async fn mend_primary(&self, row: &Row) -> Result<(), StoreError> {
        let [primary, _] = places(row.stream, &row.fragment);
        let hour = hour_of(row.fragment.meta.number.server_ms);
        let batch = Batch {
            puts: vec![(primary, record::fragment::encode(&row.fragment))],
            deletes: vec![
                key::hour(row.stream, hour),
                key::of_stream(key::SUMMARISED, row.stream),
            ],
            ..Batch::default()
        };
        self.meta().commit(batch).await
    }

    /// Deletes rows that cannot be read, and has the summaries of their streams made again.
    pub(crate) async fn drop_unreadable(&self, keys: Vec<Bytes>) -> Result<(), StoreError> {
        let mut deletes = keys.clone();
        for place in keys {
            let id = key::number(&place, 0).map(StreamId);
            deletes.extend(id.map(|id| key::of_stream(key::SUMMARISED, id)));
            let is_primary = place.first() == Some(&key::FRAGMENT);
            if let (true, Some(id), Some(ms)) = (is_primary, id, key::number(&place, 1)) {
                deletes.push(key::hour(id, hour_of(ms)));
            }
        }
        let batch = Batch {
            deletes,
            ..Batch::default()
        };
        self.meta().commit(batch).await
    }

    /// Which of some records have a row that points at them. Each is given as its
    /// stream, its fragment's number and its span.
    pub(crate) async fn have_rows(
        &self,
        records: &[(StreamId, FragmentNumber, Span)],
    ) -> Result<Vec<bool>, StoreError> {
        let mut have = Vec::with_capacity(records.len());
        for page in records.chunks(PAGE) {
            let places: Vec<Bytes> = page
                .iter()
                .map(|(id, number, _)| key::fragment(*id, number.server_ms, number.sequence))
                .collect();
            let rows = self.meta().get(&places).await?;
            for ((_, number, span), row) in page.iter().zip(rows) {
                let (server_ms, sequence) = (number.server_ms, number.sequence);
                let row = row.map(|row| record::fragment::decode(server_ms, sequence, &row));
                have.push(match row {
                    Some(Ok(row)) => (row.meta.number, row.span) == (*number, *span),
                    // It may point here. What is kept can still be freed later.
                    Some(Err(_)) => true,
                    None => false,
                });
            }
        }
        Ok(have)
    }

    /// Whether a stream is there or waits to be purged.
    pub(crate) async fn stream_known(&self, id: StreamId) -> Result<bool, StoreError> {
        let keys = [key::DATA_KEY, key::DOOMED].map(|table| key::of_stream(table, id));
        let rows = self.meta().get(&keys).await?;
        Ok(rows.iter().any(Option::is_some))
    }

    /// Spans noted as pending.
    pub(crate) async fn frees_pending(&self) -> Result<u64, StoreError> {
        let mut start = key::single(key::PENDING_FREE);
        let end = key::after_prefix(&start);
        let mut count = 0;
        loop {
            let rows = self.first(start, end.clone(), PAGE).await?;
            count += rows.len() as u64;
            match rows.last() {
                Some((last, _)) if rows.len() == PAGE => start = key::next(last),
                _ => return Ok(count),
            }
        }
    }

    /// Counts that differ from what is there, by their keys, with the number there is: of
    /// the streams of accounts, of the events of their audit trails and of what makes up
    /// their devices.
    pub(crate) async fn wrong_counts(&self) -> Result<BTreeMap<Bytes, u64>, StoreError> {
        let mut wrong = BTreeMap::new();
        for (rows, counts, shared) in [
            (key::STREAM, key::STREAM_COUNT, ACCOUNT_LEN),
            (key::AUDIT, key::AUDIT_COUNT, ACCOUNT_LEN),
            (key::IOT, key::IOT_COUNT, ACCOUNT_LEN + 1),
        ] {
            let mut there = self.counted(rows, counts, shared).await?;
            let mut start = key::single(counts);
            let end = key::after_prefix(&start);
            loop {
                let kept = self.first(start, end.clone(), PAGE).await?;
                for (place, row) in &kept {
                    let number = there.entry(place.clone()).or_default();
                    // One that cannot be read is wrong.
                    if record::decode_number(row).ok() == Some(*number) {
                        there.remove(place);
                    }
                }
                match kept.last() {
                    Some((last, _)) if kept.len() == PAGE => start = key::next(last),
                    _ => break,
                }
            }
            wrong.append(&mut there);
        }
        Ok(wrong)
    }

    /// How many rows of a table there are, counted one by one. A key of `counts` and those
    /// of the rows that it counts have `shared` bytes behind the table in common.
    async fn counted(
        &self,
        rows: u8,
        counts: u8,
        shared: usize,
    ) -> Result<BTreeMap<Bytes, u64>, StoreError> {
        let mut counted = BTreeMap::new();
        let mut start = key::single(rows);
        let end = key::after_prefix(&start);
        loop {
            let rows = self.first(start, end.clone(), PAGE).await?;
            for (place, _) in &rows {
                let part = place
                    .get(1..=shared)
                    .ok_or_else(|| StoreError::Corrupt("a row's key is too short".into()))?;
                *counted.entry(key::counter(counts, part)).or_default() += 1;
            }
            match rows.last() {
                Some((last, _)) if rows.len() == PAGE => start = key::next(last),
                _ => return Ok(counted),
            }
        }
    }

    /// Counts anew what is counted and marks the store as being of this version. Only while
    /// nobody else changes it.
    pub(crate) async fn mend_counts(&self) -> Result<(), StoreError> {
        let wrong = self.wrong_counts().await?.into_iter();
        let mut puts: Vec<(Bytes, Bytes)> = wrong
            .map(|(place, count)| (place, record::encode_number(count)))
            .collect();
        puts.push(Store::schema_mark());
        let batch = Batch {
            puts,
            ..Batch::default()
        };
        self.meta().commit(batch).await
    }

    /// Puts the row of the producer's order back beside its twin.
    pub(crate) async fn mend_pair(&self, row: &Row) -> Result<(), StoreError> {
        let [primary, producer] = places(row.stream, &row.fragment);
        let value = record::fragment::encode(&row.fragment);
        let batch = Batch {
            checks: vec![Check::Equals(primary, value.clone())],
            puts: vec![(producer, value)],
            ..Batch::default()
        };
        self.meta().commit(batch).await
    }

    /// Deletes a row of the producer's order that has no twin.
    pub(crate) async fn drop_stray(&self, row: &Row) -> Result<(), StoreError> {
        let [_, producer] = places(row.stream, &row.fragment);
        let batch = Batch {
            deletes: vec![producer],
            ..Batch::default()
        };
        self.meta().commit(batch).await
    }

    /// Deletes both rows of a fragment whose media is not there, and the summary that
    /// knows of it.
    pub(crate) async fn drop_rows(&self, row: &Row) -> Result<(), StoreError> {
        let hour = hour_of(row.fragment.meta.number.server_ms);
        let mut deletes = Vec::from(places(row.stream, &row.fragment));
        deletes.push(key::hour(row.stream, hour));
        deletes.push(key::of_stream(key::SUMMARISED, row.stream));
        let batch = Batch {
            deletes,
            ..Batch::default()
        };
        self.meta().commit(batch).await
    }

    /// Has the rows of a stream that is not there purged.
    pub(crate) async fn doom(&self, id: StreamId) -> Result<(), StoreError> {
        let batch = Batch {
            checks: vec![Check::Absent(key::of_stream(key::DATA_KEY, id))],
            puts: vec![(key::of_stream(key::DOOMED, id), record::encode_number(0))],
            ..Batch::default()
        };
        self.meta().commit(batch).await
    }
}

/// Rows read at a time.
const PAGE: usize = 1000;
/// Digits of an account's id.
const ACCOUNT_LEN: usize = 12;

/// Damage and half-done work, for tests of what mends them.
#[cfg(test)]
impl Store {
    /// The first step of [`Store::expire`] and no more.
    pub(crate) async fn note_frees(
        &self,
        id: StreamId,
        fragments: &[StoredFragment],
    ) -> Result<(), StoreError> {
        let batch = super::expiry::deletion(id, fragments);
        self.meta().commit(batch).await
    }

    /// Takes rows away.
    pub(crate) async fn damage(&self, deletes: Vec<Bytes>) -> Result<(), StoreError> {
        let batch = Batch {
            deletes,
            ..Batch::default()
        };
        self.meta().commit(batch).await
    }

    /// Writes what cannot be read.
    pub(crate) async fn garble(&self, places: Vec<Bytes>) -> Result<(), StoreError> {
        let garbage = |place| (place, Bytes::from_static(&[0xff, 0xff]));
        let batch = Batch {
            puts: places.into_iter().map(garbage).collect(),
            ..Batch::default()
        };
        self.meta().commit(batch).await
    }

    /// Marks the store as written by another version.
    pub(crate) async fn mark_schema(&self, version: u64) -> Result<(), StoreError> {
        let batch = Batch {
            puts: vec![(key::single(key::SCHEMA), record::encode_number(version))],
            ..Batch::default()
        };
        self.meta().commit(batch).await
    }
}

//! Summaries of hours: what a stream has of a long time, without reading its fragments.
//!
//! A summary is of the fragments that arrived within an hour of server time, once that is
//! over. It is made from their rows, in the order of hours, and a mark says how far; so an
//! hour before the mark that has no summary has no fragments, but for the one in which the
//! oldest fragment lies: [`Store::expire`] deletes a summary with the first of its
//! fragments. Whatever else changes rows behind the mark deletes the summary and the mark,
//! and the summaries are gone through again. They are only ever derived from rows and can
//! be made anew at any time.

use std::collections::BTreeSet;

use bytes::Bytes;
use kvs::name::StreamId;
use kvs::timeline::{Count, HOUR_MS, Hour, HourBuilder, hour_of};

use super::fragments::{StoredFragment, decode_rows};
use super::{ATTEMPTS, Store};
use crate::error::StoreError;
use crate::meta::{Batch, Check};
use crate::{key, record};

/// How far a stream has summaries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summarised {
    /// All hours before this one (counted from the epoch) that have fragments have a
    /// summary, but for the hour of the oldest fragment.
    pub before_hour: u64,
    /// How much is stored of those hours: this is exact, also while media expires.
    pub count: Count,
}

/// What a call of [`Store::summarise`] did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Fragment rows that were read.
    pub rows: usize,
    /// Hours that were summed up.
    pub hours: usize,
    /// Nothing is left to do.
    pub is_done: bool,
}

impl Store {
    /// How far a stream has summaries; `None` if nobody has looked yet.
    pub async fn summarised(&self, id: StreamId) -> Result<Option<Summarised>, StoreError> {
        let row = self.value(key::of_stream(key::SUMMARISED, id)).await?;
        row.map(|row| record::hour::decode_summarised(&row))
            .transpose()
    }

    /// Summaries of a stream, from `start_hour` to `end_hour` (exclusive).
    pub async fn hours(
        &self,
        id: StreamId,
        start_hour: u64,
        end_hour: u64,
        limit: usize,
    ) -> Result<Vec<(u64, Hour)>, StoreError> {
        let rows = self.hour_rows(id, start_hour, end_hour, limit).await?;
        let decode = |(hour, row): (u64, Bytes)| Ok((hour, record::hour::decode(&row)?));
        rows.into_iter().map(decode).collect()
    }

    /// Only the counts of [`Store::hours`].
    pub async fn hour_counts(
        &self,
        id: StreamId,
        start_hour: u64,
        end_hour: u64,
        limit: usize,
    ) -> Result<Vec<(u64, Count)>, StoreError> {
        let rows = self.hour_rows(id, start_hour, end_hour, limit).await?;
        let decode = |(hour, row): (u64, Bytes)| Ok((hour, record::hour::decode_count(&row)?));
        rows.into_iter().map(decode).collect()
    }

    /// Sums up the hours before `before_hour`, the oldest first, until all are or about
    /// `rows_max` rows were read. Fragments of these hours should no longer come; if one
    /// does all the same, its hour is summed up again.
    pub async fn summarise(
        &self,
        id: StreamId,
        before_hour: u64,
        rows_max: usize,
    ) -> Result<Progress, StoreError> {
        for _ in 0..ATTEMPTS {
            let places = [key::DATA_KEY, key::SUMMARISED, key::EXPIRED];
            let places = places.map(|table| key::of_stream(table, id));
            let values = self.meta().get(&places).await?;
            if values.first().is_none_or(Option::is_none) {
                // It is deleted; what there is goes with it.
                let is_done = true;
                return Ok(Progress {
                    is_done,
                    ..Progress::default()
                });
            }
            let mark = values.get(1).and_then(Option::as_ref);
            let old = mark.map(|row| record::hour::decode_summarised(row));
            let old = old.transpose()?;
            let made = self.make(id, old, before_hour, rows_max).await?;
            let Some(new) = made.mark.filter(|new| Some(*new) != old) else {
                return Ok(made.progress);
            };
            let [_, mark, _] = &places;
            let mut batch = Batch {
                puts: made.puts,
                ..Batch::default()
            };
            batch
                .puts
                .push((mark.clone(), record::hour::encode_summarised(&new)));
            // Nothing was deleted since the rows were read, and nobody else was faster.
            batch.checks = places
                .into_iter()
                .zip(values)
                .map(|(place, value)| Check::unchanged(place, value))
                .collect();
            match self.meta().commit(batch).await {
                Ok(()) => {
                    // A late fragment may have been stored between the reading and the
                    // commit; one that comes later finds the new mark.
                    if let Some(hour) = made.newest.filter(|hour| hour + 1 >= before_hour) {
                        self.look_again(id, hour).await?;
                    }
                    return Ok(made.progress);
                }
                Err(StoreError::Conflict) => {}
                Err(error) => return Err(error),
            }
        }
        Err(StoreError::Conflict)
    }

    async fn make(
        &self,
        id: StreamId,
        old: Option<Summarised>,
        before_hour: u64,
        rows_max: usize,
    ) -> Result<Made, StoreError> {
        let mut made = Made::default();
        let mut mark = old.unwrap_or_default();
        let end = key::fragment(id, before_hour.saturating_mul(HOUR_MS), 0);
        loop {
            let start = key::fragment(id, mark.before_hour.saturating_mul(HOUR_MS), 0);
            let next = decode_rows(&self.first(start, end.clone(), 1).await?)?;
            let Some(next) = next.first() else {
                made.progress.is_done = true;
                break;
            };
            let hour = hour_of(next.meta.number.server_ms);
            let place = key::hour(id, hour);
            let count = match self.value(place.clone()).await? {
                Some(row) => record::hour::decode_count(&row)?,
                None => {
                    let (summary, rows) = self.sum_up(id, hour).await?;
                    made.progress.rows += rows;
                    made.puts.push((place, record::hour::encode(&summary)));
                    made.newest = Some(hour);
                    summary.count
                }
            };
            made.progress.hours += 1;
            mark = Summarised {
                before_hour: hour + 1,
                count: mark.count.plus(count),
            };
            if made.progress.rows >= rows_max || made.progress.hours >= HOURS_MAX {
                break;
            }
        }
        // A mark tells those who add fragments that they need not look for summaries.
        let is_due = made.progress.hours > 0
            || (old.is_none() && !self.fragments_after(id, None, 1).await?.is_empty());
        made.mark = is_due.then_some(mark);
        Ok(made)
    }

    /// Reads the rows of an hour.
    pub(crate) async fn sum_up(
        &self,
        id: StreamId,
        hour: u64,
    ) -> Result<(Hour, usize), StoreError> {
        let mut summary = HourBuilder::default();
        let mut rows = 0;
        let mut start = key::fragment(id, hour.saturating_mul(HOUR_MS), 0);
        let end = key::fragment(id, (hour + 1).saturating_mul(HOUR_MS), 0);
        loop {
            let page = self.first(start, end.clone(), PAGE).await?;
            for fragment in decode_rows(&page)? {
                summary.add(&fragment.meta);
            }
            rows += page.len();
            match page.last() {
                Some((last, _)) if page.len() == PAGE => start = key::next(last),
                _ => return Ok((summary.finish(), rows)),
            }
            // Reading is done in place: others must have their turn.
            tokio::task::yield_now().await;
        }
    }

    async fn hour_rows(
        &self,
        id: StreamId,
        start_hour: u64,
        end_hour: u64,
        limit: usize,
    ) -> Result<Vec<(u64, Bytes)>, StoreError> {
        let (start, end) = (key::hour(id, start_hour), key::hour(id, end_hour));
        let rows = self.first(start, end, limit).await?;
        let number = |(place, row): (Bytes, Bytes)| {
            let hour = key::number(&place, 1);
            let hour = hour.ok_or_else(|| StoreError::Corrupt("an hour's key is short".into()))?;
            Ok((hour, row))
        };
        rows.into_iter().map(number).collect()
    }

    /// How far the streams of some fragments have summaries.
    pub(super) async fn marks(
        &self,
        rows: &[(StreamId, StoredFragment)],
    ) -> Result<Vec<Mark>, StoreError> {
        let ids: BTreeSet<StreamId> = rows.iter().map(|&(id, _)| id).collect();
        let place = |&id: &StreamId| key::of_stream(key::SUMMARISED, id);
        let places: Vec<Bytes> = ids.iter().map(place).collect();
        let values = self.meta().get(&places).await?;
        let mark = |((id, place), value)| Mark { id, place, value };
        Ok(ids.into_iter().zip(places).zip(values).map(mark).collect())
    }

    /// Forgets the summary of an hour if it does not agree with the rows.
    async fn look_again(&self, id: StreamId, hour: u64) -> Result<(), StoreError> {
        let place = key::hour(id, hour);
        let Some(row) = self.value(place.clone()).await? else {
            return Ok(());
        };
        let (summary, _) = self.sum_up(id, hour).await?;
        if record::hour::decode_count(&row).ok() == Some(summary.count) {
            return Ok(());
        }
        let batch = Batch {
            deletes: vec![place, key::of_stream(key::SUMMARISED, id)],
            ..Batch::default()
        };
        self.meta().commit(batch).await
    }
}

/// How far a stream has summaries, as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mark {
    id: StreamId,
    place: Bytes,
    value: Option<Bytes>,
}

impl Mark {
    /// That it still is so.
    pub(super) fn unchanged(&self) -> Check {
        Check::unchanged(self.place.clone(), self.value.clone())
    }
}

/// Keys to delete with a commit of such fragments: summaries that do not know of them.
pub(super) fn outdated(rows: &[(StreamId, StoredFragment)], marks: &[Mark]) -> Vec<Bytes> {
    let mut outdated = BTreeSet::new();
    for (id, fragment) in rows {
        let hour = hour_of(fragment.meta.number.server_ms);
        let place = marks.binary_search_by_key(id, |mark| mark.id).ok();
        let mark = place.and_then(|place| marks.get(place)?.value.as_ref());
        match mark.map(|row| record::hour::decode_summarised(row)) {
            Some(Ok(mark)) if hour >= mark.before_hour => {}
            Some(_) => {
                outdated.insert(key::hour(*id, hour));
                outdated.insert(key::of_stream(key::SUMMARISED, *id));
            }
            None => {
                outdated.insert(key::hour(*id, hour));
            }
        }
    }
    outdated.into_iter().collect()
}

/// What [`Store::summarise`] wants to commit.
#[derive(Default)]
struct Made {
    puts: Vec<(Bytes, Bytes)>,
    mark: Option<Summarised>,
    /// The newest hour that was summed up.
    newest: Option<u64>,
    progress: Progress,
}

/// Keys of the summaries that a deletion of fragments puts out of date.
pub(super) fn of_fragments(id: StreamId, fragments: &[StoredFragment]) -> BTreeSet<Bytes> {
    let hour = |fragment: &StoredFragment| hour_of(fragment.meta.number.server_ms);
    let hours: BTreeSet<u64> = fragments.iter().map(hour).collect();
    hours.into_iter().map(|hour| key::hour(id, hour)).collect()
}

/// How much of some fragments lies before a mark.
pub(super) fn before(mark: &Summarised, fragments: &[StoredFragment]) -> Count {
    fragments
        .iter()
        .filter(|fragment| hour_of(fragment.meta.number.server_ms) < mark.before_hour)
        .fold(Count::default(), |sum, fragment| {
            sum.plus(Count::of(&fragment.meta))
        })
}

/// Rows read at a time.
const PAGE: usize = 1000;
/// Hours looked at in one call.
const HOURS_MAX: usize = 1000;

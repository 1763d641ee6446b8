//! Summaries of hours as the check of a store sees them: what cannot be read is wrong, and
//! no reason to stop.

use bytes::Bytes;
use kvs::name::StreamId;
use kvs::timeline::{HOUR_MS, Hour};

use super::{PAGE, Store};
use crate::error::StoreError;
use crate::meta::Batch;
use crate::tables::fragments::range_of;
use crate::tables::hours::Summarised;
use crate::{key, record};

impl Store {
    /// How far a stream says to have summaries. A mark that cannot be read says what is
    /// never so.
    pub(crate) async fn mark_of(&self, id: StreamId) -> Result<Option<Summarised>, StoreError> {
        let row = self.value(key::of_stream(key::SUMMARISED, id)).await?;
        let never = Summarised {
            before_hour: 0,
            count: kvs::timeline::Count {
                fragments: u64::MAX,
                bytes: u64::MAX,
            },
        };
        let decode = |row: Bytes| record::hour::decode_summarised(&row).unwrap_or(never);
        Ok(row.map(decode))
    }

    /// The summary of an hour: `Some(None)` if there is one that cannot be read.
    pub(crate) async fn summary_of(
        &self,
        id: StreamId,
        hour: u64,
    ) -> Result<Option<Option<Hour>>, StoreError> {
        let row = self.value(key::hour(id, hour)).await?;
        Ok(row.map(|row| record::hour::decode(&row).ok()))
    }

    /// Deletes a summary.
    pub(crate) async fn forget_summary(&self, id: StreamId, hour: u64) -> Result<(), StoreError> {
        self.forget(vec![key::hour(id, hour)]).await
    }

    /// Has the summaries of a stream gone through again.
    pub(crate) async fn forget_mark(&self, id: StreamId) -> Result<(), StoreError> {
        self.forget(vec![key::of_stream(key::SUMMARISED, id)]).await
    }

    /// Summaries of hours without fragments, and marks that count fragments of streams that
    /// have none; gives their number, and deletes them if it should.
    pub(crate) async fn stray_summaries(&self, repair: bool) -> Result<u64, StoreError> {
        let mut strays = Vec::new();
        for table in [key::HOUR, key::SUMMARISED] {
            let mut start = key::single(table);
            let end = key::after_prefix(&start);
            loop {
                let rows = self.first(start, end.clone(), PAGE).await?;
                for (place, _) in &rows {
                    if self.is_stray(table, place).await? {
                        strays.push(place.clone());
                    }
                }
                match rows.last() {
                    Some((last, _)) if rows.len() == PAGE => start = key::next(last),
                    _ => break,
                }
            }
        }
        let count = strays.len() as u64;
        if repair {
            self.forget(strays).await?;
        }
        Ok(count)
    }

    async fn is_stray(&self, table: u8, place: &Bytes) -> Result<bool, StoreError> {
        let id = key::number(place, 0).map(StreamId);
        let id = id.ok_or_else(|| StoreError::Corrupt("a summary's key is too short".into()))?;
        if table == key::SUMMARISED {
            let mark = self.mark_of(id).await?;
            let (start, end) = range_of(id);
            let counts = mark.is_some_and(|mark| !mark.count.is_none());
            return Ok(counts && self.first(start, end, 1).await?.is_empty());
        }
        let Some(hour) = key::number(place, 1) else {
            return Ok(true);
        };
        let start = key::fragment(id, hour.saturating_mul(HOUR_MS), 0);
        let end = key::fragment(id, hour.saturating_add(1).saturating_mul(HOUR_MS), 0);
        Ok(self.first(start, end, 1).await?.is_empty())
    }

    async fn forget(&self, deletes: Vec<Bytes>) -> Result<(), StoreError> {
        let batch = Batch {
            deletes,
            ..Batch::default()
        };
        self.meta().commit(batch).await
    }
}

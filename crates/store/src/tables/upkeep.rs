//! What a store of one machine needs now and then, and what it knows of its media.

use std::collections::BTreeSet;

use bytes::Bytes;

use super::Store;
use super::fragments::decode_row;
use crate::error::StoreError;
use crate::meta::{Batch, Scan};
use crate::{key, record};

impl Store {
    /// Finishes frees that failed, notes how far extents are numbered, and holds space back
    /// for hard times. To be called every few seconds.
    pub async fn upkeep(&self) -> Result<(), StoreError> {
        let freed = self.finish_frees().await;
        if let Some(keeper) = &self.inner.keeper {
            self.note_extent(keeper.highest_extent()).await?;
            keeper.keep_ballast();
        }
        freed.map(|_| ())
    }

    /// Commits what leads to space being freed. If there is none left for it, what was
    /// held back is used.
    pub(super) async fn commit_freeing(&self, batch: Batch) -> Result<(), StoreError> {
        let Some(keeper) = &self.inner.keeper else {
            return self.meta().commit(batch).await;
        };
        match self.meta().commit(batch.clone()).await {
            Err(StoreError::Full) if keeper.give_up_ballast() => self.meta().commit(batch).await,
            other => other,
        }
    }

    /// The id that media of this store carries.
    pub(crate) async fn store_id(&self) -> Result<Option<String>, StoreError> {
        let row = self.value(key::single(key::STORE_ID)).await?;
        row.map(|row| record::decode_text(&row)).transpose()
    }

    pub(crate) async fn put_store_id(&self, id: &str) -> Result<(), StoreError> {
        let batch = Batch {
            puts: vec![(key::single(key::STORE_ID), record::encode_text(id))],
            ..Batch::default()
        };
        self.meta().commit(batch).await
    }

    /// The highest number that was noted; 0 if none was.
    pub(crate) async fn noted_extent(&self) -> Result<u64, StoreError> {
        let row = self.value(key::single(key::EXTENT)).await?;
        row.map_or(Ok(0), |row| record::decode_number(&row))
    }

    /// Notes the highest number of an extent, unless one as high is noted.
    pub(crate) async fn note_extent(&self, highest: u64) -> Result<(), StoreError> {
        if self.noted_extent().await? >= highest {
            return Ok(());
        }
        let batch = Batch {
            puts: vec![(key::single(key::EXTENT), record::encode_number(highest))],
            ..Batch::default()
        };
        self.meta().commit(batch).await
    }

    /// The extents that some rows name, up to `limit` from either end of the table.
    pub(crate) async fn some_extents(&self, limit: usize) -> Result<BTreeSet<u64>, StoreError> {
        let start = key::single(key::FRAGMENT);
        let end = key::after_prefix(&start);
        let mut named = BTreeSet::new();
        for reverse in [false, true] {
            let scan = Scan {
                start: start.clone(),
                end: end.clone(),
                reverse,
                limit,
            };
            let rows: Vec<(Bytes, Bytes)> = self.meta().scan(scan).await?;
            let rows = rows.iter().filter_map(|row| decode_row(row).ok());
            named.extend(rows.map(|row| row.span.extent));
        }
        Ok(named)
    }
}

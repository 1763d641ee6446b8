//! Whether the summaries of hours agree with the rows they were made of.

use kvs::name::StreamId;
use kvs::timeline::{Count, HourBuilder, hour_of};

use crate::error::StoreError;
use crate::tables::check::Row;
use crate::{Store, Summarised};

/// Takes all rows in the order of ingestion.
pub(super) struct Hours<'a> {
    store: &'a Store,
    repair: bool,
    at: Option<Stream>,
    /// Streams whose summaries do not agree.
    pub(super) outdated: u64,
}

/// The stream whose rows are coming.
struct Stream {
    id: StreamId,
    mark: Option<Summarised>,
    hour: u64,
    rows: HourBuilder,
    /// The oldest fragment's hour has a summary or not.
    is_first: bool,
    before_mark: Count,
    agrees: bool,
}

impl Hours<'_> {
    pub(super) fn new(store: &Store, repair: bool) -> Hours<'_> {
        Hours {
            store,
            repair,
            at: None,
            outdated: 0,
        }
    }

    pub(super) async fn take(&mut self, row: &Row) -> Result<(), StoreError> {
        let hour = hour_of(row.fragment.meta.number.server_ms);
        if self.at.as_ref().is_some_and(|at| at.id != row.stream) {
            self.finish().await?;
        }
        let mut at = match self.at.take() {
            Some(at) => at,
            None => Stream {
                id: row.stream,
                mark: self.store.mark_of(row.stream).await?,
                hour,
                rows: HourBuilder::default(),
                is_first: true,
                before_mark: Count::default(),
                agrees: true,
            },
        };
        if at.hour != hour {
            self.hour(&mut at).await?;
            at.hour = hour;
        }
        at.rows.add(&row.fragment.meta);
        self.at = Some(at);
        Ok(())
    }

    /// All rows of a stream have come, or of all.
    pub(super) async fn finish(&mut self) -> Result<(), StoreError> {
        let Some(mut at) = self.at.take() else {
            return Ok(());
        };
        self.hour(&mut at).await?;
        let counted = at.mark.map(|mark| mark.count);
        if counted.is_some_and(|counted| counted != at.before_mark) {
            at.agrees &= self.is_forgotten(at.id).await?;
        }
        if !at.agrees {
            self.outdated += 1;
            if self.repair {
                self.store.forget_mark(at.id).await?;
            }
        }
        Ok(())
    }

    /// All rows of an hour have come.
    async fn hour(&self, at: &mut Stream) -> Result<(), StoreError> {
        let counted = std::mem::take(&mut at.rows).finish();
        let is_marked = at.mark.is_some_and(|mark| at.hour < mark.before_hour);
        if is_marked {
            at.before_mark = at.before_mark.plus(counted.count);
        }
        match self.store.summary_of(at.id, at.hour).await? {
            None if at.is_first || !is_marked => {}
            None => at.agrees &= self.is_forgotten(at.id).await?,
            Some(Some(summary)) if summary == counted => {}
            Some(_) => {
                at.agrees = false;
                if self.repair {
                    self.store.forget_summary(at.id, at.hour).await?;
                }
            }
        }
        at.is_first = false;
        Ok(())
    }

    /// Whether a repair has taken the mark away meanwhile, with rows it counted.
    async fn is_forgotten(&self, id: StreamId) -> Result<bool, StoreError> {
        Ok(self.store.mark_of(id).await?.is_none())
    }
}

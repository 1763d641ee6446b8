//! Which of a stream's hours are read from summaries and which from rows, and the reading.

use kvs::fragment::FragmentMeta;
use kvs::limits;
use kvs::name::StreamId;
use kvs::retention::horizon_ms;
use kvs::stream::Stream;
use kvs::timeline::{HOUR_MS, hour_of};
use store::error::StoreError;
use store::{FragmentRange, Origin, Store};

use crate::server::Server;

/// What there is of a stream to read.
pub(super) struct Walk<'a> {
    store: &'a Store,
    id: StreamId,
    /// Server time before which nothing counts any more.
    pub(super) oldest_ms: u64,
    /// The first hour with fragments that count; it has no summary that can be relied on.
    pub(super) edge_hour: u64,
    /// From this hour on there are no summaries.
    pub(super) unsummarised_hour: u64,
    /// Rows that may still be read.
    budget: usize,
}

/// A stretch of server time that was not read, milliseconds: begin and end.
pub(super) type Unread = Option<(u64, u64)>;

impl<'a> Walk<'a> {
    /// Looks at what a stream has; `None` if nothing.
    pub(super) async fn of(
        server: &'a Server,
        stream: &Stream,
    ) -> Result<Option<Walk<'a>>, StoreError> {
        let store = &server.store;
        let oldest_ms = horizon_ms(server.clock.now_ms(), stream.retention_hours);
        let first = store.fragments_after(stream.id, None, 1).await?;
        let Some(first) = first.first() else {
            return Ok(None);
        };
        let edge_hour = hour_of(first.meta.number.server_ms.max(oldest_ms));
        let summarised = store.summarised(stream.id).await?.unwrap_or_default();
        Ok(Some(Walk {
            store,
            id: stream.id,
            oldest_ms,
            edge_hour,
            unsummarised_hour: summarised.before_hour.max(edge_hour + 1),
            budget: limits::SURVEY_ROWS_MAX,
        }))
    }

    /// The hours between two (the second exclusive) that have summaries.
    pub(super) fn summarised(&self, from_hour: u64, until_hour: u64) -> (u64, u64) {
        let from_hour = from_hour.max(self.edge_hour + 1);
        (from_hour, until_hour.min(self.unsummarised_hour))
    }

    /// Reads the rows of those hours between two that have no summaries: that of the
    /// oldest fragment, and the last ones, the newest first. Gives what was too much.
    pub(super) async fn rest(
        &mut self,
        from_hour: u64,
        until_hour: u64,
        mut take: impl FnMut(&FragmentMeta),
    ) -> Result<Unread, StoreError> {
        if (from_hour..until_hour).contains(&self.edge_hour) {
            let from_ms = self.edge_hour.saturating_mul(HOUR_MS);
            let until_ms = from_ms.saturating_add(HOUR_MS);
            let range = range(
                Origin::Server,
                from_ms.cast_signed(),
                until_ms.cast_signed(),
            );
            let is_read = self.rows(range, &mut take).await?.is_none();
            if !is_read {
                return Ok(Some((from_ms, until_hour.saturating_mul(HOUR_MS))));
            }
        }
        let from_hour = from_hour.max(self.unsummarised_hour);
        if from_hour >= until_hour {
            return Ok(None);
        }
        let from_ms = from_hour.saturating_mul(HOUR_MS);
        let until_ms = until_hour.saturating_mul(HOUR_MS);
        let until = i64::try_from(until_ms).unwrap_or(i64::MAX);
        let mut range = range(Origin::Server, from_ms.cast_signed(), until);
        range.reverse = true;
        let stopped = self.rows(range, &mut take).await?;
        Ok(stopped.map(|last| (from_ms, last.number.server_ms)))
    }

    /// Reads all rows between two times of a clock; gives the last one if there were more
    /// than may be read.
    pub(super) async fn between(
        &mut self,
        origin: Origin,
        from_ms: i64,
        until_ms: i64,
        take: impl FnMut(&FragmentMeta),
    ) -> Result<Option<FragmentMeta>, StoreError> {
        self.rows(range(origin, from_ms, until_ms), take).await
    }

    async fn rows(
        &mut self,
        mut range: FragmentRange,
        mut take: impl FnMut(&FragmentMeta),
    ) -> Result<Option<FragmentMeta>, StoreError> {
        loop {
            let rows = self.store.fragments(self.id, range).await?;
            let counted = rows
                .iter()
                .filter(|row| row.meta.number.server_ms >= self.oldest_ms);
            counted.for_each(|row| take(&row.meta));
            self.budget = self.budget.saturating_sub(rows.len());
            match rows.last() {
                Some(last) if rows.len() == PAGE => {
                    range.after = Some(last.cursor());
                    if self.budget == 0 {
                        return Ok(Some(last.meta.clone()));
                    }
                }
                _ => return Ok(None),
            }
            // Reading is done in place: others must have their turn.
            tokio::task::yield_now().await;
        }
    }
}

fn range(origin: Origin, from_ms: i64, until_ms: i64) -> FragmentRange {
    FragmentRange {
        origin,
        start_ms: from_ms,
        end_ms: until_ms.saturating_sub(1),
        after: None,
        reverse: false,
        limit: PAGE,
    }
}

/// Rows read at a time.
const PAGE: usize = 1000;

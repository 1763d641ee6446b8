//! How much streams have stored.
//!
//! The mark of a stream's summaries says it for the hours before; what came since is
//! counted from rows, and remembered up to a minute ago, so that the next look reads a
//! minute's rows. Recording costs nothing more for it.

use std::sync::{Mutex, PoisonError};

use kvs::fragment::FragmentNumber;
use kvs::limits;
use kvs::name::StreamId;
use kvs::timeline::{Count, HOUR_MS};
use store::error::StoreError;
use store::{Store, StoredFragment};

use crate::lately::Lately;

/// Counts since the last summary, of streams that were asked for lately.
pub struct Totals(Mutex<Lately<StreamId, Tail>>);

/// What was counted behind the mark.
#[derive(Clone, Copy)]
struct Tail {
    from_hour: u64,
    /// Of the first fragment: another means that some have expired.
    first: FragmentNumber,
    /// The last that was counted.
    last: FragmentNumber,
    count: Count,
}

impl Default for Totals {
    fn default() -> Totals {
        Totals(Mutex::new(Lately::new(limits::TOTALS_HELD_MAX)))
    }
}

impl Totals {
    /// What a stream has stored. `budget` is how many rows may be read; if they do not
    /// suffice the answer is `None`, and the next call goes on from there.
    pub async fn of(
        &self,
        store: &Store,
        id: StreamId,
        now_ms: u64,
        budget: &mut usize,
    ) -> Result<Option<Count>, StoreError> {
        let mark = store.summarised(id).await?.unwrap_or_default();
        let begin = FragmentNumber {
            sequence: 0,
            server_ms: mark.before_hour.saturating_mul(HOUR_MS),
            random: 0,
        };
        let first = store.fragments_after(id, Some(&begin), 1).await?;
        let Some(first) = first.first().map(|first| first.meta.number) else {
            return Ok(Some(mark.count));
        };
        let known = self.find(id);
        let known = known.filter(|tail| (tail.from_hour, tail.first) == (mark.before_hour, first));
        // The number itself is not counted by what comes after it.
        let mut tail = known.unwrap_or(Tail {
            from_hour: mark.before_hour,
            first,
            last: begin,
            count: Count::default(),
        });
        let settled_ms = now_ms.saturating_sub(SETTLES_MS);
        let mut fresh = Count::default();
        let mut after = tail.last;
        while *budget > 0 {
            let rows = store.fragments_after(id, Some(&after), PAGE).await?;
            *budget = budget.saturating_sub(rows.len());
            for StoredFragment { meta, .. } in &rows {
                after = meta.number;
                if meta.number.server_ms <= settled_ms {
                    tail.last = meta.number;
                    tail.count = tail.count.plus(Count::of(meta));
                } else {
                    fresh = fresh.plus(Count::of(meta));
                }
            }
            if rows.len() < PAGE {
                self.keep(id, tail);
                return Ok(Some(mark.count.plus(tail.count).plus(fresh)));
            }
            tokio::task::yield_now().await;
        }
        self.keep(id, tail);
        Ok(None)
    }

    fn find(&self, id: StreamId) -> Option<Tail> {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        held.find(&id)
    }

    fn keep(&self, id: StreamId, tail: Tail) {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        held.keep(id, tail, 1);
    }
}

/// How long a fragment takes to be stored, at most; one that takes longer is counted with
/// its hour.
const SETTLES_MS: u64 = 60_000;
/// Rows read at a time.
const PAGE: usize = 1000;

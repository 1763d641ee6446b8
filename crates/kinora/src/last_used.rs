//! When access keys and roles were last used, and for what.
//!
//! Every request says so here, in memory; a worker writes what is new. A key's entry moves
//! at most every quarter of an hour, as AWS's does: so a busy key costs no writes.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use kvs::limits;
use store::Store;
use store::error::StoreError;
pub use store::tables::identities::LastUsed;

/// The latest uses that this process has seen.
#[derive(Default)]
pub struct LastUses {
    seen: Mutex<HashMap<String, Seen>>,
}

struct Seen {
    used: LastUsed,
    is_written: bool,
}

impl LastUses {
    /// Notes a use of a key, or of a role by its unique id. `service` is the signing name,
    /// `region` the one signed for.
    pub fn note(&self, id: &str, at_ms: u64, service: &str, region: &str) {
        let mut seen = self.lock();
        if let Some(seen) = seen.get(id)
            && at_ms < seen.used.at_ms.saturating_add(APART_MS)
        {
            return;
        }
        if seen.len() >= limits::LAST_USES_HELD_MAX && !seen.contains_key(id) {
            // What is written and old is only in the way of what is new.
            seen.retain(|_, old| !old.is_written || at_ms < old.used.at_ms + APART_MS);
            if seen.len() >= limits::LAST_USES_HELD_MAX {
                return;
            }
        }
        let used = LastUsed {
            at_ms,
            service: service.to_owned(),
            region: region.to_owned(),
        };
        let is_written = false;
        seen.insert(id.to_owned(), Seen { used, is_written });
    }

    /// Forgets a key that was deleted.
    pub fn forget(&self, id: &str) {
        self.lock().remove(id);
    }

    /// When a key or a role was last used, as far as this process or the store knows.
    ///
    /// # Errors
    ///
    /// The store's.
    pub async fn of(&self, store: &Store, id: &str) -> Result<Option<LastUsed>, StoreError> {
        let seen = self.lock().get(id).map(|seen| seen.used.clone());
        let kept = store.last_used(id).await?;
        Ok(seen.into_iter().chain(kept).max_by_key(|used| used.at_ms))
    }

    /// Writes what is new.
    ///
    /// # Errors
    ///
    /// The store's; then it is written the next time.
    pub async fn write(&self, store: &Store) -> Result<(), StoreError> {
        let new: Vec<_> = {
            let seen = self.lock();
            let new = seen.iter().filter(|(_, seen)| !seen.is_written);
            new.map(|(id, seen)| (id.clone(), seen.used.clone()))
                .collect()
        };
        for batch in new.chunks(BATCH) {
            store.put_last_used(batch).await?;
            let mut seen = self.lock();
            for (id, used) in batch {
                if let Some(seen) = seen.get_mut(id) {
                    seen.is_written = seen.used == *used;
                }
            }
        }
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Seen>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Least time between two entries of a key, milliseconds.
const APART_MS: u64 = 15 * 60 * 1000;

/// Entries written in one commit.
const BATCH: usize = 256;

#[cfg(test)]
mod tests {
    use kvs::limits;
    use store::Store;

    use super::{APART_MS, LastUses};

    #[tokio::test]
    async fn a_use_is_written_once_in_a_quarter_of_an_hour() {
        let (store, uses) = (Store::memory(), LastUses::default());
        assert_eq!(uses.of(&store, "A").await.unwrap(), None);
        uses.note("A", 1000, "kinesisvideo", "us-east-1");
        uses.note("A", 999 + APART_MS, "iam", "us-east-2");
        let known = uses.of(&store, "A").await.unwrap().unwrap();
        assert_eq!((known.at_ms, &known.service[..]), (1000, "kinesisvideo"));
        uses.write(&store).await.unwrap();
        assert_eq!(store.last_used("A").await.unwrap(), Some(known));
        uses.note("A", 1000 + APART_MS, "iam", "us-east-2");
        let kept = store.last_used("A").await.unwrap().unwrap();
        assert_eq!(kept.at_ms, 1000);
        uses.write(&store).await.unwrap();
        let kept = store.last_used("A").await.unwrap().unwrap();
        assert_eq!(
            (kept.at_ms, &kept.region[..]),
            (1000 + APART_MS, "us-east-2")
        );
        let after_restart = LastUses::default().of(&store, "A").await.unwrap();
        assert_eq!(after_restart, Some(kept));
    }

    #[tokio::test]
    async fn what_is_held_is_bounded() {
        let (store, uses) = (Store::memory(), LastUses::default());
        for n in 0..=limits::LAST_USES_HELD_MAX {
            uses.note(&n.to_string(), 1, "iam", "us-east-1");
        }
        let held = |uses: &LastUses| uses.seen.lock().unwrap().len();
        assert_eq!(held(&uses), limits::LAST_USES_HELD_MAX);
        uses.write(&store).await.unwrap();
        uses.note("new", 1 + APART_MS, "iam", "us-east-1");
        assert_eq!(held(&uses), 1);
        uses.forget("new");
        assert_eq!(held(&uses), 0);
    }
}

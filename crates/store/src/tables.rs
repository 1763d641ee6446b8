//! The tables, written once above the two waists.
//!
//! Only here is anything committed. Each module is one group of tables and adds its
//! calls to [`Store`].

pub mod accounts;
pub mod audit;
pub(crate) mod check;
pub mod expiry;
pub mod findings;
pub mod fragments;
pub mod hours;
pub mod identities;
pub mod iot;
pub mod secrets;
pub mod session_claims;
pub mod sessions;
pub mod signups;
pub mod streams;
mod upkeep;

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use kvs::account::AccessKey;
use kvs::name::StreamId;

use crate::embedded::Keeper;
use crate::error::StoreError;
use crate::media::MediaStore;
use crate::memory::{MemoryMedia, MemoryMeta};
use crate::meta::{MetaStore, Scan};
use crate::opened::Opened;
use crate::seal::{DataKey, Kek};

/// Everything the server keeps. Cloning it gives another handle to the same store.
///
/// No call is cancel-safe: one that is dropped half-way may or may not have had its
/// effect, and space it took may stay taken until the next start.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    meta: Arc<dyn MetaStore>,
    media: Arc<dyn MediaStore>,
    kek: Kek,
    /// Unwrapped data keys beside the row each came from, so that a cached key is only
    /// used while its row stands.
    keys: Mutex<HashMap<StreamId, (Bytes, Arc<DataKey>)>>,
    /// Opened access keys, alike.
    access_keys: Mutex<HashMap<String, (Bytes, AccessKey)>>,
    /// Fragments that were opened lately.
    opened: Opened,
    /// What an embedded store has beside these. The last field, so that its lock is given
    /// up only when the back ends have stopped.
    keeper: Option<Keeper>,
}

impl Store {
    /// A store over two back ends.
    pub fn new(meta: Arc<dyn MetaStore>, media: Arc<dyn MediaStore>, kek: Kek) -> Store {
        Store {
            inner: Arc::new(Inner {
                meta,
                media,
                kek,
                keys: Mutex::default(),
                access_keys: Mutex::default(),
                opened: Opened::default(),
                keeper: None,
            }),
        }
    }

    /// The same back ends, with what is to be kept until the last handle is dropped.
    pub(crate) fn kept_by(self, keeper: Keeper) -> Store {
        let Inner {
            meta, media, kek, ..
        } = &*self.inner;
        Store {
            inner: Arc::new(Inner {
                meta: meta.clone(),
                media: media.clone(),
                kek: kek.clone(),
                keys: Mutex::default(),
                access_keys: Mutex::default(),
                opened: Opened::default(),
                keeper: Some(keeper),
            }),
        }
    }

    /// An empty store in memory, for tests and simulation.
    pub fn memory() -> Store {
        let kek = Kek::new([0x4b; 32]);
        Store::new(
            Arc::new(MemoryMeta::default()),
            Arc::new(MemoryMedia::default()),
            kek,
        )
    }

    /// From now on holds up to so many bytes of opened fragments in memory, for readers
    /// that want the same; none at first.
    pub fn hold_opened(&self, bytes_max: usize) {
        self.inner.opened.allow(bytes_max);
    }

    /// The extents that exist, with the bytes each occupies.
    pub async fn extents(&self) -> Result<Vec<(u64, u64)>, StoreError> {
        self.inner.media.list().await
    }

    fn meta(&self) -> &dyn MetaStore {
        &*self.inner.meta
    }

    pub(crate) fn media(&self) -> &dyn MediaStore {
        &*self.inner.media
    }

    fn kek(&self) -> &Kek {
        &self.inner.kek
    }

    /// The value of one key.
    async fn value(&self, key: Bytes) -> Result<Option<Bytes>, StoreError> {
        let values = self.meta().get(&[key]).await?;
        Ok(values.into_iter().next().flatten())
    }

    /// The first entries of a range.
    async fn first(
        &self,
        start: Bytes,
        end: Bytes,
        limit: usize,
    ) -> Result<Vec<(Bytes, Bytes)>, StoreError> {
        let reverse = false;
        self.meta()
            .scan(Scan {
                start,
                end,
                reverse,
                limit,
            })
            .await
    }

    /// The last entry of a range.
    async fn last(&self, start: Bytes, end: Bytes) -> Result<Option<(Bytes, Bytes)>, StoreError> {
        let scan = Scan {
            start,
            end,
            reverse: true,
            limit: 1,
        };
        Ok(self.meta().scan(scan).await?.into_iter().next())
    }
}

/// How often a read-decide-commit is tried when others change the same rows meanwhile.
const ATTEMPTS: usize = 16;

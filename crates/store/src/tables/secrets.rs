//! Secrets of the server's own, and the proof that the key-encryption key is the right one.

use bytes::Bytes;

use super::{ATTEMPTS, Store};
use crate::error::StoreError;
use crate::meta::{Batch, Check};
use crate::seal;
use crate::{key, record};

impl Store {
    /// A random secret of this name, made at its first use and the same ever after.
    pub async fn secret(&self, name: &str) -> Result<[u8; 32], StoreError> {
        let purpose = [b"kinora secret ", name.as_bytes()].concat();
        let place = key::text(key::SECRET, name);
        for _ in 0..ATTEMPTS {
            if let Some(row) = self.value(place.clone()).await? {
                let secret = self.kek().open(&purpose, &row)?;
                return <[u8; 32]>::try_from(&secret[..])
                    .map_err(|_| StoreError::Corrupt("a secret has the wrong length".into()));
            }
            let secret = seal::random::<32>()?;
            let batch = Batch {
                checks: vec![Check::Absent(place.clone())],
                puts: vec![(place.clone(), self.kek().seal(&purpose, &secret)?.into())],
                ..Batch::default()
            };
            match self.meta().commit(batch).await {
                Ok(()) => return Ok(secret),
                // Another caller was first; its secret counts.
                Err(StoreError::Conflict) => {}
                Err(error) => return Err(error),
            }
        }
        Err(StoreError::Conflict)
    }

    /// Whether this store was made with this key-encryption key. A new store is marked
    /// with the key it is asked with.
    pub async fn kek_fits(&self) -> Result<bool, StoreError> {
        let place = key::single(key::KEK_CHECK);
        for _ in 0..ATTEMPTS {
            if let Some(row) = self.value(place.clone()).await? {
                return Ok(self.kek().open(KEK_PURPOSE, &row).is_ok());
            }
            let batch = Batch {
                checks: vec![Check::Absent(place.clone())],
                puts: vec![(place.clone(), self.kek().seal(KEK_PURPOSE, b"")?.into())],
                ..Batch::default()
            };
            match self.meta().commit(batch).await {
                Ok(()) => return Ok(true),
                Err(StoreError::Conflict) => {}
                Err(error) => return Err(error),
            }
        }
        Err(StoreError::Conflict)
    }

    /// Version of the shapes in this store, which a new store is marked with. `false`
    /// if a newer server wrote it and this one must not touch it.
    pub async fn schema_fits(&self) -> Result<bool, StoreError> {
        let place = key::single(key::SCHEMA);
        if let Some(row) = self.value(place.clone()).await? {
            return Ok(record::decode_number(&row)? <= SCHEMA_VERSION);
        }
        let batch = Batch {
            checks: vec![Check::Absent(place)],
            puts: vec![Store::schema_mark()],
            ..Batch::default()
        };
        match self.meta().commit(batch).await {
            // Whoever was first is of this version or will refuse on its own.
            Ok(()) | Err(StoreError::Conflict) => Ok(true),
            Err(error) => Err(error),
        }
    }

    /// Whether an older server wrote this store last: it lacks counts.
    pub(crate) async fn is_older(&self) -> Result<bool, StoreError> {
        let row = self.value(key::single(key::SCHEMA)).await?;
        let version = row.map(|row| record::decode_number(&row)).transpose()?;
        Ok(version.is_some_and(|version| version < SCHEMA_VERSION))
    }

    /// The row that says which version the shapes of this store are.
    pub(super) fn schema_mark() -> (Bytes, Bytes) {
        let version = record::encode_number(SCHEMA_VERSION);
        (key::single(key::SCHEMA), version)
    }
}

const KEK_PURPOSE: &[u8] = b"kinora key check";
/// The newest version of all shapes this code knows.
///
/// 1 had no counts of streams, 2 none of what makes up devices.
const SCHEMA_VERSION: u64 = 3;

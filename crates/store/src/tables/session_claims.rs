//! What does not fit into a session token: kept by access key id until the session ends.

use bytes::Bytes;

use super::Store;
use crate::error::StoreError;
use crate::meta::{Batch, Check};
use crate::{key, record};

impl Store {
    /// Keeps claims of a session, by its access key id, until `expires_ms`; the caller
    /// has sealed them. [`StoreError::Conflict`] if the id is taken.
    pub async fn put_session_claims(
        &self,
        access_key_id: &str,
        expires_ms: u64,
        claims: &[u8],
    ) -> Result<(), StoreError> {
        let place = key::text(key::SESSION_CLAIMS, access_key_id);
        let batch = Batch {
            checks: vec![Check::Absent(place.clone())],
            puts: vec![
                (place, record::encode_bytes(claims)),
                (
                    key::session_expiry(expires_ms, access_key_id),
                    record::encode_text(access_key_id),
                ),
            ],
            ..Batch::default()
        };
        self.meta().commit(batch).await
    }

    /// What was kept for a session, if it was and is still there.
    pub async fn session_claims(&self, access_key_id: &str) -> Result<Option<Bytes>, StoreError> {
        let row = self.value(key::text(key::SESSION_CLAIMS, access_key_id));
        let row = row.await?;
        row.map(|row| record::decode_bytes(&row)).transpose()
    }

    /// Forgets up to `limit` sessions that ended before a time; gives their number.
    pub async fn sweep_session_claims(
        &self,
        before_ms: u64,
        limit: usize,
    ) -> Result<usize, StoreError> {
        let start = key::single(key::SESSION_EXPIRY);
        let end = key::session_expiry(before_ms, "");
        let rows = self.first(start, end, limit).await?;
        let mut batch = Batch::default();
        for (place, row) in &rows {
            let id = record::decode_text(row)?;
            batch.deletes.push(place.clone());
            batch.deletes.push(key::text(key::SESSION_CLAIMS, &id));
        }
        if !rows.is_empty() {
            self.meta().commit(batch).await?;
        }
        Ok(rows.len())
    }
}

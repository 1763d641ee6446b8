//! Sequence numbers of PutMedia sessions.

use kvs::name::StreamId;

use super::{ATTEMPTS, Store};
use crate::error::StoreError;
use crate::meta::{Batch, Check};
use crate::{key, record};

impl Store {
    /// Opens a session and gives its first sequence number: the least `1000·n + 1`
    /// greater than `at_least` and than every number this stream ever used in a
    /// session or a stored fragment. Durable when it returns, so that no two sessions
    /// begin alike, whatever happens to the server.
    ///
    /// Numbers given to fragments that were never stored are the caller's to pass in
    /// `at_least`. [`StoreError::NotFound`] if there is no such stream.
    pub async fn begin_session(&self, id: StreamId, at_least: u64) -> Result<u64, StoreError> {
        let exists = key::of_stream(key::STREAM_ID, id);
        let place = key::of_stream(key::SESSION, id);
        let expired = key::of_stream(key::EXPIRED, id);
        for _ in 0..ATTEMPTS {
            let keys = [exists.clone(), place.clone(), expired.clone()];
            let mut values = self.meta().get(&keys).await?.into_iter();
            let (stream, session, expired) = (
                values.next().flatten().ok_or(StoreError::NotFound)?,
                values.next().flatten(),
                values.next().flatten(),
            );
            let mut used = at_least;
            for row in [&session, &expired].into_iter().flatten() {
                used = used.max(record::decode_number(row)?);
            }
            if let Some(last) = self.last_fragment(id).await? {
                used = used.max(last.meta.number.sequence);
            }
            let first = first_after(used).ok_or(StoreError::Full)?;
            let session_check = Check::unchanged(place.clone(), session);
            let batch = Batch {
                checks: vec![Check::Equals(exists.clone(), stream), session_check],
                puts: vec![(place.clone(), record::encode_number(first))],
                ..Batch::default()
            };
            match self.meta().commit(batch).await {
                Ok(()) => return Ok(first),
                Err(StoreError::Conflict) => {}
                Err(error) => return Err(error),
            }
        }
        Err(StoreError::Conflict)
    }
}

/// The least `1000·n + 1` greater than `used`.
fn first_after(used: u64) -> Option<u64> {
    used.div_ceil(1000).checked_mul(1000)?.checked_add(1)
}

#[cfg(test)]
mod tests {
    use super::first_after;

    #[test]
    fn sessions_begin_at_one_above_a_thousand() {
        for (used, first) in [(0, 1), (1, 1001), (999, 1001), (1000, 1001), (1001, 2001)] {
            assert_eq!(first_after(used), Some(first));
        }
        assert_eq!(first_after(u64::MAX), None);
    }
}

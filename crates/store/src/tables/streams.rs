//! Streams: found by name and by id, each with a data key.

use kvs::name::{AccountId, StreamId, StreamName};
use kvs::stream::Stream;

use super::{ATTEMPTS, Store};
use crate::error::StoreError;
use crate::meta::{Batch, Check};
use crate::seal::DataKey;
use crate::{key, record};

impl Store {
    /// Creates a stream and its data key. [`StoreError::Conflict`] if the account has a
    /// stream of that name, or the id was ever used.
    pub async fn create_stream(&self, stream: &Stream) -> Result<(), StoreError> {
        self.create_stream_below(stream, u64::MAX).await
    }

    /// The same, and [`StoreError::Conflict`] too if the account has `max` streams already.
    pub async fn create_stream_below(&self, stream: &Stream, max: u64) -> Result<(), StoreError> {
        let counter = key::account(key::STREAM_COUNT, stream.account);
        let by_name = key::stream_name(stream.account, &stream.name);
        let by_id = key::of_stream(key::STREAM_ID, stream.id);
        let data_key = key::of_stream(key::DATA_KEY, stream.id);
        let wrapped = DataKey::create(self.kek(), stream.id)?;
        let batch = Batch {
            checks: vec![
                Check::Absent(by_name.clone()),
                Check::Absent(by_id.clone()),
                Check::Absent(key::of_stream(key::DOOMED, stream.id)),
                Check::Below(counter.clone(), max),
            ],
            puts: vec![
                (by_name, record::stream::encode(stream)),
                (
                    by_id,
                    record::stream::encode_place(stream.account, &stream.name),
                ),
                (data_key, wrapped.into()),
            ],
            adds: vec![(counter, 1)],
            ..Batch::default()
        };
        self.meta().commit(batch).await
    }

    /// A stream by its name.
    pub async fn stream(
        &self,
        account: AccountId,
        name: &StreamName,
    ) -> Result<Option<Stream>, StoreError> {
        let row = self.value(key::stream_name(account, name)).await?;
        row.map(|row| record::stream::decode(&row)).transpose()
    }

    /// A stream by its id.
    pub async fn stream_by_id(&self, id: StreamId) -> Result<Option<Stream>, StoreError> {
        let Some(place) = self.value(key::of_stream(key::STREAM_ID, id)).await? else {
            return Ok(None);
        };
        let (account, name) = record::stream::decode_place(&place)?;
        // Between the two reads the name may have passed to another stream.
        let stream = self.stream(account, &name).await?;
        Ok(stream.filter(|stream| stream.id == id))
    }

    /// Replaces a stream's settings. [`StoreError::Conflict`] unless what is stored
    /// equals `old`, or if id, account or name differ between the two.
    pub async fn replace_stream(&self, old: &Stream, new: &Stream) -> Result<(), StoreError> {
        if (old.id, old.account, &old.name) != (new.id, new.account, &new.name) {
            return Err(StoreError::Conflict);
        }
        let by_name = key::stream_name(old.account, &old.name);
        let row = self.value(by_name.clone()).await?;
        let row = row.ok_or(StoreError::Conflict)?;
        if record::stream::decode(&row)? != *old {
            return Err(StoreError::Conflict);
        }
        let batch = Batch {
            checks: vec![Check::Equals(by_name.clone(), row)],
            puts: vec![(by_name, record::stream::encode(new))],
            ..Batch::default()
        };
        self.meta().commit(batch).await
    }

    /// Deletes a stream: its name is free and its media unreadable at once, for the
    /// data key is gone. Rows and media follow with [`Store::purge_step`].
    ///
    /// [`StoreError::NotFound`] if there is no stream of this id; settings may differ.
    pub async fn delete_stream(&self, stream: &Stream) -> Result<(), StoreError> {
        let by_name = key::stream_name(stream.account, &stream.name);
        for _ in 0..ATTEMPTS {
            let row = self.value(by_name.clone()).await?;
            let row = row.ok_or(StoreError::NotFound)?;
            if record::stream::decode(&row)?.id != stream.id {
                return Err(StoreError::NotFound);
            }
            let batch = Batch {
                checks: vec![Check::Equals(by_name.clone(), row)],
                puts: vec![(
                    key::of_stream(key::DOOMED, stream.id),
                    record::encode_number(0),
                )],
                deletes: vec![
                    by_name.clone(),
                    key::of_stream(key::STREAM_ID, stream.id),
                    key::of_stream(key::DATA_KEY, stream.id),
                ],
                adds: vec![(key::account(key::STREAM_COUNT, stream.account), -1)],
            };
            match self.commit_freeing(batch).await {
                // The settings changed meanwhile: they do not matter here.
                Err(StoreError::Conflict) => {}
                other => return other,
            }
        }
        Err(StoreError::Conflict)
    }

    /// Streams of an account in the order of their names (as bytes), those that begin
    /// with `prefix` (which may be empty) and come after `after`.
    pub async fn streams(
        &self,
        account: AccountId,
        prefix: &str,
        after: Option<&StreamName>,
        limit: usize,
    ) -> Result<Vec<Stream>, StoreError> {
        let first = key::stream(account, prefix);
        let end = key::after_prefix(&first);
        let start = match after {
            Some(name) => first.max(key::next(&key::stream_name(account, name))),
            None => first,
        };
        let rows = self.first(start, end, limit).await?;
        rows.iter()
            .map(|(_, row)| record::stream::decode(row))
            .collect()
    }

    /// How many streams an account has, as it is counted with every change.
    pub async fn stream_count(&self, account: AccountId) -> Result<u64, StoreError> {
        let row = self.value(key::account(key::STREAM_COUNT, account)).await?;
        row.map_or(Ok(0), |row| record::decode_number(&row))
    }
}

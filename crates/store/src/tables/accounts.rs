//! Accounts and access keys.

use kvs::account::{AccessKey, Account};
use kvs::iam::AccessKeyMeta;
use kvs::name::AccountId;

use super::{ATTEMPTS, Store};
use crate::error::StoreError;
use crate::memory::lock;
use crate::meta::{Batch, Check};
use crate::{key, record};

impl Store {
    /// Creates or replaces an account. [`StoreError::Conflict`] if another account has
    /// its address (letter case aside).
    pub async fn put_account(&self, account: &Account) -> Result<(), StoreError> {
        let place = key::account(key::ACCOUNT, account.id);
        let by_email = email_key(&account.email);
        for _ in 0..ATTEMPTS {
            let keys = [place.clone(), by_email.clone()];
            let mut rows = self.meta().get(&keys).await?.into_iter();
            let (old, owner) = (rows.next().flatten(), rows.next().flatten());
            if let Some(owner) = &owner
                && record::decode_text(owner)? != account.id.as_str()
            {
                return Err(StoreError::Conflict);
            }
            let mut batch = Batch {
                checks: vec![
                    Check::unchanged(place.clone(), old.clone()),
                    Check::unchanged(by_email.clone(), owner.clone()),
                ],
                puts: vec![
                    (place.clone(), record::account::encode(account)),
                    (by_email.clone(), record::encode_text(account.id.as_str())),
                ],
                ..Batch::default()
            };
            if let Some(old) = old {
                let old = email_key(&record::account::decode(&old)?.email);
                if old != by_email {
                    batch.deletes.push(old);
                }
            }
            match self.meta().commit(batch).await {
                Err(StoreError::Conflict) => {}
                other => return other,
            }
        }
        Err(StoreError::Conflict)
    }

    /// An account by its id.
    pub async fn account(&self, id: AccountId) -> Result<Option<Account>, StoreError> {
        let row = self.value(key::account(key::ACCOUNT, id)).await?;
        row.map(|row| record::account::decode(&row)).transpose()
    }

    /// An account by the address of its root user, letter case aside.
    pub async fn account_by_email(&self, email: &str) -> Result<Option<Account>, StoreError> {
        let Some(owner) = self.value(email_key(email)).await? else {
            return Ok(None);
        };
        let id = AccountId::parse(&record::decode_text(&owner)?)
            .ok_or_else(|| StoreError::Corrupt("an address leads to no account".into()))?;
        self.account(id).await
    }

    /// Accounts in the order of their ids, those after `after`.
    pub async fn accounts(
        &self,
        after: Option<AccountId>,
        limit: usize,
    ) -> Result<Vec<Account>, StoreError> {
        let first = key::single(key::ACCOUNT);
        let end = key::after_prefix(&first);
        let start = after.map_or(first, |id| key::next(&key::account(key::ACCOUNT, id)));
        let rows = self.first(start, end, limit).await?;
        rows.iter()
            .map(|(_, row)| record::account::decode(row))
            .collect()
    }

    /// Creates or replaces an access key; its secret is sealed at rest.
    /// [`StoreError::Conflict`] if another account has a key of this id.
    pub async fn put_access_key(&self, access_key: &AccessKey) -> Result<(), StoreError> {
        let place = key::text(key::ACCESS_KEY, &access_key.id);
        for _ in 0..ATTEMPTS {
            let old = self.value(place.clone()).await?;
            if let Some(old) = &old
                && record::account::decode_key(old)?.0.account != access_key.account
            {
                return Err(StoreError::Conflict);
            }
            let sealed = self.seal_secret(access_key)?;
            let batch = Batch {
                checks: vec![Check::unchanged(place.clone(), old.clone())],
                puts: vec![
                    (
                        place.clone(),
                        record::account::encode_key(access_key, &sealed),
                    ),
                    (
                        key::account_key(access_key.account, &access_key.id),
                        record::encode_text(&access_key.id),
                    ),
                ],
                ..Batch::default()
            };
            match self.meta().commit(batch).await {
                Err(StoreError::Conflict) => {}
                other => return other,
            }
        }
        Err(StoreError::Conflict)
    }

    /// An access key by its id, with its secret.
    pub async fn access_key(&self, id: &str) -> Result<Option<AccessKey>, StoreError> {
        let Some(row) = self.value(key::text(key::ACCESS_KEY, id)).await? else {
            lock(&self.inner.access_keys).remove(id);
            return Ok(None);
        };
        if let Some((of, access_key)) = lock(&self.inner.access_keys).get(id)
            && *of == row
        {
            return Ok(Some(access_key.clone()));
        }
        let (mut access_key, sealed) = record::account::decode_key(&row)?;
        let secret = self.kek().open(&purpose(id), &sealed)?;
        access_key.secret = std::str::from_utf8(&secret)
            .map_err(|_| StoreError::Corrupt("a secret access key is not text".into()))?
            .to_owned();
        let mut opened = lock(&self.inner.access_keys);
        if opened.len() >= OPENED_MAX {
            // Those that are in use come back with their next request.
            opened.clear();
        }
        opened.insert(id.to_owned(), (row, access_key.clone()));
        Ok(Some(access_key))
    }

    /// Creates an account together with its first access key. [`StoreError::Conflict`] if
    /// any of both, or the address, is there.
    pub async fn put_account_with_key(
        &self,
        account: &Account,
        access_key: &AccessKey,
    ) -> Result<(), StoreError> {
        let id = record::encode_text(account.id.as_str());
        let key_id = record::encode_text(&access_key.id);
        let sealed = self.seal_secret(access_key)?;
        let puts = vec![
            (
                key::account(key::ACCOUNT, account.id),
                record::account::encode(account),
            ),
            (email_key(&account.email), id),
            (
                key::text(key::ACCESS_KEY, &access_key.id),
                record::account::encode_key(access_key, &sealed),
            ),
            (key::account_key(account.id, &access_key.id), key_id),
        ];
        let absent = |(place, _): &(bytes::Bytes, bytes::Bytes)| Check::Absent(place.clone());
        let batch = Batch {
            checks: puts.iter().map(absent).collect(),
            puts,
            ..Batch::default()
        };
        self.meta().commit(batch).await
    }

    /// The access keys of an account in the order of their ids, those after `after`.
    pub async fn access_keys(
        &self,
        account: AccountId,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<AccessKey>, StoreError> {
        let first = key::account_key(account, "");
        let end = key::after_prefix(&first);
        let start = after.map_or(first, |id| key::next(&key::account_key(account, id)));
        let mut keys = Vec::new();
        for (_, id) in self.first(start, end, limit).await? {
            // One that was deleted between the two reads is no longer of the account.
            keys.extend(self.access_key(&record::decode_text(&id)?).await?);
        }
        Ok(keys)
    }

    /// Deletes an access key. [`StoreError::NotFound`] if there is none of this id.
    pub async fn delete_access_key(&self, id: &str) -> Result<(), StoreError> {
        let place = key::text(key::ACCESS_KEY, id);
        for _ in 0..ATTEMPTS {
            let row = self.value(place.clone()).await?;
            let row = row.ok_or(StoreError::NotFound)?;
            let (access_key, _) = record::account::decode_key(&row)?;
            let batch = Batch {
                checks: vec![Check::Equals(place.clone(), row)],
                puts: Vec::new(),
                deletes: vec![place.clone(), key::account_key(access_key.account, id)],
                ..Batch::default()
            };
            match self.meta().commit(batch).await {
                Err(StoreError::Conflict) => {}
                other => {
                    lock(&self.inner.access_keys).remove(id);
                    return other;
                }
            }
        }
        Err(StoreError::Conflict)
    }
}

impl Store {
    /// The secret of an access key under the key-encryption key.
    pub(super) fn seal_secret(&self, access_key: &AccessKey) -> Result<Vec<u8>, StoreError> {
        let purpose = purpose(&access_key.id);
        self.kek().seal(&purpose, access_key.secret.as_bytes())
    }
}

/// What a directory tells of an access key.
pub(super) fn meta(access_key: &AccessKey) -> AccessKeyMeta {
    AccessKeyMeta {
        id: access_key.id.clone(),
        active: access_key.active,
        created_ms: access_key.created_ms,
    }
}

pub(super) fn email_key(email: &str) -> bytes::Bytes {
    key::text(key::ACCOUNT_EMAIL, &email.to_lowercase())
}

fn purpose(access_key_id: &str) -> Vec<u8> {
    [b"kinora access key ", access_key_id.as_bytes()].concat()
}

/// Opened access keys held at once.
const OPENED_MAX: usize = 32_768;

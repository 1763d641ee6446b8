//! Sign-ups under way, invitations, and ways to a new root password.
//!
//! All are known by the digest of a secret that only their owner has, and all expire.

use bytes::Bytes;
use kvs::account::Account;
use kvs::signup::{Reset, Signup};

use super::Store;
use super::accounts::email_key;
use crate::error::StoreError;
use crate::meta::{Batch, Check};
use crate::{key, record};

impl Store {
    /// A sign-up under way, by the digest of its id.
    pub async fn signup(&self, id: &str) -> Result<Option<Signup>, StoreError> {
        let row = self.value(key::text(key::SIGNUP, id)).await?;
        row.map(|row| record::signup::decode(&row)).transpose()
    }

    /// Puts a sign-up in the place of `old`, the one that was read; `None` for a new
    /// one. [`StoreError::Conflict`] if it has changed since.
    pub async fn put_signup(
        &self,
        id: &str,
        old: Option<&Signup>,
        new: &Signup,
    ) -> Result<(), StoreError> {
        let old = old.map(record::signup::encode);
        let new = record::signup::encode(new);
        self.exchange(key::text(key::SIGNUP, id), old, Some(new))
            .await
    }

    /// Creates an account and ends what led to it: a sign-up and an invitation, by their
    /// digests. [`StoreError::Conflict`] if an account has its id or its address, or one
    /// of the two is gone.
    pub async fn create_account(
        &self,
        account: &Account,
        signup: Option<&str>,
        invitation: Option<&str>,
    ) -> Result<(), StoreError> {
        let place = key::account(key::ACCOUNT, account.id);
        let by_email = email_key(&account.email);
        let mut batch = Batch {
            checks: vec![
                Check::Absent(place.clone()),
                Check::Absent(by_email.clone()),
            ],
            puts: vec![
                (place, record::account::encode(account)),
                (by_email, record::encode_text(account.id.as_str())),
            ],
            ..Batch::default()
        };
        let ended = [(key::SIGNUP, signup), (key::INVITATION, invitation)];
        for (table, id) in ended {
            let Some(id) = id else { continue };
            let place = key::text(table, id);
            let row = self.value(place.clone()).await?;
            let row = row.ok_or(StoreError::Conflict)?;
            batch.checks.push(Check::Equals(place.clone(), row));
            batch.deletes.push(place);
        }
        self.meta().commit(batch).await
    }

    /// Keeps an invitation, by the digest of its code, until `expires_ms`.
    pub async fn put_invitation(&self, id: &str, expires_ms: u64) -> Result<(), StoreError> {
        let row = record::encode_number(expires_ms);
        self.exchange(key::text(key::INVITATION, id), None, Some(row))
            .await
    }

    /// Until when an invitation counts, milliseconds since the epoch; `None` if there is
    /// none.
    pub async fn invitation(&self, id: &str) -> Result<Option<u64>, StoreError> {
        let row = self.value(key::text(key::INVITATION, id)).await?;
        row.map(|row| record::decode_number(&row)).transpose()
    }

    /// A way to a new password, by the digest of its token.
    pub async fn reset(&self, id: &str) -> Result<Option<Reset>, StoreError> {
        let row = self.value(key::text(key::RESET, id)).await?;
        row.map(|row| record::signup::decode_reset(&row))
            .transpose()
    }

    /// Puts a way to a new password in the place of `old`, the one that was read, or
    /// takes it away. [`StoreError::Conflict`] if it has changed since.
    pub async fn put_reset(
        &self,
        id: &str,
        old: Option<&Reset>,
        new: Option<&Reset>,
    ) -> Result<(), StoreError> {
        let old = old.map(record::signup::encode_reset);
        let new = new.map(record::signup::encode_reset);
        self.exchange(key::text(key::RESET, id), old, new).await
    }

    /// Takes away what has expired; gives how many sign-ups are left.
    pub async fn sweep_signups(&self, now_ms: u64) -> Result<usize, StoreError> {
        let mut left = 0;
        for table in [key::SIGNUP, key::INVITATION, key::RESET] {
            let mut start = key::single(table);
            let end = key::after_prefix(&start);
            loop {
                let rows = self.first(start, end.clone(), PAGE).await?;
                let mut batch = Batch::default();
                for (place, row) in &rows {
                    let expires_ms = match table {
                        key::SIGNUP => record::signup::decode(row)?.expires_ms,
                        key::INVITATION => record::decode_number(row)?,
                        _ => record::signup::decode_reset(row)?.expires_ms,
                    };
                    if expires_ms <= now_ms {
                        batch.deletes.push(place.clone());
                    } else if table == key::SIGNUP {
                        left += 1;
                    }
                }
                if !batch.deletes.is_empty() {
                    self.meta().commit(batch).await?;
                }
                match rows.last() {
                    Some((last, _)) if rows.len() == PAGE => start = key::next(last),
                    _ => break,
                }
            }
        }
        Ok(left)
    }

    async fn exchange(
        &self,
        place: Bytes,
        old: Option<Bytes>,
        new: Option<Bytes>,
    ) -> Result<(), StoreError> {
        let mut batch = Batch {
            checks: vec![match old {
                Some(old) => Check::Equals(place.clone(), old),
                None => Check::Absent(place.clone()),
            }],
            ..Batch::default()
        };
        match new {
            Some(new) => batch.puts.push((place, new)),
            None => batch.deletes.push(place),
        }
        self.meta().commit(batch).await
    }
}

/// Rows read at a time.
const PAGE: usize = 1000;

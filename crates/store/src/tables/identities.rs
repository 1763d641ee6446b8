//! Identities: the directory of an account, its alias, and when things were last used.
//!
//! All changes of an account's identities go through one row, its revision: a commit
//! fails if anybody else changed the account since it was read.

use std::sync::Arc;

use bytes::Bytes;
use kvs::account::{Account, AccountState};
use kvs::iam::{Change, Directory, Entity, EntityKind, Settings};
use kvs::name::AccountId;

use super::{ATTEMPTS, Store, accounts};
use crate::error::StoreError;
use crate::meta::{Batch, Check};
use crate::{key, record};

/// When and for what a key or a role was last used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastUsed {
    /// Milliseconds since the epoch.
    pub at_ms: u64,
    /// Signing name of the service, such as `kinesisvideo`.
    pub service: String,
    /// The region that was signed for.
    pub region: String,
}

impl Store {
    /// The identities of an account, as of one moment. An account without any has an
    /// empty directory; so has one that does not exist.
    pub async fn directory(&self, account: AccountId) -> Result<Directory, StoreError> {
        for _ in 0..ATTEMPTS {
            let revision = self.revision(account).await?;
            let entities = self.entities(account).await?;
            // An account without a row is one of a test; sign-up commits the row first.
            let row = self.account(account).await?;
            let state = row.map_or(AccountState::Active, |row| row.state);
            // What was read in pages belongs together only if nothing changed meanwhile.
            if self.revision(account).await? == revision {
                let number = revision.as_deref().map_or(Ok(0), record::decode_number)?;
                return Ok(Directory::new(account, number, entities).in_state(state));
            }
        }
        Err(StoreError::Conflict)
    }

    /// Commits what was changed in a directory, all of it or nothing.
    ///
    /// [`StoreError::Conflict`] if the account changed since the directory was read, or
    /// another account has the alias.
    pub async fn commit_directory(&self, directory: &Directory) -> Result<(), StoreError> {
        let account = directory.account();
        let place = key::account(key::IDENTITY_REVISION, account);
        let revision = directory.revision();
        let mut batch = Batch {
            checks: vec![match revision {
                0 => Check::Absent(place.clone()),
                _ => Check::Equals(place.clone(), record::encode_number(revision)),
            }],
            puts: vec![(place, record::encode_number(revision + 1))],
            ..Batch::default()
        };
        for change in directory.changes() {
            self.add_change(&mut batch, account, change).await?;
        }
        self.meta().commit(batch).await
    }

    async fn add_change(
        &self,
        batch: &mut Batch,
        account: AccountId,
        change: &Change,
    ) -> Result<(), StoreError> {
        match change {
            Change::Put(entity) => {
                let place = place(account, entity.kind(), entity.id());
                let row = record::identity::encode(&self.sealed(entity)?);
                batch.deletes.retain(|deleted| *deleted != place);
                batch.puts.push((place, row));
            }
            Change::Delete(kind, id) => {
                let place = place(account, *kind, id.as_str());
                batch.puts.retain(|(put, _)| *put != place);
                batch.deletes.push(place);
            }
            Change::PutAccessKey(access_key) => {
                let place = key::text(key::ACCESS_KEY, &access_key.id);
                let sealed = self.seal_secret(access_key)?;
                batch.checks.push(Check::Absent(place.clone()));
                let row = record::account::encode_key(access_key, &sealed);
                batch.puts.push((place, row));
                let by_account = key::account_key(account, &access_key.id);
                let id = record::encode_text(&access_key.id);
                batch.puts.push((by_account, id));
            }
            Change::SetAccessKey { id, active } => {
                let place = key::text(key::ACCESS_KEY, id);
                let row = self.value(place.clone()).await?;
                let row = row.ok_or(StoreError::Conflict)?;
                let (mut access_key, sealed) = record::account::decode_key(&row)?;
                access_key.active = *active;
                batch.checks.push(Check::Equals(place.clone(), row));
                let row = record::account::encode_key(&access_key, &sealed);
                batch.puts.push((place, row));
            }
            Change::DeleteAccessKey(id) => {
                batch.deletes.push(key::text(key::ACCESS_KEY, id));
                batch.deletes.push(key::account_key(account, id));
                batch.deletes.push(key::text(key::LAST_USED, id));
            }
            Change::Alias { old, new } => {
                if let Some(old) = old {
                    batch.deletes.push(key::text(key::ACCOUNT_ALIAS, old));
                }
                if let Some(new) = new {
                    let place = key::text(key::ACCOUNT_ALIAS, new);
                    batch.deletes.retain(|deleted| *deleted != place);
                    if old.as_ref() != Some(new) {
                        batch.checks.push(Check::Absent(place.clone()));
                    }
                    batch
                        .puts
                        .push((place, record::encode_text(account.as_str())));
                }
            }
            Change::State(state) => {
                let state = *state;
                self.add_to_account(batch, account, |row| row.state = state)
                    .await?;
            }
            Change::RootPassword(hash) => {
                let hash = Some(hash.0.clone());
                self.add_to_account(batch, account, |row| row.root_password_hash = hash)
                    .await?;
            }
        }
        Ok(())
    }

    /// Changes the account's own row together with its identities.
    async fn add_to_account(
        &self,
        batch: &mut Batch,
        account: AccountId,
        change: impl FnOnce(&mut Account),
    ) -> Result<(), StoreError> {
        let place = key::account(key::ACCOUNT, account);
        let changed = batch.puts.iter_mut().find(|(put, _)| *put == place);
        if let Some((_, row)) = changed {
            let mut value = record::account::decode(row)?;
            change(&mut value);
            *row = record::account::encode(&value);
            return Ok(());
        }
        let row = self.value(place.clone()).await?;
        let row = row.ok_or(StoreError::NotFound)?;
        let mut value = record::account::decode(&row)?;
        change(&mut value);
        batch.checks.push(Check::Equals(place.clone(), row));
        batch.puts.push((place, record::account::encode(&value)));
        Ok(())
    }

    /// The account that has an alias.
    pub async fn account_by_alias(&self, alias: &str) -> Result<Option<AccountId>, StoreError> {
        let Some(row) = self.value(key::text(key::ACCOUNT_ALIAS, alias)).await? else {
            return Ok(None);
        };
        let id = AccountId::parse(&record::decode_text(&row)?);
        let id = id.ok_or_else(|| StoreError::Corrupt("an alias leads to no account".into()))?;
        Ok(Some(id))
    }

    /// When a key or a role (by unique id) was last used.
    pub async fn last_used(&self, id: &str) -> Result<Option<LastUsed>, StoreError> {
        let row = self.value(key::text(key::LAST_USED, id)).await?;
        row.map(|row| record::decode_last_used(&row)).transpose()
    }

    /// Notes when keys and roles were last used, in one commit.
    pub async fn put_last_used(&self, used: &[(String, LastUsed)]) -> Result<(), StoreError> {
        let puts = used.iter().map(|(id, used)| {
            let row = record::encode_last_used(used);
            (key::text(key::LAST_USED, id), row)
        });
        let batch = Batch {
            puts: puts.collect(),
            ..Batch::default()
        };
        self.meta().commit(batch).await
    }

    async fn revision(&self, account: AccountId) -> Result<Option<Bytes>, StoreError> {
        self.value(key::account(key::IDENTITY_REVISION, account))
            .await
    }

    async fn entities(&self, account: AccountId) -> Result<Vec<Entity>, StoreError> {
        let first = key::identity(account, &[], "");
        let (mut start, end) = (first.clone(), key::after_prefix(&first));
        let mut entities = Vec::new();
        loop {
            let rows = self.first(start, end.clone(), PAGE).await?;
            for (place, row) in &rows {
                let kind = place.get(first.len()).copied().unwrap_or(u8::MAX);
                let entity = record::identity::decode(kind, row)?;
                entities.push(self.opened(entity)?);
            }
            match rows.last() {
                Some((last, _)) if rows.len() == PAGE => start = key::next(last),
                _ => break,
            }
        }
        let has_settings = entities.iter().any(|e| e.kind() == EntityKind::Settings);
        if !has_settings {
            entities.push(self.first_settings(account).await?.into());
        }
        Ok(entities)
    }

    /// Settings of an account that never had any: the keys of root are found by account.
    async fn first_settings(&self, account: AccountId) -> Result<Settings, StoreError> {
        let mut settings = Settings::default();
        for access_key in self.access_keys(account, None, PAGE).await? {
            if access_key.principal == kvs::account::Principal::Root {
                settings.root.keys.push(accounts::meta(&access_key));
            }
        }
        Ok(settings)
    }

    fn sealed(&self, entity: &Entity) -> Result<Entity, StoreError> {
        let Entity::MfaDevice(device) = entity else {
            return Ok(entity.clone());
        };
        let mut device = (**device).clone();
        let purpose = seed_purpose(device.serial.as_str());
        device.seed = self.kek().seal(&purpose, &device.seed)?;
        Ok(device.into())
    }

    fn opened(&self, entity: Entity) -> Result<Entity, StoreError> {
        let Entity::MfaDevice(device) = entity else {
            return Ok(entity);
        };
        let mut device = Arc::unwrap_or_clone(device);
        let purpose = seed_purpose(device.serial.as_str());
        device.seed = self.kek().open(&purpose, &device.seed)?.to_vec();
        Ok(device.into())
    }
}

fn place(account: AccountId, kind: EntityKind, id: &str) -> Bytes {
    key::identity(account, &[record::identity::kind_byte(kind)], id)
}

fn seed_purpose(serial: &str) -> Vec<u8> {
    [b"kinora mfa seed ", serial.as_bytes()].concat()
}

/// Rows read at a time.
const PAGE: usize = 1000;

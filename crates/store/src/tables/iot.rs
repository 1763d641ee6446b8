//! Devices: their things, certificates, policies and role aliases, and what is attached to
//! what.

use bytes::Bytes;
use kvs::iot::{Certificate, IotEntity, IotKind, Link};
use kvs::name::AccountId;

use super::{ATTEMPTS, Store};
use crate::error::StoreError;
use crate::meta::{Batch, Check};
use crate::{key, record};

impl Store {
    /// Keeps a new entity. [`StoreError::Conflict`] if its account has one of its name, or
    /// `max` of its kind, or any account the certificate.
    pub async fn create_iot(
        &self,
        account: AccountId,
        entity: &IotEntity,
        max: u64,
    ) -> Result<(), StoreError> {
        let place = place(account, entity.kind(), entity.name());
        let counter = counter(account, entity.kind());
        let mut batch = Batch {
            checks: vec![
                Check::Absent(place.clone()),
                Check::Below(counter.clone(), max),
            ],
            puts: vec![(place, record::iot::encode(entity))],
            adds: vec![(counter, 1)],
            ..Batch::default()
        };
        if entity.kind() == IotKind::Certificate {
            let by_id = key::text(key::IOT_CERTIFICATE, entity.name());
            batch.checks.push(Check::Absent(by_id.clone()));
            batch
                .puts
                .push((by_id, record::encode_text(account.as_str())));
        }
        self.meta().commit(batch).await
    }

    /// Replaces an entity. [`StoreError::Conflict`] if it is not `old` any more.
    pub async fn put_iot(
        &self,
        account: AccountId,
        old: &IotEntity,
        new: &IotEntity,
    ) -> Result<(), StoreError> {
        let place = place(account, old.kind(), old.name());
        let batch = Batch {
            checks: vec![Check::Equals(place.clone(), record::iot::encode(old))],
            puts: vec![(place, record::iot::encode(new))],
            ..Batch::default()
        };
        self.meta().commit(batch).await
    }

    /// Deletes an entity; its links are gone already. Nothing happens if it is gone too.
    pub async fn delete_iot(
        &self,
        account: AccountId,
        kind: IotKind,
        name: &str,
    ) -> Result<(), StoreError> {
        let place = place(account, kind, name);
        for _ in 0..ATTEMPTS {
            let Some(row) = self.value(place.clone()).await? else {
                return Ok(());
            };
            let mut batch = Batch {
                // So that two who delete it do not both count it off.
                checks: vec![Check::Equals(place.clone(), row)],
                deletes: vec![place.clone()],
                adds: vec![(counter(account, kind), -1)],
                ..Batch::default()
            };
            if kind == IotKind::Certificate {
                batch.deletes.push(key::text(key::IOT_CERTIFICATE, name));
            }
            match self.meta().commit(batch).await {
                Err(StoreError::Conflict) => {}
                other => return other,
            }
        }
        Err(StoreError::Conflict)
    }

    /// How many entities of a kind an account has, as it is counted with every change.
    pub async fn iot_count(&self, account: AccountId, kind: IotKind) -> Result<u64, StoreError> {
        let row = self.value(counter(account, kind)).await?;
        row.map_or(Ok(0), |row| record::decode_number(&row))
    }

    /// An entity by name.
    pub async fn iot(
        &self,
        account: AccountId,
        kind: IotKind,
        name: &str,
    ) -> Result<Option<IotEntity>, StoreError> {
        let row = self.value(place(account, kind, name)).await?;
        let kind = record::iot::kind_byte(kind);
        row.map(|row| record::iot::decode(kind, &row)).transpose()
    }

    /// Entities of a kind in the order of their names, those after `after`.
    pub async fn iot_list(
        &self,
        account: AccountId,
        kind: IotKind,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<IotEntity>, StoreError> {
        let first = place(account, kind, "");
        let end = key::after_prefix(&first);
        let start = after.map_or(first, |name| key::next(&place(account, kind, name)));
        let rows = self.first(start, end, limit).await?;
        let kind = record::iot::kind_byte(kind);
        rows.iter()
            .map(|(_, row)| record::iot::decode(kind, row))
            .collect()
    }

    /// A certificate of any account, by its id.
    pub async fn certificate(&self, id: &str) -> Result<Option<Certificate>, StoreError> {
        let Some(row) = self.value(key::text(key::IOT_CERTIFICATE, id)).await? else {
            return Ok(None);
        };
        let account = AccountId::parse(&record::decode_text(&row)?);
        let account =
            account.ok_or_else(|| StoreError::Corrupt("a certificate has no account".into()))?;
        match self.iot(account, IotKind::Certificate, id).await? {
            Some(IotEntity::Certificate(certificate)) => Ok(Some(certificate)),
            _ => Ok(None),
        }
    }

    /// Attaches a policy or thing to a certificate; nothing happens if it is.
    pub async fn link_iot(
        &self,
        account: AccountId,
        link: Link,
        certificate: &str,
        name: &str,
    ) -> Result<(), StoreError> {
        let [there, back] = link_places(account, link, certificate, name);
        let batch = Batch {
            puts: vec![
                (there, record::encode_text(name)),
                (back, record::encode_text(certificate)),
            ],
            ..Batch::default()
        };
        self.meta().commit(batch).await
    }

    /// Takes a link away; nothing happens if there is none.
    pub async fn unlink_iot(
        &self,
        account: AccountId,
        link: Link,
        certificate: &str,
        name: &str,
    ) -> Result<(), StoreError> {
        let batch = Batch {
            deletes: link_places(account, link, certificate, name).to_vec(),
            ..Batch::default()
        };
        self.meta().commit(batch).await
    }

    /// Names of what is attached to a certificate, at most `limit`.
    pub async fn iot_links(
        &self,
        account: AccountId,
        link: Link,
        certificate: &str,
        limit: usize,
    ) -> Result<Vec<String>, StoreError> {
        let parts = [&[link_byte(link)][..], certificate.as_bytes()];
        self.texts_of(key::iot(key::IOT_LINK, account, &parts), limit)
            .await
    }

    /// Ids of the certificates that something is attached to, at most `limit`.
    pub async fn iot_linked(
        &self,
        account: AccountId,
        link: Link,
        name: &str,
        limit: usize,
    ) -> Result<Vec<String>, StoreError> {
        let parts = [&[link_byte(link)][..], name.as_bytes(), &[0]];
        self.texts_of(key::iot(key::IOT_LINK_BACK, account, &parts), limit)
            .await
    }

    async fn texts_of(&self, prefix: Bytes, limit: usize) -> Result<Vec<String>, StoreError> {
        let end = key::after_prefix(&prefix);
        let rows = self.first(prefix, end, limit).await?;
        rows.iter()
            .map(|(_, row)| record::decode_text(row))
            .collect()
    }
}

fn place(account: AccountId, kind: IotKind, name: &str) -> Bytes {
    let parts = [&[record::iot::kind_byte(kind)][..], name.as_bytes()];
    key::iot(key::IOT, account, &parts)
}

fn counter(account: AccountId, kind: IotKind) -> Bytes {
    key::iot(key::IOT_COUNT, account, &[&[record::iot::kind_byte(kind)]])
}

/// A certificate's id has 64 digits, so that nothing need part it from the name behind it.
fn link_places(account: AccountId, link: Link, certificate: &str, name: &str) -> [Bytes; 2] {
    let (link, certificate) = ([link_byte(link)], certificate.as_bytes());
    let name = name.as_bytes();
    [
        key::iot(key::IOT_LINK, account, &[&link, certificate, name]),
        key::iot(
            key::IOT_LINK_BACK,
            account,
            &[&link, name, &[0], certificate],
        ),
    ]
}

fn link_byte(link: Link) -> u8 {
    match link {
        Link::Policy => 1,
        Link::Thing => 2,
    }
}

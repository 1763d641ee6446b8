//! The audit trail: who did what, newest first, bounded in age and number.

use bytes::Bytes;
use kvs::name::AccountId;

use super::Store;
use crate::error::StoreError;
use crate::meta::{Batch, Check, Scan};
use crate::{key, record};

/// One event of an account's trail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditRow {
    /// The account whose trail it belongs to.
    pub account: AccountId,
    /// Where it stands in the trail.
    pub at: AuditCursor,
    /// What happened, such as `CreateUser`.
    pub name: String,
    /// Name of the user or role who did it, or `root`; empty if nobody knows.
    pub user: String,
    /// The event in full, in whatever form the server gives it.
    pub body: Bytes,
}

/// A place in an account's trail. Places order as the events do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct AuditCursor {
    /// When, milliseconds since the epoch.
    pub at_ms: u64,
    /// Tells events of one millisecond apart: a random number.
    pub serial: u64,
}

/// Which part of a trail to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AuditRange {
    /// Oldest event, milliseconds since the epoch (inclusive).
    pub start_ms: u64,
    /// End, milliseconds since the epoch (exclusive).
    pub end_ms: u64,
    /// Only events before this one.
    pub before: Option<AuditCursor>,
    /// Most rows.
    pub limit: usize,
}

impl Store {
    /// Keeps events, of any accounts, in one commit.
    pub async fn add_audit(&self, rows: &[AuditRow]) -> Result<(), StoreError> {
        let mut batch = Batch::default();
        for row in rows {
            let place = key::audit(row.account, row.at.at_ms, row.at.serial);
            batch.puts.push((place, record::audit::encode(row)));
            add(&mut batch, row.account, 1);
        }
        self.meta().commit(batch).await
    }

    /// A part of an account's trail, newest first.
    pub async fn audit(
        &self,
        account: AccountId,
        range: AuditRange,
    ) -> Result<Vec<AuditRow>, StoreError> {
        let start = key::audit(account, range.start_ms, 0);
        let end = key::audit(account, range.end_ms, 0);
        let before = range
            .before
            .map(|at| key::audit(account, at.at_ms, at.serial));
        let scan = Scan {
            start,
            end: before.map_or(end.clone(), |before| before.min(end)),
            reverse: true,
            limit: range.limit,
        };
        let rows = self.meta().scan(scan).await?;
        rows.iter()
            .map(|(place, row)| record::audit::decode(account, cursor(place)?, row))
            .collect()
    }

    /// How many events an account's trail has.
    pub async fn audit_count(&self, account: AccountId) -> Result<u64, StoreError> {
        let row = self.value(key::account(key::AUDIT_COUNT, account)).await?;
        row.map_or(Ok(0), |row| record::decode_number(&row))
    }

    /// Forgets the oldest events of an account that are older than `before_ms`, at most
    /// `limit` of them. How many it were.
    pub async fn expire_audit(
        &self,
        account: AccountId,
        before_ms: u64,
        limit: usize,
    ) -> Result<usize, StoreError> {
        let start = key::audit(account, 0, 0);
        let end = key::audit(account, before_ms, 0);
        let rows = self.first(start, end, limit).await?;
        let Some((oldest, row)) = rows.first() else {
            return Ok(0);
        };
        let mut batch = Batch {
            // Whoever else is at it takes the same rows, beginning with this one.
            checks: vec![Check::Equals(oldest.clone(), row.clone())],
            ..Batch::default()
        };
        let expired = rows.len();
        add(&mut batch, account, -(expired as i64));
        batch.deletes = rows.into_iter().map(|(place, _)| place).collect();
        match self.meta().commit(batch).await {
            Err(StoreError::Conflict) => Ok(0),
            other => other.map(|()| expired),
        }
    }
}

/// Adds to an account's count, in the addition that is there already if there is one.
fn add(batch: &mut Batch, account: AccountId, by: i64) {
    let counter = key::account(key::AUDIT_COUNT, account);
    match batch.adds.iter_mut().find(|(place, _)| *place == counter) {
        Some((_, sum)) => *sum += by,
        None => batch.adds.push((counter, by)),
    }
}

fn cursor(place: &Bytes) -> Result<AuditCursor, StoreError> {
    let number = |at: usize| {
        let bytes = place.get(at..at + 8)?;
        bytes.try_into().ok().map(u64::from_be_bytes)
    };
    match (number(13), number(21)) {
        (Some(at_ms), Some(serial)) => Ok(AuditCursor { at_ms, serial }),
        _ => Err(StoreError::Corrupt("an event's key is too short".into())),
    }
}

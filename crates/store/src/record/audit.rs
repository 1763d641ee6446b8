//! Events of the audit trail. Their place in it is in the key.

use bytes::Bytes;
use kvs::name::AccountId;

use super::wire::{Reader, Writer};
use crate::error::StoreError;
use crate::tables::audit::{AuditCursor, AuditRow};

pub(crate) fn encode(row: &AuditRow) -> Bytes {
    let mut out = Writer::new(1);
    out.text(&row.name);
    out.text(&row.user);
    out.bytes(&row.body);
    out.finish()
}

pub(crate) fn decode(
    account: AccountId,
    at: AuditCursor,
    bytes: &[u8],
) -> Result<AuditRow, StoreError> {
    let mut reader = Reader::new("audit", bytes, 1)?;
    let row = AuditRow {
        account,
        at,
        name: reader.text()?,
        user: reader.text()?,
        body: Bytes::copy_from_slice(reader.bytes()?),
    };
    reader.finish()?;
    Ok(row)
}

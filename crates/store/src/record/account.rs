//! Accounts and access keys.

use bytes::Bytes;
use kvs::account::{AccessKey, Account, AccountState, Principal};
use kvs::iam::EntityId;
use kvs::name::AccountId;

use super::wire::{Reader, Writer};
use crate::error::StoreError;

pub(crate) fn encode(account: &Account) -> Bytes {
    let mut out = Writer::new(2);
    out.text(account.id.as_str());
    out.text(&account.email);
    out.text(&account.name);
    out.number(account.created_ms);
    out.optional_text(account.root_password_hash.as_deref());
    out.byte(match account.state {
        AccountState::Pending => 0,
        AccountState::Active => 1,
        AccountState::Suspended => 2,
        AccountState::Closed => 3,
    });
    out.optional_text(account.phone.as_deref());
    out.byte(account.email_verified.into());
    out.byte(account.phone_verified.into());
    out.finish()
}

pub(crate) fn decode(bytes: &[u8]) -> Result<Account, StoreError> {
    let (mut reader, version) = Reader::versioned("account", bytes, 2)?;
    let mut account = Account {
        id: account_id(&mut reader)?,
        email: reader.text()?,
        name: reader.text()?,
        created_ms: reader.number()?,
        root_password_hash: reader.optional_text()?,
        // Version 1 knew no states; all its accounts were in use.
        state: AccountState::Active,
        phone: None,
        email_verified: false,
        phone_verified: false,
    };
    if version >= 2 {
        account.state = match reader.byte()? {
            0 => AccountState::Pending,
            1 => AccountState::Active,
            2 => AccountState::Suspended,
            3 => AccountState::Closed,
            other => return Err(reader.corrupt(&format!("unknown state {other}"))),
        };
        account.phone = reader.optional_text()?;
        account.email_verified = reader.flag()?;
        account.phone_verified = reader.flag()?;
    }
    reader.finish()?;
    Ok(account)
}

/// `sealed` is the secret under the key-encryption key; the one in `key` is not stored.
pub(crate) fn encode_key(key: &AccessKey, sealed: &[u8]) -> Bytes {
    let mut out = Writer::new(1);
    out.text(&key.id);
    out.text(key.account.as_str());
    match &key.principal {
        Principal::Root => out.byte(0),
        Principal::User(id) => {
            out.byte(1);
            out.text(id.as_str());
        }
    }
    out.number(key.created_ms);
    out.byte(key.active.into());
    out.bytes(sealed);
    out.finish()
}

/// The key, its secret empty, and the sealed secret.
pub(crate) fn decode_key(bytes: &[u8]) -> Result<(AccessKey, Vec<u8>), StoreError> {
    let mut reader = Reader::new("access key", bytes, 1)?;
    let key = AccessKey {
        id: reader.text()?,
        account: account_id(&mut reader)?,
        principal: match reader.byte()? {
            0 => Principal::Root,
            1 => Principal::User(EntityId::new(&reader.text()?)),
            other => return Err(reader.corrupt(&format!("unknown principal {other}"))),
        },
        secret: String::new(),
        created_ms: reader.number()?,
        active: reader.flag()?,
    };
    let sealed = reader.bytes()?.to_vec();
    reader.finish()?;
    Ok((key, sealed))
}

fn account_id(reader: &mut Reader<'_>) -> Result<AccountId, StoreError> {
    let text = reader.text()?;
    AccountId::parse(&text).ok_or_else(|| reader.corrupt("bad account id"))
}

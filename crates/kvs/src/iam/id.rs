//! Unique ids: never used again, so that a namesake is never mistaken for the one before.

use std::fmt;
use std::sync::Arc;

use crate::name::AccountId;

/// A unique id such as `AIDAQ…` (21 characters); for an MFA device its serial number, for
/// an OIDC provider its ARN.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EntityId(Arc<str>);

/// What an id is for, told by its first four letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum IdPrefix {
    /// `AIDA`: a user.
    User,
    /// `AGPA`: a group.
    Group,
    /// `AROA`: a role.
    Role,
    /// `ANPA`: a managed policy.
    Policy,
    /// `AIPA`: an instance profile.
    InstanceProfile,
}

impl EntityId {
    /// An id as it was stored or received; any text.
    pub fn new(text: &str) -> EntityId {
        EntityId(text.into())
    }

    /// A new id from random bytes: the prefix and 17 letters of base32.
    pub fn mint(prefix: IdPrefix, random: [u8; 17]) -> EntityId {
        let mut text = prefix.as_str().to_owned();
        text.extend(random.map(letter));
        EntityId(text.into())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl IdPrefix {
    /// The four letters.
    pub fn as_str(self) -> &'static str {
        match self {
            IdPrefix::User => "AIDA",
            IdPrefix::Group => "AGPA",
            IdPrefix::Role => "AROA",
            IdPrefix::Policy => "ANPA",
            IdPrefix::InstanceProfile => "AIPA",
        }
    }
}

impl fmt::Display for EntityId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for EntityId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whether an access key id is of a long-term or a temporary key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyPrefix {
    /// `AKIA`: of a user or of root, until deleted.
    LongTerm,
    /// `ASIA`: of a session, with a session token.
    Temporary,
}

/// An access key id that embeds its account, as AWS's do since 2019: the prefix and
/// 80 bits in base32: a one, 40 bits of account, 39 random ones.
pub fn access_key_id(prefix: KeyPrefix, account: AccountId, random: u64) -> String {
    // Twelve digits take 40 bits.
    let account = account.as_str().parse::<u128>().unwrap_or_default();
    let bits = 1 << 79 | account << 39 | u128::from(random & ((1 << 39) - 1));
    let mut id = match prefix {
        KeyPrefix::LongTerm => "AKIA".to_owned(),
        KeyPrefix::Temporary => "ASIA".to_owned(),
    };
    id.extend(
        (0..16)
            .rev()
            .map(|index| letter((bits >> (5 * index)) as u8)),
    );
    id
}

/// The account that [`access_key_id`] embedded; `None` if this is no such id. The
/// account may not exist.
pub fn account_of_key(id: &str) -> Option<AccountId> {
    let rest = id
        .strip_prefix("AKIA")
        .or_else(|| id.strip_prefix("ASIA"))?;
    if rest.len() != 16 {
        return None;
    }
    let mut bits = 0_u128;
    for byte in rest.bytes() {
        let value = LETTERS.iter().position(|letter| *letter == byte)?;
        bits = bits << 5 | value as u128;
    }
    let account = (bits >> 39) & ((1 << 40) - 1);
    let is_embedded = bits >> 79 == 1;
    is_embedded
        .then(|| AccountId::parse(&format!("{account:012}")))
        .flatten()
}

fn letter(value: u8) -> char {
    LETTERS[usize::from(value % 32)] as char
}

const LETTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

#[cfg(test)]
mod tests {
    use super::{EntityId, IdPrefix, KeyPrefix, access_key_id, account_of_key};
    use crate::name::AccountId;

    #[test]
    fn access_key_ids_embed_their_account() {
        let account = AccountId::parse("012345678901").unwrap();
        let id = access_key_id(KeyPrefix::LongTerm, account, 0);
        assert_eq!(id, "AKIAQFX64DQ2QAAAAAAA");
        assert_eq!(account_of_key(&id), Some(account));
        let id = access_key_id(KeyPrefix::Temporary, account, u64::MAX);
        assert!(id.starts_with("ASIA") && id.len() == 20, "{id}");
        assert_eq!(account_of_key(&id), Some(account));
        for bad in [
            "",
            "AKIA",
            "AKIDEXAMPLE",
            "AKIAAAAAAAAAAAAAAAAA",
            "AKIAQFX64DQ2QAAAAAA1",
        ] {
            assert_eq!(account_of_key(bad), None, "{bad}");
        }
    }

    #[test]
    fn ids_are_21_letters() {
        let id = EntityId::mint(IdPrefix::User, [255; 17]);
        assert_eq!(id.as_str(), "AIDA77777777777777777");
    }
}

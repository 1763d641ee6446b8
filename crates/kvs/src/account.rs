//! Accounts and the keys that sign for them.

use std::fmt;

use crate::iam::EntityId;
use crate::name::AccountId;

/// One tenant: everything it owns carries its id.
#[derive(Clone, PartialEq, Eq)]
pub struct Account {
    /// Its id.
    pub id: AccountId,
    /// Address its root user signs in with; unique over all accounts, letter case aside.
    pub email: String,
    /// What people call it.
    pub name: String,
    /// When it was created, milliseconds since the epoch.
    pub created_ms: u64,
    /// Hash of the root user's password in PHC string form; `None` if the root user
    /// cannot sign in with a password.
    pub root_password_hash: Option<String>,
}

/// Who a long-term key acts as.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Principal {
    /// The account itself, allowed everything within it.
    Root,
    /// A user of the account, by unique id.
    User(EntityId),
}

/// A long-term access key.
#[derive(Clone, PartialEq, Eq)]
pub struct AccessKey {
    /// `AccessKeyId`, such as `AKIDEXAMPLE`; unique over all accounts.
    pub id: String,
    /// The account it belongs to.
    pub account: AccountId,
    /// Who it acts as.
    pub principal: Principal,
    /// `SecretAccessKey`; sealed wherever it is kept.
    pub secret: String,
    /// When it was created, milliseconds since the epoch.
    pub created_ms: u64,
    /// Whether requests signed with it are accepted.
    pub active: bool,
}

// Secrets must not reach a log line, so neither type derives `Debug`.

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Account")
            .field("id", &self.id)
            .field("email", &self.email)
            .field("name", &self.name)
            .field("created_ms", &self.created_ms)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for AccessKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessKey")
            .field("id", &self.id)
            .field("account", &self.account)
            .field("principal", &self.principal)
            .field("created_ms", &self.created_ms)
            .field("active", &self.active)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::{AccessKey, Account, Principal};
    use crate::iam::EntityId;
    use crate::name::AccountId;

    #[test]
    fn secrets_stay_out_of_debug_output() {
        let id = AccountId::parse("012345678901").unwrap();
        let key = AccessKey {
            id: "AKIDEXAMPLE".into(),
            account: id,
            principal: Principal::User(EntityId::new("AIDAEXAMPLE")),
            secret: "hidden-one".into(),
            created_ms: 1,
            active: true,
        };
        let account = Account {
            id,
            email: "a@example.com".into(),
            name: "a".into(),
            created_ms: 1,
            root_password_hash: Some("hidden-two".into()),
        };
        let text = format!("{key:?} {account:?}");
        assert!(text.contains("AKIDEXAMPLE"), "{text}");
        assert!(!text.contains("hidden"), "{text}");
    }
}

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
    /// Whether it is in use.
    pub state: AccountState,
    /// Telephone number in the form `+15550100`.
    pub phone: Option<String>,
    /// Whether somebody proved to read mail to `email`.
    pub email_verified: bool,
    /// Whether somebody proved to answer `phone`.
    pub phone_verified: bool,
}

/// Whether an account is in use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AccountState {
    /// Signed up for; an operator has yet to let it in.
    Pending,
    /// In use.
    #[default]
    Active,
    /// Stopped by an operator, who may let it in again. Nothing of it is lost.
    Suspended,
    /// Ended for good.
    Closed,
}

impl AccountState {
    /// The state's name, as people read it.
    pub fn as_str(self) -> &'static str {
        match self {
            AccountState::Pending => "PENDING",
            AccountState::Active => "ACTIVE",
            AccountState::Suspended => "SUSPENDED",
            AccountState::Closed => "CLOSED",
        }
    }

    /// Whether an account in this state can become one in `next`. To what it is
    /// already it always can.
    pub fn may_become(self, next: AccountState) -> bool {
        self == next
            || matches!(
                (self, next),
                (AccountState::Pending, AccountState::Active)
                    | (AccountState::Pending, AccountState::Closed)
                    | (AccountState::Active, AccountState::Suspended)
                    | (AccountState::Active, AccountState::Closed)
                    | (AccountState::Suspended, AccountState::Active)
                    | (AccountState::Suspended, AccountState::Closed)
            )
    }
}

/// The hash of a password, which must not reach a log line.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(pub String);

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash(…)")
    }
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
            .field("state", &self.state)
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
    use super::{AccessKey, Account, AccountState, PasswordHash, Principal};
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
            state: AccountState::Active,
            phone: Some("hidden-three".into()),
            email_verified: true,
            phone_verified: false,
        };
        let hash = PasswordHash("hidden-four".into());
        let text = format!("{key:?} {account:?} {hash:?}");
        assert!(text.contains("AKIDEXAMPLE"), "{text}");
        assert!(!text.contains("hidden"), "{text}");
    }
    #[test]
    fn an_account_that_is_closed_stays_closed() {
        use AccountState::{Active, Closed, Pending, Suspended};
        for (from, to, may) in [
            (Pending, Active, true),
            (Pending, Suspended, false),
            (Active, Suspended, true),
            (Suspended, Active, true),
            (Suspended, Closed, true),
            (Closed, Active, false),
            (Closed, Closed, true),
            (Active, Pending, false),
        ] {
            assert_eq!(from.may_become(to), may, "{from:?} {to:?}");
        }
    }
}

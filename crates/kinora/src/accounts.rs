//! Accounts: how they come to be, and what becomes of them.
//!
//! Everything here works on the parts of a server, so that commands can do the same on the
//! data directory of a server that does not run.

use kvs::account::{AccessKey, Account, AccountState, PasswordHash, Principal};
use kvs::iam::id::{KeyPrefix, access_key_id};
use kvs::iam::{AccessKeyMeta, Change, Directory, EntityKind, IamError, IamErrorKind, Settings};
use kvs::name::AccountId;
use store::Store;
use store::error::StoreError;

use crate::clock::Clock;
use crate::directories::{ChangeError, Directories};
use crate::ops::ApiError;
use crate::password::Passwords;
use crate::server::{self, Server};

/// What is needed to change accounts.
#[derive(Clone, Copy)]
pub struct Office<'a> {
    /// Where they are kept.
    pub store: &'a Store,
    /// Their identities.
    pub directories: &'a Directories,
    /// Hashes passwords.
    pub passwords: &'a Passwords,
    /// Tells the time.
    pub clock: &'a Clock,
}

impl Server {
    /// The parts that accounts need.
    pub fn office(&self) -> Office<'_> {
        Office {
            store: &self.store,
            directories: &self.directories,
            passwords: &self.passwords,
            clock: &self.clock,
        }
    }
}

/// An account to be made.
pub struct NewAccount {
    /// The root user's address.
    pub email: String,
    /// The account's name.
    pub name: String,
    /// Telephone number.
    pub phone: Option<String>,
    /// The root user's password.
    pub password: PasswordHash,
    /// The state it begins in.
    pub state: AccountState,
    /// Whether the address is proven.
    pub email_verified: bool,
    /// Whether the number is.
    pub phone_verified: bool,
}

impl Office<'_> {
    /// Makes an account with a random id, and ends the sign-up and the invitation that
    /// led to it. `None` if another account has the address, or one of the two is gone.
    ///
    /// # Errors
    ///
    /// The store's.
    pub async fn create(
        &self,
        new: NewAccount,
        signup: Option<&str>,
        invitation: Option<&str>,
    ) -> Result<Option<Account>, ApiError> {
        let mut account = Account {
            id: random_id(),
            email: new.email,
            name: new.name,
            created_ms: self.clock.now_ms(),
            root_password_hash: Some(new.password.0),
            state: new.state,
            phone: new.phone,
            email_verified: new.email_verified,
            phone_verified: new.phone_verified,
        };
        for _ in 0..ATTEMPTS {
            let created = self
                .store
                .create_account(&account, signup, invitation)
                .await;
            match created {
                Ok(()) => return Ok(Some(account)),
                Err(StoreError::Conflict) => {
                    let taken = self.store.account(account.id).await?;
                    if taken.is_none() {
                        return Ok(None);
                    }
                    account.id = random_id();
                }
                Err(error) => return Err(error.into()),
            }
        }
        Err(ApiError::internal("no free account id was found"))
    }

    /// An account by its id or its root user's address.
    ///
    /// # Errors
    ///
    /// The store's.
    pub async fn find(&self, id_or_email: &str) -> Result<Option<Account>, ApiError> {
        let found = match AccountId::parse(id_or_email) {
            Some(id) => self.store.account(id).await?,
            None => self.store.account_by_email(id_or_email).await?,
        };
        Ok(found)
    }

    /// Changes an account's identities as [`Directories::change`] does.
    ///
    /// # Errors
    ///
    /// The operation's refusal or the store's.
    pub async fn change<T>(
        &self,
        account: AccountId,
        operation: impl FnMut(&mut Directory) -> Result<T, IamError>,
    ) -> Result<T, ApiError> {
        let changed = self.directories.change(self.store, account, operation);
        match changed.await {
            Ok((value, _)) => Ok(value),
            Err(ChangeError::Refused(error)) => Err(error.into()),
            Err(ChangeError::Store(error)) => Err(error.into()),
        }
    }

    /// Puts an account in another state, which counts from the next request on.
    ///
    /// # Errors
    ///
    /// A state that it cannot come to; the store's.
    pub async fn change_state(
        &self,
        account: AccountId,
        state: AccountState,
    ) -> Result<(), ApiError> {
        self.change(account, |directory| {
            let now = directory.state();
            if !now.may_become(state) {
                let (now, state) = (now.as_str(), state.as_str());
                let message = format!("Account {account} is {now} and cannot become {state}.");
                return Err(IamError::new(IamErrorKind::InvalidInput, message));
            }
            if now != state {
                directory.change_state(state);
            }
            Ok(())
        })
        .await
    }

    /// Gives the root user another password; its sessions end. `forget_devices` takes its
    /// MFA devices away as well.
    ///
    /// # Errors
    ///
    /// The store's.
    pub async fn set_root_password(
        &self,
        account: AccountId,
        hash: &PasswordHash,
        forget_devices: bool,
    ) -> Result<(), ApiError> {
        let now_ms = self.clock.now_ms();
        self.change(account, |directory| {
            let mut settings = Settings::clone(directory.settings());
            settings.root.password_changed_ms = Some(now_ms);
            settings.root.sessions_after_ms = after(now_ms, settings.root.sessions_after_ms);
            directory.put(settings);
            directory.note(Change::RootPassword(hash.clone()));
            if forget_devices {
                let devices = directory.mfa_devices().iter();
                let of_root = devices.filter(|device| device.owner == Some(None));
                let serials: Vec<_> = of_root.map(|device| device.serial.clone()).collect();
                for serial in serials {
                    directory.delete(EntityKind::MfaDevice, &serial);
                }
            }
            Ok(())
        })
        .await
    }

    /// Makes an access key of the root user; gives its id and its secret, which is told
    /// only now.
    ///
    /// # Errors
    ///
    /// The store's.
    pub async fn create_root_key(&self, account: AccountId) -> Result<(String, String), ApiError> {
        let random = u64::from_le_bytes(server::random());
        let key = AccessKey {
            id: access_key_id(KeyPrefix::LongTerm, account, random),
            account,
            principal: Principal::Root,
            secret: server::random_alphanumerics(40),
            created_ms: self.clock.now_ms(),
            active: true,
        };
        self.change(account, |directory| {
            let mut settings = Settings::clone(directory.settings());
            settings.root.keys.push(AccessKeyMeta {
                id: key.id.clone(),
                active: true,
                created_ms: key.created_ms,
            });
            directory.put(settings);
            directory.note(Change::PutAccessKey(key.clone()));
            Ok(())
        })
        .await?;
        Ok((key.id, key.secret))
    }
}

/// From when on sessions count if those until now must end: later than before, even if the clock
/// was set back, since sessions are then issued at the time that was before.
pub fn after(now_ms: u64, before_ms: u64) -> u64 {
    (now_ms + 1).max(before_ms + 1)
}

/// A random account id: 12 digits, the first of them no zero, because people and
/// spreadsheets drop it.
pub fn random_id() -> AccountId {
    let number = u64::from_le_bytes(server::random::<8>()) % 900_000_000_000 + 100_000_000_000;
    AccountId::parse(&number.to_string()).expect("a number of 12 digits")
}

const ATTEMPTS: usize = 8;

#[cfg(test)]
mod tests {
    use kvs::account::{AccountState, PasswordHash};
    use store::Store;

    use super::{NewAccount, Office, after};
    use crate::clock::Clock;
    use crate::directories::Directories;
    use crate::password::Passwords;

    #[test]
    fn sessions_end_though_the_clock_was_set_back() {
        assert_eq!(after(1000, 0), 1001);
        assert_eq!(after(1000, 5000), 5001);
    }

    #[tokio::test]
    async fn an_account_from_its_making_to_its_end() {
        let (store, directories) = (Store::memory(), Directories::default());
        let (passwords, clock) = (Passwords::default(), Clock::System);
        let office = Office {
            store: &store,
            directories: &directories,
            passwords: &passwords,
            clock: &clock,
        };
        let new = || NewAccount {
            email: "a@example.com".into(),
            name: "a".into(),
            phone: None,
            password: PasswordHash("x".into()),
            state: AccountState::Active,
            email_verified: false,
            phone_verified: false,
        };
        let account = office.create(new(), None, None).await.unwrap().unwrap();
        assert!(!account.id.as_str().starts_with('0'));
        assert_eq!(office.create(new(), None, None).await.unwrap(), None);
        let (id, _) = office.create_root_key(account.id).await.unwrap();
        assert_eq!(kvs::iam::id::account_of_key(&id), Some(account.id));
        let hash = PasswordHash("y".into());
        let set = office.set_root_password(account.id, &hash, true).await;
        set.unwrap();
        for (state, works) in [
            (AccountState::Suspended, true),
            (AccountState::Active, true),
            (AccountState::Closed, true),
            (AccountState::Active, false),
        ] {
            let changed = office.change_state(account.id, state).await;
            assert_eq!(changed.is_ok(), works, "{state:?}");
        }
        let found = office.find("A@example.com").await.unwrap().unwrap();
        assert_eq!(found.state, AccountState::Closed);
        assert_eq!(found.root_password_hash.as_deref(), Some("y"));
        let directory = directories.read(&store, account.id).await.unwrap();
        assert_eq!(directory.state(), AccountState::Closed);
        assert_eq!(directory.settings().root.keys.len(), 1);
        assert!(directory.settings().root.sessions_after_ms > 0);
    }
}

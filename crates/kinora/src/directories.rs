//! Directories of accounts, held in memory and changed one operation at a time.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use kvs::iam::{Directory, IamError, IamErrorKind};
use kvs::limits;
use kvs::name::AccountId;
use store::Store;
use store::error::StoreError;

/// What became of a change.
pub type Changed<T> = Result<(T, Arc<Directory>), ChangeError>;

/// Why a change did not take place.
#[derive(Debug)]
pub enum ChangeError {
    /// The operation's own refusal.
    Refused(IamError),
    /// The store's.
    Store(StoreError),
}

/// The directories of the accounts that were asked for lately.
#[derive(Default)]
pub struct Directories {
    slots: Mutex<HashMap<AccountId, Arc<Slot>>>,
}

/// One account's place. Changes wait for each other; readers wait for nobody.
#[derive(Default)]
struct Slot {
    current: Mutex<Option<Arc<Directory>>>,
    turn: tokio::sync::Mutex<()>,
}

impl Directories {
    /// An account's identities as of now.
    ///
    /// # Errors
    ///
    /// The store's.
    pub async fn read(
        &self,
        store: &Store,
        account: AccountId,
    ) -> Result<Arc<Directory>, StoreError> {
        let slot = self.slot(account);
        if let Some(directory) = slot.current() {
            return Ok(directory);
        }
        let _turn = slot.turn.lock().await;
        slot.load(store, account).await
    }

    /// The same of an account that a client names and that may not exist: one that does not
    /// takes nobody's place here. `None` if there is none.
    ///
    /// # Errors
    ///
    /// The store's.
    pub async fn find(
        &self,
        store: &Store,
        account: AccountId,
    ) -> Result<Option<Arc<Directory>>, StoreError> {
        let is_held = self.lock().contains_key(&account);
        if !is_held && store.account(account).await?.is_none() {
            return Ok(None);
        }
        self.read(store, account).await.map(Some)
    }

    /// Changes an account: `operation` decides on the newest directory and changes it,
    /// and what it changed is committed. It runs again if another server was faster, so
    /// it must do nothing but that. When this returns the change is durable, and every
    /// request that begins from now on sees it.
    ///
    /// # Errors
    ///
    /// The operation's refusal or the store's; then nothing has changed.
    pub async fn change<T>(
        &self,
        store: &Store,
        account: AccountId,
        mut operation: impl FnMut(&mut Directory) -> Result<T, IamError>,
    ) -> Changed<T> {
        let slot = self.slot(account);
        let _turn = slot.turn.lock().await;
        for _ in 0..ATTEMPTS {
            let before = slot
                .load(store, account)
                .await
                .map_err(ChangeError::Store)?;
            let mut after = (*before).clone();
            let value = operation(&mut after).map_err(ChangeError::Refused)?;
            if after.changes().is_empty() {
                return Ok((value, before));
            }
            // Until the outcome is known, nobody may rely on the picture we have.
            slot.set(None);
            match store.commit_directory(&after).await {
                Ok(()) => {
                    let after = Arc::new(after.committed());
                    slot.set(Some(Arc::clone(&after)));
                    return Ok((value, after));
                }
                Err(StoreError::Conflict) => {}
                Err(error) => return Err(ChangeError::Store(error)),
            }
        }
        let message = "The account was changed by other requests at the same time. Try again.";
        let kind = IamErrorKind::ConcurrentModification;
        Err(ChangeError::Refused(IamError::new(kind, message)))
    }

    fn slot(&self, account: AccountId) -> Arc<Slot> {
        let mut slots = self.lock();
        if slots.len() >= limits::DIRECTORIES_HELD_MAX && !slots.contains_key(&account) {
            // Those in use stay in their users' hands; half of the rest is read again when
            // asked for. A slot that somebody holds must stay, or two would change at once.
            let mut is_kept = false;
            slots.retain(|_, slot| {
                let is_idle = Arc::strong_count(slot) == 1;
                is_kept ^= is_idle;
                is_kept || !is_idle
            });
        }
        Arc::clone(slots.entry(account).or_default())
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<AccountId, Arc<Slot>>> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Slot {
    fn current(&self) -> Option<Arc<Directory>> {
        let current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        current.clone()
    }

    fn set(&self, directory: Option<Arc<Directory>>) {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        *current = directory;
    }

    /// Only with the turn taken.
    async fn load(&self, store: &Store, account: AccountId) -> Result<Arc<Directory>, StoreError> {
        if let Some(directory) = self.current() {
            return Ok(directory);
        }
        let directory = Arc::new(store.directory(account).await?);
        self.set(Some(Arc::clone(&directory)));
        Ok(directory)
    }
}

const ATTEMPTS: usize = 16;

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use kvs::iam::{Change, EntityId, Group, IamError, IamErrorKind};
    use kvs::limits;
    use kvs::name::AccountId;
    use store::Store;

    use super::{ChangeError, Directories};

    fn group(id: &str, name: &str) -> Group {
        Group {
            id: EntityId::new(id),
            name: name.to_owned(),
            path: "/".to_owned(),
            created_ms: 1,
            attached: BTreeSet::new(),
            inline: BTreeMap::new(),
        }
    }

    #[tokio::test]
    async fn changes_are_kept_and_seen() {
        let store = Store::memory();
        let account = AccountId::parse("012345678901").unwrap();
        let directories = Directories::default();
        let put = |id: &'static str| {
            directories.change(&store, account, move |directory| {
                directory.put(group(id, id));
                Ok(())
            })
        };
        let (one, two) = tokio::join!(put("a"), put("b"));
        assert!(one.is_ok() && two.is_ok());
        let refusal = IamError::new(IamErrorKind::NoSuchEntity, "none");
        let refused = directories.change(&store, account, |directory| {
            directory.put(group("c", "c"));
            Err::<(), _>(refusal.clone())
        });
        assert!(matches!(refused.await, Err(ChangeError::Refused(_))));
        let seen = directories.read(&store, account).await.unwrap();
        let kept = Directories::default().read(&store, account).await.unwrap();
        for directory in [seen, kept] {
            assert_eq!((directory.revision(), directory.groups().len()), (2, 2));
        }
    }

    #[tokio::test]
    async fn a_change_by_another_server_is_not_lost() {
        let store = Store::memory();
        let account = AccountId::parse("012345678901").unwrap();
        let (ours, theirs) = (Directories::default(), Directories::default());
        ours.read(&store, account).await.unwrap();
        for (directories, id) in [(&theirs, "a"), (&ours, "b"), (&theirs, "c")] {
            let change = directories.change(&store, account, |directory| {
                directory.put(group(id, id));
                Ok(())
            });
            change.await.unwrap();
        }
        let directory = theirs.read(&store, account).await.unwrap();
        assert_eq!((directory.revision(), directory.groups().len()), (3, 3));
    }

    #[tokio::test]
    async fn accounts_that_do_not_exist_take_no_place() {
        let (store, directories) = (Store::memory(), Directories::default());
        let account = |n: usize| AccountId::parse(&format!("{n:012}")).unwrap();
        directories.read(&store, account(1)).await.unwrap();
        for n in 2..limits::DIRECTORIES_HELD_MAX + 2 {
            let found = directories.find(&store, account(n)).await.unwrap();
            assert!(found.is_none());
        }
        assert_eq!(directories.lock().len(), 1);
        let held = directories.find(&store, account(1)).await.unwrap();
        assert!(held.is_some(), "one that is held is not looked for");
    }

    #[tokio::test]
    async fn one_too_many_takes_the_place_of_half() {
        let (store, directories) = (Store::memory(), Directories::default());
        let account = |n: usize| AccountId::parse(&format!("{n:012}")).unwrap();
        let max = limits::DIRECTORIES_HELD_MAX;
        for n in 1..=max {
            directories.read(&store, account(n)).await.unwrap();
        }
        let in_use = directories.slot(account(1));
        directories.read(&store, account(max + 1)).await.unwrap();
        let held = directories.lock().len();
        assert!((max / 2..=max / 2 + 2).contains(&held), "{held}");
        assert!(directories.lock().contains_key(&account(1)));
        drop(in_use);
    }

    #[tokio::test]
    async fn what_never_fits_is_refused_in_the_end() {
        let store = Store::memory();
        let directories = Directories::default();
        let take = |account: &'static str| {
            let account = AccountId::parse(account).unwrap();
            directories.change(&store, account, |directory| {
                let new = Some("house".to_owned());
                directory.note(Change::Alias { old: None, new });
                Ok(())
            })
        };
        take("012345678901").await.unwrap();
        let Err(ChangeError::Refused(error)) = take("012345678902").await else {
            panic!("two accounts have one alias");
        };
        assert_eq!(error.kind, IamErrorKind::ConcurrentModification);
    }
}

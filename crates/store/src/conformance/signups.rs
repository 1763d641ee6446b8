//! Sign-ups, invitations and resets: what every store must do with them.

use kvs::account::{Account, AccountState, PasswordHash};
use kvs::iam::Change;
use kvs::name::AccountId;
use kvs::signup::{Challenge, Channel, Reset, Signup};

use crate::{Store, StoreError};

/// Everything these tables must do.
pub(super) async fn check(store: &Store) {
    let first = sample_signup();
    store.put_signup("one", None, &first).await.expect("new");
    let twice = store.put_signup("one", None, &first).await;
    assert!(matches!(twice, Err(StoreError::Conflict)), "{twice:?}");
    let mut second = first.clone();
    second.challenge.tries_left -= 1;
    let changed = store.put_signup("one", Some(&first), &second).await;
    changed.expect("a change");
    let stale = store.put_signup("one", Some(&first), &second).await;
    assert!(matches!(stale, Err(StoreError::Conflict)), "{stale:?}");
    let found = store.signup("one").await.expect("read");
    assert_eq!(found.as_ref(), Some(&second));

    store.put_invitation("card", 900).await.expect("new");
    assert_eq!(store.invitation("card").await.expect("read"), Some(900));
    let account = account();
    let signup = Some("one");
    let invited = store.create_account(&account, signup, Some("none")).await;
    assert!(matches!(invited, Err(StoreError::Conflict)), "{invited:?}");
    let created = store.create_account(&account, signup, Some("card")).await;
    created.expect("a new account");
    assert_eq!(store.invitation("card").await.expect("read"), None);
    assert!(store.signup("one").await.expect("read").is_none());
    let again = store.create_account(&account, None, None).await;
    assert!(matches!(again, Err(StoreError::Conflict)), "{again:?}");

    account_changes(store, &account).await;
    resets_and_sweep(store, account.id, first).await;
}

async fn account_changes(store: &Store, account: &Account) {
    let mut directory = store.directory(account.id).await.expect("read");
    assert_eq!(directory.state(), AccountState::Pending);
    directory.change_state(AccountState::Active);
    let hash = PasswordHash("$argon2id$new".into());
    directory.note(Change::RootPassword(hash));
    store.commit_directory(&directory).await.expect("a commit");
    let found = store.account(account.id).await.expect("read");
    let expected = Account {
        state: AccountState::Active,
        root_password_hash: Some("$argon2id$new".into()),
        ..account.clone()
    };
    assert_eq!(found.as_ref(), Some(&expected));
    let directory = store.directory(account.id).await.expect("read");
    assert_eq!(directory.state(), AccountState::Active);
}

async fn resets_and_sweep(store: &Store, account: AccountId, signup: Signup) {
    let reset = sample_reset(account);
    store.put_reset("r", None, Some(&reset)).await.expect("new");
    let found = store.reset("r").await.expect("read");
    assert_eq!(found.as_ref(), Some(&reset));
    let used = store.put_reset("r", Some(&reset), None).await;
    used.expect("used up");
    let again = store.put_reset("r", Some(&reset), None).await;
    assert!(matches!(again, Err(StoreError::Conflict)), "{again:?}");

    let later = Signup {
        expires_ms: signup.expires_ms + 1,
        ..signup.clone()
    };
    store.put_signup("a", None, &signup).await.expect("new");
    store.put_signup("b", None, &later).await.expect("new");
    store.put_reset("r", None, Some(&reset)).await.expect("new");
    let left = store.sweep_signups(signup.expires_ms).await;
    assert_eq!(left.expect("a sweep"), 1);
    assert!(store.signup("a").await.expect("read").is_none());
    assert!(store.reset("r").await.expect("read").is_none());
    let left = store.sweep_signups(later.expires_ms).await;
    assert_eq!(left.expect("a sweep"), 0);
}

fn account() -> Account {
    Account {
        id: AccountId::parse("000000000779").expect("12 digits"),
        email: "signed-up@example.com".into(),
        name: "Example".into(),
        created_ms: 5,
        root_password_hash: Some("$argon2id$x".into()),
        state: AccountState::Pending,
        phone: Some("+15550100".into()),
        email_verified: true,
        phone_verified: true,
    }
}

/// A sign-up with every field set.
pub(crate) fn sample_signup() -> Signup {
    Signup {
        email: "someone@example.com".into(),
        name: "Häuser & Höfe".into(),
        phone: Some("+15550100".into()),
        password: PasswordHash("$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA".into()),
        invitation: Some("00ff".into()),
        email_verified: true,
        challenge: Challenge {
            channel: Channel::Phone,
            digest: Some([9; 32]),
            expires_ms: 1_700_000_600_000,
            tries_left: 5,
        },
        expires_ms: 1_700_003_600_000,
    }
}

/// A way to a new password.
pub(crate) fn sample_reset(account: AccountId) -> Reset {
    Reset {
        account,
        issued_ms: 1_700_000_000_000,
        expires_ms: 1_700_001_800_000,
        tries_left: 5,
    }
}

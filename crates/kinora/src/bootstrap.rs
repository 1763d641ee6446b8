//! The first start on an empty directory: one account and its root user.
//!
//! Each value may come from a flag or the environment; what is absent is generated and
//! printed once. Later starts leave the account as it is.

use kvs::account::{AccessKey, Account, AccountState, Principal};
use kvs::name::AccountId;
use store::Store;

use crate::clock::Clock;
use crate::ops::iam::access_keys;
use crate::{accounts, password, server};

/// Values for the first account, each optional.
#[derive(Clone, Default, clap::Args)]
pub struct FirstAccount {
    /// 12-digit id of the first account [generated if absent]
    #[arg(long, env = "KINORA_ACCOUNT_ID", value_name = "ID")]
    pub account_id: Option<String>,
    /// E-mail address of its root user
    #[arg(long, env = "KINORA_ROOT_EMAIL", value_name = "EMAIL")]
    pub root_email: Option<String>,
    /// Password of its root user (environment only: flags show in process lists)
    #[arg(skip)]
    pub root_password: Option<String>,
    /// Access key id of its root user
    #[arg(long, env = "KINORA_ROOT_ACCESS_KEY_ID", value_name = "ID")]
    pub root_access_key_id: Option<String>,
    /// Secret access key of its root user (environment only)
    #[arg(skip)]
    pub root_secret_access_key: Option<String>,
}

/// What was generated, to be shown once.
pub struct Created {
    /// The account.
    pub account: AccountId,
    /// Root's e-mail address.
    pub email: String,
    /// Root's password, if it was generated.
    pub password: Option<String>,
    /// Root's access key id.
    pub access_key_id: String,
    /// Root's secret access key, if it was generated.
    pub secret_access_key: Option<String>,
}

impl FirstAccount {
    /// Adds the secrets, which come from the environment alone.
    pub fn with_environment(mut self) -> FirstAccount {
        let read = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
        self.root_password = self.root_password.or_else(|| read("KINORA_ROOT_PASSWORD"));
        self.root_secret_access_key = self
            .root_secret_access_key
            .or_else(|| read("KINORA_ROOT_SECRET_ACCESS_KEY"));
        self
    }

    /// Creates the account if the store has none.
    ///
    /// # Errors
    ///
    /// A message, if a value is malformed or the store fails.
    pub async fn create(&self, store: &Store, clock: &Clock) -> Result<Option<Created>, String> {
        let failed = |error: store::error::StoreError| error.to_string();
        if !store.accounts(None, 1).await.map_err(failed)?.is_empty() {
            return Ok(None);
        }
        let id = match &self.account_id {
            Some(text) => AccountId::parse(text)
                .ok_or_else(|| format!("account id '{text}' is not 12 decimal digits"))?,
            None => accounts::random_id(),
        };
        let password = match &self.root_password {
            Some(password) => password.clone(),
            None => server::random_alphanumerics(24),
        };
        let key_id = match &self.root_access_key_id {
            Some(id) => checked_key_id(id)?,
            None => access_keys::new_id(id),
        };
        let secret = match &self.root_secret_access_key {
            Some(secret) if secret.len() >= 8 => secret.clone(),
            Some(_) => return Err("the secret access key needs at least 8 characters".to_owned()),
            None => access_keys::new_secret(),
        };
        let created_ms = clock.now_ms();
        let email = self
            .root_email
            .clone()
            .unwrap_or_else(|| "root@localhost".to_owned());
        let account = Account {
            id,
            email: email.clone(),
            name: "Kinora".to_owned(),
            created_ms,
            root_password_hash: Some(password::hash(&password).map_err(|error| error.message)?),
            state: AccountState::Active,
            phone: None,
            email_verified: false,
            phone_verified: false,
        };
        let key = AccessKey {
            id: key_id.clone(),
            account: id,
            principal: Principal::Root,
            secret: secret.clone(),
            created_ms,
            active: true,
        };
        let stored = store.put_account_with_key(&account, &key).await;
        stored.map_err(failed)?;
        Ok(Some(Created {
            account: id,
            email,
            password: self.root_password.is_none().then_some(password),
            access_key_id: key_id,
            secret_access_key: self.root_secret_access_key.is_none().then_some(secret),
        }))
    }
}

fn checked_key_id(id: &str) -> Result<String, String> {
    let good = (4..=128).contains(&id.len())
        && id
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    let why = || format!("access key id '{id}' is not 4 to 128 characters of A-Z, a-z, 0-9 and _");
    good.then(|| id.to_owned()).ok_or_else(why)
}

//! What the operator of a server orders about accounts, by `kinora account`.
//!
//! The same orders are carried out on the data directory of a server that does not run and,
//! over its own loopback interface, by one that does: it leaves its address and a token in
//! a file of the data directory that only its user can read.

use std::io::Write as _;
use std::net::IpAddr;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use aws_lc_rs::constant_time;
use hyper::http::request::Parts;
use kvs::account::{Account, AccountState, PasswordHash};
use kvs::name::AccountId;
use kvs::signup;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::accounts::{NewAccount, Office};
use crate::audit::Actor;
use crate::http::auth::Peer;
use crate::http::reply::{self, Reply};
use crate::ops::{ApiError, Cx};
use crate::signin::{self, device};
use crate::{server, signup as flow};

/// What an operator can order.
#[derive(Serialize, Deserialize)]
#[serde(tag = "order", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Order {
    /// A new account, in use at once.
    Create {
        /// The root user's address.
        email: String,
        /// The account's name.
        name: String,
        /// Telephone number.
        phone: Option<String>,
        /// The root user's password; generated if there is none.
        password: Option<String>,
        /// Whether the root user gets an access key.
        access_key: bool,
    },
    /// The accounts there are.
    List {
        /// Those after this one.
        after: Option<String>,
    },
    /// An account to be let in, stopped or ended.
    ChangeState {
        /// Its id or its root user's address.
        account: String,
        /// `ACTIVE`, `SUSPENDED` or `CLOSED`.
        state: String,
    },
    /// A way back in for a root user: another password, and no MFA device unless they
    /// are kept.
    ResetRoot {
        /// The account's id or its root user's address.
        account: String,
        /// The new password; generated if there is none.
        password: Option<String>,
        /// Whether MFA devices stay.
        keep_mfa: bool,
    },
    /// An MFA device for a root user, assigned at once.
    AddRootMfa {
        /// The account's id or its root user's address.
        account: String,
    },
    /// Codes to sign up with.
    Invite {
        /// How many; 1 to 1000.
        count: u16,
        /// How long they count, hours; 1 to 8760.
        hours: u16,
    },
}

impl Order {
    /// What the audit trail calls it; `None` for what changes no account.
    fn name(&self) -> Option<&'static str> {
        match self {
            Order::Create { .. } => Some("OperatorCreateAccount"),
            Order::ChangeState { state, .. } => Some(match state.as_str() {
                "SUSPENDED" => "OperatorSuspendAccount",
                "CLOSED" => "OperatorCloseAccount",
                _ => "OperatorActivateAccount",
            }),
            Order::ResetRoot { .. } => Some("OperatorResetRoot"),
            Order::AddRootMfa { .. } => Some("OperatorAddRootMfa"),
            Order::List { .. } | Order::Invite { .. } => None,
        }
    }

    /// Carries the order out; what is to be told, secrets among it.
    ///
    /// # Errors
    ///
    /// Something about the order that cannot be; the store's.
    pub async fn carry_out(self, office: Office<'_>) -> Result<Value, ApiError> {
        match self {
            Order::Create {
                email,
                name,
                phone,
                password,
                access_key,
            } => create(office, email, name, phone, password, access_key).await,
            Order::List { after } => list(office, after).await,
            Order::ChangeState { account, state } => {
                let states = [
                    AccountState::Active,
                    AccountState::Suspended,
                    AccountState::Closed,
                ];
                let next = states.into_iter().find(|next| next.as_str() == state);
                let next = next.ok_or_else(|| wrong(format!("'{state}' is no state.")))?;
                let account = found(office, &account).await?;
                office.change_state(account.id, next).await?;
                Ok(json!({ "accountId": account.id.as_str(), "state": next.as_str() }))
            }
            Order::ResetRoot {
                account,
                password,
                keep_mfa,
            } => reset_root(office, &account, password, keep_mfa).await,
            Order::AddRootMfa { account } => add_root_mfa(office, &account).await,
            Order::Invite { count, hours } => invite(office, count, hours).await,
        }
    }
}

async fn create(
    office: Office<'_>,
    email: String,
    name: String,
    phone: Option<String>,
    password: Option<String>,
    access_key: bool,
) -> Result<Value, ApiError> {
    if !signup::is_email(&email) {
        return Err(wrong(format!("'{email}' is no e-mail address.")));
    }
    if !signup::is_account_name(&name) {
        return Err(wrong("An account's name has 1 to 50 characters."));
    }
    let phone = match phone {
        Some(text) => {
            let number = signup::phone(&text);
            let fault = || wrong(format!("'{text}' is no number like +15550100."));
            Some(number.ok_or_else(fault)?)
        }
        None => None,
    };
    let (password, hash) = password_of(office, password, &email, &name).await?;
    let new = NewAccount {
        email: email.clone(),
        name,
        phone,
        password: hash,
        state: AccountState::Active,
        email_verified: false,
        phone_verified: false,
    };
    let account = office.create(new, None, None).await?;
    let account = account.ok_or_else(|| {
        wrong(format!(
            "There is an account with the address {email} already."
        ))
    })?;
    let mut told = json!({ "accountId": account.id.as_str(), "email": account.email });
    if let Some(password) = password {
        told["password"] = password.into();
    }
    if access_key {
        let (id, secret) = office.create_root_key(account.id).await?;
        told["accessKeyId"] = id.into();
        told["secretAccessKey"] = secret.into();
    }
    Ok(told)
}

/// A password, if it had to be generated, and its hash.
async fn password_of(
    office: Office<'_>,
    given: Option<String>,
    email: &str,
    name: &str,
) -> Result<(Option<String>, PasswordHash), ApiError> {
    let generated = given.is_none().then(|| server::random_alphanumerics(24));
    let password = given.or_else(|| generated.clone()).unwrap_or_default();
    if generated.is_none()
        && let Some(fault) = signup::password_fault(&password, email, name)
    {
        return Err(wrong(fault));
    }
    let hash = PasswordHash(office.passwords.hash(&password).await?);
    Ok((generated, hash))
}

async fn list(office: Office<'_>, after: Option<String>) -> Result<Value, ApiError> {
    let after = match after {
        Some(text) => {
            let id = AccountId::parse(&text);
            Some(id.ok_or_else(|| wrong(format!("'{text}' is no account id.")))?)
        }
        None => None,
    };
    let accounts = office.store.accounts(after, LIST_MAX).await?;
    let told: Vec<Value> = accounts.iter().map(described).collect();
    let more = accounts.last().filter(|_| accounts.len() == LIST_MAX);
    let next = more.map(|last| last.id.as_str());
    Ok(json!({ "accounts": told, "next": next }))
}

fn described(account: &Account) -> Value {
    json!({
        "accountId": account.id.as_str(),
        "state": account.state.as_str(),
        "email": account.email,
        "emailVerified": account.email_verified,
        "name": account.name,
        "phone": account.phone,
        "phoneVerified": account.phone_verified,
        "created": aws::value::Timestamp(account.created_ms as i64).to_iso8601(),
    })
}

async fn reset_root(
    office: Office<'_>,
    account: &str,
    password: Option<String>,
    keep_mfa: bool,
) -> Result<Value, ApiError> {
    let account = found(office, account).await?;
    let (password, hash) = password_of(office, password, &account.email, &account.name).await?;
    office
        .set_root_password(account.id, &hash, !keep_mfa)
        .await?;
    let mut told = json!({ "accountId": account.id.as_str(), "email": account.email });
    if let Some(password) = password {
        told["password"] = password.into();
    }
    Ok(told)
}

async fn add_root_mfa(office: Office<'_>, account: &str) -> Result<Value, ApiError> {
    let account = found(office, account).await?;
    let now_ms = office.clock.now_ms();
    let seed = server::random::<20>();
    let device = office
        .change(account.id, |directory| {
            let mut device = device::new_root_device(directory, &seed, now_ms)?;
            device.owner = Some(None);
            device.enabled_ms = Some(now_ms);
            directory.put(device.clone());
            Ok(device)
        })
        .await?;
    Ok(device::told(&device, &account.email))
}

async fn invite(office: Office<'_>, count: u16, hours: u16) -> Result<Value, ApiError> {
    if !(1..=1000).contains(&count) || !(1..=8760).contains(&hours) {
        return Err(wrong(
            "An invitation is for 1 to 1000 codes and 1 to 8760 hours.",
        ));
    }
    let expires_ms = office.clock.now_ms() + u64::from(hours) * 3_600_000;
    let mut codes = Vec::new();
    for _ in 0..count {
        let code = server::random_alphanumerics(20);
        let id = flow::digest_of(&code);
        office.store.put_invitation(&id, expires_ms).await?;
        codes.push(code);
    }
    let expires = aws::value::Timestamp(expires_ms as i64).to_iso8601();
    Ok(json!({ "invitations": codes, "expires": expires }))
}

async fn found(office: Office<'_>, account: &str) -> Result<Account, ApiError> {
    let found = office.find(account).await?;
    found.ok_or_else(|| {
        let message = format!("There is no account '{account}'.");
        ApiError::new("NoSuchAccount", 404, message)
    })
}

fn wrong(message: impl Into<String>) -> ApiError {
    ApiError::new("InvalidOrder", 400, message)
}

/// `POST /_kinora/operator/orders`: an order for the running server.
///
/// # Errors
///
/// `AccessDenied` for who is not on this machine or has not the token; the order's own.
pub async fn serve(cx: &Cx, parts: &Parts, rest: &str, body: &[u8]) -> Result<Reply, ApiError> {
    let peer = parts.extensions.get::<Peer>();
    let is_near = peer.is_some_and(|peer| is_loopback(peer.ip));
    let presented = parts.headers.get("authorization");
    let presented = presented.map_or(&[][..], |value| value.as_bytes());
    let expected = format!("Bearer {}", cx.server.operator_token);
    let fits = constant_time::verify_slices_are_equal(presented, expected.as_bytes()).is_ok();
    if !is_near || !fits {
        let message = "Orders come from this machine, with the token of the data directory.";
        return Err(ApiError::new("AccessDenied", 403, message));
    }
    if rest != "orders" || parts.method != "POST" {
        return Err(ApiError::not_found(
            "Orders are sent to /_kinora/operator/orders.",
        ));
    }
    let order: Order = serde_json::from_slice(body)
        // The error may quote what it could not read, a password among it.
        .map_err(|_| wrong("The order cannot be read; are both of the same version?"))?;
    let name = order.name();
    let told = order.carry_out(cx.server.office()).await?;
    let account = told["accountId"].as_str().and_then(AccountId::parse);
    if let (Some(name), Some(account)) = (name, account) {
        let event = signin::event(cx, parts, name, account, Actor::operator(account));
        cx.server.audit.record(event);
    }
    Ok(reply::json(200, told.to_string()))
}

fn is_loopback(ip: IpAddr) -> bool {
    ip.to_canonical().is_loopback()
}

/// Where a running server is, and the token it takes orders with.
#[derive(Serialize, Deserialize)]
pub struct Contact {
    /// Base URL on the loopback interface.
    pub url: String,
    /// The token.
    pub token: String,
}

impl Contact {
    /// Leaves the contact in a data directory, readable by its owner alone.
    ///
    /// # Errors
    ///
    /// A message that names the file.
    pub fn write(&self, data: &Path) -> Result<(), String> {
        let path = path(data);
        let named = |error: std::io::Error| format!("{}: {error}", path.display());
        // Made anew, because the mode counts only for a new file.
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(named(error)),
            _ => {}
        }
        let mut options = std::fs::OpenOptions::new();
        let file = options.write(true).create_new(true).mode(0o600).open(&path);
        let text = json!({ "url": self.url, "token": self.token }).to_string();
        file.and_then(|mut file| file.write_all(text.as_bytes()))
            .map_err(named)
    }

    /// Reads the contact of a data directory, if a server left one.
    ///
    /// # Errors
    ///
    /// A message that names the file.
    pub fn read(data: &Path) -> Result<Option<Contact>, String> {
        let path = path(data);
        let text = match std::fs::read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(format!("{}: {error}", path.display())),
        };
        let contact = serde_json::from_slice(&text);
        Ok(contact.ok())
    }

    /// Takes the contact away, when the server ends.
    pub fn remove(data: &Path) {
        // It may be gone already; without a server it says nothing anyhow.
        let _ = std::fs::remove_file(path(data));
    }
}

fn path(data: &Path) -> PathBuf {
    data.join("operator.json")
}

/// Accounts told at once.
const LIST_MAX: usize = 1000;

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::Contact;

    #[test]
    fn only_its_owner_reads_the_contact() {
        let data = tempfile::tempdir().unwrap();
        assert!(Contact::read(data.path()).unwrap().is_none());
        for token in ["one", "two"] {
            let (url, token) = ("http://127.0.0.1:1".to_owned(), token.to_owned());
            Contact { url, token }.write(data.path()).unwrap();
        }
        let mode = std::fs::metadata(super::path(data.path())).unwrap();
        assert_eq!(mode.permissions().mode() & 0o777, 0o600);
        let contact = Contact::read(data.path()).unwrap().unwrap();
        assert_eq!(contact.token, "two");
        Contact::remove(data.path());
        assert!(Contact::read(data.path()).unwrap().is_none());
    }
}

//! Signing in: `/signin`, the session that comes of it, and what a session may do.
//!
//! A root user signs in with its e-mail address, a user with the account's id or alias and
//! its own name. Who has an MFA device is asked for a code after the right password; whose
//! password must be changed, for another one. Each step is a `POST` with JSON or an HTML
//! form, answered in JSON with a `status`.
//!
//! What does not fit is refused in the same words whatever it was, after the same work.
//! See [`attempt`] for how guessing is slowed down.

pub mod attempt;
pub mod device;
mod password;
mod reset;
pub mod session;

use std::sync::Arc;

use hyper::http::request::Parts;
use kvs::iam::{Directory, IamError, IamErrorKind, Settings, User};
use kvs::name::AccountId;
use serde_json::{Value, json};

use crate::audit::{Actor, Event, EventKind};
use crate::http::auth::{self, ensure_active};
use crate::http::fields::Fields;
use crate::http::origin;
use crate::http::reply::{self, Reply};
use crate::ops::caller::{Source, user_arn};
use crate::ops::{ApiError, Cx};
use crate::throttle::Key;
use attempt::{Verdict, guarded};
use session::{Claims, Step};

/// Answers a request under `/signin`; `rest` is what follows.
///
/// # Errors
///
/// What is wrong, as a code and a message.
pub async fn serve(cx: &Cx, parts: &Parts, rest: &str, body: &[u8]) -> Result<Reply, ApiError> {
    let is_get = parts.method == "GET" || parts.method == "HEAD";
    if is_get {
        return match rest {
            "" => Ok(described(&account_of_host(cx, parts).into())),
            "session" => session::tell(cx, parts).await,
            "mfa-devices" => device::list(cx, parts).await,
            account if !account.contains('/') => Ok(described(&account.into())),
            _ => Err(ApiError::not_found("There is no such step of signing in.")),
        };
    }
    if parts.method != "POST" {
        return Err(ApiError::not_found("There is no such step of signing in."));
    }
    origin::check(parts, &cx.server.config)?;
    let fields = Fields::parse(parts, body)?;
    match rest {
        "root" => root(cx, parts, &fields).await,
        "user" => user(cx, parts, &fields, fields.text("account")?).await,
        "mfa" => device::prove(cx, parts, &fields).await,
        "password" => password::change(cx, parts, &fields).await,
        "signout" => session::end(cx, parts, &fields).await,
        "credentials" => session::credentials(cx, parts, &fields).await,
        "reset" => reset::ask(cx, parts, &fields).await,
        "reset/complete" => reset::complete(cx, parts, &fields).await,
        "mfa-devices" => device::create(cx, parts, &fields).await,
        "mfa-devices/enable" => device::enable(cx, parts, &fields).await,
        "mfa-devices/deactivate" => device::deactivate(cx, parts, &fields).await,
        account if !account.is_empty() && !account.contains('/') => {
            user(cx, parts, &fields, account).await
        }
        _ => Err(ApiError::not_found("There is no such step of signing in.")),
    }
}

/// What stands in the place of an account in the address of a step, and can be no alias.
pub const STEPS: [&str; 10] = [
    "root",
    "user",
    "mfa",
    "password",
    "session",
    "signout",
    "credentials",
    "reset",
    "mfa-devices",
    "console",
];

/// The account that a request's host is the sign-in address of, by id or alias:
/// `ALIAS.signin.DOMAIN`.
pub fn account_of_host(cx: &Cx, parts: &Parts) -> Option<String> {
    let domain = cx.server.config.endpoints.signin_domain.as_ref()?;
    let host = parts.headers.get("host")?.to_str().ok()?;
    let host = host.rsplit_once(':').map_or(host, |(host, _)| host);
    let host = host.to_ascii_lowercase();
    let account = host.strip_suffix(&format!(".signin.{domain}"))?;
    (!account.is_empty() && !account.contains('.')).then(|| account.to_owned())
}

/// What can be sent where. The same for every account, so that it tells of none.
fn described(account: &Value) -> Reply {
    let told = json!({
        "account": account,
        "user": { "post": "/signin/user", "fields": ["account", "userName", "password"] },
        "root": { "post": "/signin/root", "fields": ["email", "password"] },
    });
    reply::json(200, told.to_string())
}

/// Who has shown to be somebody, as of now.
pub struct Who {
    /// The account's identities.
    pub directory: Arc<Directory>,
    /// The user; `None` for root.
    pub user: Option<Arc<User>>,
}

impl Who {
    /// The account.
    pub fn account(&self) -> AccountId {
        self.directory.account()
    }

    /// The ARN.
    pub fn arn(&self) -> String {
        let account = self.account();
        match &self.user {
            Some(user) => user_arn(account, user),
            None => format!("arn:aws:iam::{account}:root"),
        }
    }

    /// From when on sessions count, milliseconds since the epoch.
    pub fn sessions_after_ms(&self) -> u64 {
        match &self.user {
            Some(user) => user.sessions_after_ms,
            None => self.directory.settings().root.sessions_after_ms,
        }
    }

    /// What attempts of a kind are counted by.
    pub fn key(&self, kind: &str) -> Key {
        let name = self.user.as_ref().map(|user| user.name.as_str());
        Key::of_identity(kind, self.account(), name)
    }

    fn actor(&self) -> Actor {
        match &self.user {
            Some(user) => Actor::user_named(self.account(), Some(&user.name)),
            None => Actor::root(self.account()),
        }
    }
}

/// What attempts with a root user's password are counted by.
fn root_key(email: &str) -> Key {
    Key::new("root", &email.to_lowercase())
}

async fn root(cx: &Cx, parts: &Parts, fields: &Fields) -> Result<Reply, ApiError> {
    let (email, password) = (fields.text("email")?.trim(), fields.text("password")?);
    let key = root_key(email);
    guarded(cx, parts, key, true, async {
        let server = &cx.server;
        let account = server.store.account_by_email(email).await?;
        let hash = account
            .as_ref()
            .and_then(|a| a.root_password_hash.as_deref());
        let fits = server.passwords.verify(password, hash).await?;
        let Some(account) = account else {
            return Ok(Verdict::Wrong);
        };
        if !fits {
            failed(cx, parts, account.id, Actor::root(account.id), false);
            return Ok(Verdict::Wrong);
        }
        let directory = server.directories.read(&server.store, account.id).await?;
        let who = Who {
            directory,
            user: None,
        };
        proceed(cx, parts, who, None).await
    })
    .await
}

async fn user(cx: &Cx, parts: &Parts, fields: &Fields, account: &str) -> Result<Reply, ApiError> {
    let server = &cx.server;
    let (name, password) = (fields.text("userName")?.trim(), fields.text("password")?);
    let account = account.trim().to_ascii_lowercase();
    let id = match AccountId::parse(&account) {
        Some(id) => server.store.account(id).await?.map(|account| account.id),
        None => server.store.account_by_alias(&account).await?,
    };
    let counted = id.map_or_else(|| account.clone(), |id| id.to_string());
    let key = Key::new("user", &format!("{counted} {}", name.to_ascii_lowercase()));
    guarded(cx, parts, key, false, async {
        let directory = match id {
            Some(id) => Some(server.directories.read(&server.store, id).await?),
            None => None,
        };
        let user = directory.as_ref().and_then(|d| d.users().get(name));
        let login = user.and_then(|user| user.login.as_ref());
        let hash = login.map(|login| login.hash.as_str());
        let fits = server.passwords.verify(password, hash).await?;
        let Some(directory) = &directory else {
            return Ok(Verdict::Wrong);
        };
        let (Some(user), true) = (user, fits) else {
            let known = user.map(|user| user.name.as_str());
            let account = directory.account();
            failed(cx, parts, account, Actor::user_named(account, known), false);
            return Ok(Verdict::Wrong);
        };
        let who = Who {
            directory: Arc::clone(directory),
            user: Some(Arc::clone(user)),
        };
        proceed(cx, parts, who, None).await
    })
    .await
}

/// What comes after the right password, or after the step before: the next step, or the
/// session.
async fn proceed(
    cx: &Cx,
    parts: &Parts,
    who: Who,
    mfa_ms: Option<u64>,
) -> Result<Verdict, ApiError> {
    ensure_active(who.account(), who.directory.state())?;
    let step = if mfa_ms.is_none() && device::of(&who).next().is_some() {
        Some((Step::Mfa, "MfaRequired"))
    } else if password::must_change(cx, &who)? {
        Some((Step::Password, "PasswordChangeRequired"))
    } else {
        None
    };
    if let Some((step, status)) = step {
        let claims = Claims::new(cx, &who, step, mfa_ms);
        let challenge = claims.seal(cx).await?;
        let told = json!({ "status": status, "challenge": challenge });
        let reply = reply::json(200, told.to_string());
        return Ok(Verdict::Half(reply));
    }
    signed_in(cx, parts, who, mfa_ms).await.map(Verdict::Right)
}

async fn signed_in(
    cx: &Cx,
    parts: &Parts,
    who: Who,
    mfa_ms: Option<u64>,
) -> Result<Reply, ApiError> {
    note_use(cx, &who).await?;
    let event = login_event(cx, parts, who.account(), who.actor(), mfa_ms.is_some());
    cx.server
        .audit
        .record(event.response(json!({ "ConsoleLogin": "Success" })));
    let claims = Claims::new(cx, &who, Step::Session, mfa_ms);
    let mut reply = reply::json(200, claims.told(cx, &who).await?.to_string());
    session::set_cookie(cx, parts, &mut reply, &claims.seal(cx).await?);
    Ok(reply)
}

/// `PasswordLastUsed`, which goes forward in steps of five minutes, as AWS's does.
async fn note_use(cx: &Cx, who: &Who) -> Result<(), ApiError> {
    let now_ms = cx.server.clock.now_ms();
    let used_ms = match &who.user {
        Some(user) => user.login.as_ref().and_then(|login| login.used_ms),
        None => who.directory.settings().root.password_used_ms,
    };
    if used_ms.is_some_and(|used_ms| now_ms < used_ms + USED_STEP_MS) {
        return Ok(());
    }
    cx.server
        .office()
        .change(who.account(), |directory| {
            let Some(user) = &who.user else {
                let mut settings = Settings::clone(directory.settings());
                settings.root.password_used_ms = Some(now_ms);
                directory.put(settings);
                return Ok(());
            };
            let user = directory.users().by_id(&user.id);
            let mut user = User::clone(user.ok_or_else(gone)?);
            user.login.as_mut().ok_or_else(gone)?.used_ms = Some(now_ms);
            directory.put(user);
            Ok(())
        })
        .await
}

fn gone() -> IamError {
    IamError::new(IamErrorKind::AccessDenied, INCORRECT)
}

/// `ConsoleLogin` with `Failure`.
fn failed(cx: &Cx, parts: &Parts, account: AccountId, actor: Actor, mfa_used: bool) {
    let event = login_event(cx, parts, account, actor, mfa_used);
    let event = event
        .response(json!({ "ConsoleLogin": "Failure" }))
        .failed("Failure", "Failed authentication");
    cx.server.audit.record(event);
}

fn login_event(cx: &Cx, parts: &Parts, account: AccountId, actor: Actor, mfa_used: bool) -> Event {
    let mfa_used = if mfa_used { "Yes" } else { "No" };
    event(cx, parts, "ConsoleLogin", account, actor).more("MFAUsed", mfa_used)
}

/// An event of signing in or up.
pub fn event(
    cx: &Cx,
    parts: &Parts,
    name: &'static str,
    account: AccountId,
    actor: Actor,
) -> Event {
    let now_ms = cx.server.clock.now_ms();
    let source = "signin.amazonaws.com";
    let kind = match name {
        "ConsoleLogin" => EventKind::ConsoleSignIn,
        _ => EventKind::ServiceEvent,
    };
    Event::new(kind, source, name, account, now_ms)
        .by(actor)
        .from(&source_of(cx, parts))
}

/// Where a request comes from.
fn source_of(cx: &Cx, parts: &Parts) -> Source {
    auth::source(parts, &cx.server.config.region, &cx.request_id)
}

/// AWS's words, for everything that does not fit.
const INCORRECT: &str = "Your authentication information is incorrect. Please try again.";
const USED_STEP_MS: u64 = 300_000;

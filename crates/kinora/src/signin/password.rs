//! Passwords that are changed at sign-in: because they must be, or a root user's own.

use std::sync::Arc;

use hyper::http::request::Parts;
use kvs::account::PasswordHash;
use kvs::iam::{LoginProfile, Session, User, passwords};
use kvs::signup;

use super::attempt::{Verdict, guarded};
use super::session::{Claims, Step};
use super::{Who, device, event, gone, proceed, session, source_of};
use crate::accounts;
use crate::http::fields::{Fields, invalid};
use crate::http::reply::{self, Reply};
use crate::ops::caller::Identity;
use crate::ops::iam::login_profiles::ensure_may_change_password;
use crate::ops::{ApiError, Caller, Cx};

/// Whether a user must change its password before anything else: an administrator said
/// so, or it is older than the account's policy allows.
///
/// # Errors
///
/// `PasswordExpired`, if only an administrator can set another.
pub(super) fn must_change(cx: &Cx, who: &Who) -> Result<bool, ApiError> {
    let login = who.user.as_ref().and_then(|user| user.login.as_ref());
    let Some(login) = login else {
        return Ok(false);
    };
    let policy = who.directory.settings().password_policy.as_ref();
    let expires_ms = passwords::expires_ms(policy, login);
    let is_expired = expires_ms.is_some_and(|at_ms| cx.server.clock.now_ms() >= at_ms);
    if is_expired && policy.is_some_and(|policy| policy.hard_expiry) {
        let message = "Your password has expired. Ask your administrator for another one.";
        return Err(ApiError::new("PasswordExpired", 403, message));
    }
    Ok(login.must_reset || is_expired)
}

/// `POST /signin/password`: with a `challenge`, the password that a user must set, which
/// takes `iam:ChangePassword`; without, another one for the root user who is signed in, who
/// must give the old one again. All other sessions end.
///
/// # Errors
///
/// What is wrong with the password; `AccessDenied`, `AuthenticationFailed`, `NotSignedIn`.
pub(super) async fn change(cx: &Cx, parts: &Parts, fields: &Fields) -> Result<Reply, ApiError> {
    if fields.optional("challenge").is_none() {
        return change_of_root(cx, parts, fields).await;
    }
    let (claims, who) = device::step(cx, fields, Step::Password).await?;
    let Some(user) = &who.user else {
        return Err(invalid("This challenge is of no user."));
    };
    if let Err(error) = ensure_may_change(cx, parts, &who, user, &claims) {
        let event = event(cx, parts, "ChangePassword", who.account(), who.actor());
        cx.server
            .audit
            .record(event.failed(error.code, &error.message));
        return Err(error);
    }
    let password = fields.text("newPassword")?;
    let login = user.login.as_ref().ok_or_else(|| ApiError::from(gone()))?;
    ensure_allowed(cx, &who, user, login, password).await?;
    let hash = cx.server.passwords.hash(password).await?;
    let now_ms = cx.server.clock.now_ms();
    let office = cx.server.office();
    office
        .change(who.account(), |directory| {
            let user = directory.users().by_id(&user.id);
            let mut user = User::clone(user.ok_or_else(gone)?);
            user.sessions_after_ms = accounts::after(now_ms, user.sessions_after_ms);
            let login = user.login.as_ref().ok_or_else(gone)?;
            user.login = Some(passwords::set(login, hash.clone(), now_ms, false));
            directory.put(user);
            Ok(())
        })
        .await?;
    let event = event(cx, parts, "ChangePassword", who.account(), who.actor());
    cx.server.audit.record(event);
    let directories = &cx.server.directories;
    let directory = directories.read(&cx.server.store, who.account()).await?;
    let user = directory.users().by_id(&user.id).cloned();
    let who = Who { directory, user };
    match proceed(cx, parts, who, claims.mfa_ms).await? {
        Verdict::Right(reply) | Verdict::Half(reply) => Ok(reply),
        Verdict::Wrong => Err(gone().into()),
    }
}

/// As for the operation ChangePassword: a user whom no policy lets change its password has to
/// ask an administrator.
fn ensure_may_change(
    cx: &Cx,
    parts: &Parts,
    who: &Who,
    user: &Arc<User>,
    claims: &Claims,
) -> Result<(), ApiError> {
    let session = Session {
        // What is held of its policies is held by this; no key is called so.
        access_key_id: format!("sign-in of {}", user.id),
        ..claims.session(who)
    };
    let caller = Caller {
        account: who.account(),
        identity: Identity::User(Arc::clone(user)),
        access_key_id: session.access_key_id.clone(),
        session: Some(Arc::new(session)),
        directory: Arc::clone(&who.directory),
        source: source_of(cx, parts),
    };
    ensure_may_change_password(cx, &caller, user)
        .map_err(|error| ApiError::new("AccessDenied", 403, error.message))
}

async fn change_of_root(cx: &Cx, parts: &Parts, fields: &Fields) -> Result<Reply, ApiError> {
    let (claims, who) = session::changing(cx, parts, fields).await?;
    if who.user.is_some() {
        return Err(invalid(
            "Users change their passwords with iam:ChangePassword.",
        ));
    }
    let server = &cx.server;
    let account = server.store.account(who.account()).await?;
    let account = account.ok_or_else(|| ApiError::from(gone()))?;
    let (old, new) = (fields.text("currentPassword")?, fields.text("newPassword")?);
    if let Some(fault) = signup::password_fault(new, &account.email, &account.name) {
        return Err(ApiError::new("InvalidPassword", 400, fault));
    }
    guarded(cx, parts, who.key("password"), false, async {
        let hash = account.root_password_hash.as_deref();
        if !server.passwords.verify(old, hash).await? {
            return Ok(Verdict::Wrong);
        }
        let hash = PasswordHash(server.passwords.hash(new).await?);
        server
            .office()
            .set_root_password(account.id, &hash, false)
            .await?;
        let event = event(cx, parts, "PasswordUpdated", account.id, who.actor());
        server.audit.record(event);
        let directory = server.directories.read(&server.store, account.id).await?;
        let who = Who {
            directory,
            user: None,
        };
        let claims = Claims::new(cx, &who, Step::Session, claims.mfa_ms);
        let mut reply = reply::json(200, claims.told(cx, &who).await?.to_string());
        session::set_cookie(cx, parts, &mut reply, &claims.seal(cx).await?);
        Ok(Verdict::Right(reply))
    })
    .await
}

/// The account's policy, or without one the console's own rule. A password that must be
/// changed is changed: the same one will not do, whatever the policy says.
async fn ensure_allowed(
    cx: &Cx,
    who: &Who,
    user: &User,
    login: &LoginProfile,
    password: &str,
) -> Result<(), ApiError> {
    let policy = who.directory.settings().password_policy.as_ref();
    passwords::check(policy, password, &[&user.name])?;
    let mut barred = passwords::barred(policy, login);
    if barred.is_empty() {
        barred.push(login.hash.clone());
    }
    match cx.server.passwords.verify_any(password, &barred).await? {
        true => Err(passwords::used_before().into()),
        false => Ok(()),
    }
}

//! A new password for a root user who has lost its own: a token goes to its address.
//!
//! The answer is the same whatever the address. A token has 190 random bits, counts once
//! and for half an hour, and no longer when the password was set meanwhile. An MFA device
//! is asked for all the same.

use hyper::http::request::Parts;
use kvs::account::{AccountState, PasswordHash};
use kvs::limits;
use kvs::signup::{self, Channel, Reset};
use serde_json::json;
use store::error::StoreError;

use super::{Who, device, event};
use crate::audit::Actor;
use crate::delivery::{Message, Purpose};
use crate::http::auth::Peer;
use crate::http::fields::Fields;
use crate::http::reply::{self, Reply};
use crate::ops::{ApiError, Cx};
use crate::server;
use crate::signup::digest_of;
use crate::throttle::Key;

/// `POST /signin/reset`: asks for a token.
///
/// # Errors
///
/// A missing address; the store's.
pub(super) async fn ask(cx: &Cx, parts: &Parts, fields: &Fields) -> Result<Reply, ApiError> {
    let server = &cx.server;
    let email = fields.text("email")?.trim().to_owned();
    let now_ms = server.clock.now_ms();
    let peer = Key::of_address(parts.extensions.get::<Peer>().map(|peer| peer.ip));
    let sends = &server.gate.sends;
    let is_counted = sends
        .count(peer, limits::SIGNUPS_PER_HOUR_MAX, now_ms)
        .is_ok()
        && sends
            .count(
                Key::new("reset", &email.to_lowercase()),
                limits::SENDS_PER_HOUR_MAX,
                now_ms,
            )
            .is_ok();
    if is_counted {
        let (cx, parts) = (cx.clone(), parts.clone());
        // In a task of its own, so that the answer takes as long whatever the address.
        tokio::spawn(async move {
            if let Err(error) = issue(&cx, &parts, &email).await {
                let (code, cause) = (error.code, error.cause);
                tracing::error!(code, cause, "a token for a new password was not made");
            }
        });
    }
    let message = "If an account has this address, a token is on its way to it.";
    let told = json!({ "status": "Asked", "message": message });
    Ok(reply::json(200, told.to_string()))
}

async fn issue(cx: &Cx, parts: &Parts, email: &str) -> Result<(), ApiError> {
    let server = &cx.server;
    let Some(account) = server.store.account_by_email(email).await? else {
        return Ok(());
    };
    if account.state != AccountState::Active {
        return Ok(());
    }
    let token = server::random_alphanumerics(32);
    let now_ms = server.clock.now_ms();
    let directory = server.directories.read(&server.store, account.id).await?;
    let changed_ms = directory.settings().root.password_changed_ms.unwrap_or(0);
    let reset = Reset {
        account: account.id,
        // After the last change, though the clock may have been set back since.
        issued_ms: now_ms.max(changed_ms.saturating_add(1)),
        expires_ms: now_ms + limits::RESET_MS_MAX,
        tries_left: limits::CODE_TRIES_MAX,
    };
    let id = digest_of(&token);
    server.store.put_reset(&id, None, Some(&reset)).await?;
    let actor = Actor::root(account.id);
    let event = event(cx, parts, "PasswordRecoveryRequested", account.id, actor);
    server.audit.record(event);
    let message = Message {
        channel: Channel::Email,
        to: account.email,
        purpose: Purpose::ResetPassword,
        link: Some(link(server.public_url(), &token)),
        code: Some(token),
    };
    server.courier.send(&server.config, message);
    Ok(())
}

/// `POST /signin/reset/complete`: sets the password. Without the code of an MFA device
/// that is needed the answer is `MfaRequired`, and the token still counts.
///
/// # Errors
///
/// `InvalidToken`; what is wrong with the password.
pub(super) async fn complete(cx: &Cx, parts: &Parts, fields: &Fields) -> Result<Reply, ApiError> {
    let server = &cx.server;
    let id = digest_of(fields.text("token")?.trim());
    let password = fields.text("newPassword")?;
    let (reset, who) = found(cx, &id).await?;
    let account = server.store.account(reset.account).await?;
    let account = account.ok_or_else(no_token)?;
    if let Some(fault) = signup::password_fault(password, &account.email, &account.name) {
        return Err(ApiError::new("InvalidPassword", 400, fault));
    }
    let needs_code = device::of(&who).next().is_some();
    let code = fields.optional("code");
    if needs_code && code.is_none() {
        let told = json!({ "status": "MfaRequired" }).to_string();
        return Ok(reply::json(200, told));
    }
    // Before the token is used up: hashing is refused while too much waits for it.
    let hash = PasswordHash(server.passwords.hash(password).await?);
    if let Some(code) = code.filter(|_| needs_code) {
        // Noted before it is looked at: no more are heard at once than one by one.
        let mut less = reset.clone();
        less.tries_left = less.tries_left.checked_sub(1).ok_or_else(no_token)?;
        exchange(cx, &id, &reset, Some(&less)).await?;
        if !device::accept(cx, &who, &code.replace(' ', ""), None).await? {
            let message = "This is not a code of your MFA device.";
            return Err(ApiError::new("InvalidAuthenticationCode", 403, message));
        }
        exchange(cx, &id, &less, None).await?;
    } else {
        exchange(cx, &id, &reset, None).await?;
    }
    server
        .office()
        .set_root_password(account.id, &hash, false)
        .await?;
    let event = event(
        cx,
        parts,
        "PasswordRecoveryCompleted",
        account.id,
        Actor::root(account.id),
    );
    server.audit.record(event);
    Ok(reply::json(
        200,
        json!({ "status": "PasswordChanged" }).to_string(),
    ))
}

/// The page where a token is used. The token stands behind `#`, which browsers send to
/// nobody: it is in no log and no referrer.
fn link(public_url: &str, token: &str) -> String {
    format!("{public_url}/signin/reset/complete#{token}")
}

async fn found(cx: &Cx, id: &str) -> Result<(Reset, Who), ApiError> {
    let server = &cx.server;
    let reset = server.store.reset(id).await?.ok_or_else(no_token)?;
    let directory = server
        .directories
        .read(&server.store, reset.account)
        .await?;
    let changed_ms = directory.settings().root.password_changed_ms.unwrap_or(0);
    let is_good = server.clock.now_ms() < reset.expires_ms
        && changed_ms < reset.issued_ms
        && directory.state() == AccountState::Active;
    let who = Who {
        directory,
        user: None,
    };
    is_good.then_some((reset, who)).ok_or_else(no_token)
}

async fn exchange(cx: &Cx, id: &str, old: &Reset, new: Option<&Reset>) -> Result<(), ApiError> {
    match cx.server.store.put_reset(id, Some(old), new).await {
        Err(StoreError::Conflict) => Err(no_token()),
        other => Ok(other?),
    }
}

fn no_token() -> ApiError {
    let message = "This token is not one of ours, or it is used up or too old.";
    ApiError::new("InvalidToken", 403, message)
}

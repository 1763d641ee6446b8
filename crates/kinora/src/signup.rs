//! Signing up for an account: `/signup`.
//!
//! Each step is a `POST` with JSON or an HTML form and is answered in JSON, with the next
//! step in `next`. Whether an address has an account already is told to who reads its mail
//! and to nobody else: the answers are the same, and the code that never came is wrong.
//! (Without mail, `[delivery] email = "disabled"`, that cannot be hidden.)

use std::sync::atomic::Ordering;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::hmac;
use hyper::http::request::Parts;
use kvs::account::{AccountState, PasswordHash};
use kvs::limits;
use kvs::signup::{self, Challenge, Channel, Signup, Tried};
use serde_json::{Value, json};
use store::error::StoreError;

use crate::accounts::NewAccount;
use crate::config::accounts::{Activation, EmailDelivery, PhoneDelivery, SignupMode};
use crate::delivery::{Message, Purpose};
use crate::http::auth::Peer;
use crate::http::fields::{Fields, invalid};
use crate::http::origin;
use crate::http::reply::{self, Reply};
use crate::ops::{ApiError, Cx};
use crate::server;
use crate::throttle::Key;

/// Answers a request under `/signup`; `rest` is what follows.
///
/// # Errors
///
/// What is wrong with a step, as a code and a message.
pub async fn serve(cx: &Cx, parts: &Parts, rest: &str, body: &[u8]) -> Result<Reply, ApiError> {
    let config = &cx.server.config;
    match (parts.method.as_str(), rest) {
        ("GET" | "HEAD", "") => return Ok(reply::json(200, steps(cx).to_string())),
        ("POST", "" | "email" | "phone" | "resend") => {}
        _ => return Err(ApiError::not_found("There is no such step of sign-up.")),
    }
    origin::check(parts, config)?;
    if config.signup.mode == SignupMode::Closed {
        let message = "Nobody can sign up here; the operator makes accounts.";
        return Err(ApiError::new("SignUpClosed", 403, message));
    }
    let fields = Fields::parse(parts, body)?;
    let told = match rest {
        "" => begin(cx, parts, &fields).await?,
        "email" => prove(cx, &fields, Channel::Email).await?,
        "phone" => prove(cx, &fields, Channel::Phone).await?,
        _ => resend(cx, &fields).await?,
    };
    Ok(reply::json(200, told.to_string()))
}

/// The digest under which a secret that only its owner has is kept.
pub fn digest_of(secret: &str) -> String {
    let digest = digest(&SHA256, secret.as_bytes());
    let hex = digest.as_ref().iter().map(|byte| format!("{byte:02x}"));
    hex.collect()
}

/// What a page needs to know to ask the right questions.
fn steps(cx: &Cx) -> Value {
    let config = &cx.server.config;
    let mode = match config.signup.mode {
        SignupMode::Open => "open",
        SignupMode::Invite => "invite",
        SignupMode::Closed => "closed",
    };
    json!({
        "signUp": mode,
        "verifiesEmail": config.delivery.email != EmailDelivery::Disabled,
        "verifiesPhone": config.delivery.phone != PhoneDelivery::Disabled,
        // A page then says where the code is: with the operator.
        "logsEmail": config.delivery.email == EmailDelivery::Log,
        "logsPhone": config.delivery.phone == PhoneDelivery::Log,
        "activation": match config.signup.activation {
            Activation::Automatic => "automatic",
            Activation::Operator => "operator",
        },
    })
}

async fn begin(cx: &Cx, parts: &Parts, fields: &Fields) -> Result<Value, ApiError> {
    let server = &cx.server;
    let (config, now_ms) = (&server.config, server.clock.now_ms());
    let asked = Asked::read(cx, fields)?;
    let invitation = invited(cx, fields).await?;
    let peer = parts.extensions.get::<Peer>().map(|peer| peer.ip);
    let counted =
        server
            .gate
            .starts
            .count(Key::of_address(peer), limits::SIGNUPS_PER_HOUR_MAX, now_ms);
    counted.map_err(|_| later("Too many sign-ups come from your address."))?;
    if server.gate.signups.load(Ordering::Relaxed) >= limits::SIGNUPS_MAX {
        return Err(later("Too many sign-ups are under way."));
    }
    let verifies = config.delivery.email != EmailDelivery::Disabled;
    if verifies {
        count_send(cx, Channel::Email, &asked.email)?;
    }
    let hash = server.passwords.hash(&asked.password).await?;
    let id = server::random_alphanumerics(32);
    let signup = Signup {
        email: asked.email,
        name: asked.name,
        phone: asked.phone,
        password: PasswordHash(hash),
        invitation,
        email_verified: false,
        challenge: Challenge::new(Channel::Email, None, now_ms),
        expires_ms: now_ms + limits::SIGNUP_MS_MAX,
    };
    let key = digest_of(&id);
    server.store.put_signup(&key, None, &signup).await?;
    server.gate.signups.fetch_add(1, Ordering::Relaxed);
    if verifies {
        challenge(cx, &id, &signup, Channel::Email).await
    } else {
        after_email(cx, &id, signup).await
    }
}

/// What somebody asks for, checked.
struct Asked {
    email: String,
    name: String,
    phone: Option<String>,
    password: String,
}

impl Asked {
    fn read(cx: &Cx, fields: &Fields) -> Result<Asked, ApiError> {
        let (email, name) = (
            fields.text("email")?.trim(),
            fields.text("accountName")?.trim(),
        );
        let password = fields.text("password")?;
        if !signup::is_email(email) {
            return Err(invalid("This is no e-mail address of 5 to 64 characters."));
        }
        if !signup::is_account_name(name) {
            return Err(invalid("An account's name has 1 to 50 characters."));
        }
        if let Some(fault) = signup::password_fault(password, email, name) {
            return Err(ApiError::new("InvalidPassword", 400, fault));
        }
        let phone = match fields.optional("phone") {
            Some(text) => {
                let number = signup::phone(text);
                let fault = || invalid("A telephone number looks like +15550100.");
                Some(number.ok_or_else(fault)?)
            }
            None if cx.server.config.delivery.phone == PhoneDelivery::Disabled => None,
            None => return Err(invalid("The field phone is missing.")),
        };
        Ok(Asked {
            email: email.to_owned(),
            name: name.to_owned(),
            phone,
            password: password.to_owned(),
        })
    }
}

/// The digest of the invitation, where one is needed.
async fn invited(cx: &Cx, fields: &Fields) -> Result<Option<String>, ApiError> {
    let server = &cx.server;
    if server.config.signup.mode != SignupMode::Invite {
        return Ok(None);
    }
    let id = digest_of(fields.optional("invitation").unwrap_or_default().trim());
    let expires_ms = server.store.invitation(&id).await?;
    match expires_ms.is_some_and(|expires_ms| server.clock.now_ms() < expires_ms) {
        true => Ok(Some(id)),
        false => Err(ApiError::new(
            "InvitationRequired",
            403,
            "To sign up takes an invitation that is not used or expired.",
        )),
    }
}

/// Sends a code and notes it in the place of the one before. The sending was counted.
async fn challenge(cx: &Cx, id: &str, old: &Signup, channel: Channel) -> Result<Value, ApiError> {
    let server = &cx.server;
    let taken =
        channel == Channel::Email && server.store.account_by_email(&old.email).await?.is_some();
    let code = random_code();
    let digest = code_digest(cx, id, channel, &code).await?;
    let mut new = old.clone();
    new.challenge = Challenge::new(channel, (!taken).then_some(digest), server.clock.now_ms());
    match server
        .store
        .put_signup(&digest_of(id), Some(old), &new)
        .await
    {
        Ok(()) => {}
        Err(StoreError::Conflict) => return Err(at_once()),
        Err(error) => return Err(error.into()),
    }
    let to = match channel {
        Channel::Email => Some(old.email.clone()),
        Channel::Phone => old.phone.clone(),
    };
    let message = Message {
        channel,
        to: to.unwrap_or_default(),
        purpose: if taken {
            Purpose::AddressTaken
        } else {
            Purpose::SignUp
        },
        code: (!taken).then_some(code),
        link: None,
    };
    server.courier.send(&server.config, message);
    Ok(waiting(id, &new))
}

async fn prove(cx: &Cx, fields: &Fields, channel: Channel) -> Result<Value, ApiError> {
    let server = &cx.server;
    let id = fields.text("signUpId")?;
    let code: String = fields.text("code")?.chars().filter(|c| *c != ' ').collect();
    for _ in 0..ATTEMPTS {
        let old = found(cx, id).await?;
        if old.challenge.channel != channel {
            return Err(invalid(format!("The next step is {}.", next(&old))));
        }
        let digest = code_digest(cx, id, channel, &code).await?;
        let mut new = old.clone();
        let tried = new.challenge.offer(&digest, server.clock.now_ms());
        new.email_verified |= tried == Tried::Right && channel == Channel::Email;
        match server
            .store
            .put_signup(&digest_of(id), Some(&old), &new)
            .await
        {
            Ok(()) => {}
            // Another try was first, and counts.
            Err(StoreError::Conflict) => continue,
            Err(error) => return Err(error.into()),
        }
        return match (tried, channel) {
            (Tried::Right, Channel::Email) => after_email(cx, id, new).await,
            (Tried::Right, Channel::Phone) => finish(cx, id, new, true).await,
            (Tried::Wrong, _) => Err(ApiError::new(
                "InvalidCode",
                403,
                "This is not the code, or it is used up or too old.",
            )),
            (Tried::Exhausted, _) => Err(ApiError::new(
                "TooManyTries",
                403,
                "This code was tried too often. Ask for another one at /signup/resend.",
            )),
        };
    }
    Err(at_once())
}

async fn resend(cx: &Cx, fields: &Fields) -> Result<Value, ApiError> {
    let id = fields.text("signUpId")?;
    let signup = found(cx, id).await?;
    let channel = signup.challenge.channel;
    let to = match channel {
        Channel::Email => Some(&signup.email),
        Channel::Phone => signup.phone.as_ref(),
    };
    if let Some(to) = to {
        count_send(cx, channel, to)?;
    }
    challenge(cx, id, &signup, channel).await
}

async fn after_email(cx: &Cx, id: &str, signup: Signup) -> Result<Value, ApiError> {
    let verifies = cx.server.config.delivery.phone != PhoneDelivery::Disabled;
    match &signup.phone {
        Some(phone) if verifies => {
            if count_send(cx, Channel::Phone, phone).is_ok() {
                return challenge(cx, id, &signup, Channel::Phone).await;
            }
            // The step is this one all the same; a code comes when one is asked for later.
            let mut new = signup.clone();
            new.challenge = Challenge::new(Channel::Phone, None, cx.server.clock.now_ms());
            let key = digest_of(id);
            cx.server
                .store
                .put_signup(&key, Some(&signup), &new)
                .await?;
            Ok(waiting(id, &new))
        }
        _ => finish(cx, id, signup, false).await,
    }
}

/// Makes the account.
async fn finish(
    cx: &Cx,
    id: &str,
    signup: Signup,
    phone_verified: bool,
) -> Result<Value, ApiError> {
    let server = &cx.server;
    let new = NewAccount {
        email: signup.email,
        name: signup.name,
        phone: signup.phone,
        password: signup.password,
        state: match server.config.signup.activation {
            Activation::Automatic => AccountState::Active,
            Activation::Operator => AccountState::Pending,
        },
        email_verified: signup.email_verified,
        phone_verified,
    };
    let invitation = signup.invitation.as_deref();
    let key = digest_of(id);
    let account = server.office().create(new, Some(&key), invitation).await?;
    let account = account.ok_or_else(|| {
        let message = "The address or the invitation was used by another sign-up meanwhile.";
        ApiError::new("SignUpFailed", 409, message)
    })?;
    let left = |count: usize| Some(count.saturating_sub(1));
    let _ = server
        .gate
        .signups
        .fetch_update(Ordering::Relaxed, Ordering::Relaxed, left);
    let (account_id, state) = (account.id, account.state.as_str());
    tracing::info!(account = %account_id, state, "an account was signed up for");
    Ok(json!({
        "next": "SignIn",
        "accountId": account_id.as_str(),
        "state": state,
        "signInUrl": format!("{}/signin/{account_id}", server.public_url()),
    }))
}

async fn found(cx: &Cx, id: &str) -> Result<Signup, ApiError> {
    let server = &cx.server;
    let signup = server.store.signup(&digest_of(id)).await?;
    let now_ms = server.clock.now_ms();
    signup
        .filter(|signup| now_ms < signup.expires_ms)
        .ok_or_else(|| {
            let message = "There is no such sign-up, or it took longer than an hour. Begin again.";
            ApiError::new("NoSuchSignUp", 404, message)
        })
}

fn count_send(cx: &Cx, channel: Channel, to: &str) -> Result<(), ApiError> {
    let kind = match channel {
        Channel::Email => "email",
        Channel::Phone => "phone",
    };
    let key = Key::new(kind, &to.to_lowercase());
    let now_ms = cx.server.clock.now_ms();
    let counted = cx
        .server
        .gate
        .sends
        .count(key, limits::SENDS_PER_HOUR_MAX, now_ms);
    counted.map_err(|_| later("Enough codes were sent there within an hour."))
}

/// What a code is kept as: only the server can make it, and only for this sign-up.
async fn code_digest(
    cx: &Cx,
    id: &str,
    channel: Channel,
    code: &str,
) -> Result<[u8; 32], ApiError> {
    let secret = cx.server.store.secret("sign-up codes").await?;
    let key = hmac::Key::new(hmac::HMAC_SHA256, &secret);
    let channel = match channel {
        Channel::Email => "email",
        Channel::Phone => "phone",
    };
    let tag = hmac::sign(&key, format!("{id}\0{channel}\0{code}").as_bytes());
    let mut digest = [0; 32];
    digest.copy_from_slice(tag.as_ref());
    Ok(digest)
}

/// Six digits, each as likely, because they are typed on telephones.
fn random_code() -> String {
    let number = u64::from_le_bytes(server::random()) % 1_000_000;
    format!("{number:06}")
}

fn waiting(id: &str, signup: &Signup) -> Value {
    let expires = aws::value::Timestamp(signup.challenge.expires_ms as i64);
    json!({ "signUpId": id, "next": next(signup), "codeExpires": expires.to_iso8601() })
}

fn next(signup: &Signup) -> &'static str {
    match signup.challenge.channel {
        Channel::Email => "VerifyEmail",
        Channel::Phone => "VerifyPhone",
    }
}

fn later(what: &str) -> ApiError {
    let message = format!("{what} Please try again later.");
    ApiError::new("TooManyRequests", 429, message)
}

fn at_once() -> ApiError {
    let message = "This sign-up went on in another request at the same time.";
    ApiError::new("Conflict", 409, message)
}

const ATTEMPTS: usize = 8;

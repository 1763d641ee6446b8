//! The session of somebody who signed in, and the steps on the way to it.
//!
//! A session is a cookie with sealed claims; the server keeps nothing. It ends after twelve
//! hours, and before that when its owner signs out, when the password changes or is taken
//! away, when the user is deleted and when the account is no longer in use: all that is
//! looked at anew with every request. To sign out is to end all sessions of the same owner,
//! temporary credentials among them.

use std::collections::BTreeMap;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::constant_time;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hyper::http::request::Parts;
use kvs::account::AccountState;
use kvs::iam::session::SIGN_IN_KEY;
use kvs::iam::{EntityId, Session, SessionKind, Settings, User};
use kvs::limits;
use kvs::name::AccountId;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Who, event, gone};
use crate::accounts;
use crate::http::auth::Peer;
use crate::http::fields::{Fields, invalid};
use crate::http::reply::{self, Reply};
use crate::ops::{ApiError, Cx, sts};
use crate::server;

/// What a token is for. None passes for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Step {
    /// A session.
    Session,
    /// A code of an MFA device is waited for.
    Mfa,
    /// Another password is waited for.
    Password,
}

/// What is sealed into a token.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Claims {
    step: Step,
    account: String,
    user: Option<String>,
    issued_ms: u64,
    expires_ms: u64,
    /// When a code of an MFA device was right, milliseconds since the epoch.
    pub mfa_ms: Option<u64>,
    csrf: String,
}

impl Claims {
    /// Of somebody, for a step, from now on.
    pub fn new(cx: &Cx, who: &Who, step: Step, mfa_ms: Option<u64>) -> Claims {
        let lasts_ms = match step {
            Step::Session => limits::SIGNIN_MS_MAX,
            Step::Mfa | Step::Password => limits::SIGNIN_STEP_MS_MAX,
        };
        let now_ms = cx.server.clock.now_ms();
        Claims {
            step,
            account: who.account().to_string(),
            user: who.user.as_ref().map(|user| user.id.to_string()),
            // Sessions that were ended a moment ago end before this one.
            issued_ms: now_ms.max(who.sessions_after_ms()),
            expires_ms: now_ms + lasts_ms,
            mfa_ms,
            csrf: server::random_alphanumerics(32),
        }
    }

    /// The token.
    ///
    /// # Errors
    ///
    /// The store's.
    pub async fn seal(&self, cx: &Cx) -> Result<String, ApiError> {
        let key = key(cx).await?;
        let nonce = server::random::<NONCE_LEN>();
        let mut fields = serde_json::to_vec(self)
            .map_err(|error| ApiError::internal(format!("sealing a session: {error}")))?;
        let unique = Nonce::assume_unique_for_key(nonce);
        key.seal_in_place_append_tag(unique, Aad::from(PURPOSE), &mut fields)
            .map_err(|_| ApiError::internal("a session cannot be sealed"))?;
        Ok(URL_SAFE_NO_PAD.encode([&nonce[..], &fields].concat()))
    }

    /// Whose token this is, if it is one for this step and still counts.
    ///
    /// # Errors
    ///
    /// The store's.
    pub async fn open(cx: &Cx, token: &str, step: Step) -> Result<Option<(Claims, Who)>, ApiError> {
        if token.len() > TOKEN_BYTES_MAX {
            return Ok(None);
        }
        let key = key(cx).await?;
        let opened = || {
            let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
            let (nonce, sealed) = bytes.split_first_chunk::<NONCE_LEN>()?;
            let nonce = Nonce::assume_unique_for_key(*nonce);
            let mut sealed = sealed.to_vec();
            let fields = key
                .open_in_place(nonce, Aad::from(PURPOSE), &mut sealed)
                .ok()?;
            serde_json::from_slice::<Claims>(fields).ok()
        };
        let Some(claims) = opened() else {
            return Ok(None);
        };
        if claims.step != step || cx.server.clock.now_ms() >= claims.expires_ms {
            return Ok(None);
        }
        let who = claims.who(cx).await?;
        Ok(who.map(|who| (claims, who)))
    }

    async fn who(&self, cx: &Cx) -> Result<Option<Who>, ApiError> {
        let server = &cx.server;
        let Some(account) = AccountId::parse(&self.account) else {
            return Ok(None);
        };
        let directory = server.directories.read(&server.store, account).await?;
        if directory.state() != AccountState::Active {
            return Ok(None);
        }
        let user = match &self.user {
            None => None,
            Some(id) => {
                let user = directory.users().by_id(&EntityId::new(id));
                let user = user.filter(|user| user.login.is_some());
                let Some(user) = user.cloned() else {
                    return Ok(None);
                };
                Some(user)
            }
        };
        let who = Who { directory, user };
        Ok((self.issued_ms >= who.sessions_after_ms()).then_some(who))
    }

    /// What a session claims in the terms of temporary credentials, before it has any.
    pub fn session(&self, who: &Who) -> Session {
        let kind = match &who.user {
            Some(user) => SessionKind::User(user.id.clone()),
            None => SessionKind::Root,
        };
        Session {
            mfa_ms: self.mfa_ms,
            context: BTreeMap::from([(SIGN_IN_KEY.to_owned(), "true".to_owned())]),
            ..Session::new(who.account(), kind, self.issued_ms, self.expires_ms)
        }
    }

    /// What a page is told of a session.
    ///
    /// # Errors
    ///
    /// The store's.
    pub async fn told(&self, cx: &Cx, who: &Who) -> Result<Value, ApiError> {
        let expires = aws::value::Timestamp(self.expires_ms as i64).to_iso8601();
        let account = cx.server.store.account(who.account()).await?;
        let mut told = json!({
            "status": "SignedIn",
            "type": if who.user.is_some() { "User" } else { "Root" },
            "accountId": self.account,
            "accountName": account.as_ref().map(|account| account.name.as_str()),
            "accountAlias": who.directory.settings().alias,
            "arn": who.arn(),
            "mfaAuthenticated": self.mfa_ms.is_some(),
            "expires": expires,
            "region": cx.server.config.region,
            "csrfToken": self.csrf,
        });
        match &who.user {
            Some(user) => {
                told["userName"] = user.name.as_str().into();
                told["userId"] = user.id.as_str().into();
            }
            None => told["email"] = account.map(|account| account.email).into(),
        }
        Ok(told)
    }
}

/// The session of a request, by its cookie.
///
/// # Errors
///
/// `NotSignedIn`.
pub async fn current(cx: &Cx, parts: &Parts) -> Result<(Claims, Who), ApiError> {
    let cookies = parts.headers.get_all("cookie").iter();
    let cookies = cookies.filter_map(|value| value.to_str().ok());
    let pairs = cookies.flat_map(|value| value.split(';'));
    let name = cookie_name(is_secure(cx, parts));
    for pair in pairs {
        let Some((found, token)) = pair.trim().split_once('=') else {
            continue;
        };
        if found == name
            && let Some(session) = Claims::open(cx, token, Step::Session).await?
        {
            return Ok(session);
        }
    }
    let message = "You are not signed in, or your session has ended.";
    Err(ApiError::new(NOT_SIGNED_IN, 401, message))
}

/// The session of a request that changes something: it must also bring the session's own
/// `csrfToken`, which pages of other sites cannot read, in the header `X-CSRF-Token` or in
/// a field. Its origin was looked at before.
///
/// # Errors
///
/// `NotSignedIn`, `InvalidCsrfToken`.
pub async fn changing(cx: &Cx, parts: &Parts, fields: &Fields) -> Result<(Claims, Who), ApiError> {
    let (claims, who) = current(cx, parts).await?;
    let header = parts.headers.get("x-csrf-token");
    let header = header.and_then(|value| value.to_str().ok());
    let token = header.or_else(|| fields.optional("csrfToken"));
    let token = token.unwrap_or_default().as_bytes();
    match constant_time::verify_slices_are_equal(token, claims.csrf.as_bytes()) {
        Ok(()) => Ok((claims, who)),
        Err(_) => Err(ApiError::new(
            "InvalidCsrfToken",
            403,
            "Send the session's csrfToken in the header X-CSRF-Token.",
        )),
    }
}

/// `GET /signin/session`: who is signed in. With the query `optional`, nobody is `null`
/// and no refusal, which browsers would show as a fault of the page.
///
/// # Errors
///
/// `NotSignedIn`.
pub async fn tell(cx: &Cx, parts: &Parts) -> Result<Reply, ApiError> {
    let (claims, who) = match current(cx, parts).await {
        Err(error) if error.code == NOT_SIGNED_IN && parts.uri.query() == Some("optional") => {
            return Ok(reply::json(200, Value::Null.to_string()));
        }
        found => found?,
    };
    let told = claims.told(cx, &who).await?;
    Ok(reply::json(200, told.to_string()))
}

/// `POST /signin/signout`: ends all sessions of who is signed in.
///
/// # Errors
///
/// `NotSignedIn`, `InvalidCsrfToken`.
pub async fn end(cx: &Cx, parts: &Parts, fields: &Fields) -> Result<Reply, ApiError> {
    let (_, who) = changing(cx, parts, fields).await?;
    let now_ms = cx.server.clock.now_ms();
    cx.server
        .office()
        .change(who.account(), |directory| {
            let Some(user) = &who.user else {
                let mut settings = Settings::clone(directory.settings());
                let root = &mut settings.root;
                root.sessions_after_ms = accounts::after(now_ms, root.sessions_after_ms);
                directory.put(settings);
                return Ok(());
            };
            let user = directory.users().by_id(&user.id);
            let mut user = User::clone(user.ok_or_else(gone)?);
            user.sessions_after_ms = accounts::after(now_ms, user.sessions_after_ms);
            directory.put(user);
            Ok(())
        })
        .await?;
    let event = event(cx, parts, "SignOut", who.account(), who.actor());
    cx.server.audit.record(event);
    let mut reply = reply::json(200, json!({ "status": "SignedOut" }).to_string());
    let name = cookie_name(is_secure(cx, parts));
    let secure = if is_secure(cx, parts) { "; Secure" } else { "" };
    let cookie = format!("{name}=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict{secure}");
    reply::header(&mut reply, "set-cookie", &cookie);
    Ok(reply)
}

/// `POST /signin/credentials`: temporary credentials of who is signed in, so that a page
/// can sign calls itself. They end with the session at the latest; `durationSeconds` is
/// 900 to 43 200, 3600 unless given.
///
/// # Errors
///
/// `NotSignedIn`, `InvalidCsrfToken`, `InvalidRequest`; the store's.
pub async fn credentials(cx: &Cx, parts: &Parts, fields: &Fields) -> Result<Reply, ApiError> {
    let (claims, who) = changing(cx, parts, fields).await?;
    let duration_s = fields.optional("durationSeconds").unwrap_or("3600");
    let duration_s = duration_s.parse::<u64>().ok();
    let duration_s = duration_s.filter(|seconds| (900..=43_200).contains(seconds));
    let duration_s = duration_s.ok_or_else(|| invalid("durationSeconds is 900 to 43200."))?;
    let issued_ms = cx.server.clock.now_ms().max(who.sessions_after_ms());
    let session = Session {
        issued_ms,
        expires_ms: claims.expires_ms.min(issued_ms + duration_s * 1000),
        ..claims.session(&who)
    };
    let made = sts::credentials::make(cx, session, None).await?;
    let event = event(
        cx,
        parts,
        "GetSigninCredentials",
        who.account(),
        who.actor(),
    );
    let key_id = made.credentials.access_key_id.as_str();
    let event = event.response(json!({ "accessKeyId": key_id }));
    cx.server.audit.record(event);
    let told = json!({
        "accessKeyId": key_id,
        "secretAccessKey": made.credentials.secret_access_key.0,
        "sessionToken": made.credentials.session_token.0,
        "expiration": made.credentials.expiration.to_iso8601(),
        "region": cx.server.config.region,
    });
    Ok(reply::json(200, told.to_string()))
}

/// Gives the session to the browser, out of reach of scripts and other sites.
pub fn set_cookie(cx: &Cx, parts: &Parts, reply: &mut Reply, token: &str) {
    let is_secure = is_secure(cx, parts);
    let name = cookie_name(is_secure);
    let secure = if is_secure { "; Secure" } else { "" };
    let age_s = limits::SIGNIN_MS_MAX / 1000;
    let cookie =
        format!("{name}={token}; Path=/; Max-Age={age_s}; HttpOnly; SameSite=Strict{secure}");
    reply::header(reply, "set-cookie", &cookie);
}

/// Over http a browser keeps no cookie that is `Secure`, which the prefix demands.
fn cookie_name(is_secure: bool) -> &'static str {
    match is_secure {
        true => "__Host-kinora-session",
        false => "kinora-session",
    }
}

/// Whether the browser speaks https, to us or to a proxy before us.
fn is_secure(cx: &Cx, parts: &Parts) -> bool {
    let public = cx.server.config.endpoints.public.as_deref();
    let peer = parts.extensions.get::<Peer>();
    peer.is_some_and(|peer| peer.is_secure) || public.is_some_and(|url| url.starts_with("https://"))
}

async fn key(cx: &Cx) -> Result<LessSafeKey, ApiError> {
    let secret = cx.server.store.secret("sign-in sessions").await?;
    let key = UnboundKey::new(&AES_256_GCM, &secret)
        .map_err(|_| ApiError::internal("a key of 32 bytes fits AES-256"))?;
    Ok(LessSafeKey::new(key))
}

const PURPOSE: &[u8] = b"kinora sign-in 1";
const TOKEN_BYTES_MAX: usize = 2048;
const NOT_SIGNED_IN: &str = "NotSignedIn";

//! Who is calling: the signature is checked against the stored secret, and the caller
//! becomes a value that operations and the authorisation seam work with.

use std::borrow::Cow;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use aws::op::Op;
use aws::sigv4::{self, AuthError, Head, KeyCache, KeyId, PayloadHash, Presented, Rules};
use hyper::http::Uri;
use hyper::http::request::Parts;
use kvs::account::AccountState;
use kvs::name::AccountId;

use crate::last_used::LastUses;
use crate::ops::caller::{Identity, Source};
use crate::ops::identity::{self, Claimant};
use crate::ops::{ApiError, Caller};
use crate::server::Server;

/// Checks signatures.
pub struct Authenticator {
    /// When keys and roles were last used.
    pub last_uses: LastUses,
    region: String,
    skew_s: i64,
    keys: Mutex<KeyCache>,
}

/// A request whose signature has the right form; what remains is to check it, which
/// for most operations takes the body.
pub struct Claim {
    presented: Presented,
    /// The key it claims; `None` if there is no such key, which only [`Authenticator`]
    /// tells, and only after as much work as for a wrong signature.
    key: Option<Claimant>,
    now_ms: u64,
}

impl Authenticator {
    /// For a server of this region that tolerates this clock skew.
    pub fn new(region: &str, skew_s: i64) -> Authenticator {
        let keys = Mutex::new(KeyCache::new(SIGNING_KEYS_MAX));
        Authenticator {
            last_uses: LastUses::default(),
            region: region.to_owned(),
            skew_s,
            keys,
        }
    }

    /// Reads what the client claims and looks its key up, from the head alone.
    ///
    /// # Errors
    ///
    /// [`AuthError`] in AWS's words: no or malformed authorization, wrong scope, clock
    /// skew. An unknown or inactive key is told by the check.
    pub async fn claim(
        &self,
        server: &Server,
        parts: &Parts,
        request_id: &str,
    ) -> Result<Claim, ApiError> {
        let mut headers = Vec::with_capacity(parts.headers.len());
        let all = parts.headers.iter();
        headers.extend(all.map(|(name, value)| (name.as_str(), value.as_bytes())));
        let target = target(&parts.uri);
        let head = Head {
            method: parts.method.as_str(),
            target: &target,
            headers: &headers,
        };
        let now_s = (server.clock.signing_ms() / 1000) as i64;
        // All Query requests, and only these, are sent to the root.
        let skew_s = match parts.uri.path() {
            "/" | "" => self.skew_s.max(QUERY_SKEW_S),
            _ => self.skew_s,
        };
        let rules = Rules {
            now_s,
            region: &self.region,
            services: SERVICES,
            skew_s,
        };
        let presented = Presented::parse(&head, &rules).map_err(refusal)?;
        let source = source(parts, presented.region(), request_id);
        let (id, token) = (presented.access_key_id(), presented.session_token());
        let key = identity::claimant(server, id, token, source).await?;
        let now_ms = server.clock.now_ms();
        Ok(Claim {
            presented,
            key,
            now_ms,
        })
    }

    /// Checks the signature of a request whose body is part of what was signed.
    ///
    /// # Errors
    ///
    /// [`AuthError`] as [`ApiError`], if the signature or the body's digest is wrong.
    pub fn verify(&self, claim: Claim, body: &[u8]) -> Result<Caller, ApiError> {
        let hash = sigv4::check_body(claim.presented.payload(), body).map_err(refusal)?;
        self.check(claim, &hash)
    }

    /// Checks the signature of a request whose body is a stream and never hashed.
    ///
    /// # Errors
    ///
    /// [`AuthError`] as [`ApiError`], if the signature is wrong.
    pub fn verify_streaming(&self, claim: Claim) -> Result<Caller, ApiError> {
        let hash = match claim.presented.payload() {
            PayloadHash::Header(literal) => literal.clone(),
            PayloadHash::EmptyBody | PayloadHash::FromBody => sigv4::EMPTY_SHA256.to_owned(),
        };
        self.check(claim, &hash)
    }

    fn check(&self, claim: Claim, body_hash: &str) -> Result<Caller, ApiError> {
        let Claim {
            presented,
            key,
            now_ms,
        } = claim;
        let Some(key) = key else {
            // The time an answer takes must not tell whether a key exists.
            let _ = self.verified(&presented, body_hash, "", 0, MADE_UP_SECRET);
            return Err(refusal(AuthError::UnknownKey));
        };
        let id = &key.caller.access_key_id;
        let verified = self.verified(&presented, body_hash, id, key.generation, &key.secret);
        verified.map_err(refusal)?;
        // Only who has the secret learns what became of the account.
        ensure_active(key.caller.account, key.caller.directory.state())?;
        self.note_use(&presented, now_ms, &key.caller);
        Ok(key.caller)
    }

    fn note_use(&self, presented: &Presented, now_ms: u64, caller: &Caller) {
        let (service, region) = (presented.service(), presented.region());
        let note = |id: &str| self.last_uses.note(id, now_ms, service, region);
        if caller.session.is_none() {
            note(&caller.access_key_id);
        }
        if let Identity::Role { role, .. } = &caller.identity {
            note(role.id.as_str());
        }
    }

    /// Whether the signature is made with a secret. Only a key that was seen to be right is
    /// held for the next request: who has no secret cannot fill the cache.
    fn verified(
        &self,
        presented: &Presented,
        body_hash: &str,
        access_key_id: &str,
        generation: u64,
        secret: &str,
    ) -> Result<(), AuthError> {
        let (date, region) = (presented.date(), presented.region());
        let service = presented.service();
        let id = KeyId {
            access_key_id,
            generation,
            date,
            region,
            service,
        };
        // Not a guard that lives as long as the deriving does.
        let known = self.keys().lookup(&id);
        if let Some(key) = known {
            return presented.verify(&key, body_hash);
        }
        let key = sigv4::signing_key(secret, date, region, service);
        presented.verify(&key, body_hash)?;
        self.keys().insert(&id, key);
        Ok(())
    }

    fn keys(&self) -> MutexGuard<'_, KeyCache> {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Claim {
    /// Checks that it was signed for the service of the operation it asks for.
    ///
    /// # Errors
    ///
    /// [`AuthError::Scope`] as [`ApiError`].
    pub fn check_service(&self, op: Op) -> Result<(), ApiError> {
        let service = op.service().signing_name();
        match self.presented.service() == service {
            true => Ok(()),
            false => Err(refusal(AuthError::of_other_service(service))),
        }
    }
}

/// A request's target as it was received, but for what the head's parser has made of it.
fn target(uri: &Uri) -> Cow<'_, str> {
    match uri.path_and_query() {
        // The usual form, which needs no putting together.
        Some(target) if uri.scheme().is_none() && uri.authority().is_none() => {
            target.as_str().into()
        }
        _ => uri.to_string().into(),
    }
}

/// Nothing is done for an account that is not in use.
///
/// # Errors
///
/// 403: `SubscriptionRequiredException`, in Query services `OptInRequired`, which is what
/// AWS answers for accounts that it has not activated or has suspended.
pub fn ensure_active(account: AccountId, state: AccountState) -> Result<(), ApiError> {
    let what = match state {
        AccountState::Active => return Ok(()),
        AccountState::Pending => "is not activated yet",
        AccountState::Suspended => "is suspended",
        AccountState::Closed => "is closed",
    };
    let message = format!(
        "The AWS Access Key Id needs a subscription for the service: account {account} {what}."
    );
    let query = Some(("OptInRequired", 403, message.clone()));
    let error = ApiError::new("SubscriptionRequiredException", 403, message);
    Err(ApiError { query, ..error })
}

/// Whether a refusal is for want of any authentication.
pub fn is_unsigned(error: &ApiError) -> bool {
    error.code == AuthError::MissingToken.code_rest()
}

/// What is known of a request besides its signature. `region` is what it was signed for, or
/// the server's own.
pub fn source(parts: &Parts, region: &str, request_id: &str) -> Source {
    let header = |name: &str| {
        let value = parts.headers.get(name)?;
        Some(String::from_utf8_lossy(value.as_bytes()).into_owned())
    };
    let peer = parts.extensions.get::<Peer>();
    Source {
        ip: peer.map(|peer| peer.ip),
        is_secure: peer.is_some_and(|peer| peer.is_secure),
        user_agent: header("user-agent"),
        referer: header("referer"),
        region: region.to_owned(),
        request_id: request_id.to_owned(),
    }
}

/// The other side of a connection, an extension of each of its requests.
#[derive(Clone, Copy, Debug)]
pub struct Peer {
    /// Its address.
    pub ip: IpAddr,
    /// Whether it speaks TLS.
    pub is_secure: bool,
}

/// An authentication error as the edge's error. The code is restJson's; the Query style
/// has its own names, chosen when the response is made.
pub fn refusal(error: AuthError) -> ApiError {
    let message = error.to_string();
    let is_confidential = matches!(error, AuthError::Incomplete(_) | AuthError::Malformed(_));
    let query = (
        error.code_query(),
        error.status_query(),
        error.message_query(),
    );
    ApiError {
        is_confidential,
        query: Some(query),
        ..ApiError::new(error.code_rest(), error.status(), message)
    }
}

/// Signing names of the services served here.
const SERVICES: &[&str] = &["kinesisvideo", "sts", "iam", "iot"];

/// How far the clocks of IAM's and STS's clients may be off at least, seconds: AWS allows it,
/// and who sets a clock by its answers asks STS first.
const QUERY_SKEW_S: i64 = 900;

/// What signatures of unknown keys are compared with, in vain; as long as a secret is.
const MADE_UP_SECRET: &str = "no such key, so nobody ever signed with.";

/// Access keys whose derived signing keys are held at once. Those of the latest half stay for
/// sure.
const SIGNING_KEYS_MAX: usize = 32_768;

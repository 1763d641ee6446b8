//! Whether a role may be assumed: its trust policy beside the caller's own policies.

use aws::policy::{Context, DocumentKind, Policies, Principal, Request, Source, Sourced, evaluate};
use kvs::iam::Role;
use kvs::name::AccountId;

use crate::ops::authority::{self, Ask};
use crate::ops::{ApiError, Caller, Cx};

/// The role that is asked for.
pub struct Trust<'a> {
    /// Its ARN, as the caller gave it.
    pub role_arn: &'a str,
    /// The role; `None` if there is none, which is answered like a role that trusts nobody.
    pub role: Option<&'a Role>,
    /// The account it belongs to.
    pub account: AccountId,
    /// When the caller proved more than a password, milliseconds since the epoch.
    pub mfa_ms: Option<u64>,
}

/// Whether the caller may do what it asks for to the role. Where both accounts are the
/// same, a trust policy that names the caller itself is enough; else both sides must
/// allow it.
///
/// # Errors
///
/// `AccessDenied`, the same for a role that does not exist.
pub fn check(cx: &Cx, caller: &Caller, ask: Ask<'_>, trust: &Trust<'_>) -> Result<(), ApiError> {
    let resource = trust_policy(cx, trust.role)?;
    let mut ask = ask.trust(&resource, trust.account.as_str());
    if let Some(mfa_ms) = trust.mfa_ms {
        let age_s = cx.server.clock.now_ms().saturating_sub(mfa_ms) / 1000;
        ask = ask
            .key("aws:MultiFactorAuthPresent", "true")
            .key("aws:MultiFactorAuthAge", age_s.to_string());
    }
    // Another account's role keeps its tags to itself: a decision would tell them.
    let own = trust.role.filter(|_| trust.account == caller.account);
    for (key, value) in own.into_iter().flat_map(|role| role.tags.iter()) {
        ask = ask
            .key(format!("iam:ResourceTag/{key}"), value)
            .key(format!("aws:ResourceTag/{key}"), value);
    }
    authority::check(cx, caller, &ask)
}

/// Whether a role trusts somebody who has no policies: a service, or whom an identity
/// provider vouches for.
///
/// # Errors
///
/// A trust policy that was kept but cannot be read.
pub fn is_trusted(
    cx: &Cx,
    role: &Role,
    role_arn: &str,
    principal: Principal<'_>,
    action: &str,
    keys: &Context<'_>,
) -> Result<bool, ApiError> {
    let resource = trust_policy(cx, Some(role))?;
    let policies = Policies {
        resource: Some(&resource),
        ..Policies::default()
    };
    let request = Request {
        principal,
        action,
        resource: Some(role_arn),
        keys,
    };
    Ok(evaluate(&policies, &request).is_allowed())
}

/// Keys of the role that is asked for.
pub fn role_keys(keys: &mut Context<'_>, role: Option<&Role>, account: &str) {
    for (key, value) in role.into_iter().flat_map(|role| role.tags.iter()) {
        keys.set(format!("iam:ResourceTag/{key}"), value.to_owned());
        keys.set(format!("aws:ResourceTag/{key}"), value.to_owned());
    }
    keys.set("aws:ResourceAccount", account.to_owned());
}

fn trust_policy(cx: &Cx, role: Option<&Role>) -> Result<Sourced, ApiError> {
    let text = role.map_or(NOBODY, |role| &role.trust);
    let standings = &cx.server.standings;
    standings.sourced("trust policy", Source::Resource, text, DocumentKind::Trust)
}

/// Trusts an account that cannot be.
const NOBODY: &str = r#"{"Statement":{"Effect":"Allow","Principal":{"Service":"nobody.invalid"},
    "Action":"sts:AssumeRole"}}"#;

//! Whether a role may be assumed: its trust policy beside the caller's own policies.

use aws::policy::{Context, DocumentKind, Policies, Principal, Request, Source, Sourced, evaluate};
use kvs::iam::Role;
use kvs::name::AccountId;

use crate::ops::authority::Ask;
use crate::ops::standing::{self, Standing, sourced};
use crate::ops::sts::denied;
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
    let resource = trust_policy(trust.role)?;
    let standing = Standing::of(caller)?;
    let account = trust.account.to_string();
    let policies = Policies {
        resource_account: &account,
        ..standing.policies(Some(&resource))
    };
    let mut keys = standing::context(cx, caller);
    if trust.mfa_ms.is_some() {
        standing::mfa_keys(&mut keys, trust.mfa_ms, cx.server.clock.now_ms());
    }
    role_keys(&mut keys, trust.role, &account);
    ask.fill(&mut keys);
    let request = Request {
        principal: standing.principal(caller),
        action: ask.action,
        resource: Some(trust.role_arn),
        keys: &keys,
    };
    let decision = evaluate(&policies, &request);
    match decision.is_allowed() {
        true => Ok(()),
        false => Err(denied(decision.denial(trust.role_arn))),
    }
}

/// Whether a role trusts somebody who has no policies: a service, or whom an identity
/// provider vouches for.
///
/// # Errors
///
/// A trust policy that was kept but cannot be read.
pub fn is_trusted(
    role: &Role,
    role_arn: &str,
    principal: Principal<'_>,
    action: &str,
    keys: &Context<'_>,
) -> Result<bool, ApiError> {
    let resource = trust_policy(Some(role))?;
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

fn trust_policy(role: Option<&Role>) -> Result<Sourced, ApiError> {
    let text = role.map_or(NOBODY, |role| &role.trust);
    sourced("trust policy", Source::Resource, text, DocumentKind::Trust)
}

/// Trusts an account that cannot be.
const NOBODY: &str = r#"{"Statement":{"Effect":"Allow","Principal":{"Service":"nobody.invalid"},
    "Action":"sts:AssumeRole"}}"#;

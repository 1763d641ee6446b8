//! The condition keys of a request, worked out when a policy speaks of them.
//!
//! "AWS global condition context keys" (IAM User Guide). Keys of the operation win over
//! those of every request.

use std::borrow::Cow;

use aws::policy::{Context, Keys, Values};

use crate::ops::Caller;
use crate::ops::caller::{Identity, Source};
use crate::ops::instant::iso_8601;

/// The condition keys of a caller's request.
pub struct Circumstances<'a> {
    caller: &'a Caller,
    /// Keys that only the operation knows.
    own: &'a [(String, Vec<Cow<'static, str>>)],
    resource: &'a str,
    now_ms: u64,
}

impl<'a> Circumstances<'a> {
    /// The circumstances of one thing that a caller asks for, at a time in milliseconds
    /// since the epoch.
    pub fn new(
        caller: &'a Caller,
        own: &'a [(String, Vec<Cow<'static, str>>)],
        resource: &'a str,
        now_ms: u64,
    ) -> Circumstances<'a> {
        Circumstances {
            caller,
            own,
            resource,
            now_ms,
        }
    }

    fn of_principal(&self, name: &str) -> Option<Cow<'a, str>> {
        let caller = self.caller;
        Some(match name {
            "principalarn" => caller.principal_arn().into(),
            "principalaccount" => caller.account.as_str().into(),
            "principaltype" => principal_type(caller).into(),
            "principalisawsservice" | "viaawsservice" => "false".into(),
            "userid" => caller.user_id().into(),
            "username" => match &caller.identity {
                Identity::User(user) => user.name.as_str().into(),
                _ => return None,
            },
            "tokenissuetime" => iso_8601(caller.session.as_ref()?.issued_ms).into(),
            "multifactorauthpresent" => {
                let session = caller.session.as_ref()?;
                session.mfa_ms.is_some().to_string().into()
            }
            "multifactorauthage" => {
                let mfa_ms = caller.session.as_ref()?.mfa_ms?;
                let age_s = self.now_ms.saturating_sub(mfa_ms) / 1000;
                age_s.to_string().into()
            }
            "sourceidentity" => {
                let session = caller.session.as_ref()?;
                session.source_identity.as_deref()?.into()
            }
            "resourceaccount" => account_of(self.resource)
                .unwrap_or(caller.account.as_str())
                .into(),
            _ => match name.strip_prefix("principaltag/") {
                Some(key) => principal_tag(caller, key)?.into(),
                None => of_source(&caller.source, self.now_ms, name)?,
            },
        })
    }
}

impl Keys for Circumstances<'_> {
    fn values(&self, key: &str) -> Option<Values<'_>> {
        let mut own = self.own.iter();
        if let Some((name, values)) = own.find(|(name, _)| name.eq_ignore_ascii_case(key)) {
            return Some(match values.as_slice() {
                [value] if !is_list(name) => Values::One(Cow::Borrowed(value)),
                values => Values::Many(values),
            });
        }
        if let Some(session) = &self.caller.session {
            let mut held = session.context.iter();
            if let Some((_, value)) = held.find(|(name, _)| name.eq_ignore_ascii_case(key)) {
                return Some(Values::One(Cow::Borrowed(value)));
            }
        }
        let (vendor, name) = key.split_once(':')?;
        if !vendor.eq_ignore_ascii_case("aws") {
            return None;
        }
        let is_lower = !name.bytes().any(|byte| byte.is_ascii_uppercase());
        let name: Cow<'_, str> = match is_lower {
            true => name.into(),
            false => name.to_ascii_lowercase().into(),
        };
        self.of_principal(&name).map(Values::One)
    }
}

/// The keys of every request, whoever makes it, in a list: for requests that nobody signed.
pub fn of_anybody(source: &Source, now_ms: u64) -> Context<'static> {
    let mut context = Context::new();
    for key in OF_ANYBODY {
        let name = key.trim_start_matches("aws:").to_ascii_lowercase();
        if let Some(value) = of_source(source, now_ms, &name) {
            context.set(*key, value.into_owned());
        }
    }
    context
}

/// A key that does not depend on who asks; its name in lower case, without the vendor.
fn of_source<'a>(source: &'a Source, now_ms: u64, name: &str) -> Option<Cow<'a, str>> {
    Some(match name {
        "sourceip" => source.ip?.to_canonical().to_string().into(),
        "securetransport" => source.is_secure.to_string().into(),
        "useragent" => source.user_agent.as_deref()?.into(),
        "referer" => source.referer.as_deref()?.into(),
        "currenttime" => iso_8601(now_ms).into(),
        "epochtime" => (now_ms / 1000).to_string().into(),
        "requestedregion" => source.region.as_str().into(),
        _ => return None,
    })
}

fn principal_type(caller: &Caller) -> &'static str {
    match &caller.identity {
        Identity::Root => "Account",
        Identity::User(_) => "User",
        Identity::Role { .. } => "AssumedRole",
        Identity::Federated { .. } => "FederatedUser",
    }
}

/// Tags of a session win over those of its role.
fn principal_tag<'a>(caller: &'a Caller, key: &str) -> Option<&'a str> {
    let session = caller.session.as_ref();
    let of_session = session.and_then(|session| {
        let mut tags = session.tags.iter();
        let found = tags.find(|(name, _)| name.to_lowercase() == key.to_lowercase());
        found.map(|(_, value)| value.as_str())
    });
    of_session.or_else(|| match &caller.identity {
        Identity::User(user) => user.tags.get(key),
        Identity::Role { role, .. } => role.tags.get(key),
        Identity::Root | Identity::Federated { .. } => None,
    })
}

/// The account of an ARN, if it has one of twelve digits.
fn account_of(arn: &str) -> Option<&str> {
    let account = arn.split(':').nth(4)?;
    let is_account = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
    is_account.then_some(account)
}

/// Whether a key holds a list even if it has one value.
fn is_list(name: &str) -> bool {
    LISTS.iter().any(|list| list.eq_ignore_ascii_case(name))
}

const LISTS: &[&str] = &["aws:TagKeys", "sts:TransitiveTagKeys", "aws:CalledVia"];

const OF_ANYBODY: &[&str] = &[
    "aws:SourceIp",
    "aws:SecureTransport",
    "aws:UserAgent",
    "aws:Referer",
    "aws:CurrentTime",
    "aws:EpochTime",
    "aws:RequestedRegion",
];

#[cfg(test)]
mod tests;

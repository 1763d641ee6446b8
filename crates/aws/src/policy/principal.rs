//! Principal elements: whom a statement of a trust or resource policy speaks of.
//!
//! "AWS JSON policy elements: Principal" and "NotPrincipal" (IAM User Guide).

use std::ops::Range;

use super::request::Principal;

/// The kinds of principals a policy can name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PrincipalKind {
    /// `AWS`: accounts, users, roles, sessions, or their unique ids.
    Aws,
    /// `Service`: host names of services.
    Service,
    /// `Federated`: identity providers.
    Federated,
    /// `CanonicalUser`: ids of S3, which nobody has here.
    CanonicalUser,
}

impl PrincipalKind {
    /// The name in the policy.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Aws => "AWS",
            Self::Service => "Service",
            Self::Federated => "Federated",
            Self::CanonicalUser => "CanonicalUser",
        }
    }

    pub(super) fn parse(name: &str) -> Option<PrincipalKind> {
        [
            Self::Aws,
            Self::Service,
            Self::Federated,
            Self::CanonicalUser,
        ]
        .into_iter()
        .find(|kind| kind.as_str() == name)
    }
}

/// A principal as a policy names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedPrincipal {
    /// Its kind.
    pub kind: PrincipalKind,
    /// What stands there, unescaped.
    pub text: String,
    /// Where it stands in the document's text, in bytes, with the quotes.
    pub span: Range<usize>,
}

/// How a resource policy's Allow reaches a principal, from the least to the most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Grant {
    /// By its account: the account's own policies decide.
    Account,
    /// By the role of a session: boundary and session policies limit it.
    Role,
    /// By `*`: session policies limit it.
    Everybody,
    /// By its own ARN, or its session's: nothing else is needed.
    Direct,
}

/// Whom a statement speaks of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Whom {
    /// There is no Principal element: the policy's owner.
    Owner,
    Only(Box<[Named]>),
    AllBut(Box<[Named]>),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Named {
    Anyone,
    /// Twelve digits.
    Account(Box<str>),
    /// Of a user, role, session or federated user.
    Arn(Box<str>),
    /// `AIDA…` or `AROA…`
    Id(Box<str>),
    Service(Box<str>),
    Provider(Box<str>),
    Nobody,
}

impl Named {
    /// Reads what a policy names; `None` if that cannot be a principal.
    pub(super) fn parse(kind: PrincipalKind, text: &str) -> Option<Named> {
        let is_plain = !text.is_empty() && !text.contains(['*', '?']);
        match kind {
            _ if text == "*" => match kind {
                PrincipalKind::Aws => Some(Self::Anyone),
                _ => None,
            },
            _ if !is_plain => None,
            PrincipalKind::Aws => Self::aws(text),
            PrincipalKind::Service => {
                let is_host = text.contains('.')
                    && text
                        .bytes()
                        .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-'));
                is_host.then(|| Self::Service(text.into()))
            }
            PrincipalKind::Federated => Some(Self::Provider(text.into())),
            PrincipalKind::CanonicalUser => Some(Self::Nobody),
        }
    }

    fn aws(text: &str) -> Option<Named> {
        if is_account(text) {
            return Some(Self::Account(text.into()));
        }
        if is_unique_id(text) {
            return Some(Self::Id(text.into()));
        }
        let arn = crate::arn::Arn::parse(text).ok()?;
        let is_good = is_account(&arn.account) && arn.region.is_empty();
        let (kind, name) = arn.resource.split_once('/').unwrap_or((&arn.resource, ""));
        match (arn.service.as_str(), kind) {
            _ if !is_good => None,
            ("iam", "root") if name.is_empty() => Some(Self::Account(arn.account.into())),
            ("iam", "user" | "role") if !name.is_empty() => Some(Self::Arn(text.into())),
            ("sts", "assumed-role" | "federated-user") if !name.is_empty() => {
                Some(Self::Arn(text.into()))
            }
            _ => None,
        }
    }

    /// How this reaches a principal, if it does.
    fn reaches(&self, principal: Principal<'_>) -> Option<Grant> {
        use Principal::{Federated, Provider, Root, Service, Session, User};
        let same = |known: &str, grant| (known == self.text()).then_some(grant);
        match (self, principal) {
            (Self::Anyone, _) => Some(Grant::Everybody),
            (
                Self::Account(_),
                Root { account, .. }
                | User { account, .. }
                | Session { account, .. }
                | Federated { account, .. },
            ) => same(account, Grant::Account),
            (Self::Arn(_), Root { arn, .. } | User { arn, .. } | Federated { arn, .. }) => {
                same(arn, Grant::Direct)
            }
            (Self::Arn(_), Session { arn, role_arn, .. }) => {
                same(arn, Grant::Direct).or_else(|| same(role_arn, Grant::Role))
            }
            (Self::Id(_), User { id, .. }) => same(id, Grant::Direct),
            (Self::Id(_), Session { role_id, .. }) => same(role_id, Grant::Role),
            (Self::Service(_), Service { name }) => same(name, Grant::Direct),
            (Self::Provider(_), Provider { name }) => same(name, Grant::Direct),
            _ => None,
        }
    }

    fn text(&self) -> &str {
        match self {
            Self::Account(text)
            | Self::Arn(text)
            | Self::Id(text)
            | Self::Service(text)
            | Self::Provider(text) => text,
            Self::Anyone | Self::Nobody => "",
        }
    }
}

impl Whom {
    /// How the statement reaches a principal, if it does.
    pub(super) fn reaches(&self, principal: Principal<'_>) -> Option<Grant> {
        let best = |named: &[Named]| named.iter().filter_map(|n| n.reaches(principal)).max();
        match self {
            Self::Owner => Some(Grant::Direct),
            Self::Only(named) => best(named),
            Self::AllBut(named) => match exempts(named, principal) {
                true => None,
                false => Some(Grant::Everybody),
            },
        }
    }
}

/// Whether NotPrincipal leaves a principal out. A user is meant only if its account is listed as
/// well, as otherwise the account, which it acts for, is not left out.
fn exempts(named: &[Named], principal: Principal<'_>) -> bool {
    let reached = |grants: &[Grant]| {
        let mut found = named.iter().filter_map(|n| n.reaches(principal));
        found.any(|grant| grants.contains(&grant))
    };
    if named.contains(&Named::Anyone) {
        return true;
    }
    match principal {
        Principal::Root { .. } => reached(&[Grant::Account]),
        Principal::User { .. } | Principal::Session { .. } | Principal::Federated { .. } => {
            reached(&[Grant::Account]) && reached(&[Grant::Direct])
        }
        _ => reached(&[Grant::Direct]),
    }
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// `AIDA` or `AROA` and 17 characters of base 32.
fn is_unique_id(text: &str) -> bool {
    let is_kind = text.starts_with("AIDA") || text.starts_with("AROA");
    is_kind
        && text.len() == 21
        && text
            .bytes()
            .all(|byte| byte.is_ascii_uppercase() || matches!(byte, b'2'..=b'7'))
}

//! Where a caller stands: the policies that count for it, who it is in the words of
//! policies, and the condition keys that every request of it has.
//!
//! Read live from the account at every request, so that a policy that was detached or a
//! boundary that was set counts for sessions that began before.

use std::sync::Arc;

use aws::policy::managed::ManagedPolicy;
use aws::policy::{Context, Document, DocumentKind, Policies, Principal, Source, Sourced};
use kvs::iam::{Directory, Role, Tags, User};

use crate::ops::caller::{Identity, Source as RequestSource};
use crate::ops::{ApiError, Caller, Cx};

/// The policies that count for a caller, and its names.
pub struct Standing {
    identity: Vec<Sourced>,
    boundary: Option<Sourced>,
    session: Vec<Sourced>,
    account: String,
    arn: String,
    principal_arn: String,
}

impl Standing {
    /// The standing of a caller.
    ///
    /// # Errors
    ///
    /// A policy that was kept but cannot be read: then nothing is allowed.
    pub fn of(caller: &Caller) -> Result<Standing, ApiError> {
        let directory = &caller.directory;
        let (identity, boundary) = match &caller.identity {
            Identity::Root => (Vec::new(), None),
            Identity::User(user) | Identity::Federated { by: Some(user), .. } => {
                (of_user(directory, user)?, user.boundary.as_deref())
            }
            Identity::Role { role, .. } => (of_role(directory, role)?, role.boundary.as_deref()),
            // Root may do everything, and lends that to whom it vouches for.
            Identity::Federated { by: None, .. } => {
                let text = ManagedPolicy::by_arn(EVERYTHING).map_or("", |policy| policy.document);
                let document = sourced(EVERYTHING, Source::None, text, DocumentKind::Identity)?;
                (vec![document], None)
            }
        };
        let boundary = match boundary {
            Some(arn) => Some(managed(directory, arn, DocumentKind::Boundary)?),
            None => None,
        };
        let mut session = Vec::new();
        if let Some(claims) = &caller.session {
            for text in &claims.policies {
                session.push(sourced(
                    "session",
                    Source::None,
                    text,
                    DocumentKind::Session,
                )?);
            }
            for arn in &claims.policy_arns {
                session.push(managed(directory, arn, DocumentKind::Session)?);
            }
        }
        Ok(Standing {
            identity,
            boundary,
            session,
            account: caller.account.to_string(),
            arn: caller.arn(),
            principal_arn: caller.principal_arn(),
        })
    }

    /// The policies, beside one of the resource if it has one.
    pub fn policies<'a>(&'a self, resource: Option<&'a Sourced>) -> Policies<'a> {
        Policies {
            identity: &self.identity,
            boundary: self.boundary.as_ref(),
            session: &self.session,
            resource,
            resource_account: "",
        }
    }

    /// Who the caller is to a policy.
    pub fn principal<'a>(&'a self, caller: &'a Caller) -> Principal<'a> {
        let (account, arn) = (self.account.as_str(), self.arn.as_str());
        match &caller.identity {
            Identity::Root => Principal::Root { account, arn },
            Identity::User(user) => Principal::User {
                account,
                arn,
                id: user.id.as_str(),
            },
            Identity::Role { role, .. } => Principal::Session {
                account,
                arn,
                role_arn: &self.principal_arn,
                role_id: role.id.as_str(),
            },
            Identity::Federated { .. } => Principal::Federated { account, arn },
        }
    }
}

/// The condition keys of every request of a caller.
pub fn context(cx: &Cx, caller: &Caller) -> Context<'static> {
    let mut keys = Context::new();
    let now_ms = cx.server.clock.now_ms();
    keys.set("aws:PrincipalArn", caller.principal_arn());
    keys.set("aws:PrincipalAccount", caller.account.to_string());
    keys.set("aws:userid", caller.user_id());
    let kind = match &caller.identity {
        Identity::Root => "Account",
        Identity::User(_) => "User",
        Identity::Role { .. } => "AssumedRole",
        Identity::Federated { .. } => "FederatedUser",
    };
    keys.set("aws:PrincipalType", kind);
    match &caller.identity {
        Identity::User(user) => {
            keys.set("aws:username", user.name.clone());
            principal_tags(&mut keys, &user.tags);
        }
        Identity::Role { role, .. } => principal_tags(&mut keys, &role.tags),
        Identity::Root | Identity::Federated { .. } => {}
    }
    if let Some(session) = &caller.session {
        for (key, value) in &session.tags {
            keys.set(format!("aws:PrincipalTag/{key}"), value.clone());
        }
        keys.set("aws:TokenIssueTime", instant(session.issued_ms));
        mfa_keys(&mut keys, session.mfa_ms, now_ms);
        if let Some(identity) = &session.source_identity {
            keys.set("aws:SourceIdentity", identity.clone());
        }
        for (key, value) in &session.context {
            keys.set(key.clone(), value.clone());
        }
    }
    source_keys(&mut keys, &caller.source, now_ms);
    keys
}

/// The condition keys of every request, whoever makes it.
pub fn source_keys(keys: &mut Context<'_>, source: &RequestSource, now_ms: u64) {
    if let Some(ip) = source.ip {
        keys.set("aws:SourceIp", ip.to_canonical().to_string());
    }
    if let Some(agent) = &source.user_agent {
        keys.set("aws:UserAgent", agent.clone());
    }
    if let Some(referer) = &source.referer {
        keys.set("aws:referer", referer.clone());
    }
    keys.set("aws:SecureTransport", source.is_secure.to_string());
    keys.set("aws:RequestedRegion", source.region.clone());
    keys.set("aws:CurrentTime", instant(now_ms));
    keys.set("aws:EpochTime", (now_ms / 1000).to_string());
    keys.set("aws:ViaAWSService", "false");
    keys.set("aws:PrincipalIsAWSService", "false");
}

/// `aws:MultiFactorAuthPresent` and `…Age`: only temporary credentials have them.
pub fn mfa_keys(keys: &mut Context<'_>, mfa_ms: Option<u64>, now_ms: u64) {
    keys.set("aws:MultiFactorAuthPresent", mfa_ms.is_some().to_string());
    if let Some(mfa_ms) = mfa_ms {
        let age_s = now_ms.saturating_sub(mfa_ms) / 1000;
        keys.set("aws:MultiFactorAuthAge", age_s.to_string());
    }
}

/// The text of a managed policy of the account, or of AWS.
pub fn managed_text(directory: &Directory, arn: &str) -> Option<Arc<str>> {
    if let Some(managed) = ManagedPolicy::by_arn(arn) {
        return Some(managed.document.into());
    }
    let account = directory.account();
    let path = arn.strip_prefix(&format!("arn:aws:iam::{account}:policy"))?;
    let (path, name) = path.split_at(path.rfind('/')? + 1);
    let policy = directory.policies().get(name)?;
    let version = policy.versions.get(&policy.default_version)?;
    (policy.path == path && policy.name == name).then(|| Arc::clone(&version.document))
}

/// A document and where it comes from.
///
/// # Errors
///
/// A policy that was kept but cannot be read.
pub fn sourced(
    id: &str,
    source: Source,
    text: &str,
    kind: DocumentKind,
) -> Result<Sourced, ApiError> {
    let document = Document::parse(text, kind)
        .map_err(|error| ApiError::internal(format!("policy {id}: {error}")))?;
    Ok(Sourced {
        id: id.to_owned(),
        source,
        document: Arc::new(document),
    })
}

fn of_user(directory: &Directory, user: &User) -> Result<Vec<Sourced>, ApiError> {
    let mut found = Vec::new();
    for (name, text) in &user.inline {
        found.push(sourced(name, Source::User, text, DocumentKind::Identity)?);
    }
    for arn in &user.attached {
        found.push(managed(directory, arn, DocumentKind::Identity)?);
    }
    let groups = user.groups.iter();
    for group in groups.filter_map(|id| directory.groups().by_id(id)) {
        for (name, text) in &group.inline {
            found.push(sourced(name, Source::Group, text, DocumentKind::Identity)?);
        }
        for arn in &group.attached {
            found.push(managed(directory, arn, DocumentKind::Identity)?);
        }
    }
    Ok(found)
}

fn of_role(directory: &Directory, role: &Role) -> Result<Vec<Sourced>, ApiError> {
    let mut found = Vec::new();
    for (name, text) in &role.inline {
        found.push(sourced(name, Source::Role, text, DocumentKind::Identity)?);
    }
    for arn in &role.attached {
        found.push(managed(directory, arn, DocumentKind::Identity)?);
    }
    Ok(found)
}

fn managed(directory: &Directory, arn: &str, kind: DocumentKind) -> Result<Sourced, ApiError> {
    // What is gone allows nothing: as a boundary or a session policy it still limits.
    let text = managed_text(directory, arn).unwrap_or_else(|| NOTHING.into());
    let source = match ManagedPolicy::by_arn(arn) {
        Some(_) => Source::AwsManaged,
        None => Source::UserManaged,
    };
    sourced(arn, source, &text, kind)
}

fn principal_tags(keys: &mut Context<'_>, tags: &Tags) {
    for (key, value) in tags.iter() {
        keys.set(format!("aws:PrincipalTag/{key}"), value.to_owned());
    }
}

fn instant(ms: u64) -> String {
    let instant = i64::try_from(ms).ok();
    let instant = instant.and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok());
    instant.unwrap_or_default().to_string()
}

const EVERYTHING: &str = "arn:aws:iam::aws:policy/AdministratorAccess";
const NOTHING: &str = r#"{"Statement":{"Effect":"Deny","Action":"kinora:Nothing","Resource":"*"}}"#;

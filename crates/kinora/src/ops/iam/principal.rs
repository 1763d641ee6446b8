//! The policies of a user, group or role, as simulations and searches see them.

use aws::policy::{DocumentKind, Source, Sourced};
use kvs::iam::{Directory, EntityId, Holder, HolderKind, IamError, IamErrorKind};

use super::managed::Managed;
use crate::ops::ApiError;
use crate::ops::standing::Standings;

/// A policy that counts for a principal.
#[derive(Clone, Debug)]
pub struct Held {
    /// Where it hangs: the principal itself, or a group of it.
    pub holder: Holder,
    /// Its name.
    pub name: String,
    /// Its ARN, unless it is inline.
    pub arn: Option<String>,
    /// The policy, and its name for simulations.
    pub sourced: Sourced,
}

/// A user, group or role by ARN.
///
/// # Errors
///
/// `InvalidInput` for what is no such ARN, `NoSuchEntity`.
pub fn holder(directory: &Directory, arn: &str) -> Result<Holder, ApiError> {
    let parsed = kvs::iam::arn::parse(arn);
    let Some((_, kind @ ("user" | "group" | "role"), _, name)) = parsed else {
        let message =
            format!("Invalid Entity Arn: {arn} does not clearly define entity type and name.");
        return Err(IamError::new(IamErrorKind::InvalidInput, message).into());
    };
    let found = directory.holder_by_arn(arn);
    found.ok_or_else(|| IamError::missing(kind, name).into())
}

/// The identity policies of a principal: its own, and for a user those of its groups.
///
/// # Errors
///
/// A policy that was kept but cannot be read.
pub fn policies(
    standings: &Standings,
    directory: &Directory,
    holder: &Holder,
) -> Result<Vec<Held>, ApiError> {
    let mut holders = vec![holder.clone()];
    if let Holder::User(user) = holder {
        let group = |id: &EntityId| directory.groups().by_id(id).cloned();
        let groups = user.groups.iter().filter_map(group);
        holders.extend(groups.map(Holder::Group));
    }
    let mut held = Vec::new();
    for holder in &holders {
        for (name, text) in holder.inline() {
            held.push(inline(standings, holder, name, text)?);
        }
        for arn in holder.attached() {
            if let Some(policy) = Managed::find(directory, arn) {
                held.push(managed(standings, holder, arn, &policy)?);
            }
        }
    }
    Ok(held)
}

/// The permissions boundary of a principal.
///
/// # Errors
///
/// A policy that was kept but cannot be read.
pub fn boundary(
    standings: &Standings,
    directory: &Directory,
    holder: &Holder,
) -> Result<Option<Sourced>, ApiError> {
    let policy = holder
        .boundary()
        .and_then(|arn| Managed::find(directory, arn));
    let sourced = |policy: Managed| {
        let (source, text) = (source_of(&policy), policy.default_document());
        standings.sourced(policy.name(), source, text, DocumentKind::Boundary)
    };
    policy.map(sourced).transpose()
}

fn inline(
    standings: &Standings,
    holder: &Holder,
    name: &str,
    text: &str,
) -> Result<Held, ApiError> {
    let source = match holder.kind() {
        HolderKind::User => Source::User,
        HolderKind::Group => Source::Group,
        HolderKind::Role => Source::Role,
    };
    let id = format!("{}_{}_{name}", holder.kind().noun(), holder.name());
    Ok(Held {
        holder: holder.clone(),
        name: name.to_owned(),
        arn: None,
        sourced: standings.sourced(&id, source, text, DocumentKind::Identity)?,
    })
}

fn managed(
    standings: &Standings,
    holder: &Holder,
    arn: &str,
    policy: &Managed,
) -> Result<Held, ApiError> {
    let (name, text) = (policy.name(), policy.default_document());
    Ok(Held {
        holder: holder.clone(),
        name: name.to_owned(),
        arn: Some(arn.to_owned()),
        sourced: standings.sourced(name, source_of(policy), text, DocumentKind::Identity)?,
    })
}

fn source_of(policy: &Managed) -> Source {
    match policy {
        Managed::Aws(_) => Source::AwsManaged,
        Managed::Local(_) => Source::UserManaged,
    }
}

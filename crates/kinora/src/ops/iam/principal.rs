//! The policies of a user, group or role, as simulations and searches see them.

use std::sync::Arc;

use aws::policy::{Document, DocumentKind, Source, Sourced};
use kvs::iam::{Directory, EntityId, Holder, HolderKind, IamError, IamErrorKind};

use super::managed::Managed;
use crate::ops::ApiError;

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
pub fn policies(directory: &Directory, holder: &Holder) -> Vec<Held> {
    let mut holders = vec![holder.clone()];
    if let Holder::User(user) = holder {
        let group = |id: &EntityId| directory.groups().by_id(id).cloned();
        let groups = user.groups.iter().filter_map(group);
        holders.extend(groups.map(Holder::Group));
    }
    let mut held = Vec::new();
    for holder in &holders {
        let own = holder.inline().iter();
        held.extend(own.filter_map(|(name, text)| inline(holder, name, text)));
        let attached = holder.attached().iter();
        held.extend(attached.filter_map(|arn| managed(directory, holder, arn)));
    }
    held
}

/// The permissions boundary of a principal.
pub fn boundary(directory: &Directory, holder: &Holder) -> Option<Sourced> {
    let policy = Managed::find(directory, holder.boundary()?)?;
    sourced(
        policy.name().to_owned(),
        source_of(&policy),
        policy.default_document(),
        DocumentKind::Boundary,
    )
}

fn inline(holder: &Holder, name: &str, text: &str) -> Option<Held> {
    let source = match holder.kind() {
        HolderKind::User => Source::User,
        HolderKind::Group => Source::Group,
        HolderKind::Role => Source::Role,
    };
    let id = format!("{}_{}_{name}", holder.kind().noun(), holder.name());
    Some(Held {
        holder: holder.clone(),
        name: name.to_owned(),
        arn: None,
        sourced: sourced(id, source, text, DocumentKind::Identity)?,
    })
}

fn managed(directory: &Directory, holder: &Holder, arn: &str) -> Option<Held> {
    let policy = Managed::find(directory, arn)?;
    let name = policy.name().to_owned();
    let (source, text) = (source_of(&policy), policy.default_document());
    Some(Held {
        holder: holder.clone(),
        sourced: sourced(name.clone(), source, text, DocumentKind::Identity)?,
        name,
        arn: Some(arn.to_owned()),
    })
}

fn source_of(policy: &Managed) -> Source {
    match policy {
        Managed::Aws(_) => Source::AwsManaged,
        Managed::Local(_) => Source::UserManaged,
    }
}

/// What was saved was a policy then, so it is one now.
fn sourced(id: String, source: Source, text: &str, kind: DocumentKind) -> Option<Sourced> {
    let document = Document::parse(text, kind).ok()?;
    Some(Sourced {
        id,
        source,
        document: Arc::new(document),
    })
}

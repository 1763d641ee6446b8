//! Managed policies of an account and of AWS, alike.

use std::sync::Arc;

use aws::policy::managed::ManagedPolicy;
use aws::shapes::iam;
use aws::value::Timestamp;
use kvs::iam::shelf::fold;
use kvs::iam::{Directory, IamError, IamErrorKind, Policy, Used};
use kvs::name::AccountId;

use super::document::encoded;
use crate::ops::{ApiError, Caller};

/// A managed policy.
#[derive(Clone, Debug)]
pub enum Managed {
    /// Of AWS: every account sees it, none can change it.
    Aws(&'static ManagedPolicy),
    /// Of the account.
    Local(Arc<Policy>),
}

impl Managed {
    /// The policy of an ARN.
    pub fn find(directory: &Directory, arn: &str) -> Option<Managed> {
        let aws = ManagedPolicy::by_arn(arn).map(Managed::Aws);
        aws.or_else(|| directory.policy_by_arn(arn).cloned().map(Managed::Local))
    }

    /// The policy of an ARN.
    ///
    /// # Errors
    ///
    /// `NoSuchEntity`.
    pub fn get(directory: &Directory, arn: &str) -> Result<Managed, IamError> {
        match ManagedPolicy::by_arn(arn) {
            Some(policy) => Ok(Managed::Aws(policy)),
            None => directory.managed_policy(arn).cloned().map(Managed::Local),
        }
    }

    /// All that an account sees, sorted by [`Managed::key`].
    pub fn all(directory: &Directory) -> Vec<Managed> {
        let local = directory.policies().iter().cloned().map(Managed::Local);
        let aws = aws::policy::managed::ALL.iter().map(Managed::Aws);
        let mut all: Vec<Managed> = local.chain(aws).collect();
        all.sort_by_cached_key(Managed::key);
        all
    }

    /// Its place in lists; unique, since no name has a space.
    pub fn key(&self) -> String {
        match self {
            Managed::Aws(policy) => format!("{} aws", fold(policy.name)),
            Managed::Local(policy) => fold(&policy.name),
        }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        match self {
            Managed::Aws(policy) => policy.name,
            Managed::Local(policy) => &policy.name,
        }
    }

    /// Its path.
    pub fn path(&self) -> &str {
        match self {
            Managed::Aws(policy) => policy.path,
            Managed::Local(policy) => &policy.path,
        }
    }

    /// Its ARN.
    pub fn arn(&self, account: AccountId) -> String {
        match self {
            Managed::Aws(policy) => policy.arn(),
            Managed::Local(policy) => policy.arn(account),
        }
    }

    /// The text of its default version.
    pub fn default_document(&self) -> &str {
        match self {
            Managed::Aws(policy) => policy.document,
            Managed::Local(policy) => policy.default_document().map_or("", |text| text),
        }
    }

    /// Its versions, newest first.
    pub fn versions(&self) -> Vec<iam::PolicyVersion> {
        match self {
            Managed::Aws(policy) => vec![version(
                policy.version,
                policy.document,
                policy.updated_s * 1000,
                true,
            )],
            Managed::Local(policy) => {
                let shape = |(number, held): (&u32, &kvs::iam::PolicyVersion)| {
                    let is_default = *number == policy.default_version;
                    version(*number, &held.document, held.created_ms as i64, is_default)
                };
                policy.versions.iter().rev().map(shape).collect()
            }
        }
    }

    /// As it is answered. Only GetPolicy and CreatePolicy tell description and tags.
    pub fn shape(&self, account: AccountId, used: Used) -> iam::Policy {
        let (id, created_ms, updated_ms, number) = match self {
            Managed::Aws(policy) => (
                policy.id.to_owned(),
                policy.created_s * 1000,
                policy.updated_s * 1000,
                policy.version,
            ),
            Managed::Local(policy) => (
                policy.id.to_string(),
                policy.created_ms as i64,
                policy.updated_ms as i64,
                policy.default_version,
            ),
        };
        iam::Policy {
            arn: Some(self.arn(account)),
            attachment_count: Some(used.attachments as i32),
            create_date: Some(Timestamp(created_ms)),
            default_version_id: Some(format!("v{number}")),
            description: None,
            is_attachable: Some(true),
            path: Some(self.path().to_owned()),
            permissions_boundary_usage_count: Some(used.boundaries as i32),
            policy_id: Some(id),
            policy_name: Some(self.name().to_owned()),
            tags: None,
            update_date: Some(Timestamp(updated_ms)),
        }
    }

    /// With description and tags.
    pub fn full_shape(&self, account: AccountId, used: Used) -> iam::Policy {
        let (description, tags) = match self {
            Managed::Aws(policy) => (Some(policy.description.to_owned()), None),
            Managed::Local(policy) => (policy.description.clone(), Some(&policy.tags)),
        };
        iam::Policy {
            description,
            tags: tags.map(super::tags::shapes),
            ..self.shape(account, used)
        }
    }
}

fn version(number: u32, text: &str, created_ms: i64, is_default: bool) -> iam::PolicyVersion {
    iam::PolicyVersion {
        create_date: Some(Timestamp(created_ms)),
        document: Some(encoded(text)),
        is_default_version: Some(is_default),
        version_id: Some(format!("v{number}")),
    }
}

/// Whether an ARN is of a policy that every account sees.
pub fn is_global(arn: &str) -> bool {
    ManagedPolicy::by_arn(arn).is_some()
}

/// Attached policies as they are answered, sorted by name. What is attached is there.
pub fn attached<'a>(
    directory: &Directory,
    arns: impl IntoIterator<Item = &'a String>,
) -> Vec<(Managed, iam::AttachedPolicy)> {
    let found = arns.into_iter().filter_map(|arn| {
        let policy = Managed::find(directory, arn)?;
        let shape = iam::AttachedPolicy {
            policy_arn: Some(arn.clone()),
            policy_name: Some(policy.name().to_owned()),
        };
        Some((policy, shape))
    });
    let mut found: Vec<_> = found.collect();
    found.sort_by_cached_key(|(policy, _)| policy.key());
    found
}

/// A permissions boundary as it is answered.
pub fn boundary(arn: Option<&str>) -> Option<iam::AttachedPermissionsBoundary> {
    let arn = arn?.to_owned();
    Some(iam::AttachedPermissionsBoundary {
        permissions_boundary_arn: Some(arn),
        // What AWS sends; the model says PermissionsBoundaryPolicy.
        permissions_boundary_type: Some("Policy".to_owned()),
    })
}

/// Checks that a text can be the ARN of a managed policy.
///
/// # Errors
///
/// `InvalidInput`.
pub fn check_arn(arn: &str) -> Result<(), ApiError> {
    let rest = arn.strip_prefix("arn:aws:iam::");
    let is_good = rest
        .and_then(|rest| rest.split_once(":policy/"))
        .is_some_and(|(owner, name)| {
            let is_account = AccountId::parse(owner).is_some() || owner == "aws";
            is_account && !name.is_empty()
        });
    match is_good {
        true => Ok(()),
        false => {
            let message = format!("ARN {arn} is not valid.");
            Err(IamError::new(IamErrorKind::InvalidInput, message).into())
        }
    }
}

/// Checks that a policy is not of AWS, which only AWS changes.
///
/// # Errors
///
/// `AccessDenied`.
pub fn check_own(caller: &Caller, action: &str, arn: &str) -> Result<(), ApiError> {
    if !arn.starts_with("arn:aws:iam::aws:") {
        return Ok(());
    }
    let caller = caller.arn();
    let message =
        format!("User: {caller} is not authorized to perform: {action} on resource: policy {arn}");
    Err(IamError::new(IamErrorKind::AccessDenied, message).into())
}

/// Checks the ARN of a permissions boundary.
///
/// # Errors
///
/// `InvalidInput`.
pub fn check_boundary_arn(arn: &str) -> Result<(), ApiError> {
    check_arn(arn).map_err(|_| {
        let message = format!("Value ({arn}) for parameter PermissionsBoundary is invalid.");
        IamError::new(IamErrorKind::InvalidInput, message).into()
    })
}

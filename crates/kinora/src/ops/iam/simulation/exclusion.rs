//! `PolicyExclusionList`: policies that a simulation leaves out.

use aws::shapes::iam::{AttachmentType, PolicyIdentifier, PolicyIdentifierPolicyType};
use kvs::iam::shelf::fold;
use kvs::iam::{HolderKind, IamError, IamErrorKind};

use crate::ops::ApiError;
use crate::ops::iam::principal::Held;

/// Checks an identifier: a star may end an ARN and stand nowhere else.
///
/// # Errors
///
/// `InvalidInput`.
pub(super) fn check(identifier: &PolicyIdentifier) -> Result<(), ApiError> {
    let is_empty = identifier.policy_type.is_none()
        && identifier.policy_arn.is_none()
        && identifier.inline_policy_identifier.is_none();
    let arn = identifier.policy_arn.as_deref();
    let is_bad = arn.is_some_and(|arn| {
        let plain = arn.strip_suffix('*').unwrap_or(arn);
        !plain.starts_with("arn:aws:iam::") || !plain.contains(":policy/") || plain.contains('*')
    });
    match is_empty || is_bad {
        false => Ok(()),
        true => {
            let message = "An identifier in PolicyExclusionList is not valid.";
            Err(IamError::new(IamErrorKind::InvalidInput, message).into())
        }
    }
}

/// Whether an identifier leaves out a policy.
pub(super) fn meets(identifier: &PolicyIdentifier, held: &Held) -> bool {
    let arn = held.arn.as_deref();
    let is_aws = arn.is_some_and(|arn| arn.starts_with("arn:aws:iam::aws:"));
    let is_type = match identifier.policy_type {
        None => true,
        Some(PolicyIdentifierPolicyType::Inline) => arn.is_none(),
        Some(PolicyIdentifierPolicyType::AwsManaged) => is_aws,
        Some(PolicyIdentifierPolicyType::UserManaged) => arn.is_some() && !is_aws,
        Some(_) => false,
    };
    let is_arn = match (&identifier.policy_arn, arn) {
        (None, _) => true,
        (Some(wanted), Some(arn)) => is_like(wanted, arn),
        (Some(_), None) => false,
    };
    let is_inline = identifier
        .inline_policy_identifier
        .as_ref()
        .is_none_or(|wanted| {
            let kind = match wanted.attachment_type {
                AttachmentType::User => HolderKind::User,
                AttachmentType::Group => HolderKind::Group,
                AttachmentType::Role => HolderKind::Role,
            };
            arn.is_none()
                && held.holder.kind() == kind
                && fold(held.holder.name()) == fold(&wanted.attachment_name)
                && fold(&held.name) == fold(&wanted.policy_name)
        });
    is_type && is_arn && is_inline
}

/// Whether an identifier leaves out the permissions boundary. One that names no type is
/// about policies that allow.
pub(super) fn meets_boundary(identifier: &PolicyIdentifier, arn: &str) -> bool {
    let is_type = identifier.policy_type == Some(PolicyIdentifierPolicyType::PermissionBoundary);
    let wanted = identifier.policy_arn.as_deref();
    is_type && wanted.is_none_or(|wanted| is_like(wanted, arn))
}

fn is_like(wanted: &str, arn: &str) -> bool {
    match wanted.strip_suffix('*') {
        Some(prefix) => arn.starts_with(prefix),
        None => wanted == arn,
    }
}

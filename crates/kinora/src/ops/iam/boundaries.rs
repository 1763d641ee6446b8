//! Permissions boundaries: PutUserPermissionsBoundary and its kin.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html>

use aws::op::Op;
use aws::shapes::iam::{
    DeleteRolePermissionsBoundaryInput, DeleteRolePermissionsBoundaryOutput,
    DeleteUserPermissionsBoundaryInput, DeleteUserPermissionsBoundaryOutput,
    PutRolePermissionsBoundaryInput, PutRolePermissionsBoundaryOutput,
    PutUserPermissionsBoundaryInput, PutUserPermissionsBoundaryOutput,
};
use kvs::iam::HolderKind;

use super::target::{BOUNDARY, Target};
use super::{change, managed};
use crate::ops::{ApiError, Caller, Cx, authority};

/// Bounds a user.
///
/// # Errors
///
/// `NoSuchEntity`, `InvalidInput`, denial.
pub async fn put_user_permissions_boundary(
    cx: &Cx,
    caller: &Caller,
    input: PutUserPermissionsBoundaryInput,
) -> Result<PutUserPermissionsBoundaryOutput, ApiError> {
    let whom = (HolderKind::User, &input.user_name[..]);
    let (op, arn) = (Op::PutUserPermissionsBoundary, &input.permissions_boundary);
    put(cx, caller, op, whom, arn).await?;
    Ok(PutUserPermissionsBoundaryOutput {})
}

/// Bounds a role.
///
/// # Errors
///
/// `NoSuchEntity`, `InvalidInput`, `UnmodifiableEntity`, denial.
pub async fn put_role_permissions_boundary(
    cx: &Cx,
    caller: &Caller,
    input: PutRolePermissionsBoundaryInput,
) -> Result<PutRolePermissionsBoundaryOutput, ApiError> {
    let whom = (HolderKind::Role, &input.role_name[..]);
    let (op, arn) = (Op::PutRolePermissionsBoundary, &input.permissions_boundary);
    put(cx, caller, op, whom, arn).await?;
    Ok(PutRolePermissionsBoundaryOutput {})
}

/// Takes the boundary of a user away; one without stays without.
///
/// # Errors
///
/// `NoSuchEntity`, denial.
pub async fn delete_user_permissions_boundary(
    cx: &Cx,
    caller: &Caller,
    input: DeleteUserPermissionsBoundaryInput,
) -> Result<DeleteUserPermissionsBoundaryOutput, ApiError> {
    let whom = (HolderKind::User, &input.user_name[..]);
    delete(cx, caller, Op::DeleteUserPermissionsBoundary, whom).await?;
    Ok(DeleteUserPermissionsBoundaryOutput {})
}

/// Takes the boundary of a role away; one without stays without.
///
/// # Errors
///
/// `NoSuchEntity`, `UnmodifiableEntity`, denial.
pub async fn delete_role_permissions_boundary(
    cx: &Cx,
    caller: &Caller,
    input: DeleteRolePermissionsBoundaryInput,
) -> Result<DeleteRolePermissionsBoundaryOutput, ApiError> {
    let whom = (HolderKind::Role, &input.role_name[..]);
    delete(cx, caller, Op::DeleteRolePermissionsBoundary, whom).await?;
    Ok(DeleteRolePermissionsBoundaryOutput {})
}

async fn put(
    cx: &Cx,
    caller: &Caller,
    op: Op,
    (kind, name): (HolderKind, &str),
    arn: &str,
) -> Result<(), ApiError> {
    managed::check_boundary_arn(arn)?;
    // The key is the boundary to be, not the one that is.
    let target = Target::holder(caller, kind, name).unbounded();
    let ask = target.ask(op).key(BOUNDARY, arn);
    authority::check(cx, caller, &ask)?;
    let is_global = managed::is_global(arn);
    change(cx, caller, |directory| {
        directory.bound(kind, name, Some(arn), is_global)
    })
    .await
}

async fn delete(
    cx: &Cx,
    caller: &Caller,
    op: Op,
    (kind, name): (HolderKind, &str),
) -> Result<(), ApiError> {
    authority::check(cx, caller, &Target::holder(caller, kind, name).ask(op))?;
    change(cx, caller, |directory| {
        directory.bound(kind, name, None, false)
    })
    .await
}

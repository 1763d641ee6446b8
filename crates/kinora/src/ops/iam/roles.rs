//! Roles: CreateRole and its kin.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html>

use std::collections::{BTreeMap, BTreeSet};

use aws::op::Op;
use aws::shapes::iam::{
    self, CreateRoleInput, CreateRoleOutput, DeleteRoleInput, DeleteRoleOutput, GetRoleInput,
    GetRoleOutput, ListRolesInput, ListRolesOutput, RoleLastUsed, UpdateAssumeRolePolicyInput,
    UpdateAssumeRolePolicyOutput, UpdateRoleDescriptionInput, UpdateRoleDescriptionOutput,
    UpdateRoleInput, UpdateRoleOutput,
};
use aws::value::Timestamp;
use kvs::iam::shelf::fold;
use kvs::iam::{Directory, EntityId, IdPrefix, Role, arn};

use super::page::Window;
use super::target::{BOUNDARY, Target};
use super::trust::{self, Trust};
use super::{change, managed, tags};
use crate::ops::authority::{self, Ask};
use crate::ops::{ApiError, Caller, Cx};
use crate::server;

/// Creates a role.
///
/// # Errors
///
/// `EntityAlreadyExists`, `LimitExceeded`, `MalformedPolicyDocument`, `InvalidInput`,
/// `NoSuchEntity` for its boundary, denial.
pub async fn create_role(
    cx: &Cx,
    caller: &Caller,
    input: CreateRoleInput,
) -> Result<CreateRoleOutput, ApiError> {
    let tags = tags::given(input.tags.as_deref())?;
    let path = input.path.unwrap_or_else(|| "/".to_owned());
    let arn = arn::identity(caller.account, "role", &path, &input.role_name);
    let mut ask = Ask::new(Op::CreateRole, &arn).request_tags(tags.iter());
    let boundary = input.permissions_boundary;
    if let Some(boundary) = &boundary {
        managed::check_boundary_arn(boundary)?;
        ask = ask.key(BOUNDARY, boundary);
    }
    authority::check(cx, caller, &ask)?;
    let is_global = boundary.as_deref().is_some_and(managed::is_global);
    let trust = Trust::read(cx, caller, &input.assume_role_policy_document).await?;
    let role = Role {
        id: EntityId::mint(IdPrefix::Role, server::random()),
        name: input.role_name,
        path,
        created_ms: cx.server.clock.now_ms(),
        description: input.description,
        trust: "".into(),
        foreign: BTreeMap::new(),
        session_s_max: session_s(input.max_session_duration).unwrap_or(SESSION_S_DEFAULT),
        boundary,
        tags,
        attached: BTreeSet::new(),
        inline: BTreeMap::new(),
    };
    let max = cx.server.config.quotas.roles_per_account_max;
    let (role, directory) = change(cx, caller, |directory| {
        let (text, foreign) = trust.kept(directory, None)?;
        let role = Role {
            trust: text,
            foreign,
            ..role.clone()
        };
        directory.create_role(role.clone(), is_global, max)?;
        Ok((role, directory.clone()))
    })
    .await?;
    let role = full_shape(cx, &directory, &role).await?;
    Ok(CreateRoleOutput { role })
}

/// Tells of a role.
///
/// # Errors
///
/// `NoSuchEntity`, denial.
pub async fn get_role(
    cx: &Cx,
    caller: &Caller,
    input: GetRoleInput,
) -> Result<GetRoleOutput, ApiError> {
    let target = Target::role(caller, &input.role_name);
    authority::check(cx, caller, &target.ask(Op::GetRole))?;
    let role = caller.directory.role(&input.role_name)?;
    let shape = full_shape(cx, &caller.directory, role).await?;
    let role = iam::Role {
        role_last_used: Some(last_used(cx, role).await?),
        ..shape
    };
    Ok(GetRoleOutput { role })
}

/// Lists roles, without tags, boundaries and their last use.
///
/// # Errors
///
/// `ValidationError` for a marker, denial.
pub async fn list_roles(
    cx: &Cx,
    caller: &Caller,
    input: ListRolesInput,
) -> Result<ListRolesOutput, ApiError> {
    let window = Window::new(input.marker.as_deref(), input.max_items)?;
    authority::check(cx, caller, &Ask::new(Op::ListRoles, "*"))?;
    let prefix = input.path_prefix.as_deref().unwrap_or("/");
    let directory = &caller.directory;
    let found = directory.roles().iter();
    let found = found.filter(|role| role.path.starts_with(prefix));
    let page = window.of(found, |role| fold(&role.name));
    let mut roles = Vec::with_capacity(page.items.len());
    for role in &page.items {
        roles.push(shape(cx, directory, role).await?);
    }
    Ok(ListRolesOutput {
        is_truncated: page.is_truncated,
        marker: page.marker,
        roles,
    })
}

/// Changes description and longest session.
///
/// # Errors
///
/// `NoSuchEntity`, `UnmodifiableEntity`, denial.
pub async fn update_role(
    cx: &Cx,
    caller: &Caller,
    input: UpdateRoleInput,
) -> Result<UpdateRoleOutput, ApiError> {
    let name = &input.role_name;
    let target = Target::role(caller, name);
    authority::check(cx, caller, &target.ask(Op::UpdateRole))?;
    let session_s = session_s(input.max_session_duration);
    change(cx, caller, |directory| {
        directory.update_role(name, |role| {
            if let Some(description) = &input.description {
                role.description = Some(description.clone());
            }
            role.session_s_max = session_s.unwrap_or(role.session_s_max);
            Ok(())
        })
    })
    .await?;
    Ok(UpdateRoleOutput {})
}

/// Changes the description. UpdateRole does that too; older clients call this.
///
/// # Errors
///
/// `NoSuchEntity`, `UnmodifiableEntity`, denial.
pub async fn update_role_description(
    cx: &Cx,
    caller: &Caller,
    input: UpdateRoleDescriptionInput,
) -> Result<UpdateRoleDescriptionOutput, ApiError> {
    let name = &input.role_name;
    let target = Target::role(caller, name);
    authority::check(cx, caller, &target.ask(Op::UpdateRoleDescription))?;
    let (role, directory) = change(cx, caller, |directory| {
        let role = directory.update_role(name, |role| {
            role.description = Some(input.description.clone());
            Ok(())
        })?;
        Ok((role, directory.clone()))
    })
    .await?;
    let role = full_shape(cx, &directory, &role).await?;
    Ok(UpdateRoleDescriptionOutput { role: Some(role) })
}

/// Replaces the trust policy.
///
/// # Errors
///
/// `NoSuchEntity`, `MalformedPolicyDocument`, `LimitExceeded`, `UnmodifiableEntity`, denial.
pub async fn update_assume_role_policy(
    cx: &Cx,
    caller: &Caller,
    input: UpdateAssumeRolePolicyInput,
) -> Result<UpdateAssumeRolePolicyOutput, ApiError> {
    let name = &input.role_name;
    let target = Target::role(caller, name);
    authority::check(cx, caller, &target.ask(Op::UpdateAssumeRolePolicy))?;
    caller.directory.role(name)?;
    let trust = Trust::read(cx, caller, &input.policy_document).await?;
    change(cx, caller, |directory| {
        let before = directory.role(name)?;
        let (text, foreign) = trust.kept(directory, Some(before))?;
        directory.update_role(name, |role| {
            (role.trust, role.foreign) = (text, foreign);
            Ok(())
        })
    })
    .await?;
    Ok(UpdateAssumeRolePolicyOutput {})
}

/// Deletes a role that nothing hangs on.
///
/// # Errors
///
/// `NoSuchEntity`, `DeleteConflict`, `UnmodifiableEntity`, denial.
pub async fn delete_role(
    cx: &Cx,
    caller: &Caller,
    input: DeleteRoleInput,
) -> Result<DeleteRoleOutput, ApiError> {
    let name = &input.role_name;
    let target = Target::role(caller, name);
    authority::check(cx, caller, &target.ask(Op::DeleteRole))?;
    change(cx, caller, |directory| directory.delete_role(name)).await?;
    Ok(DeleteRoleOutput {})
}

/// A role as lists answer it.
///
/// # Errors
///
/// The store's.
pub async fn shape(cx: &Cx, directory: &Directory, role: &Role) -> Result<iam::Role, ApiError> {
    Ok(iam::Role {
        arn: role.arn(directory.account()),
        assume_role_policy_document: Some(trust::shown(cx, directory, role).await?),
        create_date: Timestamp(role.created_ms as i64),
        description: role.description.clone(),
        max_session_duration: i32::try_from(role.session_s_max).ok(),
        path: role.path.clone(),
        permissions_boundary: None,
        role_id: role.id.to_string(),
        role_last_used: None,
        role_name: role.name.clone(),
        source_role_template: None,
        tags: None,
    })
}

/// When a role was last used; nothing in it if it never was.
///
/// # Errors
///
/// The store's.
pub async fn last_used(cx: &Cx, role: &Role) -> Result<RoleLastUsed, ApiError> {
    let last_uses = &cx.server.authenticator.last_uses;
    let used = last_uses.of(&cx.server.store, role.id.as_str()).await?;
    Ok(match used {
        None => RoleLastUsed::default(),
        Some(used) => RoleLastUsed {
            last_used_date: Some(Timestamp(used.at_ms as i64)),
            region: Some(used.region),
        },
    })
}

async fn full_shape(cx: &Cx, directory: &Directory, role: &Role) -> Result<iam::Role, ApiError> {
    Ok(iam::Role {
        permissions_boundary: managed::boundary(role.boundary.as_deref()),
        tags: tags::shapes_if_any(&role.tags),
        ..shape(cx, directory, role).await?
    })
}

/// The model has checked the range.
fn session_s(seconds: Option<i32>) -> Option<u32> {
    seconds.and_then(|seconds| u32::try_from(seconds).ok())
}

const SESSION_S_DEFAULT: u32 = 3600;

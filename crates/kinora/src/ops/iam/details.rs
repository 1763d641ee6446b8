//! GetAccountAuthorizationDetails: all users, groups, roles and policies at once.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountAuthorizationDetails.html>

use std::collections::BTreeSet;

use aws::op::Op;
use aws::shapes::iam::{
    self, EntityType, GetAccountAuthorizationDetailsInput, GetAccountAuthorizationDetailsOutput,
    GroupDetail, ManagedPolicyDetail, PolicyDetail, RoleDetail, UserDetail,
};
use aws::value::Timestamp;
use kvs::iam::shelf::fold;
use kvs::iam::{Directory, Group, Holder, Role, Usage, User};

use super::managed::{self, Managed};
use super::page::Window;
use super::tags::shapes_if_any;
use super::{document, instance_profiles, roles, trust};
use crate::ops::authority::{self, Ask};
use crate::ops::{ApiError, Caller, Cx};

/// What a page of details is cut from.
enum Detail {
    Holder(Holder),
    Policy(Managed),
}

impl Detail {
    /// What a filter calls it.
    fn kind(&self) -> EntityType {
        match self {
            Detail::Holder(Holder::User(_)) => EntityType::User,
            Detail::Holder(Holder::Group(_)) => EntityType::Group,
            Detail::Holder(Holder::Role(_)) => EntityType::Role,
            Detail::Policy(Managed::Local(_)) => EntityType::LocalManagedPolicy,
            Detail::Policy(Managed::Aws(_)) => EntityType::AwsManagedPolicy,
        }
    }

    fn key(&self) -> String {
        match self {
            Detail::Holder(holder) => {
                format!("{}/{}", holder.kind().noun(), fold(holder.name()))
            }
            // After the others in the alphabet, too.
            Detail::Policy(policy) => format!("with/{}", policy.key()),
        }
    }
}

/// Tells everything, a page at a time.
///
/// # Errors
///
/// `ValidationError` for a marker, denial.
pub async fn get_account_authorization_details(
    cx: &Cx,
    caller: &Caller,
    input: GetAccountAuthorizationDetailsInput,
) -> Result<GetAccountAuthorizationDetailsOutput, ApiError> {
    let window = Window::new(input.marker.as_deref(), input.max_items)?;
    let ask = Ask::new(Op::GetAccountAuthorizationDetails, "*");
    authority::check(cx, caller, &ask)?;
    let directory = &caller.directory;
    let filter = input.filter.unwrap_or_default();
    let mut found: Vec<Detail> = directory.holders().map(Detail::Holder).collect();
    found.extend(Managed::all(directory).into_iter().map(Detail::Policy));
    found.retain(|detail| filter.is_empty() || filter.contains(&detail.kind()));
    found.sort_by_cached_key(Detail::key);
    let page = window.of(found, Detail::key);
    let usage = Usage::of(directory);
    let (mut users, mut groups) = (Vec::new(), Vec::new());
    let (mut held_roles, mut policies) = (Vec::new(), Vec::new());
    for detail in &page.items {
        match detail {
            Detail::Holder(Holder::User(user)) => users.push(user_detail(directory, user)),
            Detail::Holder(Holder::Group(group)) => groups.push(group_detail(directory, group)),
            Detail::Holder(Holder::Role(role)) => {
                held_roles.push(role_detail(cx, directory, role).await?);
            }
            Detail::Policy(policy) => policies.push(policy_detail(directory, policy, &usage)),
        }
    }
    Ok(GetAccountAuthorizationDetailsOutput {
        group_detail_list: Some(groups),
        is_truncated: page.is_truncated,
        marker: page.marker,
        policies: Some(policies),
        role_detail_list: Some(held_roles),
        user_detail_list: Some(users),
    })
}

fn user_detail(directory: &Directory, user: &User) -> UserDetail {
    let groups = user.groups.iter();
    let groups = groups.filter_map(|id| directory.groups().by_id(id));
    let mut groups: Vec<String> = groups.map(|group| group.name.clone()).collect();
    groups.sort_by_cached_key(|name| fold(name));
    UserDetail {
        arn: Some(user.arn(directory.account())),
        attached_managed_policies: Some(attached(directory, &user.attached)),
        create_date: Some(Timestamp(user.created_ms as i64)),
        group_list: Some(groups),
        path: Some(user.path.clone()),
        permissions_boundary: managed::boundary(user.boundary.as_deref()),
        tags: shapes_if_any(&user.tags),
        user_id: Some(user.id.to_string()),
        user_name: Some(user.name.clone()),
        user_policy_list: Some(inline(&user.inline)),
    }
}

fn group_detail(directory: &Directory, group: &Group) -> GroupDetail {
    GroupDetail {
        arn: Some(group.arn(directory.account())),
        attached_managed_policies: Some(attached(directory, &group.attached)),
        create_date: Some(Timestamp(group.created_ms as i64)),
        group_id: Some(group.id.to_string()),
        group_name: Some(group.name.clone()),
        group_policy_list: Some(inline(&group.inline)),
        path: Some(group.path.clone()),
    }
}

async fn role_detail(cx: &Cx, directory: &Directory, role: &Role) -> Result<RoleDetail, ApiError> {
    let profiles = directory.profiles_of(role);
    Ok(RoleDetail {
        arn: Some(role.arn(directory.account())),
        assume_role_policy_document: Some(trust::shown(cx, directory, role).await?),
        attached_managed_policies: Some(attached(directory, &role.attached)),
        create_date: Some(Timestamp(role.created_ms as i64)),
        instance_profile_list: Some(instance_profiles::shapes(cx, directory, profiles).await?),
        path: Some(role.path.clone()),
        permissions_boundary: managed::boundary(role.boundary.as_deref()),
        role_id: Some(role.id.to_string()),
        role_last_used: Some(roles::last_used(cx, role).await?),
        role_name: Some(role.name.clone()),
        role_policy_list: Some(inline(&role.inline)),
        tags: shapes_if_any(&role.tags),
    })
}

fn policy_detail(directory: &Directory, policy: &Managed, usage: &Usage) -> ManagedPolicyDetail {
    let account = directory.account();
    let used = usage.used(&policy.arn(account));
    let shape = policy.full_shape(account, used);
    ManagedPolicyDetail {
        arn: shape.arn,
        attachment_count: shape.attachment_count,
        create_date: shape.create_date,
        default_version_id: shape.default_version_id,
        description: shape.description,
        is_attachable: shape.is_attachable,
        path: shape.path,
        permissions_boundary_usage_count: shape.permissions_boundary_usage_count,
        policy_id: shape.policy_id,
        policy_name: shape.policy_name,
        policy_version_list: Some(policy.versions()),
        update_date: shape.update_date,
    }
}

fn attached(directory: &Directory, arns: &BTreeSet<String>) -> Vec<iam::AttachedPolicy> {
    let attached = managed::attached(directory, arns).into_iter();
    attached.map(|(_, shape)| shape).collect()
}

fn inline(policies: &kvs::iam::holder::Inline) -> Vec<PolicyDetail> {
    let shape = |(name, text): (&String, &std::sync::Arc<str>)| PolicyDetail {
        policy_document: Some(document::encoded(text)),
        policy_name: Some(name.clone()),
    };
    policies.iter().map(shape).collect()
}

//! Groups and their members: CreateGroup and its kin.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateGroup.html>

use std::collections::{BTreeMap, BTreeSet};

use aws::op::Op;
use aws::shapes::iam::{
    self, AddUserToGroupInput, AddUserToGroupOutput, CreateGroupInput, CreateGroupOutput,
    DeleteGroupInput, DeleteGroupOutput, GetGroupInput, GetGroupOutput, ListGroupsForUserInput,
    ListGroupsForUserOutput, ListGroupsInput, ListGroupsOutput, RemoveUserFromGroupInput,
    RemoveUserFromGroupOutput, UpdateGroupInput, UpdateGroupOutput,
};
use aws::value::Timestamp;
use kvs::iam::shelf::fold;
use kvs::iam::{EntityId, Group, HolderKind, IdPrefix, arn, groups, users};
use kvs::name::AccountId;

use crate::ops::authority::{self, Ask};
use crate::ops::iam::change;
use crate::ops::iam::page::Window;
use crate::ops::iam::target::Target;
use crate::ops::iam::users::{Subject, allow as allow_user, listed};
use crate::ops::{ApiError, Caller, Cx};
use crate::server;

/// Creates a group.
///
/// # Errors
///
/// `EntityAlreadyExists`, `LimitExceeded`, denial.
pub async fn create_group(
    cx: &Cx,
    caller: &Caller,
    input: CreateGroupInput,
) -> Result<CreateGroupOutput, ApiError> {
    let group = Group {
        id: EntityId::mint(IdPrefix::Group, server::random()),
        name: input.group_name,
        path: input.path.unwrap_or_else(|| "/".to_owned()),
        created_ms: cx.server.clock.now_ms(),
        attached: BTreeSet::new(),
        inline: BTreeMap::new(),
    };
    let resource = group.arn(caller.account);
    authority::check(cx, caller, &Ask::new(Op::CreateGroup, &resource))?;
    let max = cx.server.config.quotas.groups_per_account_max;
    change(cx, caller, |directory| {
        groups::create(directory, group.clone(), max)
    })
    .await?;
    let group = shape(caller.account, &group);
    Ok(CreateGroupOutput { group })
}

/// Tells of a group and lists its members.
///
/// # Errors
///
/// `NoSuchEntity`, `ValidationError` for a marker that is none of ours, denial.
pub async fn get_group(
    cx: &Cx,
    caller: &Caller,
    input: GetGroupInput,
) -> Result<GetGroupOutput, ApiError> {
    allow(cx, caller, Op::GetGroup, &input.group_name)?;
    let window = Window::new(input.marker.as_deref(), input.max_items)?;
    let group = groups::find(&caller.directory, &input.group_name)?;
    let members = groups::members(&caller.directory, &group.id);
    let page = window.of(members, |user| fold(&user.name));
    let page = page.map(|user| listed(caller.account, user));
    Ok(GetGroupOutput {
        group: shape(caller.account, group),
        users: page.items,
        is_truncated: page.is_truncated,
        marker: page.marker,
    })
}

/// Gives a group another name or path; the caller needs to be allowed both the old and
/// the new one.
///
/// # Errors
///
/// `NoSuchEntity`, `EntityAlreadyExists`, denial.
pub async fn update_group(
    cx: &Cx,
    caller: &Caller,
    input: UpdateGroupInput,
) -> Result<UpdateGroupOutput, ApiError> {
    let (name, path) = (input.new_group_name, input.new_path);
    let old = input.group_name;
    allow(cx, caller, Op::UpdateGroup, &old)?;
    let known = caller.directory.groups().get(&old);
    let new_path = path.as_deref().or(known.map(|group| &group.path[..]));
    let new_name = name.as_deref().or(known.map(|group| &group.name[..]));
    let (new_path, new_name) = (new_path.unwrap_or("/"), new_name.unwrap_or(&old));
    let resource = arn::identity(caller.account, "group", new_path, new_name);
    authority::check(cx, caller, &Ask::new(Op::UpdateGroup, &resource))?;
    change(cx, caller, |directory| {
        groups::update(directory, &old, name.as_deref(), path.as_deref())
    })
    .await?;
    Ok(UpdateGroupOutput::default())
}

/// Deletes a group without members and policies.
///
/// # Errors
///
/// `NoSuchEntity`, `DeleteConflict`, denial.
pub async fn delete_group(
    cx: &Cx,
    caller: &Caller,
    input: DeleteGroupInput,
) -> Result<DeleteGroupOutput, ApiError> {
    let name = &input.group_name;
    allow(cx, caller, Op::DeleteGroup, name)?;
    change(cx, caller, |directory| groups::delete(directory, name)).await?;
    Ok(DeleteGroupOutput::default())
}

/// Lists the groups below a path.
///
/// # Errors
///
/// `ValidationError` for a marker that is none of ours, denial.
pub async fn list_groups(
    cx: &Cx,
    caller: &Caller,
    input: ListGroupsInput,
) -> Result<ListGroupsOutput, ApiError> {
    authority::check(cx, caller, &Ask::new(Op::ListGroups, "*"))?;
    let window = Window::new(input.marker.as_deref(), input.max_items)?;
    let prefix = input.path_prefix.as_deref().unwrap_or("/");
    let groups = caller.directory.groups().iter();
    let groups = groups.filter(|group| group.path.starts_with(prefix));
    let page = window.of(groups, |group| fold(&group.name));
    let page = page.map(|group| shape(caller.account, group));
    Ok(ListGroupsOutput {
        groups: page.items,
        is_truncated: page.is_truncated,
        marker: page.marker,
    })
}

/// Puts a user in a group.
///
/// # Errors
///
/// `NoSuchEntity`, `LimitExceeded`, denial.
pub async fn add_user_to_group(
    cx: &Cx,
    caller: &Caller,
    input: AddUserToGroupInput,
) -> Result<AddUserToGroupOutput, ApiError> {
    let (user, group) = (&input.user_name, &input.group_name);
    allow(cx, caller, Op::AddUserToGroup, group)?;
    change(cx, caller, |directory| users::join(directory, user, group)).await?;
    Ok(AddUserToGroupOutput::default())
}

/// Takes a user out of a group.
///
/// # Errors
///
/// `NoSuchEntity`, also if the user is not in the group; denial.
pub async fn remove_user_from_group(
    cx: &Cx,
    caller: &Caller,
    input: RemoveUserFromGroupInput,
) -> Result<RemoveUserFromGroupOutput, ApiError> {
    let (user, group) = (&input.user_name, &input.group_name);
    allow(cx, caller, Op::RemoveUserFromGroup, group)?;
    change(cx, caller, |directory| users::leave(directory, user, group)).await?;
    Ok(RemoveUserFromGroupOutput::default())
}

/// Lists the groups a user is in.
///
/// # Errors
///
/// `NoSuchEntity`, `ValidationError` for a marker that is none of ours, denial.
pub async fn list_groups_for_user(
    cx: &Cx,
    caller: &Caller,
    input: ListGroupsForUserInput,
) -> Result<ListGroupsForUserOutput, ApiError> {
    let subject = Subject::User(input.user_name);
    allow_user(cx, caller, Op::ListGroupsForUser, &subject)?;
    let window = Window::new(input.marker.as_deref(), input.max_items)?;
    let user = users::find(&caller.directory, subject.name())?;
    let groups = groups::of_user(&caller.directory, user);
    let page = window.of(groups, |group| fold(&group.name));
    let page = page.map(|group| shape(caller.account, group));
    Ok(ListGroupsForUserOutput {
        groups: page.items,
        is_truncated: page.is_truncated,
        marker: page.marker,
    })
}

/// Whether the caller may do this to a group; told before whether there is such a group.
///
/// # Errors
///
/// Denial.
pub fn allow(cx: &Cx, caller: &Caller, op: Op, name: &str) -> Result<(), ApiError> {
    let target = Target::holder(caller, HolderKind::Group, name);
    authority::check(cx, caller, &target.ask(op))
}

/// A group as it is answered.
pub fn shape(account: AccountId, group: &Group) -> iam::Group {
    iam::Group {
        path: group.path.clone(),
        group_name: group.name.clone(),
        group_id: group.id.to_string(),
        arn: group.arn(account),
        create_date: Timestamp(group.created_ms as i64),
    }
}

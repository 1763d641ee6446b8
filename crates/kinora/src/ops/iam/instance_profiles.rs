//! Instance profiles: CreateInstanceProfile and its kin. Nothing here runs on instances;
//! tools ask for them when they delete roles.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateInstanceProfile.html>

use aws::op::Op;
use aws::policy::actions::PASS_ROLE;
use aws::shapes::iam::{
    self, AddRoleToInstanceProfileInput, AddRoleToInstanceProfileOutput,
    CreateInstanceProfileInput, CreateInstanceProfileOutput, DeleteInstanceProfileInput,
    DeleteInstanceProfileOutput, GetInstanceProfileInput, GetInstanceProfileOutput,
    ListInstanceProfilesForRoleInput, ListInstanceProfilesForRoleOutput, ListInstanceProfilesInput,
    ListInstanceProfilesOutput, RemoveRoleFromInstanceProfileInput,
    RemoveRoleFromInstanceProfileOutput,
};
use aws::value::Timestamp;
use kvs::iam::shelf::fold;
use kvs::iam::{Directory, EntityId, IdPrefix, InstanceProfile, arn};

use super::page::Window;
use super::target::Target;
use super::{change, roles, tags};
use crate::ops::authority::{self, Ask};
use crate::ops::{ApiError, Caller, Cx};
use crate::server;

/// Creates an instance profile.
///
/// # Errors
///
/// `EntityAlreadyExists`, `LimitExceeded`, `InvalidInput`, denial.
pub async fn create_instance_profile(
    cx: &Cx,
    caller: &Caller,
    input: CreateInstanceProfileInput,
) -> Result<CreateInstanceProfileOutput, ApiError> {
    let tags = tags::given(input.tags.as_deref())?;
    let path = input.path.unwrap_or_else(|| "/".to_owned());
    let name = input.instance_profile_name;
    let arn = arn::identity(caller.account, "instance-profile", &path, &name);
    let ask = Ask::new(Op::CreateInstanceProfile, &arn).request_tags(tags.iter());
    authority::check(cx, caller, &ask)?;
    let profile = InstanceProfile {
        id: EntityId::mint(IdPrefix::InstanceProfile, server::random()),
        name,
        path,
        created_ms: cx.server.clock.now_ms(),
        tags,
        role: None,
    };
    let max = cx.server.config.quotas.instance_profiles_per_account_max;
    change(cx, caller, |directory| {
        directory.create_instance_profile(profile.clone(), max)
    })
    .await?;
    let instance_profile = full_shape(cx, &caller.directory, &profile).await?;
    Ok(CreateInstanceProfileOutput { instance_profile })
}

/// Tells of an instance profile.
///
/// # Errors
///
/// `NoSuchEntity`, denial.
pub async fn get_instance_profile(
    cx: &Cx,
    caller: &Caller,
    input: GetInstanceProfileInput,
) -> Result<GetInstanceProfileOutput, ApiError> {
    let name = &input.instance_profile_name;
    let target = Target::instance_profile(caller, name);
    authority::check(cx, caller, &target.ask(Op::GetInstanceProfile))?;
    let directory = &caller.directory;
    let profile = directory.instance_profile(name)?;
    let instance_profile = full_shape(cx, directory, profile).await?;
    Ok(GetInstanceProfileOutput { instance_profile })
}

/// Deletes an instance profile without a role.
///
/// # Errors
///
/// `NoSuchEntity`, `DeleteConflict`, denial.
pub async fn delete_instance_profile(
    cx: &Cx,
    caller: &Caller,
    input: DeleteInstanceProfileInput,
) -> Result<DeleteInstanceProfileOutput, ApiError> {
    let name = &input.instance_profile_name;
    let target = Target::instance_profile(caller, name);
    authority::check(cx, caller, &target.ask(Op::DeleteInstanceProfile))?;
    change(cx, caller, |directory| {
        directory.delete_instance_profile(name)
    })
    .await?;
    Ok(DeleteInstanceProfileOutput {})
}

/// Lists instance profiles.
///
/// # Errors
///
/// `ValidationError` for a marker, denial.
pub async fn list_instance_profiles(
    cx: &Cx,
    caller: &Caller,
    input: ListInstanceProfilesInput,
) -> Result<ListInstanceProfilesOutput, ApiError> {
    let window = Window::new(input.marker.as_deref(), input.max_items)?;
    authority::check(cx, caller, &Ask::new(Op::ListInstanceProfiles, "*"))?;
    let prefix = input.path_prefix.as_deref().unwrap_or("/");
    let directory = &caller.directory;
    let found = directory.instance_profiles().iter();
    let found = found.filter(|profile| profile.path.starts_with(prefix));
    let page = window.of(found, |profile| fold(&profile.name));
    Ok(ListInstanceProfilesOutput {
        instance_profiles: shapes(cx, directory, &page.items).await?,
        is_truncated: page.is_truncated,
        marker: page.marker,
    })
}

/// Lists the instance profiles that a role is in.
///
/// # Errors
///
/// `NoSuchEntity`, `ValidationError` for a marker, denial.
pub async fn list_instance_profiles_for_role(
    cx: &Cx,
    caller: &Caller,
    input: ListInstanceProfilesForRoleInput,
) -> Result<ListInstanceProfilesForRoleOutput, ApiError> {
    let window = Window::new(input.marker.as_deref(), input.max_items)?;
    let target = Target::role(caller, &input.role_name);
    authority::check(cx, caller, &target.ask(Op::ListInstanceProfilesForRole))?;
    let directory = &caller.directory;
    let role = directory.role(&input.role_name)?;
    let page = window.of(directory.profiles_of(role), |profile| fold(&profile.name));
    Ok(ListInstanceProfilesForRoleOutput {
        instance_profiles: shapes(cx, directory, &page.items).await?,
        is_truncated: page.is_truncated,
        marker: page.marker,
    })
}

/// Puts a role into an instance profile. The caller must be allowed to pass the role on.
///
/// # Errors
///
/// `NoSuchEntity`, `LimitExceeded`, `UnmodifiableEntity`, denial.
pub async fn add_role_to_instance_profile(
    cx: &Cx,
    caller: &Caller,
    input: AddRoleToInstanceProfileInput,
) -> Result<AddRoleToInstanceProfileOutput, ApiError> {
    let (name, op) = (&input.instance_profile_name, Op::AddRoleToInstanceProfile);
    let target = Target::instance_profile(caller, name);
    authority::check(cx, caller, &target.ask(op))?;
    let role = Target::role(caller, &input.role_name);
    let pass = role.ask(op).action(PASS_ROLE);
    let pass = pass.key("iam:PassedToService", "ec2.amazonaws.com");
    authority::check(cx, caller, &pass)?;
    change(cx, caller, |directory| {
        directory.add_role_to_profile(name, &input.role_name)
    })
    .await?;
    Ok(AddRoleToInstanceProfileOutput {})
}

/// Takes a role out of an instance profile.
///
/// # Errors
///
/// `NoSuchEntity` also if it is not in it; `UnmodifiableEntity`, denial.
pub async fn remove_role_from_instance_profile(
    cx: &Cx,
    caller: &Caller,
    input: RemoveRoleFromInstanceProfileInput,
) -> Result<RemoveRoleFromInstanceProfileOutput, ApiError> {
    let name = &input.instance_profile_name;
    let target = Target::instance_profile(caller, name);
    authority::check(cx, caller, &target.ask(Op::RemoveRoleFromInstanceProfile))?;
    change(cx, caller, |directory| {
        directory.remove_role_from_profile(name, &input.role_name)
    })
    .await?;
    Ok(RemoveRoleFromInstanceProfileOutput {})
}

/// Instance profiles as lists answer them, without tags.
///
/// # Errors
///
/// The store's.
pub async fn shapes(
    cx: &Cx,
    directory: &Directory,
    profiles: impl IntoIterator<Item = impl AsRef<InstanceProfile>>,
) -> Result<Vec<iam::InstanceProfile>, ApiError> {
    let mut shapes = Vec::new();
    for profile in profiles {
        shapes.push(shape(cx, directory, profile.as_ref()).await?);
    }
    Ok(shapes)
}

async fn shape(
    cx: &Cx,
    directory: &Directory,
    profile: &InstanceProfile,
) -> Result<iam::InstanceProfile, ApiError> {
    let role = profile.role.as_ref();
    let mut held = Vec::new();
    if let Some(role) = role.and_then(|id| directory.roles().by_id(id)) {
        held.push(roles::shape(cx, directory, role).await?);
    }
    Ok(iam::InstanceProfile {
        arn: profile.arn(directory.account()),
        create_date: Timestamp(profile.created_ms as i64),
        instance_profile_id: profile.id.to_string(),
        instance_profile_name: profile.name.clone(),
        path: profile.path.clone(),
        roles: held,
        tags: None,
    })
}

async fn full_shape(
    cx: &Cx,
    directory: &Directory,
    profile: &InstanceProfile,
) -> Result<iam::InstanceProfile, ApiError> {
    Ok(iam::InstanceProfile {
        tags: tags::shapes_if_any(&profile.tags),
        ..shape(cx, directory, profile).await?
    })
}

//! The rules of groups: names, members, and what must be gone before a group goes.

use std::sync::Arc;

use super::shelf::fold;
use super::{Directory, EntityId, EntityKind, Group, IamError, User};

/// A group by name, whatever its letter case.
///
/// # Errors
///
/// `NoSuchEntity`.
pub fn find<'a>(directory: &'a Directory, name: &str) -> Result<&'a Arc<Group>, IamError> {
    let group = directory.groups().get(name);
    group.ok_or_else(|| IamError::missing("group", name))
}

/// Changes a group; if `change` leaves it as it is, nothing is written.
///
/// # Errors
///
/// `NoSuchEntity`; those of `change`.
pub fn edit<T>(
    directory: &mut Directory,
    name: &str,
    change: impl FnOnce(&mut Group) -> Result<T, IamError>,
) -> Result<T, IamError> {
    let before = Arc::clone(find(directory, name)?);
    directory.edit(&*before, change)
}

/// Adds a new group, unless there are `max` in the account.
///
/// # Errors
///
/// `EntityAlreadyExists` for a name that differs in letter case at most; `LimitExceeded`.
pub fn create(directory: &mut Directory, group: Group, max: usize) -> Result<(), IamError> {
    directory.groups().admit("Group", &group.name, max)?;
    directory.put(group);
    Ok(())
}

/// Gives a group another name or path. It stays the same group.
///
/// # Errors
///
/// `NoSuchEntity`, `EntityAlreadyExists`.
pub fn update(
    directory: &mut Directory,
    name: &str,
    new_name: Option<&str>,
    new_path: Option<&str>,
) -> Result<(), IamError> {
    if let Some(new_name) = new_name {
        find(directory, name)?;
        directory.groups().check_rename("Group", name, new_name)?;
    }
    edit(directory, name, |group| {
        group.name = new_name.unwrap_or(&group.name).to_owned();
        group.path = new_path.unwrap_or(&group.path).to_owned();
        Ok(())
    })
}

/// Removes a group without members and policies.
///
/// # Errors
///
/// `NoSuchEntity`; `DeleteConflict`, which says what must go first.
pub fn delete(directory: &mut Directory, name: &str) -> Result<(), IamError> {
    let group = Arc::clone(find(directory, name)?);
    let has_members = members(directory, &group.id).next().is_some();
    let hanging = [
        (has_members, "remove users from group"),
        (!group.attached.is_empty(), "detach all policies"),
        (!group.inline.is_empty(), "delete policies"),
    ];
    if let Some((_, first)) = hanging.into_iter().find(|(is_there, _)| *is_there) {
        return Err(IamError::delete_conflict(first));
    }
    directory.delete(EntityKind::Group, &group.id);
    Ok(())
}

/// The users in a group, in order of lower-case names.
pub fn members<'a>(
    directory: &'a Directory,
    group: &EntityId,
) -> impl Iterator<Item = &'a Arc<User>> {
    let users = directory.users().iter();
    users.filter(move |user| user.groups.contains(group))
}

/// The groups a user is in, in order of lower-case names.
pub fn of_user<'a>(directory: &'a Directory, user: &User) -> Vec<&'a Arc<Group>> {
    let ids = user.groups.iter();
    let mut groups: Vec<_> = ids.filter_map(|id| directory.groups().by_id(id)).collect();
    groups.sort_by_key(|group| fold(&group.name));
    groups
}

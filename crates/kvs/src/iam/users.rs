//! The rules of users: names, groups, and what must be gone before a user goes.

use std::sync::Arc;

use super::{Directory, EntityKind, IamError, IamErrorKind, User, groups};
use crate::limits;

/// A user by name, whatever its letter case.
///
/// # Errors
///
/// `NoSuchEntity`.
pub fn find<'a>(directory: &'a Directory, name: &str) -> Result<&'a Arc<User>, IamError> {
    let user = directory.users().get(name);
    user.ok_or_else(|| IamError::missing("user", name))
}

/// Changes a user; if `change` leaves it as it is, nothing is written.
///
/// # Errors
///
/// `NoSuchEntity`; those of `change`.
pub fn edit<T>(
    directory: &mut Directory,
    name: &str,
    change: impl FnOnce(&mut User) -> Result<T, IamError>,
) -> Result<T, IamError> {
    let before = Arc::clone(find(directory, name)?);
    directory.edit(&*before, change)
}

/// Adds a new user, unless there are `max` in the account.
///
/// # Errors
///
/// `EntityAlreadyExists` for a name that differs in letter case at most; `LimitExceeded`.
pub fn create(directory: &mut Directory, user: User, max: usize) -> Result<(), IamError> {
    directory.users().admit("User", &user.name, max)?;
    directory.put(user);
    Ok(())
}

/// Gives a user another name or path. It stays the same user: id, keys, groups and
/// policies remain.
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
        directory.users().check_rename("User", name, new_name)?;
    }
    edit(directory, name, |user| {
        user.name = new_name.unwrap_or(&user.name).to_owned();
        user.path = new_path.unwrap_or(&user.path).to_owned();
        Ok(())
    })
}

/// Removes a user on whom nothing hangs any more.
///
/// # Errors
///
/// `NoSuchEntity`; `DeleteConflict`, which says what must go first.
pub fn delete(directory: &mut Directory, name: &str) -> Result<(), IamError> {
    let user = Arc::clone(find(directory, name)?);
    let owned = Some(Some(user.id.clone()));
    let has_device = directory
        .mfa_devices()
        .iter()
        .any(|device| device.owner == owned);
    let hanging = [
        (!user.groups.is_empty(), "remove users from group"),
        (!user.attached.is_empty(), "detach all policies"),
        (!user.inline.is_empty(), "delete policies"),
        (!user.keys.is_empty(), "delete access keys"),
        (user.login.is_some(), "delete login profile"),
        (has_device, "delete MFA device"),
    ];
    if let Some((_, first)) = hanging.into_iter().find(|(is_there, _)| *is_there) {
        return Err(IamError::delete_conflict(first));
    }
    directory.delete(EntityKind::User, &user.id);
    Ok(())
}

/// Puts a user in a group; one who is in it stays there.
///
/// # Errors
///
/// `NoSuchEntity`, `LimitExceeded`.
pub fn join(directory: &mut Directory, name: &str, group: &str) -> Result<(), IamError> {
    let group = groups::find(directory, group)?.id.clone();
    edit(directory, name, |user| {
        let max = limits::GROUPS_PER_USER_MAX;
        if !user.groups.contains(&group) && user.groups.len() >= max {
            return Err(IamError::over_quota("GroupsPerUser", max));
        }
        user.groups.insert(group);
        Ok(())
    })
}

/// Takes a user out of a group.
///
/// # Errors
///
/// `NoSuchEntity`, also if the user is not in the group.
pub fn leave(directory: &mut Directory, name: &str, group: &str) -> Result<(), IamError> {
    let id = groups::find(directory, group)?.id.clone();
    edit(directory, name, |user| match user.groups.remove(&id) {
        true => Ok(()),
        false => {
            let message = format!("User {name} is not in group {group}.");
            Err(IamError::new(IamErrorKind::NoSuchEntity, message))
        }
    })
}

#[cfg(test)]
pub(super) mod tests;

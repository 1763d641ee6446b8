//! The rules of long-term access keys: at most two, of a user or of root.
//!
//! A directory knows of a key what may be shown; its secret is stored elsewhere, in the
//! same commit.

use std::sync::Arc;

use super::{AccessKeyMeta, Change, Directory, IamError, IamErrorKind, Settings, User};
use crate::account::{AccessKey, Principal};
use crate::limits;

/// The keys of a user or of root, oldest first.
///
/// # Errors
///
/// `NoSuchEntity` for a user who is gone.
pub fn of<'a>(
    directory: &'a Directory,
    owner: &Principal,
) -> Result<&'a [AccessKeyMeta], IamError> {
    match owner {
        Principal::Root => Ok(&directory.settings().root.keys),
        Principal::User(id) => match directory.users().by_id(id) {
            Some(user) => Ok(&user.keys),
            None => Err(IamError::missing("user", id.as_str())),
        },
    }
}

/// Whose key this is; `None` for a key of another account or of nobody.
pub fn owner(directory: &Directory, id: &str) -> Option<Principal> {
    let has = |keys: &[AccessKeyMeta]| keys.iter().any(|key| key.id == id);
    if has(&directory.settings().root.keys) {
        return Some(Principal::Root);
    }
    let user = directory.users().iter().find(|user| has(&user.keys))?;
    Some(Principal::User(user.id.clone()))
}

/// Adds a new key to those of its principal.
///
/// # Errors
///
/// `LimitExceeded`; `NoSuchEntity` for a user who is gone.
pub fn create(directory: &mut Directory, key: AccessKey) -> Result<(), IamError> {
    let meta = AccessKeyMeta {
        id: key.id.clone(),
        active: key.active,
        created_ms: key.created_ms,
    };
    let max = limits::ACCESS_KEYS_PER_USER_MAX;
    edit(directory, &key.principal, |keys| {
        if keys.len() >= max {
            return Err(IamError::over_quota("AccessKeysPerUser", max));
        }
        keys.push(meta);
        Ok(())
    })?;
    directory.note(Change::PutAccessKey(key));
    Ok(())
}

/// Says whether a key is accepted, from the next request on.
///
/// # Errors
///
/// `NoSuchEntity` for a key that is not the owner's.
pub fn set_active(
    directory: &mut Directory,
    owner: &Principal,
    id: &str,
    active: bool,
) -> Result<(), IamError> {
    let is_new = edit(directory, owner, |keys| {
        let key = keys.iter_mut().find(|key| key.id == id);
        let key = key.ok_or_else(|| missing(id))?;
        Ok(std::mem::replace(&mut key.active, active) != active)
    })?;
    if is_new {
        let id = id.to_owned();
        directory.note(Change::SetAccessKey { id, active });
    }
    Ok(())
}

/// Removes a key for good.
///
/// # Errors
///
/// `NoSuchEntity` for a key that is not the owner's.
pub fn delete(directory: &mut Directory, owner: &Principal, id: &str) -> Result<(), IamError> {
    edit(directory, owner, |keys| {
        let before = keys.len();
        keys.retain(|key| key.id != id);
        match keys.len() < before {
            true => Ok(()),
            false => Err(missing(id)),
        }
    })?;
    directory.note(Change::DeleteAccessKey(id.to_owned()));
    Ok(())
}

/// A key that the caller may not know of or that does not exist: the same to all.
pub fn missing(id: &str) -> IamError {
    let message = format!("The Access Key with id {id} cannot be found.");
    IamError::new(IamErrorKind::NoSuchEntity, message)
}

fn edit<T>(
    directory: &mut Directory,
    owner: &Principal,
    change: impl FnOnce(&mut Vec<AccessKeyMeta>) -> Result<T, IamError>,
) -> Result<T, IamError> {
    let mut keys = of(directory, owner)?.to_vec();
    let value = change(&mut keys)?;
    match owner {
        Principal::Root => {
            let mut settings = Settings::clone(directory.settings());
            settings.root.keys = keys;
            directory.put(settings);
        }
        Principal::User(id) => {
            if let Some(user) = directory.users().by_id(id).map(Arc::clone) {
                let user = User::clone(&user);
                directory.put(User { keys, ..user });
            }
        }
    }
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::{create, delete, of, owner, set_active};
    use crate::account::{AccessKey, Principal};
    use crate::iam::users::tests::{directory, user};
    use crate::iam::{Change, Directory, EntityId, IamErrorKind};

    fn add(directory: &mut Directory, principal: &Principal, id: &str) -> Result<(), IamErrorKind> {
        let key = AccessKey {
            id: id.to_owned(),
            account: directory.account(),
            principal: principal.clone(),
            secret: "hidden".to_owned(),
            created_ms: 7,
            active: true,
        };
        create(directory, key).map_err(|error| error.kind)
    }

    #[test]
    fn root_and_users_have_two_keys_at_most() {
        let mut directory = directory([user("1", "ann")]);
        let ann = Principal::User(EntityId::new("1"));
        for (n, principal) in [Principal::Root, ann.clone()].iter().enumerate() {
            assert_eq!(add(&mut directory, principal, &format!("A{n}")), Ok(()));
            assert_eq!(add(&mut directory, principal, &format!("B{n}")), Ok(()));
            let third = add(&mut directory, principal, &format!("C{n}"));
            assert_eq!(third, Err(IamErrorKind::LimitExceeded));
            assert_eq!(
                owner(&directory, &format!("B{n}")).as_ref(),
                Some(principal)
            );
        }
        assert_eq!(owner(&directory, "C0"), None);
        set_active(&mut directory, &ann, "A1", false).unwrap();
        let third = add(&mut directory, &ann, "C1");
        assert_eq!(
            third,
            Err(IamErrorKind::LimitExceeded),
            "inactive ones count"
        );
        let gone = Principal::User(EntityId::new("2"));
        assert_eq!(
            add(&mut directory, &gone, "D"),
            Err(IamErrorKind::NoSuchEntity)
        );
    }

    #[test]
    fn a_key_is_changed_by_its_owner_alone() {
        let mut directory = directory([user("1", "ann"), user("2", "bob")]);
        let ann = Principal::User(EntityId::new("1"));
        let bob = Principal::User(EntityId::new("2"));
        add(&mut directory, &ann, "A").unwrap();
        for other in [&bob, &Principal::Root] {
            let error = set_active(&mut directory, other, "A", false).unwrap_err();
            assert_eq!(error.kind, IamErrorKind::NoSuchEntity);
            assert_eq!(error.message, "The Access Key with id A cannot be found.");
            assert!(delete(&mut directory, other, "A").is_err());
        }
        assert!(of(&directory, &ann).unwrap()[0].active);
        set_active(&mut directory, &ann, "A", false).unwrap();
        assert!(!of(&directory, &ann).unwrap()[0].active);
        let changes = directory.changes();
        let off = Change::SetAccessKey {
            id: "A".to_owned(),
            active: false,
        };
        assert_eq!(
            format!("{:?}", changes[changes.len() - 1]),
            format!("{off:?}")
        );
        set_active(&mut directory, &ann, "A", false).unwrap();
        delete(&mut directory, &ann, "A").unwrap();
        assert!(of(&directory, &ann).unwrap().is_empty());
        assert!(matches!(
            directory.changes().last(),
            Some(Change::DeleteAccessKey(_))
        ));
    }
}

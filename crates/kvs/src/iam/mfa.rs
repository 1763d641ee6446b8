//! The rules of virtual MFA devices: made for nobody, then assigned to a user who shows
//! that it works, and taken away before they are deleted.

use std::sync::Arc;

use super::{Directory, EntityId, EntityKind, IamError, IamErrorKind, MfaDevice, users};
use crate::limits;

/// A device by its serial number.
///
/// # Errors
///
/// `NoSuchEntity`.
pub fn find<'a>(directory: &'a Directory, serial: &str) -> Result<&'a Arc<MfaDevice>, IamError> {
    let device = directory.mfa_devices().by_id(&EntityId::new(serial));
    device.ok_or_else(|| missing(serial))
}

/// The devices of a user or of root (`None`), in order of lower-case names.
pub fn of<'a>(
    directory: &'a Directory,
    owner: Option<&EntityId>,
) -> impl Iterator<Item = &'a Arc<MfaDevice>> + use<'a> {
    let owner = Some(owner.cloned());
    let devices = directory.mfa_devices().iter();
    devices.filter(move |device| device.owner == owner)
}

/// How the names of root's own devices begin, as AWS names the first.
pub const ROOT_DEVICE: &str = "root-account-mfa-device";

/// Adds a new device, unless there are `max` in the account. The names of root's own devices are
/// kept for root: nobody must be able to use them up.
///
/// # Errors
///
/// `EntityAlreadyExists`, `LimitExceeded`, `InvalidInput`.
pub fn create(directory: &mut Directory, device: MfaDevice, max: usize) -> Result<(), IamError> {
    let begins = device.name.get(..ROOT_DEVICE.len());
    if begins.is_some_and(|begins| begins.eq_ignore_ascii_case(ROOT_DEVICE)) {
        let message = format!("Names that begin with {ROOT_DEVICE} are kept for the root user.");
        return Err(IamError::new(IamErrorKind::InvalidInput, message));
    }
    if directory.mfa_devices().get(&device.name).is_some() {
        let message = "MFADevice entity at the same path and name already exists.";
        return Err(IamError::new(IamErrorKind::EntityAlreadyExists, message));
    }
    if directory.mfa_devices().len() >= max {
        return Err(IamError::over_quota("MFADevicesPerAccount", max));
    }
    directory.put(device);
    Ok(())
}

/// Assigns a device to a user. `shown` gives the device after it showed its codes, or
/// nothing if they are wrong.
///
/// # Errors
///
/// `NoSuchEntity`, `EntityAlreadyExists` for a device that is somebody's,
/// `LimitExceeded`, `InvalidAuthenticationCode`.
pub fn enable(
    directory: &mut Directory,
    user: &str,
    serial: &str,
    now_ms: u64,
    shown: impl FnOnce(&MfaDevice) -> Option<MfaDevice>,
) -> Result<(), IamError> {
    let user = users::find(directory, user)?.id.clone();
    let device = find(directory, serial)?;
    if device.owner.is_some() {
        let message = "MFA Device is already in use.";
        return Err(IamError::new(IamErrorKind::EntityAlreadyExists, message));
    }
    let max = limits::MFA_DEVICES_PER_USER_MAX;
    if of(directory, Some(&user)).count() >= max {
        return Err(IamError::over_quota("MFADevicesPerUser", max));
    }
    let device = shown(device).ok_or_else(wrong_codes)?;
    directory.put(MfaDevice {
        owner: Some(Some(user)),
        enabled_ms: Some(now_ms),
        ..device
    });
    Ok(())
}

/// Sets a device's clock right. `shown` as in [`enable`].
///
/// # Errors
///
/// `NoSuchEntity`, also for a device of somebody else; `InvalidAuthenticationCode`.
pub fn resync(
    directory: &mut Directory,
    user: &str,
    serial: &str,
    shown: impl FnOnce(&MfaDevice) -> Option<MfaDevice>,
) -> Result<(), IamError> {
    let device = shown(owned(directory, user, serial)?).ok_or_else(wrong_codes)?;
    directory.put(device);
    Ok(())
}

/// Takes a device away from its user. The codes it has shown stay used.
///
/// # Errors
///
/// `NoSuchEntity`, also for a device of somebody else.
pub fn deactivate(directory: &mut Directory, user: &str, serial: &str) -> Result<(), IamError> {
    let device = MfaDevice::clone(owned(directory, user, serial)?);
    directory.put(MfaDevice {
        owner: None,
        enabled_ms: None,
        ..device
    });
    Ok(())
}

/// Deletes a device that is nobody's.
///
/// # Errors
///
/// `NoSuchEntity`, `DeleteConflict`.
pub fn delete(directory: &mut Directory, serial: &str) -> Result<(), IamError> {
    let device = find(directory, serial)?;
    if device.owner.is_some() {
        return Err(IamError::delete_conflict("deactivate MFA device"));
    }
    directory.delete(EntityKind::MfaDevice, &EntityId::new(serial));
    Ok(())
}

/// A user's own device.
///
/// # Errors
///
/// `NoSuchEntity`.
pub fn owned<'a>(
    directory: &'a Directory,
    user: &str,
    serial: &str,
) -> Result<&'a Arc<MfaDevice>, IamError> {
    let user = users::find(directory, user)?;
    let device = find(directory, serial)?;
    match device.owner == Some(Some(user.id.clone())) {
        true => Ok(device),
        false => Err(missing(serial)),
    }
}

fn missing(serial: &str) -> IamError {
    let message = format!("VirtualMFADevice with serial number {serial} doesn't exist.");
    IamError::new(IamErrorKind::NoSuchEntity, message)
}

fn wrong_codes() -> IamError {
    let message = "Authentication code for device is not valid.";
    IamError::new(IamErrorKind::InvalidAuthenticationCode, message)
}

#[cfg(test)]
mod tests {
    use super::{create, deactivate, delete, enable, of, resync};
    use crate::iam::users::tests::{device, directory, user};
    use crate::iam::{EntityId, IamError, IamErrorKind, MfaDevice};

    const PHONE: &str = "arn:aws:iam::012345678901:mfa/phone";

    fn good(device: &MfaDevice) -> Option<MfaDevice> {
        let last_step = device.last_step + 1;
        Some(MfaDevice {
            last_step,
            ..device.clone()
        })
    }

    fn kind(result: Result<(), IamError>) -> Option<IamErrorKind> {
        result.err().map(|error| error.kind)
    }

    #[test]
    fn a_device_is_made_assigned_and_taken_away() {
        let mut directory = directory([user("1", "ann"), user("2", "bob")]);
        create(&mut directory, device("phone"), 9).unwrap();
        let twice = create(&mut directory, device("PHONE"), 9);
        assert_eq!(kind(twice), Some(IamErrorKind::EntityAlreadyExists));

        let wrong = enable(&mut directory, "ann", PHONE, 5, |_| None);
        assert_eq!(kind(wrong), Some(IamErrorKind::InvalidAuthenticationCode));
        let missing = Some(IamErrorKind::NoSuchEntity);
        assert_eq!(kind(enable(&mut directory, "ann", "no", 5, good)), missing);
        assert_eq!(kind(enable(&mut directory, "no", PHONE, 5, good)), missing);
        assert_eq!(kind(deactivate(&mut directory, "ann", PHONE)), missing);
        enable(&mut directory, "ANN", PHONE, 5, good).unwrap();
        let again = enable(&mut directory, "bob", PHONE, 5, good);
        assert_eq!(kind(again), Some(IamErrorKind::EntityAlreadyExists));
        let ann = EntityId::new("1");
        let phones: Vec<_> = of(&directory, Some(&ann)).collect();
        assert_eq!((phones[0].enabled_ms, phones[0].last_step), (Some(5), 1));
        assert_eq!(of(&directory, None).count(), 0);

        assert_eq!(kind(resync(&mut directory, "bob", PHONE, good)), missing);
        resync(&mut directory, "ann", PHONE, good).unwrap();
        let wrong = resync(&mut directory, "ann", PHONE, |_| None);
        assert_eq!(kind(wrong), Some(IamErrorKind::InvalidAuthenticationCode));
        assert_eq!(
            kind(delete(&mut directory, PHONE)),
            Some(IamErrorKind::DeleteConflict)
        );
        deactivate(&mut directory, "ann", PHONE).unwrap();
        let free = directory.mfa_devices().get("phone").unwrap();
        assert_eq!(
            (&free.owner, free.enabled_ms, free.last_step),
            (&None, None, 2)
        );
        delete(&mut directory, PHONE).unwrap();
        assert_eq!(kind(delete(&mut directory, PHONE)), missing);
    }

    #[test]
    fn a_user_has_eight_devices_at_most() {
        let mut directory = directory([user("1", "ann")]);
        for n in 0..9 {
            let device = device(&format!("phone{n}"));
            let serial = device.serial.clone();
            create(&mut directory, device, 9).unwrap();
            let over = kind(enable(&mut directory, "ann", serial.as_str(), 5, good));
            assert_eq!(over, (n == 8).then_some(IamErrorKind::LimitExceeded));
        }
    }
}

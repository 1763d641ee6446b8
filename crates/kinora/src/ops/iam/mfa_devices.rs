//! Virtual MFA devices: CreateVirtualMFADevice and its kin.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateVirtualMFADevice.html>
//!
//! A device's seed is told once, when it is made. Root's own devices are not assigned
//! here but where root signs in; they are listed.

use aws::op::Op;
use aws::shapes::iam::{
    AssignmentStatusType, CreateVirtualMFADeviceInput, CreateVirtualMFADeviceOutput,
    DeactivateMFADeviceInput, DeactivateMFADeviceOutput, DeleteVirtualMFADeviceInput,
    DeleteVirtualMFADeviceOutput, EnableMFADeviceInput, EnableMFADeviceOutput, GetMFADeviceInput,
    GetMFADeviceOutput, ListMFADevicesInput, ListMFADevicesOutput, ListVirtualMFADevicesInput,
    ListVirtualMFADevicesOutput, MFADevice, ResyncMFADeviceInput, ResyncMFADeviceOutput, User,
    VirtualMFADevice,
};
use aws::value::{Blob, Timestamp};
use kvs::account::Principal;
use kvs::iam::shelf::fold;
use kvs::iam::{EntityId, IamError, IamErrorKind, MfaDevice, arn, mfa, totp as codes};
use kvs::limits;

use crate::ops::authority::{self, Ask};
use crate::ops::iam::page::Window;
use crate::ops::iam::target::Target;
use crate::ops::iam::users::{Subject, allow, listed, root};
use crate::ops::iam::{change, tags};
use crate::ops::{ApiError, Caller, Cx};
use crate::{qr, server, totp};

/// Makes a device that is nobody's and tells its seed, this once.
///
/// # Errors
///
/// `EntityAlreadyExists`, `LimitExceeded`, `InvalidInput` for its tags or a name that is
/// kept for root, denial.
pub async fn create_virtual_mfa_device(
    cx: &Cx,
    caller: &Caller,
    input: CreateVirtualMFADeviceInput,
) -> Result<CreateVirtualMFADeviceOutput, ApiError> {
    let path = input.path.unwrap_or_else(|| "/".to_owned());
    let name = input.virtual_mfa_device_name;
    let serial = arn::identity(caller.account, "mfa", &path, &name);
    if serial.len() > limits::MFA_SERIAL_BYTES_MAX {
        // The model limits the serial number but not the name.
        let message = "The virtual MFA device name is too long.";
        return Err(IamError::new(IamErrorKind::InvalidInput, message).into());
    }
    let device = MfaDevice {
        serial: EntityId::new(&serial),
        name,
        path,
        created_ms: cx.server.clock.now_ms(),
        seed: server::random::<20>().to_vec(),
        tags: tags::given(input.tags.as_deref())?,
        owner: None,
        enabled_ms: None,
        last_step: 0,
        drift_steps: 0,
    };
    let op = Op::CreateVirtualMFADevice;
    let ask = Ask::new(op, &serial).request_tags(device.tags.iter());
    authority::check(cx, caller, &ask)?;
    let max = cx.server.config.quotas.mfa_devices_per_account_max;
    change(cx, caller, |directory| {
        mfa::create(directory, device.clone(), max)
    })
    .await?;
    let seed = codes::base32(&device.seed);
    let label = format!("{}@{}", device.name, caller.account);
    let uri = format!("otpauth://totp/Kinora:{label}?secret={seed}&issuer=Kinora");
    let virtual_mfa_device = VirtualMFADevice {
        base32_string_seed: Some(Blob(seed.into_bytes())),
        qr_code_png: qr::png(&uri).map(Blob),
        serial_number: serial,
        tags: tags::shapes_if_any(&device.tags),
        ..VirtualMFADevice::default()
    };
    Ok(CreateVirtualMFADeviceOutput { virtual_mfa_device })
}

/// Assigns a device to a user, which two codes that follow each other show to work.
///
/// # Errors
///
/// `NoSuchEntity`, `EntityAlreadyExists`, `LimitExceeded`, `InvalidAuthenticationCode`,
/// denial.
pub async fn enable_mfa_device(
    cx: &Cx,
    caller: &Caller,
    input: EnableMFADeviceInput,
) -> Result<EnableMFADeviceOutput, ApiError> {
    let subject = Subject::User(input.user_name);
    allow(cx, caller, Op::EnableMFADevice, &subject)?;
    let (code1, code2) = (input.authentication_code1, input.authentication_code2);
    let codes = [code1.as_str(), code2.as_str()];
    let clock = &cx.server.clock;
    let (now_ms, time_ms) = (clock.now_ms(), clock.signing_ms());
    let (name, serial) = (subject.name(), &input.serial_number);
    change(cx, caller, |directory| {
        mfa::enable(directory, name, serial, now_ms, |device| {
            totp::set_clock(device, codes, time_ms, totp::ENABLE_STEPS_MAX)
        })
    })
    .await?;
    Ok(EnableMFADeviceOutput::default())
}

/// Sets a device's clock right by two codes that follow each other.
///
/// # Errors
///
/// `NoSuchEntity`, `InvalidAuthenticationCode`, denial.
pub async fn resync_mfa_device(
    cx: &Cx,
    caller: &Caller,
    input: ResyncMFADeviceInput,
) -> Result<ResyncMFADeviceOutput, ApiError> {
    let subject = Subject::User(input.user_name);
    allow(cx, caller, Op::ResyncMFADevice, &subject)?;
    let (code1, code2) = (input.authentication_code1, input.authentication_code2);
    let codes = [code1.as_str(), code2.as_str()];
    let time_ms = cx.server.clock.signing_ms();
    let (name, serial) = (subject.name(), &input.serial_number);
    change(cx, caller, |directory| {
        mfa::resync(directory, name, serial, |device| {
            totp::set_clock(device, codes, time_ms, totp::RESYNC_STEPS_MAX)
        })
    })
    .await?;
    Ok(ResyncMFADeviceOutput::default())
}

/// Takes a device away from its user.
///
/// # Errors
///
/// `NoSuchEntity`, `ValidationError` for a caller who is no user, denial.
pub async fn deactivate_mfa_device(
    cx: &Cx,
    caller: &Caller,
    input: DeactivateMFADeviceInput,
) -> Result<DeactivateMFADeviceOutput, ApiError> {
    let subject = Subject::user_of(caller, input.user_name)?;
    allow(cx, caller, Op::DeactivateMFADevice, &subject)?;
    let (name, serial) = (subject.name(), &input.serial_number);
    change(cx, caller, |directory| {
        mfa::deactivate(directory, name, serial)
    })
    .await?;
    Ok(DeactivateMFADeviceOutput::default())
}

/// Deletes a device that is nobody's.
///
/// # Errors
///
/// `NoSuchEntity`, `DeleteConflict`, denial.
pub async fn delete_virtual_mfa_device(
    cx: &Cx,
    caller: &Caller,
    input: DeleteVirtualMFADeviceInput,
) -> Result<DeleteVirtualMFADeviceOutput, ApiError> {
    let serial = &input.serial_number;
    let target = Target::mfa_device(caller, serial);
    authority::check(cx, caller, &target.ask(Op::DeleteVirtualMFADevice))?;
    change(cx, caller, |directory| mfa::delete(directory, serial)).await?;
    Ok(DeleteVirtualMFADeviceOutput::default())
}

/// Tells of a device that is somebody's.
///
/// # Errors
///
/// `NoSuchEntity`, denial.
pub async fn get_mfa_device(
    cx: &Cx,
    caller: &Caller,
    input: GetMFADeviceInput,
) -> Result<GetMFADeviceOutput, ApiError> {
    let subject = Subject::user_of(caller, input.user_name)?;
    allow(cx, caller, Op::GetMFADevice, &subject)?;
    let directory = &caller.directory;
    let device = mfa::owned(directory, subject.name(), &input.serial_number)?;
    Ok(GetMFADeviceOutput {
        certifications: None,
        enable_date: device.enabled_ms.map(|ms| Timestamp(ms as i64)),
        serial_number: device.serial.to_string(),
        user_name: subject.user_name(directory),
    })
}

/// Lists the devices of a user or of root.
///
/// # Errors
///
/// `NoSuchEntity`, `ValidationError` for a marker that is none of ours, denial.
pub async fn list_mfa_devices(
    cx: &Cx,
    caller: &Caller,
    input: ListMFADevicesInput,
) -> Result<ListMFADevicesOutput, ApiError> {
    let subject = Subject::of(caller, input.user_name)?;
    allow(cx, caller, Op::ListMFADevices, &subject)?;
    let window = Window::new(input.marker.as_deref(), input.max_items)?;
    let directory = &caller.directory;
    let owner = match subject.principal(directory)? {
        Principal::Root => None,
        Principal::User(id) => Some(id),
    };
    let user_name = subject.user_name(directory);
    let devices = mfa::of(directory, owner.as_ref());
    let page = window.of(devices, |device| fold(&device.name));
    let page = page.map(|device| MFADevice {
        enable_date: Timestamp(device.enabled_ms.unwrap_or(device.created_ms) as i64),
        serial_number: device.serial.to_string(),
        user_name: user_name.clone(),
    });
    Ok(ListMFADevicesOutput {
        mfa_devices: page.items,
        is_truncated: page.is_truncated,
        marker: page.marker,
    })
}

/// Lists the account's devices, without their seeds.
///
/// # Errors
///
/// `ValidationError` for a marker that is none of ours, denial.
pub async fn list_virtual_mfa_devices(
    cx: &Cx,
    caller: &Caller,
    input: ListVirtualMFADevicesInput,
) -> Result<ListVirtualMFADevicesOutput, ApiError> {
    authority::check(cx, caller, &Ask::new(Op::ListVirtualMFADevices, "*"))?;
    let window = Window::new(input.marker.as_deref(), input.max_items)?;
    let root = root(cx, caller).await?;
    let devices = caller.directory.mfa_devices().iter();
    let devices = devices.filter(|device| match input.assignment_status {
        Some(AssignmentStatusType::Assigned) => device.owner.is_some(),
        Some(AssignmentStatusType::Unassigned) => device.owner.is_none(),
        Some(AssignmentStatusType::Any) | None => true,
    });
    let page = window.of(devices, |device| fold(&device.name));
    let page = page.map(|device| VirtualMFADevice {
        enable_date: device.enabled_ms.map(|ms| Timestamp(ms as i64)),
        serial_number: device.serial.to_string(),
        user: owner(caller, device, &root),
        ..VirtualMFADevice::default()
    });
    Ok(ListVirtualMFADevicesOutput {
        virtual_mfa_devices: page.items,
        is_truncated: page.is_truncated,
        marker: page.marker,
    })
}

fn owner(caller: &Caller, device: &MfaDevice, root: &User) -> Option<User> {
    match device.owner.as_ref()? {
        None => Some(root.clone()),
        Some(id) => {
            let user = caller.directory.users().by_id(id)?;
            Some(listed(caller.account, user))
        }
    }
}

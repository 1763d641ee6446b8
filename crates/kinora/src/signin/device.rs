//! Multi-factor authentication at sign-in, and the devices of root users, which IAM's own
//! operations cannot assign.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hyper::http::request::Parts;
use kvs::iam::mfa::ROOT_DEVICE;
use kvs::iam::totp::base32;
use kvs::iam::{Directory, EntityId, EntityKind, IamError, IamErrorKind, MfaDevice, Tags};
use kvs::limits;
use kvs::name::AccountId;
use serde_json::{Value, json};

use super::attempt::{Verdict, guarded};
use super::session::{Claims, Step};
use super::{INCORRECT, Who, event, failed, proceed, root_key, session};
use crate::http::fields::{Fields, invalid};
use crate::http::reply::{self, Reply};
use crate::ops::{ApiError, Cx};
use crate::throttle::Key;
use crate::{qr, server, totp};

/// The devices that somebody must show one of to sign in.
pub fn of(who: &Who) -> impl Iterator<Item = &Arc<MfaDevice>> {
    let owner = Some(who.user.as_ref().map(|user| user.id.clone()));
    let devices = who.directory.mfa_devices().iter();
    devices.filter(move |device| device.owner == owner)
}

/// `POST /signin/mfa`: the code of a device, after the password. With `code2`, the code
/// after it, a device whose clock is off is set right.
///
/// # Errors
///
/// `AuthenticationFailed`, `TooManyAttempts`.
pub async fn prove(cx: &Cx, parts: &Parts, fields: &Fields) -> Result<Reply, ApiError> {
    let (_, who) = step(cx, fields, Step::Mfa).await?;
    let (code, code2) = (digits(fields.text("code")?), fields.optional("code2"));
    let code2 = code2.map(digits);
    // Not heard always, as root's password is: who comes here knows the password, and six
    // digits are soon guessed.
    let key = who.key("mfa");
    guarded(cx, parts, key, false, async {
        if !accept(cx, &who, &code, code2.as_deref()).await? {
            failed(cx, parts, who.account(), who.actor(), true);
            return Ok(Verdict::Wrong);
        }
        let now_ms = cx.server.clock.now_ms();
        let directory = &cx.server.directories;
        let directory = directory.read(&cx.server.store, who.account()).await?;
        let passwords = password_key(cx, &who).await?;
        let who = Who {
            directory,
            user: who.user,
        };
        let verdict = proceed(cx, parts, who, Some(now_ms)).await?;
        // Wrong passwords were not forgotten when the right one came.
        passwords
            .iter()
            .for_each(|key| cx.server.gate.backoff.forget(*key));
        Ok(verdict)
    })
    .await
}

/// What somebody's attempts with a password are counted by.
async fn password_key(cx: &Cx, who: &Who) -> Result<Option<Key>, ApiError> {
    if who.user.is_some() {
        return Ok(Some(who.key("user")));
    }
    let account = cx.server.store.account(who.account()).await?;
    Ok(account.map(|account| root_key(&account.email)))
}

/// Whether a code is one of a device of somebody's; then it does not count again.
///
/// # Errors
///
/// The store's.
pub async fn accept(cx: &Cx, who: &Who, code: &str, code2: Option<&str>) -> Result<bool, ApiError> {
    let now_ms = cx.server.clock.signing_ms();
    let owner = Some(who.user.as_ref().map(|user| user.id.clone()));
    cx.server
        .office()
        .change(who.account(), |directory| {
            let changed = directory
                .mfa_devices()
                .iter()
                .filter(|device| device.owner == owner)
                .find_map(|device| accepted(device, code, code2, now_ms));
            let is_right = changed.is_some();
            if let Some(device) = changed {
                directory.put(device);
            }
            Ok(is_right)
        })
        .await
}

/// A device after it showed a code, or two that follow each other to set its clock right.
fn accepted(device: &MfaDevice, code: &str, code2: Option<&str>, now_ms: u64) -> Option<MfaDevice> {
    match code2 {
        None => totp::accept(device, code, now_ms),
        Some(code2) => totp::set_clock(device, [code, code2], now_ms, totp::RESYNC_STEPS_MAX),
    }
}

/// `GET /signin/mfa-devices`: the devices of who is signed in.
///
/// # Errors
///
/// `NotSignedIn`.
pub async fn list(cx: &Cx, parts: &Parts) -> Result<Reply, ApiError> {
    let (_, who) = session::current(cx, parts).await?;
    let devices: Vec<Value> = of(&who)
        .map(|device| {
            let enabled = device.enabled_ms.unwrap_or(device.created_ms);
            let enabled = aws::value::Timestamp(enabled as i64).to_iso8601();
            json!({ "serialNumber": device.serial.as_str(), "enabled": enabled })
        })
        .collect();
    Ok(reply::json(
        200,
        json!({ "mfaDevices": devices }).to_string(),
    ))
}

/// `POST /signin/mfa-devices`: a device for the root user, not yet assigned. Its secret is
/// told only now.
///
/// # Errors
///
/// `NotSignedIn`, `InvalidCsrfToken`, `RootOnly`, `LimitExceeded`.
pub async fn create(cx: &Cx, parts: &Parts, fields: &Fields) -> Result<Reply, ApiError> {
    let who = root_session(cx, parts, fields).await?;
    let (seed, now_ms) = (server::random::<20>(), cx.server.clock.now_ms());
    let device = cx
        .server
        .office()
        .change(who.account(), |directory| {
            // One that was made and never assigned gives way.
            let waiting = directory
                .mfa_devices()
                .iter()
                .find(|device| device.owner.is_none() && is_root_serial(&device.serial))
                .map(|device| device.serial.clone());
            if let Some(serial) = waiting {
                directory.delete(EntityKind::MfaDevice, &serial);
            }
            let device = new_root_device(directory, &seed, now_ms)?;
            directory.put(device.clone());
            Ok(device)
        })
        .await?;
    let event = event(
        cx,
        parts,
        "CreateVirtualMFADevice",
        who.account(),
        who.actor(),
    );
    let parameters = json!({ "virtualMFADeviceName": device.name });
    cx.server.audit.record(event.request(parameters));
    let email = cx.server.store.account(who.account()).await?;
    let email = email.map(|account| account.email).unwrap_or_default();
    let mut told = told(&device, &email);
    let picture = told["otpauthUri"].as_str().and_then(qr::png);
    told["qrCodePng"] = picture.map(|png| STANDARD.encode(png)).into();
    Ok(reply::json(200, told.to_string()))
}

/// `POST /signin/mfa-devices/enable`: assigns a device to the root user, which two codes
/// that follow each other show to work.
///
/// # Errors
///
/// As [`create`]; `InvalidAuthenticationCode`, `NoSuchEntity`.
pub async fn enable(cx: &Cx, parts: &Parts, fields: &Fields) -> Result<Reply, ApiError> {
    let who = root_session(cx, parts, fields).await?;
    let serial = EntityId::new(fields.text("serialNumber")?);
    let codes = [fields.text("code1")?, fields.text("code2")?].map(digits);
    let (now_ms, shown_ms) = (cx.server.clock.now_ms(), cx.server.clock.signing_ms());
    cx.server
        .office()
        .change(who.account(), |directory| {
            let device = directory.mfa_devices().by_id(&serial);
            let device = device.filter(|d| d.owner.is_none() && is_root_serial(&d.serial));
            let device = device.ok_or_else(|| unknown(&serial))?;
            let [code1, code2] = &codes;
            let shown = accepted(device, code1, Some(code2), shown_ms);
            let shown = shown.ok_or_else(|| {
                let message = "These are not two codes of the device that follow each other.";
                IamError::new(IamErrorKind::InvalidAuthenticationCode, message)
            })?;
            let device = MfaDevice {
                owner: Some(None),
                enabled_ms: Some(now_ms),
                ..shown
            };
            directory.put(device);
            Ok(())
        })
        .await?;
    let event = event(cx, parts, "EnableMFADevice", who.account(), who.actor());
    let parameters = json!({ "serialNumber": serial.as_str() });
    cx.server.audit.record(event.request(parameters));
    Ok(reply::json(200, json!({ "status": "Enabled" }).to_string()))
}

/// `POST /signin/mfa-devices/deactivate`: takes a device of the root user away. That takes
/// one of its codes: a session left open is not enough.
///
/// # Errors
///
/// As [`create`]; `AuthenticationFailed`, `NoSuchEntity`.
pub async fn deactivate(cx: &Cx, parts: &Parts, fields: &Fields) -> Result<Reply, ApiError> {
    let who = root_session(cx, parts, fields).await?;
    let serial = EntityId::new(fields.text("serialNumber")?);
    let code = digits(fields.text("code")?);
    let key = who.key("mfa");
    let reply = guarded(cx, parts, key, false, async {
        if !accept(cx, &who, &code, None).await? {
            return Ok(Verdict::Wrong);
        }
        cx.server
            .office()
            .change(who.account(), |directory| {
                let device = directory.mfa_devices().by_id(&serial);
                let device = device.filter(|device| device.owner == Some(None));
                let serial = device.ok_or_else(|| unknown(&serial))?.serial.clone();
                directory.delete(EntityKind::MfaDevice, &serial);
                Ok(())
            })
            .await?;
        let told = json!({ "status": "Deactivated" }).to_string();
        Ok(Verdict::Right(reply::json(200, told)))
    });
    let reply = reply.await?;
    let event = event(cx, parts, "DeactivateMFADevice", who.account(), who.actor());
    let parameters = json!({ "serialNumber": serial.as_str() });
    cx.server.audit.record(event.request(parameters));
    Ok(reply)
}

/// A new device of the root user, not assigned.
///
/// # Errors
///
/// `LimitExceeded`.
pub fn new_root_device(
    directory: &Directory,
    seed: &[u8],
    now_ms: u64,
) -> Result<MfaDevice, IamError> {
    let free = (1..=limits::MFA_DEVICES_PER_USER_MAX)
        .map(root_device_name)
        .find(|name| directory.mfa_devices().get(name).is_none());
    let name = free.ok_or_else(|| {
        let message = "The root user has as many MFA devices as it may have.";
        IamError::new(IamErrorKind::LimitExceeded, message)
    })?;
    Ok(MfaDevice {
        serial: EntityId::new(&serial_of(directory.account(), &name)),
        name,
        path: "/".to_owned(),
        created_ms: now_ms,
        seed: seed.to_vec(),
        tags: Tags::default(),
        owner: None,
        enabled_ms: None,
        last_step: 0,
        drift_steps: 0,
    })
}

/// What is told of a device when it is made: all that an authenticator app needs.
pub fn told(device: &MfaDevice, email: &str) -> Value {
    let seed = base32(&device.seed);
    let plain = |c: &char| c.is_ascii_alphanumeric() || "@._-".contains(*c);
    let label: String = email.chars().filter(plain).collect();
    let uri = format!("otpauth://totp/Kinora:{label}?secret={seed}&issuer=Kinora");
    json!({
        "serialNumber": device.serial.as_str(),
        "base32Seed": seed,
        "otpauthUri": uri,
    })
}

/// The first device has the name that AWS gives to root's.
fn root_device_name(number: usize) -> String {
    match number {
        1 => ROOT_DEVICE.to_owned(),
        _ => format!("{ROOT_DEVICE}-{number}"),
    }
}

fn serial_of(account: AccountId, name: &str) -> String {
    format!("arn:aws:iam::{account}:mfa/{name}")
}

fn is_root_serial(serial: &EntityId) -> bool {
    let name = serial.as_str().rsplit('/').next();
    name.is_some_and(|name| name.starts_with(ROOT_DEVICE))
}

async fn root_session(cx: &Cx, parts: &Parts, fields: &Fields) -> Result<Who, ApiError> {
    let (_, who) = session::changing(cx, parts, fields).await?;
    match who.user {
        None => Ok(who),
        Some(_) => Err(ApiError::new(
            "RootOnly",
            403,
            "This is for root users. Users' devices are assigned by iam:EnableMFADevice.",
        )),
    }
}

/// The claims of a challenge, and who it is.
///
/// # Errors
///
/// `AuthenticationFailed`, if it is none, too old or void.
pub async fn step(cx: &Cx, fields: &Fields, step: Step) -> Result<(Claims, Who), ApiError> {
    let challenge = fields.text("challenge")?;
    if challenge.is_empty() {
        return Err(invalid("The field challenge is missing."));
    }
    let opened = Claims::open(cx, challenge, step).await?;
    opened.ok_or_else(|| ApiError::new("AuthenticationFailed", 401, INCORRECT))
}

fn unknown(serial: &EntityId) -> IamError {
    let message = format!("There is no such MFA device: {serial}.");
    IamError::new(IamErrorKind::NoSuchEntity, message)
}

/// Codes are shown in groups, and typed so.
fn digits(code: &str) -> String {
    code.chars().filter(|c| *c != ' ').collect()
}

//! Multi-factor authentication at sign-in, and the devices of root users, which IAM's own
//! operations cannot assign.

use std::sync::Arc;

use aws_lc_rs::hmac;
use hyper::http::request::Parts;
use kvs::iam::{Directory, EntityId, EntityKind, IamError, IamErrorKind, MfaDevice, Tags};
use kvs::limits;
use kvs::name::AccountId;
use serde_json::{Value, json};

use super::attempt::{Verdict, guarded};
use super::session::{Claims, Step};
use super::{INCORRECT, Who, event, failed, proceed, session};
use crate::http::fields::{Fields, invalid};
use crate::http::reply::{self, Reply};
use crate::ops::{ApiError, Cx};
use crate::server;

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
        let who = Who {
            directory,
            user: who.user,
        };
        proceed(cx, parts, who, Some(now_ms)).await
    })
    .await
}

/// Whether a code is one of a device of somebody's; then it does not count again.
///
/// # Errors
///
/// The store's.
pub async fn accept(cx: &Cx, who: &Who, code: &str, code2: Option<&str>) -> Result<bool, ApiError> {
    let now_step = cx.server.clock.signing_ms() / 1000 / STEP_S;
    let owner = Some(who.user.as_ref().map(|user| user.id.clone()));
    cx.server
        .office()
        .change(who.account(), |directory| {
            let changed = directory
                .mfa_devices()
                .iter()
                .filter(|device| device.owner == owner)
                .find_map(|device| accepted(device, code, code2, now_step));
            let is_right = changed.is_some();
            if let Some(device) = changed {
                directory.put(device);
            }
            Ok(is_right)
        })
        .await
}

/// A device after it showed a code: one step before or after now is as good, but none
/// that is not after the last.
fn accepted(
    device: &MfaDevice,
    code: &str,
    code2: Option<&str>,
    now_step: u64,
) -> Option<MfaDevice> {
    let mut device = device.clone();
    if let Some(code2) = code2 {
        let (step, drift) = consecutive(&device, code, code2, now_step)?;
        device.last_step = step;
        device.drift_steps = drift;
        return Some(device);
    }
    let center = now_step.checked_add_signed(device.drift_steps)?;
    let mut near = center.saturating_sub(1)..=center + 1;
    let step = near.find(|step| *step > device.last_step && is_code(&device, *step, code))?;
    device.last_step = step;
    Some(device)
}

/// The step of the second of two codes that follow each other, and how far the device's
/// clock is ahead, in steps.
fn consecutive(device: &MfaDevice, code1: &str, code2: &str, now_step: u64) -> Option<(u64, i64)> {
    let mut near = now_step.saturating_sub(RESYNC_STEPS)..=now_step + RESYNC_STEPS;
    let first = near.find(|step| {
        *step > device.last_step
            && is_code(device, *step, code1)
            && is_code(device, *step + 1, code2)
    })?;
    let second = first + 1;
    // The second code is shown now.
    Some((second, second.cast_signed() - now_step.cast_signed()))
}

fn is_code(device: &MfaDevice, step: u64, code: &str) -> bool {
    code_of(&device.seed, step) == code
}

/// RFC 6238 with SHA-1, six digits and steps of 30 seconds.
fn code_of(seed: &[u8], step: u64) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, seed);
    let tag = hmac::sign(&key, &step.to_be_bytes());
    let bytes = tag.as_ref();
    let offset = usize::from(bytes.last().copied().unwrap_or(0) & 15);
    let word = bytes.get(offset..offset + 4).unwrap_or(&[0; 4]);
    let word = word
        .iter()
        .fold(0_u32, |word, byte| word << 8 | u32::from(*byte));
    format!("{:06}", (word & 0x7fff_ffff) % 1_000_000)
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
    let email = cx.server.store.account(who.account()).await?;
    let email = email.map(|account| account.email).unwrap_or_default();
    Ok(reply::json(200, told(&device, &email).to_string()))
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
    let now_ms = cx.server.clock.now_ms();
    let now_step = cx.server.clock.signing_ms() / 1000 / STEP_S;
    cx.server
        .office()
        .change(who.account(), |directory| {
            let device = directory.mfa_devices().by_id(&serial);
            let device = device.filter(|d| d.owner.is_none() && is_root_serial(&d.serial));
            let mut device = MfaDevice::clone(device.ok_or_else(|| unknown(&serial))?);
            let shown = consecutive(&device, &codes[0], &codes[1], now_step);
            let (step, drift) = shown.ok_or_else(|| {
                let message = "These are not two codes of the device that follow each other.";
                IamError::new(IamErrorKind::InvalidAuthenticationCode, message)
            })?;
            device.owner = Some(None);
            device.enabled_ms = Some(now_ms);
            device.last_step = step;
            device.drift_steps = drift;
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
    json!({
        "serialNumber": device.serial.as_str(),
        "base32Seed": seed,
        "otpauthUri": format!("otpauth://totp/Kinora:{label}?secret={seed}&issuer=Kinora"),
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

/// RFC 4648 §6, without padding: 20 bytes need none.
fn base32(bytes: &[u8]) -> String {
    let letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let mut text = String::new();
    let (mut bits, mut held) = (0_u32, 0_u32);
    for byte in bytes {
        held = held << 8 | u32::from(*byte);
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            text.push(letters[(held >> bits & 31) as usize] as char);
        }
    }
    if bits > 0 {
        text.push(letters[(held << (5 - bits) & 31) as usize] as char);
    }
    text
}

const STEP_S: u64 = 30;
/// How far a clock may be off to be set right: half an hour.
const RESYNC_STEPS: u64 = 60;
const ROOT_DEVICE: &str = "root-account-mfa-device";

#[cfg(test)]
mod tests {
    use kvs::iam::Directory;
    use kvs::name::AccountId;

    use super::{accepted, base32, code_of, consecutive, new_root_device};

    /// RFC 6238, appendix B: the last six of the eight digits. RFC 4648 §10 for base32.
    #[test]
    fn known_answers() {
        let seed = b"12345678901234567890";
        for (time_s, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(code_of(seed, time_s / 30), code);
        }
        for (bytes, text) in [
            ("", ""),
            ("f", "MY"),
            ("foo", "MZXW6"),
            ("foobar", "MZXW6YTBOI"),
        ] {
            assert_eq!(base32(bytes.as_bytes()), text);
        }
    }

    #[test]
    fn a_code_counts_once_and_clocks_may_differ() {
        let account = AccountId::parse("123456789012").unwrap();
        let directory = Directory::new(account, 0, []);
        let device = new_root_device(&directory, b"12345678901234567890", 0).unwrap();
        let code = |step| code_of(&device.seed, step);
        for step in [999, 1000, 1001] {
            let used = accepted(&device, &code(step), None, 1000).unwrap();
            assert_eq!(used.last_step, step);
            assert!(accepted(&used, &code(step), None, 1000).is_none());
        }
        for step in [998, 1002] {
            assert!(accepted(&device, &code(step), None, 1000).is_none());
        }
        assert_eq!(
            consecutive(&device, &code(1020), &code(1021), 1000),
            Some((1021, 21))
        );
        assert_eq!(consecutive(&device, &code(1021), &code(1020), 1000), None);
        let set = accepted(&device, &code(1020), Some(&code(1021)), 1000).unwrap();
        assert!(accepted(&set, &code(1022), None, 1001).is_some());
        assert!(accepted(&set, &code(1021), None, 1001).is_none());
    }
}

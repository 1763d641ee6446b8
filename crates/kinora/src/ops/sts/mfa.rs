//! Multi-factor authentication with a request: `SerialNumber` and `TokenCode`.

use std::sync::Arc;

use aws_lc_rs::hmac;
use kvs::iam::{EntityId, IamError, IamErrorKind, MfaDevice};

use crate::directories::ChangeError;
use crate::ops::caller::Identity;
use crate::ops::sts::denied;
use crate::ops::{ApiError, Caller, Cx};

/// Checks the code of a device that belongs to the caller. Gives when multi-factor
/// authentication took place: now, or for a session without a code when its own did.
///
/// # Errors
///
/// `AccessDenied` in AWS's words.
pub async fn check(
    cx: &Cx,
    caller: &Caller,
    serial: Option<&str>,
    code: Option<&str>,
) -> Result<Option<u64>, ApiError> {
    let (serial, code) = match (serial, code) {
        (Some(serial), Some(code)) => (EntityId::new(serial), code),
        (None, None) => return Ok(caller.session.as_ref().and_then(|s| s.mfa_ms)),
        _ => {
            return Err(denied(
                "MultiFactorAuthentication failed, must provide both MFA serial number and one \
                 time pass code.",
            ));
        }
    };
    let owner = match &caller.identity {
        Identity::Root => Some(None),
        Identity::User(user) => Some(Some(user.id.clone())),
        Identity::Role { .. } | Identity::Federated { .. } => None,
    };
    let now_ms = cx.server.clock.signing_ms();
    let step = now_ms / 1000 / STEP_S;
    let server = &cx.server;
    let changed = server
        .directories
        .change(&server.store, caller.account, |directory| {
            let refused = |message: &str| IamError::new(IamErrorKind::AccessDenied, message);
            let device = directory.mfa_devices().by_id(&serial);
            let device = device.filter(|device| owner.is_some() && device.owner == owner);
            let device = device.ok_or_else(|| refused(UNKNOWN))?;
            let used = accepted_step(device, code, step).ok_or_else(|| refused(WRONG))?;
            let mut device = MfaDevice::clone(Arc::as_ref(device));
            device.last_step = used;
            directory.put(device);
            Ok(())
        });
    match changed.await {
        Ok(_) => Ok(Some(cx.server.clock.now_ms())),
        Err(ChangeError::Refused(error)) => Err(error.into()),
        Err(ChangeError::Store(error)) => Err(error.into()),
    }
}

/// The step a code is of, if it is of one near now that no code was accepted of yet.
fn accepted_step(device: &MfaDevice, code: &str, now_step: u64) -> Option<u64> {
    let center = now_step.checked_add_signed(device.drift_steps)?;
    (center.saturating_sub(1)..=center + 1)
        .find(|step| *step > device.last_step && code_of(&device.seed, *step) == code)
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

const STEP_S: u64 = 30;
const UNKNOWN: &str = "MultiFactorAuthentication failed, unable to validate MFA code.  Please \
                       verify your MFA serial number is valid and associated with this user.";
const WRONG: &str = "MultiFactorAuthentication failed with invalid MFA one time pass code. ";

#[cfg(test)]
mod tests {
    use super::code_of;

    /// RFC 6238, appendix B: the last six of the eight digits.
    #[test]
    fn codes_are_those_of_the_standard() {
        let seed = b"12345678901234567890";
        for (time_s, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(code_of(seed, time_s / 30), code);
        }
    }
}

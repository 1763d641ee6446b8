//! Multi-factor authentication with a request: `SerialNumber` and `TokenCode`.

use kvs::iam::{EntityId, IamError, IamErrorKind};

use crate::directories::ChangeError;
use crate::ops::caller::Identity;
use crate::ops::sts::denied;
use crate::ops::{ApiError, Caller, Cx};
use crate::throttle::Key;
use crate::totp;

/// Checks the code of a device that belongs to the caller. Gives when multi-factor
/// authentication took place: now, or for a user's session without a code when its own did.
/// A role's session proves nothing of who is in the next role.
/// Wrong codes are counted, and held back, together with those at sign-in.
///
/// # Errors
///
/// `AccessDenied` in AWS's words; `Throttling` after too many wrong codes.
pub async fn check(
    cx: &Cx,
    caller: &Caller,
    serial: Option<&str>,
    code: Option<&str>,
) -> Result<Option<u64>, ApiError> {
    let (serial, code) = match (serial, code) {
        (Some(serial), Some(code)) => (EntityId::new(serial), code),
        (None, None) if matches!(caller.identity, Identity::Role { .. }) => return Ok(None),
        (None, None) => return Ok(caller.session.as_ref().and_then(|s| s.mfa_ms)),
        _ => {
            return Err(denied(
                "MultiFactorAuthentication failed, must provide both MFA serial number and one \
                 time pass code.",
            ));
        }
    };
    let (owner, name) = match &caller.identity {
        Identity::Root => (Some(None), None),
        Identity::User(user) => (Some(Some(user.id.clone())), Some(user.name.as_str())),
        Identity::Role { .. } | Identity::Federated { .. } => return Err(denied(UNKNOWN)),
    };
    let address = Key::of_address(caller.source.ip);
    let who = Key::of_identity("mfa", caller.account, name);
    let gate = &cx.server.gate;
    let attempt = gate.attempt(address, who, cx.server.clock.now_ms());
    let attempt = attempt.map_err(too_many)?;
    let mut is_heard = false;
    let now_ms = cx.server.clock.signing_ms();
    let server = &cx.server;
    let changed = server
        .directories
        .change(&server.store, caller.account, |directory| {
            let refused = |message: &str| IamError::new(IamErrorKind::AccessDenied, message);
            let device = directory.mfa_devices().by_id(&serial);
            let device = device.filter(|device| device.owner == owner);
            let device = device.ok_or_else(|| refused(UNKNOWN))?;
            is_heard = true;
            let shown = totp::accept(device, code, now_ms).ok_or_else(|| refused(WRONG))?;
            directory.put(shown);
            Ok(())
        });
    let changed = changed.await;
    match changed {
        Ok(_) => {
            attempt.succeeded();
            Ok(Some(cx.server.clock.now_ms()))
        }
        Err(ChangeError::Refused(error)) => {
            if !is_heard {
                attempt.withdrawn();
            }
            Err(error.into())
        }
        Err(ChangeError::Store(error)) => {
            attempt.withdrawn();
            Err(error.into())
        }
    }
}

/// The answer to an attempt that comes too early.
pub fn too_many(wait_ms: u64) -> ApiError {
    let wait_s = wait_ms.div_ceil(1000).max(1);
    ApiError {
        retry_after_s: u16::try_from(wait_s).unwrap_or(u16::MAX),
        ..ApiError::new("Throttling", 400, "Rate exceeded")
    }
}

const UNKNOWN: &str = "MultiFactorAuthentication failed, unable to validate MFA code.  Please \
                       verify your MFA serial number is valid and associated with this user.";
const WRONG: &str = "MultiFactorAuthentication failed with invalid MFA one time pass code. ";

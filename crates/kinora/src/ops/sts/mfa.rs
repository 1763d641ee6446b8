//! Multi-factor authentication with a request: `SerialNumber` and `TokenCode`.

use kvs::iam::{EntityId, IamError, IamErrorKind};

use crate::directories::ChangeError;
use crate::ops::caller::Identity;
use crate::ops::sts::denied;
use crate::ops::{ApiError, Caller, Cx};
use crate::totp;

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
    let server = &cx.server;
    let changed = server
        .directories
        .change(&server.store, caller.account, |directory| {
            let refused = |message: &str| IamError::new(IamErrorKind::AccessDenied, message);
            let device = directory.mfa_devices().by_id(&serial);
            let device = device.filter(|device| owner.is_some() && device.owner == owner);
            let device = device.ok_or_else(|| refused(UNKNOWN))?;
            let shown = totp::accept(device, code, now_ms).ok_or_else(|| refused(WRONG))?;
            directory.put(shown);
            Ok(())
        });
    match changed.await {
        Ok(_) => Ok(Some(cx.server.clock.now_ms())),
        Err(ChangeError::Refused(error)) => Err(error.into()),
        Err(ChangeError::Store(error)) => Err(error.into()),
    }
}

const UNKNOWN: &str = "MultiFactorAuthentication failed, unable to validate MFA code.  Please \
                       verify your MFA serial number is valid and associated with this user.";
const WRONG: &str = "MultiFactorAuthentication failed with invalid MFA one time pass code. ";

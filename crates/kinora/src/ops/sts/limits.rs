//! What temporary credentials may not call, whatever policies say.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_sts-comparison.html>

use aws::op::{Op, Service};
use aws::sigv4::AuthError;
use kvs::iam::SessionKind;

use crate::http::auth::refusal;
use crate::ops::sts::denied;
use crate::ops::{ApiError, Caller};

/// Refuses what the caller's kind of session may not call. Sessions of GetSessionToken
/// call IAM only with MFA, those of somebody who is signed in always, those of
/// GetFederationToken never; and none of them makes further sessions, but that the first
/// two may assume roles.
///
/// # Errors
///
/// `InvalidClientTokenId` for IAM, as AWS says it; `AccessDenied` for STS.
pub fn check(caller: &Caller, op: Op) -> Result<(), ApiError> {
    let Some(session) = &caller.session else {
        return Ok(());
    };
    let is_federated = matches!(session.kind, SessionKind::Federated { .. });
    let is_role = matches!(session.kind, SessionKind::Role { .. });
    let needs_mfa = !is_role && !session.is_sign_in();
    match (op.service(), op) {
        (Service::Iam, _) if is_federated || (needs_mfa && session.mfa_ms.is_none()) => {
            Err(refusal(AuthError::UnknownKey))
        }
        (Service::Sts, Op::GetSessionToken | Op::GetFederationToken) => {
            let name = op.name();
            Err(denied(format!(
                "Cannot call {name} with session credentials"
            )))
        }
        (Service::Sts, Op::AssumeRole) if is_federated => Err(denied(format!(
            "User: {} is not authorized to perform: sts:AssumeRole",
            caller.arn()
        ))),
        _ => Ok(()),
    }
}

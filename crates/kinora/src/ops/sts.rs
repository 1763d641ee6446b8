//! STS operations: who one is, and temporary credentials.

pub mod assume_role;
pub mod assume_role_with_web_identity;
pub mod credentials;
pub mod get_access_key_info;
pub mod get_caller_identity;
pub mod get_federation_token;
pub mod get_session_token;
pub mod limits;
pub mod mfa;
pub mod session_policy;
pub mod session_tags;
pub mod trust;

use aws::op::Op;
use aws::shapes::sts;

use crate::ops::caller::Source;
use crate::ops::{ApiError, Caller, Cx, input_error};

/// Carries out an operation; the answer's XML.
///
/// # Errors
///
/// The operation's own.
pub async fn dispatch(cx: &Cx, caller: &Caller, op: Op, form: &[u8]) -> Result<String, ApiError> {
    macro_rules! run {
        ($input:ident, $($operation:ident)::+) => {{
            let input = sts::$input::from_query(form).map_err(|error| input_error(op, &error))?;
            let output = Box::pin($($operation)::+(cx, caller, input)).await?;
            Ok(output.to_xml(&cx.request_id))
        }};
    }
    match op {
        Op::AssumeRole => run!(AssumeRoleInput, assume_role::assume_role),
        Op::AssumeRoleWithWebIdentity => dispatch_unsigned(cx, &caller.source, form).await,
        Op::GetAccessKeyInfo => run!(
            GetAccessKeyInfoInput,
            get_access_key_info::get_access_key_info
        ),
        Op::GetCallerIdentity => run!(
            GetCallerIdentityInput,
            get_caller_identity::get_caller_identity
        ),
        Op::GetFederationToken => run!(
            GetFederationTokenInput,
            get_federation_token::get_federation_token
        ),
        Op::GetSessionToken => run!(GetSessionTokenInput, get_session_token::get_session_token),
        other => Err(ApiError::not_implemented(other.name())),
    }
}

/// AssumeRoleWithWebIdentity: who signs it does not matter, so mostly nobody does.
///
/// # Errors
///
/// The operation's own.
pub async fn dispatch_unsigned(cx: &Cx, source: &Source, form: &[u8]) -> Result<String, ApiError> {
    let op = Op::AssumeRoleWithWebIdentity;
    let input = sts::AssumeRoleWithWebIdentityInput::from_query(form)
        .map_err(|error| input_error(op, &error))?;
    let assumed = assume_role_with_web_identity::assume_role_with_web_identity(cx, source, input);
    Ok(Box::pin(assumed).await?.to_xml(&cx.request_id))
}

/// `ValidationError`.
pub fn invalid(message: impl Into<String>) -> ApiError {
    ApiError::new("ValidationError", 400, message)
}

/// `AccessDenied`.
pub fn denied(message: impl Into<String>) -> ApiError {
    ApiError::new("AccessDenied", 403, message)
}

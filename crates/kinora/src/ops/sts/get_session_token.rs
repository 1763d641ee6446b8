//! GetSessionToken:
//! <https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html>
//!
//! Needs no permission, and no policy can deny it.

use aws::shapes::sts::{GetSessionTokenInput, GetSessionTokenOutput};
use kvs::iam::{Session, SessionKind};

use crate::ops::caller::Identity;
use crate::ops::sts::credentials::{self, expires_ms};
use crate::ops::sts::{denied, mfa};
use crate::ops::{ApiError, Caller, Cx};

/// Makes temporary credentials for the caller itself, with MFA if it gives a code.
///
/// # Errors
///
/// `AccessDenied` for session credentials or a wrong code.
pub async fn get_session_token(
    cx: &Cx,
    caller: &Caller,
    input: GetSessionTokenInput,
) -> Result<GetSessionTokenOutput, ApiError> {
    let kind = match &caller.identity {
        Identity::Root => SessionKind::Root,
        Identity::User(user) => SessionKind::User(user.id.clone()),
        Identity::Role { .. } | Identity::Federated { .. } => {
            return Err(denied(
                "Cannot call GetSessionToken with session credentials",
            ));
        }
    };
    let duration_s = own_duration_s(caller, input.duration_seconds);
    let code = input.token_code.as_ref().map(|code| code.as_str());
    let mfa_ms = mfa::check(cx, caller, input.serial_number.as_deref(), code).await?;
    let sessions_after_ms = match &caller.identity {
        Identity::User(user) => user.sessions_after_ms,
        _ => caller.directory.settings().root.sessions_after_ms,
    };
    // Where the clock was set back, a session of now would count as one that was ended.
    let issued_ms = cx.server.clock.now_ms().max(sessions_after_ms);
    let expires_ms = expires_ms(issued_ms, duration_s);
    let session = Session {
        mfa_ms,
        ..Session::new(caller.account, kind, issued_ms, expires_ms)
    };
    let made = credentials::make(cx, session, input.minimum_session_token_size).await?;
    Ok(GetSessionTokenOutput {
        credentials: Some(made.credentials),
        session_token_size: Some(made.token_size),
        session_token_utilization: Some(made.token_utilization),
    })
}

/// How long a session of the caller's own lasts: twelve hours unless it says otherwise,
/// and for root an hour at most, whatever it says.
pub fn own_duration_s(caller: &Caller, asked: Option<i32>) -> u32 {
    let asked = asked.and_then(|seconds| u32::try_from(seconds).ok());
    let duration_s = asked.unwrap_or(OWN_S);
    match caller.is_root() {
        true => duration_s.min(ROOT_S_MAX),
        false => duration_s,
    }
}

const OWN_S: u32 = 43_200;
const ROOT_S_MAX: u32 = 3600;

//! IAM operations, by the noun they are about. Each decides on the account's directory
//! and changes it in one go: see [`change`].

pub mod groups;
pub mod page;

use aws::op::Op;
use aws::shapes::iam;
use kvs::iam::{Directory, IamError};

use crate::directories::ChangeError;
use crate::ops::{ApiError, Caller, Cx, input_error};

/// Carries out an operation; the answer's XML.
///
/// # Errors
///
/// The operation's own.
pub async fn dispatch(cx: &Cx, caller: &Caller, op: Op, form: &[u8]) -> Result<String, ApiError> {
    macro_rules! run {
        ($input:ident, $($operation:ident)::+) => {{
            let input = iam::$input::from_query(form).map_err(|error| input_error(op, &error))?;
            let output = $($operation)::+(cx, caller, input).await?;
            Ok(output.to_xml(&cx.request_id))
        }};
    }
    match op {
        Op::CreateGroup => run!(CreateGroupInput, groups::create_group),
        other => Err(ApiError::not_implemented(other.name())),
    }
}

/// Changes the caller's account: `operation` decides on the newest directory and changes
/// it. It may run more than once and must do nothing else. The change is durable when
/// this returns, and every later request sees it.
///
/// # Errors
///
/// The operation's refusal, or the store's.
pub async fn change<T>(
    cx: &Cx,
    caller: &Caller,
    operation: impl FnMut(&mut Directory) -> Result<T, IamError>,
) -> Result<T, ApiError> {
    let server = &cx.server;
    let directories = &server.directories;
    let changed = directories.change(&server.store, caller.account, operation);
    match changed.await {
        Ok((value, _)) => Ok(value),
        Err(ChangeError::Refused(error)) => Err(error.into()),
        Err(ChangeError::Store(error)) => Err(error.into()),
    }
}

impl From<IamError> for ApiError {
    fn from(error: IamError) -> ApiError {
        ApiError::new(error.kind.code(), error.kind.status(), error.message)
    }
}

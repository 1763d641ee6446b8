//! IAM operations, by the noun they are about. Each decides on the account's directory
//! and changes it in one go: see [`change`].

pub mod groups;
pub mod page;
pub mod tags;

use aws::op::Op;
use aws::shapes::iam;
use kvs::iam::{Directory, IamError};

use crate::directories::ChangeError;
use crate::ops::{ApiError, Caller, Cx, input_error};

/// Makes `dispatch` of a table of operations: name, input, function.
macro_rules! operations {
    ($($op:ident($input:ident) => $($operation:ident)::+,)*) => {
        /// Carries out an operation; the answer's XML.
        ///
        /// # Errors
        ///
        /// The operation's own.
        pub async fn dispatch(
            cx: &Cx,
            caller: &Caller,
            op: Op,
            form: &[u8],
        ) -> Result<String, ApiError> {
            match op {
                $(Op::$op => {
                    let input = iam::$input::from_query(form);
                    let input = input.map_err(|error| input_error(op, &error))?;
                    // Boxed: one request's future need not have room for each of these.
                    let output = Box::pin($($operation)::+(cx, caller, input)).await?;
                    Ok(output.to_xml(&cx.request_id))
                })*
                other => Err(ApiError::not_implemented(other.name())),
            }
        }
    };
}

operations! {
    CreateGroup(CreateGroupInput) => groups::create_group,
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

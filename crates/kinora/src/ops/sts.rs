//! STS operations: who one is, and temporary credentials.

pub mod get_caller_identity;

use aws::op::Op;
use aws::shapes::sts;

use crate::ops::{ApiError, Caller, Cx, input_error};

/// Carries out an operation; the answer's XML.
///
/// # Errors
///
/// The operation's own.
pub async fn dispatch(cx: &Cx, caller: &Caller, op: Op, form: &[u8]) -> Result<String, ApiError> {
    macro_rules! run {
        ($input:ty, $($operation:ident)::+) => {{
            let input = <$input>::from_query(form).map_err(|error| input_error(op, &error))?;
            let output = $($operation)::+(cx, caller, input).await?;
            Ok(output.to_xml(&cx.request_id))
        }};
    }
    match op {
        Op::GetCallerIdentity => run!(
            sts::GetCallerIdentityInput,
            get_caller_identity::get_caller_identity
        ),
        other => Err(ApiError::not_implemented(other.name())),
    }
}

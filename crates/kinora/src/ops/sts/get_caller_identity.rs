//! GetCallerIdentity:
//! <https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html>
//!
//! Needs no permission, and no policy can deny it.

use aws::shapes::sts::{GetCallerIdentityInput, GetCallerIdentityOutput};

use crate::ops::{ApiError, Caller, Cx};

/// Tells the caller who it is.
///
/// # Errors
///
/// None.
pub async fn get_caller_identity(
    _cx: &Cx,
    caller: &Caller,
    _input: GetCallerIdentityInput,
) -> Result<GetCallerIdentityOutput, ApiError> {
    Ok(GetCallerIdentityOutput {
        account: Some(caller.account.to_string()),
        arn: Some(caller.arn()),
        user_id: Some(caller.user_id()),
    })
}

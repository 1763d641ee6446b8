//! The authorisation seam: every operation passes here once, with its action and the
//! resource it touches.
//!
//! Only root users exist so far, and root may do everything in its own account. Policies
//! plug in here.

use aws::op::Op;
use kvs::account::Principal;

use crate::ops::{ApiError, Caller};

/// Whether the caller may do this to that.
///
/// # Errors
///
/// `AccessDeniedException` in AWS's words.
pub fn check(caller: &Caller, op: Op, resource_arn: &str) -> Result<(), ApiError> {
    match &caller.principal {
        Principal::Root => Ok(()),
        Principal::User(name) => {
            let (account, action) = (caller.account, op.action());
            let message = format!(
                "User: arn:aws:iam::{account}:user/{name} is not authorized to perform: {action} \
                 on resource: {resource_arn}"
            );
            Err(ApiError::new("AccessDeniedException", 403, message))
        }
    }
}

//! GetAccessKeyInfo:
//! <https://docs.aws.amazon.com/STS/latest/APIReference/API_GetAccessKeyInfo.html>
//!
//! Needs no permission. A key of any account is told, because its id says it anyway.

use aws::shapes::sts::{GetAccessKeyInfoInput, GetAccessKeyInfoOutput};
use aws::sigv4::AuthError;
use kvs::iam::id::account_of_key;

use crate::http::auth::refusal;
use crate::ops::{ApiError, Caller, Cx};

/// Tells the account of an access key id.
///
/// # Errors
///
/// `InvalidClientTokenId` for an id that no account of this server has.
pub async fn get_access_key_info(
    cx: &Cx,
    _caller: &Caller,
    input: GetAccessKeyInfoInput,
) -> Result<GetAccessKeyInfoOutput, ApiError> {
    let (store, id) = (&cx.server.store, &input.access_key_id);
    let account = match store.access_key(id).await? {
        Some(key) => Some(key.account),
        None => match account_of_key(id) {
            Some(account) => store.account(account).await?.map(|account| account.id),
            None => None,
        },
    };
    let account = account.ok_or_else(|| refusal(AuthError::UnknownKey))?;
    Ok(GetAccessKeyInfoOutput {
        account: Some(account.to_string()),
    })
}

//! Query requests (`POST /` with an `Action`): STS so far.

use aws::op::{Op, Service};
use aws::shapes::sts::GetCallerIdentityOutput;
use kvs::account::Principal;

use crate::http::reply::{self, Reply};
use crate::ops::{ApiError, Caller, Cx};

/// Carries out a Query request.
///
/// # Errors
///
/// The operation's own, in Query style.
pub async fn dispatch(cx: &Cx, caller: Caller, body: &[u8]) -> Result<Reply, ApiError> {
    let call = aws::query::Call::parse(body)
        .map_err(|error| ApiError::new("MalformedQueryString", 400, error.message()))?;
    let services = [Service::Sts, Service::Iam];
    let op = services
        .into_iter()
        .find_map(|service| Op::from_query(service, &call.action));
    let xml = match op {
        Some(Op::GetCallerIdentity) => caller_identity(&caller).to_xml(&cx.request_id),
        Some(other) => return Err(ApiError::not_implemented(other.name())),
        None => {
            let message = format!("Could not find operation {}", call.action);
            return Err(ApiError::new("InvalidAction", 400, message));
        }
    };
    Ok(reply::whole(200, "text/xml", xml))
}

fn caller_identity(caller: &Caller) -> GetCallerIdentityOutput {
    let account = caller.account;
    let (user_id, arn) = match &caller.principal {
        Principal::Root => (account.to_string(), format!("arn:aws:iam::{account}:root")),
        Principal::User(name) => (name.clone(), format!("arn:aws:iam::{account}:user/{name}")),
    };
    GetCallerIdentityOutput {
        account: Some(account.to_string()),
        arn: Some(arn),
        user_id: Some(user_id),
    }
}

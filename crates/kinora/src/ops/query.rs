//! Query requests (`POST /` with an `Action`): IAM and STS.

use aws::op::{Op, Service};

use bytes::Bytes;

use crate::audit;
use crate::http::reply::{self, Reply};
use crate::ops::{ApiError, Caller, Cx, iam, sts};

/// Carries out a Query request.
///
/// # Errors
///
/// The operation's own, in Query style.
pub async fn dispatch(cx: &Cx, caller: Caller, form: &Bytes) -> Result<Reply, ApiError> {
    let call = aws::query::Call::parse(form)
        .map_err(|error| ApiError::new("MalformedQueryString", 400, error.message()))?;
    let services = [Service::Sts, Service::Iam];
    let op = services
        .into_iter()
        .find_map(|service| Op::from_query(service, &call.action));
    let Some(op) = op else {
        let message = format!("Could not find operation {}", call.action);
        return Err(ApiError::new("InvalidAction", 400, message));
    };
    let answered = match op.service() {
        Service::Sts => sts::dispatch(cx, &caller, op, form).await,
        _ => iam::dispatch(cx, &caller, op, form).await,
    };
    let result = answered.map(|xml| reply::whole(200, "text/xml", xml));
    audit::call::record(cx, op, &caller, form, &result);
    result
}

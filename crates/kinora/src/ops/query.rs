//! Query requests (`POST /` with an `Action`): IAM and STS.

use aws::op::{Op, Service};
use aws::sigv4::AuthError;

use bytes::Bytes;

use crate::audit;
use crate::http::auth::refusal;
use crate::http::reply::{self, Reply};
use crate::ops::caller::Source;
use crate::ops::{ApiError, Caller, Cx, iam, sts};

/// Carries out a Query request.
///
/// # Errors
///
/// The operation's own, in Query style.
pub async fn dispatch(cx: &Cx, caller: Caller, op: Op, form: &Bytes) -> Result<Reply, ApiError> {
    let answered = match sts::limits::check(&caller, op) {
        Err(error) => Err(error),
        Ok(()) if op.service() == Service::Sts => sts::dispatch(cx, &caller, op, form).await,
        Ok(()) => iam::dispatch(cx, &caller, op, form).await,
    };
    let result = answered.map(|xml| reply::whole(200, "text/xml", xml));
    // Whoever signed it: it is done for whom the token is of, and recorded so.
    if op != Op::AssumeRoleWithWebIdentity {
        audit::call::record(cx, op, &caller, form, &result);
    }
    result
}

/// Carries out a Query request that nobody signed: only those that carry another proof.
///
/// # Errors
///
/// `MissingAuthenticationToken`, or the operation's own.
pub async fn dispatch_unsigned(cx: &Cx, source: Source, form: &[u8]) -> Result<Reply, ApiError> {
    match operation(form) {
        Ok(Op::AssumeRoleWithWebIdentity) => {
            let xml = sts::dispatch_unsigned(cx, &source, form).await?;
            Ok(reply::whole(200, "text/xml", xml))
        }
        Ok(op @ Op::AssumeRoleWithSAML) => Err(ApiError::not_implemented(op.name())),
        // Who does not sign is not told what there is.
        _ => Err(refusal(AuthError::MissingToken)),
    }
}

/// The operation a form names.
///
/// # Errors
///
/// `MalformedQueryString`, `MissingAction`, `InvalidAction`; `NotImplementedException`.
pub fn operation(form: &[u8]) -> Result<Op, ApiError> {
    let call = aws::query::Call::parse(form)
        .map_err(|error| ApiError::new("MalformedQueryString", 400, error.message()))?;
    let (action, version) = (&call.action, &call.version);
    if action.is_empty() {
        let message = "Missing Action";
        return Err(ApiError::new("MissingAction", 400, message));
    }
    for service in [Service::Sts, Service::Iam] {
        if !version.is_empty() && version != service.query_version() {
            continue;
        }
        if let Some(op) = Op::from_query(service, action) {
            return Ok(op);
        }
        if service.is_known_but_not_served(action) {
            return Err(ApiError::not_implemented(action));
        }
    }
    let version = match version.as_str() {
        "" => "NO_VERSION_SPECIFIED",
        version => version,
    };
    let message = format!("Could not find operation {action} for version {version}");
    Err(ApiError::new("InvalidAction", 400, message))
}

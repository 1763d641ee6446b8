//! From a name or an ARN to the stream it means.

use aws::arn::{KvsArn, KvsKind};
use aws::op::Op;
use kvs::name::StreamName;
use kvs::stream::{Stream, StreamStatus};

use crate::ops::authority::{self, Ask};
use crate::ops::{ApiError, Caller, Cx};

/// The stream that an operation's `StreamName` or `StreamARN` names; both may be given if
/// they agree.
///
/// # Errors
///
/// `InvalidArgumentException` without either, or if they disagree or the ARN is another
/// region's or account's; `ResourceNotFoundException`; denial.
pub async fn stream(
    cx: &Cx,
    caller: &Caller,
    op: Op,
    name: Option<&str>,
    arn: Option<&str>,
) -> Result<Stream, ApiError> {
    let arn = arn.map(|arn| own_stream_arn(cx, caller, arn)).transpose()?;
    let name = match (name, &arn) {
        (None, None) => {
            let message = "Either StreamName or StreamARN must be specified.";
            return Err(ApiError::invalid_argument(message));
        }
        (Some(name), Some(arn)) if name != arn.name => {
            let message = "StreamName and StreamARN name different streams.";
            return Err(ApiError::invalid_argument(message));
        }
        (Some(name), _) => name,
        (None, Some(arn)) => arn.name.as_str(),
    };
    let name = stream_name(name)?;
    let (region, account) = (&cx.server.config.region, caller.account);
    let resource = match &arn {
        Some(arn) => arn.to_string(),
        None => format!("arn:aws:kinesisvideo:{region}:{account}:stream/{name}/*"),
    };
    authority::check(cx, caller, &Ask::new(op, &resource))?;
    let stream = cx.server.store.stream(account, &name).await?;
    stream
        .filter(|stream| stream.status == StreamStatus::Active)
        .filter(|stream| arn.is_none_or(|arn| arn.creation_ms == stream.creation_ms as i64))
        .ok_or_else(ApiError::stream_not_found)
}

/// A stream's name, parsed.
///
/// # Errors
///
/// `InvalidArgumentException`.
pub fn stream_name(name: &str) -> Result<StreamName, ApiError> {
    StreamName::parse(name).ok_or_else(|| {
        ApiError::invalid_argument(format!(
            "'{name}' is no stream name: 1 to 256 characters of a-z, A-Z, 0-9, '_', '.' and '-'."
        ))
    })
}

fn own_stream_arn(cx: &Cx, caller: &Caller, text: &str) -> Result<KvsArn, ApiError> {
    let arn = KvsArn::parse(text)
        .map_err(|error| ApiError::invalid_argument(format!("StreamARN '{text}': {error}")))?;
    if arn.kind != KvsKind::Stream {
        let message = format!("StreamARN '{text}' does not name a stream.");
        return Err(ApiError::invalid_argument(message));
    }
    if arn.region != cx.server.config.region {
        let region = &cx.server.config.region;
        let message = format!("StreamARN '{text}' is of another region than this one, {region}.");
        return Err(ApiError::invalid_argument(message));
    }
    if arn.account != caller.account.as_str() {
        // Whether another account has such a stream is nobody else's business.
        return Err(ApiError::stream_not_found());
    }
    Ok(arn)
}

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
/// As [`stream_for`].
pub async fn stream(
    cx: &Cx,
    caller: &Caller,
    op: Op,
    name: Option<&str>,
    arn: Option<&str>,
) -> Result<Stream, ApiError> {
    stream_for(cx, caller, Ask::new(op, "*"), name, arn).await
}

/// The stream that `StreamName` or `StreamARN` names, for an operation that brings
/// condition keys of its own: `ask` has all but the resource. Whether there is such a
/// stream is told only to those who may do to it what they ask for.
///
/// # Errors
///
/// `InvalidArgumentException` without either, or if they disagree or the ARN is another
/// region's; denial; `ResourceNotFoundException`.
pub async fn stream_for(
    cx: &Cx,
    caller: &Caller,
    ask: Ask<'_>,
    name: Option<&str>,
    arn: Option<&str>,
) -> Result<Stream, ApiError> {
    let text = arn;
    let arn = arn.map(|arn| stream_arn(cx, arn)).transpose()?;
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
    let account = caller.account;
    let is_own = arn
        .as_ref()
        .is_none_or(|arn| arn.account == account.as_str());
    let found = match is_own {
        true => cx.server.store.stream(account, &name).await?,
        false => None,
    };
    let found = found
        .filter(|stream| stream.status == StreamStatus::Active)
        .filter(|stream| {
            let arn = arn.as_ref();
            arn.is_none_or(|arn| arn.creation_ms == stream.creation_ms as i64)
        });
    let resource = match (&found, &arn) {
        (Some(stream), _) => cx.server.stream_arn(stream),
        (None, Some(arn)) => arn.to_string(),
        // Only who may do it to every stream of the name learns that there is none.
        (None, None) => cx.server.arn(account, "stream", name.as_str(), 0),
    };
    let tags = found.iter().flat_map(|stream| &stream.tags);
    let ask = Ask {
        resource: &resource,
        shown: Some(text.unwrap_or(name.as_str())),
        ..ask
    }
    .resource_tags(tags.map(|(key, value)| (key.as_str(), value.as_str())));
    authority::check(cx, caller, &ask)?;
    found.ok_or_else(ApiError::stream_not_found)
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

fn stream_arn(cx: &Cx, text: &str) -> Result<KvsArn, ApiError> {
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
    Ok(arn)
}

//! UpdateStream:
//! <https://docs.aws.amazon.com/kinesisvideostreams/latest/dg/API_UpdateStream.html>
//!
//! A member that is left out stays as it is.

use aws::op::Op;
use aws::shapes::kinesisvideo::{UpdateStreamInput, UpdateStreamOutput};
use kvs::stream::Stream;

use crate::ops::create_stream::VERSION_LEN;
use crate::ops::{ApiError, Caller, Cx, resolve};
use crate::server;

/// Changes a stream's device name and media type.
///
/// # Errors
///
/// `VersionMismatchException`, `ResourceNotFoundException`, `ResourceInUseException`.
pub async fn update_stream(
    cx: &Cx,
    caller: &Caller,
    input: UpdateStreamInput,
) -> Result<UpdateStreamOutput, ApiError> {
    let (name, arn) = (input.stream_name.as_deref(), input.stream_arn.as_deref());
    let old = resolve::stream(cx, caller, Op::UpdateStream, name, arn).await?;
    check_version(&old, &input.current_version)?;
    let new = Stream {
        device_name: input.device_name.or_else(|| old.device_name.clone()),
        media_type: input.media_type.or_else(|| old.media_type.clone()),
        version: server::random_alphanumerics(VERSION_LEN),
        ..old.clone()
    };
    cx.server.store.replace_stream(&old, &new).await?;
    Ok(UpdateStreamOutput::default())
}

/// Whether a caller speaks of the stream's present settings.
///
/// # Errors
///
/// `VersionMismatchException`.
pub fn check_version(stream: &Stream, current: &str) -> Result<(), ApiError> {
    if stream.version == current {
        return Ok(());
    }
    let message = "The stream version that you specified is not the latest version. \
                   To get the latest version, use the DescribeStream API.";
    Err(ApiError::new("VersionMismatchException", 400, message))
}

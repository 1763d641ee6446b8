//! DeleteStream:
//! <https://docs.aws.amazon.com/kinesisvideostreams/latest/dg/API_DeleteStream.html>
//!
//! The name is free at once and the media unreadable at once; running connections end,
//! producers with ERROR 4008. The bytes are removed in the background.

use aws::op::Op;
use aws::shapes::kinesisvideo::{DeleteStreamInput, DeleteStreamOutput};

use crate::ops::{ApiError, Caller, Cx, resolve, update_stream};

/// Deletes a stream.
///
/// # Errors
///
/// `ResourceNotFoundException`, also for the ARN of an earlier stream of the same name;
/// `VersionMismatchException`.
pub async fn delete_stream(
    cx: &Cx,
    caller: &Caller,
    input: DeleteStreamInput,
) -> Result<DeleteStreamOutput, ApiError> {
    let arn = Some(input.stream_arn.as_str());
    let stream = resolve::stream(cx, caller, Op::DeleteStream, None, arn).await?;
    if let Some(current) = &input.current_version {
        update_stream::check_version(&stream, current)?;
    }
    cx.server.store.delete_stream(&stream).await?;
    cx.server.hub.remove(stream.id);
    Ok(DeleteStreamOutput::default())
}

//! UpdateDataRetention:
//! <https://docs.aws.amazon.com/kinesisvideostreams/latest/dg/API_UpdateDataRetention.html>
//!
//! Applies to media already stored: what a shorter retention no longer covers is
//! unreadable with the next run of the retention worker. Connected producers whose stream
//! gets its first retention, or loses it, are served accordingly from the next fragment on.

use aws::op::Op;
use aws::shapes::kinesisvideo::{
    UpdateDataRetentionInput, UpdateDataRetentionOperation, UpdateDataRetentionOutput,
};
use kvs::limits;
use kvs::stream::Stream;

use crate::ops::create_stream::VERSION_LEN;
use crate::ops::{ApiError, Caller, Cx, resolve, update_stream};
use crate::server;

/// Changes how long a stream's media is kept.
///
/// # Errors
///
/// `InvalidArgumentException` if the result is outside 0 to 87 600 hours,
/// `VersionMismatchException`, `ResourceNotFoundException`, `ResourceInUseException`.
pub async fn update_data_retention(
    cx: &Cx,
    caller: &Caller,
    input: UpdateDataRetentionInput,
) -> Result<UpdateDataRetentionOutput, ApiError> {
    let (name, arn) = (input.stream_name.as_deref(), input.stream_arn.as_deref());
    let old = resolve::stream(cx, caller, Op::UpdateDataRetention, name, arn).await?;
    update_stream::check_version(&old, &input.current_version)?;
    let change = i64::from(input.data_retention_change_in_hours);
    let now = i64::from(old.retention_hours);
    let hours = match input.operation {
        UpdateDataRetentionOperation::IncreaseDataRetention => now + change,
        UpdateDataRetentionOperation::DecreaseDataRetention => now - change,
    };
    let max = limits::RETENTION_HOURS_MAX;
    let retention_hours = u32::try_from(hours).ok().filter(|hours| *hours <= max);
    let retention_hours = retention_hours.ok_or_else(|| {
        ApiError::invalid_argument(format!(
            "The retention would be {hours} hours; it must be between 0 and {max} hours."
        ))
    })?;
    let version = server::random_alphanumerics(VERSION_LEN);
    let new = Stream {
        retention_hours,
        version,
        ..old.clone()
    };
    cx.server.store.replace_stream(&old, &new).await?;
    if let Some(live) = cx.server.hub.find(new.id) {
        live.retain(new.retention_hours > 0);
    }
    Ok(UpdateDataRetentionOutput::default())
}

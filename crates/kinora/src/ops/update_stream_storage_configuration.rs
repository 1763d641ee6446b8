//! UpdateStreamStorageConfiguration: `API_UpdateStreamStorageConfiguration` in the AWS
//! developer guide.
//!
//! The tier is kept and reported; media of both tiers is stored alike so far.

use aws::op::Op;
use aws::shapes::kinesisvideo::{
    DefaultStorageTier, UpdateStreamStorageConfigurationInput as Input,
    UpdateStreamStorageConfigurationOutput as Output,
};
use kvs::stream::{StorageTier, Stream};

use crate::ops::create_stream::VERSION_LEN;
use crate::ops::{ApiError, Caller, Cx, resolve, update_stream};
use crate::server;

/// Changes a stream's storage tier.
///
/// # Errors
///
/// `VersionMismatchException`, `ResourceNotFoundException`, `ResourceInUseException`.
pub async fn update_stream_storage_configuration(
    cx: &Cx,
    caller: &Caller,
    input: Input,
) -> Result<Output, ApiError> {
    let (name, arn) = (input.stream_name.as_deref(), input.stream_arn.as_deref());
    let op = Op::UpdateStreamStorageConfiguration;
    let old = resolve::stream(cx, caller, op, name, arn).await?;
    update_stream::check_version(&old, &input.current_version)?;
    let new = Stream {
        tier: match input.stream_storage_configuration.default_storage_tier {
            DefaultStorageTier::Hot => StorageTier::Hot,
            DefaultStorageTier::Warm => StorageTier::Warm,
        },
        version: server::random_alphanumerics(VERSION_LEN),
        ..old.clone()
    };
    cx.server.store.replace_stream(&old, &new).await?;
    Ok(Output::default())
}

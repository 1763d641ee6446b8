//! DescribeStreamStorageConfiguration:
//! `API_DescribeStreamStorageConfiguration` in the AWS developer guide.

use aws::op::Op;
use aws::shapes::kinesisvideo::{
    DefaultStorageTier, DescribeStreamStorageConfigurationInput as Input,
    DescribeStreamStorageConfigurationOutput as Output, StreamStorageConfiguration,
};
use kvs::stream::StorageTier;

use crate::ops::{ApiError, Caller, Cx, resolve};

/// Tells a stream's storage tier.
///
/// # Errors
///
/// `ResourceNotFoundException`, `InvalidArgumentException`.
pub async fn describe_stream_storage_configuration(
    cx: &Cx,
    caller: &Caller,
    input: Input,
) -> Result<Output, ApiError> {
    let (name, arn) = (input.stream_name.as_deref(), input.stream_arn.as_deref());
    let op = Op::DescribeStreamStorageConfiguration;
    let stream = resolve::stream(cx, caller, op, name, arn).await?;
    let default_storage_tier = match stream.tier {
        StorageTier::Hot => DefaultStorageTier::Hot,
        StorageTier::Warm => DefaultStorageTier::Warm,
    };
    Ok(Output {
        stream_arn: Some(cx.server.stream_arn(&stream)),
        stream_name: Some(stream.name.as_str().to_owned()),
        stream_storage_configuration: Some(StreamStorageConfiguration {
            default_storage_tier,
        }),
    })
}

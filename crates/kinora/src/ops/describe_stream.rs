//! DescribeStream:
//! <https://docs.aws.amazon.com/kinesisvideostreams/latest/dg/API_DescribeStream.html>

use aws::op::Op;
use aws::shapes::kinesisvideo::{DescribeStreamInput, DescribeStreamOutput, Status, StreamInfo};
use aws::value::Timestamp;
use kvs::stream::{Stream, StreamStatus};

use crate::ops::{ApiError, Caller, Cx, resolve};
use crate::server::Server;

/// Describes a stream.
///
/// # Errors
///
/// `ResourceNotFoundException`, `InvalidArgumentException`.
pub async fn describe_stream(
    cx: &Cx,
    caller: &Caller,
    input: DescribeStreamInput,
) -> Result<DescribeStreamOutput, ApiError> {
    let (name, arn) = (input.stream_name.as_deref(), input.stream_arn.as_deref());
    let stream = resolve::stream(cx, caller, Op::DescribeStream, name, arn).await?;
    Ok(DescribeStreamOutput {
        stream_info: Some(info(&cx.server, &stream)),
    })
}

/// A stream as DescribeStream and ListStreams show it.
pub fn info(server: &Server, stream: &Stream) -> StreamInfo {
    let (region, account) = (&server.config.region, stream.account);
    let own_key = || format!("arn:aws:kms:{region}:{account}:alias/aws/kinesisvideo");
    StreamInfo {
        creation_time: Some(Timestamp(stream.creation_ms as i64)),
        data_retention_in_hours: i32::try_from(stream.retention_hours).ok(),
        device_name: stream.device_name.clone(),
        kms_key_id: Some(stream.kms_key_id.clone().unwrap_or_else(own_key)),
        media_type: stream.media_type.clone(),
        status: Some(match stream.status {
            StreamStatus::Active => Status::Active,
            StreamStatus::Deleting => Status::Deleting,
        }),
        stream_arn: Some(server.stream_arn(stream)),
        stream_name: Some(stream.name.as_str().to_owned()),
        version: Some(stream.version.clone()),
    }
}

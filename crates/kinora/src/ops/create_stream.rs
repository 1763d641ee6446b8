//! CreateStream:
//! <https://docs.aws.amazon.com/kinesisvideostreams/latest/dg/API_CreateStream.html>
//!
//! The stream is ACTIVE at once: producers call PutMedia without waiting.

use std::collections::BTreeMap;

use aws::op::Op;
use aws::shapes::kinesisvideo::{CreateStreamInput, CreateStreamOutput, DefaultStorageTier};
use kvs::limits;
use kvs::name::StreamId;
use kvs::stream::{StorageTier, Stream, StreamStatus};
use store::error::StoreError;

use crate::ops::authority::{self, Ask};
use crate::ops::{ApiError, Caller, Cx, resolve, tags};
use crate::server;

/// Creates a stream.
///
/// # Errors
///
/// `ResourceInUseException` if the name exists, `AccountStreamLimitExceededException`,
/// `TagsPerResourceExceededLimitException`, `InvalidArgumentException`.
pub async fn create_stream(
    cx: &Cx,
    caller: &Caller,
    input: CreateStreamInput,
) -> Result<CreateStreamOutput, ApiError> {
    let name = resolve::stream_name(&input.stream_name)?;
    let (account, creation_ms) = (caller.account, cx.server.clock.now_ms());
    let resource = cx.server.arn(account, "stream", name.as_str(), creation_ms);
    let asked_tags = input.tags.iter().flatten();
    let asked_tags = asked_tags.map(|(key, value)| (key.as_str(), value.as_str()));
    let ask = Ask::new(Op::CreateStream, &resource)
        .shown(&input.stream_name)
        .request_tags(asked_tags);
    authority::check(cx, caller, &ask)?;
    let retention_hours = retention_hours(input.data_retention_in_hours)?;
    let new_tags = input.tags.unwrap_or_default();
    let mut stream = Stream {
        id: new_id(creation_ms),
        account,
        name,
        creation_ms,
        version: server::random_alphanumerics(VERSION_LEN),
        status: StreamStatus::Active,
        device_name: input.device_name,
        media_type: input.media_type,
        kms_key_id: input.kms_key_id,
        retention_hours,
        tier: match input
            .stream_storage_configuration
            .map(|c| c.default_storage_tier)
        {
            Some(DefaultStorageTier::Warm) => StorageTier::Warm,
            Some(DefaultStorageTier::Hot) | None => StorageTier::Hot,
        },
        tags: tags::merged(&BTreeMap::new(), new_tags)?,
        strictness: None,
    };
    let store = &cx.server.store;
    let limit = cx.server.config.api.streams_per_account_max;
    while let Err(error) = store.create_stream_below(&stream, limit).await {
        if !matches!(error, StoreError::Conflict) {
            return Err(error.into());
        }
        if store.stream(account, &stream.name).await?.is_some() {
            let message = format!("The stream {} already exists.", stream.name);
            return Err(ApiError::new("ResourceInUseException", 400, message));
        }
        if store.stream_count(account).await? >= limit {
            let message = format!("The account has reached its limit of {limit} streams.");
            let code = "AccountStreamLimitExceededException";
            return Err(ApiError::new(code, 400, message));
        }
        // The id was taken, or what stood in the way is gone since.
        stream.id = new_id(creation_ms);
    }
    Ok(CreateStreamOutput {
        stream_arn: Some(cx.server.stream_arn(&stream)),
    })
}

/// An id that no other stream is likely to have. Ids grow with time, so that the rows of
/// streams which are made together lie together.
fn new_id(now_ms: u64) -> StreamId {
    let random = u64::from_le_bytes(server::random::<8>());
    StreamId(now_ms << ID_RANDOM_BITS | random >> (64 - ID_RANDOM_BITS))
}

fn retention_hours(asked: Option<i32>) -> Result<u32, ApiError> {
    let max = limits::RETENTION_HOURS_MAX;
    let hours = u32::try_from(asked.unwrap_or(0))
        .ok()
        .filter(|hours| *hours <= max);
    hours.ok_or_else(|| {
        ApiError::invalid_argument(format!("DataRetentionInHours must be between 0 and {max}."))
    })
}

/// Of an id's 64 bits those that are random; the others suffice for milliseconds up to the
/// year 2109.
const ID_RANDOM_BITS: u32 = 22;

/// Length of a version token, as AWS's.
pub const VERSION_LEN: usize = 20;

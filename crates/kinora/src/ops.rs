//! Operations: from wire shapes to values of the service and back, one file each.
//!
//! [`dispatch`] is the one place where an operation is chosen. Operations know no
//! sockets; what they need of the world is in [`Cx`].

pub mod authority;
pub mod caller;
pub mod create_stream;
pub mod delete_stream;
pub mod describe_stream;
pub mod describe_stream_storage_configuration;
pub mod error;
pub mod get_data_endpoint;
pub mod get_hls_streaming_session_url;
pub mod get_media;
pub mod get_media_for_fragment_list;
pub mod iam;
pub mod identity;
pub mod instant;
pub mod iot;
pub mod list_fragments;
pub mod list_streams;
pub mod provider_keys;
pub mod query;
pub mod resolve;
pub mod standing;
pub mod strictness;
pub mod sts;
pub mod tags;
pub mod update_data_retention;
pub mod update_stream;
pub mod update_stream_storage_configuration;

use std::sync::Arc;

use aws::json::InputError;
use aws::op::{Op, Service};
use aws::shapes::{archived_media as archived, kinesisvideo as kv, live_media as media};

use crate::http::reply::{self, Reply};
use crate::server::Server;

pub use caller::Caller;
pub use error::ApiError;

/// What a request is answered with.
#[derive(Clone)]
pub struct Cx {
    /// The server.
    pub server: Arc<Server>,
    /// The request's id.
    pub request_id: String,
}

/// An operation that a proven caller asks for.
pub struct Call {
    /// The operation.
    pub op: Op,
    /// The caller.
    pub caller: Caller,
}

/// Carries out an operation with a JSON body.
///
/// # Errors
///
/// The operation's own, or `NotImplementedException` for one that does not exist yet.
pub async fn dispatch(cx: &Cx, call: &Call, body: &[u8]) -> Result<Reply, ApiError> {
    let (op, caller) = (call.op, &call.caller);
    macro_rules! read {
        ($input:ty) => {
            <$input>::from_json(body).map_err(|error| input_error(op, &error))?
        };
    }
    macro_rules! run {
        ($input:ty, $($operation:ident)::+) => {{
            let output = $($operation)::+(cx, caller, read!($input)).await?;
            Ok(reply::json(200, output.to_json()))
        }};
    }
    match op {
        Op::CreateStream => run!(kv::CreateStreamInput, create_stream::create_stream),
        Op::DescribeStream => run!(kv::DescribeStreamInput, describe_stream::describe_stream),
        Op::ListStreams => run!(kv::ListStreamsInput, list_streams::list_streams),
        Op::UpdateStream => run!(kv::UpdateStreamInput, update_stream::update_stream),
        Op::DeleteStream => run!(kv::DeleteStreamInput, delete_stream::delete_stream),
        Op::UpdateDataRetention => run!(
            kv::UpdateDataRetentionInput,
            update_data_retention::update_data_retention
        ),
        Op::DescribeStreamStorageConfiguration => run!(
            kv::DescribeStreamStorageConfigurationInput,
            describe_stream_storage_configuration::describe_stream_storage_configuration
        ),
        Op::UpdateStreamStorageConfiguration => run!(
            kv::UpdateStreamStorageConfigurationInput,
            update_stream_storage_configuration::update_stream_storage_configuration
        ),
        Op::GetDataEndpoint => run!(
            kv::GetDataEndpointInput,
            get_data_endpoint::get_data_endpoint
        ),
        Op::TagStream => run!(kv::TagStreamInput, tags::tag_stream),
        Op::UntagStream => run!(kv::UntagStreamInput, tags::untag_stream),
        Op::ListTagsForStream => run!(kv::ListTagsForStreamInput, tags::list_tags_for_stream),
        Op::TagResource => run!(kv::TagResourceInput, tags::tag_resource),
        Op::UntagResource => run!(kv::UntagResourceInput, tags::untag_resource),
        Op::ListTagsForResource => run!(kv::ListTagsForResourceInput, tags::list_tags_for_resource),
        Op::ListFragments => run!(archived::ListFragmentsInput, list_fragments::list_fragments),
        Op::GetHLSStreamingSessionURL => run!(
            archived::GetHLSStreamingSessionURLInput,
            get_hls_streaming_session_url::get_hls_streaming_session_url
        ),
        Op::GetMedia => get_media::get_media(cx, caller, read!(media::GetMediaInput)).await,
        Op::GetMediaForFragmentList => {
            let input = read!(archived::GetMediaForFragmentListInput);
            get_media_for_fragment_list::get_media_for_fragment_list(cx, caller, input).await
        }
        other if other.service() == Service::Iot => iot::dispatch(cx, call, body).await,
        other => Err(ApiError::not_implemented(other.name())),
    }
}

/// Input that breaks the model, as the error that the operation's service has for it.
pub fn input_error(op: Op, error: &InputError) -> ApiError {
    let code = aws::error::input_error_code(op.service(), error);
    ApiError::new(code, 400, error.message())
}

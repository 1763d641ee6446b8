//! GetDataEndpoint:
//! <https://docs.aws.amazon.com/kinesisvideostreams/latest/dg/API_GetDataEndpoint.html>
//!
//! Every operation is served on every address, so a client that skips this call is
//! served as well. The answer comes from configuration, never from the Host header.

use aws::op::Op;
use aws::shapes::kinesisvideo::{APIName, GetDataEndpointInput, GetDataEndpointOutput};

use crate::ops::{ApiError, Caller, Cx, resolve};

/// Tells where to call an operation on a stream's media.
///
/// # Errors
///
/// `ResourceNotFoundException`, `InvalidArgumentException`.
pub async fn get_data_endpoint(
    cx: &Cx,
    caller: &Caller,
    input: GetDataEndpointInput,
) -> Result<GetDataEndpointOutput, ApiError> {
    let (name, arn) = (input.stream_name.as_deref(), input.stream_arn.as_deref());
    resolve::stream(cx, caller, Op::GetDataEndpoint, name, arn).await?;
    let url = match input.api_name {
        APIName::PutMedia => cx.server.put_media_url(),
        APIName::GetMedia => cx.server.get_media_url(),
        APIName::ListFragments
        | APIName::GetMediaForFragmentList
        | APIName::GetHlsStreamingSessionUrl
        | APIName::GetDashStreamingSessionUrl
        | APIName::GetClip
        | APIName::GetImages => cx.server.archived_media_url(),
    };
    Ok(GetDataEndpointOutput {
        data_endpoint: Some(url.to_owned()),
    })
}

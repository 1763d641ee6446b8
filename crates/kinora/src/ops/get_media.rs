//! GetMedia:
//! <https://docs.aws.amazon.com/kinesisvideostreams/latest/dg/API_dataplane_GetMedia.html>

use aws::op::Op;
use aws::shapes::live_media::GetMediaInput;
use kvs::select::{SelectError, StartSelector};

use crate::http::reply::Reply;
use crate::ops::{ApiError, Caller, Cx, resolve};
use crate::stream;

/// Reads a stream's media, archived and live, for as long as the client listens.
///
/// # Errors
///
/// `InvalidArgumentException`, `ResourceNotFoundException`. A start that does not exist
/// is told in the media, in an error chunk.
pub async fn get_media(cx: &Cx, caller: &Caller, input: GetMediaInput) -> Result<Reply, ApiError> {
    let (name, arn) = (input.stream_name.as_deref(), input.stream_arn.as_deref());
    let stream = resolve::stream(cx, caller, Op::GetMedia, name, arn).await?;
    let start = start(&input)?;
    Ok(stream::get_media::serve(cx, stream, start))
}

/// The start selector; for a number that no fragment has, that number.
fn start(input: &GetMediaInput) -> Result<Result<StartSelector, String>, ApiError> {
    let selector = &input.start_selector;
    let (after, token) = (
        &selector.after_fragment_number,
        &selector.continuation_token,
    );
    let parsed = StartSelector::parse(
        selector.start_selector_type.as_str(),
        after.as_deref(),
        selector.start_timestamp.map(|time| time.0),
        token.as_deref(),
    );
    match parsed {
        Ok(start) => Ok(Ok(start)),
        Err(SelectError::NoSuchFragment) => Ok(Err(after
            .clone()
            .or_else(|| token.clone())
            .unwrap_or_default())),
        Err(error) => Err(ApiError::invalid_argument(format!(
            "StartSelector: {error}."
        ))),
    }
}

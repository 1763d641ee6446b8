//! GetMediaForFragmentList: `API_reader_GetMediaForFragmentList` in the AWS developer guide.

use aws::op::Op;
use aws::shapes::archived_media::GetMediaForFragmentListInput;
use kvs::fragment::FragmentNumber;

use crate::http::reply::Reply;
use crate::ops::{ApiError, Caller, Cx, resolve};
use crate::stream;

/// Reads the media of named fragments, in the order asked for.
///
/// # Errors
///
/// `InvalidArgumentException`, `ResourceNotFoundException`. A fragment that does not
/// exist is told in the media.
pub async fn get_media_for_fragment_list(
    cx: &Cx,
    caller: &Caller,
    input: GetMediaForFragmentListInput,
) -> Result<Reply, ApiError> {
    let (name, arn) = (input.stream_name.as_deref(), input.stream_arn.as_deref());
    let stream = resolve::stream(cx, caller, Op::GetMediaForFragmentList, name, arn).await?;
    let parse = |text: &String| {
        FragmentNumber::parse(text).ok_or_else(|| {
            ApiError::invalid_argument(format!("Fragments: '{text}' is not a fragment number."))
        })
    };
    let numbers = input
        .fragments
        .iter()
        .map(parse)
        .collect::<Result<_, _>>()?;
    Ok(stream::media_list::serve(cx, stream, numbers))
}

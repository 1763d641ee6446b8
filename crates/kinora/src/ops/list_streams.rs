//! ListStreams:
//! <https://docs.aws.amazon.com/kinesisvideostreams/latest/dg/API_ListStreams.html>
//!
//! In order of names. A token holds the last name of its page.

use aws::op::Op;
use aws::shapes::kinesisvideo::{ListStreamsInput, ListStreamsOutput};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kvs::name::StreamName;

use crate::ops::authority::{self, Ask};
use crate::ops::{ApiError, Caller, Cx, describe_stream};

/// Lists the account's streams.
///
/// # Errors
///
/// `InvalidArgumentException` for a token that is none of ours.
pub async fn list_streams(
    cx: &Cx,
    caller: &Caller,
    input: ListStreamsInput,
) -> Result<ListStreamsOutput, ApiError> {
    authority::check(cx, caller, &Ask::new(Op::ListStreams, "*"))?;
    let limit = input
        .max_results
        .and_then(|max| usize::try_from(max).ok())
        .unwrap_or(PAGE_MAX);
    let after = input.next_token.filter(|token| !token.is_empty());
    let after = after.map(|token| name_of(&token)).transpose()?;
    let prefix = input
        .stream_name_condition
        .and_then(|condition| condition.comparison_value);
    let prefix = prefix.unwrap_or_default();
    let store = &cx.server.store;
    // One more than asked tells whether there is a next page.
    let mut streams = store
        .streams(caller.account, &prefix, after.as_ref(), limit + 1)
        .await?;
    let more = streams.len() > limit;
    streams.truncate(limit);
    let last = streams.last().filter(|_| more);
    let next_token = last.map(|stream| STANDARD.encode(format!("n1:{}", stream.name)));
    let infos = streams
        .iter()
        .map(|stream| describe_stream::info(&cx.server, stream))
        .collect();
    Ok(ListStreamsOutput {
        stream_info_list: Some(infos),
        next_token,
    })
}

fn name_of(token: &str) -> Result<StreamName, ApiError> {
    let bytes = STANDARD
        .decode(token)
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok());
    let name = bytes.as_deref().and_then(|text| text.strip_prefix("n1:"));
    name.and_then(StreamName::parse).ok_or_else(|| {
        ApiError::invalid_argument("NextToken is not one that ListStreams returned.")
    })
}

/// Default and largest page.
const PAGE_MAX: usize = 10_000;

//! TagStream, UntagStream, ListTagsForStream, TagResource, UntagResource and
//! ListTagsForResource:
//! <https://docs.aws.amazon.com/kinesisvideostreams/latest/dg/API_TagStream.html> and siblings.
//!
//! Tagging does not change a stream's version. The `…Resource` calls take stream ARNs.

use std::collections::BTreeMap;

use aws::arn::KvsArn;
use aws::op::Op;
use aws::shapes::kinesisvideo::{
    ListTagsForResourceInput, ListTagsForResourceOutput, ListTagsForStreamInput,
    ListTagsForStreamOutput, TagResourceInput, TagResourceOutput, TagStreamInput, TagStreamOutput,
    UntagResourceInput, UntagResourceOutput, UntagStreamInput, UntagStreamOutput,
};
use kvs::stream::Stream;
use store::error::StoreError;

use crate::ops::authority::Ask;
use crate::ops::{ApiError, Caller, Cx, resolve};

type Tags = BTreeMap<String, String>;

/// Adds tags to a stream; a key that exists gets the new value.
///
/// # Errors
///
/// `TagsPerResourceExceededLimitException`, `InvalidResourceFormatException`,
/// `ResourceNotFoundException`, `InvalidArgumentException`.
pub async fn tag_stream(
    cx: &Cx,
    caller: &Caller,
    input: TagStreamInput,
) -> Result<TagStreamOutput, ApiError> {
    let (name, arn) = (
        input.stream_name.as_deref(),
        checked_arn(input.stream_arn.as_deref())?,
    );
    let ask = Ask::new(Op::TagStream, "*").request_tags(pairs(&input.tags));
    let stream = resolve::stream_for(cx, caller, ask, name, arn).await?;
    change(cx, stream, |tags| merged(tags, input.tags.clone())).await?;
    Ok(TagStreamOutput::default())
}

/// Removes tags from a stream; keys it does not have are ignored.
///
/// # Errors
///
/// As [`tag_stream`].
pub async fn untag_stream(
    cx: &Cx,
    caller: &Caller,
    input: UntagStreamInput,
) -> Result<UntagStreamOutput, ApiError> {
    let (name, arn) = (
        input.stream_name.as_deref(),
        checked_arn(input.stream_arn.as_deref())?,
    );
    let ask = Ask::new(Op::UntagStream, "*").tag_keys(input.tag_key_list.clone());
    let stream = resolve::stream_for(cx, caller, ask, name, arn).await?;
    change(cx, stream, |tags| Ok(without(tags, &input.tag_key_list))).await?;
    Ok(UntagStreamOutput::default())
}

/// Lists a stream's tags; all fit one page.
///
/// # Errors
///
/// As [`tag_stream`].
pub async fn list_tags_for_stream(
    cx: &Cx,
    caller: &Caller,
    input: ListTagsForStreamInput,
) -> Result<ListTagsForStreamOutput, ApiError> {
    let (name, arn) = (
        input.stream_name.as_deref(),
        checked_arn(input.stream_arn.as_deref())?,
    );
    let stream = resolve::stream(cx, caller, Op::ListTagsForStream, name, arn).await?;
    Ok(ListTagsForStreamOutput {
        tags: Some(stream.tags),
        next_token: None,
    })
}

/// Adds tags to the resource of an ARN.
///
/// # Errors
///
/// As [`tag_stream`], without `InvalidResourceFormatException`.
pub async fn tag_resource(
    cx: &Cx,
    caller: &Caller,
    input: TagResourceInput,
) -> Result<TagResourceOutput, ApiError> {
    let arn = Some(input.resource_arn.as_str());
    let added: Tags = input
        .tags
        .into_iter()
        .map(|tag| (tag.key, tag.value))
        .collect();
    let ask = Ask::new(Op::TagResource, "*").request_tags(pairs(&added));
    let stream = resolve::stream_for(cx, caller, ask, None, arn).await?;
    change(cx, stream, |tags| merged(tags, added.clone())).await?;
    Ok(TagResourceOutput::default())
}

/// Removes tags from the resource of an ARN.
///
/// # Errors
///
/// As [`tag_resource`].
pub async fn untag_resource(
    cx: &Cx,
    caller: &Caller,
    input: UntagResourceInput,
) -> Result<UntagResourceOutput, ApiError> {
    let arn = Some(input.resource_arn.as_str());
    let ask = Ask::new(Op::UntagResource, "*").tag_keys(input.tag_key_list.clone());
    let stream = resolve::stream_for(cx, caller, ask, None, arn).await?;
    change(cx, stream, |tags| Ok(without(tags, &input.tag_key_list))).await?;
    Ok(UntagResourceOutput::default())
}

/// Lists the tags of the resource of an ARN.
///
/// # Errors
///
/// As [`tag_resource`].
pub async fn list_tags_for_resource(
    cx: &Cx,
    caller: &Caller,
    input: ListTagsForResourceInput,
) -> Result<ListTagsForResourceOutput, ApiError> {
    let arn = Some(input.resource_arn.as_str());
    let stream = resolve::stream(cx, caller, Op::ListTagsForResource, None, arn).await?;
    Ok(ListTagsForResourceOutput {
        tags: Some(stream.tags),
        next_token: None,
    })
}

/// Tags with others added.
///
/// # Errors
///
/// `TagsPerResourceExceededLimitException`, and nothing is added;
/// `InvalidArgumentException` for keys that begin with `aws:`.
pub fn merged(tags: &Tags, added: Tags) -> Result<Tags, ApiError> {
    if let Some(key) = added
        .keys()
        .find(|key| key.to_ascii_lowercase().starts_with("aws:"))
    {
        let message = format!("Tag keys must not begin with 'aws:': '{key}'.");
        return Err(ApiError::invalid_argument(message));
    }
    let mut merged = tags.clone();
    merged.extend(added);
    if merged.len() > TAGS_MAX {
        let message = format!("A resource can have at most {TAGS_MAX} tags.");
        return Err(ApiError::new(
            "TagsPerResourceExceededLimitException",
            400,
            message,
        ));
    }
    Ok(merged)
}

fn pairs(tags: &Tags) -> impl Iterator<Item = (&str, &str)> {
    tags.iter()
        .map(|(key, value)| (key.as_str(), value.as_str()))
}

fn without(tags: &Tags, keys: &[String]) -> Tags {
    let mut tags = tags.clone();
    tags.retain(|key, _| !keys.contains(key));
    tags
}

/// Changes a stream's tags. Two callers may tag at once: neither should hear of it.
async fn change(
    cx: &Cx,
    mut stream: Stream,
    change: impl Fn(&Tags) -> Result<Tags, ApiError>,
) -> Result<(), ApiError> {
    for _ in 0..TRIES {
        let new = Stream {
            tags: change(&stream.tags)?,
            ..stream.clone()
        };
        match cx.server.store.replace_stream(&stream, &new).await {
            Err(StoreError::Conflict) => {
                let again = cx.server.store.stream(stream.account, &stream.name).await?;
                let same = again.filter(|again| again.id == stream.id);
                stream = same.ok_or_else(ApiError::stream_not_found)?;
            }
            other => return Ok(other?),
        }
    }
    Err(StoreError::Conflict.into())
}

/// The three stream operations have an error of their own for a malformed ARN.
fn checked_arn(arn: Option<&str>) -> Result<Option<&str>, ApiError> {
    if let Some(text) = arn
        && let Err(error) = KvsArn::parse(text)
    {
        let message = format!("StreamARN '{text}': {error}");
        return Err(ApiError::new(
            "InvalidResourceFormatException",
            400,
            message,
        ));
    }
    Ok(arn)
}

/// Most tags of a resource.
const TAGS_MAX: usize = 50;

/// Attempts at a change before the caller is told to try again.
const TRIES: usize = 8;

//! Tags of identities on the wire.

use aws::shapes::iam::Tag;
use kvs::iam::Tags;

use crate::ops::ApiError;

/// The tags of a request: none where it gives none.
///
/// # Errors
///
/// `InvalidInput` for a key that comes twice or is reserved; `LimitExceeded`.
pub fn given(tags: Option<&[Tag]>) -> Result<Tags, ApiError> {
    let pairs = tags.into_iter().flatten();
    let pairs = pairs.map(|tag| (tag.key.as_str(), tag.value.as_str()));
    Ok(Tags::given(pairs)?)
}

/// Tags as they are answered.
pub fn shapes(tags: &Tags) -> Vec<Tag> {
    let shape = |(key, value): (&str, &str)| Tag {
        key: key.to_owned(),
        value: value.to_owned(),
    };
    tags.iter().map(shape).collect()
}

/// Tags as they are answered where an entity without tags has no such element.
pub fn shapes_if_any(tags: &Tags) -> Option<Vec<Tag>> {
    (!tags.is_empty()).then(|| shapes(tags))
}

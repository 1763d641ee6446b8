//! The restJson1 protocol: request bodies in, response bodies out.
//!
//! Reading: an empty body is `{}`; unknown members are ignored; `null` is the same as absent; a
//! wrong JSON type is a [`InputError::Serialization`]. Writing: compact, members in alphabetical
//! order, unset members as `null`, timestamps as seconds with three decimals.

use serde_json::Value;

pub use crate::read::InputError;
use crate::read::{Form, Read, input};
use crate::write::{Write, Writer};

/// Parses a request body. Nesting is bounded by `serde_json` (128 levels), size by
/// [`MAX_BODY_BYTES`].
pub(crate) fn parse<T: Read>(body: &[u8]) -> Result<T, InputError> {
    if body.len() > MAX_BODY_BYTES {
        let limit = format!("the request body is longer than {MAX_BODY_BYTES} bytes");
        return Err(InputError::Serialization(limit));
    }
    if body.iter().all(u8::is_ascii_whitespace) {
        return input(&Value::Object(serde_json::Map::new()), Form::Json);
    }
    // The parser's own message may quote the body, which may hold a secret.
    let tree = serde_json::from_slice::<Value>(body).map_err(|e| {
        let at = format!("line {} column {}", e.line(), e.column());
        InputError::Serialization(format!("the request body is not valid JSON at {at}"))
    })?;
    input(&tree, Form::Json)
}

/// Writes a response body.
pub(crate) fn print(output: &dyn Write) -> String {
    let mut writer = Writer::json();
    output.write(&mut writer);
    writer.finish()
}

/// The longest request body that is parsed, in bytes: twice the longest valid one (a thousand
/// fragment numbers). The parsed tree is up to 36 times as large.
pub const MAX_BODY_BYTES: usize = 256 << 10;

#[cfg(test)]
mod tests;

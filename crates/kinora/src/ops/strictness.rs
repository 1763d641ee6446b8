//! `GET` and `PUT /_kinora/streams/{name}/strictness`: how strictly a stream's input is judged.
//!
//! Ours, not AWS's, and signed like every other call: AWS has no other way than the strict
//! one. It asks for what DescribeStream and UpdateStream ask for.

use aws::op::Op;
use kvs::stream::{Stream, Strictness};
use serde_json::{Map, Value, json};

use crate::http::reply::{self, Reply};
use crate::ops::create_stream::VERSION_LEN;
use crate::ops::{ApiError, Caller, Cx, resolve};
use crate::server;

/// Tells a stream's strictness, and whether the stream sets it or the configuration.
///
/// # Errors
///
/// `ResourceNotFoundException`, denial.
pub async fn tell(cx: &Cx, caller: &Caller, name: &str) -> Result<Reply, ApiError> {
    let stream = resolve::stream(cx, caller, Op::DescribeStream, Some(name), None).await?;
    Ok(answer(cx, &stream))
}

/// Sets a stream's strictness for the PutMedia calls that begin from now on: the body is
/// `{"strictness":"strict"}`, `"tolerant"`, or null for what the configuration says. Answers
/// like [`tell`].
///
/// # Errors
///
/// `InvalidArgumentException`, `ResourceNotFoundException`, `ResourceInUseException` if the
/// stream is being changed otherwise, denial.
pub async fn set(cx: &Cx, caller: &Caller, name: &str, body: &[u8]) -> Result<Reply, ApiError> {
    let old = resolve::stream(cx, caller, Op::UpdateStream, Some(name), None).await?;
    let new = Stream {
        strictness: parse(body)?,
        version: server::random_alphanumerics(VERSION_LEN),
        ..old.clone()
    };
    cx.server.store.replace_stream(&old, &new).await?;
    Ok(answer(cx, &new))
}

fn answer(cx: &Cx, stream: &Stream) -> Reply {
    let strictness = stream.strictness.unwrap_or(cx.server.strictness());
    let answer = json!({
        "streamName": stream.name.as_str(),
        "strictness": match strictness {
            Strictness::Strict => STRICT,
            Strictness::Tolerant => TOLERANT,
        },
        "setBy": match stream.strictness {
            Some(_) => "stream",
            None => "configuration",
        },
    });
    reply::json(200, answer.to_string())
}

fn parse(body: &[u8]) -> Result<Option<Strictness>, ApiError> {
    let members: Option<Map<String, Value>> = serde_json::from_slice(body).ok();
    let members = members.filter(|members| members.len() == 1);
    match members
        .as_ref()
        .and_then(|members| members.get("strictness"))
    {
        Some(Value::Null) => Ok(None),
        Some(Value::String(word)) if word == STRICT => Ok(Some(Strictness::Strict)),
        Some(Value::String(word)) if word == TOLERANT => Ok(Some(Strictness::Tolerant)),
        _ => Err(ApiError::invalid_argument(
            "The body must be {\"strictness\":…} with \"strict\", \"tolerant\" or null.",
        )),
    }
}

const STRICT: &str = "strict";
const TOLERANT: &str = "tolerant";

#[cfg(test)]
mod tests {
    use kvs::stream::Strictness;

    use super::parse;

    #[test]
    fn one_member_of_three_values() {
        let parsed = |body: &str| parse(body.as_bytes()).ok();
        assert_eq!(parsed(r#"{"strictness":null}"#), Some(None));
        let strict = Some(Some(Strictness::Strict));
        assert_eq!(parsed(r#" {"strictness": "strict"} "#), strict);
        let tolerant = Some(Some(Strictness::Tolerant));
        assert_eq!(parsed(r#"{"strictness":"tolerant"}"#), tolerant);
        for bad in [
            "",
            "null",
            "{}",
            r#"{"strictness":"Strict"}"#,
            r#"{"strictness":true}"#,
            r#"{"strictness":"strict","Strictness":null}"#,
            "\"strict\"",
        ] {
            assert_eq!(parsed(bad), None, "{bad}");
        }
    }
}

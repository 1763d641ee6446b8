//! Inputs whose members are in the path, the query and the headers as well as in the body, as
//! those of IoT are.

use serde_json::{Map, Value};

use crate::op::Op;
use crate::read::InputError;
use crate::shapes::ops::LOCATED;

/// A member of an input that is not in the body.
pub(crate) struct Located {
    pub(crate) op: Op,
    pub(crate) place: Place,
    /// Its name in that place.
    pub(crate) wire: &'static str,
    /// Its name in the model.
    pub(crate) member: &'static str,
    pub(crate) scalar: Scalar,
}

/// Where a member is.
pub(crate) enum Place {
    Path,
    Query,
    Header,
}

/// What a member's text stands for.
pub(crate) enum Scalar {
    Text,
    Number,
    Boolean,
}

/// The head of a request, as far as inputs are in it.
#[derive(Clone, Copy)]
pub struct Head<'a> {
    /// The path, still percent-encoded.
    pub path: &'a str,
    /// The query, still percent-encoded; empty if there is none.
    pub query: &'a str,
    /// The value of a header, by its name in lower case.
    pub header: &'a dyn Fn(&str) -> Option<String>,
}

/// Puts the members that are in the head into the body, so that an input can be read from
/// the body alone. The body of an operation that has none comes back as it is.
///
/// # Errors
///
/// A body that is no JSON object, or a broken percent escape.
pub fn gathered(op: Op, head: &Head<'_>, body: &[u8]) -> Result<Vec<u8>, InputError> {
    let mut located = LOCATED.iter().filter(|located| located.op == op).peekable();
    if located.peek().is_none() {
        return Ok(body.to_vec());
    }
    let mut object = object(body)?;
    let parameters = parameters(op.path(), head.path.strip_suffix('/').unwrap_or(head.path));
    let parameters = parameters.unwrap_or_default();
    for member in located {
        let found = match member.place {
            Place::Path => parameters
                .iter()
                .find(|(name, _)| *name == member.wire)
                .map(|(_, value)| (*value).to_owned()),
            Place::Query => queried(head.query, member.wire),
            Place::Header => (head.header)(&member.wire.to_ascii_lowercase()),
        };
        // What the head does not say, the body must not say in its place.
        object.remove(member.member);
        let Some(text) = found else { continue };
        let text = match member.place {
            Place::Header => text,
            Place::Path | Place::Query => decoded(&text)?,
        };
        let value = match member.scalar {
            Scalar::Text => Value::String(text),
            Scalar::Number => text.parse::<i64>().map_or(Value::String(text), Value::from),
            Scalar::Boolean => match text.as_str() {
                "true" => Value::Bool(true),
                "false" => Value::Bool(false),
                _ => Value::String(text),
            },
        };
        object.insert(member.member.to_owned(), value);
    }
    Ok(Value::Object(object).to_string().into_bytes())
}

/// What stands in a path where a template has names in braces; `None` if they do not fit.
pub(crate) fn parameters<'a>(
    template: &'static str,
    path: &'a str,
) -> Option<Vec<(&'static str, &'a str)>> {
    let mut found = Vec::new();
    let (mut wanted, mut given) = (template.split('/'), path.split('/'));
    loop {
        match (wanted.next(), given.next()) {
            (None, None) => return Some(found),
            (Some(part), Some(value)) => {
                let name = part.strip_prefix('{').and_then(|p| p.strip_suffix('}'));
                match name {
                    Some(name) if !value.is_empty() => found.push((name, value)),
                    None if part == value => {}
                    _ => return None,
                }
            }
            _ => return None,
        }
    }
}

fn object(body: &[u8]) -> Result<Map<String, Value>, InputError> {
    if body.iter().all(u8::is_ascii_whitespace) {
        return Ok(Map::new());
    }
    match serde_json::from_slice(body) {
        Ok(Value::Object(object)) => Ok(object),
        _ => {
            let message = "the request body is not a JSON object";
            Err(InputError::Serialization(message.to_owned()))
        }
    }
}

fn queried(query: &str, name: &str) -> Option<String> {
    let mut pairs = query
        .split('&')
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    pairs.find_map(|(key, value)| (key == name).then(|| value.to_owned()))
}

/// Undoes percent encoding.
///
/// # Errors
///
/// A broken escape, or what is no UTF-8.
pub fn decoded(text: &str) -> Result<String, InputError> {
    let broken = || InputError::Serialization("a percent escape is broken".to_owned());
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => {
                let mut digit = || rest.next().and_then(|d| char::from(d).to_digit(16));
                let (high, low) = (digit(), digit());
                let value = high.zip(low).map(|(high, low)| high << 4 | low);
                u8::try_from(value.ok_or_else(broken)?).map_err(|_| broken())?
            }
            other => other,
        });
    }
    String::from_utf8(bytes).map_err(|_| broken())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Head, gathered};
    use crate::op::Op;

    fn bound(op: Op, path: &str, query: &str, body: &str) -> Value {
        let header = |name: &str| (name == "x-amzn-principal").then(|| "arn:x".to_owned());
        let head = Head {
            path,
            query,
            header: &header,
        };
        let body = gathered(op, &head, body.as_bytes()).unwrap();
        serde_json::from_slice(&body).unwrap()
    }

    #[test]
    fn members_come_from_everywhere() {
        let path = "/things/a%2Bb";
        assert_eq!(Op::from_rest("POST", path), Some(Op::IotCreateThing));
        assert_eq!(Op::from_rest("DELETE", path), Some(Op::IotDeleteThing));
        let thing = bound(Op::IotCreateThing, path, "", r#"{"thingTypeName":"t"}"#);
        assert_eq!(thing, json!({"thingTypeName": "t", "thingName": "a+b"}));
        let path = "/things/a/principals/";
        let attached = Op::from_rest("PUT", path).unwrap();
        let attached = bound(attached, path, "", r#"{"principal":"arn:other"}"#);
        assert_eq!(attached, json!({"thingName": "a", "principal": "arn:x"}));
        let listed = bound(Op::IotListThings, "/things", "maxResults=7&x=y", "");
        assert_eq!(listed, json!({"maxResults": 7}));
        let active = "setAsActive=true";
        let made = bound(
            Op::IotCreateKeysAndCertificate,
            "/keys-and-certificate",
            active,
            "",
        );
        assert_eq!(made, json!({"setAsActive": true}));
    }

    #[test]
    fn other_operations_keep_their_bodies() {
        let header = |_: &str| None;
        let head = Head {
            path: "/createStream",
            query: "",
            header: &header,
        };
        let body = gathered(Op::CreateStream, &head, b"not read").unwrap();
        assert_eq!(body, b"not read");
        let head = Head {
            path: "/things/%zz",
            ..head
        };
        assert!(gathered(Op::IotCreateThing, &head, b"").is_err());
        assert!(gathered(Op::IotCreateThing, &head, b"[]").is_err());
    }
}

//! The fields of a request that a person's page or script makes: a JSON object or an HTML
//! form, whichever comes.

use std::collections::BTreeMap;

use hyper::http::request::Parts;
use serde_json::Value;

use crate::ops::ApiError;

/// Named texts.
#[derive(Default)]
pub struct Fields(BTreeMap<String, String>);

impl Fields {
    /// Reads the body of a request by its `Content-Type`. An empty body has no fields.
    ///
    /// # Errors
    ///
    /// `UnsupportedMediaType`, `InvalidRequest`.
    pub fn parse(parts: &Parts, body: &[u8]) -> Result<Fields, ApiError> {
        if body.is_empty() {
            return Ok(Fields::default());
        }
        let kind = parts.headers.get("content-type");
        let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let kind = kind.split(';').next().unwrap_or_default().trim();
        match kind.to_ascii_lowercase().as_str() {
            "application/json" => json(body),
            "application/x-www-form-urlencoded" => form(body),
            // A page of another origin can send text/plain without asking first.
            _ => Err(ApiError::new(
                "UnsupportedMediaType",
                415,
                "Send application/json or application/x-www-form-urlencoded.",
            )),
        }
    }

    /// A field that must be there and not empty.
    ///
    /// # Errors
    ///
    /// `InvalidRequest`, which names it.
    pub fn text(&self, name: &str) -> Result<&str, ApiError> {
        self.optional(name)
            .ok_or_else(|| invalid(format!("The field {name} is missing.")))
    }

    /// A field that may be missing or empty.
    pub fn optional(&self, name: &str) -> Option<&str> {
        let value = self.0.get(name)?;
        (!value.is_empty()).then_some(value)
    }
}

/// `InvalidRequest`.
pub fn invalid(message: impl Into<String>) -> ApiError {
    ApiError::new("InvalidRequest", 400, message)
}

fn json(body: &[u8]) -> Result<Fields, ApiError> {
    let value: Value =
        serde_json::from_slice(body).map_err(|_| invalid("The body is no JSON object."))?;
    let Value::Object(object) = value else {
        return Err(invalid("The body is no JSON object."));
    };
    if object.len() > FIELDS_MAX {
        return Err(invalid("The body has too many fields."));
    }
    let mut fields = BTreeMap::new();
    for (name, value) in object {
        let text = match value {
            Value::Null => continue,
            Value::String(text) => text,
            Value::Number(number) => number.to_string(),
            Value::Bool(flag) => flag.to_string(),
            Value::Array(_) | Value::Object(_) => {
                return Err(invalid(
                    "Every field must be a text, a number or a truth value.",
                ));
            }
        };
        fields.insert(name, text);
    }
    Ok(Fields(fields))
}

/// <https://url.spec.whatwg.org/#application/x-www-form-urlencoded>
fn form(body: &[u8]) -> Result<Fields, ApiError> {
    let mut fields = BTreeMap::new();
    for pair in body
        .split(|byte| *byte == b'&')
        .filter(|pair| !pair.is_empty())
    {
        if fields.len() >= FIELDS_MAX {
            return Err(invalid("The body has too many fields."));
        }
        let mut halves = pair.splitn(2, |byte| *byte == b'=');
        let (name, value) = (halves.next(), halves.next());
        let name = decoded(name.unwrap_or_default())?;
        fields.insert(name, decoded(value.unwrap_or_default())?);
    }
    Ok(Fields(fields))
}

fn decoded(text: &[u8]) -> Result<String, ApiError> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.iter();
    while let Some(&byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let digits = [rest.next(), rest.next()].map(|digit| {
                    let digit = digit.copied().map(char::from);
                    digit.and_then(|digit| digit.to_digit(16))
                });
                match digits {
                    [Some(high), Some(low)] => (high << 4 | low) as u8,
                    _ => return Err(invalid("The form is not percent-encoded as it should be.")),
                }
            }
            other => other,
        });
    }
    String::from_utf8(bytes).map_err(|_| invalid("The form is not UTF-8."))
}

/// More than any page has.
const FIELDS_MAX: usize = 32;

#[cfg(test)]
mod tests {
    use super::Fields;

    fn fields(kind: &str, body: &str) -> Result<Fields, u16> {
        let request = hyper::Request::builder().header("content-type", kind);
        let (parts, ()) = request.body(()).unwrap().into_parts();
        Fields::parse(&parts, body.as_bytes()).map_err(|error| error.status)
    }

    #[test]
    fn json_and_forms_say_the_same() {
        let form = "application/x-www-form-urlencoded";
        for (kind, body) in [
            (
                "application/json; charset=utf-8",
                r#"{"a": "x y&ä", "code": 7, "none": null}"#,
            ),
            (form, "a=x+y%26%C3%A4&code=7&none="),
        ] {
            let fields = fields(kind, body).ok().unwrap();
            assert_eq!(fields.text("a").unwrap(), "x y&ä");
            assert_eq!(fields.text("code").unwrap(), "7");
            assert_eq!(fields.optional("none"), None);
            assert_eq!(fields.text("none").unwrap_err().status, 400);
        }
        for (kind, body, status) in [
            ("text/plain", "a=b", 415),
            ("application/json", "[]", 400),
            ("application/json", r#"{"a":{}}"#, 400),
            (form, "a=%zz", 400),
            (form, "a=%ff", 400),
        ] {
            assert_eq!(fields(kind, body).err(), Some(status), "{body}");
        }
    }
}

//! Authentication in the query string: a presigned URL.

use crate::sigv4::canonical::{self, TOKEN, parameters};
use crate::sigv4::header::{check_algorithm, shown};
use crate::sigv4::{AuthError, MAX_EXPIRES_S};

/// The authentication parameters, decoded; of one given twice the first counts.
#[derive(PartialEq, Eq)]
pub(super) struct Parameters {
    pub(super) credential: String,
    pub(super) signed_headers: String,
    pub(super) signature: String,
    pub(super) date: String,
    pub(super) token: Option<String>,
    /// Seconds, 1 to [`MAX_EXPIRES_S`].
    pub(super) expires_s: i64,
}

/// Whether the query string claims to authenticate the request. Other `X-Amz-…` parameters do not:
/// KVS signaling has a few that mean something else.
pub(super) fn is_present(query: &str) -> bool {
    parameters(query).any(|(name, _)| {
        matches!(
            name,
            "X-Amz-Algorithm" | "X-Amz-Credential" | "X-Amz-Signature"
        )
    })
}

/// Takes the authentication parameters out of `query`. Their names are case-sensitive.
pub(super) fn parse(query: &str) -> Result<Parameters, AuthError> {
    let mut found: [Option<&str>; NAMES.len()] = [None; NAMES.len()];
    for (name, value) in parameters(query) {
        if let Some(index) = NAMES.iter().position(|known| *known == name) {
            found[index].get_or_insert(value);
        }
    }
    if let Some(algorithm) = found[0] {
        check_algorithm(&text(algorithm)?)?;
    }
    let [
        Some(_),
        Some(credential),
        Some(date),
        Some(expires),
        Some(headers),
        Some(signature),
        token,
    ] = found
    else {
        return Err(AuthError::Incomplete(missing(&found)));
    };
    let token = token
        .map(text)
        .transpose()?
        .filter(|token| !token.is_empty());
    Ok(Parameters {
        credential: text(credential)?,
        signed_headers: text(headers)?,
        signature: text(signature)?,
        date: text(date)?,
        token,
        expires_s: parse_expires(expires)?,
    })
}

fn parse_expires(text: &str) -> Result<i64, AuthError> {
    let fault = |message: &str| AuthError::Incomplete(message.to_owned());
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits {
        return Err(fault("X-Amz-Expires should be a number"));
    }
    // Digits that do not fit are too many seconds, whatever their number.
    match text.parse().unwrap_or(i64::MAX) {
        0 => Err(fault("X-Amz-Expires must be at least 1 second")),
        seconds if seconds > MAX_EXPIRES_S => Err(fault(
            "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires \
             must be at most 604800 seconds",
        )),
        seconds => Ok(seconds),
    }
}

fn text(value: &str) -> Result<String, AuthError> {
    String::from_utf8(canonical::decoded(value)).map_err(|_| {
        AuthError::Malformed(format!(
            "'{}' in the query string is not UTF-8.",
            shown(value)
        ))
    })
}

fn missing(found: &[Option<&str>; NAMES.len()]) -> String {
    let mut message = String::new();
    for (name, _) in NAMES
        .iter()
        .zip(found)
        .filter(|(name, value)| **name != TOKEN && value.is_none())
    {
        message.push_str("AWS query-string parameters must include '");
        message.push_str(name);
        message.push_str("'. ");
    }
    message.push_str("Re-examine the query-string parameters.");
    message
}

const NAMES: [&str; 7] = [
    "X-Amz-Algorithm",
    "X-Amz-Credential",
    "X-Amz-Date",
    "X-Amz-Expires",
    "X-Amz-SignedHeaders",
    "X-Amz-Signature",
    TOKEN,
];

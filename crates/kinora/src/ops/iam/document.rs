//! Policy documents on the wire: checked as they come, percent-encoded as they go.

use std::fmt::Write as _;

use aws::policy::{Document, DocumentKind};
use kvs::iam::{IamError, IamErrorKind};

use crate::ops::ApiError;

/// Reads a policy that is to be saved.
///
/// # Errors
///
/// `MalformedPolicyDocument` in AWS's words.
pub fn parse(text: &str, kind: DocumentKind) -> Result<Document, ApiError> {
    Document::parse(text, kind).map_err(|error| malformed(error.message).into())
}

/// `MalformedPolicyDocument`.
pub fn malformed(message: impl Into<String>) -> IamError {
    IamError::new(IamErrorKind::MalformedPolicyDocument, message)
}

/// Checks the size of a policy, which white space does not count towards.
///
/// # Errors
///
/// `LimitExceeded` for a quota such as `PolicySize`.
pub fn check_size(document: &Document, quota: &str, max: usize) -> Result<(), ApiError> {
    match document.significant_len() <= max {
        true => Ok(()),
        false => Err(IamError::over_quota(quota, max).into()),
    }
}

/// A document as IAM answers it: percent-encoded by RFC 3986 §2.1, so that a space is
/// `%20` and a plus `%2B`.
pub fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 2);
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                out.push(char::from(byte));
            }
            // Writing to a text cannot fail.
            other => drop(write!(out, "%{other:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::encoded;

    #[test]
    fn documents_are_percent_encoded() {
        let text = "{\"a b\": \"c+d~é/-._\"}\n\t";
        let wire = "%7B%22a%20b%22%3A%20%22c%2Bd~%C3%A9%2F-._%22%7D%0A%09";
        assert_eq!(encoded(text), wire);
    }
}

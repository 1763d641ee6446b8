//! Authentication in the `Authorization` header.
//!
//! `AWS4-HMAC-SHA256 Credential=…, SignedHeaders=…, Signature=…`, the parameters in any order, with
//! or without a space after the comma, with or without a comma at the end.

use crate::sigv4::{ALGORITHM, AuthError};

/// The parameters of the header; of one given twice the last counts.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Parameters<'a> {
    pub(super) credential: &'a str,
    pub(super) signed_headers: &'a str,
    pub(super) signature: &'a str,
}

/// Takes the header's value apart. `has_date` tells whether the request carries `X-Amz-Date` or
/// `Date`, because one message names everything that is missing.
pub(super) fn parse(value: &[u8], has_date: bool) -> Result<Parameters<'_>, AuthError> {
    let value = std::str::from_utf8(value)
        .map_err(|_| AuthError::Incomplete("The Authorization header is not ASCII.".to_owned()))?
        .trim_matches(' ');
    let (algorithm, rest) = value.split_once(' ').unwrap_or((value, ""));
    check_algorithm(algorithm)?;
    let (mut credential, mut signed_headers, mut signature) = (None, None, None);
    let rest = rest.trim_matches(' ');
    let rest = rest.strip_suffix(',').unwrap_or(rest);
    for parameter in rest.split(',').map(|parameter| parameter.trim_matches(' ')) {
        if rest.is_empty() {
            break;
        }
        match parameter.split_once('=') {
            Some(("Credential", value)) => credential = Some(value),
            Some(("SignedHeaders", value)) => signed_headers = Some(value),
            Some(("Signature", value)) => signature = Some(value),
            Some(_) => {}
            None => return Err(AuthError::Incomplete(not_a_pair(parameter))),
        }
    }
    match (credential, signed_headers, signature) {
        (Some(credential), Some(signed_headers), Some(signature)) if has_date => Ok(Parameters {
            credential,
            signed_headers,
            signature,
        }),
        _ => {
            let present = [
                credential.is_some(),
                signature.is_some(),
                signed_headers.is_some(),
                has_date,
            ];
            Err(AuthError::Incomplete(missing(present)))
        }
    }
}

/// Only HMAC-SHA-256; the asymmetric SigV4A and the older versions are not spoken here.
pub(super) fn check_algorithm(algorithm: &str) -> Result<(), AuthError> {
    if algorithm == ALGORITHM {
        return Ok(());
    }
    Err(AuthError::Incomplete(format!(
        "Unsupported AWS 'algorithm': '{}'.",
        shown(algorithm)
    )))
}

/// A piece of what the client sent, short and printable enough to be sent back in a message.
pub(super) fn shown(text: &str) -> String {
    let mut out: String = text
        .chars()
        .take(SHOWN_CHARS)
        .map(|char| {
            if char.is_ascii_graphic() || char == ' ' {
                char
            } else {
                '?'
            }
        })
        .collect();
    if text.chars().nth(SHOWN_CHARS).is_some() {
        out.push_str("...");
    }
    out
}

fn not_a_pair(parameter: &str) -> String {
    format!(
        "'{}' not a valid key=value pair (missing equal-sign) in Authorization header: '{} ...'.",
        shown(parameter),
        ALGORITHM
    )
}

fn missing(present: [bool; 4]) -> String {
    let texts = [
        "Authorization header requires 'Credential' parameter. ",
        "Authorization header requires 'Signature' parameter. ",
        "Authorization header requires 'SignedHeaders' parameter. ",
        "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. ",
    ];
    let mut message: String = texts
        .iter()
        .zip(present)
        .filter(|(_, present)| !present)
        .map(|(text, _)| *text)
        .collect();
    message.push_str("Authorization=");
    message.push_str(ALGORITHM);
    message
}

/// Long enough for any name or credential, too short to be a reflector.
const SHOWN_CHARS: usize = 128;

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn parameters_are_read_in_any_order_and_spacing() {
        for text in [
            "AWS4-HMAC-SHA256 Credential=c/d, SignedHeaders=a;b, Signature=s=",
            "AWS4-HMAC-SHA256 Credential=c/d,SignedHeaders=a;b,Signature=s=",
            "AWS4-HMAC-SHA256 Signature=s=,  SignedHeaders=a;b , Credential=c/d,",
            " AWS4-HMAC-SHA256   Credential=c/d, SignedHeaders=a;b, Other=1, Signature=s=, ",
            "AWS4-HMAC-SHA256 Credential=x, SignedHeaders=a;b, Signature=s=, Credential=c/d",
        ] {
            let parameters = parse(text.as_bytes(), true).expect(text);
            assert_eq!(parameters.credential, "c/d", "{text}");
            assert_eq!(parameters.signed_headers, "a;b", "{text}");
            assert_eq!(parameters.signature, "s=", "{text}");
        }
    }

    #[test]
    fn what_is_wrong_is_named() {
        let cases: [(&str, bool, &str); 7] = [
            (
                "AWS4-HMAC-SHA1 a=b",
                true,
                "Unsupported AWS 'algorithm': 'AWS4-HMAC-SHA1'.",
            ),
            (
                "AWS4-ECDSA-P256-SHA256 Credential=c",
                true,
                "Unsupported AWS 'algorithm': 'AWS4-ECDSA-P256-SHA256'.",
            ),
            (
                "Basic dXNlcg==",
                true,
                "Unsupported AWS 'algorithm': 'Basic'.",
            ),
            (
                "AWS4-HMAC-SHA256 Credential=a, b, Signature=c",
                true,
                "'b' not a valid key=value pair (missing equal-sign) in Authorization header: \
                 'AWS4-HMAC-SHA256 ...'.",
            ),
            (
                "AWS4-HMAC-SHA256",
                false,
                "Authorization header requires 'Credential' parameter. Authorization header \
                 requires 'Signature' parameter. Authorization header requires 'SignedHeaders' \
                 parameter. Authorization header requires existence of either a 'X-Amz-Date' or \
                 a 'Date' header. Authorization=AWS4-HMAC-SHA256",
            ),
            (
                "AWS4-HMAC-SHA256 Credential=a, Signature=c",
                true,
                "Authorization header requires 'SignedHeaders' parameter. \
                 Authorization=AWS4-HMAC-SHA256",
            ),
            (
                "AWS4-HMAC-SHA256 Credential=a,, SignedHeaders=b, Signature=c",
                true,
                "'' not a valid key=value pair (missing equal-sign) in Authorization header: \
                 'AWS4-HMAC-SHA256 ...'.",
            ),
        ];
        for (text, has_date, message) in cases {
            let error = parse(text.as_bytes(), has_date).expect_err(text);
            assert_eq!(error.to_string(), message, "{text}");
            assert_eq!(error.code_query(), "IncompleteSignature");
        }
        assert!(parse(b"AWS4-HMAC-SHA256 Credential=\xff", true).is_err());
    }
}

//! Why a request was not authenticated, in the words and codes AWS uses.
//!
//! The two protocols name the same failure differently: IAM and STS (the Query protocol) say
//! `SignatureDoesNotMatch`, Kinesis Video Streams and IoT (REST-JSON) say
//! `InvalidSignatureException`. Clients parse both the codes and some of the texts: the WebRTC C
//! SDK searches the body for `Signature expired` and `Signature not yet current` and then corrects
//! its clock from the response's `Date`.

use std::fmt;

use crate::sigv4::time::basic;

/// Why a request is refused before anybody asked what it wants.
///
/// `Display` gives the public message of the REST-JSON form; [`AuthError::message_query`] that of
/// the Query form. No variant carries a secret: neither tokens nor signatures nor keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AuthError {
    /// The request carries no authentication at all.
    MissingToken,
    /// Both an `Authorization` header and query-string authentication are present.
    BothForms,
    /// The authentication is there but malformed or lacks a part; the text says which.
    Incomplete(String),
    /// The path or the query is not well formed (broken percent escapes, too long).
    Malformed(String),
    /// The access key is unknown or inactive, its session token does not belong to it, or a
    /// temporary key came without token.
    UnknownKey,
    /// The session token was good once.
    ExpiredToken,
    /// The signature is not the one this server calculates.
    Mismatch,
    /// `SignedHeaders` names a header (given here) which the request does not carry.
    SignedHeaderAbsent(String),
    /// The body's SHA-256 is not the one in `x-amz-content-sha256`.
    BodyMismatch,
    /// The request's date is more than `skew_s` before the server's clock. Unix seconds.
    Expired {
        /// When the client says it signed.
        date_s: i64,
        /// The server's clock.
        now_s: i64,
        /// The tolerated difference.
        skew_s: i64,
    },
    /// The request's date is more than `skew_s` after the server's clock. Unix seconds.
    NotYetCurrent {
        /// When the client says it signed.
        date_s: i64,
        /// The server's clock.
        now_s: i64,
        /// The tolerated difference.
        skew_s: i64,
    },
    /// A presigned URL is past its `X-Amz-Expires`. Unix seconds.
    RequestExpired {
        /// When the URL was signed.
        date_s: i64,
        /// The server's clock.
        now_s: i64,
        /// How long the URL was good for.
        expires_s: i64,
    },
    /// The credential scope is not this server's: every disagreement, one sentence each.
    Scope(String),
    /// Authenticated, but not allowed; the message names the principal, action and resource.
    Denied(String),
    /// The host and path name no operation that could be authorised.
    UnknownOperation,
}

impl AuthError {
    /// The credential is scoped to another service than the operation's, which is `service`.
    pub fn of_other_service(service: &str) -> AuthError {
        Self::Scope(format!(
            "Credential should be scoped to correct service: '{service}'."
        ))
    }

    /// The error code of REST-JSON services (the value of `x-amzn-ErrorType`).
    pub fn code_rest(&self) -> &'static str {
        match self {
            Self::MissingToken => "MissingAuthenticationTokenException",
            Self::Incomplete(_) => "IncompleteSignatureException",
            Self::Malformed(_) => "MalformedQueryStringException",
            Self::UnknownKey => "UnrecognizedClientException",
            Self::ExpiredToken => "ExpiredTokenException",
            Self::BothForms
            | Self::Mismatch
            | Self::SignedHeaderAbsent(_)
            | Self::BodyMismatch
            | Self::Expired { .. }
            | Self::NotYetCurrent { .. }
            | Self::RequestExpired { .. }
            | Self::Scope(_) => "InvalidSignatureException",
            Self::Denied(_) => "AccessDeniedException",
            Self::UnknownOperation => "UnknownOperationException",
        }
    }

    /// The error code of Query services (IAM, STS).
    pub fn code_query(&self) -> &'static str {
        match self {
            Self::MissingToken => "MissingAuthenticationToken",
            Self::Incomplete(_) => "IncompleteSignature",
            Self::Malformed(_) => "MalformedQueryString",
            Self::UnknownKey => "InvalidClientTokenId",
            Self::ExpiredToken => "ExpiredToken",
            Self::RequestExpired { .. } => "RequestExpired",
            Self::BothForms
            | Self::Mismatch
            | Self::SignedHeaderAbsent(_)
            | Self::BodyMismatch
            | Self::Expired { .. }
            | Self::NotYetCurrent { .. }
            | Self::Scope(_) => "SignatureDoesNotMatch",
            Self::Denied(_) => "AccessDenied",
            Self::UnknownOperation => "InvalidAction",
        }
    }

    /// The HTTP status of REST-JSON services.
    pub fn status(&self) -> u16 {
        match self {
            Self::Malformed(_) => 400,
            _ => 403,
        }
    }

    /// The HTTP status of Query services.
    pub fn status_query(&self) -> u16 {
        match self {
            Self::Malformed(_)
            | Self::Incomplete(_)
            | Self::RequestExpired { .. }
            | Self::UnknownOperation => 400,
            _ => 403,
        }
    }

    /// The public message of Query services; only that of [`AuthError::MissingToken`] differs.
    pub fn message_query(&self) -> String {
        match self {
            Self::MissingToken => "Request is missing Authentication Token".to_owned(),
            other => other.to_string(),
        }
    }
}

impl fmt::Display for AuthError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MissingToken => f.write_str("Missing Authentication Token"),
            Self::BothForms => write!(
                f,
                "{MISMATCH} The request is authenticated twice, by its Authorization header and \
                 by its query string; send only one of them."
            ),
            Self::Incomplete(text) | Self::Malformed(text) => f.write_str(text),
            Self::Scope(text) | Self::Denied(text) => f.write_str(text),
            Self::UnknownKey => {
                f.write_str("The security token included in the request is invalid.")
            }
            Self::ExpiredToken => {
                f.write_str("The security token included in the request is expired")
            }
            Self::Mismatch => f.write_str(MISMATCH),
            Self::SignedHeaderAbsent(name) => write!(
                f,
                "{MISMATCH} The header '{name}' is listed in SignedHeaders but was not received."
            ),
            Self::BodyMismatch => f.write_str(
                "The provided 'x-amz-content-sha256' header does not match what was computed.",
            ),
            Self::Expired {
                date_s,
                now_s,
                skew_s,
            } => write!(
                f,
                "Signature expired: {} is now earlier than {} ({} - {}); the request's date is {} \
                 seconds behind this server's clock.",
                basic(*date_s),
                basic(now_s.saturating_sub(*skew_s)),
                basic(*now_s),
                window(*skew_s),
                now_s.saturating_sub(*date_s),
            ),
            Self::NotYetCurrent {
                date_s,
                now_s,
                skew_s,
            } => write!(
                f,
                "Signature not yet current: {} is still later than {} ({} + {}); the request's \
                 date is {} seconds ahead of this server's clock.",
                basic(*date_s),
                basic(now_s.saturating_add(*skew_s)),
                basic(*now_s),
                window(*skew_s),
                date_s.saturating_sub(*now_s),
            ),
            Self::RequestExpired {
                date_s,
                now_s,
                expires_s,
            } => write!(
                f,
                "Request has expired. Signature expired: {} is now earlier than {} ({} - {}); the \
                 URL was valid for {} seconds and is {} seconds old by this server's clock.",
                basic(*date_s),
                basic(now_s.saturating_sub(*expires_s)),
                basic(*now_s),
                window(*expires_s),
                expires_s,
                now_s.saturating_sub(*date_s),
            ),
            Self::UnknownOperation => {
                f.write_str("Unable to determine service/operation name to be authorized")
            }
        }
    }
}

impl std::error::Error for AuthError {}

/// AWS prints its windows in minutes; ours may be set to any number of seconds.
fn window(seconds: i64) -> String {
    if seconds >= 60 && seconds % 60 == 0 {
        format!("{} min.", seconds / 60)
    } else {
        format!("{seconds} sec.")
    }
}

const MISMATCH: &str = "The request signature we calculated does not match the signature you \
    provided. Check your AWS Secret Access Key and signing method. Consult the service \
    documentation for details.";

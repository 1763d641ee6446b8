//! The client side, for our own command line and tests: [`sign_header`] and
//! [`presign`].

use std::fmt;

use crate::sigv4::canonical::{Canonical, TOKEN, Target, push_encoded};
use crate::sigv4::{
    ALGORITHM, AuthError, EMPTY_SHA256, Head, TERMINATOR, check_bounds, hash, hex, sha256_hex,
    signing_key, string_to_sign_head, time,
};

/// Who signs.
#[derive(Clone, Copy)]
pub struct Credentials<'a> {
    /// The access key id.
    pub access_key_id: &'a str,
    /// Its secret.
    pub secret_access_key: &'a str,
    /// The session token, if the access key is a temporary one.
    pub session_token: Option<&'a str>,
}

impl fmt::Debug for Credentials<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("access_key_id", &self.access_key_id)
            .finish_non_exhaustive()
    }
}

/// What is signed for, and when.
#[derive(Debug, Clone, Copy)]
pub struct Scope<'a> {
    /// The region, e.g. `us-west-2`.
    pub region: &'a str,
    /// The signing name of the service, e.g. `kinesisvideo`.
    pub service: &'a str,
    /// The client's clock, Unix seconds.
    pub now_s: i64,
}

/// What the signature says of the body.
#[derive(Debug, Clone, Copy)]
pub enum Payload<'a> {
    /// It is these bytes.
    Bytes(&'a [u8]),
    /// It is empty, or a stream that is not covered (as the KVS producer SDKs sign PutMedia).
    Empty,
    /// Its hash, or a literal such as `UNSIGNED-PAYLOAD`; sent as `x-amz-content-sha256`.
    Literal(&'a str),
}

/// Signs a request with an `Authorization` header and gives the headers to add to it, in order.
///
/// Every header in `head` is signed, so leave out those that may change on the way; `host` must be
/// among them, `x-amz-date`, `x-amz-security-token` and `x-amz-content-sha256` must not.
///
/// # Errors
/// [`AuthError::SignedHeaderAbsent`] without `host`, [`AuthError::Malformed`] if the target is no
/// target, or if the head is larger than any that verifies.
pub fn sign_header(
    head: &Head<'_>,
    credentials: &Credentials<'_>,
    scope: &Scope<'_>,
    payload: Payload<'_>,
) -> Result<Vec<(String, String)>, AuthError> {
    check_bounds(head)?;
    let timestamp = time::basic(scope.now_s);
    let mut added = vec![("x-amz-date".to_owned(), timestamp.clone())];
    if let Some(token) = credentials.session_token {
        added.push((TOKEN.to_ascii_lowercase(), token.to_owned()));
    }
    if let Payload::Literal(literal) = payload {
        added.push(("x-amz-content-sha256".to_owned(), literal.to_owned()));
    }
    let mut headers = head.headers.to_vec();
    headers.extend(
        added
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_bytes())),
    );
    let names = signed_names(&headers)?;
    let full = Head {
        headers: &headers,
        ..*head
    };
    let canonical = Canonical::build(&full, &Target::split(head.target)?, &names, scope.service)?;
    let credential_scope = credential_scope(&timestamp, scope);
    let signature = signature(
        &canonical,
        &timestamp,
        &credential_scope,
        credentials,
        scope,
        payload,
    );
    added.push((
        "authorization".to_owned(),
        format!(
            "{ALGORITHM} Credential={}/{credential_scope}, SignedHeaders={names}, \
             Signature={signature}",
            credentials.access_key_id
        ),
    ));
    Ok(added)
}

/// Signs a request by its query string, good for `expires_s` seconds (1 to 604 800), and gives the
/// target to send: that of `head` with the authentication parameters appended.
///
/// Every header in `head` is signed; usually that is `host` alone.
///
/// # Errors
/// As [`sign_header`].
pub fn presign(
    head: &Head<'_>,
    credentials: &Credentials<'_>,
    scope: &Scope<'_>,
    expires_s: u32,
    payload: Payload<'_>,
) -> Result<String, AuthError> {
    check_bounds(head)?;
    let timestamp = time::basic(scope.now_s);
    let credential_scope = credential_scope(&timestamp, scope);
    let names = signed_names(head.headers)?;
    let mut target = head.target.to_owned();
    let mut separator = if target.contains('?') { '&' } else { '?' };
    let mut push = |name: &str, value: &str| {
        let mut encoded = Vec::new();
        push_encoded(&mut encoded, value.as_bytes());
        target.push(separator);
        target.push_str(name);
        target.push('=');
        target.extend(encoded.into_iter().map(char::from));
        separator = '&';
    };
    push("X-Amz-Algorithm", ALGORITHM);
    push(
        "X-Amz-Credential",
        &format!("{}/{credential_scope}", credentials.access_key_id),
    );
    push("X-Amz-Date", &timestamp);
    push("X-Amz-Expires", &expires_s.to_string());
    push("X-Amz-SignedHeaders", &names);
    if let Some(token) = credentials.session_token {
        push(TOKEN, token);
    }
    let full = Head {
        target: &target,
        ..*head
    };
    let canonical = Canonical::build(&full, &Target::split(&target)?, &names, scope.service)?;
    let signature = signature(
        &canonical,
        &timestamp,
        &credential_scope,
        credentials,
        scope,
        payload,
    );
    Ok(format!("{target}&X-Amz-Signature={signature}"))
}

fn signed_names(headers: &[(&str, &[u8])]) -> Result<String, AuthError> {
    let mut names: Vec<String> = headers
        .iter()
        .map(|(name, _)| name.to_ascii_lowercase())
        .collect();
    names.sort_unstable();
    names.dedup();
    if !names.iter().any(|name| name == "host") {
        return Err(AuthError::SignedHeaderAbsent("host".to_owned()));
    }
    Ok(names.join(";"))
}

fn credential_scope(timestamp: &str, scope: &Scope<'_>) -> String {
    format!(
        "{}/{}/{}/{TERMINATOR}",
        &timestamp[..8],
        scope.region,
        scope.service
    )
}

fn signature(
    canonical: &Canonical,
    timestamp: &str,
    credential_scope: &str,
    credentials: &Credentials<'_>,
    scope: &Scope<'_>,
    payload: Payload<'_>,
) -> String {
    let payload_hash = match payload {
        Payload::Bytes(bytes) => sha256_hex(bytes),
        Payload::Empty => EMPTY_SHA256.to_owned(),
        Payload::Literal(literal) => literal.to_owned(),
    };
    let hash = hash(&[canonical.text()], &payload_hash);
    let secret = credentials.secret_access_key;
    let key = signing_key(secret, &timestamp[..8], scope.region, scope.service);
    hex(&key.sign(&[&string_to_sign_head(timestamp, credential_scope), &hash]))
}

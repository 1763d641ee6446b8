//! AWS Signature Version 4: who sent this request, and is it what they signed?
//!
//! The algorithm is that of "AWS Signature Version 4 for API requests" (IAM User Guide). A server
//! uses it in this order, all of it from the request head, before any body byte is read:
//!
//! 1. [`Presented::parse`] reads what the client presents and refuses what is malformed, for
//!    another region or service, or outside the clock window;
//! 2. the caller looks up the secret of [`Presented::access_key_id`] and derives (or finds in a
//!    [`KeyCache`]) the [`SigningKey`]; for an unknown access key it does the same with a made-up
//!    secret, so that the time taken tells nothing;
//! 3. [`Presented::verify`] compares the signatures. Operations with a small body call
//!    [`check_body`] first; streaming operations never hash their body and pass [`EMPTY_SHA256`].
//!
//! Nothing here reads a clock or does I/O. The other direction, signing, is in [`sign`].

mod canonical;
mod error;
mod header;
mod key;
mod presigned;
pub mod sign;
mod time;

use std::borrow::Cow;
use std::fmt;
use std::fmt::Write as _;

use aws_lc_rs::{constant_time, digest};

pub use error::AuthError;
pub use key::{KeyCache, KeyId, SigningKey, signing_key};

use canonical::{Canonical, Target};
use header::shown;

/// A request's head exactly as received.
///
/// Exactly, because clients sign hop-by-hop headers (`Connection`, `Transfer-Encoding`) and their
/// `User-Agent`, and the order and spelling of the path matter.
#[derive(Clone, Copy)]
pub struct Head<'a> {
    /// The method, upper-case.
    pub method: &'a str,
    /// The request target, raw: `/path?query`, or the absolute form some SDKs send.
    pub target: &'a str,
    /// Names, in any case, and raw values, in the order they arrived.
    pub headers: &'a [(&'a str, &'a [u8])],
}

/// What this server accepts.
#[derive(Debug, Clone, Copy)]
pub struct Rules<'a> {
    /// The server's clock, Unix seconds.
    pub now_s: i64,
    /// The region a credential must be scoped to, unless it is for IAM or STS.
    pub region: &'a str,
    /// The signing names a credential may be scoped to.
    pub services: &'a [&'a str],
    /// How far the client's clock may be off, seconds. AWS: 300 for KVS, 900 for IAM and STS.
    pub skew_s: i64,
}

/// What the last line of the canonical request is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PayloadHash {
    /// The value of `x-amz-content-sha256`, as sent: a hexadecimal digest, `UNSIGNED-PAYLOAD` or
    /// one of the `STREAMING-…` literals.
    Header(String),
    /// The request is presigned and has no such header. A presigned request nearly always has no
    /// body; if it has one, the signature must cover it.
    EmptyBody,
    /// There is no such header: it is the SHA-256 of the body or, for a streaming operation, of
    /// nothing.
    FromBody,
}

/// The authentication a client presented, checked for form, scope and clock, but **not yet
/// verified**.
#[derive(Clone)]
pub struct Presented {
    access_key_id: String,
    session_token: Option<String>,
    /// `yyyymmdd/region/service/aws4_request`.
    scope: String,
    service: std::ops::Range<usize>,
    /// The date signed, `YYYYMMDDTHHMMSSZ`.
    timestamp: String,
    payload: PayloadHash,
    /// `None` if what was sent is no signature at all.
    signature: Option<[u8; 32]>,
    canonical: Canonical,
}

impl Presented {
    /// Reads the authentication of a request.
    ///
    /// # Errors
    /// Every [`AuthError`] that needs no secret to find, in the order AWS finds them: malformed
    /// target, none or two authentications, malformed authentication, clock, scope.
    pub fn parse(head: &Head<'_>, rules: &Rules<'_>) -> Result<Presented, AuthError> {
        check_bounds(head)?;
        let target = Target::split(head.target)?;
        let headers = Relevant::of(head);
        let fields = Fields::find(&headers, target.query)?;
        check_signed_headers(&fields.signed_headers)?;
        let (date_s, timestamp) = fields.date.read()?;
        check_clock(date_s, fields.expires_s, rules)?;
        let (access_key_id, scope) = split_credential(&fields.credential)?;
        check_scope(scope, &timestamp, rules)?;
        let service_end = scope.len() - TERMINATOR.len() - 1;
        let service_start = scope[..service_end].rfind('/').map_or(0, |slash| slash + 1);
        let service = service_start..service_end;
        let canonical = Canonical::build(
            head,
            &target,
            &fields.signed_headers,
            &scope[service.clone()],
        )?;
        Ok(Presented {
            access_key_id: access_key_id.to_owned(),
            scope: scope.to_owned(),
            service,
            timestamp,
            payload: headers.payload(fields.expires_s.is_some())?,
            signature: signature_bytes(&fields.signature),
            session_token: fields.token.map(Cow::into_owned),
            canonical,
        })
    }

    /// The access key id the client claims.
    pub fn access_key_id(&self) -> &str {
        &self.access_key_id
    }

    /// The session token, if one was sent that is not empty. It need not be signed: the producer
    /// and WebRTC C SDKs add the header after signing. It is a secret: never log it.
    pub fn session_token(&self) -> Option<&str> {
        self.session_token.as_deref()
    }

    /// The signing name in the credential scope, one of [`Rules::services`].
    pub fn service(&self) -> &str {
        &self.scope[self.service.clone()]
    }

    /// The region in the credential scope: [`Rules::region`], or any for IAM and STS.
    pub fn region(&self) -> &str {
        &self.scope[9..self.service.start - 1]
    }

    /// The date in the credential scope, `yyyymmdd`.
    pub fn date(&self) -> &str {
        &self.scope[..8]
    }

    /// Where the payload hash comes from.
    pub fn payload(&self) -> &PayloadHash {
        &self.payload
    }

    /// Verifies the signature under `key`, which must be derived from the secret of
    /// [`Presented::access_key_id`] and this value's date, region and service.
    ///
    /// `body_sha256_hex` is what [`check_body`] returned, or [`EMPTY_SHA256`] for a streaming
    /// operation or a request without body. It is not looked at if the client sent
    /// `x-amz-content-sha256`.
    ///
    /// # Errors
    /// [`AuthError::Mismatch`] if no canonical form of the request gives the signature presented.
    pub fn verify(&self, key: &SigningKey, body_sha256_hex: &str) -> Result<(), AuthError> {
        let payloads: &[&str] = match &self.payload {
            PayloadHash::Header(literal) => &[literal.as_str()],
            PayloadHash::EmptyBody => &[body_sha256_hex],
            // The literal is then inside what was signed, so nobody but the signer chose it.
            PayloadHash::FromBody => &[body_sha256_hex, UNSIGNED_PAYLOAD],
        };
        let head = self.string_to_sign_head();
        let theirs = self.signature.unwrap_or_default();
        let matches = |pieces: &[&[u8]]| {
            payloads.iter().any(|payload| {
                let ours = key.sign(&[&head, &hash(pieces, payload)]);
                constant_time::verify_slices_are_equal(&ours, &theirs).is_ok()
                    && self.signature.is_some()
            })
        };
        if matches(&[self.canonical.text()]) || self.canonical.any_alternative(matches) {
            Ok(())
        } else {
            Err(AuthError::Mismatch)
        }
    }

    /// The canonical request as AWS describes it, to tell a developer what was signed here. It
    /// repeats the signed headers, so it may contain the session token: answer with it, never log
    /// it.
    pub fn canonical_request(&self, body_sha256_hex: &str) -> String {
        let mut text = String::from_utf8_lossy(self.canonical.text()).into_owned();
        text.push_str(self.payload_or(body_sha256_hex));
        text
    }

    /// The string to sign over [`Presented::canonical_request`].
    pub fn string_to_sign(&self, body_sha256_hex: &str) -> String {
        let hash = hash(&[self.canonical.text()], self.payload_or(body_sha256_hex));
        let mut text = self.string_to_sign_head();
        text.extend_from_slice(&hash);
        String::from_utf8_lossy(&text).into_owned()
    }

    fn payload_or<'a>(&'a self, body_sha256_hex: &'a str) -> &'a str {
        match &self.payload {
            PayloadHash::Header(literal) => literal,
            PayloadHash::EmptyBody | PayloadHash::FromBody => body_sha256_hex,
        }
    }

    fn string_to_sign_head(&self) -> Vec<u8> {
        string_to_sign_head(&self.timestamp, &self.scope)
    }
}

impl fmt::Debug for Presented {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Presented")
            .field("access_key_id", &self.access_key_id)
            .field("scope", &self.scope)
            .field("timestamp", &self.timestamp)
            .field("has_session_token", &self.session_token.is_some())
            .field("payload", &self.payload)
            .finish_non_exhaustive()
    }
}

/// Checks a whole body against what the client said of it, and gives the payload hash to verify
/// the signature with. Not for streaming operations.
///
/// # Errors
/// [`AuthError::BodyMismatch`] if `x-amz-content-sha256` is neither the body's SHA-256 nor one of
/// the literals that say the body is not covered.
pub fn check_body(payload: &PayloadHash, body: &[u8]) -> Result<String, AuthError> {
    match payload {
        PayloadHash::EmptyBody | PayloadHash::FromBody => Ok(sha256_hex(body)),
        PayloadHash::Header(literal) => {
            let not_covered = literal == UNSIGNED_PAYLOAD || literal.starts_with("STREAMING-");
            if not_covered || literal.eq_ignore_ascii_case(&sha256_hex(body)) {
                Ok(literal.clone())
            } else {
                Err(AuthError::BodyMismatch)
            }
        }
    }
}

/// The SHA-256 of `bytes` in lower-case hexadecimal.
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex(digest::digest(&digest::SHA256, bytes).as_ref())
}

/// The SHA-256 of nothing.
pub const EMPTY_SHA256: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// The payload hash of a client that signed only the head.
pub const UNSIGNED_PAYLOAD: &str = "UNSIGNED-PAYLOAD";

/// The headers that matter to authentication, found in one pass.
#[derive(Default)]
struct Relevant<'a> {
    authorization: Option<&'a [u8]>,
    authorizations: usize,
    amz_date: Option<&'a [u8]>,
    date: Option<&'a [u8]>,
    token: Option<&'a [u8]>,
    content_sha256: Option<&'a [u8]>,
}

impl<'a> Relevant<'a> {
    fn of(head: &Head<'a>) -> Relevant<'a> {
        let mut found = Relevant::default();
        for (name, value) in head.headers {
            let slot = match name.len() {
                4 if name.eq_ignore_ascii_case("date") => &mut found.date,
                10 if name.eq_ignore_ascii_case("x-amz-date") => &mut found.amz_date,
                13 if name.eq_ignore_ascii_case("authorization") => {
                    found.authorizations += 1;
                    &mut found.authorization
                }
                20 if name.eq_ignore_ascii_case(canonical::TOKEN) => &mut found.token,
                20 if name.eq_ignore_ascii_case("x-amz-content-sha256") => {
                    &mut found.content_sha256
                }
                _ => continue,
            };
            slot.get_or_insert(value.trim_ascii());
        }
        found
    }

    fn payload(&self, is_presigned: bool) -> Result<PayloadHash, AuthError> {
        match self.content_sha256 {
            None | Some(b"") if is_presigned => Ok(PayloadHash::EmptyBody),
            None | Some(b"") => Ok(PayloadHash::FromBody),
            Some(literal) => {
                let name = "x-amz-content-sha256";
                visible(name, literal).map(|text| PayloadHash::Header(text.to_owned()))
            }
        }
    }

    fn token(&self) -> Result<Option<&'a str>, AuthError> {
        let token = self.token.filter(|token| !token.is_empty());
        token
            .map(|token| visible(canonical::TOKEN, token))
            .transpose()
    }
}

/// The parts of the authentication, wherever they stood.
struct Fields<'a> {
    credential: Cow<'a, str>,
    signed_headers: Cow<'a, str>,
    signature: Cow<'a, str>,
    date: Date<'a>,
    token: Option<Cow<'a, str>>,
    /// Seconds a presigned request is good for.
    expires_s: Option<i64>,
}

enum Date<'a> {
    Amz(Cow<'a, str>),
    Header(&'a str),
}

impl<'a> Fields<'a> {
    fn find(headers: &Relevant<'a>, query: &'a str) -> Result<Fields<'a>, AuthError> {
        match (headers.authorization, presigned::is_present(query)) {
            (None, false) => Err(AuthError::MissingToken),
            (Some(_), true) => Err(AuthError::BothForms),
            (Some(_), false) if headers.authorizations > 1 => Err(AuthError::Incomplete(
                "The request has more than one Authorization header.".to_owned(),
            )),
            (Some(value), false) => Fields::from_header(value, headers),
            (None, true) => Fields::from_query(query, headers),
        }
    }

    fn from_header(value: &'a [u8], headers: &Relevant<'a>) -> Result<Fields<'a>, AuthError> {
        let has_date = headers.amz_date.is_some() || headers.date.is_some();
        let parameters = header::parse(value, has_date)?;
        let date = match (headers.amz_date, headers.date) {
            (Some(date), _) => Date::Amz(visible("X-Amz-Date", date)?.into()),
            (None, date) => Date::Header(visible("Date", date.unwrap_or_default())?),
        };
        Ok(Fields {
            credential: parameters.credential.into(),
            signed_headers: parameters.signed_headers.into(),
            signature: parameters.signature.into(),
            date,
            token: headers.token()?.map(Cow::Borrowed),
            expires_s: None,
        })
    }

    fn from_query(query: &'a str, headers: &Relevant<'a>) -> Result<Fields<'a>, AuthError> {
        let parameters = presigned::parse(query)?;
        let token = match parameters.token {
            Some(token) => Some(token.into()),
            None => headers.token()?.map(Cow::Borrowed),
        };
        Ok(Fields {
            credential: parameters.credential.into(),
            signed_headers: parameters.signed_headers.into(),
            signature: parameters.signature.into(),
            date: Date::Amz(parameters.date.into()),
            token,
            expires_s: Some(parameters.expires_s),
        })
    }
}

impl Date<'_> {
    /// Unix seconds, and the basic form that is in the string to sign whatever form was sent.
    fn read(&self) -> Result<(i64, String), AuthError> {
        let (text, date_s) = match self {
            Date::Amz(text) => (text.as_ref(), time::parse_basic(text)),
            Date::Header(text) => (*text, time::parse_date_header(text)),
        };
        let date_s = date_s.ok_or_else(|| {
            AuthError::Incomplete(format!(
                "Date must be in ISO-8601 'basic format'. Got '{}'. See \
                 http://en.wikipedia.org/wiki/ISO_8601",
                shown(text)
            ))
        })?;
        let timestamp = match self {
            Date::Amz(text) => text.as_ref().to_owned(),
            Date::Header(_) => time::basic(date_s),
        };
        Ok((date_s, timestamp))
    }
}

fn check_bounds(head: &Head<'_>) -> Result<(), AuthError> {
    let bytes: usize = head
        .headers
        .iter()
        .map(|(name, value)| name.len() + value.len())
        .sum();
    let fault = if head.target.len() > MAX_TARGET_BYTES {
        "The request target is longer than 32768 bytes."
    } else if head.headers.len() > MAX_HEADERS {
        "The request has more than 128 headers."
    } else if bytes > MAX_HEADER_BYTES {
        "The headers of the request are longer than 65536 bytes."
    } else if !is_token(head.method) {
        "The request method is not an HTTP token."
    } else {
        return Ok(());
    };
    Err(AuthError::Malformed(fault.to_owned()))
}

/// Each header is copied into the canonical request once: a name in two spellings is listed twice.
fn check_signed_headers(list: &str) -> Result<(), AuthError> {
    let names: Vec<&str> = list.split(';').take(MAX_HEADERS + 1).collect();
    let fault = if names.len() > MAX_HEADERS {
        "SignedHeaders lists more than 128 headers."
    } else if !names.iter().all(|name| is_token(name)) {
        "SignedHeaders must be header names separated by ';'."
    } else if !names.iter().any(|name| name.eq_ignore_ascii_case("host")) {
        "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization."
    } else if names
        .iter()
        .enumerate()
        .any(|(index, name)| names[..index].iter().any(|n| n.eq_ignore_ascii_case(name)))
    {
        "SignedHeaders lists a header twice."
    } else {
        return Ok(());
    };
    Err(AuthError::Incomplete(fault.to_owned()))
}

/// A header is good from `skew_s` before to `skew_s` after its date, both included; a presigned
/// request from `skew_s` before its date until, excluded, `expires_s` after it.
fn check_clock(date_s: i64, expires_s: Option<i64>, rules: &Rules<'_>) -> Result<(), AuthError> {
    let Rules { now_s, skew_s, .. } = *rules;
    if date_s > now_s.saturating_add(skew_s) {
        return Err(AuthError::NotYetCurrent {
            date_s,
            now_s,
            skew_s,
        });
    }
    match expires_s {
        Some(expires_s) if now_s >= date_s.saturating_add(expires_s) => {
            Err(AuthError::RequestExpired {
                date_s,
                now_s,
                expires_s,
            })
        }
        None if date_s < now_s.saturating_sub(skew_s) => Err(AuthError::Expired {
            date_s,
            now_s,
            skew_s,
        }),
        _ => Ok(()),
    }
}

/// The access key id and the rest, which is the scope.
fn split_credential(credential: &str) -> Result<(&str, &str), AuthError> {
    match credential.split_once('/') {
        Some((access_key_id, scope))
            if scope.bytes().filter(|byte| *byte == b'/').count() == 3
                && (1..=MAX_ACCESS_KEY_ID_BYTES).contains(&access_key_id.len())
                && access_key_id.bytes().all(|byte| byte.is_ascii_graphic()) =>
        {
            Ok((access_key_id, scope))
        }
        _ => Err(AuthError::Incomplete(format!(
            "Credential must have exactly 5 slash-delimited elements, e.g. \
             keyid/date/region/service/term, got '{}'",
            shown(credential)
        ))),
    }
}

/// `scope` has four elements. Everything wrong with it is said at once, as AWS does.
fn check_scope(scope: &str, timestamp: &str, rules: &Rules<'_>) -> Result<(), AuthError> {
    let mut elements = scope.split('/');
    let mut next = || elements.next().unwrap_or_default();
    let (date, region, service, terminator) = (next(), next(), next(), next());
    let mut faults = String::new();
    let is_any = is_global(service) && region.len() <= MAX_REGION_BYTES;
    if region != rules.region && !is_any {
        let _ = write!(
            faults,
            "Credential should be scoped to a valid region. This server's region is '{}', not \
             '{}'. ",
            rules.region,
            shown(region)
        );
    }
    if !rules.services.contains(&service) {
        let _ = write!(
            faults,
            "Credential should be scoped to correct service: '{}'. ",
            rules.services.join("' or '")
        );
    }
    if terminator != TERMINATOR {
        faults.push_str("Credential should be scoped with a valid terminator: 'aws4_request'. ");
    }
    if !timestamp.starts_with(date) || date.len() != 8 {
        let _ = write!(
            faults,
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from \
             HTTP: '{}' != '{}', from '{timestamp}'. ",
            shown(date),
            &timestamp[..8],
        );
    }
    if faults.is_empty() {
        return Ok(());
    }
    faults.pop();
    Err(AuthError::Scope(faults))
}

/// Whether a service is one for all regions: clients sign for `us-east-1`, for their own
/// region, or for that of the endpoint they think they call.
fn is_global(service: &str) -> bool {
    matches!(service, "iam" | "sts")
}

/// The signature in bytes; only 64 lower-case hexadecimal digits are one.
fn signature_bytes(text: &str) -> Option<[u8; 32]> {
    let nibble = |digit: u8| match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    };
    let mut bytes = [0; 32];
    if text.len() != 64 {
        return None;
    }
    for (byte, digits) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        *byte = nibble(digits[0])? << 4 | nibble(digits[1])?;
    }
    Some(bytes)
}

fn visible<'a>(name: &str, value: &'a [u8]) -> Result<&'a str, AuthError> {
    std::str::from_utf8(value)
        .ok()
        .filter(|text| {
            text.bytes()
                .all(|byte| byte.is_ascii_graphic() || byte == b' ')
        })
        .ok_or_else(|| AuthError::Incomplete(format!("The value of {name} is not ASCII.")))
}

/// RFC 9110 §5.6.2.
fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| TOKEN_BYTES[usize::from(byte)])
}

fn string_to_sign_head(timestamp: &str, scope: &str) -> Vec<u8> {
    [ALGORITHM, "\n", timestamp, "\n", scope, "\n"]
        .concat()
        .into_bytes()
}

/// The hexadecimal SHA-256 of a canonical request given in pieces.
fn hash(pieces: &[&[u8]], payload: &str) -> [u8; 64] {
    let mut context = digest::Context::new(&digest::SHA256);
    for piece in pieces {
        context.update(piece);
    }
    context.update(payload.as_bytes());
    let mut text = [0; 64];
    for (digits, byte) in text.chunks_exact_mut(2).zip(context.finish().as_ref()) {
        digits[0] = HEX[usize::from(byte >> 4)];
        digits[1] = HEX[usize::from(byte & 15)];
    }
    text
}

fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        text.push(char::from(HEX[usize::from(byte >> 4)]));
        text.push(char::from(HEX[usize::from(byte & 15)]));
    }
    text
}

const TOKEN_BYTES: [bool; 256] = canonical::table(b"!#$%&'*+-.^_`|~");
const HEX: &[u8; 16] = b"0123456789abcdef";
const ALGORITHM: &str = "AWS4-HMAC-SHA256";
const TERMINATOR: &str = "aws4_request";
/// The longest a presigned URL may be good for: a week.
const MAX_EXPIRES_S: i64 = 604_800;
/// Room for a session token, percent-encoded, and a path.
const MAX_TARGET_BYTES: usize = 32_768;
const MAX_HEADERS: usize = 128;
const MAX_HEADER_BYTES: usize = 65_536;
/// The IAM API's upper bound of an access key id.
const MAX_ACCESS_KEY_ID_BYTES: usize = 128;
/// Of a service of all regions, for which any region is good; AWS's longest has 14.
const MAX_REGION_BYTES: usize = 64;

#[cfg(test)]
mod tests;

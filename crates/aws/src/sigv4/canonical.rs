//! The canonical request, and the few other canonical requests a client may have meant.
//!
//! AWS describes one canonical form ("Create a signed AWS API request", AWS General Reference).
//! Clients and what stands between them and the server disagree in known places: whether the path
//! is encoded again, what a raw `+` in a query is, whether the port belongs to `Host`, what a proxy
//! leaves of `Connection`. The form AWS describes is built first and nearly always matches; the
//! others are built only when it does not.

use std::ops::Range;

use crate::sigv4::{AuthError, Head};

/// A request target taken apart; nothing is decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Target<'a> {
    /// Host and port of an absolute-form target (RFC 9112 §3.2.2), which Netty-based SDKs send.
    pub(super) authority: Option<&'a str>,
    /// The path, possibly empty.
    pub(super) path: &'a str,
    /// What follows the first `?`, possibly empty.
    pub(super) query: &'a str,
}

impl<'a> Target<'a> {
    /// Takes `target` apart and checks its percent escapes.
    pub(super) fn split(target: &'a str) -> Result<Target<'a>, AuthError> {
        let (authority, rest) = match target.as_bytes().first() {
            None | Some(b'/' | b'?') => (None, target),
            Some(_) => {
                let rest = target
                    .split_once("://")
                    .filter(|(scheme, _)| is_http(scheme))
                    .map(|(_, rest)| rest)
                    .ok_or_else(|| AuthError::Malformed(BAD_TARGET.to_owned()))?;
                let end = rest.find(['/', '?']).unwrap_or(rest.len());
                (Some(&rest[..end]), &rest[end..])
            }
        };
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        if !escapes_are_whole(path) {
            return Err(AuthError::Malformed(BAD_PATH.to_owned()));
        }
        if !escapes_are_whole(query) {
            return Err(AuthError::Malformed(BAD_QUERY.to_owned()));
        }
        Ok(Target {
            authority,
            path,
            query,
        })
    }
}

/// Everything of the canonical request but its last line, the payload hash; and what is needed to
/// build the alternatives.
#[derive(Clone)]
pub(super) struct Canonical {
    /// The canonical request up to and including the newline before the payload hash.
    text: Vec<u8>,
    path: Range<usize>,
    query: Range<usize>,
    host: Range<usize>,
    /// The value of a signed `Connection: close`, which a proxy may have put there.
    connection: Option<Range<usize>>,
    /// The path as received, if another canonical form of it is conceivable.
    odd_path: Option<Box<str>>,
    /// The query as received, if another canonical form of it is conceivable.
    odd_query: Option<Box<str>>,
    token_may_be_outside: bool,
}

impl Canonical {
    /// Builds the canonical request of `head` for the header names in `signed_headers` (as listed
    /// by the client, separated by `;`). `service` is the signing name of the scope.
    pub(super) fn build(
        head: &Head<'_>,
        target: &Target<'_>,
        signed_headers: &str,
        service: &str,
    ) -> Result<Canonical, AuthError> {
        let mut text = Vec::with_capacity(1_024 + head.target.len());
        text.extend_from_slice(head.method.as_bytes());
        text.push(b'\n');
        let path = append(&mut text, |text| {
            push_path(text, target.path, Path::PRIMARY)
        });
        let odd_path = (!is_plain(target.path)).then(|| target.path.into());
        text.push(b'\n');
        // KVS signaling wants the token inside what is signed; for others, some SDKs add it after.
        let token_may_be_outside =
            service != "kinesisvideo" && parameters(target.query).any(|(name, _)| name == TOKEN);
        let odd_query =
            (token_may_be_outside || target.query.contains('+')).then(|| target.query.into());
        let query = append(&mut text, |text| {
            push_query(text, target.query, Query::PRIMARY)
        });
        text.push(b'\n');
        let mut host = 0..0;
        let mut connection = None;
        for name in signed_headers.split(';') {
            text.extend_from_slice(name.as_bytes());
            text.push(b':');
            let mut found = false;
            let value = append(&mut text, |text| {
                found = push_header(text, name, head, target);
            });
            if !found {
                return Err(AuthError::SignedHeaderAbsent(name.to_owned()));
            }
            if name.eq_ignore_ascii_case("host") {
                host = value;
            } else if name.eq_ignore_ascii_case("connection")
                && text[value.clone()].eq_ignore_ascii_case(b"close")
            {
                connection = Some(value);
            }
            text.push(b'\n');
        }
        text.push(b'\n');
        text.extend_from_slice(signed_headers.as_bytes());
        text.push(b'\n');
        Ok(Canonical {
            text,
            path,
            query,
            host,
            connection,
            odd_path,
            odd_query,
            token_may_be_outside,
        })
    }

    /// The canonical request as AWS describes it, without the payload hash at its end.
    pub(super) fn text(&self) -> &[u8] {
        &self.text
    }

    /// Calls `matches` with the pieces of one alternative canonical request after the other (again
    /// without payload hash), until it says yes, there is no other, or enough was tried.
    pub(super) fn any_alternative(&self, mut matches: impl FnMut(&[&[u8]]) -> bool) -> bool {
        let mut slots = vec![
            (self.path.clone(), self.path_alternatives()),
            (self.query.clone(), self.query_alternatives()),
            (self.host.clone(), self.host_alternatives()),
        ];
        if let Some(range) = &self.connection {
            slots.push((range.clone(), vec![b"keep-alive".to_vec()]));
        }
        slots.sort_by_key(|(range, _)| range.start);
        let combinations: usize = slots.iter().map(|(_, others)| others.len() + 1).product();
        let mut budget = MAX_ALTERNATIVE_BYTES / self.text.len().max(1);
        let mut pieces: Vec<&[u8]> = Vec::with_capacity(2 * slots.len() + 1);
        // The number of a combination, in a mixed base, says which alternative stands in each
        // slot; 0 everywhere is the primary form, which did not match.
        for combination in 1..combinations {
            pieces.clear();
            let mut rest = combination;
            let mut from = 0;
            for (range, others) in &slots {
                let choice = rest % (others.len() + 1);
                rest /= others.len() + 1;
                if choice > 0 {
                    pieces.push(&self.text[from..range.start]);
                    pieces.push(&others[choice - 1]);
                    from = range.end;
                }
            }
            pieces.push(&self.text[from..]);
            if pieces.len() > 2 * MAX_QUIRKS + 1 {
                continue;
            }
            if budget == 0 {
                return false;
            }
            budget -= 1;
            if matches(&pieces) {
                return true;
            }
        }
        false
    }

    fn path_alternatives(&self) -> Vec<Vec<u8>> {
        let Some(path) = &self.odd_path else {
            return Vec::new();
        };
        let mut forms = vec![Path {
            normalised: false,
            encoding: Encoding::Double,
        }];
        // With an escaped percent sign in it, the path encoded once could equal another path
        // encoded twice, and a signature for one would be good for the other.
        if !path.contains("%25") {
            forms.push(Path {
                normalised: true,
                encoding: Encoding::Single,
            });
            forms.push(Path {
                normalised: false,
                encoding: Encoding::Single,
            });
            if path.bytes().all(|byte| byte.is_ascii_graphic()) {
                forms.push(Path {
                    normalised: false,
                    encoding: Encoding::AsReceived,
                });
            }
        }
        let mut others: Vec<Vec<u8>> = Vec::new();
        for form in forms {
            let mut other = Vec::new();
            push_path(&mut other, path, form);
            if other != self.text[self.path.clone()] && !others.contains(&other) {
                others.push(other);
            }
        }
        others
    }

    fn query_alternatives(&self) -> Vec<Vec<u8>> {
        let Some(query) = &self.odd_query else {
            return Vec::new();
        };
        let mut others: Vec<Vec<u8>> = Vec::new();
        for plus_is_space in [true, false] {
            for token in [true, false] {
                let form = Query {
                    plus_is_space,
                    token,
                };
                if form == Query::PRIMARY || (!token && !self.token_may_be_outside) {
                    continue;
                }
                let mut other = Vec::new();
                push_query(&mut other, query, form);
                if other != self.text[self.query.clone()] && !others.contains(&other) {
                    others.push(other);
                }
            }
        }
        others
    }

    /// The C SDKs sign the host without the port they connect to; botocore signs `wss` URLs with
    /// the default port that the WebSocket client then leaves out.
    fn host_alternatives(&self) -> Vec<Vec<u8>> {
        let host = &self.text[self.host.clone()];
        match without_port(host) {
            Some(bare) => vec![bare.to_vec()],
            None => [&b":443"[..], b":80"]
                .iter()
                .map(|port| [host, port].concat())
                .collect(),
        }
    }
}

/// The `name=value` pairs of a query, as received; empty ones are left out.
pub(super) fn parameters(query: &str) -> impl Iterator<Item = (&str, &str)> {
    query
        .split('&')
        .filter(|parameter| !parameter.is_empty())
        .map(|parameter| parameter.split_once('=').unwrap_or((parameter, "")))
}

/// Appends `bytes` percent-encoded with upper-case digits; only RFC 3986 unreserved ones stay.
pub(super) fn push_encoded(out: &mut Vec<u8>, bytes: &[u8]) {
    for byte in bytes {
        push_encoded_byte(out, *byte);
    }
}

/// The bytes a percent-encoded text stands for; a `+` stays one. Whole escapes are expected.
pub(super) fn decoded(text: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    each_decoded(text, |byte, _| out.push(byte));
    out
}

#[derive(Clone, Copy, PartialEq, Eq)]
struct Path {
    normalised: bool,
    encoding: Encoding,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Encoding {
    Double,
    Single,
    AsReceived,
}

impl Path {
    const PRIMARY: Path = Path {
        normalised: true,
        encoding: Encoding::Double,
    };
}

#[derive(Clone, Copy, PartialEq, Eq)]
struct Query {
    plus_is_space: bool,
    token: bool,
}

impl Query {
    const PRIMARY: Query = Query {
        plus_is_space: true,
        token: true,
    };
}

fn append(text: &mut Vec<u8>, push: impl FnOnce(&mut Vec<u8>)) -> Range<usize> {
    let start = text.len();
    push(text);
    start..text.len()
}

/// Whether every canonical form of the path is the path itself.
fn is_plain(path: &str) -> bool {
    path.starts_with('/')
        && !path.contains("//")
        && !path.contains("/.")
        && path.bytes().all(|byte| is_unreserved(byte) || byte == b'/')
}

fn push_path(out: &mut Vec<u8>, path: &str, form: Path) {
    if is_plain(path) {
        return out.extend_from_slice(path.as_bytes());
    }
    if !form.normalised {
        if !path.starts_with('/') {
            out.push(b'/');
        }
        return push_path_text(out, path, form.encoding);
    }
    let mut segments: Vec<&str> = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => {
                segments.pop();
            }
            other => segments.push(other),
        }
    }
    for segment in &segments {
        out.push(b'/');
        push_path_text(out, segment, form.encoding);
    }
    if segments.is_empty() || path.ends_with('/') {
        out.push(b'/');
    }
}

fn push_path_text(out: &mut Vec<u8>, text: &str, encoding: Encoding) {
    match encoding {
        Encoding::AsReceived => out.extend_from_slice(text.as_bytes()),
        Encoding::Double => {
            for byte in text.bytes() {
                if byte == b'/' {
                    out.push(byte);
                } else {
                    push_encoded_byte(out, byte);
                }
            }
        }
        Encoding::Single => each_decoded(text, |byte, was_escaped| {
            if byte == b'/' && !was_escaped {
                out.push(byte);
            } else {
                push_encoded_byte(out, byte);
            }
        }),
    }
}

fn push_query(out: &mut Vec<u8>, query: &str, form: Query) {
    if query.is_empty() {
        return;
    }
    let mut encoded = Vec::with_capacity(query.len() + 32);
    let mut pairs: Vec<(Range<usize>, Range<usize>)> = Vec::new();
    for (name, value) in parameters(query) {
        if name == "X-Amz-Signature" || (name == TOKEN && !form.token) {
            continue;
        }
        let name = append(&mut encoded, |out| {
            push_recoded(out, name, form.plus_is_space)
        });
        let value = append(&mut encoded, |out| {
            push_recoded(out, value, form.plus_is_space)
        });
        pairs.push((name, value));
    }
    pairs.sort_by(|(name_a, value_a), (name_b, value_b)| {
        let a = (&encoded[name_a.clone()], &encoded[value_a.clone()]);
        a.cmp(&(&encoded[name_b.clone()], &encoded[value_b.clone()]))
    });
    for (index, (name, value)) in pairs.into_iter().enumerate() {
        if index > 0 {
            out.push(b'&');
        }
        out.extend_from_slice(&encoded[name]);
        out.push(b'=');
        out.extend_from_slice(&encoded[value]);
    }
}

fn push_recoded(out: &mut Vec<u8>, text: &str, plus_is_space: bool) {
    each_decoded(text, |byte, was_escaped| {
        let space = byte == b'+' && !was_escaped && plus_is_space;
        push_encoded_byte(out, if space { b' ' } else { byte });
    });
}

/// Appends the value of a signed header; false if the request does not carry it.
fn push_header(out: &mut Vec<u8>, name: &str, head: &Head<'_>, target: &Target<'_>) -> bool {
    let mut found = false;
    for (_, value) in head
        .headers
        .iter()
        .filter(|(header, _)| header.eq_ignore_ascii_case(name))
    {
        if found {
            out.push(b',');
        }
        push_collapsed(out, value);
        found = true;
    }
    if found {
        return true;
    }
    // The producer C SDK signs these two; HTTP/2 and proxies take them away on the hop before us.
    let instead = if name.eq_ignore_ascii_case("connection") {
        Some("keep-alive")
    } else if name.eq_ignore_ascii_case("transfer-encoding") {
        Some("chunked")
    } else if name.eq_ignore_ascii_case("host") {
        target.authority
    } else {
        None
    };
    out.extend_from_slice(instead.unwrap_or("").as_bytes());
    instead.is_some()
}

/// Appends `value` without white space at its ends and with one space for each inner run of it.
fn push_collapsed(out: &mut Vec<u8>, value: &[u8]) {
    let is_space = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\r' | b'\n');
    if !value.iter().any(is_space) {
        return out.extend_from_slice(value);
    }
    let mut words = value.split(is_space).filter(|word| !word.is_empty());
    if let Some(first) = words.next() {
        out.extend_from_slice(first);
    }
    for word in words {
        out.push(b' ');
        out.extend_from_slice(word);
    }
}

fn without_port(host: &[u8]) -> Option<&[u8]> {
    let colon = host.iter().rposition(|byte| *byte == b':')?;
    let port = &host[colon + 1..];
    // An IPv6 literal has colons of its own, inside brackets.
    (!port.is_empty() && port.iter().all(u8::is_ascii_digit) && !host[..colon].is_empty())
        .then(|| &host[..colon])
}

fn push_encoded_byte(out: &mut Vec<u8>, byte: u8) {
    if is_unreserved(byte) {
        out.push(byte);
    } else {
        let digit = |nibble: u8| b"0123456789ABCDEF"[usize::from(nibble & 15)];
        out.extend_from_slice(&[b'%', digit(byte >> 4), digit(byte)]);
    }
}

/// Calls `each` with every byte `text` stands for and whether it was written as an escape. What is
/// no whole escape is taken literally; [`Target::split`] has refused such texts before.
fn each_decoded(text: &str, mut each: impl FnMut(u8, bool)) {
    let mut bytes = text.as_bytes();
    while let Some((first, rest)) = bytes.split_first() {
        match (first, rest) {
            (b'%', [high, low, after @ ..])
                if nibble(*high).is_some() && nibble(*low).is_some() =>
            {
                each(
                    nibble(*high).unwrap_or(0) << 4 | nibble(*low).unwrap_or(0),
                    true,
                );
                bytes = after;
            }
            _ => {
                each(*first, false);
                bytes = rest;
            }
        }
    }
}

fn escapes_are_whole(text: &str) -> bool {
    let mut pieces = text.as_bytes().split(|byte| *byte == b'%');
    pieces.next();
    pieces.all(|piece| match piece {
        [high, low, ..] => nibble(*high).is_some() && nibble(*low).is_some(),
        _ => false,
    })
}

fn nibble(digit: u8) -> Option<u8> {
    char::from(digit)
        .to_digit(16)
        .and_then(|value| u8::try_from(value).ok())
}

/// RFC 3986 §2.3.
fn is_unreserved(byte: u8) -> bool {
    UNRESERVED[usize::from(byte)]
}

/// Which bytes are letters, digits or among `others`: one load for each byte of a request.
pub(super) const fn table(others: &[u8]) -> [bool; 256] {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 128 {
        table[byte as usize] = (byte as u8).is_ascii_alphanumeric();
        byte += 1;
    }
    let mut index = 0;
    while index < others.len() {
        table[others[index] as usize] = true;
        index += 1;
    }
    table
}

fn is_http(scheme: &str) -> bool {
    ["http", "https", "ws", "wss"]
        .iter()
        .any(|known| scheme.eq_ignore_ascii_case(known))
}

const UNRESERVED: [bool; 256] = table(b"-_.~");
/// The parameter and header that carry a session token.
pub(super) const TOKEN: &str = "X-Amz-Security-Token";
/// No known client departs from the primary form in more places than these.
const MAX_QUIRKS: usize = 2;
/// How much a request that does not verify may make us hash: far more than all alternatives of any
/// real one.
const MAX_ALTERNATIVE_BYTES: usize = 1 << 20;
const BAD_TARGET: &str = "The request target is neither a path nor an http(s) URL.";
const BAD_PATH: &str = "The request path contains an incomplete percent escape.";
const BAD_QUERY: &str = "The query string contains an incomplete percent escape.";

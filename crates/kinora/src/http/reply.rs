//! Making responses: headers that every answer carries, errors, CORS.

use aws::op::Service;
use bytes::Bytes;
use hyper::Response;
use hyper::header::{
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, CONTENT_TYPE, HeaderName,
    HeaderValue,
};

use crate::http::body::Body;
use crate::ops::error::ApiError;
use crate::server;

/// A response under construction is hyper's own with our body.
pub type Reply = Response<Body>;

/// A reply with a content type and all its bytes at once: one write, which some camera
/// SDKs rely on.
pub fn whole(status: u16, content_type: &'static str, bytes: impl Into<Bytes>) -> Reply {
    with_body(status, content_type, Body::whole(bytes))
}

/// A reply with any body.
pub fn with_body(status: u16, content_type: &'static str, body: Body) -> Reply {
    let mut reply = Response::new(body);
    // Status codes here are our own constants, all valid.
    *reply.status_mut() = hyper::StatusCode::from_u16(status).unwrap_or_default();
    let content_type = HeaderValue::from_static(content_type);
    reply.headers_mut().insert(CONTENT_TYPE, content_type);
    reply
}

/// A reply in JSON.
pub fn json(status: u16, text: String) -> Reply {
    whole(status, "application/json", text)
}

/// Sets a header. A value that no header can hold (it came from a client) is left out.
pub fn header(reply: &mut Reply, name: &'static str, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        reply
            .headers_mut()
            .insert(HeaderName::from_static(name), value);
    }
}

/// The shape an error takes on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorStyle {
    /// restJson1: the name in a header, the message in JSON.
    RestJson,
    /// awsQuery: XML, in the service's name space.
    Query(Service),
    /// Ours, for pages and scripts: `{"code", "message"}`.
    Page,
}

/// Turns an error into a response. The only place that does.
pub fn error(error: &ApiError, style: ErrorStyle, request_id: &str) -> Reply {
    match style {
        ErrorStyle::RestJson => {
            let body = aws::error::json_body(&error.message);
            let mut reply = json(error.status, body);
            header(&mut reply, "x-amzn-errortype", error.code);
            header(&mut reply, "x-amz-errortype", error.code);
            reply
        }
        ErrorStyle::Page => {
            let body = serde_json::json!({ "code": error.code, "message": error.message });
            let mut reply = json(error.status, body.to_string());
            if error.retry_after_s > 0 {
                header(&mut reply, "retry-after", &error.retry_after_s.to_string());
            }
            reply
        }
        ErrorStyle::Query(service) => {
            let own = || (error.code, error.status, error.message.clone());
            let (code, status, message) = error.query.clone().unwrap_or_else(own);
            let body = aws::error::xml_body(service, code, status, &message, request_id);
            whole(status, "text/xml", body)
        }
    }
}

/// Headers of every answer: the request's id, and those that let a page of any origin
/// call us. Requests are authenticated by signature, never by cookie, so any origin may.
pub fn finish(mut reply: Reply, request_id: &str, requested_headers: Option<&str>) -> Reply {
    let headers = reply.headers_mut();
    headers.reserve(8);
    if let Ok(id) = HeaderValue::from_str(request_id) {
        headers.insert(AMZN_REQUEST_ID, id.clone());
        headers.insert(AMZ_REQUEST_ID, id);
    }
    headers.insert(
        ACCESS_CONTROL_ALLOW_ORIGIN,
        const { HeaderValue::from_static("*") },
    );
    headers.insert(
        ACCESS_CONTROL_EXPOSE_HEADERS,
        const { HeaderValue::from_static(EXPOSED) },
    );
    if let Some(requested) = requested_headers {
        header(&mut reply, "access-control-allow-headers", requested);
        header(
            &mut reply,
            "access-control-allow-methods",
            "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS",
        );
        header(&mut reply, "access-control-max-age", "7200");
    }
    reply
}

/// The header of an answer for a person's page, which no other origin may read.
pub fn finish_page(mut reply: Reply, request_id: &str) -> Reply {
    header(&mut reply, "x-amzn-requestid", request_id);
    reply
}

/// A new request id, a random UUID like AWS's.
pub fn request_id() -> String {
    uuid(random_uuid())
}

/// The bytes of a random UUID (RFC 9562 §5.4). To be told from others, not to be secret.
pub fn random_uuid() -> [u8; 16] {
    let mut bytes = server::random_id();
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    bytes
}

/// A UUID as it is written.
pub fn uuid(bytes: [u8; 16]) -> String {
    let mut id = String::with_capacity(36);
    for (at, byte) in bytes.iter().enumerate() {
        if [4, 6, 8, 10].contains(&at) {
            id.push('-');
        }
        for digit in [byte >> 4, byte & 15] {
            id.push(char::from(b"0123456789abcdef"[usize::from(digit)]));
        }
    }
    id
}

/// The bytes of a UUID as [`uuid`] writes it; `None` for any other text.
pub fn uuid_bytes(text: &str) -> Option<[u8; 16]> {
    let mut bytes = [0; 16];
    let mut digits = text.bytes().filter(|byte| *byte != b'-');
    for byte in &mut bytes {
        let mut digit = || char::from(digits.next()?).to_digit(16);
        *byte = (digit()? << 4 | digit()?) as u8;
    }
    (uuid(bytes) == text).then_some(bytes)
}

const AMZN_REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");
const AMZ_REQUEST_ID: HeaderName = HeaderName::from_static("x-amz-requestid");
const EXPOSED: &str = "x-amzn-RequestId, x-amzn-ErrorType, x-amz-RequestId, x-amz-ErrorType, \
                       Date, Content-Type, Content-Length";

//! Requests as bytes, signed the way each kind of client signs, for what no client can be
//! made to send.

use std::time::{SystemTime, UNIX_EPOCH};

use aws::sigv4::Head;
use aws::sigv4::sign::{Credentials, Payload, Scope, presign, sign_header};

use crate::caller::Caller;
use crate::server::{REGION, Server};

/// A request under construction: headers stand in the order they were added.
#[derive(Clone, Debug)]
pub struct Call {
    /// Such as `POST`.
    pub method: String,
    /// The request target: a path with its query, or the absolute form.
    pub target: String,
    /// Names as they are sent, and values.
    pub headers: Vec<(String, String)>,
    /// The body, as it is sent.
    pub body: Vec<u8>,
}

/// Who signs, when and for what.
#[derive(Clone, Copy, Debug)]
pub struct Signer<'a> {
    /// The access key id.
    pub access_key_id: &'a str,
    /// Its secret.
    pub secret: &'a str,
    /// The region of the scope.
    pub region: &'a str,
    /// The service of the scope.
    pub service: &'a str,
    /// How far the signer's clock is ahead, seconds.
    pub clock_ahead_s: i64,
}

impl Call {
    /// A request without headers.
    pub fn new(method: &str, target: &str) -> Call {
        Call {
            method: method.to_owned(),
            target: target.to_owned(),
            headers: Vec::new(),
            body: Vec::new(),
        }
    }

    /// A `POST` to a server, with the `Host` that SDKs send.
    pub fn post(server: &Server, target: &str) -> Call {
        Call::new("POST", target).header("Host", &server.address().to_string())
    }

    /// A signed call of a JSON operation, as boto3 makes it.
    pub fn json<'a>(caller: impl Into<Caller<'a>>, path: &str, body: &str) -> Call {
        let caller = caller.into();
        Call::json_by(caller.server, path, body, Signer::of(caller))
    }

    /// [`Call::json`] with a signature of another kind.
    pub fn json_by(server: &Server, path: &str, body: &str, signer: Signer<'_>) -> Call {
        Call::post(server, path)
            .header("Content-Type", "application/json")
            .signed(signer, Payload::Bytes(body.as_bytes()))
            .with_body(body.as_bytes())
    }

    /// A PutMedia request in the shape of the C producers: every header signed, also those
    /// between two hops; a `Host` without a port; the payload hash of nothing.
    pub fn put_media<'a>(caller: impl Into<Caller<'a>>, stream: &str) -> Call {
        Call::put_media_head(stream).signed(Signer::of(caller), Payload::Empty)
    }

    /// [`Call::put_media`] not yet signed.
    pub fn put_media_head(stream: &str) -> Call {
        Call::new("POST", "/putMedia")
            .header("Host", "localhost")
            .header("connection", "keep-alive")
            .header("transfer-encoding", "chunked")
            .header("user-agent", "AWS-PRODUCER-SDK-KVS/1.6.4 GCC/12.2.0")
            .header("x-amzn-fragment-acknowledgment-required", "1")
            .header("x-amzn-fragment-timecode-type", "ABSOLUTE")
            .header("x-amzn-producer-start-timestamp", "1795360434.498")
            .header("x-amzn-stream-name", stream)
    }

    /// Adds a header.
    pub fn header(mut self, name: &str, value: &str) -> Call {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Takes a header away.
    pub fn without(mut self, name: &str) -> Call {
        self.headers
            .retain(|(other, _)| !other.eq_ignore_ascii_case(name));
        self
    }

    /// Sets the body and its `Content-Length`.
    pub fn with_body(self, body: &[u8]) -> Call {
        let mut call = self.header("Content-Length", &body.len().to_string());
        call.body = body.to_vec();
        call
    }

    /// Signs every header there is so far with an `Authorization` header.
    pub fn signed(self, signer: Signer<'_>, payload: Payload<'_>) -> Call {
        let headers = self.raw_headers();
        let head = self.head(&headers);
        let added = sign_header(&head, &signer.credentials(), &signer.scope(), payload)
            .expect("the request can be signed");
        let add = |call: Call, (name, value): (String, String)| call.header(&name, &value);
        added.into_iter().fold(self, add)
    }

    /// Signs every header there is so far in the query.
    pub fn presigned(mut self, signer: Signer<'_>, expires_s: u32) -> Call {
        let headers = self.raw_headers();
        let head = self.head(&headers);
        let (credentials, scope) = (signer.credentials(), signer.scope());
        let target = presign(&head, &credentials, &scope, expires_s, Payload::Empty);
        self.target = target.expect("the request can be signed");
        self
    }

    /// The bytes on the wire.
    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes = self.head_bytes();
        bytes.extend_from_slice(&self.body);
        bytes
    }

    /// The bytes of the head alone.
    pub fn head_bytes(&self) -> Vec<u8> {
        let mut text = format!("{} {} HTTP/1.1\r\n", self.method, self.target);
        for (name, value) in &self.headers {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        text.push_str("\r\n");
        text.into_bytes()
    }

    fn raw_headers(&self) -> Vec<(&str, &[u8])> {
        self.headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_bytes()))
            .collect()
    }

    fn head<'a>(&'a self, headers: &'a [(&'a str, &'a [u8])]) -> Head<'a> {
        Head {
            method: &self.method,
            target: &self.target,
            headers,
        }
    }
}

impl<'a> Signer<'a> {
    /// Somebody with a right clock, for KVS in the region of test servers.
    pub fn of(caller: impl Into<Caller<'a>>) -> Signer<'a> {
        let Caller { key, .. } = caller.into();
        Signer {
            access_key_id: &key.id,
            secret: &key.secret,
            region: REGION,
            service: "kinesisvideo",
            clock_ahead_s: 0,
        }
    }

    fn credentials(&self) -> Credentials<'a> {
        Credentials {
            access_key_id: self.access_key_id,
            secret_access_key: self.secret,
            session_token: None,
        }
    }

    fn scope(&self) -> Scope<'a> {
        Scope {
            region: self.region,
            service: self.service,
            now_s: now_s() + self.clock_ahead_s,
        }
    }
}

/// One HTTP chunk around some bytes.
pub fn chunk(bytes: &[u8]) -> Vec<u8> {
    let mut chunk = format!("{:x}\r\n", bytes.len()).into_bytes();
    chunk.extend_from_slice(bytes);
    chunk.extend_from_slice(b"\r\n");
    chunk
}

/// The chunk that ends a body.
pub const LAST_CHUNK: &[u8] = b"0\r\n\r\n";

fn now_s() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.expect("the clock is past 1970").as_secs() as i64
}

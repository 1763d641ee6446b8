//! A small client of the KVS wire: signed calls over HTTP/1.1, plain or TLS.

use std::convert::Infallible;
use std::error::Error;
use std::fmt;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws::sigv4::Head;
use aws::sigv4::sign::{self, Payload, Scope};
use bytes::Bytes;
use http::{Method, Request, Response, StatusCode, Uri};
use http_body::{Body, Frame};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use kvs::name::StreamName;
use rustls::pki_types::ServerName;
use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio_rustls::TlsConnector;

use super::credentials::{ConnectionArgs, Settings};
use crate::trust;

/// Why a command failed, in words for the terminal. Never holds a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CliError {
    message: String,
    code: Option<String>,
}

impl CliError {
    /// A failure in one sentence.
    pub fn new(message: impl Into<String>) -> CliError {
        CliError {
            message: message.into(),
            code: None,
        }
    }

    /// The error code the server gave (`ResourceNotFoundException`), if it was the server.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        self.code.as_deref()
    }

    /// Adds a sentence.
    pub(super) fn and(mut self, more: &str) -> CliError {
        self.message.push_str(more);
        self
    }
}

impl fmt::Display for CliError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Error for CliError {}

/// A stream's name as a command-line argument.
///
/// # Errors
///
/// A sentence for clap.
pub(super) fn stream_name(text: &str) -> Result<StreamName, String> {
    StreamName::parse(text).ok_or_else(|| {
        "a stream name is 1 to 256 letters, digits, dots, dashes and underscores".to_owned()
    })
}

/// Makes signed calls.
pub(super) struct Client {
    settings: Settings,
    tls: Option<TlsConnector>,
}

impl Client {
    /// A client with the settings of this process.
    ///
    /// # Errors
    ///
    /// See [`Settings::load`]; an unreadable certificate file.
    pub(super) fn load(args: &ConnectionArgs) -> Result<Client, CliError> {
        Client::new(Settings::load(args)?)
    }

    /// A client with these settings.
    ///
    /// # Errors
    ///
    /// An unreadable certificate file.
    pub(super) fn new(settings: Settings) -> Result<Client, CliError> {
        let tls = trust::connector(settings.ca_bundle.as_deref()).map_err(CliError::new)?;
        Ok(Client { settings, tls })
    }

    /// Where the first call goes.
    ///
    /// # Errors
    ///
    /// A URL that is none.
    pub(super) fn endpoint(&self) -> Result<Endpoint, CliError> {
        Endpoint::parse(&self.settings.endpoint_url)
    }

    /// `GetDataEndpoint`: where `api` of a stream is served.
    ///
    /// # Errors
    ///
    /// What the server says, or that it cannot be reached.
    pub(super) async fn data_endpoint(
        &self,
        stream: &StreamName,
        api: &str,
    ) -> Result<Endpoint, CliError> {
        let input = json!({ "StreamName": stream.as_str(), "APIName": api });
        let output = self
            .call(&self.endpoint()?, "/getDataEndpoint", &input)
            .await;
        let output = output.map_err(|error| match error.code() {
            Some("ResourceNotFoundException") => error.and(&format!(
                "\nTo create the stream: aws kinesisvideo create-stream --stream-name {stream} \
                 --data-retention-in-hours 24"
            )),
            _ => error,
        })?;
        match output["DataEndpoint"].as_str() {
            Some(url) => Endpoint::parse(url),
            None => Err(CliError::new("the server gave no data endpoint")),
        }
    }

    /// A call whose input and output are JSON.
    ///
    /// # Errors
    ///
    /// What the server says, or that it cannot be reached.
    pub(super) async fn call(
        &self,
        endpoint: &Endpoint,
        path: &str,
        input: &Value,
    ) -> Result<Value, CliError> {
        let body = Bytes::from(input.to_string());
        let request = Outgoing {
            method: Method::POST,
            path,
            headers: &[("content-type", "application/json")],
            payload: Payload::Bytes(&body),
        };
        let answer = self
            .send(endpoint, &request, Full::new(body.clone()))
            .await?;
        json_body(answer).await
    }

    /// A `GET` whose answer is JSON.
    ///
    /// # Errors
    ///
    /// What the server says, or that it cannot be reached.
    pub(super) async fn fetch(&self, endpoint: &Endpoint, path: &str) -> Result<Value, CliError> {
        let request = Outgoing {
            method: Method::GET,
            path,
            headers: &[],
            payload: Payload::Empty,
        };
        let answer = self
            .send(endpoint, &request, Full::new(Bytes::new()))
            .await?;
        json_body(answer).await
    }

    /// Sends a signed request on a connection of its own and gives the answer as soon as
    /// its head is there; the body may still be on its way.
    ///
    /// # Errors
    ///
    /// An answer that is no success, or a server that cannot be reached.
    pub(super) async fn send<B>(
        &self,
        endpoint: &Endpoint,
        request: &Outgoing<'_>,
        body: B,
    ) -> Result<Response<Incoming>, CliError>
    where
        B: Body<Data = Bytes, Error = Infallible> + Send + 'static,
    {
        let head = self.sign(endpoint, request)?;
        let request = head
            .body(body)
            .map_err(|error| CliError::new(format!("cannot make the request: {error}")))?;
        let unreachable =
            |error: &dyn fmt::Display| CliError::new(format!("{}: {error}", endpoint.url()));
        let io = tokio::time::timeout(CONNECT_MAX, self.connect(endpoint))
            .await
            .map_err(|_| unreachable(&"no connection within 10 seconds"))??;
        let (mut sender, connection) = http1::handshake(TokioIo::new(io))
            .await
            .map_err(|error| unreachable(&with_causes(&error)))?;
        // It ends with the exchange; its errors also end the answer's body.
        tokio::spawn(connection);
        let answer = tokio::time::timeout(ANSWER_MAX, sender.send_request(request))
            .await
            .map_err(|_| unreachable(&"no answer within 30 seconds"))?
            .map_err(|error| unreachable(&with_causes(&error)))?;
        if answer.status() == StatusCode::OK {
            Ok(answer)
        } else {
            Err(refusal(answer).await)
        }
    }

    fn sign(
        &self,
        endpoint: &Endpoint,
        request: &Outgoing<'_>,
    ) -> Result<http::request::Builder, CliError> {
        let host = endpoint.authority();
        let target = format!("{}{}", endpoint.prefix, request.path);
        let mut headers = vec![("host", host.as_str())];
        headers.extend(request.headers);
        let signed: Vec<_> = headers
            .iter()
            .map(|(name, value)| (*name, value.as_bytes()))
            .collect();
        let head = Head {
            method: request.method.as_str(),
            target: &target,
            headers: &signed,
        };
        let credentials = sign::Credentials {
            access_key_id: &self.settings.credentials.access_key_id,
            secret_access_key: &self.settings.credentials.secret_access_key,
            session_token: self.settings.credentials.session_token.as_deref(),
        };
        let scope = Scope {
            region: &self.settings.region,
            service: "kinesisvideo",
            now_s: now_ms() / 1_000,
        };
        let added = sign::sign_header(&head, &credentials, &scope, request.payload)
            .map_err(|error| CliError::new(format!("cannot sign the request: {error}")))?;
        let mut builder = Request::builder()
            .method(request.method.clone())
            .uri(&target);
        for (name, value) in headers {
            builder = builder.header(name, value);
        }
        for (name, value) in &added {
            builder = builder.header(name, value);
        }
        Ok(builder.header("user-agent", concat!("kinora/", env!("CARGO_PKG_VERSION"))))
    }

    async fn connect(&self, endpoint: &Endpoint) -> Result<Box<dyn Stream>, CliError> {
        let failed =
            |error: &dyn fmt::Display| CliError::new(format!("{}: {error}", endpoint.url()));
        let tcp = TcpStream::connect((endpoint.host.as_str(), endpoint.port))
            .await
            .map_err(|error| match error.kind() {
                io::ErrorKind::ConnectionRefused => {
                    failed(&error).and("; is `kinora serve` running there?")
                }
                _ => failed(&error),
            })?;
        tcp.set_nodelay(true).map_err(|error| failed(&error))?;
        if !endpoint.https {
            return Ok(Box::new(tcp));
        }
        let tls = self.tls.as_ref().ok_or_else(|| {
            failed(&"no certificates to trust: name a file of them in AWS_CA_BUNDLE")
        })?;
        let name = ServerName::try_from(endpoint.host.clone()).map_err(|error| failed(&error))?;
        let stream = tls
            .connect(name, tcp)
            .await
            .map_err(|error| failed(&error))?;
        Ok(Box::new(stream))
    }
}

/// A request but for its host, its signature and its body.
pub(super) struct Outgoing<'a> {
    /// The method.
    pub(super) method: Method,
    /// The path, from `/` on.
    pub(super) path: &'a str,
    /// Headers to sign and send beside `host`.
    pub(super) headers: &'a [(&'a str, &'a str)],
    /// What the signature says of the body.
    pub(super) payload: Payload<'a>,
}

/// A base URL taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Endpoint {
    https: bool,
    /// Without brackets where it is an IPv6 address.
    host: String,
    port: u16,
    /// Path without a slash at its end.
    prefix: String,
}

impl Endpoint {
    /// Reads `http[s]://host[:port][/prefix]`.
    pub(super) fn parse(url: &str) -> Result<Endpoint, CliError> {
        let wrong = || CliError::new(format!("'{url}' is not a URL like http://host:8020"));
        let uri: Uri = url.parse().map_err(|_| wrong())?;
        let https = match uri.scheme_str() {
            Some("http") => false,
            Some("https") => true,
            _ => return Err(wrong()),
        };
        let host = uri
            .host()
            .filter(|host| !host.is_empty())
            .ok_or_else(wrong)?;
        Ok(Endpoint {
            https,
            host: host.trim_matches(['[', ']']).to_owned(),
            port: uri.port_u16().unwrap_or(if https { 443 } else { 80 }),
            prefix: uri.path().trim_end_matches('/').to_owned(),
        })
    }

    /// The `Host` header: without the scheme's own port.
    fn authority(&self) -> String {
        let host = if self.host.contains(':') {
            format!("[{}]", self.host)
        } else {
            self.host.clone()
        };
        if self.port == if self.https { 443 } else { 80 } {
            host
        } else {
            format!("{host}:{}", self.port)
        }
    }

    fn url(&self) -> String {
        let scheme = if self.https { "https" } else { "http" };
        format!("{scheme}://{}{}", self.authority(), self.prefix)
    }
}

/// A request body that comes piece by piece; it ends when every sender is gone.
pub(super) struct Pieces(pub(super) mpsc::Receiver<Bytes>);

impl Body for Pieces {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.0
            .poll_recv(cx)
            .map(|piece| piece.map(|bytes| Ok(Frame::data(bytes))))
    }
}

/// An error and what caused it, because hyper's own text leaves the causes out.
pub(super) fn with_causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

/// What a connection is made of.
trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// Milliseconds since the epoch.
pub(super) fn now_ms() -> i64 {
    // A clock before 1970 counts as 1970; the server will say that it is wrong.
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
        .as_millis() as i64
}

/// A whole JSON answer.
async fn json_body(answer: Response<Incoming>) -> Result<Value, CliError> {
    let body = whole_body(answer).await?;
    serde_json::from_slice(&body)
        .map_err(|error| CliError::new(format!("the answer is no JSON: {error}")))
}

async fn whole_body(answer: Response<Incoming>) -> Result<Bytes, CliError> {
    let body = Limited::new(answer.into_body(), ANSWER_BYTES_MAX).collect();
    let body = tokio::time::timeout(ANSWER_MAX, body)
        .await
        .map_err(|_| CliError::new("the answer did not end within 30 seconds"))?
        .map_err(|error| CliError::new(format!("the answer broke off: {error}")))?;
    Ok(body.to_bytes())
}

/// The error that an answer other than 200 stands for.
async fn refusal(answer: Response<Incoming>) -> CliError {
    let status = answer.status();
    let code = answer
        .headers()
        .get("x-amzn-errortype")
        .and_then(|value| value.to_str().ok());
    let code = code.map(|code| code.split(':').next().unwrap_or_default().to_owned());
    let body = whole_body(answer).await.unwrap_or_default();
    let message = serde_json::from_slice::<Value>(&body)
        .ok()
        .and_then(|body| {
            let message = body.get("Message").or_else(|| body.get("message"))?;
            message.as_str().map(str::to_owned)
        });
    let name = code.clone().unwrap_or_else(|| status.to_string());
    let message = match message {
        Some(message) => format!("{name}: {message}"),
        None => name,
    };
    CliError { message, code }
}

const CONNECT_MAX: Duration = Duration::from_secs(10);
const ANSWER_MAX: Duration = Duration::from_secs(30);
const ANSWER_BYTES_MAX: usize = 4 << 20;

#[cfg(test)]
mod tests {
    use super::Endpoint;

    #[test]
    fn endpoints_are_taken_apart() {
        for (url, authority, prefix) in [
            ("http://127.0.0.1:8020", "127.0.0.1:8020", ""),
            ("http://video.example:80/", "video.example", ""),
            ("https://video.example/kvs/", "video.example", "/kvs"),
            ("https://[::1]:8443", "[::1]:8443", ""),
        ] {
            let endpoint = Endpoint::parse(url).expect("a URL");
            assert_eq!(
                (endpoint.authority().as_str(), endpoint.prefix.as_str()),
                (authority, prefix)
            );
        }
        assert_eq!(
            Endpoint::parse("https://[::1]:8443").expect("a URL").host,
            "::1"
        );
        for wrong in ["", "127.0.0.1:8020", "ftp://host", "http://", "/path"] {
            assert!(Endpoint::parse(wrong).is_err(), "{wrong}");
        }
    }
}

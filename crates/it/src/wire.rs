//! The wire by hand: signed requests over plain sockets, to the byte.
//!
//! Real clients hide what the tests of promises are about: when an acknowledgement
//! comes, in which chunk, and how a connection ends.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws::sigv4::Head;
use aws::sigv4::sign::{Credentials, Payload, Scope, sign_header};
use serde_json::{Value, json};

use crate::caller::{Caller, Key};
use crate::server::REGION;

/// Sends requests to one server, each on a connection of its own.
#[derive(Clone, Debug)]
pub struct Wire {
    host: String,
    key: Key,
}

/// An answer whose head was read.
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Header lines, names in lower case.
    pub headers: Vec<(String, String)>,
    body: BufReader<TcpStream>,
    chunked: bool,
    /// Bytes of the chunk that [`Answer::piece`] has begun which are not read yet.
    left: usize,
}

/// The sending side of a PutMedia connection.
pub struct Put {
    stream: TcpStream,
}

impl Wire {
    /// To a server, as somebody.
    pub fn to<'a>(caller: impl Into<Caller<'a>>) -> Wire {
        let Caller { server, key } = caller.into();
        Wire {
            host: server.url().trim_start_matches("http://").to_owned(),
            key: key.clone(),
        }
    }

    /// A call of an operation: status and body.
    ///
    /// # Errors
    ///
    /// The server's connection fails.
    pub fn call(&self, path: &str, input: &Value) -> io::Result<(u16, Vec<u8>)> {
        let mut answer = self.open(path, input)?;
        let body = answer.rest()?;
        Ok((answer.status, body))
    }

    /// A call that must succeed; its output.
    ///
    /// # Panics
    ///
    /// If it does not.
    pub fn ok(&self, path: &str, input: &Value) -> Value {
        let (status, body) = self.call(path, input).expect("the server answers");
        let text = String::from_utf8_lossy(&body);
        assert_eq!(status, 200, "{path}: {text}");
        serde_json::from_str(&text).unwrap_or_else(|_| panic!("{path}: no JSON: {text}"))
    }

    /// Makes a stream.
    ///
    /// # Panics
    ///
    /// If it cannot be made.
    pub fn create(&self, stream: &str, retention_hours: u32) {
        let input = json!({"StreamName": stream, "DataRetentionInHours": retention_hours});
        self.ok("/createStream", &input);
    }

    /// A call whose answer goes on; its body is read as it comes.
    ///
    /// # Errors
    ///
    /// The server's connection fails.
    pub fn open(&self, path: &str, input: &Value) -> io::Result<Answer> {
        let body = input.to_string();
        let own = [("content-type", "application/json".to_owned())];
        let stream = self.send("POST", path, &own, Payload::Bytes(body.as_bytes()))?;
        write!(&stream, "content-length: {}\r\n\r\n{body}", body.len())?;
        Answer::read(stream)
    }

    /// Gets something of the server's own: status and JSON.
    ///
    /// # Panics
    ///
    /// If there is no answer, or not in JSON.
    pub fn get(&self, target: &str) -> (u16, Value) {
        let stream = self.send("GET", target, &[], Payload::Empty);
        let stream = stream.expect("the server takes requests");
        write!(&stream, "\r\n").expect("the server takes requests");
        let mut answer = Answer::read(stream).expect("the server answers");
        let body = answer.rest().expect("the server answers");
        let body = serde_json::from_slice(&body).expect("answers are JSON");
        (answer.status, body)
    }

    /// What the server thought of a stream's input, newest first.
    ///
    /// # Panics
    ///
    /// If it does not tell.
    pub fn findings(&self, stream: &str) -> Vec<Value> {
        let (status, mut body) = self.get(&format!("/_kinora/streams/{stream}/findings"));
        assert_eq!(status, 200, "{body}");
        match body["Findings"].take() {
            Value::Array(findings) => findings,
            other => panic!("no findings: {other}"),
        }
    }

    /// Opens PutMedia. `timecodes` is `RELATIVE` or `ABSOLUTE`; the producer's start
    /// timestamp is now.
    ///
    /// # Errors
    ///
    /// The server's connection fails.
    pub fn put(&self, stream: &str, timecodes: &str) -> io::Result<(Put, Answer)> {
        let own = [
            ("transfer-encoding", "chunked".to_owned()),
            ("x-amzn-stream-name", stream.to_owned()),
            ("x-amzn-fragment-timecode-type", timecodes.to_owned()),
            ("x-amzn-producer-start-timestamp", now_s().to_string()),
        ];
        let stream = self.send("POST", "/putMedia", &own, Payload::Empty)?;
        write!(&stream, "\r\n")?;
        let put = Put {
            stream: stream.try_clone()?,
        };
        Ok((put, Answer::read(stream)?))
    }

    /// Connects and sends a request's head, but for the empty line at its end.
    fn send(
        &self,
        method: &str,
        target: &str,
        own: &[(&str, String)],
        payload: Payload<'_>,
    ) -> io::Result<TcpStream> {
        let stream = TcpStream::connect(&self.host)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        stream.set_nodelay(true)?;
        let mut headers = vec![("host", self.host.as_bytes())];
        headers.extend(own.iter().map(|(name, value)| (*name, value.as_bytes())));
        let head = Head {
            method,
            target,
            headers: &headers,
        };
        let credentials = Credentials {
            access_key_id: &self.key.id,
            secret_access_key: &self.key.secret,
            session_token: None,
        };
        let scope = Scope {
            region: REGION,
            service: "kinesisvideo",
            now_s: now_s(),
        };
        let added = sign_header(&head, &credentials, &scope, payload);
        let added = added.expect("these heads can be signed");
        let mut text = format!("{method} {target} HTTP/1.1\r\nhost: {}\r\n", self.host);
        let own = own.iter().map(|(name, value)| (*name, value.as_str()));
        let added = added.iter().map(|(n, v)| (n.as_str(), v.as_str()));
        for (name, value) in own.chain(added) {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        (&stream).write_all(text.as_bytes())?;
        Ok(stream)
    }
}

impl Put {
    /// Sends bytes of the body as one chunk.
    ///
    /// # Errors
    ///
    /// The server's connection fails.
    pub fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        let mut chunk = format!("{:x}\r\n", bytes.len()).into_bytes();
        chunk.extend_from_slice(bytes);
        chunk.extend_from_slice(b"\r\n");
        self.raw(&chunk)
    }

    /// Sends bytes that need not be a chunk.
    ///
    /// # Errors
    ///
    /// The server's connection fails.
    pub fn raw(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes)
    }

    /// Ends the body as it should.
    ///
    /// # Errors
    ///
    /// The server's connection fails.
    pub fn finish(&mut self) -> io::Result<()> {
        self.raw(b"0\r\n\r\n")
    }

    /// Ends the sending side of the connection, the body incomplete.
    ///
    /// # Errors
    ///
    /// The connection is gone.
    pub fn vanish(&mut self) -> io::Result<()> {
        self.stream.shutdown(Shutdown::Write)
    }
}

impl Answer {
    fn read(stream: TcpStream) -> io::Result<Answer> {
        let mut body = BufReader::with_capacity(1 << 16, stream);
        let first = line(&mut body)?;
        let status = first.split(' ').nth(1).and_then(|text| text.parse().ok());
        let status = status.ok_or_else(|| broken(&format!("no status line: {first}")))?;
        let mut headers = Vec::new();
        loop {
            let line = line(&mut body)?;
            if line.is_empty() {
                break;
            }
            let (name, value) = line.split_once(':').ok_or_else(|| broken(&line))?;
            headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        let chunked = headers
            .iter()
            .any(|(name, value)| name == "transfer-encoding" && value == "chunked");
        Ok(Answer {
            status,
            headers,
            body,
            chunked,
            left: 0,
        })
    }

    /// The next chunk of the body; `None` once it has ended with its last chunk.
    ///
    /// # Errors
    ///
    /// The connection ends without one, or nothing comes for long.
    pub fn chunk(&mut self) -> io::Result<Option<Vec<u8>>> {
        let bytes = self.piece(usize::MAX)?;
        Ok((!bytes.is_empty()).then_some(bytes))
    }

    /// Up to so many bytes of the next chunk of the body; none once it has ended.
    ///
    /// # Errors
    ///
    /// As [`Answer::chunk`].
    pub fn piece(&mut self, max: usize) -> io::Result<Vec<u8>> {
        if !self.chunked {
            return Err(broken("the body is not chunked"));
        }
        if self.left == 0 {
            let size = line(&mut self.body)?;
            self.left = usize::from_str_radix(&size, 16).map_err(|_| broken(&size))?;
        }
        let mut bytes = vec![0; self.left.min(max)];
        self.body.read_exact(&mut bytes)?;
        self.left -= bytes.len();
        if self.left == 0 {
            line(&mut self.body)?;
        }
        Ok(bytes)
    }

    /// All of the body that is left.
    ///
    /// # Errors
    ///
    /// As [`Answer::chunk`].
    pub fn rest(&mut self) -> io::Result<Vec<u8>> {
        let mut all = Vec::new();
        if self.chunked {
            while let Some(chunk) = self.chunk()? {
                all.extend(chunk);
            }
            return Ok(all);
        }
        let length = self.headers.iter().find(|(n, _)| n == "content-length");
        let length = length.and_then(|(_, value)| value.parse().ok());
        all.resize(length.ok_or_else(|| broken("no length"))?, 0);
        self.body.read_exact(&mut all)?;
        Ok(all)
    }
}

/// The field of a line of acknowledgement, quotes taken off; empty if it is not there.
pub fn field(ack: &str, name: &str) -> String {
    let ack: Value = serde_json::from_str(ack).unwrap_or_else(|_| panic!("no JSON: {ack:?}"));
    match &ack[name] {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

/// Seconds since the epoch.
pub fn now_s() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since
        .expect("the clock is past 1970")
        .as_secs()
        .cast_signed()
}

fn line(body: &mut BufReader<TcpStream>) -> io::Result<String> {
    let mut line = String::new();
    if body.read_line(&mut line)? == 0 {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    let len = line.trim_end_matches(['\r', '\n']).len();
    line.truncate(len);
    Ok(line)
}

fn broken(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what.to_owned())
}

/// How long a connection may be silent.
const PATIENCE: Duration = Duration::from_secs(40);

//! A connection that shows what is really on it: pieces as they were sent, chunks, TLS
//! records, and the end.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{
    ClientConfig, ClientConnection, RootCertStore, StreamOwned, SupportedProtocolVersion,
};

use crate::call::Call;
use crate::server::Server;

/// One connection to a server. Reading waits ten seconds at most.
pub struct Connection {
    io: Io,
    tcp: TcpStream,
    /// Read, not yet taken.
    buffer: Vec<u8>,
    /// Everything that came over TCP, as it came.
    tapped: Arc<Mutex<Vec<u8>>>,
}

enum Io {
    Plain(Tap),
    Tls(Box<StreamOwned<ClientConnection, Tap>>),
}

/// The head of an answer.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// Names in lower case, values.
    pub headers: Vec<(String, String)>,
    /// The body; empty until it is read.
    pub body: Vec<u8>,
}

impl Connection {
    /// Connects without TLS.
    pub fn plain(server: &Server) -> Connection {
        Connection::plain_to(server.address())
    }

    /// Connects without TLS to an address.
    pub fn plain_to(address: SocketAddr) -> Connection {
        let tcp = TcpStream::connect(address).expect("the server listens");
        Connection::over(tcp, None)
    }

    /// Connects with one version of TLS, trusting the server's local authority.
    pub fn tls(
        server: &Server,
        version: &'static SupportedProtocolVersion,
        alpn: &[&[u8]],
    ) -> Connection {
        let mut roots = RootCertStore::empty();
        let ca = CertificateDer::from_pem_file(server.ca()).expect("the server has an authority");
        roots.add(ca).expect("the authority can be trusted");
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&[version])
            .expect("the version is known")
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = alpn.iter().map(|name| name.to_vec()).collect();
        let name = ServerName::try_from("localhost").expect("a name");
        let connection = ClientConnection::new(Arc::new(config), name).expect("a connection");
        let tcp = TcpStream::connect(server.address()).expect("the server listens");
        Connection::over(tcp, Some(connection))
    }

    fn over(tcp: TcpStream, tls: Option<ClientConnection>) -> Connection {
        tcp.set_nodelay(true).expect("an option of TCP");
        tcp.set_read_timeout(Some(PATIENCE)).expect("a time-out");
        tcp.set_write_timeout(Some(PATIENCE)).expect("a time-out");
        let tapped = Arc::new(Mutex::new(Vec::new()));
        let tap = Tap {
            tcp: tcp.try_clone().expect("a socket can be cloned"),
            seen: Arc::clone(&tapped),
        };
        let io = match tls {
            Some(connection) => Io::Tls(Box::new(StreamOwned::new(connection, tap))),
            None => Io::Plain(tap),
        };
        Connection {
            io,
            tcp,
            buffer: Vec::new(),
            tapped,
        }
    }

    /// Sends bytes.
    ///
    /// # Panics
    ///
    /// If the server no longer takes them.
    pub fn send(&mut self, bytes: &[u8]) {
        self.try_send(bytes).expect("the server takes what is sent");
    }

    /// Sends bytes that the server may not want.
    ///
    /// # Errors
    ///
    /// If the connection is reset or the server does not read for ten seconds.
    pub fn try_send(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        match &mut self.io {
            Io::Plain(tap) => tap.tcp.write_all(bytes),
            Io::Tls(tls) => tls.write_all(bytes).and_then(|()| tls.flush()),
        }
    }

    /// Sends a whole request and reads its whole answer.
    pub fn ask(&mut self, call: &Call) -> Answer {
        self.send(&call.bytes());
        self.answer()
    }

    /// Reads a whole answer.
    pub fn answer(&mut self) -> Answer {
        let mut answer = self.head();
        if let Some(length) = answer.get("content-length") {
            let length = length.parse().expect("a length");
            answer.body = self.take(length);
        } else if answer.get("transfer-encoding") == Some("chunked") {
            while let Some(chunk) = self.chunk() {
                answer.body.extend(chunk);
            }
        } else {
            while self.fill() {}
            answer.body = std::mem::take(&mut self.buffer);
        }
        answer
    }

    /// Reads the head of an answer.
    pub fn head(&mut self) -> Answer {
        let text = String::from_utf8(self.until(b"\r\n\r\n")).expect("a head is ASCII");
        let mut lines = text.trim_end().split("\r\n");
        let first = lines.next().unwrap_or_default();
        let status = first.split(' ').nth(1).and_then(|code| code.parse().ok());
        let header = |line: &str| {
            let (name, value) = line.split_once(':').expect("a header has a colon");
            (name.to_ascii_lowercase(), value.trim().to_owned())
        };
        Answer {
            status: status.unwrap_or_else(|| panic!("not a status line: {first}")),
            headers: lines.map(header).collect(),
            body: Vec::new(),
        }
    }

    /// Reads one chunk of a chunked body; `None` for the last.
    pub fn chunk(&mut self) -> Option<Vec<u8>> {
        let line = String::from_utf8(self.until(b"\r\n")).expect("a chunk's size is ASCII");
        let size = usize::from_str_radix(line.trim_end(), 16);
        let size = size.unwrap_or_else(|_| panic!("a chunk's size and nothing else: {line:?}"));
        let mut chunk = self.take(size + 2);
        assert!(chunk.ends_with(b"\r\n"), "a chunk ends with CR LF");
        chunk.truncate(size);
        (size > 0).then_some(chunk)
    }

    /// One read of the connection, as big as it comes; empty at the end.
    pub fn piece(&mut self) -> Vec<u8> {
        assert!(self.buffer.is_empty(), "something was not looked at");
        self.fill();
        std::mem::take(&mut self.buffer)
    }

    /// Whether the server closes the connection without sending more.
    pub fn is_closed(&mut self) -> bool {
        !self.fill() && self.buffer.is_empty()
    }

    /// Whether the server stays silent, with the connection open, for a moment.
    pub fn is_silent(&mut self, moment: Duration) -> bool {
        self.tcp.set_read_timeout(Some(moment)).expect("a time-out");
        let mut byte = [0];
        let read = match &mut self.io {
            Io::Plain(tap) => tap.read(&mut byte),
            Io::Tls(tls) => tls.read(&mut byte),
        };
        self.tcp
            .set_read_timeout(Some(PATIENCE))
            .expect("a time-out");
        match read {
            Ok(count) => {
                self.buffer.extend_from_slice(&byte[..count]);
                false
            }
            Err(error) => matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut),
        }
    }

    /// Says that nothing more will be sent, and goes on reading.
    pub fn half_close(&mut self) {
        self.tcp.shutdown(Shutdown::Write).expect("a connection");
    }

    /// The protocol agreed on by ALPN.
    pub fn alpn(&self) -> Option<Vec<u8>> {
        match &self.io {
            Io::Plain(_) => None,
            Io::Tls(tls) => tls.conn.alpn_protocol().map(<[u8]>::to_vec),
        }
    }

    /// Forgets the TLS records that came so far.
    pub fn forget_records(&mut self) {
        let mut seen = self.tapped.lock().unwrap_or_else(PoisonError::into_inner);
        seen.clear();
    }

    /// How many TLS records with application data came since
    /// [`forget_records`](Connection::forget_records). Only meaningful up to TLS 1.2, where
    /// nothing else looks like application data.
    pub fn records(&self) -> usize {
        let seen = self.tapped.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut at, mut count) = (0, 0);
        while let Some(head) = seen.get(at..at + 5) {
            count += usize::from(head[0] == APPLICATION_DATA);
            at += 5 + usize::from(u16::from_be_bytes([head[3], head[4]]));
        }
        count
    }

    fn until(&mut self, end: &[u8]) -> Vec<u8> {
        loop {
            let found = self
                .buffer
                .windows(end.len())
                .position(|bytes| bytes == end);
            if let Some(at) = found {
                return self.buffer.drain(..at + end.len()).collect();
            }
            let text = String::from_utf8_lossy(&self.buffer).into_owned();
            assert!(self.fill(), "the connection ended after {text:?}");
        }
    }

    fn take(&mut self, length: usize) -> Vec<u8> {
        while self.buffer.len() < length {
            let have = self.buffer.len();
            assert!(self.fill(), "the connection ended after {have} of {length}");
        }
        self.buffer.drain(..length).collect()
    }

    /// Reads once; false at the end.
    fn fill(&mut self) -> bool {
        let mut piece = vec![0; 65536];
        let read = match &mut self.io {
            Io::Plain(tap) => tap.read(&mut piece),
            Io::Tls(tls) => tls.read(&mut piece),
        };
        let count = read.unwrap_or_else(|error| panic!("nothing to read: {error}"));
        self.buffer.extend_from_slice(&piece[..count]);
        count > 0
    }
}

impl Answer {
    /// The value of a header, by its name in lower case.
    pub fn get(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(other, _)| other == name);
        found.map(|(_, value)| value.as_str())
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON.
    ///
    /// # Panics
    ///
    /// If it is not.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("not JSON: {self:?}"))
    }

    /// Status and code of an error.
    pub fn error(&self) -> (u16, &str) {
        (self.status, self.get("x-amzn-errortype").unwrap_or("none"))
    }
}

/// A socket whose received bytes are kept.
struct Tap {
    tcp: TcpStream,
    seen: Arc<Mutex<Vec<u8>>>,
}

impl Read for Tap {
    fn read(&mut self, piece: &mut [u8]) -> std::io::Result<usize> {
        let count = self.tcp.read(piece)?;
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.extend_from_slice(&piece[..count]);
        Ok(count)
    }
}

impl Write for Tap {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.tcp.write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.tcp.flush()
    }
}

const APPLICATION_DATA: u8 = 23;
const PATIENCE: Duration = Duration::from_secs(10);

//! A small HTTP/1.1 client that costs little beside what it measures.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::{Result, said};

/// A connection that stays open from request to request.
pub(crate) struct Connection {
    socket: TcpStream,
    buffer: Vec<u8>,
    /// Received and not yet looked at.
    start: usize,
    end: usize,
}

/// What an answer's head says.
pub(crate) struct ResponseHead {
    pub(crate) status: u16,
    /// Bytes of its body, as far as it was read.
    pub(crate) body_len: u64,
    /// Whether the server ends the connection after it.
    pub(crate) closes: bool,
}

impl Connection {
    /// Connects.
    pub(crate) async fn open(authority: &str) -> Result<Connection> {
        let socket = TcpStream::connect(authority)
            .await
            .map_err(said(&authority))?;
        socket.set_nodelay(true).map_err(said(&authority))?;
        Ok(Connection {
            socket,
            buffer: vec![0; 256 * 1024],
            start: 0,
            end: 0,
        })
    }

    /// Sends a request and reads the whole answer; its body goes to `keep` or away.
    pub(crate) async fn exchange(
        &mut self,
        request: &[u8],
        keep: Option<&mut Vec<u8>>,
    ) -> Result<ResponseHead> {
        self.exchange_part(request, keep, u64::MAX).await
    }

    /// The same, but stops when `enough` bytes of body have come.
    pub(crate) async fn exchange_part(
        &mut self,
        request: &[u8],
        mut keep: Option<&mut Vec<u8>>,
        enough: u64,
    ) -> Result<ResponseHead> {
        self.socket
            .write_all(request)
            .await
            .map_err(said(&"sending"))?;
        let (status, length, closes) = self.head().await?;
        let mut body_len = 0;
        match length {
            Some(length) => {
                self.take(length, &mut keep).await?;
                body_len = length;
            }
            None => {
                while body_len < enough {
                    let line = self.line().await?;
                    let size = line.split(';').next().unwrap_or_default().trim();
                    let len = u64::from_str_radix(size, 16).map_err(said(&"chunk size"))?;
                    self.take(len, &mut keep).await?;
                    self.line().await?;
                    if len == 0 {
                        break;
                    }
                    body_len += len;
                }
            }
        }
        Ok(ResponseHead {
            status,
            body_len,
            closes,
        })
    }

    /// Status, Content-Length (without which the body comes in chunks), and whether the
    /// connection ends.
    async fn head(&mut self) -> Result<(u16, Option<u64>, bool)> {
        let status = self.line().await?;
        let status = status.split(' ').nth(1).and_then(|text| text.parse().ok());
        let status = status.ok_or("the answer is no HTTP")?;
        let (mut length, mut closes) = (None, false);
        loop {
            let line = self.line().await?;
            if line.is_empty() {
                return Ok((status, length, closes));
            }
            let (name, value) = line.split_once(':').unwrap_or_default();
            if name.eq_ignore_ascii_case("content-length") {
                length = value.trim().parse().ok();
            }
            closes |= name.eq_ignore_ascii_case("connection")
                && value.trim().eq_ignore_ascii_case("close");
        }
    }

    async fn line(&mut self) -> Result<String> {
        loop {
            let ready = &self.buffer[self.start..self.end];
            if let Some(at) = ready.iter().position(|byte| *byte == b'\n') {
                let line = String::from_utf8_lossy(&ready[..at]).trim_end().to_owned();
                self.start += at + 1;
                return Ok(line);
            }
            self.more().await?;
        }
    }

    async fn take(&mut self, len: u64, keep: &mut Option<&mut Vec<u8>>) -> Result<()> {
        let mut left = len;
        loop {
            let ready = (self.end - self.start).min(usize::try_from(left).unwrap_or(usize::MAX));
            if let Some(keep) = keep {
                keep.extend_from_slice(&self.buffer[self.start..self.start + ready]);
            }
            self.start += ready;
            left -= ready as u64;
            if left == 0 {
                return Ok(());
            }
            self.more().await?;
        }
    }

    async fn more(&mut self) -> Result<()> {
        self.buffer.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
        let free = &mut self.buffer[self.end..];
        if free.is_empty() {
            return Err("a line is too long".to_owned());
        }
        match self.socket.read(free).await.map_err(said(&"receiving"))? {
            0 => Err("the server closed the connection".to_owned()),
            len => {
                self.end += len;
                Ok(())
            }
        }
    }
}

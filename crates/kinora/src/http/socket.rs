//! A connection's socket as hyper uses it, which notices that a client is gone where hyper
//! does not.
//!
//! In the middle of an answer hyper neither reads nor, without something to send, writes: a
//! socket that is broken stays unnoticed. And hyper waits for ever for a client that keeps its
//! connection open and takes nothing. See docs/adr/0011.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use kvs::limits;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep, sleep};

/// A socket.
///
/// hyper flushes whenever it looks at a connection, be there something to send or not. If it
/// has not read or written in between, it was woken for nothing, which is how a task that
/// answers a request has its connection looked at: the socket is then asked for its error.
#[derive(Debug)]
pub(super) struct Socket<S = TcpStream> {
    inner: S,
    error_of: fn(&S) -> Option<io::Error>,
    /// Whether something was read or written since the last flush.
    was_used: bool,
    /// Whether the client takes nothing at the moment.
    is_stuck: bool,
    /// Since it was stuck first; a later time sets it again.
    limit: Option<Pin<Box<Sleep>>>,
}

impl Socket {
    /// A client's.
    pub(super) fn new(socket: TcpStream) -> Socket {
        Socket::with(socket, |socket| socket.take_error().unwrap_or_else(Some))
    }
}

impl<S> Socket<S> {
    fn with(inner: S, error_of: fn(&S) -> Option<io::Error>) -> Socket<S> {
        Socket {
            inner,
            error_of,
            was_used: false,
            is_stuck: false,
            limit: None,
        }
    }

    /// Lets a write wait, but not for ever.
    fn bounded<T>(
        &mut self,
        cx: &mut Context<'_>,
        result: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        self.was_used = true;
        if result.is_ready() {
            self.is_stuck = false;
            return result;
        }
        let longest = Duration::from_millis(limits::SEND_STUCK_MS_MAX);
        let limit = self.limit.get_or_insert_with(|| Box::pin(sleep(longest)));
        if !self.is_stuck {
            self.is_stuck = true;
            limit.as_mut().reset(Instant::now() + longest);
        }
        limit.as_mut().poll(cx).map(|()| {
            Err(io::Error::new(
                io::ErrorKind::TimedOut,
                "the client takes nothing",
            ))
        })
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Socket<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.was_used = true;
        Pin::new(&mut self.inner).poll_read(cx, into)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Socket<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let result = Pin::new(&mut self.inner).poll_write(cx, bytes);
        self.bounded(cx, result)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let result = Pin::new(&mut self.inner).poll_write_vectored(cx, slices);
        self.bounded(cx, result)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if !std::mem::take(&mut self.was_used)
            && let Some(error) = (self.error_of)(&self.inner)
        {
            return Poll::Ready(Err(error));
        }
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use bytes::Bytes;
    use kvs::limits;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpStream;
    use tokio::sync::mpsc;
    use tokio::time::{Instant, sleep, timeout};

    use super::Socket;
    use crate::clock::Clock;
    use crate::config::Config;
    use crate::http::body::Body;
    use crate::http::listen;
    use crate::http::reply;
    use crate::server::Server;

    #[tokio::test(start_paused = true)]
    async fn a_client_that_takes_nothing_is_given_up() {
        let (near, mut far) = tokio::io::duplex(10);
        let mut socket = Socket::with(near, |_| None);
        let limit = Duration::from_millis(limits::SEND_STUCK_MS_MAX);
        let began = Instant::now();
        let write = async {
            let error = socket.write_all(&[0; 40]).await.expect_err("it ends");
            assert_eq!(error.kind(), std::io::ErrorKind::TimedOut);
        };
        let read = async {
            // Slow is not stuck.
            for _ in 0..2 {
                sleep(limit * 2 / 3).await;
                far.read_exact(&mut [0; 10]).await.expect("bytes");
            }
        };
        tokio::join!(write, read);
        assert_eq!(
            began.elapsed().as_secs(),
            (limit * 2 / 3 * 2 + limit).as_secs()
        );
    }

    #[tokio::test]
    async fn a_socket_that_broke_in_the_middle_of_an_answer_is_noticed() {
        let alone = Server::alone(Config::default(), Clock::System, store::Store::memory());
        let listener = listen::bind("127.0.0.1:0".parse().expect("an address"));
        let listener = listener.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let mut client = TcpStream::connect(address).await.expect("a connection");
        let (socket, _) = listener.accept().await.expect("a connection");
        let (slices, receiver) = mpsc::channel(1);
        let receiver = Arc::new(std::sync::Mutex::new(Some(receiver)));
        let answer = move |_| {
            let receiver = receiver.lock().map(|mut receiver| receiver.take());
            let receiver = receiver.ok().flatten().expect("one request");
            async { reply::with_body(200, "text/plain", Body::Stream(receiver)) }
        };
        let server = Arc::clone(&alone.server);
        let served = listen::requests(server, Socket::new(socket), false, answer);
        let served = tokio::spawn(served);
        let request = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";
        client.write_all(request).await.expect("it is open");
        let mut head = [0; 15];
        client
            .read_exact(&mut head)
            .await
            .expect("an answer begins");
        assert_eq!(&head, b"HTTP/1.1 200 OK");
        // The client ends its side, which is no reason to end the answer.
        client.shutdown().await.expect("it is open");
        for _ in 0..3 {
            slices.send(Bytes::new()).await.expect("it goes on");
            sleep(Duration::from_millis(20)).await;
        }
        assert!(!slices.is_closed());
        // Now it is gone. The rest of the head is unread, so its kernel resets the connection.
        drop(client);
        let noticed = async {
            while slices.send(Bytes::new()).await.is_ok() {
                sleep(Duration::from_millis(20)).await;
            }
            served.await.expect("it does not panic");
        };
        let noticed = timeout(Duration::from_secs(20), noticed).await;
        noticed.expect("the connection ends");
    }
}

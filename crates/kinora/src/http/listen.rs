//! Accepting connections, and telling https from http by the first byte.

use std::future::poll_fn;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use kvs::limits;
use rustls::ServerConfig;
use socket2::TcpKeepalive;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use crate::http::auth::Peer;
use crate::http::forwarded;
use crate::http::handle::handle;
use crate::http::reply::Reply;
use crate::http::socket::Socket;
use crate::server::Server;

/// Binds an address, with a backlog that a fleet of cameras reconnecting at once needs.
///
/// # Errors
///
/// A message that names the address.
pub fn bind(address: SocketAddr) -> Result<TcpListener, String> {
    let describe = |error: io::Error| format!("cannot listen on {address}: {error}");
    let domain = socket2::Domain::for_address(address);
    let socket = socket2::Socket::new(domain, socket2::Type::STREAM, None).map_err(describe)?;
    socket.set_reuse_address(true).map_err(describe)?;
    socket.set_nonblocking(true).map_err(describe)?;
    socket.bind(&address.into()).map_err(describe)?;
    // Connections inherit it. A client that is gone without a word, or whose goodbye looks
    // like the end of its request, breaks its socket sooner or later.
    let span = Duration::from_secs(limits::KEEPALIVE_S);
    let keepalive = TcpKeepalive::new().with_time(span).with_interval(span);
    socket.set_tcp_keepalive(&keepalive).map_err(describe)?;
    socket.listen(BACKLOG).map_err(describe)?;
    TcpListener::from_std(socket.into()).map_err(describe)
}

/// Serves a listener until the server stops.
pub async fn serve(server: Arc<Server>, listener: TcpListener, tls: Arc<ServerConfig>) {
    let acceptor = TlsAcceptor::from(tls);
    let each = Arc::clone(&server);
    let each = move |socket, ip| connection(Arc::clone(&each), acceptor.clone(), socket, ip);
    accept(&server, listener, limits::CONNECTIONS_MAX, each).await;
}

/// Takes connections, at most so many at a time, until the server stops; each is served in
/// a task of its own.
pub(super) async fn accept<F>(
    server: &Server,
    listener: TcpListener,
    connections_max: usize,
    each: impl Fn(TcpStream, IpAddr) -> F,
) where
    F: Future<Output = ()> + Send + 'static,
{
    let room = Arc::new(Semaphore::new(connections_max));
    let mut stopping = server.stopping.clone();
    loop {
        let permit = tokio::select! {
            permit = Arc::clone(&room).acquire_owned() => permit,
            () = stopped(&mut stopping) => return,
        };
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stopped(&mut stopping) => return,
        };
        match accepted {
            Ok((socket, address)) => {
                // Acks are small and must not wait for more to send.
                let _ = socket.set_nodelay(true);
                // A stopping server waits for connections, not only for requests: the
                // last bytes of an answer are sent after the request is done.
                let busy = server.busy.begin();
                let served = each(socket, address.ip());
                tokio::spawn(async move {
                    served.await;
                    drop((permit, busy));
                });
            }
            Err(error) => {
                // Out of file descriptors, mostly: waiting lets others finish.
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

async fn connection(server: Arc<Server>, acceptor: TlsAcceptor, socket: TcpStream, ip: IpAddr) {
    let limit = server.config.api.head_timeout();
    let mut stopping = server.stopping.clone();
    let mut first = [0_u8; 1];
    let begun = tokio::select! {
        begun = tokio::time::timeout(limit, socket.peek(&mut first)) => begun,
        () = stopped(&mut stopping) => return,
    };
    let Ok(Ok(1)) = begun else {
        return;
    };
    let socket = Socket::new(socket);
    let is_secure = first[0] == TLS_HANDSHAKE;
    let peer = Peer { ip, is_secure };
    let answer = {
        let server = Arc::clone(&server);
        move |mut request: Request<Incoming>| {
            let server = Arc::clone(&server);
            let trusted = &server.config.api.trusted_proxies;
            let client = forwarded::client(peer, request.headers(), trusted);
            request.extensions_mut().insert(client);
            handle(server, request)
        }
    };
    if !is_secure {
        return requests(server, socket, is_secure, answer).await;
    }
    if let Some(stream) = handshake(&server, &acceptor, socket).await {
        requests(server, stream, is_secure, answer).await;
    }
}

/// Begins TLS; `None` if the client is no good at it, or too slow.
pub(super) async fn handshake(
    server: &Server,
    acceptor: &TlsAcceptor,
    socket: Socket,
) -> Option<TlsStream<Socket>> {
    let limit = server.config.api.head_timeout();
    let mut stopping = server.stopping.clone();
    let accepted = tokio::select! {
        accepted = tokio::time::timeout(limit, acceptor.accept(socket)) => accepted,
        () = stopped(&mut stopping) => return None,
    };
    match accepted {
        Ok(Ok(stream)) => return Some(stream),
        Ok(Err(error)) => tracing::debug!(%error, "TLS handshake failed"),
        Err(_) => tracing::debug!("TLS handshake did not finish in time"),
    }
    None
}

/// Answers the requests of a connection until it ends or the server stops.
pub(super) async fn requests<S, F>(
    server: Arc<Server>,
    socket: S,
    is_secure: bool,
    answer: impl Fn(Request<Incoming>) -> F + Unpin,
) where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    F: Future<Output = Reply> + Send + 'static,
{
    let mut stopping = server.stopping.clone();
    let head_timeout = server.config.api.head_timeout();
    let service = service_fn(move |request: Request<Incoming>| {
        let busy = server.busy.begin();
        let reply = answer(request);
        // In a task of its own: a client that leaves must not leave things half done.
        let task = tokio::spawn(async move {
            let reply = reply.await;
            drop(busy);
            reply
        });
        Box::pin(async move {
            task.await
                .map_err(|error| io::Error::other(error.to_string()))
        })
    });
    let mut connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(head_timeout)
        .half_close(true)
        // One write per head and body, so that a JSON answer is one TLS record: some
        // camera SDKs parse only the first record they receive.
        .writev(!is_secure)
        .serve_connection(TokioIo::new(socket), service);
    let result = tokio::select! {
        result = poll_fn(|cx| connection.poll_without_shutdown(cx)) => result,
        () = stopped(&mut stopping) => {
            std::pin::Pin::new(&mut connection).graceful_shutdown();
            poll_fn(|cx| connection.poll_without_shutdown(cx)).await
        }
    };
    match result {
        Ok(()) => linger(connection.into_parts().io.into_inner(), &mut stopping).await,
        Err(error) => tracing::debug!(%error, "a connection ended early"),
    }
}

/// Closes our side and waits a moment for the client to close its own. To close both at
/// once would reset the connection if anything sent is still unread, and a reset takes
/// the answer with it: a producer in the middle of its upload would not learn why it was
/// refused (RFC 9112 §9.6).
async fn linger<S>(mut socket: S, stopping: &mut watch::Receiver<bool>)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let read = async {
        let mut left = limits::LINGER_BYTES_MAX;
        // On the heap: a connection's state is as large as its largest part, for all its life.
        let mut piece = vec![0_u8; 16384];
        socket.shutdown().await?;
        while let n @ 1.. = socket.read(&mut piece).await? {
            if n >= left {
                break;
            }
            left -= n;
        }
        io::Result::Ok(())
    };
    let stop = async {
        stopped(stopping).await;
        tokio::time::sleep(Duration::from_millis(limits::LINGER_STOPPING_MS_MAX)).await;
    };
    tokio::select! {
        // However it ends, there is nobody left to tell.
        _ = tokio::time::timeout(Duration::from_millis(limits::LINGER_MS_MAX), read) => {}
        () = stop => {}
    }
}

/// Resolves when the server is about to stop.
pub async fn stopped(stopping: &mut watch::Receiver<bool>) {
    // An error means that the sender is gone, which is the end as well.
    let _ = stopping.wait_for(|stopping| *stopping).await;
}

/// First byte of a TLS record that carries a handshake; no HTTP method begins with it.
const TLS_HANDSHAKE: u8 = 0x16;

const BACKLOG: i32 = 4096;

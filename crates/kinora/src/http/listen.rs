//! Accepting connections, and telling https from http by the first byte.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use kvs::limits;
use rustls::ServerConfig;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio_rustls::TlsAcceptor;

use crate::http::handle::handle;
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
    socket.listen(BACKLOG).map_err(describe)?;
    TcpListener::from_std(socket.into()).map_err(describe)
}

/// Serves a listener until the server stops.
pub async fn serve(server: Arc<Server>, listener: TcpListener, tls: Arc<ServerConfig>) {
    let acceptor = TlsAcceptor::from(tls);
    let room = Arc::new(Semaphore::new(limits::CONNECTIONS_MAX));
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
            Ok((socket, _)) => {
                let (server, acceptor) = (Arc::clone(&server), acceptor.clone());
                tokio::spawn(async move {
                    connection(server, acceptor, socket).await;
                    drop(permit);
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

async fn connection(server: Arc<Server>, acceptor: TlsAcceptor, socket: TcpStream) {
    // Acks are small and must not wait for more to send.
    let _ = socket.set_nodelay(true);
    let limit = Duration::from_millis(limits::HEAD_MS_MAX);
    let mut first = [0_u8; 1];
    let Ok(Ok(1)) = tokio::time::timeout(limit, socket.peek(&mut first)).await else {
        return;
    };
    if first[0] != TLS_HANDSHAKE {
        return requests(server, socket, true).await;
    }
    match tokio::time::timeout(limit, acceptor.accept(socket)).await {
        // One write per head and body, so that a JSON answer is one TLS record: some
        // camera SDKs parse only the first record they receive.
        Ok(Ok(stream)) => requests(server, stream, false).await,
        Ok(Err(error)) => tracing::debug!(%error, "TLS handshake failed"),
        Err(_) => tracing::debug!("TLS handshake did not finish in time"),
    }
}

async fn requests<S>(server: Arc<Server>, socket: S, vectored: bool)
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send + 'static,
{
    let mut stopping = server.stopping.clone();
    let service = service_fn(move |request| {
        let server = Arc::clone(&server);
        async move {
            let busy = server.busy.begin();
            // In a task of its own: a client that leaves must not leave things half done.
            let task = tokio::spawn(async move {
                let reply = handle(server, request).await;
                drop(busy);
                reply
            });
            task.await
                .map_err(|error| io::Error::other(error.to_string()))
        }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(Duration::from_millis(limits::HEAD_MS_MAX))
        .half_close(true)
        .writev(vectored)
        .serve_connection(TokioIo::new(socket), service);
    tokio::pin!(connection);
    let result = tokio::select! {
        result = connection.as_mut() => result,
        () = stopped(&mut stopping) => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = result {
        tracing::debug!(%error, "a connection ended early");
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

//! The credentials endpoint for devices: a listener of its own, where clients must show a
//! certificate.
//!
//! Who issued the certificate does not matter, only that its key signed the handshake: what
//! it is good for is looked up by its SHA-256. A device without SNI is welcome.

use std::net::IpAddr;
use std::sync::Arc;

use aws::sigv4::sha256_hex;
use hyper::Request;
use hyper::body::Incoming;
use kvs::limits;
use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{DigitallySignedStruct, DistinguishedName, ServerConfig, SignatureScheme};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use crate::http::auth::{self, Peer};
use crate::http::listen;
use crate::http::reply::{self, ErrorStyle, Reply};
use crate::http::socket::Socket;
use crate::ops::{ApiError, Cx, iot};
use crate::server::Server;

/// Serves the endpoint until the server stops.
pub async fn serve(server: Arc<Server>, listener: TcpListener, tls: Arc<ServerConfig>) {
    let acceptor = TlsAcceptor::from(tls);
    let each = Arc::clone(&server);
    let each = move |socket, ip| connection(Arc::clone(&each), acceptor.clone(), socket, ip);
    listen::accept(&server, listener, limits::DEVICE_CONNECTIONS_MAX, each).await;
}

async fn connection(server: Arc<Server>, acceptor: TlsAcceptor, socket: TcpStream, ip: IpAddr) {
    let socket = Socket::new(socket);
    let Some(stream) = listen::handshake(&server, &acceptor, socket).await else {
        return;
    };
    let shown = stream.get_ref().1.peer_certificates();
    let Some(certificate) = shown.and_then(<[_]>::first) else {
        return;
    };
    let id: Arc<str> = sha256_hex(certificate).into();
    let is_secure = true;
    let answer = {
        let server = Arc::clone(&server);
        move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(Peer { ip, is_secure });
            handle(Arc::clone(&server), request, Arc::clone(&id))
        }
    };
    listen::requests(server, stream, is_secure, answer).await;
}

/// Answers a request. Never fails: every error is a response.
async fn handle(
    server: Arc<Server>,
    request: Request<Incoming>,
    certificate_id: Arc<str>,
) -> Reply {
    let request_id = reply::request_id();
    let cx = Cx { server, request_id };
    let (parts, _) = request.into_parts();
    let path = parts.uri.path().to_owned();
    let alias = path
        .strip_prefix("/role-aliases/")
        .and_then(|rest| rest.strip_suffix("/credentials"))
        .and_then(|alias| aws::rest::decoded(alias).ok());
    let thing = parts.headers.get("x-amzn-iot-thingname");
    let thing = thing.map(|name| String::from_utf8_lossy(name.as_bytes()).into_owned());
    let source = auth::source(&parts, &cx.server.config.region, &cx.request_id);
    let answered = match alias {
        Some(alias) if parts.method == "GET" => {
            iot::device::credentials(&cx, &certificate_id, thing.as_deref(), &alias, &source).await
        }
        _ => {
            let message = "Only GET /role-aliases/{alias}/credentials is served here";
            Err(ApiError::new("ResourceNotFoundException", 404, message))
        }
    };
    let reply = answered.unwrap_or_else(|error| {
        let (id, code, message) = (&cx.request_id, error.code, &error.message);
        tracing::info!(id, path, code, %certificate_id, message, "device refused");
        reply::error(&error, ErrorStyle::RestJson, &cx.request_id)
    });
    reply::finish(reply, &cx.request_id, None)
}

/// Wants a certificate, whoever issued it.
#[derive(Debug)]
pub struct AnyCertificate(pub Arc<CryptoProvider>);

impl ClientCertVerifier for AnyCertificate {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _now: UnixTime,
    ) -> Result<ClientCertVerified, rustls::Error> {
        // What it is good for is decided at each request.
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        verify_tls12_signature(message, cert, dss, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        verify_tls13_signature(message, cert, dss, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

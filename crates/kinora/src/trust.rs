//! Whom connections that we make over TLS trust.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};
use tokio_rustls::TlsConnector;

/// Trusts the certificates of `bundle`, or the system's; `None` if there are none.
///
/// # Errors
///
/// A message that names the file.
pub fn connector(bundle: Option<&Path>) -> Result<Option<TlsConnector>, String> {
    let path = match bundle {
        Some(path) => Some(path),
        None => SYSTEM_BUNDLES
            .iter()
            .map(Path::new)
            .find(|path| path.exists()),
    };
    let Some(path) = path else { return Ok(None) };
    let failed = |error: &dyn fmt::Display| format!("{}: {error}", path.display());
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(path).map_err(|error| failed(&error))? {
        let certificate = certificate.map_err(|error| failed(&error))?;
        match (roots.add(certificate), bundle) {
            // System bundles may hold what rustls does not take; a chosen one should not.
            (Ok(()), _) | (Err(_), None) => {}
            (Err(error), Some(_)) => return Err(failed(&error)),
        }
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| failed(&error))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Some(TlsConnector::from(Arc::new(config))))
}

/// Where systems keep the certificates they trust: Debian, Fedora, Alpine and macOS.
static SYSTEM_BUNDLES: [&str; 3] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/cert.pem",
];

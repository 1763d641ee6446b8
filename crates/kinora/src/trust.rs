//! Whom connections that we make over TLS trust.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};
use tokio_rustls::TlsConnector;

/// The authorities of a PEM file, or those of the system that rustls takes: none, if it
/// has none.
///
/// # Errors
///
/// A message that names the file.
pub(crate) fn roots(bundle: Option<&Path>) -> Result<Vec<CertificateDer<'static>>, String> {
    let is_usable = |root: &CertificateDer<'static>| RootCertStore::empty().add(root.clone());
    let Some(path) = bundle else {
        let mut roots = rustls_native_certs::load_native_certs().certs;
        roots.retain(|root| is_usable(root).is_ok());
        return Ok(roots);
    };
    let failed = |error: &dyn fmt::Display| format!("{}: {error}", path.display());
    let roots: Result<Vec<_>, _> = CertificateDer::pem_file_iter(path)
        .and_then(Iterator::collect)
        .map_err(|error| failed(&error));
    let roots = roots?;
    // One that was chosen should be of use.
    match roots.iter().find_map(|root| is_usable(root).err()) {
        Some(error) => Err(failed(&error)),
        None => Ok(roots),
    }
}

/// Trusts [`roots`]; `None` if there are none.
///
/// # Errors
///
/// Those of [`roots`].
pub fn connector(bundle: Option<&Path>) -> Result<Option<TlsConnector>, String> {
    let mut store = RootCertStore::empty();
    store.add_parsable_certificates(roots(bundle)?);
    if store.is_empty() {
        return Ok(None);
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .with_root_certificates(store)
        .with_no_client_auth();
    Ok(Some(TlsConnector::from(Arc::new(config))))
}

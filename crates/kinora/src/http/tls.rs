//! Certificates: the user's own, or those of a local authority made on first start.

use std::fs;
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose};
use rustls::ServerConfig;
use rustls::pki_types::pem::{self, PemObject as _};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::config::Config;
use crate::http::device::AnyCertificate;

/// What https is served with.
pub struct TlsSetup {
    /// For accepting connections.
    pub server: Arc<ServerConfig>,
    /// For accepting devices, which must show a certificate.
    pub device: Arc<ServerConfig>,
    /// PEM file of the local authority, to be trusted by clients; `None` with the user's
    /// own certificate.
    pub ca: Option<PathBuf>,
}

/// Loads the configured certificate or, without one, makes or loads the local authority
/// and the certificate it issued.
///
/// # Errors
///
/// A message that names the file.
pub fn load(config: &Config) -> Result<TlsSetup, String> {
    let (certificate, key, ca) = match (&config.tls.certificate, &config.tls.key) {
        (Some(certificate), Some(key)) => (certificate.clone(), key.clone(), None),
        _ => local(&config.data.join("tls"), &config.tls.names)?,
    };
    let (chain, key_der) = (read_chain(&certificate)?, read_key(&key)?);
    let refused = |error| match error {
        rustls::Error::InconsistentKeys(_) => format!(
            "{} is not the key of the first certificate in {}",
            key.display(),
            certificate.display()
        ),
        other => format!("{} cannot be served with: {other}", certificate.display()),
    };
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let verifier = Arc::new(AnyCertificate(Arc::clone(&provider)));
    let device = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .with_client_cert_verifier(verifier)
        .with_single_cert(chain.clone(), key_der.clone_key())
        .map_err(refused)?;
    let mut server = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .with_no_client_auth()
        .with_single_cert(chain, key_der)
        .map_err(refused)?;
    // Never h2: libcurl-based producers would take it and then fail (they sign and send
    // hop-by-hop headers that h2 does not have).
    server.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsSetup {
        server: Arc::new(server),
        device: Arc::new(device),
        ca,
    })
}

fn read_chain(path: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let read = CertificateDer::pem_file_iter(path).and_then(Iterator::collect);
    let chain: Vec<_> = read.map_err(|error| format!("{}: {error}", path.display()))?;
    match chain.is_empty() {
        true => Err(format!("{}: no PEM certificate is in it", path.display())),
        false => Ok(chain),
    }
}

fn read_key(path: &Path) -> Result<PrivateKeyDer<'static>, String> {
    PrivateKeyDer::from_pem_file(path).map_err(|error| match error {
        pem::Error::NoItemsFound => format!("{}: no PEM private key is in it", path.display()),
        other => format!("{}: {other}", path.display()),
    })
}

/// Certificate, key and authority of the local setup, made if they do not exist.
fn local(dir: &Path, names: &[String]) -> Result<(PathBuf, PathBuf, Option<PathBuf>), String> {
    let file = |name: &str| dir.join(name);
    let (ca, ca_key) = (file("ca.pem"), file("ca.key"));
    let (certificate, key) = (file("server.pem"), file("server.key"));
    let issued_for = file("names");
    let mut subjects: Vec<String> = ["localhost", "127.0.0.1", "::1"]
        .map(str::to_owned)
        .into_iter()
        .collect();
    subjects.extend(names.iter().cloned());
    let describe = |error: &dyn std::fmt::Display| format!("{}: {error}", dir.display());
    fs::create_dir_all(dir).map_err(|error| describe(&error))?;
    if !ca.exists() || !ca_key.exists() {
        let (pem, key_pem) = make_authority().map_err(|error| describe(&error))?;
        write_secret(&ca_key, &key_pem).map_err(|error| describe(&error))?;
        fs::write(&ca, pem).map_err(|error| describe(&error))?;
    }
    let current = fs::read_to_string(&issued_for).unwrap_or_default();
    if current != subjects.join("\n") || !certificate.exists() || !key.exists() {
        let ca_key_pem = fs::read_to_string(&ca_key).map_err(|error| describe(&error))?;
        let (pem, key_pem) = issue(&ca_key_pem, &subjects).map_err(|error| describe(&error))?;
        write_secret(&key, &key_pem).map_err(|error| describe(&error))?;
        fs::write(&certificate, pem).map_err(|error| describe(&error))?;
        fs::write(&issued_for, subjects.join("\n")).map_err(|error| describe(&error))?;
    }
    Ok((certificate, key, Some(ca)))
}

fn make_authority() -> Result<(String, String), rcgen::Error> {
    let key = KeyPair::generate()?;
    Ok((authority()?.self_signed(&key)?.pem(), key.serialize_pem()))
}

/// The same parameters every time: with them and its key the authority can go on issuing.
fn authority() -> Result<CertificateParams, rcgen::Error> {
    let mut params = CertificateParams::new(Vec::new())?;
    params
        .distinguished_name
        .push(DnType::CommonName, "Kinora local authority");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    valid_for_long(&mut params);
    Ok(params)
}

fn issue(ca_key_pem: &str, subjects: &[String]) -> Result<(String, String), rcgen::Error> {
    let issuer = Issuer::new(authority()?, KeyPair::from_pem(ca_key_pem)?);
    let mut params = CertificateParams::new(subjects.to_vec())?;
    params.distinguished_name.push(DnType::CommonName, "Kinora");
    params.use_authority_key_identifier_extension = true;
    valid_for_long(&mut params);
    let key = KeyPair::generate()?;
    Ok((params.signed_by(&key, &issuer)?.pem(), key.serialize_pem()))
}

/// Fixed dates: a machine on a bench or an air-gapped site may start with a wrong clock.
pub(crate) fn valid_for_long(params: &mut CertificateParams) {
    params.not_before = rcgen::date_time_ymd(2024, 1, 1);
    params.not_after = rcgen::date_time_ymd(2046, 1, 1);
}

pub(crate) fn write_secret(path: &Path, text: &str) -> io::Result<()> {
    use std::io::Write as _;
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path)?;
    file.write_all(text.as_bytes())
}

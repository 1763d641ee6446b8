//! The authority that issues device certificates, made at the first start.

use std::fs;
use std::path::Path;

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, RsaKeySize, SerialNumber,
};

use crate::http::tls::{valid_for_long, write_secret};

/// A new device certificate and its key.
pub struct Issued {
    /// The certificate, PEM.
    pub certificate: String,
    /// Its private key (RSA of 2048 bits), PEM; kept nowhere.
    pub private_key: String,
    /// Its public key, PEM.
    pub public_key: String,
}

/// Issues a device certificate. `data` is the server's folder, which holds the authority.
///
/// # Errors
///
/// A message that names the file.
pub fn issue(data: &Path, mut serial: [u8; 16]) -> Result<Issued, String> {
    let dir = data.join("tls");
    let ca_key = fs::read_to_string(dir.join("device-ca.key"));
    let ca_key = ca_key.map_err(|error| format!("{}: {error}", dir.display()))?;
    // RFC 5280 §4.1.2.2: positive.
    serial[0] &= 0x7f;
    let made = || -> Result<Issued, rcgen::Error> {
        let issuer = Issuer::new(authority()?, KeyPair::from_pem(&ca_key)?);
        let mut params = CertificateParams::new(Vec::new())?;
        params
            .distinguished_name
            .push(DnType::CommonName, "Kinora device certificate");
        params.serial_number = Some(SerialNumber::from_slice(&serial));
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        params.use_authority_key_identifier_extension = true;
        valid_for_long(&mut params);
        let key = KeyPair::generate_rsa_for(&rcgen::PKCS_RSA_SHA256, RsaKeySize::_2048)?;
        Ok(Issued {
            certificate: params.signed_by(&key, &issuer)?.pem(),
            private_key: key.serialize_pem(),
            public_key: key.public_key_pem(),
        })
    };
    made().map_err(|error| format!("a device certificate: {error}"))
}

/// Makes the authority if there is none yet.
///
/// # Errors
///
/// A message that names the folder.
pub fn prepare(data: &Path) -> Result<(), String> {
    let dir = data.join("tls");
    let (certificate, key) = (dir.join("device-ca.pem"), dir.join("device-ca.key"));
    if key.exists() {
        return Ok(());
    }
    let named = |error: &dyn std::fmt::Display| format!("{}: {error}", dir.display());
    fs::create_dir_all(&dir).map_err(|error| named(&error))?;
    let made = KeyPair::generate().map_err(|error| named(&error))?;
    let params = authority().map_err(|error| named(&error))?;
    let signed = params.self_signed(&made).map_err(|error| named(&error))?;
    fs::write(&certificate, signed.pem()).map_err(|error| named(&error))?;
    write_secret(&key, &made.serialize_pem()).map_err(|error| named(&error))
}

fn authority() -> Result<CertificateParams, rcgen::Error> {
    let mut params = CertificateParams::new(Vec::new())?;
    params
        .distinguished_name
        .push(DnType::CommonName, "Kinora device authority");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    valid_for_long(&mut params);
    Ok(params)
}

//! The authority that issues device certificates, made at the first start.

use std::fs;
use std::path::Path;

use rcgen::{
    BasicConstraints, CertificateParams, CertificateSigningRequestParams, DistinguishedName,
    DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose, PublicKey,
    PublicKeyData as _, RsaKeySize, SerialNumber,
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
pub fn issue(data: &Path, serial: [u8; 16]) -> Result<Issued, String> {
    let made = |issuer: &Issuer<'_, KeyPair>| -> Result<Issued, rcgen::Error> {
        let mut name = DistinguishedName::new();
        name.push(DnType::CommonName, "Kinora device certificate");
        let key = KeyPair::generate_rsa_for(&rcgen::PKCS_RSA_SHA256, RsaKeySize::_2048)?;
        let certificate = device(serial, name)?.signed_by(&key, issuer)?;
        Ok(Issued {
            certificate: certificate.pem(),
            private_key: key.serialize_pem(),
            public_key: key.public_key_pem(),
        })
    };
    made(&issuer(data)?).map_err(|error| format!("a device certificate: {error}"))
}

/// A certificate, PEM, for who asks for one with a request (RFC 2986) of this name and key.
/// What else it asks for is not granted. AWS takes RSA keys from 2048 bits on and the NIST
/// curves P-256, P-384 and P-521.
///
/// # Errors
///
/// The request's fault; within, a message that names the file.
pub fn sign(
    data: &Path,
    serial: [u8; 16],
    request: &str,
) -> Result<Result<String, RequestFault>, String> {
    let asked = match CertificateSigningRequestParams::from_pem(request) {
        Ok(asked) => asked,
        Err(rcgen::Error::UnsupportedExtension) => return Ok(Err(RequestFault::Extension)),
        Err(_) => return Ok(Err(RequestFault::Unreadable)),
    };
    let key = &asked.public_key;
    if !is_strong(key) {
        return Ok(Err(RequestFault::Key));
    }
    let issuer = issuer(data)?;
    let made = device(serial, asked.params.distinguished_name)
        .and_then(|params| params.signed_by(key, &issuer));
    match made {
        Ok(certificate) => Ok(Ok(certificate.pem())),
        Err(error) => Err(format!("a device certificate: {error}")),
    }
}

/// Why a request gets no certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequestFault {
    /// It is no request, or not signed by its own key.
    Unreadable,
    /// It asks for an extension that is not known.
    Extension,
    /// Its key is of another kind or too weak.
    Key,
}

/// Whether AWS takes such a key. The parser takes the kind of key from the signature, whose
/// hash can be of another strength than the curve: such a certificate would not be right.
fn is_strong(key: &PublicKey) -> bool {
    let (kind, der) = (key.algorithm(), key.der_bytes());
    let curves = [
        (&rcgen::PKCS_ECDSA_P256_SHA256, 65),
        (&rcgen::PKCS_ECDSA_P384_SHA384, 97),
        (&rcgen::PKCS_ECDSA_P521_SHA512, 133),
    ];
    let rsa = [
        &rcgen::PKCS_RSA_SHA256,
        &rcgen::PKCS_RSA_SHA384,
        &rcgen::PKCS_RSA_SHA512,
    ];
    match rsa.contains(&kind) {
        true => rsa_bits(der).is_some_and(|bits| (RSA_BITS_MIN..=RSA_BITS_MAX).contains(&bits)),
        false => curves.contains(&(kind, der.len())),
    }
}

/// Bits of the modulus of a public key of RSA in DER (RFC 8017 §A.1.1), if its lengths take
/// two bytes, as they do from 1024 bits on.
fn rsa_bits(der: &[u8]) -> Option<usize> {
    let [0x30, 0x82, _, _, 0x02, 0x82, high, low, rest @ ..] = der else {
        return None;
    };
    let modulus = rest.get(..usize::from(u16::from_be_bytes([*high, *low])))?;
    let zeros = modulus.iter().take_while(|byte| **byte == 0).count();
    let first = modulus.get(zeros)?;
    Some((modulus.len() - zeros) * 8 - first.leading_zeros() as usize)
}

fn issuer(data: &Path) -> Result<Issuer<'static, KeyPair>, String> {
    let file = data.join("tls/device-ca.key");
    let named = |error: &dyn std::fmt::Display| format!("{}: {error}", file.display());
    let key = fs::read_to_string(&file).map_err(|error| named(&error))?;
    let key = KeyPair::from_pem(&key).map_err(|error| named(&error))?;
    let authority = authority().map_err(|error| named(&error))?;
    Ok(Issuer::new(authority, key))
}

fn device(
    mut serial: [u8; 16],
    name: DistinguishedName,
) -> Result<CertificateParams, rcgen::Error> {
    // RFC 5280 §4.1.2.2: positive.
    serial[0] &= 0x7f;
    let mut params = CertificateParams::new(Vec::new())?;
    params.distinguished_name = name;
    params.serial_number = Some(SerialNumber::from_slice(&serial));
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    params.use_authority_key_identifier_extension = true;
    valid_for_long(&mut params);
    Ok(params)
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

const RSA_BITS_MIN: usize = 2048;
/// Ours: checking a signature takes time that grows with the square of it.
const RSA_BITS_MAX: usize = 8192;

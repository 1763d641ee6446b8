//! Device certificates: CreateKeysAndCertificate and its kin.
//!
//! A certificate is trusted because it is registered, by the SHA-256 of its DER form, not
//! because of who issued it.

use aws::op::Op;
use aws::shapes::iot as wire;
use aws::sigv4::sha256_hex;
use aws::value::{Sensitive, Timestamp};
use kvs::iot::{Certificate, CertificateStatus, IotEntity, IotKind, Link};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

use crate::device_ca::{self, RequestFault};
use crate::ops::iot::page::page;
use crate::ops::iot::{arn, ask, changed, check_quota, conflict, keep, missing, serial};
use crate::ops::{ApiError, Caller, Cx};

/// CreateKeysAndCertificate: the private key is told once and not kept.
///
/// # Errors
///
/// `LimitExceededException`, `ServiceUnavailable` if too many keys are being made, denial.
pub async fn create_keys_and_certificate(
    cx: &Cx,
    caller: &Caller,
    input: wire::CreateKeysAndCertificateInput,
) -> Result<wire::CreateKeysAndCertificateOutput, ApiError> {
    ask(cx, caller, Op::IotCreateKeysAndCertificate, "*")?;
    let (data, serial) = (cx.server.config.data.clone(), serial());
    // Asked before as well as after: a new RSA key takes a while.
    check_quota(cx, caller, IotKind::Certificate).await?;
    let issued = move || device_ca::issue(&data, serial);
    let issued = cx.server.device_keys.run(issued).await?;
    let issued = issued.map_err(ApiError::internal)?;
    let status = status_of(input.set_as_active);
    let certificate = register(cx, caller, &issued.certificate, status).await?;
    Ok(wire::CreateKeysAndCertificateOutput {
        certificate_arn: Some(arn(cx, caller.account, "cert", &certificate.id)),
        certificate_id: Some(certificate.id),
        certificate_pem: Some(certificate.pem),
        key_pair: Some(wire::KeyPair {
            private_key: Some(Sensitive(issued.private_key)),
            public_key: Some(issued.public_key),
        }),
    })
}

/// CreateCertificateFromCsr: the device made its key itself.
///
/// # Errors
///
/// `InvalidRequestException`, `LimitExceededException`, denial.
pub async fn create_certificate_from_csr(
    cx: &Cx,
    caller: &Caller,
    input: wire::CreateCertificateFromCsrInput,
) -> Result<wire::CreateCertificateFromCsrOutput, ApiError> {
    ask(cx, caller, Op::IotCreateCertificateFromCsr, "*")?;
    let request = &input.certificate_signing_request;
    let issued = device_ca::sign(&cx.server.config.data, serial(), request);
    let issued = issued.map_err(ApiError::internal)?.map_err(|fault| {
        let message = match fault {
            RequestFault::Unreadable => "The CSR is no PKCS #10 request in PEM, signed by its key",
            RequestFault::Extension => "The CSR asks for an extension that is not supported",
            RequestFault::Key => {
                "The CSR's key must be RSA of at least 2048 bits, or ECC of P-256, P-384 or \
                 P-521 that signed with SHA-2 of its own strength"
            }
        };
        ApiError::new("InvalidRequestException", 400, message)
    })?;
    let status = status_of(input.set_as_active);
    let certificate = register(cx, caller, &issued, status).await?;
    Ok(wire::CreateCertificateFromCsrOutput {
        certificate_arn: Some(arn(cx, caller.account, "cert", &certificate.id)),
        certificate_id: Some(certificate.id),
        certificate_pem: Some(certificate.pem),
    })
}

/// RegisterCertificateWithoutCA: a certificate that was issued elsewhere.
///
/// # Errors
///
/// `CertificateValidationException`, `ResourceAlreadyExistsException`,
/// `LimitExceededException`, denial.
pub async fn register_certificate_without_ca(
    cx: &Cx,
    caller: &Caller,
    input: wire::RegisterCertificateWithoutCAInput,
) -> Result<wire::RegisterCertificateWithoutCAOutput, ApiError> {
    ask(cx, caller, Op::IotRegisterCertificateWithoutCA, "*")?;
    let status = match input.status {
        None | Some(wire::CertificateStatus::Inactive) => CertificateStatus::Inactive,
        Some(status) => settable(status)?,
    };
    let certificate = register(cx, caller, &input.certificate_pem, status).await?;
    Ok(wire::RegisterCertificateWithoutCAOutput {
        certificate_arn: Some(arn(cx, caller.account, "cert", &certificate.id)),
        certificate_id: Some(certificate.id),
    })
}

/// DescribeCertificate.
///
/// # Errors
///
/// `ResourceNotFoundException`, denial.
pub async fn describe_certificate(
    cx: &Cx,
    caller: &Caller,
    input: wire::DescribeCertificateInput,
) -> Result<wire::DescribeCertificateOutput, ApiError> {
    let arn = arn(cx, caller.account, "cert", &input.certificate_id);
    ask(cx, caller, Op::IotDescribeCertificate, &arn)?;
    let certificate = find(cx, caller, &input.certificate_id).await?;
    Ok(wire::DescribeCertificateOutput {
        certificate_description: Some(wire::CertificateDescription {
            certificate_arn: Some(arn),
            certificate_mode: Some(wire::CertificateMode::Default),
            creation_date: Some(Timestamp(certificate.created_ms as i64)),
            last_modified_date: Some(Timestamp(certificate.updated_ms as i64)),
            owned_by: Some(certificate.account.to_string()),
            status: wire::CertificateStatus::parse(certificate.status.as_str()),
            certificate_id: Some(certificate.id),
            certificate_pem: Some(certificate.pem),
            ..wire::CertificateDescription::default()
        }),
    })
}

/// UpdateCertificate: active, inactive or revoked.
///
/// # Errors
///
/// `ResourceNotFoundException`, `CertificateStateException`, denial.
pub async fn update_certificate(
    cx: &Cx,
    caller: &Caller,
    input: wire::UpdateCertificateInput,
) -> Result<wire::UpdateCertificateOutput, ApiError> {
    let arn = arn(cx, caller.account, "cert", &input.certificate_id);
    ask(cx, caller, Op::IotUpdateCertificate, &arn)?;
    let old = find(cx, caller, &input.certificate_id).await?;
    let new = Certificate {
        status: settable(input.new_status)?,
        updated_ms: cx.server.clock.now_ms(),
        ..old.clone()
    };
    let (old, new) = (IotEntity::Certificate(old), IotEntity::Certificate(new));
    changed(cx.server.store.put_iot(caller.account, &old, &new).await)?;
    Ok(wire::UpdateCertificateOutput {})
}

/// DeleteCertificate: one that is not active and has nothing attached; policies are
/// detached if it is forced.
///
/// # Errors
///
/// `CertificateStateException`, `DeleteConflictException`, `ResourceNotFoundException`,
/// denial.
pub async fn delete_certificate(
    cx: &Cx,
    caller: &Caller,
    input: wire::DeleteCertificateInput,
) -> Result<wire::DeleteCertificateOutput, ApiError> {
    let (account, id) = (caller.account, &input.certificate_id);
    let arn = arn(cx, account, "cert", id);
    ask(cx, caller, Op::IotDeleteCertificate, &arn)?;
    if find(cx, caller, id).await?.status == CertificateStatus::Active {
        let message = format!(
            "Certificate must be deactivated (not ACTIVE) before deletion. certificateId={id}"
        );
        return Err(ApiError::new("CertificateStateException", 406, message));
    }
    let store = &cx.server.store;
    if !store
        .iot_links(account, Link::Thing, id, 1)
        .await?
        .is_empty()
    {
        return Err(conflict(format!(
            "Things must be detached before deletion (arn: {arn})"
        )));
    }
    for policy in store
        .iot_links(account, Link::Policy, id, LINKS_PAGE)
        .await?
    {
        if input.force_delete != Some(true) {
            return Err(conflict(format!(
                "Certificate policies must be detached before deletion (arn: {arn})"
            )));
        }
        store.unlink_iot(account, Link::Policy, id, &policy).await?;
    }
    store.delete_iot(account, IotKind::Certificate, id).await?;
    Ok(wire::DeleteCertificateOutput {})
}

/// ListCertificates.
///
/// # Errors
///
/// `InvalidRequestException`, denial.
pub async fn list_certificates(
    cx: &Cx,
    caller: &Caller,
    input: wire::ListCertificatesInput,
) -> Result<wire::ListCertificatesOutput, ApiError> {
    ask(cx, caller, Op::IotListCertificates, "*")?;
    let marker = input.marker.as_deref();
    let (listed, next) = page(cx, caller, IotKind::Certificate, marker, input.page_size).await?;
    let shape = |entity: IotEntity| match entity {
        IotEntity::Certificate(certificate) => Some(wire::Certificate {
            certificate_arn: Some(arn(cx, caller.account, "cert", &certificate.id)),
            certificate_mode: Some(wire::CertificateMode::Default),
            creation_date: Some(Timestamp(certificate.created_ms as i64)),
            status: wire::CertificateStatus::parse(certificate.status.as_str()),
            certificate_id: Some(certificate.id),
        }),
        _ => None,
    };
    Ok(wire::ListCertificatesOutput {
        certificates: Some(listed.into_iter().filter_map(shape).collect()),
        next_marker: next,
    })
}

/// A certificate of the caller's account.
///
/// # Errors
///
/// `ResourceNotFoundException`.
pub async fn find(cx: &Cx, caller: &Caller, id: &str) -> Result<Certificate, ApiError> {
    let store = &cx.server.store;
    match store.iot(caller.account, IotKind::Certificate, id).await? {
        Some(IotEntity::Certificate(certificate)) => Ok(certificate),
        _ => Err(missing("Certificate", id)),
    }
}

async fn register(
    cx: &Cx,
    caller: &Caller,
    pem: &str,
    status: CertificateStatus,
) -> Result<Certificate, ApiError> {
    let bad = || {
        let message = "The certificate is no X.509 certificate in PEM";
        ApiError::new("CertificateValidationException", 400, message)
    };
    let der = CertificateDer::from_pem_slice(pem.as_bytes()).map_err(|_| bad())?;
    rustls::server::ParsedCertificate::try_from(&der).map_err(|_| bad())?;
    let now_ms = cx.server.clock.now_ms();
    let certificate = Certificate {
        id: sha256_hex(&der),
        account: caller.account,
        pem: pem.to_owned(),
        status,
        created_ms: now_ms,
        updated_ms: now_ms,
    };
    keep(cx, caller, &IotEntity::Certificate(certificate.clone())).await?;
    Ok(certificate)
}

fn status_of(set_as_active: Option<bool>) -> CertificateStatus {
    match set_as_active {
        Some(true) => CertificateStatus::Active,
        _ => CertificateStatus::Inactive,
    }
}

fn settable(status: wire::CertificateStatus) -> Result<CertificateStatus, ApiError> {
    match status {
        wire::CertificateStatus::Active => Ok(CertificateStatus::Active),
        wire::CertificateStatus::Inactive => Ok(CertificateStatus::Inactive),
        wire::CertificateStatus::Revoked => Ok(CertificateStatus::Revoked),
        other => Err(ApiError::new(
            "CertificateStateException",
            406,
            format!("The status cannot be set to {}", other.as_str()),
        )),
    }
}

/// More policies than a certificate can have.
const LINKS_PAGE: usize = 100;

//! Kinds of credentials that do not exist here: SSH keys, certificates, credentials of
//! other services, SAML providers. Their lists are empty, which is what tools that delete
//! a user or look around want to hear.

use aws::op::Op;
use aws::shapes::iam::{
    ListSAMLProvidersInput, ListSAMLProvidersOutput, ListSSHPublicKeysInput,
    ListSSHPublicKeysOutput, ListServerCertificatesInput, ListServerCertificatesOutput,
    ListServiceSpecificCredentialsInput, ListServiceSpecificCredentialsOutput,
    ListSigningCertificatesInput, ListSigningCertificatesOutput,
};
use kvs::iam::HolderKind;

use super::page::Window;
use super::target::Target;
use crate::ops::authority::{self, Ask};
use crate::ops::{ApiError, Caller, Cx};

/// Lists the SSH keys of a user: none.
///
/// # Errors
///
/// `NoSuchEntity`, `ValidationError` for a marker, denial.
pub async fn list_ssh_public_keys(
    cx: &Cx,
    caller: &Caller,
    input: ListSSHPublicKeysInput,
) -> Result<ListSSHPublicKeysOutput, ApiError> {
    Window::new(input.marker.as_deref(), input.max_items)?;
    let user = input.user_name.as_deref();
    check_user(cx, caller, Op::ListSSHPublicKeys, user)?;
    Ok(ListSSHPublicKeysOutput {
        is_truncated: Some(false),
        marker: None,
        ssh_public_keys: Some(Vec::new()),
    })
}

/// Lists the signing certificates of a user: none.
///
/// # Errors
///
/// `NoSuchEntity`, `ValidationError` for a marker, denial.
pub async fn list_signing_certificates(
    cx: &Cx,
    caller: &Caller,
    input: ListSigningCertificatesInput,
) -> Result<ListSigningCertificatesOutput, ApiError> {
    Window::new(input.marker.as_deref(), input.max_items)?;
    let user = input.user_name.as_deref();
    check_user(cx, caller, Op::ListSigningCertificates, user)?;
    Ok(ListSigningCertificatesOutput {
        certificates: Vec::new(),
        is_truncated: Some(false),
        marker: None,
    })
}

/// Lists the credentials of a user for single services: none.
///
/// # Errors
///
/// `NoSuchEntity`, `ValidationError` for a marker, denial.
pub async fn list_service_specific_credentials(
    cx: &Cx,
    caller: &Caller,
    input: ListServiceSpecificCredentialsInput,
) -> Result<ListServiceSpecificCredentialsOutput, ApiError> {
    Window::new(input.marker.as_deref(), input.max_items)?;
    let user = input.user_name.as_deref();
    check_user(cx, caller, Op::ListServiceSpecificCredentials, user)?;
    Ok(ListServiceSpecificCredentialsOutput {
        is_truncated: Some(false),
        marker: None,
        service_specific_credentials: Some(Vec::new()),
    })
}

/// Lists server certificates: none.
///
/// # Errors
///
/// `ValidationError` for a marker, denial.
pub async fn list_server_certificates(
    cx: &Cx,
    caller: &Caller,
    input: ListServerCertificatesInput,
) -> Result<ListServerCertificatesOutput, ApiError> {
    Window::new(input.marker.as_deref(), input.max_items)?;
    authority::check(cx, caller, &Ask::new(Op::ListServerCertificates, "*"))?;
    Ok(ListServerCertificatesOutput {
        is_truncated: Some(false),
        marker: None,
        server_certificate_metadata_list: Vec::new(),
    })
}

/// Lists SAML providers: none.
///
/// # Errors
///
/// Denial.
pub async fn list_saml_providers(
    cx: &Cx,
    caller: &Caller,
    _input: ListSAMLProvidersInput,
) -> Result<ListSAMLProvidersOutput, ApiError> {
    authority::check(cx, caller, &Ask::new(Op::ListSAMLProviders, "*"))?;
    Ok(ListSAMLProvidersOutput {
        saml_provider_list: Some(Vec::new()),
    })
}

/// Checks that a user is there, if one is named; else the caller asks about itself.
fn check_user(cx: &Cx, caller: &Caller, op: Op, user: Option<&str>) -> Result<(), ApiError> {
    let Some(name) = user else {
        let own = Target::bare(caller.principal_arn());
        return authority::check(cx, caller, &own.ask(op));
    };
    let target = Target::holder(caller, HolderKind::User, name);
    authority::check(cx, caller, &target.ask(op))?;
    caller.directory.holder(HolderKind::User, name)?;
    Ok(())
}

//! IoT policies and the certificates they are attached to: CreatePolicy, AttachPolicy and
//! their kin.

use aws::op::Op;
use aws::policy::{Document, DocumentKind};
use aws::shapes::iot as wire;
use aws::value::Timestamp;
use kvs::iot::{IotEntity, IotKind, IotPolicy, Link};

use crate::ops::iot::page::page;
use crate::ops::iot::thing_principals::LINKS_MAX;
use crate::ops::iot::{arn, ask, certificate_id, certificates, conflict, keep, missing};
use crate::ops::{ApiError, Caller, Cx};

/// CreatePolicy; its only version is 1.
///
/// # Errors
///
/// `MalformedPolicyException`, `ResourceAlreadyExistsException`, `LimitExceededException`,
/// denial.
pub async fn create_policy(
    cx: &Cx,
    caller: &Caller,
    input: wire::CreatePolicyInput,
) -> Result<wire::CreatePolicyOutput, ApiError> {
    let (name, document) = (input.policy_name, input.policy_document);
    let arn = arn(cx, caller.account, "policy", &name);
    ask(cx, caller, Op::IotCreatePolicy, &arn)?;
    if document.len() > POLICY_BYTES_MAX {
        return Err(malformed("The policy document is too long"));
    }
    Document::parse(&document, DocumentKind::Iot)
        .map_err(|error| malformed(&format!("{error}: {}", error.detail)))?;
    let policy = IotPolicy {
        name: name.clone(),
        document: document.as_str().into(),
        created_ms: cx.server.clock.now_ms(),
    };
    keep(cx, caller, &IotEntity::Policy(policy)).await?;
    Ok(wire::CreatePolicyOutput {
        policy_arn: Some(arn),
        policy_document: Some(document),
        policy_name: Some(name),
        policy_version_id: Some("1".to_owned()),
    })
}

/// GetPolicy.
///
/// # Errors
///
/// `ResourceNotFoundException`, denial.
pub async fn get_policy(
    cx: &Cx,
    caller: &Caller,
    input: wire::GetPolicyInput,
) -> Result<wire::GetPolicyOutput, ApiError> {
    let arn = arn(cx, caller.account, "policy", &input.policy_name);
    ask(cx, caller, Op::IotGetPolicy, &arn)?;
    let policy = find(cx, caller, &input.policy_name).await?;
    let created = Timestamp(policy.created_ms as i64);
    Ok(wire::GetPolicyOutput {
        creation_date: Some(created),
        default_version_id: Some("1".to_owned()),
        generation_id: Some("1".to_owned()),
        last_modified_date: Some(created),
        policy_arn: Some(arn),
        policy_document: Some(policy.document.to_string()),
        policy_name: Some(policy.name),
    })
}

/// DeletePolicy: one that is attached to nothing.
///
/// # Errors
///
/// `DeleteConflictException`, `ResourceNotFoundException`, denial.
pub async fn delete_policy(
    cx: &Cx,
    caller: &Caller,
    input: wire::DeletePolicyInput,
) -> Result<wire::DeletePolicyOutput, ApiError> {
    let name = &input.policy_name;
    let arn = arn(cx, caller.account, "policy", name);
    ask(cx, caller, Op::IotDeletePolicy, &arn)?;
    find(cx, caller, name).await?;
    let store = &cx.server.store;
    let linked = store
        .iot_linked(caller.account, Link::Policy, name, 1)
        .await?;
    if !linked.is_empty() {
        return Err(conflict(format!(
            "The policy cannot be deleted as the policy is attached to one or more principals \
             (name={name})"
        )));
    }
    store
        .delete_iot(caller.account, IotKind::Policy, name)
        .await?;
    Ok(wire::DeletePolicyOutput {})
}

/// ListPolicies.
///
/// # Errors
///
/// `InvalidRequestException`, denial.
pub async fn list_policies(
    cx: &Cx,
    caller: &Caller,
    input: wire::ListPoliciesInput,
) -> Result<wire::ListPoliciesOutput, ApiError> {
    ask(cx, caller, Op::IotListPolicies, "*")?;
    let marker = input.marker.as_deref();
    let (listed, next) = page(cx, caller, IotKind::Policy, marker, input.page_size).await?;
    let names = listed.into_iter().map(|entity| entity.name().to_owned());
    Ok(wire::ListPoliciesOutput {
        next_marker: next,
        policies: Some(names.map(|name| shape(cx, caller, name)).collect()),
    })
}

/// AttachPolicy; again is no error.
///
/// # Errors
///
/// `ResourceNotFoundException`, `InvalidRequestException`, denial.
pub async fn attach_policy(
    cx: &Cx,
    caller: &Caller,
    input: wire::AttachPolicyInput,
) -> Result<wire::AttachPolicyOutput, ApiError> {
    ask(cx, caller, Op::IotAttachPolicy, &input.target)?;
    attach(cx, caller, &input.policy_name, &input.target).await?;
    Ok(wire::AttachPolicyOutput {})
}

/// AttachPrincipalPolicy: what AttachPolicy was before.
///
/// # Errors
///
/// As [`attach_policy`].
pub async fn attach_principal_policy(
    cx: &Cx,
    caller: &Caller,
    input: wire::AttachPrincipalPolicyInput,
) -> Result<wire::AttachPrincipalPolicyOutput, ApiError> {
    ask(cx, caller, Op::IotAttachPrincipalPolicy, &input.principal)?;
    attach(cx, caller, &input.policy_name, &input.principal).await?;
    Ok(wire::AttachPrincipalPolicyOutput {})
}

/// DetachPolicy; what is not attached is no error.
///
/// # Errors
///
/// `InvalidRequestException`, denial.
pub async fn detach_policy(
    cx: &Cx,
    caller: &Caller,
    input: wire::DetachPolicyInput,
) -> Result<wire::DetachPolicyOutput, ApiError> {
    ask(cx, caller, Op::IotDetachPolicy, &input.target)?;
    detach(cx, caller, &input.policy_name, &input.target).await?;
    Ok(wire::DetachPolicyOutput {})
}

/// DetachPrincipalPolicy: what DetachPolicy was before.
///
/// # Errors
///
/// `ResourceNotFoundException`; as [`detach_policy`].
pub async fn detach_principal_policy(
    cx: &Cx,
    caller: &Caller,
    input: wire::DetachPrincipalPolicyInput,
) -> Result<wire::DetachPrincipalPolicyOutput, ApiError> {
    ask(cx, caller, Op::IotDetachPrincipalPolicy, &input.principal)?;
    let id = certificate_id(cx, caller, &input.principal)?;
    certificates::find(cx, caller, id).await?;
    find(cx, caller, &input.policy_name).await?;
    detach(cx, caller, &input.policy_name, &input.principal).await?;
    Ok(wire::DetachPrincipalPolicyOutput {})
}

/// ListAttachedPolicies, all in one page.
///
/// # Errors
///
/// `ResourceNotFoundException`, `InvalidRequestException`, denial.
pub async fn list_attached_policies(
    cx: &Cx,
    caller: &Caller,
    input: wire::ListAttachedPoliciesInput,
) -> Result<wire::ListAttachedPoliciesOutput, ApiError> {
    ask(cx, caller, Op::IotListAttachedPolicies, "*")?;
    let id = certificate_id(cx, caller, &input.target)?;
    certificates::find(cx, caller, id).await?;
    let store = &cx.server.store;
    let names = store.iot_links(caller.account, Link::Policy, id, LINKS_MAX);
    let names = names.await?.into_iter();
    Ok(wire::ListAttachedPoliciesOutput {
        next_marker: None,
        policies: Some(names.map(|name| shape(cx, caller, name)).collect()),
    })
}

/// ListTargetsForPolicy, all in one page.
///
/// # Errors
///
/// `ResourceNotFoundException`, denial.
pub async fn list_targets_for_policy(
    cx: &Cx,
    caller: &Caller,
    input: wire::ListTargetsForPolicyInput,
) -> Result<wire::ListTargetsForPolicyOutput, ApiError> {
    let policy_arn = arn(cx, caller.account, "policy", &input.policy_name);
    ask(cx, caller, Op::IotListTargetsForPolicy, &policy_arn)?;
    let policy = find(cx, caller, &input.policy_name).await?;
    let store = &cx.server.store;
    let linked = store.iot_linked(caller.account, Link::Policy, &policy.name, LINKS_MAX);
    let shape = |id: String| arn(cx, caller.account, "cert", &id);
    Ok(wire::ListTargetsForPolicyOutput {
        next_marker: None,
        targets: Some(linked.await?.into_iter().map(shape).collect()),
    })
}

async fn attach(cx: &Cx, caller: &Caller, name: &str, target: &str) -> Result<(), ApiError> {
    let id = certificate_id(cx, caller, target)?;
    let policy = find(cx, caller, name).await?;
    certificates::find(cx, caller, id).await?;
    let (store, account) = (&cx.server.store, caller.account);
    let attached = store
        .iot_links(account, Link::Policy, id, LINKS_MAX)
        .await?;
    if attached.len() >= ATTACHED_MAX && !attached.contains(&policy.name) {
        let message = format!("A certificate can have at most {ATTACHED_MAX} policies");
        return Err(ApiError::new("LimitExceededException", 410, message));
    }
    Ok(store
        .link_iot(account, Link::Policy, id, &policy.name)
        .await?)
}

async fn detach(cx: &Cx, caller: &Caller, name: &str, target: &str) -> Result<(), ApiError> {
    let id = certificate_id(cx, caller, target)?;
    let store = &cx.server.store;
    Ok(store
        .unlink_iot(caller.account, Link::Policy, id, name)
        .await?)
}

async fn find(cx: &Cx, caller: &Caller, name: &str) -> Result<IotPolicy, ApiError> {
    let store = &cx.server.store;
    match store.iot(caller.account, IotKind::Policy, name).await? {
        Some(IotEntity::Policy(policy)) => Ok(policy),
        _ => Err(missing("Policy", name)),
    }
}

fn shape(cx: &Cx, caller: &Caller, name: String) -> wire::Policy {
    wire::Policy {
        policy_arn: Some(arn(cx, caller.account, "policy", &name)),
        policy_name: Some(name),
    }
}

fn malformed(message: &str) -> ApiError {
    ApiError::new("MalformedPolicyException", 400, message)
}

/// AWS: 2048 characters that are not white space; ours are bytes, and more.
const POLICY_BYTES_MAX: usize = 16 << 10;
/// AWS: ten policies for a certificate.
const ATTACHED_MAX: usize = 10;

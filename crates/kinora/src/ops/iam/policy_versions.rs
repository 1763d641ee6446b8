//! Versions of managed policies: CreatePolicyVersion and its kin.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreatePolicyVersion.html>

use aws::op::Op;
use aws::policy::DocumentKind;
use aws::shapes::iam::{
    CreatePolicyVersionInput, CreatePolicyVersionOutput, DeletePolicyVersionInput,
    DeletePolicyVersionOutput, GetPolicyVersionInput, GetPolicyVersionOutput,
    ListPolicyVersionsInput, ListPolicyVersionsOutput, PolicyVersion, SetDefaultPolicyVersionInput,
    SetDefaultPolicyVersionOutput,
};
use aws::value::Timestamp;
use kvs::iam::{self, IamError, IamErrorKind};
use kvs::limits;

use super::managed::{self, Managed};
use super::page::Window;
use super::target::Target;
use super::{change, document};
use crate::ops::{ApiError, Caller, Cx, authority};

/// Adds a version.
///
/// # Errors
///
/// `NoSuchEntity`, `LimitExceeded`, `MalformedPolicyDocument`, `InvalidInput`, denial.
pub async fn create_policy_version(
    cx: &Cx,
    caller: &Caller,
    input: CreatePolicyVersionInput,
) -> Result<CreatePolicyVersionOutput, ApiError> {
    let arn = &input.policy_arn;
    check_change(cx, caller, Op::CreatePolicyVersion, arn)?;
    let document = document::parse(&input.policy_document, DocumentKind::Identity)?;
    document::check_size(&document, "PolicySize", limits::POLICY_CHARS_MAX)?;
    let version = iam::PolicyVersion {
        document: input.policy_document.into(),
        created_ms: cx.server.clock.now_ms(),
    };
    let is_default = input.set_as_default.unwrap_or(false);
    let number = change(cx, caller, |directory| {
        directory.add_policy_version(arn, version.clone(), is_default)
    })
    .await?;
    let policy_version = Some(PolicyVersion {
        create_date: Some(Timestamp(version.created_ms as i64)),
        document: None,
        is_default_version: Some(is_default),
        version_id: Some(format!("v{number}")),
    });
    Ok(CreatePolicyVersionOutput { policy_version })
}

/// Tells of a version, with its document.
///
/// # Errors
///
/// `NoSuchEntity`, `InvalidInput`, denial.
pub async fn get_policy_version(
    cx: &Cx,
    caller: &Caller,
    input: GetPolicyVersionInput,
) -> Result<GetPolicyVersionOutput, ApiError> {
    let (arn, id) = (&input.policy_arn, &input.version_id);
    managed::check_arn(arn)?;
    let op = Op::GetPolicyVersion;
    authority::check(cx, caller, &Target::policy(caller, arn).ask(op))?;
    let versions = Managed::get(&caller.directory, arn)?.versions();
    let mut versions = versions.into_iter();
    let found = versions.find(|version| version.version_id.as_ref() == Some(id));
    let policy_version = found.ok_or_else(|| missing(arn, id))?;
    Ok(GetPolicyVersionOutput {
        policy_version: Some(policy_version),
    })
}

/// Deletes a version that is not the default one.
///
/// # Errors
///
/// `NoSuchEntity`, `DeleteConflict`, `InvalidInput`, denial.
pub async fn delete_policy_version(
    cx: &Cx,
    caller: &Caller,
    input: DeletePolicyVersionInput,
) -> Result<DeletePolicyVersionOutput, ApiError> {
    let arn = &input.policy_arn;
    check_change(cx, caller, Op::DeletePolicyVersion, arn)?;
    let number = number(&input.version_id).ok_or_else(|| missing(arn, &input.version_id));
    change(cx, caller, |directory| {
        directory.delete_policy_version(arn, number.clone()?)
    })
    .await?;
    Ok(DeletePolicyVersionOutput {})
}

/// Lists versions, newest first, without their documents.
///
/// # Errors
///
/// `NoSuchEntity`, `InvalidInput`, denial.
pub async fn list_policy_versions(
    cx: &Cx,
    caller: &Caller,
    input: ListPolicyVersionsInput,
) -> Result<ListPolicyVersionsOutput, ApiError> {
    let arn = &input.policy_arn;
    managed::check_arn(arn)?;
    let window = Window::new(input.marker.as_deref(), input.max_items)?;
    let op = Op::ListPolicyVersions;
    authority::check(cx, caller, &Target::policy(caller, arn).ask(op))?;
    let versions = Managed::get(&caller.directory, arn)?.versions();
    let page = window.of(versions, newest_first);
    let page = page.map(|version| PolicyVersion {
        document: None,
        ..version
    });
    Ok(ListPolicyVersionsOutput {
        is_truncated: page.is_truncated,
        marker: page.marker,
        versions: Some(page.items),
    })
}

/// Makes a version the default one.
///
/// # Errors
///
/// `NoSuchEntity`, `InvalidInput`, denial.
pub async fn set_default_policy_version(
    cx: &Cx,
    caller: &Caller,
    input: SetDefaultPolicyVersionInput,
) -> Result<SetDefaultPolicyVersionOutput, ApiError> {
    let arn = &input.policy_arn;
    check_change(cx, caller, Op::SetDefaultPolicyVersion, arn)?;
    let number = number(&input.version_id).ok_or_else(|| missing(arn, &input.version_id));
    let now_ms = cx.server.clock.now_ms();
    change(cx, caller, |directory| {
        directory.set_default_policy_version(arn, number.clone()?, now_ms)
    })
    .await?;
    Ok(SetDefaultPolicyVersionOutput {})
}

/// What comes before every change of a policy.
fn check_change(cx: &Cx, caller: &Caller, op: Op, arn: &str) -> Result<(), ApiError> {
    managed::check_arn(arn)?;
    authority::check(cx, caller, &Target::policy(caller, arn).ask(op))?;
    managed::check_own(caller, op.action(), arn)
}

/// The number of `v3`; `None` if no version can be called that.
fn number(id: &str) -> Option<u32> {
    let digits = id.strip_prefix('v')?;
    digits.parse().ok()
}

fn missing(arn: &str, id: &str) -> IamError {
    let message = format!("Policy {arn} version {id} does not exist or is not attachable.");
    IamError::new(IamErrorKind::NoSuchEntity, message)
}

/// A key that sorts higher versions first.
fn newest_first(version: &PolicyVersion) -> String {
    let number = version.version_id.as_deref().and_then(number);
    format!("{:010}", u32::MAX - number.unwrap_or_default())
}

//! IAM operations, by the noun they are about. Each decides on the account's directory
//! and changes it in one go: see [`change`].

pub mod attachments;
pub mod document;
pub mod groups;
pub mod inline;
pub mod managed;
pub mod page;
pub mod policies;
pub mod policy_versions;
pub mod tags;
pub mod target;

use aws::op::Op;
use aws::shapes::iam;
use kvs::iam::{Directory, IamError};

use crate::directories::ChangeError;
use crate::ops::{ApiError, Caller, Cx, input_error};

/// Makes `dispatch` of a table of operations: name, input, function.
macro_rules! operations {
    ($($op:ident($input:ident) => $($operation:ident)::+,)*) => {
        /// Carries out an operation; the answer's XML.
        ///
        /// # Errors
        ///
        /// The operation's own.
        pub async fn dispatch(
            cx: &Cx,
            caller: &Caller,
            op: Op,
            form: &[u8],
        ) -> Result<String, ApiError> {
            match op {
                $(Op::$op => {
                    let input = iam::$input::from_query(form);
                    let input = input.map_err(|error| input_error(op, &error))?;
                    // Boxed: one request's future need not have room for each of these.
                    let output = Box::pin($($operation)::+(cx, caller, input)).await?;
                    Ok(output.to_xml(&cx.request_id))
                })*
                other => Err(ApiError::not_implemented(other.name())),
            }
        }
    };
}

operations! {
    CreateGroup(CreateGroupInput) => groups::create_group,
    AttachGroupPolicy(AttachGroupPolicyInput) => attachments::attach_group_policy,
    AttachRolePolicy(AttachRolePolicyInput) => attachments::attach_role_policy,
    AttachUserPolicy(AttachUserPolicyInput) => attachments::attach_user_policy,
    CreatePolicy(CreatePolicyInput) => policies::create_policy,
    CreatePolicyVersion(CreatePolicyVersionInput) => policy_versions::create_policy_version,
    DeleteGroupPolicy(DeleteGroupPolicyInput) => inline::delete_group_policy,
    DeletePolicy(DeletePolicyInput) => policies::delete_policy,
    DeletePolicyVersion(DeletePolicyVersionInput) => policy_versions::delete_policy_version,
    DeleteRolePolicy(DeleteRolePolicyInput) => inline::delete_role_policy,
    DeleteUserPolicy(DeleteUserPolicyInput) => inline::delete_user_policy,
    DetachGroupPolicy(DetachGroupPolicyInput) => attachments::detach_group_policy,
    DetachRolePolicy(DetachRolePolicyInput) => attachments::detach_role_policy,
    DetachUserPolicy(DetachUserPolicyInput) => attachments::detach_user_policy,
    GetGroupPolicy(GetGroupPolicyInput) => inline::get_group_policy,
    GetPolicy(GetPolicyInput) => policies::get_policy,
    GetPolicyVersion(GetPolicyVersionInput) => policy_versions::get_policy_version,
    GetRolePolicy(GetRolePolicyInput) => inline::get_role_policy,
    GetUserPolicy(GetUserPolicyInput) => inline::get_user_policy,
    ListAttachedGroupPolicies(ListAttachedGroupPoliciesInput)
        => attachments::list_attached_group_policies,
    ListAttachedRolePolicies(ListAttachedRolePoliciesInput)
        => attachments::list_attached_role_policies,
    ListAttachedUserPolicies(ListAttachedUserPoliciesInput)
        => attachments::list_attached_user_policies,
    ListEntitiesForPolicy(ListEntitiesForPolicyInput) => policies::list_entities_for_policy,
    ListGroupPolicies(ListGroupPoliciesInput) => inline::list_group_policies,
    ListPolicies(ListPoliciesInput) => policies::list_policies,
    ListPolicyVersions(ListPolicyVersionsInput) => policy_versions::list_policy_versions,
    ListRolePolicies(ListRolePoliciesInput) => inline::list_role_policies,
    ListUserPolicies(ListUserPoliciesInput) => inline::list_user_policies,
    PutGroupPolicy(PutGroupPolicyInput) => inline::put_group_policy,
    PutRolePolicy(PutRolePolicyInput) => inline::put_role_policy,
    PutUserPolicy(PutUserPolicyInput) => inline::put_user_policy,
    SetDefaultPolicyVersion(SetDefaultPolicyVersionInput)
        => policy_versions::set_default_policy_version,
}

/// Changes the caller's account: `operation` decides on the newest directory and changes
/// it. It may run more than once and must do nothing else. The change is durable when
/// this returns, and every later request sees it.
///
/// # Errors
///
/// The operation's refusal, or the store's.
pub async fn change<T>(
    cx: &Cx,
    caller: &Caller,
    operation: impl FnMut(&mut Directory) -> Result<T, IamError>,
) -> Result<T, ApiError> {
    let server = &cx.server;
    let directories = &server.directories;
    let changed = directories.change(&server.store, caller.account, operation);
    match changed.await {
        Ok((value, _)) => Ok(value),
        Err(ChangeError::Refused(error)) => Err(error.into()),
        Err(ChangeError::Store(error)) => Err(error.into()),
    }
}

impl From<IamError> for ApiError {
    fn from(error: IamError) -> ApiError {
        ApiError::new(error.kind.code(), error.kind.status(), error.message)
    }
}

//! Managed policies on users, groups and roles: AttachUserPolicy and its kin.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_AttachUserPolicy.html>

use aws::op::Op;
use aws::shapes::iam::{
    AttachGroupPolicyInput, AttachGroupPolicyOutput, AttachRolePolicyInput, AttachRolePolicyOutput,
    AttachUserPolicyInput, AttachUserPolicyOutput, AttachedPolicy, DetachGroupPolicyInput,
    DetachGroupPolicyOutput, DetachRolePolicyInput, DetachRolePolicyOutput, DetachUserPolicyInput,
    DetachUserPolicyOutput, ListAttachedGroupPoliciesInput, ListAttachedGroupPoliciesOutput,
    ListAttachedRolePoliciesInput, ListAttachedRolePoliciesOutput, ListAttachedUserPoliciesInput,
    ListAttachedUserPoliciesOutput,
};
use kvs::iam::HolderKind;

use super::page::{Page, Window};
use super::target::Target;
use super::{change, managed};
use crate::ops::{ApiError, Caller, Cx, authority};

macro_rules! operations {
    ($kind:ident, $name:ident:
        $attach:ident($AttachOp:ident, $AttachInput:ident) => $AttachOutput:ident,
        $detach:ident($DetachOp:ident, $DetachInput:ident) => $DetachOutput:ident,
        $list:ident($ListOp:ident, $ListInput:ident) => $ListOutput:ident,
    ) => {
        /// Attaches a policy.
        ///
        /// # Errors
        ///
        /// `NoSuchEntity`, `LimitExceeded`, `InvalidInput`, `UnmodifiableEntity`, denial.
        pub async fn $attach(
            cx: &Cx,
            caller: &Caller,
            input: $AttachInput,
        ) -> Result<$AttachOutput, ApiError> {
            let whom = (HolderKind::$kind, &input.$name[..]);
            attach(cx, caller, Op::$AttachOp, whom, &input.policy_arn).await?;
            Ok($AttachOutput {})
        }

        /// Detaches a policy.
        ///
        /// # Errors
        ///
        /// `NoSuchEntity`, `InvalidInput`, `UnmodifiableEntity`, denial.
        pub async fn $detach(
            cx: &Cx,
            caller: &Caller,
            input: $DetachInput,
        ) -> Result<$DetachOutput, ApiError> {
            let whom = (HolderKind::$kind, &input.$name[..]);
            detach(cx, caller, Op::$DetachOp, whom, &input.policy_arn).await?;
            Ok($DetachOutput {})
        }

        /// Lists attached policies, sorted by name.
        ///
        /// # Errors
        ///
        /// `NoSuchEntity`, `ValidationError` for a marker, denial.
        pub async fn $list(
            cx: &Cx,
            caller: &Caller,
            input: $ListInput,
        ) -> Result<$ListOutput, ApiError> {
            let window = Window::new(input.marker.as_deref(), input.max_items)?;
            let whom = (HolderKind::$kind, &input.$name[..]);
            let prefix = input.path_prefix.as_deref();
            let page = list(cx, caller, Op::$ListOp, whom, (&window, prefix))?;
            Ok($ListOutput {
                attached_policies: Some(page.items),
                is_truncated: page.is_truncated,
                marker: page.marker,
            })
        }
    };
}

operations! { User, user_name:
    attach_user_policy(AttachUserPolicy, AttachUserPolicyInput) => AttachUserPolicyOutput,
    detach_user_policy(DetachUserPolicy, DetachUserPolicyInput) => DetachUserPolicyOutput,
    list_attached_user_policies(ListAttachedUserPolicies, ListAttachedUserPoliciesInput)
        => ListAttachedUserPoliciesOutput,
}

operations! { Group, group_name:
    attach_group_policy(AttachGroupPolicy, AttachGroupPolicyInput) => AttachGroupPolicyOutput,
    detach_group_policy(DetachGroupPolicy, DetachGroupPolicyInput) => DetachGroupPolicyOutput,
    list_attached_group_policies(ListAttachedGroupPolicies, ListAttachedGroupPoliciesInput)
        => ListAttachedGroupPoliciesOutput,
}

operations! { Role, role_name:
    attach_role_policy(AttachRolePolicy, AttachRolePolicyInput) => AttachRolePolicyOutput,
    detach_role_policy(DetachRolePolicy, DetachRolePolicyInput) => DetachRolePolicyOutput,
    list_attached_role_policies(ListAttachedRolePolicies, ListAttachedRolePoliciesInput)
        => ListAttachedRolePoliciesOutput,
}

async fn attach(
    cx: &Cx,
    caller: &Caller,
    op: Op,
    (kind, name): (HolderKind, &str),
    arn: &str,
) -> Result<(), ApiError> {
    managed::check_arn(arn)?;
    let target = Target::holder(caller, kind, name);
    authority::check(cx, caller, &target.ask(op).key(POLICY_ARN, arn))?;
    let is_global = managed::is_global(arn);
    change(cx, caller, |directory| {
        directory.attach(kind, name, arn, is_global)
    })
    .await
}

async fn detach(
    cx: &Cx,
    caller: &Caller,
    op: Op,
    (kind, name): (HolderKind, &str),
    arn: &str,
) -> Result<(), ApiError> {
    managed::check_arn(arn)?;
    let target = Target::holder(caller, kind, name);
    authority::check(cx, caller, &target.ask(op).key(POLICY_ARN, arn))?;
    change(cx, caller, |directory| directory.detach(kind, name, arn)).await
}

fn list(
    cx: &Cx,
    caller: &Caller,
    op: Op,
    (kind, name): (HolderKind, &str),
    (window, prefix): (&Window, Option<&str>),
) -> Result<Page<AttachedPolicy>, ApiError> {
    authority::check(cx, caller, &Target::holder(caller, kind, name).ask(op))?;
    let directory = &caller.directory;
    let holder = directory.holder(kind, name)?;
    let prefix = prefix.unwrap_or("/");
    let attached = managed::attached(directory, holder.attached()).into_iter();
    let attached = attached.filter(|(policy, _)| policy.path().starts_with(prefix));
    let page = window.of(attached, |(policy, _)| policy.key());
    Ok(page.map(|(_, shape)| shape))
}

const POLICY_ARN: &str = "iam:PolicyARN";

//! Inline policies of users, groups and roles: PutUserPolicy and its kin.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutUserPolicy.html>

use std::sync::Arc;

use aws::op::Op;
use aws::policy::{DocumentKind, significant_len};
use aws::shapes::iam::{
    DeleteGroupPolicyInput, DeleteGroupPolicyOutput, DeleteRolePolicyInput, DeleteRolePolicyOutput,
    DeleteUserPolicyInput, DeleteUserPolicyOutput, GetGroupPolicyInput, GetGroupPolicyOutput,
    GetRolePolicyInput, GetRolePolicyOutput, GetUserPolicyInput, GetUserPolicyOutput,
    ListGroupPoliciesInput, ListGroupPoliciesOutput, ListRolePoliciesInput, ListRolePoliciesOutput,
    ListUserPoliciesInput, ListUserPoliciesOutput, PutGroupPolicyInput, PutGroupPolicyOutput,
    PutRolePolicyInput, PutRolePolicyOutput, PutUserPolicyInput, PutUserPolicyOutput,
};
use kvs::iam::shelf::fold;
use kvs::iam::{Holder, HolderKind};

use super::page::{Page, Window};
use super::target::Target;
use super::{change, document};
use crate::ops::{ApiError, Caller, Cx, authority};

macro_rules! operations {
    ($kind:ident, $name:ident:
        $put:ident($PutOp:ident, $PutInput:ident) => $PutOutput:ident,
        $get:ident($GetOp:ident, $GetInput:ident) => $GetOutput:ident,
        $delete:ident($DeleteOp:ident, $DeleteInput:ident) => $DeleteOutput:ident,
        $list:ident($ListOp:ident, $ListInput:ident) => $ListOutput:ident,
    ) => {
        /// Sets an inline policy, in the place of one of that name.
        ///
        /// # Errors
        ///
        /// `NoSuchEntity`, `LimitExceeded`, `MalformedPolicyDocument`, `UnmodifiableEntity`,
        /// denial.
        pub async fn $put(
            cx: &Cx,
            caller: &Caller,
            input: $PutInput,
        ) -> Result<$PutOutput, ApiError> {
            let whom = (HolderKind::$kind, &input.$name[..]);
            let policy = (&input.policy_name[..], input.policy_document);
            put(cx, caller, Op::$PutOp, whom, policy).await?;
            Ok($PutOutput {})
        }

        /// Tells an inline policy.
        ///
        /// # Errors
        ///
        /// `NoSuchEntity`, denial.
        pub async fn $get(
            cx: &Cx,
            caller: &Caller,
            input: $GetInput,
        ) -> Result<$GetOutput, ApiError> {
            let holder = held(cx, caller, Op::$GetOp, (HolderKind::$kind, &input.$name))?;
            let (name, text) = holder.inline_policy(&input.policy_name)?;
            Ok($GetOutput {
                policy_document: document::encoded(text),
                policy_name: name.to_owned(),
                $name: holder.name().to_owned(),
            })
        }

        /// Takes an inline policy away.
        ///
        /// # Errors
        ///
        /// `NoSuchEntity`, `UnmodifiableEntity`, denial.
        pub async fn $delete(
            cx: &Cx,
            caller: &Caller,
            input: $DeleteInput,
        ) -> Result<$DeleteOutput, ApiError> {
            let (kind, name) = (HolderKind::$kind, &input.$name[..]);
            let target = Target::holder(caller, kind, name);
            authority::check(cx, caller, &target.ask(Op::$DeleteOp))?;
            change(cx, caller, |directory| {
                directory.delete_inline(kind, name, &input.policy_name)
            })
            .await?;
            Ok($DeleteOutput {})
        }

        /// Lists the names of inline policies.
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
            let holder = held(cx, caller, Op::$ListOp, (HolderKind::$kind, &input.$name))?;
            let page = names(&holder, &window);
            Ok($ListOutput {
                policy_names: page.items,
                is_truncated: page.is_truncated,
                marker: page.marker,
            })
        }
    };
}

operations! { User, user_name:
    put_user_policy(PutUserPolicy, PutUserPolicyInput) => PutUserPolicyOutput,
    get_user_policy(GetUserPolicy, GetUserPolicyInput) => GetUserPolicyOutput,
    delete_user_policy(DeleteUserPolicy, DeleteUserPolicyInput) => DeleteUserPolicyOutput,
    list_user_policies(ListUserPolicies, ListUserPoliciesInput) => ListUserPoliciesOutput,
}

operations! { Group, group_name:
    put_group_policy(PutGroupPolicy, PutGroupPolicyInput) => PutGroupPolicyOutput,
    get_group_policy(GetGroupPolicy, GetGroupPolicyInput) => GetGroupPolicyOutput,
    delete_group_policy(DeleteGroupPolicy, DeleteGroupPolicyInput) => DeleteGroupPolicyOutput,
    list_group_policies(ListGroupPolicies, ListGroupPoliciesInput) => ListGroupPoliciesOutput,
}

operations! { Role, role_name:
    put_role_policy(PutRolePolicy, PutRolePolicyInput) => PutRolePolicyOutput,
    get_role_policy(GetRolePolicy, GetRolePolicyInput) => GetRolePolicyOutput,
    delete_role_policy(DeleteRolePolicy, DeleteRolePolicyInput) => DeleteRolePolicyOutput,
    list_role_policies(ListRolePolicies, ListRolePoliciesInput) => ListRolePoliciesOutput,
}

async fn put(
    cx: &Cx,
    caller: &Caller,
    op: Op,
    (kind, name): (HolderKind, &str),
    (policy, text): (&str, String),
) -> Result<(), ApiError> {
    authority::check(cx, caller, &Target::holder(caller, kind, name).ask(op))?;
    document::parse(&text, DocumentKind::Identity)?;
    let text: Arc<str> = text.into();
    change(cx, caller, |directory| {
        directory.put_inline(kind, name, (policy, &text), significant_len)
    })
    .await
}

/// The user, group or role of a question, if the caller may ask it.
fn held(
    cx: &Cx,
    caller: &Caller,
    op: Op,
    (kind, name): (HolderKind, &str),
) -> Result<Holder, ApiError> {
    authority::check(cx, caller, &Target::holder(caller, kind, name).ask(op))?;
    Ok(caller.directory.holder(kind, name)?)
}

fn names(holder: &Holder, window: &Window) -> Page<String> {
    let mut names: Vec<String> = holder.inline().keys().cloned().collect();
    names.sort_by_cached_key(|name| fold(name));
    window.of(names, |name| fold(name))
}

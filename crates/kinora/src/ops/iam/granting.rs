//! ListPoliciesGrantingServiceAccess: which policies let an identity use a service.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListPoliciesGrantingServiceAccess.html>

use aws::op::Op;
use aws::shapes::iam::{
    ListPoliciesGrantingServiceAccessEntry, ListPoliciesGrantingServiceAccessInput,
    ListPoliciesGrantingServiceAccessOutput, PolicyGrantingServiceAccess, PolicyOwnerEntityType,
    PolicyType,
};
use kvs::iam::HolderKind;

use super::page::Window;
use super::principal::{self, Held};
use super::target::Target;
use crate::ops::{ApiError, Caller, Cx, authority};

/// Lists policies by service. Only what policies allow counts, not boundaries or denials.
///
/// # Errors
///
/// `NoSuchEntity`, `InvalidInput`, `ValidationError` for a marker, denial.
pub async fn list_policies_granting_service_access(
    cx: &Cx,
    caller: &Caller,
    input: ListPoliciesGrantingServiceAccessInput,
) -> Result<ListPoliciesGrantingServiceAccessOutput, ApiError> {
    let window = Window::new(input.marker.as_deref(), None)?;
    let op = Op::ListPoliciesGrantingServiceAccess;
    authority::check(cx, caller, &Target::by_arn(caller, &input.arn).ask(op))?;
    let directory = &caller.directory;
    let holder = principal::holder(directory, &input.arn)?;
    let held = principal::policies(&cx.server.standings, directory, &holder)?;
    let services = input.service_namespaces.into_iter().enumerate();
    let page = window.of(services, |(index, _)| format!("{index:04}"));
    let page = page.map(|(_, service)| {
        let granting = held
            .iter()
            .filter(|held| held.sourced.document.grants_service(&service));
        ListPoliciesGrantingServiceAccessEntry {
            policies: Some(granting.map(shape).collect()),
            service_namespace: Some(service),
        }
    });
    Ok(ListPoliciesGrantingServiceAccessOutput {
        is_truncated: page.is_truncated,
        marker: page.marker,
        policies_granting_service_access: page.items,
    })
}

fn shape(held: &Held) -> PolicyGrantingServiceAccess {
    let kind = match held.holder.kind() {
        HolderKind::User => PolicyOwnerEntityType::User,
        HolderKind::Group => PolicyOwnerEntityType::Group,
        HolderKind::Role => PolicyOwnerEntityType::Role,
    };
    // A managed policy belongs to nobody in particular.
    let is_inline = held.arn.is_none();
    PolicyGrantingServiceAccess {
        entity_name: is_inline.then(|| held.holder.name().to_owned()),
        entity_type: is_inline.then_some(kind),
        policy_arn: held.arn.clone(),
        policy_name: held.name.clone(),
        policy_type: match is_inline {
            true => PolicyType::Inline,
            false => PolicyType::Managed,
        },
    }
}

//! Managed policies: CreatePolicy and its kin.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreatePolicy.html>

use aws::op::Op;
use aws::policy::DocumentKind;
use aws::shapes::iam::{
    self, CreatePolicyInput, CreatePolicyOutput, DeletePolicyInput, DeletePolicyOutput, EntityType,
    GetPolicyInput, GetPolicyOutput, ListEntitiesForPolicyInput, ListEntitiesForPolicyOutput,
    ListPoliciesInput, ListPoliciesOutput, PolicyScopeType, PolicyUsageType,
};
use kvs::iam::shelf::fold;
use kvs::iam::{EntityId, Holder, HolderKind, IdPrefix, Policy, PolicyVersion, Usage, Used, arn};
use kvs::limits;

use super::managed::{self, Managed};
use super::page::Window;
use super::target::Target;
use super::{change, document, tags};
use crate::ops::authority::{self, Ask};
use crate::ops::{ApiError, Caller, Cx};
use crate::server;

/// Creates a policy; its first version is the default one.
///
/// # Errors
///
/// `EntityAlreadyExists`, `LimitExceeded`, `MalformedPolicyDocument`, `InvalidInput`, denial.
pub async fn create_policy(
    cx: &Cx,
    caller: &Caller,
    input: CreatePolicyInput,
) -> Result<CreatePolicyOutput, ApiError> {
    let tags = tags::given(input.tags.as_deref())?;
    let path = input.path.unwrap_or_else(|| "/".to_owned());
    let arn = arn::identity(caller.account, "policy", &path, &input.policy_name);
    let ask = Ask::new(Op::CreatePolicy, &arn).request_tags(tags.iter());
    authority::check(cx, caller, &ask)?;
    let document = document::parse(&input.policy_document, DocumentKind::Identity)?;
    document::check_size(&document, "PolicySize", limits::POLICY_CHARS_MAX)?;
    let created_ms = cx.server.clock.now_ms();
    let version = PolicyVersion {
        document: input.policy_document.into(),
        created_ms,
    };
    let policy = Policy {
        id: EntityId::mint(IdPrefix::Policy, server::random()),
        name: input.policy_name,
        path,
        created_ms,
        updated_ms: created_ms,
        description: input.description,
        tags,
        versions: [(1, version)].into(),
        default_version: 1,
        last_version: 1,
    };
    let max = cx.server.config.quotas.policies_per_account_max;
    change(cx, caller, |directory| {
        directory.create_policy(policy.clone(), max)
    })
    .await?;
    let policy = Managed::Local(policy.into());
    let policy = Some(policy.full_shape(caller.account, Used::default()));
    Ok(CreatePolicyOutput { policy })
}

/// Tells of a policy.
///
/// # Errors
///
/// `NoSuchEntity`, `InvalidInput`, denial.
pub async fn get_policy(
    cx: &Cx,
    caller: &Caller,
    input: GetPolicyInput,
) -> Result<GetPolicyOutput, ApiError> {
    let arn = input.policy_arn;
    managed::check_arn(&arn)?;
    authority::check(cx, caller, &Target::policy(caller, &arn).ask(Op::GetPolicy))?;
    let directory = &caller.directory;
    let used = Used::of(directory, &arn);
    let policy = Managed::get(directory, &arn)?.full_shape(caller.account, used);
    Ok(GetPolicyOutput {
        policy: Some(policy),
    })
}

/// Deletes a policy that nothing uses.
///
/// # Errors
///
/// `NoSuchEntity`, `DeleteConflict`, `InvalidInput`, denial.
pub async fn delete_policy(
    cx: &Cx,
    caller: &Caller,
    input: DeletePolicyInput,
) -> Result<DeletePolicyOutput, ApiError> {
    let arn = input.policy_arn;
    managed::check_arn(&arn)?;
    let op = Op::DeletePolicy;
    authority::check(cx, caller, &Target::policy(caller, &arn).ask(op))?;
    managed::check_own(caller, op.action(), &arn)?;
    change(cx, caller, |directory| directory.delete_policy(&arn)).await?;
    Ok(DeletePolicyOutput {})
}

/// Lists policies, of AWS and of the account.
///
/// # Errors
///
/// `ValidationError` for a marker, denial.
pub async fn list_policies(
    cx: &Cx,
    caller: &Caller,
    input: ListPoliciesInput,
) -> Result<ListPoliciesOutput, ApiError> {
    let window = Window::new(input.marker.as_deref(), input.max_items)?;
    authority::check(cx, caller, &Ask::new(Op::ListPolicies, "*"))?;
    let (directory, account) = (&caller.directory, caller.account);
    let usage = Usage::of(directory);
    let prefix = input.path_prefix.as_deref().unwrap_or("/");
    let is_meant = |(policy, used): &(Managed, Used)| {
        let in_scope = match (input.scope, policy) {
            (Some(PolicyScopeType::Aws), Managed::Local(_))
            | (Some(PolicyScopeType::Local), Managed::Aws(_)) => false,
            (_, policy) => policy.path().starts_with(prefix),
        };
        let is_used = match input.policy_usage_filter {
            None | Some(PolicyUsageType::PermissionsPolicy) => used.attachments > 0,
            Some(PolicyUsageType::PermissionsBoundary) => used.boundaries > 0,
        };
        let is_free = input.only_attached != Some(true) && input.policy_usage_filter.is_none();
        in_scope && (is_free || is_used)
    };
    let found = Managed::all(directory).into_iter().map(|policy| {
        let used = usage.used(&policy.arn(account));
        (policy, used)
    });
    let page = window.of(found.filter(is_meant), |(policy, _)| policy.key());
    let page = page.map(|(policy, used)| policy.shape(account, used));
    Ok(ListPoliciesOutput {
        is_truncated: page.is_truncated,
        marker: page.marker,
        policies: Some(page.items),
    })
}

/// Lists the users, groups and roles that a policy is attached to or bounds.
///
/// # Errors
///
/// `NoSuchEntity`, `InvalidInput`, denial.
pub async fn list_entities_for_policy(
    cx: &Cx,
    caller: &Caller,
    input: ListEntitiesForPolicyInput,
) -> Result<ListEntitiesForPolicyOutput, ApiError> {
    let arn = &input.policy_arn;
    managed::check_arn(arn)?;
    let window = Window::new(input.marker.as_deref(), input.max_items)?;
    let op = Op::ListEntitiesForPolicy;
    authority::check(cx, caller, &Target::policy(caller, arn).ask(op))?;
    Managed::get(&caller.directory, arn)?;
    let mut found: Vec<Holder> = caller.directory.holders().collect();
    found.retain(|holder| uses(holder, &input));
    let key = |holder: &Holder| format!("{}/{}", holder.kind().noun(), fold(holder.name()));
    found.sort_by_cached_key(key);
    let page = window.of(found, key);
    let of = |kind: HolderKind| page.items.iter().filter(move |h| h.kind() == kind);
    let text = |holder: &Holder| (holder.name().to_owned(), holder.id().to_string());
    let groups = of(HolderKind::Group).map(|holder| {
        let (name, id) = text(holder);
        iam::PolicyGroup {
            group_id: Some(id),
            group_name: Some(name),
        }
    });
    let roles = of(HolderKind::Role).map(|holder| {
        let (name, id) = text(holder);
        iam::PolicyRole {
            role_id: Some(id),
            role_name: Some(name),
        }
    });
    let users = of(HolderKind::User).map(|holder| {
        let (name, id) = text(holder);
        iam::PolicyUser {
            user_id: Some(id),
            user_name: Some(name),
        }
    });
    Ok(ListEntitiesForPolicyOutput {
        policy_groups: Some(groups.collect()),
        policy_roles: Some(roles.collect()),
        policy_users: Some(users.collect()),
        is_truncated: page.is_truncated,
        marker: page.marker,
    })
}

/// Whether an entity uses the policy in the way that is asked for.
fn uses(holder: &Holder, input: &ListEntitiesForPolicyInput) -> bool {
    let is_kind = match input.entity_filter {
        None => true,
        Some(EntityType::User) => holder.kind() == HolderKind::User,
        Some(EntityType::Group) => holder.kind() == HolderKind::Group,
        Some(EntityType::Role) => holder.kind() == HolderKind::Role,
        Some(EntityType::LocalManagedPolicy | EntityType::AwsManagedPolicy) => false,
    };
    let is_attached = holder.attached().contains(&input.policy_arn);
    let is_bounded = holder.boundary() == Some(&input.policy_arn);
    let is_used = match input.policy_usage_filter {
        None => is_attached || is_bounded,
        Some(PolicyUsageType::PermissionsPolicy) => is_attached,
        Some(PolicyUsageType::PermissionsBoundary) => is_bounded,
    };
    let prefix = input.path_prefix.as_deref().unwrap_or("/");
    is_kind && is_used && holder.path().starts_with(prefix)
}

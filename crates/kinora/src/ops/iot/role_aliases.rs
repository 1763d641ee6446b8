//! Role aliases: CreateRoleAlias and its kin.

use aws::op::Op;
use aws::policy::actions::PASS_ROLE;
use aws::shapes::iot as wire;
use aws::value::Timestamp;
use kvs::iot::{IotEntity, IotKind, RoleAlias};

use crate::ops::authority;
use crate::ops::iam::target::Target;
use crate::ops::iot::device::SERVICE;
use crate::ops::iot::page::page;
use crate::ops::iot::{arn, ask, changed, keep, missing};
use crate::ops::{ApiError, Caller, Cx};

/// CreateRoleAlias. The caller must be allowed to hand the role to devices.
///
/// # Errors
///
/// `ResourceAlreadyExistsException`, denial.
pub async fn create_role_alias(
    cx: &Cx,
    caller: &Caller,
    input: wire::CreateRoleAliasInput,
) -> Result<wire::CreateRoleAliasOutput, ApiError> {
    let name = input.role_alias;
    let arn = arn(cx, caller.account, "rolealias", &name);
    ask(cx, caller, Op::IotCreateRoleAlias, &arn)?;
    pass_role(cx, caller, Op::IotCreateRoleAlias, &input.role_arn, &arn)?;
    let now_ms = cx.server.clock.now_ms();
    let alias = RoleAlias {
        name: name.clone(),
        role_arn: input.role_arn,
        duration_s: seconds(input.credential_duration_seconds),
        created_ms: now_ms,
        updated_ms: now_ms,
    };
    keep(cx, caller, &IotEntity::RoleAlias(alias)).await?;
    Ok(wire::CreateRoleAliasOutput {
        role_alias: Some(name),
        role_alias_arn: Some(arn),
    })
}

/// DescribeRoleAlias.
///
/// # Errors
///
/// `ResourceNotFoundException`, denial.
pub async fn describe_role_alias(
    cx: &Cx,
    caller: &Caller,
    input: wire::DescribeRoleAliasInput,
) -> Result<wire::DescribeRoleAliasOutput, ApiError> {
    let arn = arn(cx, caller.account, "rolealias", &input.role_alias);
    ask(cx, caller, Op::IotDescribeRoleAlias, &arn)?;
    let alias = find(cx, caller, &input.role_alias).await?;
    Ok(wire::DescribeRoleAliasOutput {
        role_alias_description: Some(wire::RoleAliasDescription {
            creation_date: Some(Timestamp(alias.created_ms as i64)),
            credential_duration_seconds: i32::try_from(alias.duration_s).ok(),
            last_modified_date: Some(Timestamp(alias.updated_ms as i64)),
            owner: Some(caller.account.to_string()),
            role_alias: Some(alias.name),
            role_alias_arn: Some(arn),
            role_arn: Some(alias.role_arn),
        }),
    })
}

/// UpdateRoleAlias.
///
/// # Errors
///
/// `ResourceNotFoundException`, denial.
pub async fn update_role_alias(
    cx: &Cx,
    caller: &Caller,
    input: wire::UpdateRoleAliasInput,
) -> Result<wire::UpdateRoleAliasOutput, ApiError> {
    let arn = arn(cx, caller.account, "rolealias", &input.role_alias);
    ask(cx, caller, Op::IotUpdateRoleAlias, &arn)?;
    let old = find(cx, caller, &input.role_alias).await?;
    let mut new = old.clone();
    if let Some(role_arn) = input.role_arn {
        pass_role(cx, caller, Op::IotUpdateRoleAlias, &role_arn, &arn)?;
        new.role_arn = role_arn;
    }
    if input.credential_duration_seconds.is_some() {
        new.duration_s = seconds(input.credential_duration_seconds);
    }
    new.updated_ms = cx.server.clock.now_ms();
    let (old, new) = (IotEntity::RoleAlias(old), IotEntity::RoleAlias(new));
    changed(cx.server.store.put_iot(caller.account, &old, &new).await)?;
    Ok(wire::UpdateRoleAliasOutput {
        role_alias: Some(input.role_alias),
        role_alias_arn: Some(arn),
    })
}

/// DeleteRoleAlias.
///
/// # Errors
///
/// `ResourceNotFoundException`, denial.
pub async fn delete_role_alias(
    cx: &Cx,
    caller: &Caller,
    input: wire::DeleteRoleAliasInput,
) -> Result<wire::DeleteRoleAliasOutput, ApiError> {
    let name = &input.role_alias;
    let arn = arn(cx, caller.account, "rolealias", name);
    ask(cx, caller, Op::IotDeleteRoleAlias, &arn)?;
    find(cx, caller, name).await?;
    let store = &cx.server.store;
    store
        .delete_iot(caller.account, IotKind::RoleAlias, name)
        .await?;
    Ok(wire::DeleteRoleAliasOutput {})
}

/// ListRoleAliases.
///
/// # Errors
///
/// `InvalidRequestException`, denial.
pub async fn list_role_aliases(
    cx: &Cx,
    caller: &Caller,
    input: wire::ListRoleAliasesInput,
) -> Result<wire::ListRoleAliasesOutput, ApiError> {
    ask(cx, caller, Op::IotListRoleAliases, "*")?;
    let marker = input.marker.as_deref();
    let (listed, next) = page(cx, caller, IotKind::RoleAlias, marker, input.page_size).await?;
    let names = listed.into_iter().map(|entity| entity.name().to_owned());
    Ok(wire::ListRoleAliasesOutput {
        next_marker: next,
        role_aliases: Some(names.collect()),
    })
}

async fn find(cx: &Cx, caller: &Caller, name: &str) -> Result<RoleAlias, ApiError> {
    let store = &cx.server.store;
    match store.iot(caller.account, IotKind::RoleAlias, name).await? {
        Some(IotEntity::RoleAlias(alias)) => Ok(alias),
        _ => Err(missing("Role alias", name)),
    }
}

fn pass_role(
    cx: &Cx,
    caller: &Caller,
    op: Op,
    role_arn: &str,
    alias_arn: &str,
) -> Result<(), ApiError> {
    // Who may be handed over can depend on the role's tags.
    let target = Target::by_arn(caller, role_arn);
    let ask = target
        .ask(op)
        .action(PASS_ROLE)
        .key("iam:PassedToService", SERVICE)
        .key("iam:AssociatedResourceArn", alias_arn);
    authority::check(cx, caller, &ask)
}

fn seconds(asked: Option<i32>) -> u32 {
    let asked = asked.and_then(|seconds| u32::try_from(seconds).ok());
    asked.unwrap_or(DURATION_S)
}

const DURATION_S: u32 = 3600;

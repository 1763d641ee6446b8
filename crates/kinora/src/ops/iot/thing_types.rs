//! Thing types: CreateThingType and its kin.

use aws::op::Op;
use aws::shapes::iot as wire;
use aws::value::Timestamp;
use kvs::iot::{IotEntity, IotKind, ThingType};

use crate::ops::iot::page::page;
use crate::ops::iot::{arn, ask, changed, invalid, keep, missing, uuid};
use crate::ops::{ApiError, Caller, Cx};

/// CreateThingType.
///
/// # Errors
///
/// `ResourceAlreadyExistsException`, `LimitExceededException`, denial.
pub async fn create_thing_type(
    cx: &Cx,
    caller: &Caller,
    input: wire::CreateThingTypeInput,
) -> Result<wire::CreateThingTypeOutput, ApiError> {
    let name = input.thing_type_name;
    let arn = arn(cx, caller.account, "thingtype", &name);
    ask(cx, caller, Op::IotCreateThingType, &arn)?;
    let properties = input.thing_type_properties;
    let kind = ThingType {
        name: name.clone(),
        id: uuid(),
        description: properties
            .as_ref()
            .and_then(|p| p.thing_type_description.clone()),
        searchable: properties
            .and_then(|p| p.searchable_attributes)
            .unwrap_or_default(),
        created_ms: cx.server.clock.now_ms(),
        deprecated_ms: None,
    };
    let id = kind.id.clone();
    keep(cx, caller, &IotEntity::ThingType(kind)).await?;
    Ok(wire::CreateThingTypeOutput {
        thing_type_arn: Some(arn),
        thing_type_id: Some(id),
        thing_type_name: Some(name),
    })
}

/// DescribeThingType.
///
/// # Errors
///
/// `ResourceNotFoundException`, denial.
pub async fn describe_thing_type(
    cx: &Cx,
    caller: &Caller,
    input: wire::DescribeThingTypeInput,
) -> Result<wire::DescribeThingTypeOutput, ApiError> {
    let arn = arn(cx, caller.account, "thingtype", &input.thing_type_name);
    ask(cx, caller, Op::IotDescribeThingType, &arn)?;
    let kind = find(cx, caller, &input.thing_type_name).await?;
    Ok(wire::DescribeThingTypeOutput {
        thing_type_arn: Some(arn),
        thing_type_metadata: Some(metadata(&kind)),
        thing_type_properties: Some(properties(&kind)),
        thing_type_id: Some(kind.id),
        thing_type_name: Some(kind.name),
    })
}

/// DeprecateThingType: no new things of it, or again.
///
/// # Errors
///
/// `ResourceNotFoundException`, denial.
pub async fn deprecate_thing_type(
    cx: &Cx,
    caller: &Caller,
    input: wire::DeprecateThingTypeInput,
) -> Result<wire::DeprecateThingTypeOutput, ApiError> {
    let arn = arn(cx, caller.account, "thingtype", &input.thing_type_name);
    ask(cx, caller, Op::IotDeprecateThingType, &arn)?;
    let old = find(cx, caller, &input.thing_type_name).await?;
    let is_undone = input.undo_deprecate == Some(true);
    let new = ThingType {
        deprecated_ms: (!is_undone).then(|| cx.server.clock.now_ms()),
        ..old.clone()
    };
    let (old, new) = (IotEntity::ThingType(old), IotEntity::ThingType(new));
    changed(cx.server.store.put_iot(caller.account, &old, &new).await)?;
    Ok(wire::DeprecateThingTypeOutput {})
}

/// DeleteThingType: only a deprecated one.
///
/// # Errors
///
/// `ResourceNotFoundException`, `InvalidRequestException`, denial.
pub async fn delete_thing_type(
    cx: &Cx,
    caller: &Caller,
    input: wire::DeleteThingTypeInput,
) -> Result<wire::DeleteThingTypeOutput, ApiError> {
    let name = &input.thing_type_name;
    let arn = arn(cx, caller.account, "thingtype", name);
    ask(cx, caller, Op::IotDeleteThingType, &arn)?;
    if find(cx, caller, name).await?.deprecated_ms.is_none() {
        return Err(invalid(format!(
            "Cannot delete thing type : {name}. It must be deprecated first."
        )));
    }
    let store = &cx.server.store;
    store
        .delete_iot(caller.account, IotKind::ThingType, name)
        .await?;
    Ok(wire::DeleteThingTypeOutput {})
}

/// ListThingTypes.
///
/// # Errors
///
/// `InvalidRequestException`, denial.
pub async fn list_thing_types(
    cx: &Cx,
    caller: &Caller,
    input: wire::ListThingTypesInput,
) -> Result<wire::ListThingTypesOutput, ApiError> {
    ask(cx, caller, Op::IotListThingTypes, "*")?;
    let token = input.next_token.as_deref();
    let (listed, next) = page(cx, caller, IotKind::ThingType, token, input.max_results).await?;
    let shape = |entity: IotEntity| match entity {
        IotEntity::ThingType(kind) => Some(wire::ThingTypeDefinition {
            thing_type_arn: Some(arn(cx, caller.account, "thingtype", &kind.name)),
            thing_type_metadata: Some(metadata(&kind)),
            thing_type_properties: Some(properties(&kind)),
            thing_type_name: Some(kind.name),
        }),
        _ => None,
    };
    Ok(wire::ListThingTypesOutput {
        next_token: next,
        thing_types: Some(listed.into_iter().filter_map(shape).collect()),
    })
}

/// A thing type of the caller's account.
///
/// # Errors
///
/// `ResourceNotFoundException`.
pub async fn find(cx: &Cx, caller: &Caller, name: &str) -> Result<ThingType, ApiError> {
    let store = &cx.server.store;
    match store.iot(caller.account, IotKind::ThingType, name).await? {
        Some(IotEntity::ThingType(kind)) => Ok(kind),
        _ => Err(missing("Thing type", name)),
    }
}

fn metadata(kind: &ThingType) -> wire::ThingTypeMetadata {
    wire::ThingTypeMetadata {
        creation_date: Some(Timestamp(kind.created_ms as i64)),
        deprecated: Some(kind.deprecated_ms.is_some()),
        deprecation_date: kind.deprecated_ms.map(|ms| Timestamp(ms as i64)),
    }
}

fn properties(kind: &ThingType) -> wire::ThingTypeProperties {
    wire::ThingTypeProperties {
        searchable_attributes: Some(kind.searchable.clone()),
        thing_type_description: kind.description.clone(),
        mqtt5_configuration: None,
    }
}

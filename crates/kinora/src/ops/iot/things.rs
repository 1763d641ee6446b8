//! Things: CreateThing and its kin.

use std::collections::BTreeMap;

use aws::op::Op;
use aws::shapes::iot as wire;
use kvs::iot::{IotEntity, IotKind, Link, Thing};

use crate::ops::iot::page::page;
use crate::ops::iot::{arn, ask, changed, invalid, keep, missing, thing_types, uuid};
use crate::ops::{ApiError, Caller, Cx};

/// CreateThing: the same again is no error.
///
/// # Errors
///
/// `ResourceAlreadyExistsException` for one that differs, `ResourceNotFoundException` for
/// a missing type, `LimitExceededException`, denial.
pub async fn create_thing(
    cx: &Cx,
    caller: &Caller,
    input: wire::CreateThingInput,
) -> Result<wire::CreateThingOutput, ApiError> {
    let name = input.thing_name;
    let thing_arn = arn(cx, caller.account, "thing", &name);
    ask(cx, caller, Op::IotCreateThing, &thing_arn)?;
    if let Some(kind) = &input.thing_type_name
        && thing_types::find(cx, caller, kind)
            .await?
            .deprecated_ms
            .is_some()
    {
        return Err(invalid(format!("Thing type {kind} is deprecated")));
    }
    let given = input.attribute_payload.and_then(|p| p.attributes);
    let mut thing = Thing {
        name: name.clone(),
        id: uuid(),
        type_name: input.thing_type_name,
        attributes: attributes(given.unwrap_or_default())?,
        version: 1,
        created_ms: cx.server.clock.now_ms(),
    };
    let store = &cx.server.store;
    let known = store.iot(caller.account, IotKind::Thing, &name).await?;
    match known {
        Some(IotEntity::Thing(known))
            if known.type_name == thing.type_name && known.attributes == thing.attributes =>
        {
            thing = known;
        }
        _ => {
            keep(cx, caller, &IotEntity::Thing(thing.clone())).await?;
        }
    }
    Ok(wire::CreateThingOutput {
        thing_arn: Some(thing_arn),
        thing_id: Some(thing.id),
        thing_name: Some(name),
    })
}

/// DescribeThing.
///
/// # Errors
///
/// `ResourceNotFoundException`, denial.
pub async fn describe_thing(
    cx: &Cx,
    caller: &Caller,
    input: wire::DescribeThingInput,
) -> Result<wire::DescribeThingOutput, ApiError> {
    let thing_arn = arn(cx, caller.account, "thing", &input.thing_name);
    ask(cx, caller, Op::IotDescribeThing, &thing_arn)?;
    let thing = find(cx, caller, &input.thing_name).await?;
    Ok(wire::DescribeThingOutput {
        attributes: Some(thing.attributes),
        billing_group_name: None,
        default_client_id: Some(thing.name.clone()),
        thing_arn: Some(thing_arn),
        thing_id: Some(thing.id),
        thing_name: Some(thing.name),
        thing_type_name: thing.type_name,
        version: Some(thing.version as i64),
    })
}

/// UpdateThing.
///
/// # Errors
///
/// `ResourceNotFoundException`, `VersionConflictException`, denial.
pub async fn update_thing(
    cx: &Cx,
    caller: &Caller,
    input: wire::UpdateThingInput,
) -> Result<wire::UpdateThingOutput, ApiError> {
    let thing_arn = arn(cx, caller.account, "thing", &input.thing_name);
    ask(cx, caller, Op::IotUpdateThing, &thing_arn)?;
    let old = find(cx, caller, &input.thing_name).await?;
    expect_version(&old, input.expected_version)?;
    let mut new = old.clone();
    if let Some(kind) = input.thing_type_name {
        thing_types::find(cx, caller, &kind).await?;
        new.type_name = Some(kind);
    }
    if input.remove_thing_type == Some(true) {
        new.type_name = None;
    }
    if let Some(payload) = input.attribute_payload {
        if payload.merge != Some(true) {
            new.attributes.clear();
        }
        new.attributes
            .extend(payload.attributes.unwrap_or_default());
        new.attributes = attributes(new.attributes)?;
    }
    new.version += 1;
    let (old, new) = (IotEntity::Thing(old), IotEntity::Thing(new));
    changed(cx.server.store.put_iot(caller.account, &old, &new).await)?;
    Ok(wire::UpdateThingOutput {})
}

/// DeleteThing: not while certificates are attached to it.
///
/// # Errors
///
/// `VersionConflictException`, `InvalidRequestException`, denial.
pub async fn delete_thing(
    cx: &Cx,
    caller: &Caller,
    input: wire::DeleteThingInput,
) -> Result<wire::DeleteThingOutput, ApiError> {
    let name = &input.thing_name;
    let thing_arn = arn(cx, caller.account, "thing", name);
    ask(cx, caller, Op::IotDeleteThing, &thing_arn)?;
    let thing = find(cx, caller, name).await?;
    expect_version(&thing, input.expected_version)?;
    let store = &cx.server.store;
    let linked = store
        .iot_linked(caller.account, Link::Thing, name, 1)
        .await?;
    if !linked.is_empty() {
        return Err(invalid(format!(
            "Cannot delete. Thing {name} is still attached to one or more principals"
        )));
    }
    store
        .delete_iot(caller.account, IotKind::Thing, name)
        .await?;
    Ok(wire::DeleteThingOutput {})
}

/// ListThings, all or those of a type or with an attribute.
///
/// # Errors
///
/// `InvalidRequestException`, denial.
pub async fn list_things(
    cx: &Cx,
    caller: &Caller,
    input: wire::ListThingsInput,
) -> Result<wire::ListThingsOutput, ApiError> {
    ask(cx, caller, Op::IotListThings, "*")?;
    let token = input.next_token.as_deref();
    let (listed, next) = page(cx, caller, IotKind::Thing, token, input.max_results).await?;
    let is_wanted = |thing: &Thing| {
        let is_of_type = |kind: &String| thing.type_name.as_ref() == Some(kind);
        let has = |name: &String| match (thing.attributes.get(name), &input.attribute_value) {
            (Some(value), Some(wanted)) if input.use_prefix_attribute_value == Some(true) => {
                value.starts_with(wanted)
            }
            (Some(value), Some(wanted)) => value == wanted,
            (found, None) => found.is_some(),
            (None, _) => false,
        };
        input.thing_type_name.as_ref().is_none_or(is_of_type)
            && input.attribute_name.as_ref().is_none_or(has)
    };
    let shape = |entity: IotEntity| match entity {
        IotEntity::Thing(thing) if is_wanted(&thing) => Some(wire::ThingAttribute {
            thing_arn: Some(arn(cx, caller.account, "thing", &thing.name)),
            attributes: Some(thing.attributes),
            thing_name: Some(thing.name),
            thing_type_name: thing.type_name,
            version: Some(thing.version as i64),
        }),
        _ => None,
    };
    Ok(wire::ListThingsOutput {
        next_token: next,
        things: Some(listed.into_iter().filter_map(shape).collect()),
    })
}

/// A thing of the caller's account.
///
/// # Errors
///
/// `ResourceNotFoundException`.
pub async fn find(cx: &Cx, caller: &Caller, name: &str) -> Result<Thing, ApiError> {
    let store = &cx.server.store;
    match store.iot(caller.account, IotKind::Thing, name).await? {
        Some(IotEntity::Thing(thing)) => Ok(thing),
        _ => Err(missing("Thing", name)),
    }
}

fn expect_version(thing: &Thing, expected: Option<i64>) -> Result<(), ApiError> {
    match expected {
        Some(expected) if expected != thing.version as i64 => Err(ApiError::new(
            "VersionConflictException",
            409,
            format!("Version {expected} is not the thing's version"),
        )),
        _ => Ok(()),
    }
}

/// An empty value takes an attribute away.
fn attributes(given: BTreeMap<String, String>) -> Result<BTreeMap<String, String>, ApiError> {
    let kept: BTreeMap<_, _> = given.into_iter().filter(|(_, v)| !v.is_empty()).collect();
    match kept.len() > ATTRIBUTES_MAX {
        true => Err(invalid(format!(
            "A thing can have at most {ATTRIBUTES_MAX} attributes"
        ))),
        false => Ok(kept),
    }
}

/// AWS: 50 for a thing with a type.
const ATTRIBUTES_MAX: usize = 50;

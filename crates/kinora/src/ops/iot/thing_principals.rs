//! Which certificates speak for which things: AttachThingPrincipal and its kin.

use aws::op::Op;
use aws::shapes::iot as wire;
use kvs::iot::Link;

use crate::ops::iot::{arn, ask, certificate_id, certificates, things};
use crate::ops::{ApiError, Caller, Cx};

/// AttachThingPrincipal; again is no error.
///
/// # Errors
///
/// `ResourceNotFoundException`, `InvalidRequestException`, denial.
pub async fn attach_thing_principal(
    cx: &Cx,
    caller: &Caller,
    input: wire::AttachThingPrincipalInput,
) -> Result<wire::AttachThingPrincipalOutput, ApiError> {
    ask(cx, caller, Op::IotAttachThingPrincipal, &input.principal)?;
    let id = certificate_id(cx, caller, &input.principal)?;
    let thing = things::find(cx, caller, &input.thing_name).await?;
    certificates::find(cx, caller, id).await?;
    let store = &cx.server.store;
    store
        .link_iot(caller.account, Link::Thing, id, &thing.name)
        .await?;
    Ok(wire::AttachThingPrincipalOutput {})
}

/// DetachThingPrincipal.
///
/// # Errors
///
/// `ResourceNotFoundException`, `InvalidRequestException`, denial.
pub async fn detach_thing_principal(
    cx: &Cx,
    caller: &Caller,
    input: wire::DetachThingPrincipalInput,
) -> Result<wire::DetachThingPrincipalOutput, ApiError> {
    ask(cx, caller, Op::IotDetachThingPrincipal, &input.principal)?;
    let id = certificate_id(cx, caller, &input.principal)?;
    let thing = things::find(cx, caller, &input.thing_name).await?;
    let store = &cx.server.store;
    store
        .unlink_iot(caller.account, Link::Thing, id, &thing.name)
        .await?;
    Ok(wire::DetachThingPrincipalOutput {})
}

/// ListThingPrincipals, all in one page.
///
/// # Errors
///
/// `ResourceNotFoundException`, denial.
pub async fn list_thing_principals(
    cx: &Cx,
    caller: &Caller,
    input: wire::ListThingPrincipalsInput,
) -> Result<wire::ListThingPrincipalsOutput, ApiError> {
    let thing_arn = arn(cx, caller.account, "thing", &input.thing_name);
    ask(cx, caller, Op::IotListThingPrincipals, &thing_arn)?;
    let thing = things::find(cx, caller, &input.thing_name).await?;
    let store = &cx.server.store;
    let linked = store.iot_linked(caller.account, Link::Thing, &thing.name, LINKS_MAX);
    let shape = |id: String| arn(cx, caller.account, "cert", &id);
    Ok(wire::ListThingPrincipalsOutput {
        next_token: None,
        principals: Some(linked.await?.into_iter().map(shape).collect()),
    })
}

/// ListPrincipalThings, all in one page.
///
/// # Errors
///
/// `ResourceNotFoundException`, `InvalidRequestException`, denial.
pub async fn list_principal_things(
    cx: &Cx,
    caller: &Caller,
    input: wire::ListPrincipalThingsInput,
) -> Result<wire::ListPrincipalThingsOutput, ApiError> {
    ask(cx, caller, Op::IotListPrincipalThings, &input.principal)?;
    let id = certificate_id(cx, caller, &input.principal)?;
    certificates::find(cx, caller, id).await?;
    let store = &cx.server.store;
    let things = store.iot_links(caller.account, Link::Thing, id, LINKS_MAX);
    Ok(wire::ListPrincipalThingsOutput {
        next_token: None,
        things: Some(things.await?),
    })
}

/// Most links that are told at once.
pub const LINKS_MAX: usize = 1000;

//! `shapes/ops.rs`: the table of every operation, the errors, and the actions known by name only.

use std::collections::BTreeSet;
use std::fmt::Write;

use super::Service;
use super::model::{Kind, Model};
use crate::Result;

/// Generates the table.
pub(crate) fn generate(models: &[(&Service, Model)]) -> Result<String> {
    let mut text = format!("{HEAD}{}", operations(models)?);
    text += "\n/// Every modelled error: service, code on the wire, status in the model.\n";
    text += "pub(crate) static ERRORS: &[(Service, &str, u16)] = &[\n";
    for (service, model) in models {
        for (code, status) in model.errors.values() {
            let _ = writeln!(
                text,
                "    (Service::{}, {code:?}, {status}),",
                service.variant
            );
        }
    }
    text += "];\n\n/// Actions that exist in a model but are not served.\n";
    text += "pub(crate) static NOT_SERVED: &[(Service, &str)] = &[\n";
    for (service, model) in models {
        for name in &model.not_served {
            let _ = writeln!(text, "    (Service::{}, {name:?}),", service.variant);
        }
    }
    text += "];\n\n";
    text += &input_checks(models);
    text += &located(models)?;
    Ok(text)
}

/// The enum and its rows.
fn operations(models: &[(&Service, Model)]) -> Result<String> {
    let mut text = String::from("operations! {\n");
    let mut names = BTreeSet::new();
    for (service, model) in models {
        for (name, operation) in &model.operations {
            let variant = format!("{}{name}", service.prefix);
            if !names.insert(variant.clone()) {
                return Err(format!("two operations are called {variant}"));
            }
            let mut errors = Vec::new();
            for shape in &operation.errors {
                errors.push(&model.errors.get(shape).ok_or("error without shape")?.0);
            }
            let (method, path) = (&operation.method, &operation.path);
            let _ = write!(
                text,
                "    {variant} = {} {name:?} {method:?} {path:?} [",
                service.variant
            );
            text += &quoted(&errors);
            text += "],\n";
        }
        for extra in EXTRA.iter().filter(|e| e.service == service.variant) {
            let Extra {
                name,
                service,
                method,
                path,
                errors,
            } = extra;
            let _ = writeln!(
                text,
                "    {name} = {service} {name:?} {method:?} {path:?} [{}],",
                quoted(errors)
            );
        }
    }
    Ok(text + "}\n")
}

/// One parser per operation, for fuzzing and for tools.
fn input_checks(models: &[(&Service, Model)]) -> String {
    let mut text = String::from(
        "/// The parser of every input; the input itself is dropped.\n\
         pub(crate) static INPUTS: &[(Op, Check)] = &[\n",
    );
    for (service, model) in models {
        let parse = if model.protocol == "query" {
            "from_query"
        } else {
            "from_json"
        };
        for name in model.operations.keys() {
            let path = format!("{}::{name}Input::{parse}", service.module);
            let prefix = service.prefix;
            let _ = writeln!(
                text,
                "    (Op::{prefix}{name}, |body| {path}(body).map(drop)),"
            );
        }
    }
    text + "];\n"
}

/// Where members are that are not in the body.
fn located(models: &[(&Service, Model)]) -> Result<String> {
    let mut text = String::from(
        "\n/// Members of inputs that are not in the body.\n\
         pub(crate) static LOCATED: &[Located] = &[\n",
    );
    for (service, model) in models {
        for (name, operation) in &model.operations {
            let Some(input) = &operation.input else {
                continue;
            };
            let Kind::Structure { members, .. } = &model.shape(input)?.kind else {
                continue;
            };
            for member in members {
                let Some(place) = &member.location else {
                    continue;
                };
                let place = match place.as_str() {
                    "uri" => "Path",
                    "querystring" => "Query",
                    _ => "Header",
                };
                let kind = match &model.shape(&member.shape)?.kind {
                    Kind::Text | Kind::Enum(_) => "Text",
                    Kind::Integer | Kind::Long => "Number",
                    Kind::Boolean => "Boolean",
                    _ => return Err(format!("{name}.{}: no text", member.name)),
                };
                let (prefix, wire, member) = (service.prefix, &member.wire, &member.name);
                let _ = writeln!(
                    text,
                    "    Located {{ op: Op::{prefix}{name}, place: Place::{place}, \
                     wire: {wire:?}, member: {member:?}, scalar: Scalar::{kind} }},"
                );
            }
        }
    }
    Ok(text + "];\n")
}

/// The places outside the body that members can have.
pub(crate) const PLACES: &[&str] = &["uri", "querystring", "header"];

fn quoted(items: &[impl AsRef<str>]) -> String {
    let items: Vec<String> = items.iter().map(|i| format!("{:?}", i.as_ref())).collect();
    items.join(", ")
}

/// An operation no model describes.
struct Extra {
    name: &'static str,
    service: &'static str,
    method: &'static str,
    path: &'static str,
    errors: &'static [&'static str],
}

/// PutMedia streams both ways, and the signaling WebSockets are opened by a GET on `/`; their
/// parameters travel in headers and in the query, so they have no shapes.
const EXTRA: &[Extra] = &[
    Extra {
        name: "PutMedia",
        service: "Media",
        method: "POST",
        path: "/putMedia",
        errors: &[
            "ResourceNotFoundException",
            "NotAuthorizedException",
            "InvalidEndpointException",
            "InvalidArgumentException",
            "ClientLimitExceededException",
            "ConnectionLimitExceededException",
        ],
    },
    Extra {
        name: "ConnectAsMaster",
        service: "Signaling",
        method: "GET",
        path: "/",
        errors: &[],
    },
    Extra {
        name: "ConnectAsViewer",
        service: "Signaling",
        method: "GET",
        path: "/",
        errors: &[],
    },
];

const HEAD: &str = "\
//! Every operation of every service.
//!
//! Generated by `cargo xtask codegen` from `models/*.json`: do not edit.
// @generated

use super::{archived_media, iam, iot, kinesisvideo, live_media, signaling, sts, webrtc_storage};
use crate::op::{Check, Service};
use crate::rest::{Located, Place, Scalar};

";

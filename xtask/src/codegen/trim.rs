//! From a vendor model to the facts we keep: one line per operation, shape and error.

use std::collections::BTreeSet;
use std::fmt::Write;

use serde_json::{Map, Value, json};

/// Trims `raw`. With `kept`, only these operations (and the shapes they reach) are kept; the
/// names of the others are listed under `not_served`.
pub(crate) fn trim(service: &str, raw: &Value, kept: Option<&[&str]>) -> Result<String, String> {
    let meta = &raw["metadata"];
    let operations = raw["operations"].as_object().ok_or("no operations")?;
    let shapes = raw["shapes"].as_object().ok_or("no shapes")?;
    if let Some(missing) = kept.and_then(|k| k.iter().find(|n| !operations.contains_key(**n))) {
        return Err(format!("{service} has no operation {missing}"));
    }
    let mut lines = Map::new();
    let mut not_served = Vec::new();
    let mut reached = BTreeSet::new();
    let mut errors = BTreeSet::new();
    for (name, operation) in sorted(operations) {
        if kept.is_some_and(|k| !k.contains(&name.as_str())) {
            not_served.push(name.clone());
            continue;
        }
        for side in ["input", "output"] {
            if let Some(shape) = operation[side]["shape"].as_str() {
                reach(shape, shapes, &mut reached)?;
            }
        }
        errors.extend(error_names(operation).map(str::to_owned));
        lines.insert(name.clone(), trim_operation(operation));
    }
    let mut text = String::from("{\n");
    line(&mut text, "service", &json!(service));
    line(&mut text, "api_version", &meta["apiVersion"]);
    line(&mut text, "protocol", &meta["protocol"]);
    let signing = meta.get("signingName").unwrap_or(&meta["endpointPrefix"]);
    line(&mut text, "signing_name", signing);
    if let Some(namespace) = meta.get("xmlNamespace") {
        line(&mut text, "xml_namespace", namespace);
    }
    line(&mut text, "not_served", &json!(not_served));
    section(&mut text, "operations", &lines, false);
    let kept_errors = errors
        .iter()
        .map(|e| (e.clone(), trim_error(e, &shapes[e])))
        .collect();
    section(&mut text, "errors", &kept_errors, false);
    let kept_shapes = reached
        .iter()
        .map(|s| (s.clone(), trim_shape(&shapes[s])))
        .collect();
    section(&mut text, "shapes", &kept_shapes, true);
    text.push_str("}\n");
    Ok(text)
}

fn sorted(map: &Map<String, Value>) -> Vec<(&String, &Value)> {
    let mut entries: Vec<_> = map.iter().collect();
    entries.sort_by_key(|e| e.0);
    entries
}

fn error_names(operation: &Value) -> impl Iterator<Item = &str> {
    let errors = operation["errors"].as_array();
    errors
        .into_iter()
        .flatten()
        .filter_map(|e| e["shape"].as_str())
}

fn reach(
    name: &str,
    shapes: &Map<String, Value>,
    reached: &mut BTreeSet<String>,
) -> Result<(), String> {
    if !reached.insert(name.to_owned()) {
        return Ok(());
    }
    let shape = shapes.get(name).ok_or_else(|| format!("no shape {name}"))?;
    let members = shape["members"]
        .as_object()
        .into_iter()
        .flat_map(Map::values);
    let parts = ["member", "key", "value"].map(|part| &shape[part]);
    for target in members.chain(parts).filter_map(|m| m["shape"].as_str()) {
        reach(target, shapes, reached)?;
    }
    Ok(())
}

fn trim_operation(operation: &Value) -> Value {
    let mut out = Map::new();
    out.insert("method".into(), operation["http"]["method"].clone());
    out.insert("path".into(), operation["http"]["requestUri"].clone());
    for side in ["input", "output"] {
        if let Some(shape) = operation[side].get("shape") {
            out.insert(side.into(), shape.clone());
        }
    }
    if operation["authtype"] == "none" {
        out.insert("unsigned".into(), json!(true));
    }
    out.insert("errors".into(), error_names(operation).collect());
    Value::Object(out)
}

/// The wire code and the status. Shapes without either are 400 under their own name.
fn trim_error(name: &str, shape: &Value) -> Value {
    let error = &shape["error"];
    let code = error["code"].as_str().unwrap_or(name);
    let fallback = if shape["fault"] == true { 500 } else { 400 };
    json!({ "code": code, "status": error["httpStatusCode"].as_u64().unwrap_or(fallback) })
}

fn trim_shape(shape: &Value) -> Value {
    let mut out = Map::new();
    for key in FACTS {
        if let Some(value) = shape.get(*key) {
            out.insert((*key).into(), value.clone());
        }
    }
    for part in ["member", "key", "value"] {
        if let Some(target) = shape.get(part) {
            out.insert(part.into(), trim_reference(target));
        }
    }
    if let Some(members) = shape["members"].as_object() {
        let kept: Map<_, _> = members
            .iter()
            .map(|(k, v)| (k.clone(), trim_reference(v)))
            .collect();
        out.insert("members".into(), Value::Object(kept));
    }
    Value::Object(out)
}

/// A plain reference is its shape's name; one with a place on the wire is an object.
fn trim_reference(target: &Value) -> Value {
    let mut out = Map::new();
    for key in ["location", "locationName", "streaming", "timestampFormat"] {
        if let Some(value) = target.get(key) {
            out.insert(key.into(), value.clone());
        }
    }
    if out.is_empty() {
        return target["shape"].clone();
    }
    out.insert("shape".into(), target["shape"].clone());
    Value::Object(out)
}

fn line(text: &mut String, key: &str, value: &Value) {
    // Writing to a String cannot fail.
    let _ = writeln!(text, "  {}: {value},", json!(key));
}

fn section(text: &mut String, key: &str, entries: &Map<String, Value>, last: bool) {
    let _ = writeln!(text, "  {}: {{", json!(key));
    for (i, (name, value)) in entries.iter().enumerate() {
        let comma = if i + 1 == entries.len() { "" } else { "," };
        let _ = writeln!(text, "    {}: {value}{comma}", json!(name));
    }
    text.push_str(if last { "  }\n" } else { "  },\n" });
}

const FACTS: &[&str] = &[
    "type",
    "required",
    "min",
    "max",
    "pattern",
    "enum",
    "sensitive",
    "payload",
    "streaming",
    "timestampFormat",
    "flattened",
    "union",
];

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::trim;

    fn raw() -> Value {
        json!({
            "metadata": { "apiVersion": "1", "protocol": "query", "endpointPrefix": "x" },
            "operations": {
                "Keep": {
                    "http": { "method": "POST", "requestUri": "/" },
                    "input": { "shape": "KeepRequest" },
                    "errors": [{ "shape": "GoneException" }],
                    "documentation": "<p>prose</p>"
                },
                "Drop": { "http": { "method": "POST", "requestUri": "/" } }
            },
            "shapes": {
                "KeepRequest": {
                    "type": "structure",
                    "required": ["Name"],
                    "members": { "Name": { "shape": "nameType", "documentation": "prose" } }
                },
                "nameType": { "type": "string", "max": 3, "documentation": "prose" },
                "unreached": { "type": "string" },
                "GoneException": {
                    "type": "structure",
                    "error": { "code": "Gone", "httpStatusCode": 404 },
                    "exception": true
                }
            }
        })
    }

    #[test]
    fn facts_stay_and_prose_goes() {
        let text = trim("x", &raw(), Some(&["Keep"])).expect("it trims");
        assert!(
            !text.contains("prose") && !text.contains("unreached"),
            "{text}"
        );
        let kept: Value = serde_json::from_str(&text).expect("it is JSON");
        assert_eq!(kept["not_served"], json!(["Drop"]));
        assert_eq!(
            kept["errors"]["GoneException"],
            json!({ "code": "Gone", "status": 404 })
        );
        assert_eq!(
            kept["shapes"]["nameType"],
            json!({ "type": "string", "max": 3 })
        );
        assert_eq!(
            kept["shapes"]["KeepRequest"]["members"],
            json!({ "Name": "nameType" })
        );
    }

    #[test]
    fn a_served_name_the_model_lacks_is_an_error() {
        assert!(trim("x", &raw(), Some(&["Renamed"])).is_err());
    }
}

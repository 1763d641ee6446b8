//! A trimmed model, typed.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// One service.
pub(crate) struct Model {
    pub(crate) service: String,
    pub(crate) api_version: String,
    /// `rest-json` or `query`.
    pub(crate) protocol: String,
    /// Empty for JSON services.
    pub(crate) xml_namespace: String,
    pub(crate) not_served: Vec<String>,
    pub(crate) operations: BTreeMap<String, Operation>,
    /// Shape name → wire code and status.
    pub(crate) errors: BTreeMap<String, (String, u16)>,
    pub(crate) shapes: BTreeMap<String, Shape>,
}

/// One operation.
pub(crate) struct Operation {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) input: Option<String>,
    pub(crate) output: Option<String>,
    pub(crate) errors: Vec<String>,
}

/// One shape.
pub(crate) struct Shape {
    pub(crate) kind: Kind,
    pub(crate) min: Option<i64>,
    pub(crate) max: Option<i64>,
    pub(crate) pattern: Option<String>,
    pub(crate) sensitive: bool,
    /// The whole HTTP body is the media itself.
    pub(crate) streaming: bool,
}

/// What a shape is.
pub(crate) enum Kind {
    Structure {
        members: Vec<Member>,
        required: BTreeSet<String>,
    },
    List(String),
    Map(String, String),
    Enum(Vec<String>),
    Text,
    Integer,
    Long,
    Boolean,
    Timestamp,
    Blob,
}

/// One member of a structure.
pub(crate) struct Member {
    pub(crate) name: String,
    pub(crate) shape: String,
    /// `header`, `uri`, … where the member is not in the body.
    pub(crate) location: Option<String>,
    /// Its name there, if it is another.
    pub(crate) wire: String,
}

impl Model {
    /// Parses a file of `models/`.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let root: Value = serde_json::from_str(text).map_err(|e| e.to_string())?;
        let mut model = Self {
            service: text_of(&root, "service")?,
            api_version: text_of(&root, "api_version")?,
            protocol: text_of(&root, "protocol")?,
            xml_namespace: root["xml_namespace"]
                .as_str()
                .unwrap_or_default()
                .to_owned(),
            not_served: texts(&root["not_served"]),
            operations: BTreeMap::new(),
            errors: BTreeMap::new(),
            shapes: BTreeMap::new(),
        };
        for (name, value) in entries(&root["operations"]) {
            let operation = Operation {
                method: text_of(value, "method")?,
                path: text_of(value, "path")?,
                input: value["input"].as_str().map(str::to_owned),
                output: value["output"].as_str().map(str::to_owned),
                errors: texts(&value["errors"]),
            };
            model.operations.insert(name.clone(), operation);
        }
        for (name, value) in entries(&root["errors"]) {
            let status = value["status"].as_u64().and_then(|s| u16::try_from(s).ok());
            let status = status.ok_or_else(|| format!("{name}: no status"))?;
            model
                .errors
                .insert(name.clone(), (text_of(value, "code")?, status));
        }
        for (name, value) in entries(&root["shapes"]) {
            let shape = Shape::parse(value).map_err(|e| format!("{name}: {e}"))?;
            model.shapes.insert(name.clone(), shape);
        }
        Ok(model)
    }

    /// The shape of that name.
    pub(crate) fn shape(&self, name: &str) -> Result<&Shape, String> {
        self.shapes
            .get(name)
            .ok_or_else(|| format!("{}: no shape {name}", self.service))
    }

    /// Whether the shape, or a member of it, is a streaming payload.
    pub(crate) fn streams(&self, name: &str) -> Result<bool, String> {
        let shape = self.shape(name)?;
        if let Kind::Structure { members, .. } = &shape.kind {
            for member in members {
                if self.shape(&member.shape)?.streaming {
                    return Ok(true);
                }
            }
        }
        Ok(shape.streaming)
    }
}

impl Shape {
    fn parse(value: &Value) -> Result<Self, String> {
        let kind = match text_of(value, "type")?.as_str() {
            "structure" => Kind::Structure {
                members: entries(&value["members"])
                    .map(member)
                    .collect::<Result<_, _>>()?,
                required: texts(&value["required"]).into_iter().collect(),
            },
            "list" => Kind::List(target(&value["member"])?),
            "map" => Kind::Map(target(&value["key"])?, target(&value["value"])?),
            "string" if value["enum"].is_array() => Kind::Enum(texts(&value["enum"])),
            "string" => Kind::Text,
            "integer" => Kind::Integer,
            "long" => Kind::Long,
            "boolean" => Kind::Boolean,
            "timestamp" => Kind::Timestamp,
            "blob" => Kind::Blob,
            other => return Err(format!("type {other} is not supported")),
        };
        Ok(Self {
            kind,
            min: value["min"].as_i64(),
            max: value["max"].as_i64(),
            pattern: value["pattern"].as_str().map(str::to_owned),
            sensitive: value["sensitive"] == true,
            streaming: value["streaming"] == true,
        })
    }
}

fn member((name, value): (&String, &Value)) -> Result<Member, String> {
    let location = value["location"].as_str().map(str::to_owned);
    let wire = value["locationName"].as_str().unwrap_or(name).to_owned();
    Ok(Member {
        name: name.clone(),
        wire,
        shape: target(value)?,
        location,
    })
}

fn target(value: &Value) -> Result<String, String> {
    let name = value.as_str().or_else(|| value["shape"].as_str());
    name.map(str::to_owned)
        .ok_or_else(|| "reference without a shape".to_owned())
}

fn text_of(value: &Value, key: &str) -> Result<String, String> {
    value[key]
        .as_str()
        .map(str::to_owned)
        .ok_or_else(|| format!("no {key}"))
}

fn texts(value: &Value) -> Vec<String> {
    let items = value.as_array().into_iter().flatten();
    items
        .filter_map(|v| v.as_str().map(str::to_owned))
        .collect()
}

fn entries(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

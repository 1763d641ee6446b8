//! From a parsed request to a checked value, driven by the rules of the model.
//!
//! JSON bodies and query forms are first turned into one tree (`serde_json::Value`); a form's
//! scalars are all strings in it. Constraint failures are collected, so that a client sees all
//! of them at once; a value of the wrong type ends the reading.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt;

use serde_json::{Map, Value};

use crate::rule::{ANY, Broken, Rule};
use crate::value::{Blob, Sensitive, Timestamp};

/// Why a request is not a valid input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InputError {
    /// The bytes cannot be read, or a value has the wrong type.
    Serialization(String),
    /// The values were read but break constraints of the model. The text is for the client and
    /// never holds the value of a sensitive member.
    Constraint(String),
}

impl InputError {
    /// The text for the client.
    pub fn message(&self) -> &str {
        match self {
            Self::Serialization(message) | Self::Constraint(message) => message,
        }
    }
}

impl fmt::Display for InputError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.message())
    }
}

impl Error for InputError {}

/// A type with a place in a request.
pub(crate) trait Read: Sized {
    /// Whether the value is text, for which an empty string may stand for nothing.
    const TEXT: bool = false;

    /// Reads the value, or notes in `reader` why it cannot be.
    fn read(node: &Value, at: &At<'_>, rule: &Rule, reader: &mut Reader) -> Option<Self>;
}

/// A member of a structure: `T` where the model requires it, `Option<T>` where not.
pub(crate) trait Slot: Sized {
    /// Takes the member out of its structure's object.
    fn take(object: &Object<'_>, at: &At<'_>, rule: &Rule, reader: &mut Reader) -> Option<Self>;
}

/// The members of a structure as they came; a form without any member of it has none.
pub(crate) struct Object<'a>(Option<&'a Map<String, Value>>);

impl Object<'_> {
    fn member(&self, at: &At<'_>) -> Option<&Value> {
        let At::Member(_, name) = at else { return None };
        self.0?.get(*name).filter(|v| !v.is_null())
    }
}

impl<T: Read> Slot for T {
    fn take(object: &Object<'_>, at: &At<'_>, rule: &Rule, reader: &mut Reader) -> Option<Self> {
        match object.member(at) {
            Some(node) => T::read(node, at, rule, reader),
            None => {
                reader.broken(at, None, &Broken::Null);
                None
            }
        }
    }
}

impl<T: Read> Slot for Option<T> {
    fn take(object: &Object<'_>, at: &At<'_>, rule: &Rule, reader: &mut Reader) -> Option<Self> {
        let Some(node) = object.member(at) else {
            return Some(None);
        };
        // C producers send "" for what they do not set (`MediaType`, `DeviceName`).
        let unset = T::TEXT && reader.form == Form::Json && rule.min.is_some_and(|m| m > 0);
        if unset && node.as_str() == Some("") {
            return Some(None);
        }
        T::read(node, at, rule, reader).map(Some)
    }
}

/// Where a value stands, for messages.
#[derive(Clone, Copy)]
pub(crate) enum At<'a> {
    Root,
    Member(&'a At<'a>, &'static str),
    /// An item of a list, counted from 1.
    Item(&'a At<'a>, usize),
    Key(&'a At<'a>),
    Entry(&'a At<'a>),
}

impl fmt::Display for At<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root => Ok(()),
            Self::Member(parent, name) => {
                if !matches!(parent, Self::Root) {
                    write!(f, "{parent}.")?;
                }
                let mut chars = name.chars();
                let first = chars.next().map(|c| c.to_ascii_lowercase());
                first.map_or(Ok(()), |c| write!(f, "{c}{}", chars.as_str()))
            }
            Self::Item(parent, number) => write!(f, "{parent}.{number}.member"),
            Self::Key(parent) | Self::Entry(parent) => write!(f, "{parent}"),
        }
    }
}

/// The wire form of the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Json,
    Query,
}

/// What was found wrong so far.
pub(crate) struct Reader {
    form: Form,
    violations: Vec<String>,
    malformed: Option<String>,
}

/// Reads a whole input.
pub(crate) fn input<T: Read>(tree: &Value, form: Form) -> Result<T, InputError> {
    let mut reader = Reader {
        form,
        violations: Vec::new(),
        malformed: None,
    };
    let value = T::read(tree, &At::Root, &ANY, &mut reader);
    if let Some(malformed) = reader.malformed {
        return Err(InputError::Serialization(malformed));
    }
    match value {
        Some(value) if reader.violations.is_empty() => Ok(value),
        _ => Err(InputError::Constraint(summary(&reader.violations))),
    }
}

fn summary(violations: &[String]) -> String {
    let plural = if violations.len() == 1 { "" } else { "s" };
    format!(
        "{} validation error{plural} detected: {}",
        violations.len(),
        violations.join("; ")
    )
}

impl Reader {
    /// Notes a constraint failure. `shown` is the value, unless it is secret or a collection.
    pub(crate) fn broken(&mut self, at: &At<'_>, shown: Option<&str>, broken: &Broken) {
        if self.violations.len() >= MAX_VIOLATIONS {
            return;
        }
        let shown = match (shown, broken, self.form) {
            (Some(text), ..) => format!(" '{}'", shortened(text)),
            (None, Broken::Null, Form::Json) => " null".to_owned(),
            (None, ..) => String::new(),
        };
        let broken = match at {
            At::Key(_) => format!("Map keys must satisfy constraint: [{broken}]"),
            At::Entry(_) => format!("Map value must satisfy constraint: [{broken}]"),
            _ => broken.to_string(),
        };
        let text = format!("Value{shown} at '{at}' failed to satisfy constraint: {broken}");
        self.violations.push(text);
    }

    /// Notes a value of the wrong type; the first one is reported.
    fn malformed<T>(&mut self, at: &At<'_>, expected: &str) -> Option<T> {
        self.malformed.get_or_insert_with(|| match at {
            At::Root => format!("the request must be {expected}"),
            _ => format!("the value at '{at}' must be {expected}"),
        });
        None
    }

    /// The members of a structure.
    pub(crate) fn object<'a>(&mut self, node: &'a Value, at: &At<'_>) -> Option<Object<'a>> {
        match (node, self.form) {
            (Value::Object(map), _) => Some(Object(Some(map))),
            // A form writes an empty structure as an empty string.
            (Value::String(text), Form::Query) if text.is_empty() => Some(Object(None)),
            _ => self.malformed(at, "a structure"),
        }
    }

    /// The items under `wrapper` in a form, by their numbers.
    fn numbered<'a>(
        &mut self,
        node: &'a Value,
        wrapper: &str,
        at: &At<'_>,
    ) -> Option<Vec<&'a Value>> {
        // An empty list is sent as a bare key with an empty value.
        if node.as_str() == Some("") {
            return Some(Vec::new());
        }
        let Some(items) = node.get(wrapper).and_then(Value::as_object) else {
            return self.malformed(at, "a list");
        };
        let mut numbered = Vec::with_capacity(items.len());
        for (number, item) in items {
            match number.parse::<u32>() {
                Ok(number) => numbered.push((number, item)),
                Err(_) => return self.malformed(at, "a list with numbered items"),
            }
        }
        numbered.sort_by_key(|n| n.0);
        Some(numbered.into_iter().map(|n| n.1).collect())
    }

    /// Checks a text and returns it.
    fn text(&mut self, node: &Value, at: &At<'_>, rule: &Rule, secret: bool) -> Option<String> {
        let Some(text) = node.as_str() else {
            return self.malformed(at, "a string");
        };
        if let Some(broken) = rule.broken_text(text) {
            self.broken(at, (!secret).then_some(text), &broken);
            return None;
        }
        Some(text.to_owned())
    }

    fn integer(&mut self, node: &Value, at: &At<'_>) -> Option<i64> {
        let number = match node {
            Value::Number(number) => number.as_i64().or_else(|| number.as_f64().and_then(whole)),
            Value::String(text) if self.form == Form::Query => text.parse().ok(),
            _ => None,
        };
        number.or_else(|| self.malformed(at, "an integer"))
    }

    /// Reads an enum by the name table its type gives.
    pub(crate) fn name<T>(
        &mut self,
        node: &Value,
        at: &At<'_>,
        parse: fn(&str) -> Option<T>,
        names: &'static [&'static str],
    ) -> Option<T> {
        let Some(text) = node.as_str() else {
            return self.malformed(at, "a string");
        };
        let value = parse(text);
        if value.is_none() {
            self.broken(at, Some(text), &Broken::Enum(names));
        }
        value
    }
}

/// `24.0` and `2.4e1` are the integer 24; `24.5` is none.
fn whole(number: f64) -> Option<i64> {
    let exact = number.fract() == 0.0 && number.abs() < 9_007_199_254_740_992.0;
    exact.then_some(number as i64)
}

/// A long value is not repeated in full.
fn shortened(text: &str) -> String {
    if text.len() <= MAX_SHOWN_BYTES {
        return text.to_owned();
    }
    let mut end = MAX_SHOWN_BYTES;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}...", &text[..end])
}

impl Read for String {
    const TEXT: bool = true;

    fn read(node: &Value, at: &At<'_>, rule: &Rule, reader: &mut Reader) -> Option<Self> {
        reader.text(node, at, rule, false)
    }
}

impl Read for Sensitive {
    const TEXT: bool = true;

    fn read(node: &Value, at: &At<'_>, rule: &Rule, reader: &mut Reader) -> Option<Self> {
        reader.text(node, at, rule, true).map(Self)
    }
}

impl Read for i64 {
    fn read(node: &Value, at: &At<'_>, rule: &Rule, reader: &mut Reader) -> Option<Self> {
        let number = reader.integer(node, at)?;
        if let Some(broken) = rule.broken_range(number) {
            reader.broken(at, Some(&number.to_string()), &broken);
            return None;
        }
        Some(number)
    }
}

impl Read for i32 {
    fn read(node: &Value, at: &At<'_>, rule: &Rule, reader: &mut Reader) -> Option<Self> {
        let number = reader.integer(node, at)?;
        let Ok(narrow) = Self::try_from(number) else {
            return reader.malformed(at, "a 32-bit integer");
        };
        i64::read(&Value::from(number), at, rule, reader).map(|_| narrow)
    }
}

impl Read for bool {
    fn read(node: &Value, at: &At<'_>, _: &Rule, reader: &mut Reader) -> Option<Self> {
        match (node, reader.form) {
            (Value::Bool(value), _) => Some(*value),
            (Value::String(text), Form::Query) if text == "true" => Some(true),
            (Value::String(text), Form::Query) if text == "false" => Some(false),
            _ => reader.malformed(at, "true or false"),
        }
    }
}

impl Read for Timestamp {
    fn read(node: &Value, at: &At<'_>, _: &Rule, reader: &mut Reader) -> Option<Self> {
        let moment = match (node, reader.form) {
            (Value::Number(number), _) => number.as_f64().and_then(Self::from_seconds),
            (Value::String(text), Form::Query) => Self::from_iso8601(text),
            _ => None,
        };
        moment.or_else(|| reader.malformed(at, "a timestamp"))
    }
}

impl Read for Blob {
    fn read(node: &Value, at: &At<'_>, rule: &Rule, reader: &mut Reader) -> Option<Self> {
        let Some(blob) = node.as_str().and_then(Self::from_base64) else {
            return reader.malformed(at, "base64 text");
        };
        if let Some(broken) = rule.broken_length(blob.0.len()) {
            reader.broken(at, None, &broken);
            return None;
        }
        Some(blob)
    }
}

impl<T: Read> Read for Vec<T> {
    fn read(node: &Value, at: &At<'_>, rule: &Rule, reader: &mut Reader) -> Option<Self> {
        let nodes: Vec<&Value> = match (node, reader.form) {
            (Value::Array(items), Form::Json) => items.iter().collect(),
            (_, Form::Query) => reader.numbered(node, "member", at)?,
            _ => return reader.malformed(at, "a list"),
        };
        if let Some(broken) = rule.broken_length(nodes.len()) {
            reader.broken(at, None, &broken);
            return None;
        }
        let item_rule = rule.item.unwrap_or(&ANY);
        let mut items = Some(Self::with_capacity(nodes.len().min(MAX_RESERVED)));
        for (i, node) in nodes.into_iter().enumerate() {
            match (
                T::read(node, &At::Item(at, i + 1), item_rule, reader),
                &mut items,
            ) {
                (Some(item), Some(items)) => items.push(item),
                _ => items = None,
            }
        }
        items
    }
}

impl<K: Read + Ord, V: Read> Read for BTreeMap<K, V> {
    fn read(node: &Value, at: &At<'_>, rule: &Rule, reader: &mut Reader) -> Option<Self> {
        let mut entries: Vec<(Value, &Value)> = Vec::new();
        match (node, reader.form) {
            (Value::Object(map), Form::Json) => {
                let present = map.iter().filter(|e| !e.1.is_null());
                entries.extend(present.map(|(k, v)| (Value::from(k.as_str()), v)));
            }
            (_, Form::Query) => {
                for entry in reader.numbered(node, "entry", at)? {
                    let (Some(key), Some(value)) = (entry.get("key"), entry.get("value")) else {
                        return reader.malformed(at, "a map of keys and values");
                    };
                    entries.push((key.clone(), value));
                }
            }
            _ => return reader.malformed(at, "a map"),
        }
        if let Some(broken) = rule.broken_length(entries.len()) {
            reader.broken(at, None, &broken);
            return None;
        }
        let (key_rule, value_rule) = (rule.key.unwrap_or(&ANY), rule.item.unwrap_or(&ANY));
        let mut map = Some(Self::new());
        for (key, value) in entries {
            let key = K::read(&key, &At::Key(at), key_rule, reader);
            let value = V::read(value, &At::Entry(at), value_rule, reader);
            match (key, value, &mut map) {
                (Some(key), Some(value), Some(map)) => drop(map.insert(key, value)),
                _ => map = None,
            }
        }
        map
    }
}

/// Messages name at most this many failures.
const MAX_VIOLATIONS: usize = 16;

/// Longer values are cut in messages.
const MAX_SHOWN_BYTES: usize = 512;

/// List capacity is reserved up to here; beyond, the list grows as items prove valid.
const MAX_RESERVED: usize = 64;

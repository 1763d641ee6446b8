//! One Rust file per service: rules, enums, structures, and the calls that use them.
//!
//! The emitted text is macro input (`crates/aws/src/shapes.rs` holds the macros), so a structure
//! costs one line per member.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use super::model::{Kind, Member, Model, Shape};
use super::{names, ops};

/// Generates the file of one service.
pub(crate) fn generate(model: &Model) -> Result<String, String> {
    let mut file = File::new(model)?;
    let mut structures = String::new();
    for (name, operation) in &model.operations {
        let input = operation.input.as_deref();
        let is_read = Use {
            read: true,
            write: false,
        };
        structures += &file.structure(&format!("{name}Input"), input, is_read)?;
        if !file.streams(operation.output.as_deref())? {
            let output = operation.output.as_deref();
            let is_written = Use {
                read: false,
                write: true,
            };
            structures += &file.structure(&format!("{name}Output"), output, is_written)?;
        }
    }
    let mut enums = String::new();
    for (name, used) in file.used.clone() {
        match &model.shape(&name)?.kind {
            Kind::Structure { .. } => {
                structures += &file.structure(&names::type_name(&name), Some(&name), used)?;
            }
            Kind::Enum(values) if !file.is_open(&name) => enums += &enumeration(&name, values),
            _ => {}
        }
    }
    let body = format!("{enums}{structures}{}", calls(model, &file)?);
    Ok(file.finish(&body))
}

/// In which directions a shape travels.
#[derive(Clone, Copy, Default)]
struct Use {
    read: bool,
    write: bool,
}

/// A file in the making.
struct File<'a> {
    model: &'a Model,
    /// Shapes below the inputs and outputs.
    used: BTreeMap<String, Use>,
    /// Pattern text → name of its static.
    patterns: BTreeMap<String, String>,
    /// Name of the static → its initialiser.
    rules: BTreeMap<String, String>,
}

impl<'a> File<'a> {
    fn new(model: &'a Model) -> Result<Self, String> {
        let mut file = Self {
            model,
            used: BTreeMap::new(),
            patterns: BTreeMap::new(),
            rules: BTreeMap::new(),
        };
        for (service, shape) in SECRETS {
            if *service == model.service && !model.shapes.contains_key(*shape) {
                return Err(format!("{service} has no shape {shape}"));
            }
        }
        for operation in model.operations.values() {
            if let Some(input) = &operation.input {
                file.mark_members(input, true)?;
            }
            if let Some(output) = &operation.output
                && !model.streams(output)?
            {
                file.mark_members(output, false)?;
            }
        }
        Ok(file)
    }

    fn streams(&self, shape: Option<&str>) -> Result<bool, String> {
        shape.map_or(Ok(false), |s| self.model.streams(s))
    }

    fn mark(&mut self, name: &str, read: bool) -> Result<(), String> {
        let entry = self.used.entry(name.to_owned()).or_default();
        let seen = if read {
            &mut entry.read
        } else {
            &mut entry.write
        };
        if std::mem::replace(seen, true) {
            return Ok(());
        }
        self.mark_members(name, read)
    }

    fn mark_members(&mut self, name: &str, read: bool) -> Result<(), String> {
        match &self.model.shape(name)?.kind {
            Kind::Structure { members, .. } => {
                for member in members {
                    let place = member.location.as_deref();
                    if place.is_some_and(|place| !read || !ops::PLACES.contains(&place)) {
                        return Err(format!("{name}.{}: location {place:?}", member.name));
                    }
                    if place.is_none() && member.wire != member.name {
                        return Err(format!("{name}.{}: another name", member.name));
                    }
                    self.mark(&member.shape, read)?;
                }
            }
            Kind::List(item) => self.mark(item, read)?,
            Kind::Map(key, value) => {
                self.mark(key, read)?;
                self.mark(value, read)?;
            }
            _ => {}
        }
        Ok(())
    }

    /// One `structure!`. Written structures have their members in alphabetical order, because
    /// that is the order the real service writes.
    fn structure(&mut self, name: &str, shape: Option<&str>, used: Use) -> Result<String, String> {
        let mut caps = vec!["default"];
        caps.extend(used.read.then_some("read"));
        caps.extend(used.write.then_some("write"));
        let Some(shape) = shape else {
            return Ok(format!(
                "structure! {{ {name} [{}] {{}} }}\n",
                caps.join(" ")
            ));
        };
        let Kind::Structure { members, required } = &self.model.shape(shape)?.kind else {
            return Err(format!("{shape} is not a structure"));
        };
        if !self.has_default(shape)? {
            caps.remove(0);
        }
        let mut members: Vec<&Member> = members.iter().collect();
        if used.write {
            members.sort_by(|a, b| a.name.cmp(&b.name));
        }
        let mut text = format!("structure! {{ {name} [{}] {{", caps.join(" "));
        for member in &members {
            let mut kind = self.rust_type(&member.shape)?;
            let may_be_unset = (self.model.service.as_str(), shape, member.name.as_str());
            if !required.contains(&member.name) || UNSET_FOR_ROOT.contains(&may_be_unset) {
                kind = format!("Option<{kind}>");
            }
            let rule = if used.read {
                self.rule(&member.shape)?
            } else {
                None
            };
            let rule = rule.map_or(String::new(), |r| format!(" {r}"));
            let field = names::field(&member.name);
            let _ = write!(text, "\n    {field}: {kind} = {:?}{rule},", member.name);
        }
        text += if members.is_empty() {
            "} }\n"
        } else {
            "\n} }\n"
        };
        Ok(text)
    }

    /// Enums have no default value, so neither have structures that require one.
    fn has_default(&self, shape: &str) -> Result<bool, String> {
        match &self.model.shape(shape)?.kind {
            Kind::Enum(_) => Ok(false),
            Kind::Structure { members, required } => {
                for member in members.iter().filter(|m| required.contains(&m.name)) {
                    if !self.has_default(&member.shape)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            _ => Ok(true),
        }
    }

    fn rust_type(&self, name: &str) -> Result<String, String> {
        let shape = self.model.shape(name)?;
        Ok(match &shape.kind {
            Kind::Enum(_) if self.is_open(name) => "String".to_owned(),
            Kind::Structure { .. } | Kind::Enum(_) => names::type_name(name),
            Kind::List(item) => format!("Vec<{}>", self.rust_type(item)?),
            Kind::Map(key, value) => {
                format!(
                    "BTreeMap<{}, {}>",
                    self.rust_type(key)?,
                    self.rust_type(value)?
                )
            }
            Kind::Text if self.is_secret(name, shape) => "Sensitive".to_owned(),
            Kind::Text => "String".to_owned(),
            Kind::Integer => "i32".to_owned(),
            Kind::Long => "i64".to_owned(),
            Kind::Boolean => "bool".to_owned(),
            Kind::Timestamp => "Timestamp".to_owned(),
            Kind::Blob => "Blob".to_owned(),
        })
    }

    fn is_secret(&self, name: &str, shape: &Shape) -> bool {
        shape.sensitive || SECRETS.contains(&(self.model.service.as_str(), name))
    }

    fn is_open(&self, name: &str) -> bool {
        OPEN_ENUMS.contains(&(self.model.service.as_str(), name))
    }

    /// The name of the shape's rule, or `None` where nothing constrains it.
    fn rule(&mut self, name: &str) -> Result<Option<String>, String> {
        let model = self.model;
        let shape = model.shape(name)?;
        if let Kind::Structure { .. } | Kind::Enum(_) = shape.kind {
            return Ok(None);
        }
        let mut text = String::from("Rule::ANY");
        if let Some(min) = shape.min {
            let _ = write!(text, ".min({min})");
        }
        if let Some(max) = shape.max {
            let _ = write!(text, ".max({max})");
        }
        if let Some(pattern) = &shape.pattern {
            let fresh = format!("{}_PATTERN", names::screaming(name));
            let pattern = self.patterns.entry(pattern.clone()).or_insert(fresh);
            let _ = write!(text, ".pattern(&{pattern})");
        }
        let parts = match &shape.kind {
            Kind::List(item) => vec![("item", item)],
            Kind::Map(key, value) => vec![("key", key), ("item", value)],
            _ => Vec::new(),
        };
        for (part, target) in parts {
            if let Some(rule) = self.rule(target)? {
                let _ = write!(text, ".{part}(&{rule})");
            }
        }
        if text == "Rule::ANY" {
            return Ok(None);
        }
        let rule = names::screaming(name);
        match self.rules.insert(rule.clone(), text.clone()) {
            Some(other) if other != text => Err(format!("two rules are called {rule}")),
            _ => Ok(Some(rule)),
        }
    }

    /// Puts the parts in order.
    fn finish(self, body: &str) -> String {
        let mut text = format!(
            "//! The shapes of `{}`, API version {}.\n//!\n\
             //! Generated by `cargo xtask codegen` from `models/{}.json`: do not edit.\n\
             // @generated\n\n",
            self.model.service, self.model.api_version, self.model.service,
        );
        let values = ["Blob", "Sensitive", "Timestamp"];
        let words: BTreeSet<&str> = body
            .split(|c: char| !c.is_alphanumeric() && c != '_')
            .collect();
        let values: Vec<&str> = values.into_iter().filter(|v| words.contains(v)).collect();
        if words.contains("BTreeMap") {
            text += "use std::collections::BTreeMap;\n\n";
        }
        match (self.patterns.is_empty(), self.rules.is_empty()) {
            (false, _) => text += "use crate::rule::{Pattern, Rule};\n",
            (true, false) => text += "use crate::rule::Rule;\n",
            (true, true) => {}
        }
        if !values.is_empty() {
            let _ = writeln!(text, "use crate::value::{{{}}};", values.join(", "));
        }
        text.push('\n');
        for (pattern, name) in &self.patterns {
            let _ = writeln!(
                text,
                "static {name}: Pattern = Pattern::new(r#\"{pattern}\"#);"
            );
        }
        for (name, rule) in &self.rules {
            let _ = writeln!(text, "static {name}: Rule = {rule};");
        }
        let patterns: Vec<String> = self.patterns.values().map(|p| format!("&{p}")).collect();
        let _ = writeln!(
            text,
            "\n/// For the test that compiles them.\n#[cfg(test)]\n\
             pub(crate) static PATTERNS: &[&Pattern] = &[{}];\n",
            patterns.join(", "),
        );
        text + body
    }
}

fn enumeration(name: &str, values: &[String]) -> String {
    let mut text = format!("enumeration! {{ {} {{\n", names::type_name(name));
    for value in values {
        let _ = writeln!(text, "    {} = {value:?},", names::variant(value));
    }
    text + "} }\n"
}

/// The entry points: `from_json`/`to_json`, or `from_query`/`to_xml`.
fn calls(model: &Model, file: &File<'_>) -> Result<String, String> {
    let (head, json) = match model.protocol.as_str() {
        "rest-json" => ("\njson_calls! {\n".to_owned(), true),
        "query" => (
            format!("\nquery_calls! {{ {:?}\n", model.xml_namespace),
            false,
        ),
        other => return Err(format!("protocol {other} is not supported")),
    };
    let mut text = head;
    for (name, operation) in &model.operations {
        let output = operation.output.as_deref();
        let _ = match (json, output) {
            (true, _) if file.streams(output)? => writeln!(text, "    {name}Input => (),"),
            (true, _) => writeln!(text, "    {name}Input => {name}Output,"),
            (false, Some(_)) => {
                writeln!(text, "    {name:?} {name}Input => {name}Output result,")
            }
            (false, None) => writeln!(text, "    {name:?} {name}Input => {name}Output empty,"),
        };
    }
    Ok(text + "}\n")
}

/// Text the models do not mark as sensitive but which must not reach a log or an error message.
const SECRETS: &[(&str, &str)] = &[
    ("iam", "authenticationCodeType"),
    ("kinesis-video-signaling", "Password"),
    ("sts", "tokenCodeType"),
    ("sts", "tokenType"),
];

/// Members the model requires but the real service leaves out for the root user, who has no
/// name and no path: service, structure, member.
const UNSET_FOR_ROOT: &[(&str, &str, &str)] = &[
    ("iam", "AccessKey", "UserName"),
    ("iam", "MFADevice", "UserName"),
    ("iam", "User", "Path"),
    ("iam", "User", "UserName"),
];

/// Enums of responses whose real values are not the model's: the type of a permissions boundary
/// is `Policy` on the wire, `PermissionsBoundaryPolicy` in the model.
const OPEN_ENUMS: &[(&str, &str)] = &[("iam", "PermissionsBoundaryAttachmentType")];

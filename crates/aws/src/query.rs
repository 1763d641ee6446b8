//! The awsQuery protocol of IAM and STS: forms in, XML out.
//!
//! `A.B=x` is a member of a structure, `L.member.1=x` an item of a list (never flattened in these
//! two services), `M.entry.1.key=k` with `M.entry.1.value=v` an entry of a map. A bare `L=` is an
//! empty list. Parameters may come in the URL, in the body, or in both: hand them over joined
//! by `&`.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

pub use crate::read::InputError;
use crate::read::{Form, Read, input};
use crate::write::{Write, Writer, xml_text};

/// The two parameters every call carries.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Call {
    /// `Action`, e.g. `CreateUser`; empty when missing.
    pub action: String,
    /// `Version`, e.g. `2010-05-08`; empty when missing.
    pub version: String,
}

impl Call {
    /// Reads `Action` and `Version` from a form.
    ///
    /// # Errors
    ///
    /// [`InputError::Serialization`] when the form cannot be decoded.
    pub fn parse(form: &[u8]) -> Result<Self, InputError> {
        let mut call = Self::default();
        for (name, value) in pairs(form)? {
            match name.as_str() {
                "Action" => call.action = value,
                "Version" => call.version = value,
                _ => {}
            }
        }
        Ok(call)
    }
}

/// Parses a form as an input; parameters the input has no member for are ignored.
pub(crate) fn parse<T: Read>(form: &[u8]) -> Result<T, InputError> {
    input(&tree(form)?, Form::Query)
}

/// What `print` needs to know of an operation.
pub(crate) struct Reply {
    pub(crate) action: &'static str,
    pub(crate) namespace: &'static str,
    /// The model has an output, so the result element is there even when it is empty: clients
    /// look it up.
    pub(crate) result: bool,
}

/// Writes a response body.
pub(crate) fn print(reply: &Reply, output: &dyn Write, request_id: &str) -> String {
    let mut writer = Writer::xml();
    let Reply {
        action,
        namespace,
        result,
    } = reply;
    writer.raw(&["<", action, "Response xmlns=\"", namespace, "\">"]);
    if *result {
        writer.element(&format!("{action}Result"), |w| output.write(w));
    }
    writer.element("ResponseMetadata", |w| {
        w.element("RequestId", |w| w.string(request_id))
    });
    writer.raw(&["</", action, "Response>"]);
    writer.finish()
}

/// Character data for XML written elsewhere (error bodies).
pub(crate) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    xml_text(&mut out, text);
    out
}

/// A form as a tree of structures, lists and maps; every leaf is a string. A list `L` is a
/// member `L` with a member `member` whose members are numbers.
///
/// # Errors
///
/// [`InputError::Serialization`] when the form cannot be decoded.
pub fn document(form: &[u8]) -> Result<Value, InputError> {
    tree(form)
}

/// Builds the tree of structures, lists and maps; every leaf is a string.
fn tree(form: &[u8]) -> Result<Value, InputError> {
    let mut root = Branch::default();
    for (name, value) in pairs(form)? {
        let mut branch = &mut root;
        let mut steps = name.split('.');
        let last = steps.next_back().unwrap_or_default();
        for (depth, step) in steps.enumerate() {
            if depth >= MAX_DEPTH {
                return Err(malformed("a parameter name has too many parts"));
            }
            let node = branch.0.entry(step.to_owned()).or_insert_with(Node::empty);
            branch = node.branch()?;
        }
        match branch.0.get(last) {
            Some(Node::Branch(_)) => return Err(malformed("a parameter is both value and prefix")),
            _ => drop(branch.0.insert(last.to_owned(), Node::Leaf(value))),
        }
    }
    Ok(root.into_value())
}

#[derive(Default)]
struct Branch(BTreeMap<String, Node>);

enum Node {
    Leaf(String),
    Branch(Branch),
}

impl Node {
    fn empty() -> Self {
        Self::Branch(Branch::default())
    }

    fn branch(&mut self) -> Result<&mut Branch, InputError> {
        // `Tags=` next to `Tags.member.1.Key=…`: the empty value says nothing.
        if matches!(self, Self::Leaf(text) if text.is_empty()) {
            *self = Self::empty();
        }
        match self {
            Self::Branch(branch) => Ok(branch),
            Self::Leaf(_) => Err(malformed("a parameter is both value and prefix")),
        }
    }
}

impl Branch {
    fn into_value(self) -> Value {
        let members = self.0.into_iter().map(|(name, node)| match node {
            Node::Leaf(text) => (name, Value::String(text)),
            Node::Branch(branch) => (name, branch.into_value()),
        });
        Value::Object(members.collect::<Map<_, _>>())
    }
}

/// Decodes `application/x-www-form-urlencoded`.
fn pairs(form: &[u8]) -> Result<Vec<(String, String)>, InputError> {
    if form.len() > MAX_FORM_BYTES {
        return Err(malformed("the request is too long"));
    }
    let mut pairs = Vec::new();
    for pair in form
        .trim_ascii()
        .split(|b| *b == b'&')
        .filter(|p| !p.is_empty())
    {
        if pairs.len() >= MAX_PARAMETERS {
            return Err(malformed("the request has too many parameters"));
        }
        let equals = pair.iter().position(|b| *b == b'=').unwrap_or(pair.len());
        let value = pair.get(equals + 1..).unwrap_or_default();
        pairs.push((decoded(&pair[..equals])?, decoded(value)?));
    }
    Ok(pairs)
}

/// `+` is a space and `%41` an `A`; anything else stands for itself.
fn decoded(text: &[u8]) -> Result<String, InputError> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        bytes.push(match first {
            b'+' => b' ',
            b'%' => {
                let digits = after.get(..2).and_then(|d| std::str::from_utf8(d).ok());
                let valid = digits.filter(|d| d.bytes().all(|b| b.is_ascii_hexdigit()));
                let byte = valid.and_then(|d| u8::from_str_radix(d, 16).ok());
                let byte = byte.ok_or_else(|| malformed("a percent escape is not two digits"))?;
                rest = &after[2..];
                byte
            }
            other => *other,
        });
    }
    String::from_utf8(bytes).map_err(|_| malformed("a parameter is not UTF-8"))
}

fn malformed(what: &str) -> InputError {
    InputError::Serialization(what.to_owned())
}

/// The longest form that is parsed, in bytes: twice the longest policy document, percent-encoded,
/// and some more.
pub const MAX_FORM_BYTES: usize = 1 << 20;

/// Names have at most this many parts: the deepest input of the models has nine.
const MAX_DEPTH: usize = 12;

/// More parameters than any valid request has (a thousand values in each of a few lists).
const MAX_PARAMETERS: usize = 10_000;

#[cfg(test)]
mod tests;

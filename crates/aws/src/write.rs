//! From a value to the text of a response, JSON or XML.

use std::collections::BTreeMap;

use crate::value::{Blob, Sensitive, Timestamp};

/// A type with a place in a response.
pub(crate) trait Write {
    /// Writes the value.
    fn write(&self, writer: &mut Writer);

    /// Whether there is no value: `null` in JSON, no element in XML.
    fn is_absent(&self) -> bool {
        false
    }
}

/// A map key.
pub(crate) trait Key {
    /// The key's text.
    fn key(&self) -> &str;
}

/// A response in the making.
pub(crate) struct Writer {
    form: Form,
    text: String,
    /// JSON: something stands before the next value, so a comma is due.
    comma: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Json,
    Xml,
}

impl Writer {
    /// A JSON writer. Unset members are written as `null`, as the real service does.
    pub(crate) fn json() -> Self {
        Self {
            form: Form::Json,
            text: String::new(),
            comma: false,
        }
    }

    /// An XML writer. Unset members are left out.
    pub(crate) fn xml() -> Self {
        Self {
            form: Form::Xml,
            text: String::new(),
            comma: false,
        }
    }

    /// The finished text.
    pub(crate) fn finish(self) -> String {
        self.text
    }

    /// A structure; `members` calls [`Writer::member`].
    pub(crate) fn structure(&mut self, members: impl FnOnce(&mut Self)) {
        self.between('{', '}', members);
    }

    /// A member of a structure.
    pub(crate) fn member(&mut self, name: &str, value: &dyn Write) {
        match self.form {
            Form::Json => {
                self.json_key(name);
                value.write(self);
                self.comma = true;
            }
            Form::Xml if value.is_absent() => {}
            Form::Xml => self.element(name, |w| value.write(w)),
        }
    }

    /// An XML element. The name comes from a model.
    pub(crate) fn element(&mut self, name: &str, content: impl FnOnce(&mut Self)) {
        self.raw(&["<", name, ">"]);
        content(self);
        self.raw(&["</", name, ">"]);
    }

    /// Text as it is.
    pub(crate) fn raw(&mut self, parts: &[&str]) {
        self.text.extend(parts.iter().copied());
    }

    /// Text in quotes, or escaped.
    pub(crate) fn string(&mut self, text: &str) {
        match self.form {
            Form::Json => json_string(&mut self.text, text),
            Form::Xml => xml_text(&mut self.text, text),
        }
    }

    /// Brackets in JSON, nothing in XML.
    fn between(&mut self, open: char, close: char, content: impl FnOnce(&mut Self)) {
        if self.form == Form::Json {
            self.text.push(open);
            self.comma = false;
            content(self);
            self.text.push(close);
        } else {
            content(self);
        }
    }

    fn json_key(&mut self, name: &str) {
        if self.comma {
            self.text.push(',');
        }
        json_string(&mut self.text, name);
        self.text.push(':');
        self.comma = false;
    }

    fn list<T: Write>(&mut self, items: &[T]) {
        self.between('[', ']', |w| {
            for item in items {
                if w.form == Form::Xml {
                    w.element("member", |w| item.write(w));
                    continue;
                }
                if w.comma {
                    w.text.push(',');
                }
                item.write(w);
                w.comma = true;
            }
        });
    }

    fn map<K: Key, V: Write>(&mut self, entries: &BTreeMap<K, V>) {
        self.between('{', '}', |w| {
            for (key, value) in entries {
                if w.form == Form::Xml {
                    w.element("entry", |w| {
                        w.element("key", |w| w.string(key.key()));
                        w.element("value", |w| value.write(w));
                    });
                    continue;
                }
                w.json_key(key.key());
                value.write(w);
                w.comma = true;
            }
        });
    }
}

impl<T: Write> Write for Option<T> {
    fn write(&self, writer: &mut Writer) {
        match self {
            Some(value) => value.write(writer),
            None => writer.raw(&["null"]),
        }
    }

    fn is_absent(&self) -> bool {
        self.is_none()
    }
}

impl Write for String {
    fn write(&self, writer: &mut Writer) {
        writer.string(self);
    }
}

impl Write for Sensitive {
    fn write(&self, writer: &mut Writer) {
        writer.string(self.as_str());
    }
}

impl Write for i32 {
    fn write(&self, writer: &mut Writer) {
        writer.raw(&[&self.to_string()]);
    }
}

impl Write for i64 {
    fn write(&self, writer: &mut Writer) {
        writer.raw(&[&self.to_string()]);
    }
}

impl Write for bool {
    fn write(&self, writer: &mut Writer) {
        writer.raw(&[if *self { "true" } else { "false" }]);
    }
}

impl Write for Timestamp {
    fn write(&self, writer: &mut Writer) {
        match writer.form {
            Form::Json => writer.raw(&[&self.to_seconds()]),
            Form::Xml => writer.raw(&[&self.to_iso8601()]),
        }
    }
}

impl Write for Blob {
    fn write(&self, writer: &mut Writer) {
        writer.string(&self.to_base64());
    }
}

impl<T: Write> Write for Vec<T> {
    fn write(&self, writer: &mut Writer) {
        writer.list(self);
    }
}

impl<K: Key, V: Write> Write for BTreeMap<K, V> {
    fn write(&self, writer: &mut Writer) {
        writer.map(self);
    }
}

impl Key for String {
    fn key(&self) -> &str {
        self
    }
}

/// Appends a JSON string (RFC 8259 §7).
fn json_string(out: &mut String, text: &str) {
    out.push('"');
    // Nearly all text needs no escapes, so it is taken in runs.
    let mut rest = text;
    while let Some(at) = rest.find(|c: char| matches!(c, '"' | '\\') || c < ' ') {
        let (plain, escaped) = rest.split_at(at);
        out.push_str(plain);
        let mut chars = escaped.chars();
        let c = chars.next().unwrap_or_default();
        rest = chars.as_str();
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c => out.push_str(&format!("\\u{:04x}", c as u32)),
        }
    }
    out.push_str(rest);
    out.push('"');
}

/// Appends XML 1.0 character data. Characters XML 1.0 cannot carry (§2.2) are dropped.
pub(crate) fn xml_text(out: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            // A parser would turn a bare carriage return into a line feed (§2.11).
            '\r' => out.push_str("&#xD;"),
            '\t' | '\n' => out.push(c),
            c if (c as u32) < 0x20 || matches!(c, '\u{fffe}' | '\u{ffff}') => {}
            c => out.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{json_string, xml_text};

    #[test]
    fn xml_is_escaped() {
        let mut out = String::new();
        xml_text(&mut out, "a<b>&\"c\"\r\n\u{0}\u{b}é");
        assert_eq!(out, "a&lt;b&gt;&amp;&quot;c&quot;&#xD;\né");
    }

    #[test]
    fn json_strings_are_valid_json() {
        let text: String = (0..0x250).filter_map(char::from_u32).collect();
        let mut out = String::new();
        json_string(&mut out, &text);
        assert_eq!(
            serde_json::from_str::<String>(&out).expect("it parses"),
            text
        );
    }
}

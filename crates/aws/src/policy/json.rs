//! Strict JSON with positions: RFC 8259, no duplicate names, bounded depth.
//!
//! Policies are not read with `serde_json`, because it forgets where things stand and takes the
//! last of several members of the same name, which is how one reader sees another policy than the
//! next.

use std::collections::BTreeSet;
use std::ops::Range;

/// A value and where its text stands, in bytes.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Node {
    pub(super) span: Range<usize>,
    pub(super) value: Value,
}

impl Node {
    pub(super) fn start(&self) -> usize {
        self.span.start
    }
}

/// What a value is. Numbers keep their spelling.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    Null,
    Bool(bool),
    Number(String),
    Text(String),
    Array(Vec<Node>),
    Object(Vec<Member>),
}

/// A member of an object.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Member {
    pub(super) name: String,
    pub(super) name_span: Range<usize>,
    pub(super) node: Node,
}

/// Where and why a text is not JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Malformed {
    pub(super) offset: usize,
    pub(super) what: &'static str,
}

/// Reads a text that is one value and nothing else.
pub(super) fn parse(text: &str) -> Result<Node, Malformed> {
    let mut reader = Reader { text, at: 0 };
    let node = reader.node(DEPTH_MAX)?;
    reader.space();
    match reader.at == text.len() {
        true => Ok(node),
        false => Err(reader.bad("text behind the end of the document")),
    }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn bad(&self, what: &'static str) -> Malformed {
        let offset = self.at;
        Malformed { offset, what }
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn eat(&mut self, byte: u8) -> bool {
        self.space();
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn node(&mut self, depth: usize) -> Result<Node, Malformed> {
        self.space();
        if depth == 0 {
            return Err(self.bad("too many levels"));
        }
        let start = self.at;
        let value = match self.peek() {
            Some(b'{') => Value::Object(self.object(depth)?),
            Some(b'[') => Value::Array(self.array(depth)?),
            Some(b'"') => Value::Text(self.string()?),
            Some(b'-' | b'0'..=b'9') => Value::Number(self.number()?),
            Some(b't') => self.word("true", Value::Bool(true))?,
            Some(b'f') => self.word("false", Value::Bool(false))?,
            Some(b'n') => self.word("null", Value::Null)?,
            Some(_) => return Err(self.bad("a value should stand here")),
            None => return Err(self.bad("the document ends too early")),
        };
        let span = start..self.at;
        Ok(Node { span, value })
    }

    fn object(&mut self, depth: usize) -> Result<Vec<Member>, Malformed> {
        self.at += 1;
        let mut members = Vec::new();
        let mut names = BTreeSet::new();
        if self.eat(b'}') {
            return Ok(members);
        }
        loop {
            self.space();
            let start = self.at;
            if self.peek() != Some(b'"') {
                return Err(self.bad("the name of an element should stand here, in quotes"));
            }
            let name = self.string()?;
            let name_span = start..self.at;
            if !names.insert(name.clone()) {
                let what = "this element stands here a second time";
                return Err(Malformed {
                    offset: start,
                    what,
                });
            }
            if !self.eat(b':') {
                return Err(self.bad("a ':' should stand here"));
            }
            let node = self.node(depth - 1)?;
            members.push(Member {
                name,
                name_span,
                node,
            });
            if self.eat(b'}') {
                return Ok(members);
            }
            if !self.eat(b',') {
                return Err(self.bad("a ',' or '}' should stand here"));
            }
        }
    }

    fn array(&mut self, depth: usize) -> Result<Vec<Node>, Malformed> {
        self.at += 1;
        let mut nodes = Vec::new();
        if self.eat(b']') {
            return Ok(nodes);
        }
        loop {
            nodes.push(self.node(depth - 1)?);
            if self.eat(b']') {
                return Ok(nodes);
            }
            if !self.eat(b',') {
                return Err(self.bad("a ',' or ']' should stand here"));
            }
        }
    }

    fn word(&mut self, word: &str, value: Value) -> Result<Value, Malformed> {
        if !self.text[self.at..].starts_with(word) {
            return Err(self.bad("a value should stand here"));
        }
        self.at += word.len();
        Ok(value)
    }

    fn number(&mut self) -> Result<String, Malformed> {
        let start = self.at;
        self.at += usize::from(self.peek() == Some(b'-'));
        match self.peek() {
            Some(b'0') => self.at += 1,
            _ => self.digits()?,
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            self.at += usize::from(matches!(self.peek(), Some(b'+' | b'-')));
            self.digits()?;
        }
        Ok(self.text[start..self.at].to_owned())
    }

    fn digits(&mut self) -> Result<(), Malformed> {
        let start = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        match self.at > start {
            true => Ok(()),
            false => Err(self.bad("a digit should stand here")),
        }
    }

    fn string(&mut self) -> Result<String, Malformed> {
        self.at += 1;
        let mut value = String::new();
        loop {
            let rest = &self.text[self.at..];
            let run = rest
                .find(|c: char| c == '"' || c == '\\' || c < ' ')
                .ok_or(Malformed {
                    offset: self.text.len(),
                    what: "a text without closing quotes",
                })?;
            value.push_str(&rest[..run]);
            self.at += run;
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(value);
                }
                Some(b'\\') => value.push(self.escape()?),
                _ => return Err(self.bad("a control character within quotes")),
            }
        }
    }

    fn escape(&mut self) -> Result<char, Malformed> {
        let bad = self.bad("an escape that JSON does not know");
        self.at += 1;
        let letter = self.peek().ok_or(bad)?;
        self.at += 1;
        Ok(match letter {
            b'"' => '"',
            b'\\' => '\\',
            b'/' => '/',
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let high = self.hex().ok_or(bad)?;
                if !(0xd800..0xdc00).contains(&high) {
                    return char::from_u32(high).ok_or(bad);
                }
                if !self.text[self.at..].starts_with("\\u") {
                    return Err(bad);
                }
                self.at += 2;
                let low = self.hex().ok_or(bad)?;
                let low = low.checked_sub(0xdc00).filter(|low| *low < 0x400);
                let code = low.map(|low| 0x1_0000 + ((high - 0xd800) << 10) + low);
                code.and_then(char::from_u32).ok_or(bad)?
            }
            _ => return Err(bad),
        })
    }

    fn hex(&mut self) -> Option<u32> {
        let digits = self.text.get(self.at..self.at + 4)?;
        if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        self.at += 4;
        u32::from_str_radix(digits, 16).ok()
    }
}

/// A policy needs seven levels.
const DEPTH_MAX: usize = 16;

#[cfg(test)]
mod tests {
    use super::{Value, parse};

    #[test]
    fn what_is_not_json_is_refused_where_it_stands() {
        for (text, offset) in [
            ("", 0),
            ("{", 1),
            ("{}x", 2),
            ("{\"a\":1,}", 7),
            ("{\"a\":1,\"a\":2}", 7),
            ("{a:1}", 1),
            ("{\"a\" 1}", 5),
            ("[1,]", 3),
            ("[1 2]", 3),
            ("[01]", 2),
            ("[-]", 2),
            ("[1.]", 3),
            ("[1e]", 3),
            ("[nul]", 1),
            ("\"abc", 4),
            ("\"a\nb\"", 2),
            ("\"\\x\"", 1),
            ("\"\\u12\"", 1),
            ("\"\\ud800\"", 1),
            ("\"\\ud800\\u0041\"", 1),
            ("\"\\udc00\"", 1),
            ("'a'", 0),
            ("// a\n{}", 0),
            ("\u{feff}{}", 0),
        ] {
            assert_eq!(parse(text).map_err(|e| e.offset), Err(offset), "{text}");
        }
        let deep = "[".repeat(100_000);
        assert_eq!(parse(&deep).map_err(|e| e.what), Err("too many levels"));
    }

    #[test]
    fn texts_are_unescaped() {
        let node = parse(r#" "a\"\\\/\b\f\n\r\té\ud83c\udfa5é" "#).expect("good");
        let text = "a\"\\/\u{8}\u{c}\n\r\té🎥é".to_owned();
        assert_eq!(node.value, Value::Text(text));
        assert_eq!(node.span.start, 1);
    }
}

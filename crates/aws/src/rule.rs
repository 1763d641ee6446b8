//! What the model demands of a value: length or range, and a pattern.

use std::fmt;
use std::sync::OnceLock;

use regex_lite::Regex;

/// The constraints of one shape. Lengths count characters, items or entries; for numbers the
/// same two limits are the range.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rule {
    pub(crate) min: Option<i64>,
    pub(crate) max: Option<i64>,
    pub(crate) pattern: Option<&'static Pattern>,
    /// For the items of a list and the values of a map.
    pub(crate) item: Option<&'static Rule>,
    /// For the keys of a map.
    pub(crate) key: Option<&'static Rule>,
}

/// No constraint at all.
pub(crate) static ANY: Rule = Rule::ANY;

impl Rule {
    /// No constraint at all.
    pub(crate) const ANY: Self = Self {
        min: None,
        max: None,
        pattern: None,
        item: None,
        key: None,
    };

    /// With a least length or value.
    pub(crate) const fn min(mut self, min: i64) -> Self {
        self.min = Some(min);
        self
    }

    /// With a greatest length or value.
    pub(crate) const fn max(mut self, max: i64) -> Self {
        self.max = Some(max);
        self
    }

    /// With a pattern the whole text must match.
    pub(crate) const fn pattern(mut self, pattern: &'static Pattern) -> Self {
        self.pattern = Some(pattern);
        self
    }

    /// With a rule for items or map values.
    pub(crate) const fn item(mut self, item: &'static Self) -> Self {
        self.item = Some(item);
        self
    }

    /// With a rule for map keys.
    pub(crate) const fn key(mut self, key: &'static Self) -> Self {
        self.key = Some(key);
        self
    }

    /// What a text, list or map of this length breaks.
    pub(crate) fn broken_length(&self, length: usize) -> Option<Broken> {
        let length = i64::try_from(length).unwrap_or(i64::MAX);
        if let Some(max) = self.max.filter(|m| length > *m) {
            return Some(Broken::LongerThan(max));
        }
        self.min.filter(|m| length < *m).map(Broken::ShorterThan)
    }

    /// What a number breaks.
    pub(crate) fn broken_range(&self, number: i64) -> Option<Broken> {
        if let Some(max) = self.max.filter(|m| number > *m) {
            return Some(Broken::Above(max));
        }
        self.min.filter(|m| number < *m).map(Broken::Below)
    }

    /// What a text breaks. A text of the wrong length is not matched against the pattern, so
    /// the cost of matching is bounded by the model; where the model knows no greatest length,
    /// as for session policies, by the length of a request.
    pub(crate) fn broken_text(&self, text: &str) -> Option<Broken> {
        if let Some(broken) = self.broken_length(text.chars().count()) {
            return Some(broken);
        }
        self.pattern
            .filter(|p| !p.matches(text))
            .map(|p| Broken::Pattern(p.text))
    }
}

/// The constraint a value failed, in the words clients know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Broken {
    LongerThan(i64),
    ShorterThan(i64),
    Above(i64),
    Below(i64),
    Pattern(&'static str),
    /// The value set of an enum.
    Enum(&'static [&'static str]),
    Null,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LongerThan(max) => {
                write!(f, "Member must have length less than or equal to {max}")
            }
            Self::ShorterThan(min) => {
                write!(f, "Member must have length greater than or equal to {min}")
            }
            Self::Above(max) => write!(f, "Member must have value less than or equal to {max}"),
            Self::Below(min) => write!(f, "Member must have value greater than or equal to {min}"),
            Self::Pattern(text) => {
                write!(f, "Member must satisfy regular expression pattern: {text}")
            }
            Self::Enum(values) => {
                write!(
                    f,
                    "Member must satisfy enum value set: [{}]",
                    values.join(", ")
                )
            }
            Self::Null => f.write_str("Member must not be null"),
        }
    }
}

/// A pattern of the model, compiled when first used.
#[derive(Debug)]
pub(crate) struct Pattern {
    text: &'static str,
    compiled: OnceLock<Matcher>,
}

impl Pattern {
    /// A pattern in the model's own syntax (Java's).
    pub(crate) const fn new(text: &'static str) -> Self {
        Self {
            text,
            compiled: OnceLock::new(),
        }
    }

    /// Whether the whole text matches.
    pub(crate) fn matches(&self, text: &str) -> bool {
        self.compiled
            .get_or_init(|| Matcher::compile(self.text))
            .matches(text)
    }
}

#[derive(Debug)]
enum Matcher {
    Regex(Regex),
    /// ASCII characters of one class, a bit for each.
    Ascii {
        class: u128,
        may_be_empty: bool,
    },
    /// Letters, separators, numbers (`\p{L}\p{Z}\p{N}`) and the `extra` characters.
    TagText {
        extra: String,
        may_be_empty: bool,
    },
}

impl Matcher {
    fn compile(model: &str) -> Self {
        if let Some(class) = tag_class(model).or_else(|| ascii_class(model)) {
            return class;
        }
        let rewritten = REWRITTEN.iter().find(|(from, _)| *from == model);
        let text = rewritten.map_or_else(|| braced_escapes(model), |(_, to)| (*to).to_owned());
        let whole = Regex::new(&format!(r"\A(?:{text})\z"));
        Self::Regex(whole.expect("patterns come from the models and a test compiles each of them"))
    }

    fn matches(&self, text: &str) -> bool {
        match self {
            Self::Regex(regex) => regex.is_match(text),
            Self::Ascii {
                class,
                may_be_empty,
            } => {
                let allowed = |byte: u8| byte < 128 && class >> byte & 1 == 1;
                (*may_be_empty || !text.is_empty()) && text.bytes().all(allowed)
            }
            Self::TagText {
                extra,
                may_be_empty,
            } => {
                let allowed = |c: char| is_tag_char(c) || extra.contains(c);
                (*may_be_empty || !text.is_empty()) && text.chars().all(allowed)
            }
        }
    }
}

/// `\p{L}`, `\p{Z}` and `\p{N}`, which the small regex engine has no tables for. The standard
/// library's alphabetic property also holds combining vowel signs: words of many scripts need
/// them, so this is a little wider than the model.
fn is_tag_char(c: char) -> bool {
    c.is_alphanumeric() || c.is_whitespace() && !c.is_control()
}

/// `[\p{L}\p{Z}\p{N}…]*`, with or without `^(…)$` around it.
fn tag_class(model: &str) -> Option<Matcher> {
    let bare = model
        .strip_prefix("^(")
        .and_then(|m| m.strip_suffix(")$"))
        .unwrap_or(model);
    let rest = bare.strip_prefix(r"[\p{L}\p{Z}\p{N}")?;
    let (class, may_be_empty) = match (rest.strip_suffix("]*"), rest.strip_suffix("]+")) {
        (Some(class), _) => (class, true),
        (_, Some(class)) => (class, false),
        _ => return None,
    };
    Some(Matcher::TagText {
        extra: class.replace('\\', ""),
        may_be_empty,
    })
}

/// `[…]*` or `[…]+` with nothing but ASCII characters and ranges of them: what most names in
/// requests are, and a table is some times as quick as the regex engine.
fn ascii_class(model: &str) -> Option<Matcher> {
    let rest = model.strip_prefix('[')?;
    let (inside, may_be_empty) = match (rest.strip_suffix("]*"), rest.strip_suffix("]+")) {
        (Some(inside), _) => (inside, true),
        (_, Some(inside)) => (inside, false),
        _ => return None,
    };
    let is_odd = |c: char| !c.is_ascii_graphic() || r"\[]^&~".contains(c);
    if inside.is_empty() || inside.contains(is_odd) || inside.contains("--") {
        return None;
    }
    let mut class = 0_u128;
    let mut rest = inside.as_bytes();
    while let [first, after @ ..] = rest {
        let (last, after) = match after {
            [b'-', last, after @ ..] => (last, after),
            after => (first, after),
        };
        for byte in *first..=*last {
            class |= 1 << byte;
        }
        rest = after;
    }
    Some(Matcher::Ascii {
        class,
        may_be_empty,
    })
}

/// `\u0020` → `\u{0020}`, the form the regex engine reads.
fn braced_escapes(model: &str) -> String {
    let mut parts = model.split(r"\u");
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        match part.split_at_checked(4) {
            Some((digits, rest)) => {
                text += r"\u{";
                text += digits;
                text += "}";
                text += rest;
            }
            None => text += part,
        }
    }
    text
}

/// Patterns the engine cannot read, with their equal.
const REWRITTEN: &[(&str, &str)] = &[
    // Visible ASCII, by Java's name for it, and the space.
    (r"[\p{Graph}\x20]*", r"[\x20-\x7E]*"),
    // A look-ahead against two hyphens in a row; the length is the rule's business.
    (
        "^[a-z0-9]([a-z0-9]|-(?!-)){1,61}[a-z0-9]$",
        "[a-z0-9](-?[a-z0-9])*",
    ),
    // Five-digit escapes, meant as the supplementary planes.
    (
        r"[\u0009\u000A\u000D\u0020-\u007E\u0085\u00A0-\uD7FF\uE000-\uFFFD\u10000-\u10FFFF]+",
        r"[\t\n\r\u{20}-\u{7E}\u{85}\u{A0}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]+",
    ),
];

#[cfg(test)]
mod tests {
    use super::Pattern;

    fn matches(pattern: &'static str, text: &str) -> bool {
        Pattern::new(pattern).matches(text)
    }

    #[test]
    fn the_whole_text_must_match() {
        assert!(matches("[a-zA-Z0-9_.-]+", "front-door_1.x"));
        assert!(!matches("[a-zA-Z0-9_.-]+", "front door"));
        assert!(!matches("[a-zA-Z0-9_.-]+", "door\n"));
        assert!(!matches("^[a-zA-Z_0-9]+", "80%"));
    }

    #[test]
    fn classes_of_ascii_match_as_the_engine_does() {
        let files = crate::shapes::patterns();
        let models = files.into_iter().flatten().map(|pattern| pattern.text);
        let mut classes = 0;
        for model in models {
            let Some(class) = super::ascii_class(model) else {
                continue;
            };
            classes += 1;
            let engine = regex_lite::Regex::new(&format!(r"\A(?:{model})\z")).unwrap();
            let texts = (0..=0x100).flat_map(char::from_u32).map(String::from);
            for text in texts.chain(["", "aZ0", "a\n", "-_", "a b"].map(String::from)) {
                let expected = engine.is_match(&text);
                assert_eq!(class.matches(&text), expected, "{model}: {text:?}");
            }
        }
        assert!(classes > 5, "{classes}");
    }

    #[test]
    fn tag_text_is_unicode() {
        let key = r"^([\p{L}\p{Z}\p{N}_.:/=+\-@]*)$";
        for good in ["", "Größe 1", "キー", "a/b=c+d-e@f:g.h_i", "नाम", "٣"] {
            assert!(matches(key, good), "{good}");
        }
        for bad in ["a*b", "tab\t", "line\n", "quote\"", "a{b}", "🎥"] {
            assert!(!matches(key, bad), "{bad}");
        }
        assert!(!matches(r"[\p{L}\p{Z}\p{N}_.:/=+\-@]+", ""));
        assert!(matches(r"[\p{L}\p{Z}\p{N}_.:/=+\-@{}]+", "a{b}"));
    }

    #[test]
    fn account_aliases_have_no_two_hyphens_in_a_row() {
        let alias = "^[a-z0-9]([a-z0-9]|-(?!-)){1,61}[a-z0-9]$";
        assert!(matches(alias, "my-home-7"));
        for bad in ["-a", "a-", "a--b", "A", ""] {
            assert!(!matches(alias, bad), "{bad}");
        }
    }

    #[test]
    fn policy_text_keeps_its_character_set() {
        let policy = r"[\u0009\u000A\u000D\u0020-\u00FF]+";
        assert!(matches(policy, "{\n\t\"Version\": \"2012-10-17\" }"));
        assert!(!matches(policy, "\u{0}"));
        assert!(!matches(policy, "\u{100}"));
    }

    #[test]
    fn every_pattern_of_the_models_compiles() {
        let files = crate::shapes::patterns();
        assert!(files.iter().map(|f| f.len()).sum::<usize>() > 40);
        for pattern in files.into_iter().flatten() {
            // Compiling panics on a pattern the engine cannot read.
            pattern.matches("x");
        }
    }
}

//! Policy variables: `${key}`, `${key, 'default'}`, and the escapes `${*}`, `${?}` and `${$}`.
//!
//! "IAM policy elements: variables and tags" (IAM User Guide). What is put in for a variable is
//! plain text: a star in a user's name matches a star.

use super::pattern::{Fields, Glob, Token};
use super::request::{Keys, Values};

/// How a text of a policy is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Reading {
    /// Whether the policy's version knows variables.
    pub(super) has_variables: bool,
    /// Whether `*` and `?` are wildcards.
    pub(super) has_wildcards: bool,
}

/// A text with at least one variable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Template(Box<[Part]>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Token(Token),
    Variable {
        key: Box<str>,
        default: Option<Box<str>>,
    },
    /// A variable nobody can fill: not closed, or without a name.
    Never,
}

/// A text that may have variables, without wildcards.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Text {
    Fixed(Box<str>),
    Template(Template),
}

/// A pattern that may have variables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Pattern {
    Fixed(Glob),
    Template(Template),
}

impl Text {
    pub(super) fn new(text: &str, has_variables: bool) -> Text {
        let reading = Reading {
            has_variables,
            has_wildcards: false,
        };
        match read(text, reading) {
            Ok(tokens) => Self::Fixed(plain(&tokens).into()),
            Err(template) => Self::Template(template),
        }
    }

    /// Whether this is `value`; `None` if a variable has no value.
    pub(super) fn equals(&self, value: &str, is_folded: bool, keys: &dyn Keys) -> Option<bool> {
        let equals = |text: &str| match is_folded {
            true => folds_to(text, value),
            false => text == value,
        };
        match self {
            Self::Fixed(text) => Some(equals(text)),
            Self::Template(template) => {
                // A character in lower case is at most three.
                let filled = template.fill(keys, value.len().saturating_mul(3))?;
                Some(filled.is_some_and(|tokens| equals(&plain(&tokens))))
            }
        }
    }

    pub(super) fn template(&self) -> Option<&Template> {
        match self {
            Self::Fixed(_) => None,
            Self::Template(template) => Some(template),
        }
    }
}

impl Pattern {
    pub(super) fn new(text: &str, has_variables: bool) -> Pattern {
        let reading = Reading {
            has_variables,
            has_wildcards: true,
        };
        match read(text, reading) {
            Ok(tokens) => Self::Fixed(Glob::compile(&tokens)),
            Err(template) => Self::Template(template),
        }
    }

    /// Whether the pattern matches; `None` if a variable has no value.
    pub(super) fn matches(&self, text: &str, keys: &dyn Keys) -> Option<bool> {
        match self {
            Self::Fixed(glob) => Some(glob.matches(text)),
            Self::Template(template) => {
                let filled = template.fill(keys, text.len())?;
                Some(filled.is_some_and(|tokens| Glob::compile(&tokens).matches(text)))
            }
        }
    }

    pub(super) fn template(&self) -> Option<&Template> {
        match self {
            Self::Fixed(_) => None,
            Self::Template(template) => Some(template),
        }
    }
}

impl Template {
    /// The text with every variable filled in, `None` if one has no value, an empty one, or
    /// several. `Some(None)` if it stands for more than `longest` characters: values are as long as
    /// whoever sends the request likes, so no more is put together than could match.
    fn fill(&self, keys: &dyn Keys, longest: usize) -> Option<Option<Vec<Token>>> {
        let mut filled = Filled::new(longest);
        for part in &self.0 {
            match part {
                Part::Token(token) => filled.push([*token]),
                Part::Never => return None,
                Part::Variable { key, default } => match (keys.values(key), default) {
                    (Some(Values::One(value)), _) if !value.is_empty() => {
                        filled.push(value.chars().map(Token::Char));
                    }
                    (Some(Values::Many([value])), _) if !value.is_empty() => {
                        filled.push(value.chars().map(Token::Char));
                    }
                    (None | Some(Values::Many([])), Some(default)) => {
                        filled.push(default.chars().map(Token::Char));
                    }
                    _ => return None,
                },
            }
        }
        Some(filled.room.is_some().then_some(filled.tokens))
    }

    /// Whether every variable has a value.
    fn has_values(&self, keys: &dyn Keys) -> bool {
        self.fill(keys, 0).is_some()
    }

    /// The keys of the variables, as they are written.
    pub(super) fn keys(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|part| match part {
            Part::Variable { key, .. } => Some(&**key),
            _ => None,
        })
    }
}

/// Tokens of a template as they are put together.
struct Filled {
    tokens: Vec<Token>,
    /// How many characters more the text may stand for; `None` once there were too many.
    room: Option<usize>,
}

impl Filled {
    fn new(longest: usize) -> Filled {
        Filled {
            tokens: Vec::new(),
            room: Some(longest),
        }
    }

    fn push(&mut self, tokens: impl IntoIterator<Item = Token>) {
        for token in tokens {
            let takes = usize::from(token != Token::Any);
            self.room = self.room.and_then(|room| room.checked_sub(takes));
            match self.room {
                Some(_) => self.tokens.push(token),
                None => return,
            }
        }
    }
}

/// An ARN with wildcards, and variables in its last field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum ArnPattern {
    /// `*`
    Any,
    /// Field by field.
    Fields {
        leading: Box<[Glob; 5]>,
        rest: Pattern,
    },
}

impl ArnPattern {
    /// Reads a pattern of a Resource element. Fields that are missing at the end are `*`.
    pub(super) fn new(text: &str, has_variables: bool) -> ArnPattern {
        if text == "*" {
            return Self::Any;
        }
        let fields = Self::fields(text, has_variables);
        let field = |index: usize| {
            fields
                .get(index)
                .map_or(Glob::Any, |field| Glob::new(field))
        };
        let leading = Box::new([field(0), field(1), field(2), field(3), field(4)]);
        let rest = match fields.get(5) {
            Some(rest) => Pattern::new(rest, has_variables),
            None => Pattern::Fixed(Glob::Any),
        };
        Self::Fields { leading, rest }
    }

    /// Reads a pattern of a condition, which must have all six fields.
    pub(super) fn whole(text: &str, has_variables: bool) -> Option<ArnPattern> {
        let is_whole = Self::fields(text, has_variables).len() == 6;
        is_whole.then(|| Self::new(text, has_variables))
    }

    /// The fields of a pattern, at most six.
    fn fields(text: &str, has_variables: bool) -> Vec<&str> {
        // The colon of a variable does not end a field.
        let mut fields = Vec::new();
        let (mut from, mut at) = (0, 0);
        while let Some(found) = text[at..].find([':', '$']) {
            at += found;
            let rest = &text[at..];
            if fields.len() == 5 {
                break;
            } else if rest.starts_with(':') {
                fields.push(&text[from..at]);
                from = at + 1;
                at = from;
            } else if has_variables && rest.starts_with("${") {
                at += rest.find('}').unwrap_or(rest.len());
            } else {
                at += 1;
            }
        }
        fields.push(&text[from..]);
        fields
    }

    /// Whether the pattern matches; `None` if a variable has no value.
    pub(super) fn matches(&self, arn: &Fields<'_>, keys: &dyn Keys) -> Option<bool> {
        match self {
            Self::Any => Some(true),
            Self::Fields { leading, rest } => {
                // The service tells most patterns apart.
                let order = [2, 4, 3, 1, 0];
                let mut fields = order.iter();
                if !fields.all(|index| leading[*index].matches(arn.leading[*index])) {
                    return match rest {
                        Pattern::Fixed(_) => Some(false),
                        // An unknown value stays unknown, so that NotResource is no match.
                        Pattern::Template(template) => template.has_values(keys).then_some(false),
                    };
                }
                rest.matches(arn.rest, keys)
            }
        }
    }

    pub(super) fn template(&self) -> Option<&Template> {
        match self {
            Self::Any => None,
            Self::Fields { rest, .. } => rest.template(),
        }
    }
}

/// Reads a text: tokens if it has no variable, else a template.
fn read(text: &str, reading: Reading) -> Result<Vec<Token>, Template> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if reading.has_variables && rest.starts_with("${") {
            let end = rest.find('}');
            let inside = end.map_or("", |end| &rest[2..end]);
            parts.push(variable(inside));
            rest = end.map_or("", |end| &rest[end + 1..]);
            continue;
        }
        parts.push(Part::Token(match reading.has_wildcards {
            true => Token::wild(c),
            false => Token::Char(c),
        }));
        rest = &rest[c.len_utf8()..];
    }
    let tokens: Option<Vec<Token>> = parts
        .iter()
        .map(|part| match part {
            Part::Token(token) => Some(*token),
            _ => None,
        })
        .collect();
    tokens.ok_or(Template(parts.into()))
}

/// What stands between the braces.
fn variable(inside: &str) -> Part {
    let mut chars = inside.chars();
    if let (Some(c @ ('*' | '?' | '$')), None) = (chars.next(), chars.next()) {
        return Part::Token(Token::Char(c));
    }
    let (key, default) = match inside.split_once(',') {
        None => (inside.trim(), None),
        Some((key, default)) => {
            let default = default.trim();
            let bare = default
                .strip_prefix('\'')
                .and_then(|d| d.strip_suffix('\''));
            match bare {
                Some(bare) => (key.trim(), Some(bare.into())),
                None => return Part::Never,
            }
        }
    };
    match key.is_empty() {
        true => Part::Never,
        false => Part::Variable {
            key: key.into(),
            default,
        },
    }
}

fn plain(tokens: &[Token]) -> String {
    let chars = tokens.iter().map(|token| match token {
        Token::Char(c) => *c,
        Token::One => '?',
        Token::Any => '*',
    });
    chars.collect()
}

/// Whether two texts are the same but for upper and lower case.
fn folds_to(a: &str, b: &str) -> bool {
    if a.is_ascii() && b.is_ascii() {
        return a.eq_ignore_ascii_case(b);
    }
    a.chars()
        .flat_map(char::to_lowercase)
        .eq(b.chars().flat_map(char::to_lowercase))
}

#[cfg(test)]
mod tests {
    use super::{Pattern, Reading, Text, read};
    use crate::policy::Context;

    /// A value is as long as whoever sends the request likes.
    #[test]
    fn no_more_is_filled_in_than_could_match() {
        let text = "${a}*".repeat(1000) + "${b}";
        let reading = Reading {
            has_variables: true,
            has_wildcards: true,
        };
        let template = read(&text, reading).expect_err("it has variables");
        let mut keys = Context::new();
        keys.set("a", "x".repeat(1000));
        assert_eq!(template.fill(&keys, 2000), None, "b has no value");
        keys.set("b", "y");
        assert_eq!(template.fill(&keys, 2000), Some(None));
        let all = template.fill(&keys, 1_000_001).flatten();
        assert_eq!(all.map(|tokens| tokens.len()), Some(1_001_001));
        let long = "x".repeat(1_000_000) + "y";
        assert_eq!(Pattern::new(&text, true).matches(&long, &keys), Some(true));
        let short = Pattern::new(&text, true).matches(&long[1..], &keys);
        assert_eq!(short, Some(false));
        keys.set("a", "\u{130}");
        let folded = Text::new("${a}", true).equals("i\u{307}", true, &keys);
        assert_eq!(folded, Some(true));
    }
}

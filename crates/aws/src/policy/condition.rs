//! Conditions: operators, and when they hold.
//!
//! "IAM JSON policy elements: Condition operators" and "Creating a condition with multiple keys or
//! values" (IAM User Guide).

use std::cmp::Ordering;

use super::pattern::Fields;
use super::request::{Keys, Values};
use super::value::{Cidr, decimal, flag, moment_ns};
use super::variable::{ArnPattern, Pattern, Template, Text};

/// One key under one operator.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Clause {
    /// The operator as it is written.
    pub(super) written: Box<str>,
    /// The key as it is written.
    pub(super) key: Box<str>,
    /// The values as they are written.
    pub(super) wanted: Box<[Box<str>]>,
    /// The key in lower case, which is the case that is looked up quickest.
    lower_key: Box<str>,
    operator: Operator,
    test: Test,
}

/// An operator taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Operator {
    quantifier: Quantifier,
    kind: Kind,
    is_negated: bool,
    is_if_exists: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Quantifier {
    /// Neither prefix: the key has one value.
    Single,
    /// `ForAllValues:`
    All,
    /// `ForAnyValue:`
    Any,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Equals,
    EqualsIgnoreCase,
    Like,
    Numeric(Comparison),
    Date(Comparison),
    Bool,
    Binary,
    Ip,
    Arn,
    Null,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Comparison {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// The values of the policy, ready to be compared; `None` stands for one that cannot be read.
#[derive(Debug, Clone, PartialEq)]
enum Test {
    Texts(Box<[Text]>, bool),
    Patterns(Box<[Pattern]>),
    Numbers(Box<[Option<i128>]>, Comparison),
    Moments(Box<[Option<i128>]>, Comparison),
    Flags(Box<[Option<bool>]>),
    Bytes(Box<[Option<Vec<u8>>]>),
    Networks(Box<[Option<Cidr>]>),
    /// `None` for what is no pattern of an ARN and matches none.
    Arns(Box<[Option<ArnPattern>]>),
    /// Whether the key may be absent, and whether it may be there.
    Null {
        absent: bool,
        present: bool,
    },
}

impl Operator {
    /// Reads an operator's name, in any case; `None` if there is none of that name.
    pub(super) fn parse(written: &str) -> Option<Operator> {
        let lower = written.to_ascii_lowercase();
        let (quantifier, name) = match lower.split_once(':') {
            None => (Quantifier::Single, lower.as_str()),
            Some(("forallvalues", name)) => (Quantifier::All, name),
            Some(("foranyvalue", name)) => (Quantifier::Any, name),
            Some(_) => return None,
        };
        let (name, is_if_exists) = match name.strip_suffix("ifexists") {
            Some(name) => (name, true),
            None => (name, false),
        };
        let (_, kind, is_negated) = OPERATORS.iter().find(|(known, ..)| *known == name)?;
        if *kind == Kind::Null && is_if_exists {
            return None;
        }
        Some(Operator {
            quantifier,
            kind: *kind,
            is_negated: *is_negated,
            is_if_exists,
        })
    }
}

impl Clause {
    /// Compiles a key with its values.
    pub(super) fn new(
        written: &str,
        operator: Operator,
        key: &str,
        wanted: Vec<String>,
        has_variables: bool,
    ) -> Clause {
        let texts = || wanted.iter().map(String::as_str);
        let test = match operator.kind {
            Kind::Equals | Kind::EqualsIgnoreCase => Test::Texts(
                texts().map(|text| Text::new(text, has_variables)).collect(),
                operator.kind == Kind::EqualsIgnoreCase,
            ),
            Kind::Like => Test::Patterns(
                texts()
                    .map(|text| Pattern::new(text, has_variables))
                    .collect(),
            ),
            Kind::Numeric(comparison) => Test::Numbers(texts().map(decimal).collect(), comparison),
            Kind::Date(comparison) => Test::Moments(texts().map(moment_ns).collect(), comparison),
            Kind::Bool => Test::Flags(texts().map(flag).collect()),
            Kind::Binary => Test::Bytes(texts().map(super::value::binary).collect()),
            Kind::Ip => Test::Networks(texts().map(Cidr::parse).collect()),
            Kind::Arn => Test::Arns(
                texts()
                    .map(|text| ArnPattern::whole(text, has_variables))
                    .collect(),
            ),
            Kind::Null => Test::Null {
                absent: texts().any(|text| flag(text) == Some(true)),
                present: texts().any(|text| flag(text) == Some(false)),
            },
        };
        Clause {
            written: written.into(),
            key: key.into(),
            lower_key: key.to_ascii_lowercase().into(),
            wanted: wanted.into_iter().map(Into::into).collect(),
            operator,
            test,
        }
    }

    /// Whether the clause holds.
    pub(super) fn holds(&self, keys: &dyn Keys) -> bool {
        let values = keys
            .values(&self.lower_key)
            .filter(|values| !matches!(values, Values::Many([])));
        if let Test::Null { absent, present } = self.test {
            return match values {
                None => absent,
                Some(_) => present,
            };
        }
        let Operator {
            quantifier,
            is_negated,
            is_if_exists,
            ..
        } = self.operator;
        match (values, quantifier) {
            (None, _) if is_if_exists => true,
            (None, Quantifier::All) => true,
            (None, Quantifier::Any) => false,
            (None, Quantifier::Single) => is_negated,
            (Some(Values::One(value)), _) => self.accepts(&value, keys),
            (Some(Values::Many([value])), Quantifier::Single) => self.accepts(value, keys),
            // Without a set operator, several values are not one.
            (Some(Values::Many(_)), Quantifier::Single) => false,
            (Some(Values::Many(values)), Quantifier::All) => {
                values.iter().all(|value| self.accepts(value, keys))
            }
            (Some(Values::Many(values)), Quantifier::Any) => {
                values.iter().any(|value| self.accepts(value, keys))
            }
        }
    }

    /// Whether one value passes. What cannot be read passes under no operator.
    fn accepts(&self, value: &str, keys: &dyn Keys) -> bool {
        self.hits(value, keys)
            .is_some_and(|hit| hit != self.operator.is_negated)
    }

    /// Whether the value is one of the policy's; `None` if that cannot be said.
    fn hits(&self, value: &str, keys: &dyn Keys) -> Option<bool> {
        let is_negated = self.operator.is_negated;
        match &self.test {
            // A variable without a value makes its text one that no value is.
            Test::Texts(texts, is_folded) => Some(
                texts
                    .iter()
                    .any(|text| text.equals(value, *is_folded, keys) == Some(true)),
            ),
            Test::Patterns(patterns) => Some(
                patterns
                    .iter()
                    .any(|pattern| pattern.matches(value, keys) == Some(true)),
            ),
            Test::Arns(patterns) => {
                let fields = Fields::split(value);
                let fields = fields.filter(|fields| fields.leading[0] == "arn");
                Some(fields.is_some_and(|fields| {
                    let mut patterns = patterns.iter().flatten();
                    patterns.any(|pattern| pattern.matches(&fields, keys) == Some(true))
                }))
            }
            Test::Numbers(numbers, comparison) => {
                let value = decimal(value)?;
                any(numbers, is_negated, |wanted| comparison.of(value, *wanted))
            }
            Test::Moments(moments, comparison) => {
                let value = moment_ns(value)?;
                any(moments, is_negated, |wanted| comparison.of(value, *wanted))
            }
            Test::Flags(flags) => {
                let value = flag(value)?;
                any(flags, is_negated, |wanted| *wanted == value)
            }
            Test::Bytes(blobs) => {
                let value = super::value::binary(value)?;
                any(blobs, is_negated, |wanted| *wanted == value)
            }
            Test::Networks(networks) => {
                let value = Cidr::parse(value).filter(Cidr::is_host)?;
                any(networks, is_negated, |wanted| wanted.contains(&value))
            }
            Test::Null { .. } => None,
        }
    }

    /// The keys of variables in the values.
    pub(super) fn variables(&self) -> impl Iterator<Item = &str> {
        let templates: Vec<&Template> = match &self.test {
            Test::Texts(texts, _) => texts.iter().filter_map(Text::template).collect(),
            Test::Patterns(patterns) => patterns.iter().filter_map(Pattern::template).collect(),
            Test::Arns(patterns) => patterns
                .iter()
                .flatten()
                .filter_map(ArnPattern::template)
                .collect(),
            _ => Vec::new(),
        };
        templates.into_iter().flat_map(Template::keys)
    }
}

/// Whether any value hits. Under a negated operator one that cannot be read spoils the answer, as
/// otherwise a mistake in a policy would be a way around it.
fn any<T>(values: &[Option<T>], is_negated: bool, hits: impl Fn(&T) -> bool) -> Option<bool> {
    if is_negated && values.iter().any(Option::is_none) {
        return None;
    }
    Some(values.iter().flatten().any(hits))
}

impl Comparison {
    fn of(self, value: i128, wanted: i128) -> bool {
        let order = value.cmp(&wanted);
        match self {
            Self::Equal => order == Ordering::Equal,
            Self::Less => order == Ordering::Less,
            Self::LessOrEqual => order != Ordering::Greater,
            Self::Greater => order == Ordering::Greater,
            Self::GreaterOrEqual => order != Ordering::Less,
        }
    }
}

/// Name in lower case, kind, whether it is the negation.
const OPERATORS: &[(&str, Kind, bool)] = &[
    ("stringequals", Kind::Equals, false),
    ("stringnotequals", Kind::Equals, true),
    ("stringequalsignorecase", Kind::EqualsIgnoreCase, false),
    ("stringnotequalsignorecase", Kind::EqualsIgnoreCase, true),
    ("stringlike", Kind::Like, false),
    ("stringnotlike", Kind::Like, true),
    ("numericequals", Kind::Numeric(Comparison::Equal), false),
    ("numericnotequals", Kind::Numeric(Comparison::Equal), true),
    ("numericlessthan", Kind::Numeric(Comparison::Less), false),
    (
        "numericlessthanequals",
        Kind::Numeric(Comparison::LessOrEqual),
        false,
    ),
    (
        "numericgreaterthan",
        Kind::Numeric(Comparison::Greater),
        false,
    ),
    (
        "numericgreaterthanequals",
        Kind::Numeric(Comparison::GreaterOrEqual),
        false,
    ),
    ("dateequals", Kind::Date(Comparison::Equal), false),
    ("datenotequals", Kind::Date(Comparison::Equal), true),
    ("datelessthan", Kind::Date(Comparison::Less), false),
    (
        "datelessthanequals",
        Kind::Date(Comparison::LessOrEqual),
        false,
    ),
    ("dategreaterthan", Kind::Date(Comparison::Greater), false),
    (
        "dategreaterthanequals",
        Kind::Date(Comparison::GreaterOrEqual),
        false,
    ),
    ("bool", Kind::Bool, false),
    ("binaryequals", Kind::Binary, false),
    ("ipaddress", Kind::Ip, false),
    ("notipaddress", Kind::Ip, true),
    ("arnequals", Kind::Arn, false),
    ("arnlike", Kind::Arn, false),
    ("arnnotequals", Kind::Arn, true),
    ("arnnotlike", Kind::Arn, true),
    ("null", Kind::Null, false),
];

//! A policy document, compiled.

use std::collections::HashSet;
use std::fmt;

use super::condition::Clause;
use super::parse;
use super::pattern::ActionSet;
use super::principal::{NamedPrincipal, PrincipalKind, Whom};
use super::variable::ArnPattern;

/// What a document is for; the rules of the grammar differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DocumentKind {
    /// Attached to or inline in a user, group or role.
    Identity,
    /// A permissions boundary.
    Boundary,
    /// Handed in when a session is made.
    Session,
    /// A role's trust policy: principals, no resources, actions of STS only.
    Trust,
    /// A policy of any other resource: principals and resources.
    Resource,
    /// A policy of AWS IoT Core, attached to a certificate.
    Iot,
}

impl DocumentKind {
    /// Whether statements name principals.
    pub(super) fn has_principals(self) -> bool {
        matches!(self, Self::Trust | Self::Resource)
    }
}

/// A policy document: its text, and what is needed to ask it quickly.
///
/// Put it behind an `Arc` to share it.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    pub(super) kind: DocumentKind,
    pub(super) text: Box<str>,
    pub(super) statements: Box<[Statement]>,
    pub(super) principals: Box<[NamedPrincipal]>,
}

/// Allow or Deny.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Effect {
    /// `Allow`
    Allow,
    /// `Deny`
    Deny,
}

/// A statement, compiled.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Statement {
    pub(super) sid: Option<Box<str>>,
    pub(super) effect: Effect,
    pub(super) whom: Whom,
    pub(super) actions: ActionSet,
    /// The actions are those that are not meant.
    pub(super) is_not_action: bool,
    pub(super) resources: Resources,
    pub(super) clauses: Box<[Clause]>,
    pub(super) start: Position,
    pub(super) end: Position,
}

/// What a statement is about.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Resources {
    /// There is no Resource element.
    Own,
    Only(Box<[ArnPattern]>),
    AllBut(Box<[ArnPattern]>),
}

impl Resources {
    pub(super) fn patterns(&self) -> &[ArnPattern] {
        match self {
            Self::Own => &[],
            Self::Only(patterns) | Self::AllBut(patterns) => patterns,
        }
    }
}

/// A place in a text. Lines and columns count characters from 1, as in the answers of
/// `SimulatePrincipalPolicy`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
}

impl Document {
    /// Reads a policy.
    ///
    /// # Errors
    /// [`PolicyError`] with the message AWS gives, what is wrong in our words, and where.
    pub fn parse(text: &str, kind: DocumentKind) -> Result<Document, PolicyError> {
        parse::document(text, kind)
    }

    /// What the document is for.
    pub fn kind(&self) -> DocumentKind {
        self.kind
    }

    /// The text as it was read.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// How many statements there are; at least one.
    pub fn statements(&self) -> usize {
        self.statements.len()
    }

    /// The length that quotas count: characters that are not white space.
    pub fn significant_len(&self) -> usize {
        significant_len(&self.text)
    }

    /// The condition keys that conditions and variables speak of, each once, in the order and the
    /// spelling in which they first come.
    pub fn context_keys(&self) -> Vec<&str> {
        let mut known = HashSet::new();
        let keys = self.statements.iter().flat_map(Statement::context_keys);
        keys.filter(|key| known.insert(key.to_ascii_lowercase()))
            .collect()
    }

    /// Whether a statement allows an action of a service (`kinesisvideo`), whatever its resource
    /// and its condition: what `ListPoliciesGrantingServiceAccess` asks.
    pub fn grants_service(&self, service: &str) -> bool {
        let mut allows = self
            .statements
            .iter()
            .filter(|statement| statement.effect == Effect::Allow);
        allows.any(|statement| match statement.is_not_action {
            false => statement.actions.is_about(service),
            true => !statement.actions.is_all_of(service),
        })
    }

    /// The principals, in the order of the text; a bare `"*"` is of kind [`PrincipalKind::Aws`].
    pub fn principals(&self) -> &[NamedPrincipal] {
        &self.principals
    }

    /// The document's text with other principals in it: for each principal, `replace` says what is
    /// to stand there, or `None` to leave it. Everything else keeps its spelling.
    ///
    /// This is how ARNs of users and roles become unique ids when a trust policy is saved, and ARNs
    /// again when it is read.
    pub fn with_principals(
        &self,
        mut replace: impl FnMut(PrincipalKind, &str) -> Option<String>,
    ) -> String {
        let mut text = String::with_capacity(self.text.len());
        let mut at = 0;
        for principal in &self.principals {
            let Some(other) = replace(principal.kind, &principal.text) else {
                continue;
            };
            text.push_str(&self.text[at..principal.span.start]);
            text.push_str(&serde_json::Value::String(other).to_string());
            at = principal.span.end;
        }
        text.push_str(&self.text[at..]);
        text
    }
}

impl Statement {
    /// The keys of the conditions and of variables anywhere, with repetitions.
    pub(super) fn context_keys(&self) -> impl Iterator<Item = &str> {
        let templates = self.resources.patterns().iter();
        let of_resources = templates
            .filter_map(ArnPattern::template)
            .flat_map(|template| template.keys());
        let of_clauses = self
            .clauses
            .iter()
            .flat_map(|clause| std::iter::once(&*clause.key).chain(clause.variables()));
        of_resources.chain(of_clauses)
    }
}

/// The length of a policy that quotas count: characters that are not white space.
pub fn significant_len(text: &str) -> usize {
    let is_counted = |c: &char| !matches!(c, ' ' | '\t' | '\n' | '\r');
    text.chars().filter(is_counted).count()
}

/// Why a text is not a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyError {
    /// What AWS says, for the wire.
    pub message: String,
    /// What is wrong, in our words, for people.
    pub detail: String,
    /// Where, in bytes from the beginning.
    pub offset: usize,
    /// Where, for people.
    pub position: Position,
}

impl fmt::Display for PolicyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for PolicyError {}

/// Where the lines of a text begin.
pub(super) struct Lines<'a> {
    text: &'a str,
    starts: Vec<usize>,
}

impl<'a> Lines<'a> {
    pub(super) fn new(text: &'a str) -> Lines<'a> {
        let ends = text.match_indices('\n').map(|(at, _)| at + 1);
        let starts = std::iter::once(0).chain(ends).collect();
        Lines { text, starts }
    }

    pub(super) fn position(&self, offset: usize) -> Position {
        let line = self.starts.partition_point(|start| *start <= offset);
        let start = self.starts.get(line - 1).copied().unwrap_or_default();
        let before = self.text.get(start..offset).unwrap_or_default();
        let column = before.chars().count() + 1;
        Position { line, column }
    }
}

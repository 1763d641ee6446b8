//! From text to [`Document`]: the grammar of policies, and AWS's messages for what breaks it.
//!
//! "Grammar of the IAM JSON policy language" (IAM User Guide). Names of elements are exact; a
//! single value may stand for a list of one.

use super::condition::{Clause, Operator};
use super::json::{self, Member, Node, Value};
use super::model::{
    Document, DocumentKind, Effect, Lines, PolicyError, Position, Resources, Statement,
};
use super::pattern::ActionSet;
use super::principal::{Named, NamedPrincipal, PrincipalKind, Whom};
use super::variable::ArnPattern;

/// Reads a document.
pub(super) fn document(text: &str, kind: DocumentKind) -> Result<Document, PolicyError> {
    let lines = Lines::new(text);
    let fault = |fault: Fault| PolicyError {
        message: fault.message,
        detail: fault.detail,
        offset: fault.offset,
        position: lines.position(fault.offset),
    };
    read(text, kind, &lines).map_err(fault)
}

/// A complaint about a place.
struct Fault {
    offset: usize,
    message: String,
    detail: String,
}

fn syntax(offset: usize, detail: impl Into<String>) -> Fault {
    said(offset, SYNTAX, detail)
}

fn said(offset: usize, message: impl Into<String>, detail: impl Into<String>) -> Fault {
    Fault {
        offset,
        message: message.into(),
        detail: detail.into(),
    }
}

fn read(text: &str, kind: DocumentKind, lines: &Lines<'_>) -> Result<Document, Fault> {
    let mut chars = text.char_indices();
    if let Some((at, c)) = chars.find(|(_, c)| !is_allowed(*c)) {
        return Err(syntax(at, format!("U+{:04X} is not allowed", u32::from(c))));
    }
    if text.chars().count() > CHARS_MAX {
        return Err(syntax(0, format!("more than {CHARS_MAX} characters")));
    }
    let root = json::parse(text).map_err(|error| syntax(error.offset, error.what))?;
    let members = object(&root)?;
    let mut has_variables = false;
    let mut statement = None;
    for member in members {
        match member.name.as_str() {
            "Version" => has_variables = version(&member.node)?,
            "Id" => drop(string(&member.node)?),
            "Statement" => statement = Some(&member.node),
            _ => return Err(unknown(member)),
        }
    }
    let statement = statement.ok_or_else(|| syntax(root.span.start, "there is no Statement"))?;
    let mut reader = Reader {
        kind,
        has_variables,
        lines,
        principals: Vec::new(),
        sids: Vec::new(),
    };
    let statements: Result<Box<[Statement]>, Fault> = list(statement)?
        .iter()
        .map(|node| reader.statement(node))
        .collect();
    Ok(Document {
        kind,
        text: text.into(),
        statements: statements?,
        principals: reader.principals.into(),
    })
}

/// Whether variables are known.
fn version(node: &Node) -> Result<bool, Fault> {
    match string(node)? {
        "2012-10-17" => Ok(true),
        "2008-10-17" => Ok(false),
        other => Err(said(
            node.span.start,
            "Policy document must be version 2012-10-17 or greater.",
            format!("'{other}' is not a version"),
        )),
    }
}

struct Reader<'a> {
    kind: DocumentKind,
    has_variables: bool,
    lines: &'a Lines<'a>,
    principals: Vec<NamedPrincipal>,
    sids: Vec<String>,
}

/// The elements of a statement.
#[derive(Default)]
struct Elements<'n> {
    effect: Option<&'n Node>,
    sid: Option<&'n Node>,
    actions: Option<(&'n Node, bool)>,
    resources: Option<(&'n Node, bool)>,
    principals: Option<(&'n Node, bool)>,
    condition: Option<&'n Node>,
}

impl Reader<'_> {
    fn statement(&mut self, node: &Node) -> Result<Statement, Fault> {
        let at = node.span.start;
        let elements = elements(node)?;
        let effect = match elements.effect {
            None => return Err(syntax(at, "the statement has no Effect")),
            Some(effect) => match string(effect)? {
                "Allow" => Effect::Allow,
                "Deny" => Effect::Deny,
                _ => return Err(syntax(effect.span.start, "Effect is Allow or Deny")),
            },
        };
        let sid = elements.sid.map(|sid| self.sid(sid)).transpose()?;
        let whom = self.whom(at, elements.principals)?;
        let (actions, is_not_action) = self.actions(at, elements.actions)?;
        let resources = self.resources(at, elements.resources)?;
        let clauses = match elements.condition {
            None => Vec::new(),
            Some(condition) => self.condition(condition)?,
        };
        Ok(Statement {
            sid,
            effect,
            whom,
            actions,
            is_not_action,
            resources,
            clauses: clauses.into(),
            start: self.position(at),
            end: self.position(node.span.end),
        })
    }

    fn position(&self, offset: usize) -> Position {
        self.lines.position(offset)
    }

    fn sid(&mut self, node: &Node) -> Result<Box<str>, Fault> {
        let (at, sid) = (node.span.start, string(node)?);
        let is_free = matches!(self.kind, DocumentKind::Resource | DocumentKind::Iot);
        if !is_free && !sid.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Err(said(
                at,
                SID_LETTERS,
                format!("'{sid}' has other characters"),
            ));
        }
        // An empty one names nothing and may come again.
        if !sid.is_empty() && self.sids.iter().any(|known| known == sid) {
            return Err(said(
                at,
                SID_TWICE,
                format!("'{sid}' is a second time here"),
            ));
        }
        self.sids.push(sid.to_owned());
        Ok(sid.into())
    }

    fn actions(
        &self,
        at: usize,
        element: Option<(&Node, bool)>,
    ) -> Result<(ActionSet, bool), Fault> {
        let missing = |at| said(at, NO_ACTIONS, "the statement names no action");
        let (node, is_not) = element.ok_or_else(|| missing(at))?;
        let patterns = strings(node)?;
        if patterns.is_empty() {
            return Err(missing(node.span.start));
        }
        for (at, pattern) in &patterns {
            check_action(*at, pattern)?;
            let is_sts = pattern
                .get(..4)
                .is_some_and(|vendor| vendor.eq_ignore_ascii_case("sts:"));
            if self.kind == DocumentKind::Trust && (is_not || !is_sts) {
                return Err(said(*at, NOT_STS, "a trust policy is about roles only"));
            }
        }
        let set = ActionSet::new(patterns.iter().map(|(_, pattern)| *pattern));
        Ok((set, is_not))
    }

    fn resources(&self, at: usize, element: Option<(&Node, bool)>) -> Result<Resources, Fault> {
        if self.kind == DocumentKind::Trust {
            return match element {
                None => Ok(Resources::Own),
                Some((node, is_not)) => {
                    let name = if is_not { "NotResource" } else { "Resource" };
                    let message = format!("Has prohibited field {name}.");
                    let detail = "a trust policy is about its own role";
                    Err(said(node.span.start, message, detail))
                }
            };
        }
        let missing = |at| said(at, NO_RESOURCES, "the statement names no resource");
        let (node, is_not) = element.ok_or_else(|| missing(at))?;
        let texts = strings(node)?;
        if texts.is_empty() {
            return Err(missing(node.span.start));
        }
        for (at, text) in &texts {
            check_resource(*at, text)?;
        }
        let patterns = texts
            .iter()
            .map(|(_, text)| ArnPattern::new(text, self.has_variables))
            .collect();
        Ok(match is_not {
            false => Resources::Only(patterns),
            true => Resources::AllBut(patterns),
        })
    }

    fn whom(&mut self, at: usize, element: Option<(&Node, bool)>) -> Result<Whom, Fault> {
        let (node, is_not) = match element {
            None if self.kind.has_principals() => {
                let detail = "the statement names no principal";
                return Err(said(at, "Missing required field Principal", detail));
            }
            None => return Ok(Whom::Owner),
            Some((node, _)) if !self.kind.has_principals() => {
                let detail = "the policy speaks of whom it is attached to";
                return Err(said(node.span.start, PRINCIPAL_FORBIDDEN, detail));
            }
            Some(element) => element,
        };
        let mut named = Vec::new();
        match &node.value {
            Value::Text(text) => named.push(self.named(PrincipalKind::Aws, node, text)?),
            Value::Object(members) => {
                for member in members {
                    let kind = PrincipalKind::parse(&member.name).ok_or_else(|| unknown(member))?;
                    for node in list(&member.node)? {
                        named.push(self.named(kind, node, string(node)?)?);
                    }
                }
            }
            _ => return Err(syntax(node.span.start, "a principal is \"*\" or an object")),
        }
        if named.is_empty() {
            return Err(syntax(node.span.start, "no principal is named"));
        }
        Ok(match is_not {
            false => Whom::Only(named.into()),
            true => Whom::AllBut(named.into()),
        })
    }

    fn named(&mut self, kind: PrincipalKind, node: &Node, text: &str) -> Result<Named, Fault> {
        let named = Named::parse(kind, text).ok_or_else(|| {
            let message = invalid_principal(kind, text);
            said(node.span.start, message, "nobody can be called that")
        })?;
        self.principals.push(NamedPrincipal {
            kind,
            text: text.to_owned(),
            span: node.span.clone(),
        });
        Ok(named)
    }

    fn condition(&self, node: &Node) -> Result<Vec<Clause>, Fault> {
        let mut clauses = Vec::new();
        for member in object(node)? {
            let operator = Operator::parse(&member.name).ok_or_else(|| {
                let detail = format!("'{}' is no condition operator", member.name);
                syntax(member.name_span.start, detail)
            })?;
            for key in object(&member.node)? {
                let vendor = key.name.split_once(':').map_or("", |(vendor, _)| vendor);
                if vendor.is_empty() {
                    let detail = format!("'{}' is no condition key", key.name);
                    return Err(said(key.name_span.start, NO_VENDOR, detail));
                }
                let wanted: Result<Vec<String>, Fault> =
                    list(&key.node)?.iter().map(scalar).collect();
                let (written, has_variables) = (&member.name, self.has_variables);
                let clause = Clause::new(written, operator, &key.name, wanted?, has_variables);
                clauses.push(clause);
            }
        }
        Ok(clauses)
    }
}

/// The message for a principal that is none.
pub fn invalid_principal(kind: PrincipalKind, text: &str) -> String {
    let kind = kind.as_str();
    format!("Invalid principal in policy: \"{kind}\":\"{text}\"")
}

fn elements(node: &Node) -> Result<Elements<'_>, Fault> {
    let mut elements = Elements::default();
    for member in object(node)? {
        let node = &member.node;
        let pair = |place: &mut Option<_>, is_not| {
            let both = || syntax(member.name_span.start, "either this or its opposite");
            match place.replace((node, is_not)) {
                None => Ok(()),
                Some(_) => Err(both()),
            }
        };
        match member.name.as_str() {
            "Sid" => elements.sid = Some(node),
            "Effect" => elements.effect = Some(node),
            "Action" => pair(&mut elements.actions, false)?,
            "NotAction" => pair(&mut elements.actions, true)?,
            "Resource" => pair(&mut elements.resources, false)?,
            "NotResource" => pair(&mut elements.resources, true)?,
            "Principal" => pair(&mut elements.principals, false)?,
            "NotPrincipal" => pair(&mut elements.principals, true)?,
            "Condition" => elements.condition = Some(node),
            _ => return Err(unknown(member)),
        }
    }
    Ok(elements)
}

fn check_action(at: usize, pattern: &str) -> Result<(), Fault> {
    if pattern == "*" || pattern == "*:*" {
        return Ok(());
    }
    let bad = |message: String| Err(said(at, message, format!("'{pattern}' is no action")));
    let Some((vendor, name)) = pattern.split_once(':') else {
        return bad(NO_VENDOR.to_owned());
    };
    if name.contains(':') {
        return bad("Actions/Condition can contain only one colon.".to_owned());
    }
    if vendor.is_empty() {
        return bad(NO_VENDOR.to_owned());
    }
    let is_word = |text: &str, more: &[u8]| {
        text.bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || more.contains(&byte))
    };
    if !is_word(vendor, b"-") {
        return bad(format!("Vendor {vendor} is not valid"));
    }
    if name.is_empty() || !is_word(name, b"-_*?") {
        return bad(LEGACY.to_owned());
    }
    Ok(())
}

fn check_resource(at: usize, text: &str) -> Result<(), Fault> {
    if text == "*" {
        return Ok(());
    }
    let bad = |message: String| Err(said(at, message, "this is no pattern of an ARN"));
    let mut fields = text.splitn(6, ':');
    if fields.next() != Some("arn") || !text.contains(':') {
        return bad(format!("Resource {text} must be in ARN format or \"*\"."));
    }
    let partition = fields.next().unwrap_or_default();
    if !PARTITIONS.contains(&partition) {
        return bad(format!(
            "Partition \"{partition}\" is not valid for resource \"{text}\"."
        ));
    }
    let service = fields.next().unwrap_or_default();
    let is_service = !service.is_empty()
        && service
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if !is_service {
        return bad("Resource vendor must be fully qualified and cannot contain regexes.".into());
    }
    if service != "iam" {
        return Ok(());
    }
    if fields.next().is_some_and(|region| !region.is_empty()) {
        return bad(format!(
            "IAM resource {text} cannot contain region information."
        ));
    }
    match fields.nth(1) {
        Some(path) if path != "*" && !IAM_PATHS.iter().any(|known| path.starts_with(known)) => {
            let paths = IAM_PATHS.join(", ");
            bad(format!(
                "IAM resource path must either be \"*\" or start with {paths}."
            ))
        }
        _ => Ok(()),
    }
}

fn object(node: &Node) -> Result<&[Member], Fault> {
    match &node.value {
        Value::Object(members) => Ok(members),
        _ => Err(syntax(node.span.start, "an object should stand here")),
    }
}

fn string(node: &Node) -> Result<&str, Fault> {
    match &node.value {
        Value::Text(text) => Ok(text),
        _ => Err(syntax(node.span.start, "a text should stand here")),
    }
}

/// The values of a list that must have one, or the single value itself.
fn list(node: &Node) -> Result<&[Node], Fault> {
    match &node.value {
        Value::Array(nodes) if nodes.is_empty() => {
            Err(syntax(node.span.start, "the list must not be empty"))
        }
        Value::Array(nodes) => Ok(nodes),
        _ => Ok(std::slice::from_ref(node)),
    }
}

/// Texts, each with its place; the list may be empty.
fn strings(node: &Node) -> Result<Vec<(usize, &str)>, Fault> {
    let nodes = match &node.value {
        Value::Array(nodes) => nodes,
        _ => std::slice::from_ref(node),
    };
    let place = |node| Ok((Node::start(node), string(node)?));
    nodes.iter().map(place).collect()
}

/// The value of a condition.
fn scalar(node: &Node) -> Result<String, Fault> {
    match &node.value {
        Value::Text(text) => Ok(text.clone()),
        Value::Number(number) => Ok(number.clone()),
        Value::Bool(flag) => Ok(flag.to_string()),
        _ => Err(syntax(
            node.span.start,
            "a text, number or truth should stand here",
        )),
    }
}

fn unknown(member: &Member) -> Fault {
    let detail = format!("'{}' is no element", member.name);
    syntax(member.name_span.start, detail)
}

fn is_allowed(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{ff}')
}

/// What `CreatePolicy` takes.
const CHARS_MAX: usize = 131_072;

const SYNTAX: &str = "Syntax errors in policy.";
const SID_TWICE: &str = "Statement IDs (SID) in a single policy must be unique.";
const SID_LETTERS: &str = "Statement IDs (SID) must be alpha-numeric. Check that your input \
    satisfies the regular expression [0-9A-Za-z]*";
const NO_ACTIONS: &str = "Policy statement must contain actions.";
const NO_RESOURCES: &str = "Policy statement must contain resources.";
const NO_VENDOR: &str =
    "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.";
const NOT_STS: &str = "AssumeRole policy may only specify STS AssumeRole actions.";
const PRINCIPAL_FORBIDDEN: &str = "Policy document should not specify a principal.";
const LEGACY: &str = "The policy failed legacy parsing";

const PARTITIONS: &[&str] = &[
    "aws",
    "aws-cn",
    "aws-us-gov",
    "aws-iso",
    "aws-iso-b",
    "aws-iso-e",
    "aws-iso-f",
    "aws-eusc",
    "*",
];

const IAM_PATHS: &[&str] = &[
    "user/",
    "federated-user/",
    "role/",
    "group/",
    "instance-profile/",
    "mfa/",
    "server-certificate/",
    "policy/",
    "sms-mfa/",
    "saml-provider/",
    "oidc-provider/",
    "report/",
    "access-report/",
];

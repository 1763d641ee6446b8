//! An event in few bytes. What is in the row besides (account, time, name, user) is not
//! repeated, nor what the decision about a call has in common with it.
//!
//! The first byte is the version, and never that of an event in words, which is `{`.

use std::borrow::Cow;
use std::net::IpAddr;
use std::sync::Arc;

use aws::policy::{Outcome, Source, Stage};
use serde_json::{Map, Value};
use store::AuditRow;

use super::{Kept, Kind, Session, Who};
use crate::audit::EventKind;
use crate::http::reply;
use crate::ops::authority::decisions::{Explained, Statement};
use crate::packed::{Reader, bytes, number, optional_text, text};

/// What a row holds of an event.
pub(super) fn write(kept: &Kept) -> Vec<u8> {
    let mut out = Vec::with_capacity(512);
    out.push(VERSION);
    out.push(code(KINDS, &kept.kind));
    out.push(u8::from(kept.is_read_only) | u8::from(kept.is_cut) << 1);
    out.extend_from_slice(&kept.id);
    let short = kept.source.strip_suffix(VENDOR);
    out.push(short.is_some().into());
    text(&mut out, short.unwrap_or(&kept.source));
    who(&mut out, &kept.who);
    match kept.ip {
        None => out.push(0),
        Some(IpAddr::V4(ip)) => {
            out.push(4);
            out.extend_from_slice(&ip.octets());
        }
        Some(IpAddr::V6(ip)) => {
            out.push(6);
            out.extend_from_slice(&ip.octets());
        }
    }
    optional_text(&mut out, kept.user_agent.as_deref());
    text(&mut out, &kept.region);
    id(&mut out, &kept.request_id);
    out.push(kept.error.is_some().into());
    if let Some((code, message)) = &kept.error {
        text(&mut out, code);
        text(&mut out, message);
    }
    json(&mut out, &kept.request);
    json(&mut out, &kept.response);
    json(&mut out, &kept.more);
    out.push(kept.decision.is_some().into());
    if let Some(explained) = &kept.decision {
        decision(&mut out, explained, kept);
    }
    out
}

fn who(out: &mut Vec<u8>, who: &Who) {
    match who {
        Who::InWords(identity) => {
            out.push(0);
            json(out, identity);
        }
        Who::Caller {
            kind,
            user_id,
            arn,
            access_key_id,
            session,
        } => {
            out.push(1 + code(CALLERS, kind));
            text(out, user_id);
            text(out, arn);
            text(out, access_key_id);
            out.push(session.is_some().into());
            let Some(session) = session else { return };
            number(out, session.issued_ms);
            out.push(session.is_mfa.into());
            out.push(session.role.is_some().into());
            if let Some((id, arn)) = &session.role {
                text(out, id);
                text(out, arn);
            }
            optional_text(out, session.source_identity.as_deref());
        }
    }
}

fn decision(out: &mut Vec<u8>, explained: &Explained, kept: &Kept) {
    optional_text(out, other(&explained.request_id, &kept.request_id));
    optional_text(out, other(&explained.principal, kept.who.arn()));
    number(out, explained.at_ms);
    text(out, &explained.action);
    text(out, &explained.resource);
    out.push(code(OUTCOMES, &explained.outcome));
    out.push(code(STAGES, &explained.stage));
    number(out, explained.statements.len() as u64);
    for statement in &explained.statements {
        out.push(code(STAGES, &statement.stage));
        text(out, &statement.policy);
        out.push(code(SOURCES, &statement.policy_type));
        optional_text(out, statement.sid.as_deref());
        number(out, statement.number as u64);
        out.push(statement.is_allow.into());
        number(out, statement.line as u64);
        number(out, statement.column as u64);
    }
    out.push(explained.message.is_some().into());
    if let Some(message) = &explained.message {
        text(out, message);
        number(out, explained.missing_keys.len() as u64);
        for key in &explained.missing_keys {
            text(out, key);
        }
    }
    optional_text(out, explained.remedy.as_deref());
    optional_text(out, explained.missing_statement.as_deref());
}

/// Undoes [`write()`]; `None` for what it did not write.
pub(super) fn read(row: &AuditRow) -> Option<Kept> {
    let mut reader = Reader(&row.body);
    if reader.byte()? != VERSION {
        return None;
    }
    let kind = coded(KINDS, reader.byte()?)?;
    let flags = reader.byte()?;
    let mut kept = Kept {
        account: row.account,
        at_ms: row.at.at_ms,
        id: reader.fixed()?,
        kind,
        source: source(&mut reader)?.into(),
        name: Cow::Owned(row.name.clone()),
        user: row.user.clone(),
        who: read_who(&mut reader)?,
        ip: match reader.byte()? {
            0 => None,
            4 => Some(reader.fixed::<4>()?.into()),
            6 => Some(reader.fixed::<16>()?.into()),
            _ => return None,
        },
        user_agent: reader.optional_text()?,
        region: reader.text()?,
        request_id: read_id(&mut reader)?,
        error: match reader.flag()? {
            true => Some((reader.text()?, reader.text()?)),
            false => None,
        },
        request: read_json(&mut reader)?,
        response: read_json(&mut reader)?,
        more: read_json(&mut reader)?,
        decision: None,
        is_read_only: flags & 1 != 0,
        is_cut: flags & 2 != 0,
    };
    if kept.more.is_null() {
        kept.more = Value::Object(Map::new());
    }
    if reader.flag()? {
        kept.decision = Some(Arc::new(read_decision(&mut reader, &kept)?));
    }
    reader.0.is_empty().then_some(kept)
}

fn source(reader: &mut Reader<'_>) -> Option<String> {
    let is_short = reader.flag()?;
    let mut source = reader.text()?;
    if is_short {
        source.push_str(VENDOR);
    }
    Some(source)
}

fn read_who(reader: &mut Reader<'_>) -> Option<Who> {
    let kind = match reader.byte()? {
        0 => return Some(Who::InWords(read_json(reader)?)),
        caller => coded(CALLERS, caller - 1)?,
    };
    Some(Who::Caller {
        kind,
        user_id: reader.text()?,
        arn: reader.text()?,
        access_key_id: reader.text()?,
        session: match reader.flag()? {
            false => None,
            true => Some(Session {
                issued_ms: reader.number()?,
                is_mfa: reader.flag()?,
                role: match reader.flag()? {
                    true => Some((reader.text()?, reader.text()?)),
                    false => None,
                },
                source_identity: reader.optional_text()?,
            }),
        },
    })
}

fn read_decision(reader: &mut Reader<'_>, kept: &Kept) -> Option<Explained> {
    let request_id = reader.optional_text()?;
    let principal = reader.optional_text()?;
    let mut explained = Explained {
        request_id: request_id.unwrap_or_else(|| kept.request_id.clone()),
        at_ms: reader.number()?,
        principal: principal.unwrap_or_else(|| kept.who.arn().to_owned()),
        // Not shown.
        user_id: String::new(),
        action: reader.text()?,
        resource: reader.text()?,
        outcome: coded(OUTCOMES, reader.byte()?)?,
        stage: coded(STAGES, reader.byte()?)?,
        statements: Vec::new(),
        missing_keys: Vec::new(),
        remedy: None,
        missing_statement: None,
        message: None,
    };
    for _ in 0..reader.number()? {
        explained.statements.push(Statement {
            stage: coded(STAGES, reader.byte()?)?,
            policy: reader.text()?,
            policy_type: coded(SOURCES, reader.byte()?)?,
            sid: reader.optional_text()?,
            number: reader.number()?.try_into().ok()?,
            is_allow: reader.flag()?,
            line: reader.number()?.try_into().ok()?,
            column: reader.number()?.try_into().ok()?,
        });
    }
    if reader.flag()? {
        explained.message = Some(reader.text()?);
        for _ in 0..reader.number()? {
            explained.missing_keys.push(reader.text()?);
        }
    }
    explained.remedy = reader.optional_text()?;
    explained.missing_statement = reader.optional_text()?;
    Some(explained)
}

impl Who {
    fn arn(&self) -> &str {
        match self {
            Who::InWords(_) => "",
            Who::Caller { arn, .. } => arn,
        }
    }
}

/// A text that is not the one that is known already.
fn other<'a>(text: &'a str, known: &str) -> Option<&'a str> {
    (text != known).then_some(text)
}

/// Request ids are UUIDs, but for those of requests that were none.
fn id(out: &mut Vec<u8>, id: &str) {
    match reply::uuid_bytes(id) {
        Some(bytes) => {
            out.push(1);
            out.extend_from_slice(&bytes);
        }
        None => {
            out.push(0);
            text(out, id);
        }
    }
}

fn read_id(reader: &mut Reader<'_>) -> Option<String> {
    match reader.flag()? {
        true => reader.fixed().map(reply::uuid),
        false => reader.text(),
    }
}

fn json(out: &mut Vec<u8>, value: &Value) {
    let is_empty = value.as_object().is_some_and(Map::is_empty);
    match value {
        Value::Null => number(out, 0),
        // In most events nothing more is said.
        Value::Object(_) if is_empty => bytes(out, b"{}"),
        value => text(out, &value.to_string()),
    }
}

fn read_json(reader: &mut Reader<'_>) -> Option<Value> {
    match reader.bytes()? {
        b"" => Some(Value::Null),
        words => serde_json::from_slice(words).ok(),
    }
}

/// The place of a value in a list that only grows.
fn code<T: PartialEq>(list: &[T], value: &T) -> u8 {
    let place = list.iter().position(|known| known == value);
    place.unwrap_or(list.len()) as u8
}

fn coded<T: Copy>(list: &[T], code: u8) -> Option<T> {
    list.get(usize::from(code)).copied()
}

const VERSION: u8 = 1;

/// How the names of most sources end.
const VENDOR: &str = ".amazonaws.com";

const KINDS: &[EventKind] = &[
    EventKind::ApiCall,
    EventKind::ConsoleSignIn,
    EventKind::ServiceEvent,
];

const CALLERS: &[Kind] = &[Kind::Root, Kind::User, Kind::Role, Kind::Federated];

const OUTCOMES: &[Outcome] = &[
    Outcome::Allowed,
    Outcome::ExplicitDeny,
    Outcome::ImplicitDeny,
];

const STAGES: &[Stage] = &[
    Stage::Root,
    Stage::Identity,
    Stage::Boundary,
    Stage::Session,
    Stage::Resource,
];

const SOURCES: &[Source] = &[
    Source::User,
    Source::Group,
    Source::Role,
    Source::AwsManaged,
    Source::UserManaged,
    Source::Resource,
    Source::None,
];

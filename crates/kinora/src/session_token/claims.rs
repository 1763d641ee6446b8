//! The claims of a session as bytes, as few as possible: numbers in LEB128, texts counted.
//!
//! Tokens outlive a restart of the server, so a change of this shape takes a new version.

use std::collections::BTreeMap;

use kvs::iam::{EntityId, Session, SessionKind};
use kvs::name::AccountId;

use crate::packed::{Reader, number, text};

/// What every session has.
pub(super) fn core(session: &Session) -> Vec<u8> {
    let mut out = Vec::with_capacity(160);
    text(&mut out, &session.access_key_id);
    text(&mut out, session.account.as_str());
    let (kind, id, name) = match &session.kind {
        SessionKind::Root => (0, None, ""),
        SessionKind::User(id) => (1, Some(id), ""),
        SessionKind::Role { role, name } => (2, Some(role), name.as_str()),
        SessionKind::Federated { by: Some(id), name } => (3, Some(id), name.as_str()),
        SessionKind::Federated { by: None, name } => (4, None, name.as_str()),
    };
    out.push(kind);
    text(&mut out, id.map_or("", EntityId::as_str));
    text(&mut out, name);
    number(&mut out, session.issued_ms);
    number(&mut out, session.expires_ms);
    // No session proves anything at the epoch.
    number(&mut out, session.mfa_ms.unwrap_or(0));
    text(&mut out, session.source_identity.as_deref().unwrap_or(""));
    out.push(u8::from(session.is_chained));
    out
}

/// What may be long.
pub(super) fn bulk(session: &Session) -> Vec<u8> {
    let mut out = Vec::new();
    texts(&mut out, &session.policies);
    texts(&mut out, &session.policy_arns);
    pairs(&mut out, &session.tags);
    texts(&mut out, &session.transitive_tag_keys);
    pairs(&mut out, &session.context);
    out
}

/// Undoes [`core()`]; the bulk is empty. Gives what follows too.
pub(super) fn read_core(bytes: &[u8]) -> Option<(Session, &[u8])> {
    let mut reader = Reader(bytes);
    let access_key_id = reader.text()?;
    let account = AccountId::parse(&reader.text()?)?;
    let kind = reader.byte()?;
    let id = EntityId::new(&reader.text()?);
    let name = reader.text()?;
    let kind = match kind {
        0 => SessionKind::Root,
        1 => SessionKind::User(id),
        2 => SessionKind::Role { role: id, name },
        3 => SessionKind::Federated { by: Some(id), name },
        4 => SessionKind::Federated { by: None, name },
        _ => return None,
    };
    let (issued_ms, expires_ms) = (reader.number()?, reader.number()?);
    let session = Session {
        access_key_id,
        mfa_ms: Some(reader.number()?).filter(|ms| *ms > 0),
        source_identity: Some(reader.text()?).filter(|text| !text.is_empty()),
        is_chained: reader.byte()? == 1,
        ..Session::new(account, kind, issued_ms, expires_ms)
    };
    Some((session, reader.0))
}

/// Undoes [`bulk`]; what follows is padding.
pub(super) fn read_bulk(session: &mut Session, bytes: &[u8]) -> Option<()> {
    let mut reader = Reader(bytes);
    session.policies = read_texts(&mut reader)?;
    session.policy_arns = read_texts(&mut reader)?;
    session.tags = read_pairs(&mut reader)?;
    session.transitive_tag_keys = read_texts(&mut reader)?;
    session.context = read_pairs(&mut reader)?;
    Some(())
}

fn texts(out: &mut Vec<u8>, values: &[String]) {
    number(out, values.len() as u64);
    for value in values {
        text(out, value);
    }
}

fn pairs(out: &mut Vec<u8>, values: &BTreeMap<String, String>) {
    number(out, values.len() as u64);
    for (key, value) in values {
        text(out, key);
        text(out, value);
    }
}

fn read_texts(reader: &mut Reader<'_>) -> Option<Vec<String>> {
    (0..reader.number()?).map(|_| reader.text()).collect()
}

fn read_pairs(reader: &mut Reader<'_>) -> Option<BTreeMap<String, String>> {
    let count = reader.number()?;
    (0..count)
        .map(|_| Some((reader.text()?, reader.text()?)))
        .collect()
}

//! Events come back from their bytes as they were, whatever is in them.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use aws::policy::{Outcome, Source, Stage};
use kvs::limits;
use kvs::name::AccountId;
use serde_json::{Value, json};
use store::AuditRow;

use super::{Kept, Kind, Session, Who, bytes, words};
use crate::audit::EventKind;
use crate::http::reply;
use crate::ops::authority::decisions::{Explained, Statement};

const REQUEST: &str = "8bb7c172-1ae9-4f6e-8c1b-0242ac120002";
const ARN: &str = "arn:aws:iam::012345678901:user/bob";

fn event() -> Kept {
    Kept {
        account: AccountId::parse("012345678901").unwrap(),
        at_ms: 1_700_000_000_123,
        id: reply::random_uuid(),
        kind: EventKind::ApiCall,
        source: "kinesisvideo.amazonaws.com".into(),
        name: "DescribeStream".into(),
        user: "bob".to_owned(),
        who: Who::Caller {
            kind: Kind::User,
            user_id: "AIDABOB".to_owned(),
            arn: ARN.to_owned(),
            access_key_id: "AKIABOB".to_owned(),
            session: None,
        },
        ip: Some([192, 0, 2, 7].into()),
        user_agent: Some("curl/8".to_owned()),
        region: "eu-west-1".to_owned(),
        request_id: REQUEST.to_owned(),
        error: None,
        request: json!({ "streamName": "cam" }),
        response: Value::Null,
        more: json!({}),
        decision: Some(Arc::new(decision())),
        is_read_only: true,
        is_cut: false,
    }
}

fn decision() -> Explained {
    Explained {
        request_id: REQUEST.to_owned(),
        at_ms: 1_700_000_000_122,
        principal: ARN.to_owned(),
        user_id: String::new(),
        action: "kinesisvideo:DescribeStream".to_owned(),
        resource: "arn:aws:kinesisvideo:eu-west-1:012345678901:stream/cam/1".to_owned(),
        outcome: Outcome::Allowed,
        stage: Stage::Identity,
        statements: vec![Statement {
            stage: Stage::Identity,
            policy: "describes".to_owned(),
            policy_type: Source::User,
            sid: Some("One".to_owned()),
            number: 1,
            is_allow: true,
            line: 1,
            column: 38,
        }],
        missing_keys: Vec::new(),
        remedy: None,
        missing_statement: None,
        message: None,
    }
}

/// Events with everything that one can have.
fn others() -> Vec<Kept> {
    let denied = Explained {
        request_id: "another".to_owned(),
        principal: "somebody else".to_owned(),
        outcome: Outcome::ImplicitDeny,
        stage: Stage::Boundary,
        statements: Vec::new(),
        missing_keys: vec!["aws:SourceIp".to_owned(), "aws:username".to_owned()],
        remedy: Some("no permissions boundary allows it".to_owned()),
        missing_statement: Some("{\"Effect\":\"Allow\"}".to_owned()),
        message: Some("User: bob is not authorized".to_owned()),
        ..decision()
    };
    let session = Session {
        issued_ms: 1_700_000_000_000,
        is_mfa: true,
        role: Some(("AROA1".to_owned(), "arn:aws:iam::1:role/r".to_owned())),
        source_identity: Some("alice".to_owned()),
    };
    vec![
        event(),
        Kept {
            who: Who::Caller {
                kind: Kind::Role,
                user_id: "AROA1:s".to_owned(),
                arn: "arn:aws:sts::1:assumed-role/r/s".to_owned(),
                access_key_id: "ASIA1".to_owned(),
                session: Some(session),
            },
            decision: Some(Arc::new(denied)),
            error: Some(("AccessDenied".to_owned(), "no".to_owned())),
            ip: Some("2001:db8::7".parse().unwrap()),
            request_id: "not-a-uuid".to_owned(),
            response: json!({ "arn": "x" }),
            is_read_only: false,
            ..event()
        },
        Kept {
            kind: EventKind::ConsoleSignIn,
            source: "signin.example".into(),
            who: Who::InWords(json!({ "type": "Root" })),
            ip: None,
            user_agent: None,
            more: json!({ "MFAUsed": "No" }),
            decision: None,
            ..event()
        },
    ]
}

#[test]
fn events_come_back_and_are_short() {
    for kept in others() {
        let row = kept.row();
        assert_eq!(bytes::read(&row), Some(kept.clone()));
        assert_eq!(words(&row), kept.words());
        let in_words = kept.words().to_string();
        assert!(row.body.len() * 2 < in_words.len(), "{in_words}");
    }
}

/// Samples lie in `testdata/audit`. With `UPDATE_EXPECT=1` one that is missing is written;
/// one that is there is never changed.
#[test]
fn events_that_were_kept_once_are_read_for_ever() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/audit");
    for (name, kept) in ["allowed-1", "denied-1", "sign-in-1"].iter().zip(others()) {
        let kept = Kept {
            id: *b"0123456789abcdef",
            ..kept
        };
        let path = dir.join(format!("{name}.hex"));
        let encoded: String = bytes::write(&kept).chunks(32).map(to_line).collect();
        if !path.exists() && std::env::var_os("UPDATE_EXPECT").is_some() {
            fs::create_dir_all(&dir).unwrap();
            fs::write(&path, &encoded).unwrap();
        }
        let sample = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{name}: {error}"));
        let row = AuditRow {
            body: from_lines(&sample).into(),
            ..kept.row()
        };
        assert_eq!(bytes::read(&row).as_ref(), Some(&kept), "{name}");
        assert_eq!(sample, encoded, "{name}: the shape changed");
    }
}

fn to_line(bytes: &[u8]) -> String {
    let line: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    line + "\n"
}

fn from_lines(text: &str) -> Vec<u8> {
    let digits: Vec<char> = text.chars().filter(char::is_ascii_hexdigit).collect();
    let byte = |pair: &[char]| u8::from_str_radix(&String::from_iter(pair), 16).unwrap();
    digits.chunks(2).map(byte).collect()
}

#[test]
fn what_was_cut_anywhere_is_no_event() {
    for kept in others() {
        let row = kept.row();
        for len in 0..row.body.len() {
            let body = row.body.slice(..len);
            assert_eq!(
                bytes::read(&AuditRow {
                    body,
                    ..row.clone()
                }),
                None
            );
        }
        let body = [&row.body[..], b"x"].concat().into();
        assert_eq!(words(&AuditRow { body, ..row }), Value::Null);
    }
}

#[test]
fn events_that_were_kept_in_words_are_read() {
    let row = AuditRow {
        body: "{\"eventName\":\"CreateUser\"}".into(),
        ..event().row()
    };
    assert_eq!(words(&row), json!({ "eventName": "CreateUser" }));
}

#[test]
fn of_a_long_event_the_long_parts_are_left_out() {
    let long = Kept {
        request: json!({ "a": "x".repeat(limits::AUDIT_EVENT_BYTES_MAX) }),
        ..event()
    };
    let row = long.row();
    assert!(row.body.len() < 1000);
    let seen = words(&row);
    assert_eq!(seen, long.words());
    for left_out in ["requestParameters", "responseElements", "userAgent"] {
        assert_eq!(seen[left_out], json!({ "omitted": "too long" }));
    }
    assert_eq!(
        seen["additionalEventData"],
        event().words()["additionalEventData"]
    );
}

//! Runs the case files of `testdata/policy`: each group names the rule it is about.

use std::io::Write as _;
use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::{
    Context, Document, DocumentKind, Policies, Principal, Request, Source, Sourced, Stage, evaluate,
};

const FILES: [(&str, &str); 4] = [
    (
        "grammar",
        include_str!("../../testdata/policy/grammar.json"),
    ),
    (
        "matching",
        include_str!("../../testdata/policy/matching.json"),
    ),
    (
        "conditions",
        include_str!("../../testdata/policy/conditions.json"),
    ),
    (
        "evaluation",
        include_str!("../../testdata/policy/evaluation.json"),
    ),
];

#[test]
fn every_case_comes_out_as_written() {
    let mut count = 0;
    let mut failures = Vec::new();
    for (file, text) in FILES {
        let groups: Vec<Value> = serde_json::from_str(text).expect(file);
        for group in &groups {
            let rule = group["rule"].as_str().expect("a group names its rule");
            let cases = group["cases"].as_array().expect("a group has cases");
            assert!(!cases.is_empty(), "{rule}");
            for case in cases {
                count += 1;
                let wrong = match file {
                    "grammar" => grammar(group, case),
                    "matching" => matching(group, case),
                    "conditions" => condition(group, case),
                    _ => evaluation(group, case),
                };
                failures.extend(wrong.map(|wrong| format!("{file}: {rule}: {case}: {wrong}")));
            }
        }
    }
    assert!(failures.is_empty(), "\n{}", failures.join("\n"));
    let _ = writeln!(std::io::stdout(), "{count} policy cases");
    assert!(count >= 400, "only {count} cases");
}

fn kind(name: &str) -> DocumentKind {
    match name {
        "identity" => DocumentKind::Identity,
        "boundary" => DocumentKind::Boundary,
        "session" => DocumentKind::Session,
        "trust" => DocumentKind::Trust,
        "resource" => DocumentKind::Resource,
        "iot" => DocumentKind::Iot,
        other => panic!("no kind of policy is called {other}"),
    }
}

/// What is wrong, if anything.
fn grammar(group: &Value, case: &Value) -> Option<String> {
    let text = match case["text"].as_str() {
        Some(text) => text.to_owned(),
        None => case["policy"].to_string(),
    };
    let kind = kind(group["kind"].as_str().expect("a kind"));
    let result = Document::parse(&text, kind).map_err(|error| error.message);
    match (result, case["error"].as_str()) {
        (Ok(_), None) => None,
        (Ok(_), Some(_)) => Some("it was read".to_owned()),
        (Err(message), expected) if Some(message.as_str()) == expected => None,
        (Err(message), _) => Some(message),
    }
}

/// A policy of one statement, of the group's version.
fn policy(group: &Value, mut statement: Value) -> Value {
    statement["Effect"] = json!("Allow");
    let mut policy = json!({"Statement": statement});
    match group.get("version") {
        None => policy["Version"] = json!("2012-10-17"),
        Some(Value::Null) => {}
        Some(version) => policy["Version"] = version.clone(),
    }
    policy
}

fn sourced(id: &str, policy: &Value, kind: DocumentKind) -> Sourced {
    let document = Document::parse(&policy.to_string(), kind);
    Sourced {
        id: id.to_owned(),
        source: Source::None,
        document: Arc::new(document.unwrap_or_else(|error| panic!("{policy}: {error:?}"))),
    }
}

fn context(keys: Option<&Map<String, Value>>) -> Context<'_> {
    let mut context = Context::new();
    let text = |value: &Value| value.as_str().expect("a key's value is a text").to_owned();
    for (key, value) in keys.into_iter().flatten() {
        match value {
            Value::Array(values) => context.set_many(key, values.iter().map(text)),
            value => context.set(key, text(value)),
        }
    }
    context
}

fn is_allowed(policy: &Value, action: &str, resource: Option<&str>, keys: &Context<'_>) -> bool {
    let identity = [sourced("p", policy, DocumentKind::Identity)];
    let policies = Policies {
        identity: &identity,
        // Patterns are tried on resources of anybody.
        resource_account: ACCOUNT,
        ..Policies::default()
    };
    let request = Request {
        principal: principal("user"),
        action,
        resource,
        keys,
    };
    evaluate(&policies, &request).is_allowed()
}

fn compare(actual: bool, expected: &Value) -> Option<String> {
    let expected = expected.as_bool().expect("a case says true or false");
    (actual != expected).then(|| format!("{actual}"))
}

fn matching(group: &Value, case: &Value) -> Option<String> {
    let keys = context(group["context"].as_object());
    let (pattern, target) = (&case[0], case[1].as_str());
    let resource = Some(STREAM);
    let allowed = |statement, action: &str, resource| {
        is_allowed(&policy(group, statement), action, resource, &keys)
    };
    let action = target.unwrap_or_default();
    let actual = match group["shape"].as_str().expect("a shape") {
        "action" => allowed(
            json!({"Action": pattern, "Resource": "*"}),
            action,
            resource,
        ),
        "not-action" => allowed(
            json!({"NotAction": pattern, "Resource": "*"}),
            action,
            resource,
        ),
        "resource" => allowed(
            json!({"Action": "*", "Resource": pattern}),
            GET_MEDIA,
            target,
        ),
        "not-resource" => allowed(
            json!({"Action": "*", "NotResource": pattern}),
            GET_MEDIA,
            target,
        ),
        other => panic!("no shape is called {other}"),
    };
    compare(actual, &case[2])
}

fn condition(group: &Value, case: &Value) -> Option<String> {
    let statement = json!({"Action": "*", "Resource": "*", "Condition": case[0]});
    let keys = context(case[1].as_object());
    let actual = is_allowed(&policy(group, statement), GET_MEDIA, Some(STREAM), &keys);
    compare(actual, &case[2])
}

fn evaluation(group: &Value, case: &Value) -> Option<String> {
    let list = |name: &str, of: DocumentKind| -> Vec<Sourced> {
        let policies = case.get(name).or_else(|| group.get(name));
        let policies = policies.and_then(Value::as_array).into_iter().flatten();
        policies.map(|policy| sourced(name, policy, of)).collect()
    };
    let field = |name: &str| {
        let value = case.get(name).or_else(|| group.get(name));
        value.and_then(Value::as_str)
    };
    let mut identity = list("identity", DocumentKind::Identity);
    identity.extend(list("iot", DocumentKind::Iot));
    let boundary = list("boundary", DocumentKind::Boundary);
    let session = list("session", DocumentKind::Session);
    let trust = list("trust", DocumentKind::Trust);
    let resource = list("resource", DocumentKind::Resource);
    let policies = Policies {
        identity: &identity,
        boundary: boundary.first(),
        session: &session,
        resource: trust.first().or(resource.first()),
        resource_account: field("owner").unwrap_or_default(),
    };
    let context = context(case["context"].as_object());
    let request = Request {
        principal: principal(field("principal").unwrap_or("user")),
        action: field("action").unwrap_or(GET_MEDIA),
        resource: match field("target") {
            Some("*") => None,
            Some(target) => Some(target),
            None => Some(STREAM),
        },
        keys: &context,
    };
    let decision = evaluate(&policies, &request);
    let stage = match decision.stage {
        Stage::Root => "root",
        Stage::Identity => "identity",
        Stage::Boundary => "boundary",
        Stage::Session => "session",
        Stage::Resource => "resource",
    };
    let actual = format!("{} {stage}", decision.outcome.as_str());
    (case["expect"] != actual.as_str()).then_some(actual)
}

/// The principals of the case files.
fn principal(name: &str) -> Principal<'static> {
    match name {
        "anonymous" => Principal::Anonymous,
        "root" => Principal::Root {
            account: ACCOUNT,
            arn: "arn:aws:iam::123456789012:root",
        },
        "user" => Principal::User {
            account: ACCOUNT,
            arn: "arn:aws:iam::123456789012:user/staff/alice",
            id: "AIDAALICEALICEALICE22",
        },
        "session" => Principal::Session {
            account: ACCOUNT,
            arn: "arn:aws:sts::123456789012:assumed-role/camera/front",
            role_arn: "arn:aws:iam::123456789012:role/site/camera",
            role_id: "AROACAMERACAMERACAM22",
        },
        "federated" => Principal::Federated {
            account: ACCOUNT,
            arn: "arn:aws:sts::123456789012:federated-user/guest",
        },
        "provider" => Principal::Provider {
            name: "arn:aws:iam::123456789012:oidc-provider/example.com",
        },
        "service" => Principal::Service {
            name: "credentials.iot.amazonaws.com",
        },
        "certificate" => Principal::Certificate {
            account: ACCOUNT,
            arn: "arn:aws:iot:us-west-2:123456789012:cert/00ff",
        },
        "stranger" => Principal::User {
            account: "210987654321",
            arn: "arn:aws:iam::210987654321:user/mallory",
            id: "AIDAMALLORYMALLORYM22",
        },
        "strange-root" => Principal::Root {
            account: "210987654321",
            arn: "arn:aws:iam::210987654321:root",
        },
        other => panic!("nobody is called {other}"),
    }
}

const ACCOUNT: &str = "123456789012";
const GET_MEDIA: &str = "kinesisvideo:GetMedia";
const STREAM: &str = "arn:aws:kinesisvideo:us-west-2:123456789012:stream/demo/1704164645123";

//! The policy engine beside an evaluator that others wrote, on the same random policies.
//!
//! The other one is a black box: `@cloud-copilot/iam-simulate`, which `cargo xtask test` installs
//! from npm (see `docs/adr/0013-policies-beside-another-evaluator.md`).
//! `KINORA_TEST_POLICY_SEED` and `KINORA_TEST_POLICY_CASES` choose other cases.

mod generate;

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use aws::policy::{
    Context, Document, DocumentKind, Outcome, Policies, Principal, Request, Source, Sourced,
    evaluate,
};
use generate::Case;
use it::program::Program;
use it::random::{Random, variable};
use it::{figures, installed, script};
use serde_json::{Value, json};

/// The generated cases: no answer may differ. What is known to differ is not generated but listed,
/// with its reason, in `differences.json`.
#[test]
fn both_evaluators_agree_on_random_policies() {
    let seed = variable("KINORA_TEST_POLICY_SEED", 20_261_122);
    let count = variable("KINORA_TEST_POLICY_CASES", 20_000);
    let mut random = Random::new(seed);
    let cases: Vec<Case> = (0..count).map(|_| generate::case(&mut random)).collect();
    let theirs = simulate(&cases, true);
    let mut report = String::new();
    let (mut differing, mut allowed, mut denied) = (0, 0, 0);
    for (index, (case, theirs)) in cases.iter().zip(&theirs).enumerate() {
        let ours = ask(case);
        allowed += usize::from(ours == "Allowed");
        denied += usize::from(ours == "ExplicitlyDenied");
        if theirs["result"] == ours {
            continue;
        }
        differing += 1;
        if differing <= SHOWN {
            let asked = question(case, false, false);
            let _ = writeln!(report, "case {index}: {ours} here, {theirs} there: {asked}");
        }
    }
    figures::tell(&format!(
        "policies: {count} cases of seed {seed}: {allowed} allowed, {denied} denied explicitly"
    ));
    assert_eq!(differing, 0, "answers differ:\n{report}");
    // A generator that only makes denials would prove nothing.
    let enough = cases.len() / 10;
    assert!(allowed > enough && denied > enough, "{allowed} {denied}");
}

/// The listed differences are as they are written, on both sides: one that goes away leaves the
/// list.
#[test]
fn evaluators_differ_where_it_is_written() {
    let path = script("policy/differences.json");
    let text = std::fs::read_to_string(path).expect("the list is in the tree");
    let list: Vec<Value> = serde_json::from_str(&text).expect("the list is JSON");
    let cases: Vec<Case> = list.iter().map(|entry| listed(&entry["case"])).collect();
    let theirs = simulate(&cases, false);
    for ((entry, case), theirs) in list.iter().zip(&cases).zip(&theirs) {
        assert!(entry["rule"].as_str().is_some_and(|rule| rule.len() > 20));
        assert_ne!(entry["here"], entry["there"]);
        assert_eq!(entry["here"], ask(case), "here: {entry}");
        assert_eq!(entry["there"], theirs["result"], "{theirs} there: {entry}");
    }
}

/// A case of the list.
fn listed(case: &Value) -> Case {
    let text = |name: &str| case[name].as_str().map(str::to_owned);
    let list = |name: &str| case[name].as_array().cloned().unwrap_or_default();
    Case {
        principal: text("principal").expect("a principal"),
        action: text("action").expect("an action"),
        resource: text("resource"),
        context: case["context"].as_object().cloned().unwrap_or_default(),
        identity: list("identity"),
        boundary: case.get("boundary").cloned(),
        session: list("session"),
        resource_policy: case.get("resourcePolicy").cloned(),
    }
}

/// The other evaluator's answers.
fn simulate(cases: &[Case], are_generated: bool) -> Vec<Value> {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let path = folder.path().join("cases.jsonl");
    let mut lines = String::new();
    for (index, case) in cases.iter().enumerate() {
        let is_owned = are_generated && case.principal.ends_with(":root");
        let is_validated = !are_generated || index % VALIDATED_EVERY == 0;
        let asked = question(case, is_validated, is_owned);
        lines.push_str(&asked.to_string());
        lines.push('\n');
    }
    std::fs::write(&path, lines).expect("the cases can be written");
    let modules = installed("KINORA_TEST_NODE_MODULES");
    let output = Program::new("node")
        .args([script("policy/simulate.mjs")])
        .envs([("KINORA_TEST_NODE_MODULES", modules.as_os_str())])
        .envs([("HOME", folder.path()), ("TMPDIR", folder.path())])
        .fed_by(Program::new("cat").args([&path]))
        .timeout(Duration::from_secs(600))
        .run();
    let text = String::from_utf8(output.stdout).expect("the answers are text");
    let answers: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).expect("an answer is JSON"))
        .collect();
    assert_eq!(answers.len(), cases.len(), "{}", output.stderr);
    answers
}

/// A case as the script wants it.
fn question(case: &Case, is_validated: bool, is_owned: bool) -> Value {
    // It knows one session policy; several allow what one of them allows.
    let session = match case.session.as_slice() {
        [] => Value::Null,
        policies => {
            let mut joined = policies[0].clone();
            let statements = policies.iter().flat_map(|policy| {
                let mut statements = match policy["Statement"].clone() {
                    Value::Array(statements) => statements,
                    statement => vec![statement],
                };
                for statement in &mut statements {
                    statement
                        .as_object_mut()
                        .map(|members| members.remove("Sid"));
                }
                statements
            });
            joined["Statement"] = statements.collect();
            joined
        }
    };
    // The owner needs no policy here and one there; that is listed.
    let identity = match is_owned {
        true => json!([{
            "Version": "2012-10-17",
            "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"},
        }]),
        false => json!(case.identity),
    };
    json!({
        "principal": case.principal,
        "action": case.action,
        "resource": case.resource,
        "account": generate::ACCOUNT,
        "context": case.context,
        "identity": identity,
        "boundary": case.boundary,
        "session": session,
        "resourcePolicy": case.resource_policy,
        "validate": is_validated,
    })
}

/// Our answer, in the other's words.
fn ask(case: &Case) -> &'static str {
    let sourced = |policy: &Value, kind: DocumentKind| {
        let document = Document::parse(&policy.to_string(), kind);
        Sourced {
            id: "generated".to_owned(),
            source: Source::None,
            document: Arc::new(document.unwrap_or_else(|error| panic!("{policy}: {error:?}"))),
        }
    };
    let list = |policies: &[Value], kind| -> Vec<Sourced> {
        policies
            .iter()
            .map(|policy| sourced(policy, kind))
            .collect()
    };
    let identity = list(&case.identity, DocumentKind::Identity);
    let boundary = list(case.boundary.as_slice(), DocumentKind::Boundary);
    let session = list(&case.session, DocumentKind::Session);
    let resource = list(case.resource_policy.as_slice(), DocumentKind::Trust);
    let mut context = Context::new();
    for (key, value) in &case.context {
        let text = |value: &Value| value.as_str().expect("a key's value is a text").to_owned();
        match value {
            Value::Array(values) => context.set_many(key, values.iter().map(text)),
            value => context.set(key, text(value)),
        }
    }
    let policies = Policies {
        identity: &identity,
        boundary: boundary.first(),
        session: &session,
        resource: resource.first(),
        resource_account: generate::ACCOUNT,
    };
    let request = Request {
        principal: principal(&case.principal),
        action: &case.action,
        resource: case.resource.as_deref(),
        keys: &context,
    };
    match evaluate(&policies, &request).outcome {
        Outcome::Allowed => "Allowed",
        Outcome::ExplicitDeny => "ExplicitlyDenied",
        Outcome::ImplicitDeny => "ImplicitlyDenied",
    }
}

/// The principal of an ARN; roles have no path in these tests.
fn principal(arn: &str) -> Principal<'_> {
    let account = arn.split(':').nth(4).expect("an ARN has an account");
    if arn.ends_with(":root") {
        Principal::Root { account, arn }
    } else if arn.contains(":assumed-role/") {
        Principal::Session {
            account,
            arn,
            role_arn: "arn:aws:iam::123456789012:role/camera",
            role_id: "AROACAMERACAMERACAM22",
        }
    } else {
        let id = "AIDAALICEALICEALICE22";
        Principal::User { account, arn, id }
    }
}

/// Disagreements printed at most; the first ones tell what is wrong.
const SHOWN: usize = 20;

/// One case in so many also passes the other evaluator's checks of what it is given.
const VALIDATED_EVERY: usize = 20;

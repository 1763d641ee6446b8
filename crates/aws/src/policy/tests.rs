//! The engine as its callers use it; the bulk of the rules are in the case files.

use std::sync::Arc;

use super::{
    Context, Document, DocumentKind, Outcome, Policies, Principal, Request, Source, Sourced, Stage,
    evaluate,
};

fn sourced(id: &str, text: &str, kind: DocumentKind) -> Sourced {
    Sourced {
        id: id.to_owned(),
        source: Source::User,
        document: Arc::new(Document::parse(text, kind).expect(text)),
    }
}

const ALICE: Principal<'static> = Principal::User {
    account: "123456789012",
    arn: "arn:aws:iam::123456789012:user/alice",
    id: "AIDAAAAAAAAAAAAAAAAAA",
};

const STREAM: &str = "arn:aws:kinesisvideo:us-west-2:123456789012:stream/demo/1704164645123";

#[test]
fn a_user_reads_the_stream_of_its_name() {
    let policy = r#"{
  "Version": "2012-10-17",
  "Statement": [{
    "Sid": "Own",
    "Effect": "Allow",
    "Action": "kinesisvideo:Get*",
    "Resource": "arn:aws:kinesisvideo:*:*:stream/${aws:username}/*",
    "Condition": {"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}
  }]
}"#;
    let identity = [sourced("own", policy, DocumentKind::Identity)];
    let mut keys = Context::new();
    keys.set("aws:username", "demo");
    keys.set("aws:SourceIp", "192.0.2.7");
    let ask = |keys: &Context<'_>, action: &str| {
        let request = Request {
            principal: ALICE,
            action,
            resource: Some(STREAM),
            keys,
        };
        let policies = Policies {
            identity: &identity,
            ..Policies::default()
        };
        let decision = evaluate(&policies, &request);
        let matched: Vec<_> = decision
            .matched()
            .iter()
            .map(|m| (m.sid.map(str::to_owned), m.start, m.end))
            .collect();
        (
            decision.outcome,
            decision.stage,
            decision.denial("demo"),
            decision.smallest_allow(),
            matched,
        )
    };
    let (outcome, stage, _, _, matched) = ask(&keys, "kinesisvideo:GetMedia");
    assert_eq!((outcome, stage), (Outcome::Allowed, Stage::Identity));
    let (sid, start, end) = &matched[0];
    assert_eq!(sid.as_deref(), Some("Own"));
    assert_eq!((start.line, start.column), (3, 17));
    assert_eq!((end.line, end.column), (9, 4));

    let (outcome, stage, denial, smallest, _) = ask(&keys, "kinesisvideo:PutMedia");
    assert_eq!((outcome, stage), (Outcome::ImplicitDeny, Stage::Identity));
    assert_eq!(
        denial,
        "User: arn:aws:iam::123456789012:user/alice is not authorized to perform: \
         kinesisvideo:PutMedia on resource: demo because no identity-based policy allows the \
         kinesisvideo:PutMedia action"
    );
    assert_eq!(
        smallest,
        format!(r#"{{"Effect":"Allow","Action":"kinesisvideo:PutMedia","Resource":"{STREAM}"}}"#)
    );

    keys.set("aws:sourceip", "198.51.100.1");
    let (outcome, _, _, smallest, _) = ask(&keys, "kinesisvideo:GetMedia");
    assert_eq!(outcome, Outcome::ImplicitDeny);
    assert_eq!(
        smallest,
        "statement Own of policy own would allow it, but it wants aws:SourceIp to meet IpAddress \
         [192.0.2.0/24], and the request has [198.51.100.1]"
    );
}

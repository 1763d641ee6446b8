//! The engine as its callers use it; the bulk of the rules are in the case files.

use std::sync::Arc;

use super::{
    Context, Document, DocumentKind, Outcome, Policies, Principal, PrincipalKind, Remedy, Request,
    Source, Sourced, Stage, evaluate, significant_len,
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

const ROLE: &str = "arn:aws:iam::123456789012:role/camera";

fn allow(action: &str) -> String {
    format!(r#"{{"Statement":{{"Effect":"Allow","Action":"{action}","Resource":"*"}}}}"#)
}

fn deny(action: &str) -> String {
    allow(action).replace("Allow", "Deny")
}

fn decide<T>(
    policies: &Policies<'_>,
    action: &str,
    resource: Option<&str>,
    see: impl FnOnce(&super::Decision<'_>) -> T,
) -> T {
    let keys = Context::new();
    let request = Request {
        principal: ALICE,
        action,
        resource,
        keys: &keys,
    };
    see(&evaluate(policies, &request))
}

#[test]
fn denials_say_which_policies_do_not_allow() {
    let identity = [sourced("a", &allow("*"), DocumentKind::Identity)];
    let other = sourced("b", &allow("iam:*"), DocumentKind::Boundary);
    let none = sourced("c", &deny("*"), DocumentKind::Session);
    let trust = r#"{"Statement":{"Effect":"Allow","Principal":{"AWS":"210987654321"},
        "Action":"sts:AssumeRole"}}"#;
    let trust = sourced("d", trust, DocumentKind::Trust);
    let deny_here = r#"{"Statement":{"Effect":"Deny","Principal":"*","Action":"*",
        "Resource":"*"}}"#;
    let resource = sourced("e", deny_here, DocumentKind::Resource);
    let base = Policies {
        identity: &identity,
        ..Policies::default()
    };
    let text = |policies: &Policies<'_>, action: &str| {
        let denial = decide(policies, action, None, |decision| decision.denial("*"));
        let start = "User: arn:aws:iam::123456789012:user/alice is not authorized to perform: ";
        denial
            .strip_prefix(start)
            .expect("the caller is named")
            .to_owned()
    };
    let mut policies = base;
    policies.boundary = Some(&other);
    assert_eq!(
        text(&policies, "kinesisvideo:ListStreams"),
        "kinesisvideo:ListStreams on resource: * because no permissions boundary allows the \
         kinesisvideo:ListStreams action"
    );
    policies = base;
    policies.session = std::slice::from_ref(&other);
    assert_eq!(
        text(&policies, "s3:Get"),
        "s3:Get on resource: * because no session policy allows the s3:Get action"
    );
    policies.session = std::slice::from_ref(&none);
    assert_eq!(
        text(&policies, "s3:Get"),
        "s3:Get on resource: * with an explicit deny in a session policy"
    );
    policies = base;
    policies.identity = std::slice::from_ref(&none);
    assert_eq!(
        text(&policies, "s3:Get"),
        "s3:Get on resource: * with an explicit deny in an identity-based policy"
    );
    policies = base;
    policies.boundary = Some(&none);
    assert_eq!(
        text(&policies, "s3:Get"),
        "s3:Get on resource: * with an explicit deny in a permissions boundary"
    );
    policies = base;
    policies.resource = Some(&resource);
    assert_eq!(
        text(&policies, "s3:Get"),
        "s3:Get on resource: * with an explicit deny in a resource-based policy"
    );
    // Of a role nobody learns more than that it may not be assumed.
    policies = base;
    policies.resource = Some(&trust);
    assert_eq!(
        text(&policies, "sts:AssumeRole"),
        "sts:AssumeRole on resource: *"
    );
    policies.resource = None;
    policies.resource_account = "210987654321";
    assert_eq!(
        text(&policies, "s3:Get"),
        "s3:Get on resource: * because no resource-based policy allows the s3:Get action"
    );
}

#[test]
fn remedies_name_what_is_in_the_way() {
    let identity = [
        sourced("all", &allow("*"), DocumentKind::Identity),
        sourced(
            "no-media",
            "{\n  \"Statement\": [\n    {\"Effect\": \"Deny\", \"Action\": \"kinesisvideo:*\", \
             \"Resource\": \"*\"}\n  ]\n}",
            DocumentKind::Identity,
        ),
    ];
    let boundary = sourced("limit", &allow("iam:*"), DocumentKind::Boundary);
    let mut policies = Policies {
        identity: &identity,
        ..Policies::default()
    };
    let smallest = |policies: &Policies<'_>, action: &str, resource| {
        decide(policies, action, resource, |decision| {
            decision.smallest_allow()
        })
    };
    assert_eq!(smallest(&policies, "s3:Get", None), "it is allowed");
    assert_eq!(
        smallest(&policies, "kinesisvideo:GetMedia", Some(STREAM)),
        "statement 1 of policy no-media (line 3, column 5) denies it"
    );
    policies.boundary = Some(&boundary);
    let remedy = decide(&policies, "s3:Get", None, |decision| decision.remedy());
    assert_eq!(
        remedy,
        Remedy::Add {
            stage: Stage::Boundary,
            statement: r#"{"Effect":"Allow","Action":"s3:Get","Resource":"*"}"#.to_owned()
        }
    );
    let trust = r#"{"Statement":{"Effect":"Allow","Action":"sts:AssumeRole",
        "Principal":{"Service":"credentials.iot.amazonaws.com"}}}"#;
    let trust = sourced("trust", trust, DocumentKind::Trust);
    policies.boundary = None;
    policies.resource = Some(&trust);
    assert_eq!(
        smallest(&policies, "sts:AssumeRole", Some(ROLE)),
        r#"{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::123456789012:user/alice"},"#
            .to_owned()
            + r#""Action":"sts:AssumeRole"}"#
    );
    let ours = r#"{"Statement":{"Sid":"Ours","Effect":"Allow","Action":"sts:AssumeRole",
        "Principal":{"AWS":"123456789012"},
        "Condition":{"Bool":{"aws:MultiFactorAuthPresent":true}}}}"#;
    let ours = sourced("trust", ours, DocumentKind::Trust);
    policies.resource = Some(&ours);
    assert_eq!(
        smallest(&policies, "sts:AssumeRole", Some(ROLE)),
        "statement Ours of policy trust would allow it, but it wants aws:MultiFactorAuthPresent \
         to meet Bool [true], and the request does not have that key"
    );
}

#[test]
fn keys_that_are_missing_and_keys_there_are() {
    let policy = r#"{"Version":"2012-10-17","Statement":[
        {"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::${aws:username}/*",
         "Condition":{"StringLike":{"aws:UserAgent":"${aws:PrincipalTag/x, 'y'}"}}},
        {"Effect":"Allow","Action":"iam:*","Resource":"*",
         "Condition":{"Null":{"AWS:USERNAME":"true","aws:SourceIp":"false"}}}]}"#;
    let identity = [sourced("p", policy, DocumentKind::Identity)];
    assert_eq!(
        identity[0].document.context_keys(),
        [
            "aws:username",
            "aws:UserAgent",
            "aws:PrincipalTag/x",
            "aws:SourceIp"
        ]
    );
    let policies = Policies {
        identity: &identity,
        ..Policies::default()
    };
    let mut keys = Context::new();
    keys.set("aws:useragent", "curl");
    let request = Request {
        principal: ALICE,
        action: "s3:GetObject",
        resource: Some("arn:aws:s3:::b/k"),
        keys: &keys,
    };
    let decision = evaluate(&policies, &request);
    assert_eq!(
        decision.missing_context_keys(),
        ["aws:username", "aws:PrincipalTag/x"]
    );
}

#[test]
fn principals_are_replaced_where_they_stand() {
    let text = "{ \"Statement\" : { \"Effect\":\"Allow\",\n  \"Principal\": {\"AWS\" : \
        [\"arn:aws:iam::123456789012:user/al\\u0069ce\", \"123456789012\"],\n\
        \"Service\":\"ec2.amazonaws.com\"},\n  \"Action\":\"sts:AssumeRole\" } }";
    let document = Document::parse(text, DocumentKind::Trust).expect("a trust policy");
    let named: Vec<_> = document
        .principals()
        .iter()
        .map(|p| (p.kind, p.text.as_str()))
        .collect();
    let user = "arn:aws:iam::123456789012:user/alice";
    assert_eq!(
        named,
        [
            (PrincipalKind::Aws, user),
            (PrincipalKind::Aws, "123456789012"),
            (PrincipalKind::Service, "ec2.amazonaws.com"),
        ]
    );
    let id = "AIDAALICEALICEALICE22";
    let saved = document.with_principals(|_, name| (name == user).then(|| id.to_owned()));
    assert_eq!(
        saved,
        text.replace(
            "\"arn:aws:iam::123456789012:user/al\\u0069ce\"",
            &format!("\"{id}\"")
        )
    );
    let saved = Document::parse(&saved, DocumentKind::Trust).expect("ids are principals");
    let read = saved.with_principals(|_, name| (name == id).then(|| user.to_owned()));
    assert_eq!(read, text.replace("\\u0069", "i"));
}

#[test]
fn errors_say_where_and_lengths_leave_out_white_space() {
    let text = "{\n \"Statement\": {\n  \"Effect\": \"allow\"\n }\n}";
    let error = Document::parse(text, DocumentKind::Identity).expect_err("not in this spelling");
    assert_eq!(error.message, "Syntax errors in policy.");
    assert_eq!(error.detail, "Effect is Allow or Deny");
    assert_eq!((error.position.line, error.position.column), (3, 13));
    assert_eq!(&text[error.offset..][..7], "\"allow\"");
    assert_eq!(significant_len(" {\t\"a b\":\r\n 1 } "), 8);
    let long = format!("{}{}", allow("*"), " ".repeat(131_072));
    assert!(Document::parse(&long, DocumentKind::Identity).is_err());
    let long = &long[..131_072];
    let document = Document::parse(long, DocumentKind::Identity).expect("just short enough");
    assert_eq!(document.significant_len(), allow("*").len());
    assert_eq!(document.text(), long);
}

/// What would take hours with backtracking takes no time.
#[test]
fn hostile_patterns_are_matched_in_linear_time() {
    let pattern = format!("arn:aws:s3:::{}b", "*a?".repeat(2_000));
    let text = format!("arn:aws:s3:::{}", "a".repeat(20_000));
    let policy = allow("*").replace(r#""Resource":"*""#, &format!(r#""Resource":"{pattern}""#));
    let identity = [sourced("p", &policy, DocumentKind::Identity)];
    let policies = Policies {
        identity: &identity,
        ..Policies::default()
    };
    for _ in 0..20 {
        let allowed = decide(&policies, "s3:Get", Some(&text), |d| d.is_allowed());
        assert!(!allowed);
    }
    let hit = format!("{text}b");
    assert!(decide(&policies, "s3:Get", Some(&hit), |d| d.is_allowed()));
}

#[test]
fn services_are_granted_by_allow_statements() {
    let grants = |action: &str, effect: &str| {
        let text =
            format!(r#"{{"Statement": {{"Effect": "{effect}", {action}, "Resource": "*"}}}}"#);
        let document = Document::parse(&text, DocumentKind::Identity).expect(&text);
        ["kinesisvideo", "IAM"].map(|service| document.grants_service(service))
    };
    for (action, expected) in [
        (r#""Action": "*""#, [true, true]),
        (r#""Action": "KinesisVideo:GetMedia""#, [true, false]),
        (r#""Action": ["iam:Get*", "sts:*"]"#, [false, true]),
        (r#""NotAction": "iam:*""#, [true, false]),
        (r#""NotAction": "iam:Get*""#, [true, true]),
        (r#""NotAction": "*""#, [false, false]),
    ] {
        assert_eq!(grants(action, "Allow"), expected, "{action}");
        assert_eq!(grants(action, "Deny"), [false, false], "{action}");
    }
}

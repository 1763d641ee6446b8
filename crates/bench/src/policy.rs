//! Benchmark h: deciding about one request, as every call of the API needs it.

use std::hint::black_box;
use std::sync::Arc;

use aws::policy::{
    Context, Document, DocumentKind, Policies, Principal, Request, Source, Sourced, evaluate,
};

use crate::process::thread_cpu_us;
use crate::report::{Aim, Row};
use crate::{Result, Setup};

/// A user with ten policies of five statements reads a stream.
pub(crate) fn run(setup: &Setup) -> Result<Vec<Row>> {
    let rounds = if setup.quick { 20_000 } else { 200_000 };
    let identity: Result<Vec<Sourced>> = (0..POLICIES).map(policy).collect();
    let identity = identity?;
    let mut keys = Context::new();
    for key in KEYS {
        keys.set(*key, "value");
    }
    keys.set("aws:SourceIp", "192.0.2.1");
    keys.set("aws:ResourceTag/site", "north");
    let policies = Policies {
        identity: &identity,
        ..Policies::default()
    };
    let request = Request {
        principal: Principal::User {
            account: "123456789012",
            arn: "arn:aws:iam::123456789012:user/alice",
            id: "AIDAALICEALICEALICE22",
        },
        action: "kinesisvideo:GetMedia",
        resource: Some("arn:aws:kinesisvideo:us-west-2:123456789012:stream/demo/1704164645123"),
        keys: &keys,
    };
    let begun_us = thread_cpu_us();
    for _ in 0..rounds {
        // The last policy allows it, so that all of them are asked.
        if !evaluate(black_box(&policies), black_box(&request)).is_allowed() {
            return Err("the request is not allowed".to_owned());
        }
    }
    let micros = (thread_cpu_us() - begun_us) / f64::from(rounds);
    Ok(vec![Row {
        what: "policies, one decision: CPU µs".to_owned(),
        ours: micros,
        peer: None,
        aim: Aim::AtMost(5.0),
        note: format!("{POLICIES} policies of {} statements", ACTIONS.len()),
    }])
}

/// A policy of which two statements have a condition.
fn policy(index: u32) -> Result<Sourced> {
    let address = if index + 1 == POLICIES {
        "192.0.2.0/24"
    } else {
        "10.0.0.0/8"
    };
    let statements: Vec<String> = ACTIONS
        .iter()
        .map(|action| {
            let condition = match action.starts_with("kinesisvideo") {
                true => format!(
                    r#","Condition":{{"StringEquals":{{"aws:ResourceTag/site":["north","south"]}},
                    "IpAddress":{{"aws:SourceIp":"{address}"}}}}"#
                ),
                false => String::new(),
            };
            format!(
                r#"{{"Effect":"Allow","Action":["{action}","sts:AssumeRole"],"Resource":[
                "arn:aws:kinesisvideo:us-west-2:123456789012:stream/other{index}/*",
                "arn:aws:kinesisvideo:*:123456789012:stream/demo/*"]{condition}}}"#
            )
        })
        .collect();
    let statements = statements.join(",");
    let text = format!(r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#);
    let document = Document::parse(&text, DocumentKind::Identity);
    Ok(Sourced {
        id: format!("policy-{index}"),
        source: Source::User,
        document: Arc::new(document.map_err(|error| error.detail)?),
    })
}

const POLICIES: u32 = 10;

const ACTIONS: [&str; 5] = [
    "iam:Get*",
    "s3:GetObject",
    "kinesisvideo:Describe*",
    "logs:*",
    "kinesisvideo:Get*",
];

/// Keys that every request has, beside those that the policies ask for.
const KEYS: &[&str] = &[
    "aws:username",
    "aws:userid",
    "aws:PrincipalArn",
    "aws:PrincipalAccount",
    "aws:PrincipalType",
    "aws:SecureTransport",
    "aws:UserAgent",
    "aws:CurrentTime",
    "aws:EpochTime",
    "aws:RequestedRegion",
    "aws:ResourceAccount",
    "aws:ViaAWSService",
    "aws:PrincipalIsAWSService",
];

//! Bodies of fuzz targets: any bytes may come in, nothing may panic.

use std::sync::Arc;

use crate::op::Op;
use crate::policy::{
    Context, Document, DocumentKind, Outcome, Policies, Principal, Remedy, Request, Source,
    Sourced, evaluate, significant_len,
};
use crate::query;
use crate::sigv4::sign::{Credentials, Payload, Scope, sign_header};
use crate::sigv4::{EMPTY_SHA256, Head, Presented, Rules, signing_key};

/// Feeds the bytes to every operation's input parser, JSON and Query alike.
pub fn fuzz_json(data: &[u8]) {
    for op in Op::ALL {
        // Refusals are fine; only a panic is a finding.
        let _ = op.check_input(data);
    }
    let _ = query::Call::parse(data);
}

/// Reads `data` as a request head (a line `METHOD target`, then lines `name:value`) and looks for
/// authentication in it; then signs the head, if it can be signed, and expects that to verify.
///
/// # Panics
/// If a request that was not signed verifies, or one that was does not.
pub fn fuzz_sigv4(data: &[u8]) {
    let mut lines = data.split(|byte| *byte == b'\n');
    let line = String::from_utf8_lossy(lines.next().unwrap_or_default());
    let (method, target) = line.split_once(' ').unwrap_or(("GET", &line));
    let mut headers: Vec<(&str, &[u8])> = Vec::new();
    for line in lines {
        let colon = line
            .iter()
            .position(|byte| *byte == b':')
            .unwrap_or(line.len());
        let name = std::str::from_utf8(&line[..colon]).unwrap_or("?");
        headers.push((name, line.get(colon + 1..).unwrap_or_default()));
    }
    let presented = Presented::parse(
        &Head {
            method,
            target,
            headers: &headers,
        },
        &FUZZ_RULES,
    );
    if let Ok(presented) = presented {
        let is_global = presented.service() == "sts";
        assert!(is_global || presented.region() == FUZZ_RULES.region);
        assert!(FUZZ_RULES.services.contains(&presented.service()));
        let key = signing_key(
            FUZZ_SECRET,
            presented.date(),
            presented.region(),
            presented.service(),
        );
        assert!(
            presented.verify(&key, EMPTY_SHA256).is_err(),
            "nobody signed this"
        );
    }
    headers.retain(|(name, _)| !name.to_ascii_lowercase().starts_with("x-amz-"));
    headers.retain(|(name, _)| !name.eq_ignore_ascii_case("authorization"));
    signed_head_verifies(method, target, &headers);
}

fn signed_head_verifies(method: &str, target: &str, headers: &[(&str, &[u8])]) {
    let credentials = Credentials {
        access_key_id: "AKIDEXAMPLE",
        secret_access_key: FUZZ_SECRET,
        session_token: None,
    };
    let scope = Scope {
        region: "us-west-2",
        service: "sts",
        now_s: FUZZ_RULES.now_s,
    };
    let head = Head {
        method,
        target,
        headers,
    };
    let Ok(added) = sign_header(&head, &credentials, &scope, Payload::Empty) else {
        return;
    };
    let mut signed = headers.to_vec();
    signed.extend(
        added
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_bytes())),
    );
    // Heads that are out of bounds, or carry an authentication of their own, are refused.
    let head = Head {
        method,
        target,
        headers: &signed,
    };
    if let Ok(presented) = Presented::parse(&head, &FUZZ_RULES) {
        let key = signing_key(FUZZ_SECRET, presented.date(), "us-west-2", "sts");
        assert_eq!(presented.verify(&key, EMPTY_SHA256), Ok(()));
    }
}

/// Reads `data` as a line `action resource value` and a policy, which is read as each kind there
/// is, and asked.
///
/// # Panics
/// If a policy reads differently the second time, a Deny of everything does not deny, or a
/// decision is not explained.
pub fn fuzz_policy(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let (head, policy) = text.split_once('\n').unwrap_or(("", &text));
    let mut words = head.splitn(3, ' ');
    let mut word = |usual| {
        words
            .next()
            .filter(|word| !word.is_empty())
            .unwrap_or(usual)
    };
    let action = word("kinesisvideo:GetMedia");
    let resource = word("arn:aws:kinesisvideo:us-west-2:123456789012:stream/demo/1");
    let value = word("demo");
    assert!(significant_len(policy) <= policy.chars().count());
    for kind in [
        DocumentKind::Identity,
        DocumentKind::Boundary,
        DocumentKind::Session,
        DocumentKind::Trust,
        DocumentKind::Resource,
        DocumentKind::Iot,
    ] {
        let document = match Document::parse(policy, kind) {
            Ok(document) => document,
            Err(error) => {
                assert!(error.offset <= policy.len() && !error.message.is_empty());
                continue;
            }
        };
        let same = document.with_principals(|_, name| Some(name.to_owned()));
        let again = Document::parse(&same, kind);
        assert_eq!(again.map(|d| d.statements()), Ok(document.statements()));
        let mut keys = Context::new();
        let known = document.context_keys();
        // Every other key, so that some are missing.
        for (index, key) in known.iter().enumerate().filter(|(index, _)| index % 2 == 0) {
            match index % 4 {
                0 => keys.set(*key, value),
                _ => keys.set_many(*key, [value, "other"]),
            }
        }
        policy_is_asked(document.clone(), action, Some(resource), &keys);
        policy_is_asked(document.clone(), action, None, &keys);
    }
}

fn policy_is_asked(document: Document, action: &str, resource: Option<&str>, keys: &Context<'_>) {
    let kind = document.kind();
    let sourced = |document| Sourced {
        id: "fuzz".to_owned(),
        source: Source::None,
        document: Arc::new(document),
    };
    let all =
        sourced(Document::parse(FUZZ_ALLOW, DocumentKind::Identity).expect("a policy of our own"));
    let nothing = sourced(
        Document::parse(&FUZZ_ALLOW.replace("Allow", "Deny"), DocumentKind::Identity)
            .expect("a policy of our own"),
    );
    let policy = sourced(document);
    let own = [all, policy.clone()];
    let denied = [policy.clone(), nothing];
    for principal in FUZZ_PRINCIPALS {
        let request = Request {
            principal,
            action,
            resource,
            keys,
        };
        let mut policies = Policies {
            identity: &own,
            ..Policies::default()
        };
        match kind {
            DocumentKind::Identity | DocumentKind::Iot => {}
            DocumentKind::Boundary => policies.boundary = Some(&policy),
            DocumentKind::Session => policies.session = std::slice::from_ref(&policy),
            DocumentKind::Trust | DocumentKind::Resource => policies.resource = Some(&policy),
        }
        let decision = evaluate(&policies, &request);
        assert_eq!(decision.is_allowed(), decision.remedy() == Remedy::Nothing);
        let is_explicit = decision.outcome == Outcome::ExplicitDeny;
        assert!(!is_explicit || !decision.matched().is_empty());
        assert!(!decision.denial("x").is_empty() && !decision.smallest_allow().is_empty());
        let asked = policy.document.context_keys();
        for key in decision.missing_context_keys() {
            // A statement about another action may have written the same key first.
            assert!(asked.iter().any(|known| known.eq_ignore_ascii_case(key)));
        }
        policies.identity = &denied;
        let has_identity = matches!(
            principal,
            Principal::User { .. } | Principal::Session { .. }
        );
        let decision = evaluate(&policies, &request);
        assert!(!has_identity || decision.outcome == Outcome::ExplicitDeny);
    }
}

const FUZZ_ALLOW: &str = r#"{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#;
const FUZZ_PRINCIPALS: [Principal<'static>; 4] = [
    Principal::Anonymous,
    Principal::Root {
        account: "123456789012",
        arn: "arn:aws:iam::123456789012:root",
    },
    Principal::User {
        account: "123456789012",
        arn: "arn:aws:iam::123456789012:user/alice",
        id: "AIDAALICEALICEALICE22",
    },
    Principal::Session {
        account: "123456789012",
        arn: "arn:aws:sts::123456789012:assumed-role/camera/front",
        role_arn: "arn:aws:iam::123456789012:role/camera",
        role_id: "AROACAMERACAMERACAM22",
    },
];
const FUZZ_SECRET: &str = "a secret no corpus knows";
/// The clock of the known answers, 2024-01-02T03:04:05Z.
const FUZZ_RULES: Rules<'static> = Rules {
    now_s: 1_704_164_645,
    region: "us-west-2",
    services: &["kinesisvideo", "sts"],
    skew_s: 300,
};

#[cfg(test)]
mod tests {
    use super::{fuzz_json, fuzz_policy, fuzz_sigv4};

    const SEEDS: [&str; 4] = [
        "POST /putMedia\nHost: localhost\nx-amzn-stream-name: demo\nConnection: close",
        "GET https://h:1/a%2Fb/../c?x=1+2&y=%20\nhost:h\nauthorization: AWS4-HMAC-SHA256 \
         Credential=A/20240102/us-west-2/kinesisvideo/aws4_request, SignedHeaders=host;date, \
         Signature=00\ndate: Tue, 02 Jan 2024 03:04:05 GMT",
        "GET /?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=A%2F20240102%2Fus-west-2%2Fsts%2F\
         aws4_request&X-Amz-Date=20240102T030405Z&X-Amz-Expires=60&X-Amz-SignedHeaders=host&\
         X-Amz-Security-Token=a+b&X-Amz-Signature=00\nhost:h",
        "",
    ];

    #[allow(clippy::disallowed_methods, reason = "a test reads its data files")]
    fn corpus(target: &str) -> Vec<Vec<u8>> {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus");
        let files = std::fs::read_dir(folder.join(target)).expect("the corpus is in the tree");
        let paths = files.map(|file| file.expect("a readable folder").path());
        let inputs: Vec<_> = paths
            .map(|path| std::fs::read(path).expect("a readable file"))
            .collect();
        assert!(inputs.len() > 10, "the corpus of {target} is lost");
        inputs
    }

    #[test]
    fn corpus_of_inputs() {
        corpus("aws_json").iter().for_each(|d| fuzz_json(d));
    }

    #[test]
    fn corpus_of_request_heads() {
        corpus("aws_sigv4").iter().for_each(|d| fuzz_sigv4(d));
    }

    #[test]
    fn corpus_of_policies() {
        corpus("aws_policy").iter().for_each(|d| fuzz_policy(d));
    }

    /// Every policy of the corpus, cut short anywhere.
    #[test]
    fn policies_cut_short_hold() {
        for seed in corpus("aws_policy") {
            (0..seed.len()).for_each(|end| fuzz_policy(&seed[..end]));
        }
    }

    #[test]
    fn awkward_bodies_do_not_panic() {
        let deep = "[".repeat(100_000);
        let nested = "{\"Tags\":".repeat(200);
        for body in [
            "",
            "{}",
            "[]",
            "null",
            "{",
            "\u{0}",
            "{\"StreamName\":{}}",
            "%",
            "%4",
            "%zz",
            "&&=&",
            "{\"MaxResults\":1e999}",
            "{\"MaxResults\":-0.0}",
            "{\"StartTimestamp\":1e18}",
            "{\"Tags\":{\"k\":null}}",
            "{\"Tags\":[null]}",
            "{\"Tags\":[{\"Key\":1}]}",
            "{\"Fragments\":[[]]}",
            "{\"\u{1f3a5}\":\"\u{1f3a5}\"}",
            "Tags.member.1.Key=a&Tags.member.1=b",
            "Tags.member.x=1",
            "Tags.member=1",
            "....=1",
            "Tags.member.99999999999999999999.Key=1",
            "A.A.A.A.A.A.A.A.A.A.A.A.A.A.A.A.A.A=1",
            deep.as_str(),
            nested.as_str(),
        ] {
            fuzz_json(body.as_bytes());
        }
        fuzz_json(&[0xff, 0xfe, 0x00]);
        fuzz_json(&vec![b' '; crate::query::MAX_FORM_BYTES + 1]);
    }

    /// Every seed, cut short anywhere, and with each byte replaced by a few that mean something.
    #[test]
    fn seeds_and_their_neighbours_hold() {
        for seed in SEEDS {
            for index in 0..seed.len() {
                fuzz_sigv4(&seed.as_bytes()[..index]);
                for byte in [b'%', b'/', b'+', b';', b'\n', 0, 0xff] {
                    let mut data = seed.as_bytes().to_vec();
                    data[index] = byte;
                    fuzz_sigv4(&data);
                }
            }
            fuzz_sigv4(seed.as_bytes());
        }
    }
}

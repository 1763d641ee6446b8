//! Whatever the signer signs the verifier takes, and only with the same secret.

use proptest::prelude::{ProptestConfig, Strategy, any, prop, proptest};
use proptest::prop_assert_eq;

use super::Request;
use crate::sigv4::sign::{Credentials, Payload, Scope, presign};
use crate::sigv4::{Rules, check_body, signing_key};

fn target() -> impl Strategy<Value = String> {
    let path = "(/([a-zA-Z0-9._~+@ -]|%[0-9A-Fa-f]{2}){0,8}){1,4}";
    let query = "(([a-z+*=]|%[0-9A-F]{2}){0,6}&){0,4}([a-z]=[!-$'-~]{0,8})?";
    (path, query).prop_map(|(path, query)| {
        let query = query.replace('%', "%25");
        if query.is_empty() {
            path
        } else {
            format!("{path}?{query}")
        }
    })
}

fn headers() -> impl Strategy<Value = Vec<(String, Vec<u8>)>> {
    // The names are distinct from those the signer adds.
    prop::collection::vec(
        (
            "h-[a-zA-Z0-9]{1,3}",
            prop::collection::vec(any::<u8>(), 0..12),
        ),
        0..6,
    )
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 64,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn signed_requests_verify(
        target in target(),
        headers in headers(),
        body in prop::collection::vec(any::<u8>(), 0..32),
        secret in "[a-zA-Z0-9/+]{1,40}",
        token in prop::option::of("[a-zA-Z0-9/+=]{1,40}"),
        now_s in 0i64..4_000_000_000,
        by_query in any::<bool>(),
    ) {
        let credentials = Credentials {
            access_key_id: "AKIDEXAMPLE",
            secret_access_key: &secret,
            session_token: token.as_deref(),
        };
        let scope = Scope { region: "r-1", service: "s", now_s };
        let rules = Rules { now_s, region: "r-1", services: &["other", "s"], skew_s: 0 };
        let mut request = Request { method: "POST".to_owned(), target, headers, body };
        request.push("Host", "h:1");
        let payload = Payload::Bytes(&request.body.clone());
        if by_query {
            let target = request.with_head(|head| presign(head, &credentials, &scope, 1, payload));
            request.target = target.expect("it can be signed");
        } else {
            request.sign(&credentials, &scope, payload);
        }
        let presented = request.parse(&rules).expect("it was signed");
        prop_assert_eq!(presented.session_token(), token.as_deref());
        let hash = check_body(presented.payload(), &request.body).expect("nothing was said of it");
        let key = signing_key(&secret, presented.date(), presented.region(), presented.service());
        prop_assert_eq!(presented.verify(&key, &hash), Ok(()));
        let other = signing_key(&format!("{secret}x"), presented.date(), "r-1", "s");
        proptest::prop_assert!(presented.verify(&other, &hash).is_err());
    }
}

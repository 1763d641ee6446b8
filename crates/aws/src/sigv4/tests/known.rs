//! Requests as Kinesis Video clients sign them, with signatures computed by other implementations.

use super::{Request, SECRET};
use crate::sigv4::sign::{Credentials, Payload, Scope, presign, sign_header};
use crate::sigv4::{EMPTY_SHA256, Head, Presented, Rules, UNSIGNED_PAYLOAD, sha256_hex};

/// 2024-01-02T03:04:05Z.
const NOW_S: i64 = 1_704_164_645;
const CREDENTIALS: Credentials<'static> = Credentials {
    access_key_id: "AKIDEXAMPLE",
    secret_access_key: SECRET,
    session_token: None,
};

struct Known {
    method: &'static str,
    target: &'static str,
    service: &'static str,
    headers: &'static [(&'static str, &'static str)],
    body: &'static str,
    payload: Payload<'static>,
    request_hash: Option<&'static str>,
    signature: &'static str,
}

const PUT_MEDIA: Known = Known {
    method: "POST",
    target: "/putMedia",
    service: "kinesisvideo",
    headers: &[
        ("connection", "keep-alive"),
        ("host", "s-1234abcd.kinesisvideo.us-west-2.amazonaws.com"),
        ("transfer-encoding", "chunked"),
        ("user-agent", "AWS-SDK-KVS/3.5.0"),
        ("x-amzn-fragment-acknowledgment-required", "1"),
        ("x-amzn-fragment-timecode-type", "ABSOLUTE"),
        ("x-amzn-producer-start-timestamp", "1704164645.000"),
        ("x-amzn-stream-name", "demo"),
    ],
    body: "",
    payload: Payload::Empty,
    request_hash: Some("56841a3293e05f685ea9f5686791ed646aae78838379cdea72a5110563303ee2"),
    signature: "d748bde593ff3a892afdb7f0f5a5b190b437fb8ef0a3b304f8c9e7f6a80fad0d",
};

const STS: Known = Known {
    method: "POST",
    target: "/",
    service: "sts",
    headers: &[
        (
            "content-type",
            "application/x-www-form-urlencoded; charset=utf-8",
        ),
        ("host", "sts.us-west-2.amazonaws.com"),
    ],
    body: "Action=GetCallerIdentity&Version=2011-06-15",
    payload: Payload::Bytes(b"Action=GetCallerIdentity&Version=2011-06-15"),
    request_hash: None,
    signature: "88a4e8f0b5e1479335376f0128a915726163e6f2f77c7c398dccd76522294790",
};

/// The path is already encoded on the wire and is encoded again in the canonical request.
const IOT: Known = Known {
    method: "PUT",
    target: "/target-policies/my%2Bpolicy%3D1%40a%2Cb",
    service: "iot",
    headers: &[("host", "iot.us-west-2.amazonaws.com")],
    body: r#"{"target":"arn:aws:iot:us-west-2:012345678901:cert/abc"}"#,
    payload: Payload::Bytes(br#"{"target":"arn:aws:iot:us-west-2:012345678901:cert/abc"}"#),
    request_hash: None,
    signature: "d8c86b862f1a0e468668df2b990efafc43bfec4debab10236d6de995bd318eb6",
};

const KNOWN: [&Known; 3] = [&PUT_MEDIA, &STS, &IOT];

fn scope(service: &str) -> Scope<'_> {
    Scope {
        region: "us-west-2",
        service,
        now_s: NOW_S,
    }
}

fn rules(now_s: i64) -> Rules<'static> {
    let services = &["kinesisvideo", "sts", "iot"];
    Rules {
        now_s,
        region: "us-west-2",
        services,
        skew_s: 300,
    }
}

impl Known {
    fn signed(&self) -> Request {
        let mut request = Request::new(self.method, self.target, self.headers, self.body);
        request.sign(&CREDENTIALS, &scope(self.service), self.payload);
        request
    }
}

#[test]
fn signer_gives_the_known_signatures_and_the_verifier_takes_them() {
    for known in KNOWN {
        let request = known.signed();
        let authorization = request.header("authorization");
        assert!(authorization.ends_with(&format!("Signature={}", known.signature)));
        let presented = request.parse(&rules(NOW_S)).expect("well formed");
        if let Some(hash) = known.request_hash {
            let canonical = presented.canonical_request(EMPTY_SHA256);
            assert_eq!(sha256_hex(canonical.as_bytes()), hash);
        }
        assert_eq!(presented.access_key_id(), "AKIDEXAMPLE");
        assert_eq!(presented.service(), known.service);
        assert_eq!(presented.region(), "us-west-2");
        assert_eq!(presented.date(), "20240102");
        assert_eq!(request.verify(&rules(NOW_S)), Ok(()), "{}", known.target);
    }
}

/// A streaming operation does not look at its body; the others notice a changed one.
#[test]
fn changed_body_matters_except_to_streams() {
    for known in [&STS, &IOT] {
        let mut request = known.signed();
        request.body[3] ^= 1;
        assert!(request.verify(&rules(NOW_S)).is_err(), "{}", known.target);
    }
    let request = PUT_MEDIA.signed();
    let presented = request.parse(&rules(NOW_S)).expect("well formed");
    assert_eq!(
        presented.verify(&super::key_of(&presented), EMPTY_SHA256),
        Ok(())
    );
}

#[test]
fn unsigned_payload_of_the_java_producer() {
    let mut request = Request::new(
        "POST",
        "/putMedia",
        &[
            ("host", "s-1234abcd.kinesisvideo.us-west-2.amazonaws.com"),
            ("x-amz-date", "20240102T030405Z"),
            ("x-amzn-fragment-timecode-type", "ABSOLUTE"),
            ("x-amzn-stream-name", "demo"),
            (
                "authorization",
                "AWS4-HMAC-SHA256 \
                 Credential=AKIDEXAMPLE/20240102/us-west-2/kinesisvideo/aws4_request, \
                 SignedHeaders=host;x-amz-date;x-amzn-fragment-timecode-type;x-amzn-stream-name, \
                 Signature=3451d3ddc3adc18e67058f8cba2e1f7dded2a680e307d0c07ac28956d6f5385a",
            ),
        ],
        "any body",
    );
    // With and without the header that repeats the literal, which is added after signing.
    assert_eq!(request.verify(&rules(NOW_S)), Ok(()));
    request.push("X-Amz-Content-Sha256", UNSIGNED_PAYLOAD);
    assert_eq!(request.verify(&rules(NOW_S)), Ok(()));
    let presented = request.parse(&rules(NOW_S)).expect("well formed");
    assert_eq!(
        sha256_hex(presented.canonical_request("not looked at").as_bytes()),
        "41543dfd45f168a20a8cbd1bddcadb2898814a8305d4812c8a11795474b6fdb7"
    );
    request.set("X-Amz-Content-Sha256", EMPTY_SHA256);
    request.body.clear();
    assert!(request.verify(&rules(NOW_S)).is_err());
}

const VIEWER_SIGNATURE: &str = "5d78915ea8e800fdb5ec9fdc60f5f9c26e06ceefbce84854e6d8e942bcd4a36d";

fn viewer_url(host: &str) -> Request {
    let target = "/?X-Amz-ChannelARN=arn%3Aaws%3Akinesisvideo%3Aus-west-2%3A012345678901%3Achannel\
                  %2Fdemo%2F1704164645123&X-Amz-ClientId=viewer-1";
    let headers = [("host", host.as_bytes())];
    let head = Head {
        method: "GET",
        target,
        headers: &headers,
    };
    let credentials = Credentials {
        session_token: Some("IQoJb3JpZ2lu+/=TOKEN"),
        ..CREDENTIALS
    };
    let target = presign(
        &head,
        &credentials,
        &scope("kinesisvideo"),
        299,
        Payload::Empty,
    )
    .expect("it can be signed");
    Request::new("GET", &target, &[("Host", host)], "")
}

#[test]
fn presigned_viewer_url() {
    let host = "v-5678abcd.kinesisvideo.us-west-2.amazonaws.com";
    let request = viewer_url(host);
    assert!(
        request
            .target
            .ends_with(&format!("&X-Amz-Signature={VIEWER_SIGNATURE}"))
    );
    let presented = request.parse(&rules(NOW_S)).expect("well formed");
    assert_eq!(presented.session_token(), Some("IQoJb3JpZ2lu+/=TOKEN"));
    assert_eq!(
        sha256_hex(presented.canonical_request(EMPTY_SHA256).as_bytes()),
        "aa18f2c22be8cbf367523b34b3c152ee8d884a06ca19a5f6c1e92a06c246cee4"
    );
    assert_eq!(request.verify(&rules(NOW_S)), Ok(()));
    // Any order of the parameters, and no slash before them (botocore), is the same request.
    let mut parameters: Vec<&str> = request.target["/?".len()..].split('&').collect();
    for _ in 0..parameters.len() {
        parameters.rotate_left(1);
        for slash in ["/", ""] {
            let target = format!("{slash}?{}", parameters.join("&"));
            let other = Request {
                target,
                ..request.clone()
            };
            assert_eq!(other.verify(&rules(NOW_S)), Ok(()));
        }
    }
    // Without the token, or with another, it is not: KVS wants the token signed.
    let token = parameters
        .iter()
        .position(|name| name.starts_with("X-Amz-Security-Token"));
    parameters.remove(token.expect("it is there"));
    let other = Request {
        target: format!("/?{}", parameters.join("&")),
        ..request.clone()
    };
    assert!(other.verify(&rules(NOW_S)).is_err());
    let other = Request {
        target: request.target.replace("IQoJ", "IQoK"),
        ..request
    };
    assert!(other.verify(&rules(NOW_S)).is_err());
}

/// Whichever of client and wire has the port, the request is good; another host never is.
#[test]
fn port_of_the_host_may_be_missing_on_either_side() {
    for (signed, sent) in [
        ("localhost", "localhost:9443"),
        ("localhost:443", "localhost"),
        ("localhost:80", "localhost"),
        ("[::1]", "[::1]:9080"),
        ("[::1]:443", "[::1]"),
        ("localhost:9080", "localhost:9080"),
    ] {
        let mut request = viewer_url(signed);
        request.set("host", sent);
        assert_eq!(request.verify(&rules(NOW_S)), Ok(()), "{signed} {sent}");
        request.set("host", "elsewhere:9443");
        assert!(request.verify(&rules(NOW_S)).is_err(), "{signed}");
    }
    for (signed, sent) in [
        ("localhost:9080", "localhost"),
        ("localhost:9080", "localhost:9081"),
        ("localhost", "localhost:"),
        ("localhost", "localhost:x"),
        ("localhost", ":9080"),
    ] {
        let mut request = viewer_url(signed);
        request.set("host", sent);
        assert!(request.verify(&rules(NOW_S)).is_err(), "{signed} {sent}");
    }
}

/// The headers a client lists may arrive in any order, but the values of one name may not.
#[test]
fn order_of_headers_matters_only_within_a_name() {
    let mut request = PUT_MEDIA.signed();
    request.headers.reverse();
    assert_eq!(request.verify(&rules(NOW_S)), Ok(()));
    request.push("x-amzn-stream-name", "other");
    assert!(request.verify(&rules(NOW_S)).is_err());

    let headers = [("host", "h"), ("x-a", "1"), ("X-A", "2")];
    let mut request = Request::new("POST", "/", &headers, "");
    request.sign(&CREDENTIALS, &scope("sts"), Payload::Empty);
    assert_eq!(request.verify(&rules(NOW_S)), Ok(()));
    request.headers.swap(1, 2);
    assert!(request.verify(&rules(NOW_S)).is_err());
    request.headers.swap(1, 2);
    request.headers.remove(2);
    request.set("x-a", "1,2");
    assert_eq!(request.verify(&rules(NOW_S)), Ok(()));
}

/// The C SDKs add the token after signing; what it is worth is for the caller to decide.
#[test]
fn unsigned_session_token_is_handed_on() {
    let mut request = PUT_MEDIA.signed();
    request.push("x-amz-security-token", "");
    let presented = request.parse(&rules(NOW_S)).expect("well formed");
    assert_eq!(presented.session_token(), None);
    request.set("x-amz-security-token", " token== ");
    let presented = request.parse(&rules(NOW_S)).expect("well formed");
    assert_eq!(presented.session_token(), Some("token=="));
    assert_eq!(request.verify(&rules(NOW_S)), Ok(()));
    assert!(!format!("{presented:?}").contains("token=="));
}

/// IoT Device Gateway clients append the token to the URL they signed; KVS clients may not.
#[test]
fn token_outside_the_signed_query_is_taken_except_by_kvs() {
    for (service, is_good) in [("iot", true), ("kinesisvideo", false)] {
        let headers: [(&str, &[u8]); 1] = [("host", b"h")];
        let head = Head {
            method: "GET",
            target: "/mqtt",
            headers: &headers,
        };
        let target = presign(&head, &CREDENTIALS, &scope(service), 60, Payload::Empty);
        let target = format!("{}&X-Amz-Security-Token=T%2B%3D", target.expect("signed"));
        let request = Request::new("GET", &target, &[("host", "h")], "");
        assert_eq!(request.verify(&rules(NOW_S)).is_ok(), is_good, "{service}");
        let presented = request.parse(&rules(NOW_S)).expect("well formed");
        assert_eq!(presented.session_token(), Some("T+="));
    }
}

#[test]
fn signer_refuses_what_it_cannot_sign() {
    let headers: [(&str, &[u8]); 1] = [("accept", b"*/*")];
    let head = Head {
        method: "GET",
        target: "/",
        headers: &headers,
    };
    assert!(sign_header(&head, &CREDENTIALS, &scope("sts"), Payload::Empty).is_err());
    assert!(presign(&head, &CREDENTIALS, &scope("sts"), 60, Payload::Empty).is_err());
    let headers: [(&str, &[u8]); 1] = [("host", b"h")];
    let head = Head {
        method: "GET",
        target: "/%4",
        headers: &headers,
    };
    assert!(sign_header(&head, &CREDENTIALS, &scope("sts"), Payload::Empty).is_err());
    assert!(Presented::parse(&head, &rules(NOW_S)).is_err());
    assert!(!format!("{CREDENTIALS:?}").contains(SECRET));
}

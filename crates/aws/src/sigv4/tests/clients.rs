//! One request of every kind of client, in the shape it sends: which headers it signs, what it adds
//! after signing, what it says of the body.

use super::{Request, SECRET};
use crate::sigv4::sign::{Credentials, Payload, Scope, presign};
use crate::sigv4::{AuthError, EMPTY_SHA256, PayloadHash, Rules};

/// 2024-01-02T03:04:05Z.
const NOW_S: i64 = 1_704_164_645;
const LONG_TERM: Credentials<'static> = Credentials {
    access_key_id: "AKIDEXAMPLE",
    secret_access_key: SECRET,
    session_token: None,
};
const TEMPORARY: Credentials<'static> = Credentials {
    session_token: Some("IQoJb3JpZ2lu+/=TOKEN"),
    ..LONG_TERM
};
const SCOPE: Scope<'static> = Scope {
    region: "us-west-2",
    service: "kinesisvideo",
    now_s: NOW_S,
};
const RULES: Rules<'static> = Rules {
    now_s: NOW_S,
    region: "us-west-2",
    services: &["kinesisvideo"],
    skew_s: 300,
};

const STREAM_HEADERS: [(&str, &str); 4] = [
    ("x-amzn-fragment-acknowledgment-required", "1"),
    ("x-amzn-fragment-timecode-type", "ABSOLUTE"),
    ("x-amzn-producer-start-timestamp", "1704164645.000"),
    ("x-amzn-stream-name", "demo"),
];
const HOP_HEADERS: [(&str, &str); 4] = [
    ("Connection", "keep-alive"),
    ("Host", "localhost"),
    ("Transfer-Encoding", "chunked"),
    ("User-Agent", "AWS-SDK-KVS/3.5.0 GCC/12 Linux/6.1"),
];

/// PutMedia with `headers` and the stream's own headers signed.
fn put_media(headers: &[(&str, &str)], credentials: &Credentials<'_>) -> Request {
    let mut request = Request::new("POST", "/putMedia", headers, "");
    for (name, value) in STREAM_HEADERS {
        request.push(name, value);
    }
    request.sign(credentials, &SCOPE, Payload::Empty);
    request
}

/// As the server does for a streaming operation: the body is never looked at.
fn verify_stream(request: &Request) -> Result<(), AuthError> {
    let presented = request.parse(&RULES)?;
    presented.verify(&super::key_of(&presented), EMPTY_SHA256)
}

const LIST_STREAMS: &str = r#"{"MaxResults":10}"#;

fn control(headers: &[(&str, &str)], credentials: &Credentials<'_>) -> Request {
    let mut request = Request::new("POST", "/listStreams", headers, LIST_STREAMS);
    request.sign(credentials, &SCOPE, Payload::Bytes(LIST_STREAMS.as_bytes()));
    request
}

#[test]
fn producer_c_puts_media() {
    let mut request = put_media(&HOP_HEADERS, &LONG_TERM);
    for (name, value) in [
        ("content-type", "application/json"),
        ("x-amz-security-token", "token"),
        ("expect", "100-continue"),
        ("accept", "*/*"),
    ] {
        request.push(name, value);
    }
    assert_eq!(verify_stream(&request), Ok(()));
    // It sends the host it signed, without the port it connects to; a proxy may put one there.
    request.set("host", "localhost:9443");
    assert_eq!(verify_stream(&request), Ok(()));
}

/// HTTP/2 and proxies have their own Connection and Transfer-Encoding.
#[test]
fn producer_c_puts_media_through_a_proxy() {
    let good = put_media(&HOP_HEADERS, &LONG_TERM);
    let mut request = good.clone();
    request.remove("connection");
    request.remove("transfer-encoding");
    assert_eq!(verify_stream(&request), Ok(()));
    request.push("Connection", "close");
    assert_eq!(verify_stream(&request), Ok(()));
    request.set("host", "localhost:9443");
    assert_eq!(verify_stream(&request), Ok(()));
    request.set("connection", "upgrade");
    assert_eq!(verify_stream(&request), Err(AuthError::Mismatch));
    let mut request = good;
    request.remove("user-agent");
    assert_eq!(
        verify_stream(&request),
        Err(AuthError::SignedHeaderAbsent("user-agent".to_owned()))
    );
}

/// A client that did sign `Connection: close` is still one.
#[test]
fn webrtc_c_signs_connection_close() {
    let headers = [
        ("connection", "close"),
        ("host", "localhost"),
        ("user-agent", "x"),
    ];
    assert_eq!(control(&headers, &LONG_TERM).verify(&RULES), Ok(()));
}

#[test]
fn producer_c_and_webrtc_c_control_calls() {
    let headers = [("host", "localhost"), ("user-agent", "AWS-SDK-KVS/3.5.0")];
    let mut request = control(&headers, &LONG_TERM);
    request.push("content-type", "application/json");
    request.push("content-length", "17");
    request.push("x-amz-security-token", "token");
    assert_eq!(request.verify(&RULES), Ok(()));
    // Older C SDKs.
    let headers = [("content-type", "application/json"), ("host", "localhost")];
    assert_eq!(control(&headers, &LONG_TERM).verify(&RULES), Ok(()));
}

/// That the producer sends `x-amz-content-sha256` without signing it is in the known answers.
#[test]
fn producer_java_puts_media_and_calls() {
    for body in ["", LIST_STREAMS] {
        let mut request = Request::new("POST", "/listStreams", &[("host", "localhost")], body);
        request.sign(&TEMPORARY, &SCOPE, Payload::Literal("UNSIGNED-PAYLOAD"));
        assert_eq!(request.verify(&RULES), Ok(()));
        assert_eq!(verify_stream(&request), Ok(()));
        let presented = request.parse(&RULES).expect("well formed");
        assert_eq!(
            *presented.payload(),
            PayloadHash::Header("UNSIGNED-PAYLOAD".to_owned())
        );
    }
}

/// The AWS Java SDK v1: Netty's absolute-form target, a streaming literal and yet a plain body.
#[test]
fn aws_java_sdk_puts_media() {
    let mut request = Request::new("POST", "/putMedia", &[("Host", "localhost")], "");
    request.push("x-amzn-stream-name", "demo");
    let literal = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD";
    request.sign(&TEMPORARY, &SCOPE, Payload::Literal(literal));
    request.body = b"plain, not aws-chunked".to_vec();
    for target in [
        "/putMedia",
        "https://localhost:9443/putMedia",
        "HTTP://localhost/putMedia",
    ] {
        request.target = target.to_owned();
        assert_eq!(verify_stream(&request), Ok(()), "{target}");
        assert_eq!(request.verify(&RULES), Ok(()), "{target}");
    }
    // The authority stands in for a missing Host, and only for that one.
    request.remove("host");
    assert_eq!(verify_stream(&request), Ok(()));
    request.target = "https://localhost:9443/putMedia".to_owned();
    assert_eq!(verify_stream(&request), Ok(()));
    request.target = "https://elsewhere/putMedia".to_owned();
    assert_eq!(verify_stream(&request), Err(AuthError::Mismatch));
}

#[test]
fn embedded_c_puts_media() {
    let mut request = put_media(&HOP_HEADERS, &TEMPORARY);
    request.push("expect", "100-continue");
    assert_eq!(verify_stream(&request), Ok(()));
    request.set("x-amz-security-token", "another");
    assert_eq!(verify_stream(&request), Err(AuthError::Mismatch));
}

#[test]
fn curl_puts_media() {
    let headers = [
        ("content-type", "application/octet-stream"),
        ("Host", "localhost:9080"),
        ("transfer-encoding", "chunked"),
    ];
    let mut request = put_media(&headers, &LONG_TERM);
    request.push("Expect", "100-continue");
    request.push("User-Agent", "curl/7.88.1");
    assert_eq!(verify_stream(&request), Ok(()));
}

#[test]
fn go_presigns_put_media() {
    let mut request = Request::new("POST", "/putMedia", &[("Host", "localhost:9080")], "");
    request.push("x-amzn-stream-name", "demo");
    request.target = request
        .with_head(|head| presign(head, &TEMPORARY, &SCOPE, 3_600, Payload::Empty))
        .expect("it can be signed");
    assert_eq!(verify_stream(&request), Ok(()));
    request.set("x-amzn-stream-name", "other");
    assert_eq!(verify_stream(&request), Err(AuthError::Mismatch));
}

/// JS, Python, C and Rust WebRTC clients differ in how long the URL is good and in the order of its
/// parameters.
#[test]
fn webrtc_clients_open_a_web_socket() {
    let query = "X-Amz-ChannelARN=arn%3Aaws%3Akinesisvideo%3Aus-west-2%3A1%3Achannel%2Fd%2F1";
    for expires_s in [299, 300, 604_800] {
        for credentials in [&LONG_TERM, &TEMPORARY] {
            let mut request = Request::new("GET", "", &[("Host", "v-1.localhost")], "");
            request.target = format!("/?{query}&X-Amz-ClientId=a+b%20c");
            request.target = request
                .with_head(|head| presign(head, credentials, &SCOPE, expires_s, Payload::Empty))
                .expect("it can be signed");
            request.push("Upgrade", "websocket");
            request.push("Connection", "Upgrade");
            assert_eq!(request.verify(&RULES), Ok(()));
            assert_eq!(verify_stream(&request), Ok(()));
        }
    }
}

#[test]
fn boto3_go_js_and_rust_call() {
    let headers: [&[(&str, &str)]; 4] = [
        &[
            ("Content-Type", "application/json"),
            ("Host", "localhost:9080"),
        ],
        &[("host", "localhost:9080")],
        &[
            (
                "amz-sdk-invocation-id",
                "7a2c1d9e-0000-4000-8000-000000000000",
            ),
            ("amz-sdk-request", "attempt=1; max=3"),
            ("content-length", "17"),
            ("content-type", "application/json"),
            ("host", "localhost:9080"),
            ("x-amz-user-agent", "aws-sdk-js/3.0.0"),
        ],
        &[
            ("content-length", "17"),
            ("content-type", "application/json"),
            ("host", "localhost:9080"),
            (
                "x-amz-user-agent",
                "aws-sdk-rust/1.3.0 os/linux lang/rust/1.95.0",
            ),
        ],
    ];
    for headers in headers {
        for credentials in [&LONG_TERM, &TEMPORARY] {
            let mut request = control(headers, credentials);
            request.push("User-Agent", "Boto3/1.34.0 md/Botocore#1.34.0");
            request.push("X-Amzn-Trace-Id", "Root=1");
            assert_eq!(request.verify(&RULES), Ok(()));
            request.body[0] ^= 1;
            assert_eq!(request.verify(&RULES), Err(AuthError::Mismatch));
        }
    }
}

/// JS v3 and hand-rolled .NET clients sign `x-amz-content-sha256`.
#[test]
fn content_hash_is_signed_and_checked() {
    let mut request = Request::new(
        "POST",
        "/listStreams",
        &[("Host", "localhost")],
        LIST_STREAMS,
    );
    let digest = crate::sigv4::sha256_hex(LIST_STREAMS.as_bytes());
    request.sign(&TEMPORARY, &SCOPE, Payload::Literal(&digest));
    assert_eq!(request.verify(&RULES), Ok(()));
    request.body.clear();
    assert_eq!(request.verify(&RULES), Err(AuthError::BodyMismatch));
}

/// Old signers send `Date`, in one form or another; the string to sign has the basic form.
#[test]
fn date_header_stands_in_for_x_amz_date() {
    for date in [
        "Tue, 02 Jan 2024 03:04:05 GMT",
        "Tue, 2 Jan 2024 03:04:05 +0000",
        "20240102T030405Z",
    ] {
        let headers = [("host", "localhost"), ("Date", date)];
        let mut request = Request::new("POST", "/listStreams", &headers, "");
        let added = request.with_head(|head| {
            let canonical = crate::sigv4::Canonical::build(
                head,
                &crate::sigv4::Target::split("/listStreams")?,
                "date;host",
                "kinesisvideo",
            )?;
            Ok::<_, AuthError>(crate::sigv4::hash(&[canonical.text()], EMPTY_SHA256))
        });
        let scope = "20240102/us-west-2/kinesisvideo/aws4_request";
        let start = crate::sigv4::string_to_sign_head("20240102T030405Z", scope);
        let key = crate::sigv4::signing_key(SECRET, "20240102", "us-west-2", "kinesisvideo");
        let signature = crate::sigv4::hex(&key.sign(&[&start, &added.expect("well formed")]));
        request.push(
            "authorization",
            &format!(
                "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/{scope},SignedHeaders=date;host,\
                 Signature={signature},"
            ),
        );
        assert_eq!(request.verify(&RULES), Ok(()), "{date}");
        let late = Rules {
            now_s: NOW_S + 301,
            ..RULES
        };
        assert!(matches!(
            request.verify(&late),
            Err(AuthError::Expired { .. })
        ));
    }
}

/// A path or query that is written oddly verifies in each of the ways clients sign it.
#[test]
fn odd_paths_and_queries() {
    // What is signed against what is sent: a client that encodes once signs, in our terms, the
    // decoded path; one that means a plus by `+` signs `%2B`.
    for (signed, sent, is_good) in [
        ("/a%2Fb", "/a%2Fb", true),
        ("/a/b", "/a/./c/..//b", true),
        ("/a b", "/a%20b", true),
        ("/a@b", "/a%40b", true),
        ("/a%2Fb", "/a%252Fb", false),
        ("/a%252Fb", "/a%252Fb", true),
        ("/a%252Fb", "/a%25252Fb", false),
        ("/a/", "/a", false),
        ("/?a=b%20c", "/?a=b+c", true),
        ("/?a=b%2Bc", "/?a=b+c", true),
        ("/?a=b%2Bc", "/?a=b%20c", false),
        ("/?b=2&a=1&a=0", "/?a=0&a=1&&b=2&", true),
        ("/?a", "/?a=", true),
        ("/?a=b=c", "/?a=b%3Dc", true),
        ("/?a=1", "/?a=1&a=1", false),
        ("/?A=1", "/?a=1", false),
        ("/a@b?x=1%2B2", "/a%40b?x=1+2", true),
    ] {
        let mut request = Request::new("GET", signed, &[("host", "localhost")], "");
        request.sign(&LONG_TERM, &SCOPE, Payload::Empty);
        request.target = sent.to_owned();
        assert_eq!(request.verify(&RULES).is_ok(), is_good, "{signed} {sent}");
    }
}

//! A signed request of which one bit was changed on the way is refused, wherever the bit is; but
//! for the places listed here, which no signature covers, and which mean the same as before.

use super::{Request, SECRET};
use crate::sigv4::sign::{Credentials, Payload, Scope, presign};
use crate::sigv4::{Rules, check_body, sha256_hex};

/// 2024-01-02T03:04:05Z.
const NOW_S: i64 = 1_704_164_645;
const CREDENTIALS: Credentials<'static> = Credentials {
    access_key_id: "AKIDEXAMPLE",
    secret_access_key: SECRET,
    session_token: Some("IQoJb3JpZ2lu+/=TOKEN"),
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

/// Where a bit was changed.
#[derive(Debug, Clone, Copy)]
enum Place<'a> {
    Method,
    /// The target's text from its start to the changed byte.
    Target(&'a str),
    /// A header's name, by the name.
    Name(&'a str),
    /// A header's value, by its name.
    Value(&'a str),
    BodyHash,
}

/// Changes every bit of `request` and of the body's hash, one at a time, and compares what is
/// accepted with what `is_unsigned` lists: exactly that, no more and no less.
fn alter(request: &Request, is_unsigned: impl Fn(Place<'_>, u8, u8) -> bool) {
    let presented = request.parse(&RULES).expect("well formed");
    let key = super::key_of(&presented);
    let hash = check_body(presented.payload(), &request.body).expect("unchanged");
    // The access key id is covered by the key it leads to; there is only one here.
    let accepts = |request: &Request, hash: &str| {
        request
            .parse(&RULES)
            .ok()
            .filter(|presented| presented.access_key_id() == CREDENTIALS.access_key_id)
            .is_some_and(|presented| presented.verify(&key, hash).is_ok())
    };
    assert!(accepts(request, &hash));
    let check = |place: Place<'_>, bytes: &[u8], accepts: &dyn Fn(Vec<u8>) -> bool| {
        for index in 0..bytes.len() {
            for bit in 0..7 {
                let mut altered = bytes.to_vec();
                altered[index] ^= 1 << bit;
                let place = match place {
                    Place::Target(target) => Place::Target(&target[..index]),
                    other => other,
                };
                let expected = is_unsigned(place, bytes[index], 1 << bit);
                assert_eq!(
                    accepts(altered),
                    expected,
                    "{place:?} byte {index} bit {bit}"
                );
            }
        }
    };
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("ASCII stays ASCII");
    check(Place::Method, request.method.as_bytes(), &|method| {
        accepts(
            &Request {
                method: text(method),
                ..request.clone()
            },
            &hash,
        )
    });
    check(
        Place::Target(&request.target),
        request.target.as_bytes(),
        &|target| {
            accepts(
                &Request {
                    target: text(target),
                    ..request.clone()
                },
                &hash,
            )
        },
    );
    for (index, (name, value)) in request.headers.iter().enumerate() {
        check(Place::Name(name), name.as_bytes(), &|name| {
            let mut altered = request.clone();
            altered.headers[index].0 = text(name);
            accepts(&altered, &hash)
        });
        check(Place::Value(name), value, &|value| {
            let mut altered = request.clone();
            altered.headers[index].1 = value;
            accepts(&altered, &hash)
        });
    }
    check(Place::BodyHash, hash.as_bytes(), &|hash| {
        accepts(request, &text(hash))
    });
}

/// Header names have no case.
fn is_case(byte: u8, bit: u8) -> bool {
    byte.is_ascii_alphabetic() && bit == 0x20
}

/// The digits of a percent escape have no case.
fn is_escape_case(before: &str, byte: u8, bit: u8) -> bool {
    let escape =
        before.len() >= 2 && before.as_bytes()[before.len() - 2] == b'%' || before.ends_with('%');
    escape && is_case(byte, bit)
}

#[test]
fn control_call_with_everything_signed() {
    let body = r#"{"StreamName":"demo"}"#;
    let headers = [
        ("Content-Type", "application/json"),
        ("Host", "localhost:9080"),
    ];
    let mut request = Request::new("POST", "/describeStream", &headers, body);
    request.sign(&CREDENTIALS, &SCOPE, Payload::Bytes(body.as_bytes()));
    alter(&request, |place, byte, bit| match place {
        Place::Name(_) => is_case(byte, bit),
        _ => false,
    });
}

#[test]
fn control_call_with_a_signed_content_hash() {
    let body = r#"{"StreamName":"demo"}"#;
    let mut request = Request::new("POST", "/describeStream", &[("Host", "localhost")], body);
    let digest = sha256_hex(body.as_bytes());
    request.sign(&CREDENTIALS, &SCOPE, Payload::Literal(&digest));
    alter(&request, |place, byte, bit| match place {
        Place::Name(_) => is_case(byte, bit),
        // The header is what counts, and check_body compares it with the body.
        Place::BodyHash => true,
        _ => false,
    });
}

#[test]
fn put_media_of_the_c_producer() {
    let headers = [
        ("connection", "keep-alive"),
        ("host", "localhost"),
        ("transfer-encoding", "chunked"),
        ("user-agent", "AWS-SDK-KVS/3.5.0"),
        ("x-amzn-stream-name", "demo"),
    ];
    let mut request = Request::new("POST", "/putMedia", &headers, "");
    let credentials = Credentials {
        session_token: None,
        ..CREDENTIALS
    };
    request.sign(&credentials, &SCOPE, Payload::Empty);
    request.push("x-amz-security-token", "token");
    request.push("content-type", "application/json");
    alter(&request, |place, byte, bit| match place {
        // Taken for stripped by a proxy, and put back as they were.
        Place::Name("connection" | "transfer-encoding") => true,
        // The C SDKs do not sign these two.
        Place::Name("content-type" | "x-amz-security-token") => true,
        // A control character makes it no token.
        Place::Value("x-amz-security-token") => (byte ^ bit).is_ascii_graphic(),
        Place::Value("content-type") => true,
        Place::Name(_) => is_case(byte, bit),
        _ => false,
    });
}

#[test]
fn put_media_of_the_java_producer() {
    // It signs the bare host and a literal, and then sends the port as well.
    let mut request = Request::new("POST", "/putMedia", &[("host", "localhost")], "");
    let credentials = Credentials {
        session_token: None,
        ..CREDENTIALS
    };
    request.sign(&credentials, &SCOPE, Payload::Literal("UNSIGNED-PAYLOAD"));
    request.set("host", "localhost:8443");
    alter(&request, |place, byte, bit| match place {
        // The port was not signed, so another one is as good.
        Place::Value("host") => byte.is_ascii_digit() && (byte ^ bit).is_ascii_digit(),
        Place::BodyHash => true,
        Place::Name(_) => is_case(byte, bit),
        _ => false,
    });
}

#[test]
fn presigned_web_socket() {
    let mut request = Request::new("GET", "", &[("Host", "v-1.localhost")], "");
    let target = "/?X-Amz-ChannelARN=arn%3Aaws%3Ax%2Fdemo&X-Amz-ClientId=viewer-1";
    request.target = target.to_owned();
    request.target = request
        .with_head(|head| presign(head, &CREDENTIALS, &SCOPE, 299, Payload::Empty))
        .expect("it can be signed");
    request.push("Upgrade", "websocket");
    alter(&request, |place, byte, bit| match place {
        Place::Target(before) => is_escape_case(before, byte, bit),
        Place::Name("Upgrade") | Place::Value("Upgrade") => true,
        Place::Name(_) => is_case(byte, bit),
        _ => false,
    });
}

#[test]
fn absolute_form_target_and_escaped_path() {
    let mut request = Request::new("GET", "/a%2Fb", &[("Host", "localhost")], "");
    request.sign(&CREDENTIALS, &SCOPE, Payload::Empty);
    request.target = "https://localhost/a%2Fb".to_owned();
    let authority = "https://".len().."https://localhost".len();
    alter(&request, |place, byte, bit| match place {
        // Scheme names have no case; the authority is only looked at without a Host header.
        Place::Target(before) if before.len() < 5 => is_case(byte, bit),
        Place::Target(before) if authority.contains(&before.len()) => {
            !matches!(byte ^ bit, b'/' | b'?')
        }
        // Without a Host header the authority counts, which is the same.
        Place::Name("Host") => true,
        Place::Name(_) => is_case(byte, bit),
        _ => false,
    });
}

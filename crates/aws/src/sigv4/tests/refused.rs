//! What is refused before any secret is looked at, and in which words.

use super::{Request, SECRET};
use crate::sigv4::sign::{Credentials, Payload, Scope, presign, sign_header};
use crate::sigv4::{AuthError, PayloadHash, Rules, check_body, sha256_hex};

/// 2024-01-02T03:04:05Z.
const NOW_S: i64 = 1_704_164_645;
const CREDENTIALS: Credentials<'static> = Credentials {
    access_key_id: "AKIDEXAMPLE",
    secret_access_key: SECRET,
    session_token: None,
};
const SCOPE: Scope<'static> = Scope {
    region: "us-west-2",
    service: "sts",
    now_s: NOW_S,
};
const RULES: Rules<'static> = Rules {
    now_s: NOW_S,
    region: "us-west-2",
    services: &["sts"],
    skew_s: 300,
};
const AUTHORIZATION: &str = "AWS4-HMAC-SHA256 \
    Credential=AKIDEXAMPLE/20240102/us-west-2/sts/aws4_request, SignedHeaders=host;x-amz-date, \
    Signature=0000000000000000000000000000000000000000000000000000000000000000";

fn signed() -> Request {
    let mut request = Request::new("POST", "/", &[("host", "h")], "");
    request.sign(&CREDENTIALS, &SCOPE, Payload::Empty);
    request
}

fn presigned(expires_s: u32) -> Request {
    let mut request = Request::new("GET", "/", &[("host", "h")], "");
    let target =
        request.with_head(|head| presign(head, &CREDENTIALS, &SCOPE, expires_s, Payload::Empty));
    request.target = target.expect("it can be signed");
    request
}

fn at(now_s: i64) -> Rules<'static> {
    Rules { now_s, ..RULES }
}

#[track_caller]
fn refusal(request: &Request) -> AuthError {
    request.verify(&RULES).expect_err("it must be refused")
}

#[test]
fn clock_window_includes_both_ends() {
    let request = signed();
    for skew_s in [300, 900] {
        let at = |now_s| Rules {
            now_s,
            skew_s,
            ..RULES
        };
        for off_s in [-skew_s, -1, 0, 1, skew_s] {
            assert_eq!(request.verify(&at(NOW_S + off_s)), Ok(()), "{off_s}");
        }
        let late = request.verify(&at(NOW_S + skew_s + 1)).expect_err("late");
        assert!(matches!(late, AuthError::Expired { .. }));
        let early = request.verify(&at(NOW_S - skew_s - 1)).expect_err("early");
        assert!(matches!(early, AuthError::NotYetCurrent { .. }));
        for error in [late, early] {
            assert_eq!(error.code_rest(), "InvalidSignatureException");
            assert_eq!(error.code_query(), "SignatureDoesNotMatch");
            assert_eq!((error.status(), error.status_query()), (403, 403));
        }
    }
    for now_s in [i64::MIN, i64::MAX] {
        assert!(request.verify(&at(now_s)).is_err());
    }
}

#[test]
fn clock_errors_say_how_far_off_the_client_is() {
    let request = signed();
    let late = request.verify(&at(NOW_S + 655)).expect_err("late");
    assert_eq!(
        late.to_string(),
        "Signature expired: 20240102T030405Z is now earlier than 20240102T031000Z \
         (20240102T031500Z - 5 min.); the request's date is 655 seconds behind this server's \
         clock."
    );
    let early = request.verify(&at(NOW_S - 301)).expect_err("early");
    assert_eq!(
        early.to_string(),
        "Signature not yet current: 20240102T030405Z is still later than 20240102T030404Z \
         (20240102T025904Z + 5 min.); the request's date is 301 seconds ahead of this server's \
         clock."
    );
    let strict = Rules {
        skew_s: 90,
        ..at(NOW_S + 91)
    };
    let error = request.verify(&strict).expect_err("late").to_string();
    assert!(error.contains("(20240102T030536Z - 90 sec.)"), "{error}");
}

/// Good until, and not including, date + expires; and from the clock window before the date.
#[test]
fn presigned_url_expires() {
    for expires_s in [1, 299, 604_800] {
        let request = presigned(expires_s);
        let end_s = NOW_S + i64::from(expires_s);
        for now_s in [NOW_S - 300, NOW_S, end_s - 1] {
            assert_eq!(request.verify(&at(now_s)), Ok(()), "{expires_s}");
        }
        let early = request.verify(&at(NOW_S - 301)).expect_err("early");
        assert!(matches!(early, AuthError::NotYetCurrent { .. }));
        let late = request.verify(&at(end_s)).expect_err("late");
        assert!(matches!(late, AuthError::RequestExpired { .. }));
        assert!(
            late.to_string()
                .starts_with("Request has expired. Signature expired: ")
        );
        assert_eq!(
            (late.code_rest(), late.status()),
            ("InvalidSignatureException", 403)
        );
        assert_eq!(
            (late.code_query(), late.status_query()),
            ("RequestExpired", 400)
        );
    }
    for (expires, message) in [
        ("0", "at least 1 second"),
        ("604801", "less than a week"),
        ("99999999999999999999", "less than a week"),
        ("-1", "should be a number"),
        ("+1", "should be a number"),
        ("", "should be a number"),
        ("1.5", "should be a number"),
    ] {
        let mut request = presigned(299);
        request.target = request
            .target
            .replace("X-Amz-Expires=299", &format!("X-Amz-Expires={expires}"));
        let error = refusal(&request);
        assert!(matches!(error, AuthError::Incomplete(_)));
        assert!(error.to_string().contains(message), "{expires}: {error}");
    }
}

#[test]
fn no_authentication_and_too_much_of_it() {
    let mut request = Request::new("POST", "/?X-Amz-ClientId=1", &[("host", "h")], "");
    let error = refusal(&request);
    assert_eq!(error, AuthError::MissingToken);
    assert_eq!(error.to_string(), "Missing Authentication Token");
    assert_eq!(
        error.message_query(),
        "Request is missing Authentication Token"
    );
    assert_eq!(error.code_rest(), "MissingAuthenticationTokenException");
    assert_eq!(error.code_query(), "MissingAuthenticationToken");

    request = presigned(60);
    request.push("Authorization", &signed().header("authorization"));
    assert_eq!(refusal(&request), AuthError::BothForms);
    assert_eq!(AuthError::BothForms.code_query(), "SignatureDoesNotMatch");

    request = signed();
    request.push("Authorization", &signed().header("authorization"));
    assert!(matches!(refusal(&request), AuthError::Incomplete(_)));
}

#[test]
fn missing_query_parameters_are_all_named() {
    let good = presigned(60);
    for name in [
        "Algorithm",
        "Credential",
        "Date",
        "Expires",
        "SignedHeaders",
        "Signature",
    ] {
        let mut request = good.clone();
        // The names are case-sensitive, so this one is another parameter.
        let lower = format!("X-Amz-{}=", name.to_lowercase());
        request.target = request.target.replace(&format!("X-Amz-{name}="), &lower);
        assert_eq!(
            refusal(&request).to_string(),
            format!(
                "AWS query-string parameters must include 'X-Amz-{name}'. Re-examine the \
                 query-string parameters."
            )
        );
    }
    let request = Request::new(
        "GET",
        "/?X-Amz-Algorithm=AWS4-HMAC-SHA256",
        &[("host", "h")],
        "",
    );
    let message = refusal(&request).to_string();
    assert_eq!(message.matches("must include").count(), 5, "{message}");
    let mut request = good;
    request.target = request.target.replace("HMAC", "ECDSA-P256");
    assert_eq!(
        refusal(&request).to_string(),
        "Unsupported AWS 'algorithm': 'AWS4-ECDSA-P256-SHA256'."
    );
}

/// Of a query parameter given twice the first counts; both are signed.
#[test]
fn first_of_two_query_parameters_counts() {
    let mut request = presigned(60);
    request.target.push_str("&X-Amz-Expires=0");
    assert_eq!(refusal(&request), AuthError::Mismatch);
}

fn scope(scope: &str) -> AuthError {
    let mut request = Request::new("POST", "/", &[("host", "h")], "");
    request.push("x-amz-date", "20240102T030405Z");
    request.push(
        "authorization",
        &AUTHORIZATION.replace("20240102/us-west-2/sts/aws4_request", scope),
    );
    refusal(&request)
}

#[test]
fn scope_errors_name_what_is_right_here() {
    // STS is served for every region.
    for region in ["us-west-2", "us-east-1"] {
        let error = scope(&format!("20240102/{region}/sts/aws4_request"));
        assert_eq!(error, AuthError::Mismatch);
    }
    let region = "Credential should be scoped to a valid region. This server's region is \
                  'us-west-2', not ";
    // But not for anything that could be called one.
    let error = scope(&format!("20240102/{}/sts/aws4_request", "r".repeat(65)));
    assert!(matches!(error, AuthError::Scope(_)), "{error}");
    let date = "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date \
                from HTTP: ";
    for (text, message) in [
        (
            "20240102/us-east-1/s3/aws4_request",
            format!("{region}'us-east-1'. Credential should be scoped to correct service: 'sts'."),
        ),
        (
            "20240102/US-WEST-2/s3/aws4_request",
            format!("{region}'US-WEST-2'. Credential should be scoped to correct service: 'sts'."),
        ),
        (
            "20240102/us-west-2/iam/aws4_request",
            "Credential should be scoped to correct service: 'sts'.".to_owned(),
        ),
        (
            "20240102/us-west-2/sts/aws3_request",
            "Credential should be scoped with a valid terminator: 'aws4_request'.".to_owned(),
        ),
        (
            "20240101/us-west-2/sts/aws4_request",
            format!("{date}'20240101' != '20240102', from '20240102T030405Z'."),
        ),
        (
            "2024/us-west-2/sts/aws4_request",
            format!("{date}'2024' != '20240102', from '20240102T030405Z'."),
        ),
        (
            "2024/x/y/z",
            format!(
                "{region}'x'. Credential should be scoped to correct service: 'sts'. Credential \
                 should be scoped with a valid terminator: 'aws4_request'. {date}'2024' != \
                 '20240102', from '20240102T030405Z'."
            ),
        ),
    ] {
        let error = scope(text);
        assert_eq!(error, AuthError::Scope(message), "{text}");
        assert_eq!(error.code_rest(), "InvalidSignatureException");
    }
}

#[test]
fn a_scope_has_four_elements() {
    for text in ["20240102/us-west-2/sts", "a/b/c/d/e", "a/b/c/d/", "", "///"] {
        let error = scope(text);
        // Four elements besides the key id are a scope, if a wrong one.
        let is_scope = text == "///";
        assert_eq!(
            matches!(error, AuthError::Scope(_)),
            is_scope,
            "{text}: {error}"
        );
        assert_eq!(
            matches!(error, AuthError::Incomplete(_)),
            !is_scope,
            "{text}: {error}"
        );
    }
}

#[test]
fn signed_headers_and_dates_are_checked() {
    let good = signed();
    let with = |from: &str, to: &str| {
        let mut request = good.clone();
        let authorization = request.header("authorization").replace(from, to);
        request.set("authorization", &authorization);
        refusal(&request)
    };
    let list = "host;x-amz-date,";
    let message = "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.";
    assert_eq!(with(list, "x-amz-date,").to_string(), message);
    for bad in [
        ",",
        "host;,",
        ";host,",
        "host;a b,",
        "host;a\nb,",
        "host;x-amz-date;host,",
        "host;x-amz-date;Host,",
    ] {
        assert!(matches!(with(list, bad), AuthError::Incomplete(_)), "{bad}");
    }
    let many = vec!["host"; 200].join(";") + ",";
    assert!(matches!(with(list, &many), AuthError::Incomplete(_)));
    let absent = with(list, "host;x-amz-date;x-other,");
    assert_eq!(absent, AuthError::SignedHeaderAbsent("x-other".to_owned()));
    assert_eq!(absent.code_query(), "SignatureDoesNotMatch");
    for signature in ["Signature=0", "Signature=A", "Signature= "] {
        assert_eq!(with("Signature=", signature), AuthError::Mismatch);
    }
    for date in [
        "",
        "2024-01-02T03:04:05Z",
        "20240102T030405",
        "Tue, 02 Jan 2024 03:04:05 GMT",
    ] {
        let mut request = good.clone();
        request.set("x-amz-date", date);
        let error = refusal(&request).to_string();
        assert!(
            error.starts_with("Date must be in ISO-8601 'basic format'. Got '"),
            "{error}"
        );
    }
    let mut request = good.clone();
    request.remove("x-amz-date");
    assert!(
        refusal(&request)
            .to_string()
            .contains("either a 'X-Amz-Date' or a 'Date' header")
    );
    let upper = good.header("authorization").to_uppercase();
    let upper = &upper[upper.len() - 64..];
    let lower = upper.to_lowercase();
    assert_eq!(with(&lower, upper), AuthError::Mismatch);
}

#[test]
fn malformed_heads_are_refused() {
    for target in [
        "/%", "/%4", "/%zz", "/?a=%", "/?%f", "*", "h:80", "ftp://h/", "x", "://h/",
    ] {
        let mut request = signed();
        request.target = target.to_owned();
        let error = refusal(&request);
        assert!(
            matches!(error, AuthError::Malformed(_)),
            "{target}: {error}"
        );
        assert_eq!((error.status(), error.status_query()), (400, 400));
    }
    let mut request = signed();
    request.target = format!("/{}", "a".repeat(32_768));
    assert!(matches!(refusal(&request), AuthError::Malformed(_)));
    let mut request = signed();
    request.push("x-long", &"a".repeat(65_536));
    assert!(matches!(refusal(&request), AuthError::Malformed(_)));
    let mut request = signed();
    (0..128).for_each(|_| request.push("x-many", ""));
    assert!(matches!(refusal(&request), AuthError::Malformed(_)));
    for method in ["", "GET /", "G\nT"] {
        let request = Request {
            method: method.to_owned(),
            ..signed()
        };
        assert!(matches!(refusal(&request), AuthError::Malformed(_)));
    }
    let mut request = presigned(60);
    request.target = request
        .target
        .replace("X-Amz-Expires=60", "X-Amz-Expires=60&X=%ff");
    assert_eq!(refusal(&request), AuthError::Mismatch);
    request.target = request.target.replace("AKIDEXAMPLE", "%ff");
    assert!(matches!(refusal(&request), AuthError::Malformed(_)));
}

/// A signature that no server would look at is not worth the time that a huge head takes.
#[test]
fn heads_too_large_to_verify_are_not_signed() {
    let mut request = Request::new("GET", "/", &[("host", "h")], "");
    (0..127).for_each(|at| request.push(&format!("x-{at}"), ""));
    let sign = |request: &Request| {
        request.with_head(|head| sign_header(head, &CREDENTIALS, &SCOPE, Payload::Empty).err())
    };
    let presign = |request: &Request| {
        request.with_head(|head| presign(head, &CREDENTIALS, &SCOPE, 60, Payload::Empty).err())
    };
    assert_eq!((sign(&request), presign(&request)), (None, None));
    request.push("x-127", "");
    assert!(matches!(sign(&request), Some(AuthError::Malformed(_))));
    assert!(matches!(presign(&request), Some(AuthError::Malformed(_))));
}

/// Answers do not grow with what was sent and carry nothing unprintable back.
#[test]
fn answers_repeat_little_of_the_request() {
    let mut request = signed();
    request.set(
        "authorization",
        &format!("AWS4-HMAC-SHA256 {}", "\u{e9}x".repeat(5_000)),
    );
    let message = refusal(&request).to_string();
    assert!(message.len() < 300 && message.is_ascii(), "{message}");
}

#[test]
fn body_is_checked_against_what_was_said_of_it() {
    let digest = sha256_hex(b"body");
    for payload in [PayloadHash::FromBody, PayloadHash::EmptyBody] {
        assert_eq!(check_body(&payload, b"body"), Ok(digest.clone()));
    }
    let header = |literal: &str| PayloadHash::Header(literal.to_owned());
    for literal in [
        digest.as_str(),
        &digest.to_uppercase(),
        "UNSIGNED-PAYLOAD",
        "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
        "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
    ] {
        assert_eq!(
            check_body(&header(literal), b"body"),
            Ok(literal.to_owned())
        );
    }
    for literal in [
        sha256_hex(b"other").as_str(),
        "unsigned-payload",
        "required",
        &digest[1..],
    ] {
        let error = check_body(&header(literal), b"body").expect_err(literal);
        assert_eq!(error, AuthError::BodyMismatch);
        assert_eq!(error.code_rest(), "InvalidSignatureException");
    }
}

#[test]
fn remaining_errors_have_their_codes() {
    for (error, rest, query, message) in [
        (
            AuthError::UnknownKey,
            "UnrecognizedClientException",
            "InvalidClientTokenId",
            "The security token included in the request is invalid.",
        ),
        (
            AuthError::ExpiredToken,
            "ExpiredTokenException",
            "ExpiredToken",
            "The security token included in the request is expired",
        ),
        (
            AuthError::Mismatch,
            "InvalidSignatureException",
            "SignatureDoesNotMatch",
            "The request signature we calculated does not match the signature you provided. Check \
             your AWS Secret Access Key and signing method. Consult the service documentation for \
             details.",
        ),
        (
            AuthError::Denied("no".to_owned()),
            "AccessDeniedException",
            "AccessDenied",
            "no",
        ),
        (
            AuthError::UnknownOperation,
            "UnknownOperationException",
            "InvalidAction",
            "Unable to determine service/operation name to be authorized",
        ),
    ] {
        assert_eq!((error.code_rest(), error.code_query()), (rest, query));
        assert_eq!(error.to_string(), message);
        assert_eq!(error.message_query(), message);
        assert_eq!(error.status(), 403);
    }
}

//! What clients demand of the HTTP under the JSON operations.

use std::time::Duration;

use aws::sigv4::sign::Payload;
use it::call::{Call, Signer, chunk};
use it::connection::Connection;
use it::server::Server;
use rustls::version::{TLS12, TLS13};

#[test]
fn a_json_answer_comes_in_one_piece() {
    let server = Server::start();
    let mut wire = Connection::plain(&server);
    wire.send(&list(&server).bytes());
    let piece = String::from_utf8_lossy(&wire.piece()).into_owned();
    let (head, body) = piece.split_once("\r\n\r\n").expect("head and body");
    let length = format!("content-length: {}", body.len());
    assert!(head.to_ascii_lowercase().contains(&length), "{piece}");
    assert!(body.starts_with('{') && body.ends_with('}'), "{piece}");
}

#[test]
fn a_json_answer_is_one_tls_record() {
    let server = Server::start();
    let mut wire = Connection::tls(&server, &TLS12, &[]);
    // The first answer comes with the end of the handshake.
    for path in ["/listStreams", "/describeStream", "/nothing"] {
        assert!(wire.ask(&call(&server, path)).status >= 200);
        wire.forget_records();
        let answer = wire.ask(&call(&server, path));
        assert!(answer.body.len() > 10, "{answer:?}");
        assert_eq!(wire.records(), 1, "{path}");
    }
}

#[test]
fn connections_are_kept_until_the_client_says_close() {
    let server = Server::start();
    let mut wire = Connection::plain(&server);
    assert_eq!(wire.ask(&list(&server)).status, 200);
    assert_eq!(wire.ask(&list(&server)).status, 200);
    assert_eq!(wire.ask(&call(&server, "/nothing")).status, 404);
    let last = list(&server).header("connection", "close");
    let answer = wire.ask(&last);
    assert_eq!(answer.status, 200);
    assert_eq!(answer.get("connection"), Some("close"));
    assert!(wire.is_closed());
}

#[test]
fn http_1_0_is_answered_and_closed() {
    let server = Server::start();
    let mut wire = Connection::plain(&server);
    let bytes = String::from_utf8(list(&server).bytes()).expect("a request of text");
    wire.send(bytes.replacen("HTTP/1.1", "HTTP/1.0", 1).as_bytes());
    let answer = wire.answer();
    assert_eq!(answer.status, 200, "{answer:?}");
    assert!(wire.is_closed());
}

#[test]
fn a_client_may_close_its_side_first() {
    let server = Server::start();
    let mut wire = Connection::plain(&server);
    wire.send(&list(&server).bytes());
    wire.half_close();
    assert_eq!(wire.answer().status, 200);
    assert!(wire.is_closed());
}

#[test]
fn headers_may_have_any_case_and_the_host_any_form() {
    let server = Server::start();
    let mut wire = Connection::plain(&server);
    let body = "{}";
    for host in [
        "localhost",
        "localhost:8020",
        "LOCALHOST",
        "kvs.example:443",
        "[::1]:9",
    ] {
        let call = Call::new("POST", "/listStreams")
            .header("hOsT", host)
            .header("CONTENT-TYPE", "application/x-amz-json-1.1")
            .header("X-Custom", "  two   spaces ")
            .signed(Signer::of(&server), Payload::Bytes(body.as_bytes()))
            .with_body(body.as_bytes());
        assert_eq!(wire.ask(&call).status, 200, "{host}");
    }
    // No content type, no body at all, a chunked body, and unknown members.
    let bare = Call::post(&server, "/listStreams").signed(Signer::of(&server), Payload::Empty);
    assert_eq!(wire.ask(&bare.with_body(b"")).status, 200);
    let mut chunked = Call::post(&server, "/listStreams")
        .header("Transfer-Encoding", "chunked")
        .signed(Signer::of(&server), Payload::Bytes(b"{\"Unknown\":[1]}"));
    chunked.body = [
        chunk(b"{\"Unknown\""),
        chunk(b":[1]}"),
        b"0\r\n\r\n".to_vec(),
    ]
    .concat();
    assert_eq!(wire.ask(&chunked).status, 200);
}

#[test]
fn a_session_token_may_be_empty_and_unsigned() {
    let server = Server::start();
    let mut wire = Connection::plain(&server);
    let empty = list(&server).header("x-amz-security-token", "");
    assert_eq!(wire.ask(&empty).status, 200);
    let foreign = list(&server).header("x-amz-security-token", "of-somebody");
    let answer = wire.ask(&foreign);
    assert_eq!(answer.error(), (403, "UnrecognizedClientException"));
}

#[test]
fn every_answer_has_a_date_a_request_id_and_cors() {
    let server = Server::start();
    let forged = Signer {
        secret: "not-the-secret",
        ..Signer::of(&server)
    };
    let calls = [
        (list(&server), 200),
        (call(&server, "/describeStream"), 400),
        (call(&server, "/nothing"), 404),
        (Call::json_by(&server, "/listStreams", "{}", forged), 403),
        (Call::post(&server, "/listStreams").with_body(b"{}"), 403),
        (
            Call::new("GET", "/hls/v1/none.m3u8").header("Host", "h"),
            403,
        ),
        (Call::new("GET", "/_kinora/health").header("Host", "h"), 200),
        (Call::new("OPTIONS", "/putMedia").header("Host", "h"), 200),
        (
            Call::post(&server, "/").with_body(b"Action=GetCallerIdentity"),
            403,
        ),
    ];
    let mut ids = Vec::new();
    for (call, status) in calls {
        let answer = Connection::plain(&server).ask(&call);
        assert_eq!(answer.status, status, "{call:?} {answer:?}");
        let id = answer.get("x-amzn-requestid").unwrap_or_default();
        assert_eq!(id.len(), 36, "{answer:?}");
        ids.push(id.to_owned());
        assert!(answer.get("date").is_some_and(|date| date.ends_with("GMT")));
        assert_eq!(answer.get("access-control-allow-origin"), Some("*"));
        let exposed = answer.get("access-control-expose-headers");
        let exposed = exposed.unwrap_or_default().to_ascii_lowercase();
        for name in ["x-amzn-requestid", "x-amzn-errortype", "date"] {
            assert!(exposed.contains(name), "{answer:?}");
        }
    }
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 9, "request ids are unique");
}

#[test]
fn preflights_are_answered_on_every_path() {
    let server = Server::start();
    let mut wire = Connection::plain(&server);
    let asked = "amz-sdk-invocation-id,amz-sdk-request,authorization,content-type,\
                 x-amz-content-sha256,x-amz-date,x-amz-security-token,x-amz-user-agent";
    let media = ["/putMedia", "/", "/hls/v1/getHLSMasterPlaylist.m3u8"];
    let paths = aws::op::Op::ALL.iter().map(|op| op.path()).chain(media);
    let mut count = 0;
    for path in paths {
        let preflight = Call::new("OPTIONS", path)
            .header("Host", "localhost")
            .header("Origin", "https://app.example")
            .header("Access-Control-Request-Method", "POST")
            .header("Access-Control-Request-Headers", asked);
        let answer = wire.ask(&preflight);
        assert_eq!(answer.status, 200, "{path}");
        assert_eq!(answer.get("access-control-allow-origin"), Some("*"));
        assert_eq!(answer.get("access-control-allow-headers"), Some(asked));
        let methods = answer.get("access-control-allow-methods");
        let methods: Vec<&str> = methods.unwrap_or_default().split(", ").collect();
        for method in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"] {
            assert!(methods.contains(&method), "{path}: {method}");
        }
        count += 1;
    }
    assert!(count > 40);
}

#[test]
fn what_is_not_served_says_so() {
    let server = Server::start();
    let mut wire = Connection::plain(&server);
    for (method, path) in [
        ("POST", "/nothing"),
        ("POST", "/createStreams"),
        ("GET", "/createStream"),
        ("DELETE", "/"),
        ("PUT", "/putMedia"),
    ] {
        let answer = wire.ask(&Call::new(method, path).header("Host", "localhost"));
        assert_eq!(answer.error(), (404, "UnknownOperationException"));
        let message = answer.text();
        assert!(
            message.contains(path) && message.contains(method),
            "{message}"
        );
    }
}

#[test]
fn a_body_that_is_too_long_is_refused() {
    let server = Server::start();
    let long = vec![b' '; 3 << 20];
    // Announced, and found out while reading.
    let announced = Call::post(&server, "/listStreams")
        .signed(Signer::of(&server), Payload::Bytes(&long))
        .with_body(&long);
    let mut chunked = Call::post(&server, "/listStreams")
        .header("Transfer-Encoding", "chunked")
        .signed(Signer::of(&server), Payload::Bytes(&long));
    chunked.body = [chunk(&long), b"0\r\n\r\n".to_vec()].concat();
    for call in [announced, chunked] {
        let answer = Connection::plain(&server).ask(&call);
        assert_eq!(answer.error(), (413, "RequestEntityTooLargeException"));
        assert!(answer.text().contains("1 MiB"), "{answer:?}");
    }
}

#[test]
fn json_that_is_none_is_refused() {
    let server = Server::start();
    let mut wire = Connection::plain(&server);
    for body in ["{", "[]", "{\"MaxResults\":\"ten\"}", "\u{0}", "nul"] {
        let answer = wire.ask(&Call::json(&server, "/listStreams", body));
        assert_eq!(answer.error(), (400, "SerializationException"), "{body}");
        assert!(answer.json()["Message"].is_string());
    }
}

#[test]
fn a_head_that_does_not_come_is_not_waited_for() {
    let server = Server::start_configured("[api]\nhead_timeout_s = 1\n");
    let mut silent = Connection::plain(&server);
    let mut slow = Connection::plain(&server);
    slow.send(b"POST /listStreams HTTP/1.1\r\nHost: local");
    let mut bodiless = Connection::plain(&server);
    let without_body = list(&server).without("content-length");
    bodiless.send(&without_body.header("Content-Length", "9").head_bytes());
    let mut handshake = Connection::plain(&server);
    handshake.send(&[0x16, 3, 1, 2, 0, 1]);
    assert!(silent.is_closed());
    // Whether or not it is told why.
    while !slow.piece().is_empty() {}
    assert_eq!(bodiless.answer().error(), (408, "RequestTimeout"));
    assert!(handshake.is_closed());
    // A connection that is only between two requests is not one that is slow.
    assert_eq!(Connection::plain(&server).ask(&list(&server)).status, 200);
}

#[test]
fn http_and_https_share_a_port() {
    let server = Server::start();
    assert_eq!(Connection::plain(&server).ask(&list(&server)).status, 200);
    for version in [&TLS12, &TLS13] {
        for (offered, agreed) in [
            (&[][..], None),
            (&[&b"h2"[..], b"http/1.1"], Some(b"http/1.1".to_vec())),
            (&[b"http/1.1"], Some(b"http/1.1".to_vec())),
        ] {
            let mut wire = Connection::tls(&server, version, offered);
            assert_eq!(wire.ask(&list(&server)).status, 200);
            assert_eq!(wire.alpn(), agreed, "{offered:?}");
        }
    }
}

#[test]
fn clients_with_a_wrong_clock_are_told_how_wrong() {
    let server = Server::start();
    let mut wire = Connection::plain(&server);
    for (clock_ahead_s, phrase) in [
        (-3600, "Signature expired"),
        (3600, "Signature not yet current"),
    ] {
        let signer = Signer {
            clock_ahead_s,
            ..Signer::of(&server)
        };
        let answer = wire.ask(&Call::json_by(&server, "/listStreams", "{}", signer));
        assert_eq!(answer.error(), (403, "InvalidSignatureException"));
        assert!(answer.text().contains(phrase), "{answer:?}");
        assert!(answer.get("date").is_some());
    }
    for clock_ahead_s in [-240, 240] {
        let signer = Signer {
            clock_ahead_s,
            ..Signer::of(&server)
        };
        let answer = wire.ask(&Call::json_by(&server, "/listStreams", "{}", signer));
        assert_eq!(answer.status, 200);
    }
    // STS is asked by those who set their clocks by it.
    let form = b"Action=GetCallerIdentity&Version=2011-06-15";
    for (clock_ahead_s, told) in [
        (-870, None),
        (870, None),
        (-930, Some("Signature expired")),
        (930, Some("Signature not yet current")),
    ] {
        let signer = Signer {
            clock_ahead_s,
            service: "sts",
            ..Signer::of(&server)
        };
        let call = Call::post(&server, "/")
            .header("Content-Type", "application/x-www-form-urlencoded")
            .signed(signer, Payload::Bytes(form))
            .with_body(form);
        let answer = wire.ask(&call);
        assert_eq!(answer.status, told.map_or(200, |_| 403), "{answer:?}");
        let text = answer.text();
        let is_told = |told| text.contains(told) && text.contains("15 min");
        assert!(told.is_none_or(is_told), "{text}");
    }
}

#[test]
fn no_byte_of_a_signed_request_can_be_changed() {
    let server = Server::start();
    let call = Call::post(&server, "/listStreams?a=b%20c")
        .header("Content-Type", "application/json")
        .signed(Signer::of(&server), Payload::Bytes(b"{\"MaxResults\":3}"))
        .with_body(b"{\"MaxResults\":3}");
    let whole = call.bytes();
    assert_eq!(Connection::plain(&server).ask(&call).status, 200);
    let text = String::from_utf8(whole.clone()).expect("a request of text");
    let mut accepted = Vec::new();
    for at in 0..whole.len() {
        let mut altered = whole.clone();
        altered[at] ^= 1;
        let mut wire = Connection::plain(&server);
        // A changed end or length may leave the server waiting for more.
        let _ = wire.try_send(&altered);
        wire.half_close();
        let piece = wire.piece();
        let answer = String::from_utf8_lossy(&piece);
        let status = answer
            .split(' ')
            .nth(1)
            .and_then(|code| code.parse::<u16>().ok());
        if status.is_some_and(|status| status < 400) {
            accepted.push(at);
        }
    }
    // What may change: the version (HTTP/1.0 is served too), the case-insensitive names'
    // values that are not signed, spaces around values, and the length's own name.
    let line_of = |at: usize| {
        let start = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
        text[start..].lines().next().unwrap_or_default().to_owned()
    };
    for at in accepted {
        let line = line_of(at);
        let is_unsigned = line.starts_with("POST") && text[..at].ends_with("HTTP/1.");
        assert!(is_unsigned, "byte {at} of {line:?} can be changed");
    }
}

#[test]
fn every_key_that_is_not_ours_gets_the_same_answer() {
    let server = Server::start();
    let mut wire = Connection::plain(&server);
    let mut ask = |access_key_id: &str, secret| {
        let signer = Signer {
            access_key_id,
            secret,
            ..Signer::of(&server)
        };
        let answer = wire.ask(&Call::json_by(&server, "/listStreams", "{}", signer));
        let (status, code) = answer.error();
        (status, code.to_owned(), answer.text())
    };
    let unknown = ask("AKIDEXAMPLE", "whatever");
    assert_eq!(unknown.0, 403);
    assert_eq!(unknown.1, "UnrecognizedClientException");
    // The secret that unknown keys are compared with is in the public source.
    let made_up = "no such key, so nobody ever signed with.";
    for key in ["AKIDEXAMPLE", "x", "AKIAIOSFODNN7EXAMPLF"] {
        assert_eq!(ask(key, made_up), unknown, "{key}");
    }
    for caller in [server.root(), server.operator()] {
        let (status, code, _) = ask(&caller.key.id, made_up);
        assert_eq!((status, code.as_str()), (403, "InvalidSignatureException"));
    }
}

#[test]
fn another_region_is_named() {
    let server = Server::start_with(&["--region", "eu-central-1"]);
    let mut wire = Connection::plain(&server);
    let answer = wire.ask(&list(&server));
    assert_eq!(answer.error(), (403, "InvalidSignatureException"));
    for name in ["us-east-1", "eu-central-1"] {
        assert!(answer.text().contains(name), "{answer:?}");
    }
    // STS is one service for all regions.
    let form = b"Action=GetCallerIdentity&Version=2011-06-15";
    let anywhere = Signer {
        service: "sts",
        ..Signer::of(&server)
    };
    let who = Call::post(&server, "/").signed(anywhere, Payload::Bytes(form));
    assert_eq!(wire.ask(&who.with_body(form)).status, 200);
    let own = Signer {
        region: "eu-central-1",
        ..Signer::of(&server)
    };
    let created = wire.ask(&Call::json_by(&server, "/createStream", STREAM, own));
    assert!(
        created.text().contains(":kinesisvideo:eu-central-1:"),
        "{created:?}"
    );
}

#[test]
fn endpoints_are_what_the_configuration_says() {
    let server = Server::start_configured(
        "[endpoints]\npublic = \"https://kvs.example\"\nput_media = \"https://in.example\"\n\
         get_media = \"http://out.example:81\"\n",
    );
    let mut wire = Connection::plain(&server);
    assert_eq!(
        wire.ask(&Call::json(&server, "/createStream", STREAM))
            .status,
        200
    );
    for (api, endpoint) in [
        ("PUT_MEDIA", "https://in.example"),
        ("GET_MEDIA", "http://out.example:81"),
        ("LIST_FRAGMENTS", "https://kvs.example"),
        ("GET_CLIP", "https://kvs.example"),
    ] {
        let body = format!("{{\"StreamName\":\"s\",\"APIName\":\"{api}\"}}");
        let answer = wire.ask(&Call::json(&server, "/getDataEndpoint", &body));
        assert_eq!(answer.json()["DataEndpoint"], endpoint, "{api}");
    }
}

#[test]
fn an_idle_connection_stays_open() {
    let server = Server::start();
    let mut wire = Connection::plain(&server);
    assert_eq!(wire.ask(&list(&server)).status, 200);
    assert!(wire.is_silent(Duration::from_millis(300)));
    assert_eq!(wire.ask(&list(&server)).status, 200);
}

fn list(server: &Server) -> Call {
    call(server, "/listStreams")
}

fn call(server: &Server, path: &str) -> Call {
    Call::json(server, path, "{}")
}

const STREAM: &str = "{\"StreamName\":\"s\"}";

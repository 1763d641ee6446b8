//! PutMedia as bytes: what the producers of cameras demand of the answer.

use std::time::Duration;

use aws::sigv4::sign::Payload;
use it::aws::cli;
use it::call::{Call, LAST_CHUNK, Signer, chunk};
use it::caller::Key;
use it::connection::{Answer, Connection};
use it::mkv;
use it::server::Server;
use it::stream::Stream;
use rustls::version::{TLS12, TLS13};
use serde_json::Value;

#[test]
fn each_acknowledgement_is_one_chunk_while_the_body_is_open() {
    let server = Server::start();
    stream(&server, "acks");
    for mut wire in [
        Connection::plain(&server),
        Connection::tls(&server, &TLS12, &[]),
    ] {
        wire.send(&Call::put_media(&server, "acks").head_bytes());
        let head = wire.head();
        assert_eq!(head.status, 200, "{head:?}");
        assert_eq!(head.get("transfer-encoding"), Some("chunked"));
        assert_eq!(head.get("content-length"), None);
        wire.send(&chunk(&mkv::header()));
        wire.send(&chunk(&mkv::cluster(T0, 10)));
        let (kind, first) = ack(&mut wire);
        assert_eq!(kind, "BUFFERING");
        assert_eq!(first["FragmentTimecode"], T0);
        let number = first["FragmentNumber"].as_str().expect("a text").to_owned();
        assert_eq!(number.len(), 47, "{first}");
        // The Cluster's size is known, so its end is its last byte, not the next one.
        for expected in ["RECEIVED", "PERSISTED"] {
            let (kind, ack) = ack(&mut wire);
            assert_eq!(kind, expected);
            assert_eq!(ack["FragmentNumber"], number.as_str());
            assert_eq!(ack["FragmentTimecode"], T0);
        }
        wire.send(&chunk(&mkv::cluster(T0 + 1000, 10)));
        for expected in ["BUFFERING", "RECEIVED", "PERSISTED"] {
            assert_eq!(ack(&mut wire).0, expected);
        }
        wire.send(LAST_CHUNK);
        assert_eq!(wire.chunk(), None);
        // The connection is whole and may be used again.
        let again = wire.ask(&Call::json(&server, "/listStreams", "{}"));
        assert_eq!(again.status, 200);
    }
}

#[test]
fn an_acknowledgement_is_one_tls_record() {
    let server = Server::start();
    stream(&server, "records");
    let mut wire = Connection::tls(&server, &TLS12, &[]);
    wire.send(&Call::put_media(&server, "records").head_bytes());
    wire.head();
    wire.send(&chunk(&mkv::header()));
    for count in 0..3 {
        wire.forget_records();
        wire.send(&chunk(&mkv::cluster(T0 + count * 1000, 10)));
        let acks = [ack(&mut wire).0, ack(&mut wire).0, ack(&mut wire).0];
        assert_eq!(acks, ["BUFFERING", "RECEIVED", "PERSISTED"]);
        // Never one acknowledgement in two records; two may share one.
        assert!((1..=3).contains(&wire.records()), "{}", wire.records());
    }
}

#[test]
fn an_unfinished_cluster_ends_with_the_tag_of_the_producers() {
    let server = Server::start();
    stream(&server, "tag");
    let mut wire = Connection::plain(&server);
    wire.send(&Call::put_media(&server, "tag").head_bytes());
    wire.head();
    wire.send(&chunk(&[mkv::header(), mkv::open_cluster(T0, 10)].concat()));
    assert_eq!(ack(&mut wire).0, "BUFFERING");
    assert!(wire.is_silent(Duration::from_millis(200)));
    // The producer waits for PERSISTED before it ends the body.
    wire.send(&chunk(&mkv::end_of_fragment()));
    assert_eq!(ack(&mut wire).0, "RECEIVED");
    assert_eq!(ack(&mut wire).0, "PERSISTED");
    wire.send(LAST_CHUNK);
    assert_eq!(wire.chunk(), None);
}

#[test]
fn a_producer_that_expects_100_gets_a_status_line_before_it_sends() {
    let server = Server::start();
    stream(&server, "expect");
    let mut wire = Connection::plain(&server);
    let call = Call::put_media(&server, "expect").header("Expect", "100-continue");
    wire.send(&call.head_bytes());
    let mut head = wire.head();
    if head.status == 100 {
        head = wire.head();
    }
    assert_eq!(head.status, 200);
    wire.send(&chunk(&mkv::header()));
    wire.send(&chunk(&mkv::cluster(T0, 3)));
    assert_eq!(ack(&mut wire).0, "BUFFERING");

    // A refusal comes alone, and the body need not be sent to hear it.
    let unknown = Call::put_media(&server, "none").header("Expect", "100-continue");
    let mut wire = Connection::plain(&server);
    wire.send(&unknown.head_bytes());
    assert_eq!(wire.answer().error(), (404, "ResourceNotFoundException"));
    assert!(
        wire.is_closed(),
        "what comes next would be taken for the body"
    );
}

#[test]
fn a_json_call_that_expects_100_is_answered() {
    let server = Server::start();
    let mut wire = Connection::plain(&server);
    let call = Call::json(&server, "/listStreams", "{}").header("Expect", "100-continue");
    wire.send(&call.head_bytes());
    assert_eq!(wire.head().status, 100);
    wire.send(&call.body);
    assert_eq!(wire.answer().status, 200);
}

#[test]
fn an_error_is_acknowledged_and_ends_the_connection() {
    let server = Server::start();
    stream(&server, "error");
    let mut wire = Connection::plain(&server);
    wire.send(&Call::put_media(&server, "error").head_bytes());
    wire.head();
    wire.send(&chunk(&mkv::header()));
    wire.send(&chunk(&mkv::cluster(T0, 3)));
    wire.send(&chunk(&[0; 64]));
    let mut kinds = Vec::new();
    while let Some(chunk) = wire.chunk() {
        let ack = parse(&chunk);
        let kind = ack["EventType"].as_str().unwrap_or_default().to_owned();
        if kind == "ERROR" {
            assert_eq!(ack["ErrorId"], 4006);
            assert_eq!(ack["ErrorCode"], "INVALID_MKV_DATA");
        }
        kinds.push(kind);
    }
    // What is on its way to the disk is acknowledged after the error if need be.
    assert_eq!(kinds[..2], ["BUFFERING", "RECEIVED"]);
    kinds.sort();
    assert_eq!(kinds, ["BUFFERING", "ERROR", "PERSISTED", "RECEIVED"]);
    assert!(wire.is_closed());
}

#[test]
fn a_refusal_is_heard_in_the_middle_of_a_large_body() {
    let server = Server::start();
    stream(&server, "refused");
    let forged = Signer {
        secret: "not-the-secret",
        ..Signer::of(&server)
    };
    let head = Call::put_media_head("refused");
    let calls = [
        (Call::put_media(&server, "none"), 404),
        (head.clone().signed(forged, Payload::Empty), 403),
        (head.clone(), 403),
        (
            head.without("x-amzn-fragment-timecode-type")
                .signed(Signer::of(&server), Payload::Empty),
            400,
        ),
        (
            Call::post(&server, "/nothing").header("transfer-encoding", "chunked"),
            404,
        ),
    ];
    let body = chunk(&vec![7; 64 << 10]);
    for (call, status) in calls {
        for mut wire in [
            Connection::plain(&server),
            Connection::tls(&server, &TLS13, &[]),
        ] {
            wire.send(&call.head_bytes());
            for _ in 0..80 {
                wire.send(&body); // 5 MiB in all, without a look at the answer.
            }
            let answer = wire.answer();
            assert_eq!(answer.status, status, "{answer:?}");
            assert!(answer.json()["Message"].is_string());
        }
    }
}

#[test]
fn every_way_to_sign_put_media_is_accepted() {
    let server = Server::start();
    stream(&server, "ways");
    let me = Signer::of(&server);
    let head = || Call::put_media_head("ways");
    let java_v1 = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD";
    let absolute = |call: Call| Call {
        target: format!("https://{}/putMedia", server.address()),
        ..call
    };
    let ways = [
        (
            "producer C",
            Call::put_media(&server, "ways").header("content-type", "application/json"),
        ),
        (
            "producer C with a token",
            Call::put_media(&server, "ways").header("x-amz-security-token", ""),
        ),
        (
            "Java v1, plain body",
            absolute(head()).signed(me, Payload::Literal(java_v1)),
        ),
        (
            "Java producer",
            head().signed(me, Payload::Literal("UNSIGNED-PAYLOAD")),
        ),
        ("Go, in the query", head().presigned(me, 3600)),
        (
            "curl",
            head()
                .without("connection")
                .without("user-agent")
                .header("content-type", "application/json")
                .signed(me, Payload::Empty),
        ),
        (
            "only the host",
            Call::new("POST", "/putMedia")
                .header("host", "localhost")
                .signed(me, Payload::Empty)
                .header("X-Amzn-Stream-Name", "ways")
                .header("X-AMZN-FRAGMENT-TIMECODE-TYPE", "ABSOLUTE")
                .header("Transfer-Encoding", "chunked"),
        ),
    ];
    for (at, (way, call)) in ways.into_iter().enumerate() {
        let mut call = call;
        call.body = body(T0 + 10_000 * at as u64);
        let answer = Connection::plain(&server).ask(&call);
        assert_eq!(answer.status, 200, "{way}: {answer:?}");
        assert_eq!(
            kinds(&answer),
            ["BUFFERING", "RECEIVED", "PERSISTED"],
            "{way}"
        );
    }
}

#[test]
fn a_body_of_known_length_is_taken() {
    let server = Server::start();
    stream(&server, "length");
    let media = [mkv::header(), mkv::cluster(T0, 5)].concat();
    let call = Call::put_media_head("length")
        .without("transfer-encoding")
        .signed(Signer::of(&server), Payload::Empty)
        .with_body(&media);
    let answer = Connection::plain(&server).ask(&call);
    assert_eq!(kinds(&answer), ["BUFFERING", "RECEIVED", "PERSISTED"]);
}

#[test]
fn headers_are_checked_before_the_body() {
    let server = Server::start();
    let arn = stream(&server, "headers");
    let (name_header, arn_header) = ("x-amzn-stream-name", "x-amzn-stream-arn");
    let head = || Call::put_media_head("headers");
    let start = "x-amzn-producer-start-timestamp";
    let kind = "x-amzn-fragment-timecode-type";
    let cases = [
        (head().header(arn_header, &arn), 400),
        (head().without(name_header), 400),
        (head().without(name_header).header(arn_header, &arn), 200),
        (
            head()
                .without(name_header)
                .header(arn_header, "arn:aws:s3:::b"),
            400,
        ),
        (Call::put_media_head("a/b"), 400),
        (Call::put_media_head("none"), 404),
        (head().without(kind), 400),
        (head().without(kind).header(kind, "absolute"), 400),
        (head().without(start), 200),
    ];
    for (call, status) in cases {
        let call = call.signed(Signer::of(&server), Payload::Empty);
        let mut wire = Connection::plain(&server);
        wire.send(&call.head_bytes());
        let answer = wire.head();
        assert_eq!(answer.status, status, "{call:?}");
    }
}

#[test]
fn start_timestamps_have_many_forms() {
    let server = Server::start();
    stream(&server, "start");
    for (text, start_ms) in [
        ("0", Some(0)),
        ("1519423069", Some(1_519_423_069_000)),
        ("1700000000.123", Some(1_700_000_000_123)),
        // Not padded by the C producer; nobody can tell 7 ms from 700 ms.
        ("1600000000.7", Some(1_600_000_000_700)),
        ("1.6E9", Some(1_600_000_000_000)),
        ("2020-01-01T00:00:00.000Z", Some(1_577_836_800_000)),
        ("Wed, 01 Jan 2020 00:00:00 GMT", Some(1_577_836_800_000)),
        ("yesterday", None),
        ("NaN", None),
        ("1e400", None),
    ] {
        let mut call = Call::put_media_head("start")
            .without("x-amzn-producer-start-timestamp")
            .without("x-amzn-fragment-timecode-type")
            .header("x-amzn-fragment-timecode-type", "RELATIVE")
            .header("x-amzn-producer-start-timestamp", text)
            .signed(Signer::of(&server), Payload::Empty);
        call.body = body(5000);
        let answer = Connection::plain(&server).ask(&call);
        let Some(start_ms) = start_ms else {
            assert_eq!(answer.error(), (400, "InvalidArgumentException"), "{text}");
            assert!(answer.text().contains(text), "{answer:?}");
            continue;
        };
        let acks = acks(&answer);
        assert_eq!(acks.len(), 3, "{text}: {acks:?}");
        assert_eq!(acks[0]["FragmentTimecode"], 5000, "as it was sent");
        let number = acks[2]["FragmentNumber"].as_str().expect("a text");
        let listed = producer_ms(&server, "start", number);
        assert_eq!(listed, start_ms + 5000, "{text}");
    }
}

#[test]
fn a_producer_that_reads_no_acknowledgements_is_served() {
    let server = Server::start();
    stream(&server, "deaf");
    let mut wire = Connection::plain(&server);
    wire.send(&Call::put_media(&server, "deaf").head_bytes());
    wire.send(&chunk(&mkv::header()));
    // More acknowledgements than wait anywhere for their reader.
    for count in 0..400 {
        wire.send(&chunk(&mkv::cluster(T0 + count * 1000, 2)));
    }
    wire.send(LAST_CHUNK);
    let answer = wire.answer();
    let persisted = acks(&answer);
    let persisted = persisted
        .iter()
        .filter(|ack| ack["EventType"] == "PERSISTED");
    assert_eq!(persisted.count(), 400);
}

#[test]
fn what_was_whole_stays_when_the_producer_goes() {
    let server = Server::start();
    stream(&server, "gone");
    let mut wire = Connection::plain(&server);
    wire.send(&Call::put_media(&server, "gone").head_bytes());
    wire.send(&chunk(&mkv::header()));
    wire.send(&chunk(&mkv::cluster(T0, 2)));
    let cut = mkv::cluster(T0 + 1000, 9);
    wire.send(&chunk(&cut[..cut.len() - 20]));
    wire.head();
    let mut number = String::new();
    for expected in ["BUFFERING", "RECEIVED"] {
        let (kind, ack) = ack(&mut wire);
        assert_eq!(kind, expected);
        number = ack["FragmentNumber"].as_str().expect("a text").to_owned();
    }
    // As producer-embedded-c stops: the connection is closed, the body has no end.
    wire.half_close();
    let mut rest = Vec::new();
    while let Some(chunk) = wire.chunk() {
        let ack = parse(&chunk);
        rest.push(ack["EventType"].as_str().unwrap_or_default().to_owned());
    }
    assert!(rest.contains(&"PERSISTED".to_owned()), "{rest:?}");
    assert!(wire.is_closed());
    assert_eq!(producer_ms(&server, "gone", &number), T0 as i64);
}

#[test]
fn deleting_the_stream_ends_the_connection() {
    let server = Server::start();
    let arn = stream(&server, "deleted");
    let mut wire = Connection::plain(&server);
    wire.send(&Call::put_media(&server, "deleted").head_bytes());
    wire.send(&chunk(&mkv::header()));
    assert_eq!(wire.head().status, 200);
    let body = format!("{{\"StreamARN\":\"{arn}\"}}");
    let delete = Call::json(&server, "/deleteStream", &body);
    assert_eq!(Connection::plain(&server).ask(&delete).status, 200);
    let (kind, error) = ack(&mut wire);
    assert_eq!(kind, "ERROR");
    assert_eq!(error["ErrorId"], 4008);
    assert_eq!(wire.chunk(), None);
    assert!(wire.is_closed());
}

/// A key is replaced as AWS's guide says, while a camera sends: the new one is there before
/// the old one is made inactive and deleted. What had begun goes on to its end.
#[test]
fn a_key_is_replaced_while_its_upload_runs_and_nothing_is_lost() {
    let server = Server::start();
    let stored = Stream::create(&server, "keys", 24);
    let iam = |line: &str| cli(server.administrator(), &format!("iam {line}")).run();
    iam("create-user --user-name camera");
    iam("attach-user-policy --user-name camera --policy-arn \
         arn:aws:iam::aws:policy/AmazonKinesisVideoStreamsFullAccess");
    let new_key = || Key::made(&iam("create-access-key --user-name camera").json());
    let open = |key: &Key| {
        let mut wire = Connection::plain(&server);
        wire.send(&Call::put_media(server.by(key), "keys").head_bytes());
        wire
    };
    let begun = |key: &Key| {
        let mut wire = open(key);
        assert_eq!(wire.head().status, 200);
        wire.send(&chunk(&mkv::header()));
        wire
    };
    let persists = |wire: &mut Connection, timecode_ms: u64| {
        wire.send(&chunk(&mkv::cluster(timecode_ms, 5)));
        for expected in ["BUFFERING", "RECEIVED", "PERSISTED"] {
            let (kind, ack) = ack(wire);
            assert_eq!(
                (&*kind, &ack["FragmentTimecode"]),
                (expected, &timecode_ms.into())
            );
        }
    };
    let refused = |key: &Key| {
        let answer = open(key).answer();
        assert_eq!(answer.error(), (403, "UnrecognizedClientException"));
    };

    let old_key = new_key();
    let mut old = begun(&old_key);
    persists(&mut old, T0);
    let key = new_key();
    let mut new = begun(&key);
    persists(&mut new, T0 + 1000);
    persists(&mut old, T0 + 1000);
    let change = format!("--user-name camera --access-key-id {}", old_key.id);
    iam(&format!("update-access-key --status Inactive {change}"));
    refused(&old_key);
    persists(&mut old, T0 + 2000);
    persists(&mut new, T0 + 2000);
    iam(&format!("delete-access-key {change}"));
    refused(&old_key);
    persists(&mut old, T0 + 3000);
    persists(&mut new, T0 + 3000);
    for mut wire in [old, new] {
        wire.send(LAST_CHUNK);
        assert_eq!(wire.chunk(), None);
    }
    let mut seconds: Vec<i64> = stored
        .fragments()
        .iter()
        .map(|one| one["ProducerTimestamp"].as_f64().expect("a number") as i64)
        .collect();
    seconds.sort_unstable();
    let first = (T0 / 1000).cast_signed();
    let both = [0, 1, 1, 2, 2, 3, 3].map(|after| first + after);
    assert_eq!(seconds, both, "what both sent is stored, each");
}

/// Creates a stream that keeps its media; returns its ARN.
fn stream(server: &Server, name: &str) -> String {
    let body = format!("{{\"StreamName\":\"{name}\",\"DataRetentionInHours\":24}}");
    let answer = Connection::plain(server).ask(&Call::json(server, "/createStream", &body));
    let arn = answer.json()["StreamARN"].take();
    arn.as_str()
        .unwrap_or_else(|| panic!("{answer:?}"))
        .to_owned()
}

/// A whole chunked body of one fragment.
fn body(timecode_ms: u64) -> Vec<u8> {
    let media = [mkv::header(), mkv::cluster(timecode_ms, 5)].concat();
    [chunk(&media), LAST_CHUNK.to_vec()].concat()
}

/// The next acknowledgement, which is exactly one chunk.
fn ack(wire: &mut Connection) -> (String, Value) {
    let chunk = wire.chunk().expect("an acknowledgement");
    let ack = parse(&chunk);
    (
        ack["EventType"].as_str().unwrap_or_default().to_owned(),
        ack,
    )
}

fn parse(chunk: &[u8]) -> Value {
    let text = std::str::from_utf8(chunk).expect("an acknowledgement is ASCII");
    assert!(
        text.ends_with("}\n") && text.lines().count() == 1,
        "{text:?}"
    );
    serde_json::from_str(text).unwrap_or_else(|_| panic!("not JSON: {text:?}"))
}

fn acks(answer: &Answer) -> Vec<Value> {
    answer
        .body
        .split_inclusive(|byte| *byte == b'\n')
        .map(parse)
        .collect()
}

fn kinds(answer: &Answer) -> Vec<String> {
    let kind = |ack: &Value| ack["EventType"].as_str().unwrap_or_default().to_owned();
    acks(answer).iter().map(kind).collect()
}

/// The producer time of a stored fragment, milliseconds.
fn producer_ms(server: &Server, stream: &str, number: &str) -> i64 {
    let body = format!(
        "{{\"StreamName\":\"{stream}\",\"FragmentSelector\":{{\"FragmentSelectorType\":\
         \"SERVER_TIMESTAMP\",\"TimestampRange\":{{\"StartTimestamp\":0,\"EndTimestamp\":\
         9e9}}}}}}"
    );
    let listed = Connection::plain(server)
        .ask(&Call::json(server, "/listFragments", &body))
        .json();
    let fragments = listed["Fragments"].as_array().cloned().unwrap_or_default();
    let found = fragments.iter().find(|f| f["FragmentNumber"] == number);
    let found = found.unwrap_or_else(|| panic!("{number} is not in {listed}"));
    (found["ProducerTimestamp"].as_f64().expect("a number") * 1000.0).round() as i64
}

/// 2026-11-22, milliseconds.
const T0: u64 = 1_795_360_434_000;

//! The server as a process: starting, refusing to start, ending, and what it logs.

use std::net::TcpListener;
use std::path::Path;
use std::time::{Duration, Instant};

use aws::sigv4::sign::Payload;
use it::call::{Call, LAST_CHUNK, Signer, chunk};
use it::connection::Connection;
use it::program::{Output, Program};
use it::server::{REGION, Server};
use it::{installed, mkv};
use rustls::version::TLS13;
use serde_json::{Value, json};

#[test]
fn a_server_that_is_told_to_stop_finishes_what_it_received() {
    let mut server = Server::start();
    let create = "{\"StreamName\":\"s\",\"DataRetentionInHours\":24}";
    let mut idle = Connection::plain(&server);
    assert_eq!(
        idle.ask(&Call::json(&server, "/createStream", create))
            .status,
        200
    );
    let mut silent = Connection::plain(&server);
    let mut reader = Connection::plain(&server);
    let live = json!({"StreamName": "s", "StartSelector": {"StartSelectorType": "NOW"}});
    reader.send(&Call::json(&server, "/getMedia", &live.to_string()).bytes());
    assert_eq!(reader.head().status, 200);

    let mut producers = [
        Connection::plain(&server),
        Connection::tls(&server, &TLS13, &[]),
    ];
    for producer in &mut producers {
        producer.send(&Call::put_media(&server, "s").head_bytes());
        assert_eq!(producer.head().status, 200);
        producer.send(&chunk(&mkv::header()));
        producer.send(&chunk(&mkv::cluster(T0, 5)));
        let cut = mkv::cluster(T0 + 1000, 5);
        producer.send(&chunk(&cut[..cut.len() - 9]));
        // The second fragment is under way.
        wait_for(producer, "BUFFERING", 2);
    }
    let asked = Instant::now();
    server.ask_to_end();
    for producer in &mut producers {
        let mut last = Value::Null;
        while let Some(chunk) = producer.chunk() {
            let ack: Value = serde_json::from_slice(&chunk).expect("an acknowledgement");
            last = ack;
        }
        // What it says last, if anything, is not that the unfinished fragment is safe.
        assert_ne!(last["EventType"], "RECEIVED", "{last}");
        producer.half_close();
        assert!(producer.is_closed());
    }
    while reader.chunk().is_some() {}
    assert!(idle.is_closed() && silent.is_closed());
    drop((producers, reader, idle, silent));
    assert_eq!(server.wait().code(), Some(0), "{}", server.log());
    assert!(
        asked.elapsed() < Duration::from_secs(8),
        "{:?}",
        asked.elapsed()
    );

    server.restart();
    let range = json!({"StartTimestamp": 0, "EndTimestamp": 9e9});
    let selector = json!({"FragmentSelectorType": "SERVER_TIMESTAMP", "TimestampRange": range});
    let body = json!({"StreamName": "s", "FragmentSelector": selector}).to_string();
    let listed = Connection::plain(&server).ask(&Call::json(&server, "/listFragments", &body));
    let fragments = listed.json()["Fragments"].as_array().map(Vec::len);
    assert_eq!(fragments, Some(2), "one whole fragment of each producer");
}

#[test]
fn a_data_directory_has_one_server() {
    let server = Server::start();
    let second = serve(&server.data(), "127.0.0.1:0");
    assert!(!second.status.success());
    let folder = server.data().display().to_string();
    assert!(second.stderr.contains("error:"), "{second}");
    assert!(second.stderr.contains(&folder), "{second}");
    assert!(second.stderr.contains("in use"), "{second}");
    let list = Call::json(&server, "/listStreams", "{}");
    assert_eq!(Connection::plain(&server).ask(&list).status, 200);
}

#[test]
fn a_port_that_is_taken_is_named() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = taken.local_addr().expect("an address").to_string();
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let refused = serve(folder.path(), &address);
    assert!(!refused.status.success());
    assert!(refused.stderr.contains(&address), "{refused}");
    assert!(refused.stderr.contains("in use"), "{refused}");
}

#[test]
fn a_server_listens_on_all_its_addresses() {
    let second = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = second.local_addr().expect("an address");
    drop(second);
    let server = Server::start_with(&["--listen", &address.to_string()]);
    let list = Call::json(&server, "/listStreams", "{}");
    assert_eq!(Connection::plain(&server).ask(&list).status, 200);
    assert_eq!(Connection::plain_to(address).ask(&list).status, 200);
}

#[test]
fn mistakes_in_the_configuration_are_named() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let file = folder.path().join("kinora.toml");
    std::fs::write(&file, "[api]\nclock_skew = 3\n").expect("the file can be written");
    let refused = Program::new(installed("KINORA_TEST_BINARY"))
        .args(["serve", "--config"])
        .args([&file])
        .output();
    assert!(!refused.status.success());
    for part in ["kinora.toml", "clock_skew", "clock_skew_s"] {
        assert!(refused.stderr.contains(part), "{refused}");
    }
}

#[test]
fn no_secret_reaches_the_log() {
    let server = Server::start_with(&["--log", "trace"]);
    let callers = [server.root(), server.operator()];
    let mut secrets = callers.map(|caller| caller.key.secret.clone()).to_vec();
    let mut ask = |call: &Call| {
        secrets.extend(signatures(call));
        Connection::plain(&server).ask(call)
    };
    let me = Signer::of(&server);
    let forged = Signer {
        secret: "a-secret-that-is-wrong",
        ..me
    };
    let create = "{\"StreamName\":\"s\",\"DataRetentionInHours\":24}";
    assert_eq!(
        ask(&Call::json(&server, "/createStream", create)).status,
        200
    );
    let list = |signer| Call::json_by(&server, "/listStreams", "{}", signer);
    assert_eq!(ask(&list(forged)).status, 403);
    let unknown = Signer {
        access_key_id: "AKIDEXAMPLE",
        ..me
    };
    assert_eq!(ask(&list(unknown)).status, 403);
    let token = list(me).header("x-amz-security-token", "TOKEN-OF-SOMEBODY");
    assert_eq!(ask(&token).status, 403);
    for call in with_broken_authorizations(&list(me)) {
        let answer = ask(&call);
        assert!(answer.status >= 400, "{answer:?}");
    }
    let url = Call::post(&server, "/describeStream").presigned(forged, 60);
    assert_eq!(ask(&url.with_body(b"{}")).status, 403);
    let mut put = Call::put_media_head("s").presigned(me, 60);
    let media = [mkv::header(), mkv::cluster(T0, 5)].concat();
    put.body = [chunk(&media), LAST_CHUNK.to_vec()].concat();
    assert_eq!(ask(&put).status, 200);
    let hls = Call::new(
        "GET",
        "/hls/v1/getHLSMasterPlaylist.m3u8?SessionToken=CiTOKENTOKEN",
    );
    assert_eq!(ask(&hls.header("Host", "h")).status, 403);
    let form = b"Action=GetCallerIdentity&Version=2011-06-15";
    for (caller, arn) in callers
        .into_iter()
        .zip([":root</Arn>", ":user/operator</Arn>"])
    {
        let sts = Signer {
            service: "sts",
            ..Signer::of(caller)
        };
        let identity = Call::post(&server, "/")
            .signed(sts, Payload::Bytes(form))
            .with_body(form);
        assert!(ask(&identity).text().contains(arn));
    }

    let log = server.log();
    assert!(log.contains("request refused"), "{log}");
    secrets.extend(PLANTED.map(str::to_owned));
    assert!(secrets.len() > 12, "{secrets:?}");
    for secret in secrets {
        assert!(!log.contains(&secret), "{secret} is in the log");
    }
}

/// A signed request with its signature where none is looked for.
fn with_broken_authorizations(signed: &Call) -> Vec<Call> {
    let header = signed
        .headers
        .iter()
        .find(|(name, _)| name == "authorization");
    let (_, whole) = header.expect("it is signed");
    let replacements = [
        ("Signature=", "Signature:"),
        ("Signature=", "Credential="),
        ("AWS4-HMAC-SHA256 ", "AWS4-HMAC-SHA256"),
        ("Signature=", "X="),
        (whole.as_str(), "no-scheme-but-a-secret"),
    ];
    let broken = |(from, to): (&str, &str)| {
        let call = signed.clone().without("authorization");
        call.header("authorization", &whole.replace(from, to))
    };
    replacements.into_iter().map(broken).collect()
}

/// The signatures in a request.
fn signatures(call: &Call) -> Vec<String> {
    let text = String::from_utf8_lossy(&call.head_bytes()).into_owned();
    let hex = |part: &&str| part.len() == 64 && part.bytes().all(|b| b.is_ascii_hexdigit());
    text.split(|c: char| !c.is_ascii_alphanumeric())
        .filter(hex)
        .map(str::to_owned)
        .collect()
}

fn wait_for(wire: &mut Connection, kind: &str, times: usize) {
    let mut seen = 0;
    while seen < times {
        let ack = wire.chunk().expect("an acknowledgement");
        seen += usize::from(String::from_utf8_lossy(&ack).contains(kind));
    }
}

/// Runs a server that is not expected to start.
fn serve(data: &Path, address: &str) -> Output {
    Program::new(installed("KINORA_TEST_BINARY"))
        .args(["serve", "--region", REGION, "--listen", address, "--data"])
        .args([data])
        .timeout(Duration::from_secs(10))
        .output()
}

/// 2026-11-22, milliseconds.
const T0: u64 = 1_795_360_434_000;

/// Secrets that are no signatures.
const PLANTED: [&str; 4] = [
    "TOKEN-OF-SOMEBODY",
    "CiTOKENTOKEN",
    "a-secret-that-is-wrong",
    "no-scheme-but-a-secret",
];

//! `put` and `get` against a small server on the loopback that checks signatures, reads
//! the Matroska it is sent, and acknowledges while the body is still coming.

use std::convert::Infallible;
use std::io::{self, Cursor, Read, Write};
use std::path::Path;
use std::sync::{Arc, Mutex};

use aws::sigv4::{Head, Presented, Rules, check_body, signing_key};
use bytes::{Bytes, BytesMut};
use clap::Parser;
use http::{Request, Response};
use http_body_util::{BodyExt as _, Full, combinators::BoxBody};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use media::mkv::reader::{Event, Poll, Reader, ReaderLimits};
use media::mkv::{ebml::SizeForm, writer};
use media::synth::{Camera, CameraSettings, Matroska};
use rustls::pki_types::PrivatePkcs8KeyDer;
use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio_rustls::TlsAcceptor;

use super::client::{CliError, Client, Pieces, now_ms};
use super::credentials::{ConnectionArgs, Credentials, Settings};
use super::get::{self, GetArgs};
use super::put::{self, Output, PutArgs};

/// What the server is to do, and what it saw.
#[derive(Default)]
struct Stage {
    /// `DataRetentionInHours`.
    retention: u64,
    /// The Cluster, by number, to answer with an ERROR.
    refuse: Option<usize>,
    /// The Cluster after which to hang up without a word.
    hang_up: Option<usize>,
    /// Whether to keep PERSISTED to itself.
    forgetful: bool,
    /// The body of `getMedia`.
    media: Bytes,
    /// Bytes that came with `putMedia`.
    received: Mutex<Vec<u8>>,
    /// Paths and bodies (headers for `putMedia`) in order.
    calls: Mutex<Vec<(String, String)>>,
    url: String,
}

#[derive(Parser)]
struct Put {
    #[command(flatten)]
    args: PutArgs,
}

#[derive(Parser)]
struct Get {
    #[command(flatten)]
    args: GetArgs,
}

type Answer = Response<BoxBody<Bytes, Infallible>>;

/// Starts the server and gives a client of it.
async fn start(mut stage: Stage, secret: &str) -> (Arc<Stage>, Client) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    stage.url = format!("http://{}", listener.local_addr().expect("bound"));
    let stage = Arc::new(stage);
    let settings = settings(&stage.url, secret);
    let served = Arc::clone(&stage);
    tokio::spawn(async move {
        while let Ok((io, _)) = listener.accept().await {
            serve(&served, io);
        }
    });
    (
        stage,
        Client::new(settings).expect("no certificates needed"),
    )
}

/// The same with TLS: the client trusts `trusted`, a PEM file it finds in `dir`.
async fn start_tls(mut stage: Stage, dir: &Path, trusted: Option<&str>) -> Client {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    stage.url = format!("https://{}", listener.local_addr().expect("bound"));
    let stage = Arc::new(stage);
    let own = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).expect("a name");
    let file = dir.join("trusted.pem");
    std::fs::write(&file, trusted.unwrap_or(&own.cert.pem())).expect("a directory to write to");
    let settings = Settings {
        ca_bundle: Some(file),
        ..settings(&stage.url, "secret")
    };
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let key = PrivatePkcs8KeyDer::from(own.signing_key.serialize_der()).into();
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .and_then(|builder| {
            builder
                .with_no_client_auth()
                .with_single_cert(vec![own.cert.into()], key)
        });
    let acceptor = TlsAcceptor::from(Arc::new(config.expect("a certificate and its key")));
    tokio::spawn(async move {
        while let Ok((io, _)) = listener.accept().await {
            if let Ok(io) = acceptor.accept(io).await {
                serve(&stage, io);
            }
        }
    });
    Client::new(settings).expect("a certificate file")
}

fn settings(url: &str, secret: &str) -> Settings {
    Settings {
        credentials: Credentials {
            access_key_id: "AKIDEXAMPLE".to_owned(),
            secret_access_key: secret.to_owned(),
            session_token: Some("a token".to_owned()),
        },
        region: "us-west-2".to_owned(),
        endpoint_url: url.to_owned(),
        ca_bundle: None,
    }
}

fn serve<T: AsyncRead + AsyncWrite + Send + Unpin + 'static>(stage: &Arc<Stage>, io: T) {
    let stage = Arc::clone(stage);
    let service = service_fn(move |request| answer(Arc::clone(&stage), request));
    tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(io), service));
}

async fn answer(stage: Arc<Stage>, request: Request<Incoming>) -> Result<Answer, io::Error> {
    let path = request.uri().path().to_owned();
    let (parts, body) = request.into_parts();
    if path == "/putMedia" {
        let described = format!("{:?}", parts.headers);
        stage
            .calls
            .lock()
            .expect("no panic")
            .push((path, described));
        if !is_signed(&parts, b"") {
            return Ok(refused("AccessDeniedException", "wrong signature"));
        }
        return put_media(stage, body);
    }
    let body = body.collect().await.map_err(io::Error::other)?.to_bytes();
    let text = String::from_utf8_lossy(&body).into_owned();
    stage
        .calls
        .lock()
        .expect("no panic")
        .push((path.clone(), text));
    if !is_signed(&parts, &body) {
        return Ok(refused("AccessDeniedException", "wrong signature"));
    }
    let input: Value = serde_json::from_slice(&body).unwrap_or_default();
    Ok(match path.as_str() {
        _ if input["StreamName"] == "absent" => {
            let mut answer = refused("ResourceNotFoundException:http://x", "not found");
            *answer.status_mut() = http::StatusCode::NOT_FOUND;
            answer
        }
        "/getDataEndpoint" => reply(json!({ "DataEndpoint": stage.url })),
        "/describeStream" => {
            reply(json!({ "StreamInfo": { "DataRetentionInHours": stage.retention } }))
        }
        "/getMedia" => Response::new(Full::new(stage.media.clone()).boxed()),
        "/_kinora/streams/cam/findings" => reply(json!({ "Findings": [
            { "FragmentNumber": "899", "Code": "old", "What": "an earlier call" },
            { "FragmentNumber": "901", "Code": "back", "What": "time went back",
              "Cause": "B-frames", "Cure": "-bf 0" },
            { "FragmentNumber": "900", "Code": "back", "What": "the first of them",
              "ErrorId": 4004 },
        ] })),
        _ => refused("UnknownOperationException", "no such call"),
    })
}

/// Verifies a request as the real server does.
fn is_signed(parts: &http::request::Parts, body: &[u8]) -> bool {
    let headers: Vec<_> = parts
        .headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_bytes()))
        .collect();
    let target = parts.uri.to_string();
    let head = Head {
        method: parts.method.as_str(),
        target: &target,
        headers: &headers,
    };
    let rules = Rules {
        now_s: now_ms() / 1_000,
        region: "us-west-2",
        services: &["kinesisvideo"],
        skew_s: 300,
    };
    let Ok(presented) = Presented::parse(&head, &rules) else {
        return false;
    };
    let Ok(body_hash) = check_body(presented.payload(), body) else {
        return false;
    };
    let key = signing_key("secret", presented.date(), "us-west-2", "kinesisvideo");
    presented.session_token() == Some("a token") && presented.verify(&key, &body_hash).is_ok()
}

fn put_media(stage: Arc<Stage>, mut body: Incoming) -> Result<Answer, io::Error> {
    let (acks, receiver) = mpsc::channel(8);
    tokio::spawn(async move {
        let limits = ReaderLimits {
            element_bytes_max: 1 << 20,
            block_bytes_max: 1 << 20,
        };
        let mut reader = Reader::new(limits);
        let mut clusters = 0;
        loop {
            match body.frame().await {
                Some(Ok(frame)) => {
                    let Ok(bytes) = frame.into_data() else {
                        continue;
                    };
                    stage
                        .received
                        .lock()
                        .expect("no panic")
                        .extend_from_slice(&bytes);
                    reader.push(bytes);
                }
                Some(Err(_)) => return,
                None => reader.finish(),
            }
            loop {
                let (kind, error) = match reader.poll() {
                    Ok(Poll::Event(Event::ClusterTimestamp { .. })) => ("BUFFERING", ""),
                    Ok(Poll::Event(Event::ClusterEnd { .. })) if stage.refuse == Some(clusters) => {
                        ("ERROR", ",\"ErrorId\":4004,\"ErrorCode\":\"TIMECODE\"")
                    }
                    Ok(Poll::Event(Event::ClusterEnd { .. })) => ("RECEIVED", ""),
                    Ok(Poll::Event(_)) => continue,
                    Ok(Poll::NeedData) => break,
                    Ok(Poll::End) | Err(_) => return,
                };
                let number = 900 + clusters;
                let ack = format!(
                    "{{\"EventType\":\"{kind}\",\"FragmentTimecode\":0,\
                     \"FragmentNumber\":\"{number}\"{error}}}\n"
                );
                if acks.send(ack.clone().into()).await.is_err() || kind == "ERROR" {
                    return;
                }
                if kind == "RECEIVED" {
                    let ack = ack.replace(kind, "PERSISTED");
                    if stage.retention > 0
                        && !stage.forgetful
                        && acks.send(ack.into()).await.is_err()
                    {
                        return;
                    }
                    if stage.hang_up == Some(clusters) {
                        return;
                    }
                    clusters += 1;
                }
            }
        }
    });
    Ok(Response::new(Pieces(receiver).boxed()))
}

fn reply(value: Value) -> Answer {
    Response::new(Full::new(value.to_string().into()).boxed())
}

fn refused(code: &str, message: &str) -> Answer {
    let mut answer = reply(json!({ "Message": message }));
    *answer.status_mut() = http::StatusCode::FORBIDDEN;
    let code = code.parse().expect("a header value");
    answer.headers_mut().insert("x-amzn-ErrorType", code);
    answer
}

fn recording(clusters: usize) -> Vec<u8> {
    let settings = CameraSettings {
        width: 64,
        height: 48,
        fps: 10,
        gop: 10,
        ..CameraSettings::default()
    };
    let mut stream = Matroska::new(Camera::new(settings).expect("valid settings"), 0);
    let mut bytes = stream.header().to_vec();
    for _ in 0..clusters {
        bytes.extend(stream.next_cluster());
    }
    bytes
}

/// Runs `kinora put` with the flags of `line`.
async fn run_put(
    client: &Client,
    line: &str,
    input: impl Read + Send + 'static,
) -> (Result<(), CliError>, Vec<String>) {
    let args = Put::try_parse_from(line.split(' '))
        .expect("valid flags")
        .args;
    let mut lines = Vec::new();
    let mut print = |output: Output<'_>| {
        if let Output::Line(line) = output {
            lines.push(line.to_owned());
        }
    };
    let result = put::put(client, &args, Box::new(input), &mut print).await;
    (result, lines)
}

#[tokio::test]
async fn a_recording_is_put_and_every_fragment_confirmed() {
    let (stage, client) = start(
        Stage {
            retention: 2,
            ..Stage::default()
        },
        "secret",
    )
    .await;
    let recording = recording(3);
    let line = "put cam --start 1519423069.070";
    let (result, lines) = run_put(&client, line, Cursor::new(recording.clone())).await;
    assert_eq!(result, Ok(()));
    assert_eq!(*stage.received.lock().expect("no panic"), recording);
    assert_eq!(
        lines
            .iter()
            .filter(|line| line.starts_with("PERSISTED"))
            .count(),
        3
    );
    let notes: Vec<_> = lines
        .iter()
        .filter(|line| line.starts_with("note: "))
        .collect();
    assert_eq!(
        notes,
        ["note: time went back\n  cause: B-frames\n  cure: -bf 0"]
    );
    assert_eq!(
        lines[lines.len() - 1],
        format!("3 fragments, {} bytes", recording.len())
    );
    let calls = stage.calls.lock().expect("no panic");
    let paths: Vec<_> = calls.iter().map(|(path, _)| path.as_str()).collect();
    let findings = "/_kinora/streams/cam/findings";
    assert_eq!(
        paths,
        ["/getDataEndpoint", "/describeStream", "/putMedia", findings]
    );
    for expected in [
        "\"x-amzn-stream-name\": \"cam\"",
        "\"x-amzn-fragment-timecode-type\": \"RELATIVE\"",
        "\"x-amzn-producer-start-timestamp\": \"1519423069.070\"",
        "\"transfer-encoding\": \"chunked\"",
    ] {
        assert!(calls[2].1.contains(expected), "{}", calls[2].1);
    }
}

#[tokio::test]
async fn without_retention_received_is_enough_and_with_it_not() {
    let (_stage, client) = start(Stage::default(), "secret").await;
    let (result, lines) = run_put(&client, "put cam", Cursor::new(recording(2))).await;
    assert_eq!(result, Ok(()));
    assert!(lines[lines.len() - 1].starts_with("2 fragments"));
    let stage = Stage {
        retention: 2,
        forgetful: true,
        ..Stage::default()
    };
    let (_stage, client) = start(stage, "secret").await;
    let (result, _) = run_put(&client, "put cam", Cursor::new(recording(2))).await;
    let message = result.expect_err("not persisted").to_string();
    assert_eq!(message, "2 fragments were sent but not confirmed, 0 were");
}

#[tokio::test]
async fn an_error_is_explained() {
    let stage = Stage {
        retention: 2,
        refuse: Some(1),
        ..Stage::default()
    };
    let (_stage, client) = start(stage, "secret").await;
    let (result, lines) = run_put(&client, "put cam", Cursor::new(recording(3))).await;
    let message = result.expect_err("refused").to_string();
    assert!(
        message.contains("ERROR     4004 TIMECODE fragment 901"),
        "{message}"
    );
    assert!(
        message.ends_with("\ntime went back\n  cause: B-frames\n  cure: -bf 0"),
        "{message}"
    );
    assert_eq!(
        lines
            .iter()
            .filter(|line| line.starts_with("PERSISTED"))
            .count(),
        1
    );
}

#[tokio::test]
async fn acks_arrive_while_the_input_is_open_and_an_early_end_is_noticed() {
    /// Gives a recording, then waits until somebody asks it to end.
    struct Open(Cursor<Vec<u8>>, std::sync::mpsc::Receiver<()>);
    impl Read for Open {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            match self.0.read(buffer)? {
                0 => {
                    // An error says that the other side is gone, which is an end too.
                    let _ = self.1.recv();
                    Ok(0)
                }
                len => Ok(len),
            }
        }
    }
    let stage = Stage {
        retention: 2,
        hang_up: Some(0),
        ..Stage::default()
    };
    let (_stage, client) = start(stage, "secret").await;
    let (_hold, ended) = std::sync::mpsc::sync_channel(1);
    let (result, lines) = run_put(&client, "put cam", Open(Cursor::new(recording(3)), ended)).await;
    let message = result.expect_err("hung up").to_string();
    assert!(message.contains("before the input ended"), "{message}");
    assert!(
        lines.iter().any(|line| line.starts_with("PERSISTED")),
        "{lines:?}"
    );
}

#[tokio::test]
async fn input_without_a_fragment_is_an_error() {
    let (_stage, client) = start(Stage::default(), "secret").await;
    for input in [Vec::new(), recording(0), b"not Matroska".to_vec()] {
        let (result, _) = run_put(&client, "put cam --rate realtime", Cursor::new(input)).await;
        let message = result.expect_err("no fragment").to_string();
        assert!(message.contains("no fragment"), "{message}");
    }
}

#[tokio::test]
async fn refusals_name_the_code_and_the_way_out() {
    let (_stage, client) = start(Stage::default(), "secret").await;
    let (result, _) = run_put(&client, "put absent", io::empty()).await;
    let error = result.expect_err("no such stream");
    assert_eq!(error.code(), Some("ResourceNotFoundException"));
    assert!(
        error
            .to_string()
            .contains("create-stream --stream-name absent"),
        "{error}"
    );
    let (_stage, client) = start(Stage::default(), "another secret").await;
    let (result, _) = run_put(&client, "put cam", io::empty()).await;
    let message = result.expect_err("wrong signature").to_string();
    assert_eq!(message, "AccessDeniedException: wrong signature");
    // A port that was free a moment ago.
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("bound"));
    drop(listener);
    let client = Client::new(settings(&url, "secret")).expect("no certificates needed");
    let (result, _) = run_put(&client, "put cam", io::empty()).await;
    let message = result.expect_err("nobody there").to_string();
    assert!(
        message.starts_with(&url) && message.ends_with("running there?"),
        "{message}"
    );
}

#[tokio::test]
async fn tls_works_with_a_trusted_certificate_and_only_with_one() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let client = start_tls(Stage::default(), dir.path(), None).await;
    let (result, _) = run_put(&client, "put cam", Cursor::new(recording(1))).await;
    assert_eq!(result, Ok(()));

    let other = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).expect("a name");
    let client = start_tls(Stage::default(), dir.path(), Some(&other.cert.pem())).await;
    let (result, _) = run_put(&client, "put cam", Cursor::new(recording(1))).await;
    let message = result.expect_err("a stranger").to_string();
    assert!(message.starts_with("https://127.0.0.1:"), "{message}");
    assert!(message.contains("certificate"), "{message}");
}

/// Output that can be looked at afterwards.
#[derive(Clone, Default)]
struct Shared(Arc<Mutex<Vec<u8>>>);

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("no panic").write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn media_is_written_as_it_is() {
    let media: Bytes = [recording(1), recording(2)].concat().into();
    let stage = Stage {
        media: media.clone(),
        ..Stage::default()
    };
    let (stage, client) = start(stage, "secret").await;
    let args = Get::try_parse_from("get cam --from 1519423069.5".split(' '))
        .expect("valid")
        .args;
    let out = Shared::default();
    assert_eq!(
        get::get(&client, &args, Box::new(out.clone())).await,
        Ok(())
    );
    assert_eq!(*out.0.lock().expect("no panic"), media);
    let calls = stage.calls.lock().expect("no panic");
    let input: Value = serde_json::from_str(&calls[1].1).expect("JSON");
    let selector =
        json!({ "StartSelectorType": "SERVER_TIMESTAMP", "StartTimestamp": 1_519_423_069.5 });
    assert_eq!(
        input,
        json!({ "StreamName": "cam", "StartSelector": selector })
    );
    assert_eq!(calls[0].1, r#"{"StreamName":"cam","APIName":"GET_MEDIA"}"#);
}

#[tokio::test]
async fn an_error_in_the_stream_is_an_error() {
    let mut media = BytesMut::from(&recording(1)[..]);
    writer::ebml_header(&mut media, "matroska");
    writer::segment(&mut media);
    let pairs = [
        ("AWS_KINESISVIDEO_FRAGMENT_NUMBER", "9"),
        ("AWS_KINESISVIDEO_ERROR_ID", "4000"),
        ("AWS_KINESISVIDEO_ERROR_CODE", "no such fragment"),
    ];
    writer::tags(&mut media, &pairs, SizeForm::Shortest);
    let stage = Stage {
        media: media.freeze(),
        ..Stage::default()
    };
    let (_stage, client) = start(stage, "secret").await;
    let args = Get::try_parse_from(["get", "cam"]).expect("valid").args;
    let result = get::get(&client, &args, Box::new(io::sink())).await;
    let message = result.expect_err("an error tag").to_string();
    assert_eq!(
        message,
        "the server ended the stream: 4000 no such fragment"
    );
}

#[test]
fn flags_are_checked_and_explained() {
    let message = |line: &str| match Put::try_parse_from(line.split(' ')) {
        Ok(_) => panic!("{line} is accepted"),
        Err(error) => error.to_string(),
    };
    assert!(message("put a/b").contains("a stream name is"));
    assert!(message("put cam --start yesterday").contains("seconds since the epoch"));
    assert!(message("put cam --rate slow").contains("realtime"));
    let help = message("put --help");
    assert!(
        help.contains("kinora put front-door recording.mkv"),
        "{help}"
    );
    let args = ConnectionArgs::default();
    assert_eq!(
        (args.profile, args.region, args.endpoint_url),
        (None, None, None)
    );
}

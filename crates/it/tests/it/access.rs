//! Access control of every operation, what explains it, and the trail it leaves.

use it::aws::{cli, kinora, python};
use it::media::{self, Track};
use it::server::{ACCOUNT_ID, Server};
use it::stream::{positions, whole_fragments};
use it::wire::now_s;
use serde_json::{Value, json};

/// Every operation with exactly the right permission, without it, and with conditions; and
/// no secret in the log, the trail or its file.
#[test]
fn every_operation_asks_and_explains_and_leaves_a_trail() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let trail = folder.path().join("audit.jsonl");
    let secrets = folder.path().join("secrets.json");
    let config = format!("[audit]\nfile = {:?}\n", trail.display());
    let mut server = Server::start_configured(&config);
    let script = python(server.administrator(), "access.py").args([&secrets]);
    let seen = script.run().json();
    // Events gather for a moment before they are kept; a server that ends keeps them all.
    server.ask_to_end();
    assert!(server.wait().success());
    assert_eq!(seen["failures"], json!([]), "{seen:#}");
    assert!(seen["checks"].as_u64() >= Some(155), "{seen:#}");
    let read = |path| std::fs::read_to_string(path).expect("the file can be read");
    let (lines, log) = (read(&trail), server.log());
    let secrets: Vec<String> =
        serde_json::from_str(&read(&secrets)).expect("the script lists its secrets");
    assert!(secrets.len() >= 5, "keys, a password and a session");
    for secret in &secrets {
        assert!(!log.contains(secret), "a secret is in the log");
        assert!(!lines.contains(secret), "a secret is in the trail's file");
    }
    let names = lines.lines().map(|line| {
        let event: Value = serde_json::from_str(line).expect("every line is an event");
        event["eventName"].as_str().unwrap_or_default().to_owned()
    });
    assert!(names.filter(|name| name == "CreateAccessKey").count() >= 2);
}

/// The main job by a user with AmazonKinesisVideoStreamsFullAccess and nothing else, with
/// the program's own clients and the AWS CLI, and what this user may not do.
#[test]
fn everything_of_the_main_job_as_an_iam_user() {
    let mut server = Server::start();
    let create = "kinesisvideo create-stream --stream-name cam --data-retention-in-hours 1";
    cli(&server, create).run();
    let source = media::source(server.folder());
    let sent = server.folder().join("sent.mkv");
    let recording = media::remux(&source, &[Track::Video, Track::Aac]).run();
    std::fs::write(&sent, &recording.stdout).expect("the file can be written");
    let clusters = positions(&recording.stdout, &[0x1f, 0x43, 0xb6, 0x75]).len();
    kinora(&server).line("put cam").args([&sent]).run();
    let mut get = kinora(&server).line("get cam --from earliest").start();
    get.wait_for("all fragments", |bytes| whole_fragments(bytes) >= clusters);
    let got = server.folder().join("got.mkv");
    std::fs::write(&got, get.stop().stdout).expect("the file can be written");
    let sent = media::decoded(&sent);
    assert_eq!(media::decoded(&got).tracks, sent.tracks);

    let archived = "kinesis-video-archived-media";
    let listed = cli(
        &server,
        &format!("{archived} list-fragments --stream-name cam"),
    )
    .args(["--fragment-selector", &selector()])
    .run()
    .json();
    assert_eq!(listed["Fragments"].as_array().map(Vec::len), Some(clusters));
    let session = cli(
        &server,
        &format!("{archived} get-hls-streaming-session-url"),
    )
    .line("--stream-name cam --playback-mode ON_DEMAND --hls-fragment-selector")
    .args([selector()])
    .run()
    .json();
    let url = session["HLSStreamingSessionURL"].as_str().expect("a URL");
    assert_eq!(media::decoded(url).tracks, sent.tracks);

    denials_are_explained(&mut server);
}

/// What nobody allowed is denied, and explained to who asked; the trail outlives the server.
fn denials_are_explained(server: &mut Server) {
    let who = cli(&*server, "sts get-caller-identity").run().json();
    assert_eq!(
        who["Arn"],
        format!("arn:aws:iam::{ACCOUNT_ID}:user/operator")
    );
    let denied = cli(&*server, "iam list-users --debug").output();
    let id = denied
        .stderr
        .split_once("<RequestId>")
        .map(|(_, rest)| &rest[..36]);
    let why = kinora(&*server).line("why").args(id).run().text();
    let missing = r#"{"Effect":"Allow","Action":"iam:ListUsers","Resource":"*"}"#;
    assert!(
        why.starts_with("implicitDeny: iam:ListUsers by arn:aws:iam::"),
        "{why}"
    );
    assert!(why.contains(missing), "{why}");

    server.restart_gracefully();
    let trail = kinora(server.administrator())
        .line("audit --event CreateStream --user operator")
        .run()
        .text();
    let event: Value = serde_json::from_str(trail.trim()).expect("one event");
    assert_eq!(event["requestParameters"]["streamName"], "cam");
    assert_eq!(event["eventSource"], "kinesisvideo.amazonaws.com");
    let denied = kinora(&*server).line("audit").output();
    assert!(
        denied.stderr.contains("cloudtrail:LookupEvents"),
        "{denied}"
    );
}

/// What was produced within an hour of now.
fn selector() -> String {
    let (start, end) = (now_s() - 3600, now_s() + 3600);
    let range = json!({"StartTimestamp": start, "EndTimestamp": end});
    json!({"FragmentSelectorType": "PRODUCER_TIMESTAMP", "TimestampRange": range}).to_string()
}

//! What one account can see and do of another's: nothing, by any operation.

use aws::op::{Op, Service};
use it::aws::{cli, put_media, python};
use it::program::Program;
use it::server::Server;
use it::{installed, media};
use serde_json::json;

#[test]
fn no_operation_reaches_into_another_account() {
    let server = Server::start();
    let other = Program::new(installed("KINORA_TEST_BINARY"))
        .line("account create --json --access-key --email other@example.com --name Other")
        .args(["--data".as_ref(), server.data().as_os_str()])
        .run()
        .text();
    let line = "kinesisvideo create-stream --stream-name theirs --data-retention-in-hours 1";
    cli(&server, line).run();
    put_media(&server, "theirs", "1700000000")
        .fed_by(media::matroska(2))
        .run();
    let operations: Vec<_> = Op::ALL
        .iter()
        // WebSockets, which are no operations to boto3.
        .filter(|op| !matches!(op, Op::ConnectAsMaster | Op::ConnectAsViewer))
        .map(|op| json!([endpoint(op.service()), op.name()]))
        .collect();
    let seen = python(server.administrator(), "two_accounts.py")
        .envs([
            ("OTHER", other),
            ("OPERATIONS", json!(operations).to_string()),
            ("OWN", json!(own_paths()).to_string()),
        ])
        .run()
        .json();
    assert_eq!(seen["failures"], json!([]), "{seen:#}");
    assert!(seen["checks"].as_u64() > Some(480), "{seen:#}");
}

/// What boto3 calls a service.
fn endpoint(service: Service) -> &'static str {
    match service {
        Service::KinesisVideo => "kinesisvideo",
        Service::Media => "kinesis-video-media",
        Service::ArchivedMedia => "kinesis-video-archived-media",
        Service::Signaling => "kinesis-video-signaling",
        Service::WebrtcStorage => "kinesis-video-webrtc-storage",
        Service::Sts => "sts",
        Service::Iam => "iam",
        Service::Iot => "iot",
    }
}

/// The server's own paths, as the enum of its routes names them.
fn own_paths() -> Vec<String> {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../kinora/src/http/route.rs");
    let routes = std::fs::read_to_string(file).expect("the routes can be read");
    let documented = routes.lines().filter_map(|line| {
        let (_, rest) = line.trim().split_once("/// `")?;
        let (path, _) = rest.split_once('`')?;
        path.contains("/_kinora/").then(|| path.to_owned())
    });
    let paths: Vec<String> = documented.collect();
    assert!(paths.len() >= 7, "{paths:?}");
    paths
}

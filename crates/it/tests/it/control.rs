//! Every operation and every documented error, through boto3.

use std::fs;

use it::server::Server;
use it::{aws, media, mkv};

#[test]
fn every_operation_answers_boto3_as_documented() {
    let server = Server::start_configured("[api]\nstreams_per_account_max = 20\n");
    let playable = server.folder().join("playable.mkv");
    fs::write(&playable, media::matroska(6).run().stdout).expect("the file can be written");
    let unplayable = server.folder().join("unplayable.mkv");
    let bytes = [mkv::header(), mkv::cluster(0, 5)].concat();
    fs::write(&unplayable, bytes).expect("the file can be written");
    let seen = aws::python(&server, "control.py")
        .args([&playable, &unplayable])
        .envs([("SERVED", served().as_str())])
        .run()
        .json();
    assert_eq!(seen["failures"], serde_json::json!([]), "{seen:#}");
    assert!(seen["checks"].as_u64() > Some(400), "{seen:#}");
}

/// The operations that `docs/compat.txt` says are served, as a list in JSON.
fn served() -> String {
    let notes = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/compat.txt");
    let notes = fs::read_to_string(notes).expect("the notes can be read");
    let lines = notes.lines().filter(|line| !line.starts_with('#'));
    let served: Vec<&str> = lines.filter_map(|line| line.split(' ').nth(1)).collect();
    assert!(served.len() > 10, "{served:?}");
    serde_json::to_string(&served).expect("a list of texts")
}

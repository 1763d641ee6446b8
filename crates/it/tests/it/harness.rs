//! The harness itself: its clients work, so a failure elsewhere is the server's.

use std::time::Duration;

use it::files::FileServer;
use it::program::Program;
use it::{installed, media, player};

#[test]
fn programs_feed_each_other() {
    let output = Program::new("tr")
        .line("a-z A-Z")
        .fed_by(Program::new("echo").line("hello"));
    assert_eq!(output.run().text(), "HELLO\n");
}

#[test]
fn a_program_that_hangs_is_killed_with_its_children() {
    let script = ["-c", "sleep 600 & echo waiting; wait"];
    let run = || {
        Program::new("sh")
            .args(script)
            .timeout(Duration::from_millis(300))
            .run()
    };
    let Err(complaint) = std::panic::catch_unwind(run) else {
        panic!("a program that hangs ended well");
    };
    let complaint = complaint
        .downcast::<String>()
        .expect("the harness complains in words");
    assert!(complaint.contains("sh did not end in time"), "{complaint}");
}

#[test]
fn output_can_be_waited_for() {
    let mut running = Program::new("sh")
        .args(["-c", "echo ready; exec sleep 600"])
        .start();
    running.wait_for("ready", |stdout| stdout == b"ready\n");
    assert!(!running.stop().status.success());
}

#[test]
fn test_media_is_what_it_says() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let file = folder.path().join("test.mkv");
    std::fs::write(&file, media::matroska(4).run().stdout).expect("the file can be written");
    let pictures = 4 * media::PICTURES_PER_SECOND;
    assert_eq!(media::packets(&file).len(), pictures as usize);
    assert_eq!(media::decoded_pictures(&file), u64::from(pictures));
}

#[test]
fn aws_clients_are_installed() {
    let venv = installed("KINORA_TEST_VENV");
    let version = Program::new(venv.join("bin/aws"))
        .line("--version")
        .run()
        .text();
    assert!(version.starts_with("aws-cli/"), "{version}");
    let script = [
        "-c",
        "import boto3, json; print(json.dumps(boto3.__version__))",
    ];
    let version = Program::new(venv.join("bin/python"))
        .args(script)
        .run()
        .json();
    assert!(
        version
            .as_str()
            .is_some_and(|version| version.starts_with("1.")),
        "{version}"
    );
}

#[test]
fn the_player_plays_a_known_good_playlist() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    media::hls(4, folder.path());
    let server = FileServer::start(folder.path());
    player::play_hls(&server.url("index.m3u8"), 2).assert_smooth(2.0);
}

#[test]
fn the_player_reports_what_it_cannot_play() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let server = FileServer::start(folder.path());
    let played = player::play_hls(&server.url("none.m3u8"), 1);
    assert!(
        played.errors.iter().any(|error| error["fatal"] == true),
        "{played:?}"
    );
    assert_eq!(played.decoded_pictures, 0);
}

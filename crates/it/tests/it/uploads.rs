//! Uploads from the console in Chromium: a dropped file, one that is no recording, one that
//! is cancelled, a connection that breaks, the browser's own camera, and a server that ends
//! and comes back.

use std::path::Path;
use std::time::Duration;

use it::program::Program;
use it::server::{ACCOUNT_ID, Server};
use it::stream::Stream;
use it::{aws, browser, media};
use serde_json::{Value, json};

#[test]
fn what_a_browser_sends_is_stored_and_the_page_says_how_much() {
    let server = Server::start();
    sender(&server);
    let stream = |name| Stream::create(&server, name, 24);
    let [dropped, refused, cancelled, broken, camera] =
        ["dropped", "refused", "cancelled", "broken", "camera"].map(stream);
    let small = server.folder().join("small.mkv");
    std::fs::write(&small, media::matroska(6).run().stdout).expect("the file can be written");
    let large = server.folder().join("large.mkv");
    encode_large(&large);
    let folder = browser::pictures("uploads", &server);
    let args = [
        server.url().to_owned(),
        sign_in(),
        small.display().to_string(),
        large.display().to_string(),
        folder.display().to_string(),
    ];
    let report = browser::run("uploads.mjs", &args, Duration::from_secs(240));
    assert_eq!(report["complaints"], json!([]), "{report:#}");

    assert_eq!(report["dropped"]["persisted"], json!(3), "{report:#}");
    assert_eq!(dropped.fragments().len(), 3);

    let said = text(&report["refused"]["said"]);
    assert!(
        said.contains("This is no video file that is known here."),
        "{said}"
    );
    assert_eq!(refused.fragments().len(), 0);

    // What was confirmed stays, and what was on its way may have arrived as well.
    let confirmed = report["cancelled"]["persisted"].as_u64().unwrap_or(0);
    let stored = cancelled.fragments().len() as u64;
    assert!(
        (1..LARGE_S).contains(&confirmed) && stored >= confirmed && stored < LARGE_S,
        "{stored} are stored: {report:#}"
    );
    let said = text(&report["cancelled"]["said"]);
    assert!(
        said.contains(&format!("{confirmed} fragments are confirmed")),
        "{said}"
    );

    // All of it is there once, although part of it was sent twice.
    assert_eq!(report["broken"]["isStillSaid"], json!(false), "{report:#}");
    assert_eq!(starts(&broken), LARGE_S, "{report:#}");

    let persisted = report["camera"]["persisted"].as_u64();
    assert!(persisted >= Some(2), "{report:#}");
    let findings = text(&report["camera"]["findings"]);
    // Its sound is Opus, which every request that brings it is told about; nothing else.
    let told = findings.matches("track-not-playable").count();
    assert!(told > 0, "{findings}");
    assert!(
        findings.contains(&format!("Findings ({told})")),
        "{findings}"
    );
    assert!(camera.hls("LIVE_REPLAY").is_ok() || camera.hls("ON_DEMAND").is_ok());
}

/// The server is killed, and asked to end, in the middle of an upload, and comes back on the
/// same data. The page waits for it and sends what it was not told to be stored.
#[test]
fn an_upload_outlives_a_server_that_is_killed() {
    let mut server = Server::start();
    sender(&server);
    let streams = ["killed", "ended"];
    for name in streams {
        Stream::create(&server, name, 24);
    }
    let large = server.folder().join("large.mkv");
    encode_large(&large);
    let folder = browser::pictures("killed", &server);
    let args = [
        server.url().to_owned(),
        sign_in(),
        large.display().to_string(),
        folder.display().to_string(),
    ];
    let args = [&args[..], &streams.map(str::to_owned)].concat();
    let home = tempfile::tempdir().expect("a temporary folder can be made");
    let mut script = browser::node("killed.mjs", &args, home.path())
        .timeout(Duration::from_secs(240))
        .start();
    let printed = |what: String| move |bytes: &[u8]| String::from_utf8_lossy(bytes).contains(&what);
    let mut stored = Vec::new();
    for name in streams {
        let half = format!("{name} is half sent");
        script.wait_for(&half, printed(half.clone()));
        if name == "killed" {
            server.kill();
        } else {
            server.ask_to_end();
            server.wait();
        }
        let waits = format!("{name} waits");
        script.wait_for(&waits, printed(waits.clone()));
        server.restart();
        stored.push(Stream::of(&server, name).fragments().len() as u64);
        let (unnamed, file) = (home.path().join("address"), home.path().join(name));
        std::fs::write(&unnamed, server.url()).expect("the file can be written");
        std::fs::rename(unnamed, file).expect("the file can be renamed");
    }
    let output = script.wait();
    assert!(output.status.success(), "{output}");
    let text = output.text();
    let report: Value = serde_json::from_str(text.lines().last().unwrap_or_default())
        .unwrap_or_else(|_| panic!("{output}"));
    assert_eq!(report["complaints"], json!([]), "{report:#}");
    for (name, stored) in streams.into_iter().zip(stored) {
        let seen = &report[name];
        // What the page called stored outlived the end of the server.
        let told = seen["away"]["persisted"].as_u64();
        assert!(
            told >= Some(3) && told <= Some(stored) && stored < LARGE_S,
            "{name}: {stored} were stored: {report:#}"
        );
        let said = self::text(&seen["away"]["said"]);
        assert!(said.contains("What is stored stays."), "{said}");
        assert!(!said.contains("All of it is on the server."), "{said}");
        assert_eq!(seen["isStillSaid"], json!(false), "{report:#}");
        // Each is confirmed once, and all are there.
        assert_eq!(seen["persisted"], json!(LARGE_S), "{name}: {report:#}");
        assert_eq!(starts(&Stream::of(&server, name)), LARGE_S, "{report:#}");
    }
}

/// How many times there are at which a fragment of a stream begins.
fn starts(stream: &Stream<'_>) -> u64 {
    let mut starts: Vec<String> = stream
        .fragments()
        .iter()
        .map(|fragment| fragment["ProducerTimestamp"].to_string())
        .collect();
    starts.sort();
    starts.dedup();
    starts.len() as u64
}

/// Makes the user that signs in.
fn sender(server: &Server) {
    let iam = |line: &str| aws::cli(server.administrator(), &format!("iam {line}")).run();
    iam("create-user --user-name sender");
    iam("attach-user-policy --user-name sender --policy-arn \
         arn:aws:iam::aws:policy/AdministratorAccess");
    iam(&format!(
        "create-login-profile --user-name sender --password {PASSWORD}"
    ));
}

fn sign_in() -> String {
    json!({ "account": ACCOUNT_ID, "userName": "sender", "password": PASSWORD }).to_string()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// More than two requests of an upload: pictures that do not compress, a key frame each
/// second.
fn encode_large(file: &Path) {
    Program::new("ffmpeg")
        .line("-v error -f lavfi -i testsrc2=size=640x360:rate=25 -vf noise=alls=80:allf=t")
        .line("-pix_fmt yuv420p -c:v libx264 -preset ultrafast -g 25 -bf 0")
        .line("-b:v 16M -maxrate 16M -bufsize 8M")
        .line(&format!("-t {LARGE_S} -f matroska"))
        .args([file])
        .run();
}

const PASSWORD: &str = "Correct-Horse-1";
/// Length of the large recording, and so the number of its fragments.
const LARGE_S: u64 = 12;

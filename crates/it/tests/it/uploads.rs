//! Uploads from the console in Chromium: a dropped file, one that is no recording, one that
//! is cancelled, a connection that breaks, and the browser's own camera.

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
    let iam = |line: &str| aws::cli(server.administrator(), &format!("iam {line}")).run();
    iam("create-user --user-name sender");
    iam("attach-user-policy --user-name sender --policy-arn \
         arn:aws:iam::aws:policy/AdministratorAccess");
    iam(&format!(
        "create-login-profile --user-name sender --password {PASSWORD}"
    ));
    let stream = |name| Stream::create(&server, name, 24);
    let [dropped, refused, cancelled, broken, camera] =
        ["dropped", "refused", "cancelled", "broken", "camera"].map(stream);
    let small = server.folder().join("small.mkv");
    std::fs::write(&small, media::matroska(6).run().stdout).expect("the file can be written");
    let large = server.folder().join("large.mkv");
    encode_large(&large);
    let kept = std::env::var_os("KINORA_TEST_PICTURES");
    let folder = kept.map_or(server.folder().join("uploads"), |kept| {
        Path::new(&kept).join("uploads")
    });
    std::fs::create_dir_all(&folder).expect("the folder can be made");
    let sign_in = json!({ "account": ACCOUNT_ID, "userName": "sender", "password": PASSWORD });
    let args = [
        server.url().to_owned(),
        sign_in.to_string(),
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
    let mut starts: Vec<String> = broken
        .fragments()
        .iter()
        .map(|fragment| fragment["ProducerTimestamp"].to_string())
        .collect();
    starts.sort();
    starts.dedup();
    assert_eq!(starts.len() as u64, LARGE_S, "{report:#}");

    let persisted = report["camera"]["persisted"].as_u64();
    assert!(persisted >= Some(2), "{report:#}");
    let findings = text(&report["camera"]["findings"]);
    assert!(findings.contains("Nothing to complain about"), "{findings}");
    assert!(camera.hls("LIVE_REPLAY").is_ok() || camera.hls("ON_DEMAND").is_ok());
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

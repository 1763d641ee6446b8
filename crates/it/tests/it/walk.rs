//! The console in Chromium: the guide's walk with a mouse, and every page looked at.

use std::time::Duration;

use it::media::{self, Track};
use it::server::{ACCOUNT_ID, Server};
use it::stream::Stream;
use it::{aws, browser, figures};
use serde_json::{Value, json};

#[test]
fn the_guide_is_walked_in_the_console() {
    let server = Server::start();
    let folder = browser::pictures("walk", &server);
    let args = [
        server.url().to_owned(),
        server.log_file().display().to_string(),
        folder.display().to_string(),
    ];
    let report = browser::run("walk.mjs", &args, Duration::from_secs(400));
    assert_eq!(report["complaints"], json!([]), "{report:#}");
    assert_eq!(report["violations"], json!([]), "{report:#}");
    assert_eq!(report["overflowing"], json!([]), "{report:#}");
    let last = report["steps"].as_array().and_then(|steps| steps.last());
    assert_eq!(
        last.map(|step| &step["name"]),
        Some(&json!("watched")),
        "{report:#}"
    );
    for secret in ["Owners-pass-1", "Admins-pass-1"] {
        assert!(!server.log().contains(secret), "{secret} is in the log");
    }
}

#[test]
fn every_page_pleases_axe_in_both_themes_and_fits_a_narrow_screen() {
    let server = furnished();
    let report = look(&server, "admin", &PAGES);
    assert_eq!(report["violations"], json!([]), "{report:#}");
    assert_eq!(report["complaints"], json!([]), "{report:#}");
    assert_eq!(report["overflowing"], json!([]), "{report:#}");
    assert_eq!(report["denials"], json!({}), "{report:#}");
    assert_eq!(report["failures"], json!({}), "{report:#}");
    assert_eq!(report["visited"], json!(PAGES.len()), "{report:#}");
    let scripts = &report["firstLoad"]["sizes"]["script"];
    figures::tell(&format!(
        "a first visit of the console loads {scripts} bytes of scripts"
    ));
    assert!(scripts.as_u64() <= Some(600 * 1024), "{report:#}");

    let outside = look(&server, "", &OUTSIDE);
    assert_eq!(outside["violations"], json!([]), "{outside:#}");
    assert_eq!(outside["complaints"], json!([]), "{outside:#}");
    assert_eq!(outside["overflowing"], json!([]), "{outside:#}");
}

/// The browser's machine is ahead of the server's by a quarter of an hour, or behind by a day
/// and more: no signature by such a clock would count.
#[test]
fn a_browser_whose_clock_is_wrong_is_shown_everything() {
    let server = furnished();
    let pages = [
        "/console/",
        "/console/iam/users",
        "/console/kinesisvideo/streams",
        "/console/kinesisvideo/streams/cam1/playback",
        "/console/kinesisvideo/streams/cam1/fragments",
        "/console/kinesisvideo/streams/cam1/findings",
        "/console/usage",
    ];
    for (name, ahead_s) in [("fast", "900"), ("slow", "-90000")] {
        let report = look_by(ahead_s, &server, "admin", &pages, &format!("pages-{name}"));
        assert_eq!(report["failures"], json!({}), "{report:#}");
        assert_eq!(report["complaints"], json!([]), "{report:#}");
        assert_eq!(report["visited"], json!(pages.len()), "{report:#}");
    }
    assert!(
        !server.log().contains("InvalidSignature"),
        "one was refused"
    );
}

/// The server is killed while a page plays, and comes back; so does the camera.
#[test]
fn a_page_that_plays_goes_on_when_its_server_is_back() {
    let mut server = Server::start();
    let source = media::source(server.folder());
    let camera = |server: &Server| {
        let camera = media::live(&source, &[Track::Video, Track::Aac], 90);
        let stream = Stream::of(server, "cam1");
        stream.put(camera).timeout(Duration::from_secs(120)).start()
    };
    drop(Stream::create(&server, "cam1", 24));
    let folder = browser::pictures("restarted", &server);
    let sign_in = json!({ "email": "root@localhost", "password": root_password(&server) });
    let args = [
        server.url().to_owned(),
        sign_in.to_string(),
        folder.display().to_string(),
    ];
    let home = tempfile::tempdir().expect("a temporary folder can be made");
    let first = camera(&server);
    let mut script = browser::node("restarted.mjs", &args, home.path())
        .timeout(Duration::from_secs(120))
        .start();
    let printed =
        |what: &'static str| move |bytes: &[u8]| String::from_utf8_lossy(bytes).contains(what);
    script.wait_for("it plays", printed("it plays"));
    server.kill();
    first.stop();
    script.wait_for("it waits", printed("it waits"));
    server.restart_there();
    let second = camera(&server);
    let output = script.wait();
    second.stop();
    assert!(output.status.success(), "{output}");
    let text = output.text();
    let report: Value = serde_json::from_str(text.lines().last().unwrap_or_default())
        .unwrap_or_else(|_| panic!("{output}"));
    assert_eq!(report["complaints"], json!([]), "{report:#}");
    assert_eq!(report["violations"], json!([]), "{report:#}");
    assert_eq!(report["overflowing"], json!([]), "{report:#}");
    assert_eq!(report["alerts"], json!(0), "{report:#}");
}

/// As it was printed at the first start.
fn root_password(server: &Server) -> String {
    let log = server.log();
    let rest = log.split("root password: ").nth(1);
    let password = rest.and_then(|rest| rest.split_whitespace().next());
    password.expect("it was printed").to_owned()
}

#[test]
fn a_user_without_permissions_is_told_why_on_every_page() {
    let server = furnished();
    let report = look(&server, "nobody", &PAGES);
    assert_eq!(report["complaints"], json!([]), "{report:#}");
    assert_eq!(report["violations"], json!([]), "{report:#}");
    for page in PAGES.iter().filter(|page| !OPEN_TO_ALL.contains(page)) {
        let told = report["denials"][page].as_u64();
        assert!(
            told >= Some(1),
            "nothing is explained on {page}: {report:#}"
        );
    }
}

/// Visits pages as a user of a furnished server; as nobody without a name.
fn look(server: &Server, user: &str, pages: &[&str]) -> Value {
    look_by("0", server, user, pages, &format!("pages-{user}"))
}

/// The same with a browser whose clock is so many seconds ahead.
fn look_by(ahead_s: &str, server: &Server, user: &str, pages: &[&str], name: &str) -> Value {
    let folder = browser::pictures(name, server);
    let sign_in = match user {
        "" => Value::Null,
        user => json!({ "account": ACCOUNT_ID, "userName": user, "password": PASSWORD }),
    };
    let args = [
        server.url().to_owned(),
        sign_in.to_string(),
        json!(pages).to_string(),
        folder.display().to_string(),
        ahead_s.to_owned(),
    ];
    browser::run("pages.mjs", &args, Duration::from_secs(500))
}

/// A server with an administrator, a user without permissions, a group, a role and a stream
/// with media.
fn furnished() -> Server {
    let server = Server::start();
    let iam = |line: &str| aws::cli(server.root(), &format!("iam {line}")).run();
    iam("create-user --user-name admin");
    iam("attach-user-policy --user-name admin --policy-arn \
         arn:aws:iam::aws:policy/AdministratorAccess");
    iam("create-user --user-name nobody");
    for user in ["admin", "nobody"] {
        iam(&format!(
            "create-login-profile --user-name {user} --password {PASSWORD}"
        ));
    }
    iam("create-access-key --user-name nobody");
    iam("create-group --group-name crew");
    iam("add-user-to-group --group-name crew --user-name nobody");
    let trust = json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Allow",
            "Principal": { "AWS": format!("arn:aws:iam::{ACCOUNT_ID}:root") },
            "Action": "sts:AssumeRole",
        }],
    });
    aws::cli(
        server.root(),
        "iam create-role --role-name watcher --assume-role-policy-document",
    )
    .args([trust.to_string()])
    .run();
    let policy = json!({
        "Version": "2012-10-17",
        "Statement": [{ "Effect": "Allow", "Action": "kinesisvideo:List*", "Resource": "*" }],
    });
    aws::cli(
        server.root(),
        "iam create-policy --policy-name lister --policy-document",
    )
    .args([policy.to_string()])
    .run();
    let stream = Stream::create(&server, "cam1", 24);
    stream.put_all(media::matroska(8), &server.folder().join("sent.mkv"));
    drop(stream);
    server
}

const PASSWORD: &str = "Correct-Horse-1";

/// Every page, with something on it.
const PAGES: [&str; 40] = [
    "/console/",
    "/console/iam",
    "/console/iam/users",
    "/console/iam/users/create",
    "/console/iam/users/nobody",
    "/console/iam/users/nobody?tab=groups",
    "/console/iam/users/nobody?tab=tags",
    "/console/iam/users/nobody?tab=security-credentials",
    "/console/iam/groups",
    "/console/iam/groups/create",
    "/console/iam/groups/crew",
    "/console/iam/groups/crew?tab=permissions",
    "/console/iam/roles",
    "/console/iam/roles/create",
    "/console/iam/roles/watcher",
    "/console/iam/roles/watcher?tab=trust",
    "/console/iam/roles/watcher?tab=sessions",
    "/console/iam/policies",
    "/console/iam/policies/create",
    "/console/iam/policies/arn%3Aaws%3Aiam%3A%3A123456789012%3Apolicy%2Flister",
    "/console/iam/policies/arn%3Aaws%3Aiam%3A%3A123456789012%3Apolicy%2Flister?tab=entities",
    "/console/iam/policies/arn%3Aaws%3Aiam%3A%3A123456789012%3Apolicy%2Flister?tab=versions",
    "/console/iam/settings",
    "/console/iam/credential-report",
    "/console/iam/decisions",
    "/console/iam/decisions?tab=request",
    "/console/iam/decisions?tab=denials",
    "/console/kinesisvideo/streams",
    "/console/kinesisvideo/create",
    "/console/kinesisvideo/streams/cam1/playback",
    "/console/kinesisvideo/streams/cam1/findings",
    "/console/kinesisvideo/streams/cam1/fragments",
    "/console/kinesisvideo/streams/cam1/details",
    "/console/kinesisvideo/streams/cam1/tags",
    "/console/kinesisvideo/streams/cam1/send",
    "/console/kinesisvideo/streams/cam1/upload",
    "/console/usage",
    "/console/security-credentials",
    "/console/licences",
    "/console/no-such-page",
];

/// What somebody sees who is not signed in.
const OUTSIDE: [&str; 5] = [
    "/signin",
    "/signin/000000000000",
    "/signin/reset",
    "/signin/reset/complete",
    "/signup",
];

/// Pages that only deny once something is asked of them.
const OPEN_TO_ALL: [&str; 11] = [
    "/console/iam/groups/create",
    "/console/iam/users/create",
    "/console/iam/roles/create",
    "/console/iam/policies/create",
    "/console/iam/decisions",
    "/console/iam/decisions?tab=request",
    "/console/kinesisvideo/create",
    "/console/kinesisvideo/streams/cam1/upload",
    "/console/",
    "/console/licences",
    "/console/no-such-page",
];

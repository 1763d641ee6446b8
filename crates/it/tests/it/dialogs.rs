//! Every dialogue and act of the console's IAM pages, in Chromium: what each did is read over
//! the API by `web/iam.mjs`.

use std::time::Duration;

use it::browser;
use it::server::Server;
use serde_json::json;

#[test]
fn every_act_of_the_iam_pages_does_what_it_says() {
    let server = Server::start();
    let folder = browser::pictures("iam", &server);
    let args = [
        server.url().to_owned(),
        server.log_file().display().to_string(),
        folder.display().to_string(),
    ];
    let report = browser::run("iam.mjs", &args, Duration::from_secs(500));
    assert_eq!(report["complaints"], json!([]), "{report:#}");
    assert_eq!(report["violations"], json!([]), "{report:#}");
    assert_eq!(report["overflowing"], json!([]), "{report:#}");
    let acts = report["acts"].as_array().map(Vec::len);
    assert_eq!(acts, Some(ACTS), "{report:#}");
    for secret in [
        "Owners-pass-1",
        "Owners-pass-2",
        "Owners-pass-3",
        "Beas-password-1",
        "Carls-password-1",
        "Carls-password-2",
    ] {
        assert!(!server.log().contains(secret), "{secret} is in the log");
    }
}

/// How many acts the script tells of.
const ACTS: usize = 38;

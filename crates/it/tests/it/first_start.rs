//! The first start on an empty directory, with nothing given: what it prints is what one
//! goes on with.

use std::path::Path;
use std::thread;
use std::time::Duration;

use it::installed;
use it::program::{Program, Running};
use it::server::REGION;
use serde_json::{Value, json};

#[test]
fn what_the_first_start_prints_works() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let server = start(folder.path());
    let printed = server.complaints();
    let word = |before: &str| {
        let (_, rest) = printed
            .split_once(before)
            .unwrap_or_else(|| panic!("no {before}: {printed}"));
        let word = rest.split_whitespace().next();
        word.unwrap_or_else(|| panic!("nothing after {before}: {printed}"))
    };
    let (account, email) = (word("created account "), word(" with root user "));
    let (id, secret) = (word("AWS_ACCESS_KEY_ID="), word("AWS_SECRET_ACCESS_KEY="));
    let password = word("root password: ");
    let url = word("Kinora serves ");
    assert_eq!(account.len(), 12);

    let root = json!({
        "Account": account, "UserId": account, "Arn": format!("arn:aws:iam::{account}:root"),
    });
    assert_eq!(identity(folder.path(), url, id, secret), root);
    let signed_in = sign_in(url, email, password);
    assert_eq!(signed_in["status"], "SignedIn", "{signed_in}");
    assert_eq!(signed_in["type"], "Root", "{signed_in}");
    let wrong = sign_in(url, email, secret);
    assert_ne!(wrong["status"], "SignedIn", "{wrong}");
    server.stop();

    let again = start(folder.path());
    let second = again.complaints();
    for value in [account, email, id, secret, password] {
        assert!(!second.contains(value), "{value}: {second}");
    }
    assert!(
        !second.contains("AWS_") && !second.contains("password"),
        "{second}"
    );
    let (_, rest) = second.split_once("Kinora serves ").expect("waited for");
    let url = rest.split_whitespace().next().unwrap_or_default();
    assert_eq!(identity(folder.path(), url, id, secret), root);
    assert_eq!(sign_in(url, email, password)["status"], "SignedIn");

    // Nor does anything else keep them as they are.
    for kept in files(folder.path()) {
        let bytes = std::fs::read(&kept).expect("the file can be read");
        for value in [secret, password] {
            let mut windows = bytes.windows(value.len());
            let found = windows.any(|window| window == value.as_bytes());
            assert!(!found, "{} has a secret", kept.display());
        }
    }
}

/// Starts a server that is given nothing but where its data is; it serves.
fn start(folder: &Path) -> Running {
    let ready = folder.join("ready.json");
    let _ = std::fs::remove_file(&ready);
    let server = Program::new(installed("KINORA_TEST_BINARY"))
        .line("serve --listen 127.0.0.1:0 --data")
        .args([folder.join("data")])
        .args(["--ready-file".as_ref(), ready.as_os_str()])
        .start();
    for _ in 0..200 {
        if ready.exists() {
            return server;
        }
        thread::sleep(Duration::from_millis(50));
    }
    panic!("it does not serve: {}", server.complaints());
}

/// What sts get-caller-identity answers to a key.
fn identity(home: &Path, url: &str, id: &str, secret: &str) -> Value {
    Program::new(installed("KINORA_TEST_VENV").join("bin/aws"))
        .envs([
            ("AWS_ENDPOINT_URL", url),
            ("AWS_ACCESS_KEY_ID", id),
            ("AWS_SECRET_ACCESS_KEY", secret),
            ("AWS_DEFAULT_REGION", REGION),
            ("AWS_CONFIG_FILE", "/dev/null"),
            ("AWS_SHARED_CREDENTIALS_FILE", "/dev/null"),
        ])
        .envs([("HOME", home)])
        .line("sts get-caller-identity --output json")
        .run()
        .json()
}

fn sign_in(url: &str, email: &str, password: &str) -> Value {
    let fields = json!({ "email": email, "password": password }).to_string();
    Program::new("curl")
        .line("--silent --show-error --header Content-Type:application/json --data")
        .args([fields, format!("{url}/signin/root")])
        .run()
        .json()
}

/// All files below a folder.
fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder).expect("the folder can be read");
    let entries = entries.map(|entry| entry.expect("the folder can be read").path());
    let (folders, mut files): (Vec<_>, Vec<_>) = entries.partition(|path| path.is_dir());
    files.extend(folders.iter().flat_map(|folder| self::files(folder)));
    files
}

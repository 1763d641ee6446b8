//! Users, groups and what belongs to them, as boto3 and the AWS CLI see them.

use it::aws;
use it::server::Server;

/// Runs a script that counts its checks; none may have failed.
fn walk(script: &str, least: u64) -> Server {
    let server = Server::start();
    let seen = aws::python(server.administrator(), script).run().json();
    assert_eq!(seen["failures"], serde_json::json!([]), "{seen:#}");
    assert!(seen["checks"].as_u64() >= Some(least), "{seen:#}");
    server
}

#[test]
fn users_groups_and_keys_answer_boto3_as_documented() {
    let server = walk("users.py", 150);
    let log = server.log();
    assert!(!log.contains("SecretAccessKey"), "{log}");
}

#[test]
fn mfa_devices_answer_boto3_as_documented() {
    walk("mfa.py", 60);
}

#[test]
fn passwords_and_settings_answer_boto3_as_documented() {
    let server = walk("passwords.py", 60);
    let log = server.log();
    for secret in [
        "Correct-Horse",
        "Staple-2",
        "Fine-3",
        "abcdefgh1",
        "Secret-1",
    ] {
        assert!(!log.contains(secret), "{secret} is in the log");
    }
}

#[test]
fn the_credential_report_is_made_and_kept() {
    walk("report.py", 12);
}

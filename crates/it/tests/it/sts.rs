//! STS: temporary credentials, from how they are made to what ends them.

use it::aws::{cli, error_code, python};
use it::caller::Key;
use it::media;
use it::program::Program;
use it::server::{ACCOUNT_ID, REGION, Server};
use serde_json::{Value, json};

#[test]
fn sessions_are_made_limited_and_ended_as_on_aws() {
    let server = Server::start();
    let seen = python(server.administrator(), "sts.py").run().json();
    assert_eq!(seen["failures"], json!([]), "{seen:#}");
    assert!(seen["checks"].as_u64() >= Some(88), "{seen:#}");
}

#[test]
fn identity_providers_vouch_with_keys_the_operator_gave() {
    let server = Server::start();
    let seen = python(server.administrator(), "web_identity.py")
        .run()
        .json();
    assert_eq!(seen["failures"], json!([]), "{seen:#}");
    assert!(seen["checks"].as_u64() >= Some(18), "{seen:#}");
}

/// What the AWS CLI does for a profile with `role_arn`, and what ends the session.
#[test]
fn a_profile_assumes_its_role_until_the_session_ends() {
    let mut server = Server::start();
    let ana = a_role_and_its_user(&server);
    let config = server.folder().join("aws-config");
    let role = format!("arn:aws:iam::{ACCOUNT_ID}:role/camera");
    let profiles = format!(
        "[profile ana]\naws_access_key_id = {}\naws_secret_access_key = {}\n\
         [profile camera]\nrole_arn = {role}\nsource_profile = ana\nrole_session_name = front\n",
        ana.id, ana.secret
    );
    std::fs::write(&config, profiles).expect("the profiles can be written");
    let config = config.display().to_string();
    let by_profile = |server: &Server, line: &str| {
        cli(server, line)
            .envs([("AWS_CONFIG_FILE", config.clone())])
            .args(["--profile", "camera"])
    };
    let who = by_profile(&server, "sts get-caller-identity").run().json();
    let arn = format!("arn:aws:sts::{ACCOUNT_ID}:assumed-role/camera/front");
    assert_eq!(who["Arn"], json!(arn));
    by_profile(
        &server,
        "kinesisvideo create-stream --stream-name cam --data-retention-in-hours 1",
    )
    .run();
    let other = by_profile(&server, "kinesisvideo create-stream --stream-name other").output();
    assert_eq!(error_code(&other), "AccessDeniedException");

    // PutMedia with temporary credentials, and what comes when they have expired.
    let line = "sts assume-role --role-session-name put --duration-seconds 900";
    let session = cli(server.by(&ana), line)
        .args(["--role-arn", &role])
        .run()
        .json();
    let session = &session["Credentials"];
    let acks = put_media_with(&server, session, "cam");
    assert!(acks.contains("\"PERSISTED\""), "{acks}");
    let denied = put_media_with(&server, session, "other");
    assert!(
        denied.contains("not authorized to perform: kinesisvideo:PutMedia"),
        "{denied}"
    );
    server.restart_later(901);
    let expired = put_media_with(&server, session, "cam");
    assert!(
        expired.contains("The security token included in the request is expired"),
        "{expired}"
    );
    let who = cli(&server, "sts get-caller-identity").envs(environment(session));
    assert_eq!(error_code(&who.output()), "ExpiredToken");
}

/// The role `camera` with a policy for the stream `cam`, and a user who may assume it:
/// the user's key.
fn a_role_and_its_user(server: &Server) -> Key {
    let server = server.administrator();
    let trust = json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow",
        "Principal": {"AWS": ACCOUNT_ID}, "Action": "sts:AssumeRole"}});
    let policy = json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow",
        "Action": "kinesisvideo:*", "Resource": "arn:aws:kinesisvideo:*:*:stream/cam/*"}});
    cli(
        server,
        "iam create-role --role-name camera --assume-role-policy-document",
    )
    .args([&trust.to_string()])
    .run();
    cli(
        server,
        "iam put-role-policy --role-name camera --policy-name own --policy-document",
    )
    .args([&policy.to_string()])
    .run();
    cli(server, "iam create-user --user-name ana").run();
    let allow = json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow",
        "Action": "sts:AssumeRole", "Resource": "*"}});
    cli(
        server,
        "iam put-user-policy --user-name ana --policy-name own --policy-document",
    )
    .args([&allow.to_string()])
    .run();
    let made = cli(server, "iam create-access-key --user-name ana")
        .run()
        .json();
    Key::made(&made)
}

/// The environment of temporary credentials.
fn environment(session: &Value) -> [(&'static str, String); 3] {
    let text = |name: &str| session[name].as_str().expect("a text").to_owned();
    [
        ("AWS_ACCESS_KEY_ID", text("AccessKeyId")),
        ("AWS_SECRET_ACCESS_KEY", text("SecretAccessKey")),
        ("AWS_SESSION_TOKEN", text("SessionToken")),
    ]
}

/// `PutMedia` by curl with temporary credentials; what it answered.
fn put_media_with(server: &Server, session: &Value, stream: &str) -> String {
    let [(_, id), (_, secret), (_, token)] = environment(session);
    Program::new("curl")
        .line("--silent --show-error --http1.1 --request POST --upload-file -")
        .args(["--aws-sigv4", &format!("aws:amz:{REGION}:kinesisvideo")])
        .args(["--user", &format!("{id}:{secret}")])
        .args(["--header", &format!("x-amz-security-token: {token}")])
        .args(["--header", "Transfer-Encoding: chunked"])
        .args(["--header", &format!("x-amzn-stream-name: {stream}")])
        .args(["--header", "x-amzn-fragment-timecode-type: RELATIVE"])
        .args(["--header", "x-amzn-fragment-acknowledgment-required: 1"])
        .args([format!("{}/putMedia", server.url())])
        .fed_by(media::matroska(2))
        .run()
        .text()
}

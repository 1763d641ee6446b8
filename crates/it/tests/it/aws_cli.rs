//! The AWS CLI: streams are created, changed and deleted, and errors have AWS's names.

use it::aws::{cli, cli_error};
use it::server::{ACCOUNT_ID, REGION, Server};
use serde_json::{Value, json};

#[test]
fn a_stream_lives_and_dies() {
    let server = Server::start();
    let create = "kinesisvideo create-stream --stream-name cam1 --data-retention-in-hours 24 \
                  --media-type video/h264 --device-name porch --tags room=1,floor=2";
    let arn = cli(&server, create).run().json()["StreamARN"].take();
    let prefix = format!("arn:aws:kinesisvideo:{REGION}:{ACCOUNT_ID}:stream/cam1/");
    assert!(
        arn.as_str().is_some_and(|arn| arn.starts_with(&prefix)),
        "{arn}"
    );

    let info = describe(&server);
    assert_eq!(info["StreamARN"], arn);
    assert_eq!(info["StreamName"], "cam1");
    assert_eq!(info["Status"], "ACTIVE");
    assert_eq!(info["MediaType"], "video/h264");
    assert_eq!(info["DeviceName"], "porch");
    assert_eq!(info["DataRetentionInHours"], 24);
    assert_eq!(version(&info).len(), 20);

    let listed = cli(&server, "kinesisvideo list-streams").run().json();
    assert_eq!(listed["StreamInfoList"].as_array().map(Vec::len), Some(1));
    assert_eq!(listed["StreamInfoList"][0], info);

    let delete = format!("kinesisvideo delete-stream --stream-arn {}", text(&arn));
    cli(&server, &delete).run();
    assert_eq!(describe_error(&server), "ResourceNotFoundException");
    let listed = cli(&server, "kinesisvideo list-streams").run().json();
    assert_eq!(listed["StreamInfoList"], json!([]));
}

#[test]
fn settings_change_with_the_current_version_only() {
    let server = Server::start();
    let create = "kinesisvideo create-stream --stream-name cam1 --data-retention-in-hours 24";
    cli(&server, create).run();
    let first = version(&describe(&server));

    let update = "kinesisvideo update-stream --stream-name cam1 --media-type video/h265";
    cli(&server, &format!("{update} --current-version {first}")).run();
    let info = describe(&server);
    assert_eq!(info["MediaType"], "video/h265");
    let second = version(&info);
    assert_ne!(first, second);
    let stale = cli_error(&server, &format!("{update} --current-version {first}"));
    assert_eq!(stale, "VersionMismatchException");

    let retention = "kinesisvideo update-data-retention --stream-name cam1 --operation \
                     INCREASE_DATA_RETENTION --data-retention-change-in-hours";
    cli(
        &server,
        &format!("{retention} 12 --current-version {second}"),
    )
    .run();
    let info = describe(&server);
    assert_eq!(info["DataRetentionInHours"], 36);
    let third = version(&info);
    let too_long = format!("{retention} 87600 --current-version {third}");
    assert_eq!(cli_error(&server, &too_long), "InvalidArgumentException");
    assert_eq!(describe(&server), info);
}

#[test]
fn tags_are_kept_per_stream() {
    let server = Server::start();
    cli(
        &server,
        "kinesisvideo create-stream --stream-name cam1 --tags a=1",
    )
    .run();
    let list = "kinesisvideo list-tags-for-stream --stream-name cam1";
    assert_eq!(cli(&server, list).run().json()["Tags"], json!({"a": "1"}));
    let tag = "kinesisvideo tag-stream --stream-name cam1 --tags a=2,b=3";
    cli(&server, tag).run();
    assert_eq!(
        cli(&server, list).run().json()["Tags"],
        json!({"a": "2", "b": "3"})
    );
    let untag = "kinesisvideo untag-stream --stream-name cam1 --tag-key-list a c";
    cli(&server, untag).run();
    assert_eq!(cli(&server, list).run().json()["Tags"], json!({"b": "3"}));
    let many: Vec<String> = (0..50).map(|n| format!("k{n}=v")).collect();
    let tag = format!(
        "kinesisvideo tag-stream --stream-name cam1 --tags {}",
        many.join(",")
    );
    assert_eq!(
        cli_error(&server, &tag),
        "TagsPerResourceExceededLimitException"
    );
}

#[test]
fn errors_have_the_names_of_aws() {
    let server = Server::start();
    assert_eq!(describe_error(&server), "ResourceNotFoundException");
    let create = "kinesisvideo create-stream --stream-name cam1";
    cli(&server, create).run();
    assert_eq!(cli_error(&server, create), "ResourceInUseException");
    for (line, code) in [
        (
            "create-stream --stream-name a/b",
            "InvalidArgumentException",
        ),
        ("describe-stream", "InvalidArgumentException"),
        (
            "delete-stream --stream-arn arn:aws:s3:::b",
            "InvalidArgumentException",
        ),
        (
            "list-streams --max-results 10 --next-token !",
            "InvalidArgumentException",
        ),
        (
            "get-data-endpoint --stream-name gone --api-name PUT_MEDIA",
            "ResourceNotFoundException",
        ),
    ] {
        assert_eq!(
            cli_error(&server, &format!("kinesisvideo {line}")),
            code,
            "{line}"
        );
    }
}

#[test]
fn keys_and_signatures_are_checked() {
    let server = Server::start();
    let list = |name, value| {
        let output = cli(&server, "kinesisvideo list-streams")
            .envs([(name, value)])
            .output();
        it::aws::error_code(&output)
    };
    let unknown = list("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE");
    assert_eq!(unknown, "UnrecognizedClientException");
    assert_eq!(
        list("AWS_SECRET_ACCESS_KEY", "wrong"),
        "InvalidSignatureException"
    );
    for caller in [server.root(), server.operator()] {
        let is_logged = server.log().contains(&caller.key.secret);
        assert!(!is_logged, "a secret in the log");
    }
}

#[test]
fn streams_survive_a_crash() {
    let mut server = Server::start();
    cli(
        &server,
        "kinesisvideo create-stream --stream-name cam1 --tags a=1",
    )
    .run();
    let before = describe(&server);
    server.crash_and_restart();
    assert_eq!(describe(&server), before);
    server.restart_gracefully();
    assert_eq!(describe(&server), before);
}

fn describe(server: &Server) -> Value {
    let describe = cli(server, "kinesisvideo describe-stream --stream-name cam1");
    describe.run().json()["StreamInfo"].take()
}

fn describe_error(server: &Server) -> String {
    cli_error(server, "kinesisvideo describe-stream --stream-name cam1")
}

fn version(info: &Value) -> String {
    text(&info["Version"]).to_owned()
}

fn text(value: &Value) -> &str {
    value
        .as_str()
        .unwrap_or_else(|| panic!("not a text: {value}"))
}

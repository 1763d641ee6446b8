//! Device certificates: the guide's walk with the AWS CLI and curl, and what is refused.

use std::path::{Path, PathBuf};

use aws::sigv4::sign::Payload;
use it::aws::{cli, error_code, kinora, put_media, python};
use it::call::{Call, LAST_CHUNK, Signer, chunk};
use it::caller::Key;
use it::connection::Connection;
use it::program::{Output, Program};
use it::server::{ACCOUNT_ID, REGION, Server};
use it::stream::Acks;
use it::wire::now_s;
use it::{media, mkv};
use serde_json::{Value, json};

/// A device with its files, and the server it asks.
struct Device {
    server: Server,
    endpoint: String,
    certificate_arn: String,
    certificate_id: String,
}

/// The walk of the KVS guide ("Controlling access using AWS IoT"), command by command.
fn walk(duration_s: u32) -> Device {
    let server = Server::start_configured("[iot]\nlisten = \"127.0.0.1:0\"\n");
    let run = |line: &str| cli(server.administrator(), line).run().json();
    run("iot create-thing-type --thing-type-name camera");
    run("iot create-thing --thing-name front --thing-type-name camera");
    let trust = policy(json!({"Effect": "Allow", "Action": "sts:AssumeRole",
        "Principal": {"Service": "credentials.iot.amazonaws.com"}}));
    let role = cli(
        server.administrator(),
        "iam create-role --role-name cameras --assume-role-policy-document",
    )
    .args([&trust])
    .run()
    .json();
    let own = policy(json!({"Effect": "Allow", "Resource":
        "arn:aws:kinesisvideo:*:*:stream/${credentials-iot:ThingName}/*", "Action": [
        "kinesisvideo:DescribeStream", "kinesisvideo:PutMedia", "kinesisvideo:TagStream",
        "kinesisvideo:GetDataEndpoint"]}));
    cli(
        server.administrator(),
        "iam put-role-policy --role-name cameras --policy-name own --policy-document",
    )
    .args([&own])
    .run();
    let line = format!(
        "iot create-role-alias --role-alias camera-role --credential-duration-seconds {duration_s}"
    );
    let arn = role["Role"]["Arn"].as_str().expect("an ARN");
    let alias = cli(server.administrator(), &line)
        .args(["--role-arn", arn])
        .run()
        .json();
    let alias_arn = alias["roleAliasArn"].as_str().expect("an ARN");
    let use_alias = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "iot:Connect", "Resource": alias_arn},
        {"Effect": "Allow", "Action": "iot:AssumeRoleWithCertificate", "Resource": alias_arn}]});
    cli(
        server.administrator(),
        "iot create-policy --policy-name use-alias --policy-document",
    )
    .args([&use_alias.to_string()])
    .run();
    certified(server)
}

/// The second half of the walk: the certificate, what it is attached to, and where to go.
fn certified(server: Server) -> Device {
    let folder = server.folder().to_path_buf();
    let made = cli(
        server.administrator(),
        "iot create-keys-and-certificate --set-as-active",
    )
    .folder(&folder)
    .line("--certificate-pem-outfile device.pem --private-key-outfile device.key")
    .line("--public-key-outfile device.pub")
    .run()
    .json();
    let text = |name: &str| made[name].as_str().expect("a text").to_owned();
    let (certificate_arn, certificate_id) = (text("certificateArn"), text("certificateId"));
    let attach = format!("iot attach-policy --policy-name use-alias --target {certificate_arn}");
    cli(server.administrator(), &attach).run();
    let attach =
        format!("iot attach-thing-principal --thing-name front --principal {certificate_arn}");
    cli(server.administrator(), &attach).run();
    let endpoint = cli(
        server.administrator(),
        "iot describe-endpoint --endpoint-type iot:CredentialProvider",
    )
    .line("--output text")
    .run()
    .text();
    let ca = Program::new("curl")
        .line("--silent --show-error --fail")
        .args([format!("{}/_kinora/ca.pem", server.url())])
        .run();
    std::fs::write(folder.join("ca.pem"), ca.stdout).expect("the file can be written");
    for name in ["front", "back"] {
        let create = "kinesisvideo create-stream --data-retention-in-hours 24 --stream-name";
        cli(&server, create).args([name]).run();
    }
    Device {
        endpoint: endpoint.trim().to_owned(),
        server,
        certificate_arn,
        certificate_id,
    }
}

fn policy(statement: Value) -> String {
    json!({"Version": "2012-10-17", "Statement": statement}).to_string()
}

impl Device {
    /// What curl gets with the certificate: status and body.
    fn ask(&self, alias: &str, headers: &[&str]) -> (u32, String) {
        let output = curl(self.server.folder(), &self.endpoint, alias)
            .line("--cert device.pem --key device.key")
            .args(headers.iter().flat_map(|header| ["--header", *header]))
            .run();
        let text = output.text();
        let (body, status) = text.rsplit_once('\n').expect("curl adds the status");
        (status.parse().expect("a status"), body.to_owned())
    }

    /// The message of a refusal.
    fn refused(&self, alias: &str, headers: &[&str]) -> (u32, String) {
        let (status, body) = self.ask(alias, headers);
        let body: Value = serde_json::from_str(&body).expect("JSON");
        (
            status,
            body["message"].as_str().expect("a message").to_owned(),
        )
    }

    /// The AWS CLI with a device's credentials.
    fn with(&self, credentials: &Value, line: &str) -> Output {
        let text = |name: &str| credentials[name].as_str().expect("a text").to_owned();
        cli(&self.server, line)
            .envs([
                ("AWS_ACCESS_KEY_ID", text("accessKeyId")),
                ("AWS_SECRET_ACCESS_KEY", text("secretAccessKey")),
                ("AWS_SESSION_TOKEN", text("sessionToken")),
            ])
            .output()
    }

    fn run(&self, line: &str) {
        cli(self.server.administrator(), line).run();
    }
}

fn curl(folder: &Path, endpoint: &str, alias: &str) -> Program {
    let ca: PathBuf = folder.join("ca.pem");
    Program::new("curl")
        .folder(folder)
        .line("--silent --show-error --write-out \\n%{http_code}")
        .args(["--cacert".as_ref(), ca.as_os_str()])
        .args([format!(
            "https://{endpoint}/role-aliases/{alias}/credentials"
        )])
}

#[test]
fn the_registry_answers_boto3_as_documented() {
    let server = Server::start();
    let seen = python(server.administrator(), "iot.py").run().json();
    assert_eq!(seen["failures"], json!([]), "{seen:#}");
    assert!(seen["checks"].as_u64() >= Some(36), "{seen:#}");
}

const FRONT: &str = "x-amzn-iot-thingname: front";

#[test]
fn one_more_than_the_account_may_have_is_refused() {
    let server = Server::start_configured(
        "[api]\nstreams_per_account_max = 2\n\
         [quotas]\nthings_per_account_max = 2\nthing_types_per_account_max = 2\n\
         certificates_per_account_max = 2\niot_policies_per_account_max = 2\n",
    );
    let seen = python(server.administrator(), "iot_quotas.py").run().json();
    assert_eq!(seen["failures"], json!([]), "{seen:#}");
}

#[test]
fn a_device_gets_credentials_for_its_own_stream() {
    let device = walk(3600);
    let (status, body) = device.ask("camera-role", &[FRONT]);
    assert_eq!(status, 200, "{body}");
    let answer: Value = serde_json::from_str(&body).expect("JSON");
    let credentials = &answer["credentials"];
    let text = |name: &str| credentials[name].as_str().expect("a text");
    // What the C SDK has room for, and can read.
    assert!(
        body.starts_with("{\"credentials\":{\"accessKeyId\":\"ASIA"),
        "{body}"
    );
    assert_eq!(text("expiration").len(), 20, "{body}");
    assert!(
        text("sessionToken").len() < 2048 && !body.contains('\\'),
        "{body}"
    );

    let who = device.with(credentials, "sts get-caller-identity").json();
    let session = format!("assumed-role/cameras/{}", device.certificate_id);
    let arn = format!("arn:aws:sts::{ACCOUNT_ID}:{session}");
    assert_eq!(who["Arn"], json!(arn));
    let described = device.with(
        credentials,
        "kinesisvideo describe-stream --stream-name front",
    );
    assert_eq!(described.json()["StreamInfo"]["StreamName"], "front");
    for line in [
        "kinesisvideo describe-stream --stream-name back",
        "kinesisvideo create-stream --stream-name front",
    ] {
        let denied = device.with(credentials, line);
        assert_eq!(error_code(&denied), "AccessDeniedException", "{line}");
    }

    // Without the header there is no thing, and so no stream of its name.
    let (status, body) = device.ask("camera-role", &[]);
    assert_eq!(status, 200, "{body}");
    let nameless: Value = serde_json::from_str(&body).expect("JSON");
    let line = "kinesisvideo describe-stream --stream-name front";
    let denied = device.with(&nameless["credentials"], line);
    assert_eq!(error_code(&denied), "AccessDeniedException");

    let (status, _) = device.ask("none", &[FRONT]);
    assert_eq!(status, 403);
    lendings_are_in_the_trail(&device, text("accessKeyId"), text("sessionToken"));
}

/// A device sends as kvssink does, with the token in a header that is not signed, and as
/// curl does, which signs it; to the stream of its name and to no other.
#[test]
fn a_device_sends_to_its_own_stream_only() {
    let device = walk(3600);
    let (status, body) = device.ask("camera-role", &[FRONT]);
    assert_eq!(status, 200, "{body}");
    let answer: Value = serde_json::from_str(&body).expect("JSON");
    let text = |name: &str| answer["credentials"][name].as_str().expect("a text");
    let (token, server) = (text("sessionToken"), &device.server);
    let key = Key {
        id: text("accessKeyId").to_owned(),
        secret: text("secretAccessKey").to_owned(),
    };

    let own = device.with(
        &answer["credentials"],
        "kinesisvideo get-data-endpoint --api-name PUT_MEDIA --stream-name front",
    );
    assert_eq!(own.json()["DataEndpoint"], server.url());
    let media = [mkv::header(), mkv::cluster(1_795_360_434_000, 5)].concat();
    let put = |stream: &str, token: Option<&str>| {
        let signer = Signer::of(server.by(&key));
        let mut call = Call::put_media_head(stream).signed(signer, Payload::Empty);
        if let Some(token) = token {
            call = call.header("x-amz-security-token", token);
        }
        let signed = call
            .headers
            .iter()
            .find(|(name, _)| name == "authorization");
        let (_, signed) = signed.expect("the call is signed");
        assert!(!signed.contains("security-token"), "{signed}");
        call.body = [chunk(&media), LAST_CHUNK.to_vec()].concat();
        Connection::plain(server).ask(&call)
    };
    let sent = put("front", Some(token));
    assert_eq!(sent.status, 200, "{sent:?}");
    let acks = sent.text();
    let acks = acks
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"));
    Acks(acks.collect()).assert_all_persisted(1);
    // The answers to another thing's stream and to one that is not there are the same.
    for stream in ["back", "none"] {
        let denied = put(stream, Some(token));
        assert_eq!(denied.error(), (403, "AccessDeniedException"), "{stream}");
    }
    // The token need not be signed, but it must be this key's, and whole.
    let unknown = (403, "UnrecognizedClientException");
    let (cut, changed) = (
        &token[..token.len() - 4],
        token.replace(&token[9..19], "0123456789"),
    );
    for token in [None, Some(""), Some(cut), Some(&changed), Some("AQ")] {
        assert_eq!(put("front", token).error(), unknown, "{token:?}");
    }

    by_curl(server, &key, token);
    assert_eq!(stored(server, "front"), Some(3));
    assert_eq!(stored(server, "back"), Some(0));
}

/// The same by ffmpeg and curl, whose signature is over the token as well.
fn by_curl(server: &Server, key: &Key, token: &str) {
    let send = |stream: &str| {
        put_media(server.by(key), stream, &now_s().to_string())
            .args(["--header", &format!("x-amz-security-token: {token}")])
            .line("--write-out %{stderr}%{http_code}")
            .fed_by(media::matroska(4))
            .output()
    };
    let sent = send("front");
    assert_eq!(sent.stderr, "200", "{sent}");
    Acks::of(&sent).assert_all_persisted(2);
    let denied = send("back");
    assert!(denied.stderr.starts_with("403"), "{denied}");
    let said = denied.json();
    let said = said["Message"].as_str().expect("a message");
    assert!(
        said.contains("is not authorized to perform: kinesisvideo:PutMedia"),
        "{said}"
    );
}

/// How many fragments of a stream are stored.
fn stored(server: &Server, stream: &str) -> Option<usize> {
    let all = json!({"StartTimestamp": 0, "EndTimestamp": 4e9});
    let input = json!({"StreamName": stream, "FragmentSelector":
        {"FragmentSelectorType": "SERVER_TIMESTAMP", "TimestampRange": all}});
    let call = Call::json(server, "/listFragments", &input.to_string());
    let listed = Connection::plain(server).ask(&call).json();
    listed["Fragments"].as_array().map(Vec::len)
}

/// What a device asked for, newest first: a denial, without and with its thing.
fn lendings_are_in_the_trail(device: &Device, key_id: &str, token: &str) {
    let output = kinora(device.server.administrator())
        .line("audit --event AssumeRoleWithCertificate")
        .run()
        .text();
    assert!(!output.contains(token), "{output}");
    let events: Vec<Value> = output
        .lines()
        .map(|line| serde_json::from_str(line).expect("an event"))
        .collect();
    let [denied, nameless, lent] = &events[..] else {
        panic!("three events: {output}");
    };
    assert_eq!(denied["errorCode"], "AccessDeniedException", "{output}");
    assert_eq!(denied["requestParameters"]["roleAlias"], "none");
    assert_eq!(nameless["requestParameters"]["thingName"], Value::Null);
    assert_eq!(lent["requestParameters"]["thingName"], "front");
    assert_eq!(lent["eventSource"], "iot.amazonaws.com");
    assert_eq!(
        lent["userIdentity"],
        json!({"type": "AWSService", "accountId": ACCOUNT_ID,
            "principalId": device.certificate_id,
            "invokedBy": "credentials.iot.amazonaws.com"})
    );
    assert_eq!(lent["responseElements"]["accessKeyId"], key_id);
}

/// Devices that make their own keys, of each kind, and show the certificate with them.
#[test]
fn a_device_that_made_its_key_gets_credentials() {
    let device = walk(3600);
    let folder = device.server.folder();
    let openssl = |line: &str| Program::new("openssl").folder(folder).line(line).run();
    let from_request = |pem: &str| {
        cli(
            device.server.administrator(),
            "iot create-certificate-from-csr --set-as-active",
        )
        .line("--certificate-pem-outfile device.pem --certificate-signing-request")
        .args([pem])
        .folder(folder)
    };
    let request = |key: &str, more: &str| {
        openssl(&format!("genpkey -out device.key -algorithm {key}"));
        let line = format!("req -new -key device.key -subj /O=Example/CN=front {more}");
        openssl(&line).text()
    };
    let curve = |name: &str| format!("EC -pkeyopt ec_paramgen_curve:{name}");
    for (key, more) in [
        ("RSA -pkeyopt rsa_keygen_bits:2048", "-sha256"),
        // What is asked for besides is not granted.
        (&curve("P-256"), "-addext basicConstraints=CA:TRUE"),
        (&curve("P-384"), "-sha384"),
    ] {
        let made = from_request(&request(key, more)).run().json();
        let arn = made["certificateArn"].as_str().expect("an ARN");
        let text = openssl("x509 -in device.pem -noout -subject -ext basicConstraints").text();
        assert!(text.contains("Example") && text.contains("front"), "{text}");
        assert!(!text.contains("CA:TRUE"), "{text}");
        let (status, body) = device.ask("camera-role", &[FRONT]);
        assert_eq!(status, 403, "no policy yet: {body}");
        device.run(&format!(
            "iot attach-policy --policy-name use-alias --target {arn}"
        ));
        device.run(&format!(
            "iot attach-thing-principal --thing-name front --principal {arn}"
        ));
        let (status, body) = device.ask("camera-role", &[FRONT]);
        assert_eq!(status, 200, "{key}: {body}");
        let answer: Value = serde_json::from_str(&body).expect("JSON");
        let line = "kinesisvideo describe-stream --stream-name front";
        let described = device.with(&answer["credentials"], line).json();
        assert_eq!(described["StreamInfo"]["StreamName"], "front");
    }
    let weak = request("RSA -pkeyopt rsa_keygen_bits:1024", "");
    // Signed with a hash of another strength than its curve.
    let uneven = request(&curve("P-384"), "-sha256");
    let other_kind = request("ED25519", "");
    let unknown = request(&curve("P-256"), "-addext subjectKeyIdentifier=hash");
    let mut forged = request(&curve("P-256"), "");
    // These letters are of the signature.
    let at = forged.find("-----END").expect("an end") - 12;
    let other = if &forged[at..=at] == "A" { "B" } else { "A" };
    forged.replace_range(at..=at, other);
    for bad in [&weak, &uneven, &other_kind, &unknown, &forged, "no request"] {
        let refused = from_request(bad).output();
        assert_eq!(error_code(&refused), "InvalidRequestException", "{bad}");
    }
}

/// Each refusal, in the order of the checks: every step breaks an earlier one.
#[test]
fn each_check_refuses_in_its_turn() {
    let device = walk(7200);
    let alias_arn = format!("arn:aws:iot:{REGION}:{ACCOUNT_ID}:rolealias/none");
    let too_long = "The requested CredentialDurationSeconds exceeds the MaxSessionDuration set \
                    for the role";
    let refused = device.refused("camera-role", &[FRONT]);
    assert_eq!(refused, (400, too_long.to_owned()));

    let no_role = "Unable to assume the role, or the role to assume does not exist";
    let trust = policy(json!({"Effect": "Allow", "Action": "sts:AssumeRole",
        "Principal": {"Service": "ec2.amazonaws.com"}}));
    cli(
        device.server.administrator(),
        "iam update-assume-role-policy --role-name cameras --policy-document",
    )
    .args([&trust])
    .run();
    let refused = device.refused("camera-role", &[FRONT]);
    assert_eq!(refused, (400, no_role.to_owned()));
    device.run("iam delete-role-policy --role-name cameras --policy-name own");
    device.run("iam delete-role --role-name cameras");
    let refused = device.refused("camera-role", &[FRONT]);
    assert_eq!(refused, (400, no_role.to_owned()));

    assert_eq!(
        device.refused("none", &[FRONT]),
        (403, "Access Denied".to_owned())
    );
    let use_none = policy(json!({"Effect": "Allow", "Resource": alias_arn,
        "Action": "iot:AssumeRoleWithCertificate"}));
    cli(
        device.server.administrator(),
        "iot create-policy --policy-name use-none --policy-document",
    )
    .args([&use_none])
    .run();
    let arn = &device.certificate_arn;
    device.run(&format!(
        "iot attach-policy --policy-name use-none --target {arn}"
    ));
    let refused = device.refused("none", &[FRONT]);
    assert_eq!(refused, (404, "Role alias does not exist".to_owned()));

    let line = format!("iot detach-policy --policy-name use-alias --target {arn}");
    device.run(&line);
    let refused = device.refused("camera-role", &[FRONT]);
    assert_eq!(refused, (403, "Access Denied".to_owned()));

    let other = ["x-amzn-iot-thingname: back"];
    let wrong_thing = (403, "Invalid thing name passed".to_owned());
    assert_eq!(device.refused("camera-role", &other), wrong_thing);
    device.run(&format!(
        "iot detach-thing-principal --thing-name front --principal {arn}"
    ));
    assert_eq!(device.refused("camera-role", &[FRONT]), wrong_thing);

    certificates_end(&device);
}

/// The first check, which comes last, and what leaves nothing behind.
fn certificates_end(device: &Device) {
    let id = &device.certificate_id;
    let invalid = (403, "Certificate is invalid on this endpoint".to_owned());
    device.run(&format!(
        "iot update-certificate --certificate-id {id} --new-status INACTIVE"
    ));
    assert_eq!(device.refused("camera-role", &[FRONT]), invalid);
    let line = format!("iot delete-certificate --certificate-id {id}");
    let guarded = error_code(&cli(device.server.administrator(), &line).output());
    assert_eq!(guarded, "DeleteConflictException");
    device.run(&format!("{line} --force-delete"));
    assert_eq!(device.refused("camera-role", &[FRONT]), invalid);
    let bare = curl(device.server.folder(), &device.endpoint, "camera-role").output();
    assert!(
        !bare.status.success(),
        "without a certificate there is no connection"
    );

    // Everything else goes in the order that leaves nothing behind.
    for name in ["use-alias", "use-none"] {
        device.run(&format!("iot delete-policy --policy-name {name}"));
    }
    device.run("iot delete-role-alias --role-alias camera-role");
    device.run("iot delete-thing --thing-name front");
    device.run("iot deprecate-thing-type --thing-type-name camera");
    device.run("iot delete-thing-type --thing-type-name camera");
    for (line, list) in [
        ("iot list-things", "things"),
        ("iot list-thing-types", "thingTypes"),
        ("iot list-certificates", "certificates"),
        ("iot list-policies", "policies"),
        ("iot list-role-aliases", "roleAliases"),
    ] {
        let listed = cli(device.server.administrator(), line).run().json();
        assert_eq!(listed[list], json!([]), "{line}");
    }
}

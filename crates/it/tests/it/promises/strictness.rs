//! One stream is strict, another takes what it is sent.

use it::aws::curl;
use it::server::Server;
use it::wire::{Wire, field};
use serde_json::{Value, json};

use super::film::{Frame, cluster, header, listed};

#[test]
fn a_stream_is_strict_by_itself() {
    let server = Server::start();
    let wire = Wire::to(&server);
    wire.create("exact", 1);
    wire.create("lenient", 1);
    let by_configuration = json!({
        "streamName": "exact", "strictness": "tolerant", "setBy": "configuration",
    });
    assert_eq!(told(&wire, "exact"), by_configuration);
    let before = version(&wire, "exact");

    let strict = json!({"streamName": "exact", "strictness": "strict", "setBy": "stream"});
    assert_eq!(set(&server, "exact", "{\"strictness\":\"strict\"}"), strict);
    assert_eq!(told(&wire, "exact"), strict);
    assert_ne!(version(&wire, "exact"), before);
    let refused = json!(["BUFFERING", "RECEIVED", "BUFFERING", "ERROR 4004"]);
    assert_eq!(goes_back(&wire, "exact"), refused);
    assert_eq!(listed(&wire, "exact").len(), 1);

    assert_eq!(told(&wire, "lenient")["strictness"], "tolerant");
    let stored = json!(["BUFFERING", "RECEIVED", "BUFFERING", "RECEIVED"]);
    assert_eq!(goes_back(&wire, "lenient"), stored);
    assert_eq!(listed(&wire, "lenient").len(), 2);

    // Settings that AWS knows leave it as it is.
    let update = json!({"StreamName": "exact", "CurrentVersion": version(&wire, "exact")});
    wire.ok("/updateStream", &update);
    assert_eq!(told(&wire, "exact"), strict);
    assert_eq!(
        set(&server, "exact", "{\"strictness\":null}"),
        by_configuration
    );
    assert_eq!(goes_back(&wire, "exact"), stored);
}

#[test]
fn who_may_not_update_a_stream_cannot_make_it_strict() {
    let server = Server::start();
    let wire = Wire::to(&server);
    wire.create("cam", 1);
    let reads = "AmazonKinesisVideoStreamsReadOnlyAccess";
    let reader = server.root().make_user("reader", reads);
    let body = "{\"strictness\":\"strict\"}";
    let denied = curl(server.by(&reader), &path("cam"))
        .args([
            "--request",
            "PUT",
            "--data",
            body,
            "--write-out",
            "%{http_code}",
        ])
        .run()
        .text();
    assert!(denied.contains("kinesisvideo:UpdateStream"), "{denied}");
    assert!(denied.ends_with("403"), "{denied}");
    let seen = Wire::to(server.by(&reader));
    assert_eq!(told(&seen, "cam")["strictness"], "tolerant");

    for body in ["{\"strictness\":\"harsh\"}", "{}", "strict"] {
        let refused = set(&server, "cam", body);
        assert!(refused["Message"].is_string(), "{body}: {refused}");
    }
    assert_eq!(set(&server, "none", body)["streamName"], Value::Null);
    set(&server, "cam", body);
    let trail = Wire::to(server.administrator());
    let (_, kept) = trail.get("/_kinora/audit?event-name=PutStreamStrictness");
    let events = kept["Events"].as_array().cloned().unwrap_or_default();
    let of_cam = |event: &&Value| event["requestParameters"]["path"] == path("cam");
    let asked = |event: &Value| {
        assert_eq!(
            event["eventSource"], "kinesisvideo.amazonaws.com",
            "{event:#}"
        );
        let parameters = &event["requestParameters"];
        json!([parameters["strictness"], event["errorCode"]])
    };
    let asked: Vec<Value> = events.iter().filter(of_cam).map(asked).collect();
    // Newest first.
    let (bad, denied) = ("InvalidArgumentException", "AccessDeniedException");
    let expected = [
        json!(["strict", null]),
        json!([null, bad]),
        json!([null, bad]),
        json!(["harsh", bad]),
        json!(["strict", denied]),
    ];
    assert_eq!(asked, expected, "{kept:#}");
}

/// Sends two fragments of which the second begins before the first; what was answered but
/// for PERSISTED.
fn goes_back(wire: &Wire, stream: &str) -> Value {
    let (mut put, mut answer) = wire.put(stream, "RELATIVE").expect("the server answers");
    let film = [header(1), cluster(1000, A), cluster(200, A)].concat();
    put.send(&film).expect("the server takes the body");
    // After a refusal the server need not take the end.
    let _ = put.finish();
    let acks = answer.rest().expect("the connection ends as it should");
    let acks = String::from_utf8(acks).expect("it is text");
    let events = acks.lines().map(|ack| {
        let (event, id) = (field(ack, "EventType"), field(ack, "ErrorId"));
        format!("{event} {id}").trim().to_owned()
    });
    events.filter(|event| event != "PERSISTED").collect()
}

fn told(wire: &Wire, stream: &str) -> Value {
    let (status, told) = wire.get(&path(stream));
    assert_eq!(status, 200, "{told}");
    told
}

/// As the documentation shows it.
fn set(server: &Server, stream: &str, body: &str) -> Value {
    let put = curl(server, &path(stream)).args(["--request", "PUT", "--data", body]);
    put.run().json()
}

fn path(stream: &str) -> String {
    format!("/_kinora/streams/{stream}/strictness")
}

fn version(wire: &Wire, stream: &str) -> Value {
    let mut info = wire.ok("/describeStream", &json!({"StreamName": stream}));
    info["StreamInfo"]["Version"].take()
}

/// Two frames of track 1.
const A: &[Frame] = &[(1, 0, 9), (1, 500, 9)];

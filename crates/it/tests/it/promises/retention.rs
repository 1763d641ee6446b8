//! Retention over days, tried out by setting the server's clock forward.

use it::server::Server;
use it::wire::{Wire, field};
use serde_json::json;

use super::disk_full::{taken, wait_until};
use super::film::{cluster, fragments, header, listed, position};

#[test]
fn what_is_older_than_retention_gives_its_disk_space_back() {
    let mut server = Server::start();
    let wire = Wire::to(&server);
    wire.create("cam", 30 * 24);
    let old = put(&wire, 6);
    assert_eq!(listed(&wire, "cam"), old);

    // 29 days later all is there; what arrives now stays longest.
    server.restart_later(29 * DAY_S);
    let wire = Wire::to(&server);
    assert_eq!(listed(&wire, "cam"), old);
    let new = put(&wire, 2);
    let all = [old.clone(), new.clone()].concat();
    assert_eq!(listed(&wire, "cam"), all);
    server.restart_gracefully();
    let before = taken(&server.data());
    assert!(before > 16_000_000, "{before} bytes");

    // A shorter retention counts at once, and what it leaves is all that can be read.
    let wire = Wire::to(&server);
    let info = wire.ok("/describeStream", &json!({"StreamName": "cam"}));
    let input = json!({
        "StreamName": "cam", "CurrentVersion": info["StreamInfo"]["Version"],
        "Operation": "DECREASE_DATA_RETENTION", "DataRetentionChangeInHours": 24 * 24,
    });
    wire.ok("/updateDataRetention", &input);
    assert_eq!(listed(&wire, "cam"), new);
    let first = earliest(&wire);
    assert_eq!(first, new[0]);
    wait_until("the disk space is given back", || {
        taken(&server.data()) + 11_000_000 < before
    });
    server.restart_later(40 * DAY_S);
    wait_until("all disk space is given back", || {
        taken(&server.data()) < 100_000
    });
    assert!(listed(&Wire::to(&server), "cam").is_empty());
}

/// Sends fragments of 2 MB; their numbers.
pub(super) fn put(wire: &Wire, count: u64) -> Vec<String> {
    let (mut put, mut answer) = wire.put("cam", "RELATIVE").expect("the server answers");
    put.send(&header(1)).expect("the server takes the body");
    for n in 0..count {
        let cluster = cluster(n * 1000, &[(1, 0, 1_000_000), (1, 500, 1_000_000)]);
        put.send(&cluster).expect("the server takes the body");
    }
    put.finish().expect("the server takes the body");
    let acks = answer.rest().expect("the connection ends as it should");
    let acks = String::from_utf8(acks).expect("acknowledgements are text");
    let persisted = acks
        .lines()
        .filter(|ack| field(ack, "EventType") == "PERSISTED");
    persisted.map(|ack| field(ack, "FragmentNumber")).collect()
}

/// The first fragment of GetMedia from the earliest on.
fn earliest(wire: &Wire) -> String {
    let selector = json!({"StartSelectorType": "EARLIEST"});
    let input = json!({"StreamName": "cam", "StartSelector": selector});
    let mut answer = wire.open("/getMedia", &input).expect("the server answers");
    let mut body = Vec::new();
    let token = b"AWS_KINESISVIDEO_CONTINUATION_TOKEN";
    while position(&body, token).is_none() {
        let chunk = answer.chunk().expect("the media goes on");
        body.extend(chunk.expect("the media does not end"));
    }
    fragments(&body)[0].clone()
}

const DAY_S: u64 = 86_400;

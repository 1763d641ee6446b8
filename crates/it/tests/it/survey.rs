//! What the server tells of streams over time: timelines, status and usage.

use std::path::Path;
use std::time::{Duration, Instant};

use it::aws::{cli, put_media};
use it::caller::Key;
use it::media::{self, Track};
use it::program::Program;
use it::server::Server;
use it::stream::Acks;
use it::wire::{Wire, now_s};
use serde_json::{Value, json};

/// Footage of an hour ago with a gap and a change of codecs, sent in no order: both are
/// told to the millisecond, before and after the hour was summed up and after a crash, and
/// nothing of it when it has expired.
#[test]
fn a_timeline_shows_gaps_and_changes_of_codecs_exactly() {
    let mut server = Server::start();
    let wire = Wire::to(&server);
    wire.create("cam", 24);
    let source = media::source(server.folder());
    let begin_ms = (now_s() - 3600) * 1000;
    let sent = [
        (26_000, Track::Small),
        (0, Track::Video),
        (20_000, Track::Video),
    ];
    let fragments: u64 = sent
        .iter()
        .map(|(after_ms, track)| put(&server, "cam", &source, *track, begin_ms + after_ms))
        .sum();
    // Its first picture is not at 0: the sound begins a little earlier.
    let packets = media::packets(&source);
    let first = packets.iter().find(|packet| packet["stream_index"] == 0);
    let first_s = first.and_then(|packet| packet["pts_time"].as_str()?.parse::<f64>().ok());
    let first_ms = (first_s.expect("a time") * 1000.0).round() as i64;
    let at = |after_ms: i64| begin_ms + first_ms + after_ms;
    let range = format!("from={}&to={}", at(-5_000), at(40_000));
    let expected = json!({
        "spans": [
            [at(0), at(6_000), 0],
            [at(20_000), at(26_000), 0],
            [at(26_000), at(32_000), 1],
        ],
        "gaps": [[at(6_000), at(20_000)], [at(32_000), at(40_000)]],
        "codecChanges": [
            { "atMs": at(0), "from": null, "to": 0 },
            { "atMs": at(26_000), "from": 0, "to": 1 },
        ],
        "exact": true,
        "complete": true,
        "coveredMs": 18_000,
        "fragments": fragments,
    });
    let target = format!("/_kinora/streams/cam/timeline?clock=producer&buckets=9&{range}");
    let (status, short) = wire.get(&target);
    assert_eq!(status, 200, "{short}");
    assert_eq!(part(&short, &expected), expected);
    assert_eq!(short["buckets"]["widthMs"], 5000);
    let covered: Vec<Value> = rows(&short, "buckets");
    let covered = covered.iter().map(|row| json!([row[0], row[1]]));
    let five = [[1, 5000], [2, 1000], [5, 5000], [6, 5000], [7, 2000]];
    assert_eq!(covered.collect::<Value>(), json!(five));
    let widths = |at: usize| short["codecSets"][at]["tracks"][0]["width"].clone();
    assert_eq!((widths(0), widths(1)), (json!(320), json!(256)));

    let days = format!("from={}&to={}", at(-90_000_000), at(40_000));
    let days = format!("/_kinora/streams/cam/timeline?clock=producer&{days}");
    days_are_told_alike(&mut server, &days, &expected);
}

/// A range of days is told of by hours: those that are not over by their rows, later by
/// summaries. When all has expired there is nothing.
fn days_are_told_alike(server: &mut Server, target: &str, expected: &Value) {
    let told = |server: &Server| {
        let (status, told) = Wire::to(server).get(target);
        assert_eq!(status, 200, "{told}");
        told
    };
    assert_eq!(part(&told(server), expected), *expected);
    // An hour that is over is summed up at once.
    server.restart_later(4 * 3600);
    for _ in 0..3 {
        assert_eq!(part(&told(server), expected), *expected);
        server.crash_and_restart();
    }
    let (_, status) = Wire::to(&*server).get("/_kinora/streams/cam/status");
    assert_eq!(status["stored"]["fragments"], expected["fragments"]);
    server.kill();
    let check = Program::new(it::installed("KINORA_TEST_BINARY"))
        .line("fsck --data")
        .args([server.data()])
        .run()
        .text();
    assert!(check.contains("wrong summaries            0"), "{check}");
    server.restart();
    server.restart_later(30 * 3600);
    let gone = told(server);
    assert_eq!(gone["spans"], json!([]), "{gone}");
    assert_eq!(gone["fragments"], 0);
    assert_eq!(gone["oldest"], Value::Null);
}

/// The list, one stream of it, and usage, with somebody sending.
#[test]
fn streams_and_usage_say_what_goes_on() {
    let server = Server::start();
    let wire = Wire::to(&server);
    for name in ["cam-1", "cam-2", "door"] {
        wire.create(name, 24);
    }
    let source = media::source(server.folder());
    let fragments = put(&server, "cam-2", &source, Track::Video, now_s() * 1000);
    let (status, first) = wire.get("/_kinora/streams?max=1&prefix=cam");
    assert_eq!(status, 200, "{first}");
    assert_eq!(names(&first), ["cam-1"]);
    let shown = &first["streams"][0];
    assert_eq!(shown["lastFragment"], Value::Null);
    assert_eq!(shown["stored"], json!({ "bytes": 0, "fragments": 0 }));
    let nothing = json!({ "connections": 0, "bitsPerSecond": 0 });
    assert_eq!(shown["live"], nothing);
    let next = first["next"].as_str().expect("there is another page");
    let (_, second) = wire.get(&format!("/_kinora/streams?max=1&next={next}&prefix=cam"));
    assert_eq!(names(&second), ["cam-2"]);
    assert_eq!(
        (&second["next"], &second["complete"]),
        (&Value::Null, &json!(true))
    );
    let shown = &second["streams"][0];
    assert_eq!(shown["stored"]["fragments"], json!(fragments));
    assert_eq!(shown["tracks"][0]["codecId"], "V_MPEG4/ISO/AVC");
    assert!(shown["live"]["bitsPerSecond"].as_u64() > Some(0), "{shown}");

    // A producer that is sending: half of a recording, the other half never comes.
    let recording = media::remux(&source, &[Track::Video]).run().stdout;
    let (mut sending, _answer) = wire.put("door", "RELATIVE").expect("the server answers");
    let half = &recording[..recording.len() / 2];
    sending.send(half).expect("the server takes media");
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        let (_, door) = wire.get("/_kinora/streams/door/status");
        if door["live"]["bitsPerSecond"].as_u64() > Some(0) {
            assert_eq!(door["live"]["connections"], 1, "{door}");
            break;
        }
        assert!(Instant::now() < deadline, "{door}");
        std::thread::sleep(Duration::from_millis(20));
    }

    let (status, usage) = wire.get("/_kinora/usage?prefix=cam");
    assert_eq!(status, 200, "{usage}");
    assert_eq!(names(&usage), ["cam-1", "cam-2"]);
    assert_eq!(rows(&usage["streams"][0], "days"), Vec::<Value>::new());
    assert_eq!(usage["streams"][1]["stored"], shown["stored"]);
    let days = rows(&usage["streams"][1], "days");
    let bytes: u64 = days.iter().filter_map(|day| day[2].as_u64()).sum();
    assert_eq!(json!(bytes), shown["stored"]["bytes"]);
    assert!(usage["prices"]["items"].is_array() && usage["notes"].is_array());
    let (status, refused) = wire.get("/_kinora/usage?form=1");
    assert_eq!(status, 400, "{refused}");
}

/// Users see what policies let them, and nobody another account's streams.
#[test]
fn who_may_look_and_who_may_not() {
    let server = Server::start();
    let operator = Wire::to(&server);
    operator.create("cam", 1);
    operator.create("other", 1);
    let administrator = server.administrator();
    cli(administrator, "iam create-user --user-name viewer").run();
    let made = cli(administrator, "iam create-access-key --user-name viewer");
    let viewer = Wire::to(server.by(&Key::made(&made.run().json())));
    let (one, list) = ("/_kinora/streams/cam/timeline", "/_kinora/streams");
    for target in [one, "/_kinora/streams/cam/status", list, "/_kinora/usage"] {
        let (status, denied) = viewer.get(target);
        assert_eq!(status, 403, "{target}: {denied}");
    }
    let statement = json!({
        "Effect": "Allow",
        "Action": ["kinesisvideo:ListFragments", "kinesisvideo:DescribeStream"],
        "Resource": "arn:aws:kinesisvideo:*:*:stream/cam/*",
    });
    let policy = json!({ "Version": "2012-10-17", "Statement": statement }).to_string();
    cli(
        administrator,
        "iam put-user-policy --user-name viewer --policy-name look",
    )
    .args(["--policy-document", &policy])
    .run();
    for (target, expected) in [
        (one, 200),
        ("/_kinora/streams/cam/status", 200),
        ("/_kinora/streams/other/timeline", 403),
        ("/_kinora/streams/other/status", 403),
        (list, 403),
        ("/_kinora/usage", 403),
    ] {
        let (status, answer) = viewer.get(target);
        assert_eq!(status, expected, "{target}: {answer}");
    }

    let other = Program::new(it::installed("KINORA_TEST_BINARY"))
        .line("account create --json --access-key --email other@example.com --name Other")
        .args(["--data".as_ref(), server.data().as_os_str()])
        .run()
        .json();
    let text = |name: &str| other[name].as_str().expect("a text").to_owned();
    let key = Key {
        id: text("accessKeyId"),
        secret: text("secretAccessKey"),
    };
    let stranger = Wire::to(server.by(&key));
    for target in [one, "/_kinora/streams/cam/status"] {
        let (status, answer) = stranger.get(target);
        assert_eq!(status, 404, "{target}: {answer}");
    }
    for target in [list, "/_kinora/usage"] {
        let (status, answer) = stranger.get(target);
        assert_eq!((status, names(&answer)), (200, Vec::new()), "{target}");
    }
    assert_eq!(names(&operator.get(list).1), ["cam", "other"]);
}

/// Sends a track as recorded at a time; gives the number of its fragments.
fn put(server: &Server, stream: &str, source: &Path, track: Track, at_ms: i64) -> u64 {
    let start = format!("{}.{:03}", at_ms / 1000, at_ms % 1000);
    let producer = media::remux(source, &[track]);
    let acks = Acks::of(&put_media(server, stream, &start).fed_by(producer).run());
    let persisted = acks.0.iter().filter(|ack| ack["EventType"] == "PERSISTED");
    let fragments = persisted.count();
    acks.assert_all_persisted(fragments);
    fragments as u64
}

/// The members of an answer that are expected of it.
fn part(answer: &Value, expected: &Value) -> Value {
    let names = expected.as_object().expect("an object").keys();
    let members = names.map(|name| (name.clone(), answer[name].clone()));
    Value::Object(members.collect())
}

fn rows(answer: &Value, table: &str) -> Vec<Value> {
    let rows = answer[table]["rows"].as_array();
    rows.unwrap_or_else(|| panic!("no rows: {answer}")).clone()
}

fn names(answer: &Value) -> Vec<&str> {
    let streams = answer["streams"].as_array();
    let streams = streams.unwrap_or_else(|| panic!("no streams: {answer}"));
    let named = streams.iter().map(|stream| &stream["streamName"]);
    named.filter_map(Value::as_str).collect()
}

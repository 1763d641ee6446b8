//! Every refusal of strict mode, to the byte, and what tolerant mode makes of the same.

use std::io::Write as _;

use ::media::mkv::ebml::SizeForm;
use ::media::mkv::writer;
use bytes::BytesMut;
use it::server::Server;
use it::wire::{Answer, Put, Wire, field};
use serde_json::{Value, json};

use super::film::{cluster, header, listed};

/// An input and what becomes of it.
struct Case {
    /// The error of strict mode.
    error: (u16, &'static str),
    name: &'static str,
    timecodes: &'static str,
    body: fn() -> Vec<u8>,
    end: End,
    /// Acknowledgements of strict mode but for PERSISTED: event, timecode and which
    /// fragment; `ERROR` alone for one that names none.
    strict: &'static [&'static str],
    /// Fragments that strict mode stores.
    strict_stored: usize,
    /// Fragments that tolerant mode stores if it does not refuse.
    tolerant_stored: Option<usize>,
    /// Code of the finding, and a part of what it says.
    finding: (&'static str, &'static str),
}

/// How the body ends.
#[derive(Clone, Copy)]
enum End {
    /// As it should.
    Finish,
    /// With a chunk that is none.
    BadChunk,
    /// With the socket's sending side.
    HalfClose,
    /// Blocks of zeros follow until the server has enough.
    Zeros,
    /// The stream is deleted and nothing follows.
    Delete,
}

const CASES: &[Case] = &[
    Case {
        error: (4000, "STREAM_READ_ERROR"),
        name: "bad-chunk",
        timecodes: "RELATIVE",
        body: || film(1, &[cluster(0, A), cluster(1000, A)]),
        end: End::BadChunk,
        strict: &[
            "BUFFERING 0 A",
            "RECEIVED 0 A",
            "BUFFERING 1000 B",
            "ERROR 1000 B",
        ],
        strict_stored: 1,
        tolerant_stored: None,
        finding: ("connection-broken", "the connection broke off after"),
    },
    Case {
        error: (4000, "STREAM_READ_ERROR"),
        name: "half-close",
        timecodes: "RELATIVE",
        body: || film(1, &[cluster(0, A), cluster(1000, A)]),
        end: End::HalfClose,
        strict: &[
            "BUFFERING 0 A",
            "RECEIVED 0 A",
            "BUFFERING 1000 B",
            "ERROR 1000 B",
        ],
        strict_stored: 1,
        tolerant_stored: None,
        finding: ("connection-broken", "the connection broke off after"),
    },
    Case {
        error: (4001, "MAX_FRAGMENT_SIZE_REACHED"),
        name: "too-large",
        timecodes: "RELATIVE",
        body: || film(1, &[cluster(0, A), cluster(1000, A)]),
        end: End::Zeros,
        strict: &[
            "BUFFERING 0 A",
            "RECEIVED 0 A",
            "BUFFERING 1000 B",
            "ERROR 1000 B",
        ],
        strict_stored: 1,
        tolerant_stored: None,
        finding: ("fragment-too-large", "50000000 is the largest fragment"),
    },
    Case {
        error: (4002, "MAX_FRAGMENT_DURATION_REACHED"),
        name: "too-long",
        timecodes: "RELATIVE",
        body: || {
            film(
                1,
                &[cluster(0, A), cluster(1000, &[(1, 0, 9), (1, 20_001, 9)])],
            )
        },
        end: End::Finish,
        strict: &[
            "BUFFERING 0 A",
            "RECEIVED 0 A",
            "BUFFERING 1000 B",
            "ERROR 1000 B",
        ],
        strict_stored: 1,
        tolerant_stored: Some(2),
        finding: ("fragment-too-long", "20 s is the longest fragment"),
    },
    Case {
        error: (4004, "FRAGMENT_TIMECODE_LESSER_THAN_PREVIOUS"),
        name: "goes-back",
        timecodes: "RELATIVE",
        body: || film(1, &[cluster(1000, A), cluster(200, A)]),
        end: End::Finish,
        strict: &[
            "BUFFERING 1000 A",
            "RECEIVED 1000 A",
            "BUFFERING 200 B",
            "ERROR 200 B",
        ],
        strict_stored: 1,
        tolerant_stored: Some(2),
        finding: ("timestamps-go-back", "already had a frame of track 1"),
    },
    Case {
        error: (4006, "INVALID_MKV_DATA"),
        name: "second-header",
        timecodes: "RELATIVE",
        body: || film(1, &[cluster(0, A), header(1), cluster(1000, A)]),
        end: End::Finish,
        strict: &["BUFFERING 0 A", "RECEIVED 0 A", "ERROR"],
        strict_stored: 1,
        tolerant_stored: Some(2),
        finding: (
            "second-ebml-header",
            "a second Matroska file begins at byte",
        ),
    },
    Case {
        error: (4006, "INVALID_MKV_DATA"),
        name: "garbage",
        timecodes: "RELATIVE",
        body: || film(1, &[cluster(0, A), cluster(1000, A), vec![0; 64]]),
        end: End::Finish,
        strict: &[
            "BUFFERING 0 A",
            "RECEIVED 0 A",
            "BUFFERING 1000 B",
            "ERROR 1000 B",
        ],
        strict_stored: 1,
        tolerant_stored: None,
        finding: ("mkv-damaged", "is not valid Matroska"),
    },
    Case {
        error: (4007, "INVALID_PRODUCER_TIMESTAMP"),
        name: "year-1970",
        timecodes: "ABSOLUTE",
        body: || film(1, &[cluster(0, A)]),
        end: End::Finish,
        strict: &["BUFFERING 0 A", "ERROR 0 A"],
        strict_stored: 0,
        tolerant_stored: Some(1),
        finding: ("producer-time-before-2000", "which is before the year 2000"),
    },
    Case {
        error: (4008, "STREAM_NOT_ACTIVE"),
        name: "deleted",
        timecodes: "RELATIVE",
        body: || film(1, &[cluster(0, A)]),
        end: End::Delete,
        strict: &["BUFFERING 0 A", "ERROR 0 A"],
        strict_stored: 0,
        tolerant_stored: None,
        finding: ("stream-deleted", "was deleted"),
    },
    Case {
        error: (4009, "FRAGMENT_METADATA_LIMIT_REACHED"),
        name: "tags",
        timecodes: "RELATIVE",
        body: || film(1, &[cluster(0, A), eleven_tags()]),
        end: End::Finish,
        strict: &["BUFFERING 0 A", "RECEIVED 0 A", "ERROR 0 A"],
        strict_stored: 0,
        tolerant_stored: Some(1),
        finding: ("tag-limit", "the fragment has 11 tags; 10 are allowed"),
    },
    Case {
        error: (4010, "TRACK_NUMBER_MISMATCH"),
        name: "undeclared",
        timecodes: "RELATIVE",
        body: || film(1, &[cluster(0, A), cluster(1000, &[(1, 0, 9), (2, 5, 9)])]),
        end: End::Finish,
        strict: &[
            "BUFFERING 0 A",
            "RECEIVED 0 A",
            "BUFFERING 1000 B",
            "ERROR 1000 B",
        ],
        strict_stored: 1,
        tolerant_stored: Some(2),
        finding: ("undeclared-track", "belongs to track 2, but only track 1"),
    },
    Case {
        error: (4011, "FRAMES_MISSING_FOR_TRACK"),
        name: "missing",
        timecodes: "RELATIVE",
        body: || film(2, &[cluster(0, &[(1, 0, 9), (2, 5, 9)]), cluster(1000, A)]),
        end: End::Finish,
        strict: &[
            "BUFFERING 0 A",
            "RECEIVED 0 A",
            "BUFFERING 1000 B",
            "ERROR 1000 B",
        ],
        strict_stored: 1,
        tolerant_stored: Some(2),
        finding: ("frames-missing-for-track", "has no frame of track 2"),
    },
    Case {
        error: (4012, "MORE_THAN_ALLOWED_TRACKS_FOUND"),
        name: "four-tracks",
        timecodes: "RELATIVE",
        body: || {
            film(
                4,
                &[cluster(0, &[(1, 0, 9), (2, 1, 9), (3, 2, 9), (4, 3, 9)])],
            )
        },
        end: End::Finish,
        strict: &["ERROR"],
        strict_stored: 0,
        tolerant_stored: Some(1),
        finding: ("too-many-tracks", "4 tracks are declared; 3 are allowed"),
    },
];

/// Two frames of track 1.
const A: &[super::film::Frame] = &[(1, 0, 9), (1, 500, 9)];

#[test]
fn strict_mode_refuses_to_the_byte() {
    let server = start("strict");
    let wire = Wire::to(&server);
    for case in CASES {
        wire.create(case.name, 1);
        let acks = put(&wire, case);
        check_acks(case, &acks, case.strict);
        check_log(&server, case, true);
        if matches!(case.end, End::Delete) {
            continue; // Nothing is left to look at.
        }
        let stored = listed(&wire, case.name);
        assert_eq!(
            stored.len(),
            case.strict_stored,
            "{}: {stored:?}",
            case.name
        );
        check_persisted(case, &acks, &stored);
        check_finding(&wire, case, true);
    }
}

#[test]
fn tolerant_mode_stores_and_tells() {
    let server = start("tolerant");
    let wire = Wire::to(&server);
    for case in CASES {
        wire.create(case.name, 1);
        let acks = put(&wire, case);
        let Some(expected) = case.tolerant_stored else {
            // What cannot be stored is refused here as well.
            check_acks(case, &acks, case.strict);
            check_log(&server, case, true);
            if !matches!(case.end, End::Delete) {
                check_finding(&wire, case, true);
            }
            continue;
        };
        assert!(
            acks.iter().all(|ack| field(ack, "EventType") != "ERROR"),
            "{acks:?}"
        );
        let stored = listed(&wire, case.name);
        assert_eq!(stored.len(), expected, "{}: {acks:?}", case.name);
        check_persisted(case, &acks, &stored);
        check_finding(&wire, case, false);
        check_log(&server, case, false);
    }
}

fn start(mode: &str) -> Server {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let config = folder.path().join("kinora.toml");
    std::fs::write(config, format!("[ingest]\nmode = \"{mode}\"\n")).expect("it can be written");
    Server::start_in(folder, &[])
}

/// Sends the case's body; all acknowledgements. Each is a chunk of its own, and the last
/// chunk is empty, as clients demand.
fn put(wire: &Wire, case: &Case) -> Vec<String> {
    let (mut put, mut answer) = wire
        .put(case.name, case.timecodes)
        .expect("the server answers");
    assert_eq!(answer.status, 200, "{}", case.name);
    let body = (case.body)();
    put.send(&body).expect("the server takes the body");
    let mut acks = Vec::new();
    let sender = match case.end {
        End::Finish => {
            // After a refusal the server need not take the end.
            let _ = put.finish();
            None
        }
        End::BadChunk => {
            let _ = put.raw(b"zz\r\n");
            None
        }
        End::HalfClose => {
            put.vanish().expect("the socket is open");
            None
        }
        End::Zeros => Some(std::thread::spawn(move || zeros(put))),
        End::Delete => {
            acks.push(next(&mut answer, case).expect("BUFFERING comes first"));
            let info = wire.ok("/describeStream", &json!({"StreamName": case.name}));
            let arn = &info["StreamInfo"]["StreamARN"];
            wire.ok("/deleteStream", &json!({"StreamARN": arn}));
            None
        }
    };
    while let Some(ack) = next(&mut answer, case) {
        acks.push(ack);
    }
    if let Some(sender) = sender {
        sender.join().expect("the sender does not panic");
    }
    acks
}

fn next(answer: &mut Answer, case: &Case) -> Option<String> {
    let chunk = answer.chunk();
    let chunk = chunk.unwrap_or_else(|error| panic!("{}: {error}", case.name))?;
    let ack = String::from_utf8(chunk).expect("acknowledgements are text");
    assert_eq!(ack.matches('\n').count(), 1, "{}: {ack:?}", case.name);
    Some(ack)
}

/// 60 MB more of the open Cluster, or as much as the server takes.
fn zeros(mut put: Put) {
    let mut frame = cluster(0, &[(1, 500, 1 << 20)]);
    // Without its Cluster: four bytes of id, eight of size, three of timestamp.
    frame.drain(..15);
    for _ in 0..60 {
        if put.send(&frame).is_err() {
            return;
        }
    }
}

fn check_acks(case: &Case, acks: &[String], expected: &[&str]) {
    let mut numbers: Vec<String> = Vec::new();
    for ack in acks {
        if field(ack, "EventType") == "BUFFERING" {
            numbers.push(field(ack, "FragmentNumber"));
        }
    }
    assert!(numbers.is_sorted(), "{numbers:?}");
    let mut bytes = Vec::new();
    for line in expected {
        let mut parts = line.split(' ');
        let event = parts.next().unwrap_or_default();
        let mut ack = format!("{{\"EventType\":\"{event}\"");
        if let (Some(timecode), Some(which)) = (parts.next(), parts.next()) {
            let at = usize::from(which == "B");
            let number = numbers.get(at).map_or("none", String::as_str);
            ack += &format!(",\"FragmentTimecode\":{timecode},\"FragmentNumber\":\"{number}\"");
        }
        if event == "ERROR" {
            let (id, code) = case.error;
            ack += &format!(",\"ErrorCode\":\"{code}\",\"ErrorId\":{id}");
        }
        writeln!(bytes, "{ack}}}").expect("memory can be written");
    }
    let others = acks
        .iter()
        .filter(|ack| field(ack, "EventType") != "PERSISTED");
    let others: String = others.map(String::as_str).collect();
    let bytes = String::from_utf8(bytes).expect("it is text");
    assert_eq!(others, bytes, "{}", case.name);
}

/// PERSISTED was said of what is stored, of nothing else, once, and after RECEIVED.
fn check_persisted(case: &Case, acks: &[String], stored: &[String]) {
    let of = |event: &str| -> Vec<String> {
        let acks = acks.iter().filter(|ack| field(ack, "EventType") == event);
        acks.map(|ack| field(ack, "FragmentNumber")).collect()
    };
    assert_eq!(of("PERSISTED"), stored, "{}: {acks:?}", case.name);
    for number in stored {
        let events: Vec<String> = acks
            .iter()
            .filter(|ack| field(ack, "FragmentNumber") == *number)
            .map(|ack| field(ack, "EventType"))
            .collect();
        assert_eq!(
            events,
            ["BUFFERING", "RECEIVED", "PERSISTED"],
            "{}",
            case.name
        );
    }
}

fn check_finding(wire: &Wire, case: &Case, refused: bool) {
    let findings = wire.findings(case.name);
    let (code, what) = case.finding;
    let finding = findings.iter().find(|finding| finding["Code"] == code);
    let finding = finding.unwrap_or_else(|| panic!("{}: {findings:#?}", case.name));
    let text = |name: &str| finding[name].as_str().unwrap_or_default();
    assert!(text("What").contains(what), "{}: {finding:#}", case.name);
    assert!(
        !text("Cause").is_empty() && !text("Cure").is_empty(),
        "{finding:#}"
    );
    assert_eq!(finding["Refused"], Value::Bool(refused), "{finding:#}");
    assert_eq!(finding["ErrorId"], case.error.0, "{finding:#}");
    assert_eq!(finding["ErrorCode"], case.error.1, "{finding:#}");
}

/// The log has the finding too; of a deleted stream nothing else has.
fn check_log(server: &Server, case: &Case, refused: bool) {
    let (code, what) = case.finding;
    let code = format!("stream={:?} code={code:?} refused={refused} ", case.name);
    let log = server.log();
    let mut lines = log.lines().filter(|line| line.contains(&code));
    let line = lines.next().unwrap_or_else(|| panic!("{code}: {log}"));
    let (_, said) = line.split_once(" what=").expect("a finding says what");
    assert!(said.contains(what), "{line}");
    assert!(said.contains("cause=") && said.contains("cure="), "{line}");
}

fn film(tracks: u64, parts: &[Vec<u8>]) -> Vec<u8> {
    let mut film = header(tracks);
    film.extend(parts.concat());
    film
}

fn eleven_tags() -> Vec<u8> {
    let names: Vec<String> = (0..11).map(|n| format!("n{n}")).collect();
    let pairs: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "v")).collect();
    let mut out = BytesMut::new();
    writer::tags(&mut out, &pairs, SizeForm::Shortest);
    out.to_vec()
}

//! A stream of the server under test, filled and read by ffmpeg and curl.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use crate::aws::{curl, put_media};
use crate::program::{Output, Program, Running};
use crate::server::Server;

/// A stream, by its name.
pub struct Stream<'a> {
    server: &'a Server,
    name: String,
    arn: String,
}

/// Everything that PutMedia answered.
pub struct Acks(pub Vec<Value>);

impl<'a> Stream<'a> {
    /// Creates it.
    ///
    /// # Panics
    ///
    /// If that fails.
    pub fn create(server: &'a Server, name: &str, retention_hours: u32) -> Stream<'a> {
        let input = json!({"StreamName": name, "DataRetentionInHours": retention_hours});
        let arn = match call(server, "/createStream", &input) {
            Ok(output) => output["StreamARN"].as_str().unwrap_or_default().to_owned(),
            Err(code) => panic!("the stream cannot be created: {code}"),
        };
        let name = name.to_owned();
        Stream { server, name, arn }
    }

    /// One that is there.
    ///
    /// # Panics
    ///
    /// If it is not.
    pub fn of(server: &'a Server, name: &str) -> Stream<'a> {
        let told = call(server, "/describeStream", &json!({"StreamName": name}));
        let told = told.unwrap_or_else(|code| panic!("{name} cannot be described: {code}"));
        let arn = told["StreamInfo"]["StreamARN"].as_str().unwrap_or_default();
        Stream {
            server,
            name: name.to_owned(),
            arn: arn.to_owned(),
        }
    }

    /// Sends what a producer prints, starting now.
    pub fn put(&self, producer: Program) -> Program {
        put_media(self.server, &self.name, &now()).fed_by(producer)
    }

    /// Sends what a producer prints to its end, and keeps the same bytes in a file.
    ///
    /// # Panics
    ///
    /// If the upload fails.
    pub fn put_all(&self, producer: Program, copy: &Path) -> Acks {
        let tee = Program::new("tee").args([copy]).fed_by(producer);
        Acks::of(&self.put(tee).run())
    }

    /// Opens GetMedia, which has no end.
    pub fn get(&self, selector: &str) -> Running {
        let selector = json!({"StartSelectorType": selector});
        let body = json!({"StreamName": self.name, "StartSelector": selector}).to_string();
        json_call(self.server, "/getMedia", &body).start()
    }

    /// Everything there is, by GetMedia: it is read until the trailing tags of so many
    /// fragments have come.
    ///
    /// # Panics
    ///
    /// If they do not come.
    pub fn earliest(&self, fragments: usize) -> Vec<u8> {
        let mut reading = self.get("EARLIEST");
        let whole = |bytes: &[u8]| whole_fragments(bytes) >= fragments;
        reading.wait_for("all fragments", whole);
        reading.stop().stdout
    }

    /// The address of an HLS session over all there is, or the error's code.
    ///
    /// # Errors
    ///
    /// The code of the service's error.
    pub fn hls(&self, mode: &str) -> Result<String, String> {
        let (start, end) = (seconds() - 600.0, seconds() + 600.0);
        let selector = json!({
            "FragmentSelectorType": "PRODUCER_TIMESTAMP",
            "TimestampRange": {"StartTimestamp": start, "EndTimestamp": end},
        });
        let live = mode == "LIVE";
        let more = (!live).then(|| json!({"HLSFragmentSelector": selector}));
        self.hls_with(mode, more.unwrap_or_else(|| json!({})))
    }

    /// The address of an HLS session with more input than its mode, or the error's code.
    ///
    /// # Errors
    ///
    /// The code of the service's error.
    pub fn hls_with(&self, mode: &str, mut input: Value) -> Result<String, String> {
        input["StreamName"] = json!(self.name);
        input["PlaybackMode"] = json!(mode);
        let output = call(self.server, "/getHLSStreamingSessionURL", &input)?;
        let url = output["HLSStreamingSessionURL"].as_str();
        Ok(url.expect("an address").to_owned())
    }

    /// What ListFragments lists.
    ///
    /// # Panics
    ///
    /// If it answers an error.
    pub fn fragments(&self) -> Vec<Value> {
        let all = json!({"StartTimestamp": 0.0, "EndTimestamp": 4e9});
        let selector = json!({"FragmentSelectorType": "SERVER_TIMESTAMP", "TimestampRange": all});
        let input = json!({"StreamName": self.name, "FragmentSelector": selector});
        let mut output = call(self.server, "/listFragments", &input).expect("a list");
        match output["Fragments"].take() {
            Value::Array(fragments) => fragments,
            other => panic!("ListFragments answered {other}"),
        }
    }

    /// Deletes it.
    ///
    /// # Panics
    ///
    /// If that fails.
    pub fn delete(&self) {
        let input = json!({"StreamARN": self.arn});
        call(self.server, "/deleteStream", &input).expect("the stream can be deleted");
    }
}

impl Acks {
    /// Reads one acknowledgement a line.
    ///
    /// # Panics
    ///
    /// If a line is not JSON.
    pub fn of(output: &Output) -> Acks {
        let text = output.text();
        let parse =
            |line: &str| serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}: {output}"));
        Acks(text.lines().map(parse).collect())
    }

    /// Asserts that so many fragments were acknowledged as BUFFERING, RECEIVED and
    /// PERSISTED, each in this order, and nothing else was said.
    ///
    /// # Panics
    ///
    /// If not.
    pub fn assert_all_persisted(&self, fragments: usize) {
        let mut events: BTreeMap<String, Vec<&str>> = BTreeMap::new();
        for ack in &self.0 {
            let event = ack["EventType"].as_str().unwrap_or_default();
            events
                .entry(ack["FragmentNumber"].to_string())
                .or_default()
                .push(event);
        }
        assert_eq!(events.len(), fragments, "{:?}", self.0);
        for of_one in events.values() {
            assert_eq!(
                of_one[..],
                ["BUFFERING", "RECEIVED", "PERSISTED"],
                "{events:?}"
            );
        }
    }
}

/// Calls an operation.
///
/// # Errors
///
/// The code of the service's error.
pub fn call(server: &Server, path: &str, input: &Value) -> Result<Value, String> {
    let head = server
        .folder()
        .join(format!("head{}", path.replace('/', "-")));
    let answer = json_call(server, path, &input.to_string())
        .args(["--dump-header".as_ref(), head.as_os_str()])
        .run();
    let head = std::fs::read_to_string(&head).expect("curl wrote the answer's head");
    let code = head.lines().find_map(|line| {
        let (name, value) = line.split_once(": ")?;
        let is_code = name.eq_ignore_ascii_case("x-amzn-errortype");
        is_code.then(|| value.trim().to_owned())
    });
    code.map_or_else(|| Ok(answer.json()), Err)
}

/// How many fragments of a GetMedia answer are whole: each ends with a tag of its own.
pub fn whole_fragments(bytes: &[u8]) -> usize {
    // The name, then the value's element head, then the number.
    let complete = |at: usize| bytes.len() >= at + FINAL_TAG.len() + 4 + 47;
    let found = positions(bytes, FINAL_TAG);
    found.into_iter().filter(|at| complete(*at)).count()
}

/// Where a byte string occurs.
pub fn positions(bytes: &[u8], wanted: &[u8]) -> Vec<usize> {
    let first = wanted[0];
    let candidates = bytes.iter().enumerate().filter(|(_, byte)| **byte == first);
    candidates
        .map(|(at, _)| at)
        .filter(|at| bytes[*at..].starts_with(wanted))
        .collect()
}

/// Now, as PutMedia takes it.
pub fn now() -> String {
    format!("{:.3}", seconds())
}

fn seconds() -> f64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since.expect("the clock is past 1970").as_secs_f64()
}

fn json_call(server: &Server, path: &str, body: &str) -> Program {
    curl(server, path)
        .args(["--header", "Content-Type: application/json"])
        .args(["--data", body])
        .timeout(Duration::from_secs(40))
}

const FINAL_TAG: &[u8] = b"AWS_KINESISVIDEO_CONTINUATION_TOKEN";

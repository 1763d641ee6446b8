//! The 38 cases of the public suite, signed by header and by query string.

use std::collections::BTreeMap;
use std::path::Path;

use super::Request;
use crate::sigv4::{PayloadHash, Rules, check_body};

const RULES: Rules<'static> = Rules {
    now_s: 1_440_938_160,
    region: "us-east-1",
    services: &["service"],
    skew_s: 300,
};

type Files = BTreeMap<String, Vec<u8>>;

#[allow(clippy::disallowed_methods, reason = "a test reads its data files")]
fn read(path: &Path) -> Vec<u8> {
    std::fs::read(path).expect("the test data is part of the source tree")
}

fn cases() -> Vec<(String, Files)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/sigv4");
    let mut cases = Vec::new();
    for entry in std::fs::read_dir(root).expect("the test data is part of the source tree") {
        let folder = entry.expect("a readable folder").path();
        if folder.is_dir() {
            let files = std::fs::read_dir(&folder).expect("a readable folder");
            let files = files.map(|file| {
                let path = file.expect("a readable folder").path();
                let name = path
                    .file_name()
                    .expect("a file")
                    .to_string_lossy()
                    .into_owned();
                (name, read(&path))
            });
            let name = folder
                .file_name()
                .expect("a folder")
                .to_string_lossy()
                .into_owned();
            cases.push((name, files.collect()));
        }
    }
    cases.sort();
    assert_eq!(cases.len(), 38);
    cases
}

/// A request file: request line, headers, possibly folded, an empty line, the body.
fn parse(file: &[u8]) -> Request {
    let text = std::str::from_utf8(file).expect("the suite is UTF-8");
    let (head, body) = text.split_once("\n\n").unwrap_or((text, ""));
    let mut lines = head.lines();
    let line = lines
        .next()
        .expect("a request line")
        .strip_suffix(" HTTP/1.1")
        .expect("HTTP/1.1");
    let (method, target) = line.split_once(' ').expect("a method");
    let mut headers: Vec<(String, Vec<u8>)> = Vec::new();
    for line in lines {
        if line.starts_with(' ') {
            let (_, value) = headers.last_mut().expect("a header to continue");
            value.push(b'\n');
            value.extend_from_slice(line.as_bytes());
        } else {
            let (name, value) = line.split_once(':').expect("a header");
            headers.push((name.to_owned(), value.as_bytes().to_vec()));
        }
    }
    let body = body.trim_end_matches('\n').as_bytes().to_vec();
    Request {
        method: method.to_owned(),
        target: target.to_owned(),
        headers,
        body,
    }
}

fn text<'a>(files: &'a Files, name: &str) -> &'a str {
    std::str::from_utf8(&files[name])
        .expect("the suite is UTF-8")
        .trim_end()
}

#[test]
fn every_case_verifies_in_both_forms() {
    for (name, files) in cases() {
        for form in ["header", "query"] {
            let request = parse(&files[&format!("{form}-signed-request.txt")]);
            request
                .verify(&RULES)
                .unwrap_or_else(|error| panic!("{name} {form}: {error}"));
            let mut wrong_key = request.parse(&RULES).expect("it verified");
            wrong_key.scope = wrong_key.scope.replace("us-east-1", "us-east-2");
            let hash = check_body(wrong_key.payload(), &request.body).expect("it verified");
            assert!(
                wrong_key.verify(&super::key_of(&wrong_key), &hash).is_err(),
                "{name} {form}"
            );
        }
    }
}

#[test]
fn primary_canonical_request_is_the_published_one() {
    let mut compared = 0;
    for (name, files) in cases() {
        let context: serde_json::Value =
            serde_json::from_slice(&files["context.json"]).expect("JSON");
        let normalised = context["normalize"].as_bool().expect("a flag");
        for form in ["header", "query"] {
            // Those two kinds are matched by an alternative: no normalisation, an unsigned token.
            if !normalised || (name == "post-sts-header-after" && form == "query") {
                continue;
            }
            let request = parse(&files[&format!("{form}-signed-request.txt")]);
            let presented = request.parse(&RULES).expect("well formed");
            let hash = check_body(presented.payload(), &request.body).expect("hash");
            let expected = text(&files, &format!("{form}-canonical-request.txt"));
            assert_eq!(
                presented.canonical_request(&hash),
                expected,
                "{name} {form}"
            );
            let expected = text(&files, &format!("{form}-string-to-sign.txt"));
            assert_eq!(presented.string_to_sign(&hash), expected, "{name} {form}");
            assert_eq!(
                *presented.payload() == PayloadHash::EmptyBody,
                form == "query"
            );
            compared += 1;
        }
    }
    assert_eq!(compared, 61);
}

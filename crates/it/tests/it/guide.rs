//! The getting-started guide, run as it stands: its commands in one shell, one after the
//! other, and what it says comes out.

use std::time::Duration;

use it::installed;
use it::program::Program;

/// Commands, and lines that their output must have, in this order.
struct Passage {
    commands: String,
    expected: Vec<String>,
}

#[test]
fn the_walk_of_the_guide() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let page = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../docs/guide/getting-started.md"
    );
    let page = std::fs::read_to_string(page).expect("the guide is there");
    // The guide's port may be in use, but hardly at an address of this process alone.
    let [_, a, b, c] = std::process::id().to_be_bytes();
    let ip = format!("127.{}.{b}.{}", a | 0x80, c.max(1));
    let passages = passages(&page.replace("127.0.0.1", &ip));
    assert!(passages.len() >= 10, "{} passages", passages.len());
    let mut script = String::from("exec 2>&1\ntrap 'kill $(jobs -p) 2> /dev/null' EXIT\n");
    for passage in &passages {
        script.push_str(&passage.commands);
        script.push_str(&format!("\necho '{MARK}'\n"));
    }
    let file = folder.path().join("guide.sh");
    std::fs::write(&file, script).expect("the script can be written");
    let binary = installed("KINORA_TEST_BINARY");
    let programs = [
        binary.parent().expect("a binary has a folder").to_owned(),
        installed("KINORA_TEST_VENV").join("bin"),
    ];
    let own = programs
        .map(|folder| folder.display().to_string())
        .join(":");
    let path = std::env::var("PATH").expect("there is a PATH");
    let output = Program::new("bash")
        .args([&file])
        .folder(folder.path())
        .envs([
            ("PATH", format!("{own}:{path}")),
            ("HOME", folder.path().display().to_string()),
            ("AWS_PAGER", String::new()),
            ("AWS_EC2_METADATA_DISABLED", "true".to_owned()),
            ("AWS_MAX_ATTEMPTS", "1".to_owned()),
        ])
        .timeout(Duration::from_secs(400))
        .output();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let mut parts = said.split(MARK);
    for passage in &passages {
        let part = parts.next().unwrap_or_default();
        let mut rest = part;
        for line in &passage.expected {
            let found = rest.find(line.as_str());
            let at = found.unwrap_or_else(|| {
                let commands = &passage.commands;
                panic!(
                    "after\n{commands}\n'{line}' does not come out, but\n{part}\nIn all:\n{said}"
                )
            });
            rest = &rest[at + line.len()..];
        }
    }
}

/// The fenced blocks: `sh` is run, what follows it is expected of it.
fn passages(page: &str) -> Vec<Passage> {
    let mut passages: Vec<Passage> = Vec::new();
    for block in page.split("```").skip(1).step_by(2) {
        let (kind, text) = block.split_once('\n').expect("a block has lines");
        match kind {
            "sh" => passages.push(Passage {
                commands: text.trim_end().to_owned(),
                expected: Vec::new(),
            }),
            "text" | "json" => {
                let last = passages.last_mut().expect("output follows commands");
                last.expected.extend(text.lines().map(str::to_owned));
            }
            other => panic!("a block of '{other}' is neither commands nor output"),
        }
    }
    passages
}

const MARK: &str = "-- end of a passage --";

//! `kinora fsck` by a user: what it says of damage, what it mends, and its exit codes.

use std::fs::{self, File};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use it::installed;
use it::program::{Output, Program};
use it::server::Server;
use it::wire::Wire;

use super::film::{fragments, listed, read};
use super::retention::put;

#[test]
fn a_check_says_what_is_wrong_and_mends_what_it_can() {
    let mut server = Server::start();
    let wire = Wire::to(&server);
    wire.create("cam", 24);
    let all = put(&wire, 4);
    let refused = fsck(&server, "");
    assert_eq!(refused.status.code(), Some(1));
    assert!(refused.stderr.contains("in use"), "{refused}");
    // What was open is settled by the next start.
    server.restart_gracefully();
    server.kill();
    expect(&fsck(&server, "--full"), 0, &["missing 0", "corrupt 0"]);

    // A record is lost, and a bit of another one.
    let (extent, records) = records(&server.data());
    assert_eq!(records.len(), 4);
    let lost = vec![0; (records[2] - records[1]) as usize];
    extent
        .write_all_at(&lost, records[1])
        .expect("it can be written");
    let mut byte = [0];
    let at = records[2] + 1_000_000;
    extent.read_exact_at(&mut byte, at).expect("it can be read");
    byte[0] ^= 1;
    extent.write_all_at(&byte, at).expect("it can be written");

    let named = format!("fragment {}", all[1]);
    let quick = ["missing 1", "corrupt 0", named.as_str()];
    expect(&fsck(&server, ""), 1, &quick);
    let flipped = format!("fragment {}", all[2]);
    let full = ["missing 1", "corrupt 1", named.as_str(), flipped.as_str()];
    expect(&fsck(&server, "--full"), 1, &full);
    // To look changes nothing.
    expect(&fsck(&server, ""), 1, &quick);
    // What was lost is taken off the lists. What cannot be opened stays, and is told.
    expect(&fsck(&server, "--repair"), 0, &quick);
    expect(&fsck(&server, ""), 0, &["missing 0"]);
    let left = ["missing 0", "corrupt 1", flipped.as_str()];
    expect(&fsck(&server, "--full --repair"), 1, &left);

    server.restart();
    let wire = Wire::to(&server);
    let kept = [all[0].clone(), all[2].clone(), all[3].clone()];
    assert_eq!(listed(&wire, "cam"), kept);
    let whole = [all[0].clone(), all[3].clone()];
    assert_eq!(fragments(&read(&wire, "cam", &whole)), whole);
    let new = put(&wire, 1);
    assert_eq!(fragments(&read(&wire, "cam", &new)), new);
}

fn fsck(server: &Server, options: &str) -> Output {
    let program = Program::new(installed("KINORA_TEST_BINARY")).line("fsck");
    let program = program.line(options).args(["--data"]);
    program.args([server.data()]).output()
}

/// How a check ended, and what its report has, whatever the space between.
fn expect(checked: &Output, code: i32, lines: &[&str]) {
    let said = checked.text();
    let said: Vec<String> = said
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
        .collect();
    assert_eq!(checked.status.code(), Some(code), "{checked}");
    for wanted in lines {
        let found = said.iter().any(|line| line.contains(wanted));
        assert!(found, "no {wanted:?}: {checked}");
    }
    let complains = checked.stderr.contains("not as it should be");
    assert_eq!(complains, code == 1, "{checked}");
}

/// The one extent with records, and where they begin.
fn records(data: &Path) -> (File, Vec<u64>) {
    let files = fs::read_dir(data.join("media")).expect("there is media");
    let paths = files.map(|file| file.expect("it can be listed").path());
    let settled = |path: &PathBuf| path.extension().is_some_and(|e| e == "extent");
    let mut settled = paths.filter(settled);
    let path = settled.next().expect("an extent is settled");
    assert_eq!(settled.next(), None);
    let bytes = fs::read(&path).expect("it can be read");
    let blocks = bytes.chunks(BLOCK).enumerate();
    let begin = blocks.filter(|(_, block)| block.starts_with(b"KNRX"));
    let records = begin.map(|(at, _)| (at * BLOCK) as u64).collect();
    let file = File::options().read(true).write(true).open(&path);
    (file.expect("it can be opened"), records)
}

/// Records begin on multiples of it.
const BLOCK: usize = 4096;

//! A full disk: nothing is acknowledged that was not kept, the server stays up, and it
//! goes on when there is space again.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use it::installed;
use it::program::Program;
use it::server::Server;
use it::wire::{Wire, field};
use serde_json::json;

use super::film::{cluster, fragments, header, listed, read};

#[test]
fn a_limit_of_disk_space_is_kept_and_retention_gives_it_back() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let config = "[store]\nmedia_bytes_max = 67108864\n";
    fs::write(folder.path().join("kinora.toml"), config).expect("it can be written");
    let mut server = Server::start_in(folder, &[]);
    let wire = Wire::to(&server);
    wire.create("cam", 24);
    let acks = put(&wire, 30);
    assert_eq!(error(&acks), "5001 ARCHIVAL_ERROR");
    check_kept(&wire, &acks, 10);
    assert!(
        taken(&server.data()) <= 64 << 20,
        "{} bytes",
        taken(&server.data())
    );
    let findings = wire.findings("cam");
    assert!(
        findings.iter().any(|f| f["Code"] == "not-persisted"),
        "{findings:#?}"
    );
    // Settings can be changed all the same.
    wire.create("other", 1);

    server.restart_later(25 * 3600);
    let wire = Wire::to(&server);
    wait_until("the expired media is gone", || {
        taken(&server.data()) < 8 << 20
    });
    assert!(listed(&wire, "cam").is_empty());
    let acks = put(&wire, 2);
    assert_eq!(error(&acks), "");
    check_kept(&wire, &acks, 2);
    check_store(&mut server);
}

#[test]
fn a_full_disk_is_survived() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let data = folder.path().join("data");
    fs::create_dir(&data).expect("a folder can be made");
    let mount = Program::new("mount").line("-t tmpfs -o size=400m,mode=700 tmpfs");
    // A promise about full disks is not shown by passing over it.
    let mounted = mount.args([&data]).output().status.success();
    assert!(mounted, "this test mounts a small tmpfs, which takes root");
    let disk = Disk(data.clone());
    let mut server = Server::start_in(folder, &[]);
    let wire = Wire::to(&server);
    wire.create("cam", 24);

    // There is room for metadata, but not for an extent.
    let hoard = disk.fill();
    cut(&hoard, 8 << 20);
    let acks = put(&wire, 3);
    assert_eq!(error(&acks), "5001 ARCHIVAL_ERROR");
    check_kept(&wire, &acks, 0);
    wire.create("other", 1);

    cut(&hoard, 100 << 20);
    disk.check_use(&wire);

    // There is space again.
    fs::remove_file(&hoard).expect("it can be removed");
    let acks = put(&wire, 3);
    assert_eq!(error(&acks), "");
    check_kept(&wire, &acks, 3);

    // The extent has room, the metadata has none but in its log: some succeed, none lies.
    let hoard = disk.fill();
    let mut failed = 0;
    for attempt in 0.. {
        if failed == 10 {
            break;
        }
        assert!(attempt < 200, "the metadata had space all the time");
        let Some(acks) = try_put(&wire, 3, 100_000) else {
            failed += 1; // It was refused before the upload, as 503.
            continue;
        };
        let error = error(&acks);
        assert!(
            ["", "5001 ARCHIVAL_ERROR"].contains(&error.as_str()),
            "{acks:?}"
        );
        check_kept(&wire, &acks, 0);
        failed += u32::from(!error.is_empty());
    }
    disk.check_refusals(&wire);
    // However full it is: what frees space works.
    let rest = disk.fill_rest();
    delete(&wire, "other");
    fs::remove_file(&rest).expect("it can be removed");
    fs::remove_file(&hoard).expect("it can be removed");
    disk.check_ballast(&wire);
    let before = listed(&wire, "cam");
    server.crash_and_restart();
    let wire = Wire::to(&server);
    assert_eq!(listed(&wire, "cam"), before);
    delete(&wire, "cam");
    wire.create("cam", 24);
    wait_until("the media is gone", || taken(&server.data()) < 8 << 20);
    let acks = put(&wire, 3);
    assert_eq!(error(&acks), "");
    check_kept(&wire, &acks, 3);
    check_store(&mut server);
}

/// A small file system, gone with this.
struct Disk(PathBuf);

impl Disk {
    /// Takes all space there is; the file that took it.
    fn fill(&self) -> PathBuf {
        self.fill_as("hoard")
    }

    /// Takes what has become free since.
    fn fill_rest(&self) -> PathBuf {
        self.fill_as("rest")
    }

    fn fill_as(&self, name: &str) -> PathBuf {
        let path = self.0.join(name);
        let mut file = fs::File::create(&path).expect("a file can be made");
        let mut size = 1 << 20;
        while size >= 4096 {
            let zeros = vec![0; size];
            while std::io::Write::write_all(&mut file, &zeros).is_ok() {}
            size /= 16;
        }
        path
    }

    /// An extent is made of what there is, and all but what metadata needs is used.
    fn check_use(&self, wire: &Wire) {
        let acks = put(wire, 40);
        assert_eq!(error(&acks), "5001 ARCHIVAL_ERROR");
        check_kept(wire, &acks, 20);
        let rest = self.fill_rest();
        let left = rest.metadata().expect("it is there").len();
        assert!(left < 40 << 20, "{left} bytes were not used");
        fs::remove_file(&rest).expect("it can be removed");
    }

    /// What was held back, and is used up, is held back again, though media takes all the
    /// space that there is.
    fn check_ballast(&self, wire: &Wire) {
        let ballast = self.0.join("ballast");
        // Deleting has used it, if there was no other space.
        let _used = fs::remove_file(&ballast);
        let taken = self.fill_as("taken");
        // The server has seen that it is gone when it has tried in vain to have it back,
        // which makes a file and removes it, for the second time.
        for _ in 0..2 {
            let changed = || self.0.metadata().and_then(|data| data.modified()).ok();
            let before = changed();
            wait_until("the server looks after it", || changed() != before);
        }
        assert!(!ballast.exists());
        cut(&taken, 60 << 20);
        let acks = put(wire, 120);
        assert_eq!(error(&acks), "5001 ARCHIVAL_ERROR");
        check_kept(wire, &acks, 0);
        wait_until("space is held back again", || {
            ballast.metadata().is_ok_and(|file| file.len() == 32 << 20)
        });
        fs::remove_file(&taken).expect("it can be removed");
    }

    /// What changes settings works or says clearly that it does not; what reads, works.
    fn check_refusals(&self, wire: &Wire) {
        for n in 0..50 {
            let input = json!({"StreamName": format!("s{n}"), "DataRetentionInHours": 1});
            let (status, body) = wire
                .call("/createStream", &input)
                .expect("the server answers");
            let text = String::from_utf8_lossy(&body);
            let clear = status == 400 || (status >= 500 && text.contains("Message"));
            assert!(status == 200 || clear, "{status}: {text}");
        }
        wire.ok("/describeStream", &json!({"StreamName": "cam"}));
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Program::new("umount")
            .line("--lazy")
            .args([&self.0])
            .output();
    }
}

/// Gives so much of a file's space back.
fn cut(path: &Path, bytes: u64) {
    let file = fs::File::options().write(true).open(path);
    let file = file.expect("it is there");
    let size = file.metadata().expect("it is there").len();
    file.set_len(size - bytes).expect("a file can be cut");
}

fn delete(wire: &Wire, stream: &str) {
    let told = wire.ok("/describeStream", &json!({"StreamName": stream}));
    let arn = &told["StreamInfo"]["StreamARN"];
    wire.ok("/deleteStream", &json!({"StreamARN": arn}));
}

/// Sends fragments of 3 MB; the acknowledgements.
fn put(wire: &Wire, count: u64) -> Vec<String> {
    try_put(wire, count, 3_000_000).expect("PutMedia is accepted")
}

/// The same with fragments of so many bytes, or nothing if the server refuses at once
/// because it cannot go on now.
fn try_put(wire: &Wire, count: u64, bytes: usize) -> Option<Vec<String>> {
    let (mut put, mut answer) = wire.put("cam", "RELATIVE").expect("the server answers");
    if answer.status != 200 {
        assert_eq!(answer.status, 503);
        return None;
    }
    let sender = std::thread::spawn(move || {
        let mut flow = put.send(&header(1));
        for n in 0..count {
            let cluster = cluster(n * 1000, &[(1, 0, bytes / 2), (1, 500, bytes / 2)]);
            flow = flow.and_then(|()| put.send(&cluster));
        }
        // The server may have ended the connection with an error.
        let _ = flow.and_then(|()| put.finish());
    });
    let acks = answer.rest().expect("the connection ends as it should");
    sender.join().expect("the sender does not panic");
    let acks = String::from_utf8(acks).expect("acknowledgements are text");
    Some(acks.lines().map(str::to_owned).collect())
}

/// The error that ended a connection, if one did; nothing but PERSISTED of earlier
/// fragments comes after it.
fn error(acks: &[String]) -> String {
    let at = acks
        .iter()
        .position(|ack| field(ack, "EventType") == "ERROR");
    let Some(at) = at else {
        return String::new();
    };
    for ack in &acks[at + 1..] {
        assert_eq!(field(ack, "EventType"), "PERSISTED", "{acks:?}");
    }
    format!(
        "{} {}",
        field(&acks[at], "ErrorId"),
        field(&acks[at], "ErrorCode")
    )
}

/// What was acknowledged is listed, and all that is listed reads.
fn check_kept(wire: &Wire, acks: &[String], least: usize) {
    let persisted = acks
        .iter()
        .filter(|ack| field(ack, "EventType") == "PERSISTED");
    let persisted: Vec<String> = persisted.map(|ack| field(ack, "FragmentNumber")).collect();
    assert!(persisted.len() >= least, "{acks:?}");
    let listed = listed(wire, "cam");
    for number in &persisted {
        assert!(listed.contains(number), "{number} is not listed");
    }
    if !listed.is_empty() {
        assert_eq!(fragments(&read(wire, "cam", &listed)), listed);
    }
}

fn check_store(server: &mut Server) {
    server.kill();
    server.restart();
    server.kill();
    let fsck = Program::new(installed("KINORA_TEST_BINARY")).line("fsck --full --data");
    fsck.args([server.data()]).run();
}

/// Bytes of disk that the media takes.
pub(super) fn taken(data: &Path) -> u64 {
    let files = fs::read_dir(data.join("media")).expect("there is media");
    // A file may be removed while this looks.
    let sizes = files.filter_map(|file| Some(file.ok()?.metadata().ok()?.blocks() * 512));
    sizes.sum()
}

pub(super) fn wait_until(what: &str, done: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !done() {
        assert!(Instant::now() < deadline, "in vain: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

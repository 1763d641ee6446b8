//! What survives a power cut. No test can cut the power, but it can see that the server
//! does not acknowledge before it has asked the kernel to make everything durable: its
//! system calls are logged, and their order is checked.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use it::server::Server;
use it::syscalls::{self, Call};
use it::wire::{Answer, Wire, field};

use super::film::{cluster, header, position};

/// What a server did while fragments were put, one after the other.
struct Log {
    data: PathBuf,
    calls: Vec<Call>,
}

/// A fragment on its way to the disk.
struct Stored<'a> {
    number: u64,
    /// The write of its media.
    write: &'a Call,
    /// The key of its row.
    row: Vec<u8>,
    /// The write of its acknowledgement to the connection.
    ack: &'a Call,
}

/// Invariant 1 of `docs/ARCHITECTURE.md`.
#[test]
fn persisted_is_sent_after_media_and_row_and_names_were_synced() {
    let log = traced();
    let wal = log.data.join("meta.db-wal");
    let stored = log.stored();
    for Stored {
        number,
        write,
        row,
        ack,
    } in &stored
    {
        let media = log.synced(&write.path, write.ended);
        let media = media.unwrap_or_else(|| panic!("{number}: the media was never synced"));
        let mut rows = log.calls.iter().filter(|call| call.path == wal);
        let row = rows.find(|call| call.name == "pwrite64" && holds(call, row));
        let row = row.unwrap_or_else(|| panic!("{number}: the row was never written"));
        assert!(media < row.begun, "{number}: the row was before the media");
        let row = log.synced(&wal, row.ended);
        let row = row.unwrap_or_else(|| panic!("{number}: the row was never synced"));
        assert!(row < ack.begun, "{number} was acknowledged too early");
    }
    log.check_names(&stored);
    log.check_renamed();
}

/// Puts fragments into a server whose calls are logged.
fn traced() -> Log {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    // Extents of 4 MiB: some of them are filled.
    let config = "[store]\nmedia_bytes_max = 67108864\n";
    std::fs::write(folder.path().join("kinora.toml"), config).expect("it can be written");
    // Enough of a write for a header or a page.
    let mut server = Server::start_traced(folder, CALLS, 8192);
    let wire = Wire::to(&server);
    wire.create("cam", 24);
    let (mut put, mut acks) = wire.put("cam", "RELATIVE").expect("the server answers");
    put.send(&header(1)).expect("the server takes the body");
    for n in 0..=FRAGMENTS {
        let film = cluster(1000 * n, &[(1, 0, FRAME_BYTES)]);
        put.send(&film).expect("the server takes the body");
        // One after the other, so that each has a write of its own.
        if n > 0 {
            wait_for_persisted(&mut acks);
        }
    }
    // What is done beside the appending is finished first.
    server.ask_to_end();
    assert!(server.wait().success());
    let (log, pid) = (server.trace_log(), server.pid());
    let deadline = Instant::now() + Duration::from_secs(10);
    while !syscalls::has_ended(&log, pid) {
        assert!(Instant::now() < deadline, "strace does not end");
        std::thread::sleep(Duration::from_millis(5));
    }
    Log {
        data: server.data(),
        calls: syscalls::read(&log),
    }
}

fn wait_for_persisted(acks: &mut Answer) {
    loop {
        let ack = acks.chunk().expect("the connection goes on");
        let ack = String::from_utf8(ack.expect("more comes")).expect("it is text");
        if field(&ack, "EventType") == "PERSISTED" {
            return;
        }
    }
}

impl Log {
    /// The fragments that were acknowledged, in their order.
    fn stored(&self) -> Vec<Stored<'_>> {
        let media = self.data.join("media");
        let writes = self.calls.iter().filter(|call| {
            call.name == "pwrite64"
                && call.path.starts_with(&media)
                && call.strings.iter().any(|bytes| bytes.starts_with(b"KNRX"))
        });
        let acks = self
            .calls
            .iter()
            .filter(|call| !call.path.starts_with(&self.data) && holds(call, b"\"PERSISTED\""));
        let stored = writes.zip(acks).map(|(write, ack)| {
            let header = &write.strings[0];
            // Stream, server time, sequence.
            let parts = [&header[24..32], &header[40..48], &header[32..40]];
            let sequence = header[32..40].try_into().expect("eight bytes");
            Stored {
                number: u64::from_be_bytes(sequence),
                write,
                row: parts.concat(),
                ack,
            }
        });
        let stored: Vec<_> = stored.collect();
        assert_eq!(stored.len() as u64, FRAGMENTS, "acknowledged fragments");
        stored
    }

    /// When a file or directory was next synced after a line; `None` if it was not.
    fn synced(&self, path: &Path, after: usize) -> Option<usize> {
        let mut syncs = self.calls.iter().filter(|call| {
            ["fsync", "fdatasync"].contains(&call.name.as_str())
                && call.succeeded
                && call.path == path
                && call.begun > after
        });
        syncs.next().map(|sync| sync.ended)
    }

    /// Files and directories were to be found by what they are called, before anything
    /// that lies in them was acknowledged.
    fn check_names(&self, stored: &[Stored]) {
        let extent = |n: u64| format!("media/{n:016x}.open");
        let mut names = vec![
            (String::new(), 0),
            ("kek".into(), 0),
            ("meta.db".into(), 0),
            ("meta.db-wal".into(), 0),
            ("media".into(), 0),
            ("media/id".into(), 0),
        ];
        for n in 1..=EXTENTS {
            let path = self.data.join(extent(n));
            let first = stored.iter().position(|stored| stored.write.path == path);
            let first = first.unwrap_or_else(|| panic!("nothing lies in {}", path.display()));
            names.push((extent(n), first));
        }
        for (name, first) in names {
            let made = self.made(&name);
            let path = self.data.join(&name);
            let parent = path.parent().expect("it is in a folder");
            let synced = self.synced(parent, made.ended);
            let synced = synced.unwrap_or_else(|| panic!("the name {name} was never synced"));
            let ack = stored[first].ack;
            assert!(synced < ack.begun, "the name {name} was synced too late");
        }
        // What becomes of a name that counts as the other does only matters in the end.
        let settled = self.made("media/0000000000000001.extent");
        let synced = self.synced(&self.data.join("media"), settled.ended);
        assert!(
            synced.is_some(),
            "the name of a settled extent was never synced"
        );
    }

    /// The call that made a name.
    fn made(&self, name: &str) -> &Call {
        // A path of nothing would add a slash.
        let path = if name.is_empty() {
            self.data.clone()
        } else {
            self.data.join(name)
        };
        let made = self
            .calls
            .iter()
            .filter(|call| call.succeeded)
            .find(|call| match call.name.as_str() {
                "openat" => call.arguments.contains("O_CREAT") && call.named(0) == path,
                "mkdir" => call.named(0) == path,
                "rename" => call.named(1) == path,
                _ => false,
            });
        made.unwrap_or_else(|| panic!("{} was never made", path.display()))
    }

    /// What gets its name only when it is complete was synced before.
    fn check_renamed(&self) {
        for name in ["kek", "media/id"] {
            let rename = self.made(name);
            assert_eq!(rename.name, "rename", "{name} may be found half written");
            let before = rename.named(0);
            let mut written = self.calls.iter().filter(|call| {
                call.name == "write" && call.path == before && call.ended < rename.begun
            });
            let last = written.next_back().expect("it has contents").ended;
            let synced = self.synced(&before, last);
            let in_time = synced.is_some_and(|synced| synced < rename.begun);
            assert!(
                in_time,
                "{name} got its name before its contents were synced"
            );
        }
    }
}

fn holds(call: &Call, wanted: &[u8]) -> bool {
    let mut strings = call.strings.iter();
    strings.any(|bytes| position(bytes, wanted).is_some())
}

/// What makes names and contents, syncs them, and acknowledges.
const CALLS: &str = "openat,mkdir,rename,write,pwrite64,fsync,fdatasync,\
    writev,sendto,sendmsg";
/// Five of them fill an extent; the first is settled some while after it is full.
const FRAGMENTS: u64 = 17;
const FRAME_BYTES: usize = 700_000;
const EXTENTS: u64 = 4;

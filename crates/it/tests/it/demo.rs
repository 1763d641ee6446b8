//! `kinora demo`, `kinora put` and `kinora get`.

use std::path::Path;
use std::time::{Duration, Instant, SystemTime};

use ::media::mkv::reader::{Event, Poll, Reader, ReaderLimits};
use bytes::Bytes;
use it::aws::kinora;
use it::media::{self, Track};
use it::program::{Output, Program, Running};
use it::server::Server;
use it::stream::{Stream, positions, whole_fragments};
use it::{figures, installed, player};
use serde_json::Value;

#[test]
fn the_demo_is_watched_close_to_now() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let demo = Demo::start(folder.path(), "90");
    let mut reader = demo.client("get demo --from now").start();
    reader.wait_for("some fragments", |bytes| whole_fragments(bytes) >= 5);
    let arrived = Arrived::of(&reader.stop());
    let (p50, p99) = (arrived.delay_ms(50), arrived.delay_ms(99));
    let frames = arrived.delays_ms.len();
    figures::tell(&format!(
        "frame to GetMedia reader: p50 {p50} ms, p99 {p99} ms of {frames} frames"
    ));
    assert!(p50 < 5000, "{arrived:?}");
    // Frames come one by one and not when their fragment is whole, after a second.
    assert!(arrived.longest_cluster_ms > 500, "{arrived:?}");

    let page = demo.ready["player"].as_str().expect("a page");
    let played = player::watch_page(page, 6);
    played.assert_smooth(6.0);
    let mut delays = played.delays.clone();
    delays.sort_by(f64::total_cmp);
    let delay = delays[delays.len() / 2];
    let longest = delays.last().copied().unwrap_or(delay);
    figures::tell(&format!(
        "live delay camera to screen, HLS in the built-in page: p50 {delay:.1} s, \
         at most {longest:.1} s"
    ));
    assert!(delay < 8.0, "{:#}", played.report);
    demo.end();
}

#[test]
fn the_demo_ends_by_itself_and_leaves_nothing() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let started = Instant::now();
    let demo = Demo::start(folder.path(), "2");
    let held = std::fs::read_dir(folder.path().join("tmp")).expect("the folder is there");
    assert_eq!(held.count(), 1, "its data is in the temporary folder");
    let output = demo.running.wait();
    assert!(output.status.success(), "{output}");
    assert!(started.elapsed() < Duration::from_secs(20), "{output}");
    let left = std::fs::read_dir(folder.path().join("tmp")).expect("the folder is there");
    assert_eq!(left.count(), 0, "its data is removed");
}

#[test]
fn put_and_get_carry_a_recording() {
    let server = Server::start();
    let stream = Stream::create(&server, "cam1", 1);
    let source = media::source(server.folder());
    let sent = server.folder().join("sent.mkv");
    let recording = media::remux(&source, &[Track::Reordered, Track::Aac]).run();
    std::fs::write(&sent, &recording.stdout).expect("the file can be written");
    let put = kinora(&server).line("put cam1").args([&sent]).run();
    let clusters = positions(&recording.stdout, &[0x1f, 0x43, 0xb6, 0x75]).len();
    assert_eq!(stream.fragments().len(), clusters, "{put}");

    let mut get = kinora(&server).line("get cam1 --from earliest").start();
    get.wait_for("all fragments", |bytes| whole_fragments(bytes) >= clusters);
    let got = server.folder().join("got.mkv");
    std::fs::write(&got, get.stop().stdout).expect("the file can be written");
    assert_eq!(media::decoded(&got).tracks, media::decoded(&sent).tracks);

    let none = kinora(&server).line("put none").args([&sent]).output();
    assert_eq!(none.status.code(), Some(1), "{none}");
    assert!(none.stderr.contains("ResourceNotFoundException"), "{none}");
}

#[test]
fn put_carries_webm() {
    let server = Server::start();
    let stream = Stream::create(&server, "cam1", 1);
    let sent = server.folder().join("sent.webm");
    let encode = Program::new("ffmpeg")
        .line("-v error -f lavfi -i testsrc2=size=320x180:rate=25 -f lavfi -i sine=frequency=440")
        .line("-t 6 -c:v libvpx -deadline realtime -cpu-used 8 -g 50 -b:v 500k -c:a libopus")
        .args([&sent]);
    encode.run();
    let put = kinora(&server).line("put cam1").args([&sent]).run();
    let bytes = std::fs::read(&sent).expect("ffmpeg wrote the file");
    let clusters = positions(&bytes, &[0x1f, 0x43, 0xb6, 0x75]).len();
    assert!(clusters > 1);
    assert_eq!(stream.fragments().len(), clusters, "{put}");
    let persisted = put.text().matches("PERSISTED fragment ").count();
    assert_eq!(persisted, clusters, "{put}");

    let got = server.folder().join("got.webm");
    std::fs::write(&got, stream.earliest(clusters)).expect("the file can be written");
    let (before, after) = (media::decoded(&sent), media::decoded(&got));
    assert_eq!(before.tracks[0].len(), 150);
    assert_eq!(after.tracks, before.tracks);
    let facts = |file: &Path| -> Vec<[Value; 4]> {
        let mut packets = media::packets(file);
        let keys = ["stream_index", "pts_time", "size", "flags"];
        let of = |packet: &mut Value| keys.map(|key| packet[key].take());
        packets.iter_mut().map(of).collect()
    };
    assert_eq!(facts(&got), facts(&sent));
}

/// A running demo.
struct Demo {
    running: Running,
    ready: Value,
    environment: Vec<(String, String)>,
}

impl Demo {
    fn start(folder: &Path, seconds: &str) -> Demo {
        let (ready, temporary) = (folder.join("ready.json"), folder.join("tmp"));
        std::fs::create_dir(&temporary).expect("the folder can be made");
        let mut running = Program::new(installed("KINORA_TEST_BINARY"))
            .line("demo --listen 127.0.0.1:0 --seconds")
            .args([seconds])
            .args(["--ready-file".as_ref(), ready.as_os_str()])
            .envs([("TMPDIR", &temporary)])
            .timeout(Duration::from_secs(90))
            .start();
        let mut text = String::new();
        running.wait_for("how to use it", |bytes| {
            String::from_utf8_lossy(bytes).contains("Ctrl-C ends")
        });
        while text.is_empty() {
            text = std::fs::read_to_string(&ready).unwrap_or_default();
        }
        // What it prints for a shell is what its clients get here.
        let printed = running.printed();
        let exports = printed.lines().filter(|line| line.contains("export "));
        let environment = exports
            .flat_map(str::split_whitespace)
            .filter_map(|word| word.split_once('='))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        Demo {
            running,
            ready: serde_json::from_str(&text).expect("the ready file is JSON"),
            environment,
        }
    }

    fn client(&self, line: &str) -> Program {
        Program::new(installed("KINORA_TEST_BINARY"))
            .envs(self.environment.clone())
            .line(line)
    }

    fn end(self) {
        self.running.stop();
    }
}

/// When the frames of a GetMedia answer came. Its first fragment is left out: it had begun
/// before the reader came.
#[derive(Debug, Default)]
struct Arrived {
    /// How much later than its own time each frame came, sorted.
    delays_ms: Vec<i128>,
    /// The longest time between the first and the last frame of a Cluster.
    longest_cluster_ms: i128,
}

impl Arrived {
    fn of(got: &Output) -> Arrived {
        let mut reader = Reader::new(ReaderLimits {
            element_bytes_max: 1 << 20,
            block_bytes_max: 1 << 24,
        });
        reader.push(Bytes::copy_from_slice(&got.stdout));
        let mut arrived = Arrived::default();
        let (mut cluster_ms, mut clusters, mut first_ms) = (0, 0, None);
        while let Ok(Poll::Event(event)) = reader.poll() {
            match event {
                Event::ClusterTimestamp { ticks } => {
                    cluster_ms = i128::from(ticks);
                    clusters += 1;
                    first_ms = None;
                }
                Event::Block(block) if clusters > 1 => {
                    let at_ms = arrival_ms(got, reader.position());
                    let frame_ms = cluster_ms + i128::from(block.relative);
                    arrived.delays_ms.push(at_ms - frame_ms);
                    let since_first = at_ms - *first_ms.get_or_insert(at_ms);
                    arrived.longest_cluster_ms = arrived.longest_cluster_ms.max(since_first);
                }
                _ => {}
            }
        }
        arrived.delays_ms.sort_unstable();
        assert!(!arrived.delays_ms.is_empty(), "no frames arrived");
        arrived
    }

    fn delay_ms(&self, percent: usize) -> i128 {
        self.delays_ms[self.delays_ms.len() * percent / 100]
    }
}

/// When the byte before an offset came, milliseconds since the epoch.
fn arrival_ms(got: &Output, offset: u64) -> i128 {
    let mut arrivals = got.arrivals.iter();
    let read = arrivals.find(|(length, _)| *length as u64 >= offset);
    let (_, at) = read.expect("everything was read at some time");
    let since = at.duration_since(SystemTime::UNIX_EPOCH);
    since.expect("the clock is past 1970").as_millis() as i128
}

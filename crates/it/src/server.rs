//! The server under test: the real binary, in a process and a data folder of its own.

use std::fs::File;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tempfile::TempDir;

use crate::caller::Keys;
use crate::installed;

/// A running server. It is killed when this is dropped; if a test fails, its log is
/// printed.
pub struct Server {
    child: Child,
    url: String,
    /// Holds `data/`, the log and the ready file.
    folder: TempDir,
    /// A program, with its arguments, that starts the server in its own place.
    under: Vec<String>,
    args: Vec<String>,
    clock_ahead_s: u64,
    pub(crate) keys: Keys,
}

impl Server {
    /// Starts a server with an empty store on a free port.
    ///
    /// # Panics
    ///
    /// If it is not ready within ten seconds.
    pub fn start() -> Server {
        Server::start_with(&[])
    }

    /// Starts a server with a configuration file.
    ///
    /// # Panics
    ///
    /// If it is not ready within ten seconds.
    pub fn start_configured(config: &str) -> Server {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let file = folder.path().join("kinora.toml");
        std::fs::write(file, config).expect("the configuration can be written");
        Server::start_in(folder, &[])
    }

    /// Starts a server with more arguments for `kinora serve`.
    ///
    /// # Panics
    ///
    /// If it is not ready within ten seconds.
    pub fn start_with(args: &[&str]) -> Server {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        Server::start_in(folder, args)
    }

    /// Starts a server in a folder of its own that was prepared: its store is in `data/`,
    /// and `kinora.toml`, if there is one, its configuration.
    ///
    /// # Panics
    ///
    /// If it is not ready within ten seconds.
    pub fn start_in(folder: TempDir, args: &[&str]) -> Server {
        Server::launched(folder, Vec::new(), args)
    }

    /// Starts a server as [`Server::start_in`] does, with every one of these system calls
    /// written to a log that [`crate::syscalls::read`] understands. Of each string the
    /// first `bytes` bytes are in it.
    ///
    /// # Panics
    ///
    /// If it is not ready within ten seconds.
    pub fn start_traced(folder: TempDir, calls: &str, bytes: usize) -> Server {
        // As a grandchild, so that the server's process is the child. Strings in full
        // hexadecimal, descriptors with their paths.
        let options = format!("strace -D -f -y -xx -s {bytes} --seccomp-bpf -e trace={calls} -o");
        let mut under: Vec<String> = options.split(' ').map(str::to_owned).collect();
        under.push(trace_log(folder.path()).display().to_string());
        Server::launched(folder, under, &[])
    }

    /// The log of [`Server::start_traced`].
    pub fn trace_log(&self) -> PathBuf {
        trace_log(self.folder.path())
    }

    /// The id of its process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    fn launched(folder: TempDir, under: Vec<String>, args: &[&str]) -> Server {
        let args: Vec<String> = args.iter().map(ToString::to_string).collect();
        let (child, url) = launch(folder.path(), ANY_PORT, &under, &args, 0);
        Server {
            child,
            url,
            folder,
            under,
            args,
            clock_ahead_s: 0,
            keys: Keys::new(),
        }
    }

    /// Where it listens, such as `http://127.0.0.1:40123`, without a final slash.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Where it listens, as a socket address.
    ///
    /// # Panics
    ///
    /// If the URL has no address.
    pub fn address(&self) -> SocketAddr {
        let (_, address) = self.url.split_once("://").expect("a URL has a scheme");
        address.parse().expect("a loopback address with a port")
    }

    /// The certificate of its local authority, PEM.
    pub fn ca(&self) -> PathBuf {
        self.data().join("tls/ca.pem")
    }

    /// The folder it keeps its state in.
    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// A folder for the test's own files. It is gone after the test.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// What it has logged so far.
    pub fn log(&self) -> String {
        log(self.folder.path())
    }

    /// The file of its log.
    pub fn log_file(&self) -> PathBuf {
        self.folder.path().join("server.log")
    }

    /// Kills it without warning, as a power cut would, and starts it again on the same
    /// data.
    ///
    /// # Panics
    ///
    /// If it is not ready within ten seconds.
    pub fn crash_and_restart(&mut self) {
        self.end(Signal::KILL);
        self.restart();
    }

    /// Ends it and starts it again with its clock set forward by so much.
    ///
    /// # Panics
    ///
    /// As [`Server::restart_gracefully`].
    pub fn restart_later(&mut self, seconds: u64) {
        self.clock_ahead_s = seconds;
        self.restart_gracefully();
    }

    /// Asks it to end, waits until it has, and starts it again on the same data.
    ///
    /// # Panics
    ///
    /// If it takes longer than ten seconds to end or to start.
    pub fn restart_gracefully(&mut self) {
        self.end(Signal::TERM);
        self.restart();
    }

    /// Kills it without warning.
    ///
    /// # Panics
    ///
    /// If it does not end within ten seconds.
    pub fn kill(&mut self) {
        self.end(Signal::KILL);
    }

    /// Asks it to end and returns at once.
    ///
    /// # Panics
    ///
    /// If it has ended already.
    pub fn ask_to_end(&self) {
        let pid = Pid::from_raw(self.child.id().cast_signed()).expect("a child has a pid");
        kill_process(pid, Signal::TERM).expect("the server runs");
    }

    /// Waits for its end, which must come within ten seconds.
    ///
    /// # Panics
    ///
    /// If it does not.
    pub fn wait(&mut self) -> ExitStatus {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let ended = self.child.try_wait().expect("a child can be waited for");
            if let Some(status) = ended {
                return status;
            }
            assert!(Instant::now() < deadline, "the server does not end");
            std::thread::sleep(STEP);
        }
    }

    /// Starts it again on the same data, after it has ended.
    ///
    /// # Panics
    ///
    /// If it is not ready within ten seconds.
    pub fn restart(&mut self) {
        self.restart_at(ANY_PORT);
    }

    /// Starts it again on the same data and at the same address, after it has ended.
    ///
    /// # Panics
    ///
    /// If it is not ready within ten seconds.
    pub fn restart_there(&mut self) {
        self.restart_at(&self.address().to_string());
    }

    fn restart_at(&mut self, listen: &str) {
        let (child, url) = launch(
            self.folder.path(),
            listen,
            &self.under,
            &self.args,
            self.clock_ahead_s,
        );
        self.child = child;
        self.url = url;
    }

    /// How long its main thread was ready to run since its start and had no processor,
    /// because others had them.
    ///
    /// # Panics
    ///
    /// If it has ended.
    pub fn kept_waiting(&self) -> Duration {
        let stat = std::fs::read_to_string(format!("/proc/{}/schedstat", self.child.id()));
        let stat = stat.expect("the server runs");
        let waited = stat
            .split_whitespace()
            .nth(1)
            .and_then(|ns| ns.parse().ok());
        Duration::from_nanos(waited.expect("proc(5)"))
    }

    fn end(&mut self, signal: Signal) {
        let pid = Pid::from_raw(self.child.id().cast_signed()).expect("a child has a pid");
        kill_process(pid, signal).expect("the child was not waited for, so its pid is its own");
        self.wait();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            eprintln!("-- log of the server at {}\n{}", self.url, self.log());
        }
    }
}

/// Starts the binary and waits for its ready file.
fn launch(
    folder: &Path,
    listen: &str,
    under: &[String],
    args: &[String],
    clock_ahead_s: u64,
) -> (Child, String) {
    let ready = folder.join("ready.json");
    let _ = std::fs::remove_file(&ready);
    let log_file = File::options()
        .create(true)
        .append(true)
        .open(folder.join("server.log"));
    let log_file = log_file.expect("the log can be created");
    let second = log_file.try_clone().expect("a file handle can be cloned");
    let binary = installed("KINORA_TEST_BINARY");
    let mut command = match under {
        [] => Command::new(binary),
        [program, args @ ..] => {
            let mut command = Command::new(program);
            command.args(args).arg(binary);
            command
        }
    };
    command
        .args(["serve", "--listen", listen, "--data"])
        .arg(folder.join("data"));
    command.arg("--ready-file").arg(&ready).args(args);
    command.env("KINORA_ROOT_ACCESS_KEY_ID", ACCESS_KEY_ID);
    command.env("KINORA_ROOT_SECRET_ACCESS_KEY", SECRET_ACCESS_KEY);
    command.env("KINORA_ACCOUNT_ID", ACCOUNT_ID);
    command.env("KINORA_TEST_CLOCK_AHEAD_S", clock_ahead_s.to_string());
    let config = folder.join("kinora.toml");
    if config.exists() {
        command.arg("--config").arg(config);
    }
    command.stdin(Stdio::null()).stdout(log_file).stderr(second);
    let mut child = command.spawn().expect("the server's binary can be started");
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(url) = ready_url(&ready, child.id()) {
            return (child, url);
        }
        if let Ok(Some(status)) = child.try_wait() {
            panic!(
                "the server ended with {status} before it was ready\n{}",
                log(folder)
            );
        }
        if Instant::now() >= deadline {
            let _ = child.kill();
            let _ = child.wait();
            panic!("the server was not ready in time\n{}", log(folder));
        }
        std::thread::sleep(STEP);
    }
}

/// The address in a ready file, once it is complete and this process's.
fn ready_url(path: &Path, pid: u32) -> Option<String> {
    let text = std::fs::read_to_string(path).ok()?;
    let ready: Value = serde_json::from_str(&text).ok()?;
    (ready["pid"] == pid).then_some(())?;
    Some(ready["url"].as_str()?.trim_end_matches('/').to_owned())
}

fn trace_log(folder: &Path) -> PathBuf {
    folder.join("syscalls.log")
}

fn log(folder: &Path) -> String {
    let bytes = std::fs::read(folder.join("server.log")).unwrap_or_default();
    String::from_utf8_lossy(&bytes).into_owned()
}

const ANY_PORT: &str = "127.0.0.1:0";
/// The root user's key: the example of AWS's own documentation.
pub const ACCESS_KEY_ID: &str = "AKIAIOSFODNN7EXAMPLE";
/// The secret to [`ACCESS_KEY_ID`].
pub const SECRET_ACCESS_KEY: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
/// The account.
pub const ACCOUNT_ID: &str = "123456789012";
/// The region.
pub const REGION: &str = "us-east-1";

const PATIENCE: Duration = Duration::from_secs(10);
const STEP: Duration = Duration::from_millis(5);

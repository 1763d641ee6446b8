//! Running client programs: with a time limit, a clean environment, and all they said.
//!
//! A program and whatever it starts form a process group. The group is killed when the
//! time is over, when the program ends and when its handle is dropped.

use std::ffi::OsStr;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime};

use rustix::process::{Pid, Signal, kill_process_group};
use serde_json::Value;

/// A program about to be run.
pub struct Program {
    command: Command,
    name: String,
    timeout: Duration,
    producer: Option<Box<Program>>,
}

/// What a program left behind.
#[derive(Debug)]
pub struct Output {
    /// Its name.
    pub name: String,
    /// How it ended.
    pub status: ExitStatus,
    /// What it printed.
    pub stdout: Vec<u8>,
    /// What it complained about.
    pub stderr: String,
    /// How much of its output had come by when.
    pub arrivals: Vec<(usize, SystemTime)>,
}

/// A program that runs.
pub struct Running {
    name: String,
    child: Child,
    producer: Option<Box<Running>>,
    stdout: Stream,
    stderr: Stream,
    deadline: Instant,
    ended: bool,
}

impl Program {
    /// A program found in `PATH`, or at a path. It gets no environment but `PATH`, a
    /// UTF-8 locale and what [`Program::envs`] adds, no input, and 60 seconds.
    pub fn new(name: impl AsRef<OsStr>) -> Program {
        let name = name.as_ref();
        let mut command = Command::new(name);
        command
            .env_clear()
            .env("LC_ALL", "C.UTF-8")
            .stdin(Stdio::null());
        if let Some(path) = std::env::var_os("PATH") {
            command.env("PATH", path);
        }
        let name = Path::new(name)
            .file_name()
            .unwrap_or(name)
            .to_string_lossy()
            .into_owned();
        Program {
            command,
            name,
            timeout: TIMEOUT,
            producer: None,
        }
    }

    /// Adds arguments.
    pub fn args<I: IntoIterator<Item: AsRef<OsStr>>>(mut self, args: I) -> Program {
        self.command.args(args);
        self
    }

    /// Adds arguments that stand in one line, separated by spaces.
    pub fn line(self, args: &str) -> Program {
        self.args(args.split_whitespace())
    }

    /// Adds environment variables.
    pub fn envs<I, K, V>(mut self, variables: I) -> Program
    where
        I: IntoIterator<Item = (K, V)>,
        K: AsRef<OsStr>,
        V: AsRef<OsStr>,
    {
        self.command.envs(variables);
        self
    }

    /// Sets the folder it runs in.
    pub fn folder(mut self, folder: &Path) -> Program {
        self.command.current_dir(folder);
        self
    }

    /// Sets how long it may run.
    pub fn timeout(mut self, timeout: Duration) -> Program {
        self.timeout = timeout;
        self
    }

    /// Makes another program's output this one's input, like `producer | self`.
    pub fn fed_by(mut self, producer: Program) -> Program {
        self.producer = Some(Box::new(producer));
        self
    }

    /// Starts it.
    pub fn start(mut self) -> Running {
        self.command.stdout(Stdio::piped());
        let mut running = self.spawn();
        running.stdout = Stream::read(running.child.stdout.take());
        running
    }

    /// Starts it, and whatever feeds it, without reading its output.
    fn spawn(mut self) -> Running {
        let producer = self.producer.take().map(|mut producer| {
            producer.command.stdout(Stdio::piped());
            let mut producer = producer.spawn();
            let stdout = producer.child.stdout.take();
            self.command
                .stdin(Stdio::from(stdout.expect("the output is piped")));
            Box::new(producer)
        });
        self.command.stderr(Stdio::piped()).process_group(0);
        let child = self.command.spawn();
        let mut child = child.unwrap_or_else(|error| panic!("cannot start {}: {error}", self.name));
        Running {
            name: self.name,
            stdout: Stream::default(),
            stderr: Stream::read(child.stderr.take()),
            child,
            producer,
            deadline: Instant::now() + self.timeout,
            ended: false,
        }
    }

    /// Runs it to its end, whatever that is.
    ///
    /// # Panics
    ///
    /// If it does not end in time.
    pub fn output(self) -> Output {
        self.start().wait()
    }

    /// Runs it to its end, which must be a success.
    ///
    /// # Panics
    ///
    /// If it fails or does not end in time.
    pub fn run(self) -> Output {
        let output = self.output();
        assert!(output.status.success(), "{output}");
        output
    }
}

impl Running {
    /// Waits for the end.
    ///
    /// # Panics
    ///
    /// If the time is over first.
    pub fn wait(mut self) -> Output {
        loop {
            match self.child.try_wait() {
                Ok(Some(status)) => return self.finish(status),
                Ok(None) if Instant::now() < self.deadline => std::thread::sleep(STEP),
                Ok(None) => self.give_up("did not end in time"),
                Err(error) => self.give_up(&error.to_string()),
            }
        }
    }

    /// Waits until what it has printed satisfies `done`.
    ///
    /// # Panics
    ///
    /// If it ends, or the time is over, before that.
    pub fn wait_for(&mut self, what: &str, done: impl Fn(&[u8]) -> bool) {
        let mut seen = None;
        loop {
            // Looked at before the output, so that nothing printed last is missed.
            let ended = !matches!(self.child.try_wait(), Ok(None));
            if ended {
                self.stdout.join();
            }
            // Media is large, so it is looked at only when there is more of it.
            let length = self.stdout.length();
            if seen.replace(length) != Some(length) && done(&self.stdout.bytes()) {
                return;
            }
            if ended || Instant::now() >= self.deadline {
                self.give_up(&format!("did not print {what}"));
            }
            std::thread::sleep(STEP);
        }
    }

    /// What it has printed so far, as text.
    pub fn printed(&self) -> String {
        String::from_utf8_lossy(&self.stdout.bytes()).into_owned()
    }

    /// What it has complained about so far.
    pub fn complaints(&self) -> String {
        String::from_utf8_lossy(&self.stderr.bytes()).into_owned()
    }

    /// Kills it and returns what it had printed.
    pub fn stop(mut self) -> Output {
        self.kill();
        let status = self.child.wait().expect("a killed child can be waited for");
        self.finish(status)
    }

    fn finish(&mut self, status: ExitStatus) -> Output {
        self.kill(); // What it started must not keep its output open.
        self.stdout.join();
        self.stderr.join();
        let mut stderr = String::from_utf8_lossy(&self.stderr.bytes()).into_owned();
        if let Some(producer) = self.producer.take() {
            let output = producer.wait();
            if !output.status.success() {
                stderr = format!("{stderr}\n{output}");
            }
        }
        let Read { bytes, arrivals } = std::mem::take(&mut *self.stdout.lock());
        Output {
            name: self.name.clone(),
            status,
            stdout: bytes,
            stderr,
            arrivals,
        }
    }

    fn give_up(&mut self, why: &str) -> ! {
        self.kill();
        self.stderr.join();
        let stdout = self.stdout.bytes();
        panic!(
            "{} {why}\n-- stdout ({} bytes)\n{}\n-- stderr\n{}",
            self.name,
            stdout.len(),
            printable(&stdout),
            printable(&self.stderr.bytes()),
        );
    }

    fn kill(&mut self) {
        if !std::mem::replace(&mut self.ended, true)
            && let Some(group) = Pid::from_raw(self.child.id().cast_signed())
        {
            // An error means that the whole group has ended by itself.
            let _ = kill_process_group(group, Signal::KILL);
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.kill();
        let _ = self.child.wait();
    }
}

impl Output {
    /// What it printed, as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }

    /// What it printed, as JSON.
    ///
    /// # Panics
    ///
    /// If it is not JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self}"))
    }
}

impl std::fmt::Display for Output {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Output {
            name,
            status,
            stdout,
            stderr,
            ..
        } = self;
        let length = stdout.len();
        writeln!(f, "{name} ended with {status}\n-- stdout ({length} bytes)")?;
        writeln!(f, "{}\n-- stderr\n{stderr}", printable(stdout))
    }
}

/// Text for a failure message: media is cut short.
fn printable(bytes: &[u8]) -> String {
    String::from_utf8_lossy(&bytes[..bytes.len().min(PRINTED_BYTES_MAX)]).into_owned()
}

/// One output of a process, read by a thread of its own so that no pipe fills up.
#[derive(Default)]
struct Stream {
    read: Arc<Mutex<Read>>,
    reader: Option<JoinHandle<()>>,
}

/// What was read so far, and how much of it by when.
#[derive(Default)]
struct Read {
    bytes: Vec<u8>,
    arrivals: Vec<(usize, SystemTime)>,
}

impl Stream {
    fn read(source: Option<impl std::io::Read + Send + 'static>) -> Stream {
        let mut source = source.expect("the output is piped");
        let read = Arc::new(Mutex::new(Read::default()));
        let shared = Arc::clone(&read);
        let reader = std::thread::spawn(move || {
            let mut piece = [0; 65536];
            // An error is the end of the pipe as well.
            while let Ok(n @ 1..) = source.read(&mut piece) {
                let mut all = shared.lock().unwrap_or_else(PoisonError::into_inner);
                all.bytes.extend_from_slice(&piece[..n]);
                let length = all.bytes.len();
                all.arrivals.push((length, SystemTime::now()));
            }
        });
        Stream {
            read,
            reader: Some(reader),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Read> {
        self.read.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn bytes(&self) -> Vec<u8> {
        self.lock().bytes.clone()
    }

    fn length(&self) -> usize {
        self.lock().bytes.len()
    }

    fn join(&mut self) {
        if let Some(reader) = self.reader.take() {
            let _ = reader.join();
        }
    }
}

const TIMEOUT: Duration = Duration::from_secs(60);
const STEP: Duration = Duration::from_millis(5);
const PRINTED_BYTES_MAX: usize = 4000;

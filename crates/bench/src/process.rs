//! Servers under measurement: started on a processor of their own, stopped in the end.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use rustix::time::{ClockId, clock_gettime};

use crate::{Result, said};

/// A running server.
pub(crate) struct Process {
    child: Child,
}

impl Process {
    /// Starts a program on processor 0 (this program runs on the others, so that load and
    /// server do not share one). Its output goes to `log`.
    pub(crate) fn start(
        program: &Path,
        args: &[&OsStr],
        envs: &[(&str, &str)],
        log: &Path,
    ) -> Result<Process> {
        let file = File::create(log).map_err(said(&log.display()))?;
        let copy = file.try_clone().map_err(said(&log.display()))?;
        let mut command = Command::new("taskset");
        command.args(["--cpu-list", "0"]).arg(program).args(args);
        command.envs(envs.iter().copied());
        command.stdin(Stdio::null()).stdout(file).stderr(copy);
        let child = command.spawn().map_err(said(&program.display()))?;
        Ok(Process { child })
    }

    /// User and system time so far, seconds.
    pub(crate) fn cpu_s(&self) -> Result<f64> {
        let path = format!("/proc/{}/stat", self.child.id());
        let text = fs::read_to_string(&path).map_err(said(&path))?;
        // The program's name may hold spaces; what follows its parenthesis does not.
        let rest = text.rsplit(')').next().unwrap_or_default();
        let field = |n: usize| rest.split_whitespace().nth(n)?.parse::<f64>().ok();
        let ticks = field(11).zip(field(12)).map(|(user, system)| user + system);
        Ok(ticks.ok_or("no times in /proc/…/stat")? / TICKS_PER_S)
    }

    /// Resident memory, KiB.
    pub(crate) fn resident_kib(&self) -> Result<f64> {
        let path = format!("/proc/{}/status", self.child.id());
        let text = fs::read_to_string(&path).map_err(said(&path))?;
        let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok());
        kib.ok_or_else(|| "no VmRSS in /proc/…/status".to_owned())
    }

    /// Fails if the process has ended.
    pub(crate) fn check(&mut self) -> Result<()> {
        match self.child.try_wait() {
            Ok(None) => Ok(()),
            Ok(Some(status)) => Err(format!("a server ended with {status}")),
            Err(error) => Err(error.to_string()),
        }
    }

    /// Asks the process to end and waits for it.
    pub(crate) fn stop(mut self) -> Result<()> {
        self.signal(Signal::TERM);
        let deadline = Instant::now() + STOP_MAX;
        while Instant::now() < deadline {
            if self.check().is_err() {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        Err("a server did not stop".to_owned())
    }

    fn signal(&self, signal: Signal) {
        if let Some(pid) = Pid::from_raw(self.child.id().cast_signed()) {
            // It may have ended by itself.
            let _gone = kill_process(pid, signal);
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // What has ended already is only waited for.
        let _gone = self.child.kill();
        let _status = self.child.wait();
    }
}

/// Time that this thread has had on a processor so far, microseconds.
pub(crate) fn thread_cpu_us() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as f64 * 1e6 + time.tv_nsec as f64 / 1e3
}

/// Linux's `USER_HZ`, the same on every architecture the server runs on.
const TICKS_PER_S: f64 = 100.0;
/// A server finishes what it has received first.
const STOP_MAX: Duration = Duration::from_secs(30);

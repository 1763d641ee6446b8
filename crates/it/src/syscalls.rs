//! Reading a log of system calls, as `strace -f -y -xx` writes it.
//!
//! A line is `PID name(arguments) = result`; a call that others come between is two:
//! `PID name(arguments <unfinished ...>` and `PID <... name resumed>) = result`. With `-y`
//! a descriptor is `7<path>`, with `-xx` every byte of paths and strings is `\xHH`.

use std::collections::HashMap;
use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt as _;
use std::path::{Path, PathBuf};

/// A call that has returned.
#[derive(Debug)]
pub struct Call {
    /// Its name.
    pub name: String,
    /// The path behind the first descriptor among its arguments.
    pub path: PathBuf,
    /// Its strings, as far as they were logged.
    pub strings: Vec<Vec<u8>>,
    /// Its arguments as they were logged.
    pub arguments: String,
    /// It did not fail.
    pub succeeded: bool,
    /// The line it began on. What ended on an earlier line was over by then.
    pub begun: usize,
    /// The line it ended on.
    pub ended: usize,
}

impl Call {
    /// The path that a string among its arguments is.
    pub fn named(&self, at: usize) -> PathBuf {
        let bytes = self.strings.get(at).cloned().unwrap_or_default();
        OsString::from_vec(bytes).into()
    }
}

/// The calls of a log in the order in which they began.
///
/// # Panics
///
/// If the log cannot be read.
pub fn read(log: &Path) -> Vec<Call> {
    let text = std::fs::read_to_string(log).expect("there is a log");
    let mut calls: Vec<Call> = Vec::new();
    let mut unfinished: HashMap<&str, Call> = HashMap::new();
    for (at, line) in text.lines().enumerate() {
        let Some((pid, rest)) = line.split_once(' ') else {
            continue;
        };
        let rest = rest.trim_start();
        if let Some(resumed) = rest.strip_prefix("<... ") {
            if let Some(mut call) = unfinished.remove(pid) {
                call.ended = at;
                call.succeeded = succeeded(resumed);
                calls.push(call);
            }
            continue;
        }
        // Signals and ends of threads have no parenthesis after a word.
        let Some((name, arguments)) = rest.split_once('(') else {
            continue;
        };
        let call = Call {
            name: name.to_owned(),
            path: OsString::from_vec(bytes(between(arguments, '<', '>').unwrap_or(""))).into(),
            strings: arguments.split('"').skip(1).step_by(2).map(bytes).collect(),
            arguments: arguments.to_owned(),
            succeeded: succeeded(arguments),
            begun: at,
            ended: at,
        };
        match arguments.ends_with("<unfinished ...>") {
            true => drop(unfinished.insert(pid, call)),
            false => calls.push(call),
        }
    }
    calls.sort_by_key(|call| call.begun);
    calls
}

/// Whether a log tells of the end of a process.
pub fn has_ended(log: &Path, pid: u32) -> bool {
    let text = std::fs::read_to_string(log).unwrap_or_default();
    let pid = pid.to_string();
    // Short ids are padded.
    text.lines().any(|line| {
        let line = line.split_once(' ');
        line.is_some_and(|(of, what)| of == pid && what.trim_start().starts_with("+++ "))
    })
}

fn succeeded(tail: &str) -> bool {
    let result = tail.rsplit_once(") ");
    result.is_some_and(|(_, result)| !result.trim_start_matches(['=', ' ']).starts_with('-'))
}

fn between(text: &str, open: char, close: char) -> Option<&str> {
    let (_, rest) = text.split_once(open)?;
    rest.split_once(close).map(|(inner, _)| inner)
}

fn bytes(hexadecimal: &str) -> Vec<u8> {
    let bytes = hexadecimal.split("\\x").skip(1);
    bytes
        .filter_map(|byte| u8::from_str_radix(byte, 16).ok())
        .collect()
}

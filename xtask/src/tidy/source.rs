//! Rules about one file at a time: sizes, names, words.

use super::{Complaint, File, has_word};

/// Checks a file.
pub(super) fn check(file: &File, complaints: &mut Vec<Complaint>) {
    words(file, complaints);
    if !file.is_rust() {
        return;
    }
    names(file, complaints);
    let lines = file.text.lines().count();
    if lines > FILE_LINES_MAX && !file.is_generated() {
        let what = format!("{lines} lines; a file has at most {FILE_LINES_MAX}");
        complaints.push(Complaint::new(file, 0, what));
    }
    if !starts_with_doc(&file.text) {
        let what = "no module documentation: start with a `//!` comment";
        complaints.push(Complaint::new(file, 1, what));
    }
    functions(file, complaints);
    for (number, line) in file.lines() {
        let columns = line.chars().count();
        if columns > COLUMNS_MAX && !file.is_generated() {
            let what = format!("{columns} columns; a line has at most {COLUMNS_MAX}");
            complaints.push(Complaint::new(file, number, what));
        }
        let code = line.trim_start();
        if (code.starts_with("use ") || code.starts_with("pub use ")) && code.contains("::*") {
            complaints.push(Complaint::new(
                file,
                number,
                "glob import: name what is used",
            ));
        }
        for (pattern, what) in BANNED_CODE {
            if code.starts_with(pattern) || (pattern.ends_with("!(") && code.contains(pattern)) {
                complaints.push(Complaint::new(file, number, *what));
            }
        }
        global_state(file, number, code, complaints);
    }
}

fn names(file: &File, complaints: &mut Vec<Complaint>) {
    let stem = file.path.trim_end_matches(".rs");
    if let Some(name) = stem.split('/').find(|part| BANNED_NAMES.contains(part)) {
        let what = format!("`{name}` says nothing: name the module after what it knows");
        complaints.push(Complaint::new(file, 0, what));
    }
    if stem.ends_with("/mod") {
        let what = "modules are `foo.rs` beside `foo/`, not `foo/mod.rs`";
        complaints.push(Complaint::new(file, 0, what));
    }
}

fn starts_with_doc(text: &str) -> bool {
    let first = text
        .lines()
        .find(|line| !line.trim().is_empty() && !line.starts_with("#!["));
    first.is_some_and(|line| line.starts_with("//!"))
}

/// Counts from the line with `fn` to the closing brace in the same column, which is
/// where rustfmt puts it. Neither of the two lines is counted.
fn functions(file: &File, complaints: &mut Vec<Complaint>) {
    let mut open: Vec<(usize, usize, &str)> = Vec::new();
    for (number, line) in file.lines() {
        let indent = line.len() - line.trim_start().len();
        let code = line.trim_start();
        if let Some(name) = function_name(code) {
            open.push((number, indent, name));
        }
        if code.ends_with(';') && open.last().is_some_and(|last| last.1 == indent) {
            open.pop(); // A declaration without a body.
        }
        if code == "}" && open.last().is_some_and(|last| last.1 == indent) {
            let Some((start, _, name)) = open.pop() else {
                continue;
            };
            let lines = number - start - 1;
            if lines > FUNCTION_LINES_MAX {
                let what = format!(
                    "`{name}` has {lines} lines; a function has at most {FUNCTION_LINES_MAX}"
                );
                complaints.push(Complaint::new(file, start, what));
            }
        }
    }
}

/// The name, if a function begins on this line and does not end on it.
fn function_name(code: &str) -> Option<&str> {
    let mut words = code.split(' ');
    loop {
        match words.next()? {
            "pub" | "pub(crate)" | "pub(super)" | "const" | "async" => {}
            "fn" => break,
            _ => return None,
        }
    }
    if code.ends_with('}') || code.ends_with(';') {
        return None;
    }
    words.next()?.split(['(', '<']).next()
}

fn global_state(file: &File, number: usize, code: &str, complaints: &mut Vec<Complaint>) {
    let item = match code.strip_prefix("pub") {
        Some(rest) => rest.split_once(' ').map_or("", |(_, item)| item),
        None => code,
    };
    let thread_local = concat!("thread_local", "!");
    let shared = item.starts_with("static ")
        && SHARED_TYPES
            .iter()
            .any(|name| has_word(item, name) || item.contains(": Atomic"));
    if shared || item.starts_with("static mut") || item.starts_with(thread_local) {
        let what = "global mutable state: pass it as a value";
        complaints.push(Complaint::new(file, number, what));
    }
}

/// Words that may stand in no file at all.
fn words(file: &File, complaints: &mut Vec<Complaint>) {
    for (number, line) in file.lines() {
        for word in BANNED_WORDS {
            if has_word(line, word) {
                let what = format!("`{word}`: finish it or write it down as an issue");
                complaints.push(Complaint::new(file, number, what));
            }
        }
        for place in WORKPLACES {
            let start = |at: usize| {
                let before = line[..at].chars().next_back();
                before.is_none_or(|c| !c.is_alphanumeric() && !"/._-~".contains(c))
            };
            if line.match_indices(place).any(|(at, _)| start(at)) {
                let what = format!("`{place}` is a place on somebody's machine");
                complaints.push(Complaint::new(file, number, what));
            }
        }
        let settings = file.path.ends_with(".json") || file.path.ends_with(".toml");
        for host in REGISTRY_SETTINGS {
            if line.contains(host) && (settings || file.path.ends_with(".txt")) {
                let what = "the address of a registry: leave it to each machine's settings";
                complaints.push(Complaint::new(file, number, what));
            }
        }
    }
}

const FILE_LINES_MAX: usize = 900;
const FUNCTION_LINES_MAX: usize = 70;
const COLUMNS_MAX: usize = 100;

const BANNED_NAMES: &[&str] = &[
    "util", "utils", "common", "helper", "helpers", "misc", "shared", "stuff",
];

const BANNED_CODE: &[(&str, &str)] = &[
    (
        concat!("#[", "ignore"),
        "an ignored test: make it run or take it out",
    ),
    (
        concat!("todo", "!("),
        "unfinished code: finish it or write it down as an issue",
    ),
    (
        concat!("unimplemented", "!("),
        "unfinished code: finish it or write it down as an issue",
    ),
    (concat!("dbg", "!("), "left over from debugging"),
];

// Built from halves so that this file may stand in the tree it checks.
const BANNED_WORDS: &[&str] = &[
    concat!("FIX", "ME"),
    concat!("X", "XX"),
    concat!("TO", "DO"),
    concat!("HA", "CK"),
];

const WORKPLACES: &[&str] = &[
    concat!("/wo", "rk/"),
    concat!("/tmp/", "wt"),
    concat!("/ro", "ot/"),
    concat!("/ho", "me/"),
];

const REGISTRY_SETTINGS: &[&str] = &[
    concat!("\"resolved", "\":"),
    concat!("replace-", "with"),
    concat!("index-", "url"),
];

/// Types that a `static` must not have: they can change.
const SHARED_TYPES: &[&str] = &[
    "Mutex",
    "RwLock",
    "OnceLock",
    "OnceCell",
    "RefCell",
    "Cell",
    "UnsafeCell",
];

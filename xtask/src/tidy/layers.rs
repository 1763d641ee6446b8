//! What may know what: the never list of `docs/ARCHITECTURE.md`, as far as text shows it.

use super::{Complaint, File, has_word};

/// Checks a manifest or a source file.
pub(super) fn check(file: &File, complaints: &mut Vec<Complaint>) {
    if file.path.ends_with("/Cargo.toml") {
        dependencies(file, complaints);
    }
    if !file.is_rust() {
        return;
    }
    for rule in RULES {
        if !rule.applies(&file.path) {
            continue;
        }
        for (number, line) in file.code() {
            if let Some(word) = rule.words.iter().find(|word| mentions(line, word)) {
                let what = format!("`{word}` here: {}", rule.why);
                complaints.push(Complaint::new(file, number, what));
            }
        }
    }
}

/// Whether a line mentions a word; one that ends or begins in punctuation is looked for
/// as it stands.
fn mentions(line: &str, word: &str) -> bool {
    match word.ends_with(|c: char| c.is_alphanumeric()) && !word.starts_with('.') {
        true => has_word(line, word),
        false => line.contains(word),
    }
}

/// Compares the normal dependencies of a crate with the list of what it may use.
fn dependencies(file: &File, complaints: &mut Vec<Complaint>) {
    let folder = file.path.trim_end_matches("/Cargo.toml");
    let Some((_, allowed, why)) = DEPENDENCIES.iter().find(|(of, ..)| *of == folder) else {
        return;
    };
    let mut inside = false;
    for (number, line) in file.lines() {
        if line.starts_with('[') {
            inside = line.trim() == "[dependencies]";
            continue;
        }
        let name = line.split(['.', '=', ' ']).next().unwrap_or_default();
        if inside && !name.is_empty() && !name.starts_with('#') && !allowed.contains(&name) {
            let what = format!(
                "dependency `{name}`: {why}; if it must be, list it in xtask/src/tidy/layers.rs"
            );
            complaints.push(Complaint::new(file, number, what));
        }
    }
}

/// Words that must not appear in some folders.
struct Rule {
    /// Where it holds: a folder, or a module with its folder (`…/ops` is `ops.rs` and
    /// `ops/`).
    within: &'static [&'static str],
    /// Where it does not hold, written the same way.
    except: &'static [&'static str],
    words: &'static [&'static str],
    why: &'static str,
}

impl Rule {
    fn applies(&self, path: &str) -> bool {
        let under = |folder: &&str| {
            path.strip_prefix(*folder)
                .is_some_and(|rest| rest.starts_with('/') || rest == ".rs")
        };
        self.within.iter().any(under) && !self.except.iter().any(under)
    }
}

const PURE: &[&str] = &["crates/media/src", "crates/aws/src", "crates/kvs/src"];

const RULES: &[Rule] = &[
    Rule {
        within: PURE,
        except: &[],
        words: &[
            "std::fs",
            "std::net",
            "std::env",
            "std::process",
            "std::thread",
            "SystemTime",
            "Instant",
            "Timestamp::now",
            "aws_lc_rs::rand",
            "SystemRandom",
            "tokio",
            "println!",
            "eprintln!",
        ],
        why: "pure crates touch neither files, sockets, threads, clocks nor randomness",
    },
    Rule {
        within: &["crates/media/src"],
        except: &[],
        words: &["aws", "Aws", "kvs", "hyper", "http", "store"],
        why: "`media` knows nothing of AWS, HTTP or storage",
    },
    Rule {
        within: &["crates/kvs/src"],
        except: &[],
        words: &[
            "serde",
            "serde_json",
            "Serialize",
            "Deserialize",
            "hyper",
            "http::",
            "aws::",
        ],
        why: "`kvs` knows neither HTTP nor wire shapes",
    },
    Rule {
        within: &["crates/aws/src"],
        except: &[],
        words: &["media", "kvs", "store::", "hyper", "http::"],
        why: "`aws` knows what calls look like, not what they mean",
    },
    Rule {
        within: &["crates/store/src"],
        except: &[],
        words: &["aws::", "hyper", "serde", "serde_json", "Serialize"],
        why: "`store` knows neither the wire nor text formats",
    },
    Rule {
        within: &["crates/kinora/src/ops"],
        except: &[],
        words: &[
            "hyper",
            "hyper_util",
            "TcpStream",
            "TcpListener",
            "UdpSocket",
            "tokio::net",
        ],
        why: "an operation sees values, not connections",
    },
    Rule {
        within: &["crates/kinora/src/http"],
        except: &[],
        words: &["store", "store::"],
        why: "`http` asks `ops`, never the store",
    },
    Rule {
        within: &[
            "crates/kvs/src",
            "crates/store/src",
            "crates/media/src",
            "crates/kinora/src",
        ],
        except: &["crates/kinora/src/ops", "crates/kinora/src/http"],
        words: &["aws::shapes", "shapes::"],
        why: "wire types stay in `kinora::ops` and `kinora::http`",
    },
    Rule {
        within: &["crates/kinora/src"],
        except: &[
            "crates/kinora/src/cli",
            "crates/kinora/src/config",
            "crates/kinora/src/lib",
            "crates/kinora/src/main",
        ],
        words: &["store::embedded", "store::distributed", "store::memory"],
        why: "code above the store does not ask which back end runs",
    },
    Rule {
        within: &["crates/kinora/src"],
        except: &[],
        words: &["Batch", ".commit(", "store::key"],
        why: "rows are read and written through `store::tables` only",
    },
    Rule {
        within: &["crates/store/src/tables"],
        except: &[],
        words: &["to_be_bytes", "put_u64", "put_u32", "BytesMut"],
        why: "keys are built in `store::key`, values in `store::record`",
    },
];

/// Per crate: what it may depend on, and the reason for the limit.
const DEPENDENCIES: &[(&str, &[&str], &str)] = &[
    (
        "crates/media",
        &["bytes", "shiguredo_mp4"],
        "`media` is bytes to media and back, nothing else",
    ),
    (
        "crates/aws",
        &[
            "aws-lc-rs",
            "base64",
            "jiff",
            "quick-xml",
            "regex-lite",
            "serde_json",
            "zeroize",
        ],
        "`aws` is the wire, with digests and text formats",
    ),
    (
        "crates/kvs",
        &["bytes", "media"],
        "`kvs` knows media and no wire",
    ),
    (
        "crates/store",
        &[
            "aws-lc-rs",
            "bytes",
            "kvs",
            "media",
            "moka",
            "rusqlite",
            "rustix",
            "tokio",
            "tracing",
            "zeroize",
        ],
        "`store` keeps values of `kvs` and knows no wire",
    ),
];

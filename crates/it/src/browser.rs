//! Chromium, driven by the scripts of `crates/it/web`.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;

use crate::installed;
use crate::program::Program;
use crate::server::Server;

/// Runs a script with its arguments, in a home folder of its own, and returns the JSON
/// that it prints.
///
/// # Panics
///
/// If it fails.
pub fn run<S: AsRef<OsStr>>(script: &str, args: &[S], timeout: Duration) -> Value {
    let home = tempfile::tempdir().expect("a temporary folder can be made");
    node(script, args, home.path())
        .timeout(timeout)
        .run()
        .json()
}

/// A script with its arguments, to be run in a home folder.
pub fn node<S: AsRef<OsStr>>(script: &str, args: &[S], home: &Path) -> Program {
    let script = crate::script(&format!("web/{script}"));
    let modules = installed("KINORA_TEST_NODE_MODULES");
    let venv = installed("KINORA_TEST_VENV");
    let paths: [(&str, PathBuf); 4] = [
        ("KINORA_TEST_NODE_MODULES", modules),
        ("KINORA_TEST_VENV", venv),
        ("HOME", home.to_owned()),
        ("TMPDIR", home.to_owned()),
    ];
    Program::new("node")
        .args([script.as_os_str()])
        .args(args.iter().map(AsRef::as_ref))
        .envs(paths)
        .envs(kept().map(|folder| (KEPT, folder)))
}

/// Where a script puts its screenshots: into a folder that whoever runs the tests names, to
/// be looked at; else where they are gone after the test.
///
/// # Panics
///
/// If the folder cannot be made.
pub fn pictures(name: &str, server: &Server) -> PathBuf {
    let folder = kept().unwrap_or_else(|| server.folder().to_owned());
    let folder = folder.join(name);
    std::fs::create_dir_all(&folder).expect("the folder can be made");
    folder
}

fn kept() -> Option<PathBuf> {
    std::env::var_os(KEPT).map(PathBuf::from)
}

/// Names a folder to keep screenshots in.
const KEPT: &str = "KINORA_TEST_PICTURES";

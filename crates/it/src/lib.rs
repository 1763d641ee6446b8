//! The harness of the integration tests: a real server process and real clients.
//!
//! Everything here panics when something is not as it should be, since its callers are
//! tests: what is missing fails a test and never skips it. Programs that the tests need
//! are installed by `cargo xtask test`, which says where they are in environment
//! variables.

pub mod aws;
pub mod browser;
pub mod call;
pub mod caller;
pub mod connection;
pub mod figures;
pub mod files;
pub mod media;
pub mod mkv;
pub mod player;
pub mod program;
pub mod random;
pub mod server;
pub mod stream;
pub mod syscalls;
pub mod wire;

use std::path::PathBuf;

/// A path that `cargo xtask test` hands over.
///
/// # Panics
///
/// If the variable is not set or leads nowhere.
pub fn installed(variable: &str) -> PathBuf {
    let path = std::env::var_os(variable).map(PathBuf::from);
    let path = path.unwrap_or_else(|| panic!("{variable} is not set: run `cargo xtask test`"));
    assert!(
        path.exists(),
        "{variable} is {}, which does not exist",
        path.display()
    );
    path
}

/// A script of this crate, by its path within the crate.
///
/// # Panics
///
/// If cargo did not start the test.
pub fn script(path: &str) -> PathBuf {
    installed("CARGO_MANIFEST_DIR").join(path)
}

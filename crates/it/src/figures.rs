//! What tests measure, for the person who runs them.
//!
//! A test's output is swallowed when it passes, so figures go into a file that
//! `cargo xtask test` prints at its end.

use std::fs::File;
use std::io::Write as _;

/// Tells a figure in one line.
///
/// # Panics
///
/// If the file cannot be written.
pub fn tell(line: &str) {
    println!("{line}");
    let Some(path) = std::env::var_os("KINORA_TEST_FIGURES") else {
        return; // Without `cargo xtask test`, `--nocapture` shows it.
    };
    let file = File::options().create(true).append(true).open(path);
    // One write, since tests run side by side.
    let line = format!("  {line}\n");
    let written = file.and_then(|mut file| file.write_all(line.as_bytes()));
    written.expect("the file of figures can be written");
}

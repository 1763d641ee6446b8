//! `cargo xtask run`: from a fresh clone to a running server.

use std::time::Instant;

use crate::{Result, console, shell};

/// Builds the console, and the server as a release would be built and starts `kinora demo`.
pub(crate) fn run(args: &[String]) -> Result<()> {
    let start = Instant::now();
    console::run(&[])?;
    shell::run(shell::cargo().args(["build", "--release", "-p", "kinora"]))?;
    println!("built in {:.0} s", start.elapsed().as_secs_f64());
    let server = shell::target().join("release/kinora");
    let mut command = shell::program(server);
    shell::run(command.arg("demo").args(args))
}

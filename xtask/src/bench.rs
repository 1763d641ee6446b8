//! `cargo xtask bench`: the server beside its peers, in the same run.
//!
//! Installs the peers (nginx and its RTMP module from Debian, moto from PyPI) and what drives
//! Chromium, builds the console, and the server as a release, and starts the measuring
//! program, `crates/bench`. That runs on all processors but the first, which is left to the
//! server being measured.

use std::fs;
use std::path::PathBuf;

use crate::{Result, console, setup, shell};

/// Runs the benchmarks named by their letters, or all.
pub(crate) fn run(args: &[String]) -> Result<()> {
    setup::packages(PACKAGES)?;
    let moto = moto()?;
    let web = setup::npm()?;
    console::run(&[])?;
    shell::run(shell::cargo().args(["build", "--release", "-p", "kinora", "-p", "bench"]))?;
    let folder = shell::target().join("bench");
    fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    if processors < 2 {
        return Err("two processors are needed: one for the server, one for the load".to_owned());
    }
    let release = shell::target().join("release");
    let mut command = shell::program("taskset");
    command
        .arg("--cpu-list")
        .arg(format!("1-{}", processors - 1));
    command.arg(release.join("bench"));
    command.arg("--server").arg(release.join("kinora"));
    command
        .arg("--folder")
        .arg(&folder)
        .arg("--moto")
        .arg(&moto)
        .arg("--web")
        .arg(&web);
    let done = shell::run(command.args(args));
    // Gigabytes of media, of use to nobody.
    let _best_effort = fs::remove_dir_all(&folder);
    done
}

fn moto() -> Result<PathBuf> {
    let venv = shell::target().join("bench-venv");
    if venv.join("bin/moto_server").exists() {
        return Ok(venv);
    }
    println!("installing {MOTO} into {}", venv.display());
    shell::run(
        shell::program("python3")
            .args(["-m", "venv", "--clear"])
            .arg(&venv),
    )?;
    let mut pip = shell::program(venv.join("bin/pip"));
    shell::run(pip.args(["install", "--quiet", "--disable-pip-version-check", MOTO]))?;
    Ok(venv)
}

const MOTO: &str = "moto[server]==5.2.1";

/// The Debian packages that are measured or needed to.
const PACKAGES: &[&str] = &[
    "chromium",
    "libnginx-mod-rtmp",
    "nginx",
    "python3-venv",
    "util-linux",
];

//! Benchmarks: the server beside its peers and beside bare loops, in the same run.
//!
//! Absolute figures depend on the machine, so every figure is printed with one that was
//! taken next to it and their ratio. `cargo xtask bench` builds and starts this program
//! and installs the peers; `docs/BENCHMARKS.md` says what the figures mean.

mod access;
mod api;
mod clip;
mod console;
mod control;
mod floor;
mod index;
mod ingest;
mod latency;
mod memory;
mod nginx;
mod policy;
mod process;
mod producer;
mod reading;
mod report;
mod rtmp;
mod startup;
mod wire;

use std::path::PathBuf;
use std::process::ExitCode;

use report::Report;

/// Why a benchmark could not be run, in words.
type Result<T> = std::result::Result<T, String>;

/// What all benchmarks share.
struct Setup {
    /// The server's binary, a release build.
    server: PathBuf,
    /// An empty folder on a real disk.
    folder: PathBuf,
    /// Python's environment with moto, if there is one.
    moto: Option<PathBuf>,
    /// npm's folder with playwright-core, if there is one.
    web: Option<PathBuf>,
    /// Smaller sizes.
    quick: bool,
    /// Which benchmarks, by letter; all if empty.
    selected: Vec<String>,
}

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let done = match args.first().map(String::as_str) {
        Some("floor") => floor::receive(&args[1..]),
        _ => start(&args),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::FAILURE
        }
    }
}

fn start(args: &[String]) -> Result<()> {
    let setup = Setup::parse(args)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| error.to_string())?;
    runtime.block_on(run(&setup))
}

async fn run(setup: &Setup) -> Result<()> {
    let mut report = Report::default();
    let want =
        |letter: &str| setup.selected.is_empty() || setup.selected.iter().any(|s| s == letter);
    if want("a") {
        note(&mut report, "ingest", ingest::run(setup).await);
        note(&mut report, "ingest", ingest::paced(setup).await);
    }
    if want("b") {
        note(&mut report, "latency", latency::run(setup).await);
    }
    if want("c") {
        note(&mut report, "reading", reading::run(setup).await);
    }
    if want("d") {
        note(&mut report, "control", control::run(setup).await);
    }
    if want("e") {
        note(&mut report, "memory", memory::run(setup).await);
    }
    if want("f") {
        note(&mut report, "index", index::run(setup).await);
    }
    if want("g") {
        note(&mut report, "start-up", startup::run(setup).await);
    }
    if want("h") {
        note(&mut report, "policies", policy::run(setup));
        note(&mut report, "access", access::run(setup).await);
    }
    if want("i") {
        note(&mut report, "console", console::run(setup).await);
    }
    println!("\n{}", report.markdown(setup.quick));
    match report.broken {
        0 => Ok(()),
        n => Err(format!("{n} benchmarks could not be run")),
    }
}

/// Takes rows into the report; one benchmark that cannot run does not end the others.
fn note(report: &mut Report, name: &str, rows: Result<Vec<report::Row>>) {
    match rows {
        Ok(rows) => rows.into_iter().for_each(|row| report.add(row)),
        Err(error) => {
            eprintln!("error: {name}: {error}");
            report.broken += 1;
        }
    }
}

impl Setup {
    fn parse(args: &[String]) -> Result<Setup> {
        let (mut server, mut folder) = (None, None);
        let (mut moto, mut web) = (None, None);
        let (mut quick, mut selected) = (false, Vec::new());
        let mut args = args.iter();
        while let Some(arg) = args.next() {
            let mut value = || args.next().ok_or_else(|| format!("{arg} needs a value"));
            match arg.as_str() {
                "--server" => server = Some(PathBuf::from(value()?)),
                "--folder" => folder = Some(PathBuf::from(value()?)),
                "--moto" => moto = Some(PathBuf::from(value()?)),
                "--web" => web = Some(PathBuf::from(value()?)),
                "--quick" => quick = true,
                letter if letter.len() == 1 && ("a"..="i").contains(&letter) => {
                    selected.push(letter.to_owned());
                }
                other => return Err(format!("{other} is no benchmark (a to i) and no flag")),
            }
        }
        Ok(Setup {
            server: server.ok_or("--server is missing")?,
            folder: folder.ok_or("--folder is missing")?,
            moto,
            web,
            quick,
            selected,
        })
    }

    /// A new empty folder in the work folder.
    fn fresh(&self, name: &str) -> Result<PathBuf> {
        // What something measured earlier left to be written, a peer's recordings above all,
        // would be written half a minute later, into the midst of what is measured then.
        rustix::fs::sync();
        let folder = self.folder.join(name);
        if folder.exists() {
            std::fs::remove_dir_all(&folder).map_err(said(&folder.display()))?;
        }
        std::fs::create_dir_all(&folder).map_err(said(&folder.display()))?;
        Ok(folder)
    }
}

/// Puts what was tried in front of an error.
fn said<E: std::fmt::Display>(what: &dyn std::fmt::Display) -> impl FnOnce(E) -> String {
    let what = what.to_string();
    move |error| format!("{what}: {error}")
}

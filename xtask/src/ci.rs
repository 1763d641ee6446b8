//! `cargo xtask ci`: the whole gate, the same here and on a build machine.
//!
//! Every step runs even if an earlier one failed, so that one run shows all there is
//! to mend. Steps share one target folder and one profile: dependencies are checked
//! once (lints and documentation) and built once (tests).

use std::process::Command;
use std::time::{Duration, Instant};

use crate::test::Count;
use crate::{Result, codegen, console, deny, shell, test, tidy};

/// Runs all steps, prints how long each took, and the tests' sum as the last line. A
/// failed step counts as one failed test.
pub(crate) fn run(_args: &[String]) -> Result<()> {
    let mut report = Report::default();
    report.step("fmt", || {
        shell::run(cargo().args(["fmt", "--all", "--check"]))
    });
    report.step("codegen", || codegen::run(&["--check".to_owned()]));
    report.step("tidy", || tidy::run(&[]));
    report.step("deny", deny::run);
    report.step("clippy", || {
        let lint = [
            "clippy",
            "--workspace",
            "--all-targets",
            "--",
            "-D",
            "warnings",
        ];
        shell::run(cargo().args(lint))
    });
    report.step("doc", || {
        let doc = [
            "doc",
            "--workspace",
            "--no-deps",
            "--document-private-items",
        ];
        shell::run(cargo().args(doc).env("RUSTDOCFLAGS", RUSTDOCFLAGS))
    });
    report.step("console", console::check);
    let mut count = Count::default();
    report.step("test", || {
        count = test::count(&[], CARGO_ENV)?;
        Ok(())
    });
    report.print();
    count.failed += report.failed();
    println!("{count}");
    match count.failed {
        0 => Ok(()),
        _ => Err(String::new()),
    }
}

fn cargo() -> Command {
    let mut cargo = shell::cargo();
    cargo.envs(CARGO_ENV.iter().copied());
    cargo
}

/// What was run, how long it took and whether it failed.
#[derive(Default)]
struct Report {
    steps: Vec<(&'static str, Duration, Result<()>)>,
}

impl Report {
    fn step(&mut self, name: &'static str, run: impl FnOnce() -> Result<()>) {
        println!("\n== {name}");
        let start = Instant::now();
        let result = run();
        if let Err(message) = &result {
            eprintln!("error: {name}: {message}");
        }
        self.steps.push((name, start.elapsed(), result));
    }

    fn failed(&self) -> u64 {
        self.steps
            .iter()
            .filter(|(_, _, result)| result.is_err())
            .count() as u64
    }

    fn print(&self) {
        println!();
        for (name, time, result) in &self.steps {
            let verdict = if result.is_ok() { "" } else { "FAILED" };
            println!("{name:<8} {:>7.1} s  {verdict}", time.as_secs_f64());
        }
    }
}

/// Private items are documented too, so a link to one leads somewhere.
const RUSTDOCFLAGS: &str = "-D warnings -A rustdoc::private-intra-doc-links";

/// A gate builds once: incremental files would only cost time and disk.
const CARGO_ENV: &[(&str, &str)] = &[("CARGO_INCREMENTAL", "0")];

//! `cargo xtask test`: every test there is, with everything it needs.
//!
//! Nothing is skipped: what is missing is installed ([`crate::setup`]) or the command
//! fails. At its end it prints what the tests measured, such as the delay from camera to
//! screen; its last line is `N passed, N failed`, summed over all test binaries.

use std::fs;

use crate::{Result, console, setup, shell};

/// Installs, builds, tests, and prints the sum.
pub(crate) fn run(args: &[String]) -> Result<()> {
    let count = count(args, &[])?;
    println!("{count}");
    match count.failed {
        0 => Ok(()),
        _ => Err(String::new()),
    }
}

/// Does everything but print the closing line. Arguments, with or without a leading
/// `--`, are filters as the test binaries understand them; `env` is set for cargo.
pub(crate) fn count(args: &[String], env: &[(&str, &str)]) -> Result<Count> {
    let filters = match args.first() {
        Some(first) if first == "--" => &args[1..],
        _ => args,
    };
    let tools = setup::run()?;
    console::run(&[])?;
    // One build for the server and all tests, so that features unify the same way and
    // no dependency is compiled twice.
    let mut build = shell::cargo();
    build
        .args(["build", "--workspace", "--bins", "--tests"])
        .envs(env.iter().copied());
    shell::run(&mut build)?;
    let figures = shell::target().join("test-figures.txt");
    // Tests append to it, and those of an earlier run are not this one's.
    let _ = fs::remove_file(&figures);
    let mut command = shell::cargo();
    command
        .args(["test", "--workspace", "--no-fail-fast", "--"])
        .args(filters)
        .envs(env.iter().copied())
        .env("KINORA_TEST_FIGURES", &figures)
        .env("KINORA_TEST_BINARY", shell::target().join("debug/kinora"))
        .env("KINORA_TEST_VENV", &tools.venv)
        .env("KINORA_TEST_NODE_MODULES", &tools.node_modules);
    let mut count = Count::default();
    if filters.is_empty() && !console::test(|line| count.see_vitest(line))? && count.failed == 0 {
        count.failed = 1;
    }
    let failed_before = count.failed;
    let succeeded = shell::watch(&mut command, |line| count.see(line))?;
    if !succeeded && count.failed == failed_before {
        // A test binary that crashed prints no result line.
        count.failed = 1;
    }
    // Absent if the filters chose no test that measures.
    if let Ok(text) = fs::read_to_string(&figures) {
        println!("\nmeasured by the tests:\n{}\n", text.trim_end());
    }
    Ok(count)
}

/// How many tests passed and failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Count {
    /// Tests that passed.
    pub(crate) passed: u64,
    /// Tests that failed or, which the house does not allow, were ignored.
    pub(crate) failed: u64,
}

impl Count {
    /// Adds what a line of vitest says, if it is its sum: `Tests  1 failed | 38 passed (39)`.
    fn see_vitest(&mut self, line: &str) {
        let Some(sums) = line.trim_start().strip_prefix("Tests  ") else {
            return;
        };
        for part in sums.split(" | ") {
            let mut words = part.split_whitespace();
            let n = words.next().and_then(|n| n.parse().ok()).unwrap_or(0);
            match words.next() {
                Some("passed") => self.passed += n,
                Some("failed" | "skipped" | "todo") => self.failed += n,
                _ => {}
            }
        }
    }

    /// Adds what a line of output says, if it is the result line of a test binary.
    fn see(&mut self, line: &str) {
        let Some(result) = line.strip_prefix("test result: ") else {
            return;
        };
        let result = result.split_once(". ").map_or(result, |(_, counts)| counts);
        for part in result.split("; ") {
            match part.split_once(' ') {
                Some((n, "passed")) => self.passed += n.parse().unwrap_or(0),
                Some((n, "failed" | "ignored")) => self.failed += n.parse().unwrap_or(0),
                _ => {}
            }
        }
    }
}

impl std::fmt::Display for Count {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} passed, {} failed", self.passed, self.failed)
    }
}

#[cfg(test)]
mod tests {
    use super::Count;

    #[test]
    fn result_lines_are_summed() {
        let mut count = Count::default();
        for line in [
            "running 3 tests",
            "test result: ok. 2 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out",
            "test passes ... ok",
            "test result: FAILED. 40 passed; 3 failed; 1 ignored; 0 measured; 9 filtered out",
        ] {
            count.see(line);
        }
        assert_eq!(
            count,
            Count {
                passed: 42,
                failed: 4
            }
        );
        assert_eq!(count.to_string(), "42 passed, 4 failed");
    }

    #[test]
    fn vitest_counts_too() {
        let mut count = Count::default();
        for line in [
            " Test Files  1 failed | 3 passed (4)",
            "      Tests  2 failed | 38 passed | 1 skipped (41)",
            "   Start at  12:00:00",
        ] {
            count.see_vitest(line);
        }
        assert_eq!(count.to_string(), "38 passed, 3 failed");
    }
}

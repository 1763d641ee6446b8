//! What was measured, as lines while it runs and as a Markdown table in the end.

use std::fmt::Write as _;
use std::fs;

/// One figure beside its peer's.
pub(crate) struct Row {
    /// What was measured, with its unit.
    pub(crate) what: String,
    /// Ours.
    pub(crate) ours: f64,
    /// The peer or floor and its figure, if there is one.
    pub(crate) peer: Option<(&'static str, f64)>,
    /// What we aim at.
    pub(crate) aim: Aim,
    /// What else is worth knowing.
    pub(crate) note: String,
}

/// What a figure is to reach.
#[derive(Clone, Copy)]
pub(crate) enum Aim {
    /// Ours, at most.
    AtMost(f64),
    /// Ours divided by the peer's, at least.
    RatioAtLeast(f64),
    /// Only for comparison.
    None,
}

/// All rows so far.
#[derive(Default)]
pub(crate) struct Report {
    rows: Vec<Row>,
    /// Benchmarks that could not be run.
    pub(crate) broken: usize,
}

impl Report {
    /// Prints a row and keeps it.
    pub(crate) fn add(&mut self, row: Row) {
        println!("{}", row.cells().join("  "));
        self.rows.push(row);
    }

    /// The table for `docs/BENCHMARKS.md`, with what the machine is and the date.
    pub(crate) fn markdown(&self, quick: bool) -> String {
        let mut text = format!(
            "{}{}\n\n",
            machine(),
            if quick { "; quick sizes" } else { "" }
        );
        text.push_str("| what | ours | beside it | ratio | aim | | note |\n");
        text.push_str("| --- | ---: | ---: | ---: | --- | --- | --- |\n");
        for row in &self.rows {
            let _ = writeln!(text, "| {} |", row.cells().join(" | "));
        }
        text
    }
}

impl Row {
    fn cells(&self) -> [String; 7] {
        let ratio = self.peer.map(|(_, peer)| self.ours / peer);
        let (aim, met) = match self.aim {
            Aim::AtMost(most) => (format!("≤ {}", figure(most)), Some(self.ours <= most)),
            Aim::RatioAtLeast(least) => {
                let met = ratio.is_some_and(|ratio| ratio >= least);
                (format!("ratio ≥ {}", figure(least)), Some(met))
            }
            Aim::None => (String::new(), None),
        };
        let peer = self
            .peer
            .map(|(name, peer)| format!("{name} {}", figure(peer)));
        [
            self.what.clone(),
            figure(self.ours),
            peer.unwrap_or_default(),
            ratio.map(figure).unwrap_or_default(),
            aim,
            met.map_or("", |met| if met { "pass" } else { "miss" })
                .to_owned(),
            self.note.clone(),
        ]
    }
}

/// Three significant digits.
fn figure(value: f64) -> String {
    match value.abs() {
        v if v >= 100.0 => format!("{value:.0}"),
        v if v >= 10.0 => format!("{value:.1}"),
        v if v >= 1.0 => format!("{value:.2}"),
        _ => format!("{value:.3}"),
    }
}

/// The value below which `percent` of the sorted values lie; 0 if there is none.
pub(crate) fn percentile(sorted: &[f64], percent: f64) -> f64 {
    let at = (sorted.len() as f64 * percent / 100.0) as usize;
    sorted
        .get(at.min(sorted.len().saturating_sub(1)))
        .copied()
        .unwrap_or_default()
}

/// Processors, memory, kernel, date; no names.
fn machine() -> String {
    let read = |path| fs::read_to_string(path).unwrap_or_default();
    let cpus = read("/proc/cpuinfo");
    let field = |text: &str, name: &str| {
        let line = text.lines().find(|line| line.starts_with(name));
        line.and_then(|line| line.split_once(':'))
            .map(|(_, value)| value.trim().to_owned())
    };
    let count = cpus
        .lines()
        .filter(|line| line.starts_with("processor"))
        .count();
    let model = field(&cpus, "model name").unwrap_or_default();
    let memory = field(&read("/proc/meminfo"), "MemTotal").unwrap_or_default();
    let kib: f64 = memory.trim_end_matches(" kB").parse().unwrap_or_default();
    let kernel = read("/proc/sys/kernel/osrelease");
    let load = read("/proc/loadavg");
    let load = load.split(' ').next().unwrap_or_default();
    let date = std::process::Command::new("date")
        .arg("--iso-8601")
        .output();
    let date = date.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    format!(
        "{}: {count} × {model}, {:.0} GiB, Linux {}; load at the end {load}",
        date.unwrap_or_default(),
        kib / 1024.0 / 1024.0,
        kernel.trim().split('-').next().unwrap_or_default()
    )
}

#[cfg(test)]
mod tests {
    use super::{Aim, Row, figure, percentile};

    #[test]
    fn figures_have_three_digits() {
        let shown = [0.0421, 4.216, 42.16, 4216.4].map(figure);
        assert_eq!(shown, ["0.042", "4.22", "42.2", "4216"]);
    }

    #[test]
    fn percentiles_are_values_that_were_measured() {
        let values: Vec<f64> = (1..=100).map(f64::from).collect();
        assert_eq!(percentile(&values, 50.0), 51.0);
        assert_eq!(percentile(&values, 99.0), 100.0);
        assert_eq!(percentile(&values, 100.0), 100.0);
        assert_eq!(percentile(&[], 50.0), 0.0);
    }

    #[test]
    fn an_aim_is_met_or_missed() {
        let verdict = |ours, aim| {
            let row = Row {
                what: String::new(),
                ours,
                peer: Some(("peer", 10.0)),
                aim,
                note: String::new(),
            };
            row.cells()[5].clone()
        };
        assert_eq!(verdict(6.0, Aim::RatioAtLeast(0.6)), "pass");
        assert_eq!(verdict(5.9, Aim::RatioAtLeast(0.6)), "miss");
        assert_eq!(verdict(6.0, Aim::AtMost(5.0)), "miss");
        assert_eq!(verdict(6.0, Aim::None), "");
    }
}

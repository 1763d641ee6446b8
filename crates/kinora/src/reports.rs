//! Credential reports: made on demand, kept in memory for four hours.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use kvs::limits;
use kvs::name::AccountId;

/// The reports of the accounts that asked for one lately.
#[derive(Default)]
pub struct Reports {
    held: Mutex<HashMap<AccountId, Held>>,
}

enum Held {
    Running,
    Done(Arc<Report>),
}

/// A report.
#[derive(Debug, PartialEq, Eq)]
pub struct Report {
    /// When it was made, milliseconds since the epoch.
    pub made_ms: u64,
    /// The table.
    pub csv: String,
}

/// How it stands with an account's report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// There is none.
    Absent,
    /// It is being made.
    Running,
    /// It is older than four hours.
    Expired,
    /// It is there.
    Done(Arc<Report>),
}

impl Reports {
    /// How it stands with an account's report.
    pub fn state(&self, account: AccountId, now_ms: u64) -> State {
        state(self.lock().get(&account), now_ms)
    }

    /// Says that a report is being made, unless one is already or a recent one is there.
    /// Tells whether it was said.
    pub fn begin(&self, account: AccountId, now_ms: u64) -> bool {
        let mut held = self.lock();
        let state = state(held.get(&account), now_ms);
        let is_wanted = matches!(state, State::Absent | State::Expired);
        if is_wanted {
            held.insert(account, Held::Running);
        }
        is_wanted
    }

    /// Puts a report in its place, or after a failure nothing. The oldest reports give way
    /// if there are too many bytes of them.
    pub fn end(&self, account: AccountId, report: Option<Report>) {
        let mut held = self.lock();
        held.remove(&account);
        let Some(report) = report else { return };
        held.insert(account, Held::Done(Arc::new(report)));
        let done = |held: &Held| match held {
            Held::Running => None,
            Held::Done(report) => Some((report.made_ms, report.csv.len())),
        };
        let bytes = |held: &HashMap<_, _>| -> usize {
            held.values().filter_map(done).map(|(_, len)| len).sum()
        };
        while held.len() > 1 && bytes(&held) > limits::REPORTS_BYTES_MAX {
            let others = held.iter().filter(|(other, _)| **other != account);
            let oldest = others
                .filter_map(|(id, held)| Some((done(held)?.0, *id)))
                .min();
            let Some((_, oldest)) = oldest else { return };
            held.remove(&oldest);
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<AccountId, Held>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn state(held: Option<&Held>, now_ms: u64) -> State {
    match held {
        None => State::Absent,
        Some(Held::Running) => State::Running,
        Some(Held::Done(report)) if now_ms >= report.made_ms + VALID_MS => State::Expired,
        Some(Held::Done(report)) => State::Done(Arc::clone(report)),
    }
}

/// How long a report is told as it is, milliseconds.
const VALID_MS: u64 = 4 * 3_600_000;

#[cfg(test)]
mod tests {
    use kvs::limits;
    use kvs::name::AccountId;

    use super::{Report, Reports, State, VALID_MS};

    fn report(made_ms: u64, len: usize) -> Option<Report> {
        let csv = "x".repeat(len);
        Some(Report { made_ms, csv })
    }

    #[test]
    fn a_report_is_made_once_in_four_hours() {
        let reports = Reports::default();
        let account = AccountId::parse("012345678901").unwrap();
        assert_eq!(reports.state(account, 0), State::Absent);
        assert!(reports.begin(account, 0));
        assert!(!reports.begin(account, 0));
        assert_eq!(reports.state(account, 0), State::Running);
        reports.end(account, report(7, 1));
        assert!(!reports.begin(account, 6 + VALID_MS));
        assert!(matches!(reports.state(account, 8), State::Done(_)));
        assert_eq!(reports.state(account, 7 + VALID_MS), State::Expired);
        assert!(reports.begin(account, 7 + VALID_MS));
        reports.end(account, None);
        assert_eq!(reports.state(account, 8), State::Absent);
    }

    #[test]
    fn the_oldest_report_gives_way() {
        let reports = Reports::default();
        let accounts = ["000000000001", "000000000002"].map(|id| AccountId::parse(id).unwrap());
        reports.end(accounts[0], report(1, 10));
        reports.end(accounts[1], report(2, limits::REPORTS_BYTES_MAX));
        assert_eq!(reports.state(accounts[0], 3), State::Absent);
        assert!(matches!(reports.state(accounts[1], 3), State::Done(_)));
    }
}

//! The credential report: a table of all users and the state of their credentials.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_getting-report.html>

use std::collections::BTreeMap;

use super::{AccessKeyMeta, Directory, User, mfa, passwords};
use crate::limits;

/// When and for what a key was last used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyUse {
    /// Milliseconds since the epoch.
    pub at_ms: u64,
    /// Signing name of the service.
    pub service: String,
    /// The region that was signed for.
    pub region: String,
}

/// The ids of all keys that the report tells of.
pub fn keys(directory: &Directory) -> Vec<String> {
    let users = directory.users().iter().flat_map(|user| &user.keys);
    let keys = directory.settings().root.keys.iter().chain(users);
    keys.map(|key| key.id.clone()).collect()
}

/// The report as CSV, root first. `used` tells of keys by id; `time` writes milliseconds
/// since the epoch.
pub fn csv(
    directory: &Directory,
    created_ms: u64,
    used: &BTreeMap<String, KeyUse>,
    time: fn(u64) -> String,
) -> String {
    let mut text = HEADER.to_owned();
    let report = Report {
        directory,
        used,
        time,
    };
    let users = directory.users().iter().map(|user| report.user(user));
    for row in std::iter::once(report.root(created_ms)).chain(users) {
        let fields: Vec<_> = row.iter().map(|field| quoted(field)).collect();
        text.push('\n');
        text.push_str(&fields.join(","));
    }
    text
}

struct Report<'a> {
    directory: &'a Directory,
    used: &'a BTreeMap<String, KeyUse>,
    time: fn(u64) -> String,
}

impl Report<'_> {
    fn root(&self, created_ms: u64) -> Vec<String> {
        let root = &self.directory.settings().root;
        let unsupported = || "not_supported".to_owned();
        let used = root.password_used_ms.map(self.time);
        let mut row = vec![
            "<root_account>".to_owned(),
            format!("arn:aws:iam::{}:root", self.directory.account()),
            (self.time)(created_ms),
            unsupported(),
            used.unwrap_or_else(|| NO_INFORMATION.to_owned()),
            unsupported(),
            unsupported(),
            mfa::of(self.directory, None).next().is_some().to_string(),
        ];
        self.credentials(&mut row, &root.keys);
        row
    }

    fn user(&self, user: &User) -> Vec<String> {
        let login = user.login.as_ref();
        let policy = self.directory.settings().password_policy.as_ref();
        let used = login.map(|login| login.used_ms.map(self.time));
        let expires_ms = login.and_then(|login| passwords::expires_ms(policy, login));
        let has_device = mfa::of(self.directory, Some(&user.id)).next().is_some();
        let mut row = vec![
            user.name.clone(),
            user.arn(self.directory.account()),
            (self.time)(user.created_ms),
            login.is_some().to_string(),
            or_none(used.map(|used| used.unwrap_or_else(|| NO_INFORMATION.to_owned()))),
            or_none(login.map(|login| (self.time)(login.changed_ms))),
            or_none(expires_ms.map(self.time)),
            has_device.to_string(),
        ];
        self.credentials(&mut row, &user.keys);
        row
    }

    fn credentials(&self, row: &mut Vec<String>, keys: &[AccessKeyMeta]) {
        for index in 0..limits::ACCESS_KEYS_PER_USER_MAX {
            let key = keys.get(index);
            let used = key.and_then(|key| self.used.get(&key.id));
            row.extend([
                key.is_some_and(|key| key.active).to_string(),
                or_none(key.map(|key| (self.time)(key.created_ms))),
                or_none(used.map(|used| (self.time)(used.at_ms))),
                or_none(used.map(|used| used.region.clone())),
                or_none(used.map(|used| used.service.clone())),
            ]);
        }
        for _ in 0..SIGNING_CERTIFICATES {
            row.extend([false.to_string(), NONE.to_owned()]);
        }
    }
}

fn or_none(text: Option<String>) -> String {
    text.unwrap_or_else(|| NONE.to_owned())
}

/// RFC 4180: paths may hold commas and quotes.
fn quoted(field: &str) -> String {
    match field.contains([',', '"']) {
        true => format!("\"{}\"", field.replace('"', "\"\"")),
        false => field.to_owned(),
    }
}

const NONE: &str = "N/A";
const NO_INFORMATION: &str = "no_information";
/// There are none here, but the columns are.
const SIGNING_CERTIFICATES: usize = 2;
const HEADER: &str = "user,arn,user_creation_time,password_enabled,password_last_used,\
    password_last_changed,password_next_rotation,mfa_active,access_key_1_active,\
    access_key_1_last_rotated,access_key_1_last_used_date,access_key_1_last_used_region,\
    access_key_1_last_used_service,access_key_2_active,access_key_2_last_rotated,\
    access_key_2_last_used_date,access_key_2_last_used_region,access_key_2_last_used_service,\
    cert_1_active,cert_1_last_rotated,cert_2_active,cert_2_last_rotated";

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{KeyUse, csv, keys};
    use crate::iam::AccessKeyMeta;
    use crate::iam::users::tests::{directory, login, user};

    #[test]
    fn every_row_has_every_column() {
        let mut ann = user("1", "ann");
        ann.path = "/a,\"b\"/".to_owned();
        ann.login = Some(login(5));
        let key = |id: &str, active| AccessKeyMeta {
            id: id.to_owned(),
            active,
            created_ms: 3,
        };
        ann.keys = vec![key("A", true), key("B", false)];
        let directory = directory([ann, user("2", "bob")]);
        assert_eq!(keys(&directory), ["A", "B"]);
        let used = KeyUse {
            at_ms: 9,
            service: "iam".to_owned(),
            region: "here".to_owned(),
        };
        let used = BTreeMap::from([("A".to_owned(), used)]);
        let text = csv(&directory, 2, &used, |ms| format!("t{ms}"));
        let rows: Vec<_> = text.lines().collect();
        assert_eq!(rows[0].split(',').count(), 22);
        assert_eq!(
            rows[1],
            "<root_account>,arn:aws:iam::012345678901:root,t2,not_supported,no_information,\
             not_supported,not_supported,false,false,N/A,N/A,N/A,N/A,false,N/A,N/A,N/A,N/A,\
             false,N/A,false,N/A"
        );
        assert_eq!(
            rows[2],
            "ann,\"arn:aws:iam::012345678901:user/a,\"\"b\"\"/ann\",t1,true,no_information,t5,\
             N/A,false,true,t3,t9,here,iam,false,t3,N/A,N/A,N/A,false,N/A,false,N/A"
        );
        assert!(rows[3].starts_with("bob,") && rows[3].split(',').count() == 22);
        assert_eq!(rows.len(), 4);
    }
}

//! ARNs of identities: `arn:aws:iam::ACCOUNT:KIND/path/Name`.

use std::sync::Arc;

use super::{Directory, Group, InstanceProfile, Policy, Role, User};
use crate::name::AccountId;

/// The ARN of something with a path (`/` or `/…/`) and a name.
pub fn identity(account: AccountId, kind: &str, path: &str, name: &str) -> String {
    format!("arn:aws:iam::{account}:{kind}{path}{name}")
}

/// Account, kind, path and name of an ARN that [`identity`] could have made.
pub fn parse(arn: &str) -> Option<(AccountId, &str, &str, &str)> {
    let (account, rest) = arn.strip_prefix("arn:aws:iam::")?.split_once(':')?;
    let (kind, rest) = rest.split_at_checked(rest.find('/')?)?;
    let (path, name) = rest.split_at_checked(rest.rfind('/')? + 1)?;
    let account = AccountId::parse(account)?;
    (!name.is_empty()).then_some((account, kind, path, name))
}

macro_rules! arns {
    ($($entity:ident: $kind:literal;)*) => {$(
        impl $entity {
            /// Its ARN.
            pub fn arn(&self, account: AccountId) -> String {
                identity(account, $kind, &self.path, &self.name)
            }
        }
    )*};
}

arns! {
    User: "user";
    Group: "group";
    Role: "role";
    Policy: "policy";
    InstanceProfile: "instance-profile";
}

impl Directory {
    /// The customer managed policy of an ARN. The letter case matters, as it does where
    /// policies name ARNs.
    pub fn policy_by_arn(&self, arn: &str) -> Option<&Arc<Policy>> {
        let (account, kind, path, name) = parse(arn)?;
        let policy = self.policies().get(name)?;
        let is_it = policy.path == path && policy.name == name;
        (account == self.account() && kind == "policy" && is_it).then_some(policy)
    }
}

#[cfg(test)]
mod tests {
    use super::{identity, parse};
    use crate::name::AccountId;

    #[test]
    fn arns_are_made_and_taken_apart() {
        let account = AccountId::parse("012345678901").unwrap();
        for (path, arn) in [
            ("/", "arn:aws:iam::012345678901:user/bob"),
            ("/a/b/", "arn:aws:iam::012345678901:user/a/b/bob"),
        ] {
            assert_eq!(identity(account, "user", path, "bob"), arn);
            assert_eq!(parse(arn), Some((account, "user", path, "bob")));
        }
        for bad in [
            "",
            "arn:aws:iam::012345678901:root",
            "arn:aws:iam::012345678901:user/",
            "arn:aws:iam::aws:policy/A",
            "arn:aws:sts::012345678901:user/bob",
        ] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }
}

//! Who is calling, proven by signature, and what is known of the request besides.

use std::net::IpAddr;
use std::sync::Arc;

use kvs::iam::{Directory, Role, Session, User};
use kvs::name::AccountId;

/// A proven caller.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The account.
    pub account: AccountId,
    /// Who it is.
    pub identity: Identity,
    /// What its temporary credentials claim; `None` for a long-term key.
    pub session: Option<Arc<Session>>,
    /// The access key id it signed with.
    pub access_key_id: String,
    /// The account's identities as of this request.
    pub directory: Arc<Directory>,
    /// Where the request came from.
    pub source: Source,
}

/// Who a caller is, alive at the time of the request.
#[derive(Clone, Debug)]
pub enum Identity {
    /// The root user.
    Root,
    /// A user.
    User(Arc<User>),
    /// A session of a role.
    Role {
        /// The role.
        role: Arc<Role>,
        /// `RoleSessionName`.
        session_name: String,
    },
    /// A federated user.
    Federated {
        /// Who made it; `None` for root.
        by: Option<Arc<User>>,
        /// `Name`.
        name: String,
    },
}

/// Where a request came from.
#[derive(Clone, Debug, Default)]
pub struct Source {
    /// The client's address (`aws:SourceIp`); `None` inside the process.
    pub ip: Option<IpAddr>,
    /// Whether it came over TLS (`aws:SecureTransport`).
    pub is_secure: bool,
    /// `User-Agent`.
    pub user_agent: Option<String>,
    /// `Referer`.
    pub referer: Option<String>,
    /// The region that was signed for.
    pub region: String,
    /// Id of the request.
    pub request_id: String,
}

impl Caller {
    /// `Arn` of GetCallerIdentity: for a role the session's.
    pub fn arn(&self) -> String {
        let account = self.account;
        match &self.identity {
            Identity::Root => format!("arn:aws:iam::{account}:root"),
            Identity::User(user) => user_arn(account, user),
            Identity::Role { role, session_name } => {
                let role = &role.name;
                format!("arn:aws:sts::{account}:assumed-role/{role}/{session_name}")
            }
            Identity::Federated { name, .. } => {
                format!("arn:aws:sts::{account}:federated-user/{name}")
            }
        }
    }

    /// `UserId` of GetCallerIdentity (`aws:userid`).
    pub fn user_id(&self) -> String {
        let account = self.account;
        match &self.identity {
            Identity::Root => account.to_string(),
            Identity::User(user) => user.id.to_string(),
            Identity::Role { role, session_name } => format!("{}:{session_name}", role.id),
            Identity::Federated { name, .. } => format!("{account}:{name}"),
        }
    }

    /// `aws:PrincipalArn`: for a role the role's own, with its path.
    pub fn principal_arn(&self) -> String {
        match &self.identity {
            Identity::Role { role, .. } => role_arn(self.account, role),
            _ => self.arn(),
        }
    }

    /// Whether this is the account itself.
    pub fn is_root(&self) -> bool {
        matches!(self.identity, Identity::Root)
    }
}

/// A user's ARN.
pub fn user_arn(account: AccountId, user: &User) -> String {
    format!("arn:aws:iam::{account}:user{}{}", user.path, user.name)
}

/// A role's ARN.
pub fn role_arn(account: AccountId, role: &Role) -> String {
    format!("arn:aws:iam::{account}:role{}{}", role.path, role.name)
}

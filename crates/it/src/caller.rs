//! Who calls the server under test: mostly an IAM user, as AWS recommends.
//!
//! Wherever a client of the harness is given a server alone, it calls as that server's
//! [`Server::operator`]. Whoever needs more says so: `cli(server.administrator(), …)`.

use std::sync::OnceLock;

use aws::sigv4::sign::Payload;
use serde_json::Value;

use crate::call::{Call, Signer};
use crate::connection::Connection;
use crate::server::{ACCESS_KEY_ID, SECRET_ACCESS_KEY, Server};

/// An access key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// Such as `AKIAIOSFODNN7EXAMPLE`.
    pub id: String,
    /// What it signs with.
    pub secret: String,
}

/// Somebody who calls a server.
#[derive(Clone, Copy)]
pub struct Caller<'a> {
    /// Whom they call.
    pub server: &'a Server,
    /// What they sign with.
    pub key: &'a Key,
}

/// The keys of a server's account. Those of users are made when they are first asked for,
/// so that tests of IAM find an account that is empty, and last as long as the test: a
/// server that starts again on the same data knows them.
pub(crate) struct Keys {
    root: Key,
    administrator: OnceLock<Key>,
    operator: OnceLock<Key>,
}

impl Key {
    /// The key that CreateAccessKey made.
    ///
    /// # Panics
    ///
    /// If this is no answer of it.
    pub fn made(answer: &Value) -> Key {
        let text = |name: &str| {
            answer["AccessKey"][name]
                .as_str()
                .expect("a text")
                .to_owned()
        };
        Key {
            id: text("AccessKeyId"),
            secret: text("SecretAccessKey"),
        }
    }

    /// As environment variables of AWS's clients.
    pub fn env(&self) -> [(&'static str, String); 2] {
        [
            ("AWS_ACCESS_KEY_ID", self.id.clone()),
            ("AWS_SECRET_ACCESS_KEY", self.secret.clone()),
        ]
    }
}

impl Keys {
    /// With root's key, which the server is started with.
    pub(crate) fn new() -> Keys {
        Keys {
            root: Key {
                id: ACCESS_KEY_ID.to_owned(),
                secret: SECRET_ACCESS_KEY.to_owned(),
            },
            administrator: OnceLock::new(),
            operator: OnceLock::new(),
        }
    }
}

impl Server {
    /// The root user, for tests that are about it.
    pub fn root(&self) -> Caller<'_> {
        self.by(&self.keys.root)
    }

    /// The IAM user `Administrator` with the policy `AdministratorAccess`, for tests that
    /// manage an account.
    ///
    /// # Panics
    ///
    /// If it cannot be made.
    pub fn administrator(&self) -> Caller<'_> {
        let make = || {
            self.root()
                .make_user("Administrator", "AdministratorAccess")
        };
        self.by(self.keys.administrator.get_or_init(make))
    }

    /// The IAM user `operator`, who may do everything with streams and nothing else: its
    /// policy is `AmazonKinesisVideoStreamsFullAccess`.
    ///
    /// # Panics
    ///
    /// If it cannot be made.
    pub fn operator(&self) -> Caller<'_> {
        let policy = "AmazonKinesisVideoStreamsFullAccess";
        let make = || self.root().make_user("operator", policy);
        self.by(self.keys.operator.get_or_init(make))
    }

    /// Whoever has a key.
    pub fn by<'a>(&'a self, key: &'a Key) -> Caller<'a> {
        Caller { server: self, key }
    }
}

impl<'a> From<&'a Server> for Caller<'a> {
    fn from(server: &'a Server) -> Caller<'a> {
        server.operator()
    }
}

impl Caller<'_> {
    /// Makes an IAM user with one of AWS's managed policies: its key.
    ///
    /// # Panics
    ///
    /// If it cannot be made.
    pub fn make_user(self, name: &str, policy: &str) -> Key {
        let user = format!("UserName={name}");
        let policy = format!("{user}&PolicyArn=arn:aws:iam::aws:policy/{policy}");
        self.iam("CreateUser", &user);
        self.iam("AttachUserPolicy", &policy);
        let answer = self.iam("CreateAccessKey", &user);
        let element = |name: &str| {
            let (_, rest) = answer.split_once(&format!("<{name}>"))?;
            Some(rest.split_once('<')?.0.to_owned())
        };
        let element = |name: &str| element(name).unwrap_or_else(|| panic!("{name}: {answer}"));
        Key {
            id: element("AccessKeyId"),
            secret: element("SecretAccessKey"),
        }
    }

    /// Calls an operation of IAM; its answer.
    fn iam(self, action: &str, parameters: &str) -> String {
        let form = format!("Action={action}&Version=2010-05-08&{parameters}");
        let signer = Signer {
            service: "iam",
            ..Signer::of(self)
        };
        let call = Call::post(self.server, "/")
            .header("Content-Type", "application/x-www-form-urlencoded")
            .signed(signer, Payload::Bytes(form.as_bytes()))
            .with_body(form.as_bytes());
        let answer = Connection::plain(self.server).ask(&call);
        assert_eq!(answer.status, 200, "{action}: {}", answer.text());
        answer.text()
    }
}

//! Where a caller stands: the policies that count for it, compiled.
//!
//! Policies are read live from the account: what is held is used only as long as the
//! account's revision stands, so a policy that was detached or a boundary that was set
//! counts for the very next request, of sessions that began before as well. Documents are
//! compiled once, however many hold them.

use std::sync::{Arc, Mutex, PoisonError};

use aws::policy::managed::ManagedPolicy;
use aws::policy::{Document, DocumentKind, Policies, PolicyError, Principal, Source, Sourced};
use kvs::iam::{Directory, Role, User};
use kvs::limits;

use crate::lately::Lately;
use crate::ops::caller::Identity;
use crate::ops::{ApiError, Caller};

/// The policies that count for somebody.
#[derive(Debug, Default)]
pub struct Held {
    /// Of the user and its groups, or of the role.
    pub identity: Vec<Sourced>,
    /// The permissions boundary.
    pub boundary: Option<Sourced>,
    /// Of the session.
    pub session: Vec<Sourced>,
}

/// Compiled policies, and who holds which, as far as they were asked for lately.
pub struct Standings {
    documents: Mutex<Lately<Text, Arc<Document>>>,
    /// By user, role or session: what it holds, and at which revision of its account.
    held: Mutex<Lately<String, (u64, Arc<Held>)>>,
}

/// What a document is for, and its text.
type Text = (DocumentKind, Arc<str>);

impl Default for Standings {
    fn default() -> Standings {
        Standings {
            documents: Mutex::new(Lately::new(limits::POLICY_CACHE_BYTES_MAX)),
            held: Mutex::new(Lately::new(limits::STANDINGS_HELD_MAX)),
        }
    }
}

impl Standings {
    /// The policies that count for a caller, as of its directory.
    ///
    /// # Errors
    ///
    /// A policy that was kept but cannot be read: then nothing is allowed.
    pub fn of(&self, caller: &Caller) -> Result<Arc<Held>, ApiError> {
        let Some(place) = place(caller) else {
            return Ok(Arc::default());
        };
        let revision = caller.directory.revision();
        if let Some((of, held)) = lock(&self.held).find(place)
            && of == revision
        {
            return Ok(held);
        }
        let held = Arc::new(self.collect(caller)?);
        let entry = (revision, Arc::clone(&held));
        lock(&self.held).keep(place.to_owned(), entry, 1);
        Ok(held)
    }

    fn collect(&self, caller: &Caller) -> Result<Held, ApiError> {
        let directory = &*caller.directory;
        let mut held = match &caller.identity {
            Identity::Root => Held::default(),
            Identity::User(user) | Identity::Federated { by: Some(user), .. } => {
                self.of_user(directory, user)?
            }
            Identity::Role { role, .. } => self.of_role(directory, role)?,
            // Root may do everything, and lends that to whom it vouches for.
            Identity::Federated { by: None, .. } => Held {
                identity: vec![self.managed(directory, EVERYTHING, DocumentKind::Identity)?],
                ..Held::default()
            },
        };
        if let Some(session) = &caller.session {
            for text in &session.policies {
                let kind = DocumentKind::Session;
                let sourced = self.sourced("session policy", Source::None, text, kind)?;
                held.session.push(sourced);
            }
            for arn in &session.policy_arns {
                let sourced = self.managed(directory, arn, DocumentKind::Session)?;
                held.session.push(sourced);
            }
        }
        Ok(held)
    }

    /// The policies of a user and its groups, and its boundary.
    ///
    /// # Errors
    ///
    /// A policy that was kept but cannot be read.
    pub fn of_user(&self, directory: &Directory, user: &User) -> Result<Held, ApiError> {
        let kind = DocumentKind::Identity;
        let mut identity = Vec::new();
        for (name, text) in &user.inline {
            identity.push(self.sourced(name, Source::User, text, kind)?);
        }
        for arn in &user.attached {
            identity.push(self.managed(directory, arn, kind)?);
        }
        let groups = user.groups.iter();
        for group in groups.filter_map(|id| directory.groups().by_id(id)) {
            for (name, text) in &group.inline {
                identity.push(self.sourced(name, Source::Group, text, kind)?);
            }
            for arn in &group.attached {
                identity.push(self.managed(directory, arn, kind)?);
            }
        }
        self.bounded(directory, identity, user.boundary.as_deref())
    }

    /// The policies of a role, and its boundary.
    ///
    /// # Errors
    ///
    /// A policy that was kept but cannot be read.
    pub fn of_role(&self, directory: &Directory, role: &Role) -> Result<Held, ApiError> {
        let kind = DocumentKind::Identity;
        let mut identity = Vec::new();
        for (name, text) in &role.inline {
            identity.push(self.sourced(name, Source::Role, text, kind)?);
        }
        for arn in &role.attached {
            identity.push(self.managed(directory, arn, kind)?);
        }
        self.bounded(directory, identity, role.boundary.as_deref())
    }

    fn bounded(
        &self,
        directory: &Directory,
        identity: Vec<Sourced>,
        boundary: Option<&str>,
    ) -> Result<Held, ApiError> {
        let boundary = boundary.map(|arn| self.managed(directory, arn, DocumentKind::Boundary));
        Ok(Held {
            identity,
            boundary: boundary.transpose()?,
            session: Vec::new(),
        })
    }

    /// A managed policy, of the account or of AWS. One that is gone allows nothing: as a
    /// boundary or a session policy it still limits.
    fn managed(
        &self,
        directory: &Directory,
        arn: &str,
        kind: DocumentKind,
    ) -> Result<Sourced, ApiError> {
        let text = managed_text(directory, arn).unwrap_or_else(|| NOTHING.into());
        let source = match ManagedPolicy::by_arn(arn) {
            Some(_) => Source::AwsManaged,
            None => Source::UserManaged,
        };
        self.sourced(arn, source, &text, kind)
    }

    /// A document and where it comes from.
    ///
    /// # Errors
    ///
    /// A policy that was kept but cannot be read.
    pub fn sourced(
        &self,
        id: &str,
        source: Source,
        text: &str,
        kind: DocumentKind,
    ) -> Result<Sourced, ApiError> {
        let document = self
            .document(text, kind)
            .map_err(|error| ApiError::internal(format!("policy {id}: {}", error.detail)))?;
        Ok(Sourced {
            id: id.to_owned(),
            source,
            document,
        })
    }

    /// A compiled document; of equal texts there is one.
    ///
    /// # Errors
    ///
    /// What is wrong with it.
    pub fn document(&self, text: &str, kind: DocumentKind) -> Result<Arc<Document>, PolicyError> {
        let key = (kind, Arc::from(text));
        if let Some(document) = lock(&self.documents).find(&key) {
            return Ok(document);
        }
        let document = Arc::new(Document::parse(text, kind)?);
        let weight = text.len() + DOCUMENT_BYTES;
        lock(&self.documents).keep(key, Arc::clone(&document), weight);
        Ok(document)
    }
}

impl Held {
    /// The policies, for a request.
    pub fn policies(&self) -> Policies<'_> {
        Policies {
            identity: &self.identity,
            boundary: self.boundary.as_ref(),
            session: &self.session,
            ..Policies::default()
        }
    }
}

/// The names of a caller that a policy may speak of.
pub struct Names {
    arn: String,
    principal_arn: String,
}

impl Names {
    /// The names of a caller.
    pub fn of(caller: &Caller) -> Names {
        Names {
            arn: caller.arn(),
            principal_arn: match &caller.identity {
                Identity::Role { .. } => caller.principal_arn(),
                _ => String::new(),
            },
        }
    }

    /// The caller's ARN: for a role the session's.
    pub fn arn(&self) -> &str {
        &self.arn
    }

    /// Who the caller is to a policy.
    pub fn principal<'a>(&'a self, caller: &'a Caller) -> Principal<'a> {
        let (account, arn) = (caller.account.as_str(), self.arn.as_str());
        match &caller.identity {
            Identity::Root => Principal::Root { account, arn },
            Identity::User(user) => Principal::User {
                account,
                arn,
                id: user.id.as_str(),
            },
            Identity::Role { role, .. } => Principal::Session {
                account,
                arn,
                role_arn: &self.principal_arn,
                role_id: role.id.as_str(),
            },
            Identity::Federated { .. } => Principal::Federated { account, arn },
        }
    }
}

/// The text of a managed policy of the account, or of AWS.
pub fn managed_text(directory: &Directory, arn: &str) -> Option<Arc<str>> {
    if let Some(managed) = ManagedPolicy::by_arn(arn) {
        return Some(managed.document.into());
    }
    let rest = arn.strip_prefix("arn:aws:iam::")?;
    let path = rest.strip_prefix(directory.account().as_str())?;
    let path = path.strip_prefix(":policy")?;
    let (path, name) = path.split_at(path.rfind('/')? + 1);
    let policy = directory.policies().get(name)?;
    let version = policy.versions.get(&policy.default_version)?;
    (policy.path == path && policy.name == name).then(|| Arc::clone(&version.document))
}

/// What a caller's policies are held under; root has none. A session's are its own, for
/// they never change while the account stands still.
fn place(caller: &Caller) -> Option<&str> {
    match (&caller.session, &caller.identity) {
        (_, Identity::Root) => None,
        (Some(session), _) => Some(&session.access_key_id),
        (None, Identity::User(user)) => Some(user.id.as_str()),
        (None, Identity::Role { role, .. }) => Some(role.id.as_str()),
        (None, Identity::Federated { by, .. }) => by.as_ref().map(|user| user.id.as_str()),
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

const EVERYTHING: &str = "arn:aws:iam::aws:policy/AdministratorAccess";

/// A policy that allows nothing, for none may be empty.
const NOTHING: &str = r#"{"Statement":{"Effect":"Deny","Action":"kinora:Nothing","Resource":"*"}}"#;

/// What a compiled document takes beside its text, roughly.
const DOCUMENT_BYTES: usize = 1024;

#[cfg(test)]
mod tests;

//! Trust policies: principals become unique ids when they are saved, and ARNs again when
//! they are read.
//!
//! So a role never trusts a namesake of the user or role it was made to trust: when that
//! one is gone, its id is what is shown, and nobody has it.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html>

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use aws::policy::{Document, DocumentKind, PrincipalKind, invalid_principal};
use kvs::iam::{Directory, EntityId, IamError, Role, arn};
use kvs::limits;
use kvs::name::AccountId;

use super::document;
use crate::ops::{ApiError, Caller, Cx};

/// A trust policy that was read but whose principals of the own account are still to be
/// looked up.
pub struct Trust {
    document: Document,
    /// Ids of principals of other accounts, by how the policy names them.
    foreign: HashMap<String, (EntityId, AccountId)>,
}

impl Trust {
    /// Reads a policy and looks up its principals of other accounts.
    ///
    /// # Errors
    ///
    /// `MalformedPolicyDocument`, `LimitExceeded`; the store's.
    pub async fn read(cx: &Cx, caller: &Caller, text: &str) -> Result<Trust, ApiError> {
        let document = document::parse(text, DocumentKind::Trust)?;
        document::check_size(&document, "ACLSizePerRole", limits::TRUST_CHARS_MAX)?;
        let mut foreign = HashMap::new();
        for principal in document.principals() {
            let named = arn::parse(&principal.text);
            let Some((account, ..)) = named.filter(|_| principal.kind == PrincipalKind::Aws) else {
                continue;
            };
            if account == caller.account {
                continue;
            }
            let directory = cx.server.directories.find(&cx.server.store, account);
            let id = directory.await?.and_then(|d| id_of(&d, &principal.text));
            if let Some(id) = id {
                foreign.insert(principal.text.clone(), (id, account));
            }
        }
        Ok(Trust { document, foreign })
    }

    /// The policy as it is kept, and the accounts of its foreign principals. `before` is
    /// the role whose policy it replaces: ids of foreign principals may come again.
    ///
    /// # Errors
    ///
    /// `MalformedPolicyDocument` for a principal that is not there.
    pub fn kept(
        &self,
        directory: &Directory,
        before: Option<&Role>,
    ) -> Result<(Arc<str>, BTreeMap<EntityId, AccountId>), IamError> {
        let mut foreign = BTreeMap::new();
        let mut missing = None;
        let text = self.document.with_principals(|kind, text| {
            if kind != PrincipalKind::Aws {
                return None;
            }
            let known = before.and_then(|role| role.foreign.get_key_value(&EntityId::new(text)));
            let found = match (self.foreign.get(text), known) {
                (Some((id, account)), _) | (None, Some((id, account))) => {
                    foreign.insert(id.clone(), *account);
                    Some(id.clone())
                }
                (None, None) if is_id(text) => {
                    arn_of(directory, &EntityId::new(text)).map(|_| EntityId::new(text))
                }
                (None, None) if arn::parse(text).is_some() => id_of(directory, text),
                // Accounts, sessions and everybody.
                (None, None) => return None,
            };
            if found.is_none() {
                missing.get_or_insert_with(|| invalid_principal(kind, text));
            }
            found.map(|id| id.to_string())
        });
        match missing {
            Some(message) => Err(document::malformed(message)),
            None => Ok((text.into(), foreign)),
        }
    }
}

/// A role's trust policy as it is answered, percent-encoded.
///
/// # Errors
///
/// The store's.
pub async fn shown(cx: &Cx, directory: &Directory, role: &Role) -> Result<String, ApiError> {
    let mut foreign = HashMap::new();
    for (id, account) in &role.foreign {
        let theirs = cx.server.directories.read(&cx.server.store, *account);
        if let Some(arn) = arn_of(&*theirs.await?, id) {
            foreign.insert(id.as_str(), arn);
        }
    }
    let text = match Document::parse(&role.trust, DocumentKind::Trust) {
        Ok(document) => document.with_principals(|kind, text| {
            let is_id = kind == PrincipalKind::Aws && is_id(text);
            let found = || arn_of(directory, &EntityId::new(text));
            let found = is_id.then(|| foreign.get(text).cloned().or_else(found));
            found.flatten()
        }),
        // It was a policy when it was saved.
        Err(_) => role.trust.to_string(),
    };
    Ok(document::encoded(&text))
}

/// The id of the user or role that an ARN names.
fn id_of(directory: &Directory, arn: &str) -> Option<EntityId> {
    match directory.holder_by_arn(arn)? {
        kvs::iam::Holder::Group(_) => None,
        holder => Some(holder.id().clone()),
    }
}

/// The ARN of the user or role that has an id.
fn arn_of(directory: &Directory, id: &EntityId) -> Option<String> {
    let account = directory.account();
    let user = directory.users().by_id(id).map(|user| user.arn(account));
    let role = || directory.roles().by_id(id).map(|role| role.arn(account));
    user.or_else(role)
}

fn is_id(text: &str) -> bool {
    text.starts_with("AIDA") || text.starts_with("AROA")
}

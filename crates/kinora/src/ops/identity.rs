//! Whom an access key stands for.

use std::sync::Arc;

use kvs::account::Principal;

use crate::ops::ApiError;
use crate::ops::caller::{Caller, Identity, Source};
use crate::server::Server;

/// What a signature is checked with, and who has signed if it is right.
pub struct Claimant {
    /// The secret access key.
    pub secret: String,
    /// Tells one secret of this key id from another, for caches.
    pub generation: u64,
    /// Who it is if the signature is right.
    pub caller: Caller,
}

/// Who claims to be calling, by access key id and session token. `None` for a key that
/// is unknown, inactive, or whose owner or token does not fit: all the same to a caller.
///
/// # Errors
///
/// The store's.
pub async fn claimant(
    server: &Server,
    access_key_id: &str,
    session_token: Option<&str>,
    source: Source,
) -> Result<Option<Claimant>, ApiError> {
    // Temporary credentials come with AssumeRole and its kin; a long-term key with a
    // token is a mix-up.
    if session_token.is_some() {
        return Ok(None);
    }
    let Some(key) = server.store.access_key(access_key_id).await? else {
        return Ok(None);
    };
    if !key.active {
        return Ok(None);
    }
    let directory = server.directories.read(&server.store, key.account).await?;
    let identity = match &key.principal {
        Principal::Root => Identity::Root,
        Principal::User(id) => match directory.users().by_id(id) {
            Some(user) => Identity::User(Arc::clone(user)),
            None => return Ok(None),
        },
    };
    let caller = Caller {
        account: key.account,
        identity,
        session: None,
        access_key_id: key.id,
        directory,
        source,
    };
    Ok(Some(Claimant {
        secret: key.secret,
        generation: key.created_ms,
        caller,
    }))
}

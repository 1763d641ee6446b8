//! Whom an access key stands for.

use std::sync::Arc;

use aws::sigv4::AuthError;
use kvs::account::Principal;
use kvs::iam::{Directory, Session, SessionKind};
use store::error::StoreError;

use crate::http::auth::refusal;
use crate::ops::ApiError;
use crate::ops::caller::{Caller, Identity, Source};
use crate::server::Server;
use crate::session_token::SessionKeys;

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
/// The token's session has ended; the store's.
pub async fn claimant(
    server: &Server,
    access_key_id: &str,
    session_token: Option<&str>,
    source: Source,
) -> Result<Option<Claimant>, ApiError> {
    match session_token {
        Some(token) => of_session(server, access_key_id, token, source).await,
        None => of_key(server, access_key_id, source).await,
    }
}

/// A long-term key comes alone.
async fn of_key(
    server: &Server,
    access_key_id: &str,
    source: Source,
) -> Result<Option<Claimant>, ApiError> {
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

/// A temporary key comes with the token that was made with it.
async fn of_session(
    server: &Server,
    access_key_id: &str,
    token: &str,
    source: Source,
) -> Result<Option<Claimant>, ApiError> {
    let keys = server.session_keys().await?;
    let Some(opened) = keys.open(token) else {
        return Ok(None);
    };
    let mut session = opened.session;
    if session.access_key_id != access_key_id {
        return Ok(None);
    }
    if session.expires_ms <= server.clock.now_ms() {
        return Err(refusal(AuthError::ExpiredToken));
    }
    if opened.has_row {
        let row = server.store.session_claims(access_key_id).await?;
        let completed = row.and_then(|row| keys.complete(&mut session, &row));
        if completed.is_none() {
            return Ok(None);
        }
    }
    let directory = server.directories.read(&server.store, session.account);
    let directory = directory.await?;
    let Some(identity) = alive(&directory, &session) else {
        return Ok(None);
    };
    let [a, b, c, d, e, f, g, h, ..] = opened.nonce;
    let caller = Caller {
        account: session.account,
        identity,
        access_key_id: access_key_id.to_owned(),
        session: Some(Arc::new(session)),
        directory,
        source,
    };
    Ok(Some(Claimant {
        secret: keys.secret(access_key_id, &opened.nonce),
        generation: u64::from_le_bytes([a, b, c, d, e, f, g, h]),
        caller,
    }))
}

/// Whom a session acts as, if whoever it was made for is still there. Namesakes have
/// other ids, so a role that was deleted and made again has no sessions.
fn alive(directory: &Directory, session: &Session) -> Option<Identity> {
    let root = &directory.settings().root;
    match &session.kind {
        SessionKind::Root => {
            (session.issued_ms >= root.sessions_after_ms).then_some(Identity::Root)
        }
        SessionKind::User(id) => {
            let user = directory.users().by_id(id)?;
            let is_valid = session.issued_ms >= user.sessions_after_ms;
            is_valid.then(|| Identity::User(Arc::clone(user)))
        }
        SessionKind::Role { role, name } => Some(Identity::Role {
            role: Arc::clone(directory.roles().by_id(role)?),
            session_name: name.clone(),
        }),
        SessionKind::Federated { by, name } => {
            let by = match by {
                Some(id) => Some(Arc::clone(directory.users().by_id(id)?)),
                None => None,
            };
            let name = name.clone();
            Some(Identity::Federated { by, name })
        }
    }
}

impl Server {
    /// What session tokens are sealed with and temporary secrets derived from.
    ///
    /// # Errors
    ///
    /// The store's, at first use.
    pub async fn session_keys(&self) -> Result<&SessionKeys, StoreError> {
        let made = self.session_keys.get_or_try_init(|| async {
            let seal = self.store.secret("session tokens").await?;
            let derive = self.store.secret("temporary secret keys").await?;
            Ok(SessionKeys::new(&seal, &derive))
        });
        made.await
    }
}

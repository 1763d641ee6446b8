//! Making temporary credentials of a session.

use aws::shapes::sts::{AssumedRoleUser, Credentials};
use aws::value::{Sensitive, Timestamp};
use kvs::iam::Session;
use kvs::iam::id::{KeyPrefix, access_key_id};
use serde_json::json;
use store::error::StoreError;

use crate::audit::Event;
use crate::ops::{ApiError, Cx};
use crate::server;

/// Credentials, and what is told of their token.
pub struct Made {
    /// The credentials.
    pub credentials: Credentials,
    /// `SessionTokenSize`: characters.
    pub token_size: i32,
    /// `SessionTokenUtilization`: per cent of the 4096 characters that AWS allows.
    pub token_utilization: i32,
}

/// Makes credentials for a session; its access key id is chosen here. What the token has
/// no room for is durable when this returns.
///
/// # Errors
///
/// The store's.
pub async fn make(
    cx: &Cx,
    mut session: Session,
    token_size_min: Option<i32>,
) -> Result<Made, ApiError> {
    let server = &cx.server;
    let keys = server.session_keys().await?;
    let size_min = usize::try_from(token_size_min.unwrap_or(0)).unwrap_or(0);
    for _ in 0..ATTEMPTS {
        let random = u64::from_le_bytes(server::random());
        session.access_key_id = access_key_id(KeyPrefix::Temporary, session.account, random);
        let issued = keys.issue(&session, size_min);
        if let Some(row) = &issued.row {
            let (id, expires_ms) = (&session.access_key_id, session.expires_ms);
            match server.store.put_session_claims(id, expires_ms, row).await {
                Ok(()) => {}
                // Another session has the id: 39 random bits meet now and then.
                Err(StoreError::Conflict) => continue,
                Err(error) => return Err(error.into()),
            }
        }
        let size = i32::try_from(issued.token.len()).unwrap_or(i32::MAX);
        return Ok(Made {
            credentials: Credentials {
                access_key_id: session.access_key_id,
                secret_access_key: Sensitive(issued.secret),
                session_token: Sensitive(issued.token),
                expiration: Timestamp(session.expires_ms as i64),
            },
            token_size: size,
            token_utilization: size.saturating_mul(100) / TOKEN_SIZE_MAX,
        });
    }
    Err(ApiError::internal("no free access key id was found"))
}

/// When a session that begins now ends: whole seconds, as the wire tells.
pub fn expires_ms(issued_ms: u64, duration_s: u32) -> u64 {
    issued_ms / 1000 * 1000 + u64::from(duration_s) * 1000
}

/// Records that a role was lent, or not, to somebody who has no access key. `event` says who
/// and what was asked for, `result` to whom with which credentials; of these only what is no
/// secret is recorded.
pub fn record_lending(
    cx: &Cx,
    event: Event,
    result: Result<(Option<&AssumedRoleUser>, Option<&Credentials>), &ApiError>,
) {
    let event = match result {
        Err(error) if error.is_confidential => event.failed(error.code, ""),
        Err(error) => event.failed(error.code, &error.message),
        Ok((user, made)) => event.response(json!({
            "arn": user.map(|user| &user.arn),
            "assumedRoleId": user.map(|user| &user.assumed_role_id),
            "accessKeyId": made.map(|made| &made.access_key_id),
            "expiration": made.map(|made| made.expiration.to_iso8601()),
        })),
    };
    cx.server.audit.record(event);
}

const ATTEMPTS: usize = 8;
/// AWS's limit of a token.
const TOKEN_SIZE_MAX: i32 = 4096;

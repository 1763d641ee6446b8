//! Who a key belongs to.

use kvs::account::AccessKey;

use crate::ops::ApiError;
use crate::server::Server;

/// An active access key by its id. An inactive one is as unknown as one that never was.
///
/// # Errors
///
/// The store's.
pub async fn access_key(server: &Server, id: &str) -> Result<Option<AccessKey>, ApiError> {
    let key = server.store.access_key(id).await?;
    Ok(key.filter(|key| key.active))
}

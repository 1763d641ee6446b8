//! `PUT /_kinora/oidc-providers/{address}/keys`: the public keys of an OpenID Connect
//! provider, given by the operator instead of fetched.
//!
//! Ours, not AWS's, and signed like every other call. The body is a JSON Web Key Set, such
//! as the provider serves at its `jwks_uri`; an empty one takes the keys away.

use std::sync::Arc;

use aws::jwt;
use aws::op::Op;
use kvs::iam::OidcProvider;

use crate::http::reply::{self, Reply};
use crate::ops::authority::{self, Ask};
use crate::ops::{ApiError, Caller, Cx, iam, sts};

/// Keeps a provider's keys. `address` is the provider's without `https://`. Needs the
/// permission for UpdateOpenIDConnectProviderThumbprint: what one trusts changes.
///
/// # Errors
///
/// `NoSuchEntity`, `InvalidInput`, denial.
pub async fn serve(
    cx: &Cx,
    caller: &Caller,
    address: &str,
    body: &[u8],
) -> Result<Reply, ApiError> {
    let arn = format!("arn:aws:iam::{}:oidc-provider/{address}", caller.account);
    sts::limits::check(caller, Op::UpdateOpenIDConnectProviderThumbprint)?;
    // As it is spelled: policies compare ARNs letter by letter.
    let known = caller.directory.oidc_provider(&arn).ok();
    let tags = known.into_iter().flat_map(|provider| provider.tags.iter());
    let ask = Ask::new(Op::UpdateOpenIDConnectProviderThumbprint, &arn).resource_tags(tags);
    authority::check(cx, caller, &ask)?;
    let bad = |message: &str| ApiError::new("InvalidInput", 400, message);
    let text = std::str::from_utf8(body).map_err(|_| bad("The body is not UTF-8."))?;
    let usable = match text.trim() {
        "" => 0,
        _ if text.len() > KEYS_BYTES_MAX => {
            return Err(bad("The key set is too long."));
        }
        _ => jwt::usable_keys(text).map_err(|_| bad("The body is no JSON Web Key Set."))?,
    };
    if usable == 0 && !text.trim().is_empty() {
        return Err(bad("The key set has no RSA key and no P-256 key."));
    }
    iam::change(cx, caller, |directory| {
        let provider = directory.oidc_provider(&arn)?;
        let mut provider = OidcProvider::clone(Arc::as_ref(provider));
        provider.jwks = (usable > 0).then(|| text.to_owned());
        directory.put(provider);
        Ok(())
    })
    .await?;
    let answer = serde_json::json!({ "Keys": usable });
    Ok(reply::json(200, answer.to_string()))
}

/// Longest key set (ours: providers publish a few keys of some hundred bytes).
const KEYS_BYTES_MAX: usize = 64 << 10;

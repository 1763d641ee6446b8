//! OpenID Connect providers.

use std::sync::Arc;

use super::{Directory, EntityId, EntityKind, IamError, IamErrorKind, OidcProvider};
use crate::limits;
use crate::name::AccountId;

/// The address of a provider as it is kept: without `https://` and a slash at its end.
///
/// # Errors
///
/// `ValidationError` for what is no such address.
pub fn address(url: &str) -> Result<&str, IamError> {
    let bad = || IamError::new(IamErrorKind::ValidationError, BAD_ADDRESS);
    let address = url.strip_prefix("https://").ok_or_else(bad)?;
    let address = address.strip_suffix('/').unwrap_or(address);
    let (host, _) = address.split_once('/').unwrap_or((address, ""));
    let is_host = host
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b".-_:".contains(&byte));
    let is_plain = address.bytes().all(|byte| byte.is_ascii_graphic());
    let is_query = address.contains(['?', '#', '@', '%']);
    match !host.is_empty() && is_host && is_plain && !is_query {
        true => Ok(address),
        false => Err(bad()),
    }
}

/// A provider's ARN.
pub fn arn(account: AccountId, address: &str) -> String {
    format!("arn:aws:iam::{account}:oidc-provider/{address}")
}

/// Checks thumbprints, which are SHA-1 in hexadecimal.
///
/// # Errors
///
/// `InvalidInput`.
pub fn check_thumbprints(thumbprints: &[String]) -> Result<(), IamError> {
    let refused = |message: &str| Err(IamError::new(IamErrorKind::InvalidInput, message));
    if thumbprints.len() > limits::OIDC_THUMBPRINTS_MAX {
        return refused("Thumbprint list must contain fewer than 5 entries.");
    }
    let mut texts = thumbprints.iter();
    match texts.all(|text| text.bytes().all(|byte| byte.is_ascii_hexdigit())) {
        true => Ok(()),
        false => refused("A thumbprint must be 40 hexadecimal digits."),
    }
}

impl Directory {
    /// A provider by ARN.
    ///
    /// # Errors
    ///
    /// `NoSuchEntity`.
    pub fn oidc_provider(&self, arn: &str) -> Result<&Arc<OidcProvider>, IamError> {
        let provider = self.oidc_providers().by_id(&EntityId::new(arn));
        provider.ok_or_else(|| {
            let message = format!("OpenIDConnect Provider not found for arn {arn}");
            IamError::new(IamErrorKind::NoSuchEntity, message)
        })
    }

    /// Adds a provider, unless there are `max` in the account.
    ///
    /// # Errors
    ///
    /// `EntityAlreadyExists`, `LimitExceeded`.
    pub fn create_oidc_provider(
        &mut self,
        provider: OidcProvider,
        max: usize,
    ) -> Result<(), IamError> {
        if self.oidc_providers().get(&provider.url).is_some() {
            let message = format!("Provider with url https://{} already exists.", provider.url);
            return Err(IamError::new(IamErrorKind::EntityAlreadyExists, message));
        }
        if self.oidc_providers().len() >= max {
            return Err(IamError::over_quota(
                "OpenIdConnectProvidersPerAccount",
                max,
            ));
        }
        check_client_ids(&provider)?;
        self.put(provider);
        Ok(())
    }

    /// Changes a provider.
    ///
    /// # Errors
    ///
    /// `NoSuchEntity`, `LimitExceeded`.
    pub fn update_oidc_provider(
        &mut self,
        arn: &str,
        change: impl FnOnce(&mut OidcProvider),
    ) -> Result<(), IamError> {
        let mut provider = OidcProvider::clone(self.oidc_provider(arn)?);
        change(&mut provider);
        check_client_ids(&provider)?;
        self.put(provider);
        Ok(())
    }

    /// Deletes a provider; one that is not there is no error.
    pub fn delete_oidc_provider(&mut self, arn: &str) {
        let id = EntityId::new(arn);
        if self.oidc_providers().by_id(&id).is_some() {
            self.delete(EntityKind::OidcProvider, &id);
        }
    }
}

fn check_client_ids(provider: &OidcProvider) -> Result<(), IamError> {
    let max = limits::OIDC_CLIENT_IDS_MAX;
    match provider.client_ids.len() <= max {
        true => Ok(()),
        false => Err(IamError::over_quota(
            "ClientIdsPerOpenIdConnectProvider",
            max,
        )),
    }
}

const BAD_ADDRESS: &str = "Invalid Open ID Connect Provider URL";

#[cfg(test)]
mod tests {
    use super::{address, check_thumbprints};

    #[test]
    fn addresses_are_https() {
        for (url, kept) in [
            ("https://id.example.com", "id.example.com"),
            ("https://id.example.com/", "id.example.com"),
            ("https://id.example.com:8443/a/B", "id.example.com:8443/a/B"),
        ] {
            assert_eq!(address(url), Ok(kept));
        }
        for bad in [
            "http://id.example.com",
            "id.example.com",
            "https://",
            "https:///a",
            "https://a b",
            "https://a?b",
            "https://user@host",
        ] {
            assert!(address(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn thumbprints_are_few_and_hexadecimal() {
        let good = "0123456789abcdefABCDEF012345678901234567".to_owned();
        assert!(check_thumbprints(&[]).is_ok());
        assert!(check_thumbprints(&vec![good.clone(); 5]).is_ok());
        assert!(check_thumbprints(&vec![good; 6]).is_err());
        assert!(check_thumbprints(&["x".repeat(40)]).is_err());
    }
}

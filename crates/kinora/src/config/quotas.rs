//! How much an account may have. AWS raises these quotas on request; here the operator does.

use kvs::limits;
use serde::Deserialize;

/// Quotas of every account. One that is lowered takes nothing away.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct QuotasConfig {
    /// Most users.
    pub users_per_account_max: usize,
    /// Most groups.
    pub groups_per_account_max: usize,
    /// Most roles.
    pub roles_per_account_max: usize,
    /// Most managed policies of the account's own.
    pub policies_per_account_max: usize,
    /// Most instance profiles.
    pub instance_profiles_per_account_max: usize,
    /// Most OpenID Connect providers.
    pub oidc_providers_per_account_max: usize,
    /// Most virtual MFA devices, assigned or not.
    pub mfa_devices_per_account_max: usize,
    /// Most role aliases of AWS IoT.
    pub role_aliases_per_account_max: usize,
    /// Most things of AWS IoT.
    pub things_per_account_max: usize,
    /// Most thing types of AWS IoT.
    pub thing_types_per_account_max: usize,
    /// Most device certificates.
    pub certificates_per_account_max: usize,
    /// Most policies of AWS IoT.
    pub iot_policies_per_account_max: usize,
}

impl Default for QuotasConfig {
    fn default() -> QuotasConfig {
        QuotasConfig {
            users_per_account_max: limits::USERS_PER_ACCOUNT_MAX,
            groups_per_account_max: limits::GROUPS_PER_ACCOUNT_MAX,
            roles_per_account_max: limits::ROLES_PER_ACCOUNT_MAX,
            policies_per_account_max: limits::POLICIES_PER_ACCOUNT_MAX,
            instance_profiles_per_account_max: limits::INSTANCE_PROFILES_PER_ACCOUNT_MAX,
            oidc_providers_per_account_max: limits::OIDC_PROVIDERS_PER_ACCOUNT_MAX,
            mfa_devices_per_account_max: limits::MFA_DEVICES_PER_ACCOUNT_MAX,
            role_aliases_per_account_max: limits::ROLE_ALIASES_PER_ACCOUNT_MAX,
            things_per_account_max: limits::THINGS_PER_ACCOUNT_MAX,
            thing_types_per_account_max: limits::THING_TYPES_PER_ACCOUNT_MAX,
            certificates_per_account_max: limits::CERTIFICATES_PER_ACCOUNT_MAX,
            iot_policies_per_account_max: limits::IOT_POLICIES_PER_ACCOUNT_MAX,
        }
    }
}

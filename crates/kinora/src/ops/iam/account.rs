//! What an account has only one of: its alias, its password policy, its summary.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountSummary.html>

use std::collections::BTreeMap;

use aws::op::Op;
use aws::shapes::iam::{
    self, CreateAccountAliasInput, CreateAccountAliasOutput, DeleteAccountAliasInput,
    DeleteAccountAliasOutput, DeleteAccountPasswordPolicyInput, DeleteAccountPasswordPolicyOutput,
    GetAccountPasswordPolicyInput, GetAccountPasswordPolicyOutput, GetAccountSummaryInput,
    GetAccountSummaryOutput, ListAccountAliasesInput, ListAccountAliasesOutput,
    SummaryKeyType as Key, UpdateAccountPasswordPolicyInput, UpdateAccountPasswordPolicyOutput,
};
use kvs::iam::{
    Change, Directory, IamError, IamErrorKind, PasswordPolicy, Settings, mfa, shelf::Shelf,
};
use kvs::limits;

use crate::config::quotas::QuotasConfig;
use crate::ops::authority::{self, Ask};
use crate::ops::caller::Identity;
use crate::ops::iam::change;
use crate::ops::iam::page::Window;
use crate::ops::{ApiError, Caller, Cx};

/// Gives the account an alias, in the place of the one it had.
///
/// # Errors
///
/// `EntityAlreadyExists`, whoever has it; `ValidationError` for what could be an account
/// id; denial.
pub async fn create_account_alias(
    cx: &Cx,
    caller: &Caller,
    input: CreateAccountAliasInput,
) -> Result<CreateAccountAliasOutput, ApiError> {
    authority::check(cx, caller, &Ask::new(Op::CreateAccountAlias, "*"))?;
    let alias = input.account_alias;
    if alias.len() == 12 && alias.bytes().all(|byte| byte.is_ascii_digit()) {
        let message = "The account alias must not be a number of 12 digits.";
        return Err(ApiError::new("ValidationError", 400, message));
    }
    let is_taken = cx.server.store.account_by_alias(&alias).await?.is_some();
    // Sign-in addresses are `/signin/ALIAS`.
    if is_taken || crate::signin::STEPS.contains(&alias.as_str()) {
        let message = format!("The account alias {alias} already exists.");
        return Err(IamError::new(IamErrorKind::EntityAlreadyExists, message).into());
    }
    change(cx, caller, |directory| {
        set_alias(directory, Some(alias.clone()));
        Ok(())
    })
    .await?;
    Ok(CreateAccountAliasOutput::default())
}

/// Takes the account's alias away.
///
/// # Errors
///
/// `NoSuchEntity` for another than the account's, denial.
pub async fn delete_account_alias(
    cx: &Cx,
    caller: &Caller,
    input: DeleteAccountAliasInput,
) -> Result<DeleteAccountAliasOutput, ApiError> {
    authority::check(cx, caller, &Ask::new(Op::DeleteAccountAlias, "*"))?;
    let alias = &input.account_alias;
    change(cx, caller, |directory| {
        if directory.settings().alias.as_ref() != Some(alias) {
            return Err(IamError::missing("account alias", alias));
        }
        set_alias(directory, None);
        Ok(())
    })
    .await?;
    Ok(DeleteAccountAliasOutput::default())
}

fn set_alias(directory: &mut Directory, new: Option<String>) {
    let mut settings = Settings::clone(directory.settings());
    let old = std::mem::replace(&mut settings.alias, new.clone());
    directory.put(settings);
    directory.note(Change::Alias { old, new });
}

/// Lists the account's alias, if it has one.
///
/// # Errors
///
/// `ValidationError` for a marker that is none of ours, denial.
pub async fn list_account_aliases(
    cx: &Cx,
    caller: &Caller,
    input: ListAccountAliasesInput,
) -> Result<ListAccountAliasesOutput, ApiError> {
    authority::check(cx, caller, &Ask::new(Op::ListAccountAliases, "*"))?;
    let window = Window::new(input.marker.as_deref(), input.max_items)?;
    let page = window.of(caller.directory.settings().alias.clone(), String::clone);
    Ok(ListAccountAliasesOutput {
        account_aliases: page.items,
        is_truncated: page.is_truncated,
        marker: page.marker,
    })
}

/// Sets the password policy as a whole: what is left out is as if there were no policy.
///
/// # Errors
///
/// Denial.
pub async fn update_account_password_policy(
    cx: &Cx,
    caller: &Caller,
    input: UpdateAccountPasswordPolicyInput,
) -> Result<UpdateAccountPasswordPolicyOutput, ApiError> {
    let ask = Ask::new(Op::UpdateAccountPasswordPolicy, "*");
    authority::check(cx, caller, &ask)?;
    let number = |value: Option<i32>| value.and_then(|value| u32::try_from(value).ok());
    let policy = PasswordPolicy {
        length_min: number(input.minimum_password_length).unwrap_or(6),
        symbols: input.require_symbols.unwrap_or(false),
        numbers: input.require_numbers.unwrap_or(false),
        uppercase: input.require_uppercase_characters.unwrap_or(false),
        lowercase: input.require_lowercase_characters.unwrap_or(false),
        users_may_change: input.allow_users_to_change_password.unwrap_or(false),
        age_days_max: number(input.max_password_age),
        reuse_prevention: number(input.password_reuse_prevention),
        hard_expiry: input.hard_expiry.unwrap_or(false),
    };
    change(cx, caller, |directory| {
        let settings = Settings::clone(directory.settings());
        directory.put(Settings {
            password_policy: Some(policy.clone()),
            ..settings
        });
        Ok(())
    })
    .await?;
    Ok(UpdateAccountPasswordPolicyOutput::default())
}

/// Tells the password policy. Users who may change their passwords may read it.
///
/// # Errors
///
/// `NoSuchEntity`, denial.
pub async fn get_account_password_policy(
    cx: &Cx,
    caller: &Caller,
    _input: GetAccountPasswordPolicyInput,
) -> Result<GetAccountPasswordPolicyOutput, ApiError> {
    let policy = caller.directory.settings().password_policy.as_ref();
    let is_user = matches!(caller.identity, Identity::User(_));
    let is_granted = is_user && policy.is_some_and(|policy| policy.users_may_change);
    let ask = Ask::new(Op::GetAccountPasswordPolicy, "*").granted(is_granted);
    authority::check(cx, caller, &ask)?;
    let policy = policy.ok_or_else(|| no_policy(caller))?;
    let password_policy = iam::PasswordPolicy {
        allow_users_to_change_password: Some(policy.users_may_change),
        expire_passwords: Some(policy.age_days_max.is_some()),
        hard_expiry: Some(policy.hard_expiry),
        max_password_age: policy.age_days_max.map(|days| days as i32),
        minimum_password_length: Some(policy.length_min as i32),
        password_reuse_prevention: policy.reuse_prevention.map(|count| count as i32),
        require_lowercase_characters: Some(policy.lowercase),
        require_numbers: Some(policy.numbers),
        require_symbols: Some(policy.symbols),
        require_uppercase_characters: Some(policy.uppercase),
    };
    Ok(GetAccountPasswordPolicyOutput { password_policy })
}

/// Takes the password policy away; the default one holds again.
///
/// # Errors
///
/// `NoSuchEntity`, denial.
pub async fn delete_account_password_policy(
    cx: &Cx,
    caller: &Caller,
    _input: DeleteAccountPasswordPolicyInput,
) -> Result<DeleteAccountPasswordPolicyOutput, ApiError> {
    let ask = Ask::new(Op::DeleteAccountPasswordPolicy, "*");
    authority::check(cx, caller, &ask)?;
    change(cx, caller, |directory| {
        let mut settings = Settings::clone(directory.settings());
        let policy = settings.password_policy.take();
        policy.ok_or_else(|| no_policy(caller))?;
        directory.put(settings);
        Ok(())
    })
    .await?;
    Ok(DeleteAccountPasswordPolicyOutput::default())
}

fn no_policy(caller: &Caller) -> IamError {
    let account = caller.account;
    let message = format!("The Password Policy with domain name {account} cannot be found.");
    IamError::new(IamErrorKind::NoSuchEntity, message)
}

/// Counts what the account has, and tells the quotas.
///
/// # Errors
///
/// Denial.
pub async fn get_account_summary(
    cx: &Cx,
    caller: &Caller,
    _input: GetAccountSummaryInput,
) -> Result<GetAccountSummaryOutput, ApiError> {
    authority::check(cx, caller, &Ask::new(Op::GetAccountSummary, "*"))?;
    let account = cx.server.store.account(caller.account).await?;
    let has_password = account.is_some_and(|account| account.root_password_hash.is_some());
    let mut map: BTreeMap<Key, i32> = quotas(&cx.server.config.quotas)
        .into_iter()
        .map(|(key, quota)| (key, i32::try_from(quota).unwrap_or(i32::MAX)))
        .collect();
    map.extend(counts(&caller.directory));
    map.insert(Key::AccountPasswordPresent, has_password.into());
    let summary_map = Some(map);
    Ok(GetAccountSummaryOutput { summary_map })
}

fn counts(directory: &Directory) -> [(Key, i32); 14] {
    fn count<T: kvs::iam::shelf::Named>(shelf: &Shelf<T>) -> i32 {
        shelf.len() as i32
    }
    let devices = directory.mfa_devices();
    let in_use = devices.iter().filter(|device| device.owner.is_some());
    let versions = directory.policies().iter();
    let versions: usize = versions.map(|policy| policy.versions.len()).sum();
    let has_device = mfa::of(directory, None).next().is_some();
    let has_keys = !directory.settings().root.keys.is_empty();
    [
        (Key::Users, count(directory.users())),
        (Key::Groups, count(directory.groups())),
        (Key::Roles, count(directory.roles())),
        (Key::Policies, count(directory.policies())),
        (Key::PolicyVersionsInUse, versions as i32),
        (Key::InstanceProfiles, count(directory.instance_profiles())),
        (Key::Providers, count(directory.oidc_providers())),
        (Key::ServerCertificates, 0),
        (Key::MfaDevices, count(devices)),
        (Key::MfaDevicesInUse, in_use.count() as i32),
        (Key::AccountMfaEnabled, has_device.into()),
        (Key::AccountAccessKeysPresent, has_keys.into()),
        (Key::AccountSigningCertificatesPresent, 0),
        (Key::GlobalEndpointTokenVersion, 1),
    ]
}

/// Server and signing certificates do not exist here; their quotas are AWS's.
fn quotas(quotas: &QuotasConfig) -> [(Key, usize); 19] {
    [
        (Key::UsersQuota, quotas.users_per_account_max),
        (Key::GroupsQuota, quotas.groups_per_account_max),
        (Key::RolesQuota, quotas.roles_per_account_max),
        (Key::PoliciesQuota, quotas.policies_per_account_max),
        (Key::PolicySizeQuota, limits::POLICY_CHARS_MAX),
        (Key::PolicyVersionsInUseQuota, 10_000),
        (Key::VersionsPerPolicyQuota, limits::POLICY_VERSIONS_MAX),
        (Key::UserPolicySizeQuota, limits::USER_INLINE_CHARS_MAX),
        (Key::GroupPolicySizeQuota, limits::GROUP_INLINE_CHARS_MAX),
        (Key::RolePolicySizeQuota, limits::ROLE_INLINE_CHARS_MAX),
        (Key::AssumeRolePolicySizeQuota, limits::TRUST_CHARS_MAX),
        (
            Key::AttachedPoliciesPerUserQuota,
            limits::ATTACHED_POLICIES_MAX,
        ),
        (
            Key::AttachedPoliciesPerGroupQuota,
            limits::ATTACHED_POLICIES_MAX,
        ),
        (
            Key::AttachedPoliciesPerRoleQuota,
            limits::ATTACHED_POLICIES_MAX,
        ),
        (Key::GroupsPerUserQuota, limits::GROUPS_PER_USER_MAX),
        (
            Key::AccessKeysPerUserQuota,
            limits::ACCESS_KEYS_PER_USER_MAX,
        ),
        (Key::SigningCertificatesPerUserQuota, 2),
        (
            Key::InstanceProfilesQuota,
            quotas.instance_profiles_per_account_max,
        ),
        (Key::ServerCertificatesQuota, 20),
    ]
}

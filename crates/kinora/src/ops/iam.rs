//! IAM operations, by the noun they are about. Each decides on the account's directory
//! and changes it in one go: see [`change`].

pub mod access_keys;
pub mod account;
pub mod attachments;
pub mod boundaries;
pub mod context_keys;
pub mod credential_report;
pub mod credentials;
pub mod details;
pub mod document;
pub mod entity_tags;
pub mod granting;
pub mod groups;
pub mod inline;
pub mod instance_profiles;
pub mod login_profiles;
pub mod managed;
pub mod mfa_devices;
pub mod oidc_providers;
pub mod page;
pub mod policies;
pub mod policy_versions;
pub mod principal;
pub mod roles;
pub mod simulation;
pub mod tags;
pub mod target;
pub mod trust;
pub mod users;

use aws::op::Op;
use aws::shapes::iam;
use kvs::iam::{Directory, IamError};

use crate::directories::ChangeError;
use crate::ops::{ApiError, Caller, Cx, input_error};

/// Makes `dispatch` of a table of operations: name, input, function.
macro_rules! operations {
    ($($op:ident($input:ident) => $($operation:ident)::+,)*) => {
        /// Carries out an operation; the answer's XML.
        ///
        /// # Errors
        ///
        /// The operation's own.
        pub async fn dispatch(
            cx: &Cx,
            caller: &Caller,
            op: Op,
            form: &[u8],
        ) -> Result<String, ApiError> {
            match op {
                $(Op::$op => {
                    let input = iam::$input::from_query(form);
                    let input = input.map_err(|error| input_error(op, &error))?;
                    // Boxed: one request's future need not have room for each of these.
                    let output = Box::pin($($operation)::+(cx, caller, input)).await?;
                    Ok(output.to_xml(&cx.request_id))
                })*
                other => Err(ApiError::not_implemented(other.name())),
            }
        }
    };
}

operations! {
    AddClientIDToOpenIDConnectProvider(AddClientIDToOpenIDConnectProviderInput)
        => oidc_providers::add_client_id,
    AddRoleToInstanceProfile(AddRoleToInstanceProfileInput)
        => instance_profiles::add_role_to_instance_profile,
    AddUserToGroup(AddUserToGroupInput) => groups::add_user_to_group,
    AttachGroupPolicy(AttachGroupPolicyInput) => attachments::attach_group_policy,
    AttachRolePolicy(AttachRolePolicyInput) => attachments::attach_role_policy,
    AttachUserPolicy(AttachUserPolicyInput) => attachments::attach_user_policy,
    ChangePassword(ChangePasswordInput) => login_profiles::change_password,
    CreateAccessKey(CreateAccessKeyInput) => access_keys::create_access_key,
    CreateAccountAlias(CreateAccountAliasInput) => account::create_account_alias,
    CreateGroup(CreateGroupInput) => groups::create_group,
    CreateInstanceProfile(CreateInstanceProfileInput) => instance_profiles::create_instance_profile,
    CreateLoginProfile(CreateLoginProfileInput) => login_profiles::create_login_profile,
    CreateOpenIDConnectProvider(CreateOpenIDConnectProviderInput)
        => oidc_providers::create_open_id_connect_provider,
    CreatePolicy(CreatePolicyInput) => policies::create_policy,
    CreatePolicyVersion(CreatePolicyVersionInput) => policy_versions::create_policy_version,
    CreateRole(CreateRoleInput) => roles::create_role,
    CreateUser(CreateUserInput) => users::create_user,
    CreateVirtualMFADevice(CreateVirtualMFADeviceInput) => mfa_devices::create_virtual_mfa_device,
    DeactivateMFADevice(DeactivateMFADeviceInput) => mfa_devices::deactivate_mfa_device,
    DeleteAccessKey(DeleteAccessKeyInput) => access_keys::delete_access_key,
    DeleteAccountAlias(DeleteAccountAliasInput) => account::delete_account_alias,
    DeleteAccountPasswordPolicy(DeleteAccountPasswordPolicyInput)
        => account::delete_account_password_policy,
    DeleteGroup(DeleteGroupInput) => groups::delete_group,
    DeleteGroupPolicy(DeleteGroupPolicyInput) => inline::delete_group_policy,
    DeleteInstanceProfile(DeleteInstanceProfileInput) => instance_profiles::delete_instance_profile,
    DeleteLoginProfile(DeleteLoginProfileInput) => login_profiles::delete_login_profile,
    DeleteOpenIDConnectProvider(DeleteOpenIDConnectProviderInput)
        => oidc_providers::delete_open_id_connect_provider,
    DeletePolicy(DeletePolicyInput) => policies::delete_policy,
    DeletePolicyVersion(DeletePolicyVersionInput) => policy_versions::delete_policy_version,
    DeleteRole(DeleteRoleInput) => roles::delete_role,
    DeleteRolePermissionsBoundary(DeleteRolePermissionsBoundaryInput)
        => boundaries::delete_role_permissions_boundary,
    DeleteRolePolicy(DeleteRolePolicyInput) => inline::delete_role_policy,
    DeleteUser(DeleteUserInput) => users::delete_user,
    DeleteUserPermissionsBoundary(DeleteUserPermissionsBoundaryInput)
        => boundaries::delete_user_permissions_boundary,
    DeleteUserPolicy(DeleteUserPolicyInput) => inline::delete_user_policy,
    DeleteVirtualMFADevice(DeleteVirtualMFADeviceInput) => mfa_devices::delete_virtual_mfa_device,
    DetachGroupPolicy(DetachGroupPolicyInput) => attachments::detach_group_policy,
    DetachRolePolicy(DetachRolePolicyInput) => attachments::detach_role_policy,
    DetachUserPolicy(DetachUserPolicyInput) => attachments::detach_user_policy,
    EnableMFADevice(EnableMFADeviceInput) => mfa_devices::enable_mfa_device,
    GenerateCredentialReport(GenerateCredentialReportInput)
        => credential_report::generate_credential_report,
    GetAccessKeyLastUsed(GetAccessKeyLastUsedInput) => access_keys::get_access_key_last_used,
    GetAccountAuthorizationDetails(GetAccountAuthorizationDetailsInput)
        => details::get_account_authorization_details,
    GetAccountPasswordPolicy(GetAccountPasswordPolicyInput)
        => account::get_account_password_policy,
    GetAccountSummary(GetAccountSummaryInput) => account::get_account_summary,
    GetContextKeysForCustomPolicy(GetContextKeysForCustomPolicyInput)
        => context_keys::get_context_keys_for_custom_policy,
    GetContextKeysForPrincipalPolicy(GetContextKeysForPrincipalPolicyInput)
        => context_keys::get_context_keys_for_principal_policy,
    GetCredentialReport(GetCredentialReportInput) => credential_report::get_credential_report,
    GetGroup(GetGroupInput) => groups::get_group,
    GetGroupPolicy(GetGroupPolicyInput) => inline::get_group_policy,
    GetInstanceProfile(GetInstanceProfileInput) => instance_profiles::get_instance_profile,
    GetLoginProfile(GetLoginProfileInput) => login_profiles::get_login_profile,
    GetMFADevice(GetMFADeviceInput) => mfa_devices::get_mfa_device,
    GetOpenIDConnectProvider(GetOpenIDConnectProviderInput)
        => oidc_providers::get_open_id_connect_provider,
    GetPolicy(GetPolicyInput) => policies::get_policy,
    GetPolicyVersion(GetPolicyVersionInput) => policy_versions::get_policy_version,
    GetRole(GetRoleInput) => roles::get_role,
    GetRolePolicy(GetRolePolicyInput) => inline::get_role_policy,
    GetUser(GetUserInput) => users::get_user,
    GetUserPolicy(GetUserPolicyInput) => inline::get_user_policy,
    ListAccessKeys(ListAccessKeysInput) => access_keys::list_access_keys,
    ListAccountAliases(ListAccountAliasesInput) => account::list_account_aliases,
    ListAttachedGroupPolicies(ListAttachedGroupPoliciesInput)
        => attachments::list_attached_group_policies,
    ListAttachedRolePolicies(ListAttachedRolePoliciesInput)
        => attachments::list_attached_role_policies,
    ListAttachedUserPolicies(ListAttachedUserPoliciesInput)
        => attachments::list_attached_user_policies,
    ListEntitiesForPolicy(ListEntitiesForPolicyInput) => policies::list_entities_for_policy,
    ListGroupPolicies(ListGroupPoliciesInput) => inline::list_group_policies,
    ListGroups(ListGroupsInput) => groups::list_groups,
    ListGroupsForUser(ListGroupsForUserInput) => groups::list_groups_for_user,
    ListInstanceProfiles(ListInstanceProfilesInput) => instance_profiles::list_instance_profiles,
    ListInstanceProfilesForRole(ListInstanceProfilesForRoleInput)
        => instance_profiles::list_instance_profiles_for_role,
    ListMFADeviceTags(ListMFADeviceTagsInput) => entity_tags::list_mfa_device_tags,
    ListMFADevices(ListMFADevicesInput) => mfa_devices::list_mfa_devices,
    ListOpenIDConnectProviders(ListOpenIDConnectProvidersInput)
        => oidc_providers::list_open_id_connect_providers,
    ListPolicies(ListPoliciesInput) => policies::list_policies,
    ListPoliciesGrantingServiceAccess(ListPoliciesGrantingServiceAccessInput)
        => granting::list_policies_granting_service_access,
    ListPolicyTags(ListPolicyTagsInput) => entity_tags::list_policy_tags,
    ListPolicyVersions(ListPolicyVersionsInput) => policy_versions::list_policy_versions,
    ListRolePolicies(ListRolePoliciesInput) => inline::list_role_policies,
    ListRoleTags(ListRoleTagsInput) => entity_tags::list_role_tags,
    ListRoles(ListRolesInput) => roles::list_roles,
    ListSAMLProviders(ListSAMLProvidersInput) => credentials::list_saml_providers,
    ListSSHPublicKeys(ListSSHPublicKeysInput) => credentials::list_ssh_public_keys,
    ListServerCertificates(ListServerCertificatesInput) => credentials::list_server_certificates,
    ListServiceSpecificCredentials(ListServiceSpecificCredentialsInput)
        => credentials::list_service_specific_credentials,
    ListSigningCertificates(ListSigningCertificatesInput) => credentials::list_signing_certificates,
    ListUserPolicies(ListUserPoliciesInput) => inline::list_user_policies,
    ListUserTags(ListUserTagsInput) => entity_tags::list_user_tags,
    ListUsers(ListUsersInput) => users::list_users,
    ListVirtualMFADevices(ListVirtualMFADevicesInput) => mfa_devices::list_virtual_mfa_devices,
    PutGroupPolicy(PutGroupPolicyInput) => inline::put_group_policy,
    PutRolePermissionsBoundary(PutRolePermissionsBoundaryInput)
        => boundaries::put_role_permissions_boundary,
    PutRolePolicy(PutRolePolicyInput) => inline::put_role_policy,
    PutUserPermissionsBoundary(PutUserPermissionsBoundaryInput)
        => boundaries::put_user_permissions_boundary,
    PutUserPolicy(PutUserPolicyInput) => inline::put_user_policy,
    RemoveClientIDFromOpenIDConnectProvider(RemoveClientIDFromOpenIDConnectProviderInput)
        => oidc_providers::remove_client_id,
    RemoveRoleFromInstanceProfile(RemoveRoleFromInstanceProfileInput)
        => instance_profiles::remove_role_from_instance_profile,
    RemoveUserFromGroup(RemoveUserFromGroupInput) => groups::remove_user_from_group,
    ResyncMFADevice(ResyncMFADeviceInput) => mfa_devices::resync_mfa_device,
    SetDefaultPolicyVersion(SetDefaultPolicyVersionInput)
        => policy_versions::set_default_policy_version,
    SimulateCustomPolicy(SimulateCustomPolicyInput) => simulation::simulate_custom_policy,
    SimulatePrincipalPolicy(SimulatePrincipalPolicyInput) => simulation::simulate_principal_policy,
    TagMFADevice(TagMFADeviceInput) => entity_tags::tag_mfa_device,
    TagPolicy(TagPolicyInput) => entity_tags::tag_policy,
    TagRole(TagRoleInput) => entity_tags::tag_role,
    TagUser(TagUserInput) => entity_tags::tag_user,
    UntagMFADevice(UntagMFADeviceInput) => entity_tags::untag_mfa_device,
    UntagPolicy(UntagPolicyInput) => entity_tags::untag_policy,
    UntagRole(UntagRoleInput) => entity_tags::untag_role,
    UntagUser(UntagUserInput) => entity_tags::untag_user,
    UpdateAccessKey(UpdateAccessKeyInput) => access_keys::update_access_key,
    UpdateAccountPasswordPolicy(UpdateAccountPasswordPolicyInput)
        => account::update_account_password_policy,
    UpdateAssumeRolePolicy(UpdateAssumeRolePolicyInput) => roles::update_assume_role_policy,
    UpdateGroup(UpdateGroupInput) => groups::update_group,
    UpdateLoginProfile(UpdateLoginProfileInput) => login_profiles::update_login_profile,
    UpdateOpenIDConnectProviderThumbprint(UpdateOpenIDConnectProviderThumbprintInput)
        => oidc_providers::update_open_id_connect_provider_thumbprint,
    UpdateRole(UpdateRoleInput) => roles::update_role,
    UpdateRoleDescription(UpdateRoleDescriptionInput) => roles::update_role_description,
    UpdateUser(UpdateUserInput) => users::update_user,
}

/// Changes the caller's account: `operation` decides on the newest directory and changes
/// it. It may run more than once and must do nothing else. The change is durable when
/// this returns, and every later request sees it.
///
/// # Errors
///
/// The operation's refusal, or the store's.
pub async fn change<T>(
    cx: &Cx,
    caller: &Caller,
    operation: impl FnMut(&mut Directory) -> Result<T, IamError>,
) -> Result<T, ApiError> {
    let server = &cx.server;
    let directories = &server.directories;
    let changed = directories.change(&server.store, caller.account, operation);
    match changed.await {
        Ok((value, _)) => Ok(value),
        Err(ChangeError::Refused(error)) => Err(error.into()),
        Err(ChangeError::Store(error)) => Err(error.into()),
    }
}

impl From<IamError> for ApiError {
    fn from(error: IamError) -> ApiError {
        ApiError::new(error.kind.code(), error.kind.status(), error.message)
    }
}

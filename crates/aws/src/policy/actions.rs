//! What each operation needs to be allowed: its resource, and the condition keys it brings.
//!
//! The Service Authorization Reference ("Actions, resources, and condition keys for Amazon Kinesis
//! Video Streams", "… for AWS Identity and Access Management", "… for AWS Security Token Service").
//! The action itself is [`Op::action`].

use crate::op::Op;

/// What decides whether an operation is allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Check {
    /// The caller's policies.
    Policies,
    /// The trust policy of a role, and the caller's policies as far as that one leaves it to them.
    Trust,
    /// Nothing: whoever has valid credentials may call it, and no Deny forbids it.
    Nothing,
}

/// The kind of resource an action is checked against.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ResourceType {
    /// None: the action knows `*` only.
    Everything,
    /// `arn:aws:kinesisvideo:R:A:stream/NAME/CREATED`
    Stream,
    /// `arn:aws:kinesisvideo:R:A:channel/NAME/CREATED`
    Channel,
    /// A stream or a channel.
    StreamOrChannel,
    /// `arn:aws:iam::A:user/…`
    User,
    /// `arn:aws:iam::A:group/…`
    Group,
    /// `arn:aws:iam::A:role/…`
    Role,
    /// A user, group or role.
    Identity,
    /// `arn:aws:iam::A:policy/…`
    Policy,
    /// `arn:aws:iam::A:mfa/…`
    Mfa,
    /// `arn:aws:iam::A:instance-profile/…`
    InstanceProfile,
    /// `arn:aws:iam::A:oidc-provider/HOST`
    OidcProvider,
    /// `arn:aws:sts::A:federated-user/NAME`
    FederatedUser,
    /// `arn:aws:iot:R:A:thing/NAME`
    Thing,
    /// `arn:aws:iot:R:A:thingtype/NAME`
    ThingType,
    /// `arn:aws:iot:R:A:cert/ID`
    Certificate,
    /// `arn:aws:iot:R:A:policy/NAME`
    IotPolicy,
    /// `arn:aws:iot:R:A:rolealias/NAME`
    RoleAlias,
}

/// How an operation is authorised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Access {
    /// What decides.
    pub check: Check,
    /// What it is checked against.
    pub resource: ResourceType,
    /// Whether the caller may leave the resource out; then it is checked against `*`.
    pub is_optional: bool,
    /// The condition keys it brings beside the global ones. One that ends in `/` stands for all
    /// keys that begin so, a tag each.
    pub keys: &'static [&'static str],
}

impl Op {
    /// How the operation is authorised.
    pub fn access(self) -> Access {
        ACCESS[self as usize]
    }
}

/// Permission to hand a role to a service; no operation has this name. It is checked against the
/// role, with `iam:PassedToService` and `iam:AssociatedResourceArn`.
pub const PASS_ROLE: &str = "iam:PassRole";

/// Permission to give a session tags; checked beside the operation that makes the session.
pub const TAG_SESSION: &str = "sts:TagSession";

/// Permission to give a session a source identity; checked beside the operation that makes it.
pub const SET_SOURCE_IDENTITY: &str = "sts:SetSourceIdentity";

/// Operations that are authorised alike.
struct Row {
    check: Check,
    resource: ResourceType,
    is_optional: bool,
    keys: &'static [&'static str],
    ops: &'static [Op],
}

/// A place for each operation; an operation without a row does not compile.
const ACCESS: [Access; Op::ALL.len()] = {
    let nothing = Access {
        check: Check::Nothing,
        resource: ResourceType::Everything,
        is_optional: false,
        keys: &[],
    };
    let mut table = [nothing; Op::ALL.len()];
    let mut is_filled = [false; Op::ALL.len()];
    let mut row = 0;
    while row < ROWS.len() {
        let Row {
            check,
            resource,
            is_optional,
            keys,
            ops,
        } = ROWS[row];
        let mut op = 0;
        while op < ops.len() {
            let place = ops[op] as usize;
            assert!(!is_filled[place], "an operation is in two rows");
            is_filled[place] = true;
            table[place] = Access {
                check,
                resource,
                is_optional,
                keys,
            };
            op += 1;
        }
        row += 1;
    }
    let mut place = 0;
    while place < is_filled.len() {
        assert!(is_filled[place], "an operation is in no row");
        place += 1;
    }
    table
};

const RESOURCE_TAG: &str = "aws:ResourceTag/";
const REQUEST_TAG: &str = "aws:RequestTag/";
const TAG_KEYS: &str = "aws:TagKeys";
const IAM_RESOURCE_TAG: &str = "iam:ResourceTag/";
const BOUNDARY: &str = "iam:PermissionsBoundary";
const POLICY_ARN: &str = "iam:PolicyARN";
const SECURITY_KEY: &str = "iam:RegisterSecurityKey";

const ROWS: &[Row] = &[
    // Kinesis Video Streams.
    Row {
        check: Check::Policies,
        resource: ResourceType::Channel,
        is_optional: false,
        keys: &[REQUEST_TAG, TAG_KEYS],
        ops: &[Op::CreateSignalingChannel],
    },
    Row {
        check: Check::Policies,
        resource: ResourceType::Channel,
        is_optional: false,
        keys: &[RESOURCE_TAG],
        ops: &[
            Op::DeleteSignalingChannel,
            Op::DescribeMediaStorageConfiguration,
            Op::DescribeSignalingChannel,
            Op::GetSignalingChannelEndpoint,
            Op::UpdateMediaStorageConfiguration,
            Op::UpdateSignalingChannel,
            Op::GetIceServerConfig,
            Op::SendAlexaOfferToMaster,
            Op::ConnectAsMaster,
            Op::ConnectAsViewer,
            Op::JoinStorageSession,
            Op::JoinStorageSessionAsViewer,
        ],
    },
    Row {
        check: Check::Policies,
        resource: ResourceType::Everything,
        is_optional: false,
        keys: &[],
        ops: &[
            Op::ListEdgeAgentConfigurations,
            Op::ListSignalingChannels,
            Op::ListStreams,
        ],
    },
    Row {
        check: Check::Policies,
        resource: ResourceType::Stream,
        is_optional: false,
        keys: &[REQUEST_TAG, TAG_KEYS],
        ops: &[Op::CreateStream],
    },
    Row {
        check: Check::Policies,
        resource: ResourceType::Stream,
        is_optional: false,
        keys: &[RESOURCE_TAG],
        ops: &[
            Op::DeleteEdgeConfiguration,
            Op::DeleteStream,
            Op::DescribeEdgeConfiguration,
            Op::DescribeImageGenerationConfiguration,
            Op::DescribeMappedResourceConfiguration,
            Op::DescribeNotificationConfiguration,
            Op::DescribeStream,
            Op::DescribeStreamStorageConfiguration,
            Op::GetDataEndpoint,
            Op::ListTagsForStream,
            Op::StartEdgeConfigurationUpdate,
            Op::UpdateDataRetention,
            Op::UpdateImageGenerationConfiguration,
            Op::UpdateNotificationConfiguration,
            Op::UpdateStream,
            Op::UpdateStreamStorageConfiguration,
            Op::GetMedia,
            Op::PutMedia,
            Op::GetClip,
            Op::GetDASHStreamingSessionURL,
            Op::GetHLSStreamingSessionURL,
            Op::GetImages,
            Op::GetMediaForFragmentList,
            Op::ListFragments,
        ],
    },
    Row {
        check: Check::Policies,
        resource: ResourceType::Stream,
        is_optional: false,
        keys: &[RESOURCE_TAG, REQUEST_TAG, TAG_KEYS],
        ops: &[Op::TagStream],
    },
    Row {
        check: Check::Policies,
        resource: ResourceType::Stream,
        is_optional: false,
        keys: &[RESOURCE_TAG, TAG_KEYS],
        ops: &[Op::UntagStream],
    },
    Row {
        check: Check::Policies,
        resource: ResourceType::StreamOrChannel,
        is_optional: false,
        keys: &[RESOURCE_TAG],
        ops: &[Op::ListTagsForResource],
    },
    Row {
        check: Check::Policies,
        resource: ResourceType::StreamOrChannel,
        is_optional: false,
        keys: &[RESOURCE_TAG, REQUEST_TAG, TAG_KEYS],
        ops: &[Op::TagResource],
    },
    Row {
        check: Check::Policies,
        resource: ResourceType::StreamOrChannel,
        is_optional: false,
        keys: &[RESOURCE_TAG, TAG_KEYS],
        ops: &[Op::UntagResource],
    },
    // IAM.
    Row {
        check: Check::Policies,
        resource: ResourceType::Everything,
        is_optional: false,
        keys: &[],
        ops: &[
            Op::CreateAccountAlias,
            Op::DeleteAccountAlias,
            Op::DeleteAccountPasswordPolicy,
            Op::GenerateCredentialReport,
            Op::GetAccountAuthorizationDetails,
            Op::GetAccountPasswordPolicy,
            Op::GetAccountSummary,
            Op::GetContextKeysForCustomPolicy,
            Op::GetCredentialReport,
            Op::ListAccountAliases,
            Op::ListGroups,
            Op::ListInstanceProfiles,
            Op::ListOpenIDConnectProviders,
            Op::ListPolicies,
            Op::ListRoles,
            Op::ListSAMLProviders,
            Op::ListServerCertificates,
            Op::ListUsers,
            Op::ListVirtualMFADevices,
            Op::SetSecurityTokenServicePreferences,
            Op::SimulateCustomPolicy,
            Op::UpdateAccountPasswordPolicy,
        ],
    },
    Row {
        check: Check::Policies,
        resource: ResourceType::Group,
        is_optional: false,
        keys: &[],
        ops: &[
            Op::AddUserToGroup,
            Op::CreateGroup,
            Op::DeleteGroup,
            Op::DeleteGroupPolicy,
            Op::GetGroup,
            Op::GetGroupPolicy,
            Op::ListAttachedGroupPolicies,
            Op::ListGroupPolicies,
            Op::PutGroupPolicy,
            Op::RemoveUserFromGroup,
            Op::UpdateGroup,
        ],
    },
    Row {
        check: Check::Policies,
        resource: ResourceType::Group,
        is_optional: false,
        keys: &[POLICY_ARN],
        ops: &[Op::AttachGroupPolicy, Op::DetachGroupPolicy],
    },
    Row {
        check: Check::Policies,
        resource: ResourceType::Identity,
        is_optional: false,
        keys: &[RESOURCE_TAG, IAM_RESOURCE_TAG],
        ops: &[Op::ListPoliciesGrantingServiceAccess],
    },
    Row {
        check: Check::Policies,
        resource: ResourceType::Identity,
        is_optional: true,
        keys: &[RESOURCE_TAG, IAM_RESOURCE_TAG],
        ops: &[
            Op::GetContextKeysForPrincipalPolicy,
            Op::SimulatePrincipalPolicy,
        ],
    },
    Row {
        check: Check::Policies,
        resource: ResourceType::InstanceProfile,
        is_optional: false,
        keys: &[REQUEST_TAG, TAG_KEYS],
        ops: &[Op::CreateInstanceProfile],
    },
    Row {
        check: Check::Policies,
        resource: ResourceType::InstanceProfile,
        is_optional: false,
        keys: &[RESOURCE_TAG, IAM_RESOURCE_TAG],
        ops: &[
            Op::AddRoleToInstanceProfile,
            Op::DeleteInstanceProfile,
            Op::GetInstanceProfile,
            Op::RemoveRoleFromInstanceProfile,
        ],
    },
    Row {
        check: Check::Policies,
        resource: ResourceType::Mfa,
        is_optional: false,
        keys: &[REQUEST_TAG, TAG_KEYS],
        ops: &[Op::CreateVirtualMFADevice],
    },
    Row {
        check: Check::Policies,
        resource: ResourceType::Mfa,
        is_optional: false,
        keys: &[RESOURCE_TAG, IAM_RESOURCE_TAG],
        ops: &[Op::DeleteVirtualMFADevice, Op::ListMFADeviceTags],
    },
    Row {
        check: Check::Policies,
        resource: ResourceType::Mfa,
        is_optional: false,
        keys: &[RESOURCE_TAG, IAM_RESOURCE_TAG, REQUEST_TAG, TAG_KEYS],
        ops: &[Op::TagMFADevice],
    },
    Row {
        check: Check::Policies,
        resource: ResourceType::Mfa,
        is_optional: false,
        keys: &[RESOURCE_TAG, IAM_RESOURCE_TAG, TAG_KEYS],
        ops: &[Op::UntagMFADevice],
    },
    Row {
        check: Check::Policies,
        resource: ResourceType::OidcProvider,
        is_optional: false,
        keys: &[REQUEST_TAG, TAG_KEYS],
        ops: &[Op::CreateOpenIDConnectProvider],
    },
    Row {
        check: Check::Policies,
        resource: ResourceType::OidcProvider,
        is_optional: false,
        keys: &[RESOURCE_TAG, IAM_RESOURCE_TAG],
        ops: &[
            Op::AddClientIDToOpenIDConnectProvider,
            Op::DeleteOpenIDConnectProvider,
            Op::GetOpenIDConnectProvider,
            Op::RemoveClientIDFromOpenIDConnectProvider,
            Op::UpdateOpenIDConnectProviderThumbprint,
        ],
    },
    Row {
        check: Check::Policies,
        resource: ResourceType::Policy,
        is_optional: false,
        keys: &[REQUEST_TAG, TAG_KEYS],
        ops: &[Op::CreatePolicy],
    },
    Row {
        check: Check::Policies,
        resource: ResourceType::Policy,
        is_optional: false,
        keys: &[RESOURCE_TAG, IAM_RESOURCE_TAG],
        ops: &[
            Op::CreatePolicyVersion,
            Op::DeletePolicy,
            Op::DeletePolicyVersion,
            Op::GetPolicy,
            Op::GetPolicyVersion,
            Op::ListEntitiesForPolicy,
            Op::ListPolicyTags,
            Op::ListPolicyVersions,
            Op::SetDefaultPolicyVersion,
        ],
    },
    Row {
        check: Check::Policies,
        resource: ResourceType::Policy,
        is_optional: false,
        keys: &[RESOURCE_TAG, IAM_RESOURCE_TAG, REQUEST_TAG, TAG_KEYS],
        ops: &[Op::TagPolicy],
    },
    Row {
        check: Check::Policies,
        resource: ResourceType::Policy,
        is_optional: false,
        keys: &[RESOURCE_TAG, IAM_RESOURCE_TAG, TAG_KEYS],
        ops: &[Op::UntagPolicy],
    },
    Row {
        check: Check::Policies,
        resource: ResourceType::Role,
        is_optional: false,
        keys: &[REQUEST_TAG, TAG_KEYS, BOUNDARY],
        ops: &[Op::CreateRole],
    },
    Row {
        check: Check::Policies,
        resource: ResourceType::Role,
        is_optional: false,
        keys: &[RESOURCE_TAG, IAM_RESOURCE_TAG],
        ops: &[
            Op::GetRolePolicy,
            Op::ListAttachedRolePolicies,
            Op::ListInstanceProfilesForRole,
            Op::ListRolePolicies,
            Op::ListRoleTags,
        ],
    },
    Row {
        check: Check::Policies,
        resource: ResourceType::Role,
        is_optional: false,
        keys: &[RESOURCE_TAG, IAM_RESOURCE_TAG, REQUEST_TAG, TAG_KEYS],
        ops: &[Op::TagRole],
    },
    Row {
        check: Check::Policies,
        resource: ResourceType::Role,
        is_optional: false,
        keys: &[RESOURCE_TAG, IAM_RESOURCE_TAG, TAG_KEYS],
        ops: &[Op::UntagRole],
    },
    Row {
        check: Check::Policies,
        resource: ResourceType::Role,
        is_optional: false,
        keys: &[RESOURCE_TAG, IAM_RESOURCE_TAG, BOUNDARY],
        ops: &[
            Op::DeleteRole,
            Op::DeleteRolePermissionsBoundary,
            Op::DeleteRolePolicy,
            Op::GetRole,
            Op::PutRolePermissionsBoundary,
            Op::PutRolePolicy,
            Op::UpdateAssumeRolePolicy,
            Op::UpdateRole,
            Op::UpdateRoleDescription,
        ],
    },
    Row {
        check: Check::Policies,
        resource: ResourceType::Role,
        is_optional: false,
        keys: &[RESOURCE_TAG, IAM_RESOURCE_TAG, BOUNDARY, POLICY_ARN],
        ops: &[Op::AttachRolePolicy, Op::DetachRolePolicy],
    },
    Row {
        check: Check::Policies,
        resource: ResourceType::User,
        is_optional: false,
        keys: &[REQUEST_TAG, TAG_KEYS, BOUNDARY],
        ops: &[Op::CreateUser],
    },
    Row {
        check: Check::Policies,
        resource: ResourceType::User,
        is_optional: false,
        keys: &[RESOURCE_TAG, IAM_RESOURCE_TAG],
        ops: &[
            Op::ChangePassword,
            Op::CreateAccessKey,
            Op::CreateLoginProfile,
            Op::DeactivateMFADevice,
            Op::DeleteAccessKey,
            Op::DeleteLoginProfile,
            Op::DeleteUser,
            Op::GetAccessKeyLastUsed,
            Op::GetLoginProfile,
            Op::GetMFADevice,
            Op::GetUser,
            Op::GetUserPolicy,
            Op::ListAccessKeys,
            Op::ListAttachedUserPolicies,
            Op::ListGroupsForUser,
            Op::ListSSHPublicKeys,
            Op::ListServiceSpecificCredentials,
            Op::ListSigningCertificates,
            Op::ListUserPolicies,
            Op::ListUserTags,
            Op::ResyncMFADevice,
            Op::UpdateAccessKey,
            Op::UpdateLoginProfile,
            Op::UpdateUser,
        ],
    },
    Row {
        check: Check::Policies,
        resource: ResourceType::User,
        is_optional: false,
        keys: &[RESOURCE_TAG, IAM_RESOURCE_TAG, REQUEST_TAG, TAG_KEYS],
        ops: &[Op::TagUser],
    },
    Row {
        check: Check::Policies,
        resource: ResourceType::User,
        is_optional: false,
        keys: &[RESOURCE_TAG, IAM_RESOURCE_TAG, TAG_KEYS],
        ops: &[Op::UntagUser],
    },
    Row {
        check: Check::Policies,
        resource: ResourceType::User,
        is_optional: false,
        keys: &[RESOURCE_TAG, IAM_RESOURCE_TAG, BOUNDARY],
        ops: &[
            Op::DeleteUserPermissionsBoundary,
            Op::DeleteUserPolicy,
            Op::PutUserPermissionsBoundary,
            Op::PutUserPolicy,
        ],
    },
    Row {
        check: Check::Policies,
        resource: ResourceType::User,
        is_optional: false,
        keys: &[RESOURCE_TAG, IAM_RESOURCE_TAG, BOUNDARY, POLICY_ARN],
        ops: &[Op::AttachUserPolicy, Op::DetachUserPolicy],
    },
    Row {
        check: Check::Policies,
        resource: ResourceType::User,
        is_optional: false,
        keys: &[RESOURCE_TAG, IAM_RESOURCE_TAG, SECURITY_KEY],
        ops: &[Op::EnableMFADevice],
    },
    Row {
        check: Check::Policies,
        resource: ResourceType::User,
        is_optional: true,
        keys: &[RESOURCE_TAG, IAM_RESOURCE_TAG],
        ops: &[Op::ListMFADevices],
    },
    // STS.
    Row {
        check: Check::Nothing,
        resource: ResourceType::Everything,
        is_optional: false,
        keys: &[],
        ops: &[
            Op::GetAccessKeyInfo,
            Op::GetCallerIdentity,
            Op::GetSessionToken,
        ],
    },
    Row {
        check: Check::Policies,
        resource: ResourceType::Everything,
        is_optional: false,
        keys: &[],
        ops: &[
            Op::AssumeRoot,
            Op::DecodeAuthorizationMessage,
            Op::GetDelegatedAccessToken,
            Op::GetWebIdentityToken,
        ],
    },
    Row {
        check: Check::Policies,
        resource: ResourceType::FederatedUser,
        is_optional: false,
        keys: &[REQUEST_TAG, TAG_KEYS],
        ops: &[Op::GetFederationToken],
    },
    Row {
        check: Check::Trust,
        resource: ResourceType::Role,
        is_optional: false,
        keys: &[
            RESOURCE_TAG,
            IAM_RESOURCE_TAG,
            REQUEST_TAG,
            TAG_KEYS,
            "sts:RoleSessionName",
            "sts:ExternalId",
            "sts:SourceIdentity",
            "sts:TransitiveTagKeys",
        ],
        ops: &[
            Op::AssumeRole,
            Op::AssumeRoleWithSAML,
            Op::AssumeRoleWithWebIdentity,
        ],
    },
    // IoT.
    Row {
        check: Check::Policies,
        resource: ResourceType::Everything,
        is_optional: false,
        keys: &[],
        ops: &[
            Op::IotCreateCertificateFromCsr,
            Op::IotCreateKeysAndCertificate,
            Op::IotDescribeEndpoint,
            Op::IotListAttachedPolicies,
            Op::IotListCertificates,
            Op::IotListPolicies,
            Op::IotListPrincipalPolicies,
            Op::IotListRoleAliases,
            Op::IotListThingTypes,
            Op::IotListThings,
            Op::IotRegisterCertificateWithoutCA,
        ],
    },
    Row {
        check: Check::Policies,
        resource: ResourceType::Thing,
        is_optional: false,
        keys: &[],
        ops: &[
            Op::IotCreateThing,
            Op::IotDeleteThing,
            Op::IotDescribeThing,
            Op::IotListThingPrincipals,
            Op::IotUpdateThing,
        ],
    },
    Row {
        check: Check::Policies,
        resource: ResourceType::ThingType,
        is_optional: false,
        keys: &[REQUEST_TAG, TAG_KEYS],
        ops: &[Op::IotCreateThingType],
    },
    Row {
        check: Check::Policies,
        resource: ResourceType::ThingType,
        is_optional: false,
        keys: &[],
        ops: &[
            Op::IotDeleteThingType,
            Op::IotDeprecateThingType,
            Op::IotDescribeThingType,
        ],
    },
    Row {
        check: Check::Policies,
        resource: ResourceType::Certificate,
        is_optional: false,
        keys: &[],
        ops: &[
            Op::IotDeleteCertificate,
            Op::IotDescribeCertificate,
            Op::IotUpdateCertificate,
        ],
    },
    Row {
        check: Check::Policies,
        resource: ResourceType::Certificate,
        is_optional: true,
        keys: &[],
        ops: &[
            Op::IotAttachPrincipalPolicy,
            Op::IotDetachPrincipalPolicy,
            Op::IotListPrincipalThings,
            Op::IotAttachPolicy,
            Op::IotDetachPolicy,
        ],
    },
    Row {
        check: Check::Policies,
        resource: ResourceType::Certificate,
        is_optional: true,
        keys: &["iot:thingArn"],
        ops: &[Op::IotAttachThingPrincipal, Op::IotDetachThingPrincipal],
    },
    Row {
        check: Check::Policies,
        resource: ResourceType::IotPolicy,
        is_optional: false,
        keys: &[REQUEST_TAG, TAG_KEYS],
        ops: &[Op::IotCreatePolicy],
    },
    Row {
        check: Check::Policies,
        resource: ResourceType::IotPolicy,
        is_optional: false,
        keys: &[],
        ops: &[
            Op::IotDeletePolicy,
            Op::IotGetPolicy,
            Op::IotListTargetsForPolicy,
        ],
    },
    Row {
        check: Check::Policies,
        resource: ResourceType::RoleAlias,
        is_optional: false,
        keys: &[REQUEST_TAG, TAG_KEYS],
        ops: &[Op::IotCreateRoleAlias],
    },
    Row {
        check: Check::Policies,
        resource: ResourceType::RoleAlias,
        is_optional: false,
        keys: &[],
        ops: &[
            Op::IotDeleteRoleAlias,
            Op::IotDescribeRoleAlias,
            Op::IotUpdateRoleAlias,
        ],
    },
];

#[cfg(test)]
mod tests {
    use super::{Check, ResourceType};
    use crate::op::{Op, Service};

    #[test]
    fn resources_are_of_the_service() {
        use ResourceType::{Channel, Everything, Stream, StreamOrChannel};
        for op in Op::ALL {
            let access = op.access();
            let is_video = matches!(access.resource, Stream | Channel | StreamOrChannel);
            let is_elsewhere = matches!(op.service(), Service::Iam | Service::Sts | Service::Iot);
            assert_ne!(
                is_video,
                is_elsewhere || access.resource == Everything,
                "{op:?}"
            );
            // What is made has no tags yet, but those of the request.
            if access.keys.contains(&super::RESOURCE_TAG) && op.name().starts_with("Create") {
                let is_part = matches!(op.name(), "CreatePolicyVersion" | "CreateAccessKey");
                assert!(is_part || *op == Op::CreateLoginProfile, "{op:?}");
            }
        }
    }

    #[test]
    fn the_lists_of_the_reference_have_their_lengths() {
        let count = |prefix: &str, resource| {
            let is_it =
                |op: &&Op| op.action().starts_with(prefix) && op.access().resource == resource;
            Op::ALL.iter().filter(is_it).count()
        };
        assert_eq!(count("kinesisvideo:", ResourceType::Everything), 3);
        assert_eq!(count("kinesisvideo:", ResourceType::Stream), 27);
        assert_eq!(count("kinesisvideo:", ResourceType::Channel), 13);
        assert_eq!(count("kinesisvideo:", ResourceType::StreamOrChannel), 3);
        assert_eq!(count("iam:", ResourceType::Everything), 22);
        assert_eq!(count("iam:", ResourceType::User), 35);
        assert_eq!(count("iam:", ResourceType::Group), 13);
        assert_eq!(count("iam:", ResourceType::Role), 19);
        assert_eq!(count("iam:", ResourceType::Policy), 12);
        let keys = |op: Op| op.access().keys;
        assert!(keys(Op::CreateStream).contains(&"aws:TagKeys"));
        assert!(!keys(Op::CreateStream).contains(&"aws:ResourceTag/"));
        assert!(keys(Op::UntagStream).contains(&"aws:ResourceTag/"));
        assert!(keys(Op::AttachRolePolicy).contains(&"iam:PolicyARN"));
        assert!(keys(Op::AssumeRole).contains(&"sts:ExternalId"));
        assert!(Op::ListMFADevices.access().is_optional);
        assert_eq!(Op::GetCallerIdentity.access().check, Check::Nothing);
        assert_eq!(Op::AssumeRole.access().check, Check::Trust);
        assert_eq!(Op::GetFederationToken.access().check, Check::Policies);
    }
}

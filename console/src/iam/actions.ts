/**
 * The actions that policies can speak of here: those of the services that this server answers
 * for. `actions.test.ts` compares them with the server's own tables.
 */

/** What an action is asked about; `none` are those asked about `*` alone. */
export type ResourceKind =
  | "none"
  | "stream"
  | "channel"
  | "stream or channel"
  | "user"
  | "group"
  | "role"
  | "user, group or role"
  | "policy"
  | "MFA device"
  | "instance profile"
  | "OIDC provider"
  | "federated user"
  | "thing"
  | "thing type"
  | "certificate"
  | "IoT policy"
  | "role alias";

export interface Action {
  /** As policies name it: `kinesisvideo:PutMedia`. */
  name: string;
  /** Its prefix: `kinesisvideo`. */
  service: string;
  resource: ResourceKind;
}

/** Whether the server answers for a service at all. */
export function isServedService(service: string): boolean {
  return SERVICES.has(service.toLowerCase());
}

/** The action of a name, in any case. */
export function actionOf(name: string): Action | undefined {
  return BY_NAME.get(name.toLowerCase());
}

/** The actions that a pattern of a policy means; `*` stands for any characters, `?` for one. */
export function actionsLike(pattern: string): Action[] {
  if (pattern === "*" || pattern === "*:*") return [...ACTIONS];
  const exact = actionOf(pattern);
  if (exact) return [exact];
  if (!/[*?]/.test(pattern)) return [];
  const wanted = pattern.toLowerCase();
  return ACTIONS.filter(({ name }) => isLike(wanted, name.toLowerCase()));
}

/** Whether a text fits a pattern with `*` and `?`, in time proportional to both lengths at most. */
export function isLike(pattern: string, text: string): boolean {
  let [at, star, resume] = [0, -1, 0];
  let from = 0;
  while (from < text.length) {
    if (pattern[at] === "*") {
      star = at;
      at += 1;
      resume = from;
    } else if (at < pattern.length && (pattern[at] === "?" || pattern[at] === text[from])) {
      at += 1;
      from += 1;
    } else if (star >= 0) {
      at = star + 1;
      resume += 1;
      from = resume;
    } else {
      return false;
    }
  }
  while (pattern[at] === "*") at += 1;
  return at === pattern.length;
}

const ROWS: readonly [service: string, resource: ResourceKind, names: string][] = [
  [
    "kinesisvideo",
    "channel",
    `ConnectAsMaster ConnectAsViewer CreateSignalingChannel DeleteSignalingChannel
     DescribeMediaStorageConfiguration DescribeSignalingChannel GetIceServerConfig
     GetSignalingChannelEndpoint JoinStorageSession JoinStorageSessionAsViewer
     SendAlexaOfferToMaster UpdateMediaStorageConfiguration UpdateSignalingChannel`,
  ],
  [
    "kinesisvideo",
    "none",
    `ListEdgeAgentConfigurations ListSignalingChannels ListStreams`,
  ],
  [
    "kinesisvideo",
    "stream",
    `CreateStream DeleteEdgeConfiguration DeleteStream DescribeEdgeConfiguration
     DescribeImageGenerationConfiguration DescribeMappedResourceConfiguration
     DescribeNotificationConfiguration DescribeStream DescribeStreamStorageConfiguration GetClip
     GetDASHStreamingSessionURL GetDataEndpoint GetHLSStreamingSessionURL GetImages GetMedia
     GetMediaForFragmentList ListFindings ListFragments ListTagsForStream PutMedia
     StartEdgeConfigurationUpdate TagStream UntagStream UpdateDataRetention
     UpdateImageGenerationConfiguration UpdateNotificationConfiguration UpdateStream
     UpdateStreamStorageConfiguration`,
  ],
  ["kinesisvideo", "stream or channel", "ListTagsForResource TagResource UntagResource"],
  [
    "iam",
    "MFA device",
    `CreateVirtualMFADevice DeleteVirtualMFADevice ListMFADeviceTags TagMFADevice UntagMFADevice`,
  ],
  [
    "iam",
    "OIDC provider",
    `AddClientIDToOpenIDConnectProvider CreateOpenIDConnectProvider DeleteOpenIDConnectProvider
     GetOpenIDConnectProvider RemoveClientIDFromOpenIDConnectProvider
     UpdateOpenIDConnectProviderThumbprint`,
  ],
  [
    "iam",
    "group",
    `AddUserToGroup AttachGroupPolicy CreateGroup DeleteGroup DeleteGroupPolicy DetachGroupPolicy
     GetGroup GetGroupPolicy ListAttachedGroupPolicies ListGroupPolicies PutGroupPolicy
     RemoveUserFromGroup UpdateGroup`,
  ],
  [
    "iam",
    "instance profile",
    `AddRoleToInstanceProfile CreateInstanceProfile DeleteInstanceProfile GetInstanceProfile
     RemoveRoleFromInstanceProfile`,
  ],
  [
    "iam",
    "none",
    `CreateAccountAlias DeleteAccountAlias DeleteAccountPasswordPolicy GenerateCredentialReport
     GetAccountAuthorizationDetails GetAccountPasswordPolicy GetAccountSummary
     GetContextKeysForCustomPolicy GetCredentialReport ListAccountAliases ListGroups
     ListInstanceProfiles ListOpenIDConnectProviders ListPolicies ListRoles ListSAMLProviders
     ListServerCertificates ListUsers ListVirtualMFADevices SetSecurityTokenServicePreferences
     SimulateCustomPolicy UpdateAccountPasswordPolicy`,
  ],
  [
    "iam",
    "policy",
    `CreatePolicy CreatePolicyVersion DeletePolicy DeletePolicyVersion GetPolicy GetPolicyVersion
     ListEntitiesForPolicy ListPolicyTags ListPolicyVersions SetDefaultPolicyVersion TagPolicy
     UntagPolicy`,
  ],
  [
    "iam",
    "role",
    `AttachRolePolicy CreateRole DeleteRole DeleteRolePermissionsBoundary DeleteRolePolicy
     DetachRolePolicy GetRole GetRolePolicy ListAttachedRolePolicies ListInstanceProfilesForRole
     ListRolePolicies ListRoleTags PassRole PutRolePermissionsBoundary PutRolePolicy TagRole
     UntagRole UpdateAssumeRolePolicy UpdateRole UpdateRoleDescription`,
  ],
  [
    "iam",
    "user",
    `AttachUserPolicy ChangePassword CreateAccessKey CreateLoginProfile CreateUser
     DeactivateMFADevice DeleteAccessKey DeleteLoginProfile DeleteUser
     DeleteUserPermissionsBoundary DeleteUserPolicy DetachUserPolicy EnableMFADevice
     GetAccessKeyLastUsed GetLoginProfile GetMFADevice GetUser GetUserPolicy ListAccessKeys
     ListAttachedUserPolicies ListGroupsForUser ListMFADevices ListSSHPublicKeys
     ListServiceSpecificCredentials ListSigningCertificates ListUserPolicies ListUserTags
     PutUserPermissionsBoundary PutUserPolicy ResyncMFADevice TagUser UntagUser UpdateAccessKey
     UpdateLoginProfile UpdateUser`,
  ],
  [
    "iam",
    "user, group or role",
    `GetContextKeysForPrincipalPolicy ListPoliciesGrantingServiceAccess SimulatePrincipalPolicy`,
  ],
  ["sts", "federated user", "GetFederationToken"],
  [
    "sts",
    "none",
    `AssumeRoot DecodeAuthorizationMessage GetAccessKeyInfo GetCallerIdentity
     GetDelegatedAccessToken GetSessionToken GetWebIdentityToken`,
  ],
  [
    "sts",
    "role",
    `AssumeRole AssumeRoleWithSAML AssumeRoleWithWebIdentity SetSourceIdentity TagSession`,
  ],
  ["iot", "IoT policy", "CreatePolicy DeletePolicy GetPolicy ListTargetsForPolicy"],
  [
    "iot",
    "certificate",
    `AttachPolicy AttachPrincipalPolicy AttachThingPrincipal DeleteCertificate
     DescribeCertificate DetachPolicy DetachPrincipalPolicy DetachThingPrincipal
     ListPrincipalThings UpdateCertificate`,
  ],
  [
    "iot",
    "none",
    `CreateCertificateFromCsr CreateKeysAndCertificate DescribeEndpoint ListAttachedPolicies
     ListCertificates ListPolicies ListPrincipalPolicies ListRoleAliases ListThingTypes
     ListThings RegisterCertificateWithoutCA`,
  ],
  [
    "iot",
    "role alias",
    `CreateRoleAlias DeleteRoleAlias DescribeRoleAlias UpdateRoleAlias`,
  ],
  [
    "iot",
    "thing",
    `CreateThing DeleteThing DescribeThing ListThingPrincipals UpdateThing`,
  ],
  [
    "iot",
    "thing type",
    `CreateThingType DeleteThingType DeprecateThingType DescribeThingType`,
  ],
  ["cloudtrail", "none", "LookupEvents"],
  ["kinora", "none", "GetDecision"],
];

/** All actions, by service and then by name. */
export const ACTIONS: readonly Action[] = ROWS.flatMap(([service, resource, names]) =>
  names.split(/\s+/).map((name) => ({ name: `${service}:${name}`, service, resource })),
).sort((a, b) => order(a) - order(b) || a.name.localeCompare(b.name));

/** What people call the services. */
export const SERVICE_NAMES: ReadonlyMap<string, string> = new Map([
  ["kinesisvideo", "Kinesis Video Streams"],
  ["iam", "Identity and Access Management"],
  ["sts", "Security Token Service"],
  ["iot", "IoT Core"],
  ["cloudtrail", "Audit trail"],
  ["kinora", "Kinora"],
]);

function order({ service }: Action): number {
  return ROWS.findIndex((row) => row[0] === service);
}

const BY_NAME = new Map(ACTIONS.map((action) => [action.name.toLowerCase(), action]));
const SERVICES = new Set(ACTIONS.map(({ service }) => service));

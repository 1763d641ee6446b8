"""Every error that AWS documents for an operation that Kinora serves, provoked once.

What is documented comes from botocore's service models, what is served from docs/compat.txt
(the argument). The rows below say how each error comes about; what is in none of them must
be on the list of `unraised.py`, with the reason. A row is a call that could succeed and, by
error, what is wrong with it instead. All of them are refusals, so they change nothing, and
`world.py` has made beforehand what they run into."""

import json
import sys
import threading

from botocore.exceptions import ClientError

import world
from checks import ROOT, check, client, finish, refused
from id_tokens import token
from unraised import ENTRIES, reason
from world import (BAD_ARN, DOCUMENT, NO_PROVIDER, NO_POLICY, NO_SERIAL, PASSWORD, POLICY, PROVIDER,
                   READER, ROLE, TRUST, TWICE, USER_ARN)

ROWS = {}
# Calls that somebody else makes than the administrator: service and operation to a client.
CALLERS = {}


def row(service, operation, call, **errors):
    """How an operation's errors come about; a function is called instead of the operation."""
    ROWS[service, operation] = (call, errors)


def iam(operation, call, **errors):
    """A row of IAM."""
    row("iam", operation, call, **errors)


def iot(operation, call, **errors):
    """A row of AWS IoT."""
    row("iot", operation, call, **errors)


def sized(length):
    """A policy with somewhat more than so many characters that count."""
    return DOCUMENT.replace('"*"', f'"arn:aws:iot:{"x" * length}"')


def at_once(operation, calls):
    """Passwords are hashed while others change: who comes second is told to come again."""
    codes = []

    def run(call):
        try:
            call()
            codes.append(None)
        except ClientError as error:
            codes.append(error.response["Error"]["Code"])

    for _ in range(20):
        threads = [threading.Thread(target=run, args=(call,)) for call in calls()]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if "EntityTemporarilyUnmodifiable" in codes:
            break
    check(f"{operation} at once", set(codes), {None, "EntityTemporarilyUnmodifiable"})


def passwords_set_at_once():
    """UpdateLoginProfile."""
    at_once("UpdateLoginProfile", lambda: [
        lambda n=n: world.iam.update_login_profile(UserName="login", Password=f"{PASSWORD}{n}")
        for n in range(2)])


def passwords_changed_at_once():
    """ChangePassword. Whoever is first, both leave the password as it was."""
    arguments = {"OldPassword": PASSWORD, "NewPassword": PASSWORD}
    at_once("ChangePassword", lambda: [
        lambda: CALLERS["iam", "ChangePassword"].change_password(**arguments)] * 2)


# Users, groups, keys.
NO_USER, NO_GROUP, NO_ROLE = {"UserName": "none"}, {"GroupName": "none"}, {"RoleName": "none"}
iam("CreateUser", {"UserName": "more"}, EntityAlreadyExists={"UserName": "BARE"},
    InvalidInput={"Tags": TWICE}, LimitExceeded={}, NoSuchEntity={"PermissionsBoundary": NO_POLICY})
iam("GetUser", {"UserName": "bare"}, NoSuchEntity=NO_USER)
iam("UpdateUser", {"UserName": "bare"}, NoSuchEntity=NO_USER,
    EntityAlreadyExists={"NewUserName": "FULL"})
iam("DeleteUser", {"UserName": "bare"}, NoSuchEntity=NO_USER, DeleteConflict={"UserName": "full"})
iam("CreateGroup", {"GroupName": "more"}, EntityAlreadyExists={"GroupName": "FULL"},
    LimitExceeded={})
iam("GetGroup", {"GroupName": "full"}, NoSuchEntity=NO_GROUP)
iam("UpdateGroup", {"GroupName": "bare"}, NoSuchEntity=NO_GROUP,
    EntityAlreadyExists={"NewGroupName": "FULL"})
iam("DeleteGroup", {"GroupName": "bare"}, NoSuchEntity=NO_GROUP,
    DeleteConflict={"GroupName": "full"})
iam("AddUserToGroup", {"GroupName": "bare", "UserName": "bare"}, NoSuchEntity=NO_USER,
    LimitExceeded={"UserName": "full"})
iam("RemoveUserFromGroup", {"GroupName": "full", "UserName": "full"}, NoSuchEntity=NO_GROUP)
iam("ListGroupsForUser", {"UserName": "bare"}, NoSuchEntity=NO_USER)
KEY_OF_FULL = {"UserName": "full", "AccessKeyId": world.key_of_full}
iam("CreateAccessKey", {"UserName": "bare"}, NoSuchEntity=NO_USER,
    LimitExceeded={"UserName": "full"})
iam("UpdateAccessKey", {**KEY_OF_FULL, "Status": "Active"}, NoSuchEntity={"UserName": "bare"},
    InvalidInput={"Status": "Expired"})
iam("DeleteAccessKey", KEY_OF_FULL, NoSuchEntity={"UserName": "bare"})
iam("ListAccessKeys", {"UserName": "full"}, NoSuchEntity=NO_USER)

# Passwords and the account.
iam("CreateLoginProfile", {"UserName": "bare", "Password": PASSWORD}, NoSuchEntity=NO_USER,
    EntityAlreadyExists={"UserName": "login"}, PasswordPolicyViolation={"Password": "short"})
iam("GetLoginProfile", {"UserName": "login"}, NoSuchEntity={"UserName": "bare"})
iam("UpdateLoginProfile", {"UserName": "login"}, NoSuchEntity={"UserName": "bare"},
    PasswordPolicyViolation={"Password": "short"},
    EntityTemporarilyUnmodifiable=passwords_set_at_once)
iam("DeleteLoginProfile", {"UserName": "login"}, NoSuchEntity={"UserName": "bare"})
CALLERS["iam", "ChangePassword"] = client("iam", world.key_of_changer)
CALLERS["iam", "ChangePassword", "InvalidUserType"] = client("iam", ROOT)
CALLERS["iam", "ChangePassword", "NoSuchEntity"] = client("iam", world.key_without_password)
iam("ChangePassword", {"OldPassword": PASSWORD, "NewPassword": PASSWORD}, InvalidUserType={},
    NoSuchEntity={}, PasswordPolicyViolation={"NewPassword": "short"},
    EntityTemporarilyUnmodifiable=passwords_changed_at_once)
iam("CreateAccountAlias", {"AccountAlias": "other"},
    EntityAlreadyExists={"AccountAlias": "house"})
iam("DeleteAccountAlias", {"AccountAlias": "house"}, NoSuchEntity={"AccountAlias": "other"})
iam("GetCredentialReport", {}, ReportNotPresent={})

# Managed policies and what they are attached to.
iam("CreatePolicy", {"PolicyName": "more", "PolicyDocument": DOCUMENT},
    EntityAlreadyExists={"PolicyName": "OWN"}, InvalidInput={"Tags": TWICE}, LimitExceeded={},
    MalformedPolicyDocument={"PolicyDocument": "{}"})
for name, call, errors in (
    ("GetPolicy", {}, {}), ("ListEntitiesForPolicy", {}, {}), ("ListPolicyVersions", {}, {}),
    ("ListPolicyTags", {}, {}), ("UntagPolicy", {"TagKeys": ["a"]}, {}),
    ("GetPolicyVersion", {"VersionId": "v1"}, {}),
    ("SetDefaultPolicyVersion", {"VersionId": "v1"}, {}),
    ("DeletePolicy", {}, {"DeleteConflict": {}}),
    ("DeletePolicyVersion", {"VersionId": "v2"}, {"DeleteConflict": {"VersionId": "v1"}}),
    ("CreatePolicyVersion", {"PolicyDocument": DOCUMENT}, {
        "LimitExceeded": {}, "MalformedPolicyDocument": {"PolicyDocument": "{}"}}),
    ("TagPolicy", {"Tags": [{"Key": "more", "Value": ""}]}, {"LimitExceeded": {}}),
):
    iam(name, {"PolicyArn": POLICY, **call}, InvalidInput={"PolicyArn": BAD_ARN},
        NoSuchEntity={"PolicyArn": NO_POLICY}, **errors)
for kind in ("User", "Group", "Role"):
    none, full, bare = ({f"{kind}Name": name} for name in ("none", "full", "bare"))
    attached = {"InvalidInput": {"PolicyArn": BAD_ARN}, "NoSuchEntity": none}
    iam(f"Attach{kind}Policy", {**bare, "PolicyArn": READER}, LimitExceeded=full, **attached)
    iam(f"Detach{kind}Policy", {**full, "PolicyArn": READER}, **attached)
    iam(f"ListAttached{kind}Policies", full, NoSuchEntity=none)
    iam(f"Put{kind}Policy", {**bare, "PolicyName": "p", "PolicyDocument": DOCUMENT},
        NoSuchEntity=none, MalformedPolicyDocument={"PolicyDocument": "{}"},
        LimitExceeded={"PolicyDocument": sized(11_000)})
    iam(f"Get{kind}Policy", {**full, "PolicyName": "p"}, NoSuchEntity=none)
    iam(f"Delete{kind}Policy", {**full, "PolicyName": "p"}, NoSuchEntity=none)
    iam(f"List{kind}Policies", full, NoSuchEntity=none)
    if kind == "Group":
        continue
    iam(f"Put{kind}PermissionsBoundary", {**bare, "PermissionsBoundary": READER},
        NoSuchEntity=none, InvalidInput={"PermissionsBoundary": BAD_ARN})
    iam(f"Delete{kind}PermissionsBoundary", full, NoSuchEntity=none)
    iam(f"Tag{kind}", {**full, "Tags": [{"Key": "more", "Value": ""}]}, NoSuchEntity=none,
        InvalidInput={"Tags": TWICE}, LimitExceeded={})
    iam(f"Untag{kind}", {**full, "TagKeys": ["a"]}, NoSuchEntity=none)
    iam(f"List{kind}Tags", full, NoSuchEntity=none)

# Roles and instance profiles.
iam("CreateRole", {"RoleName": "more", "AssumeRolePolicyDocument": TRUST},
    EntityAlreadyExists={"RoleName": "FULL"}, InvalidInput={"Tags": TWICE}, LimitExceeded={},
    MalformedPolicyDocument={"AssumeRolePolicyDocument": "{}"})
iam("GetRole", {"RoleName": "bare"}, NoSuchEntity=NO_ROLE)
iam("UpdateRole", {"RoleName": "bare"}, NoSuchEntity=NO_ROLE)
iam("UpdateRoleDescription", {"RoleName": "bare", "Description": ""}, NoSuchEntity=NO_ROLE)
iam("UpdateAssumeRolePolicy", {"RoleName": "bare", "PolicyDocument": TRUST}, NoSuchEntity=NO_ROLE,
    MalformedPolicyDocument={"PolicyDocument": "{}"},
    LimitExceeded={"PolicyDocument": TRUST.replace("aws:x", "aws:" + "x" * 2048)})
iam("DeleteRole", {"RoleName": "bare"}, NoSuchEntity=NO_ROLE, DeleteConflict={"RoleName": "full"})
NO_PROFILE = {"InstanceProfileName": "none"}
PAIR = {"InstanceProfileName": "full", "RoleName": "full"}
iam("CreateInstanceProfile", {"InstanceProfileName": "more"}, InvalidInput={"Tags": TWICE},
    EntityAlreadyExists={"InstanceProfileName": "FULL"}, LimitExceeded={})
iam("GetInstanceProfile", {"InstanceProfileName": "full"}, NoSuchEntity=NO_PROFILE)
iam("DeleteInstanceProfile", {"InstanceProfileName": "full"}, NoSuchEntity=NO_PROFILE,
    DeleteConflict={})
iam("ListInstanceProfilesForRole", {"RoleName": "full"}, NoSuchEntity=NO_ROLE)
iam("AddRoleToInstanceProfile", PAIR, NoSuchEntity=NO_PROFILE, LimitExceeded={})
iam("RemoveRoleFromInstanceProfile", PAIR, NoSuchEntity=NO_PROFILE)

# Identity providers.
iam("CreateOpenIDConnectProvider", {"Url": "https://more.example.com"}, LimitExceeded={},
    EntityAlreadyExists={"Url": f"https://{world.ADDRESS}"},
    InvalidInput={"ThumbprintList": ["x" * 40]})
for name, call, errors in (
    ("GetOpenIDConnectProvider", {}, {}), ("DeleteOpenIDConnectProvider", {}, {}),
    ("UpdateOpenIDConnectProviderThumbprint", {"ThumbprintList": []}, {}),
    ("AddClientIDToOpenIDConnectProvider", {"ClientID": "more"}, {"LimitExceeded": {}}),
    ("RemoveClientIDFromOpenIDConnectProvider", {"ClientID": "c1"}, {}),
):
    missing = {} if name.startswith("Delete") else {
        "NoSuchEntity": {"OpenIDConnectProviderArn": NO_PROVIDER}}
    iam(name, {"OpenIDConnectProviderArn": PROVIDER, **call}, **missing,
        InvalidInput={"OpenIDConnectProviderArn": BAD_ARN}, **errors)

# MFA devices.
WRONG_CODES = {"AuthenticationCode1": "000000", "AuthenticationCode2": "000001"}
NOT_THERE = {"SerialNumber": NO_SERIAL}
iam("CreateVirtualMFADevice", {"VirtualMFADeviceName": "more"}, InvalidInput={"Tags": TWICE},
    EntityAlreadyExists={"VirtualMFADeviceName": "FREE"}, LimitExceeded={})
iam("EnableMFADevice", {"UserName": "bare", "SerialNumber": world.free, **WRONG_CODES},
    NoSuchEntity=NO_USER, EntityAlreadyExists={"SerialNumber": world.used},
    LimitExceeded={"UserName": "full"}, InvalidAuthenticationCode={})
iam("ResyncMFADevice", {"UserName": "full", "SerialNumber": world.used, **WRONG_CODES},
    NoSuchEntity=NOT_THERE, InvalidAuthenticationCode={})
iam("DeactivateMFADevice", {"UserName": "full", "SerialNumber": world.used}, NoSuchEntity=NOT_THERE)
iam("DeleteVirtualMFADevice", {"SerialNumber": world.free}, NoSuchEntity=NOT_THERE,
    DeleteConflict={"SerialNumber": world.used})
iam("GetMFADevice", {"SerialNumber": world.used}, NoSuchEntity=NOT_THERE)
iam("ListMFADevices", {"UserName": "full"}, NoSuchEntity=NO_USER)
iam("TagMFADevice", {"SerialNumber": world.free, "Tags": [{"Key": "more", "Value": ""}]},
    NoSuchEntity=NOT_THERE, InvalidInput={"Tags": TWICE}, LimitExceeded={})
iam("UntagMFADevice", {"SerialNumber": world.free, "TagKeys": ["a"]}, NoSuchEntity=NOT_THERE)
iam("ListMFADeviceTags", {"SerialNumber": world.free}, NoSuchEntity=NOT_THERE)

# Simulations, and credentials that do not exist here.
NO_ARN = {"PolicySourceArn": USER_ARN.replace("bare", "none")}
ACTIONS = {"ActionNames": ["iam:GetUser"]}
iam("SimulateCustomPolicy", {"PolicyInputList": [DOCUMENT], **ACTIONS},
    InvalidInput={"PolicyInputList": ["{}"]})
iam("SimulatePrincipalPolicy", {"PolicySourceArn": USER_ARN, **ACTIONS}, NoSuchEntity=NO_ARN,
    InvalidInput={"PolicySourceArn": BAD_ARN})
iam("GetContextKeysForCustomPolicy", {}, InvalidInput={"PolicyInputList": ["{}"]})
iam("GetContextKeysForPrincipalPolicy", {"PolicySourceArn": USER_ARN}, NoSuchEntity=NO_ARN,
    InvalidInput={"PolicySourceArn": BAD_ARN})
iam("ListPoliciesGrantingServiceAccess", {"Arn": USER_ARN, "ServiceNamespaces": ["iam"]},
    NoSuchEntity={"Arn": NO_ARN["PolicySourceArn"]}, InvalidInput={"Arn": BAD_ARN})
for name in ("SSHPublicKeys", "SigningCertificates", "ServiceSpecificCredentials"):
    iam(f"List{name}", {"UserName": "bare"}, NoSuchEntity=NO_USER)
# The account never had a password policy.
iam("GetAccountPasswordPolicy", {}, NoSuchEntity={})
iam("DeleteAccountPasswordPolicy", {}, NoSuchEntity={})

# STS.
SESSION = {"RoleArn": ROLE, "RoleSessionName": "s-1"}
LARGE = {"Policy": sized(1500), "PolicyArns": [{"arn": arn} for arn in world.long_arns]}
row("sts", "AssumeRole", SESSION, MalformedPolicyDocument={"Policy": "{}"},
    PackedPolicyTooLarge=LARGE)
row("sts", "GetFederationToken", {"Name": "bob"}, MalformedPolicyDocument={"Policy": "{}"},
    PackedPolicyTooLarge=LARGE)
row("sts", "AssumeRoleWithWebIdentity", {**SESSION, "WebIdentityToken": token()},
    ExpiredTokenException={"WebIdentityToken": token(exp=1)},
    InvalidIdentityToken={"WebIdentityToken": "none"},
    MalformedPolicyDocument={"Policy": "{}"},
    PackedPolicyTooLarge=LARGE)

# AWS IoT.
ALIAS = {"roleAlias": "full", "roleArn": ROLE}
OTHER_TARGET = world.certificate_arn[:-64] + "0" * 64


def device_row(operation, call, name, bad="a b", missing="none", **errors):
    """A row about something with a name, which may be malformed or that of nothing."""
    if missing:
        errors["ResourceNotFoundException"] = {name: missing}
    iot(operation, call, InvalidRequestException={name: bad}, **errors)


THERE = "ResourceAlreadyExistsException"
device_row("CreateThingType", {}, "thingTypeName", missing=None, **{
    THERE: {"thingTypeName": "cam"}})
device_row("DescribeThingType", {}, "thingTypeName")
device_row("DeprecateThingType", {}, "thingTypeName")
device_row("DeleteThingType", {}, "thingTypeName", bad="cam")
iot("CreateThing", {"thingName": "new"}, InvalidRequestException={"thingName": "a b"},
    ResourceNotFoundException={"thingTypeName": "none"},
    ResourceAlreadyExistsException={"thingName": "front", "thingTypeName": "cam"})
device_row("DescribeThing", {}, "thingName")
OLD = {"thingName": "front", "expectedVersion": 7}
device_row("UpdateThing", {}, "thingName", VersionConflictException=OLD)
device_row("DeleteThing", {}, "thingName", VersionConflictException=OLD)
device_row("ListThings", {}, "nextToken", bad="zz", missing=None)
device_row("ListThingTypes", {}, "nextToken", bad="zz", missing=None)
device_row("ListCertificates", {}, "marker", bad="zz", missing=None)
device_row("ListPolicies", {}, "marker", bad="zz", missing=None)
device_row("ListRoleAliases", {}, "marker", bad="zz", missing=None)
device_row("CreateKeysAndCertificate", {}, "setAsActive", bad="maybe", missing=None)
device_row("CreateCertificateFromCsr", {}, "certificateSigningRequest", missing=None)
device_row("RegisterCertificateWithoutCA", {"certificatePem": world.certificate}, "status",
           missing=None, bad="MAYBE", CertificateStateException={"status": "PENDING_TRANSFER"},
           CertificateValidationException={"certificatePem": "none"}, **{THERE: {}})
device_row("DescribeCertificate", {}, "certificateId", missing="0" * 64)
device_row("UpdateCertificate", {"newStatus": "ACTIVE"}, "certificateId", missing="0" * 64,
           CertificateStateException={
               "certificateId": world.certificate_id, "newStatus": "PENDING_TRANSFER"})
device_row("DeleteCertificate", {}, "certificateId", missing="0" * 64,
           CertificateStateException={"certificateId": world.certificate_id},
           DeleteConflictException={"certificateId": world.retired_id})
device_row("CreatePolicy", {"policyDocument": DOCUMENT}, "policyName", missing=None,
           MalformedPolicyException={"policyName": "new", "policyDocument": "{}"}, **{
               THERE: {"policyName": "p0"}})
device_row("GetPolicy", {}, "policyName")
device_row("DeletePolicy", {}, "policyName", DeleteConflictException={"policyName": "p0"})
device_row("ListTargetsForPolicy", {}, "policyName")
device_row("CreateRoleAlias", {"roleArn": ROLE}, "roleAlias", missing=None,
           LimitExceededException={"roleAlias": "more"}, **{THERE: {"roleAlias": "full"}})
device_row("DescribeRoleAlias", {}, "roleAlias")
device_row("UpdateRoleAlias", {}, "roleAlias")
device_row("DeleteRoleAlias", {}, "roleAlias")
for name, member in (("AttachPolicy", "target"), ("AttachPrincipalPolicy", "principal")):
    iot(name, {"policyName": "p10", member: world.certificate_arn},
        InvalidRequestException={member: OTHER_TARGET[:-1]}, LimitExceededException={},
        ResourceNotFoundException={member: OTHER_TARGET})
iot("DetachPolicy", {"policyName": "p0"}, InvalidRequestException={"target": OTHER_TARGET[:-1]})
iot("DetachPrincipalPolicy", {"policyName": "p0"},
    InvalidRequestException={"principal": OTHER_TARGET[:-1]},
    ResourceNotFoundException={"principal": OTHER_TARGET})
device_row("ListAttachedPolicies", {}, "target", OTHER_TARGET[:-1], OTHER_TARGET)
device_row("ListPrincipalThings", {}, "principal", OTHER_TARGET[:-1], OTHER_TARGET)
device_row("ListThingPrincipals", {}, "thingName")
for name in ("AttachThingPrincipal", "DetachThingPrincipal"):
    iot(name, {"thingName": "front", "principal": world.certificate_arn},
        InvalidRequestException={"principal": OTHER_TARGET[:-1]},
        ResourceNotFoundException={"thingName": "none"})
device_row("DescribeEndpoint", {}, "endpointType", bad="iot:Data", missing=None)


def served():
    """Service and operation of what docs/compat.txt says is served."""
    with open(sys.argv[1], encoding="utf-8") as lines:
        words = [line.split() for line in lines if not line.startswith("#")]
    return [(line[0], line[1]) for line in words if line and line[0] in CLIENTS]


def documented(service, operation):
    """Status by code of the errors that an operation is documented to raise."""
    model = CLIENTS[service].meta.service_model.operation_model(operation)
    errors = ((shape.name, shape.metadata.get("error", {})) for shape in model.error_shapes)
    return {error.get("code", name): error["httpStatusCode"] for name, error in errors}


def provoke(service, operation, code, status):
    """Raises an error, once."""
    call, errors = ROWS[service, operation]
    if callable(errors[code]):
        return errors[code]()
    caller = CALLERS.get((service, operation, code)) or CALLERS.get((service, operation))
    caller = caller or CLIENTS[service]
    names = {api: name for name, api in caller.meta.method_to_api_mapping.items()}
    return refused(code, status, getattr(caller, names[operation]), **{**call, **errors[code]})


CLIENTS = {service: client(service) for service in ("iam", "sts", "iot")}
CALLERS["sts", "AssumeRoleWithWebIdentity"] = world.unsigned
errors_of = {(*one, code): status for one in served() for code, status in documented(*one).items()}
for (service, operation, code), status in errors_of.items():
    is_provoked = code in ROWS.get((service, operation), ({}, {}))[1]
    why = reason(service, operation, code)
    check(f"{service} {operation} {code}: raised or said why not", is_provoked != bool(why))
    if is_provoked:
        provoke(service, operation, code, status)
for one, (_, errors) in ROWS.items():
    check(f"{one}: its errors are documented",
          [code for code in errors if (*one, code) not in errors_of], [])
for entry in ENTRIES:
    used = [one for one in errors_of if reason(*one) == entry[3] and one[2] == entry[2]]
    check(f"{entry}: says why something is not raised", bool(used))
finish()

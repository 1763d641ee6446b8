"""Every operation that the server has, asked by the administrator of one account about the
things of another: nothing is seen, changed or learnt. The operations come from the server's
own table (OPERATIONS, and OWN for what is no operation of AWS), so that none is without a
case.
OTHER is the key of the other account."""

import http.client
import json
import os
import time
import urllib.parse

import boto3
from botocore import UNSIGNED
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.model import ListShape

from checks import ACCOUNT, REGION, UNCHECKED, check, client, finish

URL = urllib.parse.urlsplit(os.environ["AWS_ENDPOINT_URL"])
OPERATIONS, OWN = json.loads(os.environ["OPERATIONS"]), json.loads(os.environ["OWN"])
NAME = "theirs"
ALLOW = json.dumps({"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Action": "*", "Resource": "*"}]})
TRUST = json.dumps({"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"}]})
PASSWORD = "Correct-Horse-1"
SELECTOR = {"FragmentSelectorType": "SERVER_TIMESTAMP",
            "TimestampRange": {"StartTimestamp": 1, "EndTimestamp": 4_000_000_000}}

# What an operation answers to B about A's things. Operations on a stream are asked by name
# and by ARN.
MISSING = "NoSuchEntity"
DENIED = "AccessDenied"
CASES = {
    "iam": {
        MISSING: """
            AddRoleToInstanceProfile AddUserToGroup AttachGroupPolicy AttachRolePolicy
            AttachUserPolicy CreateAccessKey
            CreateLoginProfile DeactivateMFADevice DeleteAccessKey DeleteAccountAlias
            DeleteAccountPasswordPolicy DeleteGroup DeleteGroupPolicy DeleteInstanceProfile
            DeleteLoginProfile DeleteRole DeleteRolePermissionsBoundary DeleteRolePolicy
            DeleteUser DeleteUserPermissionsBoundary DeleteUserPolicy DetachGroupPolicy
            DetachRolePolicy DetachUserPolicy EnableMFADevice GetAccessKeyLastUsed
            GetAccountPasswordPolicy GetGroup GetGroupPolicy GetInstanceProfile GetLoginProfile
            GetMFADevice GetRole GetRolePolicy GetUser GetUserPolicy ListAccessKeys
            ListAttachedGroupPolicies ListAttachedRolePolicies ListAttachedUserPolicies
            ListGroupPolicies ListGroupsForUser ListInstanceProfilesForRole ListMFADevices
            ListRolePolicies ListRoleTags ListSSHPublicKeys ListServiceSpecificCredentials
            ListSigningCertificates ListUserPolicies ListUserTags PutGroupPolicy
            PutRolePermissionsBoundary PutRolePolicy PutUserPermissionsBoundary PutUserPolicy
            RemoveRoleFromInstanceProfile RemoveUserFromGroup ResyncMFADevice TagRole TagUser
            UntagRole UntagUser UpdateAccessKey UpdateAssumeRolePolicy UpdateGroup
            UpdateLoginProfile UpdateRole UpdateRoleDescription UpdateUser ChangePassword""",
        DENIED: """
            AddClientIDToOpenIDConnectProvider CreatePolicyVersion DeleteOpenIDConnectProvider
            DeletePolicy DeletePolicyVersion
            DeleteVirtualMFADevice GetContextKeysForPrincipalPolicy GetOpenIDConnectProvider
            GetPolicy GetPolicyVersion ListEntitiesForPolicy ListMFADeviceTags
            ListPoliciesGrantingServiceAccess ListPolicyTags ListPolicyVersions
            RemoveClientIDFromOpenIDConnectProvider SetDefaultPolicyVersion
            SimulatePrincipalPolicy TagMFADevice TagPolicy UntagMFADevice UntagPolicy
            UpdateOpenIDConnectProviderThumbprint""",
        # Aliases are the server's: whose one is, everybody can see at the sign-in page.
        "EntityAlreadyExists": "CreateAccountAlias",
        "its own": """
            CreateGroup CreateInstanceProfile CreateOpenIDConnectProvider CreatePolicy CreateRole
            CreateUser CreateVirtualMFADevice GenerateCredentialReport GetAccountSummary
            GetAccountAuthorizationDetails GetContextKeysForCustomPolicy GetCredentialReport
            ListAccountAliases ListGroups ListInstanceProfiles ListOpenIDConnectProviders
            ListPolicies ListRoles ListSAMLProviders ListServerCertificates ListUsers
            ListVirtualMFADevices SimulateCustomPolicy UpdateAccountPasswordPolicy""",
    },
    "sts": {
        DENIED: "AssumeRole GetSessionToken",
        "InvalidIdentityToken": "AssumeRoleWithWebIdentity",
        # Whose a key is, AWS tells everybody.
        "A's account": "GetAccessKeyInfo",
        "its own": "GetCallerIdentity GetFederationToken",
        "NotImplementedException": "AssumeRoleWithSAML",
    },
    "iot": {
        "ResourceNotFoundException": """
            CreateThing DeletePolicy DeleteRoleAlias DeleteThing DeleteThingType
            DeprecateThingType DescribeRoleAlias DescribeThing DescribeThingType GetPolicy
            ListTargetsForPolicy
            ListThingPrincipals UpdateRoleAlias UpdateThing DescribeCertificate UpdateCertificate
            DeleteCertificate""",
        # It takes the certificate, which A alone has.
        "ResourceAlreadyExistsException": "RegisterCertificateWithoutCA",
        "AccessDeniedException": """
            AttachPolicy AttachPrincipalPolicy AttachThingPrincipal CreateRoleAlias
            DetachPolicy DetachPrincipalPolicy DetachThingPrincipal ListPrincipalThings""",
        # What is no certificate of the caller's, there or not; no listener for devices; no CSR.
        "InvalidRequestException": """
            ListAttachedPolicies DescribeEndpoint CreateCertificateFromCsr""",
        "its own": """
            CreateKeysAndCertificate CreatePolicy CreateThingType ListCertificates
            ListPolicies ListRoleAliases ListThingTypes ListThings""",
    },
    "kinesisvideo": {
        "ResourceNotFoundException AccessDeniedException": """
            DeleteStream DescribeStream DescribeStreamStorageConfiguration GetDataEndpoint
            ListTagsForResource ListTagsForStream TagResource TagStream UntagResource UntagStream
            UpdateDataRetention UpdateStream UpdateStreamStorageConfiguration""",
        "its own": "CreateStream ListStreams",
    },
    "kinesis-video-media": {
        "ResourceNotFoundException AccessDeniedException": "GetMedia PutMedia",
    },
    "kinesis-video-archived-media": {
        "ResourceNotFoundException AccessDeniedException":
            "GetHLSStreamingSessionURL GetMediaForFragmentList ListFragments",
    },
    "kinesis-video-signaling": {},
    "kinesis-video-webrtc-storage": {},
}
# What answers the same to everybody, or tells only what the caller has.
OWN_CASES = {
    "GET /_kinora/streams/{name}/findings": 404,
    "GET /_kinora/streams": 200,
    "GET /_kinora/streams/{name}/status": 404,
    "GET /_kinora/streams/{name}/timeline": 404,
    "GET /_kinora/streams/{name}/strictness": 404,
    "PUT /_kinora/streams/{name}/strictness": 404,
    "GET /_kinora/usage": 200,
    "GET /_kinora/decisions/{request-id}": 404,
    "GET /_kinora/audit": 200,
    "PUT /_kinora/oidc-providers/{address}/keys": 404,
    "GET /_kinora/ca.pem": 200,
    "GET /_kinora/health": 200,
    "/_kinora/operator/{rest}": 403,
}
# It stands in everything of A's that takes a text.
SECRET = "known to A alone"


def as_key(made):
    return {"AccessKeyId": made["accessKeyId"], "SecretAccessKey": made["secretAccessKey"]}


def boss(key):
    """An administrator of the other account, and its key."""
    iam = client("iam", key)
    iam.create_user(UserName="boss")
    iam.attach_user_policy(UserName="boss",
                           PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
    return iam.create_access_key(UserName="boss")["AccessKey"]


def build():
    """A's things, all of one name; what B knows of them."""
    iam, iot, kvs = client("iam"), client("iot"), client("kinesisvideo")
    tags = [{"Key": "note", "Value": SECRET}]
    user = iam.create_user(UserName=NAME, Tags=tags)["User"]
    iam.create_login_profile(UserName=NAME, Password=PASSWORD)
    key = iam.create_access_key(UserName=NAME)["AccessKey"]
    iam.create_group(GroupName=NAME)
    iam.add_user_to_group(GroupName=NAME, UserName=NAME)
    role = iam.create_role(RoleName=NAME, AssumeRolePolicyDocument=TRUST, Description=SECRET,
                           Tags=tags)["Role"]
    policy = iam.create_policy(PolicyName=NAME, PolicyDocument=ALLOW, Description=SECRET)["Policy"]
    for kind in ("user", "group", "role"):
        name = {kind.capitalize() + "Name": NAME}
        getattr(iam, f"attach_{kind}_policy")(PolicyArn=policy["Arn"], **name)
        getattr(iam, f"put_{kind}_policy")(PolicyName=NAME, PolicyDocument=ALLOW, **name)
    iam.create_instance_profile(InstanceProfileName=NAME)
    iam.add_role_to_instance_profile(InstanceProfileName=NAME, RoleName=NAME)
    device = iam.create_virtual_mfa_device(VirtualMFADeviceName=NAME, Tags=tags)
    provider = iam.create_open_id_connect_provider(
        Url="https://theirs.example.com", ClientIDList=["app"])["OpenIDConnectProviderArn"]
    iam.create_account_alias(AccountAlias=NAME)
    iam.update_account_password_policy(MinimumPasswordLength=11)
    kvs.tag_stream(StreamName=NAME, Tags={"note": SECRET})
    stream = kvs.describe_stream(StreamName=NAME)
    fragment = client("kinesis-video-archived-media").list_fragments(
        StreamName=NAME, FragmentSelector=SELECTOR)["Fragments"][0]["FragmentNumber"]
    iot.create_thing_type(thingTypeName=NAME)
    iot.create_thing(thingName=NAME, attributePayload={"attributes": {"note": "known-to-A"}})
    iot.create_policy(policyName=NAME, policyDocument=ALLOW)
    iot.create_role_alias(roleAlias=NAME, roleArn=role["Arn"])
    certificate = iot.create_keys_and_certificate(setAsActive=True)
    iot.attach_policy(policyName=NAME, target=certificate["certificateArn"])
    iot.attach_thing_principal(thingName=NAME, principal=certificate["certificateArn"])
    markers = [ACCOUNT, SECRET, "known-to-A", user["UserId"], key["AccessKeyId"], fragment,
               certificate["certificateId"]]
    return {
        "UserName": NAME, "RoleName": NAME, "GroupName": NAME, "PolicyName": NAME,
        "InstanceProfileName": NAME, "VirtualMFADeviceName": NAME, "AccountAlias": NAME,
        "PolicyArn": policy["Arn"], "PermissionsBoundary": policy["Arn"], "Arn": user["Arn"],
        "PolicySourceArn": user["Arn"], "SerialNumber": device["VirtualMFADevice"]["SerialNumber"],
        "AccessKeyId": key["AccessKeyId"], "OpenIDConnectProviderArn": provider,
        "RoleArn": role["Arn"], "StreamName": NAME, "StreamARN": stream["StreamInfo"]["StreamARN"],
        "ResourceARN": stream["StreamInfo"]["StreamARN"], "Fragments": [fragment],
        "CurrentVersion": stream["StreamInfo"]["Version"], "thingName": NAME,
        "thingTypeName": NAME, "policyName": NAME, "roleAlias": NAME, "roleArn": role["Arn"],
        "certificateId": certificate["certificateId"],
        "certificatePem": certificate["certificatePem"],
        "target": certificate["certificateArn"], "principal": certificate["certificateArn"],
    }, markers, stream["ResponseMetadata"]["RequestId"]


# What operations need besides, by member.
PLAIN = {
    "PolicyDocument": ALLOW, "policyDocument": ALLOW, "Password": PASSWORD, "VersionId": "v1",
    "AssumeRolePolicyDocument": ALLOW.replace('"Resource": "*"', '"Principal": {"AWS": "*"}')
    .replace('"*", "Pr', '"sts:AssumeRole", "Pr'),
    "AuthenticationCode1": "123456", "AuthenticationCode2": "234567", "Status": "Inactive",
    "ClientID": "other", "ClientIDList": ["other"], "ThumbprintList": ["0" * 40],
    "Url": "https://theirs.example.com", "ActionNames": ["iam:GetUser"],
    "PolicyInputList": [ALLOW], "ServiceNamespaces": ["iam"], "OldPassword": PASSWORD,
    "NewPassword": PASSWORD + "2", "Description": "changed", "RoleSessionName": "session",
    "WebIdentityToken": "abcd", "Name": NAME, "newStatus": "INACTIVE",
    "Operation": "INCREASE_DATA_RETENTION", "DataRetentionChangeInHours": 1,
    "APIName": "GET_MEDIA", "StreamStorageConfiguration": {"DefaultStorageTier": "WARM"},
    "StartSelector": {"StartSelectorType": "EARLIEST"}, "FragmentSelector": SELECTOR,
    "certificateSigningRequest": "none", "endpointType": "iot:CredentialProvider",
    "TagKeyList": ["note"], "TagKeys": ["note"],
}


def arguments(operation, known):
    """Whatever an operation must be given, and every way to name something of A's."""
    given = {}
    shape = operation.input_shape
    for member, of in shape.members.items() if shape else ():
        required = member in shape.required_members
        if member == "Tags" and required:
            pairs = isinstance(of, ListShape)
            given[member] = [{"Key": "note", "Value": "x"}] if pairs else {"note": "x"}
        elif member in known and (required or member != "PermissionsBoundary"):
            given[member] = known[member]
        elif required or member in ("FragmentSelector", "Description"):
            given[member] = PLAIN[member]
    return given


def outcome(call, given):
    """The error's code and message, or nothing and the answer."""
    try:
        answer = call(**given)
    except ClientError as error:
        return error.response["Error"]["Code"], error.response["Error"].get("Message", "")
    if "Payload" in answer:
        answer["Payload"] = answer["Payload"].read()
    answer.pop("ResponseMetadata")
    return None, str(answer)


def signed(method, path, key, headers=None, body=b""):
    """A signed request: status and answer."""
    request = AWSRequest(method, URL.geturl() + path, headers or {}, body)
    names = key["AccessKeyId"], key["SecretAccessKey"]
    credentials = boto3.Session(*names).get_credentials().get_frozen_credentials()
    SigV4Auth(credentials, "kinesisvideo", REGION).add_auth(request)
    connection = http.client.HTTPConnection(URL.netloc)
    connection.request(method, path, body, dict(request.headers))
    answer = connection.getresponse()
    return answer.status, answer.read().decode()


def put_media(key):
    """PutMedia, which botocore does not have."""
    def call(**given):
        name, value = next(iter(given.items()))
        header = {"StreamName": "x-amzn-stream-name", "StreamARN": "x-amzn-stream-arn"}[name]
        status, text = signed("POST", "/putMedia", key, {
            header: value, "x-amzn-fragment-timecode-type": "RELATIVE"})
        code = {404: "ResourceNotFoundException", 403: "AccessDeniedException"}.get(status, status)
        raise ClientError({"Error": {"Code": code, "Message": text}}, "PutMedia")
    return call


def snapshot():
    """Everything of A's."""
    iam, iot = client("iam"), client("iot")
    archive = client("kinesis-video-archived-media")
    kvs = client("kinesisvideo")
    certificates = iot.list_certificates()["certificates"]
    target = certificates[0]["certificateArn"]
    answers = [
        iam.get_account_authorization_details(), iam.list_access_keys(UserName=NAME),
        iam.get_login_profile(UserName=NAME), iam.list_virtual_mfa_devices(),
        iam.get_account_password_policy(), iam.list_account_aliases(), iam.get_account_summary(),
        iam.list_mfa_device_tags(SerialNumber=f"arn:aws:iam::{ACCOUNT}:mfa/{NAME}"),
        iam.get_open_id_connect_provider(OpenIDConnectProviderArn=iam
            .list_open_id_connect_providers()["OpenIDConnectProviderList"][0]["Arn"]),
        iam.list_user_tags(UserName=NAME), iam.list_instance_profiles(),
        iot.list_things(), iot.list_thing_types(), iot.get_policy(policyName=NAME),
        iot.list_role_aliases(), iot.describe_role_alias(roleAlias=NAME),
        iot.list_attached_policies(target=target), iot.list_principal_things(principal=target),
        iot.describe_certificate(certificateId=certificates[0]["certificateId"]),
        kvs.list_streams(), kvs.list_tags_for_stream(StreamName=NAME),
        kvs.describe_stream_storage_configuration(StreamName=NAME),
        archive.list_fragments(StreamName=NAME, FragmentSelector=SELECTOR),
    ]
    for answer in answers:
        answer.pop("ResponseMetadata")
    return str(answers)


def expectation(service, name):
    """What the cases say; an operation that they do not know is not served."""
    for expected, names in CASES[service].items():
        if name in names.split():
            return expected
    return "NotImplementedException"


def ask(service, name, key, known, markers):
    """One operation, in every way that it can be asked."""
    expected = expectation(service, name)
    if name == "PutMedia":
        call, given = put_media(key), {n: known[n] for n in ("StreamName", "StreamARN")}
    else:
        asker = client(service, key)
        if name.startswith("AssumeRoleWith"):
            asker = boto3.client(service, config=Config(
                signature_version=UNSIGNED).merge(UNCHECKED))
        methods = {of: method for method, of in asker.meta.method_to_api_mapping.items()}
        call = getattr(asker, methods[name])
        given = arguments(asker.meta.service_model.operation_model(name), known) \
            if expected != "NotImplementedException" else {}
    ways = [given]
    if expected.startswith("ResourceNotFoundException Acc"):
        arns = ("StreamARN", "ResourceARN")
        by_arn = {member: value for member, value in given.items() if member != "StreamName"}
        ways = [by_arn] if any(arn in given for arn in arns) else []
        if "StreamName" in given:
            by_name = {member: value for member, value in given.items() if member not in arns}
            ways.append(by_name)
    for given in ways:
        code, text = outcome(call, given)
        what = f"{service} {name} {given}"[:200]
        if expected == "its own":
            check(what, code, None)
            check(f"{what}: shows", [m for m in markers if m in text], [])
        elif expected == "A's account":
            check(what, (code, "'Account': '" + ACCOUNT in text), (None, True))
        else:
            codes = expected.split()
            by_name = "StreamName" in given or len(codes) == 1
            check(what, code, codes[0] if by_name else codes[1])
            check(f"{what}: tells", [m for m in markers[1:4] if m in text], [])


def own_things(key, known):
    """A's policies, keys and devices at B's own user, role and group."""
    iam = client("iam", key)
    iam.create_user(UserName="own")
    iam.create_group(GroupName="own")
    iam.create_role(RoleName="own", AssumeRolePolicyDocument=PLAIN["AssumeRolePolicyDocument"])
    names = {"UserName": "own", "GroupName": "own", "RoleName": "own"}
    for name in ("AttachUserPolicy AttachGroupPolicy AttachRolePolicy DetachUserPolicy "
                 "DetachGroupPolicy DetachRolePolicy PutUserPermissionsBoundary "
                 "PutRolePermissionsBoundary DeactivateMFADevice EnableMFADevice ResyncMFADevice "
                 "GetMFADevice UpdateAccessKey DeleteAccessKey").split():
        model = iam.meta.service_model.operation_model(name)
        methods = {of: method for method, of in iam.meta.method_to_api_mapping.items()}
        given = arguments(model, {**known, **names})
        code, _ = outcome(getattr(iam, methods[name]), given)
        check(f"{name} {given}"[:200], code, MISSING)
    for kind in ("role", "user", "group"):
        getattr(iam, f"delete_{kind}")(**{kind.capitalize() + "Name": "own"})


def own_paths(key, markers, request_id):
    """What is no operation of AWS."""
    paths = {
        "{name}": NAME, "{request-id}": request_id, "{address}": "theirs.example.com",
        "{rest}": "accounts"}
    for own in OWN:
        method, path = own.split(" ") if " " in own else ("POST", own)
        for hole, value in paths.items():
            path = path.replace(hole, value)
        status, text = signed(method, path, key)
        check(own, status, OWN_CASES[own])
        check(f"{own}: tells", [m for m in markers[1:4] if m in text], [])


def others(key, known):
    """Media, playback, sessions and sign-in by what was A's."""
    kvs, archive = client("kinesisvideo", key), client("kinesis-video-archived-media", key)
    kvs.create_stream(StreamName="own", DataRetentionInHours=1)
    for asker, name, has_media in ((archive, "own", False),
                                   (client("kinesis-video-archived-media"), NAME, True)):
        _, media = outcome(asker.get_media_for_fragment_list, {
            "StreamName": name, "Fragments": known["Fragments"]})
        check(f"media of A's fragment in {name}", len(media) > 2000, has_media)
    listed = archive.list_fragments(StreamName="own", FragmentSelector=SELECTOR)["Fragments"]
    check("no fragments", listed, [])
    url = client("kinesis-video-archived-media").get_hls_streaming_session_url(
        StreamName=NAME, PlaybackMode="ON_DEMAND", HLSFragmentSelector={
            **SELECTOR, "TimestampRange": {"StartTimestamp": time.time() - 3600,
                                           "EndTimestamp": time.time() - 1}})
    parts = urllib.parse.urlsplit(url["HLSStreamingSessionURL"])
    token = parts.query.split("=", 1)[1]
    for forged in (token[:-1] + ("A" if token[-1] != "A" else "B"), token[::-1], ""):
        connection = http.client.HTTPConnection(URL.netloc)
        connection.request("GET", f"{parts.path}?SessionToken={forged}")
        check("a forged session", connection.getresponse().status in (401, 403), True)
    ours, theirs = (client("sts", k).get_session_token()["Credentials"] for k in (None, key))
    mixed = {**theirs, "SessionToken": ours["SessionToken"]}
    check("another's token", outcome(client("sts", mixed).get_caller_identity, {})[0],
          "InvalidClientTokenId")
    connection = http.client.HTTPConnection(URL.netloc)
    body = urllib.parse.urlencode({"userName": "boss", "password": PASSWORD})
    client("iam", key).create_login_profile(UserName="boss", Password=PASSWORD)
    for account, status in ((NAME, 401), (ACCOUNT, 401),
                            (client("sts", key).get_caller_identity()["Account"], 200)):
        connection.request("POST", f"/signin/{account}", body, {
            "content-type": "application/x-www-form-urlencoded"})
        answer = connection.getresponse()
        check(f"sign in at {account}", (answer.status, answer.read() != b""), (status, True))


def main():
    key = boss(as_key(json.loads(os.environ["OTHER"])))
    known, markers, request_id = build()
    before = snapshot()
    own_things(key, known)
    # What makes things of B's own comes last: then it has things of A's names.
    ordered = sorted(OPERATIONS, key=lambda pair: (expectation(*pair) == "its own", pair))
    own_paths(key, markers, request_id)
    for service, name in ordered:
        ask(service, name, key, known, markers)
    others(key, known)
    check("A's things", snapshot(), before)
    table = {(service, name) for service, cases in CASES.items()
             for names in cases.values() for name in names.split()}
    check("cases of nothing", sorted(table - {tuple(pair) for pair in OPERATIONS}), [])
    check("our own", sorted(OWN_CASES), sorted(OWN))
    finish()


main()

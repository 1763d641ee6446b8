"""An account in which everything that `errors.py` runs into is there: names that are taken,
quotas that are used up, things that others hang on. Made when it is imported."""

import json
import time

import boto3
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

from checks import ACCOUNT, client, totp
from id_tokens import KEYS, PROVIDER as ADDRESS, put_keys

ARN = f"arn:aws:iam::{ACCOUNT}:"
AWS = "arn:aws:iam::aws:policy/"
READER = AWS + "AmazonKinesisVideoStreamsReadOnlyAccess"
USER_ARN, ROLE = ARN + "user/bare", ARN + "role/assumed"
BAD_ARN = "arn:aws:iam::nobody:what/ever"
NO_POLICY, NO_PROVIDER = ARN + "policy/none", ARN + "oidc-provider/none.example.com"
NO_SERIAL = ARN + "mfa/none"
PASSWORD = "Correct-Horse-1"
TWICE = [{"Key": "team", "Value": "a"}, {"Key": "TEAM", "Value": "b"}]
FIFTY = [{"Key": f"t{n}", "Value": ""} for n in range(50)]
DOCUMENT = json.dumps({"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Action": "iot:*", "Resource": "*"}]})


def trusting(principal, action="sts:AssumeRole"):
    """A statement of a trust policy."""
    return {"Effect": "Allow", "Principal": principal, "Action": [action, "sts:TagSession"]}


TRUST = json.dumps({"Version": "2012-10-17", "Statement": [{
    **trusting({"AWS": ACCOUNT}), "Condition": {"StringNotEquals": {"aws:x": "x"}}}]})

iam, iot = client("iam"), client("iot")
unsigned = boto3.client("sts", config=Config(
    signature_version=UNSIGNED, parameter_validation=False))


def filled(create, name):
    """Makes things until a quota says that there are enough; the answers."""
    answers = []
    for number in range(100):
        try:
            answers.append(create(**{name: f"filler{number}"}))
        except ClientError as error:
            if error.response["Error"]["Code"] in ("LimitExceeded", "LimitExceededException"):
                return answers
            raise
    raise AssertionError(f"no quota: {name}")


def key_of(user):
    """A key of a user."""
    return iam.create_access_key(UserName=user)["AccessKey"]


def device(name, **more):
    """A virtual MFA device."""
    return iam.create_virtual_mfa_device(VirtualMFADeviceName=name, **more)["VirtualMFADevice"]


def enable(one, user):
    """Assigns a device."""
    seed, now = one["Base32StringSeed"].decode(), time.time()
    iam.enable_mfa_device(
        UserName=user, SerialNumber=one["SerialNumber"],
        AuthenticationCode1=totp(seed, now - 30), AuthenticationCode2=totp(seed, now))


# Users and roles that have all they can have, and such that have nothing.
iam.create_role(RoleName="full", AssumeRolePolicyDocument=TRUST, Tags=FIFTY)
iam.create_role(RoleName="bare", AssumeRolePolicyDocument=TRUST)
for user in ("bare", "login", "changer", "keyed"):
    iam.create_user(UserName=user)
iam.create_user(UserName="full", Tags=FIFTY)
for group in ("full", "bare"):
    iam.create_group(GroupName=group)
key_of_full, _ = key_of("full")["AccessKeyId"], key_of("full")
key_of_changer, key_without_password = key_of("changer"), key_of("keyed")
for user in ("login", "changer"):
    iam.create_login_profile(UserName=user, Password=PASSWORD)
for user in ("changer", "keyed"):
    iam.put_user_policy(UserName=user, PolicyName="p", PolicyDocument=DOCUMENT.replace(
        "iot:*", "iam:ChangePassword"))
long_path = "/" + "x" * 510 + "/"
long_arns = [iam.create_policy(
    PolicyName=f"{n:0128}", Path=long_path, PolicyDocument=DOCUMENT)["Policy"]["Arn"]
    for n in range(10)]
POLICY = iam.create_policy(PolicyName="own", PolicyDocument=DOCUMENT, Tags=FIFTY)["Policy"]["Arn"]
for _ in range(4):
    iam.create_policy_version(PolicyArn=POLICY, PolicyDocument=DOCUMENT)
for kind in ("User", "Group", "Role"):
    named = {f"{kind}Name": "full"}
    lower = kind.lower()
    getattr(iam, f"put_{lower}_policy")(**named, PolicyName="p", PolicyDocument=DOCUMENT)
    for arn in long_arns:
        getattr(iam, f"attach_{lower}_policy")(**named, PolicyArn=arn)
iam.create_account_alias(AccountAlias="house")
iam.create_instance_profile(InstanceProfileName="full")
iam.add_role_to_instance_profile(InstanceProfileName="full", RoleName="full")

# A provider, a role for its users, and sessions.
PROVIDER = iam.create_open_id_connect_provider(
    Url=f"https://{ADDRESS}", ThumbprintList=["0" * 40],
    ClientIDList=["kinora"] + [f"c{n}" for n in range(99)])["OpenIDConnectProviderArn"]
put_keys(KEYS)
iam.create_role(RoleName="assumed", AssumeRolePolicyDocument=json.dumps({
    "Version": "2012-10-17", "Statement": [
        trusting({"AWS": ACCOUNT}),
        trusting({"Federated": PROVIDER}, "sts:AssumeRoleWithWebIdentity")]}))

# MFA devices: eight of a user's, one that is nobody's.
free = device("free", Tags=FIFTY)["SerialNumber"]
devices = [device(f"of-full-{n}") for n in range(8)]
used = devices[0]["SerialNumber"]
for each in devices:
    enable(each, "full")

# What is left of the quotas.
groups = filled(iam.create_group, "GroupName")
for answer in groups[:9]:
    iam.add_user_to_group(GroupName=answer["Group"]["GroupName"], UserName="full")
iam.add_user_to_group(GroupName="full", UserName="full")
filled(iam.create_user, "UserName")
filled(lambda **name: iam.create_role(**name, AssumeRolePolicyDocument=TRUST), "RoleName")
filled(lambda **name: iam.create_policy(**name, PolicyDocument=DOCUMENT), "PolicyName")
filled(iam.create_instance_profile, "InstanceProfileName")
filled(lambda Url: iam.create_open_id_connect_provider(Url=f"https://{Url}"), "Url")
filled(iam.create_virtual_mfa_device, "VirtualMFADeviceName")

# Devices: a thing with a certificate that is in use, one that is not any more.
iot.create_thing_type(thingTypeName="cam")
iot.create_thing(thingName="front")
made = iot.create_keys_and_certificate(setAsActive=True)
certificate, certificate_id = made["certificatePem"], made["certificateId"]
certificate_arn = made["certificateArn"]
retired = iot.create_keys_and_certificate(setAsActive=False)
retired_id = retired["certificateId"]
for number in range(11):
    iot.create_policy(policyName=f"p{number}", policyDocument=DOCUMENT)
for number in range(10):
    iot.attach_policy(policyName=f"p{number}", target=certificate_arn)
iot.attach_policy(policyName="p0", target=retired["certificateArn"])
iot.create_role_alias(roleAlias="full", roleArn=ROLE)
filled(lambda roleAlias: iot.create_role_alias(roleAlias=roleAlias, roleArn=ROLE), "roleAlias")

"""Temporary credentials as boto3 sees them: made in every way, limited by policies, refused
in AWS's words, and void when whoever they stand for is gone. Prints what was not as AWS
documents it, and a count."""

import datetime
import http.client
import json
import os
import time
import urllib.parse
import urllib.request

import boto3
from botocore.exceptions import ClientError

from checks import ACCOUNT, REGION, ROOT, check, client, finish, refused, totp

ENDPOINT = os.environ["AWS_ENDPOINT_URL"]


def policy(*statements):
    """A policy document."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(action, resource="*", **more):
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def trust(principal, action="sts:AssumeRole", **more):
    return policy({"Effect": "Allow", "Principal": principal, "Action": action, **more})


iam, sts, kvs = boto3.client("iam"), boto3.client("sts"), boto3.client("kinesisvideo")


def user(name, *statements):
    """A user with a policy and a key."""
    iam.create_user(UserName=name)
    if statements:
        iam.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=policy(*statements))
    return iam.create_access_key(UserName=name)["AccessKey"]


ana = user("ana", allow("sts:*"), allow("kinesisvideo:*"))
ben = user("ben")
ana_sts, ben_sts = client("sts", ana), client("sts", ben)
root_sts = client("sts", ROOT)
ana_arn, ben_arn = (f"arn:aws:iam::{ACCOUNT}:user/{name}" for name in ("ana", "ben"))
kvs.create_stream(StreamName="front")
kvs.create_stream(StreamName="back")


def role(name, trusted, *statements, **more):
    """A role; its ARN."""
    made = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trusted, **more)["Role"]
    if statements:
        iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=policy(*statements))
    return made["Arn"]


# Trust: the account delegates, a name is enough, and what is missing is not told.
watch = role(
    "watch",
    trust({"AWS": ACCOUNT}),
    allow("kinesisvideo:Describe*", f"arn:aws:kinesisvideo:*:*:stream/front/*"),
    Path="/site/",
    MaxSessionDuration=7200,
)
check("its path", watch, f"arn:aws:iam::{ACCOUNT}:role/site/watch")
answer = ana_sts.assume_role(RoleArn=watch, RoleSessionName="s-1", DurationSeconds=7200)
session = answer["Credentials"]
check("asia", session["AccessKeyId"][:4], "ASIA")
check("secret", len(session["SecretAccessKey"]), 40)
check("token fits the C SDK", len(session["SessionToken"]) <= 2047, True)
left = session["Expiration"] - datetime.datetime.now(datetime.timezone.utc)
check("two hours", 7190 < left.total_seconds() <= 7200, True)
assumed = answer["AssumedRoleUser"]
check("arn", assumed["Arn"], f"arn:aws:sts::{ACCOUNT}:assumed-role/watch/s-1")
who = client("sts", session).get_caller_identity()
check("who", (who["Arn"], who["UserId"], who["Account"]),
      (assumed["Arn"], assumed["AssumedRoleId"], ACCOUNT))
watching = client("kinesisvideo", session)
check("allowed", watching.describe_stream(StreamName="front")["StreamInfo"]["StreamName"], "front")
refused("AccessDeniedException", 403, watching.describe_stream, StreamName="back")
refused("AccessDeniedException", 403, watching.delete_stream, StreamARN=watching.describe_stream(
    StreamName="front")["StreamInfo"]["StreamARN"])
denial = f"User: {ben_arn} is not authorized to perform: sts:AssumeRole on resource: "
for arn in (watch, f"arn:aws:iam::{ACCOUNT}:role/none", "arn:aws:iam::999999999999:role/none"):
    message = refused("AccessDenied", 403, ben_sts.assume_role, RoleArn=arn, RoleSessionName="s-1")
    check("no existence told", message.startswith(denial + arn), True)
wrong_path = f"arn:aws:iam::{ACCOUNT}:role/watch"
refused("AccessDenied", 403, ana_sts.assume_role, RoleArn=wrong_path, RoleSessionName="s-1")
by_name = role("by-name", trust({"AWS": ben_arn}))
check("a name is enough", "Credentials" in ben_sts.assume_role(
    RoleArn=by_name, RoleSessionName="s-1"), True)
refused("AccessDenied", 403, ana_sts.assume_role, RoleArn=by_name, RoleSessionName="s-1")
check("root", refused("AccessDenied", 403, root_sts.assume_role, RoleArn=watch, RoleSessionName="s-1"),
      "Roles may not be assumed by root accounts.")

# Parameters.
refused("ValidationError", 400, ana_sts.assume_role, RoleArn="arn:aws:iam::1:role/xxxxxxxxx",
        RoleSessionName="s-1")
for bad in ({"RoleSessionName": "s"}, {"RoleSessionName": "a b"}, {"DurationSeconds": 899},
            {"DurationSeconds": 43201}, {"ExternalId": "x"}, {"TokenCode": "12345"}):
    refused("ValidationError", 400, ana_sts.assume_role,
            **{"RoleArn": watch, "RoleSessionName": "s-1", **bad})
message = refused("ValidationError", 400, ana_sts.assume_role, RoleArn=watch,
                  RoleSessionName="s-1", DurationSeconds=7201)
check("too long", message,
      "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
refused("MalformedPolicyDocument", 400, ana_sts.assume_role, RoleArn=watch, RoleSessionName="s-1",
        Policy="{}")
refused("PackedPolicyTooLarge", 400, ana_sts.assume_role, RoleArn=watch, RoleSessionName="s-1",
        Policy=policy(allow("a:" + "b" * 2048)))

# External id.
partner = role("partner", trust({"AWS": ACCOUNT}, Condition={
    "StringEquals": {"sts:ExternalId": "deal-7"}}))
refused("AccessDenied", 403, ana_sts.assume_role, RoleArn=partner, RoleSessionName="s-1")
refused("AccessDenied", 403, ana_sts.assume_role, RoleArn=partner, RoleSessionName="s-1",
        ExternalId="deal-8")
check("external id", "Credentials" in ana_sts.assume_role(
    RoleArn=partner, RoleSessionName="s-1", ExternalId="deal-7"), True)

# Session policies limit: inline, managed, and together by union.
wide = role("wide", trust({"AWS": ACCOUNT}, ["sts:AssumeRole", "sts:TagSession",
                                              "sts:SetSourceIdentity"]),
            allow("kinesisvideo:*"), allow("sts:AssumeRole"))
read_only = "arn:aws:iam::aws:policy/AmazonKinesisVideoStreamsReadOnlyAccess"
answer = ana_sts.assume_role(RoleArn=wide, RoleSessionName="s-2", PolicyArns=[{"arn": read_only}])
limited = client("kinesisvideo", answer["Credentials"])
check("packed", 0 < answer["PackedPolicySize"] <= 100, True)
limited.list_streams()
refused("AccessDeniedException", 403, limited.create_stream, StreamName="new")
inline = policy(allow("kinesisvideo:CreateStream"))
answer = ana_sts.assume_role(RoleArn=wide, RoleSessionName="s-2", Policy=inline,
                             PolicyArns=[{"arn": read_only}])
both = client("kinesisvideo", answer["Credentials"])
both.list_streams()
both.create_stream(StreamName="new")
refused("ValidationError", 400, ana_sts.assume_role, RoleArn=wide, RoleSessionName="s-2",
        PolicyArns=[{"arn": f"arn:aws:iam::{ACCOUNT}:policy/none"}])

# Tags; many of them need more room than a token has, and come back all the same.
many = [{"Key": f"key-{n}", "Value": "v" * 250} for n in range(50)]
tagged = role("tagged", trust({"AWS": ACCOUNT}, ["sts:AssumeRole", "sts:TagSession"]),
              allow("kinesisvideo:DescribeStream", Condition={
                  "StringEquals": {"aws:PrincipalTag/key-49": "v" * 250}}))
answer = ana_sts.assume_role(RoleArn=tagged, RoleSessionName="s-3", Tags=many)
check("token stays short", len(answer["Credentials"]["SessionToken"]) <= 2047, True)
client("kinesisvideo", answer["Credentials"]).describe_stream(StreamName="front")
answer = ana_sts.assume_role(RoleArn=tagged, RoleSessionName="s-3", Tags=many[:49])
refused("AccessDeniedException", 403,
        client("kinesisvideo", answer["Credentials"]).describe_stream, StreamName="front")
refused("AccessDenied", 403, ana_sts.assume_role, RoleArn=watch, RoleSessionName="s-3",
        Tags=many[:1])

# Chaining: an hour at most, transitive tags and the source identity stay.
last = role("last", trust({"AWS": wide}, ["sts:AssumeRole", "sts:TagSession",
                                          "sts:SetSourceIdentity"]),
            allow("kinesisvideo:DescribeStream", Condition={"StringEquals": {
                "aws:PrincipalTag/team": "red", "aws:SourceIdentity": "ana-b"}}),
            MaxSessionDuration=43200)
first = ana_sts.assume_role(RoleArn=wide, RoleSessionName="s-4", SourceIdentity="ana-b",
                            Tags=[{"Key": "team", "Value": "red"}], TransitiveTagKeys=["team"])
check("source identity", first["SourceIdentity"], "ana-b")
chain_sts = client("sts", first["Credentials"])
message = refused("ValidationError", 400, chain_sts.assume_role, RoleArn=last,
                  RoleSessionName="s-5", DurationSeconds=3601)
check("chained", "1 hour session limit for roles assumed by role chaining" in message, True)
chained = chain_sts.assume_role(RoleArn=last, RoleSessionName="s-5", DurationSeconds=3600)
client("kinesisvideo", chained["Credentials"]).describe_stream(StreamName="front")
refused("AccessDenied", 403, chain_sts.assume_role, RoleArn=last, RoleSessionName="s-5",
        SourceIdentity="eve")
refused("AccessDenied", 403, chain_sts.get_session_token)
refused("AccessDenied", 403, chain_sts.get_federation_token, Name="fed")

# GetSessionToken: oneself, but not for IAM, nor for more sessions.
own = ana_sts.get_session_token(DurationSeconds=900)["Credentials"]
check("still ana", client("sts", own).get_caller_identity()["Arn"], ana_arn)
client("kinesisvideo", own).list_streams()
refused("InvalidClientTokenId", 403, client("iam", own).list_users)
check("sessions", refused("AccessDenied", 403, client("sts", own).get_session_token),
      "Cannot call GetSessionToken with session credentials")
client("sts", own).assume_role(RoleArn=watch, RoleSessionName="s-6")
root_session = root_sts.get_session_token(DurationSeconds=129600)["Credentials"]
left = root_session["Expiration"] - datetime.datetime.now(datetime.timezone.utc)
check("an hour for root", left.total_seconds() <= 3600, True)
check("root", client("sts", root_session).get_caller_identity()["Arn"],
      f"arn:aws:iam::{ACCOUNT}:root")
ben_sts.get_session_token()

# GetFederationToken: what both the user and the session policies allow.
refused("AccessDenied", 403, ben_sts.get_federation_token, Name="fed")
none = ana_sts.get_federation_token(Name="fed")
check("federated", none["FederatedUser"], {
    "FederatedUserId": f"{ACCOUNT}:fed", "Arn": f"arn:aws:sts::{ACCOUNT}:federated-user/fed"})
check("who", client("sts", none["Credentials"]).get_caller_identity()["Arn"],
      none["FederatedUser"]["Arn"])
refused("AccessDeniedException", 403, client("kinesisvideo", none["Credentials"]).list_streams)
some = ana_sts.get_federation_token(Name="fed", Policy=policy(allow("kinesisvideo:List*"),
                                                              allow("iam:*")))
client("kinesisvideo", some["Credentials"]).list_streams()
refused("AccessDeniedException", 403, client("kinesisvideo", some["Credentials"]).describe_stream,
        StreamName="front")
refused("InvalidClientTokenId", 403, client("iam", some["Credentials"]).list_users)
refused("AccessDenied", 403, client("sts", some["Credentials"]).assume_role, RoleArn=watch,
        RoleSessionName="s-7")
of_root = root_sts.get_federation_token(Name="op", PolicyArns=[{"arn": read_only}])
client("kinesisvideo", of_root["Credentials"]).list_streams()
refused("AccessDeniedException", 403, client("kinesisvideo", of_root["Credentials"]).create_stream,
        StreamName="x")

# MFA: the code counts once, and IAM opens.
iam.put_user_policy(UserName="ana", PolicyName="iam", PolicyDocument=policy(allow("iam:List*")))
mfa_done = False
try:
    device = iam.create_virtual_mfa_device(VirtualMFADeviceName="ana")["VirtualMFADevice"]
    mfa_done = True
except ClientError as error:
    check("MFA devices", error.response["Error"]["Code"], "NotImplementedException")
if mfa_done:
    serial, seed = device["SerialNumber"], device["Base32StringSeed"].decode()
    now = time.time()
    iam.enable_mfa_device(UserName="ana", SerialNumber=serial, AuthenticationCode1=totp(
        seed, now - 30), AuthenticationCode2=totp(seed, now))
    guarded = role("guarded", trust({"AWS": ACCOUNT}, Condition={
        "Bool": {"aws:MultiFactorAuthPresent": "true"}}))
    refused("AccessDenied", 403, ana_sts.assume_role, RoleArn=guarded, RoleSessionName="s-8")
    code = totp(seed, now + 30)
    strong = ana_sts.get_session_token(SerialNumber=serial, TokenCode=code)["Credentials"]
    client("iam", strong).list_users()
    # What was proven is known in the role, and no longer in the role after it.
    proven = allow("kinesisvideo:ListStreams", Condition={
        "Bool": {"aws:MultiFactorAuthPresent": "true"}})
    second = role("second", trust({"AWS": ACCOUNT}), proven)
    iam.put_role_policy(RoleName="guarded", PolicyName="own",
                        PolicyDocument=policy(proven, allow("sts:AssumeRole", second)))
    first = client("sts", strong).assume_role(RoleArn=guarded, RoleSessionName="s-8")
    client("kinesisvideo", first["Credentials"]).list_streams()
    chained = client("sts", first["Credentials"]).assume_role(RoleArn=second, RoleSessionName="s-9")
    refused("AccessDeniedException", 403, client(
        "kinesisvideo", chained["Credentials"]).list_streams)
    message = refused("AccessDenied", 403, ana_sts.assume_role, RoleArn=guarded,
                      RoleSessionName="s-8", SerialNumber=serial, TokenCode=code)
    check("used twice", message,
          "MultiFactorAuthentication failed with invalid MFA one time pass code. ")
    refused("AccessDenied", 403, ben_sts.get_session_token, SerialNumber=serial, TokenCode="000000")
refused("AccessDenied", 403, ana_sts.get_session_token, SerialNumber="arn:aws:iam::1:mfa/x")

# Codes are guessed as slowly as passwords at sign-in; others are not held back by it.
cat = client("sts", user("cat"))
device = iam.create_virtual_mfa_device(VirtualMFADeviceName="cat")["VirtualMFADevice"]
serial, seed = device["SerialNumber"], device["Base32StringSeed"].decode()
now = time.time()
iam.enable_mfa_device(UserName="cat", SerialNumber=serial, AuthenticationCode1=totp(
    seed, now - 30), AuthenticationCode2=totp(seed, now))
guess = {"SerialNumber": serial, "TokenCode": totp(seed, now + 3000)}
for _ in range(5):
    refused("AccessDenied", 403, cat.get_session_token, **guess)
message = refused("Throttling", 400, cat.get_session_token, **guess)
check("throttled", message, "Rate exceeded")
refused("Throttling", 400, cat.assume_role, RoleArn=watch, RoleSessionName="s-8", **guess)
cat.get_session_token()
refused("AccessDenied", 403, ana_sts.get_session_token, **guess)

# A role says when its sessions were last heard of, and where.
role("idle", trust({"AWS": ACCOUNT}))
check("never used", iam.get_role(RoleName="idle")["Role"]["RoleLastUsed"], {})
used = iam.get_role(RoleName="watch")["Role"]["RoleLastUsed"]
check("used just now", abs(used["LastUsedDate"].timestamp() - time.time()) < 300, True)
check("used here", used["Region"], REGION)

# Tokens and keys belong together.
for keys in ({**session, "SessionToken": None}, {**session, "SessionToken": own["SessionToken"]},
             {**ana, "SessionToken": session["SessionToken"]}, {**session, "SessionToken": "x"}):
    refused("InvalidClientTokenId", 403, client("sts", keys).get_caller_identity)
    refused("UnrecognizedClientException", 403, client("kinesisvideo", keys).list_streams)
forged = {**session, "SecretAccessKey": "x" * 40}
refused("SignatureDoesNotMatch", 403, client("sts", forged).get_caller_identity)
padded = ana_sts.assume_role(RoleArn=watch, RoleSessionName="s-9", MinimumSessionTokenSize=3000) \
    if "MinimumSessionTokenSize" in str(sts.meta.service_model.operation_model(
        "AssumeRole").input_shape.members) else None
if padded:
    check("padded", len(padded["Credentials"]["SessionToken"]) >= 3000, True)
    client("sts", padded["Credentials"]).get_caller_identity()

# Keys tell their account; presigned forms in the address; unknown calls.
check("account of a key", sts.get_access_key_info(AccessKeyId=session["AccessKeyId"])["Account"],
      ACCOUNT)
check("of a user's", ben_sts.get_access_key_info(AccessKeyId=ana["AccessKeyId"])["Account"], ACCOUNT)
refused("InvalidClientTokenId", 403, sts.get_access_key_info, AccessKeyId="AKIAAAAAAAAAAAAAAAAA")
url = client("sts", session).generate_presigned_url("get_caller_identity", HttpMethod="GET")
with urllib.request.urlopen(url) as reply:
    check("presigned", assumed["Arn"] in reply.read().decode(), True)


def raw(method, target, body=None):
    """A request as it stands."""
    host = urllib.parse.urlsplit(ENDPOINT).netloc
    connection = http.client.HTTPConnection(host)
    connection.request(method, target, body)
    reply = connection.getresponse()
    return reply.status, reply.read().decode()


status, text = raw("GET", "/?Action=GetCallerIdentity&Version=2011-06-15")
check("unsigned", (status, "<Code>MissingAuthenticationToken</Code>" in text), (403, True))
signed = client("sts", session).generate_presigned_url("get_caller_identity", HttpMethod="GET")
status, text = raw("GET", "/?" + urllib.parse.urlsplit(signed).query.replace("2011", "2012"))
check("other version: signature", (status, "SignatureDoesNotMatch" in text), (403, True))

# What a policy denies, it denies sessions that are there already; who is gone has none.
iam.put_role_policy(RoleName="watch", PolicyName="AWSRevokeOlderSessions", PolicyDocument=policy({
    "Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {"DateLessThan": {
        "aws:TokenIssueTime": datetime.datetime.now(datetime.timezone.utc).isoformat(
            timespec="milliseconds").replace("+00:00", "Z")}}}))
message = refused("AccessDeniedException", 403, watching.describe_stream, StreamName="front")
check("why", message.endswith("with an explicit deny in an identity-based policy"), True)
check("still who it is", client("sts", session).get_caller_identity()["Arn"], assumed["Arn"])
# The time of issue counts whole seconds: only the next one is after the policy's time.
time.sleep(1.0)
fresh = ana_sts.assume_role(RoleArn=watch, RoleSessionName="s-10")["Credentials"]
client("kinesisvideo", fresh).describe_stream(StreamName="front")
for name in ("AWSRevokeOlderSessions", "own"):
    iam.delete_role_policy(RoleName="watch", PolicyName=name)
refused("AccessDeniedException", 403, client("kinesisvideo", fresh).describe_stream,
        StreamName="front")
iam.delete_role(RoleName="watch")
refused("UnrecognizedClientException", 403, client("kinesisvideo", fresh).list_streams)
role("watch", trust({"AWS": ACCOUNT}), allow("*"), Path="/site/")
refused("UnrecognizedClientException", 403, client("kinesisvideo", fresh).list_streams)
iam.delete_user_policy(UserName="ana", PolicyName="own")
refused("AccessDeniedException", 403, client("kinesisvideo", own).list_streams)
of_ben = ben_sts.get_session_token()["Credentials"]
client("sts", of_ben).get_caller_identity()
iam.delete_access_key(UserName="ben", AccessKeyId=ben["AccessKeyId"])
iam.delete_user(UserName="ben")
refused("InvalidClientTokenId", 403, client("sts", of_ben).get_caller_identity)
refused("AccessDenied", 403, ana_sts.assume_role, RoleArn=by_name, RoleSessionName="s-1")

# A signature for one service is none for another.
for signed, answers, call, named in (
        ("iam", ("SignatureDoesNotMatch", 403), sts.get_caller_identity, "sts"),
        ("sts", ("SignatureDoesNotMatch", 403), iam.get_account_summary, "iam"),
        ("iam", ("InvalidSignatureException", 403), kvs.list_streams, "kinesisvideo")):
    signer = call.__self__._request_signer
    own, signer._signing_name = signer._signing_name, signed
    said = refused(*answers, call)
    check("names the service", said,
          f"Credential should be scoped to correct service: '{named}'.")
    signer._signing_name = own

finish()

"""AssumeRoleWithWebIdentity with a provider whose keys the operator has given. Prints what
was not as expected."""

import base64
import json
import time

import boto3
from botocore import UNSIGNED
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from checks import check, finish
from id_tokens import KEYS, coded, own_call, put_keys, token

iam = boto3.client("iam")
unsigned = boto3.client(
    "sts", config=Config(signature_version=UNSIGNED, parameter_validation=False))
check("no provider yet", put_keys(KEYS)[0], 404)
provider = iam.create_open_id_connect_provider(
    Url="https://id.example.com/pool", ClientIDList=["kinora"],
    ThumbprintList=["0" * 40])["OpenIDConnectProviderArn"]
role = iam.create_role(RoleName="web", AssumeRolePolicyDocument=json.dumps({
    "Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": {"Federated": provider},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {"StringEquals": {"id.example.com/pool:sub": "ana",
                                       "id.example.com/pool:aud": "kinora"}}}]}))["Role"]["Arn"]
iam.put_role_policy(RoleName="web", PolicyName="own", PolicyDocument=json.dumps({
    "Version": "2012-10-17", "Statement": {
        "Effect": "Allow", "Action": "kinesisvideo:CreateStream",
        "Resource": "arn:aws:kinesisvideo:*:*:stream/${id.example.com/pool:sub}/*"}}))


def assume(given, arn=role):
    """The answer, or the error's code, status and message."""
    try:
        return unsigned.assume_role_with_web_identity(
            RoleArn=arn, RoleSessionName="web-1", WebIdentityToken=given)
    except ClientError as error:
        return (error.response["Error"]["Code"],
                error.response["ResponseMetadata"]["HTTPStatusCode"],
                error.response["Error"]["Message"])


check("no keys yet", assume(token())[:2], ("InvalidIdentityToken", 400))
for wrong in (b"{}", b"[]", b"\xff", b'{"keys": []}'):
    check(f"no key set: {wrong}", put_keys(wrong)[0], 400)
check("keys", put_keys(KEYS), (200, '{"Keys":1}'))
check("another spelling", own_call(
    "PUT", "/_kinora/oidc-providers/ID.example.com/pool/keys", KEYS)[0], 404)
kept = own_call("GET", "/_kinora/audit?event-name=PutOpenIDConnectProviderKeys")[1]
kept = [event.get("errorCode") for event in json.loads(kept)["Events"]]
check("told", (kept.count(None), kept.count("NoSuchEntity")), (1, 2))
session = boto3.client("sts").get_session_token()["Credentials"]
session = Credentials(session["AccessKeyId"], session["SecretAccessKey"],
                      session["SessionToken"])
check("no MFA", own_call("PUT", "/_kinora/oidc-providers/id.example.com/pool/keys", KEYS,
                         session)[0], 403)
good = assume(token())
check("good", isinstance(good, dict), True)
if isinstance(good, dict):
    check("subject", good["SubjectFromWebIdentityToken"], "ana")
    check("provider", good["Provider"], provider)
    check("audience", good["Audience"], "kinora")
    made = good["Credentials"]
    kvs = boto3.client("kinesisvideo", aws_access_key_id=made["AccessKeyId"],
                       aws_secret_access_key=made["SecretAccessKey"],
                       aws_session_token=made["SessionToken"])
    kvs.create_stream(StreamName="ana")
    try:
        kvs.create_stream(StreamName="eve")
        check("another's stream", "made", "denied")
    except ClientError as error:
        check("another's stream", error.response["Error"]["Code"], "AccessDeniedException")
head, claims, signature = token().split(".")
other = coded(json.dumps({**json.loads(base64.urlsafe_b64decode(claims + "==")),
                          "sub": "eve"}).encode())
denied = ("AccessDenied", 403, "Not authorized to perform sts:AssumeRoleWithWebIdentity")
for what, got, expected in [
    ("expired", assume(token(exp=int(time.time()) - 1))[:2], ("ExpiredTokenException", 400)),
    ("for others", assume(token(aud="other")),
     ("InvalidIdentityToken", 400, "Incorrect token audience")),
    ("another provider", assume(token(iss="https://id.example.org"))[:2],
     ("InvalidIdentityToken", 400)),
    ("another subject", assume(token(sub="eve")), denied),
    ("another role", assume(token(), role + "-none"), denied),
    ("forged", assume(".".join((head, other, signature)))[:2], ("InvalidIdentityToken", 400)),
    ("no token", assume("abcd")[:2], ("InvalidIdentityToken", 400)),
    ("too short", assume("abc")[:2], ("ValidationError", 400)),
]:
    check(what, got, expected)

# The trail of the role's account has what somebody known asked for, and no more.
answer = own_call("GET", "/_kinora/audit?event-name=AssumeRoleWithWebIdentity")[1]
events = json.loads(answer)["Events"]
check("events", [event.get("errorCode") for event in events],
      ["AccessDenied", "AccessDenied", None])
if events:
    event = events[-1]
    check("who", event["userIdentity"], {
        "type": "WebIdentityUser", "principalId": f"{provider}:kinora:ana", "userName": "ana",
        "identityProvider": provider})
    check("what", (event["eventSource"], event["eventType"], event["readOnly"]),
          ("sts.amazonaws.com", "AwsApiCall", False))
    check("asked", event["requestParameters"],
          {"roleArn": role, "roleSessionName": "web-1", "durationSeconds": None})
    check("lent", (event["responseElements"]["accessKeyId"], event["responseElements"]["arn"]),
          (made["AccessKeyId"], good["AssumedRoleUser"]["Arn"]))
    check("no secret", [secret for secret in (made["SecretAccessKey"], made["SessionToken"])
                        if secret in answer], [])
finish()

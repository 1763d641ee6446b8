"""AssumeRoleWithWebIdentity with a provider whose keys the operator has given. Prints what
was not as expected."""

import base64
import hashlib
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
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from checks import check, finish

ENDPOINT = os.environ["AWS_ENDPOINT_URL"]

# P-256 (FIPS 186-4), enough of it to sign in a test.
P = 2**256 - 2**224 + 2**192 + 2**96 - 1
N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
G = (0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
     0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5)


def add(a, b):
    if a is None or b is None:
        return a or b
    if a[0] == b[0] and (a[1] + b[1]) % P == 0:
        return None
    slope = ((3 * a[0] * a[0] - 3) * pow(2 * a[1], -1, P) if a == b
             else (b[1] - a[1]) * pow(b[0] - a[0], -1, P)) % P
    x = (slope * slope - a[0] - b[0]) % P
    return x, (slope * (a[0] - x) - a[1]) % P


def times(k, point):
    found = None
    while k:
        found = add(found, point) if k & 1 else found
        point, k = add(point, point), k >> 1
    return found


def coded(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


SECRET = int.from_bytes(hashlib.sha256(b"a key for tests").digest()) % N
PUBLIC = times(SECRET, G)


def token(**claims):
    """A token of the provider."""
    claims = {"iss": "https://id.example.com/pool", "aud": "kinora", "sub": "ana",
              "exp": int(time.time()) + 600, **claims}
    text = ".".join(coded(json.dumps(part).encode()) for part in
                    ({"alg": "ES256", "kid": "one"}, claims))
    digest = int.from_bytes(hashlib.sha256(text.encode()).digest())
    nonce = int.from_bytes(hashlib.sha256(text.encode() + b"nonce").digest()) % N
    r = times(nonce, G)[0] % N
    s = pow(nonce, -1, N) * (digest + r * SECRET) % N
    return text + "." + coded(r.to_bytes(32) + s.to_bytes(32))


def own_call(method, path, body=b"", credentials=None):
    """A signed call of the server's own: status and answer."""
    request = AWSRequest(method, ENDPOINT + path, data=body,
                         headers={"content-type": "application/json"})
    credentials = credentials or boto3.session.Session().get_credentials()
    SigV4Auth(credentials, "kinesisvideo", os.environ["AWS_REGION"]).add_auth(request)
    connection = http.client.HTTPConnection(urllib.parse.urlsplit(ENDPOINT).netloc)
    connection.request(method, path, body, dict(request.headers))
    reply = connection.getresponse()
    return reply.status, reply.read().decode()


def put_keys(body):
    """Gives the server the keys of a provider."""
    return own_call("PUT", "/_kinora/oidc-providers/id.example.com/pool/keys", body)


iam = boto3.client("iam")
unsigned = boto3.client(
    "sts", config=Config(signature_version=UNSIGNED, parameter_validation=False))
point = {name: coded(value.to_bytes(32)) for name, value in zip("xy", PUBLIC)}
keys = json.dumps({"keys": [{"kty": "EC", "crv": "P-256", "kid": "one", **point}]}).encode()
check("no provider yet", put_keys(keys)[0], 404)
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
check("keys", put_keys(keys), (200, '{"Keys":1}'))
check("another spelling", own_call(
    "PUT", "/_kinora/oidc-providers/ID.example.com/pool/keys", keys)[0], 404)
kept = own_call("GET", "/_kinora/audit?event-name=PutOpenIDConnectProviderKeys")[1]
kept = [event.get("errorCode") for event in json.loads(kept)["Events"]]
check("told", (kept.count(None), kept.count("NoSuchEntity")), (1, 2))
session = boto3.client("sts").get_session_token()["Credentials"]
session = Credentials(session["AccessKeyId"], session["SecretAccessKey"],
                      session["SessionToken"])
check("no MFA", own_call("PUT", "/_kinora/oidc-providers/id.example.com/pool/keys", keys,
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

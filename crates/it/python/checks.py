"""What scripts that walk through operations have in common: they note every difference
from what AWS documents, go on, and print a count and the differences at the end."""

import base64
import hashlib
import hmac
import json
import os
import struct

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from unraised import reason

ACCOUNT = "123456789012"
# The server is to judge values, not botocore.
UNCHECKED = Config(parameter_validation=False, max_pool_connections=16)

checks, failures = 0, []


def check(what, got, expected=True):
    """Notes a difference."""
    global checks
    checks += 1
    if got != expected:
        failures.append({"what": what, "got": repr(got), "expected": repr(expected)})


def refused(code, status, call, /, **arguments):
    """A call that must fail with a code and a status; returns the message."""
    what = f"{getattr(call, '__name__', call)} {arguments}"[:300]
    try:
        answer = call(**arguments)
    except ClientError as error:
        response = error.response
        got = (response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"])
        check(what, got, (code, status))
        check(f"{what}: said to be never raised", reason(*names_of(call), got[0]), None)
        check(f"{what}: message", bool(response["Error"].get("Message")))
        check(f"{what}: id", len(response["ResponseMetadata"].get("RequestId", "")), 36)
        return response["Error"].get("Message", "")
    answer.pop("ResponseMetadata", None)
    check(what, answer, (code, status))
    return ""


def names_of(call):
    """Service and operation of a client's method; empty for another function."""
    of = getattr(getattr(call, "__self__", None), "meta", None)
    if not of:
        return "", ""
    return of.service_model.service_name, of.method_to_api_mapping[call.__name__]


def client(service, key=None):
    """A client; with keys of CreateAccessKey or STS, or else as the test's caller."""
    names = {"aws_access_key_id": "AccessKeyId", "aws_secret_access_key": "SecretAccessKey"}
    keys = {to: key[of] for to, of in names.items()} if key else {}
    if key and "SessionToken" in key:
        keys["aws_session_token"] = key["SessionToken"]
    return boto3.client(service, config=UNCHECKED, **keys)


def totp(seed, at):
    """What an authenticator app shows at a time, seconds since the epoch: RFC 6238."""
    digest = hmac.new(base64.b32decode(seed), struct.pack(">Q", int(at) // 30), hashlib.sha1)
    digest = digest.digest()
    word = struct.unpack(">I", digest[digest[-1] & 15 :][:4])[0] & 0x7FFFFFFF
    return f"{word % 1000000:06}"


def finish():
    """Prints what was found."""
    print(json.dumps({"checks": checks, "failures": failures}))


REGION = os.environ["AWS_REGION"]
# For what is about the root user; scripts call as an IAM user.
ROOT = {
    "AccessKeyId": os.environ["ROOT_ACCESS_KEY_ID"],
    "SecretAccessKey": os.environ["ROOT_SECRET_ACCESS_KEY"],
}

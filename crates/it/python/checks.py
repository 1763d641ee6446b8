"""What scripts that walk through operations have in common: they note every difference
from what AWS documents, go on, and print a count and the differences at the end."""

import json
import os

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

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
        check(f"{what}: message", bool(response["Error"].get("Message")))
        check(f"{what}: id", len(response["ResponseMetadata"].get("RequestId", "")), 36)
        return response["Error"].get("Message", "")
    answer.pop("ResponseMetadata", None)
    check(what, answer, (code, status))
    return ""


def client(service, key=None):
    """A client; with the keys of CreateAccessKey or STS, or else with those of the test's caller."""
    names = {"aws_access_key_id": "AccessKeyId", "aws_secret_access_key": "SecretAccessKey"}
    keys = {to: key[of] for to, of in names.items()} if key else {}
    if key and "SessionToken" in key:
        keys["aws_session_token"] = key["SessionToken"]
    return boto3.client(service, config=UNCHECKED, **keys)


def finish():
    """Prints what was found."""
    print(json.dumps({"checks": checks, "failures": failures}))


REGION = os.environ["AWS_REGION"]
# For what is about the root user; scripts call as an IAM user.
ROOT = {
    "AccessKeyId": os.environ["ROOT_ACCESS_KEY_ID"],
    "SecretAccessKey": os.environ["ROOT_SECRET_ACCESS_KEY"],
}

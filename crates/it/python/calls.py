"""Makes calls with boto3 for a script in another language: a line of JSON in, `[service,
operation, fields, credentials or null]`, and a line of JSON out."""

import json
import sys

import boto3
from botocore.exceptions import ClientError


def answer(service, operation, fields, credentials):
    """What the service answers; of an error its code."""
    client = boto3.client(service, **(credentials or {}))
    try:
        return getattr(client, operation)(**fields)
    except ClientError as error:
        return {"error": error.response["Error"]["Code"]}


def text(value):
    """What JSON has no form for: bytes as the text that they are, times as they are written."""
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)


for line in sys.stdin:
    print(json.dumps(answer(*json.loads(line)), default=text), flush=True)

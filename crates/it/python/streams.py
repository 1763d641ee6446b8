"""The life of a stream as boto3 sees it; prints what it saw as JSON."""

import json
import os

import boto3
from botocore.exceptions import ClientError


def code_of(call, **arguments):
    """The error code of a call that must fail."""
    try:
        answer = call(**arguments)
    except ClientError as error:
        metadata = error.response["ResponseMetadata"]
        return [error.response["Error"]["Code"], metadata["HTTPStatusCode"]]
    raise SystemExit(f"no error but {answer}")


kvs = boto3.client("kinesisvideo")
seen = {}

created = kvs.create_stream(
    StreamName="boto", DataRetentionInHours=2, MediaType="video/h264", Tags={"room": "1"}
)
arn = created["StreamARN"]
seen["arn"] = arn
seen["twice"] = code_of(kvs.create_stream, StreamName="boto")

info = kvs.describe_stream(StreamName="boto")["StreamInfo"]
seen["by_arn"] = kvs.describe_stream(StreamARN=arn)["StreamInfo"] == info
seen["creation_year"] = info["CreationTime"].year
seen["info"] = {key: info.get(key) for key in ("Status", "MediaType", "DataRetentionInHours")}

seen["tags"] = kvs.list_tags_for_stream(StreamName="boto")["Tags"]

names = [f"page-{number:02}" for number in range(12)]
for name in names:
    kvs.create_stream(StreamName=name)
pages = kvs.get_paginator("list_streams").paginate(
    StreamNameCondition={"ComparisonOperator": "BEGINS_WITH", "ComparisonValue": "page-"},
    PaginationConfig={"PageSize": 5},
)
sizes, listed = [], []
for page in pages:
    sizes.append(len(page["StreamInfoList"]))
    listed += [stream["StreamName"] for stream in page["StreamInfoList"]]
seen["page_sizes"] = sizes
seen["all_listed_once"] = sorted(listed) == names

endpoints = {
    api: kvs.get_data_endpoint(StreamName="boto", APIName=api)["DataEndpoint"]
    for api in ("PUT_MEDIA", "GET_MEDIA", "LIST_FRAGMENTS", "GET_HLS_STREAMING_SESSION_URL")
}
seen["endpoints"] = endpoints
archive = boto3.client(
    "kinesis-video-archived-media", endpoint_url=endpoints["LIST_FRAGMENTS"]
)
selector = {
    "FragmentSelectorType": "SERVER_TIMESTAMP",
    "TimestampRange": {"StartTimestamp": 1_600_000_000, "EndTimestamp": 4_000_000_000},
}
listed = archive.list_fragments(StreamName="boto", FragmentSelector=selector)
seen["fragments"] = listed["Fragments"]

kvs.delete_stream(StreamARN=arn, CurrentVersion=info["Version"])
seen["gone"] = code_of(kvs.describe_stream, StreamName="boto")
stranger = boto3.client(
    "kinesisvideo",
    aws_access_key_id=os.environ["AWS_ACCESS_KEY_ID"],
    aws_secret_access_key="not-the-secret",
)
seen["forged"] = code_of(stranger.list_streams)

print(json.dumps(seen))

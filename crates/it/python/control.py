"""Every operation and every error that boto3 can be made to see, unmodified but for its
endpoint. Prints what was not as AWS documents it, and a count. Its arguments are two
files of Matroska: one that can be played, and one without codec data."""

import datetime
import http.client
import json
import os
import sys
import urllib.parse

import boto3
from botocore import UNSIGNED
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config

from checks import ACCOUNT, REGION, ROOT, check, client, finish, refused

ENDPOINT = os.environ["AWS_ENDPOINT_URL"]

kvs = client("kinesisvideo")
archive = client("kinesis-video-archived-media")
media = client("kinesis-video-media")


def invalid(call, **arguments):
    """A call that must fail with InvalidArgumentException."""
    return refused("InvalidArgumentException", 400, call, **arguments)


def missing(call, **arguments):
    """A call that must fail with ResourceNotFoundException."""
    return refused("ResourceNotFoundException", 404, call, **arguments)


def info(name):
    """A stream's description."""
    return kvs.describe_stream(StreamName=name)["StreamInfo"]


def put_media(stream, path, start):
    """PutMedia of a whole file; returns its acknowledgements."""
    headers = {
        "x-amzn-stream-name": stream,
        "x-amzn-fragment-timecode-type": "RELATIVE",
        "x-amzn-producer-start-timestamp": f"{start:.3f}",
        "x-amz-content-sha256": "UNSIGNED-PAYLOAD",
    }
    request = AWSRequest("POST", f"{ENDPOINT}/putMedia", headers=headers, data=b"")
    SigV4Auth(boto3.Session().get_credentials(), "kinesisvideo", REGION).add_auth(request)
    with open(path, "rb") as file:
        body = file.read()
    connection = http.client.HTTPConnection(urllib.parse.urlsplit(ENDPOINT).netloc, timeout=30)
    connection.request("POST", "/putMedia", body=body, headers=dict(request.headers))
    text = connection.getresponse().read().decode()
    return [json.loads(line) for line in text.splitlines()]


def streams():
    """CreateStream, DescribeStream, UpdateStream, UpdateDataRetention, storage."""
    arn = kvs.create_stream(
        StreamName="one", DeviceName="porch", MediaType="video/h264", KmsKeyId="alias/mine",
        DataRetentionInHours=24, Tags={"a": "1"},
        StreamStorageConfiguration={"DefaultStorageTier": "WARM"},
    )["StreamARN"]
    one = info("one")
    check("ARN", one["StreamARN"], arn)
    check("creation", int(arn.rsplit("/", 1)[1]), round(one["CreationTime"].timestamp() * 1000))
    facts = ("StreamName", "DeviceName", "MediaType", "KmsKeyId", "DataRetentionInHours", "Status")
    expected = ["one", "porch", "video/h264", "alias/mine", 24, "ACTIVE"]
    check("facts", [one[fact] for fact in facts], expected)
    storage = kvs.describe_stream_storage_configuration(StreamARN=arn)
    check("tier", storage["StreamStorageConfiguration"], {"DefaultStorageTier": "WARM"})
    check("storage names it", (storage["StreamName"], storage["StreamARN"]), ("one", arn))

    kvs.create_stream(StreamName="bare", DeviceName="", MediaType="")
    bare = info("bare")
    own_key = f"arn:aws:kms:{REGION}:123456789012:alias/aws/kinesisvideo"
    check("defaults", (bare["DataRetentionInHours"], bare["KmsKeyId"]), (0, own_key))
    check("unset", [bare.get("DeviceName"), bare.get("MediaType")], [None, None])
    storage = kvs.describe_stream_storage_configuration(StreamName="bare")
    check("hot", storage["StreamStorageConfiguration"], {"DefaultStorageTier": "HOT"})
    check("both", kvs.describe_stream(StreamName="one", StreamARN=arn)["StreamInfo"], one)

    refused("ResourceInUseException", 400, kvs.create_stream, StreamName="one")
    for arguments in (
        {}, {"StreamName": ""}, {"StreamName": "a b"}, {"StreamName": "x" * 257},
        {"StreamName": "n", "DataRetentionInHours": -1},
        {"StreamName": "n", "DataRetentionInHours": 87_601},
        {"StreamName": "n", "MediaType": "h264"}, {"StreamName": "n", "MediaType": "a/" * 65},
        {"StreamName": "n", "DeviceName": "x" * 129}, {"StreamName": "n", "DeviceName": "a/b"},
        {"StreamName": "n", "KmsKeyId": "k" * 2049},
        {"StreamName": "n", "Tags": {"": "v"}}, {"StreamName": "n", "Tags": {"k" * 129: "v"}},
        {"StreamName": "n", "Tags": {"k": "v" * 257}}, {"StreamName": "n", "Tags": {"k?": "v"}},
        {"StreamName": "n", "Tags": {"aws:k": "v"}},
        {"StreamName": "n", "StreamStorageConfiguration": {"DefaultStorageTier": "COLD"}},
        {"StreamName": "n", "StreamStorageConfiguration": {}},
    ):
        invalid(kvs.create_stream, **arguments)
    other = arn.replace("/one/", "/bare/")
    for call in (kvs.describe_stream, kvs.describe_stream_storage_configuration):
        invalid(call)
        invalid(call, StreamName="one", StreamARN=other)
        invalid(call, StreamARN="arn:aws:s3:::bucket")
        missing(call, StreamName="none")
        missing(call, StreamARN=arn[:-1] + str((int(arn[-1]) + 1) % 10))
        foreign = arn.replace("123456789012", "210987654321")
        refused("AccessDeniedException", 403, call, StreamARN=foreign)
    invalid(kvs.describe_stream, StreamARN=arn.replace(REGION, "eu-west-3"))

    storage = dict(StreamName="bare", StreamStorageConfiguration={"DefaultStorageTier": "WARM"})
    stored = kvs.update_stream_storage_configuration
    refused("VersionMismatchException", 400, stored, **storage, CurrentVersion="stale")
    stored(**storage, CurrentVersion=bare["Version"])
    changed = kvs.describe_stream_storage_configuration(StreamName="bare")
    check("warm", changed["StreamStorageConfiguration"], {"DefaultStorageTier": "WARM"})
    check("tier changes the version", info("bare")["Version"] != bare["Version"], True)
    invalid(stored, StreamName="bare", CurrentVersion="v")

    first = one["Version"]
    kvs.update_stream(StreamName="one", CurrentVersion=first, DeviceName="gate")
    second = info("one")
    check("updated", (second["DeviceName"], second["MediaType"]), ("gate", "video/h264"))
    check("new version", second["Version"] != first, True)
    stale = dict(StreamName="one", CurrentVersion=first)
    refused("VersionMismatchException", 400, kvs.update_stream, **stale, MediaType="video/h265")
    invalid(kvs.update_stream, StreamName="one", MediaType="video/h265")
    invalid(kvs.update_stream, StreamName="one", CurrentVersion="a-b")
    missing(kvs.update_stream, StreamName="none", CurrentVersion="v")

    def retention(operation, hours, version=None):
        return dict(
            StreamName="one", CurrentVersion=version or info("one")["Version"],
            Operation=f"{operation}_DATA_RETENTION", DataRetentionChangeInHours=hours,
        )

    update = kvs.update_data_retention
    for operation, hours, left in (
        ("INCREASE", 1, 25), ("DECREASE", 25, 0), ("INCREASE", 87_600, 87_600),
    ):
        update(**retention(operation, hours))
        check(f"{operation} {hours}", info("one")["DataRetentionInHours"], left)
    for operation, hours in (("INCREASE", 1), ("DECREASE", 87_601), ("INCREASE", 0), ("KEEP", 1)):
        invalid(update, **retention(operation, hours))
    refused("VersionMismatchException", 400, update, **retention("DECREASE", 1, first))
    missing(update, **{**retention("DECREASE", 1), "StreamName": "none"})

    for api in (
        "PUT_MEDIA", "GET_MEDIA", "LIST_FRAGMENTS", "GET_MEDIA_FOR_FRAGMENT_LIST",
        "GET_HLS_STREAMING_SESSION_URL", "GET_DASH_STREAMING_SESSION_URL", "GET_CLIP",
        "GET_IMAGES",
    ):
        for name in ({"StreamName": "one"}, {"StreamARN": arn}):
            answer = kvs.get_data_endpoint(APIName=api, **name)
            check(f"endpoint {api}", answer["DataEndpoint"], ENDPOINT)
        missing(kvs.get_data_endpoint, APIName=api, StreamName="none")
    invalid(kvs.get_data_endpoint, StreamName="one", APIName="PUT")
    invalid(kvs.get_data_endpoint, StreamName="one")
    return arn


def tags(arn):
    """The six tagging operations, on a stream that has `a` = `1`."""
    def listed():
        of_stream = kvs.list_tags_for_stream(StreamName="one")["Tags"]
        check("both lists", kvs.list_tags_for_resource(ResourceARN=arn)["Tags"], of_stream)
        return of_stream

    version = info("one")["Version"]
    kvs.tag_stream(StreamARN=arn, Tags={"b": "2", "a": "one more"})
    kvs.tag_resource(ResourceARN=arn, Tags=[{"Key": "c", "Value": ""}, {"Key": "d", "Value": "é"}])
    check("tagged", listed(), {"a": "one more", "b": "2", "c": "", "d": "é"})
    kvs.untag_stream(StreamName="one", TagKeyList=["a", "unknown"])
    kvs.untag_resource(ResourceARN=arn, TagKeyList=["d", "unknown"])
    check("untagged", listed(), {"b": "2", "c": ""})
    check("version stays", info("one")["Version"], version)

    many = {f"k{number}": "v" for number in range(49)}
    limit = "TagsPerResourceExceededLimitException"
    refused(limit, 400, kvs.tag_stream, StreamName="one", Tags=many)
    as_list = [{"Key": key, "Value": value} for key, value in many.items()]
    refused(limit, 400, kvs.tag_resource, ResourceARN=arn, Tags=as_list)
    check("nothing of it", listed(), {"b": "2", "c": ""})
    invalid(kvs.tag_stream, StreamName="one", Tags={})
    invalid(kvs.tag_stream, StreamName="one")
    invalid(kvs.untag_stream, StreamName="one", TagKeyList=[])
    invalid(kvs.untag_resource, ResourceARN=arn, TagKeyList=["k"] * 51)
    invalid(kvs.tag_resource, ResourceARN=arn, Tags=[{"Key": "k"}])
    gone = arn[:-1] + str((int(arn[-1]) + 1) % 10)
    for call, rest in (
        (kvs.tag_stream, {"Tags": {"k": "v"}}), (kvs.untag_stream, {"TagKeyList": ["k"]}),
        (kvs.list_tags_for_stream, {}),
    ):
        invalid(call, **rest)
        missing(call, StreamName="none", **rest)
        missing(call, StreamARN=gone, **rest)
    for call, rest in (
        (kvs.tag_resource, {"Tags": [{"Key": "k", "Value": "v"}]}),
        (kvs.untag_resource, {"TagKeyList": ["k"]}), (kvs.list_tags_for_resource, {}),
    ):
        invalid(call, **rest)
        invalid(call, ResourceARN="one", **rest)
        missing(call, ResourceARN=gone, **rest)


def lists():
    """ListStreams: pages, conditions, and the account's limit, which is 20."""
    for number in range(18):
        kvs.create_stream(StreamName=f"page-{number:02}")
    message = refused("AccountStreamLimitExceededException", 400, kvs.create_stream, StreamName="z")
    check("the limit is told", "20" in message, True)

    def names(**arguments):
        pages = kvs.get_paginator("list_streams").paginate(**arguments)
        return [[stream["StreamName"] for stream in page["StreamInfoList"]] for page in pages]

    everything = ["bare", "one"] + [f"page-{number:02}" for number in range(18)]
    check("all", names(), [everything])
    sized = names(PaginationConfig={"PageSize": 7})
    check("pages", [len(page) for page in sized], [7, 7, 6])
    check("in order", sum(sized, []), everything)
    check("exact pages", [len(p) for p in names(PaginationConfig={"PageSize": 10})], [10, 10])
    begins = {"ComparisonOperator": "BEGINS_WITH", "ComparisonValue": "page-1"}
    found = names(StreamNameCondition=begins, PaginationConfig={"PageSize": 3})
    check("condition", sum(found, []), [f"page-{number}" for number in range(10, 18)])
    nothing = {"ComparisonOperator": "BEGINS_WITH", "ComparisonValue": "q"}
    check("nothing", names(StreamNameCondition=nothing), [[]])
    check("described alike", kvs.list_streams(MaxResults=2)["StreamInfoList"][1], info("one"))
    for arguments in (
        {"MaxResults": 0}, {"MaxResults": 10_001}, {"NextToken": "!"}, {"NextToken": "AAAA"},
        {"NextToken": "a" * 1025},
        {"StreamNameCondition": {"ComparisonOperator": "ENDS_WITH", "ComparisonValue": "a"}},
        {"StreamNameCondition": {"ComparisonOperator": "BEGINS_WITH", "ComparisonValue": "/"}},
    ):
        invalid(kvs.list_streams, **arguments)


def deletion(arn):
    """DeleteStream."""
    invalid(kvs.delete_stream)
    invalid(kvs.delete_stream, StreamARN="one")
    stale = dict(StreamARN=arn, CurrentVersion="stale")
    refused("VersionMismatchException", 400, kvs.delete_stream, **stale)
    kvs.delete_stream(StreamARN=arn, CurrentVersion=info("one")["Version"])
    missing(kvs.describe_stream, StreamName="one")
    missing(kvs.delete_stream, StreamARN=arn)
    again = kvs.create_stream(StreamName="one")["StreamARN"]
    check("a new stream", again != arn, True)
    check("no old tags", kvs.list_tags_for_stream(StreamName="one")["Tags"], {})
    missing(kvs.delete_stream, StreamARN=arn)
    kvs.delete_stream(StreamARN=again)
    for number in range(18):
        kvs.delete_stream(StreamARN=info(f"page-{number:02}")["StreamARN"])


def fragments(playable):
    """ListFragments, GetMedia, GetMediaForFragmentList."""
    kvs.create_stream(StreamName="cam", DataRetentionInHours=1)
    start = datetime.datetime.now(datetime.timezone.utc).timestamp() - 1000
    acks = put_media("cam", playable, start)
    numbers = [ack["FragmentNumber"] for ack in acks if ack["EventType"] == "PERSISTED"]
    check("three fragments", len(numbers), 3)

    def selector(kind, first, last):
        return {
            "FragmentSelectorType": f"{kind}_TIMESTAMP",
            "TimestampRange": {"StartTimestamp": first, "EndTimestamp": last},
        }

    def listed(**arguments):
        pages = archive.get_paginator("list_fragments").paginate(StreamName="cam", **arguments)
        return [[item["FragmentNumber"] for item in page["Fragments"]] for page in pages]

    whole = selector("SERVER", start, start + 2000)
    check("server time", listed(FragmentSelector=whole), [numbers])
    paged = listed(FragmentSelector=whole, PaginationConfig={"PageSize": 2})
    check("pages", paged, [numbers[:2], numbers[2:]])
    check("producer time", listed(FragmentSelector=selector("PRODUCER", start - 1, start + 1)),
          [numbers[:1]])
    check("later", listed(FragmentSelector=selector("PRODUCER", start + 1, start + 9)),
          [numbers[1:]])
    check("before", listed(FragmentSelector=selector("SERVER", 0, start)), [[]])
    one = archive.list_fragments(StreamName="cam", FragmentSelector=whole)["Fragments"][1]
    check("length", one["FragmentLengthInMilliseconds"], 2000)
    check("producer", round(one["ProducerTimestamp"].timestamp() - start, 2), 2.0)
    check("size", one["FragmentSizeInBytes"] > 1000, True)
    fragments_of = archive.list_fragments
    missing(fragments_of, StreamName="none", FragmentSelector=whole)
    invalid(fragments_of, FragmentSelector=whole)
    invalid(fragments_of, StreamName="cam")
    invalid(fragments_of, StreamName="cam", FragmentSelector=selector("SERVER", 9, 8))
    invalid(fragments_of, StreamName="cam", FragmentSelector=selector("CLIENT", 8, 9))
    invalid(fragments_of, StreamName="cam", FragmentSelector={})
    for arguments in ({"MaxResults": 0}, {"MaxResults": 1001}, {"NextToken": "AAAA"}):
        invalid(fragments_of, StreamName="cam", FragmentSelector=whole, **arguments)

    def read(order):
        answer = archive.get_media_for_fragment_list(StreamName="cam", Fragments=order)
        check("content type", answer["ContentType"], "video/x-matroska")
        return answer["Payload"].read()

    def order_of(payload):
        found = [(payload.find(number.encode(), at), number) for number in set(numbers)
                 for at in range(len(payload)) if payload.startswith(number.encode(), at)]
        return [number for _, number in sorted(set(found))]

    backwards = [numbers[2], numbers[0], numbers[1], numbers[0]]
    check("any order, duplicates too", order_of(read(backwards)), backwards)
    unknown = numbers[0][:-1] + str((int(numbers[0][-1]) + 1) % 10)
    payload = read([numbers[1], unknown, numbers[2]])
    check("up to the unknown one", order_of(payload), [numbers[1]])
    for word in (b"AWS_KINESISVIDEO_EXCEPTION_ERROR_CODE", b"4000", unknown.encode()):
        check(f"the end tells {word}", word in payload, True)
    list_of = archive.get_media_for_fragment_list
    invalid(list_of, StreamName="cam", Fragments=[numbers[0]] * 1001)
    invalid(list_of, StreamName="cam", Fragments=[])
    invalid(list_of, StreamName="cam", Fragments=["abc"])
    invalid(list_of, StreamName="cam", Fragments=["1" * 129])
    invalid(list_of, Fragments=numbers)
    missing(list_of, StreamName="none", Fragments=numbers)

    answer = media.get_media(StreamName="cam", StartSelector={"StartSelectorType": "EARLIEST"})
    check("GetMedia type", answer["ContentType"].startswith("video/"), True)
    check("GetMedia", answer["Payload"].read(4), b"\x1a\x45\xdf\xa3")
    answer["Payload"].close()
    begin = media.get_media
    missing(begin, StreamName="none", StartSelector={"StartSelectorType": "NOW"})
    for arguments in (
        {}, {"StartSelector": {}}, {"StartSelector": {"StartSelectorType": "LATEST"}},
        {"StartSelector": {"StartSelectorType": "FRAGMENT_NUMBER"}},
        {"StartSelector": {"StartSelectorType": "SERVER_TIMESTAMP"}},
        {"StartSelector": {"StartSelectorType": "PRODUCER_TIMESTAMP"}},
        {"StartSelector": {"StartSelectorType": "CONTINUATION_TOKEN"}},
    ):
        invalid(begin, StreamName="cam", **arguments)
    invalid(begin, StartSelector={"StartSelectorType": "NOW"})
    return start


def sessions(start, unplayable):
    """GetHLSStreamingSessionURL and its errors."""
    hls = archive.get_hls_streaming_session_url

    def ranged(first=None, last=None, kind="PRODUCER_TIMESTAMP"):
        times = {"StartTimestamp": first, "EndTimestamp": last}
        times = {key: value for key, value in times.items() if value is not None}
        selector = {"FragmentSelectorType": kind, "TimestampRange": times}
        return {"StreamName": "cam", "PlaybackMode": "ON_DEMAND", "HLSFragmentSelector": selector}

    good = ranged(start - 1, start + 100)
    url = hls(**good)["HLSStreamingSessionURL"]
    check("URL", url.startswith(f"{ENDPOINT}/hls/v1/getHLSMasterPlaylist.m3u8?SessionToken="), True)
    check("live", hls(StreamName="cam")["HLSStreamingSessionURL"].startswith(ENDPOINT), True)
    server = {"FragmentSelectorType": "SERVER_TIMESTAMP"}
    for arguments in (
        {**good, "PlaybackMode": "LIVE"}, {**good, "PlaybackMode": "SOMETIMES"},
        {"StreamName": "cam", "PlaybackMode": "ON_DEMAND"},
        {"StreamName": "cam", "PlaybackMode": "LIVE_REPLAY"},
        {"StreamName": "cam", "PlaybackMode": "ON_DEMAND", "HLSFragmentSelector": server},
        ranged(start), ranged(None, start), ranged(start, start), ranged(start, start - 1),
        ranged(start, start + 86_401), ranged(start, start + 9, "CLIENT_TIMESTAMP"),
        ranged(start, start + 80_000, "SERVER_TIMESTAMP"),
        {**good, "Expires": 299}, {**good, "Expires": 43_201},
        {**good, "MaxMediaPlaylistFragmentResults": 0},
        {**good, "MaxMediaPlaylistFragmentResults": 5001},
        {**good, "ContainerFormat": "AVI"}, {**good, "DiscontinuityMode": "MAYBE"},
        {**good, "DisplayFragmentTimestamp": "MAYBE"}, {**good, "StreamName": None},
    ):
        invalid(hls, **{key: value for key, value in arguments.items() if value is not None})
    missing(hls, **{**good, "StreamName": "none"})
    missing(hls, **ranged(start - 5000, start - 4000))
    refused("NoDataRetentionException", 400, hls, **{**good, "StreamName": "bare"})
    kvs.create_stream(StreamName="odd", DataRetentionInHours=1)
    missing(hls, StreamName="odd")
    acks = put_media("odd", unplayable, start)
    check("odd is stored", acks[-1]["EventType"], "PERSISTED")
    refused("MissingCodecPrivateDataException", 400, hls, StreamName="odd")


def identities():
    """Who is calling, and who is not."""
    caller = client("sts").get_caller_identity()
    user = (ACCOUNT, f"arn:aws:iam::{ACCOUNT}:user/operator", "AIDA")
    check("identity", (caller["Account"], caller["Arn"], caller["UserId"][:4]), user)
    root = client("sts", ROOT).get_caller_identity()
    account = (ACCOUNT, f"arn:aws:iam::{ACCOUNT}:root", ACCOUNT)
    check("root", (root["Account"], root["Arn"], root["UserId"]), account)
    own = {
        "AccessKeyId": os.environ["AWS_ACCESS_KEY_ID"],
        "SecretAccessKey": os.environ["AWS_SECRET_ACCESS_KEY"],
    }
    unknown = {"AccessKeyId": "AKIDEXAMPLE", "SecretAccessKey": "wrong"}
    wrong = {**own, "SecretAccessKey": "wrong"}
    token = {**own, "SessionToken": "token"}
    for who, rest, query in (
        (unknown, "UnrecognizedClientException", "InvalidClientTokenId"),
        (token, "UnrecognizedClientException", "InvalidClientTokenId"),
        (wrong, "InvalidSignatureException", "SignatureDoesNotMatch"),
    ):
        refused(rest, 403, client("kinesisvideo", who).list_streams)
        refused(query, 403, client("sts", who).get_caller_identity)
    elsewhere = boto3.client("kinesisvideo", region_name="eu-west-3").list_streams
    message = refused("InvalidSignatureException", 403, elsewhere)
    check("both regions", REGION in message and "eu-west-3" in message, True)
    nobody = boto3.client("kinesisvideo", config=Config(signature_version=UNSIGNED))
    refused("MissingAuthenticationTokenException", 403, nobody.list_streams)


def absent():
    """Operations that are not there yet say so; COMPAT.md is checked against this."""
    served = set(json.loads(os.environ["SERVED"]))
    for service in ("kinesisvideo", "kinesis-video-archived-media", "kinesis-video-signaling",
                    "kinesis-video-webrtc-storage"):
        of = client(service)
        for method, operation in of.meta.method_to_api_mapping.items():
            if operation not in served:
                refused("NotImplementedException", 501, getattr(of, method))


the_arn = streams()
tags(the_arn)
lists()
deletion(the_arn)
the_start = fragments(sys.argv[1])
sessions(the_start, sys.argv[2])
identities()
absent()
finish()

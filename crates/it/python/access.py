"""Access to every operation of video streams: with exactly the right permission, with all
others, with that of another stream; conditions; and what explains a denial."""

import json
import sys
import urllib.parse

import boto3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.exceptions import ClientError
from botocore.httpsession import URLLib3Session

from checks import ACCOUNT, REGION, check, client, finish, refused

URL = boto3.client("kinesisvideo").meta.endpoint_url
iam, admin = client("iam"), client("kinesisvideo")
secrets = []


def user(name):
    """A user without permissions, and its key."""
    iam.create_user(UserName=name)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    secrets.append(key["SecretAccessKey"])
    return key


KEY, OTHER = user("limited"), user("stranger")
kvs = client("kinesisvideo", KEY)
media = client("kinesis-video-media", KEY)
archive = client("kinesis-video-archived-media", KEY)


def signed(method, path, headers=None, key=KEY):
    """A signed request without a body: status, id of the request, answer."""
    session = boto3.Session(key["AccessKeyId"], key["SecretAccessKey"])
    credentials = session.get_credentials().get_frozen_credentials()
    request = AWSRequest(method, URL + path, headers or {}, b"")
    SigV4Auth(credentials, "kinesisvideo", REGION).add_auth(request)
    answer = URLLib3Session().send(request.prepare())
    text = answer.content.decode()
    return answer.status_code, answer.headers["x-amzn-requestid"], text


def put_media(name):
    """PutMedia without media."""
    return signed("POST", "/putMedia", {
        "x-amzn-stream-name": name, "x-amzn-fragment-timecode-type": "RELATIVE"})


def arn(name):
    """The ARN of a stream that the administrator created."""
    return admin.describe_stream(StreamName=name)["StreamInfo"]["StreamARN"]


def version(name):
    return admin.describe_stream(StreamName=name)["StreamInfo"]["Version"]


def policy(*statements):
    """Gives the user these statements and no others."""
    document = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
    iam.put_user_policy(UserName="limited", PolicyName="own", PolicyDocument=document)


def allow(action, resource, **more):
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def outcome(call):
    """Whether a call was denied, the id of its request, and what it was told."""
    try:
        answer = call()
    except ClientError as error:
        code = error.response["Error"]["Code"]
        meta = error.response["ResponseMetadata"]
        denied = code == "AccessDeniedException" and meta["HTTPStatusCode"] == 403
        return denied, meta["RequestId"], error.response["Error"]["Message"]
    if isinstance(answer, tuple):
        status, request_id, text = answer
        return status == 403, request_id, text
    return False, answer["ResponseMetadata"]["RequestId"], ""


def recreated():
    """The stream that calls are about, as new."""
    try:
        admin.delete_stream(StreamARN=arn("cam"))
    except ClientError:
        pass
    admin.create_stream(StreamName="cam", DataRetentionInHours=1, Tags={"site": "north"})
    return arn("cam")


SELECTOR = {"FragmentSelectorType": "SERVER_TIMESTAMP",
            "TimestampRange": {"StartTimestamp": 1, "EndTimestamp": 2}}
TIER = {"DefaultStorageTier": "WARM"}
# What is called, with the stream's ARN; the action is the operation's own.
CALLS = {
    "DescribeStream": lambda a: kvs.describe_stream(StreamARN=a),
    "UpdateStream": lambda a: kvs.update_stream(
        StreamName="cam", CurrentVersion=version("cam"), DeviceName="d"),
    "UpdateDataRetention": lambda a: kvs.update_data_retention(
        StreamName="cam", CurrentVersion=version("cam"), Operation="INCREASE_DATA_RETENTION",
        DataRetentionChangeInHours=1),
    "DescribeStreamStorageConfiguration":
        lambda a: kvs.describe_stream_storage_configuration(StreamName="cam"),
    "UpdateStreamStorageConfiguration": lambda a: kvs.update_stream_storage_configuration(
        StreamName="cam", CurrentVersion=version("cam"), StreamStorageConfiguration=TIER),
    "GetDataEndpoint": lambda a: kvs.get_data_endpoint(StreamName="cam", APIName="PUT_MEDIA"),
    "TagStream": lambda a: kvs.tag_stream(StreamName="cam", Tags={"a": "b"}),
    "UntagStream": lambda a: kvs.untag_stream(StreamName="cam", TagKeyList=["a"]),
    "ListTagsForStream": lambda a: kvs.list_tags_for_stream(StreamName="cam"),
    "TagResource": lambda a: kvs.tag_resource(
        ResourceARN=a, Tags=[{"Key": "a", "Value": "b"}]),
    "UntagResource": lambda a: kvs.untag_resource(ResourceARN=a, TagKeyList=["a"]),
    "ListTagsForResource": lambda a: kvs.list_tags_for_resource(ResourceARN=a),
    "PutMedia": lambda a: put_media("cam"),
    "GetMedia": lambda a: media.get_media(
        StreamName="cam", StartSelector={"StartSelectorType": "EARLIEST"}),
    "ListFragments": lambda a: archive.list_fragments(
        StreamName="cam", FragmentSelector=SELECTOR),
    "GetMediaForFragmentList": lambda a: archive.get_media_for_fragment_list(
        StreamName="cam", Fragments=["91343852333181432392682062607743920146264094098"]),
    "GetHLSStreamingSessionURL": lambda a: archive.get_hls_streaming_session_url(
        StreamName="cam"),
    "ListFindings": lambda a: signed("GET", "/_kinora/streams/cam/findings"),
    "DeleteStream": lambda a: kvs.delete_stream(StreamARN=a),
}


def table():
    """Every operation on a stream."""
    admin.create_stream(StreamName="other")
    other = arn("other")
    target = recreated()
    for name, call in CALLS.items():
        action = f"kinesisvideo:{name}"
        everything_else = {"Effect": "Allow", "NotAction": action, "Resource": "*"}
        policy(everything_else, allow(action, other))
        denied, request_id, message = outcome(lambda: call(target))
        check(f"{name} not allowed", denied, True)
        told = f"not authorized to perform: {action} on resource:"
        check(f"{name} is told", told in message, True)
        # The smallest statement that would have allowed it does.
        status, _, text = signed("GET", f"/_kinora/decisions/{request_id}")
        decision = json.loads(text)["Decisions"][-1]
        check(f"{name} explained", (status, decision["Decision"]), (200, "implicitDeny"))
        missing = decision["MissingStatement"]
        check(f"{name} statement", missing, allow(action, target))
        policy(missing)
        denied, _, _ = outcome(lambda: call(target))
        check(f"{name} allowed", denied, False)
        if name == "DeleteStream":
            recreated()


def lists_and_creation():
    """What knows no stream yet."""
    everything = f"arn:aws:kinesisvideo:{REGION}:{ACCOUNT}:stream/*"
    policy(allow("kinesisvideo:*", everything))
    message = refused("AccessDeniedException", 403, kvs.list_streams)
    check("list", message.endswith(
        "resource: * because no identity-based policy allows the kinesisvideo:ListStreams action"
    ), True)
    policy(allow("kinesisvideo:ListStreams", "*"))
    check("list allowed", len(kvs.list_streams()["StreamInfoList"]), 2)
    refused("AccessDeniedException", 403, kvs.create_stream, StreamName="new")

    new = f"arn:aws:kinesisvideo:{REGION}:{ACCOUNT}:stream/new/*"
    tagged = {"StringEquals": {"aws:RequestTag/site": "north"},
              "ForAllValues:StringEquals": {"aws:TagKeys": ["site", "room"]}}
    policy(allow("kinesisvideo:CreateStream", new, Condition=tagged))
    refused("AccessDeniedException", 403, kvs.create_stream, StreamName="new")
    for name, tags in (("new", {"site": "south"}), ("old", {"site": "north"}),
                       ("new", {"site": "north", "color": "red"})):
        refused("AccessDeniedException", 403, kvs.create_stream, StreamName=name, Tags=tags)
    kvs.create_stream(StreamName="new", Tags={"site": "north"})
    # Whether it exists is told to who may create it, and to nobody else.
    refused("ResourceInUseException", 400, kvs.create_stream, StreamName="new",
            Tags={"site": "north"})
    refused("AccessDeniedException", 403, kvs.create_stream, StreamName="new")


def conditions():
    """Tags of the stream and of the request, variables, where the request comes from."""
    describe = "kinesisvideo:DescribeStream"
    for condition, denied in (
        ({"StringEquals": {"aws:ResourceTag/site": "north"}}, False),
        ({"StringEquals": {"aws:ResourceTag/site": "south"}}, True),
        ({"IpAddress": {"aws:SourceIp": "127.0.0.0/8"}}, False),
        ({"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}, True),
        ({"Bool": {"aws:SecureTransport": "true"}}, True),
        ({"StringLike": {"aws:UserAgent": "Boto3/*"}}, False),
        ({"StringEquals": {"aws:username": "limited"}}, False),
        ({"StringEquals": {"aws:PrincipalType": "User", "aws:RequestedRegion": REGION}}, False),
        ({"ArnEquals": {"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:user/limited"}}, False),
        ({"Null": {"aws:TokenIssueTime": "true"}}, False),
        ({"Bool": {"aws:MultiFactorAuthPresent": "true"}}, True),
        ({"BoolIfExists": {"aws:MultiFactorAuthPresent": "true"}}, False),
        ({"DateGreaterThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}}, False),
        ({"DateGreaterThan": {"aws:CurrentTime": "2120-01-01T00:00:00Z"}}, True),
    ):
        policy(allow(describe, "*", Condition=condition))
        got, _, _ = outcome(lambda: kvs.describe_stream(StreamName="cam"))
        check(f"{condition}", got, denied)
    own = f"arn:aws:kinesisvideo:*:{ACCOUNT}:stream/${{aws:username}}/*"
    policy(allow("kinesisvideo:*", own))
    refused("AccessDeniedException", 403, kvs.describe_stream, StreamName="cam")
    kvs.create_stream(StreamName="limited")

    tags = f"arn:aws:kinesisvideo:*:{ACCOUNT}:stream/cam/*"
    only = {"ForAllValues:StringEquals": {"aws:TagKeys": ["room"]}}
    policy(allow(["kinesisvideo:TagStream", "kinesisvideo:UntagStream"], tags, Condition=only))
    kvs.tag_stream(StreamName="cam", Tags={"room": "1"})
    kvs.untag_stream(StreamName="cam", TagKeyList=["room"])
    refused("AccessDeniedException", 403, kvs.tag_stream, StreamName="cam", Tags={"site": "x"})
    refused("AccessDeniedException", 403, kvs.untag_stream, StreamName="cam",
            TagKeyList=["room", "site"])


def existence():
    """A stream that is not there is seen by those only who could see it."""
    describe = "kinesisvideo:DescribeStream"
    prefix = f"arn:aws:kinesisvideo:{REGION}:{ACCOUNT}:stream/"
    policy(allow(describe, prefix + "none/*"))
    refused("ResourceNotFoundException", 404, kvs.describe_stream, StreamName="none")
    policy(allow(describe, prefix + "none/1700000000000"))
    refused("AccessDeniedException", 403, kvs.describe_stream, StreamName="none")
    policy(allow(describe, prefix + "cam/*"))
    hidden = refused("AccessDeniedException", 403, kvs.describe_stream, StreamName="other")
    absent = refused("AccessDeniedException", 403, kvs.describe_stream, StreamName="none")
    check("no difference", hidden.replace("other", "none"), absent)


def changes_and_denials():
    """What policies say counts for the very next request; a Deny wins."""
    everything = allow("kinesisvideo:*", "*")
    for _ in range(5):
        policy(everything)
        check("allowed", outcome(lambda: kvs.list_streams())[0], False)
        iam.delete_user_policy(UserName="limited", PolicyName="own")
        check("denied", outcome(lambda: kvs.list_streams())[0], True)
    policy(everything, {"Sid": "Never", "Effect": "Deny", "Action": "kinesisvideo:Delete*",
                        "Resource": "*"})
    denied, request_id, message = outcome(lambda: kvs.delete_stream(StreamARN=arn("cam")))
    check("explicit", (denied, message.endswith(
        "with an explicit deny in an identity-based policy")), (True, True))
    text = signed("GET", f"/_kinora/decisions/{request_id}")[2]
    decision = json.loads(text)["Decisions"][-1]
    check("statement", [(s["Policy"], s["Sid"], s["Number"]) for s in decision["Statements"]],
          [("own", "Never", 2)])

    # Others' decisions take a permission; so does the trail.
    path = f"/_kinora/decisions/{request_id}"
    check("stranger", signed("GET", path, key=OTHER)[0], 403)
    check("trail", signed("GET", "/_kinora/audit")[0], 403)
    document = json.dumps({"Statement": allow("kinora:GetDecision", "*")})
    iam.put_user_policy(UserName="stranger", PolicyName="see", PolicyDocument=document)
    check("seen", signed("GET", path, key=OTHER)[0], 200)
    check("none", signed("GET", "/_kinora/decisions/none", key=OTHER)[0], 404)
    return request_id


def trail(denied_id):
    """The audit trail, read by a user who may."""
    password = "Correct-Horse-7-Battery"
    secrets.append(password)
    for call, arguments in (
        (iam.create_login_profile, {"UserName": "limited", "Password": password}),
        (iam.update_login_profile, {"UserName": "limited", "Password": password + "x"}),
        (iam.change_password, {"OldPassword": password, "NewPassword": password + "y"}),
    ):
        outcome(lambda: call(**arguments))
    session = client("sts", KEY).get_session_token()["Credentials"]
    secrets.extend([session["SecretAccessKey"], session["SessionToken"]])
    document = json.dumps({"Statement": allow("cloudtrail:LookupEvents", "*")})
    iam.put_user_policy(UserName="stranger", PolicyName="trail", PolicyDocument=document)
    events, token = [], ""
    while token is not None:
        query = {"max": "150"} | ({"next-token": token} if token else {})
        path = "/_kinora/audit?" + urllib.parse.urlencode(sorted(query.items()))
        status, _, text = signed("GET", path, key=OTHER)
        check("page", status, 200)
        check("no secret", [secret for secret in secrets if secret in text], [])
        answer = json.loads(text)
        events += answer["Events"]
        token = answer.get("NextToken")
    check("each once", len({event["eventID"] for event in events}), len(events))
    times = [event["eventTime"] for event in events]
    check("newest first", times, sorted(times, reverse=True))
    names = {event["eventName"] for event in events}
    expected = {"CreateUser", "CreateAccessKey", "PutUserPolicy", "CreateStream", "TagStream",
                "ListStreams", "GetSessionToken", "CreateLoginProfile", "ChangePassword"}
    check("control calls", sorted(expected - names), [])
    denials = {event["eventName"] for event in events
               if event.get("errorCode") in ("AccessDenied", "AccessDeniedException")}
    check("denials", sorted((CALLS.keys() | {"GetDecision", "LookupEvents"}) - denials), [])
    allowed = [event for event in events if event["eventName"] == "PutMedia"
               and "errorCode" not in event]
    check("media is not control", allowed, [])
    denied = [event for event in events if event["requestID"] == denied_id]
    check("one event", len(denied), 1)
    decision = denied[0]["additionalEventData"]["decision"]
    check("why", (decision["Decision"], denied[0]["userIdentity"]["userName"],
                  denied[0]["sourceIPAddress"]), ("explicitDeny", "limited", "127.0.0.1"))
    key = [event for event in events if event["eventName"] == "CreateAccessKey"
           and event["requestParameters"] == {"userName": "stranger"}]
    check("key", [e["responseElements"]["accessKeyId"] for e in key], [OTHER["AccessKeyId"]])
    path = "/_kinora/audit?event-name=createuser&user-name=administrator"
    found = json.loads(signed("GET", path, key=OTHER)[2])["Events"]
    check("by name", {event["eventName"] for event in found}, {"CreateUser"})
    for wrong in ("max=0", "start=x", "user=bob"):
        check(wrong, signed("GET", f"/_kinora/audit?{wrong}", key=OTHER)[0], 400)


table()
lists_and_creation()
conditions()
existence()
trail(changes_and_denials())
with open(sys.argv[1], "w", encoding="utf-8") as file:
    json.dump(secrets, file)
finish()

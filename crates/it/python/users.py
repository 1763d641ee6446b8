"""Users, groups and access keys: every operation, every documented error, paging over a
thousand users, and the order in which Terraform makes and destroys them."""

import base64
import datetime
import time
from concurrent.futures import ThreadPoolExecutor

from checks import ACCOUNT, REGION, ROOT, check, client, finish, refused

iam = client("iam")
ARN = f"arn:aws:iam::{ACCOUNT}:"


def names(answer, list_of, name):
    """The names in a list."""
    return [item[name] for item in answer[list_of]]


def users():
    """CreateUser, GetUser, UpdateUser, DeleteUser."""
    ann = iam.create_user(UserName="Ann", Path="/staff/", Tags=[
        {"Key": "Team", "Value": "cameras"}, {"Key": "cost-centre", "Value": ""}])["User"]
    check("arn", ann["Arn"], f"{ARN}user/staff/Ann")
    check("id", (ann["UserId"][:4], len(ann["UserId"])), ("AIDA", 21))
    age = datetime.datetime.now(datetime.timezone.utc) - ann["CreateDate"]
    check("created now", abs(age.total_seconds()) < 60, True)
    check("tags", [tag["Key"] for tag in ann["Tags"]], ["Team", "cost-centre"])
    iam.get_waiter("user_exists").wait(UserName="Ann")
    check("get", iam.get_user(UserName="aNN")["User"], ann)
    bare = iam.create_user(UserName="bob")["User"]
    check("bare", sorted(bare), ["Arn", "CreateDate", "Path", "UserId", "UserName"])
    check("path", bare["Path"], "/")
    listed = iam.list_users(PathPrefix="/staff/")["Users"]
    ann.pop("Tags")
    check("listed without tags", listed, [ann])

    message = refused("EntityAlreadyExists", 409, iam.create_user, UserName="ANN", Path="/x/")
    check("exists", message, "User with name ANN already exists.")
    try:
        iam.create_user(UserName="ann")
    except iam.exceptions.EntityAlreadyExistsException:
        check("typed", True, True)
    for call in (iam.get_user, iam.delete_user, iam.update_user, iam.list_groups_for_user):
        message = refused("NoSuchEntity", 404, call, UserName="nobody")
        check("missing", message, "The user with name nobody cannot be found.")
    for arguments in (
        {}, {"UserName": ""}, {"UserName": "a b"}, {"UserName": "x" * 65}, {"UserName": "é"},
        {"UserName": "n", "Path": "x"}, {"UserName": "n", "Path": "/x"},
        {"UserName": "n", "Path": "/" + "x" * 511 + "/"},
        {"UserName": "n", "Tags": [{"Key": "", "Value": ""}]},
        {"UserName": "n", "Tags": [{"Key": str(n), "Value": ""} for n in range(51)]},
    ):
        refused("ValidationError", 400, iam.create_user, **arguments)
    twice = [{"Key": "team", "Value": "a"}, {"Key": "TEAM", "Value": "b"}]
    refused("InvalidInput", 400, iam.create_user, UserName="n", Tags=twice)
    reserved = [{"Key": "aws:x", "Value": "a"}]
    refused("InvalidInput", 400, iam.create_user, UserName="n", Tags=reserved)
    for policy in (f"{ARN}policy/none", "arn:aws:iam::aws:policy/None"):
        refused("NoSuchEntity", 404, iam.create_user, UserName="n", PermissionsBoundary=policy)
    message = refused(
        "InvalidInput", 400, iam.create_user, UserName="n", PermissionsBoundary="x" * 20)
    what = f"Value ({'x' * 20}) for parameter PermissionsBoundary is invalid."
    check("no boundary", message, what)
    bound = iam.create_user(
        UserName="bound", PermissionsBoundary="arn:aws:iam::aws:policy/AdministratorAccess")
    boundary = bound["User"]["PermissionsBoundary"]
    check("boundary", boundary["PermissionsBoundaryArn"].rsplit("/")[-1], "AdministratorAccess")
    check("boundary kept", iam.get_user(UserName="bound")["User"], bound["User"])
    iam.delete_user(UserName="bound")

    message = refused(
        "EntityAlreadyExists", 409, iam.update_user, UserName="Ann", NewUserName="BOB")
    check("clash", message, "User with name BOB already exists.")
    refused("ValidationError", 400, iam.update_user, UserName="Ann", NewUserName="a/b")
    iam.update_user(UserName="ann", NewUserName="Anna", NewPath="/")
    anna = iam.get_user(UserName="anna")["User"]
    check("same user", [anna["UserId"], anna["CreateDate"]], [ann["UserId"], ann["CreateDate"]])
    check("new arn", anna["Arn"], f"{ARN}user/Anna")
    iam.update_user(UserName="Anna", NewUserName="ann")
    iam.delete_user(UserName="BOB")
    again = iam.create_user(UserName="bob")["User"]
    check("a namesake is another", again["UserId"] != bare["UserId"], True)

    mine = iam.get_user()["User"]
    check("oneself", [mine["Arn"], mine["UserId"][:4]], [f"{ARN}user/Administrator", "AIDA"])
    root = client("iam", ROOT).get_user()["User"]
    check("root", [root["Arn"], root["UserId"]], [f"{ARN}root", ACCOUNT])
    check("root has no name", root.get("UserName"), None)


def groups():
    """Groups and membership."""
    cameras = iam.create_group(GroupName="Cameras", Path="/ops/")["Group"]
    check("arn", cameras["Arn"], f"{ARN}group/ops/Cameras")
    check("id", (cameras["GroupId"][:4], len(cameras["GroupId"])), ("AGPA", 21))
    iam.create_group(GroupName="archive")
    message = refused("EntityAlreadyExists", 409, iam.create_group, GroupName="ARCHIVE")
    check("exists", message, "Group with name ARCHIVE already exists.")
    check("list", names(iam.list_groups(), "Groups", "GroupName"), ["archive", "Cameras"])
    below = iam.list_groups(PathPrefix="/op")
    check("list below", names(below, "Groups", "GroupName"), ["Cameras"])
    for call in (iam.get_group, iam.delete_group, iam.update_group):
        message = refused("NoSuchEntity", 404, call, GroupName="nobody")
        check("missing", message, "The group with name nobody cannot be found.")
    for arguments in ({}, {"GroupName": ""}, {"GroupName": "x" * 129}, {"GroupName": "a b"}):
        refused("ValidationError", 400, iam.create_group, **arguments)

    for name in ("ann", "bob", "ann"):
        iam.add_user_to_group(GroupName="cameras", UserName=name)
    answer = iam.get_group(GroupName="Cameras")
    check("members", names(answer, "Users", "UserName"), ["ann", "bob"])
    check("group", answer["Group"], cameras)
    check("whole", answer["IsTruncated"], False)
    page = iam.get_group(GroupName="Cameras", MaxItems=1)
    check("first", names(page, "Users", "UserName"), ["ann"])
    page = iam.get_group(GroupName="Cameras", MaxItems=1, Marker=page["Marker"])
    check("second", (names(page, "Users", "UserName"), page["IsTruncated"]), (["bob"], False))
    iam.add_user_to_group(GroupName="archive", UserName="ann")
    of_ann = iam.list_groups_for_user(UserName="ann")
    check("of ann", names(of_ann, "Groups", "GroupName"), ["archive", "Cameras"])
    for call in (iam.add_user_to_group, iam.remove_user_from_group):
        refused("NoSuchEntity", 404, call, GroupName="nobody", UserName="ann")
        refused("NoSuchEntity", 404, call, GroupName="Cameras", UserName="nobody")
    refused("NoSuchEntity", 404, iam.remove_user_from_group, GroupName="archive", UserName="bob")

    message = refused(
        "EntityAlreadyExists", 409, iam.update_group, GroupName="Cameras", NewGroupName="Archive")
    check("clash", message, "Group with name Archive already exists.")
    iam.update_group(GroupName="Cameras", NewGroupName="Lenses", NewPath="/")
    renamed = iam.get_group(GroupName="lenses")
    check("same group", renamed["Group"]["GroupId"], cameras["GroupId"])
    check("same members", names(renamed, "Users", "UserName"), ["ann", "bob"])

    message = refused("DeleteConflict", 409, iam.delete_group, GroupName="Lenses")
    check("guard", message, "Cannot delete entity, must remove users from group first.")
    message = refused("DeleteConflict", 409, iam.delete_user, UserName="ann")
    check("guard", message, "Cannot delete entity, must remove users from group first.")
    for group, name in (("lenses", "ann"), ("LENSES", "BOB"), ("archive", "ann")):
        iam.remove_user_from_group(GroupName=group, UserName=name)
    for n in range(11):
        iam.create_group(GroupName=f"g{n}")
    for n in range(10):
        iam.add_user_to_group(GroupName=f"g{n}", UserName="bob")
    message = refused(
        "LimitExceeded", 409, iam.add_user_to_group, GroupName="g10", UserName="bob")
    check("quota", message, "Cannot exceed quota for GroupsPerUser: 10")
    for n in range(10):
        iam.remove_user_from_group(GroupName=f"g{n}", UserName="bob")
    for group in ("Lenses", "archive", *(f"g{n}" for n in range(11))):
        iam.delete_group(GroupName=group)
    check("none left", iam.list_groups()["Groups"], [])


def account_of(key):
    """The account in a key id, as scanners for leaked keys read it."""
    bits = int.from_bytes(base64.b32decode(key[4:])[:6], "big")
    return f"{(bits & 0x7FFF_FFFF_FF80) >> 7:012}"


def keys():
    """Access keys: of users and of root."""
    key = iam.create_access_key(UserName="ANN")["AccessKey"]
    facts = (key["UserName"], key["Status"], key["AccessKeyId"][:4], len(key["SecretAccessKey"]))
    check("key", facts, ("ann", "Active", "AKIA", 40))
    check("account in it", account_of(key["AccessKeyId"]), ACCOUNT)
    second = iam.create_access_key(UserName="ann")["AccessKey"]
    message = refused("LimitExceeded", 409, iam.create_access_key, UserName="ann")
    check("quota", message, "Cannot exceed quota for AccessKeysPerUser: 2")
    listed = iam.list_access_keys(UserName="ann")["AccessKeyMetadata"]
    ids = sorted([key["AccessKeyId"], second["AccessKeyId"]])
    check("both", sorted(item["AccessKeyId"] for item in listed), ids)
    shown = ["AccessKeyId", "CreateDate", "Status", "UserName"]
    check("no secrets", [sorted(item) for item in listed], [shown, shown])
    one = iam.list_access_keys(UserName="ann", MaxItems=1)
    check("one of two", (len(one["AccessKeyMetadata"]), one["IsTruncated"]), (1, True))

    unused = iam.get_access_key_last_used(AccessKeyId=key["AccessKeyId"])
    check("never used", unused["AccessKeyLastUsed"], {"ServiceName": "N/A", "Region": "N/A"})
    check("whose", unused["UserName"], "ann")
    me = client("sts", key)
    ann = iam.get_user(UserName="ann")["User"]
    check("works", me.get_caller_identity()["Arn"], ann["Arn"])
    used = iam.get_access_key_last_used(AccessKeyId=key["AccessKeyId"])["AccessKeyLastUsed"]
    check("used", (used["ServiceName"], used["Region"]), ("sts", REGION))
    age = datetime.datetime.now(datetime.timezone.utc) - used["LastUsedDate"]
    check("used now", abs(age.total_seconds()) < 60, True)

    def switch(status):
        iam.update_access_key(UserName="ann", AccessKeyId=key["AccessKeyId"], Status=status)

    for _ in range(3):
        switch("Inactive")
        refused("InvalidClientTokenId", 403, me.get_caller_identity)
        switch("Active")
        check("works again", me.get_caller_identity()["UserId"], ann["UserId"])
    switch("Inactive")
    statuses = {item["AccessKeyId"]: item["Status"]
                for item in iam.list_access_keys(UserName="ann")["AccessKeyMetadata"]}
    check("statuses", statuses[key["AccessKeyId"]], "Inactive")
    switch("Active")
    for status in ("Sleeping", "", None):
        refused("ValidationError", 400, iam.update_access_key, UserName="ann",
                AccessKeyId=key["AccessKeyId"], Status=status)
    refused("InvalidInput", 400, iam.update_access_key, UserName="ann",
            AccessKeyId=key["AccessKeyId"], Status="Expired")
    for call, more in ((iam.update_access_key, {"Status": "Active"}), (iam.delete_access_key, {})):
        for owner in ({"UserName": "ann"}, {"UserName": "bob"}, {}):
            foreign = "AKIAI44QH8DHBEXAMPLE" if owner == {"UserName": "ann"} else key["AccessKeyId"]
            message = refused("NoSuchEntity", 404, call, AccessKeyId=foreign, **owner, **more)
            check("not theirs", message, f"The Access Key with id {foreign} cannot be found.")
        refused("NoSuchEntity", 404, call, AccessKeyId=key["AccessKeyId"], UserName="no", **more)
        refused("ValidationError", 400, call, AccessKeyId="short", UserName="ann", **more)
    refused("NoSuchEntity", 404, iam.get_access_key_last_used, AccessKeyId="AKIAI44QH8DHBEXAMPLE")
    for call in (iam.create_access_key, iam.list_access_keys):
        refused("NoSuchEntity", 404, call, UserName="nobody")

    # One without permissions is not told who exists.
    powerless = client("iam", key)
    for name in ("bob", "nobody"):
        message = refused("AccessDenied", 403, powerless.get_user, UserName=name)
        what = f"User: {ann['Arn']} is not authorized to perform: iam:GetUser on resource: "
        check("denial", message.startswith(f"{what}{ARN}user/{name}"), True)
    refused("AccessDenied", 403, powerless.create_access_key)
    refused("AccessDenied", 403, powerless.list_users)

    iam.update_user(UserName="ann", NewUserName="annette")
    check("key survives", me.get_caller_identity()["Arn"], f"{ARN}user/annette")
    iam.update_user(UserName="annette", NewUserName="ann")
    message = refused("DeleteConflict", 409, iam.delete_user, UserName="ann")
    check("guard", message, "Cannot delete entity, must delete access keys first.")
    for each in (key, second):
        iam.delete_access_key(UserName="ann", AccessKeyId=each["AccessKeyId"])
    refused("InvalidClientTokenId", 403, me.get_caller_identity)
    refused("NoSuchEntity", 404, iam.get_access_key_last_used, AccessKeyId=key["AccessKeyId"])
    iam.delete_user(UserName="ann")
    iam.delete_user(UserName="bob")


def root_keys():
    """Root has keys of its own."""
    root = client("iam", ROOT)
    key = root.create_access_key()["AccessKey"]
    check("nobody's name", key.get("UserName"), None)
    mine = client("sts", key).get_caller_identity()
    check("root's", mine["Arn"], f"{ARN}root")
    refused("LimitExceeded", 409, root.create_access_key)
    check("two", len(root.list_access_keys()["AccessKeyMetadata"]), 2)
    used = client("iam", key).get_access_key_last_used(AccessKeyId=key["AccessKeyId"])
    check("used for", used["AccessKeyLastUsed"]["ServiceName"], "sts")
    root.update_access_key(AccessKeyId=key["AccessKeyId"], Status="Inactive")
    refused("InvalidClientTokenId", 403, client("sts", key).get_caller_identity)
    root.delete_access_key(AccessKeyId=key["AccessKeyId"])
    check("one", len(root.list_access_keys()["AccessKeyMetadata"]), 1)


def paging():
    """A thousand users, whoever asks among them, page by page."""
    others = [f"{'U' if n % 2 else 'u'}ser-{n:04}" for n in range(999)]
    everyone = ["Administrator", *others]
    started = time.monotonic()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda name: iam.create_user(UserName=name, Path="/many/"), others))
    check("made in a minute", time.monotonic() - started < 60, True)
    pages = list(iam.get_paginator("list_users").paginate())
    check("pages", [len(page["Users"]) for page in pages], [100] * 10)
    seen = [user["UserName"] for page in pages for user in page["Users"]]
    check("each once, in order", seen, everyone)
    pages = iam.get_paginator("list_users").paginate(
        PathPrefix="/many/", PaginationConfig={"PageSize": 333})
    check("pages of 333", [len(page["Users"]) for page in pages], [333, 333, 333])
    whole = iam.list_users(MaxItems=1000)
    check("one page", (len(whole["Users"]), whole["IsTruncated"]), (1000, False))
    check("no marker", "Marker" in whole, False)
    for arguments in ({"MaxItems": 0}, {"MaxItems": 1001}, {"Marker": "bad!"}, {"Marker": "x" * 321}, {"PathPrefix": "x"}):
        refused("ValidationError", 400, iam.list_users, **arguments)
    refused("MalformedInput", 400, iam.list_users, MaxItems="many")
    page = iam.list_users(MaxItems=10)
    for name in seen[5:12]:
        iam.delete_user(UserName=name)
    page = iam.list_users(MaxItems=2, Marker=page["Marker"])
    check("goes on behind", names(page, "Users", "UserName"), seen[12:14])


users()
groups()
keys()
root_keys()
paging()
finish()

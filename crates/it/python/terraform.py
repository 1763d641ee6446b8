"""The calls of Terraform's AWS provider for policies, roles, groups and users, in its
order: create, read, change, read, destroy. And documents, which must come back as they
went, since the provider plans again whatever a server alters."""

import json
import re
import urllib.parse

import boto3

from checks import ACCOUNT, UNCHECKED, check, finish
from iam_checks import iam, missing, pages

TRUST = json.dumps({"Version": "2012-10-17", "Statement": [
    {"Action": "sts:AssumeRole", "Effect": "Allow", "Sid": "",
     "Principal": {"Service": "ec2.amazonaws.com"}}]})
# Every kind of white space and escape, and characters that forms and XML treat specially.
ODD = ('\t{ "Version":"2012-10-17",\r\n  "Id" : "a+b%20c&amp;<é>\\u00e9\\/",\n "Statement" :[\n'
       '{"Effect":"Allow" ,"Action":["kinesisvideo:*"],"Resource":"*", "Condition":{"StringLike":'
       '{"aws:RequestTag/a b":["~*\\"","+ %"]}}}  ]\n}\n ')


def raw(operation, element, **arguments):
    """The text of an element of the answer's XML, and the same decoded."""
    bodies = []
    client = boto3.client("iam", config=UNCHECKED)
    client.meta.events.register("response-received.iam",
                                lambda response_dict, **_: bodies.append(response_dict["body"]))
    getattr(client, operation)(**arguments)
    wire = re.search(f"<{element}>([^<]*)</{element}>", bodies[-1].decode()).group(1)
    return wire, urllib.parse.unquote(wire)


def bytes_back():
    """Documents come back byte for byte, percent-encoded."""
    arn = iam.create_policy(PolicyName="odd", PolicyDocument=ODD)["Policy"]["Arn"]
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=ODD + "\n")
    trust = ODD.replace('"Resource":"*"', '"Principal": {"AWS":"*" }')
    trust = trust.replace("kinesisvideo:*", "sts:TagSession")
    iam.create_role(RoleName="odd", AssumeRolePolicyDocument=trust)
    iam.create_user(UserName="odd")
    iam.create_group(GroupName="odd")
    expected = [("get_policy_version", "Document", ODD, {"PolicyArn": arn, "VersionId": "v1"}),
                ("get_policy_version", "Document", ODD + "\n",
                 {"PolicyArn": arn, "VersionId": "v2"}),
                ("get_role", "AssumeRolePolicyDocument", trust, {"RoleName": "odd"}),
                ("list_roles", "AssumeRolePolicyDocument", trust, {})]
    for kind in ("user", "group", "role"):
        who = {f"{kind.title()}Name": "odd", "PolicyName": "p"}
        getattr(iam, f"put_{kind}_policy")(PolicyDocument=ODD, **who)
        expected.append((f"get_{kind}_policy", "PolicyDocument", ODD, who))
    for operation, element, text, arguments in expected:
        wire, decoded = raw(operation, element, **arguments)
        check(f"{operation}: bytes", decoded, text)
        check(f"{operation}: RFC 3986", wire, urllib.parse.quote(text, safe="-._~"))
    for kind in ("user", "group", "role"):
        who = {f"{kind.title()}Name": "odd"}
        getattr(iam, f"delete_{kind}_policy")(PolicyName="p", **who)
        getattr(iam, f"delete_{kind}")(**who)
    iam.delete_policy_version(PolicyArn=arn, VersionId="v2")
    iam.delete_policy(PolicyArn=arn)


def policy():
    """aws_iam_policy."""
    arn = iam.create_policy(PolicyName="tf", Path="/", Description="made by a tool", Tags=[
        {"Key": "env", "Value": "test"}], PolicyDocument=ODD)["Policy"]["Arn"]
    read = iam.get_policy(PolicyArn=arn)["Policy"]
    check("read", (read["Description"], read["Tags"], read["DefaultVersionId"]),
          ("made by a tool", [{"Key": "env", "Value": "test"}], "v1"))
    for change in range(7):
        versions = iam.list_policy_versions(PolicyArn=arn)["Versions"]
        if len(versions) >= 5:
            oldest = min((one for one in versions if not one["IsDefaultVersion"]),
                         key=lambda one: int(one["VersionId"][1:]))
            iam.delete_policy_version(PolicyArn=arn, VersionId=oldest["VersionId"])
        iam.create_policy_version(PolicyArn=arn, PolicyDocument=ODD + " " * change,
                                  SetAsDefault=True)
    check("default", iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"], "v8")
    iam.tag_policy(PolicyArn=arn, Tags=[{"Key": "env", "Value": "live"}])
    iam.untag_policy(PolicyArn=arn, TagKeys=["none"])
    found = [one["Arn"] for one in pages("list_policies", "Policies", Scope="Local")[0]]
    check("data source", found, [arn])
    return arn


def destroy_policy(arn):
    """Its versions, then itself."""
    for version in iam.list_policy_versions(PolicyArn=arn)["Versions"]:
        if not version["IsDefaultVersion"]:
            iam.delete_policy_version(PolicyArn=arn, VersionId=version["VersionId"])
    iam.delete_policy(PolicyArn=arn)
    missing(iam.get_policy, PolicyArn=arn)


def role(arn):
    """aws_iam_role with inline policies, attachments and an instance profile."""
    iam.create_role(RoleName="tf", Path="/", AssumeRolePolicyDocument=TRUST, Tags=[
        {"Key": "env", "Value": "test"}], MaxSessionDuration=3600)
    iam.get_waiter("role_exists").wait(RoleName="tf")
    iam.put_role_policy(RoleName="tf", PolicyName="own", PolicyDocument=ODD)
    iam.attach_role_policy(RoleName="tf", PolicyArn=arn)
    read = iam.get_role(RoleName="tf")["Role"]
    check("trust", read["AssumeRolePolicyDocument"], json.loads(TRUST))
    check("inline", iam.list_role_policies(RoleName="tf")["PolicyNames"], ["own"])
    iam.get_role_policy(RoleName="tf", PolicyName="own")
    attached = iam.list_attached_role_policies(RoleName="tf")["AttachedPolicies"]
    check("attached", attached, [{"PolicyName": "tf", "PolicyArn": arn}])
    iam.update_assume_role_policy(RoleName="tf", PolicyDocument=TRUST.replace("ec2", "iot"))
    iam.update_role_description(RoleName="tf", Description="changed")
    iam.update_role(RoleName="tf", MaxSessionDuration=7200)
    iam.put_role_permissions_boundary(RoleName="tf", PermissionsBoundary=arn)
    iam.tag_role(RoleName="tf", Tags=[{"Key": "env", "Value": "live"}])
    read = iam.get_role(RoleName="tf")["Role"]
    check("changed", (read["Description"], read["MaxSessionDuration"], read["Tags"],
                      read["PermissionsBoundary"]["PermissionsBoundaryArn"]),
          ("changed", 7200, [{"Key": "env", "Value": "live"}], arn))
    iam.create_instance_profile(InstanceProfileName="tf")
    iam.get_waiter("instance_profile_exists").wait(InstanceProfileName="tf")
    iam.add_role_to_instance_profile(InstanceProfileName="tf", RoleName="tf")
    entities = iam.list_entities_for_policy(PolicyArn=arn)
    check("entities", [one["RoleName"] for one in entities["PolicyRoles"]], ["tf"])


def destroy_role():
    """With force_detach_policies."""
    for profile in iam.list_instance_profiles_for_role(RoleName="tf")["InstanceProfiles"]:
        name = profile["InstanceProfileName"]
        iam.remove_role_from_instance_profile(InstanceProfileName=name, RoleName="tf")
    for policy in iam.list_attached_role_policies(RoleName="tf")["AttachedPolicies"]:
        iam.detach_role_policy(RoleName="tf", PolicyArn=policy["PolicyArn"])
    for name in iam.list_role_policies(RoleName="tf")["PolicyNames"]:
        iam.delete_role_policy(RoleName="tf", PolicyName=name)
    iam.delete_role_permissions_boundary(RoleName="tf")
    iam.delete_role(RoleName="tf")
    missing(iam.get_role, RoleName="tf")
    iam.delete_instance_profile(InstanceProfileName="tf")


def people(arn):
    """aws_iam_user, aws_iam_group, memberships, attachments and inline policies."""
    iam.create_user(UserName="tf", Path="/", PermissionsBoundary=arn,
                    Tags=[{"Key": "env", "Value": "test"}])
    iam.create_group(GroupName="tf", Path="/")
    iam.add_user_to_group(GroupName="tf", UserName="tf")
    for kind in ("user", "group"):
        who = {f"{kind.title()}Name": "tf"}
        getattr(iam, f"put_{kind}_policy")(PolicyName="own", PolicyDocument=ODD, **who)
        getattr(iam, f"attach_{kind}_policy")(PolicyArn=arn, **who)
        found, _ = pages(f"list_attached_{kind}_policies", "AttachedPolicies", **who)
        check(f"attached to the {kind}", [one["PolicyArn"] for one in found], [arn])
    read = iam.get_user(UserName="tf")["User"]
    check("boundary", read["PermissionsBoundary"]["PermissionsBoundaryArn"], arn)
    iam.delete_user_permissions_boundary(UserName="tf")
    iam.untag_user(UserName="tf", TagKeys=["env"])
    iam.tag_user(UserName="tf", Tags=[{"Key": "owner", "Value": "me"}])
    check("tags", iam.get_user(UserName="tf")["User"]["Tags"],
          [{"Key": "owner", "Value": "me"}])
    groups, _ = pages("list_groups_for_user", "Groups", UserName="tf")
    check("groups", [one["GroupName"] for one in groups], ["tf"])


def destroy_people():
    """With force_destroy."""
    iam.remove_user_from_group(GroupName="tf", UserName="tf")
    for kind in ("user", "group"):
        who = {f"{kind.title()}Name": "tf"}
        for policy in pages(f"list_attached_{kind}_policies", "AttachedPolicies", **who)[0]:
            getattr(iam, f"detach_{kind}_policy")(PolicyArn=policy["PolicyArn"], **who)
        for name in pages(f"list_{kind}_policies", "PolicyNames", **who)[0]:
            getattr(iam, f"delete_{kind}_policy")(PolicyName=name, **who)
    check("keys", iam.list_access_keys(UserName="tf")["AccessKeyMetadata"], [])
    check("ssh", iam.list_ssh_public_keys(UserName="tf")["SSHPublicKeys"], [])
    check("certificates", iam.list_signing_certificates(UserName="tf")["Certificates"], [])
    services = iam.list_service_specific_credentials(UserName="tf")
    check("services", services["ServiceSpecificCredentials"], [])
    iam.delete_user(UserName="tf")
    iam.delete_group(GroupName="tf")
    missing(iam.get_user, UserName="tf")
    missing(iam.get_group, GroupName="tf")


check("account", boto3.client("sts").get_caller_identity()["Account"], ACCOUNT)
bytes_back()
the_arn = policy()
role(the_arn)
people(the_arn)
destroy_people()
destroy_role()
destroy_policy(the_arn)
finish()

"""What policies can tell apart when they let somebody manage identities: which policy is
attached, which boundary is set, which role is passed on, which tags are there. And what
two accounts see of each other. The key of another account's root is in OTHER."""

import json
import os

from checks import ACCOUNT, REGION, check, client, finish, refused
from iam_checks import exists, iam, malformed, missing, over

READER = "arn:aws:iam::aws:policy/AmazonKinesisVideoStreamsReadOnlyAccess"
ADMIN = "arn:aws:iam::aws:policy/AdministratorAccess"
ARN = f"arn:aws:iam::{ACCOUNT}:"
ALLOW = json.dumps({"Statement": {"Effect": "Allow", "Action": "iam:*", "Resource": "*"}})


def trusting(principal):
    """A trust policy."""
    return json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": principal}, "Action": "sts:AssumeRole"}]})


def allow(*actions, resource="*", **conditions):
    """An Allow statement."""
    return {"Effect": "Allow", "Action": [f"iam:{action}" for action in actions],
            "Resource": resource, "Condition": conditions}


def denied(call, **arguments):
    """AccessDenied, which names the action."""
    message = refused("AccessDenied", 403, call, **arguments)
    check("denial", "is not authorized to perform: iam:" in message, True)
    return message


def delegate():
    """A user who may do some of it."""
    iam.create_user(UserName="Dora")
    document = {"Version": "2012-10-17", "Statement": [
        allow("AttachUserPolicy", "DetachUserPolicy", "AttachRolePolicy",
              ArnEquals={"iam:PolicyARN": READER}),
        allow("CreateUser", "CreateRole", "PutUserPermissionsBoundary", "PutUserPolicy",
              StringEquals={"iam:PermissionsBoundary": READER}),
        allow("AddRoleToInstanceProfile", "CreateInstanceProfile"),
        allow("PassRole", resource=ARN + "role/passed/*",
              StringEquals={"iam:PassedToService": "ec2.amazonaws.com"}),
        allow("TagRole", StringEquals={"aws:RequestTag/team": "video"},
              **{"ForAllValues:StringEquals": {"aws:TagKeys": ["team", "site"]}}),
        allow("UpdateUser", StringEquals={"aws:ResourceTag/team": "video"}),
        allow("DeleteRole", "GetRole", StringEquals={"iam:ResourceTag/team": "video"}),
        allow("ListRoles", "ListPolicies", resource=ARN + "role/*"),
        allow("SimulatePrincipalPolicy", resource=ARN + "user/${aws:username}")]}
    iam.put_user_policy(UserName="Dora", PolicyName="some", PolicyDocument=json.dumps(document))
    return iam.create_access_key(UserName="Dora")["AccessKey"]


def policies(dora):
    """iam:PolicyARN and iam:PermissionsBoundary."""
    iam.create_user(UserName="Plain")
    denied(dora.update_user, UserName="Plain", NewPath="/p/")
    iam.tag_user(UserName="Plain", Tags=[{"Key": "team", "Value": "video"}])
    dora.update_user(UserName="Plain", NewPath="/p/")
    dora.update_user(UserName="Plain", NewPath="/")
    iam.untag_user(UserName="Plain", TagKeys=["team"])
    dora.attach_user_policy(UserName="Plain", PolicyArn=READER)
    denied(dora.attach_user_policy, UserName="Plain", PolicyArn=ADMIN)
    dora.detach_user_policy(UserName="Plain", PolicyArn=READER)
    missing(dora.detach_user_policy, UserName="Plain", PolicyArn=READER)
    denied(dora.get_policy, PolicyArn=READER)
    for bound, call in (({}, denied), ({"PermissionsBoundary": ADMIN}, denied)):
        call(dora.create_user, UserName="Bound", **bound)
        call(dora.create_role, RoleName="bound", AssumeRolePolicyDocument=trusting("*"), **bound)
    dora.create_user(UserName="Bound", PermissionsBoundary=READER)
    dora.create_role(RoleName="bound", AssumeRolePolicyDocument=trusting("*"),
                     PermissionsBoundary=READER)
    denied(dora.put_user_permissions_boundary, UserName="Bound", PermissionsBoundary=ADMIN)
    dora.put_user_permissions_boundary(UserName="Plain", PermissionsBoundary=READER)
    dora.put_user_policy(UserName="Bound", PolicyName="p", PolicyDocument=ALLOW)
    iam.delete_user_permissions_boundary(UserName="Plain")
    denied(dora.put_user_policy, UserName="Plain", PolicyName="p", PolicyDocument=ALLOW)
    # What may not be seen is not told to be missing.
    for name in ("Plain", "nobody"):
        denied(dora.get_user, UserName=name)
        denied(dora.list_user_policies, UserName=name)
        denied(dora.delete_role, RoleName=name)
    for call in (dora.list_roles, dora.list_policies, dora.list_instance_profiles,
                 dora.get_account_authorization_details, dora.list_saml_providers):
        denied(call)


def roles(dora):
    """iam:PassRole, tags in requests and tags of roles; one's own policies."""
    for path in ("/passed/", "/kept/"):
        iam.create_role(RoleName=path.strip("/"), Path=path,
                        AssumeRolePolicyDocument=trusting("*"))
    dora.create_instance_profile(InstanceProfileName="box")
    message = denied(dora.add_role_to_instance_profile, InstanceProfileName="box",
                     RoleName="kept")
    check("which action", "iam:PassRole" in message, True)
    dora.add_role_to_instance_profile(InstanceProfileName="box", RoleName="passed")
    over(dora.add_role_to_instance_profile, InstanceProfileName="box", RoleName="passed")
    team, other = {"Key": "team", "Value": "video"}, {"Key": "other", "Value": ""}
    denied(dora.get_role, RoleName="kept")
    denied(dora.tag_role, RoleName="kept", Tags=[team, other])
    denied(dora.tag_role, RoleName="kept", Tags=[{"Key": "team", "Value": "audio"}])
    dora.tag_role(RoleName="kept", Tags=[team, {"Key": "site", "Value": "any"}])
    check("by tag", dora.get_role(RoleName="kept")["Role"]["RoleName"], "kept")
    dora.delete_role(RoleName="kept")
    denied(dora.delete_role, RoleName="passed")
    answer = dora.simulate_principal_policy(PolicySourceArn=ARN + "user/Dora",
                                            ActionNames=["iam:CreateInstanceProfile"])
    check("oneself", answer["EvaluationResults"][0]["EvalDecision"], "allowed")
    denied(dora.simulate_principal_policy, PolicySourceArn=ARN + "user/Plain",
           ActionNames=["iam:GetUser"])


def accounts():
    """Two accounts: trust across, and nothing else."""
    key = json.loads(os.environ["OTHER"])
    key = {"AccessKeyId": key["accessKeyId"], "SecretAccessKey": key["secretAccessKey"]}
    theirs, account = client("iam", key), client("sts", key).get_caller_identity()["Account"]
    friend = theirs.create_user(UserName="Friend", Path="/f/")["User"]
    check("theirs", friend["Arn"], f"arn:aws:iam::{account}:user/f/Friend")
    principals = [friend["Arn"], account, f"arn:aws:iam::{account}:root"]
    iam.create_role(RoleName="Visited", AssumeRolePolicyDocument=trusting(principals))

    def shown():
        document = iam.get_role(RoleName="Visited")["Role"]["AssumeRolePolicyDocument"]
        return document["Statement"][0]["Principal"]["AWS"]

    check("alive", shown(), principals)
    theirs.update_user(UserName="Friend", NewPath="/g/")
    check("moved", shown()[0], f"arn:aws:iam::{account}:user/g/Friend")
    malformed(iam.update_assume_role_policy, RoleName="Visited",
              PolicyDocument=trusting(friend["Arn"]))
    iam.update_assume_role_policy(RoleName="Visited",
                                  PolicyDocument=trusting([friend["UserId"]] + principals[1:]))
    check("by id", shown()[0], f"arn:aws:iam::{account}:user/g/Friend")
    theirs.delete_user(UserName="Friend")
    theirs.create_user(UserName="Friend", Path="/g/")
    check("gone", shown()[0], friend["UserId"])
    check("no roles", theirs.list_roles()["Roles"], [])
    missing(theirs.get_role, RoleName="Visited")
    missing(theirs.get_instance_profile, InstanceProfileName="box")
    ours = iam.create_policy(PolicyName="Ours", PolicyDocument=ALLOW)["Policy"]["Arn"]
    missing(theirs.attach_user_policy, UserName="Friend", PolicyArn=ours)
    missing(theirs.put_user_permissions_boundary, UserName="Friend", PermissionsBoundary=ours)
    for call in (theirs.get_policy, theirs.list_policy_tags, theirs.delete_policy):
        refused("AccessDenied", 403, call, PolicyArn=ours)
    theirs.create_policy(PolicyName="Ours", PolicyDocument=ALLOW)
    exists(iam.create_policy, PolicyName="ours", PolicyDocument=ALLOW)
    check("each its own", [one["Arn"] for one in theirs.list_policies(Scope="Local")["Policies"]],
          [ours.replace(ACCOUNT, account)])
    refused("AccessDenied", 403, theirs.simulate_principal_policy,
            PolicySourceArn=ARN + "user/Dora", ActionNames=["iam:GetUser"])


def used(key):
    """RoleLastUsed."""
    iam.create_role(RoleName="Used", AssumeRolePolicyDocument=trusting(ARN + "user/Dora"))
    check("never", iam.get_role(RoleName="Used")["Role"]["RoleLastUsed"], {})
    session = client("sts", key).assume_role(RoleArn=ARN + "role/Used", RoleSessionName="s1")
    who = client("sts", session["Credentials"]).get_caller_identity()
    check("session", who["Arn"], f"arn:aws:sts::{ACCOUNT}:assumed-role/Used/s1")
    last = iam.get_role(RoleName="Used")["Role"]["RoleLastUsed"]
    check("used", (sorted(last), last.get("Region")), (["LastUsedDate", "Region"], REGION))


the_key = delegate()
the_delegate = client("iam", the_key)
policies(the_delegate)
roles(the_delegate)
used(the_key)
accounts()
finish()

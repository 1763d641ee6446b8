"""Simulations, context keys, account details and granting policies, through boto3."""

import json

from checks import ACCOUNT, check, finish
from iam_checks import iam, invalid, missing, pages, unsound

READER = "arn:aws:iam::aws:policy/AmazonKinesisVideoStreamsReadOnlyAccess"
STREAM = f"arn:aws:kinesisvideo:us-west-2:{ACCOUNT}:stream/door/1700000000000"
OTHER = STREAM.replace("door", "yard")
USER = f"arn:aws:iam::{ACCOUNT}:user/field/Simon"
NOBODY = f"arn:aws:iam::{ACCOUNT}:user/nobody"


def policy(*statements):
    """A policy with a line for each statement, which begins in column 3."""
    lines = ",\n".join("  " + json.dumps(statement) for statement in statements)
    return '{"Version": "2012-10-17", "Statement": [\n' + lines + "\n]}"


def allow(action, resource="*", **more):
    """An Allow statement."""
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def deny(action, resource="*", **more):
    """A Deny statement."""
    return {"Effect": "Deny", "Action": action, "Resource": resource, **more}


def decisions(answer):
    """Action, resource and decision of each result."""
    return [(result["EvalActionName"].split(":")[1], result["EvalResourceName"],
             result["EvalDecision"]) for result in answer["EvaluationResults"]]


def custom(*policies, **more):
    """Simulates PutMedia on everything, unless told otherwise."""
    arguments = {"ActionNames": ["kinesisvideo:PutMedia"], **more}
    return iam.simulate_custom_policy(PolicyInputList=list(policies), **arguments)


def first(*policies, **more):
    """The first result."""
    return custom(*policies, **more)["EvaluationResults"][0]


def customs():
    """SimulateCustomPolicy."""
    text = policy(allow("kinesisvideo:Put*", STREAM), deny("kinesisvideo:Delete*"), allow("iam:*"))
    answer = custom(text, ActionNames=["kinesisvideo:PutMedia", "kinesisvideo:DeleteStream",
                                       "kinesisvideo:GetMedia"], ResourceArns=[STREAM, OTHER])
    check("pairs", decisions(answer), [
        ("PutMedia", STREAM, "allowed"), ("PutMedia", OTHER, "implicitDeny"),
        ("DeleteStream", STREAM, "explicitDeny"), ("DeleteStream", OTHER, "explicitDeny"),
        ("GetMedia", STREAM, "implicitDeny"), ("GetMedia", OTHER, "implicitDeny")])
    line = json.dumps(allow("kinesisvideo:Put*", STREAM))
    results = answer["EvaluationResults"]
    check("matched", results[0]["MatchedStatements"], [{
        "SourcePolicyId": "PolicyInputList.1", "SourcePolicyType": "none",
        "StartPosition": {"Line": 2, "Column": 3},
        "EndPosition": {"Line": 2, "Column": 3 + len(line)}}])
    check("denied by", results[2]["MatchedStatements"][0]["StartPosition"]["Line"], 3)
    check("nothing matched", results[1]["MatchedStatements"], [])
    specific = results[0]["ResourceSpecificResults"]
    check("specific", [(one["EvalResourceName"], one["EvalResourceDecision"])
                       for one in specific], [(STREAM, "allowed")])
    check("on everything", first(policy(allow("kinesisvideo:*", STREAM)))["EvalDecision"],
          "implicitDeny")
    check("everything", first(policy(allow("kinesisvideo:*")))["EvalResourceName"], "*")
    actions = [f"iam:Action{n}" for n in range(7)]
    found, count = pages("simulate_custom_policy", "EvaluationResults", 3,
                         PolicyInputList=[text], ActionNames=actions)
    check("pages", ([one["EvalActionName"] for one in found], count), (actions, 3))
    conditions(text)
    bounded(text)
    foreign()


def conditions(text):
    """Context entries."""
    fenced = policy(allow("kinesisvideo:*", Condition={
        "IpAddress": {"aws:SourceIp": "192.0.2.0/24"}, "Bool": {"aws:SecureTransport": "true"},
        "NumericLessThan": {"aws:MultiFactorAuthAge": "300"},
        "ForAnyValue:StringEquals": {"aws:TagKeys": ["a", "b"]}}),
        allow("iam:*", "arn:aws:iam::*:user/${aws:username}"))
    missing_keys = first(fenced)["MissingContextValues"]
    check("missing", missing_keys, ["aws:SourceIp", "aws:SecureTransport",
                                    "aws:MultiFactorAuthAge", "aws:TagKeys"])

    def entries(ip="192.0.2.7", age="299", tags=("b", "c")):
        rows = [("aws:sourceip", "ip", [ip]), ("aws:SecureTransport", "boolean", ["true"]),
                ("aws:MultiFactorAuthAge", "numeric", [age]),
                ("aws:TagKeys", "stringList", list(tags))]
        return [{"ContextKeyName": name, "ContextKeyType": kind, "ContextKeyValues": values}
                for name, kind, values in rows]

    check("met", first(fenced, ContextEntries=entries())["EvalDecision"], "allowed")
    check("none is missing", first(fenced, ContextEntries=entries())["MissingContextValues"], [])
    for worse in (entries(ip="198.51.100.1"), entries(age="301"), entries(tags=("c",))):
        check("unmet", first(fenced, ContextEntries=worse)["EvalDecision"], "implicitDeny")
    keys = iam.get_context_keys_for_custom_policy(PolicyInputList=[fenced, text])
    check("keys", keys["ContextKeyNames"], missing_keys + ["aws:username"])
    for kind, value in (("numeric", "many"), ("boolean", "maybe"), ("ip", "here")):
        entry = {"ContextKeyName": "aws:Some", "ContextKeyType": kind,
                 "ContextKeyValues": [value]}
        invalid(iam.simulate_custom_policy, PolicyInputList=[text], ActionNames=["iam:GetUser"],
                ContextEntries=[entry])


def bounded(text):
    """Boundaries and service control policies."""
    for boundary, expected in ((allow("kinesisvideo:*"), ("allowed", True)),
                               (allow("iam:*"), ("implicitDeny", False)),
                               (deny("*"), ("explicitDeny", False))):
        result = first(policy(allow("*")), PermissionsBoundaryPolicyInputList=[policy(boundary)])
        detail = result["PermissionsBoundaryDecisionDetail"]
        check("bounded", (result["EvalDecision"], detail["AllowedByPermissionsBoundary"]),
              expected)
    for level, expected in ((allow("*"), ("allowed", True)), (deny("*"), ("explicitDeny", False)),
                            (allow("iam:*"), ("implicitDeny", False))):
        levels = [{"ServiceControlPolicyInputList": [policy(one)]} for one in (allow("*"), level)]
        result = first(policy(allow("*")), OrderedOrganizationPolicyInputList=levels)
        detail = result["OrganizationsDecisionDetail"]["AllowedByOrganizations"]
        check("organization", (result["EvalDecision"], detail), expected)
    base = {"PolicyInputList": [text], "ActionNames": ["iam:GetUser"]}
    for more in ({"PolicyInputList": ["{"]}, {"ActionNames": ["iam:*"]}, {"ActionNames": ["Get"]},
                 {"ResourceArns": ["door"]}, {"CallerArn": f"arn:aws:iam::{ACCOUNT}:root"},
                 {"ResourceOwner": "somebody"}, {"ResourcePolicy": text},
                 {"PermissionsBoundaryPolicyInputList": [text, text]},
                 {"ActionNames": ["iam:GetUser"] * 101, "ResourceArns": [STREAM] * 100}):
        invalid(iam.simulate_custom_policy, **{**base, **more})
    unsound(iam.simulate_custom_policy, PolicyInputList=[text])
    unsound(iam.simulate_custom_policy, **base, MaxItems=0)
    unsound(iam.simulate_custom_policy, **base, Marker="!")
    invalid(iam.get_context_keys_for_custom_policy, PolicyInputList=["{}"])


def foreign():
    """Resource policies, in the own account and across."""
    statement = {**allow("kinesisvideo:PutMedia"), "Principal": {"AWS": USER}}
    granted = {"ResourceArns": [STREAM], "CallerArn": USER, "ResourcePolicy": policy(statement)}
    result = first(policy(allow("iam:*")), **granted)
    check("by the resource", (result["EvalDecision"], result["EvalDecisionDetails"],
                              result["MatchedStatements"][0]["SourcePolicyType"]),
          ("allowed", {}, "resource"))
    granted["ResourceArns"] = [STREAM.replace(ACCOUNT, "999999999999")]
    result = first(policy(allow("iam:*")), **granted)
    check("both sides", (result["EvalDecision"], result["EvalDecisionDetails"]), (
        "implicitDeny", {"IAM Policy": "implicitDeny", "Resource Policy": "allowed"}))
    result = first(policy(allow("*")), **granted)
    check("both allow", (result["EvalDecision"], result["EvalDecisionDetails"]), (
        "allowed", {"IAM Policy": "allowed", "Resource Policy": "allowed"}))
    bucket = {**granted, "ResourceArns": ["arn:aws:s3:::bucket"], "ResourceOwner": "999999999999"}
    result = first(policy(allow("iam:*")), **bucket)
    check("owner", result["EvalDecision"], "implicitDeny")


def principals():
    """SimulatePrincipalPolicy."""
    iam.create_user(UserName="Simon", Path="/field/")
    iam.create_group(GroupName="Crew")
    iam.add_user_to_group(GroupName="Crew", UserName="Simon")
    own = iam.create_policy(PolicyName="Own", PolicyDocument=policy(
        allow("iam:Get*", Condition={"StringEquals": {"aws:username": "Simon"}})))["Policy"]["Arn"]
    iam.put_user_policy(UserName="Simon", PolicyName="put", PolicyDocument=policy(
        allow("kinesisvideo:PutMedia", STREAM)))
    iam.put_group_policy(GroupName="Crew", PolicyName="tag", PolicyDocument=policy(
        allow("kinesisvideo:TagStream"), deny("kinesisvideo:UntagStream")))
    iam.attach_user_policy(UserName="Simon", PolicyArn=own)
    iam.attach_group_policy(GroupName="Crew", PolicyArn=READER)

    def simulate(*actions, source=USER, **more):
        return iam.simulate_principal_policy(
            PolicySourceArn=source, ActionNames=[f"kinesisvideo:{action}" for action in actions],
            ResourceArns=[STREAM], **more)

    actions = ("PutMedia", "TagStream", "UntagStream", "GetMedia", "DeleteStream")
    answer = simulate(*actions)
    check("decided", [decision for _, _, decision in decisions(answer)],
          ["allowed", "allowed", "explicitDeny", "allowed", "implicitDeny"])
    check("sources", [[(one["SourcePolicyId"], one["SourcePolicyType"])
                       for one in result["MatchedStatements"]]
                      for result in answer["EvaluationResults"]],
          [[("user_Simon_put", "user")], [("group_Crew_tag", "group")],
           [("group_Crew_tag", "group")],
           [("AmazonKinesisVideoStreamsReadOnlyAccess", "aws-managed")], []])
    more = simulate("DeleteStream", PolicyInputList=[policy(allow("*"))])
    check("with more", decisions(more)[0][2], "allowed")
    named = [{"ContextKeyName": "aws:username", "ContextKeyType": "string",
              "ContextKeyValues": ["Simon"]}]
    results = iam.simulate_principal_policy(PolicySourceArn=USER, ActionNames=["iam:GetUser"],
                                            ContextEntries=named)["EvaluationResults"]
    check("own", results[0]["MatchedStatements"][0]["SourcePolicyType"], "user-managed")
    group = simulate(*actions, source=f"arn:aws:iam::{ACCOUNT}:group/Crew")
    check("group", [decision for _, _, decision in decisions(group)],
          ["implicitDeny", "allowed", "explicitDeny", "allowed", "implicitDeny"])
    exclusions(simulate)
    iam.put_user_permissions_boundary(UserName="Simon", PermissionsBoundary=READER)
    result = simulate("PutMedia")["EvaluationResults"][0]
    check("boundary", (result["EvalDecision"], result["PermissionsBoundaryDecisionDetail"]),
          ("implicitDeny", {"AllowedByPermissionsBoundary": False}))
    free = simulate("PutMedia", PolicyExclusionList=[{"PolicyType": "permission-boundary"}])
    check("without boundary", decisions(free)[0][2], "allowed")
    free = simulate("PutMedia", PermissionsBoundaryPolicyInputList=[policy(allow("*"))])
    check("another boundary", decisions(free)[0][2], "allowed")
    base = {"ActionNames": ["iam:GetUser"]}
    missing(iam.simulate_principal_policy, PolicySourceArn=NOBODY, **base)
    invalid(iam.simulate_principal_policy, PolicySourceArn=f"arn:aws:iam::{ACCOUNT}:root", **base)
    invalid(iam.simulate_principal_policy, PolicySourceArn=USER, ActionNames=["Get"])
    keys = iam.get_context_keys_for_principal_policy(PolicySourceArn=USER)["ContextKeyNames"]
    check("keys", keys, ["aws:username"])
    missing(iam.get_context_keys_for_principal_policy, PolicySourceArn=NOBODY)
    invalid(iam.get_context_keys_for_principal_policy, PolicySourceArn=USER,
            PolicyInputList=["{"])
    granting(own)


def exclusions(simulate):
    """PolicyExclusionList."""
    inline = {"PolicyName": "put", "AttachmentType": "user", "AttachmentName": "Simon"}
    for exclusion, expected in (
            ({"PolicyType": "inline"}, ["implicitDeny", "implicitDeny", "allowed"]),
            ({"PolicyArn": READER}, ["allowed", "allowed", "implicitDeny"]),
            ({"PolicyArn": READER[:-6] + "*"}, ["allowed", "allowed", "implicitDeny"]),
            ({"PolicyType": "aws-managed"}, ["allowed", "allowed", "implicitDeny"]),
            ({"PolicyType": "user-managed"}, ["allowed", "allowed", "allowed"]),
            ({"InlinePolicyIdentifier": inline}, ["implicitDeny", "allowed", "allowed"])):
        answer = simulate("PutMedia", "TagStream", "GetMedia", PolicyExclusionList=[exclusion])
        check(f"without {exclusion}", [one for _, _, one in decisions(answer)], expected)
    for bad in ({"PolicyArn": "arn:aws:iam::*:policy/xxxx"}, {"PolicyArn": "x" * 20}):
        invalid(iam.simulate_principal_policy, PolicySourceArn=USER, ActionNames=["iam:GetUser"],
                PolicyExclusionList=[bad])


def granting(own):
    """ListPoliciesGrantingServiceAccess."""
    answer = iam.list_policies_granting_service_access(
        Arn=USER, ServiceNamespaces=["kinesisvideo", "iam", "s3"])
    entries = {entry["ServiceNamespace"]: entry["Policies"]
               for entry in answer["PoliciesGrantingServiceAccess"]}
    check("iam", entries["iam"], [{"PolicyName": "Own", "PolicyType": "MANAGED",
                                   "PolicyArn": own}])
    check("s3", entries["s3"], [])
    check("video", sorted(entry["PolicyName"] for entry in entries["kinesisvideo"]),
          ["AmazonKinesisVideoStreamsReadOnlyAccess", "put", "tag"])
    put = next(entry for entry in entries["kinesisvideo"] if entry["PolicyName"] == "put")
    check("inline", put, {"PolicyName": "put", "PolicyType": "INLINE", "EntityType": "USER",
                          "EntityName": "Simon"})
    missing(iam.list_policies_granting_service_access, Arn=NOBODY, ServiceNamespaces=["iam"])
    invalid(iam.list_policies_granting_service_access, Arn=f"arn:aws:iam::{ACCOUNT}:x/yyyyyyyyyy",
            ServiceNamespaces=["iam"])


def details():
    """GetAccountAuthorizationDetails."""
    trust = policy({"Effect": "Allow", "Action": "sts:AssumeRole",
                    "Principal": {"AWS": USER}})
    iam.create_role(RoleName="Seen", AssumeRolePolicyDocument=trust,
                    Tags=[{"Key": "a", "Value": "b"}])
    iam.create_instance_profile(InstanceProfileName="Box")
    iam.add_role_to_instance_profile(InstanceProfileName="Box", RoleName="Seen")
    whole = iam.get_account_authorization_details()
    user = next(one for one in whole["UserDetailList"] if one["UserName"] == "Simon")
    check("user", (user["GroupList"], [one["PolicyName"] for one in user["UserPolicyList"]],
                   [one["PolicyName"] for one in user["AttachedManagedPolicies"]],
                   user["PermissionsBoundary"]["PermissionsBoundaryArn"]),
          (["Crew"], ["put"], ["Own"], READER))
    check("decoded", user["UserPolicyList"][0]["PolicyDocument"]["Statement"],
          [allow("kinesisvideo:PutMedia", STREAM)])
    role = next(one for one in whole["RoleDetailList"] if one["RoleName"] == "Seen")
    check("role", (role["AssumeRolePolicyDocument"]["Statement"][0]["Principal"], role["Tags"],
                   role["InstanceProfileList"][0]["Roles"][0]["RoleName"]),
          ({"AWS": USER}, [{"Key": "a", "Value": "b"}], "Seen"))
    own = next(one for one in whole["Policies"] if one["PolicyName"] == "Own")
    check("policy", (own["AttachmentCount"], own["PolicyVersionList"][0]["IsDefaultVersion"]),
          (1, True))
    lists = {"UserDetailList": "User", "GroupDetailList": "Group", "RoleDetailList": "Role"}
    counts = {key: len(whole[key]) for key in (*lists, "Policies")}
    for key, kind in lists.items():
        answer = iam.get_account_authorization_details(Filter=[kind])
        check(kind, {one: len(answer[one]) for one in counts},
              {one: counts[one] if one == key else 0 for one in counts})
    local = iam.get_account_authorization_details(Filter=["LocalManagedPolicy"])["Policies"]
    check("local", [one["PolicyName"] for one in local], ["Own"])
    paginator = iam.get_paginator("get_account_authorization_details")
    answers = list(paginator.paginate(PaginationConfig={"PageSize": 3}))
    check("paged", {key: sum(len(answer[key]) for answer in answers) for key in counts}, counts)
    check("pages", len(answers), -(-sum(counts.values()) // 3))
    unsound(iam.get_account_authorization_details, Filter=["Everything"])
    unsound(iam.get_account_authorization_details, Marker="!")


customs()
principals()
details()
finish()

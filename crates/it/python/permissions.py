"""Policies, roles and what hangs on them, through boto3: every operation once as it is
meant, and the errors of each that have an occasion here."""

import json

from checks import ACCOUNT, check, finish, refused
from iam_checks import conflict, exists, iam, invalid, malformed, missing, over, pages, unsound

ADMIN = "arn:aws:iam::aws:policy/AdministratorAccess"
READER = "arn:aws:iam::aws:policy/AmazonKinesisVideoStreamsReadOnlyAccess"
NOWHERE = f"arn:aws:iam::{ACCOUNT}:policy/nowhere"
ALLOW = json.dumps({"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Action": "kinesisvideo:*", "Resource": "*"}]})
TRUST = json.dumps({"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Principal": {"Service": "credentials.iot.amazonaws.com"},
     "Action": "sts:AssumeRole"}]})
# Wrong in itself, forbidden here, about nothing.
BAD_POLICIES = ["{", "{}", TRUST, '{"Version": "2012-10-17", "Statement": []}',
                ALLOW.replace("Allow", "Maybe"), ALLOW.replace("kinesisvideo:*", "everything")]


def sized(length):
    """A policy of that many characters that count."""
    policy = {"Version": "2012-10-17", "Statement": {
        "Effect": "Allow", "Action": "kinesisvideo:*", "Resource": ""}}
    rest = length - len(json.dumps(policy, separators=(",", ":")))
    prefix = "arn:aws:kinesisvideo:"
    policy["Statement"]["Resource"] = prefix + "x" * (rest - len(prefix))
    return json.dumps(policy, indent=8)


def policies():
    """Managed policies of the account."""
    made = iam.create_policy(PolicyName="Watch", Path="/media/", PolicyDocument=ALLOW,
                             Description="to watch", Tags=[{"Key": "team", "Value": "video"}])
    policy = made["Policy"]
    arn = policy["Arn"]
    check("arn", arn, f"arn:aws:iam::{ACCOUNT}:policy/media/Watch")
    check("id", (policy["PolicyId"][:4], len(policy["PolicyId"])), ("ANPA", 21))
    expected = {"PolicyName": "Watch", "Path": "/media/", "DefaultVersionId": "v1",
                "AttachmentCount": 0, "PermissionsBoundaryUsageCount": 0, "IsAttachable": True,
                "Description": "to watch", "Tags": [{"Key": "team", "Value": "video"}]}
    check("created", {key: policy.get(key) for key in expected}, expected)
    got = iam.get_policy(PolicyArn=arn)["Policy"]
    check("got", got, policy)
    message = exists(iam.create_policy, PolicyName="WATCH", PolicyDocument=ALLOW)
    check("twice", message,
          "A policy called WATCH already exists. Duplicate names are not allowed.")
    for bad in BAD_POLICIES:
        malformed(iam.create_policy, PolicyName="bad", PolicyDocument=bad)
        malformed(iam.create_policy_version, PolicyArn=arn, PolicyDocument=bad)
    iam.create_policy(PolicyName="Long", PolicyDocument=sized(6144))
    message = over(iam.create_policy, PolicyName="Longer", PolicyDocument=sized(6145))
    check("size", message, "Cannot exceed quota for PolicySize: 6144")
    iam.delete_policy(PolicyArn=f"arn:aws:iam::{ACCOUNT}:policy/Long")
    unsound(iam.create_policy, PolicyName="a b", PolicyDocument=ALLOW)
    unsound(iam.create_policy, PolicyName="p", Path="media", PolicyDocument=ALLOW)
    unsound(iam.create_policy, PolicyName="p")
    twice = [{"Key": "team", "Value": "a"}, {"Key": "TEAM", "Value": "b"}]
    invalid(iam.create_policy, PolicyName="p", PolicyDocument=ALLOW, Tags=twice)
    for call in (iam.get_policy, iam.delete_policy, iam.list_policy_versions,
                 iam.list_entities_for_policy, iam.list_policy_tags):
        missing(call, PolicyArn=NOWHERE)
        refused("AccessDenied", 403, call, PolicyArn=arn.replace(ACCOUNT, "999999999999"))
        invalid(call, PolicyArn="arn:aws:iam::nobody:role/x")
        unsound(call, PolicyArn="short")
    versions(arn)
    return arn


def versions(arn):
    """Versions of a policy."""
    for number in range(2, 6):
        made = iam.create_policy_version(PolicyArn=arn, PolicyDocument=ALLOW,
                                         SetAsDefault=number == 3)["PolicyVersion"]
        check("version", (made["VersionId"], made["IsDefaultVersion"]),
              (f"v{number}", number == 3))
    message = over(iam.create_policy_version, PolicyArn=arn, PolicyDocument=ALLOW)
    check("five", message.startswith("A managed policy can have up to 5 versions."), True)
    found, count = pages("list_policy_versions", "Versions", PolicyArn=arn)
    check("versions", [version["VersionId"] for version in found],
          ["v5", "v4", "v3", "v2", "v1"])
    check("pages of versions", count, 3)
    check("no documents", any("Document" in version for version in found), False)
    message = conflict(iam.delete_policy_version, PolicyArn=arn, VersionId="v3")
    check("default", message, "Cannot delete the default version of a policy.")
    iam.delete_policy_version(PolicyArn=arn, VersionId="v5")
    made = iam.create_policy_version(PolicyArn=arn, PolicyDocument=ALLOW)["PolicyVersion"]
    check("never again", made["VersionId"], "v6")
    for call in (iam.get_policy_version, iam.delete_policy_version,
                 iam.set_default_policy_version):
        missing(call, PolicyArn=arn, VersionId="v5")
        missing(call, PolicyArn=arn, VersionId="v99999999999")
        missing(call, PolicyArn=NOWHERE, VersionId="v1")
        unsound(call, PolicyArn=arn, VersionId="5")
        invalid(call, PolicyArn="arn:aws:iam::nobody:role/x", VersionId="v1")
    missing(iam.create_policy_version, PolicyArn=NOWHERE, PolicyDocument=ALLOW)
    over(iam.create_policy_version, PolicyArn=arn, PolicyDocument=sized(6145))
    before = iam.get_policy(PolicyArn=arn)["Policy"]
    iam.set_default_policy_version(PolicyArn=arn, VersionId="v1")
    after = iam.get_policy(PolicyArn=arn)["Policy"]
    check("default", (before["DefaultVersionId"], after["DefaultVersionId"]), ("v3", "v1"))
    check("updated", after["UpdateDate"] >= before["UpdateDate"], True)
    message = conflict(iam.delete_policy, PolicyArn=arn)
    check("versions first", message.startswith("This policy has more than one version."), True)


def managed():
    """Policies of AWS: seen by all, changed by none."""
    got = iam.get_policy(PolicyArn=ADMIN)["Policy"]
    check("admin", (got["PolicyName"], got["DefaultVersionId"]), ("AdministratorAccess", "v1"))
    version = iam.get_policy_version(PolicyArn=ADMIN, VersionId="v1")["PolicyVersion"]
    check("document", version["Document"]["Statement"],
          [{"Effect": "Allow", "Action": "*", "Resource": "*"}])
    missing(iam.get_policy, PolicyArn="arn:aws:iam::aws:policy/NoSuchAccess")
    for call, more in ((iam.create_policy_version, {"PolicyDocument": ALLOW}),
                       (iam.delete_policy, {}),
                       (iam.delete_policy_version, {"VersionId": "v1"}),
                       (iam.set_default_policy_version, {"VersionId": "v1"}),
                       (iam.tag_policy, {"Tags": [{"Key": "a", "Value": "b"}]}),
                       (iam.untag_policy, {"TagKeys": ["a"]})):
        message = refused("AccessDenied", 403, call, PolicyArn=ADMIN, **more)
        check("denied", "is not authorized to perform: iam:" in message, True)
    names = lambda **filters: [policy["PolicyName"] for policy in
                               pages("list_policies", "Policies", 3, **filters)[0]]
    everything = names()
    check("all in order", everything, sorted(everything, key=str.lower))
    check("both", {"AdministratorAccess", "Watch"} <= set(everything), True)
    check("AWS", "Watch" in names(Scope="AWS"), False)
    check("local", names(Scope="Local"), ["Watch"])
    check("path", names(PathPrefix="/media/"), ["Watch"])
    listed = iam.list_policies(Scope="Local")["Policies"][0]
    check("lists are short", {"Description", "Tags"} & set(listed), set())
    unsound(iam.list_policies, Scope="Mine")
    unsound(iam.list_policies, Marker="!")
    unsound(iam.list_policies, MaxItems=0)
    unsound(iam.list_policies, MaxItems=1001)
    return names


def attached(kind, name, arn, names):
    """Policies attached to a user, group or role."""
    who = {f"{kind.title()}Name": name}
    nobody = {f"{kind.title()}Name": "nobody"}
    attach = getattr(iam, f"attach_{kind}_policy")
    detach = getattr(iam, f"detach_{kind}_policy")
    listing = f"list_attached_{kind}_policies"
    upper = {key: value.upper() for key, value in who.items()}
    attach(PolicyArn=arn, **upper)
    attach(PolicyArn=arn, **who)
    attach(PolicyArn=READER, **who)
    found, count = pages(listing, "AttachedPolicies", 1, **who)
    check(f"attached to {kind}", (found, count), ([
        {"PolicyName": "AmazonKinesisVideoStreamsReadOnlyAccess", "PolicyArn": READER},
        {"PolicyName": "Watch", "PolicyArn": arn}], 2))
    few, _ = pages(listing, "AttachedPolicies", PathPrefix="/media/", **who)
    check("by path", [policy["PolicyName"] for policy in few], ["Watch"])
    message = missing(attach, PolicyArn=NOWHERE, **who)
    check("nowhere", message, f"Policy {NOWHERE} does not exist or is not attachable.")
    missing(attach, PolicyArn="arn:aws:iam::aws:policy/NoSuchAccess", **who)
    message = missing(attach, PolicyArn=arn, **nobody)
    check("nobody", message, f"The {kind} with name nobody cannot be found.")
    missing(detach, PolicyArn=NOWHERE, **who)
    missing(detach, PolicyArn=arn, **nobody)
    missing(getattr(iam, listing), **nobody)
    for call in (attach, detach):
        invalid(call, PolicyArn="arn:aws:iam::nobody:policy/x", **who)
        unsound(call, PolicyArn="x", **who)
    entities = iam.list_entities_for_policy(PolicyArn=arn, EntityFilter=kind.title())
    listed = entities[f"Policy{kind.title()}s"]
    check("entities", [entity[f"{kind.title()}Name"] for entity in listed], [name])
    check("used", names(OnlyAttached=True),  # With the caller's own.
          ["AdministratorAccess", "AmazonKinesisVideoStreamsReadOnlyAccess", "Watch"])
    many = [f"arn:aws:iam::{ACCOUNT}:policy/many{n}" for n in range(9)]
    for one in many[:8]:
        attach(PolicyArn=one, **who)
    message = over(attach, PolicyArn=many[8], **who)
    check("ten", message, f"Cannot exceed quota for PoliciesPer{kind.title()}: 10")
    for one in many[:8] + [READER]:
        detach(PolicyArn=one, **who)
    missing(detach, PolicyArn=READER, **who)


def inline(kind, name, quota):
    """Inline policies of a user, group or role."""
    who = {f"{kind.title()}Name": name}
    nobody = {f"{kind.title()}Name": "nobody"}
    put, get, delete = (getattr(iam, f"{verb}_{kind}_policy") for verb in ("put", "get", "delete"))
    listing = f"list_{kind}_policies"
    for policy in ("b", "C", "a"):
        put(PolicyName=policy, PolicyDocument=ALLOW, **who)
    put(PolicyName="B", PolicyDocument=TRUST.replace('"Principal": {"Service": '
        '"credentials.iot.amazonaws.com"}', '"Resource": "*"'), **who)
    found, count = pages(listing, "PolicyNames", **who)
    check(f"inline of {kind}", (found, count), (["a", "B", "C"], 2))
    got = get(PolicyName="b", **who)
    check("inline", (got[f"{kind.title()}Name"], got["PolicyName"],
                     got["PolicyDocument"]["Statement"][0]["Action"]),
          (name, "B", "sts:AssumeRole"))
    for bad in BAD_POLICIES:
        malformed(put, PolicyName="bad", PolicyDocument=bad, **who)
    over(put, PolicyName="long", PolicyDocument=sized(quota), **who)
    for policy in found:
        delete(PolicyName=policy, **who)
    put(PolicyName="long", PolicyDocument=sized(quota), **who)
    put(PolicyName="long", PolicyDocument=sized(quota), **who)
    message = missing(get, PolicyName="none", **who)
    check("none", message, f"The {kind} policy with name none cannot be found.")
    missing(delete, PolicyName="none", **who)
    missing(put, PolicyName="p", PolicyDocument=ALLOW, **nobody)
    missing(get, PolicyName="p", **nobody)
    missing(delete, PolicyName="p", **nobody)
    missing(getattr(iam, listing), **nobody)
    unsound(put, PolicyName="a b", PolicyDocument=ALLOW, **who)


def roles():
    """Roles."""
    made = iam.create_role(RoleName="Device", Path="/field/", AssumeRolePolicyDocument=TRUST,
                           Description="for cameras", MaxSessionDuration=7200,
                           PermissionsBoundary=ADMIN, Tags=[{"Key": "a", "Value": ""}])["Role"]
    check("role", (made["Arn"], made["RoleId"][:4], len(made["RoleId"])),
          (f"arn:aws:iam::{ACCOUNT}:role/field/Device", "AROA", 21))
    check("trust", made["AssumeRolePolicyDocument"], json.loads(TRUST))
    got = iam.get_role(RoleName="device")["Role"]
    boundary = {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": ADMIN}
    expected = {"MaxSessionDuration": 7200, "Description": "for cameras", "RoleLastUsed": {},
                "PermissionsBoundary": boundary, "Tags": [{"Key": "a", "Value": ""}]}
    check("got", {key: got.get(key) for key in expected}, expected)
    iam.create_role(RoleName="Plain", AssumeRolePolicyDocument=TRUST)
    plain = iam.get_role(RoleName="Plain")["Role"]
    check("default", (plain["MaxSessionDuration"], plain["Path"], "Tags" in plain,
                      "PermissionsBoundary" in plain), (3600, "/", False, False))
    found, count = pages("list_roles", "Roles", 1)
    check("roles", ([role["RoleName"] for role in found], count), (["Device", "Plain"], 2))
    check("lists are short", {"Tags", "PermissionsBoundary", "RoleLastUsed"} & set(found[0]),
          set())
    check("by path", len(iam.list_roles(PathPrefix="/field/")["Roles"]), 1)
    message = exists(iam.create_role, RoleName="DEVICE", AssumeRolePolicyDocument=TRUST)
    check("twice", message, "Role with name DEVICE already exists.")
    for bad in ("{", ALLOW, TRUST.replace("sts:AssumeRole", "iam:PassRole")):
        malformed(iam.create_role, RoleName="bad", AssumeRolePolicyDocument=bad)
        malformed(iam.update_assume_role_policy, RoleName="Plain", PolicyDocument=bad)
    long = TRUST.replace("credentials.iot", "x" * 2048 + ".iot")
    message = over(iam.create_role, RoleName="long", AssumeRolePolicyDocument=long)
    check("long", message, "Cannot exceed quota for ACLSizePerRole: 2048")
    over(iam.update_assume_role_policy, RoleName="Plain", PolicyDocument=long)
    new = {"RoleName": "new", "AssumeRolePolicyDocument": TRUST}
    unsound(iam.create_role, MaxSessionDuration=3599, **new)
    unsound(iam.create_role, MaxSessionDuration=43201, **new)
    invalid(iam.create_role, PermissionsBoundary="arn:aws:iam::x:user/yyyy", **new)
    missing(iam.create_role, PermissionsBoundary=NOWHERE, **new)
    invalid(iam.create_role, Path="/aws-service-role/video.example.com/", **new)
    iam.update_role(RoleName="Plain", Description="plain", MaxSessionDuration=3600)
    told = iam.update_role_description(RoleName="Plain", Description="Ünïcode")["Role"]
    check("description", told["Description"], "Ünïcode")
    iam.update_role(RoleName="Plain")
    check("kept", iam.get_role(RoleName="Plain")["Role"]["Description"], "Ünïcode")
    iam.update_assume_role_policy(RoleName="Plain", PolicyDocument=TRUST.replace("iot", "ec2"))
    for call, more in ((iam.get_role, {}), (iam.delete_role, {}), (iam.update_role, {}),
                       (iam.update_role_description, {"Description": ""}),
                       (iam.update_assume_role_policy, {"PolicyDocument": TRUST}),
                       (iam.list_instance_profiles_for_role, {}), (iam.list_role_tags, {})):
        message = missing(call, RoleName="nobody", **more)
        check("nobody", message, "The role with name nobody cannot be found.")


def trust():
    """Principals of trust policies."""
    user = iam.create_user(UserName="Trusted", Path="/t/")["User"]
    role = iam.get_role(RoleName="Device")["Role"]

    def trusting(*principals):
        statement = {"Effect": "Allow", "Principal": {"AWS": list(principals)},
                     "Action": "sts:AssumeRole"}
        return json.dumps({"Version": "2012-10-17", "Statement": [statement]}, indent=3)

    def shown():
        document = iam.get_role(RoleName="Truster")["Role"]["AssumeRolePolicyDocument"]
        return document["Statement"][0]["Principal"]["AWS"]

    everybody = [user["Arn"], role["Arn"], ACCOUNT, f"arn:aws:iam::{ACCOUNT}:root",
                 f"arn:aws:sts::{ACCOUNT}:assumed-role/Device/session"]
    iam.create_role(RoleName="Truster", AssumeRolePolicyDocument=trusting(*everybody))
    check("alive", shown(), everybody)
    for nobody in (user["Arn"].replace("/t/", "/"), user["Arn"] + "x", "AIDAQQQQQQQQQQQQQQQQQ",
                   "arn:aws:iam::999999999999:user/Trusted"):
        message = malformed(iam.create_role, RoleName="bad",
                            AssumeRolePolicyDocument=trusting(user["Arn"], nobody))
        check("nobody", message, f'Invalid principal in policy: "AWS":"{nobody}"')
        malformed(iam.update_assume_role_policy, RoleName="Truster",
                  PolicyDocument=trusting(nobody))
    iam.update_assume_role_policy(RoleName="Truster",
                                  PolicyDocument=trusting(user["UserId"], user["Arn"]))
    check("by id", shown(), [user["Arn"], user["Arn"]])
    iam.delete_user(UserName="Trusted")
    again = iam.create_user(UserName="Trusted", Path="/t/")["User"]
    check("gone", shown(), [user["UserId"], user["UserId"]])
    check("another", again["UserId"] == user["UserId"], False)
    malformed(iam.update_assume_role_policy, RoleName="Truster",
              PolicyDocument=trusting(user["UserId"]))
    iam.delete_user(UserName="Trusted")
    iam.delete_role(RoleName="Truster")


def boundaries(arn):
    """Permissions boundaries."""
    for kind, name in (("user", "Viewer"), ("role", "Device")):
        who = {f"{kind.title()}Name": name}
        put = getattr(iam, f"put_{kind}_permissions_boundary")
        delete = getattr(iam, f"delete_{kind}_permissions_boundary")
        read = getattr(iam, f"get_{kind}")
        put(PermissionsBoundary=arn, **who)
        got = read(**who)[kind.title()]["PermissionsBoundary"]
        check("bounded", got, {"PermissionsBoundaryType": "Policy",
                               "PermissionsBoundaryArn": arn})
        missing(put, PermissionsBoundary=NOWHERE, **who)
        bad = "arn:aws:iam::x:user/yyyy"
        message = invalid(put, PermissionsBoundary=bad, **who)
        check("bad", message, f"Value ({bad}) for parameter PermissionsBoundary is invalid.")
        nobody = {f"{kind.title()}Name": "nobody"}
        missing(put, PermissionsBoundary=arn, **nobody)
        missing(delete, **nobody)
        used = iam.list_entities_for_policy(PolicyArn=arn, EntityFilter=kind.title(),
                                            PolicyUsageFilter="PermissionsBoundary")
        check("usage", len(used[f"Policy{kind.title()}s"]), 1)
    counts = iam.get_policy(PolicyArn=arn)["Policy"]
    check("count", counts["PermissionsBoundaryUsageCount"], 2)
    bounding = iam.list_policies(PolicyUsageFilter="PermissionsBoundary")["Policies"]
    check("bounding", [policy["PolicyName"] for policy in bounding], ["Watch"])
    conflict(iam.delete_policy, PolicyArn=arn)
    for _ in range(2):
        iam.delete_user_permissions_boundary(UserName="Viewer")
    iam.delete_role_permissions_boundary(RoleName="Device")
    check("unbounded", "PermissionsBoundary" in iam.get_role(RoleName="Device")["Role"], False)


def tags(noun, **who):
    """Tags of one entity."""
    tag, untag = getattr(iam, f"tag_{noun}"), getattr(iam, f"untag_{noun}")
    nobody = {key: value[:-1] + "0" for key, value in who.items()}
    for key in iam_tags(noun, who):
        untag(TagKeys=[key], **who)
    tag(Tags=[{"Key": "Site", "Value": "north"}, {"Key": "Ünit", "Value": "7"}], **who)
    tag(Tags=[{"Key": "SITE", "Value": "south"}, {"Key": "a:b/c", "Value": ""}], **who)
    found, count = pages(f"list_{noun}_tags", "Tags", **who)
    check(f"tags of {noun}", (found, count), ([
        {"Key": "SITE", "Value": "south"}, {"Key": "a:b/c", "Value": ""},
        {"Key": "Ünit", "Value": "7"}], 2))
    untag(TagKeys=["sITE", "none"], **who)
    check("fewer", list(iam_tags(noun, who)), ["a:b/c", "Ünit"])
    message = invalid(tag, Tags=[{"Key": "x", "Value": ""}, {"Key": "X", "Value": ""}], **who)
    check("twice", message,
          "Duplicate tag keys found. Please note that Tag keys are case insensitive.")
    invalid(tag, Tags=[{"Key": "aws:x", "Value": ""}], **who)
    unsound(tag, Tags=[{"Key": "x" * 129, "Value": ""}], **who)
    unsound(tag, Tags=[{"Key": "x", "Value": "v" * 257}], **who)
    unsound(tag, Tags=[{"Key": "#", "Value": ""}], **who)
    many = [{"Key": f"k{n}", "Value": ""} for n in range(51)]
    unsound(tag, Tags=many, **who)
    over(tag, Tags=many[:49], **who)
    tag(Tags=many[:48], **who)
    untag(TagKeys=[one["Key"] for one in many[:48]], **who)
    missing(tag, Tags=many[:1], **nobody)
    missing(untag, TagKeys=["x"], **nobody)
    missing(getattr(iam, f"list_{noun}_tags"), **nobody)


def iam_tags(noun, who):
    """Keys of an entity's tags."""
    return [tag["Key"] for tag in getattr(iam, f"list_{noun}_tags")(**who)["Tags"]]


def profiles():
    """Instance profiles."""
    made = iam.create_instance_profile(InstanceProfileName="Box", Path="/p/",
                                       Tags=[{"Key": "a", "Value": "b"}])["InstanceProfile"]
    check("profile", (made["Arn"], made["InstanceProfileId"][:4], made["Roles"], made["Tags"]),
          (f"arn:aws:iam::{ACCOUNT}:instance-profile/p/Box", "AIPA", [],
           [{"Key": "a", "Value": "b"}]))
    exists(iam.create_instance_profile, InstanceProfileName="BOX")
    iam.create_instance_profile(InstanceProfileName="Empty")
    box = {"InstanceProfileName": "box"}
    iam.add_role_to_instance_profile(RoleName="Device", **box)
    message = over(iam.add_role_to_instance_profile, RoleName="Plain", **box)
    check("one role", message, "Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1")
    got = iam.get_instance_profile(**box)["InstanceProfile"]
    check("in it", [role["RoleName"] for role in got["Roles"]], ["Device"])
    found, count = pages("list_instance_profiles", "InstanceProfiles", 1)
    check("profiles", ([one["InstanceProfileName"] for one in found], count),
          (["Box", "Empty"], 2))
    check("by path", len(iam.list_instance_profiles(PathPrefix="/p/")["InstanceProfiles"]), 1)
    of_role = iam.list_instance_profiles_for_role(RoleName="Device")["InstanceProfiles"]
    check("of the role", [one["InstanceProfileName"] for one in of_role], ["Box"])
    message = conflict(iam.delete_instance_profile, **box)
    first = "Cannot delete entity, must remove roles from instance profile first."
    check("guard", message, first)
    check("guard of the role", conflict(iam.delete_role, RoleName="Device"), first)
    missing(iam.remove_role_from_instance_profile, RoleName="Plain", **box)
    missing(iam.remove_role_from_instance_profile, RoleName="nobody", **box)
    missing(iam.add_role_to_instance_profile, RoleName="nobody", **box)
    iam.remove_role_from_instance_profile(RoleName="Device", **box)
    iam.delete_instance_profile(**box)
    iam.delete_instance_profile(InstanceProfileName="Empty")
    for call, more in ((iam.get_instance_profile, {}), (iam.delete_instance_profile, {}),
                       (iam.add_role_to_instance_profile, {"RoleName": "Device"}),
                       (iam.remove_role_from_instance_profile, {"RoleName": "Device"})):
        message = missing(call, **box, **more)
        check("gone", message, "Instance Profile box cannot be found.")


def providers():
    """OpenID Connect providers."""
    thumbprint = "990f4193972f2becf12ddeda5237f9c952f20d9e"
    made = iam.create_open_id_connect_provider(
        Url="https://id.example.com/realm/", ClientIDList=["b", "a"],
        ThumbprintList=[thumbprint], Tags=[{"Key": "k", "Value": "v"}])
    arn = made["OpenIDConnectProviderArn"]
    check("provider", (arn, made["Tags"]),
          (f"arn:aws:iam::{ACCOUNT}:oidc-provider/id.example.com/realm",
           [{"Key": "k", "Value": "v"}]))
    who = {"OpenIDConnectProviderArn": arn}
    exists(iam.create_open_id_connect_provider, Url="https://id.example.com/realm")
    unsound(iam.create_open_id_connect_provider, Url="http://id.example.com")
    invalid(iam.create_open_id_connect_provider, Url="https://b.example.com",
            ThumbprintList=[thumbprint] * 6)
    unsound(iam.create_open_id_connect_provider, Url="https://b.example.com",
            ThumbprintList=["short"])
    over(iam.create_open_id_connect_provider, Url="https://b.example.com",
         ClientIDList=[f"c{n}" for n in range(101)])
    for _ in range(2):
        iam.add_client_id_to_open_id_connect_provider(ClientID="c", **who)
        iam.remove_client_id_from_open_id_connect_provider(ClientID="b", **who)
    iam.update_open_id_connect_provider_thumbprint(ThumbprintList=[thumbprint.upper()], **who)
    invalid(iam.update_open_id_connect_provider_thumbprint, ThumbprintList=["z" * 40], **who)
    got = iam.get_open_id_connect_provider(**who)
    check("got", (got["Url"], got["ClientIDList"], got["ThumbprintList"]),
          ("id.example.com/realm", ["a", "c"], [thumbprint.upper()]))
    listed = iam.list_open_id_connect_providers()["OpenIDConnectProviderList"]
    check("listed", listed, [{"Arn": arn}])
    for _ in range(2):
        iam.delete_open_id_connect_provider(**who)
    for call, more in ((iam.get_open_id_connect_provider, {}),
                       (iam.add_client_id_to_open_id_connect_provider, {"ClientID": "c"}),
                       (iam.remove_client_id_from_open_id_connect_provider, {"ClientID": "c"}),
                       (iam.update_open_id_connect_provider_thumbprint,
                        {"ThumbprintList": [thumbprint]})):
        missing(call, **who, **more)
        invalid(call, OpenIDConnectProviderArn="arn:aws:iam::1:role/provider", **more)
    invalid(iam.delete_open_id_connect_provider, OpenIDConnectProviderArn="arn:aws:iam::1:x/y/z")


def others():
    """Lists of what does not exist here."""
    for call, key in ((iam.list_ssh_public_keys, "SSHPublicKeys"),
                      (iam.list_signing_certificates, "Certificates"),
                      (iam.list_service_specific_credentials, "ServiceSpecificCredentials")):
        check(key, call(UserName="Viewer")[key], [])
        check(key, call()[key], [])
        missing(call, UserName="nobody")
    check("servers", iam.list_server_certificates()["ServerCertificateMetadataList"], [])
    check("SAML", iam.list_saml_providers()["SAMLProviderList"], [])


def deletion(arn):
    """Everything goes, in the order AWS demands."""
    first = "Cannot delete entity, must {} first."
    for kind, name in (("user", "Viewer"), ("group", "Viewers"), ("role", "Device")):
        who = {f"{kind.title()}Name": name}
        delete = getattr(iam, f"delete_{kind}")
        check(kind, conflict(delete, **who), first.format("detach all policies"))
        message = conflict(iam.delete_policy, PolicyArn=arn)
        check("attached", message, "Cannot delete a policy attached to entities.")
        getattr(iam, f"detach_{kind}_policy")(PolicyArn=arn, **who)
        check(kind, conflict(delete, **who), first.format("delete policies"))
        getattr(iam, f"delete_{kind}_policy")(PolicyName="long", **who)
        delete(**who)
    iam.delete_role(RoleName="Plain")
    for version in ("v2", "v3", "v4", "v6"):
        iam.delete_policy_version(PolicyArn=arn, VersionId=version)
    iam.delete_policy(PolicyArn=arn)
    missing(iam.get_policy, PolicyArn=arn)


the_arn = policies()
the_names = managed()
roles()
iam.create_user(UserName="Viewer")
iam.create_group(GroupName="Viewers")
for n in range(9):
    iam.create_policy(PolicyName=f"many{n}", PolicyDocument=ALLOW)
for the_kind, the_name in (("user", "Viewer"), ("group", "Viewers"), ("role", "Device")):
    attached(the_kind, the_name, the_arn, the_names)
for n in range(9):
    iam.delete_policy(PolicyArn=f"arn:aws:iam::{ACCOUNT}:policy/many{n}")
all_of_it, the_pages = pages("list_entities_for_policy", "PolicyUsers", 1, PolicyArn=the_arn)
check("entities", (len(all_of_it), the_pages), (1, 3))
check("attachments", iam.get_policy(PolicyArn=the_arn)["Policy"]["AttachmentCount"], 3)
for the_kind, the_name, the_quota in (("user", "Viewer", 2048), ("group", "Viewers", 5120),
                                      ("role", "Device", 10240)):
    inline(the_kind, the_name, the_quota)
trust()
boundaries(the_arn)
tags("user", UserName="Viewer")
tags("role", RoleName="Device")
tags("policy", PolicyArn=the_arn)
the_serial = iam.create_virtual_mfa_device(VirtualMFADeviceName="Totp")["VirtualMFADevice"]
tags("mfa_device", SerialNumber=the_serial["SerialNumber"])
iam.delete_virtual_mfa_device(SerialNumber=the_serial["SerialNumber"])
profiles()
providers()
others()
deletion(the_arn)
finish()

"""The registry of devices as boto3 sees it: what is made is described, listed, changed and
refused. Prints what was not as expected."""

import json

from checks import check, client, finish, refused

iot = client("iot")

iot.create_thing_type(thingTypeName="cam", thingTypeProperties={
    "thingTypeDescription": "Looks at doors", "searchableAttributes": ["room"]})
refused("ResourceAlreadyExistsException", 409, iot.create_thing_type, thingTypeName="cam")
kind = iot.describe_thing_type(thingTypeName="cam")
check("type", (kind["thingTypeProperties"]["searchableAttributes"],
               kind["thingTypeMetadata"]["deprecated"]), (["room"], False))
first = iot.create_thing(thingName="a:1_b-c", thingTypeName="cam",
                         attributePayload={"attributes": {"room": "1"}})
again = iot.create_thing(thingName="a:1_b-c", thingTypeName="cam",
                         attributePayload={"attributes": {"room": "1"}})
check("the same again", again["thingId"], first["thingId"])
refused("ResourceAlreadyExistsException", 409, iot.create_thing, thingName="a:1_b-c")
refused("ResourceNotFoundException", 404, iot.create_thing, thingName="x", thingTypeName="none")
refused("InvalidRequestException", 400, iot.create_thing, thingName="a b")
iot.update_thing(thingName="a:1_b-c", attributePayload={"attributes": {"floor": "2"}, "merge": True},
                 expectedVersion=1)
refused("VersionConflictException", 409, iot.update_thing, thingName="a:1_b-c", expectedVersion=1)
thing = iot.describe_thing(thingName="a:1_b-c")
check("thing", (thing["attributes"], thing["version"], thing["thingTypeName"]),
      ({"room": "1", "floor": "2"}, 2, "cam"))
refused("ResourceNotFoundException", 404, iot.describe_thing, thingName="none")
for number in range(5):
    iot.create_thing(thingName=f"t{number}")
pages = list(iot.get_paginator("list_things").paginate(PaginationConfig={"PageSize": 2}))
check("pages", [len(page["things"]) for page in pages], [2, 2, 2])
listed = iot.list_things(attributeName="floor", attributeValue="2")["things"]
check("by attribute", [thing["thingName"] for thing in listed], ["a:1_b-c"])
refused("InvalidRequestException", 400, iot.list_things, nextToken="zz")

made = iot.create_keys_and_certificate(setAsActive=False)
check("keys", [made["keyPair"][name].splitlines()[0] for name in ("PublicKey", "PrivateKey")],
      ["-----BEGIN PUBLIC KEY-----", "-----BEGIN PRIVATE KEY-----"])
described = iot.describe_certificate(certificateId=made["certificateId"])["certificateDescription"]
check("certificate", (described["status"], described["certificatePem"]),
      ("INACTIVE", made["certificatePem"]))
refused("ResourceAlreadyExistsException", 409, iot.register_certificate_without_ca,
        certificatePem=made["certificatePem"], status="ACTIVE")
refused("CertificateValidationException", 400, iot.register_certificate_without_ca,
        certificatePem="no certificate")
refused("CertificateStateException", 406, iot.update_certificate,
        certificateId=made["certificateId"], newStatus="PENDING_TRANSFER")
iot.delete_certificate(certificateId=made["certificateId"])
registered = iot.register_certificate_without_ca(certificatePem=made["certificatePem"],
                                                 status="ACTIVE")
check("its id", registered["certificateId"], made["certificateId"])
arn, name = registered["certificateArn"], "p+=,.@-1"
document = json.dumps({"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Action": "iot:*", "Resource": "*"}]})
policy = iot.create_policy(policyName=name, policyDocument=document)
check("policy", (policy["policyVersionId"], iot.get_policy(policyName=name)["policyDocument"]),
      ("1", document))
refused("MalformedPolicyException", 400, iot.create_policy, policyName="x", policyDocument="{}")
iot.attach_policy(policyName=name, target=arn)
iot.attach_policy(policyName=name, target=arn)
check("attached", [p["policyName"] for p in iot.list_attached_policies(target=arn)["policies"]],
      [name])
check("targets", iot.list_targets_for_policy(policyName=name)["targets"], [arn])
refused("DeleteConflictException", 409, iot.delete_policy, policyName=name)
iot.detach_principal_policy(policyName=name, principal=arn)
iot.attach_principal_policy(policyName=name, principal=arn)
iot.detach_policy(policyName=name, target=arn)
iot.attach_thing_principal(thingName="t1", principal=arn)
check("things", iot.list_principal_things(principal=arn)["things"], ["t1"])
check("principals", iot.list_thing_principals(thingName="t1")["principals"], [arn])
refused("InvalidRequestException", 400, iot.delete_thing, thingName="t1")
refused("AccessDeniedException", 403, iot.attach_thing_principal, thingName="t1",
        principal="arn:aws:iot:us-east-1:999999999999:cert/" + "0" * 64)
refused("InvalidRequestException", 400, iot.attach_thing_principal, thingName="t1",
        principal="arn:aws:iot:us-east-1:123456789012:cert/0")
refused("CertificateStateException", 406, iot.delete_certificate,
        certificateId=made["certificateId"])
role = "arn:aws:iam::123456789012:role/none"
iot.create_role_alias(roleAlias="r=,@-1", roleArn=role)
refused("ResourceAlreadyExistsException", 409, iot.create_role_alias, roleAlias="r=,@-1",
        roleArn=role)
iot.update_role_alias(roleAlias="r=,@-1", credentialDurationSeconds=900)
alias = iot.describe_role_alias(roleAlias="r=,@-1")["roleAliasDescription"]
check("alias", (alias["roleArn"], alias["credentialDurationSeconds"]), (role, 900))
check("aliases", iot.list_role_aliases()["roleAliases"], ["r=,@-1"])
refused("InvalidRequestException", 400, iot.delete_thing_type, thingTypeName="cam")
refused("InvalidRequestException", 400, iot.describe_endpoint, endpointType="iot:Data-ATS")

# The role is handed to devices, so its maker needs iam:PassRole.
iam = client("iam")
iam.create_user(UserName="maker")
key = iam.create_access_key(UserName="maker")["AccessKey"]
maker = client("iot", key)
allow = [{"Effect": "Allow", "Action": "iot:*", "Resource": "*"}]
for statements in (allow, allow + [{"Effect": "Allow", "Action": "iam:PassRole", "Resource": role,
                                    "Condition": {"StringEquals": {"iam:PassedToService":
                                        "credentials.iot.amazonaws.com"}}}]):
    refused("AccessDeniedException", 403, maker.create_role_alias, roleAlias="own", roleArn=role)
    iam.put_user_policy(UserName="maker", PolicyName="own", PolicyDocument=json.dumps({
        "Version": "2012-10-17", "Statement": statements}))
maker.create_role_alias(roleAlias="own", roleArn=role)

# The tags of the role that is handed over are looked at.
trust = json.dumps({"Version": "2012-10-17", "Statement": [{
    "Effect": "Allow", "Action": "sts:AssumeRole",
    "Principal": {"Service": "credentials.iot.amazonaws.com"}}]})
iam.put_user_policy(UserName="maker", PolicyName="own", PolicyDocument=json.dumps({
    "Version": "2012-10-17", "Statement": allow + [{
        "Effect": "Allow", "Action": "iam:PassRole", "Resource": "*",
        "Condition": {"StringEquals": {"aws:ResourceTag/use": "devices"}}}]}))
for name, tags in (("plain", []), ("other", [{"Key": "use", "Value": "people"}])):
    kept = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust, Tags=tags)["Role"]["Arn"]
    refused("AccessDeniedException", 403, maker.create_role_alias, roleAlias=name, roleArn=kept)
    refused("AccessDeniedException", 403, maker.update_role_alias, roleAlias="own", roleArn=kept)
    iam.tag_role(RoleName=name, Tags=[{"Key": "use", "Value": "devices"}])
    maker.create_role_alias(roleAlias=name, roleArn=kept)
    maker.update_role_alias(roleAlias="own", roleArn=kept)
finish()

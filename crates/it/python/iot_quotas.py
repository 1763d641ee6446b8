"""Quotas of AWS IoT: one more than the account may have of each kind, and what there is
already. Prints what was not as AWS documents it, and a count."""

import json
from concurrent.futures import ThreadPoolExecutor

from botocore.exceptions import ClientError
from checks import client, check, finish, refused

iot = client("iot")
DOCUMENT = json.dumps({"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Action": "iot:*", "Resource": "*"}]})


def quota(create, name, again, **more):
    """Two may be made; the third may not, and the first is still known."""
    for count in range(2):
        create(**{name: f"n{count}"}, **more)
    message = refused("LimitExceededException", 410, create, **{name: "n2"}, **more)
    check("the message says how many", "at most 2" in message)
    if again:
        refused("ResourceAlreadyExistsException", 409, create, **{name: "n0"}, **more)
    else:
        create(**{name: "n0"}, **more)


quota(iot.create_thing, "thingName", False)
quota(iot.create_thing_type, "thingTypeName", True)
quota(iot.create_policy, "policyName", True, policyDocument=DOCUMENT)
made = [iot.create_keys_and_certificate(setAsActive=False) for _ in range(2)]
refused("LimitExceededException", 410, iot.create_keys_and_certificate, setAsActive=False)
known = made[0]
refused("ResourceAlreadyExistsException", 409, iot.register_certificate_without_ca,
        certificatePem=known["certificatePem"], status="ACTIVE")
iot.delete_certificate(certificateId=known["certificateId"])
iot.register_certificate_without_ca(certificatePem=known["certificatePem"], status="ACTIVE")


def at_once(create, exceeded):
    """How many of sixteen requests at the same time are granted."""
    def attempt(number):
        try:
            create(f"at-once-{number}")
        except ClientError as error:
            check("the others are told why", error.response["Error"]["Code"] == exceeded)
            return 0
        return 1

    with ThreadPoolExecutor(16) as pool:
        return sum(pool.map(attempt, range(16)))


iot.delete_thing(thingName="n0")
iot.delete_thing(thingName="n1")
made = at_once(lambda name: iot.create_thing(thingName=name), "LimitExceededException")
check("no more things than may be", made == 2)
kvs = client("kinesisvideo")
made = at_once(lambda name: kvs.create_stream(StreamName=name),
               "AccountStreamLimitExceededException")
check("no more streams than may be", made == 2)
finish()

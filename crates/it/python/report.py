"""The credential report: made on demand, kept for four hours."""

import csv
import io
import time

from checks import ACCOUNT, check, client, finish, refused

iam = client("iam")


def generate():
    """Asks for a report until it is there; tells the states on the way."""
    states = [iam.generate_credential_report()["State"]]
    while states[-1] != "COMPLETE" and len(states) < 100:
        time.sleep(0.1)
        states.append(iam.generate_credential_report()["State"])
    return states


def rows():
    """The rows by user."""
    answer = iam.get_credential_report()
    check("format", answer["ReportFormat"], "text/csv")
    table = csv.DictReader(io.StringIO(answer["Content"].decode()))
    return {row["user"]: row for row in table}, answer["GeneratedTime"]


refused("ReportNotPresent", 410, iam.get_credential_report)
iam.create_user(UserName="ann", Path="/a,b/")
iam.create_login_profile(UserName="ann", Password="Correct-Horse-1")
key = iam.create_access_key(UserName="ann")["AccessKey"]
iam.create_user(UserName="bob")
client("sts", key).get_caller_identity()
states = generate()
check("states", (states[0], states[-1]), ("STARTED", "COMPLETE"))
users, made = rows()
check("users", list(users), ["<root_account>", "Administrator", "ann", "bob"])
root, own, ann, bob = users.values()
check("columns", len(root), 22)
check("root", (root["password_enabled"], root["access_key_1_active"]), ("not_supported", "true"))
check("own", (own["password_enabled"], own["access_key_1_active"]), ("false", "true"))
check("arn", ann["arn"], f"arn:aws:iam::{ACCOUNT}:user/a,b/ann")
facts = {"password_enabled": "true", "password_last_used": "no_information",
         "password_next_rotation": "N/A", "mfa_active": "false", "access_key_1_active": "true",
         "access_key_1_last_used_service": "sts", "access_key_2_active": "false",
         "access_key_2_last_rotated": "N/A", "cert_1_active": "false"}
check("ann", {column: ann[column] for column in facts}, facts)
check("times", ann["user_creation_time"][-6:], "+00:00")
check("bob", (bob["password_enabled"], bob["password_last_used"]), ("false", "N/A"))
iam.create_user(UserName="later")
check("kept", generate(), ["COMPLETE"])
check("the same", rows(), (users, made))
finish()

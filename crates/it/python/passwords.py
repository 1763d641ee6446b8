"""Login profiles, the password policy, the account's alias and its summary: every
operation and every documented error."""

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from checks import ACCOUNT, ROOT, check, client, finish, refused

iam = client("iam")
ARN = f"arn:aws:iam::{ACCOUNT}:"
GOOD, OTHER, THIRD = "Correct-Horse-1", "Battery+Staple-2", "Another_Fine-3"
CHANGING = "arn:aws:iam::aws:policy/IAMUserChangePassword"


def profiles():
    """CreateLoginProfile, GetLoginProfile, UpdateLoginProfile, DeleteLoginProfile."""
    iam.create_user(UserName="Ann")
    message = refused("NoSuchEntity", 404, iam.get_login_profile, UserName="ann")
    check("none", message, "Login Profile for User Ann cannot be found.")
    for bad, what in (
        ("Short-1", "Password should have a minimum length of 8"),
        ("abcdefgh1", "Password should meet 1 more of the following requirements: "),
        ("abcdefghi", "Password should meet 2 more of the following requirements: "),
    ):
        message = refused("PasswordPolicyViolation", 400, iam.create_login_profile,
                          UserName="ann", Password=bad)
        check("what is missing", message[:len(what)], what)
    for arguments in ({"UserName": "ann"}, {"UserName": "ann", "Password": ""},
                      {"UserName": "ann", "Password": "Secret-1" * 17}):
        message = refused("ValidationError", 400, iam.create_login_profile, **arguments)
        check("nothing is quoted", "Secret" in message or GOOD in message, False)
    refused("NoSuchEntity", 404, iam.create_login_profile, UserName="nobody", Password=GOOD)
    root = client("iam", ROOT)
    message = refused("ValidationError", 400, root.create_login_profile, Password=GOOD)
    check("root is no user", GOOD in message, False)
    made = iam.create_login_profile(UserName="ann", Password=GOOD, PasswordResetRequired=True)
    made = made["LoginProfile"]
    check("made", (made["UserName"], made["PasswordResetRequired"]), ("Ann", True))
    got = iam.get_login_profile(UserName="ANN")["LoginProfile"]
    check("got", got, made)
    message = refused("EntityAlreadyExists", 409, iam.create_login_profile,
                      UserName="ann", Password=GOOD)
    check("exists", message, "Login Profile for user Ann already exists.")
    iam.update_login_profile(UserName="ann", PasswordResetRequired=False)
    got = iam.get_login_profile(UserName="ann")["LoginProfile"]
    check("reset", (got["PasswordResetRequired"], got["CreateDate"]), (False, made["CreateDate"]))
    refused("PasswordPolicyViolation", 400, iam.update_login_profile, UserName="ann", Password="x")
    refused("NoSuchEntity", 404, iam.update_login_profile, UserName="nobody", Password=GOOD)
    message = refused("DeleteConflict", 409, iam.delete_user, UserName="ann")
    check("guard", message, "Cannot delete entity, must delete login profile first.")
    check("never signed in", "PasswordLastUsed" in iam.get_user(UserName="ann")["User"], False)


def change_password():
    """ChangePassword, by a user with a key of its own."""
    key = iam.create_access_key(UserName="ann")["AccessKey"]
    ann = client("iam", key)
    arguments = {"OldPassword": GOOD, "NewPassword": OTHER}
    refused("InvalidUserType", 400, client("iam", ROOT).change_password, **arguments)
    refused("AccessDenied", 403, ann.change_password, **arguments)
    refused("AccessDenied", 403, ann.get_account_password_policy)
    iam.update_account_password_policy(
        MinimumPasswordLength=12, RequireSymbols=True, RequireNumbers=True,
        RequireUppercaseCharacters=True, RequireLowercaseCharacters=True,
        AllowUsersToChangePassword=True, PasswordReusePrevention=2)
    policy = ann.get_account_password_policy()["PasswordPolicy"]
    check("users may read it", policy["MinimumPasswordLength"], 12)
    message = refused("AccessDenied", 403, ann.change_password, OldPassword="Wrong-One-123",
                      NewPassword=OTHER)
    check("wrong", message, "The old password was incorrect.")
    message = refused("PasswordPolicyViolation", 400, ann.change_password, OldPassword=GOOD,
                      NewPassword="Correct-Horse")
    check("one", message, "Password should have at least one number")
    message = refused("PasswordPolicyViolation", 400, ann.change_password, OldPassword=GOOD,
                      NewPassword="correct-horse")
    two = ("Password should meet 2 more of the following requirements: Password should have at "
           "least one uppercase letter, Password should have at least one number")
    check("two", message, two)
    ann.change_password(**arguments)
    refused("PasswordPolicyViolation", 400, ann.change_password, OldPassword=OTHER,
            NewPassword=GOOD)
    ann.change_password(OldPassword=OTHER, NewPassword=THIRD)
    ann.change_password(OldPassword=THIRD, NewPassword=GOOD)
    deny = ('{"Version":"2012-10-17","Statement":'
            '{"Effect":"Deny","Action":"iam:ChangePassword","Resource":"*"}}')
    iam.put_user_policy(UserName="ann", PolicyName="deny", PolicyDocument=deny)
    refused("AccessDenied", 403, ann.change_password, OldPassword=GOOD, NewPassword=OTHER)
    iam.delete_user_policy(UserName="ann", PolicyName="deny")
    # The setting is as good as a policy of the user, so a boundary limits it.
    reader = "arn:aws:iam::aws:policy/AmazonKinesisVideoStreamsReadOnlyAccess"
    iam.put_user_permissions_boundary(UserName="ann", PermissionsBoundary=reader)
    message = refused("AccessDenied", 403, ann.change_password, OldPassword=GOOD,
                      NewPassword=OTHER)
    why = "because no permissions boundary allows the iam:ChangePassword action"
    check("bounded", message.endswith(why), True)
    refused("AccessDenied", 403, ann.get_account_password_policy)
    iam.delete_user_permissions_boundary(UserName="ann")
    ann.get_account_password_policy()
    iam.delete_login_profile(UserName="ann")
    refused("NoSuchEntity", 404, iam.delete_login_profile, UserName="ann")
    message = refused("NoSuchEntity", 404, ann.change_password, **arguments)
    check("none", message, "Login Profile for User Ann cannot be found.")
    iam.delete_access_key(UserName="ann", AccessKeyId=key["AccessKeyId"])
    iam.delete_user(UserName="ann")
    iam.delete_account_password_policy()


def guessing():
    """Who has a user's key, but not the password, is not heard for long."""
    iam.create_user(UserName="lost")
    iam.create_login_profile(UserName="lost", Password=GOOD)
    iam.attach_user_policy(UserName="lost", PolicyArn=CHANGING)
    key = iam.create_access_key(UserName="lost")["AccessKey"]
    lost = boto3.client(
        "iam", aws_access_key_id=key["AccessKeyId"],
        aws_secret_access_key=key["SecretAccessKey"],
        config=Config(retries={"total_max_attempts": 1}))
    codes = []
    for n in range(10):
        try:
            lost.change_password(OldPassword=f"Wrong-One-{n}", NewPassword=OTHER)
        except ClientError as error:
            codes.append(error.response["Error"]["Code"])
    check("wrong ones are heard", codes[:5], ["AccessDenied"] * 5)
    check("and then held back", "Throttling" in codes[5:])
    iam.delete_access_key(UserName="lost", AccessKeyId=key["AccessKeyId"])
    iam.detach_user_policy(UserName="lost", PolicyArn=CHANGING)
    iam.delete_login_profile(UserName="lost")
    iam.delete_user(UserName="lost")


def policy():
    """The password policy is replaced as a whole."""
    message = refused("NoSuchEntity", 404, iam.get_account_password_policy)
    what = f"The Password Policy with domain name {ACCOUNT} cannot be found."
    check("never set", message, what)
    refused("NoSuchEntity", 404, iam.delete_account_password_policy)
    iam.update_account_password_policy(MaxPasswordAge=90, HardExpiry=True, RequireSymbols=True)
    got = iam.get_account_password_policy()["PasswordPolicy"]
    expected = {
        "MinimumPasswordLength": 6, "RequireSymbols": True, "RequireNumbers": False,
        "RequireUppercaseCharacters": False, "RequireLowercaseCharacters": False,
        "AllowUsersToChangePassword": False, "ExpirePasswords": True, "MaxPasswordAge": 90,
        "HardExpiry": True,
    }
    check("set", got, expected)
    iam.update_account_password_policy()
    got = iam.get_account_password_policy()["PasswordPolicy"]
    check("replaced", ("MaxPasswordAge" in got, got["ExpirePasswords"]), (False, False))
    for arguments in (
        {"MinimumPasswordLength": 5}, {"MinimumPasswordLength": 129}, {"MaxPasswordAge": 0},
        {"MaxPasswordAge": 1096}, {"PasswordReusePrevention": 25},
    ):
        refused("ValidationError", 400, iam.update_account_password_policy, **arguments)
    iam.delete_account_password_policy()
    refused("NoSuchEntity", 404, iam.get_account_password_policy)


def alias():
    """One alias, replaced by the next."""
    check("none", iam.list_account_aliases()["AccountAliases"], [])
    iam.create_account_alias(AccountAlias="camera-firm")
    refused("EntityAlreadyExists", 409, iam.create_account_alias, AccountAlias="camera-firm")
    iam.create_account_alias(AccountAlias="lens-firm")
    check("replaced", iam.list_account_aliases()["AccountAliases"], ["lens-firm"])
    for bad in ("ab", "x" * 64, "Camera", "-camera", "camera-", "a--b", "123456789012"):
        refused("ValidationError", 400, iam.create_account_alias, AccountAlias=bad)
    refused("NoSuchEntity", 404, iam.delete_account_alias, AccountAlias="camera-firm")
    for step in ("root", "mfa", "reset", "credentials"):
        refused("EntityAlreadyExists", 409, iam.create_account_alias, AccountAlias=step)
    iam.delete_account_alias(AccountAlias="lens-firm")
    check("gone", iam.list_account_aliases()["AccountAliases"], [])
    iam.create_account_alias(AccountAlias="camera-firm")


def summary():
    """GetAccountSummary counts."""
    before = iam.get_account_summary()["SummaryMap"]
    iam.create_user(UserName="one")
    iam.create_group(GroupName="one")
    iam.create_virtual_mfa_device(VirtualMFADeviceName="one")
    after = iam.get_account_summary()["SummaryMap"]
    changed = {key: after[key] - before[key] for key in after if after[key] != before[key]}
    check("counted", changed, {"Users": 1, "Groups": 1, "MFADevices": 1})
    facts = {"UsersQuota": 5000, "GroupsQuota": 300, "AccessKeysPerUserQuota": 2,
             "GroupsPerUserQuota": 10, "PolicySizeQuota": 6144, "AccountMFAEnabled": 0,
             "AccountAccessKeysPresent": 1, "AccountPasswordPresent": 1}
    check("facts", {key: after[key] for key in facts}, facts)
    iam.delete_user(UserName="one")
    iam.delete_group(GroupName="one")


profiles()
change_password()
guessing()
policy()
alias()
summary()
finish()

"""Virtual MFA devices: every operation and every documented error, with codes as an
authenticator app shows them."""

import base64
import hashlib
import hmac
import struct
import time
import zlib

from checks import ACCOUNT, ROOT, check, client, finish, refused

iam = client("iam")
ARN = f"arn:aws:iam::{ACCOUNT}:"


def code(seed, steps_ahead=0):
    """What an app shows: RFC 6238."""
    step = int(time.time()) // 30 + steps_ahead
    tag = hmac.new(base64.b32decode(seed), struct.pack(">Q", step), hashlib.sha1).digest()
    word = struct.unpack(">I", tag[tag[19] & 15:][:4])[0] & 0x7FFF_FFFF
    return f"{word % 1_000_000:06}"


def wait_for_room():
    """The codes of one call must all be made in the step in which it is answered."""
    if time.time() % 30 > 25:
        time.sleep(30 - time.time() % 30)


def rows_of(image):
    """The lines of a PNG of one bit a pixel, its checksums proven."""
    check("PNG", image[:8], b"\x89PNG\r\n\x1a\n")
    at, data, side = 8, b"", 0
    while at < len(image):
        length, kind = struct.unpack(">I4s", image[at:at + 8])
        body = image[at + 8:at + 8 + length]
        (crc,) = struct.unpack(">I", image[at + 8 + length:at + 12 + length])
        check("checksum", crc, zlib.crc32(kind + body))
        if kind == b"IHDR":
            side = struct.unpack(">I", body[:4])[0]
        data += body if kind == b"IDAT" else b""
        at += 12 + length
    lines = zlib.decompress(data)
    width = 1 + (side + 7) // 8
    check("lines", len(lines), side * width)
    return [lines[n:n + width] for n in range(0, len(lines), width)]


def walk():
    """One device's life."""
    for name in ("ann", "bob"):
        iam.create_user(UserName=name)
    device = iam.create_virtual_mfa_device(
        VirtualMFADeviceName="Phone", Path="/staff/", Tags=[{"Key": "kind", "Value": "app"}],
    )["VirtualMFADevice"]
    serial = device["SerialNumber"]
    check("serial", serial, f"{ARN}mfa/staff/Phone")
    seed = device["Base32StringSeed"].decode()
    check("seed", (len(seed), len(base64.b32decode(seed))), (32, 20))
    rows = rows_of(device["QRCodePNG"])
    check("a picture", len({bytes(row) for row in rows}) > 20, True)
    message = refused("EntityAlreadyExists", 409, iam.create_virtual_mfa_device,
                      VirtualMFADeviceName="phone")
    check("exists", message, "MFADevice entity at the same path and name already exists.")
    for arguments in ({}, {"VirtualMFADeviceName": ""}, {"VirtualMFADeviceName": "a b"},
                      {"VirtualMFADeviceName": "a", "Path": "x"}):
        refused("ValidationError", 400, iam.create_virtual_mfa_device, **arguments)
    twice = [{"Key": "a", "Value": ""}, {"Key": "A", "Value": ""}]
    for name in ["root-account-mfa-device", "Root-Account-MFA-Device-8"]:
        refused("InvalidInput", 400, iam.create_virtual_mfa_device, VirtualMFADeviceName=name)
    refused("InvalidInput", 400, iam.create_virtual_mfa_device, VirtualMFADeviceName="a",
            Tags=twice)
    tags = iam.list_mfa_device_tags(SerialNumber=serial)["Tags"]
    check("tags", tags, [{"Key": "kind", "Value": "app"}])
    listed = iam.list_virtual_mfa_devices(AssignmentStatus="Unassigned")["VirtualMFADevices"]
    check("without its seed", listed, [{"SerialNumber": serial}])
    assigned = iam.list_virtual_mfa_devices(AssignmentStatus="Assigned")["VirtualMFADevices"]
    check("none assigned", assigned, [])

    def codes(first, second):
        return {"AuthenticationCode1": first, "AuthenticationCode2": second}

    wait_for_room()
    now, then = code(seed), code(seed, -1)
    for pair in ((now, then), (now, now), ("000000", now), (code(seed, 40), code(seed, 41))):
        message = refused("InvalidAuthenticationCode", 403, iam.enable_mfa_device,
                          UserName="ann", SerialNumber=serial, **codes(*pair))
        check("wrong", message, "Authentication code for device is not valid.")
    for pair in (("12345", now), ("1234567", now), ("abcdef", now), (None, now)):
        message = refused("ValidationError", 400, iam.enable_mfa_device, UserName="ann",
                          SerialNumber=serial, **codes(*pair))
        check("no code is quoted", "abcdef" in message or "1234" in message, False)
    refused("NoSuchEntity", 404, iam.enable_mfa_device, UserName="nobody",
            SerialNumber=serial, **codes(then, now))
    message = refused("NoSuchEntity", 404, iam.enable_mfa_device, UserName="ann",
                      SerialNumber=f"{ARN}mfa/none", **codes(then, now))
    check("none", message, f"VirtualMFADevice with serial number {ARN}mfa/none doesn't exist.")
    iam.enable_mfa_device(UserName="ANN", SerialNumber=serial, **codes(then, now))
    refused("EntityAlreadyExists", 409, iam.enable_mfa_device, UserName="bob",
            SerialNumber=serial, **codes(then, now))
    (mine,) = iam.list_mfa_devices(UserName="ann")["MFADevices"]
    check("mine", (mine["UserName"], mine["SerialNumber"]), ("ann", serial))
    got = iam.get_mfa_device(UserName="ann", SerialNumber=serial)
    check("got", (got["UserName"], got["EnableDate"]), ("ann", mine["EnableDate"]))
    (listed,) = iam.list_virtual_mfa_devices()["VirtualMFADevices"]
    check("whose", listed["User"]["Arn"], f"{ARN}user/ann")
    check("bob's", iam.list_mfa_devices(UserName="bob")["MFADevices"], [])
    check("one's own", iam.list_mfa_devices()["MFADevices"], [])
    check("root's", client("iam", ROOT).list_mfa_devices()["MFADevices"], [])
    # The codes that were shown are used up; those of a clock far ahead are new.
    refused("InvalidAuthenticationCode", 403, iam.resync_mfa_device, UserName="ann",
            SerialNumber=serial, **codes(then, now))
    ahead = code(seed, 40), code(seed, 41)
    refused("NoSuchEntity", 404, iam.resync_mfa_device, UserName="bob", SerialNumber=serial,
            **codes(*ahead))
    iam.resync_mfa_device(UserName="ann", SerialNumber=serial, **codes(*ahead))
    refused("InvalidAuthenticationCode", 403, iam.resync_mfa_device, UserName="ann",
            SerialNumber=serial, **codes(*ahead))

    for call in (iam.deactivate_mfa_device, iam.get_mfa_device):
        refused("NoSuchEntity", 404, call, UserName="bob", SerialNumber=serial)
        refused("NoSuchEntity", 404, call, UserName="nobody", SerialNumber=serial)
        refused("NoSuchEntity", 404, call, SerialNumber=serial)
    root = client("iam", ROOT)
    for call in (root.deactivate_mfa_device, root.get_mfa_device):
        refused("ValidationError", 400, call, SerialNumber=serial)
    message = refused("DeleteConflict", 409, iam.delete_user, UserName="ann")
    check("guard", message, "Cannot delete entity, must delete MFA device first.")
    refused("DeleteConflict", 409, iam.delete_virtual_mfa_device, SerialNumber=serial)
    iam.update_user(UserName="ann", NewUserName="anna")
    iam.deactivate_mfa_device(UserName="anna", SerialNumber=serial)
    iam.delete_user(UserName="anna")
    refused("NoSuchEntity", 404, iam.list_mfa_devices, UserName="anna")
    iam.delete_virtual_mfa_device(SerialNumber=serial)
    refused("NoSuchEntity", 404, iam.delete_virtual_mfa_device, SerialNumber=serial)
    refused("ValidationError", 400, iam.delete_virtual_mfa_device, SerialNumber="short")


def quota_and_pages():
    """Eight devices of a user; pages of them."""
    devices = [iam.create_virtual_mfa_device(VirtualMFADeviceName=f"d{n}")["VirtualMFADevice"]
               for n in range(9)]
    wait_for_room()
    for n, device in enumerate(devices):
        seed = device["Base32StringSeed"].decode()
        arguments = {"UserName": "bob", "SerialNumber": device["SerialNumber"],
                     "AuthenticationCode1": code(seed), "AuthenticationCode2": code(seed, 1)}
        if n < 8:
            iam.enable_mfa_device(**arguments)
        else:
            message = refused("LimitExceeded", 409, iam.enable_mfa_device, **arguments)
            check("quota", message, "Cannot exceed quota for MFADevicesPerUser: 8")
    for operation, list_of, arguments, sizes in (
        ("list_mfa_devices", "MFADevices", {"UserName": "bob"}, [3, 3, 2]),
        ("list_virtual_mfa_devices", "VirtualMFADevices", {}, [3, 3, 3]),
    ):
        pages = iam.get_paginator(operation).paginate(
            **arguments, PaginationConfig={"PageSize": 3})
        check(operation, [len(page[list_of]) for page in pages], sizes)
    for device in iam.list_mfa_devices(UserName="bob")["MFADevices"]:
        iam.deactivate_mfa_device(UserName="bob", SerialNumber=device["SerialNumber"])
    for device in devices:
        iam.delete_virtual_mfa_device(SerialNumber=device["SerialNumber"])
    iam.delete_user(UserName="bob")


walk()
quota_and_pages()
finish()

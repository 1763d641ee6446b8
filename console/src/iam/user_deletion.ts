/** What must be deleted before a user can be, in the order of AWS's console. */

import {
  DeactivateMFADeviceCommand,
  DeleteAccessKeyCommand,
  DeleteLoginProfileCommand,
  DeleteUserCommand,
  DeleteUserPolicyCommand,
  DeleteVirtualMFADeviceCommand,
  DetachUserPolicyCommand,
  GetLoginProfileCommand,
  ListAccessKeysCommand,
  ListGroupsForUserCommand,
  ListMFADevicesCommand,
  RemoveUserFromGroupCommand,
} from "@aws-sdk/client-iam";
import type { IAMClient } from "@aws-sdk/client-iam";

import { Failure } from "../api/failure";
import { nameOfArn } from "./documents";
import { listAttached, listInline } from "./entity_policies";

/** What hangs on a user. */
export interface Belongings {
  keys: readonly string[];
  /** Serial numbers. */
  devices: readonly string[];
  hasPassword: boolean;
  groups: readonly string[];
  /** ARNs. */
  attached: readonly string[];
  inline: readonly string[];
}

/** One call. */
export interface Step {
  act: "key" | "deactivate" | "device" | "password" | "group" | "detach" | "inline" | "user";
  /** What the call is about. */
  id: string;
  /** What it does, for a list. */
  text: string;
}

/** The calls that delete a user: credentials first, so that it can do nothing from then on. */
export function planDeletion(userName: string, has: Belongings): Step[] {
  return [
    ...has.keys.map((id) => step("key", id, `Delete the access key ${id}`)),
    ...has.devices.flatMap((serial) => [
      step("deactivate", serial, `Take away the MFA device ${nameOfArn(serial)}`),
      // A hardware device has a serial number that is no ARN, and nothing of it remains.
      ...(serial.startsWith("arn:") ? [step("device", serial, `Delete the MFA device ${nameOfArn(serial)}`)] : []),
    ]),
    ...(has.hasPassword ? [step("password", userName, "Delete the console password")] : []),
    ...has.groups.map((name) => step("group", name, `Remove from the group ${name}`)),
    ...has.attached.map((arn) => step("detach", arn, `Detach the policy ${nameOfArn(arn)}`)),
    ...has.inline.map((name) => step("inline", name, `Delete the inline policy ${name}`)),
    step("user", userName, `Delete the user ${userName}`),
  ];
}

/** What hangs on a user, and what of it could not be read. */
export async function belongingsOf(
  iam: IAMClient,
  UserName: string,
  abortSignal: AbortSignal,
): Promise<{ has: Belongings; failures: Failure[] }> {
  const options = { abortSignal };
  const failures: Failure[] = [];
  const or = async <T>(asked: Promise<T>, otherwise: T): Promise<T> =>
    asked.catch((error: unknown) => {
      failures.push(Failure.of(error));
      return otherwise;
    });
  const password = iam.send(new GetLoginProfileCommand({ UserName }), options).then(
    () => true,
    (error: unknown) => {
      if (Failure.of(error).isMissing) return false;
      throw error;
    },
  );
  const [keys, devices, hasPassword, groups, attached, inline] = await Promise.all([
    or(iam.send(new ListAccessKeysCommand({ UserName }), options).then((found) => found.AccessKeyMetadata), undefined),
    or(iam.send(new ListMFADevicesCommand({ UserName }), options).then((found) => found.MFADevices), undefined),
    or(password, false),
    or(iam.send(new ListGroupsForUserCommand({ UserName }), options).then((found) => found.Groups), undefined),
    or(listAttached(iam, "user", UserName, abortSignal), []),
    or(listInline(iam, "user", UserName, abortSignal), []),
  ]);
  const has = {
    keys: (keys ?? []).map((key) => key.AccessKeyId ?? ""),
    devices: (devices ?? []).map((device) => device.SerialNumber ?? ""),
    hasPassword,
    groups: (groups ?? []).map((group) => group.GroupName ?? ""),
    attached: attached.map((policy) => policy.PolicyArn ?? ""),
    inline,
  };
  return { has, failures };
}

/** Does one step. What is gone already is as good as deleted. */
export async function perform(iam: IAMClient, UserName: string, { act, id }: Step): Promise<void> {
  try {
    await call(iam, UserName, act, id);
  } catch (error) {
    if (!Failure.of(error).isMissing || act === "user") throw error;
  }
}

function call(iam: IAMClient, UserName: string, act: Step["act"], id: string): Promise<unknown> {
  switch (act) {
    case "key":
      return iam.send(new DeleteAccessKeyCommand({ UserName, AccessKeyId: id }));
    case "deactivate":
      return iam.send(new DeactivateMFADeviceCommand({ UserName, SerialNumber: id }));
    case "device":
      return iam.send(new DeleteVirtualMFADeviceCommand({ SerialNumber: id }));
    case "password":
      return iam.send(new DeleteLoginProfileCommand({ UserName }));
    case "group":
      return iam.send(new RemoveUserFromGroupCommand({ UserName, GroupName: id }));
    case "detach":
      return iam.send(new DetachUserPolicyCommand({ UserName, PolicyArn: id }));
    case "inline":
      return iam.send(new DeleteUserPolicyCommand({ UserName, PolicyName: id }));
    case "user":
      return iam.send(new DeleteUserCommand({ UserName }));
  }
}

function step(act: Step["act"], id: string, text: string): Step {
  return { act, id, text };
}

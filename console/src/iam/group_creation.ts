/** What is done to create a group. */

import { AddUserToGroupCommand, AttachGroupPolicyCommand, CreateGroupCommand } from "@aws-sdk/client-iam";
import type { IAMClient } from "@aws-sdk/client-iam";

import { Failure } from "../api/failure";
import { nameOfArn } from "./documents";
import type { Shortfall } from "./user_creation";

/** Creates a group. What fails after it is there is told, not thrown. */
export async function createGroup(
  iam: IAMClient,
  group: { name: string; policies: readonly string[]; users: readonly string[] },
): Promise<Shortfall[]> {
  const { name: GroupName } = group;
  await iam.send(new CreateGroupCommand({ GroupName }));
  const shortfalls: Shortfall[] = [];
  for (const PolicyArn of group.policies) {
    try {
      await iam.send(new AttachGroupPolicyCommand({ GroupName, PolicyArn }));
    } catch (error) {
      shortfalls.push({ text: `The policy ${nameOfArn(PolicyArn)} is not attached`, failure: Failure.of(error) });
    }
  }
  for (const UserName of group.users) {
    try {
      await iam.send(new AddUserToGroupCommand({ GroupName, UserName }));
    } catch (error) {
      shortfalls.push({ text: `${UserName} is not in the group`, failure: Failure.of(error) });
    }
  }
  return shortfalls;
}

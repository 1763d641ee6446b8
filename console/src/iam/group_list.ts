/** The groups of the account, and deleting one with what hangs on it. */

import {
  DeleteGroupCommand,
  DeleteGroupPolicyCommand,
  DetachGroupPolicyCommand,
  GetGroupCommand,
  ListGroupsCommand,
  RemoveUserFromGroupCommand,
} from "@aws-sdk/client-iam";
import type { Group, IAMClient, User } from "@aws-sdk/client-iam";
import { useQuery } from "@tanstack/react-query";

import { allPages, useIam } from "./client";
import { listAttached, listInline } from "./entity_policies";

/** All groups. */
export function useGroups() {
  const iam = useIam();
  return useQuery({
    queryKey: ["iam", "groups"],
    queryFn: ({ signal }) =>
      allPages<Group>(async (Marker) => {
        const page = await iam.send(new ListGroupsCommand({ Marker }), { abortSignal: signal });
        return { items: page.Groups, next: page.Marker };
      }),
  });
}

/** A group and its users. */
export async function readGroup(iam: IAMClient, name: string, abortSignal?: AbortSignal) {
  const options = abortSignal ? { abortSignal } : {};
  let group: Group | undefined;
  const users = await allPages<User>(async (Marker) => {
    const page = await iam.send(new GetGroupCommand({ GroupName: name, Marker }), options);
    group = page.Group;
    return { items: page.Users, next: page.Marker };
  });
  return { group, users };
}

/** Takes everything from a group that keeps it from being deleted, in AWS's order, and deletes it. */
export async function deleteGroup(iam: IAMClient, GroupName: string): Promise<void> {
  const { users } = await readGroup(iam, GroupName);
  for (const { UserName } of users) {
    await iam.send(new RemoveUserFromGroupCommand({ GroupName, UserName }));
  }
  for (const { PolicyArn } of await listAttached(iam, "group", GroupName)) {
    await iam.send(new DetachGroupPolicyCommand({ GroupName, PolicyArn }));
  }
  for (const PolicyName of await listInline(iam, "group", GroupName)) {
    await iam.send(new DeleteGroupPolicyCommand({ GroupName, PolicyName }));
  }
  await iam.send(new DeleteGroupCommand({ GroupName }));
}

/** What a list of groups tells of each, read for those that are on screen. */

import { GetGroupCommand } from "@aws-sdk/client-iam";
import type { IAMClient, User } from "@aws-sdk/client-iam";
import { useQuery } from "@tanstack/react-query";

import { count } from "../words";
import { allPages, useIam } from "./client";
import { listAttached, listInline } from "./entity_policies";
import { Fact } from "./user_facts";

/** The users of a group. */
export function usersOf(iam: IAMClient, GroupName: string, abortSignal?: AbortSignal): Promise<User[]> {
  return allPages<User>(async (Marker) => {
    const asked = new GetGroupCommand({ GroupName, Marker, MaxItems: 1000 });
    const page = await iam.send(asked, abortSignal ? { abortSignal } : {});
    return { items: page.Users, next: page.Marker };
  });
}

/** The users of a group, for a page. */
export function useUsersOf(name: string) {
  const iam = useIam();
  return useQuery({
    queryKey: ["iam", "group", name, "users"],
    queryFn: ({ signal }) => usersOf(iam, name, signal),
  });
}

/** How many users there are. */
export function GroupUserCount({ name }: { name: string }) {
  return <Fact query={useUsersOf(name)}>{(users) => count(users.length)}</Fact>;
}

/** The policies by name. */
export function GroupPolicies({ name }: { name: string }) {
  const iam = useIam();
  const policies = useQuery({
    queryKey: ["iam", "policies-of", "group", name, "names"],
    queryFn: async ({ signal }) => {
      const [attached, inline] = await Promise.all([
        listAttached(iam, "group", name, signal),
        listInline(iam, "group", name, signal),
      ]);
      return [...attached.map((policy) => policy.PolicyName ?? ""), ...inline];
    },
  });
  return <Fact query={policies}>{(names) => (names.length === 0 ? "None" : names.join(", "))}</Fact>;
}

/** What the account has, read piece by piece: who may not see a piece sees the others. */

import {
  GetAccountSummaryCommand,
  GetGroupCommand,
  ListAccessKeysCommand,
  ListEntitiesForPolicyCommand,
} from "@aws-sdk/client-iam";
import type { IAMClient } from "@aws-sdk/client-iam";
import { keepPreviousData, useQuery } from "@tanstack/react-query";

import { again } from "../api/again";
import { own } from "../api/clients";
import { useIam } from "../iam/client";
import type { StreamState } from "../kvs/state";
import { useSigned } from "../session/provider";

/** Counts of what IAM holds, by its own names: `Users`, `AccountMFAEnabled`. */
export function useSummary() {
  const iam = useIam();
  return useQuery({
    queryKey: ["iam", "home-summary"],
    queryFn: async ({ signal }) => {
      const answer = await iam.send(new GetAccountSummaryCommand({}), { abortSignal: signal });
      return (answer.SummaryMap ?? {});
    },
  });
}

/** The names of users who may do everything, by AdministratorAccess of their own or of a group. */
export function useAdministrators() {
  const iam = useIam();
  return useQuery({
    queryKey: ["iam", "home-administrators"],
    queryFn: ({ signal }) => administrators(iam, signal),
  });
}

async function administrators(iam: IAMClient, abortSignal: AbortSignal): Promise<string[]> {
  const holders = await iam.send(new ListEntitiesForPolicyCommand({ PolicyArn: ADMINISTRATOR_ACCESS }), {
    abortSignal,
  });
  const groups = (holders.PolicyGroups ?? []).slice(0, GROUPS_MAX);
  const members = await Promise.all(
    groups.map(async ({ GroupName }) => {
      const group = await iam.send(new GetGroupCommand({ GroupName }), { abortSignal });
      return group.Users ?? [];
    }),
  );
  const users = [...(holders.PolicyUsers ?? []), ...members.flat()];
  return [...new Set(users.flatMap(({ UserName }) => UserName ?? []))];
}

/**
 * Whether somebody to do the work has an access key: the user who is signed in, or for root
 * one of the administrators.
 */
export function useHasAccessKey(administrators: readonly string[] | undefined) {
  const iam = useIam();
  const { session } = useSigned();
  const isRoot = session.type === "Root";
  const users = isRoot ? administrators?.slice(0, GROUPS_MAX) : [undefined];
  return useQuery({
    queryKey: ["iam", "access-keys", "home", users ?? []],
    enabled: users !== undefined,
    queryFn: async ({ signal }) => {
      const keys = await Promise.all(
        (users ?? []).map(async (UserName) => {
          const answer = await iam.send(new ListAccessKeysCommand({ UserName }), { abortSignal: signal });
          return answer.AccessKeyMetadata ?? [];
        }),
      );
      return keys.flat().some(({ Status }) => Status === "Active");
    },
  });
}

/** The first streams, and whether there are more. */
export interface Streams {
  streams: StreamState[];
  next?: string;
}

/** The first hundred streams, looked at again every few seconds. */
export function useStreams() {
  const signed = useSigned();
  return useQuery({
    queryKey: ["kvs", "home-streams"],
    queryFn: ({ signal }) => own<Streams>(signed, "/_kinora/streams", {}, signal),
    refetchInterval: again(EVERY_MS),
    placeholderData: keepPreviousData,
  });
}

const ADMINISTRATOR_ACCESS = "arn:aws:iam::aws:policy/AdministratorAccess";
const GROUPS_MAX = 10;
const EVERY_MS = 5000;

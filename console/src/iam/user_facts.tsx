/**
 * What a list of users tells of each: read for those that are on screen only, so that a
 * thousand users are as quick as ten.
 */

import {
  GetAccessKeyLastUsedCommand,
  GetLoginProfileCommand,
  ListAccessKeysCommand,
  ListGroupsForUserCommand,
} from "@aws-sdk/client-iam";
import type { Group, User } from "@aws-sdk/client-iam";
import Box from "@cloudscape-design/components/box";
import { useQuery } from "@tanstack/react-query";
import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";

import { Failure } from "../api/failure";
import { Link } from "../parts/link";
import { Moment } from "../parts/moment";
import { useNow } from "../parts/now";
import { many } from "../words";
import { allPages, useIam } from "./client";
import { mfaOfUser } from "./mfa";

/** The groups of a user. */
export function useGroupsOf(userName: string) {
  const iam = useIam();
  return useQuery({
    queryKey: ["iam", "user", userName, "groups"],
    staleTime: FRESH_MS,
    queryFn: ({ signal }) =>
      allPages<Group>(async (Marker) => {
        const asked = new ListGroupsForUserCommand({ UserName: userName, Marker });
        const page = await iam.send(asked, { abortSignal: signal });
        return { items: page.Groups, next: page.Marker };
      }),
  });
}

/** The MFA devices of a user. */
export function useDevicesOf(userName: string) {
  const { queryKey, list } = mfaOfUser(userName, useIam());
  return useQuery({ queryKey, staleTime: FRESH_MS, queryFn: ({ signal }) => list(signal) });
}

/** The console password of a user; `null` without one. */
export function useLoginOf(userName: string) {
  const iam = useIam();
  return useQuery({
    queryKey: ["iam", "user", userName, "login"],
    staleTime: FRESH_MS,
    queryFn: async ({ signal }) => {
      try {
        const answer = await iam.send(new GetLoginProfileCommand({ UserName: userName }), { abortSignal: signal });
        return answer.LoginProfile ?? null;
      } catch (error) {
        if (Failure.of(error).isMissing) return null;
        throw error;
      }
    },
  });
}

/** The access keys of a user, with when each was last used. */
export function useKeysOf(userName: string) {
  const iam = useIam();
  return useQuery({
    queryKey: ["iam", "user", userName, "keys"],
    staleTime: FRESH_MS,
    queryFn: async ({ signal }) => {
      const options = { abortSignal: signal };
      const answer = await iam.send(new ListAccessKeysCommand({ UserName: userName }), options);
      return Promise.all(
        (answer.AccessKeyMetadata ?? []).map(async (key) => {
          const asked = new GetAccessKeyLastUsedCommand({ AccessKeyId: key.AccessKeyId });
          // When it was used is worth less than that it is there.
          const used = await iam.send(asked, options).catch(() => undefined);
          return { ...key, used: used?.AccessKeyLastUsed?.LastUsedDate };
        }),
      );
    },
  });
}

/** The groups by name. */
export function Groups({ userName }: { userName: string }) {
  return (
    <Fact query={useGroupsOf(userName)}>
      {(groups) =>
        groups.length === 0
          ? "None"
          : groups.map((group, at) => (
              <span key={group.GroupName}>
                {at > 0 && ", "}
                <Link href={`/console/iam/groups/${encodeURIComponent(group.GroupName ?? "")}`}>{group.GroupName}</Link>
              </span>
            ))
      }
    </Fact>
  );
}

/** How many MFA devices there are. */
export function Mfa({ userName }: { userName: string }) {
  return (
    <Fact query={useDevicesOf(userName)}>
      {(devices) => (devices.length === 0 ? "None" : many(devices.length, "virtual device"))}
    </Fact>
  );
}

/** Since when there is a console password. IAM does not tell when it was last changed. */
export function PasswordAge({ userName, isAccess = false }: { userName: string; isAccess?: boolean }) {
  const [has, none] = isAccess ? ["Enabled", "Disabled"] : [undefined, "None"];
  return (
    <Fact query={useLoginOf(userName)}>
      {(login) => (login ? (has ?? <Age of={login.CreateDate} />) : none)}
    </Fact>
  );
}

/** The age of each active access key. */
export function KeyAge({ userName }: { userName: string }) {
  return (
    <Fact query={useKeysOf(userName)}>
      {(keys) => {
        const active = keys.filter((key) => key.Status === "Active");
        if (active.length === 0) return keys.length === 0 ? "None" : "Inactive";
        return active.map((key, at) => (
          <span key={key.AccessKeyId}>
            {at > 0 && ", "}
            <Age of={key.CreateDate} />
          </span>
        ));
      }}
    </Fact>
  );
}

/** The later of the last sign-in and the last use of a key. */
export function LastActivity({ user }: { user: User }) {
  return (
    <Fact query={useKeysOf(user.UserName ?? "")}>
      {(keys) => {
        const times = [user.PasswordLastUsed, ...keys.map((key) => key.used)].flatMap((at) => (at ? [at.getTime()] : []));
        return times.length === 0 ? "Never" : <Moment at={Math.max(...times)} isRelative />;
      }}
    </Fact>
  );
}

/** Whole days since something. */
export function Age({ of }: { of: Date | undefined }) {
  const now = useNow(60_000);
  if (!of) return <>–</>;
  const days = Math.floor((now - of.getTime()) / 86_400_000);
  return (
    <time dateTime={of.toISOString()} title={`${of.toISOString()} (UTC)`}>
      {days < 1 ? "Today" : many(days, "day")}
    </time>
  );
}

/** What a query found, or in a word why it is not known. */
export function Fact<T>({ query, children }: { query: UseQueryResult<T>; children: (data: T) => ReactNode }) {
  if (query.data !== undefined) return <>{children(query.data)}</>;
  if (query.error) {
    const failure = Failure.of(query.error);
    return (
      <Box color="text-status-inactive">
        <span title={failure.message}>{failure.isDenied ? "Not allowed" : "Not known"}</span>
      </Box>
    );
  }
  return <>–</>;
}

const FRESH_MS = 30_000;

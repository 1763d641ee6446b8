/** What the account has, in numbers. */

import { GetAccountSummaryCommand } from "@aws-sdk/client-iam";
import { useQuery } from "@tanstack/react-query";

import { useIam } from "./client";

/** The account's counts and quotas. */
export function useSummary() {
  const iam = useIam();
  return useQuery({
    queryKey: ["iam", "summary"],
    queryFn: async ({ signal }): Promise<Partial<Record<string, number>>> =>
      (await iam.send(new GetAccountSummaryCommand({}), { abortSignal: signal })).SummaryMap ?? {},
  });
}

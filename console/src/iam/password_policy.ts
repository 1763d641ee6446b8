/** The account's password policy. */

import { GetAccountPasswordPolicyCommand } from "@aws-sdk/client-iam";
import type { PasswordPolicy } from "@aws-sdk/client-iam";
import { useQuery } from "@tanstack/react-query";

import { Failure } from "../api/failure";
import { useIam } from "./client";

/** Under what it is remembered. */
export const PASSWORD_POLICY_KEY = ["iam", "password-policy"];

/** The policy; `null` where the account has none and IAM's default counts. */
export function usePasswordPolicy({ enabled = true } = {}) {
  const iam = useIam();
  return useQuery({
    queryKey: PASSWORD_POLICY_KEY,
    enabled,
    queryFn: async ({ signal }): Promise<PasswordPolicy | null> => {
      try {
        const answer = await iam.send(new GetAccountPasswordPolicyCommand({}), { abortSignal: signal });
        return answer.PasswordPolicy ?? null;
      } catch (error) {
        if (Failure.of(error).isMissing) return null;
        throw error;
      }
    },
  });
}

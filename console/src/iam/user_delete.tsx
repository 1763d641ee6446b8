/** Deletes a user with all that hangs on it, after its name is typed. */

import Box from "@cloudscape-design/components/box";
import Spinner from "@cloudscape-design/components/spinner";
import type { StatusIndicatorProps } from "@cloudscape-design/components/status-indicator";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { Dialog } from "../parts/dialog";
import { FailureAlert } from "../parts/failure_alert";
import { StatusIndicator } from "../parts/status_indicator";
import { TypedName } from "../parts/typed_name";
import { useSay } from "../shell/notes";
import { useIam } from "./client";
import { belongingsOf, perform, planDeletion } from "./user_deletion";

interface Props {
  userName: string;
  onDeleted?: () => void;
  onClose: () => void;
}

/** The dialogue: what will go, how far it is, and what is left if something fails. */
export function DeleteUser({ userName, onDeleted, onClose }: Props) {
  const iam = useIam();
  const queries = useQueryClient();
  const say = useSay();
  const [typed, setTyped] = useState("");
  const [done, setDone] = useState<number>();
  const [hasFailed, setFailed] = useState(false);
  const found = useQuery({
    queryKey: ["iam", "belongings", userName],
    queryFn: ({ signal }) => belongingsOf(iam, userName, signal),
    gcTime: 0,
    staleTime: Infinity,
  });
  const plan = found.data ? planDeletion(userName, found.data.has) : [];
  const isReady = found.data !== undefined && typed === userName;
  const run = async () => {
    setFailed(false);
    for (const [at, step] of plan.entries()) {
      if (at < (done ?? 0)) continue;
      setDone(at);
      try {
        await perform(iam, userName, step);
      } catch (error) {
        setFailed(true);
        void queries.invalidateQueries({ queryKey: ["iam"], predicate: (query) => query.queryKey[1] !== "belongings" });
        throw error;
      }
    }
    say("success", `The user ${userName} is deleted.`);
    // What was known of the user is not asked for again: it is gone.
    queries.removeQueries({ queryKey: ["iam", "user", userName] });
    onDeleted?.();
    await queries.invalidateQueries({ queryKey: ["iam"], predicate: (query) => !query.queryKey.includes(userName) });
  };
  return (
    <Dialog
      title={`Delete ${userName}?`}
      action={hasFailed ? "Go on" : "Delete user"}
      isReady={isReady}
      onAct={run}
      onClose={onClose}
      failedHeader="The user is not deleted: a step failed, and what follows it is left"
    >
      <Box variant="p">
        The user is deleted with its credentials and all that hangs on it. Programs that use its
        access keys stop working at once.
      </Box>
      {found.error && <FailureAlert error={found.error} onRetry={() => void found.refetch()} />}
      {found.isPending && <Spinner />}
      {found.data && (
        <ol aria-label="What will be done">
          {plan.map((step, at) => (
            <li key={`${step.act} ${step.id}`}>
              {done === undefined ? (
                step.text
              ) : (
                <StatusIndicator type={progress(at, done, hasFailed)}>{step.text}</StatusIndicator>
              )}
            </li>
          ))}
        </ol>
      )}
      {found.data?.failures[0] && (
        <FailureAlert
          error={found.data.failures[0]}
          header="Not all that hangs on the user can be seen. If something remains, the user is not deleted"
        />
      )}
      {done === undefined && <TypedName name={userName} value={typed} onChange={setTyped} />}
    </Dialog>
  );
}

function progress(at: number, done: number, hasFailed: boolean): StatusIndicatorProps.Type {
  if (at < done) return "success";
  if (at > done) return "pending";
  return hasFailed ? "error" : "in-progress";
}

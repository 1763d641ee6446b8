/** The pages of signing up, which are steps of one address. */

import Spinner from "@cloudscape-design/components/spinner";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { Entrance } from "../entrance/frame";
import { FailureAlert } from "../parts/failure_alert";
import { read } from "../session/forms";
import type { SignUpTerms } from "../session/forms";
import { Begin } from "./begin";
import { Closed } from "./closed";
import { Finished } from "./finished";
import { keepProgress, keptProgress } from "./progress";
import type { Progress } from "./progress";
import { VerifyCode } from "./verify_code";

/** The step that this tab has come to. */
export function Component() {
  const [progress, setProgress] = useState(() => keptProgress(sessionStorage));
  const [lost, setLost] = useState<string>();
  const terms = useQuery({
    queryKey: ["signup"],
    queryFn: () => read<SignUpTerms>("/signup"),
    staleTime: Infinity,
    retry: false,
  });
  const advance = (progress: Progress | undefined) => {
    keepProgress(sessionStorage, progress);
    setProgress(progress);
    setLost(undefined);
  };
  if (progress?.at === "done") return <Finished done={progress} />;
  if (!terms.data) {
    return (
      <Entrance title="Sign up for Kinora">
        {terms.error ? (
          <FailureAlert error={terms.error} onRetry={() => void terms.refetch()} />
        ) : (
          <Spinner size="large" />
        )}
      </Entrance>
    );
  }
  if (progress) {
    return (
      <VerifyCode
        key={progress.at}
        waiting={progress}
        terms={terms.data}
        onAdvance={advance}
        onLost={(why) => {
          advance(undefined);
          setLost(why);
        }}
      />
    );
  }
  if (terms.data.signUp === "closed") return <Closed />;
  return <Begin terms={terms.data} lost={lost} onAdvance={advance} />;
}

/** Sends a recording from a file. */

import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Checkbox from "@cloudscape-design/components/checkbox";
import Container from "@cloudscape-design/components/container";
import FileUpload from "@cloudscape-design/components/file-upload";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import ProgressBar from "@cloudscape-design/components/progress-bar";
import RadioGroup from "@cloudscape-design/components/radio-group";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useEffect, useRef, useState } from "react";

import { Failure } from "../../api/failure";
import { Code } from "../../parts/code";
import { Moment } from "../../parts/moment";
import { StatusIndicator } from "../../parts/status_indicator";
import { useSigned } from "../../session/provider";
import { bytes, count } from "../../words";
import { AckCounts, Retrying, SendFailure } from "./ack_counts";
import { NO_ACKS, tallied } from "./acks";
import type { Tally } from "./acks";
import { kindOf, sendFile } from "./send_file";
import type { Progress, When } from "./send_file";

interface Run {
  state: "sending" | "done" | "cancelled" | "failed";
  progress?: Progress;
  tally: Tally;
  error?: unknown;
}

/** The part "From a file". */
export function FromFile({ name }: { name: string }) {
  const signed = useSigned();
  const [file, setFile] = useState<File>();
  const [isMatroska, setMatroska] = useState(false);
  const [when, setWhen] = useState<When>("now");
  const [isAsItIs, setAsItIs] = useState(false);
  const [run, setRun] = useState<Run>();
  const cancel = useRef<AbortController>(undefined);
  useEffect(() => () => cancel.current?.abort(), []);
  const isSending = run?.state === "sending";
  const choose = (file: File | undefined) => {
    setFile(file);
    setRun(undefined);
    setAsItIs(false);
    setMatroska(false);
    if (file) void kindOf(file).then((kind) => setMatroska(kind === "matroska"), () => undefined);
  };
  const send = async () => {
    if (!file) return;
    const abort = new AbortController();
    cancel.current = abort;
    const change = (fields: (run: Run) => Partial<Run>) =>
      setRun((run) => run && { ...run, ...fields(run) });
    setRun({ state: "sending", tally: NO_ACKS });
    try {
      await sendFile(signed, {
        file,
        streamName: name,
        when,
        isAsItIs: isAsItIs && isMatroska,
        signal: abort.signal,
        onAck: (ack) => change(({ tally }) => ({ tally: tallied(tally, ack) })),
        onProgress: (progress) => change(() => ({ progress: { ...progress } })),
      });
      change(() => ({ state: "done" }));
    } catch (error) {
      change(() => (abort.signal.aborted ? { state: "cancelled" } : { state: "failed", error }));
    }
  };
  return (
    <Container
      header={
        <Header
          variant="h2"
          description="MKV and WebM, MP4 and MOV as phones make them. Nothing is encoded anew; the file is read bit by bit, so it may be large."
        >
          From a file
        </Header>
      }
    >
      <SpaceBetween size="l">
        <FormField label="Recording">
          <FileUpload
            value={file ? [file] : []}
            accept="video/*,audio/*,.mkv,.mka,.webm,.mp4,.mov"
            onChange={({ detail }) => {
              if (!isSending) choose(detail.value[0]);
            }}
            showFileSize
            showFileLastModified
            i18nStrings={WORDS}
          />
        </FormField>
        {file && (
          <SpaceBetween size="l">
            <FormField label="Time of the recording" stretch>
              <RadioGroup
                ariaLabel="Time of the recording"
                value={when}
                onChange={({ detail }) => setWhen(detail.value as When)}
                items={[
                  {
                    value: "now",
                    label: "Now",
                    description: "As if it had just ended: it is found at the end of the timeline.",
                    disabled: isSending,
                  },
                  {
                    value: "file",
                    label: "The file's date",
                    description: (
                      <>
                        As if it had ended when the file was last changed, <Moment at={file.lastModified} />.
                        Retention still counts from today.
                      </>
                    ),
                    disabled: isSending,
                  },
                ]}
              />
            </FormField>
            {isMatroska && (
              <Checkbox
                checked={isAsItIs}
                disabled={isSending}
                onChange={({ detail }) => setAsItIs(detail.checked)}
                description="One request with the file's own clusters, to see what the server thinks of them. Otherwise fragments are cut at key frames."
              >
                Send the file as it is
              </Checkbox>
            )}
            <SpaceBetween direction="horizontal" size="xs">
              <Button variant="primary" loading={isSending} onClick={() => void send()}>
                Send file
              </Button>
              {isSending && <Button onClick={() => cancel.current?.abort()}>Cancel</Button>}
            </SpaceBetween>
          </SpaceBetween>
        )}
        {run && <Outcome run={run} name={name} file={file} />}
      </SpaceBetween>
    </Container>
  );
}

function Outcome({ run, name, file }: { run: Run; name: string; file: File | undefined }) {
  const { state, progress, tally } = run;
  const total = progress?.totalBytes ?? 0;
  const sent = state === "done" ? total : Math.min(progress?.sentBytes ?? 0, total);
  const share = state === "done" ? 1 : total > 0 ? sent / total : 0;
  const hasEnded = state === "cancelled" || state === "failed";
  return (
    <SpaceBetween size="m">
      {!hasEnded && (
        <ProgressBar
          label={state === "done" ? "Sent" : "Sending"}
          value={Math.min(state === "done" ? 100 : 99, Math.floor(share * 100))}
          status={state === "done" ? "success" : "in-progress"}
          resultText="All of it is on the server."
          additionalInfo={progress && `${bytes(sent)} of ${bytes(total)}`}
          ariaLabel="Progress of sending"
        />
      )}
      {state === "sending" && progress?.isRetrying && <Retrying />}
      {state === "cancelled" && <StatusIndicator type="stopped">Cancelled. {kept(run)}</StatusIndicator>}
      {state === "failed" && <SendFailure error={run.error} name={name} />}
      {state === "failed" && progress?.startMs !== undefined && <Box>{kept(run)}</Box>}
      {progress?.startMs !== undefined && (
        <Box>
          The recording begins at <Moment at={progress.startMs} isExact />.
        </Box>
      )}
      {progress?.notes.map((note) => <Alert key={note} type="info">{note}</Alert>)}
      {(state !== "failed" || progress?.startMs !== undefined) && <AckCounts tally={tally} />}
      {state === "failed" && file && !(run.error instanceof Failure) && (
        <Code
          label="If the file cannot be read here, this makes it into one that can"
          text={`ffmpeg -i ${quoted(file.name)} -c:v libx264 -g 50 -bf 0 -pix_fmt yuv420p -c:a aac -f matroska recording.mkv`}
        />
      )}
    </SpaceBetween>
  );
}

/** What an upload that did not come to its end leaves in the stream. */
function kept({ progress, tally }: Run): string {
  const sent = `${bytes(Math.min(progress?.sentBytes ?? 0, progress?.totalBytes ?? 0))} of ${bytes(progress?.totalBytes ?? 0)} were sent`;
  if (tally.PERSISTED === 0) return `${sent}; the server has confirmed none of it.`;
  if (tally.PERSISTED === 1) return `${sent}; 1 fragment is confirmed and stays in the stream.`;
  return `${sent}; ${count(tally.PERSISTED)} fragments are confirmed and stay in the stream.`;
}

function quoted(name: string): string {
  return `'${name.replaceAll("'", "'\\''")}'`;
}

const WORDS = {
  uploadButtonText: () => "Choose file",
  dropzoneText: () => "Drop the file to send it",
  removeFileAriaLabel: () => "Remove the file",
  limitShowFewer: "Show fewer files",
  limitShowMore: "Show more files",
  errorIconAriaLabel: "Error",
};

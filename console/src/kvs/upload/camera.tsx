/** Sends what this browser's camera and microphone see and hear. */

import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useEffect, useRef, useState } from "react";

import { serverNow } from "../../api/clock";
import { Link } from "../../parts/link";
import { useNow } from "../../parts/now";
import { StatusIndicator } from "../../parts/status_indicator";
import { useSigned } from "../../session/provider";
import { bytes, duration, many } from "../../words";
import { AckCounts, Retrying, SendFailure } from "./ack_counts";
import { NO_ACKS, tallied } from "./acks";
import type { Tally } from "./acks";
import "./camera.css";
import { Recording, isPlayed, recordingTypes } from "./record";
import type { Sending } from "./sender";

type Wanted = "both" | "video" | "audio";

interface Run {
  state: "recording" | "stopping" | "stopped";
  type: string;
  startedMs: number;
  tally: Tally;
  sending?: Sending;
}

/** The part "From this browser's camera". */
export function FromCamera({ name }: { name: string }) {
  const signed = useSigned();
  const [wanted, setWanted] = useState<Wanted>("both");
  const [picture, setPicture] = useState<MediaStream>();
  const [run, setRun] = useState<Run>();
  const [error, setError] = useState<unknown>();
  const held = useRef<{ recording?: Recording; stream?: MediaStream }>({});
  // Nothing goes on recording once the page is left.
  useEffect(() => {
    const holding = held.current;
    return () => {
      holding.recording?.discard();
      holding.stream?.getTracks().forEach((track) => track.stop());
    };
  }, []);
  const change = (fields: (run: Run) => Partial<Run>) => setRun((run) => run && { ...run, ...fields(run) });
  const release = () => {
    held.current.stream?.getTracks().forEach((track) => track.stop());
    held.current = {};
    setPicture(undefined);
  };
  const start = async () => {
    setError(undefined);
    try {
      const asked = { video: wanted !== "audio", audio: wanted !== "video" };
      const stream = await navigator.mediaDevices.getUserMedia(asked);
      held.current = { stream };
      setPicture(stream);
      const [type] = recordingTypes(asked.video);
      if (!type) throw new Error("This browser records nothing that can be sent: neither Matroska nor WebM.");
      setRun({ state: "recording", type, startedMs: serverNow(), tally: NO_ACKS });
      held.current.recording = new Recording(signed, {
        streamName: name,
        stream,
        type,
        onAck: (ack) => change(({ tally }) => ({ tally: tallied(tally, ack) })),
        onChange: (sending) => change(() => ({ sending })),
        onFailure: (error) => {
          setError(error);
          release();
          change(() => ({ state: "stopped" }));
        },
      });
    } catch (error) {
      setError(inWords(error));
      release();
    }
  };
  const stop = async () => {
    const { recording } = held.current;
    change(() => ({ state: "stopping" }));
    try {
      await recording?.stop();
    } catch (error) {
      setError(error);
    }
    release();
    change(() => ({ state: "stopped" }));
  };
  const isRunning = run !== undefined && run.state !== "stopped";
  return (
    <Container
      header={
        <Header
          variant="h2"
          description="Sent while it is recorded, a few seconds at a time. It ends when you leave this tab."
        >
          From this browser's camera
        </Header>
      }
    >
      {window.isSecureContext && "mediaDevices" in navigator ? (
        <SpaceBetween size="l">
          <SpaceBetween direction="horizontal" size="m" alignItems="end">
            <FormField label="Record">
              <Select
                disabled={isRunning}
                options={WANTED}
                selectedOption={WANTED.find(({ value }) => value === wanted) ?? null}
                onChange={({ detail }) => setWanted(detail.selectedOption.value as Wanted)}
              />
            </FormField>
            {isRunning ? (
              <Button loading={run.state === "stopping"} onClick={() => void stop()}>
                Stop recording
              </Button>
            ) : (
              <Button variant="primary" onClick={() => void start()}>
                Start recording
              </Button>
            )}
          </SpaceBetween>
          {picture && picture.getVideoTracks().length > 0 && <Preview stream={picture} />}
          {run && <Progress run={run} name={name} />}
          {error !== undefined && <SendFailure error={error} name={name} />}
        </SpaceBetween>
      ) : (
        <Insecure />
      )}
    </Container>
  );
}

function Progress({ run, name }: { run: Run; name: string }) {
  const { sending } = run;
  const playback = `/console/kinesisvideo/streams/${encodeURIComponent(name)}/playback`;
  return (
    <SpaceBetween size="m">
      {run.state === "recording" && (
        <StatusIndicator type="in-progress">
          Recording for <Passed sinceMs={run.startedMs} />
        </StatusIndicator>
      )}
      {run.state === "stopping" && <StatusIndicator type="pending">Sending the rest</StatusIndicator>}
      {run.state === "stopped" && (
        <StatusIndicator type={run.tally.ERROR > 0 ? "error" : "success"}>
          Ended. <Link href={playback}>Play it</Link>
        </StatusIndicator>
      )}
      {sending && (
        <Box>
          {many(sending.fragments, "fragment")} sent, {bytes(sending.bytes)}
          {sending.waitingMs > BEHIND_MS && `; ${duration(sending.waitingMs)} wait for the connection`}.
        </Box>
      )}
      {sending?.isRetrying && <Retrying />}
      <AckCounts tally={run.tally} />
      {!isPlayed(run.type) && (
        <Alert type="info">
          This browser records {run.type}. The server stores all of it and hands it on, but its players show
          only H.264 pictures and AAC sound.
        </Alert>
      )}
    </SpaceBetween>
  );
}

function Passed({ sinceMs }: { sinceMs: number }) {
  return <>{duration(Math.max(0, Math.round((useNow(1000) - sinceMs) / 1000) * 1000))}</>;
}

function Preview({ stream }: { stream: MediaStream }) {
  const video = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    if (video.current) video.current.srcObject = stream;
  }, [stream]);
  return <video ref={video} className="camera" muted autoPlay playsInline aria-label="What the camera sees" />;
}

function Insecure() {
  return (
    <Alert type="info" header="The camera needs https">
      Browsers give cameras only to pages that come by https, or from localhost. Open this console by the
      server's https address, or by http://localhost on the machine it runs on. Files can be sent by http as
      well.
    </Alert>
  );
}

function inWords(error: unknown): unknown {
  if (!(error instanceof DOMException)) return error;
  if (error.name === "NotAllowedError") {
    return new Error("The browser was not allowed to use the camera. Allow it for this page and try again.");
  }
  if (error.name === "NotFoundError") return new Error("There is no such camera or microphone.");
  if (error.name === "NotReadableError") return new Error("Another program uses the camera.");
  return error;
}

const WANTED: { value: Wanted; label: string }[] = [
  { value: "both", label: "Camera and microphone" },
  { value: "video", label: "Camera" },
  { value: "audio", label: "Microphone" },
];
const BEHIND_MS = 6000;

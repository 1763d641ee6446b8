/** How to send to a stream: commands to be copied, and whether anything has arrived. */

import Box from "@cloudscape-design/components/box";
import Container from "@cloudscape-design/components/container";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Tabs from "@cloudscape-design/components/tabs";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { Code } from "../../parts/code";
import { FailureAlert } from "../../parts/failure_alert";
import { Link } from "../../parts/link";
import { Moment } from "../../parts/moment";
import { StatusIndicator } from "../../parts/status_indicator";
import { useSigned } from "../../session/provider";
import { bitrate, count, many } from "../../words";
import { isLive, useStreamState } from "../state";
import { boto3, environment, ffmpegCurl, kinoraPut, kvssink } from "./commands";
import type { Place, Source } from "./commands";

/** The tab "Send media". */
export function Send({ name }: { name: string }) {
  const { session } = useSigned();
  const [source, setSource] = useState<Source>("test");
  const authority = useQuery({
    queryKey: ["kvs", "authority"],
    // A server with a certificate of its user's own has no such file.
    queryFn: async ({ signal }) => (await fetch("/_kinora/ca.pem", { signal })).ok,
    enabled: window.location.protocol === "https:",
    staleTime: Infinity,
  });
  const place: Place = {
    streamName: name,
    region: session.region,
    address: window.location.origin,
    isOwnAuthority: authority.data === true,
  };
  return (
    <SpaceBetween size="l">
      <Container header={<Header variant="h2">Has it arrived?</Header>}>
        <Arriving name={name} />
      </Container>
      <Container
        header={
          <Header
            variant="h2"
            description={
              <>
                Whoever sends needs an access key: see <Link href="/console/iam/users">Users</Link>, Security
                credentials. Secrets are never shown here.
              </>
            }
          >
            1. Credentials and address
          </Header>
        }
      >
        <Code label="In the shell that sends" text={environment(place)} />
      </Container>
      <Container header={<Header variant="h2">2. Send</Header>}>
        <SpaceBetween size="m">
          <FormField label="What to send">
            <Select
              options={SOURCES}
              selectedOption={SOURCES.find(({ value }) => value === source) ?? null}
              onChange={({ detail }) => setSource(detail.selectedOption.value as Source)}
            />
          </FormField>
          <Tabs
            ariaLabel="With what to send"
            tabs={[
              {
                id: "curl",
                label: "ffmpeg and curl",
                content: <Code label="ffmpeg and curl" text={ffmpegCurl(place, source)} />,
              },
              {
                id: "kinora",
                label: "kinora put",
                content: <Code label="kinora put" text={kinoraPut(place, source)} />,
              },
              {
                id: "kvssink",
                label: "GStreamer (kvssink)",
                content: (
                  <SpaceBetween size="s">
                    <Code label="GStreamer" text={kvssink(place, source)} />
                    <Box variant="small">
                      kvssink is part of the Amazon Kinesis Video Streams Producer SDK for C++; GST_PLUGIN_PATH
                      names the folder it was built in.
                    </Box>
                  </SpaceBetween>
                ),
              },
              {
                id: "boto3",
                label: "Python (boto3)",
                content: (
                  <SpaceBetween size="s">
                    <Code label="Python" text={boto3(place)} />
                    <Box variant="small">boto3 controls and reads streams; it has no PutMedia.</Box>
                  </SpaceBetween>
                ),
              },
              {
                id: "browser",
                label: "This browser",
                content: (
                  <Box>
                    The camera of this browser or a file is sent from the tab{" "}
                    <Link href={`/console/kinesisvideo/streams/${encodeURIComponent(name)}/upload`}>Upload</Link>.
                  </Box>
                ),
              },
            ]}
          />
        </SpaceBetween>
      </Container>
    </SpaceBetween>
  );
}

function Arriving({ name }: { name: string }) {
  const { data, error } = useStreamState(name, LOOK_MS);
  // What was there before does not count as arriving.
  const [before, setBefore] = useState<number>();
  const stored = data?.stored?.fragments ?? (data?.complete ? 0 : undefined);
  if (before === undefined && stored !== undefined) setBefore(stored);
  const added = Math.max(0, (stored ?? 0) - (before ?? stored ?? 0));
  const playback = `/console/kinesisvideo/streams/${encodeURIComponent(name)}/playback`;
  const live = data && isLive(data);
  return (
    <div aria-live="polite">
      {!data && !error && <StatusIndicator type="loading">Looking</StatusIndicator>}
      {!data && error && <FailureAlert error={error} header="Whether media arrives cannot be shown" />}
      {data && live && (
        <StatusIndicator type="success">
          Receiving{added > 0 && `, ${many(added, "fragment")}`}
          {data.live.bitsPerSecond > 0 && `, ${bitrate(data.live.bitsPerSecond)}`}.{" "}
          <Link href={playback}>Watch it</Link>
        </StatusIndicator>
      )}
      {data && !live && added > 0 && (
        <StatusIndicator type="success">
          {many(added, "fragment")} arrived, the last one{" "}
          <Moment at={data.lastFragment?.serverMs} isRelative />. <Link href={playback}>Watch it</Link>
        </StatusIndicator>
      )}
      {data && !live && added === 0 && (
        <StatusIndicator type="pending">
          Waiting for media…
          {stored !== undefined && stored > 0 && ` ${count(stored)} fragments were there before.`}
        </StatusIndicator>
      )}
    </div>
  );
}

const SOURCES: { value: Source; label: string }[] = [
  { value: "test", label: "A test picture, for one minute" },
  { value: "rtsp", label: "An IP camera (RTSP)" },
  { value: "webcam", label: "A camera of this machine (Linux)" },
  { value: "file", label: "A file" },
];
const LOOK_MS = 2000;

/** What a stream is: its fields, and where each operation on its media is called. */

import { APIName, DescribeStreamCommand } from "@aws-sdk/client-kinesis-video";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Spinner from "@cloudscape-design/components/spinner";
import Table from "@cloudscape-design/components/table";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useNavigate } from "react-router";

import { Failure } from "../api/failure";
import { Copyable } from "../parts/code";
import { FailureAlert } from "../parts/failure_alert";
import { Moment } from "../parts/moment";
import { StatusIndicator } from "../parts/status_indicator";
import { useSigned } from "../session/provider";
import { bytes, many, retention } from "../words";
import { dataEndpoint, useKinesisVideo } from "./client";
import { DeleteStreams } from "./edit/delete_streams";
import { EditDescription } from "./edit/description";
import { EditRetention } from "./edit/retention_dialog";
import { EditTier } from "./edit/tier";
import { StatusWord } from "./live_badge";
import { stateKey, useStreamState } from "./state";
import type { StreamState, Track } from "./state";

/** The tab "Details". */
export function Details({ name }: { name: string }) {
  const state = useStreamState(name);
  return (
    <SpaceBetween size="l">
      {state.data && <Fields state={state.data} />}
      {!state.data && state.isPending && <Spinner />}
      {!state.data && state.error && (
        <FailureAlert error={state.error} header="The stream's details cannot be shown" />
      )}
      <Endpoints name={name} />
      {state.data && <Removal state={state.data} />}
    </SpaceBetween>
  );
}

function Fields({ state }: { state: StreamState }) {
  const name = state.streamName;
  const control = useKinesisVideo();
  // The state does not tell the key; nothing else of it is needed from here.
  const described = useQuery({
    queryKey: [...stateKey(name), "described", state.version],
    queryFn: ({ signal }) =>
      control.send(new DescribeStreamCommand({ StreamARN: state.streamArn }), { abortSignal: signal }),
    staleTime: Infinity,
  });
  const [open, setOpen] = useState<{ what: string; stream: StreamState }>();
  const close = () => setOpen(undefined);
  const edit = (what: string, label: string) => (
    <Button
      variant="inline-link"
      ariaLabel={`Edit ${label}`}
      onClick={() => setOpen({ what, stream: state })}
    >
      Edit
    </Button>
  );
  const key = described.data?.StreamInfo?.KmsKeyId;
  return (
    <Container header={<Header variant="h2">Stream details</Header>}>
      <KeyValuePairs
        columns={3}
        items={[
          { label: "Video stream name", value: <Copyable text={name} label="name" /> },
          { label: "ARN", value: <Copyable text={state.streamArn} label="ARN" /> },
          { label: "Status", value: <StatusWord status={state.status} /> },
          { label: "Created", value: <Moment at={state.creationMs} /> },
          {
            label: "Data retention period",
            value: (
              <>
                {retention(state.retentionHours)} {edit("retention", "data retention")}
              </>
            ),
          },
          {
            label: "Storage tier",
            value: (
              <>
                {state.storageTier === "HOT" ? "Hot" : "Warm"} {edit("tier", "storage tier")}
              </>
            ),
          },
          {
            label: "Media type",
            value: (
              <>
                {state.mediaType ?? "–"} {edit("description", "media type")}
              </>
            ),
          },
          {
            label: "Device name",
            value: (
              <>
                {state.deviceName ?? "–"} {edit("description", "device name")}
              </>
            ),
          },
          { label: "KMS key", value: key ? <Key text={key} /> : "–" },
          { label: "Version", value: <Copyable text={state.version} label="version" /> },
          {
            label: "Stored",
            value: state.stored
              ? `${bytes(state.stored.bytes)} in ${many(state.stored.fragments, "fragment")}`
              : "–",
          },
          { label: "Newest media", value: <Newest state={state} /> },
        ]}
      />
      {open?.what === "retention" && <EditRetention streams={[open.stream]} onClose={close} />}
      {open?.what === "tier" && <EditTier stream={open.stream} onClose={close} />}
      {open?.what === "description" && <EditDescription stream={open.stream} onClose={close} />}
    </Container>
  );
}

function Key({ text }: { text: string }) {
  return (
    <>
      <Copyable text={text} label="key" />
      <Box variant="small" display="block">
        Reported only: media is encrypted with the server's own key.
      </Box>
    </>
  );
}

function Newest({ state }: { state: StreamState }) {
  if (!state.lastFragment) return <>–</>;
  return (
    <>
      <Moment at={state.lastFragment.producerMs} />
      {state.tracks?.map((track) => (
        <Box key={track.number} variant="small" display="block">
          {trackInWords(track)}
        </Box>
      ))}
    </>
  );
}

function trackInWords(track: Track): string {
  const size = track.width ? `${track.width} × ${track.height}` : undefined;
  const sound = track.sampleRateHz ? `${track.sampleRateHz} Hz` : undefined;
  return [track.type, track.codec ?? track.codecId, size, sound].filter(Boolean).join(", ");
}

interface Endpoint {
  api: APIName;
  address?: string;
  failure?: Failure;
}

function Endpoints({ name }: { name: string }) {
  const signed = useSigned();
  const asked = useQuery({
    queryKey: ["kvs", "stream", name, "endpoints"],
    queryFn: () =>
      Promise.all(
        APIS.map((api) =>
          dataEndpoint(signed, name, api).then(
            (address): Endpoint => ({ api, address }),
            (error: unknown): Endpoint => ({ api, failure: Failure.of(error) }),
          ),
        ),
      ),
    staleTime: Infinity,
  });
  const denied = asked.data?.find(({ failure }) => failure)?.failure;
  if (denied && asked.data?.every(({ failure }) => failure)) {
    return <FailureAlert error={denied} header="The data endpoints cannot be shown" />;
  }
  return (
    <Table<Endpoint>
      items={asked.data ?? []}
      loading={asked.isPending}
      loadingText="Loading data endpoints"
      trackBy="api"
      ariaLabels={{ tableLabel: "Data endpoints" }}
      header={
        <Header
          variant="h2"
          description="What GetDataEndpoint answers. Clients of the SDKs ask it themselves."
        >
          Data endpoints
        </Header>
      }
      columnDefinitions={[
        { id: "api", header: "API", isRowHeader: true, cell: ({ api }) => api },
        {
          id: "address",
          header: "Address",
          cell: ({ address, failure }) =>
            address ? (
              <Copyable text={address} label="address" />
            ) : (
              <StatusIndicator type="error">{failure?.message}</StatusIndicator>
            ),
        },
      ]}
    />
  );
}

function Removal({ state }: { state: StreamState }) {
  const navigate = useNavigate();
  const [open, setOpen] = useState<StreamState>();
  return (
    <Container
      header={
        <Header
          variant="h2"
          description="The stream and all its media. Neither can be brought back."
          actions={<Button onClick={() => setOpen(state)}>Delete video stream</Button>}
        >
          Delete
        </Header>
      }
    >
      {open && (
        <DeleteStreams
          streams={[open]}
          onClose={() => setOpen(undefined)}
          onDeleted={() => void navigate("/console/kinesisvideo/streams")}
        />
      )}
    </Container>
  );
}

const APIS = Object.values(APIName);

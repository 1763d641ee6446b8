/** The services, each with figures of what goes on. */

import Box from "@cloudscape-design/components/box";
import ColumnLayout from "@cloudscape-design/components/column-layout";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import Spinner from "@cloudscape-design/components/spinner";
import type { ReactNode } from "react";

import { Failure } from "../api/failure";
import { Link } from "../parts/link";
import { bitrate, bytes, count } from "../words";
import { useStreams, useSummary } from "./state";

/** The tiles. */
export function ServiceTiles() {
  return (
    <ColumnLayout columns={2} minColumnWidth={280}>
      <StreamsTile />
      <IamTile />
    </ColumnLayout>
  );
}

function StreamsTile() {
  const asked = useStreams();
  const streams = asked.data?.streams ?? [];
  const more = asked.data?.next === undefined ? "" : "+";
  const live = streams.filter((stream) => stream.live.connections > 0);
  const arriving = live.reduce((sum, stream) => sum + stream.live.bitsPerSecond, 0);
  const stored = streams.reduce((sum, stream) => sum + (stream.stored?.bytes ?? 0), 0);
  return (
    <Tile
      title="Kinesis Video Streams"
      href="/console/kinesisvideo/streams"
      asked={asked}
      items={[
        { label: "Video streams", value: count(streams.length) + more },
        { label: "Live now", value: count(live.length) + more },
        { label: "Arriving", value: bitrate(arriving) },
        {
          label: "Stored",
          value: <Link href="/console/usage">{bytes(stored) + more}</Link>,
        },
      ]}
    />
  );
}

function IamTile() {
  const asked = useSummary();
  const figure = (name: "Users" | "Groups" | "Roles" | "Policies") => count(asked.data?.[name] ?? 0);
  return (
    <Tile
      title="IAM"
      href="/console/iam"
      asked={asked}
      items={[
        { label: "Users", value: <Link href="/console/iam/users">{figure("Users")}</Link> },
        { label: "User groups", value: <Link href="/console/iam/groups">{figure("Groups")}</Link> },
        { label: "Roles", value: <Link href="/console/iam/roles">{figure("Roles")}</Link> },
        {
          label: "Customer managed policies",
          value: <Link href="/console/iam/policies">{figure("Policies")}</Link>,
        },
      ]}
    />
  );
}

interface TileProps {
  title: string;
  href: string;
  asked: { data: unknown; error: Error | null };
  items: { label: string; value: ReactNode }[];
}

function Tile({ title, href, asked, items }: TileProps) {
  return (
    <Container
      fitHeight
      header={
        <Header variant="h2">
          <Link href={href} fontSize="heading-m">
            {title}
          </Link>
        </Header>
      }
    >
      {asked.data !== undefined ? (
        <KeyValuePairs columns={2} minColumnWidth={110} items={items} />
      ) : asked.error ? (
        <Box color="text-body-secondary">{quiet(asked.error)}</Box>
      ) : (
        <Spinner />
      )}
    </Container>
  );
}

/** A first page does not raise its voice about what is not for everybody. */
function quiet(error: Error): string {
  const failure = Failure.of(error);
  return failure.isDenied
    ? "You may not see these figures. The service's own page says what is missing."
    : failure.message;
}

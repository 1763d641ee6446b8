/** The head of a stream's page: its state, and what can be done with it. */

import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import ButtonDropdown from "@cloudscape-design/components/button-dropdown";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import { useNavigate } from "react-router";

import { Moment } from "../parts/moment";
import { bytes } from "../words";
import { DeleteStreams } from "./edit/delete_streams";
import { EditDescription } from "./edit/description";
import { EditRetention } from "./edit/retention_dialog";
import { EditTier } from "./edit/tier";
import { LiveBadge, StatusWord } from "./live_badge";
import type { StreamState } from "./state";

/** The head; `state` is unknown at first, and to those who may not read it. */
export function StreamHeader({ name, state }: { name: string; state: StreamState | undefined }) {
  const navigate = useNavigate();
  // What is being edited is the stream as it was when the dialogue opened.
  const [open, setOpen] = useState<{ what: string; stream: StreamState }>();
  const close = () => setOpen(undefined);
  const path = `/console/kinesisvideo/streams/${encodeURIComponent(name)}`;
  return (
    <>
      <Header
        variant="h1"
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            <ButtonDropdown
              disabled={!state}
              items={[
                { id: "retention", text: "Edit data retention" },
                { id: "tier", text: "Edit storage tier" },
                { id: "description", text: "Edit media type and device" },
                { id: "delete", text: "Delete" },
              ]}
              onItemClick={({ detail }) => state && setOpen({ what: detail.id, stream: state })}
            >
              Actions
            </ButtonDropdown>
            <Button onClick={() => void navigate(`${path}/upload`)}>Upload</Button>
            <Button variant="primary" onClick={() => void navigate(`${path}/send`)}>
              Send media
            </Button>
          </SpaceBetween>
        }
      >
        {name}
      </Header>
      {state && <Summary state={state} />}
      {open?.what === "retention" && <EditRetention streams={[open.stream]} onClose={close} />}
      {open?.what === "tier" && <EditTier stream={open.stream} onClose={close} />}
      {open?.what === "description" && <EditDescription stream={open.stream} onClose={close} />}
      {open?.what === "delete" && (
        <DeleteStreams
          streams={[open.stream]}
          onClose={close}
          onDeleted={() => void navigate("/console/kinesisvideo/streams")}
        />
      )}
    </>
  );
}

function Summary({ state }: { state: StreamState }) {
  return (
    <SpaceBetween direction="horizontal" size="l">
      <StatusWord status={state.status} />
      <LiveBadge live={state.live} />
      {state.lastFragment && (
        <Box color="inherit">
          Last fragment <Moment at={state.lastFragment.serverMs} isRelative />
        </Box>
      )}
      {state.stored && <Box color="inherit">{bytes(state.stored.bytes)} stored</Box>}
    </SpaceBetween>
  );
}

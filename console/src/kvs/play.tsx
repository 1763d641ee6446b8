/** `/console/play#ADDRESS`: plays an HLS address, for whoever has one. Nobody need sign in. */

import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Input from "@cloudscape-design/components/input";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useEffect, useState } from "react";
import { useLocation, useNavigate } from "react-router";

import type { Failure } from "../api/failure";
import { Moment } from "../parts/moment";
import { Player, usePlaying } from "./player";

/** The page. */
export function Component() {
  const { hash } = useLocation();
  const navigate = useNavigate();
  const src = hash.slice(1);
  const [typed, setTyped] = useState(src);
  const [failure, setFailure] = useState<Failure>();
  const [playing, setPlaying] = usePlaying();
  useEffect(() => {
    document.title = "Player · Kinora";
  }, []);
  return (
    <Box padding={{ horizontal: "l", vertical: "m" }}>
      <SpaceBetween size="m">
        <Header variant="h1" actions={<Button href="/console/">Console</Button>}>
          Kinora player
        </Header>
        {!src && (
          <form
            onSubmit={(event) => {
              event.preventDefault();
              void navigate({ hash: typed });
            }}
          >
            <FormField
              label="HLS address"
              description="As GetHLSStreamingSessionURL returned it."
              secondaryControl={<Button variant="primary">Play</Button>}
            >
              <Input type="url" value={typed} onChange={({ detail }) => setTyped(detail.value)} />
            </FormField>
          </form>
        )}
        {failure && (
          <div data-error>
            <Alert type="error" header="This cannot be played">
              {failure.message} ({failure.code})
            </Alert>
          </div>
        )}
        {src && (
          <Container>
            <SpaceBetween size="m">
              <Player src={src} isLive onPlaying={setPlaying} onFailure={setFailure} />
              <KeyValuePairs
                columns={4}
                items={[
                  { label: "State", value: playing?.state ?? "starting" },
                  { label: "Delay", value: inSeconds(playing?.delayMs) },
                  { label: "Picture", value: playing?.width ? `${playing.width} × ${playing.height}` : "–" },
                  { label: "Time of the picture", value: <Moment at={playing?.atMs} /> },
                ]}
              />
            </SpaceBetween>
          </Container>
        )}
      </SpaceBetween>
    </Box>
  );
}

function inSeconds(ms: number | undefined): string {
  return ms === undefined ? "–" : `${(ms / 1000).toFixed(1)} s`;
}

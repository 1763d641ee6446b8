/** One stream: what it is, what is in it, and how to send to it. */

import Alert from "@cloudscape-design/components/alert";
import Button from "@cloudscape-design/components/button";
import ContentLayout from "@cloudscape-design/components/content-layout";
import Spinner from "@cloudscape-design/components/spinner";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Tabs from "@cloudscape-design/components/tabs";
import { Suspense, lazy } from "react";
import type { ReactNode } from "react";
import { useNavigate, useParams } from "react-router";

import { Failure } from "../api/failure";
import { FailureAlert } from "../parts/failure_alert";
import { Missing } from "./missing";
import { useStreamState } from "./state";
import { StreamHeader } from "./stream_header";

const Playback = lazy(async () => ({ default: (await import("./playback/playback")).Playback }));
const Findings = lazy(async () => ({ default: (await import("./findings")).Findings }));
const Fragments = lazy(async () => ({ default: (await import("./fragments")).Fragments }));
const Details = lazy(async () => ({ default: (await import("./details")).Details }));
const Tags = lazy(async () => ({ default: (await import("./tags")).Tags }));
const Send = lazy(async () => ({ default: (await import("./send/send")).Send }));
const Upload = lazy(async () => ({ default: (await import("./upload/upload")).Upload }));

/** The page of a stream; the tab that is open is in its address. */
export function StreamPage() {
  const { name = "", tab } = useParams();
  // A page of another stream begins anew rather than with what was typed into this one's.
  return <OneStream key={name} name={name} tab={tab ?? "playback"} />;
}

function OneStream({ name, tab }: { name: string; tab: string }) {
  const navigate = useNavigate();
  const state = useStreamState(name);
  const path = `/console/kinesisvideo/streams/${encodeURIComponent(name)}`;
  const failure = state.error && Failure.of(state.error);
  if (failure?.isMissing) return <Missing name={name} />;
  const isEmpty =
    state.data?.complete === true && !state.data.lastFragment && state.data.live.connections === 0;
  const isSending = tab === "send" || tab === "upload";
  const panel = (content: ReactNode) => <Suspense fallback={<Spinner />}>{content}</Suspense>;
  const tabs = [
    { id: "playback", label: "Playback", content: panel(<Playback name={name} />) },
    { id: "findings", label: "Findings", content: panel(<Findings name={name} />) },
    { id: "fragments", label: "Fragments", content: panel(<Fragments name={name} />) },
    { id: "details", label: "Details", content: panel(<Details name={name} />) },
    { id: "tags", label: "Tags", content: panel(<Tags name={name} />) },
    { id: "send", label: "Send media", content: panel(<Send name={name} />) },
    { id: "upload", label: "Upload", content: panel(<Upload name={name} />) },
  ];
  return (
    <ContentLayout header={<StreamHeader name={name} state={state.data} />}>
      <SpaceBetween size="l">
        {failure && !failure.isDenied && (
          <FailureAlert error={failure} onRetry={() => void state.refetch()} />
        )}
        {isEmpty && !isSending && (
          <Alert
            type="info"
            header="No media has arrived yet"
            action={
              <Button variant="primary" onClick={() => void navigate(`${path}/send`)}>
                Send media
              </Button>
            }
          >
            The stream is ready. Send to it from a camera, a program, a file or this browser.
          </Alert>
        )}
        <Tabs
          ariaLabel="Parts of the stream"
          activeTabId={tabs.some(({ id }) => id === tab) ? tab : "playback"}
          onChange={({ detail }) => void navigate(`${path}/${detail.activeTabId}`)}
          tabs={tabs}
          i18nStrings={{ scrollLeftAriaLabel: "Earlier tabs", scrollRightAriaLabel: "Later tabs" }}
        />
      </SpaceBetween>
    </ContentLayout>
  );
}

/** Sends to a stream from this browser: its camera, or a file. */

import SpaceBetween from "@cloudscape-design/components/space-between";

import { FromCamera } from "./camera";
import { FromFile } from "./file";

/** The tab "Upload". */
export function Upload({ name }: { name: string }) {
  return (
    <SpaceBetween size="l">
      <FromCamera name={name} />
      <FromFile name={name} />
    </SpaceBetween>
  );
}

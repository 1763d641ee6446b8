import { expect, test } from "vitest";

import { boto3, environment, ffmpegCurl, kinoraPut, kvssink } from "./commands";
import type { Place, Source } from "./commands";

const PLACE: Place = {
  streamName: "Front_door.1",
  region: "eu-central-1",
  address: "https://cameras.example:8443",
  isOwnAuthority: false,
};
const SOURCES: Source[] = ["test", "rtsp", "webcam", "file"];

test("every command names the stream, and the address where it does not come from the environment", () => {
  for (const source of SOURCES) {
    for (const command of [ffmpegCurl(PLACE, source), kinoraPut(PLACE, source), kvssink(PLACE, source)]) {
      expect(command).toContain("Front_door.1");
    }
    expect(ffmpegCurl(PLACE, source)).toContain("https://cameras.example:8443/putMedia");
    expect(ffmpegCurl(PLACE, source)).toContain("aws:amz:eu-central-1:kinesisvideo");
    expect(kvssink(PLACE, source)).toContain("CONTROL_PLANE_URI=https://cameras.example:8443 ");
  }
  expect(boto3(PLACE)).toContain('endpoint_url="https://cameras.example:8443"');
});

test("a line that goes on ends in a backslash or a pipe, and nothing follows it", () => {
  for (const source of SOURCES) {
    for (const command of [ffmpegCurl(PLACE, source), kinoraPut(PLACE, source), kvssink(PLACE, source)]) {
      const lines = command.split("\n");
      for (const line of lines.slice(0, -1)) expect(line).toMatch(/( \\|\|)$/);
      expect(lines.at(-1)).not.toMatch(/[\\|]$/);
    }
  }
});

test("the authority is fetched and named only where it is the server's own", () => {
  expect(environment(PLACE)).not.toContain("ca.pem");
  const own = environment({ ...PLACE, isOwnAuthority: true });
  expect(own).toContain("https://cameras.example:8443/_kinora/ca.pem");
  for (const name of ["AWS_CA_BUNDLE", "CURL_CA_BUNDLE", "KVSSINK_CA_CERT_PATH"]) expect(own).toContain(name);
});

import { expect, test } from "vitest";

import { setups } from "./setups";

const text = (id: string, hasOwnAuthority: boolean) =>
  setups({ origin: "https://kinora.example:8443", region: "us-east-1", hasOwnAuthority }).find(
    (setup) => setup.id === id,
  )?.text;

test("clients are pointed at this server", () => {
  expect(text("bash", false)).toBe(
    `export AWS_ENDPOINT_URL='https://kinora.example:8443'
export AWS_DEFAULT_REGION='us-east-1'
export AWS_ACCESS_KEY_ID='<access key ID>'
export AWS_SECRET_ACCESS_KEY='<secret access key>'

aws sts get-caller-identity
aws kinesisvideo list-streams`,
  );
  expect(text("powershell", false)).toContain("$env:AWS_ENDPOINT_URL = 'https://kinora.example:8443'\n");
  for (const id of ["bash", "powershell", "profile", "boto3"]) {
    expect(text(id, false)).not.toContain("ca.pem");
  }
});

test("and trust its own authority where it has one", () => {
  expect(text("bash", true)).toContain("--output kinora-ca.pem https://kinora.example:8443/_kinora/ca.pem\n");
  expect(text("bash", true)).toContain("export AWS_CA_BUNDLE='kinora-ca.pem'");
  expect(text("powershell", true)).toMatch(/^curl\.exe --insecure/);
  expect(text("profile", true)).toContain("\nca_bundle = /path/to/kinora-ca.pem\n");
  expect(text("boto3", true)).toContain('region_name="us-east-1",\n    verify="kinora-ca.pem",\n)');
  expect(text("boto3", false)).toContain('region_name="us-east-1",\n)');
});

/** What points a client at this server. */

/** The server, as a client has to know it. */
export interface Target {
  /** `https://kinora.example:8443`. */
  origin: string;
  region: string;
  /** Its certificate comes of an authority of its own. */
  hasOwnAuthority: boolean;
}

/** Commands and settings for each kind of client; secrets are left to be filled in. */
export function setups(target: Target): { id: string; label: string; text: string }[] {
  const { origin, region, hasOwnAuthority } = target;
  const fetchCa = hasOwnAuthority
    ? `curl --insecure --silent --show-error --output kinora-ca.pem ${origin}/_kinora/ca.pem\n`
    : "";
  const variables: [string, string][] = [
    ["AWS_ENDPOINT_URL", origin],
    ["AWS_DEFAULT_REGION", region],
    ...(hasOwnAuthority ? ([["AWS_CA_BUNDLE", "kinora-ca.pem"]] as [string, string][]) : []),
    ["AWS_ACCESS_KEY_ID", "<access key ID>"],
    ["AWS_SECRET_ACCESS_KEY", "<secret access key>"],
  ];
  const bash = variables.map(([name, value]) => `export ${name}='${value}'`).join("\n");
  const powershell = variables.map(([name, value]) => `$env:${name} = '${value}'`).join("\n");
  const first = "aws sts get-caller-identity\naws kinesisvideo list-streams";
  const ca = hasOwnAuthority ? "\nca_bundle = /path/to/kinora-ca.pem" : "";
  const verify = hasOwnAuthority ? ', verify="kinora-ca.pem"' : "";
  return [
    { id: "bash", label: "AWS CLI, Linux and macOS", text: `${fetchCa}${bash}\n\n${first}` },
    {
      id: "powershell",
      label: "AWS CLI, Windows",
      text: `${fetchCa.replace("curl ", "curl.exe ")}${powershell}\n\n${first}`,
    },
    {
      id: "profile",
      label: "~/.aws/config",
      text: `[profile kinora]\nendpoint_url = ${origin}\nregion = ${region}${ca}\naws_access_key_id = <access key ID>\naws_secret_access_key = <secret access key>`,
    },
    {
      id: "boto3",
      label: "Python, boto3",
      text: `import boto3\n\nvideo = boto3.client(\n    "kinesisvideo",\n    endpoint_url="${origin}",\n    region_name="${region}"${verify && `,\n    ${verify.slice(2)}`},\n)\nprint(video.list_streams()["StreamInfoList"])`,
    },
  ];
}

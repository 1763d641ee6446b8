/** Policies to begin with, filled in with what is known of the account. */

export interface StartingPoint {
  id: string;
  label: string;
  description: string;
  /** The policy, as text. */
  document: string;
}

/** Starting points of a new policy; `streamName` is a stream of the account, if one was chosen. */
export function startingPoints(region: string, accountId: string, streamName = "STREAM-NAME"): StartingPoint[] {
  const stream = `arn:aws:kinesisvideo:${region}:${accountId}:stream/${streamName}/*`;
  const things = `arn:aws:kinesisvideo:${region}:${accountId}:stream/\${credentials-iot:ThingName}/*`;
  return [
    {
      id: "empty",
      label: "An empty statement",
      description: "Effect, action and resource to fill in.",
      document: policy({ Sid: "Statement1", Effect: "Allow", Action: [], Resource: [] }),
    },
    {
      id: "read",
      label: "Read one stream",
      description: "Watch, download and look at one stream; change nothing.",
      document: policy({
        Sid: "ReadOneStream",
        Effect: "Allow",
        Action: READ,
        Resource: stream,
      }),
    },
    {
      id: "produce",
      label: "Producer of one stream",
      description: "Create one stream, if it is not there, and send media to it.",
      document: policy({
        Sid: "ProduceOneStream",
        Effect: "Allow",
        Action: PRODUCE,
        Resource: stream,
      }),
    },
    {
      id: "device",
      label: "Device by its thing name",
      description: "For the role of devices with certificates: each sends to the stream named like its thing.",
      document: policy({
        Sid: "OwnStreamOfThing",
        Effect: "Allow",
        Action: PRODUCE,
        Resource: things,
      }),
    },
    {
      id: "administrator",
      label: "Administrator",
      description: "Everything on everything, like the AWS managed policy AdministratorAccess.",
      document: policy({ Effect: "Allow", Action: "*", Resource: "*" }),
    },
  ];
}

function policy(statement: object): string {
  return JSON.stringify({ Version: "2012-10-17", Statement: [statement] }, null, 2);
}

const READ = [
  "kinesisvideo:DescribeStream",
  "kinesisvideo:GetDataEndpoint",
  "kinesisvideo:GetMedia",
  "kinesisvideo:GetMediaForFragmentList",
  "kinesisvideo:ListFragments",
  "kinesisvideo:GetHLSStreamingSessionURL",
  "kinesisvideo:GetDASHStreamingSessionURL",
  "kinesisvideo:GetClip",
  "kinesisvideo:GetImages",
  "kinesisvideo:ListTagsForStream",
];

const PRODUCE = [
  "kinesisvideo:DescribeStream",
  "kinesisvideo:CreateStream",
  "kinesisvideo:GetDataEndpoint",
  "kinesisvideo:PutMedia",
  "kinesisvideo:TagStream",
];

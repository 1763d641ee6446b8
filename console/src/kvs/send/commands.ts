/** Commands that send to a stream, filled in with its name and this server's address. */

/** What the commands are filled in with. */
export interface Place {
  streamName: string;
  region: string;
  /** Where this server is called, without a slash at the end. */
  address: string;
  /** Whether its certificate is of its own authority, which nobody trusts yet. */
  isOwnAuthority: boolean;
}

/** What is sent. */
export type Source = "test" | "rtsp" | "webcam" | "file";

/** Credentials and address, as environment variables that all the commands read. */
export function environment(place: Place): string {
  const lines = [
    "export AWS_ACCESS_KEY_ID=YOUR_ACCESS_KEY_ID",
    "export AWS_SECRET_ACCESS_KEY=YOUR_SECRET_ACCESS_KEY",
    `export AWS_DEFAULT_REGION=${place.region}`,
    `export AWS_ENDPOINT_URL=${place.address}`,
  ];
  if (!place.isOwnAuthority) return lines.join("\n");
  return [
    ...lines,
    "# The certificate is of this server's own authority:",
    `curl --silent --insecure --output kinora-ca.pem ${place.address}/_kinora/ca.pem`,
    'export AWS_CA_BUNDLE="$PWD/kinora-ca.pem" CURL_CA_BUNDLE="$PWD/kinora-ca.pem"',
    'export KVSSINK_CA_CERT_PATH="$PWD/kinora-ca.pem"',
  ].join("\n");
}

/** ffmpeg makes Matroska, curl signs and sends it. */
export function ffmpegCurl(place: Place, source: Source): string {
  return [
    `ffmpeg -v error ${INPUTS[source]} \\`,
    `    ${MUXED} - |`,
    `  curl -sS -N --http1.1 --aws-sigv4 aws:amz:${place.region}:kinesisvideo \\`,
    '    --user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY" \\',
    '    -H "x-amz-security-token: $AWS_SESSION_TOKEN" -X POST -T - \\',
    `    -H 'Transfer-Encoding: chunked' -H 'x-amzn-stream-name: ${place.streamName}' \\`,
    "    -H 'x-amzn-fragment-timecode-type: RELATIVE' \\",
    '    -H "x-amzn-producer-start-timestamp: $(date +%s.000)" \\',
    "    -H 'x-amzn-fragment-acknowledgment-required: 1' \\",
    `    ${place.address}/putMedia`,
  ].join("\n");
}

/** ffmpeg makes Matroska, Kinora's own command sends it. */
export function kinoraPut(place: Place, source: Source): string {
  if (source === "file") return `kinora put ${place.streamName} recording.mkv`;
  return [
    `ffmpeg -v error ${INPUTS[source]} \\`,
    `    ${MUXED} - |`,
    `  kinora put ${place.streamName}`,
  ].join("\n");
}

/** GStreamer with the element of the producer SDK. */
export function kvssink(place: Place, source: Source): string {
  return [
    `CONTROL_PLANE_URI=${place.address} \\`,
    `gst-launch-1.0 -e ${ELEMENTS[source]} ! \\`,
    "    video/x-h264,stream-format=avc,alignment=au ! \\",
    `    kvssink stream-name=${place.streamName} aws-region=${place.region} storage-size=64`,
  ].join("\n");
}

/** The control plane from Python. PutMedia is not part of boto3. */
export function boto3(place: Place): string {
  return `import boto3

streams = boto3.client("kinesisvideo", endpoint_url="${place.address}", region_name="${place.region}")
print(streams.describe_stream(StreamName="${place.streamName}")["StreamInfo"])
endpoint = streams.get_data_endpoint(StreamName="${place.streamName}", APIName="GET_MEDIA")["DataEndpoint"]
media = boto3.client("kinesis-video-media", endpoint_url=endpoint, region_name="${place.region}")
answer = media.get_media(
    StreamName="${place.streamName}", StartSelector={"StartSelectorType": "EARLIEST"}
)
for piece in answer["Payload"].iter_chunks(4096):  # goes on as long as media arrives
    print(len(piece), "bytes of Matroska")`;
}

const ENCODED = "-pix_fmt yuv420p -c:v libx264 -preset veryfast -tune zerolatency -g 50 -bf 0";
/** Clusters begin at key frames and nowhere else, and leave as soon as they are made. */
const MUXED =
  "-f matroska -live 1 -cluster_time_limit 10000 -cluster_size_limit 20000000 -flush_packets 1";

const INPUTS: Record<Source, string> = {
  test: `-re -f lavfi -i testsrc=size=640x360:rate=25 -t 60 \\\n    ${ENCODED}`,
  rtsp: "-rtsp_transport tcp -i rtsp://USER:PASSWORD@CAMERA/PATH \\\n    -c:v copy -c:a aac",
  webcam: `-f v4l2 -framerate 25 -i /dev/video0 \\\n    ${ENCODED}`,
  file: `-re -i recording.mp4 \\\n    ${ENCODED} -c:a aac`,
};

const X264 = "x264enc tune=zerolatency key-int-max=50 bframes=0 ! h264parse";

const ELEMENTS: Record<Source, string> = {
  test: `videotestsrc is-live=true num-buffers=1800 ! video/x-raw,width=640,height=360 ! ${X264}`,
  rtsp: "rtspsrc location=rtsp://USER:PASSWORD@CAMERA/PATH ! rtph264depay ! h264parse",
  webcam: `v4l2src device=/dev/video0 ! videoconvert ! ${X264}`,
  file: `filesrc location=recording.mp4 ! decodebin ! videoconvert ! ${X264}`,
};

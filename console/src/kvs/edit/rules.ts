/** What a stream's name and labels may be, as the API's model says. */

/** Why this cannot be a stream's name; `undefined` if it can. */
export function nameProblem(name: string): string | undefined {
  if (name === "") return "Enter a name.";
  if (name.length > 256) return "At most 256 characters.";
  return LABEL.test(name) ? undefined : "Letters (A–Z, a–z), digits, and _ . - only.";
}

/** Why this cannot be a device name; empty is none. */
export function deviceProblem(device: string): string | undefined {
  if (device === "") return undefined;
  if (device.length > 128) return "At most 128 characters.";
  return LABEL.test(device) ? undefined : "Letters (A–Z, a–z), digits, and _ . - only.";
}

/** Why this cannot be a media type; empty is none. */
export function mediaTypeProblem(type: string): string | undefined {
  if (type === "") return undefined;
  if (type.length > 128) return "At most 128 characters.";
  return MEDIA_TYPES.test(type)
    ? undefined
    : "One or several types separated by commas, such as video/h264,audio/aac.";
}

const LABEL = /^[a-zA-Z0-9_.-]+$/;
const MEDIA_TYPES = /^[\w.+-]+\/[\w.+-]+(,[\w.+-]+\/[\w.+-]+)*$/;

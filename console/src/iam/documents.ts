/** Policy documents as IAM tells them. */

/** The JSON text of a document, which IAM sends percent-encoded. */
export function documentOf(encoded: string | undefined): string {
  if (encoded === undefined) return "";
  try {
    return decodeURIComponent(encoded);
  } catch {
    return encoded;
  }
}

/** The text with two spaces of indentation, or as it is when it is no JSON. */
export function indented(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

/** What is wrong with a text that should be a policy's document; `undefined` is fine so far. */
export function documentFault(text: string): string | undefined {
  if (text.trim() === "") return "Enter a policy document.";
  try {
    const value: unknown = JSON.parse(text);
    const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
    return isObject ? undefined : "A policy document is a JSON object.";
  } catch (error) {
    return `This is not JSON: ${error instanceof Error ? error.message : String(error)}`;
  }
}

/** The name at the end of an ARN of IAM's. */
export function nameOfArn(arn: string): string {
  return arn.slice(Math.max(arn.lastIndexOf("/"), arn.lastIndexOf(":")) + 1);
}

/** Whether AWS maintains a policy, rather than the account. */
export function isAwsManaged(arn: string): boolean {
  return arn.startsWith("arn:aws:iam::aws:policy/");
}

/** A new inline policy, to be changed. */
export const EMPTY_DOCUMENT = `{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Effect": "Allow",
      "Action": ["kinesisvideo:ListStreams"],
      "Resource": "*"
    }
  ]
}
`;

/** Text for a machine: shown as it is, to be copied. */

import Box from "@cloudscape-design/components/box";
import CopyToClipboard from "@cloudscape-design/components/copy-to-clipboard";

import "./code.css";

interface Props {
  text: string;
  /** What it is, above it and for screen readers. */
  label: string;
}

/** A block of text with a button that copies it. */
export function Code({ text, label }: Props) {
  return (
    <div>
      <Box variant="awsui-key-label">{label}</Box>
      <div className="code">
        <pre tabIndex={0} aria-label={label}>
          {text}
        </pre>
        <CopyButton text={text} label={label} />
      </div>
    </div>
  );
}

/** A button that copies a text. */
export function CopyButton({ text, label }: Props) {
  return (
    <CopyToClipboard
      variant="icon"
      textToCopy={text}
      copyButtonAriaLabel={`Copy: ${label}`}
      copySuccessText="Copied"
      copyErrorText="Not copied"
    />
  );
}

/** One value that is often copied: an ARN, an address; `shown` instead of it where it is long. */
export function Copyable({ text, label, shown }: Props & { shown?: string }) {
  return (
    <CopyToClipboard
      variant="inline"
      textToCopy={text}
      {...(shown !== undefined && { textToDisplay: <span title={text}>{shown}</span> })}
      copyButtonAriaLabel={`Copy the ${label}`}
      copySuccessText={`${label} copied`}
      copyErrorText="Not copied"
    />
  );
}

/** A document to be read, with line numbers and a place in it that is pointed at. */

import Box from "@cloudscape-design/components/box";
import { useEffect, useRef } from "react";

import { CopyButton } from "./code";
import { offsetOf } from "./json_text";
import type { Place } from "./json_text";
import "./json_view.css";

interface Props {
  text: string;
  /** What it is, above it and for screen readers. */
  label: string;
  /** A part that is pointed at; `end` is behind it. */
  mark?: { start: Place; end: Place } | undefined;
  /** It can be seen without scrolling. */
  isShort?: boolean;
}

/** Shows a document, scrolled to what is pointed at. */
export function JsonView({ text, label, mark, isShort = false }: Props) {
  const marked = useRef<HTMLElement>(null);
  const frame = useRef<HTMLPreElement>(null);
  const from = mark ? offsetOf(text, mark.start) : 0;
  const to = mark ? Math.max(from, offsetOf(text, mark.end)) : 0;
  useEffect(() => {
    // Only the document itself scrolls, not the page around it.
    if (marked.current && frame.current) frame.current.scrollTop = marked.current.offsetTop - 40;
  }, [from, to, text]);
  const lines = text.split("\n").length;
  return (
    <div>
      <div className="json-view-head">
        <Box variant="awsui-key-label">{label}</Box>
        <CopyButton text={text} label={label} />
      </div>
      <pre
        className={isShort ? "json-view json-view-short" : "json-view"}
        tabIndex={0}
        role="region"
        aria-label={label}
        ref={frame}
      >
        <span className="json-view-lines" aria-hidden="true">
          {Array.from({ length: lines }, (_, index) => index + 1).join("\n")}
        </span>
        <code>
          {mark && to > from ? (
            <>
              {text.slice(0, from)}
              <mark ref={marked}>{text.slice(from, to)}</mark>
              {text.slice(to)}
            </>
          ) : (
            text
          )}
        </code>
      </pre>
    </div>
  );
}

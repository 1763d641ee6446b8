/** An editor for JSON: colours, brackets, the places of problems; a plain field without it. */

import type { Ace } from "ace-builds";
import CodeEditor from "@cloudscape-design/components/code-editor";
import type { CodeEditorProps } from "@cloudscape-design/components/code-editor";
import FormField from "@cloudscape-design/components/form-field";
import Textarea from "@cloudscape-design/components/textarea";
import { useEffect, useMemo, useRef, useState } from "react";
import type { ReactNode } from "react";

import type { Problem } from "./json_text";

interface Props {
  value: string;
  onChange: (value: string) => void;
  /** What the document is, above it and for screen readers. */
  label: string;
  /** What is wrong with it, below it. */
  invalidText?: string | undefined;
  readOnly?: boolean;
  /** Marked in the text, each at its place. */
  problems?: readonly Problem[];
  /** Words that Ctrl+Space offers. */
  completions?: readonly { value: string; about: string }[];
  description?: ReactNode;
  /** Height of the text in pixels; it can be dragged from there. */
  height?: number;
}

/** The editor. It is loaded when it is first shown. */
export function JsonEditor({ label, description, invalidText, ...props }: Props) {
  const [ace, setAce] = useState<typeof import("ace-builds") | "failed">();
  useEffect(() => {
    let isShown = true;
    import("./ace").then(
      (module) => isShown && setAce(module.ace),
      () => isShown && setAce("failed"),
    );
    return () => {
      isShown = false;
    };
  }, []);
  return (
    <FormField
      stretch
      label={label}
      description={description}
      errorText={invalidText}
      constraintText={ace !== "failed" && HINT}
    >
      {ace === "failed" ? (
        <Textarea
          value={props.value}
          rows={18}
          spellcheck={false}
          readOnly={props.readOnly ?? false}
          onChange={({ detail }) => props.onChange(detail.value)}
        />
      ) : (
        <Editor {...props} label={label} ace={ace} />
      )}
    </FormField>
  );
}

function Editor(props: Omit<Props, "description" | "invalidText"> & { ace: typeof import("ace-builds") | undefined }) {
  const { ace, problems, completions, readOnly = false } = props;
  const [editor, setEditor] = useState<Ace.Editor>();
  const [height, setHeight] = useState(props.height ?? 360);
  const [preferences, setPreferences] = useState<Partial<CodeEditorProps.Preferences>>({ wrapLines: true });
  // CodeEditor tells nobody which editor it made, and ours has no worker: the page checks.
  const own = useMemo(() => {
    if (!ace) return undefined;
    const edit = (element: HTMLElement, options: Partial<Ace.EditorOptions>) => {
      const made = ace.edit(element, { ...options, useWorker: false, showPrintMargin: false, tabSize: 2 });
      for (const name of UNSERVED) made.commands.removeCommand(name, false);
      setEditor(made);
      return made;
    };
    return Object.assign(Object.create(ace) as typeof ace, { edit });
  }, [ace]);
  // CodeEditor puts an older text back if a person types faster than the page is drawn, so it
  // is given the first text alone, and only what comes from elsewhere is put into the editor.
  const [first] = useState(props.value);
  const told = useRef([props.value]);
  useEffect(() => {
    if (!editor) return;
    const at = told.current.indexOf(props.value);
    told.current = told.current.slice(Math.max(at, 0));
    if (at >= 0) return;
    told.current = [props.value];
    editor.setValue(props.value, -1);
  }, [editor, props.value]);
  useEffect(() => editor?.setReadOnly(readOnly), [editor, readOnly]);
  useEffect(() => {
    editor?.session.setAnnotations(
      (problems ?? []).map(({ line, column, message, severity }) => ({
        row: line - 1,
        column: column - 1,
        text: message,
        type: severity,
      })),
    );
  }, [editor, problems]);
  useEffect(() => {
    if (editor && completions) offer(editor, completions);
  }, [editor, completions]);
  return (
    <CodeEditor
      ace={own}
      loading={!ace}
      language="json"
      value={first}
      ariaLabel={props.label}
      onDelayedChange={({ detail }) => {
        if (detail.value === told.current.at(-1)) return;
        told.current.push(detail.value);
        props.onChange(detail.value);
      }}
      preferences={preferences}
      onPreferencesChange={({ detail }) => setPreferences({ wrapLines: detail.wrapLines })}
      themes={THEMES}
      editorContentHeight={height}
      onEditorContentResize={({ detail }) => setHeight(detail.height)}
      i18nStrings={WORDS}
    />
  );
}

/** Has the editor offer these words instead of its own. */
function offer(editor: Ace.Editor, words: NonNullable<Props["completions"]>) {
  const completer: Ace.Completer = {
    identifierRegexps: [/[A-Za-z0-9:*-]/],
    getCompletions: (_editor, _session, _position, _prefix, answer) =>
      answer(
        null,
        words.map(({ value, about }) => ({ value, meta: about, caption: value })),
      ),
  };
  editor.completers = [completer];
}

const HINT = "With the keyboard: Enter begins editing, Escape leaves the editor, Ctrl+Space offers words.";

/** One of each, so that the editor always follows the page's theme. */
const THEMES = { light: ["cloud_editor"], dark: ["cloud_editor_dark"] };

/** Commands whose parts are not in the bundle. */
const UNSERVED = ["openCommandPalette", "openCommandPallete", "showKeyboardShortcuts"];

const WORDS: CodeEditorProps.I18nStrings = {
  loadingState: "Loading the editor",
  errorState: "The editor could not be loaded.",
  errorStateRecovery: "Try again",
  editorGroupAriaLabel: "Editor",
  statusBarGroupAriaLabel: "Status of the editor",
  cursorPosition: (row, column) => `Line ${row}, column ${column}`,
  errorsTab: "Errors",
  warningsTab: "Warnings",
  preferencesButtonAriaLabel: "Preferences",
  paneCloseButtonAriaLabel: "Close",
  preferencesModalHeader: "Preferences",
  preferencesModalCancel: "Cancel",
  preferencesModalConfirm: "Confirm",
  preferencesModalCloseAriaLabel: "Close",
  preferencesModalWrapLines: "Wrap lines",
  preferencesModalTheme: "Theme",
  preferencesModalLightThemes: "Light themes",
  preferencesModalDarkThemes: "Dark themes",
  preferencesModalThemeFilteringPlaceholder: "Filter themes",
  preferencesModalThemeFilteringAriaLabel: "Filter themes",
  preferencesModalThemeFilteringClearAriaLabel: "Clear",
  resizeHandleAriaLabel: "Change the height",
  resizeHandleTooltipText: "Drag or press Enter to change the height",
};

/** Hands the person a file that was made in the page. */

/** A file to be saved. */
export interface TextFile {
  name: string;
  text: string;
  /** Media type, such as `text/csv`. */
  type: string;
}

/** Has the browser save a file. Nothing is sent, and nothing of it stays in the page. */
export function download({ name, text, type }: TextFile) {
  const address = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
  // The browser has taken what it needs by the time of the next turn.
  setTimeout(() => URL.revokeObjectURL(address), 0);
}

/** Account ids as people read them. */

/** An account's id in groups, as it is easier to read and to write down. */
export function groupedAccountId(id: string): string {
  return id.replace(/^(\d{4})(\d{4})(\d{4})$/, "$1-$2-$3");
}

/** Where to go after signing in: an address of this console and of nothing else. */

/**
 * The path that `next` names, or the console's first page for whatever is not a path of
 * this console: another site's address, `//host`, `javascript:`, the sign-in page itself.
 */
export function nextPath(next: string | null, origin: string): string {
  if (next === null || !next.startsWith("/")) return FIRST;
  // A browser takes `/\host` and `/<tab>/host` for the address of another host.
  if (/[\\\p{Cc}]/u.test(next)) return FIRST;
  let address: URL;
  try {
    address = new URL(next, origin);
  } catch {
    return FIRST;
  }
  if (address.origin !== origin) return FIRST;
  const { pathname, search, hash } = address;
  const isConsole = pathname === "/console" || pathname.startsWith("/console/");
  return isConsole ? pathname + search + hash : FIRST;
}

const FIRST = "/console/";

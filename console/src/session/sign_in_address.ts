/** The address that an account's users sign in at. */

/**
 * The special address of an account, to be handed to its users.
 *
 * On a host of the form `ACCOUNT.signin.DOMAIN` it is the account's own host, elsewhere a
 * path. With an alias it shows the alias; the one with the id counts all the same.
 */
export function signInAddress(
  page: { protocol: string; host: string },
  account: { accountId: string; accountAlias: string | null },
): string {
  const name = account.accountAlias ?? account.accountId;
  const [, domain] = /^[^.]+\.(signin\..+)$/.exec(page.host) ?? [];
  return domain === undefined
    ? `${page.protocol}//${page.host}/signin/${name}`
    : `${page.protocol}//${name}.${domain}/console`;
}
